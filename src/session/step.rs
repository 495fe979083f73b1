//! The transitions, but for what holds in every state (`kiosk`).

use std::time::Duration;

use super::capturing::{Challenging, Enrolling, Identifying, declined};
use super::pin::{self, Chooser, Errand, PinAsk, PinEntry, PinOf, Proof, Way};
use super::state::{Decline, Effect, Event, Notice, OperatorPage, ProfilePage, Purpose, SignedIn, State, Wanted};
use super::{Decision, EnrollmentBy, Form, LivenessLevel, LookAlike, Means, Newcomer, Policy, Reason, identification};
use crate::biometrics::Match;

pub(super) type Next = (State, Vec<Effect>);

pub(super) fn to(state: State) -> Next {
    (state, vec![])
}

/// The next state, and what is to be done on the way to it. An event that does not belong to the state
/// changes nothing: a late frame, an answer after a cancel.
pub(super) fn step(state: State, event: Event, now: Duration, policy: &Policy) -> Next {
    match (state, event) {
        // Who is to wait does not get on by pressing.
        (state @ State::Declined { retry_at: Some(at), .. }, Event::Retried | Event::SignInRequested) if now < at => {
            to(state)
        }
        // What can be asked for wherever nobody is in the middle of something.
        (
            State::Home | State::Details(_) | State::Enrolled { .. } | State::Declined { .. } | State::Removed,
            Event::SignInRequested,
        ) => to(sign_in(now, policy)),
        (
            State::Home
            | State::Details(_)
            | State::Enrolled { .. }
            | State::Declined { .. }
            | State::Removed
            | State::Identifying(_)
            | State::Challenging(_),
            Event::PinSignInRequested,
        ) => to(State::PinAddress(Form::default())),
        (
            State::Home | State::Enrolled { .. } | State::Declined { .. } | State::Removed | State::Identifying(_),
            Event::RegistrationRequested,
        ) => match policy.enrollment {
            EnrollmentBy::Anybody => to(State::Details(Form::default())),
            EnrollmentBy::Operator => pin::ask_operator(Way::Registration),
        },
        (State::Home, Event::OperatorRequested(page)) => pin::ask_operator(Way::Page(page)),
        (State::Operator { .. }, Event::OperatorRequested(page)) => to(State::operator(page)),

        (
            state @ (State::Details(_)
            | State::CheckingAddress(_)
            | State::Consenting(_)
            | State::Reviewing { .. }
            | State::Storing(_)),
            event,
        ) => registering(state, event, now, policy),
        (State::Enrolling(enrolling), event) => capturing(enrolling, event, now, policy),
        (State::PinAddress(form), event) => pin::address(form, event),
        (State::Pin(entry), event) => pin::step(entry, event, now),
        (State::Identifying(identifying), Event::Observed(seen)) => identifying.observe(&seen, policy),
        (State::Identifying(identifying), Event::Tick)
            if now.saturating_sub(identifying.started) >= policy.identification_timeout =>
        {
            sign_in_declined(Decline::of(identifying.hint.unwrap_or(Reason::TimedOut)))
        }
        (State::Searching(known), Event::Searched { best, runner_up, gallery }) => {
            match (identification::decide(best, runner_up, gallery, policy), known) {
                (Decision::Recognized { best, .. }, Some(known)) => Challenging::begin(best, known, now),
                (Decision::Recognized { best, .. }, None) => recognized(best, policy.liveness, policy),
                (Decision::Declined { reason, score }, _) => {
                    let miss = Some(identification::miss(reason, score, gallery, policy));
                    sign_in_declined(Decline { score, miss, ..Decline::of(reason) })
                }
            }
        }
        (State::Searching(_), Event::HeldBack(left)) => held_back(left, Wanted::SignIn, now),
        (State::Challenging(challenging), Event::OrderDrawn(order)) => to(challenging.drawn(order, now)),
        (State::Challenging(challenging), Event::Observed(seen)) => challenging.observe(&seen, policy),
        (State::Challenging(challenging), Event::Tick) => challenging.tick(now, policy),
        (State::OpeningSession { user, .. }, Event::SessionOpened { until, agreed, holds }) => {
            let page = if agreed { ProfilePage::Overview(None) } else { ProfilePage::Agreeing };
            to(State::SignedIn(SignedIn { user, until, holds, page }))
        }
        // The desk, which decides it, has noted whose it was.
        (State::OpeningSession { .. }, Event::Refused(reason @ Reason::ConsentNeeded)) => session_over(reason),
        (State::OpeningSession { .. }, Event::Refused(reason)) => sign_in_declined(Decline::of(reason)),

        (State::SignedIn(session), event) => signed_in(session, event, now, policy),

        (State::Declined { wanted, .. }, Event::Retried) => match wanted {
            Wanted::SignIn => to(sign_in(now, policy)),
            Wanted::Enrollment(form) => to(consented(form, now, policy)),
            Wanted::Operator(way) => pin::ask_operator(way),
        },
        (State::Declined { wanted: Wanted::Enrollment(form), .. }, Event::WentBack) => to(State::Details(form)),

        (State::Operator { page: OperatorPage::Decisions, .. }, Event::LookAlikeRegistered) => {
            to(State::Details(Form { look_alike: LookAlike::Allowed, ..Form::default() }))
        }
        (State::Operator { page: pin::PAGE_OF_PIN, .. }, Event::PinChangeRequested) => pin::ask_operator(Way::NewPin),
        // Who sees the person says whether there is a face to be taken.
        (State::Operator { page: OperatorPage::People, .. }, Event::RegistrationRequested) => {
            to(State::Details(Form { excused: true, ..Form::default() }))
        }
        (State::Operator { page: OperatorPage::People, .. }, Event::OperatorRemoves(user)) => {
            to(State::Operator { page: OperatorPage::People, removing: Some(user), pin_changed: false })
        }
        (State::Operator { page, removing: Some(user), .. }, Event::RemovalConfirmed) => {
            (State::operator(page), vec![Effect::RemoveUser(user)])
        }
        (State::Operator { page, removing: Some(_), .. }, Event::WentBack) => to(State::operator(page)),

        (
            State::Identifying(_)
            | State::Challenging(_)
            | State::Enrolled { .. }
            | State::Declined { .. }
            | State::Removed
            | State::Operator { .. },
            Event::Canceled,
        ) => to(State::Home),
        (state, _) => to(state),
    }
}

/// Where somebody who wants to sign in begins.
fn sign_in(now: Duration, policy: &Policy) -> State {
    match policy.sign_in {
        Means::Face | Means::FaceAndPin => State::Identifying(Identifying::begin(now)),
        Means::Pin => State::PinAddress(Form::default()),
    }
}

/// Where somebody goes on whose address is free.
fn consented(form: Form, now: Duration, policy: &Policy) -> State {
    match form.newcomer() {
        None => State::Details(form),
        Some(Newcomer { consent: None, .. }) => State::Consenting(form),
        Some(newcomer) if policy.sign_in == Means::Pin => choose_pin(newcomer, None),
        Some(newcomer) => State::Enrolling(Enrolling::begin(Purpose::New(newcomer), now)),
    }
}

fn choose_pin(newcomer: Newcomer, enrollment: Option<Box<super::Enrollment>>) -> State {
    State::Pin(PinEntry::new(PinAsk::Choose(Chooser::Newcomer { newcomer, enrollment })))
}

/// Registration, but for the captures.
fn registering(state: State, event: Event, now: Duration, policy: &Policy) -> Next {
    match (state, event) {
        // What is typed does not say who may be enrolled, nor that anybody agreed.
        (State::Details(Form { look_alike, excused, consent, .. }), Event::FormChanged(form)) => {
            to(State::Details(Form { refused: None, look_alike, excused, consent, ..form }))
        }
        (State::Details(form), Event::Submitted) => {
            let form = Form { submitted: true, ..form };
            match form.person() {
                Some((_, email)) => (State::CheckingAddress(form), vec![Effect::CheckAddress(email)]),
                None => to(State::Details(form)),
            }
        }
        (State::CheckingAddress(form), Event::AddressFree) => to(consented(form, now, policy)),
        (State::CheckingAddress(form), Event::Refused(reason)) => {
            let note = Effect::NoteDecline(Decline::of(reason));
            (State::Details(Form { refused: Some(reason), ..form }), vec![note])
        }
        (State::Consenting(form), Event::Agreed(consent)) => {
            to(consented(Form { consent: Some(consent), ..form }, now, policy))
        }
        (State::Consenting(form), Event::WentBack) => to(State::Details(form)),
        (State::Reviewing { purpose, enrollment }, Event::Confirmed) => match purpose {
            Purpose::New(newcomer) if policy.wants_pin() => to(choose_pin(newcomer, Some(enrollment))),
            Purpose::New(newcomer) => store(newcomer, Some(enrollment), None),
            Purpose::Renewal(_) => (State::Storing(purpose), vec![Effect::Renew(enrollment)]),
        },
        (State::Reviewing { purpose, .. }, Event::Retried) => to(State::Enrolling(Enrolling::begin(purpose, now))),
        (State::Reviewing { purpose, .. }, Event::WentBack) => to(before_captures(purpose)),
        (State::Reviewing { purpose: Purpose::Renewal(session), .. }, Event::Canceled) => to(overview(session, None)),
        (State::Storing(Purpose::New(newcomer)), Event::Stored { user }) => {
            to(State::Enrolled { user, name: newcomer.name })
        }
        (State::Storing(Purpose::Renewal(mut session)), Event::Renewed) => {
            session.holds.face = true;
            to(overview(session, Some(Notice::Renewed)))
        }
        (State::Storing(Purpose::New(newcomer)), Event::Refused(Reason::EmailTaken)) => {
            let form = Form { submitted: true, refused: Some(Reason::EmailTaken), ..newcomer.form() };
            (State::Details(form), vec![Effect::NoteDecline(Decline::of(Reason::EmailTaken))])
        }
        (State::Storing(Purpose::Renewal(_)), Event::Refused(reason)) if ends_session(reason) => session_over(reason),
        (State::Storing(Purpose::New(newcomer)), Event::HeldBack(left)) => {
            held_back(left, Wanted::Enrollment(newcomer.form()), now)
        }
        // Noted where it was compared, which knows how close it came.
        (State::Storing(purpose), Event::Refused(reason @ Reason::AlreadyEnrolled)) => {
            to(declined(purpose, Decline::of(reason)).0)
        }
        (State::Storing(purpose), Event::Refused(reason)) => declined(purpose, Decline::of(reason)),
        (
            State::Details(_) | State::CheckingAddress(_) | State::Consenting(_) | State::Reviewing { .. },
            Event::Canceled,
        ) => to(State::Home),
        (state, _) => to(state),
    }
}

/// What was shown and confirmed goes to the disk.
pub(super) fn store(
    newcomer: Newcomer,
    enrollment: Option<Box<super::Enrollment>>,
    pin: Option<crate::person::Pin>,
) -> Next {
    let store = Effect::Store { newcomer: newcomer.clone(), enrollment, pin };
    (State::Storing(Purpose::New(newcomer)), vec![store])
}

fn capturing(enrolling: Enrolling, event: Event, now: Duration, policy: &Policy) -> Next {
    match event {
        Event::Observed(seen) => enrolling.observe(&seen, now, policy),
        Event::Tick if now.saturating_sub(enrolling.started) >= policy.enrollment_timeout => enrolling.give_up(),
        Event::Retried => to(State::Enrolling(Enrolling::begin(enrolling.purpose, now))),
        Event::WentBack => to(before_captures(enrolling.purpose)),
        Event::WithoutFace => match enrolling.purpose {
            // Where both are asked for, an operator lets in whoever has no use of the camera.
            Purpose::New(newcomer) if !policy.wants_pin() || newcomer.excused => to(choose_pin(newcomer, None)),
            _ => to(State::Enrolling(enrolling)),
        },
        Event::Canceled => match enrolling.purpose {
            Purpose::New(_) => to(State::Home),
            Purpose::Renewal(session) => to(overview(session, None)),
        },
        _ => to(State::Enrolling(enrolling)),
    }
}

/// Where the captures were begun.
fn before_captures(purpose: Purpose) -> State {
    match purpose {
        Purpose::New(newcomer) => State::Details(newcomer.form()),
        Purpose::Renewal(session) => overview(session, None),
    }
}

fn signed_in(session: SignedIn, event: Event, now: Duration, policy: &Policy) -> Next {
    match (session.page.clone(), event) {
        (_, Event::Canceled) => to(State::Home),
        (ProfilePage::Overview(_), Event::EditRequested(form)) => {
            pin::set_out(session, Errand::Details(form), now, policy)
        }
        (ProfilePage::Overview(_), Event::RenewalRequested) => pin::set_out(session, Errand::Face, now, policy),
        (ProfilePage::Overview(_), Event::PinChangeRequested) => pin::set_out(session, Errand::Pin, now, policy),
        (ProfilePage::Overview(_), Event::HistoryRequested) => pin::set_out(session, Errand::History, now, policy),
        (ProfilePage::Agreeing, Event::Agreed(consent)) => (State::SignedIn(session), vec![Effect::Agree(consent)]),
        (ProfilePage::Agreeing, Event::Updated) => to(overview(session, None)),
        (ProfilePage::Overview(_) | ProfilePage::Agreeing, Event::RemovalRequested) => {
            pin::set_out(session, Errand::Removal, now, policy)
        }
        (ProfilePage::Editing(_), Event::FormChanged(form)) => {
            let page = ProfilePage::Editing(Form { refused: None, ..form });
            to(State::SignedIn(SignedIn { page, ..session }))
        }
        (ProfilePage::Editing(form), Event::Submitted) => {
            let form = Form { submitted: true, ..form };
            let effects = match form.person() {
                Some((name, email)) => vec![Effect::UpdateProfile { name, email }],
                None => vec![],
            };
            (State::SignedIn(SignedIn { page: ProfilePage::Editing(form), ..session }), effects)
        }
        (ProfilePage::Editing(_), Event::Updated) => to(overview(session, Some(Notice::Saved))),
        (ProfilePage::ConfirmingRemoval { .. }, Event::RemovalConfirmed) => {
            (State::SignedIn(session), vec![Effect::RemoveSelf])
        }
        (ProfilePage::ConfirmingRemoval { .. }, Event::Removed) => to(State::Removed),
        // Whoever has not agreed anew does not come past the question by asking for something else.
        (ProfilePage::ConfirmingRemoval { agreed: false }, Event::WentBack) => {
            to(State::SignedIn(SignedIn { page: ProfilePage::Agreeing, ..session }))
        }
        (ProfilePage::Editing(_) | ProfilePage::History | ProfilePage::ConfirmingRemoval { .. }, Event::WentBack) => {
            to(overview(session, None))
        }
        (_, Event::Refused(reason)) if ends_session(reason) => session_over(reason),
        (ProfilePage::Editing(form), Event::Refused(reason)) => {
            let page = ProfilePage::Editing(Form { refused: Some(reason), ..form });
            to(State::SignedIn(SignedIn { page, ..session }))
        }
        _ => to(State::SignedIn(session)),
    }
}

pub(super) fn overview(mut session: SignedIn, notice: Option<Notice>) -> State {
    session.page = ProfilePage::Overview(notice);
    State::SignedIn(session)
}

/// Nothing came of what was begun: the session shows what it showed before.
pub(super) fn left_as_it_was(session: SignedIn) -> State {
    match session.page {
        ProfilePage::Agreeing => State::SignedIn(session),
        _ => overview(session, None),
    }
}

/// Whether a token that was refused for this is of no more use.
pub(super) fn ends_session(reason: Reason) -> bool {
    matches!(reason, Reason::TokenExpired | Reason::TokenInvalid | Reason::TokenNotYetValid | Reason::UserRemoved)
}

/// The session has ended by itself, and the person is told.
pub(super) fn session_over(reason: Reason) -> Next {
    to(State::Declined { reason, wanted: Wanted::SignIn, retry_at: None })
}

/// Too often it has failed: the person waits.
pub(super) fn held_back(left: Duration, wanted: Wanted, now: Duration) -> Next {
    let (reason, retry_at) = (Reason::TooManyAttempts, Some(now.saturating_add(left)));
    // Tries at the operator's PIN are noted apart from those of visitors, where they are counted.
    let is_operators = matches!(wanted, Wanted::Operator(_));
    let effects = if is_operators { vec![] } else { vec![Effect::NoteDecline(Decline::of(reason))] };
    (State::Declined { reason, wanted, retry_at }, effects)
}

pub(super) fn sign_in_declined(decline: Decline) -> Next {
    let state = State::Declined { reason: decline.reason, wanted: Wanted::SignIn, retry_at: None };
    (state, vec![Effect::NoteDecline(decline)])
}

/// Whoever was recognized, and is there, gets in, or gives the PIN as well.
pub(super) fn recognized(best: Match, liveness: LivenessLevel, policy: &Policy) -> Next {
    if policy.wants_pin() {
        let entry = PinEntry::new(PinAsk::AfterFace(best, liveness));
        return (State::Pin(entry), vec![Effect::LookUpPin(PinOf::User(best.user))]);
    }
    let (user, proof) = (best.user, Proof { score: Some(best.score), pin: false, liveness });
    (State::OpeningSession { user, proof }, vec![Effect::OpenSession { user, proof }])
}
