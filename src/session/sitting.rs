//! One presentation before the kiosk's own decisions: the state machine that visitors meet, with people who are in memory alone
//! behind it. What it asks of a desk is answered here, so that no account, no log, no session and no wait comes of it. Self-tests
//! and simulations are made of these.

use std::collections::VecDeque;
use std::time::Duration;

use super::{
    Ask, Consent, Decline, Effect, EnrollmentBy, Event, Form, Kiosk, LivenessLevel, Means, Order, Policy, Pose, Reason,
    State,
};
use crate::biometrics::liveness::{Detail, Turn};
use crate::biometrics::{Gallery, Observation, Template};
use crate::camera::Trouble;

/// What a sitting came to.
#[derive(Debug, Clone, PartialEq)]
pub enum End {
    /// Three captures went together.
    Enrolled(Box<Template>),
    /// A session would have been opened.
    LetIn,
    /// The kiosk declined.
    Declined(Decline),
    /// The kiosk has gone home: nobody was there.
    Left,
}

impl End {
    /// What the kiosk said, where it declined.
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::Enrolled(_) | Self::LetIn => None,
            Self::Declined(decline) => Some(decline.reason),
            Self::Left => Some(Reason::TimedOut),
        }
    }
}

/// Somebody, or something, before the camera.
pub struct Sitting {
    kiosk: Kiosk,
    policy: Policy,
    /// Who can be recognized.
    gallery: Gallery,
    order: Option<Order>,
    began: Duration,
    end: Option<End>,
}

impl Sitting {
    /// Somebody is enrolled, as at a registration.
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

    /// Somebody comes to sign in, or holds something before the camera, where these can be recognized; `order` is that of the
    /// challenge, where one is asked for. A PIN is no sign of life, and not asked for.
    pub fn presenting(policy: &Policy, level: LivenessLevel, gallery: Gallery, order: Order, now: Duration) -> Self {
        let policy = Policy { liveness: level.signs_of_life(), ..policy.clone() };
        let mut sitting = Self::with(policy, gallery, Some(order), now);
        sitting.take(Event::SignInRequested, now);
        sitting
    }

    fn with(policy: Policy, gallery: Gallery, order: Option<Order>, now: Duration) -> Self {
        // By the face alone: whether it may is what is asked here.
        let policy = Policy { sign_in: Means::Face, enrollment: EnrollmentBy::Anybody, face_unproven: false, ..policy };
        Self { kiosk: Kiosk::at_home(now), policy, gallery, order, began: now, end: None }
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
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
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
                let (best, runner_up) = self.gallery.search(&probe);
                Some(Event::Searched { best, runner_up, gallery: self.gallery.len() })
            }
            Effect::DrawOrder => self.order.map(Event::OrderDrawn),
            Effect::OpenSession { .. } => {
                self.end.get_or_insert(End::LetIn);
                None
            }
            Effect::NoteDecline(decline) => {
                self.end.get_or_insert(End::Declined(decline));
                None
            }
            _ => None,
        }
    }

    /// Where the state itself says that it is over.
    fn settled(&self) -> Option<End> {
        match self.state() {
            State::Reviewing { enrollment, .. } => Some(End::Enrolled(Box::new(enrollment.template.clone()))),
            State::Home => Some(End::Left),
            _ => None,
        }
    }
}
