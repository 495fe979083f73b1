//! The operator's pages and the self-test, with the longest texts that fit into them.

use mirilla::biometrics::liveness::Turn;
use mirilla::camera::Trouble;
use mirilla::selftest::{
    Camera, Change, Conditions, Count, LEAST_ATTEMPTS, LEAST_EACH, LEAST_PEOPLE, Outcome, Plan, Species, Standing,
    Step, Test,
};
use mirilla::session::{Ask, Event, Guard, LivenessLevel, Means, OperatorPage, Policy, Reason};
use mirilla::ui::{BeforeCamera, HealthLine, LedView, ListedPerson, Message, SelfTestView};

use super::{Place, TROUBLES, Visitor, findings, picture, see, user, watch, with};
use crate::stand::{Stand, time};

pub(super) fn places(visitor: &Visitor) -> Vec<Place> {
    let page = |page| move |stand: &mut Stand| stand.operate(page);
    let mut all = vec![
        Place::new("operator, nobody", page(OperatorPage::People)),
        Place::new(
            "operator, people",
            with(visitor, |stand, v| {
                stand.operate(OperatorPage::People);
                stand.operator.people = people(v, 40);
            }),
        ),
        Place::new(
            "operator, removing",
            with(visitor, |stand, v| {
                stand.operate(OperatorPage::People);
                stand.operator.people = people(v, 3);
                stand.event(Event::OperatorRemoves(user(1)));
            }),
        ),
        Place::new("operator, no camera", page(OperatorPage::Camera)),
        Place::new("operator, decisions", page(OperatorPage::Decisions)),
        Place::new("operator, decisions with the PIN", |stand| {
            stand.operate(OperatorPage::Decisions);
            stand.settings.changes = Guard::WithPin;
            stand.settings.sign_in = Means::FaceAndPin;
            stand.operator.shut_out = 12;
        }),
        Place::new("operator, decisions where a self-test holds", measured(|_| {}, Some(Standing::Holds))),
        Place::new("operator, decisions where pictures got in", measured(beaten, None)),
        Place::new(
            "operator, decisions after a change",
            measured(
                beaten,
                Some(Standing::Expired(vec![Change::Camera, Change::Thresholds(vec![]), Change::Program])),
            ),
        ),
        Place::new(
            "operator, decisions before the end of a self-test",
            measured(
                |test| test.attacks.clear(),
                Some(Standing::Unfinished { people: 7, species: Species::ALL.into() }),
            ),
        ),
        Place::new("self-test, somebody sits down", led(Step::Enroll { person: Some(1) }, |_| {})),
        Place::new(
            "self-test, whoever sat down was not seen",
            led(Step::Enroll { person: None }, |led| led.not_enrolled = Some(Reason::TimedOut)),
        ),
        Place::new("self-test, somebody signs in", led(Step::BonaFide { person: 3, attempt: 7 }, |_| {})),
        Place::new(
            "self-test, an attack",
            led(attack(), |led| (led.last, led.can_repeat) = (Some(Outcome::NotRecognized), true)),
        ),
        Place::new("self-test, counted elsewhere", led(attack(), |led| led.overtaken = true)),
        Place::new("self-test, another camera", led(attack(), |led| led.other_camera = true)),
        Place::new("self-test, before the camera", led(attack(), |led| led.before = before(None, None))),
        Place::new(
            "self-test, badly seen",
            led(attack(), |led| led.before = before(Some(Ask::Ahead), Some(Reason::FaceUnclear))),
        ),
        Place::new(
            "self-test, asked to turn",
            led(attack(), |led| led.before = before(Some(Ask::Turn(Turn::Up)), None)),
        ),
        Place::new(
            "self-test, no camera",
            led(attack(), |led| {
                let trouble = Some(Trouble::NoPermission);
                led.before = before(None, None).map(|before| BeforeCamera { trouble, ..before });
            }),
        ),
        Place::new("self-test, the end", led(Step::Done, |led| led.can_repeat = true)),
        Place::new("operator, place", page(OperatorPage::Place)),
        Place::new("operator, PIN changed", |stand| {
            stand.operate(OperatorPage::Place);
            stand.event(Event::PinChangeRequested);
            stand.type_pin("482913");
            stand.event(Event::PinRight(None));
            stand.type_pin("482914");
            stand.type_pin("482914");
            stand.event(Event::PinSet);
        }),
        Place::new("operator, health", |stand| {
            stand.operate(OperatorPage::Health);
            stand.operator.health = Some(health());
        }),
    ];
    for (name, finding) in findings() {
        all.push(Place::new(format!("operator, camera, {name}"), move |stand| {
            watch(stand);
            see(stand, finding.clone());
        }));
    }
    for trouble in TROUBLES {
        all.push(Place::new(format!("operator, camera, {trouble:?}"), move |stand| {
            watch(stand);
            stand.event(Event::CameraChanged(Some(trouble)));
        }));
    }
    all
}

fn people(visitor: &Visitor, count: u128) -> Vec<ListedPerson> {
    let listed = |number| ListedPerson {
        user: user(number),
        name: visitor.name.clone(),
        email: visitor.email.clone(),
        enrolled_at: time(),
        last_sign_in: (number % 2 == 0).then(time),
        looks_like: (number % 3 == 0).then(|| visitor.name.clone()),
    };
    (1..=count).map(listed).collect()
}

fn health() -> Vec<HealthLine> {
    let path = "/var/lib/mirilla/data";
    let line = |name: &str, found: Message, remedy: Option<&'static str>| HealthLine {
        check: name.into(),
        found,
        remedy: remedy.map(Into::into),
        is_caution: name == "store-key",
    };
    let outdated = Message::new("doctor-database-outdated").count("schema", 1).count("users", 40).count("outdated", 12);
    vec![
        line("data-directory", Message::new("doctor-folder-new").word("path", path), None),
        line("database", outdated, Some("doctor-database-error-try")),
        line("camera", "doctor-camera-none".into(), Some("doctor-camera-no-permission-try")),
        line("store-key", Message::new("doctor-store-key-file").word("path", format!("{path}/store.key")), None),
        line("token-key", Message::new("doctor-key-well").count("count", 1), None),
        line("clock", "doctor-camera-played".into(), None),
    ]
}

/// Pictures of every kind got in.
fn beaten(test: &mut Test) {
    test.attacks.values_mut().for_each(|count| count.passed = 9);
}

/// The page of a site where this was counted, and stands so.
fn measured(change: impl Fn(&mut Test) + 'static, stands: Option<Standing>) -> impl Fn(&mut Stand) + 'static {
    move |stand| {
        stand.operate(OperatorPage::Decisions);
        let test = counted(&change);
        let standing = stands.clone().unwrap_or_else(|| test.standing(&test.conditions));
        stand.operator.self_test = Some(SelfTestView { standing, test: Some(test), counted_at: Some(time()) });
    }
}

/// A self-test in which nothing got in, but for what `change` says.
fn counted(change: &dyn Fn(&mut Test)) -> Test {
    let camera = Camera { id: None, mode: Some("Integrated Camera, MJPEG 1280x720".into()) };
    let mut test = Test::begun(Conditions::of(camera, None, LivenessLevel::Passive, &Policy::default()), 0);
    test.people = vec![Count { passed: LEAST_EACH, ..Count::default() }; LEAST_PEOPLE as usize];
    let stopped = Count { refused: LEAST_ATTEMPTS, ..Count::default() };
    test.attacks = Species::ALL.into_iter().map(|species| (species, stopped)).collect();
    change(&mut test);
    test
}

/// The attack with the longest words.
fn attack() -> Step {
    Step::Attack { species: Species::ReplayedTurn, attempt: 1 }
}

fn before(ask: Option<Ask>, hint: Option<Reason>) -> Option<BeforeCamera> {
    Some(BeforeCamera { ask, progress: 0.5, hint, trouble: None })
}

/// A self-test that is led, and stands at this step.
fn led(step: Step, change: impl Fn(&mut LedView) + 'static) -> impl Fn(&mut Stand) + 'static {
    move |stand| {
        stand.operate(OperatorPage::Decisions);
        stand.picture = picture();
        let test = counted(&beaten);
        let standing = test.standing(&test.conditions);
        let mut led = LedView {
            step,
            plan: Plan::default(),
            before: None,
            last: None,
            not_enrolled: None,
            other_camera: false,
            overtaken: false,
            can_repeat: false,
            counted: SelfTestView { standing, test: Some(test), counted_at: Some(time()) },
        };
        change(&mut led);
        stand.operator.led = Some(led);
    }
}
