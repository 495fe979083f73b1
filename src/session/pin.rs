//! PINs: one instead of the face or beside it, and those of the operators. Whether one is right the shell says; how often
//! somebody may try `attempts` does.

use std::time::Duration;

use super::state::{Decline, Effect, Event, Notice, OperatorPage, ProfilePage, Purpose, SignedIn, State, Wanted};
use super::step::{Next, ends_session, held_back, left_as_it_was, overview, session_over, sign_in_declined, store, to};
use super::{Enrolling, Enrollment, Form, Guard, Guards, LivenessLevel, Newcomer, Policy, Reason};
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
    /// That of whoever is signed in, on the way to this.
    Own(SignedIn, Errand),
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
    /// Whoever is signed in, on the way to this.
    Own(SignedIn, Errand),
}

/// What somebody who is signed in wants to do with the account.
#[derive(Debug, Clone, PartialEq)]
pub enum Errand {
    /// The PIN.
    Pin,
    /// The template.
    Face,
    /// Name and address, which are these.
    Details(Form),
    /// All of it: it is to be gone.
    Removal,
    /// To see when it was used.
    History,
}

impl Guards {
    /// What is given before this.
    fn of(self, errand: &Errand) -> Guard {
        match errand {
            Errand::Pin | Errand::Face | Errand::Details(_) => self.changes,
            Errand::Removal => self.removal,
            Errand::History => self.history,
        }
    }
}

/// By what the account of somebody who is signed in can be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Holds {
    /// It has a template.
    pub face: bool,
    /// It has a PIN,
    pub pin: bool,
    /// which was given in this session, to open it or since.
    pub pin_given: bool,
}

/// What an operator was asked for on the way to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// A page of the operator's.
    Page(OperatorPage),
    /// The registration of somebody.
    Registration,
    /// Another PIN of the operator's, who is let in already.
    NewPin,
}

/// What was wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PinTrouble {
    /// With what was typed.
    Unfit(PinError),
    /// Two different ones.
    NotTheSame,
    /// It is that of the other role.
    OfAuditor,
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
    /// Of whoever holds the token.
    Session,
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

/// Where another PIN of the operator's is asked for.
pub(super) const PAGE_OF_PIN: OperatorPage = OperatorPage::Place;

fn choose_operator_pin(way: Way) -> State {
    State::Pin(PinEntry::new(PinAsk::Choose(Chooser::Operator(way))))
}

/// Asks for the operator's PIN; where there is none, for a new one.
pub(super) fn ask_operator(way: Way) -> Next {
    (State::Pin(PinEntry::new(PinAsk::Operator(way))), vec![Effect::LookUpPin(PinOf::Operator)])
}

/// Whoever is signed in goes to do something with the account: past the PIN, where what opens the account is to be changed and there is
/// one, or a session that was left open would be a way to make the account somebody else's; and where the operator wants it.
pub(super) fn set_out(session: SignedIn, errand: Errand, now: Duration, policy: &Policy) -> Next {
    let Holds { face, pin, pin_given } = session.holds;
    let opens = errand == Errand::Pin || errand == Errand::Face && !face;
    let wanted = policy.guards.of(&errand) == Guard::WithPin && !pin_given;
    to(if pin && (opens || wanted) {
        State::Pin(PinEntry::new(PinAsk::Own(session, errand)))
    } else if wanted {
        State::Pin(PinEntry::new(PinAsk::Choose(Chooser::Own(session, errand))))
    } else {
        arrive(session, errand, now)
    })
}

/// Nothing is in the way.
fn arrive(session: SignedIn, errand: Errand, now: Duration) -> State {
    let page = match errand {
        Errand::Pin => return State::Pin(PinEntry::new(PinAsk::Choose(Chooser::Own(session, Errand::Pin)))),
        Errand::Face => return State::Enrolling(Enrolling::begin(Purpose::Renewal(session), now)),
        Errand::Details(form) => ProfilePage::Editing(form),
        Errand::History => ProfilePage::History,
        Errand::Removal => ProfilePage::ConfirmingRemoval { agreed: session.page != ProfilePage::Agreeing },
    };
    State::SignedIn(SignedIn { page, ..session })
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
            PinAsk::Own(session, _)
            | PinAsk::Choose(Chooser::Own(session, _))
            | PinAsk::Repeat(Chooser::Own(session, _), _) => left_as_it_was(session),
            _ => State::Home,
        }),
        Event::PinMissing if !entry.checking => match entry.ask {
            PinAsk::Operator(way) => to(choose_operator_pin(way)),
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
        PinAsk::Own(..) => entry.asked(Effect::CheckPin { whose: PinOf::Session, pin }),
        PinAsk::Choose(chooser) => to(match pin.is_fit_to_be_chosen() {
            Ok(()) => State::Pin(PinEntry::new(PinAsk::Repeat(chooser, pin))),
            Err(error) => PinEntry::with_trouble(PinAsk::Choose(chooser), PinTrouble::Unfit(error)),
        }),
        PinAsk::Repeat(chooser, first) if pin != first => {
            to(PinEntry::with_trouble(PinAsk::Choose(chooser), PinTrouble::NotTheSame))
        }
        PinAsk::Repeat(Chooser::Newcomer { newcomer, enrollment }, pin) => store(newcomer, enrollment, Some(pin)),
        PinAsk::Repeat(Chooser::Operator(Way::NewPin), pin) => entry.asked(Effect::ChangeOperatorPin(pin)),
        PinAsk::Repeat(Chooser::Operator(_), pin) => entry.asked(Effect::SetOperatorPin(pin)),
        PinAsk::Repeat(Chooser::Own(..), pin) => entry.asked(Effect::SetPin(pin)),
    }
}

/// The shell has answered.
fn answered(entry: PinEntry, event: Event, now: Duration) -> Next {
    match (entry.ask.clone(), event) {
        (PinAsk::SignIn(_), Event::PinRight(Some(user))) => opening(user, Proof::by_pin()),
        (PinAsk::AfterFace(best, liveness), Event::PinRight(Some(user))) if user == best.user => {
            opening(user, Proof { score: Some(best.score), pin: true, liveness })
        }
        (PinAsk::Operator(Way::NewPin), Event::PinRight(None)) => to(choose_operator_pin(Way::NewPin)),
        (PinAsk::Repeat(Chooser::Operator(Way::NewPin), _), Event::PinSet) => {
            to(State::Operator { page: PAGE_OF_PIN, removing: None, pin_changed: true })
        }
        (PinAsk::Operator(way), Event::PinRight(None)) | (PinAsk::Repeat(Chooser::Operator(way), _), Event::PinSet) => {
            to(arrived(way))
        }
        (PinAsk::Own(mut session, errand), Event::PinRight(Some(user))) if user == session.user => {
            session.holds.pin_given = true;
            to(arrive(session, errand, now))
        }
        (PinAsk::Repeat(Chooser::Own(mut session, errand), _), Event::PinSet) => {
            (session.holds.pin, session.holds.pin_given) = (true, true);
            to(match errand {
                Errand::Pin => overview(session, Some(Notice::PinSet)),
                errand => arrive(session, errand, now),
            })
        }
        // Whoever goes on guessing is no longer taken to be the one who signed in.
        (PinAsk::SignIn(_) | PinAsk::AfterFace(..) | PinAsk::Own(..), Event::HeldBack(left)) => {
            held_back(left, Wanted::SignIn, now)
        }
        // Whoever waits is no longer let in.
        (PinAsk::Operator(Way::NewPin), Event::HeldBack(left)) => {
            held_back(left, Wanted::Operator(Way::Page(PAGE_OF_PIN)), now)
        }
        (PinAsk::Operator(way), Event::HeldBack(left)) => held_back(left, Wanted::Operator(way), now),
        (PinAsk::Own(..) | PinAsk::Repeat(Chooser::Own(..), _), Event::Refused(reason)) if ends_session(reason) => {
            session_over(reason)
        }
        (PinAsk::Repeat(chooser @ Chooser::Operator(Way::NewPin), _), Event::Refused(_)) => {
            to(PinEntry::with_trouble(PinAsk::Choose(chooser), PinTrouble::OfAuditor))
        }
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
        Way::Page(page) => State::operator(page),
        Way::Registration => State::Details(Form::default()),
        Way::NewPin => State::operator(PAGE_OF_PIN),
    }
}

/// Where one was before.
fn back(ask: PinAsk) -> State {
    match ask {
        PinAsk::SignIn(email) => State::PinAddress(Form { email: email.as_str().into(), ..Form::default() }),
        PinAsk::Operator(Way::NewPin) | PinAsk::Choose(Chooser::Operator(Way::NewPin)) => arrived(Way::NewPin),
        PinAsk::AfterFace(..) | PinAsk::Operator(_) | PinAsk::Choose(Chooser::Operator(_)) => State::Home,
        PinAsk::Choose(Chooser::Newcomer { newcomer, enrollment: Some(enrollment) }) => {
            State::Reviewing { purpose: Purpose::New(newcomer), enrollment }
        }
        PinAsk::Choose(Chooser::Newcomer { newcomer, enrollment: None }) => State::Details(newcomer.form()),
        PinAsk::Own(session, _) | PinAsk::Choose(Chooser::Own(session, _)) => left_as_it_was(session),
        PinAsk::Repeat(chooser, _) => State::Pin(PinEntry::new(PinAsk::Choose(chooser))),
    }
}
