//! Three captures of one person become a template.

use std::time::Duration;

use super::{Policy, Reason};
use crate::biometrics::comparison::compare;
use crate::biometrics::{Embedding, FaceFinding, Finding, Observation, Quality, Template};

/// Captures that an enrollment takes.
pub const CAPTURES: usize = 3;

/// What becomes of an enrollment whose face is that of somebody enrolled, as far as can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LookAlike {
    /// It is declined: it is most likely the same person.
    #[default]
    Declined,
    /// It is taken: an operator has seen that they are two people.
    Allowed,
}

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

/// Two captures that do not go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mismatch {
    /// Why not.
    pub reason: Reason,
    /// Which, counted from 0: for different people, the two that are least alike.
    pub captures: (usize, usize),
}

/// Judges three captures together.
///
/// # Errors
/// [`Reason::SamePicture`] when two are the same frame, [`Reason::NotOnePerson`] when any two are not close
/// enough to each other.
pub fn judge(captures: [Capture; CAPTURES], policy: &Policy) -> Result<Enrollment, Mismatch> {
    const PAIRS: [(usize, usize); 3] = [(0, 1), (0, 2), (1, 2)];
    let mismatch = |reason, captures| Mismatch { reason, captures };
    if let Some(pair) = PAIRS.into_iter().find(|(a, b)| captures[*a].frame_digest == captures[*b].frame_digest) {
        return Err(mismatch(Reason::SamePicture, pair));
    }
    let likeness = |(a, b): (usize, usize)| compare(&captures[a].embedding, &captures[b].embedding).0;
    let [first, rest @ ..] = PAIRS;
    let least_alike =
        rest.into_iter().fold(first, |least, pair| if likeness(pair) < likeness(least) { pair } else { least });
    // Directions that are close to each other cannot cancel out, so that the fusion does not fail.
    let template = Template::fuse(captures.iter().map(|capture| &capture.embedding));
    match template {
        Some(template) if likeness(least_alike) >= policy.same_person => Ok(Enrollment { template, captures }),
        _ => Err(mismatch(Reason::NotOnePerson, least_alike)),
    }
}
