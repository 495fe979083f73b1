//! Events in whatever order a hostile world might send them.

use std::cell::RefCell;
use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::*;

/// An event before its time is known: a frame is taken when it is seen, or so much earlier; a session lasts
/// from when it is opened.
#[derive(Debug, Clone)]
enum Given {
    Event(Event),
    Frame {
        finding: Finding,
        age: Duration,
    },
    Session {
        lasts: Duration,
        agreed: bool,
        holds: Holds,
    },
    /// Somebody does all that is asked for, as long as something is.
    Obeys,
}

use Given::Event as It;

fn frame(finding: Finding) -> Given {
    Given::Frame { finding, age: Duration::ZERO }
}

fn others() -> Form {
    Form { name: "Bob".into(), email: "bob@example.org".into(), ..Form::default() }
}

/// Every event there is, good frames more often than the rest.
fn any_event() -> impl Strategy<Value = Given> {
    let of = |events: Vec<Event>| prop::sample::select(events).prop_map(It);
    let forms = [typed(), others(), Form::default()];
    let person = vec![
        Event::RegistrationRequested,
        Event::Submitted,
        Event::Confirmed,
        Event::Retried,
        Event::WentBack,
        Event::SignInRequested,
        Event::RenewalRequested,
        Event::RemovalRequested,
        Event::RemovalConfirmed,
        Event::Canceled,
        Event::Touched,
        Event::Tick,
        Event::PinSignInRequested,
        Event::PinChangeRequested,
        Event::HistoryRequested,
        Event::WithoutFace,
        agreed(),
        Event::PinChanged(Digits::of(PIN)),
        Event::PinChanged(Digits::of("582913")),
        Event::PinChanged(Digits::of("123456")),
    ];
    let operator = OperatorPage::ALL.map(Event::OperatorRequested).into_iter();
    let forged = Event::FormChanged(Form { look_alike: LookAlike::Allowed, excused: true, ..typed() });
    let operator = operator.chain([Event::OperatorRemoves(user(1)), Event::OperatorRemoves(user(2))]);
    let operator = operator.chain([Event::LookAlikeRegistered, Event::LookAlikeRegistered, forged]).collect();
    let typing = forms.clone().map(Event::FormChanged).into_iter().chain(forms.map(Event::EditRequested)).collect();
    let answers = vec![
        Event::AddressFree,
        Event::Stored { user: user(1) },
        Event::Renewed,
        Event::Updated,
        Event::Removed,
        Event::Searched { best: found(1, 0.9), runner_up: found(2, 0.1), gallery: 1 },
        Event::Searched { best: found(1, 0.9), runner_up: found(2, 0.88), gallery: 1 },
        Event::Searched { best: found(1, 0.1), runner_up: None, gallery: 1 },
        Event::Searched { best: None, runner_up: None, gallery: 1 },
        Event::PinRight(Some(user(1))),
        Event::PinRight(Some(user(2))),
        Event::PinRight(None),
        Event::PinMissing,
        Event::PinSet,
        Event::HeldBack(SECOND),
    ];
    let troubles = vec![None, None, Some(Trouble::Unplugged), Some(Trouble::Black)];
    let findings = vec![ana(), turned(15.0), turned(-15.0), bob(), dark(), nobody(), Finding::SeveralFaces(vec![])];
    let ages = prop_oneof![9 => Just(0), 1 => 0u64..2_000];
    prop_oneof![
        8 => of(person),
        2 => of(operator),
        2 => of(typing),
        4 => of(answers),
        1 => prop::sample::select(Reason::ALL.to_vec()).prop_map(|reason| It(Event::Refused(reason))),
        1 => prop::sample::select(troubles).prop_map(|trouble| It(Event::CameraChanged(trouble))),
        6 => (prop::sample::select(findings), ages)
            .prop_map(|(finding, age)| Given::Frame { finding, age: Duration::from_millis(age) }),
        1 => (0u64..120, any::<bool>(), any_holds())
            .prop_map(|(lasts, agreed, holds)| Given::Session { lasts: Duration::from_secs(lasts), agreed, holds }),
    ]
}

/// By what an account can be opened: never by nothing.
fn any_holds() -> impl Strategy<Value = Holds> {
    let holds = |face, pin, pin_given| Holds { face, pin, pin_given };
    let all = [(true, false, false), (true, true, false), (true, true, true), (false, true, true)];
    prop::sample::select(all.map(|(face, pin, given)| holds(face, pin, given)).to_vec())
}

/// Single events, and pieces of what people do: chance alone would hardly ever lead through a registration.
fn any_piece() -> impl Strategy<Value = Vec<Given>> {
    let captures = || {
        let looks = [0.0, 0.0, 15.0, 15.0, 15.0, -15.0, -15.0, -15.0].map(turned);
        looks.into_iter().map(frame).collect::<Vec<_>>()
    };
    let register = [Event::Canceled, Event::RegistrationRequested, Event::FormChanged(typed()), Event::Submitted];
    let register: Vec<_> = register.into_iter().chain([Event::AddressFree, agreed()]).map(It).collect();
    let register_again = register.clone();
    let pin = [Event::PinChanged(Digits::of(PIN)), Event::Submitted];
    let into = |page| {
        let right = pin.iter().cloned().chain([Event::PinRight(None)]);
        [Event::Canceled, Event::OperatorRequested(page)].into_iter().chain(right).collect::<Vec<_>>()
    };
    let operator = into(OperatorPage::Decisions).into_iter().chain([Event::LookAlikeRegistered]);
    let twin: Vec<_> = operator.map(It).chain(register[2..].iter().cloned()).collect();
    let twice: Vec<_> = pin.iter().chain(&pin).cloned().collect();
    let by_operator = into(OperatorPage::People).into_iter().map(It).chain(register[1..].iter().cloned());
    let by_operator = by_operator.chain([It(Event::WithoutFace)]).chain(twice.iter().cloned().map(It));
    let by_operator: Vec<_> = by_operator.collect();
    let by_pin = [Event::Canceled, Event::PinSignInRequested, Event::FormChanged(typed()), Event::Submitted];
    let by_pin: Vec<_> = by_pin.into_iter().chain(pin.clone()).chain([Event::PinRight(Some(user(1)))]).collect();
    let recognized = Event::Searched { best: found(1, 0.9), runner_up: None, gallery: 1 };
    let order = Event::OrderDrawn(Order::drawn(|n| n / 2));
    let moved = [It(Event::Canceled), It(Event::SignInRequested), frame(ana()), frame(ana()), It(recognized.clone())];
    let moved = moved.into_iter().chain([It(order), Given::Obeys]).chain(pin.iter().cloned().map(It));
    let moved: Vec<_> = moved.chain([It(Event::PinRight(Some(user(1))))]).collect();
    let sign_in = [It(Event::Canceled), It(Event::SignInRequested), frame(ana()), frame(ana()), It(recognized)];
    let leave: Vec<_> = sign_in.iter().cloned().chain([It(Event::WentBack)]).collect();
    let right: Vec<_> = pin.iter().cloned().chain([Event::PinRight(Some(user(1)))]).map(It).collect();
    let sign_in = (prop::sample::select(vec![0, 5, 200, 200]), any_holds()).prop_map(move |(lasts, holds)| {
        let session = Given::Session { lasts: Duration::from_secs(lasts), agreed: lasts != 5, holds };
        // The PIN is typed into nothing, where none is asked for.
        sign_in.iter().chain(&right).cloned().chain([session]).collect::<Vec<_>>()
    });
    let of = |events: &[Event]| Just(events.iter().cloned().map(It).collect::<Vec<_>>());
    let removal = [Event::OperatorRemoves(user(1)), Event::OperatorRemoves(user(2)), Event::RemovalConfirmed];
    let remove: Vec<_> = into(OperatorPage::People).into_iter().chain(removal).collect();
    let own_pin: Vec<_> = [Event::PinChangeRequested].into_iter().chain(twice.clone()).chain([Event::PinSet]).collect();
    let both: Vec<_> = pin.iter().cloned().chain([Event::PinRight(Some(user(1)))]).collect();
    let other_pin = [Event::PinChangeRequested].into_iter().chain(both.clone()).chain(twice.clone());
    let other_pin: Vec<_> = other_pin.chain([Event::PinSet]).collect();
    let first_face: Vec<_> = [Event::RenewalRequested].into_iter().chain(both.clone()).map(It).collect();
    let first_face = first_face.into_iter().chain(captures()).chain([It(Event::Confirmed)]).collect::<Vec<_>>();
    let other = into(OperatorPage::Place).into_iter().chain([Event::PinChangeRequested]).chain(pin.iter().cloned());
    let operators_pin: Vec<_> =
        other.chain([Event::PinRight(None)]).chain(twice.clone()).chain([Event::PinSet]).collect();
    let first = [Event::Canceled, Event::OperatorRequested(OperatorPage::Health), Event::PinMissing];
    let first_pin: Vec<_> = first.into_iter().chain(twice.clone()).chain([Event::PinSet]).collect();
    let without: Vec<_> = [Event::WithoutFace].into_iter().chain(twice.clone()).collect();
    prop_oneof![
        30 => any_event().prop_map(|event| vec![event]),
        2 => Just(register),
        1 => Just(twin.into_iter().chain(captures()).chain([It(Event::Confirmed)]).collect::<Vec<_>>()),
        3 => sign_in,
        2 => Just(moved),
        4 => Just(captures()),
        2 => of(&[Event::RenewalRequested]),
        2 => of(&[Event::Confirmed]),
        1 => of(&[Event::EditRequested(typed()), Event::Submitted, Event::Updated]),
        1 => of(&[Event::RemovalRequested, Event::RemovalConfirmed]),
        1 => of(&remove),
        1 => of(&by_pin),
        1 => of(&pin),
        1 => of(&both),
        1 => of(&first_pin),
        1 => of(&operators_pin),
        1 => Just([It(Event::RenewalRequested)].into_iter().chain(captures()).chain([It(Event::Confirmed)]).collect::<Vec<_>>()),
        1 => Just(vec![agreed(), Event::Updated].into_iter().map(It).collect::<Vec<_>>()),
        1 => of(&twice),
        2 => of(&own_pin),
        2 => of(&other_pin),
        2 => Just(first_face),
        2 => Just(by_operator),
        1 => Just(leave),
        1 => Just(register_again.into_iter().chain(without.into_iter().map(It)).collect::<Vec<_>>()),
    ]
}

fn any_events() -> impl Strategy<Value = Vec<(Given, u64)>> {
    let wait = || prop_oneof![30 => 200u64..700, 2 => Just(0), 1 => 700u64..30_000];
    let piece = any_piece().prop_flat_map(move |events| {
        let waits = prop::collection::vec(wait(), events.len());
        (Just(events), waits).prop_map(|(events, waits)| events.into_iter().zip(waits).collect::<Vec<_>>())
    });
    prop::collection::vec(piece, 0..80).prop_map(|pieces| pieces.into_iter().flatten().collect())
}

/// Mostly as delivered.
fn any_policy() -> impl Strategy<Value = Policy> {
    let means = prop_oneof![4 => Just(Means::Face), 2 => Just(Means::FaceAndPin), 1 => Just(Means::Pin)];
    let enrollment = prop_oneof![6 => Just(EnrollmentBy::Anybody), 1 => Just(EnrollmentBy::Operator)];
    let liveness = prop_oneof![
        8 => Just(LivenessLevel::Passive),
        2 => Just(LivenessLevel::Off),
        1 => Just(LivenessLevel::Active),
        1 => Just(LivenessLevel::ActiveWithPin),
    ];
    let enrolling = prop_oneof![4 => Just(EnrollmentLiveness::Passive), 1 => Just(EnrollmentLiveness::Off)];
    let given = || prop_oneof![3 => Just(Guard::AsSignedIn), 1 => Just(Guard::WithPin)];
    let guards =
        [given(), given(), given()].prop_map(|[changes, removal, history]| Guards { changes, removal, history });
    (means, (enrollment, enrolling), liveness, guards).prop_map(
        |(sign_in, (enrollment, enrolling), liveness, guards)| Policy {
            sign_in,
            enrollment,
            enrollment_liveness: enrolling,
            liveness,
            guards,
            watched_for: Duration::ZERO,
            ..Policy::default()
        },
    )
}

/// What an outsider knows who sees the events go in and the effects come out.
#[derive(Default)]
struct Witness {
    camera: bool,
    session: bool,
    /// Who was last recognized by a search.
    recognized: Option<UserId>,
    /// Whether an operator let this person look like somebody.
    look_alike: bool,
    /// Whether an operator began to enroll this person.
    excused: bool,
    /// Whose PIN the shell has said to be right, for the search that recognized them where the face counts as well.
    pin_right: bool,
    /// Whether the PIN of whoever is signed in was right, for the one change that is being made.
    own_pin_right: bool,
    /// Whether whoever was recognized last has met a challenge to its end.
    moved: bool,
    /// Whether the camera that is on is in trouble.
    troubled: bool,
    /// Since when the captures are this person's own.
    capturing_since: Duration,
    reached: BTreeMap<&'static str, usize>,
}

impl Witness {
    fn count(&mut self, what: &'static str) {
        *self.reached.entry(what).or_default() += 1;
    }

    /// Whether whoever is signed in has given what the operator wants before this is done.
    fn has_given(&self, wanted: Guard, before: &State) -> bool {
        let given = before.session().is_some_and(|session| session.holds.pin_given);
        given || wanted == Guard::AsSignedIn
    }

    /// Looks at one step.
    fn check(
        &mut self,
        before: &State,
        event: &Event,
        effects: &[Effect],
        after: &State,
        now: Duration,
        policy: &Policy,
    ) -> Result<(), TestCaseError> {
        let began_captures = matches!(after, State::Enrolling(_))
            && (!matches!(before, State::Enrolling(_)) || *event == Event::Retried);
        let troubled = match event {
            _ if !after.wants_camera() => false,
            Event::CameraChanged(trouble) => trouble.is_some(),
            _ => self.troubled,
        };
        if began_captures || troubled != self.troubled {
            self.capturing_since = now;
        }
        self.troubled = troubled;
        match (before, event, after) {
            (State::Operator { .. }, Event::LookAlikeRegistered, State::Details(_)) => self.look_alike = true,
            (State::Operator { .. }, Event::RegistrationRequested, State::Details(_)) => self.excused = true,
            (
                _,
                _,
                State::Home
                | State::Identifying(_)
                | State::Enrolled { .. }
                | State::Operator { .. }
                | State::PinAddress(_),
            ) => {
                (self.look_alike, self.excused) = (false, false);
            }
            _ => {}
        }
        if let (State::Searching(_), Event::Searched { best, runner_up, gallery }) = (before, event) {
            let clear = |best: &Match| {
                best.score.0 >= policy.threshold(*gallery)
                    && runner_up.is_none_or(|other| best.score.0 - other.score.0 >= policy.ambiguity_margin)
            };
            self.recognized = best.filter(clear).map(|best| best.user);
        }
        if let (State::Pin(entry), Event::PinRight(user), State::OpeningSession { .. }) = (before, event, after) {
            match &entry.ask {
                PinAsk::SignIn(_) => self.recognized = *user,
                PinAsk::AfterFace(best, _) => {
                    prop_assert_eq!(Some(best.user), *user, "the PIN of whoever was recognized");
                }
                _ => prop_assert!(false, "a session by the PIN of {:?}", entry.ask),
            }
            self.pin_right = true;
        } else if matches!(after, State::OpeningSession { .. }) && !matches!(before, State::OpeningSession { .. }) {
            self.pin_right = false;
        }
        if let (State::Operator { .. }, false) = (after, matches!(before, State::Operator { .. })) {
            let right = matches!((before, event), (State::Pin(_), Event::PinRight(None) | Event::PinSet));
            // Whoever looks for the way back from there has been let in before.
            let back = changes_operators_pin(before) && *event == Event::WentBack;
            prop_assert!(right || back, "an operator's page without a PIN: {before:?}");
            self.count("operator let in");
        }
        match (before, event, after) {
            (State::Pin(PinEntry { ask: PinAsk::Own(session, _), .. }), Event::PinRight(Some(user)), after) => {
                self.own_pin_right = !matches!(after, State::Pin(PinEntry { ask: PinAsk::Own(..), .. }));
                prop_assert!(!self.own_pin_right || session.user == *user, "somebody else's PIN");
            }
            // What was begun with it is left.
            (_, _, State::SignedIn(_) | State::Home) => self.own_pin_right = false,
            _ => {}
        }
        if changes_operators_pin(after) && !changes_operators_pin(before) {
            prop_assert!(matches!(before, State::Operator { .. }), "the operator's PIN from {before:?}");
        }
        if let (State::Pin(was), State::Pin(is)) = (before, after)
            && matches!(was.ask, PinAsk::Operator(Way::NewPin))
            && !matches!(is.ask, PinAsk::Operator(_))
        {
            prop_assert!(matches!(event, Event::PinRight(None) | Event::PinMissing), "not without the one before");
        }
        match (before, event, after) {
            (State::Challenging(_), Event::Observed(_), State::OpeningSession { .. } | State::Pin(_)) => {
                self.moved = true;
                self.count("challenge passed");
            }
            (_, _, State::Identifying(_) | State::Searching(_) | State::Challenging(_) | State::Home) => {
                self.moved = false;
            }
            _ => {}
        }
        for effect in effects {
            match effect {
                Effect::OpenCamera => {
                    prop_assert!(!self.camera);
                    self.camera = true;
                }
                Effect::CloseCamera => {
                    prop_assert!(self.camera);
                    self.camera = false;
                }
                Effect::OpenSession { user, proof } => {
                    prop_assert!(!self.session);
                    prop_assert!(matches!(before, State::Searching(_) | State::Challenging(_) | State::Pin(_)));
                    prop_assert_eq!(self.recognized, Some(*user));
                    prop_assert_eq!(proof.pin, self.pin_right);
                    let asked = policy.liveness.min(LivenessLevel::Active);
                    prop_assert!(proof.score.is_none() || proof.liveness >= asked, "without the signs of life");
                    let moves = policy.liveness.is_active();
                    prop_assert!(proof.score.is_none() || !moves || self.moved, "by the face of whoever did not move");
                    prop_assert!(proof.pin || !policy.wants_pin(), "without a PIN, where one is asked for");
                    let by = match (proof.score.is_some(), proof.pin) {
                        (true, false) => "session opened",
                        (false, true) => "session opened by PIN",
                        (true, true) => "session opened by both",
                        (false, false) => return wrong(before, effect),
                    };
                    self.session = true;
                    self.count(by);
                }
                Effect::LookUpPin(_) => {}
                Effect::DrawOrder => {
                    prop_assert!(policy.liveness.is_active() && matches!(before, State::Searching(Some(_))));
                    self.count("challenged");
                }
                Effect::CheckPin { .. } => prop_assert_eq!(event, &Event::Submitted),
                Effect::SetOperatorPin(_) => self.count("operator's PIN chosen"),
                Effect::ChangeOperatorPin(_) => {
                    prop_assert!(changes_operators_pin(before));
                    self.count("operator's PIN changed");
                }
                Effect::SetPin(_) => {
                    prop_assert!(self.session);
                    let had = before.session().is_some_and(|session| session.holds.pin);
                    prop_assert!(!had || self.own_pin_right, "another PIN without the one before");
                    self.count(if had { "own PIN changed" } else { "own PIN chosen" });
                }
                Effect::Agree(_) => {
                    prop_assert!(self.session && matches!(event, Event::Agreed(_)));
                    self.count("agreed again");
                }
                Effect::CloseSession => {
                    prop_assert!(self.session);
                    self.session = false;
                    match (event, after) {
                        (Event::Tick, State::Home) => self.count("session closed for want of life"),
                        (Event::Tick, State::Declined { .. }) => self.count("session closed with its time"),
                        _ => self.count("session closed"),
                    }
                }
                Effect::Store { newcomer, enrollment, pin } => {
                    prop_assert!(newcomer.consent.is_some(), "nobody is stored who has not agreed");
                    match before {
                        State::Reviewing { purpose, enrollment: shown } => {
                            let own = Purpose::New(newcomer.clone());
                            prop_assert_eq!((event, purpose), (&Event::Confirmed, &own));
                            prop_assert_eq!((Some(shown), pin), (enrollment.as_ref(), &None));
                            prop_assert!(!policy.wants_pin());
                        }
                        State::Pin(entry) => {
                            let PinAsk::Repeat(chooser, first) = &entry.ask else { return wrong(before, effect) };
                            let own = Chooser::Newcomer { newcomer: newcomer.clone(), enrollment: enrollment.clone() };
                            prop_assert_eq!((chooser, Some(first)), (&own, pin.as_ref()));
                            self.count("stored with a PIN");
                        }
                        _ => return wrong(before, effect),
                    }
                    prop_assert!(self.look_alike || newcomer.look_alike == LookAlike::Declined);
                    self.count("stored");
                    if newcomer.look_alike == LookAlike::Allowed {
                        self.count("stored a look-alike");
                    }
                    prop_assert!(!newcomer.excused || self.excused, "excused by nobody");
                    if enrollment.is_none() && policy.wants_both() {
                        prop_assert!(newcomer.excused, "without a face, where both are asked for");
                        self.count("stored excused");
                    }
                }
                Effect::Renew(enrollment) => {
                    prop_assert!(self.has_given(policy.guards.changes, before));
                    let State::Reviewing { purpose: Purpose::Renewal(session), enrollment: shown } = before else {
                        return wrong(before, effect);
                    };
                    prop_assert_eq!((event, shown, self.session), (&Event::Confirmed, enrollment, true));
                    let first = !session.holds.face;
                    prop_assert!(!first || !session.holds.pin || self.own_pin_right, "a first face without the PIN");
                    self.count(if first { "first face" } else { "renewed" });
                }
                Effect::RemoveSelf => {
                    prop_assert!(self.has_given(policy.guards.removal, before));
                    prop_assert_eq!((event, self.session), (&Event::RemovalConfirmed, true));
                    let State::SignedIn(session) = before else { return wrong(before, effect) };
                    let asked = matches!(session.page, ProfilePage::ConfirmingRemoval { .. });
                    prop_assert!(asked, "removed unasked");
                    self.count("removed self");
                }
                Effect::RemoveUser(user) => {
                    prop_assert_eq!(event, &Event::RemovalConfirmed);
                    let asked =
                        State::Operator { page: OperatorPage::People, removing: Some(*user), pin_changed: false };
                    prop_assert_eq!(before, &asked);
                    self.count("removed by the operator");
                }
                Effect::UpdateProfile { .. } => {
                    prop_assert!(self.has_given(policy.guards.changes, before));
                    prop_assert_eq!((event, self.session), (&Event::Submitted, true));
                    self.count("updated");
                }
                Effect::Search { .. } => {
                    let seen = matches!((before, event), (State::Identifying(_), Event::Observed(_)));
                    prop_assert!(seen, "a search in {:?}", before);
                    self.count("searched");
                }
                Effect::NoteLeft(found) => {
                    prop_assert_eq!((self.recognized, after), (Some(found.user), &State::Home));
                    self.count("left at the PIN");
                }
                Effect::CheckAddress(_) => self.count("address checked"),
                Effect::NoteDecline { .. } => self.count("declined"),
            }
        }
        prop_assert_eq!(self.camera, after.wants_camera());
        prop_assert_eq!(self.session, after.has_session() || matches!(after, State::OpeningSession { .. }));
        if let Some(session) = after.session() {
            prop_assert_eq!(Some(session.user), self.recognized, "the session is of whoever was recognized");
        }
        if let State::SignedIn(SignedIn { page: ProfilePage::History, .. }) = after {
            prop_assert!(self.has_given(policy.guards.history, after), "who used the account, without the PIN");
            self.count("history seen");
        }
        if let (State::Enrolling(_), State::Reviewing { enrollment, .. }) = (before, after) {
            self.check_captures(enrollment, policy)?;
        }
        if let (Some(was), Some(is)) = (before.session(), after.session()) {
            let given = self.own_pin_right || matches!((before, event), (State::Pin(_), Event::PinSet));
            prop_assert!(was.holds.pin_given || !is.holds.pin_given || given, "a PIN that nobody has given");
            prop_assert_eq!((was.user, was.until), (is.user, is.until), "a session is nobody else's and no longer");
        }
        Ok(())
    }

    /// Three different frames, spaced in time, taken since the captures began.
    fn check_captures(&self, enrollment: &Enrollment, policy: &Policy) -> Result<(), TestCaseError> {
        let captures = &enrollment.captures;
        for (i, capture) in captures.iter().enumerate() {
            prop_assert!(capture.captured_at >= self.capturing_since);
            for later in &captures[i + 1..] {
                prop_assert!(later.captured_at - capture.captured_at >= policy.capture_spacing);
                prop_assert_ne!(later.frame_digest, capture.frame_digest);
                let alike = crate::biometrics::comparison::compare(&capture.embedding, &later.embedding);
                prop_assert!(alike.0 >= policy.same_person);
            }
        }
        Ok(())
    }
}

/// Whether another PIN of the operator's is asked for, or the one before it.
fn changes_operators_pin(state: &State) -> bool {
    use Chooser::Operator;
    let asks = |ask: &PinAsk| {
        let new = matches!(ask, PinAsk::Choose(Operator(Way::NewPin)) | PinAsk::Repeat(Operator(Way::NewPin), _));
        new || *ask == PinAsk::Operator(Way::NewPin)
    };
    matches!(state, State::Pin(entry) if asks(&entry.ask))
}

fn wrong(before: &State, effect: &Effect) -> Result<(), TestCaseError> {
    Err(TestCaseError::fail(format!("{effect:?} in {before:?}")))
}

/// In whatever order events come: the camera is on exactly while it is wanted; a session opens only after a
/// search that recognized somebody, is that person's, and is closed once; what is stored was shown and
/// confirmed, and comes from three different frames spaced in time; nobody is removed unasked; and whoever
/// walks away, wherever, leaves a kiosk at home with camera and session off, however the camera does.
#[test]
fn invariants_hold_under_any_events() {
    let reached = RefCell::new(BTreeMap::<&'static str, usize>::new());
    let mut runner = TestRunner::new_with_rng(
        Config { cases: 3_000, failure_persistence: None, ..Config::default() },
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let outcome = runner.run(&(any_events(), any::<bool>(), any_policy()), |(events, flapping, policy)| {
        let mut now = Duration::from_secs(10);
        let (mut kiosk, mut witness) = (Kiosk::at_home(now), Witness::default());
        let mut give = |event: Event, now: Duration| {
            let before = kiosk.state().clone();
            let (next, effects) = kiosk.clone().step(event.clone(), now, &policy);
            kiosk = next;
            witness.check(&before, &event, &effects, kiosk.state(), now, &policy)?;
            if kiosk.trouble().is_some() {
                prop_assert!(kiosk.state().wants_camera());
                witness.count("trouble");
            }
            if *kiosk.state() == State::Home && before != State::Home && event == Event::Tick {
                witness.count("home by itself");
            }
            prop_assert_eq!(kiosk.idle_warning(now, &policy).is_some() && *kiosk.state() == State::Home, false);
            Ok(kiosk.state().clone())
        };
        for (digest, (given, wait)) in (0u64..).zip(events) {
            now += Duration::from_millis(wait);
            let event = match given {
                It(event) => event,
                Given::Frame { finding, age } => {
                    // Each picture may come twice in a row.
                    let captured_at = now.saturating_sub(age);
                    let life = life(&finding, captured_at);
                    Event::Observed(Box::new(Observation { captured_at, frame_digest: digest / 2, finding, life }))
                }
                Given::Session { lasts, agreed, holds } => Event::SessionOpened { until: now + lasts, agreed, holds },
                Given::Obeys => {
                    let (mut head, mut state) = (Obeying::new(), give(Event::Tick, now)?);
                    while let Some(ask) = state.asks() {
                        now += FRAME;
                        let mut life = life(&ana(), now);
                        if let Some(life) = &mut life {
                            (life.look.nose, life.look.lids) = head.does(ask);
                        }
                        let frame_digest = u64::MAX - now.as_millis() as u64;
                        let seen = Observation { captured_at: now, frame_digest, finding: ana(), life };
                        state = give(Event::Observed(Box::new(seen)), now)?;
                    }
                    Event::Tick
                }
            };
            give(event, now)?;
            give(Event::Tick, now)?;
        }
        // Everybody leaves. No answer comes any more, and the camera may go on coming and going.
        let mut home = false;
        for round in 0..700 {
            now += SECOND;
            if flapping {
                give(Event::CameraChanged((round % 2 == 0).then_some(Trouble::Failing)), now)?;
            }
            home = give(Event::Tick, now)? == State::Home;
        }
        prop_assert!(home, "the kiosk waits for somebody who has left: {:?}", kiosk.state());
        prop_assert!(!witness.camera && !witness.session);
        for (what, times) in witness.reached {
            *reached.borrow_mut().entry(what).or_default() += times;
        }
        Ok(())
    });
    outcome.unwrap();
    let reached = reached.into_inner();
    for what in [
        "session opened",
        "session opened by PIN",
        "session opened by both",
        "operator let in",
        "operator's PIN chosen",
        "operator's PIN changed",
        "own PIN chosen",
        "own PIN changed",
        "first face",
        "agreed again",
        "stored with a PIN",
        "session closed",
        "session closed for want of life",
        "session closed with its time",
        "stored",
        "stored a look-alike",
        "stored excused",
        "renewed",
        "updated",
        "removed self",
        "removed by the operator",
        "searched",
        "challenged",
        "challenge passed",
        "address checked",
        "declined",
        "left at the PIN",
        "history seen",
        "trouble",
        "home by itself",
    ] {
        assert!(reached.get(what).is_some_and(|times| *times >= 20), "{what} is not reached often: {reached:?}");
    }
}
