//! PINs: one instead of the face or beside it, and those of the operators. Whether one is right the shell says; how often
//! somebody may try `attempts` does.

use std::time::Duration;

use super::state::{Decline, Effect, Event, Notice, OperatorPage, Purpose, SignedIn, State, Wanted};
use super::step::{Next, ends_session, held_back, overview, session_over, sign_in_declined, store, to};
use super::{Enrollment, Form, LivenessLevel, Newcomer, Reason};
use crate::biometrics::{ComparisonScore, Match, UserId};
use crate::person::{Digits, EmailAddress, Pin, PinError};

/// A PIN that is being typed.
#[derive(Debug, Clone, PartialEq)]
pub struct PinEntry {
    /// Which one, and what for.
    pub ask: PinAsk,
    /// What stands there so far.
    pub typed: Digits,
    /// What was wrong with what stood there before.
    pub trouble: Option<PinTrouble>,
    /// Whether the shell is about to answer.
    checking: bool,
}

/// Which PIN is asked for, and what for.
#[derive(Debug, Clone, PartialEq)]
pub enum PinAsk {
    /// That of the account with this address, to sign in.
    SignIn(EmailAddress),
    /// That of whoever was recognized, with these signs of life.
    AfterFace(Match, LivenessLevel),
    /// The operator's.
    Operator(Way),
    /// A new one.
    Choose(Chooser),
    /// The new one once more, which is this.
    Repeat(Chooser, Pin),
}

/// Who chooses a PIN.
#[derive(Debug, Clone, PartialEq)]
pub enum Chooser {
    /// The operator, who has none yet.
    Operator(Way),
    /// Somebody who registers, with the face or without.
    Newcomer {
        /// Who.
        newcomer: Newcomer,
        /// What was shown and confirmed of the face.
        enrollment: Option<Box<Enrollment>>,
    },
    /// Whoever is signed in.
    Own(SignedIn),
}

/// What an operator was asked for on the way to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// A page of the operator's.
    Page(OperatorPage),
    /// The registration of somebody.
    Registration,
}

/// What was wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PinTrouble {
    /// With what was typed.
    Unfit(PinError),
    /// Two different ones.
    NotTheSame,
    /// As the shell says.
    Refused(Reason),
}

/// Whose a PIN should be.
#[derive(Debug, Clone, PartialEq)]
pub enum PinOf {
    /// Of the account with this address.
    Address(EmailAddress),
    /// Of this user.
    User(UserId),
    /// Of an operator.
    Operator,
}

/// By what somebody signs in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Proof {
    /// The score of the face; none where it was not looked at.
    pub score: Option<ComparisonScore>,
    /// Whether the PIN was right.
    pub pin: bool,
    /// What signs of life the face gave, at most [`LivenessLevel::Active`].
    pub liveness: LivenessLevel,
}

impl Proof {
    /// A PIN, and nothing else.
    pub fn by_pin() -> Self {
        Self { score: None, pin: true, liveness: LivenessLevel::Off }
    }
}

impl PinEntry {
    /// Nothing is typed yet.
    pub fn new(ask: PinAsk) -> Self {
        Self { ask, typed: Digits::default(), trouble: None, checking: false }
    }

    fn with_trouble(ask: PinAsk, trouble: PinTrouble) -> State {
        State::Pin(Self { trouble: Some(trouble), ..Self::new(ask) })
    }

    /// What was typed goes to the shell; it answers.
    fn asked(self, effect: Effect) -> Next {
        (State::Pin(Self { checking: true, ..self }), vec![effect])
    }
}

/// Asks for the operator's PIN; where there is none, for a new one.
pub(super) fn ask_operator(way: Way) -> Next {
    (State::Pin(PinEntry::new(PinAsk::Operator(way))), vec![Effect::LookUpPin(PinOf::Operator)])
}

/// The address of whoever signs in with a PIN.
pub(super) fn address(form: Form, event: Event) -> Next {
    match event {
        Event::FormChanged(changed) => to(State::PinAddress(Form { refused: None, ..changed })),
        Event::Submitted => match form.email() {
            Ok(email) => to(State::Pin(PinEntry::new(PinAsk::SignIn(email)))),
            Err(_) => to(State::PinAddress(Form { submitted: true, ..form })),
        },
        Event::Canceled | Event::WentBack => to(State::Home),
        _ => to(State::PinAddress(form)),
    }
}

/// What comes to pass while a PIN is being typed.
pub(super) fn step(entry: PinEntry, event: Event, now: Duration) -> Next {
    match event {
        Event::PinChanged(typed) if !entry.checking => to(State::Pin(PinEntry { typed, trouble: None, ..entry })),
        Event::Submitted if !entry.checking => submitted(entry),
        Event::WentBack => to(back(entry.ask)),
        Event::Canceled => to(match entry.ask {
            PinAsk::Choose(Chooser::Own(session)) | PinAsk::Repeat(Chooser::Own(session), _) => overview(session, None),
            _ => State::Home,
        }),
        Event::PinMissing if !entry.checking => match entry.ask {
            PinAsk::Operator(way) => to(State::Pin(PinEntry::new(PinAsk::Choose(Chooser::Operator(way))))),
            PinAsk::AfterFace(..) => sign_in_declined(Decline::of(Reason::PinNotSet)),
            ask => to(State::Pin(PinEntry { ask, ..entry })),
        },
        event if entry.checking => answered(entry, event, now),
        _ => to(State::Pin(entry)),
    }
}

fn submitted(entry: PinEntry) -> Next {
    let pin = match entry.typed.pin() {
        Ok(pin) => pin,
        Err(error) => return to(State::Pin(PinEntry { trouble: Some(PinTrouble::Unfit(error)), ..entry })),
    };
    match entry.ask.clone() {
        PinAsk::SignIn(email) => entry.asked(Effect::CheckPin { whose: PinOf::Address(email), pin }),
        PinAsk::AfterFace(best, _) => entry.asked(Effect::CheckPin { whose: PinOf::User(best.user), pin }),
        PinAsk::Operator(_) => entry.asked(Effect::CheckPin { whose: PinOf::Operator, pin }),
        PinAsk::Choose(chooser) => to(match pin.is_fit_to_be_chosen() {
            Ok(()) => State::Pin(PinEntry::new(PinAsk::Repeat(chooser, pin))),
            Err(error) => PinEntry::with_trouble(PinAsk::Choose(chooser), PinTrouble::Unfit(error)),
        }),
        PinAsk::Repeat(chooser, first) if pin != first => {
            to(PinEntry::with_trouble(PinAsk::Choose(chooser), PinTrouble::NotTheSame))
        }
        PinAsk::Repeat(Chooser::Newcomer { newcomer, enrollment }, pin) => store(newcomer, enrollment, Some(pin)),
        PinAsk::Repeat(Chooser::Operator(_), pin) => entry.asked(Effect::SetOperatorPin(pin)),
        PinAsk::Repeat(Chooser::Own(_), pin) => entry.asked(Effect::SetPin(pin)),
    }
}

/// The shell has answered.
fn answered(entry: PinEntry, event: Event, now: Duration) -> Next {
    match (entry.ask.clone(), event) {
        (PinAsk::SignIn(_), Event::PinRight(Some(user))) => opening(user, Proof::by_pin()),
        (PinAsk::AfterFace(best, liveness), Event::PinRight(Some(user))) if user == best.user => {
            opening(user, Proof { score: Some(best.score), pin: true, liveness })
        }
        (PinAsk::Operator(way), Event::PinRight(None)) | (PinAsk::Repeat(Chooser::Operator(way), _), Event::PinSet) => {
            to(arrived(way))
        }
        (PinAsk::Repeat(Chooser::Own(session), _), Event::PinSet) => to(overview(session, Some(Notice::PinSet))),
        (PinAsk::SignIn(_) | PinAsk::AfterFace(..), Event::HeldBack(left)) => held_back(left, Wanted::SignIn, now),
        (PinAsk::Operator(way), Event::HeldBack(left)) => held_back(left, Wanted::Operator(way), now),
        (PinAsk::Repeat(Chooser::Own(_), _), Event::Refused(reason)) if ends_session(reason) => session_over(reason),
        // Somebody else was faster to choose one.
        (PinAsk::Repeat(Chooser::Operator(way), _), Event::Refused(_)) => ask_operator(way),
        (PinAsk::SignIn(_) | PinAsk::AfterFace(..), Event::Refused(reason)) if reason != Reason::PinWrong => {
            sign_in_declined(Decline::of(reason))
        }
        (ask, Event::Refused(reason)) => to(PinEntry::with_trouble(ask, PinTrouble::Refused(reason))),
        _ => to(State::Pin(entry)),
    }
}

fn opening(user: UserId, proof: Proof) -> Next {
    (State::OpeningSession { user, proof }, vec![Effect::OpenSession { user, proof }])
}

/// Where an operator was on the way to.
fn arrived(way: Way) -> State {
    match way {
        Way::Page(page) => State::Operator { page, removing: None },
        Way::Registration => State::Details(Form::default()),
    }
}

/// Where one was before.
fn back(ask: PinAsk) -> State {
    match ask {
        PinAsk::SignIn(email) => State::PinAddress(Form { email: email.as_str().into(), ..Form::default() }),
        PinAsk::AfterFace(..) | PinAsk::Operator(_) | PinAsk::Choose(Chooser::Operator(_)) => State::Home,
        PinAsk::Choose(Chooser::Newcomer { newcomer, enrollment: Some(enrollment) }) => {
            State::Reviewing { purpose: Purpose::New(newcomer), enrollment }
        }
        PinAsk::Choose(Chooser::Newcomer { newcomer, enrollment: None }) => State::Details(newcomer.form()),
        PinAsk::Choose(Chooser::Own(session)) => overview(session, None),
        PinAsk::Repeat(chooser, _) => State::Pin(PinEntry::new(PinAsk::Choose(chooser))),
    }
}
