//! Whether a face can be used, and if not, why, in a word that can be said to the person.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::geometry::Point;
use crate::models::sface::CROP_SIZE;

use super::alignment::{Sample, TEMPLATE};
use super::detection::Face;

/// What was measured on a face.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// Width of the face in pixels of the frame.
    pub face_width_px: f32,
    /// How far the face points to the image's right (negative: left), in degrees; a rough estimate.
    pub yaw_deg: f32,
    /// How far the face points upwards (negative: downwards), in degrees; a rough estimate.
    pub pitch_deg: f32,
    /// Detail at the scale of single pixels of the aligned crop in relation to its contrast; 0 is a plain blur.
    pub sharpness: f32,
    /// Luma that a tenth of the face is brighter than, 0 to 255: low in the dark, whatever the skin.
    pub bright_luma: f32,
    /// Luma that a tenth of the face is darker than, 0 to 255: high where the picture is burnt out.
    pub dark_luma: f32,
    /// Share of the face inside the frame, 0 to 1.
    pub inside: f32,
    /// The detector's score, 0 to 1.
    pub detection_score: f32,
    /// Length of what the embedder says of the face: short where it sees little of a face, whatever the cause. None where
    /// it was not asked, because something else is wrong.
    #[serde(default)]
    pub norm: Option<f32>,
}

/// The first thing that keeps a face from being used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shortcoming {
    /// The frame's edge cuts the face.
    FaceCutOff,
    /// Too few pixels: too far away.
    FaceTooSmall,
    /// Turned away, up, or down.
    FaceTurned,
    /// Too little light on the face.
    TooDark,
    /// Too much light on the face.
    TooBright,
    /// Out of focus or moving.
    TooBlurred,
    /// Not to be made out: the embedder is unsure of what it sees, whatever the cause.
    FaceUnclear,
}

/// What a face must have to be used.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QualityLimits {
    /// Least [`Quality::face_width_px`].
    pub min_face_width_px: f32,
    /// Greatest yaw to either side.
    pub max_yaw_deg: f32,
    /// Greatest pitch up or down.
    pub max_pitch_deg: f32,
    /// Least [`Quality::sharpness`].
    pub min_sharpness: f32,
    /// Least [`Quality::bright_luma`].
    pub min_bright_luma: f32,
    /// Greatest [`Quality::dark_luma`].
    pub max_dark_luma: f32,
    /// Least [`Quality::inside`].
    pub min_inside: f32,
    /// Least [`Quality::norm`].
    pub min_norm: f32,
}

impl Default for QualityLimits {
    /// Errors begin to grow below 45 px of face width; the other limits refuse under one in a hundred of
    /// LFW's press photographs each (`tests/lfw.rs` holds that) and the plainly unusable besides. The least norm refuses one
    /// and a half in a hundred of them, which make a quarter of the misses (docs/ACCURACY.md).
    fn default() -> Self {
        Self {
            min_face_width_px: 50.0,
            max_yaw_deg: 45.0,
            max_pitch_deg: 35.0,
            min_sharpness: 0.14,
            min_bright_luma: 55.0,
            max_dark_luma: 215.0,
            min_inside: 0.93,
            min_norm: 10.2,
        }
    }
}

impl Quality {
    /// Measures a face and its aligned crop.
    pub fn assess(face: &Face, sample: &Sample) -> Self {
        let (yaw_deg, pitch_deg) = direction(&face.landmarks);
        let luma = inner_face(sample);
        let (dark_luma, bright_luma) = exposure(&luma);
        Self {
            face_width_px: face.bounds.width,
            yaw_deg,
            pitch_deg,
            sharpness: sharpness(&luma),
            bright_luma,
            dark_luma,
            inside: sample.inside,
            detection_score: face.score,
            norm: None,
        }
    }

    /// The first shortcoming, the plainest to mend first; none: the face can be used.
    pub fn shortcoming(&self, limits: &QualityLimits) -> Option<Shortcoming> {
        [
            (self.inside < limits.min_inside, Shortcoming::FaceCutOff),
            (self.face_width_px < limits.min_face_width_px, Shortcoming::FaceTooSmall),
            (self.bright_luma < limits.min_bright_luma, Shortcoming::TooDark),
            (self.dark_luma > limits.max_dark_luma, Shortcoming::TooBright),
            (
                self.yaw_deg.abs() > limits.max_yaw_deg || self.pitch_deg.abs() > limits.max_pitch_deg,
                Shortcoming::FaceTurned,
            ),
            (self.sharpness < limits.min_sharpness, Shortcoming::TooBlurred),
            (self.norm.is_some_and(|norm| norm < limits.min_norm), Shortcoming::FaceUnclear),
        ]
        .into_iter()
        .find_map(|(short, reason)| short.then_some(reason))
    }
}

/// What the fit below gives for a face that looks straight ahead: the median over LFW, whose press photographs
/// look into the camera on the whole. The template's own face looks down a little.
const LEVEL_PITCH_DEG: f64 = -9.3;
/// How far the tip of the nose and the corners of the mouth stand before the plane of the eyes, in eye
/// distances: a rough mean of adult heads.
const NOSE_DEPTH: f64 = 0.55;
const MOUTH_DEPTH: f64 = 0.10;

/// Where the face points: (yaw, pitch) in degrees.
///
/// Fits the five points of a mean head (x and y from the alignment template, depths as above) to the
/// landmarks under scaled orthographic projection, the first step of POSIT (DeMenthon and Davis,
/// "Model-based object pose in 25 lines of code", 1995), and reads off where the head's forward axis goes.
fn direction(landmarks: &[Point; 5]) -> (f32, f32) {
    let eye_distance = f64::from(TEMPLATE[0].distance(TEMPLATE[1]));
    let depths = [0.0, 0.0, NOSE_DEPTH, MOUTH_DEPTH, MOUTH_DEPTH];
    let head: [[f64; 3]; 5] = std::array::from_fn(|i| {
        [f64::from(TEMPLATE[i].x) / eye_distance, f64::from(TEMPLATE[i].y) / eye_distance, depths[i]]
    });
    let seen: [[f64; 2]; 5] = landmarks.map(|p| [f64::from(p.x), f64::from(p.y)]);
    let (head, seen) = (centred(head), centred(seen));

    // Normal equations: (head' head) m = head' seen, one m for each image axis.
    let mut normal = [[0.0; 3]; 3];
    let mut right = [[0.0; 3]; 2];
    for (h, s) in head.iter().zip(&seen) {
        for i in 0..3 {
            for j in 0..3 {
                normal[i][j] += h[i] * h[j];
            }
            right[0][i] += h[i] * s[0];
            right[1][i] += h[i] * s[1];
        }
    }
    let unit = |v: [f64; 3]| {
        let norm = dot(v, v).sqrt().max(1e-12);
        v.map(|x| x / norm)
    };
    let (x_axis, y_axis) = (unit(solve(normal, right[0])), unit(solve(normal, right[1])));
    let z_axis = cross(x_axis, y_axis);
    // The head's forward axis is the third of its own axes, seen along the camera's.
    let (x, y, z) = (x_axis[2], y_axis[2], z_axis[2]);
    // Upright first: sideways and upwards are meant as the head is tilted.
    let eyes = [seen[1][0] - seen[0][0], seen[1][1] - seen[0][1]];
    let length = eyes[0].hypot(eyes[1]).max(1e-12);
    let (cos, sin) = (eyes[0] / length, eyes[1] / length);
    let (x, y) = (x * cos + y * sin, y * cos - x * sin);
    let pitch = (-y).atan2(x.hypot(z)).to_degrees() - LEVEL_PITCH_DEG;
    (x.atan2(z).to_degrees() as f32, pitch as f32)
}

fn centred<const N: usize>(points: [[f64; N]; 5]) -> [[f64; N]; 5] {
    let mean: [f64; N] = std::array::from_fn(|i| points.iter().map(|p| p[i]).sum::<f64>() / 5.0);
    points.map(|p| std::array::from_fn(|i| p[i] - mean[i]))
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/// The solution of a symmetric 3x3 system by Cramer's rule; the matrix here depends on constants alone and
/// is well conditioned.
fn solve(m: [[f64; 3]; 3], b: [f64; 3]) -> [f64; 3] {
    let determinant = dot(m[0], cross(m[1], m[2]));
    [
        dot(b, cross(m[1], m[2])) / determinant,
        dot(m[0], cross(b, m[2])) / determinant,
        dot(m[0], cross(m[1], b)) / determinant,
    ]
}

/// Luma at or below which a pixel is black, at or above which it is burnt out.
const BLACK: f32 = 24.0;
const BURNT_OUT: f32 = 250.0;

/// Whether a picture is so dark or so burnt out that it could hide anybody. `rgb` are interleaved bytes; every
/// 16th pixel is looked at.
pub fn unlit(rgb: &[u8]) -> Option<Shortcoming> {
    let pixels = || rgb.as_chunks::<3>().0.iter().step_by(16);
    let share = |wanted: &dyn Fn(f32) -> bool| {
        pixels().filter(|pixel| wanted(luma(pixel))).count() as f32 / pixels().len().max(1) as f32
    };
    if share(&|v| v <= BLACK) > 0.9 {
        Some(Shortcoming::TooDark)
    } else if share(&|v| v >= BURNT_OUT) > 0.6 {
        Some(Shortcoming::TooBright)
    } else {
        None
    }
}

/// Rec. 601 luma of a pixel, 0 to 255.
fn luma(&[r, g, b]: &[u8; 3]) -> f32 {
    0.299 * f32::from(r) + 0.587 * f32::from(g) + 0.114 * f32::from(b)
}

/// The part of the crop that is face in everybody: from the brows to the mouth, without hair or background.
const INNER_FACE_ROWS: Range<usize> = 40..96;
const INNER_FACE_COLUMNS: Range<usize> = 30..82;
/// Columns of that part with a margin of one pixel.
const PATCH_COLUMNS: usize = INNER_FACE_COLUMNS.end - INNER_FACE_COLUMNS.start + 2;

/// A row of lumas.
type Patch = [f32; PATCH_COLUMNS];

/// The luma of the inner face, with a margin of one pixel on all sides.
fn inner_face(sample: &Sample) -> Vec<Patch> {
    let rows = sample.rgb().as_chunks::<3>().0.as_chunks::<CROP_SIZE>().0;
    rows[INNER_FACE_ROWS.start - 1..=INNER_FACE_ROWS.end]
        .iter()
        .map(|row| std::array::from_fn(|x| luma(&row[INNER_FACE_COLUMNS.start - 1 + x])))
        .collect()
}

/// The lumas without the margin.
fn without_margin(patch: &[Patch]) -> impl Iterator<Item = f32> {
    patch[1..patch.len() - 1].iter().flat_map(|row| row[1..PATCH_COLUMNS - 1].iter().copied())
}

/// The luma that a tenth of the face is darker than, and the one that a tenth is brighter than.
fn exposure(patch: &[Patch]) -> (f32, f32) {
    let mut face: Vec<f32> = without_margin(patch).collect();
    let (dark, bright) = (face.len() / 10, face.len() * 9 / 10);
    let (darker, bright_luma, _) = face.select_nth_unstable_by(bright, f32::total_cmp);
    let bright_luma = *bright_luma;
    (*darker.select_nth_unstable_by(dark, f32::total_cmp).1, bright_luma)
}

/// Standard deviation of the Laplacian over that of the luma, on the face's part of the crop. The ratio does
/// not care for the light; it falls with blur and with magnification of small faces.
fn sharpness(patch: &[Patch]) -> f32 {
    let deviation = |values: &[f32]| {
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        (values.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / values.len() as f32).sqrt()
    };
    let laplacian: Vec<f32> = patch
        .windows(3)
        .flat_map(|rows| {
            (1..PATCH_COLUMNS - 1).map(|x| rows[1][x - 1] + rows[1][x + 1] + rows[0][x] + rows[2][x] - 4.0 * rows[1][x])
        })
        .collect();
    let face: Vec<f32> = without_margin(patch).collect();
    deviation(&laplacian) / deviation(&face).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The mean head turned and seen from far, `scale` pixels between the eyes.
    fn turned(yaw_deg: f64, pitch_deg: f64, roll_deg: f64, scale: f64) -> [Point; 5] {
        let (yaw, pitch, roll) = (yaw_deg.to_radians(), pitch_deg.to_radians(), roll_deg.to_radians());
        let eye_distance = f64::from(TEMPLATE[0].distance(TEMPLATE[1]));
        let depths = [0.0, 0.0, NOSE_DEPTH, MOUTH_DEPTH, MOUTH_DEPTH];
        std::array::from_fn(|i| {
            let (x, y, z) =
                (f64::from(TEMPLATE[i].x) / eye_distance, f64::from(TEMPLATE[i].y) / eye_distance, depths[i]);
            let (y, z) = (y * pitch.cos() - z * pitch.sin(), y * pitch.sin() + z * pitch.cos());
            let (x, z) = (x * yaw.cos() + z * yaw.sin(), z * yaw.cos() - x * yaw.sin());
            let _ = z;
            Point::new(
                (scale * (x * roll.cos() - y * roll.sin())) as f32,
                (scale * (x * roll.sin() + y * roll.cos())) as f32,
            )
        })
    }

    proptest! {
        #[test]
        fn the_direction_of_a_turned_head_is_found(yaw in -50f64..50.0, pitch in -30f64..30.0, scale in 20f64..400.0) {
            let (found_yaw, found_pitch) = direction(&turned(yaw, pitch, 0.0, scale));
            prop_assert!((f64::from(found_yaw) - yaw).abs() < 0.5, "{} for {}", found_yaw, yaw);
            prop_assert!((f64::from(found_pitch) - (pitch - LEVEL_PITCH_DEG)).abs() < 0.5, "{} for {}", found_pitch, pitch);
        }

        #[test]
        fn a_tilted_head_is_not_a_turned_one(roll in -60f64..60.0) {
            let (yaw, pitch) = direction(&turned(0.0, 0.0, roll, 60.0));
            prop_assert!(yaw.abs() < 0.5 && (f64::from(pitch) + LEVEL_PITCH_DEG).abs() < 0.5, "{} {}", yaw, pitch);
        }

        #[test]
        fn any_landmarks_give_finite_angles(xs in prop::array::uniform5(-1e6f32..1e6), ys in prop::array::uniform5(-1e6f32..1e6)) {
            let (yaw, pitch) = direction(&std::array::from_fn(|i| Point::new(xs[i], ys[i])));
            prop_assert!(yaw.is_finite() && pitch.is_finite());
        }
    }

    #[test]
    fn each_measure_has_its_reason() {
        let good = Quality {
            face_width_px: 120.0,
            yaw_deg: 3.0,
            pitch_deg: -4.0,
            sharpness: 0.5,
            bright_luma: 180.0,
            dark_luma: 60.0,
            inside: 1.0,
            detection_score: 0.9,
            norm: Some(12.5),
        };
        let limits = QualityLimits::default();
        assert_eq!(good.shortcoming(&limits), None);
        let reason = |quality: Quality| quality.shortcoming(&limits);
        assert_eq!(reason(Quality { inside: 0.5, ..good }), Some(Shortcoming::FaceCutOff));
        assert_eq!(reason(Quality { face_width_px: 30.0, ..good }), Some(Shortcoming::FaceTooSmall));
        assert_eq!(reason(Quality { yaw_deg: -60.0, ..good }), Some(Shortcoming::FaceTurned));
        assert_eq!(reason(Quality { pitch_deg: 50.0, ..good }), Some(Shortcoming::FaceTurned));
        assert_eq!(reason(Quality { bright_luma: 20.0, ..good }), Some(Shortcoming::TooDark));
        assert_eq!(reason(Quality { dark_luma: 240.0, ..good }), Some(Shortcoming::TooBright));
        assert_eq!(reason(Quality { sharpness: 0.01, ..good }), Some(Shortcoming::TooBlurred));
        assert_eq!(reason(Quality { norm: Some(5.0), ..good }), Some(Shortcoming::FaceUnclear));
        assert_eq!(reason(Quality { norm: None, ..good }), None, "not asked yet");
    }

    #[test]
    fn a_closed_shutter_and_a_blinding_lamp_are_told_from_an_empty_room() {
        let picture = |first: u8, second: u8, share: usize| -> Vec<u8> {
            (0..20_000usize).flat_map(|i| [if i % 100 < share { first } else { second }; 3]).collect()
        };
        assert_eq!(unlit(&picture(3, 90, 100)), Some(Shortcoming::TooDark));
        assert_eq!(unlit(&picture(255, 90, 80)), Some(Shortcoming::TooBright));
        assert_eq!(unlit(&picture(3, 90, 50)), None);
        assert_eq!(unlit(&picture(255, 90, 20)), None);
        assert_eq!(unlit(&[]), None);
    }

    #[test]
    fn blur_lowers_the_sharpness_and_light_does_not() {
        let picture = |period: usize, gain: f32| -> Vec<Patch> {
            let luma = |x: usize| gain * if (x / period).is_multiple_of(2) { 40.0 } else { 120.0 };
            vec![std::array::from_fn(luma); INNER_FACE_ROWS.len() + 2]
        };
        assert!(sharpness(&picture(2, 1.0)) > 2.0 * sharpness(&picture(14, 1.0)));
        assert!((sharpness(&picture(3, 1.0)) - sharpness(&picture(3, 0.4))).abs() < 1e-3);
    }
}
