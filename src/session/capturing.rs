//! The states in which frames are looked at: three captures for an enrollment, two for a sign-in, and a challenge.

use std::time::Duration;

use super::liveness::{Challenge, Order, Outcome};
use super::looks::{self, Looks};
use super::state::{Decline, Effect, Notice, ProfilePage, Purpose, SignedIn, State, Wanted};
use super::step::{Next, recognized, sign_in_declined};
use super::{CAPTURES, Capture, EnrollmentLiveness, LivenessLevel, Miss, Policy, Reason, enrollment};
use crate::biometrics::comparison::compare;
use crate::biometrics::liveness::{Cue, Look};
use crate::biometrics::{Embedding, Match, Observation, Quality, Template};
use crate::geometry::Rect;

/// An enrollment under way.
#[derive(Debug, Clone, PartialEq)]
pub struct Enrolling {
    /// Whose.
    pub purpose: Purpose,
    /// Good frames so far.
    pub captures: Vec<Capture>,
    /// Why the last frame did not help.
    pub hint: Option<Reason>,
    pub(super) started: Duration,
    /// Since when the present pose is asked for.
    asked: Duration,
    track: Track,
    /// What was seen of the face for signs of life.
    looks: Looks,
}

/// A sign-in under way.
#[derive(Debug, Clone, PartialEq)]
pub struct Identifying {
    /// Why the last frame did not help.
    pub hint: Option<Reason>,
    pub(super) started: Duration,
    track: Track,
    /// The last good frame of a face that is where it was.
    held: Option<Box<Capture>>,
    /// Since when all good frames have shown one and the same face in its place.
    since: Duration,
    /// What was seen of that face for signs of life.
    looks: Looks,
}

/// Whoever was recognized is asked to move.
#[derive(Debug, Clone, PartialEq)]
pub struct Challenging {
    /// What is asked for; none until its order is drawn.
    pub challenge: Option<Challenge>,
    /// What keeps the head from being seen.
    pub hint: Option<Reason>,
    /// Who was recognized.
    best: Match,
    /// By what: whoever moves has the same face.
    probe: Box<Embedding>,
    pub(super) started: Duration,
}

/// Where the person is asked to look. The sides are the person's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pose {
    /// Into the camera.
    Ahead,
    /// A little to the left.
    Left,
    /// A little to the right.
    Right,
}

impl Pose {
    /// One for each capture.
    pub const ALL: [Self; CAPTURES] = [Self::Ahead, Self::Left, Self::Right];

    /// Whether a face has it. The sides are told in relation to the first capture, because a camera seldom
    /// hangs straight before the person.
    fn is_met(self, quality: &Quality, first: Option<&Capture>, policy: &Policy) -> bool {
        // The person's left is the image's right.
        let turned = quality.yaw_deg - first.map_or(0.0, |first| first.quality.yaw_deg);
        match self {
            Self::Ahead => turned.abs() <= policy.pose_ahead_deg,
            Self::Left => turned >= policy.pose_turned_deg,
            Self::Right => -turned >= policy.pose_turned_deg,
        }
    }
}

/// Follows the face from frame to frame.
#[derive(Debug, Clone, PartialEq)]
struct Track {
    last: Option<(Rect, Duration)>,
    /// When the face was last seen, or the track began.
    seen: Duration,
}

impl Enrolling {
    pub(super) fn begin(purpose: Purpose, now: Duration) -> Self {
        let track = Track { last: None, seen: now };
        Self { purpose, captures: vec![], hint: None, started: now, asked: now, track, looks: Looks::default() }
    }

    /// The pose that is asked for.
    pub fn pose(&self) -> Pose {
        Pose::ALL[self.captures.len().min(CAPTURES - 1)]
    }

    pub(super) fn observe(mut self, observation: &Observation, now: Duration, policy: &Policy) -> (State, Vec<Effect>) {
        if self.track.lost(observation, policy) {
            self.captures.clear();
            self.asked = now;
        }
        self.looks.note(observation, policy);
        let capture = self.track.follow(observation, policy).and_then(|steady| {
            let capture = Capture::from_observation(observation)?;
            if self.captures.iter().any(|earlier| earlier.frame_digest == capture.frame_digest) {
                return Err(Reason::SamePicture);
            }
            let spaced = self
                .captures
                .last()
                .is_none_or(|last| capture.captured_at.saturating_sub(last.captured_at) >= policy.capture_spacing);
            // Not everybody can turn the head: after a while whatever is good will do.
            let posed = self.pose().is_met(&capture.quality, self.captures.first(), policy)
                || observation.captured_at.saturating_sub(self.asked) >= policy.pose_patience;
            Ok((steady && spaced && posed).then_some(capture))
        });
        match capture {
            Err(reason) => self.hint = Some(reason),
            Ok(None) => self.hint = None,
            Ok(Some(capture)) => {
                // A picture is not enrolled either: by what was seen in the time that a sign-in takes.
                let recent = self.looks.since(capture.captured_at.saturating_sub(policy.watched_for));
                let is_watched = policy.enrollment_liveness == EnrollmentLiveness::Passive;
                if let Some(cue) = looks::denied(recent).filter(|_| is_watched) {
                    let decline = Decline { cue: Some(cue), ..Decline::of(Reason::PhotoSuspected) };
                    return declined(self.purpose, decline);
                }
                self.hint = None;
                self.asked = capture.captured_at;
                self.captures.push(capture);
            }
        }
        let captures = match <[Capture; CAPTURES]>::try_from(self.captures) {
            Ok(captures) => captures,
            Err(fewer) => {
                self.captures = fewer;
                return (State::Enrolling(self), vec![]);
            }
        };
        match enrollment::judge(captures, policy) {
            Ok(enrollment) => (State::Reviewing { purpose: self.purpose, enrollment: Box::new(enrollment) }, vec![]),
            Err(mismatch) => declined(self.purpose, Decline::of(mismatch.reason)),
        }
    }

    pub(super) fn give_up(self) -> (State, Vec<Effect>) {
        let reason = self.hint.unwrap_or(Reason::TimedOut);
        declined(self.purpose, Decline::of(reason))
    }
}

/// An enrollment that came to nothing: whoever is signed in stays so.
pub(super) fn declined(purpose: Purpose, decline: Decline) -> (State, Vec<Effect>) {
    let reason = decline.reason;
    let note = vec![Effect::NoteDecline(decline)];
    match purpose {
        Purpose::New(newcomer) => {
            (State::Declined { reason, wanted: Wanted::Enrollment(newcomer.form()), retry_at: None }, note)
        }
        Purpose::Renewal(session) => {
            let page = ProfilePage::Overview(Some(Notice::NotRenewed(reason)));
            (State::SignedIn(SignedIn { page, ..session }), note)
        }
    }
}

impl Identifying {
    pub(super) fn begin(now: Duration) -> Self {
        let track = Track { last: None, seen: now };
        Self { hint: None, started: now, track, held: None, since: now, looks: Looks::default() }
    }

    pub(super) fn observe(mut self, observation: &Observation, policy: &Policy) -> Next {
        self.looks.note(observation, policy);
        let capture = self.track.follow(observation, policy).and_then(|steady| {
            // Whose face it was before is not known of one that has moved.
            let earlier = self.held.take().filter(|_| steady);
            match Capture::from_observation(observation) {
                Ok(capture) => Ok((earlier, capture)),
                // A blink does not undo what was seen before it.
                Err(reason) => {
                    self.held = earlier;
                    Err(reason)
                }
            }
        });
        let (earlier, capture) = match capture {
            Ok(both) => both,
            Err(reason) => return (State::Identifying(Self { hint: Some(reason), ..self }), vec![]),
        };
        let probe = earlier.and_then(|earlier| fused(&earlier, &capture, policy));
        if probe.is_none() {
            // What was seen before may have been of somebody else.
            self.since = capture.captured_at;
        }
        match probe {
            Some(probe) if self.is_watched(policy) => match self.denied(policy) {
                Some(cue) => denied_by(Outcome::Denied(cue), None, Miss::Stranger),
                None => {
                    // The face of whoever will be asked to move.
                    let known = policy.liveness.is_active().then(|| Box::new(probe.clone()));
                    (State::Searching(known), vec![Effect::Search { probe: Box::new(probe) }])
                }
            },
            _ => (State::Identifying(Self { hint: None, held: Some(Box::new(capture)), ..self }), vec![]),
        }
    }

    /// What was seen of this face, for signs of life.
    fn own_looks(&self) -> &[Look] {
        self.looks.since(self.since)
    }

    /// Whether passive cues have had their time. A challenge gives them more of it.
    fn is_watched(&self, policy: &Policy) -> bool {
        policy.liveness != LivenessLevel::Passive || looks::are_enough(self.own_looks(), policy)
    }

    fn denied(&self, policy: &Policy) -> Option<Cue> {
        looks::denied(self.own_looks()).filter(|_| policy.liveness != LivenessLevel::Off)
    }
}

impl Challenging {
    /// Asks for the order, by which the shell begins the challenge.
    pub(super) fn begin(best: Match, probe: Box<Embedding>, now: Duration) -> Next {
        (State::Challenging(Self { challenge: None, hint: None, best, probe, started: now }), vec![Effect::DrawOrder])
    }

    /// Who was recognized.
    pub(super) fn best(&self) -> Match {
        self.best
    }

    pub(super) fn drawn(mut self, order: Order, now: Duration) -> State {
        if self.challenge.is_none() {
            self.challenge = Some(Challenge::new(order, Some((*self.probe).clone()), now));
            self.started = now;
        }
        State::Challenging(self)
    }

    pub(super) fn observe(mut self, observation: &Observation, policy: &Policy) -> Next {
        let Some(challenge) = self.challenge.take() else { return (State::Challenging(self), vec![]) };
        let life = observation.life.as_deref();
        // A head that is turned far is still followed where the detector finds no face.
        self.hint = if life.is_none() { enrollment::subject(observation).err() } else { None };
        let (look, face) = (life.map(|life| &life.look), life.and_then(|life| life.face.as_ref()));
        let (challenge, outcome) = challenge.observe(look, face, observation.captured_at, policy);
        self.challenge = Some(challenge);
        self.came(outcome, policy)
    }

    pub(super) fn tick(self, now: Duration, policy: &Policy) -> Next {
        let waited = self.challenge.as_ref().and_then(|challenge| challenge.waited(now, policy));
        self.came(waited.unwrap_or(Outcome::Going), policy)
    }

    /// Whoever was recognized and then is not alive counts as a guesser; whoever cannot do what is asked does not.
    fn came(self, outcome: Outcome, policy: &Policy) -> Next {
        match outcome {
            Outcome::Going => (State::Challenging(self), vec![]),
            Outcome::Passed => recognized(self.best, LivenessLevel::Active, policy),
            Outcome::Denied(_) => denied_by(outcome, Some(self.best), Miss::Near),
            Outcome::NoVerdict(_) => denied_by(outcome, Some(self.best), Miss::Stranger),
        }
    }
}

/// A sign-in that ends for want of signs of life.
fn denied_by(outcome: Outcome, best: Option<Match>, miss: Miss) -> Next {
    let (reason, cue) = outcome.refusal().unwrap_or((Reason::LivenessUnclear, Cue::Track));
    sign_in_declined(Decline {
        user: best.map(|best| best.user),
        score: best.map(|best| best.score),
        miss: Some(miss),
        cue: Some(cue),
        ..Decline::of(reason)
    })
}

/// What a sign-in is decided by: the mean of two frames, which errs less than the better one of them (docs/ACCURACY.md).
/// `None` where they may show two people, or lie too far apart.
fn fused(earlier: &Capture, later: &Capture, policy: &Policy) -> Option<Embedding> {
    let apart = later.captured_at.saturating_sub(earlier.captured_at);
    if apart > policy.steady_within || compare(&earlier.embedding, &later.embedding).0 < policy.same_person {
        return None;
    }
    Template::fuse([&earlier.embedding, &later.embedding]).map(|mean| mean.embedding().clone())
}

impl Track {
    /// Whether the face was away for so long that this may be somebody else.
    fn lost(&self, observation: &Observation, policy: &Policy) -> bool {
        observation.captured_at.saturating_sub(self.seen) >= policy.face_lost_after
    }

    /// Takes the observation in; true when the face is where it was a moment before.
    fn follow(&mut self, observation: &Observation, policy: &Policy) -> Result<bool, Reason> {
        let face = match enrollment::subject(observation) {
            Ok(face) => face.face.bounds,
            Err(reason) => {
                self.last = None;
                return Err(reason);
            }
        };
        let at = observation.captured_at;
        let before = self.last.replace((face, at));
        self.seen = at;
        Ok(before.is_some_and(|(earlier, seen)| {
            let shift = face.center().distance(earlier.center()).max((face.width - earlier.width).abs());
            at.saturating_sub(seen) <= policy.steady_within && shift <= policy.steady_shift * earlier.width
        }))
    }
}
