//! Every state that a visitor or an operator can see, with the longest texts that fit into it.

mod operator;

use std::time::Duration;

use mirilla::biometrics::liveness::{Look, Nose};
use mirilla::biometrics::{
    ComparisonScore, Embedding, Face, FaceFinding, Finding, Life, Match, Observation, Quality, Shortcoming, UserId,
};
use mirilla::camera::Trouble;
use mirilla::geometry::Rect;
use mirilla::person::Digits;
use mirilla::session::{Event, Form, Guard, Holds, LivenessLevel, Means, OperatorPage, Order, Reason, State};
use mirilla::settings::KeyboardUse;
use mirilla::ui::{CameraView, HistoryLine, Message, Picture, ProfileView};
use uuid::Uuid;

use crate::stand::{Stand, time};

pub(crate) const TROUBLES: [Trouble; 7] = [
    Trouble::NoneFound,
    Trouble::InUse,
    Trouble::NoPermission,
    Trouble::Unplugged,
    Trouble::Frozen,
    Trouble::Black,
    Trouble::Failing,
];

const SHORTCOMINGS: [Shortcoming; 7] = [
    Shortcoming::FaceCutOff,
    Shortcoming::FaceTooSmall,
    Shortcoming::FaceTurned,
    Shortcoming::TooDark,
    Shortcoming::TooBright,
    Shortcoming::TooBlurred,
    Shortcoming::FaceUnclear,
];

/// A name of the greatest length, in words of the greatest width.
pub(crate) fn longest_name() -> String {
    let name: String = "Wilhelmina Maximiliana Gwendolyn ".chars().cycle().take(99).collect();
    name.trim_end().to_owned() + "W"
}

/// An address of the greatest length, without a place to break it.
pub(crate) fn longest_email() -> String {
    let local = "m".repeat(64);
    let domain = ["w".repeat(63), "m".repeat(63), "w".repeat(61)].join(".");
    format!("{local}@{domain}")
}

/// Who fills a place.
#[derive(Clone)]
pub(crate) struct Visitor {
    name: String,
    email: String,
}

impl Visitor {
    pub(crate) fn usual() -> Self {
        Self { name: "Ana Díaz".into(), email: "ana@example.org".into() }
    }

    pub(crate) fn longest() -> Self {
        Self { name: longest_name(), email: longest_email() }
    }

    fn form(&self) -> Form {
        Form { name: self.name.clone(), email: self.email.clone(), ..Form::default() }
    }
}

/// A state with a name, and the way to it.
pub(crate) struct Place {
    pub(crate) name: String,
    way: Box<dyn Fn(&mut Stand)>,
}

impl Place {
    fn new(name: impl Into<String>, way: impl Fn(&mut Stand) + 'static) -> Self {
        Self { name: name.into(), way: Box::new(way) }
    }

    /// Puts a kiosk there.
    pub(crate) fn enter(&self, stand: &mut Stand) {
        stand.clear();
        (self.way)(stand);
    }
}

/// Every place, for this visitor.
pub(crate) fn places(visitor: &Visitor) -> Vec<Place> {
    let mut all = vec![Place::new("home", |_| {})];
    all.extend(registering(visitor));
    all.extend(signing_in());
    all.extend(pins(visitor));
    all.extend(profile(visitor));
    all.extend(operator::places(visitor));
    all.extend(over(visitor));
    all
}

fn registering(visitor: &Visitor) -> Vec<Place> {
    let v = visitor;
    let form = |form: Form| move |stand: &mut Stand| fill(stand, &form);
    let mut all = vec![
        Place::new("details", form(Form::default())),
        Place::new("details filled", form(v.form())),
        Place::new("details empty", submitted(Form::default())),
        Place::new(
            "details malformed",
            submitted(Form { email: "ana".into(), name: "a\tb".into(), ..Form::default() }),
        ),
        Place::new(
            "details too long",
            submitted(Form { name: "W".repeat(101), email: "w".repeat(255), ..Form::default() }),
        ),
        Place::new("checking", submitted(v.form())),
        Place::new("consenting", with(v, consent)),
        Place::new(
            "consenting to a long text",
            with(v, |stand, v| {
                consent(stand, v);
                stand.consent.text = vec![format!("Title {}", "words ".repeat(60)); 40].join("\n\n");
            }),
        ),
        Place::new(
            "choosing a PIN without a face",
            with(v, |stand, v| {
                enroll(stand, v);
                stand.event(Event::WithoutFace);
            }),
        ),
        Place::new(
            "choosing a PIN beside the face",
            with(v, |stand, v| {
                stand.policy.sign_in = Means::FaceAndPin;
                review(stand, v);
                stand.event(Event::Confirmed);
                stand.type_pin("123456");
            }),
        ),
        Place::new("enrolling", with(v, enroll)),
        Place::new(
            "enrolling by the operator",
            with(v, |stand, v| {
                stand.policy.sign_in = Means::FaceAndPin;
                stand.operate(OperatorPage::People);
                enroll(stand, v);
            }),
        ),
        Place::new("enrolling 1", with(v, |stand, v| capture(stand, v, 1))),
        Place::new("enrolling 2", with(v, |stand, v| capture(stand, v, 2))),
        Place::new("reviewing", with(v, review)),
        Place::new("storing", with(v, store)),
        Place::new(
            "enrolled",
            with(v, |stand, v| {
                store(stand, v);
                stand.event(Event::Stored { user: user(1) });
            }),
        ),
        Place::new(
            "details refused",
            with(v, |stand, v| {
                submitted(v.form())(stand);
                stand.event(Event::Refused(Reason::EmailTaken));
            }),
        ),
        Place::new(
            "details refused otherwise",
            with(v, |stand, v| {
                submitted(v.form())(stand);
                stand.event(Event::Refused(Reason::UserRemoved));
            }),
        ),
    ];
    for (name, finding) in findings() {
        let v = v.clone();
        all.push(Place::new(format!("enrolling, {name}"), move |stand| {
            enroll(stand, &v);
            see(stand, finding.clone());
        }));
    }
    for trouble in TROUBLES {
        let v = v.clone();
        all.push(Place::new(format!("enrolling, {trouble:?}"), move |stand| {
            enroll(stand, &v);
            stand.event(Event::CameraChanged(Some(trouble)));
        }));
    }
    for reason in Reason::ALL.into_iter().filter(|reason| *reason != Reason::EmailTaken) {
        let v = v.clone();
        all.push(Place::new(format!("enrollment declined, {reason:?}"), move |stand| {
            store(stand, &v);
            stand.event(Event::Refused(reason));
        }));
    }
    all
}

fn signing_in() -> Vec<Place> {
    let mut all = vec![
        Place::new("identifying", identify),
        Place::new("identifying, no picture yet", |stand| {
            identify(stand);
            stand.picture = None;
        }),
        Place::new("searching", search),
        Place::new("sign-in held back", |stand| {
            search(stand);
            stand.event(Event::HeldBack(Duration::from_secs(25)));
        }),
    ];
    all.push(Place::new("challenge, ahead", |stand| challenge(stand, 0)));
    for (first, name) in ["left", "right", "up", "down", "blink"].into_iter().enumerate() {
        all.push(Place::new(format!("challenge, {name}"), move |stand| {
            challenge(stand, first);
            (0..6).for_each(|_| see(stand, good()));
        }));
    }
    all.push(Place::new("challenge, no camera", |stand| {
        challenge(stand, 0);
        stand.event(Event::CameraChanged(Some(Trouble::Unplugged)));
    }));
    for (name, finding) in findings() {
        all.push(Place::new(format!("identifying, {name}"), move |stand| {
            identify(stand);
            see(stand, finding.clone());
        }));
    }
    for trouble in TROUBLES {
        all.push(Place::new(format!("identifying, {trouble:?}"), move |stand| {
            identify(stand);
            stand.event(Event::CameraChanged(Some(trouble)));
        }));
    }
    for reason in Reason::ALL {
        all.push(Place::new(format!("sign-in declined, {reason:?}"), move |stand| {
            open(stand);
            stand.event(Event::Refused(reason));
        }));
    }
    all
}

/// PINs, and what is typed of them.
fn pins(visitor: &Visitor) -> Vec<Place> {
    let v = visitor;
    let address = |stand: &mut Stand, v: &Visitor| {
        stand.event(Event::PinSignInRequested);
        stand.event(Event::FormChanged(Form { name: String::new(), ..v.form() }));
    };
    let pin = move |stand: &mut Stand, v: &Visitor| {
        address(stand, v);
        stand.event(Event::Submitted);
    };
    vec![
        Place::new("pin address", |stand| stand.event(Event::PinSignInRequested)),
        Place::new("pin address, filled", with(v, address)),
        Place::new("pin address, empty", |stand| {
            stand.event(Event::PinSignInRequested);
            stand.event(Event::Submitted);
        }),
        Place::new("pin address, keyboard", |stand| {
            stand.event(Event::PinSignInRequested);
            stand.settings.keyboard = KeyboardUse::Always;
        }),
        Place::new("pin", with(v, pin)),
        Place::new(
            "pin, all typed",
            with(v, move |stand, v| {
                pin(stand, v);
                stand.event(Event::PinChanged(Digits::of("482913482913")));
            }),
        ),
        Place::new(
            "pin, too short",
            with(v, move |stand, v| {
                pin(stand, v);
                stand.type_pin("48");
            }),
        ),
        Place::new(
            "pin, wrong",
            with(v, move |stand, v| {
                pin(stand, v);
                stand.type_pin("482913");
                stand.event(Event::Refused(Reason::PinWrong));
            }),
        ),
        Place::new("pin after face", |stand| {
            stand.policy.sign_in = Means::FaceAndPin;
            open(stand);
        }),
        Place::new("pin of the operator", |stand| stand.event(Event::OperatorRequested(OperatorPage::People))),
        Place::new("pin of the operator, held back", |stand| {
            stand.event(Event::OperatorRequested(OperatorPage::People));
            stand.type_pin("482913");
            stand.event(Event::HeldBack(Duration::from_secs(25)));
        }),
        Place::new("the operator's PIN before another", |stand| {
            stand.operate(OperatorPage::Place);
            stand.event(Event::PinChangeRequested);
        }),
        Place::new("choosing another operator's PIN, the auditor's", |stand| {
            stand.operate(OperatorPage::Place);
            stand.event(Event::PinChangeRequested);
            stand.type_pin("482913");
            stand.event(Event::PinRight(None));
            stand.type_pin("482913");
            stand.type_pin("482913");
            stand.event(Event::Refused(Reason::PinWrong));
        }),
        Place::new("choosing the operator's PIN", |stand| {
            stand.event(Event::OperatorRequested(OperatorPage::People));
            stand.event(Event::PinMissing);
        }),
        Place::new(
            "present PIN",
            with(v, |stand, v| {
                stand.has_pin = true;
                then(stand, v, [Event::PinChangeRequested]);
            }),
        ),
        Place::new(
            "present PIN before a change",
            with(v, |stand, v| {
                (stand.has_pin, stand.policy.guards.removal) = (true, Guard::WithPin);
                then(stand, v, [Event::RemovalRequested]);
            }),
        ),
        Place::new(
            "present PIN before the history",
            with(v, |stand, v| {
                (stand.has_pin, stand.policy.guards.history) = (true, Guard::WithPin);
                then(stand, v, [Event::HistoryRequested]);
            }),
        ),
        Place::new(
            "choosing a PIN before the history",
            with(v, |stand, v| {
                stand.policy.guards.history = Guard::WithPin;
                then(stand, v, [Event::HistoryRequested]);
            }),
        ),
        Place::new(
            "choosing a PIN before a change",
            with(v, |stand, v| {
                stand.policy.guards.changes = Guard::WithPin;
                then(stand, v, [Event::RenewalRequested]);
            }),
        ),
        Place::new(
            "present PIN, wrong",
            with(v, |stand, v| {
                stand.has_pin = true;
                then(stand, v, [Event::PinChangeRequested]);
                stand.type_pin("482913");
                stand.event(Event::Refused(Reason::PinWrong));
            }),
        ),
        Place::new("choosing a PIN", with(v, |stand, v| then(stand, v, [Event::PinChangeRequested]))),
        Place::new(
            "choosing a PIN, too easy",
            with(v, |stand, v| {
                then(stand, v, [Event::PinChangeRequested]);
                stand.type_pin("123456");
            }),
        ),
        Place::new(
            "repeating a PIN",
            with(v, |stand, v| {
                then(stand, v, [Event::PinChangeRequested]);
                stand.type_pin("482913");
            }),
        ),
        Place::new(
            "choosing a PIN, not the same",
            with(v, |stand, v| {
                then(stand, v, [Event::PinChangeRequested]);
                stand.type_pin("482913");
                stand.type_pin("482914");
            }),
        ),
        Place::new(
            "profile, PIN set",
            with(v, |stand, v| {
                then(stand, v, [Event::PinChangeRequested]);
                stand.type_pin("482913");
                stand.type_pin("482913");
                stand.event(Event::PinSet);
            }),
        ),
    ]
}

fn profile(visitor: &Visitor) -> Vec<Place> {
    let v = visitor;
    let mut all = vec![
        Place::new("history", with(v, |stand, v| then(stand, v, [Event::HistoryRequested]))),
        Place::new(
            "agreeing again",
            with(v, |stand, v| {
                open(stand);
                session(stand, v, false);
            }),
        ),
        Place::new("profile", with(v, sign_in)),
        Place::new(
            "profile, not read yet",
            with(v, |stand, v| {
                sign_in(stand, v);
                stand.profile = None;
            }),
        ),
        Place::new(
            "profile saved",
            with(v, |stand, v| then(stand, v, [Event::EditRequested(v.form()), Event::Updated])),
        ),
        Place::new("editing", with(v, |stand, v| then(stand, v, [Event::EditRequested(v.form())]))),
        Place::new(
            "editing refused",
            with(v, |stand, v| {
                then(stand, v, [Event::EditRequested(v.form()), Event::Submitted, Event::Refused(Reason::EmailTaken)]);
            }),
        ),
        Place::new(
            "editing wrong",
            with(v, |stand, v| then(stand, v, [Event::EditRequested(Form::default()), Event::Submitted])),
        ),
        Place::new("renewing", with(v, |stand, v| then(stand, v, [Event::RenewalRequested]))),
        Place::new("reviewing renewal", with(v, review_renewal)),
        Place::new(
            "profile renewed",
            with(v, |stand, v| {
                review_renewal(stand, v);
                stand.event(Event::Confirmed);
                stand.event(Event::Renewed);
            }),
        ),
        Place::new("confirming removal", with(v, |stand, v| then(stand, v, [Event::RemovalRequested]))),
        Place::new(
            "removed",
            with(v, |stand, v| then(stand, v, [Event::RemovalRequested, Event::RemovalConfirmed, Event::Removed])),
        ),
    ];
    let ends = [Reason::TokenExpired, Reason::TokenInvalid, Reason::TokenNotYetValid, Reason::UserRemoved];
    for reason in Reason::ALL.into_iter().filter(|reason| !ends.contains(reason)) {
        let v = v.clone();
        all.push(Place::new(format!("profile not renewed, {reason:?}"), move |stand| {
            review_renewal(stand, &v);
            stand.event(Event::Confirmed);
            stand.event(Event::Refused(reason));
        }));
    }
    all
}

/// What can lie over a place.
fn over(visitor: &Visitor) -> Vec<Place> {
    let v = visitor;
    let failed = "cannot write the database: the disk is full (/var/lib/mirilla/data/mirilla.db)";
    vec![
        Place::new("failure", move |stand| stand.failure = Some(Message::new("doctor-said").word("detail", failed))),
        Place::new("home, named", |stand| stand.settings.place = "W".repeat(60)),
        Place::new("home, demo", |stand| stand.demo = Some("demo-obama-later")),
        Place::new(
            "profile, demo",
            with(v, |stand, v| {
                sign_in(stand, v);
                stand.demo = Some("demo-obama-later");
            }),
        ),
        Place::new(
            "details, keyboard",
            with(v, |stand, v| {
                fill(stand, &v.form());
                stand.settings.keyboard = KeyboardUse::Always;
            }),
        ),
        Place::new("details empty, keyboard", |stand| {
            submitted(Form::default())(stand);
            stand.settings.keyboard = KeyboardUse::Always;
        }),
    ]
}

/// The same place, shortly before the kiosk goes home.
pub(crate) fn idle(stand: &mut Stand) {
    let warned = |stand: &Stand| stand.kiosk.idle_warning(stand.now, &stand.policy).is_some();
    let latest = stand.now + Duration::from_secs(1000);
    while !warned(stand) && stand.now < latest {
        stand.now += Duration::from_secs(1);
    }
}

fn with(visitor: &Visitor, way: impl Fn(&mut Stand, &Visitor) + 'static) -> impl Fn(&mut Stand) + 'static {
    let visitor = visitor.clone();
    move |stand| way(stand, &visitor)
}

fn fill(stand: &mut Stand, form: &Form) {
    stand.event(Event::RegistrationRequested);
    stand.event(Event::FormChanged(form.clone()));
}

fn submitted(form: Form) -> impl Fn(&mut Stand) + 'static {
    move |stand| {
        fill(stand, &form);
        stand.event(Event::Submitted);
    }
}

fn agreed(stand: &Stand) -> Event {
    Event::Agreed(stand.consent.agreed_in(stand.words().language()))
}

fn consent(stand: &mut Stand, visitor: &Visitor) {
    submitted(visitor.form())(stand);
    stand.event(Event::AddressFree);
}

fn enroll(stand: &mut Stand, visitor: &Visitor) {
    consent(stand, visitor);
    stand.event(agreed(stand));
    stand.picture = picture();
}

fn capture(stand: &mut Stand, visitor: &Visitor, captures: usize) {
    enroll(stand, visitor);
    while matches!(stand.kiosk.state(), State::Enrolling(enrolling) if enrolling.captures.len() < captures) {
        see(stand, good());
    }
}

fn review(stand: &mut Stand, visitor: &Visitor) {
    capture(stand, visitor, usize::MAX);
}

fn store(stand: &mut Stand, visitor: &Visitor) {
    review(stand, visitor);
    stand.event(Event::Confirmed);
}

fn identify(stand: &mut Stand) {
    stand.event(Event::SignInRequested);
    stand.picture = picture();
}

fn search(stand: &mut Stand) {
    identify(stand);
    while matches!(stand.kiosk.state(), State::Identifying(_)) {
        see(stand, good());
    }
}

/// Whoever was recognized is to look ahead, then to do this one of left, right, up, down and blink.
fn challenge(stand: &mut Stand, first: usize) {
    stand.policy.liveness = LivenessLevel::Active;
    search(stand);
    let best = Some(Match { user: user(1), score: ComparisonScore(0.9) });
    stand.event(Event::Searched { best, runner_up: None, gallery: 1 });
    let mut draws = [if first < 4 { first } else { 0 }, 0, 0, if first < 4 { 3 } else { 0 }].into_iter();
    stand.event(Event::OrderDrawn(Order::drawn(|_| draws.next().unwrap_or(0))));
}

fn open(stand: &mut Stand) {
    search(stand);
    let best = Some(Match { user: user(1), score: ComparisonScore(0.9) });
    stand.event(Event::Searched { best, runner_up: None, gallery: 1 });
}

fn sign_in(stand: &mut Stand, visitor: &Visitor) {
    open(stand);
    session(stand, visitor, true);
}

fn session(stand: &mut Stand, visitor: &Visitor, agreed: bool) {
    let holds = Holds { face: true, pin: stand.has_pin, pin_given: false };
    stand.event(Event::SessionOpened { until: stand.now + Duration::from_secs(899), agreed, holds });
    let (name, email) = visitor.form().person().expect("a visitor with a name and an address");
    let line = |number: usize| HistoryLine {
        at: time(),
        key: ["history-by-face", "history-wrong-pin", "history-agreed"][number % 3],
        odd: number % 3 == 1,
    };
    let history = (0..30).map(line).collect();
    stand.profile = Some(ProfileView { name, email, enrolled_at: time(), last_sign_in: Some(time()), history });
}

fn then(stand: &mut Stand, visitor: &Visitor, events: impl IntoIterator<Item = Event>) {
    sign_in(stand, visitor);
    events.into_iter().for_each(|event| stand.event(event));
}

fn review_renewal(stand: &mut Stand, visitor: &Visitor) {
    then(stand, visitor, [Event::RenewalRequested]);
    while matches!(stand.kiosk.state(), State::Enrolling(_)) {
        see(stand, good());
    }
}

fn watch(stand: &mut Stand) {
    stand.operate(OperatorPage::Camera);
    stand.picture = picture();
    stand.operator.camera_status = Some("Integrated Camera: 5986:2113 (usb-0000:00:14.0-8), MJPG 1280x720".into());
    let camera = |id: &str| CameraView { id: id.into(), name: format!("Integrated Camera: 5986:2113 ({id})") };
    stand.operator.cameras = ["usb-0000:00:14.0-8", "usb-0000:00:14.0-9"].map(camera).into();
}

fn see(stand: &mut Stand, finding: Finding) {
    stand.frames += 1;
    stand.now += Duration::from_millis(300);
    let life = match &finding {
        Finding::Face(face) => {
            Some(Box::new(Life { look: look(stand.now, face.face.bounds), face: face.embedding.clone().ok() }))
        }
        Finding::NoFace(_) | Finding::SeveralFaces(_) => None,
    };
    let seen = Observation { captured_at: stand.now, frame_digest: stand.frames, finding, life };
    stand.observation = Some(seen.clone());
    stand.event(Event::Observed(Box::new(seen)));
}

/// Nothing speaks against it.
fn look(captured_at: Duration, face: Rect) -> Look {
    let (center, width) = (face.center(), face.width);
    Look {
        captured_at,
        center,
        width,
        in_rectangle: false,
        surround: None,
        nose: Some(Nose { across: 0.0, down: 0.5 }),
        lids: Some(0.3),
        relief: None,
    }
}

fn picture() -> Option<Picture> {
    Some(Picture { texture: egui::TextureId::default(), size: [1280.0, 720.0] })
}

/// What a frame can show, good or not.
fn findings() -> Vec<(String, Finding)> {
    let mut all = vec![("a face".to_owned(), good()), ("nobody".to_owned(), Finding::NoFace(None))];
    let Finding::Face(one) = good() else { unreachable!() };
    all.push(("two faces".into(), Finding::SeveralFaces(vec![one.face, one.face])));
    all.extend(SHORTCOMINGS.map(|short| (format!("{short:?}"), face(Err(short)))));
    all
}

fn good() -> Finding {
    let axis = std::array::from_fn(|i| if i == 0 { 1.0 } else { 0.0 });
    face(Ok(Embedding::normalized(axis).expect("a unit")))
}

fn face(embedding: Result<Embedding, Shortcoming>) -> Finding {
    let bounds = Rect { x: 500.0, y: 200.0, width: 260.0, height: 320.0 };
    let quality = Quality {
        face_width_px: 260.0,
        yaw_deg: 3.0,
        pitch_deg: -12.0,
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

pub(crate) fn user(number: u128) -> UserId {
    UserId(Uuid::from_u128(number))
}
