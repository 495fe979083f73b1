//! Where the kiosk can stand, what can come to pass, and what can be asked of the shell.

use std::time::Duration;

use super::capturing::{Challenging, Enrolling, Identifying};
use super::liveness::{Ask, Challenge, Order};
use super::pin::{Chooser, Holds, PinAsk, PinEntry, PinOf, Proof};
use super::{Consent, Enrollment, EnrollmentLiveness, Form, LivenessLevel, Miss, Newcomer, Policy, Reason};
use crate::biometrics::liveness::{Cue, Detail};
use crate::biometrics::{ComparisonScore, Embedding, Match, Observation, UserId};
use crate::camera::Trouble;
use crate::person::{Digits, EmailAddress, PersonName, Pin};

/// Where the kiosk stands. Times are those of the monotonic clock that a step is given.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// Nobody is served; the camera is off.
    Home,
    /// Register, step 1: name and address are being typed.
    Details(Form),
    /// The address is being looked up.
    CheckingAddress(Form),
    /// The person reads what will be done with the face, and agrees, or does not.
    Consenting(Form),
    /// Register, step 2: captures are being taken.
    Enrolling(Enrolling),
    /// Three captures go together; the person looks at what will be stored.
    Reviewing {
        /// Whose face it is.
        purpose: Purpose,
        /// What would be stored.
        enrollment: Box<Enrollment>,
    },
    /// The enrollment is on its way to the disk.
    Storing(Purpose),
    /// The enrollment is stored.
    Enrolled {
        /// The new user.
        user: UserId,
        /// As the person gave it.
        name: PersonName,
    },
    /// Sign in by a PIN: the address is being typed.
    PinAddress(Form),
    /// A PIN is being typed.
    Pin(PinEntry),
    /// A good frame is awaited.
    Identifying(Identifying),
    /// The gallery is being searched; for the face of whoever is to be asked to move then, where somebody is.
    Searching(Option<Box<Embedding>>),
    /// Whoever was recognized is asked to move.
    Challenging(Challenging),
    /// The session is being opened.
    OpeningSession {
        /// Whose.
        user: UserId,
        /// By what.
        proof: Proof,
    },
    /// The profile is open.
    SignedIn(SignedIn),
    /// All that was held of the person is gone.
    Removed,
    /// The answer was no.
    Declined {
        /// Why.
        reason: Reason,
        /// What was wanted, and can be tried again.
        wanted: Wanted,
        /// When it can be tried again, where that is not at once.
        retry_at: Option<Duration>,
    },
    /// Somebody who runs the kiosk looks after it.
    Operator {
        /// What is looked at.
        page: OperatorPage,
        /// The person who is to be removed, once that is confirmed.
        removing: Option<UserId>,
        /// Whether the operator's PIN has just been changed, which is said.
        pin_changed: bool,
    },
}

/// Whose face is captured.
#[derive(Debug, Clone, PartialEq)]
pub enum Purpose {
    /// Somebody new.
    New(Newcomer),
    /// Somebody who is signed in, and whose template is to be replaced.
    Renewal(SignedIn),
}

/// An open profile.
#[derive(Debug, Clone, PartialEq)]
pub struct SignedIn {
    /// Whose.
    pub user: UserId,
    /// Until when.
    pub until: Duration,
    /// By what the account can be opened.
    pub holds: Holds,
    /// What is shown of it.
    pub page: ProfilePage,
}

/// What is shown of a profile.
#[derive(Debug, Clone, PartialEq)]
pub enum ProfilePage {
    /// All of it, and what has just been done.
    Overview(Option<Notice>),
    /// Name and address are being changed.
    Editing(Form),
    /// When the account was used, and what was changed of it.
    History,
    /// What was agreed to is over, or has changed: the person agrees anew, or does not.
    Agreeing,
    /// The person is asked whether everything is really to be deleted.
    ConfirmingRemoval {
        /// Whether what was agreed to still holds.
        agreed: bool,
    },
}

/// What has just been done, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// Name or address are changed.
    Saved,
    /// The template is replaced.
    Renewed,
    /// The account has a PIN, or another one.
    PinSet,
    /// The template is not replaced.
    NotRenewed(Reason),
}

/// What a person wanted who was declined.
#[derive(Debug, Clone, PartialEq)]
pub enum Wanted {
    /// To sign in.
    SignIn,
    /// To enroll, with what was typed.
    Enrollment(Form),
    /// To be let in as an operator.
    Operator(super::Way),
}

/// The operator's pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperatorPage {
    /// Who is enrolled.
    People,
    /// Which camera, and what it sees.
    Camera,
    /// By what is decided.
    Decisions,
    /// Name of the place, language, appearance.
    Place,
    /// What is well and what is not.
    Health,
}

impl OperatorPage {
    /// All of them, in the order of their tabs.
    pub const ALL: [Self; 5] = [Self::People, Self::Camera, Self::Decisions, Self::Place, Self::Health];
}

/// What came to pass.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Somebody wants to register.
    RegistrationRequested,
    /// Something was typed.
    FormChanged(Form),
    /// What was typed is meant.
    Submitted,
    /// Nobody has the address yet.
    AddressFree,
    /// The person agrees to what was shown.
    Agreed(Consent),
    /// Somebody wants to register without a face.
    WithoutFace,
    /// Somebody wants to sign in with a PIN.
    PinSignInRequested,
    /// Digits were typed.
    PinChanged(Digits),
    /// It is the PIN of this user; of nobody enrolled where it is an operator's.
    PinRight(Option<UserId>),
    /// There is no such PIN yet.
    PinMissing,
    /// The PIN is kept.
    PinSet,
    /// What is shown in review may be stored.
    Confirmed,
    /// The captures are to be taken again; or what was declined is to be tried again.
    Retried,
    /// One step back.
    WentBack,
    /// Somebody wants to sign in.
    SignInRequested,
    /// A frame was looked at.
    Observed(Box<Observation>),
    /// The camera is in trouble, or out of it.
    CameraChanged(Option<Trouble>),
    /// The enrollment is on the disk.
    Stored {
        /// The new user.
        user: UserId,
    },
    /// The template is replaced.
    Renewed,
    /// What was asked of the shell was refused.
    Refused(Reason),
    /// Too often somebody was not recognized: nothing is searched for so long.
    HeldBack(Duration),
    /// The gallery was searched: the closest person and the closest other person.
    Searched {
        /// The closest.
        best: Option<Match>,
        /// The closest other.
        runner_up: Option<Match>,
        /// References searched.
        gallery: usize,
    },
    /// The order of a challenge is drawn.
    OrderDrawn(Order),
    /// The token is issued.
    SessionOpened {
        /// When it ends.
        until: Duration,
        /// Whether what the person has agreed to still holds.
        agreed: bool,
        /// By what the account can be opened.
        holds: Holds,
    },
    /// The signed-in person wants to know when the account was used.
    HistoryRequested,
    /// The signed-in person wants a PIN, or another one; or the operator does.
    PinChangeRequested,
    /// The signed-in person wants to change name or address, which are these.
    EditRequested(Form),
    /// They are changed.
    Updated,
    /// The signed-in person wants a new template.
    RenewalRequested,
    /// The signed-in person wants to be deleted.
    RemovalRequested,
    /// And means it; so does an operator.
    RemovalConfirmed,
    /// It is done.
    Removed,
    /// The operator turned to a page.
    OperatorRequested(OperatorPage),
    /// The operator wants to remove somebody.
    OperatorRemoves(UserId),
    /// The operator registers somebody who only looks like a person enrolled.
    LookAlikeRegistered,
    /// The person wants to stop, or to sign out.
    Canceled,
    /// The person is there, and needs more time.
    Touched,
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
    /// Look the address up; answer with [`Event::AddressFree`] or [`Event::Refused`].
    CheckAddress(EmailAddress),
    /// Store, whole or not at all; answer with [`Event::Stored`] or [`Event::Refused`].
    Store {
        /// Who.
        newcomer: Newcomer,
        /// The face, unless it is done without.
        enrollment: Option<Box<Enrollment>>,
        /// The PIN, where one was chosen.
        pin: Option<Pin>,
    },
    /// See whether there is such a PIN; answer with [`Event::PinMissing`] where there is none.
    LookUpPin(PinOf),
    /// Answer with [`Event::PinRight`], [`Event::Refused`], or [`Event::HeldBack`].
    CheckPin {
        /// Whose it should be.
        whose: PinOf,
        /// What was typed.
        pin: Pin,
    },
    /// Keep it as the operator's first; answer with [`Event::PinSet`] or [`Event::Refused`].
    SetOperatorPin(Pin),
    /// Keep it as the operator's in place of the one before; answer with [`Event::PinSet`] or [`Event::Refused`].
    ChangeOperatorPin(Pin),
    /// Keep it for whoever holds the token; answer with [`Event::PinSet`] or [`Event::Refused`].
    SetPin(Pin),
    /// Keep what whoever holds the token has agreed to; answer with [`Event::Updated`] or [`Event::Refused`].
    Agree(Consent),
    /// Replace the template of whoever holds the token; answer with [`Event::Renewed`] or [`Event::Refused`].
    Renew(Box<Enrollment>),
    /// Search the gallery; answer with [`Event::Searched`].
    Search {
        /// Whom for.
        probe: Box<Embedding>,
    },
    /// Issue a token; answer with [`Event::SessionOpened`] or [`Event::Refused`].
    OpenSession {
        /// Whose.
        user: UserId,
        /// By what.
        proof: Proof,
    },
    /// Forget the token.
    CloseSession,
    /// Change the profile of whoever holds the token; answer with [`Event::Updated`] or [`Event::Refused`].
    UpdateProfile {
        /// Name.
        name: PersonName,
        /// Address.
        email: EmailAddress,
    },
    /// Delete all of whoever holds the token; answer with [`Event::Removed`] or [`Event::Refused`].
    RemoveSelf,
    /// Delete all of somebody, whom the operator no longer sees in the list then.
    RemoveUser(UserId),
    /// Draw the order of a challenge; answer with [`Event::OrderDrawn`].
    DrawOrder,
    /// Note that somebody who was recognized has left where the PIN was asked for.
    NoteLeft(Match),
    /// Note that somebody was declined.
    NoteDecline(Decline),
}

/// That somebody was declined, for the log.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decline {
    /// Why.
    pub reason: Reason,
    /// Whose account it was, where somebody was recognized before.
    pub user: Option<UserId>,
    /// The best score, where there was one.
    pub score: Option<ComparisonScore>,
    /// How close it came, where it was a try to sign in.
    pub miss: Option<Miss>,
    /// By which sign of life, or for want of it.
    pub cue: Option<Cue>,
}

impl Decline {
    /// For this reason, and no more is known.
    pub fn of(reason: Reason) -> Self {
        Self { reason, user: None, score: None, miss: None, cue: None }
    }
}

impl State {
    /// A page of the operator's, as whoever comes to it finds it.
    pub(super) fn operator(page: OperatorPage) -> Self {
        Self::Operator { page, removing: None, pin_changed: false }
    }

    /// Whether frames are awaited: the camera is on in exactly these states.
    pub fn wants_camera(&self) -> bool {
        matches!(
            self,
            Self::Enrolling(_)
                | Self::Identifying(_)
                | Self::Searching(Some(_))
                | Self::Challenging(_)
                | Self::Operator { page: OperatorPage::Camera, .. }
        )
    }

    /// What signs of life are looked for in the frames.
    pub fn detail(&self, policy: &Policy) -> Option<Detail> {
        match self {
            Self::Challenging(_) => Some(Detail::Active),
            Self::Enrolling(_) if policy.enrollment_liveness == EnrollmentLiveness::Passive => Some(Detail::Passive),
            Self::Identifying(_) if policy.liveness != LivenessLevel::Off => Some(Detail::Passive),
            _ => None,
        }
    }

    /// What somebody is asked to do now, as a sign of life.
    pub fn asks(&self) -> Option<Ask> {
        match self {
            Self::Challenging(challenging) => challenging.challenge.as_ref().map(Challenge::asks),
            _ => None,
        }
    }

    /// Whether a session is open.
    pub(super) fn has_session(&self) -> bool {
        self.session().is_some()
    }

    /// Whether the shell may hold a token: a session is open, or about to be.
    pub(super) fn may_hold_token(&self) -> bool {
        self.has_session() || matches!(self, Self::OpeningSession { .. })
    }

    /// The session of a state that has one.
    pub(super) fn session(&self) -> Option<&SignedIn> {
        match self {
            Self::SignedIn(session)
            | Self::Enrolling(Enrolling { purpose: Purpose::Renewal(session), .. })
            | Self::Reviewing { purpose: Purpose::Renewal(session), .. }
            | Self::Storing(Purpose::Renewal(session)) => Some(session),
            Self::Pin(PinEntry {
                ask:
                    PinAsk::Own(session, _)
                    | PinAsk::Choose(Chooser::Own(session, _))
                    | PinAsk::Repeat(Chooser::Own(session, _), _),
                ..
            }) => Some(session),
            _ => None,
        }
    }
}
