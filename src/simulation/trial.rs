//! One presentation: somebody before the camera, and what the kiosk does. Pictures go the way that a camera's go, and the kiosk's own
//! machine decides; only the clock is made.

use std::time::Duration;

use super::performer::Performer;
use super::stage::{SimulationError, Stage};
use crate::biometrics::liveness::{self, Cue, Detail, Look, Looking};
use crate::biometrics::{Finding, Gallery, Observation, Pipeline, QualityLimits, Template, UserId};
use crate::camera::Frame;
use crate::error::ModelError;
use crate::session::liveness::Outcome;
use crate::session::{Decline, End, LivenessLevel, Miss, Order, Policy, Reason, Sitting};

/// Time from one frame to the next.
const PACE: Duration = Duration::from_millis(66);
/// Nobody is there for so long between two presentations.
const BETWEEN: Duration = Duration::from_secs(10);

/// What was decided, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// What came of it; never [`Outcome::Going`]. Whoever was not recognized, or never well enough seen, has no verdict.
    pub outcome: Outcome,
    /// What the kiosk said, where it declined.
    pub reason: Option<Reason>,
    /// After so long.
    pub after: Duration,
}

/// What came of a sitting, and its last frame.
pub struct Presented {
    /// What it came to.
    pub end: End,
    /// The last frame.
    pub last: Frame,
}

/// A kiosk with the stage's people enrolled, and presentations before it.
pub struct Trial {
    pipeline: Pipeline,
    policy: Policy,
    /// Everybody on the stage, once somebody of it was presented.
    enrolled: Option<Gallery>,
    /// The kiosk's clock.
    now: Duration,
}

impl Trial {
    /// Loads the networks; frames are good enough by these limits.
    ///
    /// # Errors
    /// [`ModelError`] when the weights in the binary are broken.
    pub fn load(policy: Policy, limits: QualityLimits) -> Result<Self, ModelError> {
        Ok(Self { pipeline: Pipeline::load(limits)?, policy, enrolled: None, now: BETWEEN })
    }

    /// When the next sitting begins.
    pub fn now(&self) -> Duration {
        self.now
    }

    /// A sign-in at a level by whoever performs with the head of this number; `choose` gives the order of a challenge.
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
        let gallery = match self.enrolled.take() {
            Some(gallery) => gallery,
            None => self.enroll(stage)?,
        };
        let gallery = self.enrolled.insert(gallery).clone();
        let since = self.now;
        let sitting = Sitting::presenting(&self.policy, level, gallery, Order::drawn(choose), since);
        let Presented { end, last } = self.present(stage, number, performer, sitting)?;
        let after = last.captured_at().saturating_sub(since);
        Ok(Verdict { outcome: outcome(&end), reason: end.reason(), after })
    }

    /// A sitting that begins [now](Self::now) before whoever performs with the head of this number.
    ///
    /// # Errors
    /// [`SimulationError`] when a frame cannot be made or looked at.
    pub fn present(
        &mut self,
        stage: &Stage,
        number: usize,
        performer: &mut Performer,
        mut sitting: Sitting,
    ) -> Result<Presented, SimulationError> {
        let since = sitting.began();
        loop {
            self.now += PACE;
            let last = stage.frame(number, performer, sitting.asks(), [since, self.now])?;
            let looking = sitting.detail().map(|detail| Looking { detail, since });
            sitting.observe(self.pipeline.observe(&last, looking)?, self.now);
            sitting.tick(self.now);
            if let Some(end) = sitting.end().cloned() {
                self.now += BETWEEN;
                return Ok(Presented { end, last });
            }
        }
    }

    /// Everybody on the stage, each by the portrait as it is.
    fn enroll(&mut self, stage: &Stage) -> Result<Gallery, SimulationError> {
        let mut gallery = Gallery::with_capacity(stage.heads());
        for number in 0..stage.heads() {
            let head = stage.head(number).ok_or(SimulationError::NoFace)?;
            let Observation { finding: Finding::Face(face), .. } = self.pipeline.observe(&head.still()?, None)? else {
                return Err(SimulationError::NoFace);
            };
            let embedding = face.embedding.map_err(|_| SimulationError::NoFace)?;
            gallery.add(UserId(uuid::Uuid::from_u128(number as u128)), &Template::from_embedding(embedding));
        }
        Ok(gallery)
    }

    /// What passive cues say of frames that somebody took, one after the other, by the times that they carry: of those within the time
    /// that the kiosk looks at a face before it signs in, and no later ones. Whose faces they are is not known, so that no sign-in can be tried with them.
    ///
    /// # Errors
    /// [`ModelError`] when a network cannot run.
    pub fn watch(&mut self, frames: impl IntoIterator<Item = Frame>) -> Result<Verdict, ModelError> {
        let (mut looks, mut first, mut last): (Vec<Look>, _, _) = (vec![], None, Duration::ZERO);
        let looking = Looking { detail: Detail::Passive, since: Duration::ZERO };
        self.pipeline.forget();
        for frame in frames {
            last = frame.captured_at();
            let began = *first.get_or_insert(last);
            looks.extend(self.pipeline.observe(&frame, Some(looking))?.life.map(|life| life.look));
            let seen_for = looks.first().map_or(Duration::ZERO, |seen| last.saturating_sub(seen.captured_at));
            if seen_for >= self.policy.watched_for || last.saturating_sub(began) >= self.policy.identification_timeout {
                break;
            }
        }
        let outcome = match looks.is_empty() {
            true => Outcome::NoVerdict(Cue::Track),
            false => liveness::denied(&looks).map_or(Outcome::Passed, Outcome::Denied),
        };
        Ok(Verdict { outcome, reason: None, after: last.saturating_sub(first.unwrap_or_default()) })
    }
}

/// What an end says of signs of life.
fn outcome(end: &End) -> Outcome {
    let Decline { reason, cue, miss, .. } = match end {
        End::LetIn | End::Enrolled(_) => return Outcome::Passed,
        End::Declined(decline) => *decline,
        End::Left => Decline::of(Reason::TimedOut),
    };
    match (reason, cue) {
        (Reason::PhotoSuspected, Some(cue)) => Outcome::Denied(cue),
        // Told in the same words as what could not be seen, and counted as what it is.
        (Reason::LivenessUnclear, Some(Cue::Person)) if miss == Some(Miss::Near) => Outcome::Denied(Cue::Person),
        (Reason::LivenessUnclear, Some(cue)) => Outcome::NoVerdict(cue),
        (Reason::NotRecognized | Reason::Ambiguous, _) => Outcome::NoVerdict(Cue::Person),
        _ => Outcome::NoVerdict(Cue::Track),
    }
}
