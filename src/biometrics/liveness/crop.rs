//! Squares cut out of a frame, upright and of one size.

use crate::camera::Frame;
use crate::geometry::{Point, Similarity};

use super::shrunk::{Cell, Shrunk};

/// A square of a frame that may be rolled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// Its middle, in pixels of the frame.
    pub center: Point,
    /// Its side, in pixels of the frame.
    pub side: f32,
    /// By how much it is rolled, in radians, clockwise as seen.
    pub angle: f32,
}

impl Window {
    /// From a pixel of a cut of `size` pixels a side to the frame's.
    pub fn to_frame(self, size: usize) -> Similarity {
        let scale = self.side / size as f32;
        let (a, b) = (scale * self.angle.cos(), scale * self.angle.sin());
        let half = (size as f32 - 1.0) / 2.0;
        Similarity { a, b, tx: self.center.x - a * half + b * half, ty: self.center.y - b * half - a * half }
    }

    /// The square as `size` x `size` interleaved RGB bytes: each pixel the mean of those that it covers, about; beyond the frame's
    /// edge its last pixels go on.
    pub fn cut(self, frame: &Frame, size: usize) -> Vec<u8> {
        let mut rgb = vec![0; 3 * size * size];
        let mut pixels = rgb.as_chunks_mut::<3>().0.iter_mut();
        self.each(frame, size, |[r, g, b, _]| {
            if let Some(pixel) = pixels.next() {
                *pixel = [r, g, b].map(|value| (value + 0.5) as u8);
            }
        });
        rgb
    }

    /// Gives each pixel of such a square, row by row.
    pub(super) fn each(self, frame: &Frame, size: usize, mut give: impl FnMut(Cell)) {
        let back = self.to_frame(size);
        let (near, far) = (-0.5, size as f32 - 0.5);
        let corners = [(near, near), (far, near), (near, far), (far, far)];
        // What many pixels show is their mean, and then one sample will do; a cast takes no number for zero.
        let shrunk =
            Shrunk::around(frame, corners.map(|(x, y)| back.apply(Point::new(x, y))), back.scale().round() as usize);
        let [begin, right, down] =
            [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)].map(|(x, y)| shrunk.place(back.apply(Point::new(x, y))));
        let (right, down) =
            (Point::new(right.x - begin.x, right.y - begin.y), Point::new(down.x - begin.x, down.y - begin.y));
        for row in 0..size {
            let row = row as f32;
            let begin = Point::new(begin.x + row * down.x, begin.y + row * down.y);
            for column in 0..size {
                let column = column as f32;
                give(shrunk.at(Point::new(begin.x + column * right.x, begin.y + column * right.y)));
            }
        }
    }
}

/// A square in grey, as cues look at it.
#[derive(Clone)]
pub(super) struct Grey {
    /// Columns and rows.
    pub(super) size: usize,
    /// Row by row, 0 to 255; no number where the frame shows nothing.
    values: Vec<f32>,
}

// The pixels show a person: they never get into a log.
impl std::fmt::Debug for Grey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Grey({0}x{0})", self.size)
    }
}

impl Grey {
    /// What a window shows, where it lies in the frame.
    pub(super) fn of(frame: &Frame, window: Window, size: usize) -> Self {
        let mut values = Vec::with_capacity(size * size);
        window.each(frame, size, |[.., grey]| values.push(grey));
        let back = window.to_frame(size);
        let (right, bottom) = (frame.width() as f32 - 1.0, frame.height() as f32 - 1.0);
        for (row, line) in values.chunks_exact_mut(size.max(1)).enumerate() {
            for (column, value) in line.iter_mut().enumerate() {
                let at = back.apply(Point::new(column as f32, row as f32));
                let is_inside = at.x > 1.0 && at.y > 1.0 && at.x < right - 1.0 && at.y < bottom - 1.0;
                *value = if is_inside { *value } else { f32::NAN };
            }
        }
        Self { size, values }
    }

    /// The grey levels of each row, 0 to 255; no number where the frame shows nothing.
    pub(super) fn rows(&self) -> impl Iterator<Item = &[f32]> {
        self.values.chunks_exact(self.size.max(1))
    }

    /// `N` neighbours of a row from a column on; `None` where they are not all of the square's.
    pub(super) fn part<const N: usize>(&self, x: i32, y: i32) -> Option<&[f32; N]> {
        let (x, y) = (usize::try_from(x).ok()?, usize::try_from(y).ok()?);
        if x + N > self.size {
            return None;
        }
        self.values.get(y * self.size + x..)?.first_chunk()
    }
}

/// The sum of each pixel's product, of two squares: of each column first, so that columns are summed side by side.
#[inline]
pub(super) fn product<const COLUMNS: usize, const ROWS: usize>(
    a: &[[f32; COLUMNS]; ROWS],
    b: &[[f32; COLUMNS]; ROWS],
) -> f32 {
    let mut sums = [0.0; COLUMNS];
    for (a, b) in a.iter().zip(b) {
        sums.iter_mut().zip(a.iter().zip(b)).for_each(|(sum, (a, b))| *sum += a * b);
    }
    sums.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn slope(width: u32, height: u32) -> Frame {
        let pixel = |i: u32| [(i % width) as u8, (i / width) as u8, 0];
        Frame::new(width, height, (0..width * height).flat_map(pixel).collect(), Duration::ZERO).unwrap()
    }

    #[test]
    fn a_cut_shows_the_place_that_it_says() {
        let (frame, window) = (slope(200, 150), Window { center: Point::new(100.0, 70.0), side: 60.0, angle: 0.3 });
        for size in [64, 16] {
            let (cut, back) = (window.cut(&frame, size), window.to_frame(size));
            for (i, pixel) in cut.as_chunks::<3>().0.iter().enumerate() {
                let at = back.apply(Point::new((i % size) as f32, (i / size) as f32));
                assert!((f32::from(pixel[0]) - at.x).abs() < 1.0 && (f32::from(pixel[1]) - at.y).abs() < 1.0);
            }
        }
    }

    #[test]
    fn beyond_the_edge_the_last_pixels_go_on_and_are_told() {
        let window = Window { center: Point::new(0.0, 75.0), side: 80.0, angle: 0.0 };
        let grey = Grey::of(&slope(200, 150), window, 40);
        let at = |x: i32, y: i32| grey.part::<1>(x, y).map(|[value]| value.is_finite());
        assert_eq!(
            [at(3, 20), at(30, 20), at(-1, 3), at(40, 3), at(3, 40)],
            [Some(false), Some(true), None, None, None]
        );
        for center in [Point::new(1e9, -1e9), Point::new(f32::NAN, 3.0)] {
            let window = Window { center, ..window };
            assert_eq!(window.cut(&slope(20, 15), 8).len(), 192);
            assert!(Grey::of(&slope(20, 15), window, 8).rows().flatten().all(|value| value.is_nan()));
        }
    }
}
