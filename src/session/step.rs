//! The transitions, but for what holds in every state (`kiosk`).

use std::time::Duration;

use super::capturing::{Enrolling, Identifying, declined};
use super::state::{Effect, Event, Notice, OperatorPage, ProfilePage, Purpose, SignedIn, State, Wanted};
use super::{Decision, Form, LookAlike, Miss, Policy, Reason, identification};
use crate::biometrics::ComparisonScore;
use crate::person::{EmailAddress, PersonName};

type Next = (State, Vec<Effect>);

fn to(state: State) -> Next {
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
        ) => to(State::Identifying(Identifying::begin(now))),
        (
            State::Home | State::Enrolled { .. } | State::Declined { .. } | State::Removed | State::Identifying(_),
            Event::RegistrationRequested,
        ) => to(State::Details(Form::default())),
        (State::Home | State::Operator { .. }, Event::OperatorRequested(page)) => {
            to(State::Operator { page, removing: None })
        }

        (
            state @ (State::Details(_) | State::CheckingAddress(_) | State::Reviewing { .. } | State::Storing(_)),
            event,
        ) => registering(state, event, now),
        (State::Enrolling(enrolling), event) => capturing(enrolling, event, now, policy),
        (State::Identifying(identifying), Event::Observed(seen)) => identifying.observe(&seen, policy),
        (State::Identifying(identifying), Event::Tick)
            if now.saturating_sub(identifying.started) >= policy.identification_timeout =>
        {
            sign_in_declined(identifying.hint.unwrap_or(Reason::TimedOut), None, None)
        }
        (State::Searching, Event::Searched { best, runner_up, gallery }) => {
            match identification::decide(best, runner_up, gallery, policy) {
                Decision::Recognized { best, .. } => {
                    (State::OpeningSession { best }, vec![Effect::OpenSession { best }])
                }
                Decision::Declined { reason, score } => {
                    let miss = Some(identification::miss(reason, score, gallery, policy));
                    sign_in_declined(reason, score, miss)
                }
            }
        }
        (State::Searching, Event::HeldBack(left)) => {
            let (reason, retry_at) = (Reason::TooManyAttempts, Some(now.saturating_add(left)));
            let note = Effect::NoteDecline { reason, score: None, miss: None };
            (State::Declined { reason, wanted: Wanted::SignIn, retry_at }, vec![note])
        }
        (State::OpeningSession { best }, Event::SessionOpened { until }) => {
            to(State::SignedIn(SignedIn { user: best.user, until, page: ProfilePage::Overview(None) }))
        }
        (State::OpeningSession { .. }, Event::Refused(reason)) => sign_in_declined(reason, None, None),

        (State::SignedIn(session), event) => signed_in(session, event, now),

        (State::Declined { wanted, .. }, Event::Retried) => match wanted {
            Wanted::SignIn => to(State::Identifying(Identifying::begin(now))),
            Wanted::Enrollment(form) => match form.person() {
                Some((name, email)) => to(enrolling(name, email, &form, now)),
                None => to(State::Details(form)),
            },
        },
        (State::Declined { wanted: Wanted::Enrollment(form), .. }, Event::WentBack) => to(State::Details(form)),

        (State::Operator { page: OperatorPage::Decisions, .. }, Event::LookAlikeRegistered) => {
            to(State::Details(Form { look_alike: LookAlike::Allowed, ..Form::default() }))
        }
        (State::Operator { page: OperatorPage::People, .. }, Event::OperatorRemoves(user)) => {
            to(State::Operator { page: OperatorPage::People, removing: Some(user) })
        }
        (State::Operator { page, removing: Some(user) }, Event::RemovalConfirmed) => {
            (State::Operator { page, removing: None }, vec![Effect::RemoveUser(user)])
        }
        (State::Operator { page, removing: Some(_) }, Event::WentBack) => to(State::Operator { page, removing: None }),

        (
            State::Identifying(_)
            | State::Enrolled { .. }
            | State::Declined { .. }
            | State::Removed
            | State::Operator { .. },
            Event::Canceled,
        ) => to(State::Home),
        (state, _) => to(state),
    }
}

/// Registration, but for the captures.
fn registering(state: State, event: Event, now: Duration) -> Next {
    match (state, event) {
        // What is typed does not say who may be enrolled.
        (State::Details(Form { look_alike, .. }), Event::FormChanged(form)) => {
            to(State::Details(Form { refused: None, look_alike, ..form }))
        }
        (State::Details(form), Event::Submitted) => {
            let form = Form { submitted: true, ..form };
            match form.person() {
                Some((_, email)) => (State::CheckingAddress(form), vec![Effect::CheckAddress(email)]),
                None => to(State::Details(form)),
            }
        }
        (State::CheckingAddress(form), Event::AddressFree) => match form.person() {
            Some((name, email)) => to(enrolling(name, email, &form, now)),
            None => to(State::Details(form)),
        },
        (State::CheckingAddress(form), Event::Refused(reason)) => {
            to(State::Details(Form { refused: Some(reason), ..form }))
        }
        (State::Reviewing { purpose, enrollment }, Event::Confirmed) => match &purpose {
            Purpose::New { name, email, look_alike } => {
                let (name, email) = (name.clone(), email.clone());
                let store = Effect::Store { name, email, enrollment, look_alike: *look_alike };
                (State::Storing(purpose), vec![store])
            }
            Purpose::Renewal(_) => (State::Storing(purpose), vec![Effect::Renew(enrollment)]),
        },
        (State::Reviewing { purpose, .. }, Event::Retried) => to(State::Enrolling(Enrolling::begin(purpose, now))),
        (State::Reviewing { purpose, .. }, Event::WentBack) => to(before_captures(purpose)),
        (State::Reviewing { purpose: Purpose::Renewal(session), .. }, Event::Canceled) => to(overview(session, None)),
        (State::Storing(Purpose::New { name, .. }), Event::Stored { user }) => to(State::Enrolled { user, name }),
        (State::Storing(Purpose::Renewal(session)), Event::Renewed) => to(overview(session, Some(Notice::Renewed))),
        (State::Storing(Purpose::New { name, email, look_alike }), Event::Refused(Reason::EmailTaken)) => {
            let form = Form::filled(&name, &email);
            let form = Form { submitted: true, refused: Some(Reason::EmailTaken), look_alike, ..form };
            (State::Details(form), vec![Effect::NoteDecline { reason: Reason::EmailTaken, score: None, miss: None }])
        }
        (State::Storing(Purpose::Renewal(_)), Event::Refused(reason)) if ends_session(reason) => session_over(reason),
        (State::Storing(Purpose::New { name, email, look_alike }), Event::HeldBack(left)) => {
            let (reason, retry_at) = (Reason::TooManyAttempts, Some(now.saturating_add(left)));
            let wanted = Wanted::Enrollment(Form { look_alike, ..Form::filled(&name, &email) });
            let note = Effect::NoteDecline { reason, score: None, miss: None };
            (State::Declined { reason, wanted, retry_at }, vec![note])
        }
        (State::Storing(purpose), Event::Refused(reason)) => declined(purpose, reason),
        (State::Details(_) | State::CheckingAddress(_) | State::Reviewing { .. }, Event::Canceled) => to(State::Home),
        (state, _) => to(state),
    }
}

fn capturing(enrolling: Enrolling, event: Event, now: Duration, policy: &Policy) -> Next {
    match event {
        Event::Observed(seen) => enrolling.observe(&seen, now, policy),
        Event::Tick if now.saturating_sub(enrolling.started) >= policy.enrollment_timeout => enrolling.give_up(),
        Event::Retried => to(State::Enrolling(Enrolling::begin(enrolling.purpose, now))),
        Event::WentBack => to(before_captures(enrolling.purpose)),
        Event::Canceled => match enrolling.purpose {
            Purpose::New { .. } => to(State::Home),
            Purpose::Renewal(session) => to(overview(session, None)),
        },
        _ => to(State::Enrolling(enrolling)),
    }
}

/// The captures of whoever filled in the form.
fn enrolling(name: PersonName, email: EmailAddress, form: &Form, now: Duration) -> State {
    State::Enrolling(Enrolling::begin(Purpose::New { name, email, look_alike: form.look_alike }, now))
}

/// Where the captures were begun.
fn before_captures(purpose: Purpose) -> State {
    match purpose {
        Purpose::New { name, email, look_alike } => State::Details(Form { look_alike, ..Form::filled(&name, &email) }),
        Purpose::Renewal(session) => overview(session, None),
    }
}

fn signed_in(session: SignedIn, event: Event, now: Duration) -> Next {
    match (session.page.clone(), event) {
        (_, Event::Canceled) => to(State::Home),
        (ProfilePage::Overview(_), Event::EditRequested(form)) => {
            to(State::SignedIn(SignedIn { page: ProfilePage::Editing(form), ..session }))
        }
        (ProfilePage::Overview(_), Event::RenewalRequested) => {
            to(State::Enrolling(Enrolling::begin(Purpose::Renewal(session), now)))
        }
        (ProfilePage::Overview(_), Event::RemovalRequested) => {
            to(State::SignedIn(SignedIn { page: ProfilePage::ConfirmingRemoval, ..session }))
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
        (ProfilePage::ConfirmingRemoval, Event::RemovalConfirmed) => {
            (State::SignedIn(session), vec![Effect::RemoveSelf])
        }
        (ProfilePage::ConfirmingRemoval, Event::Removed) => to(State::Removed),
        (ProfilePage::Editing(_) | ProfilePage::ConfirmingRemoval, Event::WentBack) => to(overview(session, None)),
        (_, Event::Refused(reason)) if ends_session(reason) => session_over(reason),
        (ProfilePage::Editing(form), Event::Refused(reason)) => {
            let page = ProfilePage::Editing(Form { refused: Some(reason), ..form });
            to(State::SignedIn(SignedIn { page, ..session }))
        }
        _ => to(State::SignedIn(session)),
    }
}

fn overview(mut session: SignedIn, notice: Option<Notice>) -> State {
    session.page = ProfilePage::Overview(notice);
    State::SignedIn(session)
}

/// Whether a token that was refused for this is of no more use.
fn ends_session(reason: Reason) -> bool {
    matches!(reason, Reason::TokenExpired | Reason::TokenInvalid | Reason::TokenNotYetValid | Reason::UserRemoved)
}

/// The session has ended by itself, and the person is told.
pub(super) fn session_over(reason: Reason) -> Next {
    to(State::Declined { reason, wanted: Wanted::SignIn, retry_at: None })
}

fn sign_in_declined(reason: Reason, score: Option<ComparisonScore>, miss: Option<Miss>) -> Next {
    let note = Effect::NoteDecline { reason, score, miss };
    (State::Declined { reason, wanted: Wanted::SignIn, retry_at: None }, vec![note])
}
