//! The flow from a frame to an observation, in one place.

use std::time::Duration;

use crate::camera::Frame;
use crate::error::ModelError;
use crate::models::SFace;

use super::alignment::{self, Sample};
use super::detection::{Detector, Face};
use super::embedding::{Embedding, Features};
use super::liveness::{Detail, Look, Looking, Watcher};
use super::quality::{self, Quality, QualityLimits, Shortcoming};

/// A second face whose width is at least this share of the largest one's makes it unclear who is meant.
const RIVAL_WIDTH: f32 = 0.75;

/// What was seen in one frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// When the frame was taken, on the monotonic clock.
    pub captured_at: Duration,
    /// Equal frames have equal digests.
    pub frame_digest: u64,
    /// What was found.
    pub finding: Finding,
    /// What signs of life were seen, where they were looked for and a face was there.
    pub life: Option<Box<Life>>,
}

/// What liveness sees of a frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Life {
    /// By what it is judged.
    pub look: Look,
    /// Whose face it is, however it is turned; where [`Detail::Active`] was asked for, and the detector found the face.
    pub face: Option<Embedding>,
}

/// What a frame shows.
#[derive(Debug, Clone, PartialEq)]
pub enum Finding {
    /// Nobody; or the light may have hidden somebody.
    NoFace(Option<Shortcoming>),
    /// Several people of nearly the same size; all faces, largest first.
    SeveralFaces(Vec<Face>),
    /// One subject. Smaller faces in the background do not count.
    Face(Box<FaceFinding>),
}

/// The subject's face.
#[derive(Debug, Clone, PartialEq)]
pub struct FaceFinding {
    /// Where it is.
    pub face: Face,
    /// What was measured on it.
    pub quality: Quality,
    /// Its features, or why there are none.
    pub embedding: Result<Embedding, Shortcoming>,
}

/// The networks and what lies between them.
pub struct Pipeline {
    detector: Detector,
    embedder: SFace,
    watcher: Watcher,
    limits: QualityLimits,
}

impl Pipeline {
    /// Loads both networks.
    ///
    /// # Errors
    /// [`ModelError`] when the weights in the binary are broken.
    pub fn load(limits: QualityLimits) -> Result<Self, ModelError> {
        Ok(Self { detector: Detector::load()?, embedder: SFace::load()?, watcher: Watcher::default(), limits })
    }

    /// All faces of the frame, largest first.
    ///
    /// # Errors
    /// [`ModelError`] when the network cannot run.
    pub fn detect(&mut self, frame: &Frame) -> Result<Vec<Face>, ModelError> {
        self.detector.detect(frame)
    }

    /// The face nearest to the middle of a photograph, whoever else is in it.
    ///
    /// # Errors
    /// [`ModelError`] when the network cannot run.
    pub fn detect_central(&mut self, photo: &Frame) -> Result<Option<Face>, ModelError> {
        self.detector.detect_central(photo)
    }

    /// The features of an aligned crop, whatever its quality.
    ///
    /// # Errors
    /// [`ModelError`] when the network cannot run.
    pub fn embed(&self, sample: &Sample) -> Result<Features, ModelError> {
        Features::of(&self.embedder, sample)
    }

    /// Quality and features of the face nearest to the middle of a photograph, whoever else is in it and whatever its
    /// quality; none where there is no face. For evaluations, which judge by limits of their own.
    ///
    /// # Errors
    /// [`ModelError`] when a network cannot run.
    pub fn examine(&mut self, photo: &Frame) -> Result<Option<(Quality, Features)>, ModelError> {
        let Some(face) = self.detector.detect_central(photo)? else { return Ok(None) };
        self.judge(&face, alignment::align(photo, &face.landmarks))
    }

    /// As [`Pipeline::examine`], without all that this program does beyond running the two networks as their publishers do
    /// (in OpenCV's `FaceDetectorYN` and `FaceRecognizerSF`). To compare with.
    ///
    /// # Errors
    /// [`ModelError`] when a network cannot run.
    pub fn examine_plainly(&mut self, photo: &Frame) -> Result<Option<(Quality, Features)>, ModelError> {
        let Some(face) = self.detector.detect_central_plainly(photo)? else { return Ok(None) };
        self.judge(&face, alignment::warp(photo, &face.landmarks))
    }

    fn judge(&self, face: &Face, sample: Option<Sample>) -> Result<Option<(Quality, Features)>, ModelError> {
        let Some(sample) = sample else { return Ok(None) };
        let features = self.embed(&sample)?;
        let quality = Quality { norm: Some(features.norm()), ..Quality::assess(face, &sample) };
        Ok(Some((quality, features)))
    }

    /// Detection, alignment, quality and, where the quality suffices, the embedding of the frame's subject; and what is to be
    /// looked at for signs of life.
    ///
    /// # Errors
    /// [`ModelError`] when a network cannot run; a frame without a usable face is an observation.
    pub fn observe(&mut self, frame: &Frame, looking: Option<Looking>) -> Result<Observation, ModelError> {
        let faces = self.detector.detect(frame)?;
        let is_active = looking.is_some_and(|looking| looking.detail == Detail::Active);
        let (finding, features) = self.find(frame, &faces, is_active)?;
        let look = match looking {
            // Whose life would it be?
            Some(_) if matches!(finding, Finding::SeveralFaces(_)) => {
                self.watcher.lose();
                None
            }
            Some(looking) => self.watcher.look(frame, faces.first(), looking)?,
            None => None,
        };
        let face = features.filter(|_| is_active).and_then(|features| features.embedding());
        let life = look.map(|look| Box::new(Life { look, face }));
        Ok(Observation { captured_at: frame.captured_at(), frame_digest: frame.digest(), finding, life })
    }

    /// Forgets the face that was followed for signs of life: the next frame shows somebody else.
    pub fn forget(&mut self) {
        self.watcher.forget();
    }

    /// What is found among a frame's faces, and the subject's features, where its quality suffices or `always`.
    fn find(&self, frame: &Frame, faces: &[Face], always: bool) -> Result<(Finding, Option<Features>), ModelError> {
        let Some(&face) = faces.first() else { return Ok((Finding::NoFace(quality::unlit(frame.rgb())), None)) };
        if faces.iter().skip(1).any(|other| other.bounds.width >= RIVAL_WIDTH * face.bounds.width) {
            return Ok((Finding::SeveralFaces(faces.to_vec()), None));
        }
        let Some(sample) = alignment::align(frame, &face.landmarks) else { return Ok((Finding::NoFace(None), None)) };
        let mut quality = Quality::assess(&face, &sample);
        let before = quality.shortcoming(&self.limits);
        let features = if always || before.is_none() { Some(self.embed(&sample)?) } else { None };
        let embedding = match (before, &features) {
            (None, Some(features)) => {
                quality.norm = Some(features.norm());
                let shortcoming = quality.shortcoming(&self.limits).map_or(Ok(()), Err);
                // A crop without any direction is as featureless as a blur.
                shortcoming.and_then(|()| features.embedding().ok_or(Shortcoming::FaceUnclear))
            }
            (before, _) => Err(before.unwrap_or(Shortcoming::FaceUnclear)),
        };
        Ok((Finding::Face(Box::new(FaceFinding { face, quality, embedding })), features))
    }
}
