//! What holds in every state: the camera follows the state, a session ends with its time, a camera in trouble
//! stops the clock of whoever waits for it, and whoever walks away leaves nothing behind.

use std::time::Duration;

use super::state::{Decline, Effect, Event, State};
use super::step::{session_over, step};
use super::{Miss, PinAsk, PinEntry, Policy, Reason};
use crate::biometrics::{Finding, Match};
use crate::camera::Trouble;

/// The kiosk, as far as it decides.
#[derive(Debug, Clone, PartialEq)]
pub struct Kiosk {
    state: State,
    /// When somebody last showed to be there.
    alive: Duration,
    /// From when the time without a sign of life counts: since the last one, or since the kiosk itself let the
    /// person wait.
    touched: Duration,
    /// What is wrong with the camera that is wanted.
    trouble: Option<Trouble>,
}

/// The kiosk is about to go home.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdleWarning {
    /// The time that is left.
    pub left: Duration,
    /// How much was left when it was first said.
    pub of: Duration,
}

impl Kiosk {
    /// A kiosk that waits for somebody.
    pub fn at_home(now: Duration) -> Self {
        Self { state: State::Home, alive: now, touched: now, trouble: None }
    }

    /// Where it stands.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// What keeps the camera that is wanted from giving pictures.
    pub fn trouble(&self) -> Option<Trouble> {
        self.trouble
    }

    /// That the kiosk goes home by itself, once that is so near that it should be said.
    pub fn idle_warning(&self, now: Duration, policy: &Policy) -> Option<IdleWarning> {
        let left = self.goes_home_at(policy)?.saturating_sub(now);
        let of = match self.state {
            // A result is shown for a short time, and not covered by the question for most of it.
            State::Enrolled { .. } | State::Declined { .. } | State::Removed => policy.result_warning,
            _ => policy.idle_warning,
        };
        (left <= of).then_some(IdleWarning { left, of })
    }

    /// The next stand, and what is to be done on the way to it: what ends before what begins.
    #[must_use]
    pub fn step(mut self, event: Event, now: Duration, policy: &Policy) -> (Self, Vec<Effect>) {
        let before = (self.state.wants_camera(), self.state.may_hold_token(), std::mem::discriminant(&self.state));
        if self.is_sign_of_life(&event) {
            (self.alive, self.touched) = (now, now);
        }
        let recognized = self.state.recognized();
        let challenged = self.state.challenged();
        let (state, asked) = match event {
            Event::CameraChanged(trouble) => {
                self.camera_changed(trouble, now);
                (self.state, vec![])
            }
            // Taken before this person asked: it may show the one before. Or the camera is not to be trusted.
            Event::Observed(seen) if self.trouble.is_some() || seen.captured_at < self.state.started() => {
                (self.state, vec![])
            }
            Event::Tick => match self.state.session().map(|session| session.until) {
                Some(until) if now >= until => session_over(Reason::TokenExpired),
                _ if self.goes_home_at(policy).is_some_and(|time| now >= time) => (State::Home, vec![]),
                // Nobody is to blame for the time that the camera takes.
                _ if self.trouble.is_some() => (self.state, vec![]),
                _ => step(self.state, Event::Tick, now, policy),
            },
            event => step(self.state, event, now, policy),
        };
        self.state = state;
        if before.2 != std::mem::discriminant(&self.state) {
            self.touched = now;
        }
        let mut effects = vec![];
        if before.1 && !self.state.may_hold_token() {
            effects.push(Effect::CloseSession);
        }
        if before.0 && !self.state.wants_camera() {
            self.trouble = None;
            effects.push(Effect::CloseCamera);
        }
        effects.extend(asked);
        if let Some(found) = recognized.filter(|_| self.state == State::Home) {
            effects.push(Effect::NoteLeft(found));
        }
        // Whoever stops in time, again and again, tries as well as one who fails.
        let away = matches!(self.state, State::Home | State::PinAddress(_) | State::Identifying(_));
        if let Some(found) = challenged.filter(|_| away) {
            let (user, score, miss) = (Some(found.user), Some(found.score), Some(Miss::Stranger));
            effects.push(Effect::NoteDecline(Decline { user, score, miss, ..Decline::of(Reason::LivenessUnclear) }));
        }
        if !before.0 && self.state.wants_camera() {
            effects.push(Effect::OpenCamera);
        }
        (self, effects)
    }

    fn camera_changed(&mut self, trouble: Option<Trouble>, now: Duration) {
        if !self.state.wants_camera() {
            return;
        }
        if trouble.is_some() != self.trouble.is_some() && self.state.captures() {
            // Both waits begin anew: the person's for the camera, then the kiosk's for the person.
            self.touched = now;
            self.state.restart(now);
        }
        self.trouble = trouble;
    }

    /// Whether the event shows that somebody is there. A face does so where it is looked for; before the
    /// operator's page it may be anybody's, or a picture on the wall.
    fn is_sign_of_life(&self, event: &Event) -> bool {
        match event {
            Event::Tick | Event::CameraChanged(_) => false,
            Event::Observed(seen) => {
                self.state.captures() && self.trouble.is_none() && !matches!(seen.finding, Finding::NoFace(_))
            }
            _ => true,
        }
    }

    /// When the kiosk goes home for want of a sign of life.
    fn goes_home_at(&self, policy: &Policy) -> Option<Duration> {
        let limit = match self.state {
            State::Home => return None,
            State::Enrolling(_) | State::Identifying(_) | State::Challenging(_) => {
                // These end by their own time-outs. But however often the camera comes and goes, which begins
                // them anew, it does not hold the kiosk of somebody who has left.
                let time_out = policy.enrollment_timeout.max(policy.identification_timeout);
                let left = self.alive.saturating_add(time_out).saturating_add(policy.idle_after.saturating_mul(2));
                let waited = self.trouble.map(|_| self.touched.saturating_add(policy.idle_after));
                return Some(waited.map_or(left, |waited| waited.min(left)));
            }
            State::Enrolled { .. } | State::Declined { .. } | State::Removed => policy.result_shown,
            State::Operator { .. } => policy.operator_idle_after,
            // In some of these the shell is about to answer; if it does not, that is no reason to stay.
            State::Details(_)
            | State::CheckingAddress(_)
            | State::Consenting(_)
            | State::Reviewing { .. }
            | State::Storing(_)
            | State::PinAddress(_)
            | State::Pin(_)
            | State::Searching(_)
            | State::OpeningSession { .. }
            | State::SignedIn(_) => policy.idle_after,
        };
        Some(self.touched.saturating_add(limit))
    }
}

impl State {
    /// Whether somebody's face is being captured.
    fn captures(&self) -> bool {
        matches!(self, Self::Enrolling(_) | Self::Identifying(_) | Self::Challenging(_))
    }

    /// Who was recognized by the face and has not given the PIN yet.
    fn recognized(&self) -> Option<Match> {
        match self {
            Self::Pin(PinEntry { ask: PinAsk::AfterFace(found, _), .. }) => Some(*found),
            _ => None,
        }
    }

    /// Who was recognized by the face and is asked to move.
    fn challenged(&self) -> Option<Match> {
        match self {
            Self::Challenging(challenging) => Some(challenging.best()),
            _ => None,
        }
    }

    /// When the present wait for frames began; zero where none is.
    fn started(&self) -> Duration {
        match self {
            Self::Enrolling(enrolling) => enrolling.started,
            Self::Identifying(identifying) => identifying.started,
            Self::Challenging(challenging) => challenging.started,
            _ => Duration::ZERO,
        }
    }

    /// Begins the wait for frames anew; what was captured before the camera was lost may be another person's.
    fn restart(&mut self, now: Duration) {
        match self {
            Self::Enrolling(enrolling) => {
                *enrolling = super::Enrolling::begin(enrolling.purpose.clone(), now);
            }
            // Whoever is to move is the one who was recognized, which is not known of whoever comes now.
            Self::Identifying(_) | Self::Challenging(_) => *self = Self::Identifying(super::Identifying::begin(now)),
            _ => {}
        }
    }
}
