//! A face seen upright, in grey without its shading, in which parts of another such view are found again.

use crate::camera::Frame;
use crate::geometry::{Point, Similarity};

use super::crop::{Window, product};

/// Pixels of a view to an eye distance, and of its side.
pub(super) const EYE: f32 = 32.0;
const SIZE: usize = 112;
/// A part reaches so many pixels from its middle.
const REACH: usize = 6;
const SIDE: usize = 2 * REACH + 1;
const PIXELS: f32 = (SIDE * SIDE) as f32;
/// A part's rows, filled up to whole vectors.
const LANES: usize = 16;
/// Column by column.
pub(super) type Part = [[f32; LANES]; SIDE];
/// 1 at each pixel of a part, and 0 where it was filled up.
const WHOLE: Part = {
    let mut column = [0.0; LANES];
    let mut row = 0;
    while row < SIDE {
        column[row] = 1.0;
        row += 1;
    }
    [column; SIDE]
};
/// Where a part is looked for: so many steps to either side, and up and down, of so many pixels each, and how wide.
struct Steps {
    across: (i32, f32),
    down: (i32, f32),
    stretches: [f32; 3],
}
/// Coarsely, and then between the steps.
const SEARCH: [Steps; 2] = [
    Steps { across: (10, 2.0), down: (2, 1.5), stretches: [0.65, 1.0, 1.35] },
    Steps { across: (2, 0.5), down: (1, 0.75), stretches: [0.85, 1.0, 1.18] },
];

/// A face upright, in grey without its shading.
pub(super) struct View {
    window: Window,
    grey: Vec<f32>,
}

impl View {
    /// Around a place of the frame, rolled by so much (in radians), where so many pixels of the frame are an eye distance.
    pub(super) fn of(frame: &Frame, center: Point, angle: f32, eye: f32) -> Self {
        let window = Window { center, side: eye * SIZE as f32 / EYE, angle };
        let mut grey = Vec::with_capacity(SIZE * SIZE);
        window.each(frame, SIZE, |[r, g, b, _]| grey.push((r + g + b) / 3.0));
        let shading = blurred(&blurred(&grey));
        Self { window, grey: grey.iter().zip(shading).map(|(v, shade)| v - shade).collect() }
    }

    /// From the frame's pixels to its own. `None` where it shows no more than a point.
    pub(super) fn frame_to_view(&self) -> Option<Similarity> {
        self.window.to_frame(SIZE).inverse()
    }

    /// What is around a place, with a mean of 0 and a length of 1.
    pub(super) fn part(&self, at: Point) -> Part {
        self.rows(at.y).part(at.x)
    }

    /// The rows of a part whose middle is so far down.
    fn rows(&self, y: f32) -> Rows {
        let mut rows = Rows([[0.0; LANES]; SIZE]);
        for i in 0..SIDE {
            let (top, fy) = split(y + i as f32 - REACH as f32);
            let (upper, lower) = (self.grey.iter().skip(top * SIZE), self.grey.iter().skip((top + 1) * SIZE));
            for ((to, upper), lower) in rows.0.iter_mut().zip(upper).zip(lower) {
                to[i] = upper * (1.0 - fy) + lower * fy;
            }
        }
        rows
    }

    /// How alike the place is that is most alike to a part that was at `at`, and how far it went across, in pixels.
    pub(super) fn find(&self, part: &Part, at: Point) -> (f32, f32) {
        let mut best = (f32::NEG_INFINITY, [0.0, 0.0, 1.0]);
        for Steps { across: (columns, column), down: (rows, row), stretches } in SEARCH {
            let [x0, y0, stretch0] = best.1;
            for y in (-rows..=rows).map(|i| y0 + i as f32 * row) {
                let within = self.rows(at.y + y);
                for stretch in stretches.map(|stretch| stretch * stretch0) {
                    for x in (-columns..=columns).map(|i| x0 + i as f32 * column) {
                        let alike = within.likeness(part, at.x + x, stretch);
                        if alike > best.0 {
                            best = (alike, [x, y, stretch]);
                        }
                    }
                }
            }
        }
        (best.0, best.1[0])
    }
}

/// The pixel before a place, and how far behind it that is; the edge goes on.
fn split(at: f32) -> (usize, f32) {
    let at = at.max(0.0).min(SIZE as f32 - 1.001);
    (at as usize, at - (at as usize) as f32)
}

/// The rows of a part, of each column of a view: those of one column are a vector.
struct Rows([[f32; LANES]; SIZE]);

impl Rows {
    /// What is around a place, as wide as `stretch` says.
    fn read(&self, x: f32, stretch: f32) -> Part {
        let mut part = [[0.0; LANES]; SIDE];
        for (i, to) in part.iter_mut().enumerate() {
            let (left, fx) = split(x + (i as f32 - REACH as f32) * stretch);
            let Some([left, right]) = self.0.get(left..).and_then(|columns| columns.first_chunk()) else { continue };
            to.iter_mut().zip(left.iter().zip(right)).for_each(|(to, (a, b))| *to = a * (1.0 - fx) + b * fx);
        }
        part
    }

    /// The same as wide as it is, with a mean of 0 and a length of 1.
    fn part(&self, x: f32) -> Part {
        let mut part = self.read(x, 1.0);
        let mean = product(&part, &WHOLE) / PIXELS;
        for (column, whole) in part.iter_mut().zip(&WHOLE) {
            column.iter_mut().zip(whole).for_each(|(v, is_in)| *v -= mean * is_in);
        }
        let length = product(&part, &part).sqrt().max(1e-6);
        part.map(|column| column.map(|v| v / length))
    }

    /// How alike what is around a place is to a part, -1 to 1. The part's mean is 0, so that this one's takes nothing off their product.
    fn likeness(&self, part: &Part, x: f32, stretch: f32) -> f32 {
        let there = self.read(x, stretch);
        let squares = product(&there, &there);
        let length = squares - product(&there, &WHOLE).powi(2) / PIXELS;
        // Of a place without any texture the difference is what rounding left.
        let likeness = product(part, &there) / length.max(1e-5 * squares).max(1e-12).sqrt();
        likeness.clamp(-1.0, 1.0)
    }
}

/// Each pixel the mean of those around it.
fn blurred(grey: &[f32]) -> Vec<f32> {
    blurred_along(&blurred_along(grey))
}

/// Each pixel the mean of those beside it; columns become rows.
fn blurred_along(grey: &[f32]) -> Vec<f32> {
    let mut blurred = vec![0.0; grey.len()];
    for (y, row) in grey.chunks_exact(SIZE).enumerate() {
        let (mut sum, mut count) = (row.iter().take(REACH).sum::<f32>(), REACH as f32);
        for (x, to) in blurred.iter_mut().skip(y).step_by(SIZE).enumerate() {
            if let Some(next) = row.get(x + REACH) {
                (sum, count) = (sum + next, count + 1.0);
            }
            if let Some(last) = x.checked_sub(REACH + 1) {
                (sum, count) = (sum - row.get(last).copied().unwrap_or_default(), count - 1.0);
            }
            *to = sum / count;
        }
    }
    blurred
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// Noise, with a part of one color.
    fn view() -> View {
        let mut chance = fastrand::Rng::with_seed(5);
        let flat = |i: usize| i % 300 < 80;
        let rgb =
            (0..300 * 300).flat_map(|i| if flat(i) { [90; 3] } else { [(); 3].map(|()| chance.u8(..)) }).collect();
        let frame = Frame::new(300, 300, rgb, Duration::ZERO).unwrap();
        View::of(&frame, Point::new(150.0, 150.0), 0.2, 70.0)
    }

    /// A part by the plain formula: bilinear, with a mean of 0 and a length of 1, column by column.
    fn plain(view: &View, at: Point, stretch: f32) -> Vec<f32> {
        let sample = |x: f32, y: f32| {
            let most = SIZE as f32 - 1.001;
            let (x, y) = (x.clamp(0.0, most), y.clamp(0.0, most));
            let (left, top) = (x as usize, y as usize);
            let (fx, fy) = (x - left as f32, y - top as f32);
            let grey = |x: usize, y: usize| view.grey[y * SIZE + x];
            let upper = grey(left, top) * (1.0 - fx) + grey(left + 1, top) * fx;
            let lower = grey(left, top + 1) * (1.0 - fx) + grey(left + 1, top + 1) * fx;
            upper * (1.0 - fy) + lower * fy
        };
        let off = |i: usize| i as f32 - REACH as f32;
        let places = (0..SIDE).flat_map(|x| (0..SIDE).map(move |y| (off(x), off(y))));
        let part: Vec<f32> = places.map(|(x, y)| sample(at.x + x * stretch, at.y + y)).collect();
        let mean = part.iter().sum::<f32>() / PIXELS;
        let length = part.iter().map(|v| (v - mean).powi(2)).sum::<f32>().sqrt().max(1e-6);
        part.into_iter().map(|v| (v - mean) / length).collect()
    }

    #[test]
    fn parts_and_how_alike_they_are_come_out_as_by_the_plain_formula() {
        let view = view();
        let first = Point::new(70.3, 52.8);
        let part = view.part(first);
        let expected = plain(&view, first, 1.0);
        let found = part.iter().flat_map(|column| &column[..SIDE]);
        assert!(found.zip(&expected).all(|(a, b)| (a - b).abs() < 1e-4));
        // Also where a part reaches beyond the view.
        for (x, y, stretch) in [(70.3, 52.8, 1.0), (61.0, 40.2, 0.65), (90.7, 66.1, 1.35), (109.5, 3.0, 1.0)] {
            let there = plain(&view, Point::new(x, y), stretch);
            let alike: f32 = expected.iter().zip(there).map(|(a, b)| a * b).sum();
            let found = view.rows(y).likeness(&part, x, stretch);
            assert!((found - alike).abs() < 1e-3, "{found} is not {alike}");
        }
        let (alike, across) = view.find(&part, Point::new(first.x - 4.0, first.y + 1.5));
        assert!(alike > 0.9 && (across - 4.0).abs() <= 0.5, "{alike} {across}");
    }

    #[test]
    fn nothing_is_more_alike_than_one_also_where_there_is_nothing_to_see() {
        let mut view = view();
        let part = view.part(Point::new(70.0, 52.0));
        for grey in [0.0, 1e-3, 0.1, 90.0, 254.9] {
            view.grey.fill(grey);
            for x in [3.0, 40.3, 100.7] {
                let alike = view.rows(30.3).likeness(&part, x, 1.18);
                assert!(alike.abs() < 0.2, "{grey}: {alike}");
            }
        }
    }

    #[test]
    fn shading_is_the_mean_of_what_is_around() {
        let mut chance = fastrand::Rng::with_seed(6);
        let grey: Vec<f32> = (0..SIZE * SIZE).map(|_| chance.f32() * 255.0).collect();
        let near = |at: usize| at.saturating_sub(REACH)..=(at + REACH).min(SIZE - 1);
        for (i, found) in blurred(&grey).into_iter().enumerate().step_by(97) {
            let around: Vec<f32> = near(i / SIZE)
                .flat_map(|y| near(i % SIZE).map(move |x| (x, y)))
                .map(|(x, y)| grey[y * SIZE + x])
                .collect();
            let mean = around.iter().sum::<f32>() / around.len() as f32;
            assert!((found - mean).abs() < 1e-2, "{found} is not {mean}");
        }
    }
}
