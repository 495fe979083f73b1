//! What the kiosk does with a self-test: where the operator wants one, nobody signs in by the face alone without.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use mirilla::app::App;
use mirilla::camera::playback::Playback;
use mirilla::clock::Clock;
use mirilla::config::Config;
use mirilla::demo::{self, BIDEN};
use mirilla::selftest::{
    Camera, Conditions, Count, Guide, Kept, LEAST_ATTEMPTS, LEAST_EACH, LEAST_PEOPLE, Plan, Species, Standing, Test,
};
use mirilla::session::{Event, FaceAlone, Form, LivenessLevel, PinAsk, Policy, Reason, State};
use mirilla::settings::{Language, Settings};
use mirilla::worker::SourceOpener;

const PACE: Duration = Duration::from_millis(30);
const TURN: Duration = Duration::from_millis(50);

fn biden() -> Playback {
    Playback::new(vec![demo::scene(&[BIDEN]).unwrap()], PACE).unwrap()
}

fn turn_until(app: &mut App, done: impl Fn(&App) -> bool) {
    let clock = Clock::start();
    while !done(app) {
        assert!(clock.elapsed() < Duration::from_secs(60), "stuck in {:?}", app.state());
        app.turn(TURN).unwrap();
    }
}

fn enroll(app: &mut App) {
    let form = Form::filled(&"Joe Biden".parse().unwrap(), &"joe@example.org".parse().unwrap());
    let agreed = app.consent().of(Language::English).agreed_in(Language::English);
    for event in [Event::RegistrationRequested, Event::FormChanged(form), Event::Submitted, Event::Agreed(agreed)] {
        app.handle(event).unwrap();
    }
    turn_until(app, |app| matches!(app.state(), State::Reviewing { .. }));
    app.handle(Event::Confirmed).unwrap();
    assert!(matches!(app.state(), State::Enrolled { .. }), "{:?}", app.state());
}

/// What is kept of a self-test by a camera that calls itself so, in which so many matt prints got in.
fn measured(folder: &Path, mode: &str, got_in: u32) {
    let camera = Camera { id: None, mode: Some(mode.into()) };
    let level = LivenessLevel::Passive;
    let mut test = Test::begun(Conditions::of(camera, None, level, &Policy::default()), 1_790_000_000);
    test.people = vec![Count { passed: LEAST_EACH, ..Count::default() }; LEAST_PEOPLE as usize];
    let stopped = Count { refused: LEAST_ATTEMPTS, ..Count::default() };
    test.attacks = Species::ALL.into_iter().map(|species| (species, stopped)).collect();
    test.attacks.get_mut(&Species::PrintMatte).unwrap().passed = got_in;
    let mut kept = Kept::default();
    kept.put(level, test);
    kept.save(folder).unwrap();
}

/// Somebody who is enrolled and has no PIN comes before the camera; whether they got in by the face alone.
fn signs_in(app: &mut App) -> bool {
    app.handle(Event::SignInRequested).unwrap();
    turn_until(app, |app| !matches!(app.state(), State::Identifying(_)));
    let alone = match app.state() {
        State::SignedIn(_) => true,
        State::Pin(entry) if matches!(entry.ask, PinAsk::AfterFace(..)) => false,
        State::Declined { reason: Reason::PinNotSet, .. } => false,
        other => panic!("{other:?}"),
    };
    assert_eq!(app.session().is_some(), alone);
    while !matches!(app.state(), State::Home) {
        app.handle(Event::Canceled).unwrap();
    }
    alone
}

#[test]
fn the_face_alone_signs_in_where_the_self_test_holds_for_this_very_camera() {
    let folder = tempfile::tempdir().unwrap();
    let policy = Policy { pose_patience: Duration::ZERO, ..Policy::default() };
    let config = Config { policy, ..Config::new(Some(folder.path())).unwrap() };
    let open: SourceOpener = Arc::new(|| Ok(Box::new(biden())));
    let mode = mirilla::camera::FrameSource::describe(&biden());
    let mut app = App::start(&config, Clock::start(), open, Arc::new(|| {})).unwrap();
    enroll(&mut app);
    assert!(signs_in(&mut app), "as delivered nobody asks for a self-test");

    let wanted = Settings { face_alone: FaceAlone::Tested, ..Settings::default() };
    app.change_settings(wanted.clone(), None).unwrap();
    assert_eq!(app.self_test(), Standing::Untested);
    assert!(!signs_in(&mut app), "nothing was measured");

    // Another process has measured meanwhile.
    measured(folder.path(), &mode, 0);
    assert!(signs_in(&mut app) && app.self_test() == Standing::Holds);
    measured(folder.path(), "Another camera, RGB 640x480", 0);
    assert!(!signs_in(&mut app), "what another camera saw shows nothing of this one");
    assert!(matches!(app.self_test(), Standing::Expired(_)));
    measured(folder.path(), &mode, 1);
    assert!(!signs_in(&mut app), "one print that got in is enough");
    assert_eq!(app.self_test(), Standing::Beaten(vec![Species::PrintMatte]));

    measured(folder.path(), &mode, 0);
    app.change_settings(Settings { patience: 2, ..wanted.clone() }, None).unwrap();
    assert!(!signs_in(&mut app), "whoever is given longer tries longer");
    app.change_settings(wanted, None).unwrap();
    assert!(signs_in(&mut app));
    std::fs::write(folder.path().join("selftest.json"), "no counts").unwrap();
    assert!(!signs_in(&mut app), "what is not understood shows nothing");

    // What is counted here while somebody counts, or forgets, elsewhere, is not put in its place.
    measured(folder.path(), &mode, 0);
    assert!(signs_in(&mut app));
    let (mut guide, anew) = Guide::new(Plan::default(), app.measured().cloned(), app.conditions(None, None), 7);
    let now = jiff::Timestamp::UNIX_EPOCH;
    assert!(!anew && app.keep_measured(&mut guide, now).unwrap());
    Kept::default().save(folder.path()).unwrap();
    assert!(!app.keep_measured(&mut guide, now).unwrap() && Kept::load(folder.path()).unwrap().is_empty());
    assert_eq!(app.self_test(), Standing::Untested);
}
