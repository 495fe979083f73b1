//! A part of a frame, shrunk before squares are cut out of it: each pixel of the frame is read once, however many of them one
//! pixel of a square covers.

use crate::camera::Frame;
use crate::geometry::Point;

/// Red, green, blue and grey (Rec. 601), 0 to 255 each: four numbers are one vector.
pub(super) type Cell = [f32; 4];

/// Most pixels of a frame that become one, along an axis: their sums stay within 16 bits.
const MOST: usize = 256;

/// A part of a frame, each cell the mean of so many pixels on either axis.
pub(super) struct Shrunk {
    /// Row by row, with one column and one row behind the last, where the edge goes on.
    cells: Vec<Cell>,
    stride: usize,
    factor: f32,
    /// The middle of the first cell, in pixels of the frame.
    first: Point,
    /// The middle of the last, in cells from the first.
    last: Point,
}

impl Shrunk {
    /// What the frame shows between these corners and a little around them; `factor` pixels become one, along either axis.
    pub(super) fn around(frame: &Frame, corners: [Point; 4], factor: usize) -> Self {
        let factor = factor.clamp(1, MOST);
        let (columns, rows) = (frame.width() as usize, frame.height() as usize);
        // A cast saturates and takes no number for zero, so that corners far out lead to the nearest edge.
        let span = |axis: fn(&Point) -> f32, extent: usize| {
            let [a, b, c, d] = corners.each_ref().map(axis);
            let from = (a.min(b).min(c).min(d) as usize).saturating_sub(factor).min(extent.saturating_sub(1));
            let to = (a.max(b).max(c).max(d) as usize).saturating_add(factor + 1);
            (from, to.clamp(from + 1, extent.max(from + 1)).min(extent))
        };
        let ((left, right), (top, bottom)) = (span(|p| p.x, columns), span(|p| p.y, rows));
        let (width, height) = ((right - left).div_ceil(factor), (bottom - top).div_ceil(factor));
        let mut cells = Vec::with_capacity((width + 1) * (height + 1));
        let mut sums = vec![0u16; 3 * (right - left)];
        for first in (top..bottom).step_by(factor) {
            let lines = first..(first + factor).min(bottom);
            sums.fill(0);
            for line in lines.clone() {
                let at = (line * columns + left) * 3;
                let line = frame.rgb().get(at..at + sums.len()).unwrap_or_default();
                add(&mut sums, line);
            }
            cells.extend(sums.as_chunks::<3>().0.chunks(factor).map(|sums| mean(sums, lines.len())));
            cells.extend(cells.last().copied());
        }
        cells.extend_from_within(cells.len().saturating_sub(width + 1)..);
        let middle = (factor as f32 - 1.0) / 2.0;
        Self {
            cells,
            stride: width + 1,
            factor: factor as f32,
            first: Point::new(left as f32 + middle, top as f32 + middle),
            last: Point::new(width.saturating_sub(1) as f32, height.saturating_sub(1) as f32),
        }
    }

    /// From a place in the frame to one among the cells.
    pub(super) fn place(&self, at: Point) -> Point {
        Point::new((at.x - self.first.x) / self.factor, (at.y - self.first.y) / self.factor)
    }

    /// What is between the cells at a [`Self::place`]; the edge goes on beyond the middle of the outermost cell, which is half a cell
    /// within the frame's.
    #[inline]
    pub(super) fn at(&self, place: Point) -> Cell {
        // In this order no number is taken for zero.
        let (x, y) = (place.x.max(0.0).min(self.last.x), place.y.max(0.0).min(self.last.y));
        let (left, top) = (x as i32, y as i32);
        let (fx, fy) = (x - left as f32, y - top as f32);
        let at = top as usize * self.stride + left as usize;
        let two = |at: usize| self.cells.get(at..).and_then(|cells| cells.first_chunk::<2>());
        let (Some([a, b]), Some([c, d])) = (two(at), two(at + self.stride)) else { return [0.0; 4] };
        std::array::from_fn(|i| {
            let (upper, lower) = (a[i] + (b[i] - a[i]) * fx, c[i] + (d[i] - c[i]) * fx);
            upper + (lower - upper) * fy
        })
    }
}

/// Adds a line of bytes, of which there are too few to overflow. By blocks, and without looking for an overflow: of other loops the compiler
/// makes vectors in some builds only.
fn add(sums: &mut [u16], line: &[u8]) {
    let ((sums, more), (line, rest)) = (sums.as_chunks_mut::<16>(), line.as_chunks::<16>());
    for (sums, line) in sums.iter_mut().zip(line) {
        *sums = std::array::from_fn(|i| sums[i].wrapping_add(u16::from(line[i])));
    }
    more.iter_mut().zip(rest).for_each(|(sum, value)| *sum = sum.wrapping_add(u16::from(*value)));
}

/// The mean of a cell's pixels, of which `sums` has those of each column, `lines` long.
fn mean(sums: &[[u16; 3]], lines: usize) -> Cell {
    let share = 1.0 / (sums.len() * lines) as f32;
    let sum = sums.iter().fold([0u32; 3], |[r, g, b], sum| {
        let [x, y, z] = sum.map(u32::from);
        [r.wrapping_add(x), g.wrapping_add(y), b.wrapping_add(z)]
    });
    let [r, g, b] = sum.map(|sum| sum as f32 * share);
    [r, g, b, 0.299 * r + 0.587 * g + 0.114 * b]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn cells_are_means_of_their_pixels_and_lie_where_those_are() {
        let pixel = |i: u32| [(i % 64) as u8, (i / 64) as u8, 30];
        let frame = Frame::new(64, 48, (0..64 * 48).flat_map(pixel).collect(), Duration::ZERO).unwrap();
        let corners = [(10.0, 9.0), (50.0, 9.0), (10.0, 40.0), (50.0, 40.0)].map(|(x, y)| Point::new(x, y));
        for factor in [1, 2, 3, 5] {
            let shrunk = Shrunk::around(&frame, corners, factor);
            for (x, y) in [(10.0, 9.0), (31.25, 20.5), (49.0, 39.9)] {
                let [r, g, b, grey] = shrunk.at(shrunk.place(Point::new(x, y)));
                assert!((r - x).abs() < 1e-3 && (g - y).abs() < 1e-3 && (b - 30.0).abs() < 1e-3, "{factor}: {r} {g}");
                assert!((grey - (0.299 * r + 0.587 * g + 0.114 * b)).abs() < 1e-3);
            }
        }
    }

    #[test]
    fn a_cell_is_the_plain_mean_also_where_pixels_are_missing_at_the_edge() {
        let mut chance = fastrand::Rng::with_seed(8);
        let (width, height, factor) = (67usize, 41usize, 3);
        let rgb: Vec<u8> = (0..width * height * 3).map(|_| chance.u8(..)).collect();
        let frame = Frame::new(width as u32, height as u32, rgb.clone(), Duration::ZERO).unwrap();
        let whole = [Point::new(0.0, 0.0), Point::new(200.0, 200.0), Point::new(0.0, 200.0), Point::new(200.0, 0.0)];
        let shrunk = Shrunk::around(&frame, whole, factor);
        for (row, column) in (0..height.div_ceil(factor)).flat_map(|r| (0..width.div_ceil(factor)).map(move |c| (r, c)))
        {
            let pixels: Vec<usize> = (row * factor..((row + 1) * factor).min(height))
                .flat_map(|y| (column * factor..((column + 1) * factor).min(width)).map(move |x| y * width + x))
                .collect();
            let cell = shrunk.at(Point::new(column as f32, row as f32));
            for channel in 0..3 {
                let sum: f32 = pixels.iter().map(|pixel| f32::from(rgb[pixel * 3 + channel])).sum();
                assert!((cell[channel] - sum / pixels.len() as f32).abs() < 1e-2, "{row} {column}");
            }
        }
    }

    #[test]
    fn beyond_the_edge_it_goes_on_and_nothing_is_out_of_bounds() {
        let frame = Frame::new(5, 3, (0..45).collect(), Duration::ZERO).unwrap();
        let empty = Frame::new(0, 0, vec![], Duration::ZERO).unwrap();
        for (x, y) in [(1e9, -1e9), (-1e9, 1e9), (f32::NAN, 2.0), (f32::INFINITY, f32::NEG_INFINITY)] {
            for factor in [0, 1, 4, 1000] {
                let shrunk = Shrunk::around(&frame, [Point::new(x, y); 4], factor);
                assert!(shrunk.at(shrunk.place(Point::new(x, y)))[0] <= 45.0);
                let shrunk = Shrunk::around(&empty, [Point::new(x, y); 4], factor);
                assert_eq!(shrunk.at(shrunk.place(Point::new(x, y))), [0.0; 4]);
            }
        }
        let corner = Shrunk::around(&frame, [Point::new(9.0, 9.0); 4], 1);
        assert_eq!(corner.at(corner.place(Point::new(99.0, 99.0)))[..3], [42.0, 43.0, 44.0]);
    }
}
