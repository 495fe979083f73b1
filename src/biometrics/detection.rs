//! Where the faces are: YuNet on a small copy of the frame, its answers in the frame's own pixels.

use std::cmp::Ordering;
use std::error::Error;

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

/// Longer side of the copy that is searched first, in pixels. From 20 px on faces are found there, also one that fills
/// the picture.
const SEARCH_SIDE: u32 = 320;
/// Where the largest face in that copy is less wide than this, or there is none, a finer copy is searched besides, for
/// people who stand back: at three quarters of it a second face would begin to be missed.
const FINE_BELOW: f32 = 28.0;
/// Longer side of the finer copy, in pixels.
const FINE_SIDE: u32 = 640;
/// How a face is looked at by itself to place its points: (its width in the copy in pixels, what the copy
/// shows in widths of the face). The network places the points of one face a little differently at each size, so that the
/// mean of two looks is steadier than one (`cargo bench --bench robustness`).
const CLOSER_LOOKS: [(f32, f32); 2] = [(160.0, 1.6), (200.0, 1.6)];
/// From so many pixels to one on, on each axis, a copy is made of plain means.
const MANY: u32 = 3;
/// Least score of a face. At 0.9 one in eighty of LFW's faces is lost; at 0.6 the first non-faces appear.
const MIN_SCORE: f32 = 0.7;
/// Two candidates whose boxes share more than this (intersection over union) are one face.
const SAME_FACE_IOU: f32 = 0.3;
/// Candidates whose boxes share more than this with the best one say where the face is together with it.
const BLENDED_IOU: f32 = 0.5;

impl Face {
    fn is_same(&self, other: &Self) -> bool {
        self.bounds.iou(other.bounds) > SAME_FACE_IOU
    }
}

/// The face whose middle is nearest to that of the frame.
fn central(faces: Vec<Face>, frame: &Frame) -> Option<Face> {
    let middle = Point::new(frame.width() as f32 / 2.0, frame.height() as f32 / 2.0);
    let away = |face: &Face| face.bounds.center().distance(middle);
    faces.into_iter().min_by(|a, b| away(a).total_cmp(&away(b)))
}

fn by_size(a: &Face, b: &Face) -> Ordering {
    b.bounds.area().total_cmp(&a.bounds.area())
}

/// A part of a frame, in its pixels.
#[derive(Clone, Copy)]
struct Part {
    left: u32,
    top: u32,
    width: u32,
    height: u32,
}

impl Part {
    /// A square of `span` widths of the face around it, as far as the frame goes.
    fn around(face: &Face, span: f32, frame: &Frame) -> Self {
        let (center, reach) = (face.bounds.center(), face.bounds.width * span / 2.0);
        let span = |center: f32, extent: u32| {
            let from = (center - reach).clamp(0.0, extent as f32 - 1.0) as u32;
            let to = (center + reach).clamp(from as f32 + 1.0, extent as f32) as u32;
            (from, to - from)
        };
        let ((left, width), (top, height)) = (span(center.x, frame.width()), span(center.y, frame.height()));
        Self { left, top, width, height }
    }
}

/// The face detector.
pub struct Detector {
    network: YuNet,
    resizer: Resizer,
    /// The copy that is searched; its memory serves the next.
    copy: Vec<u8>,
}

impl Detector {
    /// Loads the network.
    ///
    /// # Errors
    /// [`ModelError`] when the weights in the binary are broken.
    pub fn load() -> Result<Self, ModelError> {
        Ok(Self { network: YuNet::load()?, resizer: Resizer::new(), copy: vec![] })
    }

    /// All faces of the frame, largest first. Where the largest is near, faces much smaller than it may be passed over.
    ///
    /// # Errors
    /// [`ModelError`] when the network cannot run.
    pub fn detect(&mut self, frame: &Frame) -> Result<Vec<Face>, ModelError> {
        let mut faces = self.overview(frame)?;
        if let Some(largest) = faces.first_mut() {
            *largest = self.closer(frame, *largest)?;
            faces.sort_by(by_size);
        }
        Ok(faces)
    }

    /// The face whose middle is nearest to that of the frame: the subject of a photograph in which bystanders may be
    /// larger.
    ///
    /// # Errors
    /// [`ModelError`] when the network cannot run.
    pub fn detect_central(&mut self, frame: &Frame) -> Result<Option<Face>, ModelError> {
        let central = central(self.overview(frame)?, frame);
        central.map(|face| self.closer(frame, face)).transpose()
    }

    /// As [`Detector::detect_central`], the way the network's publishers go about it: in the frame at its own size, by the best
    /// candidate of each face alone, in one look. To compare with.
    ///
    /// # Errors
    /// [`ModelError`] when the network cannot run.
    pub fn detect_central_plainly(&mut self, frame: &Frame) -> Result<Option<Face>, ModelError> {
        let (width, height) = (frame.width(), frame.height());
        let whole = Part { left: 0, top: 0, width, height };
        Ok(central(self.placed(frame.rgb(), whole, (width, height), |best, _| *best)?, frame))
    }

    /// All faces of the frame, largest first, as copies of the whole frame show them.
    fn overview(&mut self, frame: &Frame) -> Result<Vec<Face>, ModelError> {
        let longer_side = frame.width().max(frame.height());
        let whole = Part { left: 0, top: 0, width: frame.width(), height: frame.height() };
        let mut shrink = f64::from(longer_side) / f64::from(SEARCH_SIDE);
        let mut faces = self.search(frame, whole, shrink)?;
        let is_small = |face: &Face| face.bounds.width < FINE_BELOW * shrink as f32;
        if shrink > 1.0 && faces.iter().all(is_small) {
            shrink = f64::from(longer_side) / f64::from(FINE_SIDE);
            let fine = self.search(frame, whole, shrink)?;
            // Where both copies show a face, the finer one places its points better.
            faces.retain(|face| fine.iter().all(|fine| !fine.is_same(face)));
            faces.extend(fine);
        }
        faces.sort_by(by_size);
        Ok(faces)
    }

    /// The face where closer looks place it on the mean. The second begins where the first has found it.
    fn closer(&mut self, frame: &Frame, face: Face) -> Result<Face, ModelError> {
        let mut looks = vec![];
        for (width, span) in CLOSER_LOOKS {
            let at = looks.last().copied().unwrap_or(face);
            let seen = self.search(frame, Part::around(&at, span, frame), f64::from(at.bounds.width / width))?;
            looks.extend(seen.into_iter().find(|closer| closer.is_same(&face)));
        }
        Ok(mean(&looks, face.score).unwrap_or(face))
    }

    /// The faces found in a copy of this part of the frame that is smaller by the factor `shrink`. The frame itself serves
    /// where it is no larger than its copy would be.
    fn search(&mut self, frame: &Frame, part: Part, shrink: f64) -> Result<Vec<Face>, ModelError> {
        if shrink <= 1.0 && (part.width, part.height) == (frame.width(), frame.height()) {
            return self.faces(frame.rgb(), part, (part.width, part.height));
        }
        let shorter = |extent: u32| ((f64::from(extent) / shrink).round() as u32).max(1);
        let size = (shorter(part.width), shorter(part.height));
        self.shrink(frame, part, size).map_err(|source| ModelError::Tensor { network: "yunet", source })?;
        self.faces(&self.copy, part, size)
    }

    /// Fills the copy with the part at another size, each new pixel an average of those that it covers.
    fn shrink(&mut self, frame: &Frame, part: Part, size: (u32, u32)) -> Result<(), Box<dyn Error + Send + Sync>> {
        let source = ImageRef::new(frame.width(), frame.height(), frame.rgb(), PixelType::U8x3)?;
        self.copy.resize(size.0 as usize * size.1 as usize * 3, 0);
        let mut copy = Image::from_slice_u8(size.0, size.1, &mut self.copy, PixelType::U8x3)?;
        let Part { left, top, width, height } = part;
        // Where many pixels become one, their plain mean does, at half the cost.
        let many = size.0 * MANY <= width && size.1 * MANY <= height;
        let filter = if many { FilterType::Box } else { FilterType::Bilinear };
        let averaging = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter)).crop(
            left.into(),
            top.into(),
            width.into(),
            height.into(),
        );
        Ok(self.resizer.resize(&source, &mut copy, &averaging)?)
    }

    /// The faces in a copy of `size`, in the pixels of the frame that it shows a part of.
    fn faces(&self, copy: &[u8], part: Part, size: (u32, u32)) -> Result<Vec<Face>, ModelError> {
        self.placed(copy, part, size, blended)
    }

    /// As [`Detector::faces`], each where `place` says by its best candidate and by all.
    fn placed(
        &self,
        copy: &[u8],
        part: Part,
        size: (u32, u32),
        place: fn(&Candidate, &[Candidate]) -> Candidate,
    ) -> Result<Vec<Face>, ModelError> {
        let candidates = self.network.candidates(copy, size.0 as usize, size.1 as usize, MIN_SCORE)?;
        // Each axis by its own factor: a rounded copy has not quite the part's proportions.
        let (sx, sy) = (f64::from(part.width) / f64::from(size.0), f64::from(part.height) / f64::from(size.1));
        // Pixel centres have whole coordinates, so the corner of the first pixel is at -0.5.
        let x = |v: f32| ((f64::from(v) + 0.5) * sx - 0.5 + f64::from(part.left)) as f32;
        let y = |v: f32| ((f64::from(v) + 0.5) * sy - 0.5 + f64::from(part.top)) as f32;
        Ok(distinct(&candidates)
            .iter()
            .map(|best| {
                let c = place(best, &candidates);
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
    let mut kept: Vec<Candidate> = Vec::new();
    for candidate in candidates {
        if kept.iter().all(|other| rect(candidate).iou(rect(other)) <= SAME_FACE_IOU) {
            kept.push(*candidate);
        }
    }
    kept
}

fn rect(candidate: &Candidate) -> Rect {
    let [x, y, width, height] = candidate.bounds;
    Rect { x, y, width, height }
}

/// The best candidate where all that see the same face say that it is, each weighted by its score: a cell of the network
/// errs in its own way.
fn blended(best: &Candidate, candidates: &[Candidate]) -> Candidate {
    let agreeing = candidates.iter().filter(|other| rect(other).iou(rect(best)) > BLENDED_IOU);
    let mut sum = Candidate { score: 0.0, bounds: [0.0; 4], points: [[0.0; 2]; 5] };
    for other in agreeing {
        sum.score += other.score;
        sum.bounds.iter_mut().zip(other.bounds).for_each(|(sum, v)| *sum += other.score * v);
        let points = sum.points.as_flattened_mut().iter_mut();
        points.zip(other.points.as_flattened()).for_each(|(sum, v)| *sum += other.score * v);
    }
    if sum.score <= 0.0 {
        return *best; // one without an area shares nothing, not even with itself
    }
    let weight = sum.score;
    let points = sum.points.map(|point| point.map(|v| v / weight));
    Candidate { score: best.score, bounds: sum.bounds.map(|v| v / weight), points }
}

/// The middle between several looks at a face. `None` without any.
fn mean(looks: &[Face], score: f32) -> Option<Face> {
    let count = looks.len() as f32;
    let of = |number: &dyn Fn(&Face) -> f32| looks.iter().map(number).sum::<f32>() / count;
    let point = |i: usize| Point::new(of(&|face| face.landmarks[i].x), of(&|face| face.landmarks[i].y));
    let bounds = Rect {
        x: of(&|face| face.bounds.x),
        y: of(&|face| face.bounds.y),
        width: of(&|face| face.bounds.width),
        height: of(&|face| face.bounds.height),
    };
    (!looks.is_empty()).then(|| Face { score, bounds, landmarks: std::array::from_fn(point) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::camera::photo;
    use std::time::Duration;

    /// A frame of 1280x720 with a photo of one face in its middle, and the face as it must be found.
    fn frame(face: &Face, photo: &Frame, width: f32) -> (Frame, Face) {
        let scale = width / face.bounds.width;
        let side = |extent: u32| (extent as f32 * scale).round() as u32;
        let mut detector = Detector::load().unwrap();
        let (w, h) = (side(photo.width()), side(photo.height()));
        let whole = Part { left: 0, top: 0, width: photo.width(), height: photo.height() };
        detector.shrink(photo, whole, (w, h)).unwrap();
        let center = face.bounds.center();
        let (left, top) = ((640.0 - center.x * scale).round(), (360.0 - center.y * scale).round());
        let mut canvas = vec![96u8; 1280 * 720 * 3];
        for (y, x) in (0..720i64).flat_map(|y| (0..1280i64).map(move |x| (y, x))) {
            let (px, py) = (x - left as i64, y - top as i64);
            if (0..i64::from(w)).contains(&px) && (0..i64::from(h)).contains(&py) {
                let from = (py * i64::from(w) + px) as usize * 3;
                canvas[(y * 1280 + x) as usize * 3..][..3].copy_from_slice(&detector.copy[from..from + 3]);
            }
        }
        let place = |p: Point| Point::new(p.x * scale + left, p.y * scale + top);
        let Point { x, y } = place(Point::new(face.bounds.x, face.bounds.y));
        let bounds = Rect { x, y, width, height: face.bounds.height * scale };
        let frame = Frame::new(1280, 720, canvas, Duration::ZERO).unwrap();
        (frame, Face { bounds, landmarks: face.landmarks.map(place), ..*face })
    }

    #[test]
    fn candidates_of_one_face_place_it_together_and_others_have_no_say() {
        let at = |left: f32, score: f32| Candidate {
            score,
            bounds: [left, 10.0, 40.0, 50.0],
            points: [[left + 5.0, 20.0]; 5],
        };
        let all = [at(10.0, 0.9), at(13.0, 0.6), at(200.0, 0.8)];
        let blended = blended(&all[0], &all);
        assert!((blended.bounds[0] - 11.2).abs() < 1e-4 && (blended.points[4][0] - 16.2).abs() < 1e-4, "{blended:?}");
        assert_eq!((blended.score, blended.bounds[2]), (0.9, 40.0));
        let flat = Candidate { bounds: [1.0, 1.0, 0.0, 0.0], ..all[0] };
        assert_eq!(super::blended(&flat, &[flat]), flat);
    }

    #[test]
    fn a_face_is_found_at_every_distance_and_its_points_are_where_they_are() {
        let photo = photo::decode(include_bytes!("../../assets/demo/obama.jpg")).unwrap();
        let mut detector = Detector::load().unwrap();
        let [face] = detector.detect(&photo).unwrap()[..] else { panic!("not one face") };
        for width in [50.0, 70.0, 95.0, 110.0, 150.0, 170.0, 260.0, 400.0, 600.0, 800.0] {
            let (frame, known) = frame(&face, &photo, width);
            let [found] = detector.detect(&frame).unwrap()[..] else { panic!("not one face of {width} px") };
            assert!(found.bounds.iou(known.bounds) > 0.6, "{width} px: {found:?}, not {known:?}");
            for (found, known) in found.landmarks.iter().zip(known.landmarks) {
                // The network itself places the points of one photo some 6 % apart at different sizes; a window's pixels
                // taken for the frame's would be far beyond that.
                assert!(found.distance(known) < 0.1 * width, "{width} px: {found:?}, not {known:?}");
            }
        }
    }
}
