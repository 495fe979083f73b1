//! How far the nose stands before the eyes, by how it moves against them when the head turns.

use std::time::Duration;

use crate::geometry::Point;
use crate::models::face_mesh::POINTS;

use super::{Look, Reading};

/// Outer and inner corner of each eye among the mesh's points, the image-left eye first, and the tip of the nose.
pub(super) const EYES: [[usize; 2]; 2] = [[33, 133], [263, 362]];
const TIP: usize = 1;

/// Where the tip of the nose is between the eyes, in eye distances.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nose {
    /// Along the line from the image-left eye to the image-right one, from their middle.
    pub across: f32,
    /// Downwards at a right angle to it.
    pub down: f32,
}

/// A turn of the head; the sides are the person's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Turn {
    /// To the person's left, the picture's right.
    Left,
    /// To the person's right.
    Right,
    /// Upwards.
    Up,
    /// Downwards.
    Down,
}

/// Least parallax of a turn to a side, from the pose ahead, in eye distances. Both ways make 0.6, which flat and bent prints
/// have not reached in simulation, and rolled ones seldom; it takes a turn of about 25 degrees (docs/LIVENESS.md).
pub const LEAST_ACROSS: f32 = 0.3;
/// The same upwards, for a nod of about 15 degrees. A flat print that is tipped by 45 degrees comes as far: up and down tell
/// less than the sides do, one of which every challenge asks for.
pub const LEAST_UP: f32 = 0.17;
/// The same downwards, where the nose soon hides what is below it.
pub const LEAST_DOWN: f32 = 0.09;

impl Turn {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Left, Self::Right, Self::Up, Self::Down];

    /// Turns that a head does not make at the same time. Whoever turns to a side may nod as well: the line of the eyes, in which
    /// all is measured, gets shorter by it.
    pub fn excludes(self, other: Self) -> bool {
        let is_side = |turn| matches!(turn, Self::Left | Self::Right);
        self != other && (is_side(other) || !is_side(self))
    }

    /// How far a nose has gone this way from where it was ahead, as a share of what is asked for; negative the other way.
    pub fn share(self, ahead: Nose, now: Nose) -> f32 {
        let (across, down) = (now.across - ahead.across, now.down - ahead.down);
        match self {
            Self::Left => across / LEAST_ACROSS,
            Self::Right => -across / LEAST_ACROSS,
            Self::Up => -down / LEAST_UP,
            Self::Down => down / LEAST_DOWN,
        }
    }
}

impl Nose {
    /// Of a mesh's points, in any unit. `None` where the eyes coincide.
    pub fn of(points: &[[f32; 3]; POINTS]) -> Option<Self> {
        let at = |i: usize| points.get(i).map(|p| Point::new(p[0], p[1]));
        let middle = |[a, b]: [usize; 2]| Some(Point::new((at(a)?.x + at(b)?.x) / 2.0, (at(a)?.y + at(b)?.y) / 2.0));
        Self::between(middle(EYES[0])?, middle(EYES[1])?, at(TIP)?)
    }

    /// Of the middles of both eyes, the image-left one first, and the tip of the nose.
    pub fn between(left: Point, right: Point, tip: Point) -> Option<Self> {
        let distance = left.distance(right);
        let (ex, ey) = ((right.x - left.x) / distance, (right.y - left.y) / distance);
        let (mx, my) = (tip.x - (left.x + right.x) / 2.0, tip.y - (left.y + right.y) / 2.0);
        let nose = Self { across: (mx * ex + my * ey) / distance, down: (my * ex - mx * ey) / distance };
        (nose.across.is_finite() && nose.down.is_finite()).then_some(nose)
    }
}

/// How far the nose went both ways together: the greater of the two axes, as a share of what two turns ask for. The size
/// alone tells: the mesh gives prints depth as well, in proportion to how they are turned. Single stray points do not count: of
/// three looks in a row the middle one does. A face that was not seen for longer than `lost_after` may be another one's.
pub fn parallax(looks: &[Look], lost_after: Duration) -> Reading {
    let noses: Vec<Nose> = looks.iter().filter_map(|look| look.nose).collect();
    let is_gap = |two: &[Look]| two[1].captured_at.saturating_sub(two[0].captured_at) > lost_after;
    if noses.len() < 3 || looks.windows(2).any(is_gap) {
        return Reading::unseen("too little of the nose was seen");
    }
    let range = |axis: fn(&Nose) -> f32| {
        let middle = |three: &[Nose]| {
            let [a, b, c] = [axis(&three[0]), axis(&three[1]), axis(&three[2])];
            a.max(b).min(a.min(b).max(c))
        };
        let (low, high) = noses
            .windows(3)
            .map(middle)
            .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        high - low
    };
    let share = (range(|n| n.across) / (2.0 * LEAST_ACROSS)).max(range(|n| n.down) / (LEAST_UP + LEAST_DOWN));
    if share >= 1.0 {
        Reading::clear(share, "the nose moved against the eyes as on a head")
    } else {
        Reading::suspected(share, "the nose moved against the eyes less than on a head")
    }
}
