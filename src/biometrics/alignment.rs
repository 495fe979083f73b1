//! The face, upright and of one size, as the embedder was trained to see it.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use crate::camera::Frame;
use crate::geometry::{Point, Similarity};
use crate::models::sface::CROP_SIZE;

/// Where the five landmarks belong in the crop: ArcFace's five-point template (Deng et al., 2019).
pub const TEMPLATE: [Point; 5] = [
    Point::new(38.2946, 51.6963),
    Point::new(73.5318, 51.5014),
    Point::new(56.0252, 71.7366),
    Point::new(41.5493, 92.3655),
    Point::new(70.7299, 92.2041),
];

/// The part of the crop that is face, from brow to chin and ear to ear; the rest is hair and background.
const WHOLE_FACE_ROWS: std::ops::Range<usize> = 26..106;
const WHOLE_FACE_COLUMNS: std::ops::Range<usize> = 22..90;

/// A face that is more than this many times as large as in the crop is shrunk before it is cut out,
const SHRINK_FROM: f32 = 1.5;
/// to so many times its size there. An average over fewer pixels costs more detail than it spares noise.
const SHRINK_TO: f32 = 1.2;

/// An aligned crop: 112x112 interleaved RGB bytes.
#[derive(Clone)]
pub struct Sample {
    rgb: Vec<u8>,
    /// Share of the face that lies inside the frame, 0 to 1. A tight crop round a face is whole; a face at the
    /// picture's edge is not.
    pub inside: f32,
}

impl Sample {
    /// The pixels, row by row.
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }
}

// The pixels are a person's face: they never get into a log.
impl std::fmt::Debug for Sample {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sample({:.0} % inside)", self.inside * 100.0)
    }
}

/// Cuts the face with these landmarks out of the frame: the least-squares similarity onto [`TEMPLATE`], bilinear, black
/// beyond the frame's edge. A face that is much larger in the frame than in the crop is shrunk first, each new pixel an
/// average of those that it covers: the four nearest alone would show noise, and edges that are not there.
///
/// `None` where the landmarks coincide: then there is no face to cut.
pub fn align(frame: &Frame, landmarks: &[Point; 5]) -> Option<Sample> {
    let to_crop = Similarity::fit(landmarks, &TEMPLATE)?;
    if to_crop.scale() * SHRINK_FROM > 1.0 {
        return warp(frame, landmarks);
    }
    let Some((small, landmarks)) = shrunk(frame, landmarks, to_crop) else { return warp(frame, landmarks) };
    warp(&small, &landmarks)
}

/// What the crop shows of the frame, [`SHRINK_TO`] times as large as there, and where the landmarks are in it. `None` where that is
/// outside of the frame.
fn shrunk(frame: &Frame, landmarks: &[Point; 5], to_crop: Similarity) -> Option<(Frame, [Point; 5])> {
    /// Pixels of the crop that are taken in beyond its edge.
    const MARGIN: f32 = 2.0;
    let back = to_crop.inverse()?;
    let (near, far) = (-MARGIN, CROP_SIZE as f32 + MARGIN);
    let corners = [(near, near), (far, near), (near, far), (far, far)].map(|(x, y)| back.apply(Point::new(x, y)));
    // From the first pixel to the one behind the last, of those that are in the frame.
    let span = |axis: fn(&Point) -> f32, extent: u32| {
        let [a, b, c, d] = corners.each_ref().map(axis);
        let from = a.min(b).min(c).min(d).floor().clamp(0.0, extent as f32) as u32;
        let to = a.max(b).max(c).max(d).ceil().clamp(0.0, extent as f32) as u32;
        (to > from).then(|| (from, to - from))
    };
    let ((left, width), (top, height)) = (span(|p| p.x, frame.width())?, span(|p| p.y, frame.height())?);
    let shorter = |extent: u32| ((extent as f32 * to_crop.scale() * SHRINK_TO).round() as u32).max(1);
    let size = (shorter(width), shorter(height));
    let source = ImageRef::new(frame.width(), frame.height(), frame.rgb(), PixelType::U8x3).ok()?;
    let mut small = Image::new(size.0, size.1, PixelType::U8x3);
    let averaging = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear)).crop(
        left.into(),
        top.into(),
        width.into(),
        height.into(),
    );
    Resizer::new().resize(&source, &mut small, &averaging).ok()?;
    let small = Frame::new(size.0, size.1, small.into_vec(), frame.captured_at()).ok()?;
    // Pixel centres have whole coordinates, so the corner of the first pixel is at -0.5.
    let (sx, sy) = (size.0 as f32 / width as f32, size.1 as f32 / height as f32);
    let place = |p: Point| Point::new((p.x - left as f32 + 0.5) * sx - 0.5, (p.y - top as f32 + 0.5) * sy - 0.5);
    Some((small, landmarks.map(place)))
}

/// As [`align`], from the frame as it is, whatever its size: what OpenCV's `alignCrop` does.
pub fn warp(frame: &Frame, landmarks: &[Point; 5]) -> Option<Sample> {
    let back = Similarity::fit(landmarks, &TEMPLATE)?.inverse()?;
    let stride = 3 * frame.width() as usize;
    // Left of and above this, all four neighbours of a position are in the frame.
    let (right, bottom) = (frame.width() as f32 - 1.0, frame.height() as f32 - 1.0);
    let mut rgb = vec![0u8; CROP_SIZE * CROP_SIZE * 3];
    let mut inside = 0usize;
    for (row, line) in rgb.as_chunks_mut::<{ CROP_SIZE * 3 }>().0.iter_mut().enumerate() {
        let mut around = Around { corners: [[[0; CROP_SIZE]; 4]; 3], fx: [0.0; CROP_SIZE], fy: [0.0; CROP_SIZE] };
        for column in 0..CROP_SIZE {
            let Point { x, y } = back.apply(Point::new(column as f32, row as f32));
            if x >= 0.0 && y >= 0.0 && x < right && y < bottom {
                let (left, top) = (x as u32, y as u32);
                let at = top as usize * stride + 3 * left as usize;
                let (upper, lower) = (frame.rgb().get(at..at + 6)?, frame.rgb().get(at + stride..at + stride + 6)?);
                around.put(column, upper.first_chunk()?, lower.first_chunk()?, x - left as f32, y - top as f32);
                inside += usize::from(WHOLE_FACE_ROWS.contains(&row) && WHOLE_FACE_COLUMNS.contains(&column));
            } else {
                let (left, top) = (x.floor(), y.floor());
                // A cast from f32 saturates, so that landmarks far out lead to pixels outside and nowhere else.
                let [upper, lower] = neighbours(frame, left as i64, top as i64);
                around.put(column, &upper, &lower, x - left, y - top);
            }
        }
        around.blend(line);
    }
    Some(Sample { rgb, inside: inside as f32 / (WHOLE_FACE_ROWS.len() * WHOLE_FACE_COLUMNS.len()) as f32 })
}

/// What lies around each position of a row of the crop. Gathered first and blended after, so that the arithmetic is a
/// loop over arrays, which the compiler turns into vectors.
struct Around {
    /// For each channel: the pixel to the upper left of each position, upper right, lower left, lower right.
    corners: [[[u8; CROP_SIZE]; 4]; 3],
    /// How far to the right of the left pixels a position is, 0 to 1.
    fx: [f32; CROP_SIZE],
    /// How far below the upper pixels.
    fy: [f32; CROP_SIZE],
}

impl Around {
    /// Takes two neighbouring pixels and the two below them.
    #[inline(always)]
    fn put(&mut self, column: usize, upper: &[u8; 6], lower: &[u8; 6], fx: f32, fy: f32) {
        for (channel, corners) in self.corners.iter_mut().enumerate() {
            let around = [upper[channel], upper[channel + 3], lower[channel], lower[channel + 3]];
            corners.iter_mut().zip(around).for_each(|(corner, value)| corner[column] = value);
        }
        (self.fx[column], self.fy[column]) = (fx, fy);
    }

    /// Each corner weighed by how near it is.
    fn blend(&self, line: &mut [u8; CROP_SIZE * 3]) {
        for (channel, [a, b, c, d]) in self.corners.iter().enumerate() {
            let mut values = [0u8; CROP_SIZE];
            for (i, out) in values.iter_mut().enumerate() {
                let (fx, fy) = (self.fx[i], self.fy[i]);
                let upper = f32::from(a[i]) * ((1.0 - fx) * (1.0 - fy)) + f32::from(b[i]) * (fx * (1.0 - fy));
                let value = upper + f32::from(c[i]) * ((1.0 - fx) * fy) + f32::from(d[i]) * (fx * fy);
                // Rounded by hand: the plainest CPU has no instruction for it, and would call a function each time.
                let whole = value as i32;
                *out = (whole + i32::from(value - whole as f32 >= 0.5)) as u8;
            }
            line.iter_mut().skip(channel).step_by(3).zip(values).for_each(|(out, value)| *out = value);
        }
    }
}

/// The pixels at `x`, `y` and to the right of it, and those below; black where the frame has none.
fn neighbours(frame: &Frame, x: i64, y: i64) -> [[u8; 6]; 2] {
    let (width, height) = (i64::from(frame.width()), i64::from(frame.height()));
    let pixel = |x: i64, y: i64| -> [u8; 3] {
        let is_inside = (0..width).contains(&x) && (0..height).contains(&y);
        let found = is_inside.then(|| frame.rgb().get((y * width + x) as usize * 3..)?.first_chunk().copied());
        found.flatten().unwrap_or_default()
    };
    [y, y.saturating_add(1)].map(|y| {
        let [[a, b, c], [d, e, f]] = [pixel(x, y), pixel(x.saturating_add(1), y)];
        [a, b, c, d, e, f]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    fn frame(width: u32, height: u32) -> Frame {
        let pixels = (0..width * height * 3).map(|i| (i % 253) as u8).collect();
        Frame::new(width, height, pixels, Duration::ZERO).unwrap()
    }

    #[test]
    fn a_face_already_in_place_stays_as_it_is() {
        let frame = frame(112, 112);
        let sample = align(&frame, &TEMPLATE).unwrap();
        let far = sample.rgb().iter().zip(frame.rgb()).filter(|(a, b)| a.abs_diff(**b) > 1).count();
        assert_eq!(far, 0);
        assert!(sample.inside > 0.999);
    }

    #[test]
    fn what_lies_beyond_the_edge_is_black_and_counted() {
        let shifted = TEMPLATE.map(|p| Point::new(p.x - 56.0, p.y));
        let sample = align(&frame(112, 112), &shifted).unwrap();
        assert!((0.45..0.55).contains(&sample.inside), "{}", sample.inside);
        assert_eq!(sample.rgb()[..3], [0, 0, 0]);
        assert!(align(&frame(9, 9), &[Point::new(4.0, 4.0); 5]).is_none());
    }

    #[test]
    fn a_large_face_is_averaged_and_stays_where_it_is() {
        // Noise of single pixels on a slope, five times as large as the crop.
        let side = 5 * CROP_SIZE as u32;
        let pixels = (0..side * side).flat_map(|i| {
            let (x, y) = (i % side, i / side);
            [(40 + x / 5 + if (x + y) % 2 == 0 { 0 } else { 60 }) as u8; 3]
        });
        let frame = Frame::new(side, side, pixels.collect(), Duration::ZERO).unwrap();
        let points = TEMPLATE.map(|p| Point::new((p.x + 0.5) * 5.0 - 0.5, (p.y + 0.5) * 5.0 - 0.5));
        let sample = align(&frame, &points).unwrap();
        for (i, pixel) in sample.rgb().as_chunks::<3>().0.iter().enumerate() {
            let (x, y) = (i % CROP_SIZE, i / CROP_SIZE);
            if (2..CROP_SIZE - 2).contains(&x) && (2..CROP_SIZE - 2).contains(&y) {
                let slope = 40.0 + x as f32 + 30.0;
                assert!((f32::from(pixel[0]) - slope).abs() < 4.0, "{x}, {y}: {pixel:?}");
            }
        }
        assert!(sample.inside > 0.99);
    }

    /// The same by the definition: each pixel of the crop asks four of the frame, which may lie outside.
    fn plainly(frame: &Frame, landmarks: &[Point; 5]) -> Option<(Vec<u8>, f32)> {
        let back = Similarity::fit(landmarks, &TEMPLATE)?.inverse()?;
        let (width, height) = (i64::from(frame.width()), i64::from(frame.height()));
        let is_inside = |x: i64, y: i64| (0..width).contains(&x) && (0..height).contains(&y);
        let (mut rgb, mut inside) = (vec![], 0);
        for (row, column) in (0..CROP_SIZE).flat_map(|row| (0..CROP_SIZE).map(move |column| (row, column))) {
            let from = back.apply(Point::new(column as f32, row as f32));
            let (fx, fy) = (from.x - from.x.floor(), from.y - from.y.floor());
            let (x, y) = (from.x.floor() as i64, from.y.floor() as i64);
            let (right, below) = (x.saturating_add(1), y.saturating_add(1));
            let face = WHOLE_FACE_ROWS.contains(&row) && WHOLE_FACE_COLUMNS.contains(&column);
            inside += usize::from(face && is_inside(x, y) && is_inside(right, below));
            for channel in 0..3 {
                let value = |x, y| match is_inside(x, y) {
                    true => f32::from(frame.rgb()[(y * width + x) as usize * 3 + channel]),
                    false => 0.0,
                };
                let upper = value(x, y) * ((1.0 - fx) * (1.0 - fy)) + value(right, y) * (fx * (1.0 - fy));
                let sum = upper + value(x, below) * ((1.0 - fx) * fy) + value(right, below) * (fx * fy);
                rgb.push(sum.round() as u8);
            }
        }
        Some((rgb, inside as f32 / (WHOLE_FACE_ROWS.len() * WHOLE_FACE_COLUMNS.len()) as f32))
    }

    proptest! {
        #[test]
        fn inside_and_across_the_edge_the_crop_is_the_one_of_the_definition(
            angle in -3.1f32..3.1, scale in 0.02f32..3.0, x in -60f32..140.0, y in -60f32..120.0
        ) {
            let place = Similarity { a: scale * angle.cos(), b: scale * angle.sin(), tx: x, ty: y };
            let (frame, points) = (frame(97, 71), TEMPLATE.map(|point| place.apply(point)));
            let sample = warp(&frame, &points).unwrap();
            let (rgb, inside) = plainly(&frame, &points).unwrap();
            prop_assert!(sample.rgb() == rgb, "the pixels differ");
            prop_assert_eq!(sample.inside, inside);
        }

        #[test]
        fn any_landmarks_give_a_crop_or_nothing(
            xs in prop::array::uniform5(-1e9f32..1e9), ys in prop::array::uniform5(-1e9f32..1e9)
        ) {
            let points = std::array::from_fn(|i| Point::new(xs[i], ys[i]));
            if let Some(sample) = align(&frame(40, 30), &points) {
                prop_assert_eq!(sample.rgb().len(), CROP_SIZE * CROP_SIZE * 3);
            }
        }
    }
}
