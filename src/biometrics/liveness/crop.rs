//! Squares cut out of a frame, upright and of one size.

use crate::camera::Frame;
use crate::geometry::{Point, Similarity};

/// Most samples of a pixel along an axis where the frame is shrunk: beyond it, an average shows no more.
const MOST_SAMPLES: usize = 4;

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

    /// The square as `size` x `size` interleaved RGB bytes: each pixel the mean of the samples that it covers, bilinear; beyond the
    /// frame's edge its last pixels go on.
    pub fn cut(self, frame: &Frame, size: usize) -> Vec<u8> {
        let back = self.to_frame(size);
        let samples = (back.scale().round() as usize).clamp(1, MOST_SAMPLES);
        let sample = |row: usize, column: usize| -> [f32; 3] {
            let mut sum = [0.0; 3];
            for step in 0..samples * samples {
                let within = |i: usize| (i as f32 + 0.5) / samples as f32 - 0.5;
                let (x, y) = (column as f32 + within(step % samples), row as f32 + within(step / samples));
                let at = bilinear(frame, back.apply(Point::new(x, y)));
                sum.iter_mut().zip(at).for_each(|(sum, value)| *sum += value);
            }
            sum.map(|sum| sum / (samples * samples) as f32)
        };
        let pixels = (0..size).flat_map(|row| (0..size).map(move |column| (row, column)));
        pixels.flat_map(|(row, column)| sample(row, column).map(|value| (value + 0.5) as u8)).collect()
    }
}

/// The frame between its pixels, 0 to 255.
fn bilinear(frame: &Frame, at: Point) -> [f32; 3] {
    let (width, height) = (frame.width() as usize, frame.height() as usize);
    if width == 0 || height == 0 {
        return [0.0; 3];
    }
    // A cast saturates and takes no number for zero, so that windows far out show the nearest edge.
    let (x, y) = (at.x.clamp(0.0, (width - 1) as f32), at.y.clamp(0.0, (height - 1) as f32));
    let (left, top) = (x as usize, y as usize);
    let below = (top + 1).min(height - 1);
    let (fx, fy) = (x - left as f32, y - top as f32);
    // A pixel and its neighbour to the right lie side by side; the last one has none but itself.
    let two = |y: usize| -> [[f32; 3]; 2] {
        let rest = frame.rgb().get((y * width + left) * 3..).unwrap_or_default();
        match (rest.first_chunk::<6>(), rest.first_chunk::<3>()) {
            (Some(&[r, g, b, r2, g2, b2]), _) if left + 1 < width => {
                [[r, g, b].map(f32::from), [r2, g2, b2].map(f32::from)]
            }
            (_, Some(one)) => [one.map(f32::from); 2],
            (_, None) => [[0.0; 3]; 2],
        }
    };
    let ([a, b], [c, d]) = (two(top), two(below));
    std::array::from_fn(|i| (a[i] * (1.0 - fx) + b[i] * fx) * (1.0 - fy) + (c[i] * (1.0 - fx) + d[i] * fx) * fy)
}

/// A square in grey, as cues look at it.
#[derive(Clone, PartialEq)]
pub(super) struct Grey {
    /// Columns and rows.
    pub(super) size: usize,
    values: Vec<f32>,
    inside: Vec<bool>,
}

// The pixels show a person: they never get into a log.
impl std::fmt::Debug for Grey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Grey({0}x{0})", self.size)
    }
}

impl Grey {
    /// What a window shows, and which of its pixels lie in the frame.
    pub(super) fn of(frame: &Frame, window: Window, size: usize) -> Self {
        let values = window.cut(frame, size).as_chunks::<3>().0.iter().map(|&[r, g, b]| luma(r, g, b)).collect();
        let back = window.to_frame(size);
        let (right, bottom) = (frame.width() as f32 - 1.0, frame.height() as f32 - 1.0);
        let is_inside = |i: usize| {
            let at = back.apply(Point::new((i % size) as f32, (i / size) as f32));
            at.x > 1.0 && at.y > 1.0 && at.x < right - 1.0 && at.y < bottom - 1.0
        };
        Self { size, values, inside: (0..size * size).map(is_inside).collect() }
    }

    /// The grey level at a pixel, 0 to 255; `None` where the frame shows nothing.
    pub(super) fn at(&self, x: i32, y: i32) -> Option<f32> {
        let (x, y) = (usize::try_from(x).ok()?, usize::try_from(y).ok()?);
        if x >= self.size || y >= self.size {
            return None;
        }
        let i = y * self.size + x;
        self.inside.get(i)?.then(|| self.values.get(i).copied())?
    }
}

/// Rec. 601's grey of a pixel.
fn luma(r: u8, g: u8, b: u8) -> f32 {
    0.299 * f32::from(r) + 0.587 * f32::from(g) + 0.114 * f32::from(b)
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
        assert_eq!((grey.at(3, 20), grey.at(-1, 3), grey.at(40, 3)), (None, None, None));
        assert!(grey.at(30, 20).is_some());
        for center in [Point::new(1e9, -1e9), Point::new(f32::NAN, 3.0)] {
            let window = Window { center, ..window };
            assert_eq!(window.cut(&slope(20, 15), 8).len(), 192);
            assert_eq!(Grey::of(&slope(20, 15), window, 8).at(4, 4), None);
        }
    }
}
