//! What happens next: a state machine without clock, thread, or disk. `step` takes the time as an argument
//! and returns what is to be done; the shell (`app`) does it and reports back as the next event.

pub mod enrollment;
pub mod identification;
mod policy;
mod reason;
#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::biometrics::{ComparisonScore, Embedding, Match, Observation, UserId};
use crate::geometry::Rect;
use crate::person::{EmailAddress, PersonName};

pub use enrollment::{CAPTURES, Capture, Enrollment};
pub use identification::Decision;
pub use policy::{Policy, THRESHOLD};
pub use reason::Reason;

/// Where the kiosk stands. Times are those of the monotonic clock that `step` is given.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// Nobody is served; the camera is off.
    Home,
    /// Captures are being taken of a person who gave name and address.
    Enrolling(Enrolling),
    /// The enrollment is on its way to the disk.
    Storing,
    /// The enrollment is stored.
    Enrolled {
        /// The new user.
        user: UserId,
        /// Shown since.
        since: Duration,
    },
    /// A good frame is awaited.
    Identifying(Identifying),
    /// The gallery is being searched.
    Searching,
    /// The session is being opened.
    OpeningSession {
        /// Who was recognized.
        best: Match,
    },
    /// The profile is open.
    SignedIn {
        /// Whose.
        user: UserId,
        /// Until when.
        until: Duration,
    },
    /// The answer was no.
    Declined {
        /// Why.
        reason: Reason,
        /// Shown since.
        since: Duration,
    },
}

/// An enrollment under way.
#[derive(Debug, Clone, PartialEq)]
pub struct Enrolling {
    /// As the person gave it.
    pub name: PersonName,
    /// As the person gave it.
    pub email: EmailAddress,
    /// Good frames so far.
    pub captures: Vec<Capture>,
    /// Why the last frame did not help.
    pub hint: Option<Reason>,
    started: Duration,
    track: Track,
}

/// A sign-in under way.
#[derive(Debug, Clone, PartialEq)]
pub struct Identifying {
    /// Why the last frame did not help.
    pub hint: Option<Reason>,
    started: Duration,
    track: Track,
}

/// Follows the face from frame to frame.
#[derive(Debug, Clone, PartialEq)]
struct Track {
    last: Option<(Rect, Duration)>,
    /// When the face was last seen, or the track began.
    seen: Duration,
}

/// What came to pass.
#[derive(Debug, Clone)]
pub enum Event {
    /// Somebody wants to register, and has given a valid name and address.
    EnrollmentRequested {
        /// Name.
        name: PersonName,
        /// Address.
        email: EmailAddress,
    },
    /// Somebody wants to sign in.
    SignInRequested,
    /// A frame was looked at.
    Observed(Observation),
    /// The enrollment is on the disk.
    Stored {
        /// The new user.
        user: UserId,
    },
    /// The enrollment, or the session, was refused.
    Refused(Reason),
    /// The gallery was searched: the closest person and the closest other person.
    Searched {
        /// The closest.
        best: Option<Match>,
        /// The closest other.
        runner_up: Option<Match>,
    },
    /// The token is issued.
    SessionOpened {
        /// When it ends.
        until: Duration,
    },
    /// The person wants to stop, or to sign out.
    Canceled,
    /// Time has passed.
    Tick,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Frames are wanted.
    OpenCamera,
    /// Frames are not wanted any more.
    CloseCamera,
    /// Store, whole or not at all; answer with [`Event::Stored`] or [`Event::Refused`].
    Store {
        /// Name.
        name: PersonName,
        /// Address.
        email: EmailAddress,
        /// The face.
        enrollment: Box<Enrollment>,
    },
    /// Search the gallery; answer with [`Event::Searched`].
    Search {
        /// Whom for.
        probe: Box<Embedding>,
    },
    /// Issue a token; answer with [`Event::SessionOpened`] or [`Event::Refused`].
    OpenSession {
        /// Who was recognized.
        best: Match,
    },
    /// Forget the token.
    CloseSession,
    /// Note that somebody was declined.
    NoteDecline {
        /// Why.
        reason: Reason,
        /// The best score, where there was one.
        score: Option<ComparisonScore>,
    },
}

/// The next state, and what is to be done on the way to it. An event that does not belong to the state
/// changes nothing: a late frame, an answer after a cancel.
pub fn step(state: State, event: Event, now: Duration, policy: &Policy) -> (State, Vec<Effect>) {
    if let Event::Observed(observation) = &event
        && state.started().is_some_and(|started| observation.captured_at < started)
    {
        // Taken before this person asked: it may show the one before.
        return (state, vec![]);
    }
    match (state, event) {
        (State::Home | State::Enrolled { .. } | State::Declined { .. }, Event::EnrollmentRequested { name, email }) => {
            let track = Track { last: None, seen: now };
            let enrolling = Enrolling { name, email, captures: vec![], hint: None, started: now, track };
            (State::Enrolling(enrolling), vec![Effect::OpenCamera])
        }
        (State::Home | State::Enrolled { .. } | State::Declined { .. }, Event::SignInRequested) => {
            let track = Track { last: None, seen: now };
            (State::Identifying(Identifying { hint: None, started: now, track }), vec![Effect::OpenCamera])
        }
        (State::Enrolling(enrolling), Event::Observed(observation)) => enrolling.observe(&observation, now, policy),
        (State::Enrolling(enrolling), Event::Tick) if now >= enrolling.started + policy.enrollment_timeout => {
            decline(enrolling.hint.unwrap_or(Reason::TimedOut), None, now, true)
        }
        (State::Identifying(identifying), Event::Observed(observation)) => identifying.observe(&observation, policy),
        (State::Identifying(identifying), Event::Tick)
            if now >= identifying.started + policy.identification_timeout =>
        {
            decline(identifying.hint.unwrap_or(Reason::TimedOut), None, now, true)
        }
        (State::Enrolling(_) | State::Identifying(_), Event::Canceled) => (State::Home, vec![Effect::CloseCamera]),
        (State::Storing, Event::Stored { user }) => (State::Enrolled { user, since: now }, vec![]),
        (State::Searching, Event::Searched { best, runner_up }) => {
            match identification::decide(best, runner_up, policy) {
                Decision::Recognized { best, .. } => {
                    (State::OpeningSession { best }, vec![Effect::OpenSession { best }])
                }
                Decision::Declined { reason, score } => decline(reason, score, now, false),
            }
        }
        (State::OpeningSession { best }, Event::SessionOpened { until }) => {
            (State::SignedIn { user: best.user, until }, vec![])
        }
        (State::Storing | State::OpeningSession { .. }, Event::Refused(reason)) => decline(reason, None, now, false),
        (State::SignedIn { .. }, Event::Canceled) => (State::Home, vec![Effect::CloseSession]),
        (State::SignedIn { until, .. }, Event::Tick) if now >= until => (State::Home, vec![Effect::CloseSession]),
        (State::Enrolled { .. } | State::Declined { .. }, Event::Canceled) => (State::Home, vec![]),
        (State::Enrolled { since, .. } | State::Declined { since, .. }, Event::Tick)
            if now >= since + policy.result_shown =>
        {
            (State::Home, vec![])
        }
        (state, _) => (state, vec![]),
    }
}

impl State {
    /// When the session that wants frames began.
    fn started(&self) -> Option<Duration> {
        match self {
            Self::Enrolling(Enrolling { started, .. }) | Self::Identifying(Identifying { started, .. }) => {
                Some(*started)
            }
            _ => None,
        }
    }
}

fn decline(reason: Reason, score: Option<ComparisonScore>, now: Duration, camera_open: bool) -> (State, Vec<Effect>) {
    let mut effects = vec![Effect::NoteDecline { reason, score }];
    if camera_open {
        effects.insert(0, Effect::CloseCamera);
    }
    (State::Declined { reason, since: now }, effects)
}

impl Enrolling {
    fn observe(mut self, observation: &Observation, now: Duration, policy: &Policy) -> (State, Vec<Effect>) {
        if self.track.lost(observation, policy) {
            self.captures.clear();
        }
        let capture = self.track.follow(observation, policy).and_then(|steady| {
            let capture = Capture::from_observation(observation)?;
            if self.captures.iter().any(|earlier| earlier.frame_digest == capture.frame_digest) {
                return Err(Reason::SamePicture);
            }
            let spaced = self
                .captures
                .last()
                .is_none_or(|last| capture.captured_at.saturating_sub(last.captured_at) >= policy.capture_spacing);
            Ok((steady && spaced).then_some(capture))
        });
        match capture {
            Err(reason) => self.hint = Some(reason),
            Ok(None) => self.hint = None,
            Ok(Some(capture)) => {
                self.hint = None;
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
            Ok(enrollment) => {
                let store = Effect::Store { name: self.name, email: self.email, enrollment: Box::new(enrollment) };
                (State::Storing, vec![Effect::CloseCamera, store])
            }
            Err(mismatch) => decline(mismatch.reason, None, now, true),
        }
    }
}

impl Identifying {
    fn observe(mut self, observation: &Observation, policy: &Policy) -> (State, Vec<Effect>) {
        let probe = self.track.follow(observation, policy).and_then(|steady| {
            let capture = Capture::from_observation(observation)?;
            Ok(steady.then_some(capture.embedding))
        });
        match probe {
            Ok(Some(probe)) => (State::Searching, vec![Effect::CloseCamera, Effect::Search { probe: Box::new(probe) }]),
            Ok(None) => (State::Identifying(Self { hint: None, ..self }), vec![]),
            Err(reason) => (State::Identifying(Self { hint: Some(reason), ..self }), vec![]),
        }
    }
}

impl Track {
    /// Whether the face was away for so long that this may be somebody else.
    fn lost(&self, observation: &Observation, policy: &Policy) -> bool {
        observation.captured_at >= self.seen + policy.face_lost_after
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
