//! Whether what is around the face moves with it, as it does in a picture that is held.

use crate::geometry::{Point, Rect, Similarity};

use super::crop::{Grey, product};
use super::{Look, Reading};

/// Half a patch's side, in pixels.
const HALF: i32 = 3;
const SIDE: usize = 2 * HALF as usize + 1;
const PIXELS: f32 = (SIDE * SIDE) as f32;
/// How far from the place where it should be a patch is looked for, in pixels.
const NEAR: i32 = 2;
/// Least spread of grey in a patch that can be told from its neighbours.
const TEXTURE: f32 = 5.0;
/// Least correlation of a patch with where it is again.
const ALIKE: f32 = 0.75;
/// By so much it must be more alike in one place than in the other.
const AHEAD: f32 = 0.08;

/// What lies around a face has done while the face moved.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Surround {
    /// How far the face moved since the first look, in eye distances.
    pub moved: f32,
    /// Patches around it that moved along with it.
    pub along: u32,
    /// Patches that stayed where they were.
    pub stayed: u32,
}

/// Compares two pictures of one part of the frame. `first` and `now` are the face's five points in them, `face` its box in the first, in their pixels.
/// `None` where the points tell no movement.
pub(super) fn compare(pictures: [&Grey; 2], first: &[Point; 5], now: &[Point; 5], face: Rect) -> Option<Surround> {
    let moves = Similarity::fit(first, now)?;
    let eyes = first[0].distance(first[1]);
    let (center, step) = (face.center(), (face.width / 7.0).max(2.0));
    let moved = moves.apply(center).distance(center) / eyes;
    let mut found = Surround { moved, ..Surround::default() };
    for (row, column) in (-12..=4).flat_map(|row| (-11..=11).map(move |column| (row, column))) {
        let at = Point::new(center.x + column as f32 * step, center.y + row as f32 * step);
        let (dx, dy) = ((at.x - center.x) / face.width, (at.y - center.y) / face.height);
        // A ring beside and above the head; below it is the body, which moves with a living head as well.
        let away = (dx / 0.72).hypot(dy / 0.85);
        if away < 1.0 || dx.abs() > 1.45 || dy > 0.45 {
            continue;
        }
        let goes = moves.apply(at);
        if goes.distance(at) < NEAR as f32 + 0.5 {
            continue; // both guesses are the same place
        }
        let Some(patch) = Patch::at(pictures[0], at) else { continue };
        let (there, here) = (patch.best(pictures[1], goes, NEAR), patch.best(pictures[1], at, 1));
        if there >= ALIKE && there > here + AHEAD {
            found.along += 1;
        } else if here >= ALIKE && here > there + AHEAD {
            found.stayed += 1;
        }
    }
    Some(found)
}

/// The rows of a small square.
type Rows = [[f32; SIDE]; SIDE];

/// A small square with its mean taken away.
struct Patch {
    values: Rows,
    norm: f32,
}

impl Patch {
    /// The one around a pixel; `None` where it is not all in the picture. Its norm is no number where the frame does not show all of it.
    fn read(grey: &Grey, x: i32, y: i32) -> Option<Self> {
        let mut values: Rows = [[0.0; SIDE]; SIDE];
        for (row, y) in values.iter_mut().zip(y - HALF..) {
            *row = *grey.part(x - HALF, y)?;
        }
        let mean = product(&values, &[[1.0; SIDE]; SIDE]) / PIXELS;
        values.as_flattened_mut().iter_mut().for_each(|value| *value -= mean);
        let norm = product(&values, &values).sqrt();
        Some(Self { values, norm })
    }

    /// The one around a place, where it can be told from others.
    fn at(grey: &Grey, at: Point) -> Option<Self> {
        let patch = Self::read(grey, at.x.round() as i32, at.y.round() as i32)?;
        (patch.norm >= TEXTURE * PIXELS.sqrt()).then_some(patch)
    }

    /// The greatest correlation within so many pixels of a place, -1 to 1.
    fn best(&self, grey: &Grey, at: Point, near: i32) -> f32 {
        let (x, y) = (at.x.round() as i32, at.y.round() as i32);
        let places = (-near..=near).flat_map(|dy| (-near..=near).map(move |dx| (x + dx, y + dy)));
        let alike = |other: Self| product(&self.values, &other.values) / (self.norm * other.norm);
        // What is no number is no greater.
        places.filter_map(|(x, y)| Self::read(grey, x, y)).map(alike).fold(-1.0, f32::max)
    }
}

/// Least movement of the face that tells something, in eye distances.
const LEAST_MOVED: f32 = 0.15;
/// Fewest patches that tell something.
const LEAST_PATCHES: u32 = 8;
/// Share of the patches that move along with the face of a held picture.
const ALONG: f32 = 0.6;

/// Whether the face moves with its surround. The value is the share of patches that moved along.
pub fn surround(looks: &[Look]) -> Reading {
    let told = looks.iter().filter_map(|look| look.surround);
    let telling: Vec<Surround> =
        told.filter(|s| s.moved >= LEAST_MOVED && s.along + s.stayed >= LEAST_PATCHES).collect();
    if telling.len() < 2 {
        return Reading::unseen("the face hardly moved, or nothing around it can be told apart");
    }
    let (along, stayed) = telling.iter().fold((0, 0), |(along, stayed), s| (along + s.along, stayed + s.stayed));
    let share = along as f32 / (along + stayed) as f32;
    let held = telling.iter().filter(|s| s.along as f32 >= ALONG * (s.along + s.stayed) as f32).count();
    if held >= 2 && share >= ALONG {
        Reading::suspected(share, "what is around the face moves with it, as in a picture that is held")
    } else {
        Reading::clear(share, "the face moves before what is around it")
    }
}
