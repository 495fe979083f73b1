//! The face, upright and of one size, as the embedder was trained to see it.

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

/// Cuts the face with these landmarks out of the frame: the least-squares similarity onto [`TEMPLATE`],
/// bilinear, black beyond the frame's edge, as OpenCV's `alignCrop` does it.
///
/// `None` where the landmarks coincide: then there is no face to cut.
pub fn align(frame: &Frame, landmarks: &[Point; 5]) -> Option<Sample> {
    let back = Similarity::fit(landmarks, &TEMPLATE)?.inverse()?;
    let (width, height) = (i64::from(frame.width()), i64::from(frame.height()));
    let pixels = frame.rgb();
    let pixel = |x: i64, y: i64| -> Option<&[u8; 3]> {
        if !(0..width).contains(&x) || !(0..height).contains(&y) {
            return None;
        }
        pixels.get((y * width + x) as usize * 3..)?.first_chunk()
    };
    let mut rgb = vec![0u8; CROP_SIZE * CROP_SIZE * 3];
    let mut inside = 0usize;
    for (at, out) in rgb.chunks_exact_mut(3).enumerate() {
        let (row, column) = (at / CROP_SIZE, at % CROP_SIZE);
        let from = back.apply(Point::new(column as f32, row as f32));
        let (x, y) = (from.x.floor(), from.y.floor());
        let (fx, fy) = (from.x - x, from.y - y);
        // A cast from f32 saturates, so that landmarks far out lead to pixels outside and nowhere else.
        let (x, y) = (x as i64, y as i64);
        let corners = [
            (pixel(x, y), (1.0 - fx) * (1.0 - fy)),
            (pixel(x.saturating_add(1), y), fx * (1.0 - fy)),
            (pixel(x, y.saturating_add(1)), (1.0 - fx) * fy),
            (pixel(x.saturating_add(1), y.saturating_add(1)), fx * fy),
        ];
        let face = WHOLE_FACE_ROWS.contains(&row) && WHOLE_FACE_COLUMNS.contains(&column);
        inside += usize::from(face && corners[0].0.is_some() && corners[3].0.is_some());
        for (channel, out) in out.iter_mut().enumerate() {
            let value: f32 = corners.iter().map(|(p, share)| p.map_or(0.0, |p| f32::from(p[channel]) * share)).sum();
            *out = value.round() as u8;
        }
    }
    Some(Sample { rgb, inside: inside as f32 / (WHOLE_FACE_ROWS.len() * WHOLE_FACE_COLUMNS.len()) as f32 })
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

    proptest! {
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
