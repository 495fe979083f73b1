//! One presentation before the kiosk's own decisions: the state machine that visitors meet, with people who are in memory alone
//! behind it. What it asks of a desk is answered here, so that no account, no log, no session and no wait comes of it.

use std::time::Duration;

use super::tally::Outcome;
use crate::biometrics::liveness::{Detail, Turn};
use crate::biometrics::{Gallery, Observation, Template};
use crate::camera::Trouble;
use crate::session::{
    Ask, Consent, Decline, Effect, EnrollmentBy, Event, Form, Kiosk, LivenessLevel, Means, Order, Policy, Pose, Reason,
    State,
};

/// What a sitting came to.
#[derive(Debug, Clone, PartialEq)]
pub enum End {
    /// Three captures went together.
    Enrolled(Box<Template>),
    /// They did not, or did not come.
    NotEnrolled(Reason),
    /// What the kiosk would have done, and why where it would not have let in.
    Presented(Outcome, Option<Reason>),
}

/// Somebody, or something, before the camera.
pub struct Sitting {
    kiosk: Kiosk,
    policy: Policy,
    /// Who can be recognized.
    testers: Gallery,
    order: Option<Order>,
    began: Duration,
    end: Option<End>,
}

/// The level that is tested where this one is chosen: a PIN is no sign of life.
pub fn level_of(level: LivenessLevel) -> LivenessLevel {
    level.min(LivenessLevel::Active)
}

impl Sitting {
    /// A tester is enrolled, for the length of the self-test.
    pub fn enrolling(policy: &Policy, now: Duration) -> Self {
        let mut sitting = Self::with(policy.clone(), Gallery::default(), None, now);
        // Nobody reads who it is: it is gone with the sitting.
        let form = Form { name: "Tester".into(), email: "tester@example.org".into(), ..Form::default() };
        let nothing = Consent { digest: String::new(), version: String::new(), language: String::new() };
        let steps = [Event::RegistrationRequested, Event::FormChanged(form), Event::Submitted, Event::Agreed(nothing)];
        for event in steps {
            sitting.take(event, now);
        }
        sitting
    }

    /// Somebody comes to sign in at this level, or holds something before the camera, where these can be recognized; `order` is
    /// that of the challenge, where one is asked for.
    pub fn presenting(policy: &Policy, level: LivenessLevel, testers: Gallery, order: Order, now: Duration) -> Self {
        let policy = Policy { liveness: level_of(level), ..policy.clone() };
        let mut sitting = Self::with(policy, testers, Some(order), now);
        sitting.take(Event::SignInRequested, now);
        sitting
    }

    fn with(policy: Policy, testers: Gallery, order: Option<Order>, now: Duration) -> Self {
        // By the face alone: whether it may is what is asked here.
        let policy = Policy { sign_in: Means::Face, enrollment: EnrollmentBy::Anybody, face_unproven: false, ..policy };
        Self { kiosk: Kiosk::at_home(now), policy, testers, order, began: now, end: None }
    }

    /// Where the kiosk stands.
    pub fn state(&self) -> &State {
        self.kiosk.state()
    }

    /// What signs of life are looked for in the frames.
    pub fn detail(&self) -> Option<Detail> {
        self.state().detail(&self.policy)
    }

    /// What somebody is asked to do now.
    pub fn asks(&self) -> Option<Ask> {
        match self.state() {
            State::Enrolling(enrolling) => Some(match enrolling.pose() {
                Pose::Ahead => Ask::Ahead,
                Pose::Left => Ask::Turn(Turn::Left),
                Pose::Right => Ask::Turn(Turn::Right),
            }),
            state => state.asks(),
        }
    }

    /// Why the last frame did not help.
    pub fn hint(&self) -> Option<Reason> {
        match self.state() {
            State::Enrolling(enrolling) => enrolling.hint,
            State::Identifying(identifying) => identifying.hint,
            State::Challenging(challenging) => challenging.hint,
            _ => None,
        }
    }

    /// When it began.
    pub fn began(&self) -> Duration {
        self.began
    }

    /// What it came to, once it has.
    pub fn end(&self) -> Option<&End> {
        self.end.as_ref()
    }

    /// Takes in what was seen.
    pub fn observe(&mut self, seen: Observation, now: Duration) {
        self.take(Event::Observed(Box::new(seen)), now);
    }

    /// Takes in what is wrong with the camera, as the kiosk does.
    pub fn camera_changed(&mut self, trouble: Option<Trouble>, now: Duration) {
        if trouble != self.kiosk.trouble() {
            self.take(Event::CameraChanged(trouble), now);
        }
    }

    /// Takes in the passing of time.
    pub fn tick(&mut self, now: Duration) {
        self.take(Event::Tick, now);
    }

    fn take(&mut self, event: Event, now: Duration) {
        let mut events = vec![event];
        while let Some(event) = events.pop() {
            if self.end.is_some() {
                return;
            }
            let kiosk = std::mem::replace(&mut self.kiosk, Kiosk::at_home(now));
            let (kiosk, effects) = kiosk.step(event, now, &self.policy);
            self.kiosk = kiosk;
            for effect in effects {
                events.extend(self.answer(effect));
            }
        }
        self.end = self.end.take().or_else(|| self.settled());
    }

    /// What a desk would answer. What it would keep is not kept.
    fn answer(&mut self, effect: Effect) -> Option<Event> {
        match effect {
            Effect::CheckAddress(_) => Some(Event::AddressFree),
            Effect::Search { probe } => {
                let (best, runner_up) = self.testers.search(&probe);
                Some(Event::Searched { best, runner_up, gallery: self.testers.len() })
            }
            Effect::DrawOrder => self.order.map(Event::OrderDrawn),
            Effect::OpenSession { .. } => {
                self.end = Some(End::Presented(Outcome::Passed, None));
                None
            }
            Effect::NoteDecline(decline) => {
                let end = self.declined(decline);
                self.end.get_or_insert(end);
                None
            }
            _ => None,
        }
    }

    fn declined(&self, Decline { reason, .. }: Decline) -> End {
        if self.order.is_none() {
            return End::NotEnrolled(reason);
        }
        let outcome = match reason {
            Reason::PhotoSuspected => Outcome::Refused,
            Reason::LivenessUnclear => Outcome::NoVerdict,
            Reason::NotRecognized | Reason::Ambiguous => Outcome::NotRecognized,
            _ => Outcome::NotSeen,
        };
        End::Presented(outcome, Some(reason))
    }

    /// Where the state itself says that it is over.
    fn settled(&self) -> Option<End> {
        match self.state() {
            State::Reviewing { enrollment, .. } => Some(End::Enrolled(Box::new(enrollment.template.clone()))),
            // The kiosk has gone home: nobody was there.
            State::Home if self.order.is_none() => Some(End::NotEnrolled(Reason::TimedOut)),
            State::Home => Some(End::Presented(Outcome::NotSeen, Some(Reason::TimedOut))),
            _ => None,
        }
    }
}
