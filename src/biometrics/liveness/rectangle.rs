//! A rectangle around the face: the border of a print, the frame of a telephone or tablet.

use crate::geometry::Rect;

use super::crop::Grey;
use super::{Look, Reading};

/// Least change of grey from one pixel to the next at an edge.
const EDGE: f32 = 7.0;
/// Share of a side that must be edge, each.
const SIDE: f32 = 0.85;
/// Share of what goes on beyond a corner that may be edge: that of a door or a shelf goes on.
const BEYOND: f32 = 0.45;
/// Steepest that a side leans, as a ratio.
const LEAN: f32 = 0.2;
/// Steps on either side of upright.
const LEANS: i32 = 5;
/// How much two sides may lean apart: seen askew, a rectangle is none.
const APART: f32 = 0.12;
/// The face is in the middle: the nearer of two sides is at least this share as far from it as the other.
const UNEVEN: f32 = 0.45;
/// Candidates of a side that are tried with those of the others.
const CANDIDATES: usize = 5;

/// A nearly upright or level line: its place in the middle of the face, and by how much that changes with each pixel along it.
#[derive(Clone, Copy)]
struct Line {
    at: f32,
    lean: f32,
    /// Whether grey rises across it, to the right or downwards.
    rises: bool,
}

/// Further than any line is beside the picture, so that numbers stay positive.
const OFFSET: i32 = 1024;

/// What is known of a pixel: bits.
const SEEN: u8 = 1;
/// Grey rises across a line here or at a neighbour,
const RISES: u8 = 2;
/// or it falls.
const FALLS: u8 = 4;

/// The edges of a grey picture, in which lines are looked for along either axis.
struct Field {
    /// Columns and rows.
    size: i32,
    /// Row by row, across level lines,
    level: Vec<u8>,
    /// and column by column, across upright ones.
    upright: Vec<u8>,
    /// The middle of the face.
    middle: [f32; 2],
}

/// The axis along which a line runs.
#[derive(Clone, Copy, PartialEq)]
enum Along {
    X,
    Y,
}

impl Field {
    fn of(grey: &Grey, middle: [f32; 2]) -> Self {
        let size = grey.size;
        let across_rows: Vec<f32> = grey.rows().flatten().copied().collect();
        let mut across_columns = vec![f32::NAN; size * size];
        for (y, row) in grey.rows().enumerate() {
            row.iter().zip(across_columns.iter_mut().skip(y).step_by(size.max(1))).for_each(|(v, to)| *to = *v);
        }
        let (level, upright) = (edges(&across_rows, size), edges(&across_columns, size));
        Self { size: i32::try_from(size).unwrap_or_default(), level, upright, middle }
    }

    /// The middle of the face along the axis and across it.
    fn middle(&self, along: Along) -> (f32, f32) {
        let [x, y] = self.middle;
        if along == Along::X { (x, y) } else { (y, x) }
    }

    /// The share of a line that is an edge of its kind, from one place along it to another; `None` where half of that is out of
    /// the frame.
    fn support(&self, along: Along, line: Line, from: f32, to: f32) -> Option<f32> {
        self.support_within(along, line, from, to, i32::MAX)
    }

    /// The same of a side: `None` where so much is no edge that it is none. Most lines end after a few pixels so.
    fn support_of_side(&self, along: Along, line: Line, from: f32, to: f32) -> Option<f32> {
        let length = (to.round() as i32 - from.round() as i32).max(0);
        // One more than can be borne, for what is rounded.
        let most = ((1.0 - SIDE) * length as f32) as i32 + 1;
        self.support_within(along, line, from, to, most).filter(|support| *support >= SIDE)
    }

    /// As [`Self::support`]; `None` as well where more than `most` pixels are no edge.
    fn support_within(&self, along: Along, line: Line, from: f32, to: f32, most: i32) -> Option<f32> {
        let (middle, _) = self.middle(along);
        let edges = if along == Along::X { &self.level } else { &self.upright };
        let kind = if line.rises { RISES } else { FALLS };
        let (from, to) = (from.round() as i32, to.round() as i32);
        let (mut seen, mut edge, all) = (0, 0, to.saturating_sub(from).max(0));
        for position in from.max(0)..to.min(self.size) {
            if seen - edge > most {
                return None;
            }
            // Rounded by what a cast cuts off: `round` is a call where the processor is not known.
            let across = (line.at + line.lean * (position as f32 - middle) + (OFFSET as f32 + 0.5)) as i32 - OFFSET;
            if !(0..self.size).contains(&across) {
                continue;
            }
            let place = edges.get((across * self.size + position) as usize).copied().unwrap_or_default();
            seen += i32::from(place & SEEN != 0);
            edge += i32::from(place & kind != 0);
        }
        (all >= 3 && seen * 2 >= all).then(|| edge as f32 / seen as f32)
    }

    /// The lines with the most edge beside the face, the best first. `reach` is how far along it they are looked at to either side.
    fn lines(&self, along: Along, from: f32, to: f32, reach: f32) -> Vec<Line> {
        let (middle, _) = self.middle(along);
        let mut found: Vec<(f32, Line)> = vec![];
        for at in from.round() as i32..=to.round() as i32 {
            for lean in -LEANS..=LEANS {
                for rises in [false, true] {
                    let line = Line { at: at as f32, lean: lean as f32 * LEAN / LEANS as f32, rises };
                    let support = self.support_of_side(along, line, middle - reach, middle + reach);
                    found.extend(support.map(|support| (support, line)));
                }
            }
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut kept: Vec<Line> = vec![];
        for (_, line) in found {
            if kept.len() < CANDIDATES && kept.iter().all(|other| (other.at - line.at).abs() >= 3.0) {
                kept.push(line);
            }
        }
        kept
    }

    /// Where an upright and a level line cross: (along the level one, along the upright one).
    fn corner(&self, upright: Line, level: Line) -> (f32, f32) {
        let [x, y] = self.middle;
        // x = upright.at + upright.lean (y' - y), y' = level.at + level.lean (x' - x)
        let (k, m) = (upright.lean, level.lean);
        let cx = (upright.at + k * (level.at - m * x - y)) / (1.0 - k * m);
        (cx, level.at + m * (cx - x))
    }

    /// Whether both lines are edges up to their corner, and not beyond it. `inner` is where the rectangle lies: 1 to the right or
    /// below, -1 to the left or above. `short` is a length in pixels.
    fn meet(&self, upright: Line, level: Line, inner: (f32, f32), short: f32) -> bool {
        // What lies within is brighter on all sides than what is around, or darker on all: other edges are things that happen to
        // lie so.
        if (upright.rises == (inner.0 > 0.0)) != (level.rises == (inner.1 > 0.0)) {
            return false;
        }
        let (cx, cy) = self.corner(upright, level);
        let [x, y] = self.middle;
        let span = |a: f32, b: f32| (a.min(b), a.max(b));
        let whole = |along: Along, line: Line, corner: f32, middle: f32| {
            let (from, to) = span(corner, middle);
            self.support_of_side(along, line, from, to).is_some()
        };
        let ends = |along: Along, line: Line, corner: f32, inner: f32| {
            let (from, to) = span(corner - inner * 2.5, corner - inner * (short + 2.5));
            self.support(along, line, from, to).is_none_or(|support| support <= BEYOND)
        };
        whole(Along::Y, upright, cy, y)
            && whole(Along::X, level, cx, x)
            && ends(Along::Y, upright, cy, inner.1)
            && ends(Along::X, level, cx, inner.0)
    }
}

/// What is known of each pixel of lines of `size` that lie one after the other; grey is compared from each to the next but one.
fn edges(grey: &[f32], size: usize) -> Vec<u8> {
    let mut slopes = vec![f32::NAN; grey.len()];
    // Each line without those before and behind has a change of grey, of which no number is left where there was none.
    for ((slope, before), after) in slopes.iter_mut().skip(size).zip(grey).zip(grey.iter().skip(2 * size)) {
        *slope = (after - before) / 2.0;
    }
    let bits = |slope: f32| (u8::from(slope >= EDGE) * RISES) | (u8::from(slope <= -EDGE) * FALLS);
    let mut edges: Vec<u8> = slopes.iter().map(|slope| u8::from(!slope.is_nan()) * SEEN).collect();
    for (place, edge) in edges.iter_mut().enumerate().filter(|(_, edge)| **edge != 0) {
        for at in [place.checked_sub(size), Some(place), Some(place + size)].into_iter().flatten() {
            *edge |= slopes.get(at).map_or(0, |slope| bits(*slope));
        }
    }
    edges
}

/// Whether three sides of a rectangle with two corners lie around a face at `face`, in pixels of the picture.
pub(super) fn is_around(grey: &Grey, face: Rect) -> bool {
    let center = face.center();
    let field = Field::of(grey, [center.x, center.y]);
    let (width, height) = (face.width, face.height);
    let beside = |from: f32, to: f32, extent: f32, middle: f32| {
        let (a, b) = (middle + from * extent, middle + to * extent);
        (a.min(b), a.max(b))
    };
    let upright = |from: f32, to: f32| {
        let (a, b) = beside(from, to, width, center.x);
        field.lines(Along::Y, a, b, 0.5 * height)
    };
    let level = |from: f32, to: f32| {
        let (a, b) = beside(from, to, height, center.y);
        field.lines(Along::X, a, b, 0.4 * width)
    };
    let (left, right) = (upright(-0.55, -1.8), upright(0.55, 1.8));
    let (above, below) = (level(-0.55, -1.6), level(0.55, 1.6));
    let short = 0.3 * width;
    // Opposite sides, about as far from the face's middle.
    let alike = |a: Line, b: Line, middle: f32| {
        let (near, far) = ((a.at - middle).abs(), (b.at - middle).abs());
        (a.lean - b.lean).abs() <= APART && near.min(far) >= UNEVEN * near.max(far)
    };
    let square = |upright: Line, level: Line| (upright.lean + level.lean).abs() <= APART;
    let bracket = |ends: &[Line], sides: [&[Line]; 2], inner: f32| {
        ends.iter().any(|end| {
            let corner =
                |side: &Line, inward: f32| square(*side, *end) && field.meet(*side, *end, (inward, inner), short);
            sides[0]
                .iter()
                .filter(|side| corner(side, 1.0))
                .any(|a| sides[1].iter().any(|b| alike(*a, *b, center.x) && corner(b, -1.0)))
        })
    };
    // Two uprights and what joins them above or below; or both level sides and what joins them at one end.
    let turned = |side: &[Line], inward: f32| {
        side.iter().any(|side| {
            let corner =
                |end: &Line, inner: f32| square(*side, *end) && field.meet(*side, *end, (inward, inner), short);
            above
                .iter()
                .filter(|end| corner(end, 1.0))
                .any(|a| below.iter().any(|b| alike(*a, *b, center.y) && corner(b, -1.0)))
        })
    };
    bracket(&above, [&left, &right], 1.0)
        || bracket(&below, [&left, &right], -1.0)
        || turned(&left, 1.0)
        || turned(&right, -1.0)
}

/// More than this share of the looks show a rectangle.
const SHARE: f32 = 0.5;

/// Whether the face is in a rectangle, by most of the looks. The value is the share that shows one.
pub fn rectangle(looks: &[Look]) -> Reading {
    if looks.is_empty() {
        return Reading::unseen("nothing was looked at");
    }
    let share = looks.iter().filter(|look| look.in_rectangle).count() as f32 / looks.len() as f32;
    if share > SHARE {
        Reading::suspected(share, "the face is in a rectangle: a picture, a telephone or a tablet")
    } else {
        Reading::clear(share, "no rectangle is around the face")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_are_those_of_the_plain_formula() {
        let (size, mut chance) = (23, fastrand::Rng::with_seed(7));
        let mut pixel = || if chance.u8(..9) == 0 { f32::NAN } else { chance.f32() * 8.0 * EDGE };
        let grey: Vec<f32> = (0..size * size).map(|_| pixel()).collect();
        let at = |line: i32, along: usize| {
            let line = usize::try_from(line).ok().filter(|line| *line < size)?;
            Some(grey[line * size + along]).filter(|grey| !grey.is_nan())
        };
        let slope = |line: i32, along: usize| Some((at(line + 1, along)? - at(line - 1, along)?) / 2.0);
        let found = edges(&grey, size);
        for (i, found) in found.iter().enumerate() {
            let (line, along) = (i32::try_from(i / size).unwrap(), i % size);
            let near: Vec<f32> = [-1, 0, 1].into_iter().filter_map(|d| slope(line + d, along)).collect();
            let expected = slope(line, along).map_or(0, |_| {
                let (rises, falls) = (near.iter().any(|s| *s >= EDGE), near.iter().any(|s| *s <= -EDGE));
                SEEN | (u8::from(rises) * RISES) | (u8::from(falls) * FALLS)
            });
            assert_eq!(*found, expected, "line {line}, {along}");
        }
        for kind in [SEEN | RISES, SEEN | FALLS, SEEN, 0] {
            assert!(found.contains(&kind), "{kind} was not tried");
        }
    }
}
