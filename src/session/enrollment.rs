//! Three captures of one person become a template.

use std::time::Duration;

use super::{Policy, Reason};
use crate::biometrics::comparison::compare;
use crate::biometrics::{Embedding, FaceFinding, Finding, Observation, Quality, Template};

/// Captures that an enrollment takes.
pub const CAPTURES: usize = 3;

/// One good frame of an enrollment.
#[derive(Debug, Clone, PartialEq)]
pub struct Capture {
    /// The features.
    pub embedding: Embedding,
    /// What was measured.
    pub quality: Quality,
    /// When the frame was taken.
    pub captured_at: Duration,
    /// Equal frames have equal digests.
    pub frame_digest: u64,
}

impl Capture {
    /// The capture that an observation allows.
    ///
    /// # Errors
    /// The reason why it allows none.
    pub fn from_observation(observation: &Observation) -> Result<Self, Reason> {
        let face = subject(observation)?;
        Ok(Self {
            embedding: face.embedding.clone()?,
            quality: face.quality,
            captured_at: observation.captured_at,
            frame_digest: observation.frame_digest,
        })
    }
}

/// The one face of an observation.
///
/// # Errors
/// The reason why there is not exactly one.
pub fn subject(observation: &Observation) -> Result<&FaceFinding, Reason> {
    match &observation.finding {
        Finding::NoFace(light) => Err(light.map_or(Reason::NoFace, Reason::from)),
        Finding::SeveralFaces(_) => Err(Reason::SeveralFaces),
        Finding::Face(face) => Ok(face),
    }
}

/// What an enrollment is stored from.
#[derive(Debug, Clone, PartialEq)]
pub struct Enrollment {
    /// The fused captures.
    pub template: Template,
    /// What it was fused from.
    pub captures: [Capture; CAPTURES],
}

/// Judges three captures together.
///
/// # Errors
/// [`Reason::SamePicture`] when two are the same frame, [`Reason::NotOnePerson`] when any two are not close
/// enough to each other.
pub fn judge(captures: [Capture; CAPTURES], policy: &Policy) -> Result<Enrollment, Reason> {
    for (i, capture) in captures.iter().enumerate() {
        for earlier in &captures[..i] {
            if capture.frame_digest == earlier.frame_digest {
                return Err(Reason::SamePicture);
            }
            if compare(&capture.embedding, &earlier.embedding).0 < policy.same_person {
                return Err(Reason::NotOnePerson);
            }
        }
    }
    // Directions this close to each other cannot cancel out.
    let template = Template::fuse(captures.iter().map(|capture| &capture.embedding)).ok_or(Reason::NotOnePerson)?;
    Ok(Enrollment { template, captures })
}
