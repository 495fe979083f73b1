//! Whether the middle of the face bends when the head turns. The tip of a nose stands before the line from its bridge to the mouth,
//! and leaves that line as the head turns to a side. On paper that is bent, rolled or folded about an upright line, or flat, the middle of
//! the face is one straight line, and stays one however the paper is turned. Where the parts of the middle went is looked up in the
//! picture itself, for the mesh bends the middle of a print as it knows it from heads.

use crate::camera::Frame;
use crate::geometry::Point;
use crate::models::face_mesh::POINTS;

use super::nose::{EYES, LEAST_ACROSS};
use super::view::{EYE, Part, View};
use super::{Look, Nose, Reading};

/// What a look shows of the middle of a face that is turned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Relief {
    /// How far the tip of the nose went across by the mesh, from where it was ahead, in eye distances; positive to the picture's right.
    pub turned: f32,
    /// How far it left the line through the bridge of the nose and the lips, in the direction of the turn, in eye distances.
    pub bow: f32,
}

/// A face is turned from this on: nearer to where it looked ahead the bow is as small as its error. In eye distances.
const TURNED: f32 = 0.6 * LEAST_ACROSS;
/// A bow of less than this is none. Where the parts were found, rendered heads that were turned so far had 0.066 at least, and rendered paper less than
/// this in 97 of 100 looks.
const STRAIGHT: f32 = 0.035;
/// Looks without which nothing is said.
const LEAST_LOOKS: usize = 2;

/// The tip of the nose among the mesh's points, its bridge, and the middles of the upper and below the lower lip.
const PARTS: [usize; 4] = [1, 168, 0, 17];
/// How alike each must be to what it was ahead, as a correlation: what changed more is not to be found. Lips move by themselves; the last one counts
/// as far as it is alike.
const ALIKE: [f32; PARTS.len()] = [0.85, 0.75, 0.75, 0.0];
/// The forehead's top and the chin, whose distance a turn to a side does not change.
const ENDS: [usize; 2] = [10, 152];

/// How far below the eyes the middle of a view is, in eye distances.
const BELOW: f32 = 0.5;

/// A face that looks ahead, to compare with: the parts of its middle.
#[derive(Clone)]
pub(super) struct Middle {
    nose: Nose,
    /// Pixels of the frame to an eye distance, and how tall the face is there.
    eye: f32,
    height: f32,
    parts: [(Part, Point); PARTS.len()],
}

// The parts show a person: they never get into a log.
impl std::fmt::Debug for Middle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Middle({:.0} px)", self.eye)
    }
}

impl Middle {
    /// Of a face by its mesh, in pixels of the frame. `None` where the eyes coincide.
    pub(super) fn of(frame: &Frame, points: &[[f32; 3]; POINTS]) -> Option<Self> {
        let nose = Nose::of(points)?;
        let (eyes, height) = (Eyes::of(points)?, height(points)?);
        let view = eyes.view(frame, eyes.distance);
        let to_view = view.frame_to_view()?;
        let parts = PARTS.map(|i| {
            let at = to_view.apply(point(points, i));
            (view.part(at), at)
        });
        Some(Self { nose, eye: eyes.distance, height, parts })
    }

    /// What a later look shows. `None` where the face is not turned, or its parts are not found again.
    pub(super) fn compare(&self, frame: &Frame, points: &[[f32; 3]; POINTS]) -> Option<Relief> {
        let turned = Nose::of(points)?.across - self.nose.across;
        if turned.abs() < TURNED {
            return None;
        }
        // As large as it was: the eyes came nearer to each other, the face is as tall.
        let view = Eyes::of(points)?.view(frame, self.eye * height(points)? / self.height);
        let found = self.parts.each_ref().map(|(part, at)| view.find(part, *at));
        if found.iter().zip(ALIKE).any(|((alike, _), least)| *alike < least) {
            return None;
        }
        let went = |i: usize| [self.parts[i].1.y, found[i].1];
        let line = Line::through([1, 2, 3].map(|i| (went(i), found[i].0.max(0.05).powi(2))))?;
        let [y, shift] = went(0);
        let bow = (shift - line.at(y)) / EYE * turned.signum();
        bow.is_finite().then_some(Relief { turned, bow })
    }
}

/// Whether the middle of the face bent with a turn to a side. The value is the bow, in eye distances, the median of the looks that show it.
pub fn relief(looks: &[Look]) -> Reading {
    let mut bows: Vec<f32> = looks.iter().filter_map(|look| look.relief).map(|relief| relief.bow).collect();
    bows.sort_by(f32::total_cmp);
    match bows.get(bows.len() / 2) {
        Some(bow) if bows.len() >= LEAST_LOOKS && bow.abs() < STRAIGHT => {
            Reading::suspected(*bow, "the middle of the face stayed straight, as on paper")
        }
        Some(bow) if bows.len() >= LEAST_LOOKS => Reading::clear(*bow, "the nose left the middle of the face"),
        _ => Reading::unseen("the middle of the turned face was not made out"),
    }
}

fn point(points: &[[f32; 3]; POINTS], i: usize) -> Point {
    points.get(i).map_or(Point::default(), |p| Point::new(p[0], p[1]))
}

/// Where both eyes are.
#[derive(Clone, Copy)]
struct Eyes {
    middle: Point,
    distance: f32,
    /// Of the line between them, in radians.
    angle: f32,
}

impl Eyes {
    fn of(points: &[[f32; 3]; POINTS]) -> Option<Self> {
        let between = |a: Point, b: Point| Point::new((a.x + b.x) / 2.0, (a.y + b.y) / 2.0);
        let [left, right] = EYES.map(|[a, b]| between(point(points, a), point(points, b)));
        let (distance, angle) = (left.distance(right), (right.y - left.y).atan2(right.x - left.x));
        (distance > 1.0 && distance.is_finite()).then_some(Self { middle: between(left, right), distance, angle })
    }

    /// What is around them, where so many pixels of the frame are an eye distance.
    fn view(self, frame: &Frame, eye: f32) -> View {
        let (sin, cos) = self.angle.sin_cos();
        let center = Point::new(self.middle.x - BELOW * eye * sin, self.middle.y + BELOW * eye * cos);
        View::of(frame, center, self.angle, eye)
    }
}

/// How tall a face is across the line of its eyes.
fn height(points: &[[f32; 3]; POINTS]) -> Option<f32> {
    let (sin, cos) = Eyes::of(points)?.angle.sin_cos();
    let [top, chin] = ENDS.map(|i| point(points, i));
    let height = (chin.y - top.y) * cos - (chin.x - top.x) * sin;
    (height > 1.0 && height.is_finite()).then_some(height)
}

/// How far the middle went at each height.
struct Line {
    mean: [f32; 2],
    slope: f32,
}

impl Line {
    /// The line with the least squares, of heights and shifts with their weights.
    fn through(places: [([f32; 2], f32); 3]) -> Option<Self> {
        let weight: f32 = places.iter().map(|(_, w)| w).sum();
        let mean = [0, 1].map(|i| places.iter().map(|(at, w)| at[i] * w).sum::<f32>() / weight);
        let moment = |i: usize| places.iter().map(|(at, w)| w * (at[0] - mean[0]) * (at[i] - mean[i])).sum::<f32>();
        let slope = moment(1) / moment(0);
        slope.is_finite().then_some(Self { mean, slope })
    }

    fn at(&self, y: f32) -> f32 {
        self.mean[1] + self.slope * (y - self.mean[0])
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const MIDDLE: f32 = 200.0;
    /// An eye distance, in pixels.
    const APART: f32 = 64.0;

    /// A mesh that looks ahead, but for its nose, which is so far across.
    fn mesh(across: f32) -> Box<[[f32; 3]; POINTS]> {
        let mut points = Box::new([[MIDDLE, 180.0, 0.0]; POINTS]);
        for (i, x) in [(33, -44.0), (133, -20.0), (362, 20.0), (263, 44.0)] {
            points[i] = [MIDDLE + x, 160.0, 0.0];
        }
        for (i, y) in [(10, 96.0), (168, 162.0), (1, 200.0), (0, 226.0), (17, 246.0), (152, 280.0)] {
            points[i] = [MIDDLE, y, 0.0];
        }
        points[1][0] += across * APART;
        points
    }

    /// A picture with much to be found again, each of whose pixels comes from where `from` says.
    fn picture(from: impl Fn(f32, f32) -> (f32, f32)) -> Frame {
        let value = |i: u32| {
            let (x, y) = from((i % 400) as f32, (i / 400) as f32);
            let waves =
                [(0.21, 0.07, 0.3), (-0.11, 0.23, 1.9), (0.05, -0.31, 4.0), (0.33, 0.19, 2.2), (0.13, 0.11, 5.1)];
            waves.iter().map(|(a, b, c)| 24.0 * (a * x + b * y + c + (0.01 * x * y).sin()).sin()).sum::<f32>()
        };
        let pixels = (0..400 * 400).flat_map(|i| [(128.0 + value(i)).clamp(0.0, 255.0) as u8; 3]).collect();
        Frame::new(400, 400, pixels, Duration::ZERO).unwrap()
    }

    fn seen(bend: f32, across: f32) -> Option<Relief> {
        let ahead = Middle::of(&picture(|x, y| (x, y)), &mesh(0.0)).unwrap();
        // The middle moves by six pixels and gets narrower; the nose goes on by `bend` pixels.
        let turned = picture(|x, y| {
            let away = ((x - MIDDLE - 6.0).powi(2) + (y - 200.0).powi(2)) / (2.0 * 14f32.powi(2));
            (MIDDLE + (x - 6.0 * across.signum() - MIDDLE - bend * across.signum() * (-away).exp()) / 0.85, y)
        });
        ahead.compare(&turned, &mesh(across))
    }

    #[test]
    fn the_bow_is_that_of_the_picture_whatever_the_mesh_makes_of_it() {
        for across in [0.3, -0.4] {
            let paper = seen(0.0, across).unwrap();
            assert!(paper.bow.abs() < 0.02 && (paper.turned - across).abs() < 1e-3, "{paper:?}");
            let head = seen(9.0, across).unwrap();
            assert!((STRAIGHT..0.2).contains(&head.bow), "{head:?}");
        }
        assert_eq!(seen(0.0, 0.1), None, "it is hardly turned");
    }

    #[test]
    fn what_is_not_found_again_says_nothing() {
        let ahead = Middle::of(&picture(|x, y| (x, y)), &mesh(0.0)).unwrap();
        assert_eq!(ahead.compare(&picture(|x, y| (1.3 * y, 0.7 * x + 31.0)), &mesh(0.3)), None);
        assert!(Middle::of(&picture(|x, y| (x, y)), &[[f32::NAN; 3]; POINTS]).is_none());
        assert!(Middle::of(&picture(|x, y| (x, y)), &[[3.0; 3]; POINTS]).is_none());
        assert_eq!(ahead.compare(&picture(|x, y| (x, y)), &[[f32::NAN; 3]; POINTS]), None);
    }
}
