//! One presentation: somebody before the camera, and what the kiosk's own cues say.

use std::time::Duration;

use crate::biometrics::alignment;
use crate::biometrics::detection::Detector;
use crate::biometrics::liveness::{self, Cue, Detail, Look, Looking, Watcher};
use crate::biometrics::{Embedding, Features};
use crate::camera::Frame;
use crate::error::ModelError;
use crate::models::SFace;
use crate::session::liveness::Outcome;
use crate::session::{Challenge, LivenessLevel, Order, Policy};

use super::performer::Performer;
use super::stage::{SimulationError, Stage};

/// Time from one frame to the next.
const PACE: Duration = Duration::from_millis(66);

/// What was decided, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// What came of it; never [`Outcome::Going`].
    pub outcome: Outcome,
    /// After so long.
    pub after: Duration,
}

/// Runs presentations through the cues.
pub struct Trial {
    detector: Detector,
    embedder: SFace,
    watcher: Watcher,
    policy: Policy,
}

impl Trial {
    /// Loads the networks.
    ///
    /// # Errors
    /// [`ModelError`] when the weights in the binary are broken.
    pub fn load(policy: Policy) -> Result<Self, ModelError> {
        Ok(Self { detector: Detector::load()?, embedder: SFace::load()?, watcher: Watcher::default(), policy })
    }

    /// A look at a frame, and the face's embedding where more than passive cues are asked for.
    ///
    /// # Errors
    /// [`ModelError`] when a network cannot run.
    pub fn look(&mut self, frame: &Frame, detail: Detail) -> Result<(Option<Look>, Option<Embedding>), ModelError> {
        let faces = self.detector.detect(frame)?;
        let face = faces.first();
        let look = self.watcher.look(frame, face, Looking { detail, since: Duration::ZERO })?;
        let sample =
            face.filter(|_| detail == Detail::Active).and_then(|face| alignment::align(frame, &face.landmarks));
        let features = sample.map(|sample| Features::of(&self.embedder, &sample)).transpose()?;
        Ok((look, features.and_then(|features| features.embedding())))
    }

    /// A presentation at a level; `choose` gives the order of a challenge.
    ///
    /// # Errors
    /// [`SimulationError`] when a frame cannot be made or looked at.
    pub fn run(
        &mut self,
        stage: &Stage,
        number: usize,
        performer: &mut Performer,
        level: LivenessLevel,
        choose: impl FnMut(usize) -> usize,
    ) -> Result<Verdict, SimulationError> {
        self.watcher.forget();
        let head = stage.head(number).ok_or(SimulationError::NoFace)?;
        let active = level >= LivenessLevel::Active;
        let mut challenge = Challenge::new(Order::drawn(choose), None, Duration::ZERO);
        let mut looks = vec![];
        let mut now = Duration::ZERO;
        loop {
            now += PACE;
            let ask = active.then(|| challenge.asks());
            let poses = performer.pose(ask, now);
            let species = performer.species();
            let frame = stage.frame(head, species, poses, now, performer.random())?;
            let detail = if active { Detail::Active } else { Detail::Passive };
            let (look, face) = self.look(&frame, detail)?;
            let outcome = if active {
                let (next, outcome) = challenge.observe(look.as_ref(), face.as_ref(), now, &self.policy);
                challenge = next;
                outcome
            } else {
                looks.extend(look);
                match level {
                    _ if now < self.policy.watched_for => Outcome::Going,
                    LivenessLevel::Off => Outcome::Passed,
                    _ => self.watched(&looks),
                }
            };
            if outcome != Outcome::Going {
                return Ok(Verdict { outcome, after: now });
            }
        }
    }

    /// What passive cues say of frames that somebody took, one after the other, by the times that they carry.
    ///
    /// # Errors
    /// [`ModelError`] when a network cannot run.
    pub fn watch(&mut self, frames: impl IntoIterator<Item = Frame>) -> Result<Verdict, ModelError> {
        self.watcher.forget();
        let (mut looks, mut first, mut last) = (vec![], None, Duration::ZERO);
        for frame in frames {
            last = frame.captured_at();
            first = first.or(Some(last));
            looks.extend(self.look(&frame, Detail::Passive)?.0);
        }
        Ok(Verdict { outcome: self.watched(&looks), after: last.saturating_sub(first.unwrap_or_default()) })
    }

    /// What passive cues say of all looks.
    fn watched(&self, looks: &[Look]) -> Outcome {
        if looks.is_empty() {
            return Outcome::NoVerdict(Cue::Track);
        }
        liveness::denied(looks).map_or(Outcome::Passed, Outcome::Denied)
    }
}
