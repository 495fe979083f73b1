//! One presentation: somebody before the camera, and what the kiosk does. Pictures go the way that a camera's go, and the kiosk's own
//! machine decides; only the clock is made.

use std::collections::VecDeque;
use std::time::Duration;

use crate::biometrics::liveness::{self, Cue, Detail, Look, Looking};
use crate::biometrics::{Finding, Gallery, Observation, Pipeline, QualityLimits, Template, UserId};
use crate::camera::Frame;
use crate::error::ModelError;
use crate::session::liveness::Outcome;
use crate::session::{Decline, Effect, Event, Kiosk, LivenessLevel, Miss, Order, Policy, Reason};

use super::performer::Performer;
use super::stage::{SimulationError, Stage};

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
    /// Loads the networks.
    ///
    /// # Errors
    /// [`ModelError`] when the weights in the binary are broken.
    pub fn load(policy: Policy) -> Result<Self, ModelError> {
        let pipeline = Pipeline::load(QualityLimits::default())?;
        Ok(Self { pipeline, policy, enrolled: None, now: Duration::ZERO })
    }

    /// A sign-in at a level by whoever performs with the head of this number; `choose` gives the order of a challenge. Whoever gets as far as a PIN, or
    /// would be let in, has passed.
    ///
    /// # Errors
    /// [`SimulationError`] when a frame cannot be made or looked at.
    pub fn run(
        &mut self,
        stage: &Stage,
        number: usize,
        performer: &mut Performer,
        level: LivenessLevel,
        mut choose: impl FnMut(usize) -> usize,
    ) -> Result<Verdict, SimulationError> {
        let gallery = match self.enrolled.take() {
            Some(gallery) => gallery,
            None => self.enroll(stage)?,
        };
        let gallery = self.enrolled.insert(gallery);
        let policy = Policy { liveness: level, ..self.policy.clone() };
        self.now += BETWEEN;
        let since = self.now;
        let mut kiosk = Kiosk::at_home(since);
        let mut events = VecDeque::from([Event::SignInRequested]);
        loop {
            while let Some(event) = events.pop_front() {
                let (next, effects) = kiosk.step(event, self.now, &policy);
                kiosk = next;
                for effect in effects {
                    let after = self.now.saturating_sub(since);
                    match effect {
                        Effect::Search { probe } => {
                            let (best, runner_up) = gallery.search(&probe);
                            events.push_back(Event::Searched { best, runner_up, gallery: gallery.len() });
                        }
                        Effect::DrawOrder => events.push_back(Event::OrderDrawn(Order::drawn(&mut choose))),
                        Effect::OpenSession { .. } | Effect::LookUpPin(_) => {
                            return Ok(Verdict { outcome: Outcome::Passed, reason: None, after });
                        }
                        Effect::NoteDecline(decline) => {
                            return Ok(Verdict { outcome: refused(&decline), reason: Some(decline.reason), after });
                        }
                        // The stage is the camera, and nothing is kept.
                        _ => {}
                    }
                }
            }
            self.now += PACE;
            let frame = stage.frame(number, performer, kiosk.state().asks(), [since, self.now])?;
            let looking = kiosk.state().detail(&policy).map(|detail| Looking { detail, since });
            let observation = self.pipeline.observe(&frame, looking)?;
            events.extend([Event::Observed(Box::new(observation)), Event::Tick]);
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

    /// What passive cues say of frames that somebody took, one after the other, by the times that they carry. Whose faces they are is not
    /// known, so that no sign-in can be tried with them.
    ///
    /// # Errors
    /// [`ModelError`] when a network cannot run.
    pub fn watch(&mut self, frames: impl IntoIterator<Item = Frame>) -> Result<Verdict, ModelError> {
        let (mut looks, mut first, mut last): (Vec<Look>, _, _) = (vec![], None, Duration::ZERO);
        let looking = Looking { detail: Detail::Passive, since: Duration::ZERO };
        self.pipeline.forget();
        for frame in frames {
            last = frame.captured_at();
            first = first.or(Some(last));
            looks.extend(self.pipeline.observe(&frame, Some(looking))?.life.map(|life| life.look));
        }
        let outcome = match looks.is_empty() {
            true => Outcome::NoVerdict(Cue::Track),
            false => liveness::denied(&looks).map_or(Outcome::Passed, Outcome::Denied),
        };
        Ok(Verdict { outcome, reason: None, after: last.saturating_sub(first.unwrap_or_default()) })
    }
}

/// What a decline says of signs of life.
fn refused(decline: &Decline) -> Outcome {
    match (decline.reason, decline.cue) {
        (Reason::PhotoSuspected, Some(cue)) => Outcome::Denied(cue),
        // Told in the same words as what could not be seen, and counted as what it is.
        (Reason::LivenessUnclear, Some(Cue::Person)) if decline.miss == Some(Miss::Near) => {
            Outcome::Denied(Cue::Person)
        }
        (Reason::LivenessUnclear, Some(cue)) => Outcome::NoVerdict(cue),
        (Reason::NotRecognized | Reason::Ambiguous, _) => Outcome::NoVerdict(Cue::Person),
        _ => Outcome::NoVerdict(Cue::Track),
    }
}
