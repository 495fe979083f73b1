//! Where the faces are: YuNet on a small copy of the frame, its answers in the frame's own pixels.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use crate::camera::Frame;
use crate::error::ModelError;
use crate::geometry::{Point, Rect};
use crate::models::YuNet;
use crate::models::yunet::Candidate;

/// A face in a frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Face {
    /// How much of a face it is, 0 to 1.
    pub score: f32,
    /// Around forehead, chin and cheeks, in pixels of the frame; may reach beyond it.
    pub bounds: Rect,
    /// Image-left eye, image-right eye, tip of the nose, image-left and image-right corner of the mouth.
    pub landmarks: [Point; 5],
}

/// Longer side of the copy that is searched, in pixels. A face of 65 px in a 1280 px frame is found at half
/// of it without measurable loss, so this leaves room for people who stand back.
const SEARCH_SIDE: u32 = 640;
/// A smaller copy is searched besides: a face that fills the picture is too large for the network's widest view
/// otherwise, and a passer-by behind it would be taken for the subject.
const CLOSE_UP_SIDE: u32 = 240;
/// Least score of a face. At 0.9 one in eighty of LFW's faces is lost; at 0.6 the first non-faces appear.
const MIN_SCORE: f32 = 0.7;
/// Two candidates whose boxes share more than this (intersection over union) are one face.
const SAME_FACE_IOU: f32 = 0.3;

/// The face detector.
pub struct Detector {
    network: YuNet,
}

impl Detector {
    /// Loads the network.
    ///
    /// # Errors
    /// [`ModelError`] when the weights in the binary are broken.
    pub fn load() -> Result<Self, ModelError> {
        Ok(Self { network: YuNet::load()? })
    }

    /// All faces of the frame, largest first.
    ///
    /// # Errors
    /// [`ModelError`] when the network cannot run.
    pub fn detect(&self, frame: &Frame) -> Result<Vec<Face>, ModelError> {
        let mut faces = self.search(frame, SEARCH_SIDE)?;
        if frame.width().max(frame.height()) > CLOSE_UP_SIDE {
            let close_ups = self.search(frame, CLOSE_UP_SIDE)?;
            // Where both copies show a face, the larger copy places its points better.
            let is_new = |close_up: &Face| faces.iter().all(|face| face.bounds.iou(close_up.bounds) <= SAME_FACE_IOU);
            let new: Vec<Face> = close_ups.into_iter().filter(is_new).collect();
            faces.extend(new);
        }
        faces.sort_by(|a, b| b.bounds.area().total_cmp(&a.bounds.area()));
        Ok(faces)
    }

    /// The faces found in a copy whose longer side has at most `side` pixels.
    fn search(&self, frame: &Frame, side: u32) -> Result<Vec<Face>, ModelError> {
        let (width, height) = (frame.width(), frame.height());
        let shrink = f64::from(width.max(height)) / f64::from(side);
        if shrink <= 1.0 {
            return self.faces(frame.rgb(), width, height, 1.0, 1.0);
        }
        let shorter = |extent: u32| ((f64::from(extent) / shrink).round() as u32).max(1);
        let (w, h) = (shorter(width), shorter(height));
        let copy = shrunk(frame, w, h).map_err(|source| ModelError::Tensor { network: "yunet", source })?;
        // Each axis by its own factor: the rounded copy has not quite the frame's proportions.
        self.faces(&copy, w, h, f64::from(width) / f64::from(w), f64::from(height) / f64::from(h))
    }

    fn faces(&self, rgb: &[u8], width: u32, height: u32, sx: f64, sy: f64) -> Result<Vec<Face>, ModelError> {
        let candidates = self.network.candidates(rgb, width as usize, height as usize, MIN_SCORE)?;
        // Pixel centres have whole coordinates, so the corner of the first pixel is at -0.5.
        let x = |v: f32| ((f64::from(v) + 0.5) * sx - 0.5) as f32;
        let y = |v: f32| ((f64::from(v) + 0.5) * sy - 0.5) as f32;
        Ok(distinct(&candidates)
            .into_iter()
            .map(|c| {
                let [left, top, w, h] = c.bounds;
                let bounds = Rect { x: x(left), y: y(top), width: w * sx as f32, height: h * sy as f32 };
                Face { score: c.score, bounds, landmarks: c.points.map(|[px, py]| Point::new(x(px), y(py))) }
            })
            .collect())
    }
}

/// Keeps of each group of overlapping candidates the best (greedy non-maximum suppression). The candidates
/// come best first.
pub fn distinct(candidates: &[Candidate]) -> Vec<Candidate> {
    let rect = |c: &Candidate| Rect { x: c.bounds[0], y: c.bounds[1], width: c.bounds[2], height: c.bounds[3] };
    let mut kept: Vec<Candidate> = Vec::new();
    for candidate in candidates {
        if kept.iter().all(|other| rect(candidate).iou(rect(other)) <= SAME_FACE_IOU) {
            kept.push(*candidate);
        }
    }
    kept
}

/// The frame at another size, each new pixel an average of those that it covers.
fn shrunk(frame: &Frame, width: u32, height: u32) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
    let source = ImageRef::new(frame.width(), frame.height(), frame.rgb(), PixelType::U8x3)?;
    let mut copy = Image::new(width, height, PixelType::U8x3);
    let averaging = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
    Resizer::new().resize(&source, &mut copy, &averaging)?;
    Ok(copy.into_vec())
}
