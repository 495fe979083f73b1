//! Scripted events in virtual time: every path through the machine, one file for each part of it.

mod any_order;
mod camera;
mod liveness;
mod operator;
mod profile;
mod registration;
mod sign_in;
mod sitting;
mod time;

use std::time::Duration;

use super::*;
use crate::biometrics::liveness::{Look, Nose, Turn};
use crate::biometrics::{
    ComparisonScore, Embedding, Face, FaceFinding, Finding, Life, Match, Observation, Quality, Shortcoming, UserId,
};
use crate::camera::Trouble;
use crate::geometry::Rect;
use crate::person::Digits;
use uuid::Uuid;

const FRAME: Duration = Duration::from_millis(100);
const SECOND: Duration = Duration::from_secs(1);
const NAME: &str = "Ana Zorrilla";
const EMAIL: &str = "ana@example.org";
const PIN: &str = "482913";
/// What an account as delivered is opened by.
const FACE: Holds = Holds { face: true, pin: false, pin_given: false };

/// A kiosk before a camera of numbers, which gives a new frame every tenth of a second. The head need not be
/// turned, unless a test says so.
#[derive(Clone)]
struct Script {
    kiosk: Kiosk,
    now: Duration,
    frames: u64,
    policy: Policy,
    /// How long a session lasts.
    session: Duration,
    /// By what the account can be opened.
    holds: Holds,
    effects: Vec<Effect>,
}

impl Script {
    fn new() -> Self {
        let now = Duration::from_secs(100);
        Self {
            kiosk: Kiosk::at_home(now),
            now,
            frames: 0,
            policy: Policy { pose_patience: Duration::ZERO, watched_for: Duration::ZERO, ..Policy::default() },
            session: Duration::from_secs(900),
            holds: FACE,
            effects: vec![],
        }
    }

    /// A kiosk that was led to a place by `way`; what was done on the way is forgotten.
    fn at(way: Lead) -> Self {
        let mut script = Self::new();
        way(&mut script);
        script.effects.clear();
        script
    }

    fn state(&self) -> &State {
        self.kiosk.state()
    }

    fn event(&mut self, event: Event) -> Vec<Effect> {
        let (kiosk, effects) = self.kiosk.clone().step(event, self.now, &self.policy);
        self.kiosk = kiosk;
        self.effects.extend(effects.iter().cloned());
        effects
    }

    fn frame(&mut self, finding: Finding) -> Vec<Effect> {
        self.frames += 1;
        self.frame_with_digest(finding, self.frames)
    }

    fn frame_with_digest(&mut self, finding: Finding, frame_digest: u64) -> Vec<Effect> {
        self.now += FRAME;
        let seen = Observation { captured_at: self.now, frame_digest, life: life(&finding, self.now), finding };
        let mut effects = self.event(Event::Observed(Box::new(seen)));
        effects.extend(self.event(Event::Tick));
        effects
    }

    fn frames(&mut self, count: usize, finding: fn() -> Finding) {
        (0..count).for_each(|_| {
            self.frame(finding());
        });
    }

    fn wait(&mut self, time: Duration) -> Vec<Effect> {
        self.now += time;
        self.event(Event::Tick)
    }

    fn warning(&self) -> Option<Duration> {
        self.kiosk.idle_warning(self.now, &self.policy).map(|warning| warning.left)
    }

    fn captures(&self) -> usize {
        match self.state() {
            State::Enrolling(enrolling) => enrolling.captures.len(),
            other => panic!("not enrolling: {other:?}"),
        }
    }

    fn hint(&self) -> Option<Reason> {
        match self.state() {
            State::Enrolling(Enrolling { hint, .. }) | State::Identifying(Identifying { hint, .. }) => *hint,
            other => panic!("no camera: {other:?}"),
        }
    }

    fn page(&self) -> &ProfilePage {
        match self.state() {
            State::SignedIn(session) => &session.page,
            other => panic!("not signed in: {other:?}"),
        }
    }

    fn form(&self) -> &Form {
        match self.state() {
            State::Details(form) | State::CheckingAddress(form) | State::Consenting(form) | State::PinAddress(form) => {
                form
            }
            State::SignedIn(SignedIn { page: ProfilePage::Editing(form), .. }) => form,
            other => panic!("no form: {other:?}"),
        }
    }

    fn declined(&self) -> Reason {
        match self.state() {
            State::Declined { reason, .. } => *reason,
            other => panic!("not declined: {other:?}"),
        }
    }
}

/// What is seen for signs of life of somebody who looks ahead; nothing speaks against it.
fn life(finding: &Finding, captured_at: Duration) -> Option<Box<Life>> {
    let Finding::Face(face) = finding else { return None };
    let bounds = face.face.bounds;
    let look = Look {
        captured_at,
        center: bounds.center(),
        width: bounds.width,
        in_rectangle: false,
        surround: None,
        nose: Some(Nose { across: 0.0, down: 0.5 }),
        lids: Some(0.3),
        relief: None,
    };
    Some(Box::new(Life { look, face: face.embedding.clone().ok() }))
}

/// A head that does what is asked for.
struct Obeying {
    nose: Nose,
    frames: u32,
}

impl Obeying {
    fn new() -> Self {
        Self { nose: Nose { across: 0.0, down: 0.5 }, frames: 0 }
    }

    /// The tip of the nose and the lids, a frame further.
    fn does(&mut self, ask: Ask) -> (Option<Nose>, Option<f32>) {
        let (across, down) = match ask {
            Ask::Turn(Turn::Left) => (0.4, 0.0),
            Ask::Turn(Turn::Right) => (-0.4, 0.0),
            Ask::Turn(Turn::Up) => (0.0, -0.25),
            Ask::Turn(Turn::Down) => (0.0, 0.2),
            Ask::Ahead | Ask::Blink => (0.0, 0.0),
        };
        self.frames += 1;
        self.nose.across += (across - self.nose.across).clamp(-0.15, 0.15);
        self.nose.down += (0.5 + down - self.nose.down).clamp(-0.06, 0.06);
        let closed = ask == Ask::Blink && self.frames.is_multiple_of(4);
        (Some(self.nose), Some(if closed { 0.02 } else { 0.3 }))
    }
}

/// The ways to each place.
impl Script {
    fn reach_details(&mut self) {
        self.event(Event::RegistrationRequested);
    }

    fn reach_checking(&mut self) {
        self.reach_details();
        self.event(Event::FormChanged(typed()));
        self.event(Event::Submitted);
    }

    fn reach_enrolling(&mut self) {
        self.reach_consenting();
        self.event(agreed());
    }

    fn reach_consenting(&mut self) {
        self.reach_checking();
        self.event(Event::AddressFree);
    }

    fn reach_reviewing(&mut self) {
        self.reach_enrolling();
        self.capture();
    }

    fn reach_storing(&mut self) {
        self.reach_reviewing();
        self.event(Event::Confirmed);
    }

    fn reach_enrolled(&mut self) {
        self.reach_storing();
        self.event(Event::Stored { user: user(1) });
    }

    fn reach_failed_enrollment(&mut self) {
        self.reach_enrolling();
        self.frames(8, ana);
        while self.state().wants_camera() {
            self.frame(bob());
        }
    }

    fn reach_identifying(&mut self) {
        self.event(Event::SignInRequested);
    }

    fn reach_searching(&mut self) {
        self.reach_identifying();
        self.frames(2, ana);
    }

    fn reach_challenging(&mut self) {
        self.policy.liveness = LivenessLevel::Active;
        self.reach_searching();
        self.event(Event::Searched { best: found(1, 0.9), runner_up: None, gallery: 1 });
        self.event(Event::OrderDrawn(Order::drawn(|_| 0)));
    }

    fn reach_opening(&mut self) {
        self.reach_searching();
        self.event(Event::Searched { best: found(1, 0.9), runner_up: None, gallery: 1 });
    }

    fn reach_signed_in(&mut self) {
        self.reach_opening();
        self.event(Event::SessionOpened { until: self.now + self.session, agreed: true, holds: self.holds });
    }

    fn reach_agreeing(&mut self) {
        self.reach_opening();
        self.event(Event::SessionOpened { until: self.now + self.session, agreed: false, holds: self.holds });
    }

    fn reach_history(&mut self) {
        self.reach_signed_in();
        self.event(Event::HistoryRequested);
    }

    fn reach_pin_address(&mut self) {
        self.event(Event::PinSignInRequested);
        self.event(Event::FormChanged(typed()));
    }

    fn reach_pin(&mut self) {
        self.reach_pin_address();
        self.event(Event::Submitted);
    }

    fn reach_checking_pin(&mut self) {
        self.reach_pin();
        self.type_pin();
    }

    fn reach_pin_after_face(&mut self) {
        self.policy.sign_in = Means::FaceAndPin;
        self.reach_opening();
    }

    fn reach_choosing_own_pin(&mut self) {
        self.reach_signed_in();
        self.event(Event::PinChangeRequested);
    }

    fn reach_present_pin(&mut self) {
        self.holds.pin = true;
        self.reach_signed_in();
        self.event(Event::PinChangeRequested);
    }

    fn reach_repeating_own_pin(&mut self) {
        self.reach_choosing_own_pin();
        self.type_pin();
    }

    fn reach_choosing_pin_without_face(&mut self) {
        self.reach_enrolling();
        self.event(Event::WithoutFace);
    }

    fn reach_operator_pin(&mut self) {
        self.event(Event::OperatorRequested(OperatorPage::People));
    }

    fn reach_choosing_operator_pin(&mut self) {
        self.reach_operator_pin();
        self.event(Event::PinMissing);
    }

    fn type_pin(&mut self) -> Vec<Effect> {
        self.event(Event::PinChanged(Digits::of(PIN)));
        self.event(Event::Submitted)
    }

    fn enter(&mut self, page: OperatorPage) {
        self.event(Event::OperatorRequested(page));
        self.type_pin();
        self.event(Event::PinRight(None));
    }

    fn reach_editing(&mut self) {
        self.reach_signed_in();
        self.event(Event::EditRequested(typed()));
    }

    fn reach_confirming_removal(&mut self) {
        self.reach_signed_in();
        self.event(Event::RemovalRequested);
    }

    fn reach_removed(&mut self) {
        self.reach_confirming_removal();
        self.event(Event::RemovalConfirmed);
        self.event(Event::Removed);
    }

    fn reach_renewing(&mut self) {
        self.reach_signed_in();
        self.event(Event::RenewalRequested);
    }

    fn reach_reviewing_renewal(&mut self) {
        self.reach_renewing();
        self.capture();
    }

    fn reach_storing_renewal(&mut self) {
        self.reach_reviewing_renewal();
        self.event(Event::Confirmed);
    }

    fn reach_failed_sign_in(&mut self) {
        self.reach_searching();
        self.event(Event::Searched { best: found(1, 0.2), runner_up: None, gallery: 1 });
    }

    fn reach_operator(&mut self) {
        self.enter(OperatorPage::People);
    }

    fn reach_operator_camera(&mut self) {
        self.enter(OperatorPage::Camera);
    }

    fn reach_operator_removing(&mut self) {
        self.reach_operator();
        self.event(Event::OperatorRemoves(user(1)));
    }

    fn capture(&mut self) {
        while self.state().wants_camera() {
            self.frame(ana());
        }
        assert!(matches!(self.state(), State::Reviewing { .. }), "{:?}", self.state());
    }
}

/// What leads a kiosk from home to a place.
type Lead = fn(&mut Script);

/// Every state, by the way that leads there, and every page of those that have some.
const PLACES: &[(&str, Lead)] = &[
    ("home", |_| {}),
    ("details", Script::reach_details),
    ("checking", Script::reach_checking),
    ("consenting", Script::reach_consenting),
    ("enrolling", Script::reach_enrolling),
    ("reviewing", Script::reach_reviewing),
    ("storing", Script::reach_storing),
    ("enrolled", Script::reach_enrolled),
    ("failed enrollment", Script::reach_failed_enrollment),
    ("identifying", Script::reach_identifying),
    ("searching", Script::reach_searching),
    ("challenging", Script::reach_challenging),
    ("opening", Script::reach_opening),
    ("signed in", Script::reach_signed_in),
    ("editing", Script::reach_editing),
    ("confirming removal", Script::reach_confirming_removal),
    ("renewing", Script::reach_renewing),
    ("reviewing renewal", Script::reach_reviewing_renewal),
    ("storing renewal", Script::reach_storing_renewal),
    ("removed", Script::reach_removed),
    ("agreeing", Script::reach_agreeing),
    ("history", Script::reach_history),
    ("pin address", Script::reach_pin_address),
    ("pin", Script::reach_pin),
    ("checking pin", Script::reach_checking_pin),
    ("pin after face", Script::reach_pin_after_face),
    ("present pin", Script::reach_present_pin),
    ("choosing own pin", Script::reach_choosing_own_pin),
    ("repeating own pin", Script::reach_repeating_own_pin),
    ("choosing pin without face", Script::reach_choosing_pin_without_face),
    ("operator's pin", Script::reach_operator_pin),
    ("choosing the operator's pin", Script::reach_choosing_operator_pin),
    ("failed sign-in", Script::reach_failed_sign_in),
    ("operator", Script::reach_operator),
    ("operator camera", Script::reach_operator_camera),
    ("operator removing", Script::reach_operator_removing),
];

/// The places where frames are awaited, and those that have an open session.
const CAMERA: &[&str] = &["enrolling", "identifying", "challenging", "renewing", "operator camera"];
const SESSION: &[&str] = &[
    "signed in",
    "editing",
    "confirming removal",
    "agreeing",
    "history",
    "present pin",
    "choosing own pin",
    "repeating own pin",
    "renewing",
    "reviewing renewal",
    "storing renewal",
];

/// A kiosk in each place.
fn everywhere() -> impl Iterator<Item = (&'static str, Script)> {
    PLACES.iter().map(|(place, way)| (*place, Script::at(*way)))
}

fn typed() -> Form {
    Form { name: NAME.into(), email: EMAIL.into(), ..Form::default() }
}

fn consent() -> Consent {
    Consent { digest: "0".repeat(64), version: "1".into(), language: "en".into() }
}

fn agreed() -> Event {
    Event::Agreed(consent())
}

fn asked(state: &State) -> Option<&PinAsk> {
    match state {
        State::Pin(entry) => Some(&entry.ask),
        _ => None,
    }
}

fn user(number: u128) -> UserId {
    UserId(Uuid::from_u128(number))
}

fn found(number: u128, score: f32) -> Option<Match> {
    Some(Match { user: user(number), score: ComparisonScore(score) })
}

fn toward(axis: usize) -> Embedding {
    Embedding::normalized(std::array::from_fn(|i| if i == axis { 1.0 } else { 0.0 })).unwrap()
}

fn face(x: f32, yaw_deg: f32, embedding: Result<Embedding, Shortcoming>) -> Finding {
    let bounds = Rect { x, y: 100.0, width: 100.0, height: 120.0 };
    let quality = Quality {
        face_width_px: 100.0,
        yaw_deg,
        pitch_deg: 0.0,
        sharpness: 0.5,
        bright_luma: 200.0,
        dark_luma: 50.0,
        inside: 1.0,
        detection_score: 0.9,
        norm: Some(12.5),
    };
    let face = Face { score: 0.9, bounds, landmarks: [bounds.center(); 5] };
    Finding::Face(Box::new(FaceFinding { face, quality, embedding }))
}

/// Ana's face, turned.
fn turned(yaw_deg: f32) -> Finding {
    face(100.0, yaw_deg, Ok(toward(0)))
}

fn ana() -> Finding {
    turned(0.0)
}

fn bob() -> Finding {
    face(100.0, 0.0, Ok(toward(1)))
}

fn dark() -> Finding {
    face(100.0, 0.0, Err(Shortcoming::TooDark))
}

fn nobody() -> Finding {
    Finding::NoFace(None)
}

#[test]
fn each_way_leads_to_its_place() {
    for (place, script) in everywhere() {
        let state = script.state();
        let expected = match place {
            "home" => matches!(state, State::Home),
            "details" => matches!(state, State::Details(_)),
            "checking" => matches!(state, State::CheckingAddress(_)),
            "consenting" => matches!(state, State::Consenting(_)),
            "enrolling" => matches!(state, State::Enrolling(Enrolling { purpose: Purpose::New(_), .. })),
            "reviewing" => matches!(state, State::Reviewing { purpose: Purpose::New(_), .. }),
            "storing" => matches!(state, State::Storing(Purpose::New(_))),
            "agreeing" => *script.page() == ProfilePage::Agreeing,
            "history" => *script.page() == ProfilePage::History,
            "pin address" => matches!(state, State::PinAddress(_)),
            "pin" | "checking pin" => matches!(asked(state), Some(PinAsk::SignIn(_))),
            "pin after face" => matches!(asked(state), Some(PinAsk::AfterFace(..))),
            "present pin" => matches!(asked(state), Some(PinAsk::Own(_, Errand::Pin))),
            "choosing own pin" => matches!(asked(state), Some(PinAsk::Choose(Chooser::Own(..)))),
            "repeating own pin" => matches!(asked(state), Some(PinAsk::Repeat(Chooser::Own(..), _))),
            "choosing pin without face" => {
                matches!(asked(state), Some(PinAsk::Choose(Chooser::Newcomer { enrollment: None, .. })))
            }
            "operator's pin" => asked(state) == Some(&PinAsk::Operator(Way::Page(OperatorPage::People))),
            "choosing the operator's pin" => matches!(asked(state), Some(PinAsk::Choose(Chooser::Operator(_)))),
            "enrolled" => matches!(state, State::Enrolled { .. }),
            "failed enrollment" => matches!(state, State::Declined { wanted: Wanted::Enrollment(_), .. }),
            "identifying" => matches!(state, State::Identifying(_)),
            "searching" => matches!(state, State::Searching(_)),
            "challenging" => state.asks() == Some(Ask::Ahead),
            "opening" => matches!(state, State::OpeningSession { .. }),
            "signed in" => *script.page() == ProfilePage::Overview(None),
            "editing" => matches!(script.page(), ProfilePage::Editing(_)),
            "confirming removal" => *script.page() == (ProfilePage::ConfirmingRemoval { agreed: true }),
            "renewing" => matches!(state, State::Enrolling(Enrolling { purpose: Purpose::Renewal(_), .. })),
            "reviewing renewal" => matches!(state, State::Reviewing { purpose: Purpose::Renewal(_), .. }),
            "storing renewal" => matches!(state, State::Storing(Purpose::Renewal(_))),
            "removed" => matches!(state, State::Removed),
            "failed sign-in" => matches!(state, State::Declined { wanted: Wanted::SignIn, .. }),
            "operator" => matches!(state, State::Operator { page: OperatorPage::People, removing: None, .. }),
            "operator camera" => matches!(state, State::Operator { page: OperatorPage::Camera, removing: None, .. }),
            "operator removing" => matches!(state, State::Operator { removing: Some(_), .. }),
            other => panic!("{other} is not looked at"),
        };
        assert!(expected, "{place}: {state:?}");
        assert_eq!(state.wants_camera(), CAMERA.contains(&place), "{place}");
        assert_eq!(state.has_session(), SESSION.contains(&place), "{place}");
    }
}

#[test]
fn the_debug_text_of_no_state_shows_what_was_typed() {
    for (place, script) in everywhere() {
        let text = format!("{:?} {:?}", script.kiosk, script.effects);
        for secret in ["Zorrilla", "ana@", PIN] {
            assert!(!text.contains(secret), "{place}: {text}");
        }
    }
}

#[test]
fn an_answer_that_nobody_awaits_changes_nothing() {
    let refusals = Reason::ALL.map(Event::Refused);
    let answers = [
        Event::AddressFree,
        Event::Stored { user: user(7) },
        Event::Renewed,
        Event::Searched { best: found(7, 0.9), runner_up: None, gallery: 1 },
        Event::SessionOpened { until: Duration::from_secs(9_999), agreed: true, holds: FACE },
        Event::Updated,
        Event::Removed,
        Event::PinRight(Some(user(1))),
        Event::PinRight(None),
        Event::PinSet,
        Event::PinMissing,
        Event::OrderDrawn(Order::drawn(|_| 2)),
    ];
    for (place, script) in everywhere() {
        for answer in answers.iter().chain(&refusals) {
            let awaited = match (place, answer) {
                ("checking", Event::AddressFree | Event::Refused(_)) => true,
                ("storing", Event::Stored { .. } | Event::Refused(_)) => true,
                ("storing renewal", Event::Renewed | Event::Refused(_)) => true,
                ("searching", Event::Searched { .. }) => true,
                ("opening", Event::SessionOpened { .. } | Event::Refused(_)) => true,
                ("editing", Event::Updated | Event::Refused(_)) => true,
                ("agreeing", Event::Updated) => true,
                ("checking pin", Event::PinRight(Some(_)) | Event::Refused(_)) => true,
                ("operator's pin" | "pin after face", Event::PinMissing) => true,
                ("confirming removal", Event::Removed) => true,
                // A token that is of no more use ends the session, whatever it was shown for.
                ("signed in" | "agreeing" | "history" | "confirming removal", Event::Refused(reason)) => matches!(
                    reason,
                    Reason::TokenExpired | Reason::TokenInvalid | Reason::TokenNotYetValid | Reason::UserRemoved
                ),
                _ => false,
            };
            let mut after = script.clone();
            let effects = after.event(answer.clone());
            assert_eq!(after.state() != script.state(), awaited, "{place}: {answer:?}");
            assert!(awaited || effects.is_empty(), "{place}: {answer:?} {effects:?}");
        }
    }
}

#[test]
fn canceling_leads_home_from_everywhere_a_person_waits() {
    for (place, mut script) in everywhere() {
        let effects = script.event(Event::Canceled);
        match place {
            // Whoever stops a renewal is still signed in.
            "renewing" | "reviewing renewal" | "present pin" | "choosing own pin" | "repeating own pin" => {
                assert_eq!(script.page(), &ProfilePage::Overview(None), "{place}");
            }
            // The shell is about to answer.
            "storing" | "storing renewal" | "searching" | "opening" => assert_ne!(script.state(), &State::Home),
            _ => assert_eq!(script.state(), &State::Home, "{place}"),
        }
        assert_eq!(effects.contains(&Effect::CloseCamera), CAMERA.contains(&place), "{place}");
        let signs_out = ["signed in", "editing", "confirming removal", "agreeing", "history"].contains(&place);
        assert_eq!(effects.contains(&Effect::CloseSession), signs_out, "{place}");
    }
}
