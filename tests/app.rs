//! The kiosk without a window: real threads, real networks, cameras that play portraits or break.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use mirilla::app::{App, AppError};
use mirilla::biometrics::{Embedding, Template};
use mirilla::camera::playback::{Playback, SceneSwitch};
use mirilla::camera::{Frame, FrameSource};
use mirilla::clock::Clock;
use mirilla::config::Config;
use mirilla::demo::{self, BIDEN, COLLINS};
use mirilla::desk::Desk;
use mirilla::error::CameraError;
use mirilla::person::Digits;
use mirilla::session::{
    Enrolling, Enrollment, Event, Form, LookAlike, Miss, Newcomer, Notice, OperatorPage, Policy, ProfilePage, Reason,
    SignedIn, State, Strictness,
};
use mirilla::settings::{Language, Settings, SettingsError};
use mirilla::worker::{CameraPhase, SourceOpener};

const PACE: Duration = Duration::from_millis(30);
const TURN: Duration = Duration::from_millis(50);
const NAME: &str = "Joe Biden";
const EMAIL: &str = "joe@example.org";

/// Portraits do not turn the head when they are asked to.
fn policy() -> Policy {
    Policy { pose_patience: Duration::ZERO, ..Policy::default() }
}

fn biden() -> Playback {
    Playback::new(vec![demo::scene(&[BIDEN]).unwrap()], PACE).unwrap()
}

fn always_biden() -> SourceOpener {
    Arc::new(|| Ok(Box::new(biden())))
}

fn config(folder: &tempfile::TempDir, policy: Policy) -> Config {
    Config { policy, ..Config::new(Some(folder.path())).unwrap() }
}

fn start(config: &Config, open: SourceOpener) -> App {
    App::start(config, Clock::start(), open, Arc::new(|| {})).unwrap()
}

fn kiosk(policy: Policy, open: SourceOpener) -> (tempfile::TempDir, App) {
    let folder = tempfile::tempdir().unwrap();
    let app = start(&config(&folder, policy), open);
    (folder, app)
}

fn turn_until(app: &mut App, done: impl Fn(&App) -> bool) {
    let clock = Clock::start();
    while !done(app) {
        assert!(clock.elapsed() < Duration::from_secs(60), "stuck in {:?}", app.state());
        app.turn(TURN).unwrap();
    }
}

/// A camera is closed by its own thread.
#[track_caller]
fn wait_until(there: impl Fn() -> bool) {
    let begun = Instant::now();
    while !there() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it does not come");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn handle(app: &mut App, events: impl IntoIterator<Item = Event>) {
    for event in events {
        app.handle(event).unwrap();
    }
}

fn form(name: &str, email: &str) -> Form {
    Form::filled(&name.parse().unwrap(), &email.parse().unwrap())
}

/// Goes as far as the captures.
fn register(app: &mut App) {
    handle(app, [Event::RegistrationRequested, Event::FormChanged(form(NAME, EMAIL)), Event::Submitted]);
    agree(app);
    assert!(matches!(app.state(), State::Enrolling(_)), "{:?}", app.state());
}

fn agree(app: &mut App) {
    let agreed = app.consent().of(Language::English).agreed_in(Language::English);
    handle(app, [Event::Agreed(agreed)]);
}

/// Goes to a page of the operator's, whose PIN is chosen at the first time.
fn operate(app: &mut App, page: OperatorPage) {
    handle(app, [Event::OperatorRequested(page)]);
    while matches!(app.state(), State::Pin(_)) {
        handle(app, [Event::PinChanged(Digits::of("482913")), Event::Submitted]);
    }
    assert_eq!(app.state(), &State::Operator { page, removing: None, pin_changed: false });
}

fn enroll(app: &mut App) {
    register(app);
    turn_until(app, |app| matches!(app.state(), State::Reviewing { .. }));
    handle(app, [Event::Confirmed]);
    assert!(matches!(app.state(), State::Enrolled { .. }), "{:?}", app.state());
}

fn sign_in(app: &mut App) {
    handle(app, [Event::SignInRequested]);
    turn_until(app, |app| !matches!(app.state(), State::Identifying(_)));
    assert!(matches!(app.state(), State::SignedIn(_)), "{:?}", app.state());
}

fn page(app: &App) -> &ProfilePage {
    match app.state() {
        State::SignedIn(SignedIn { page, .. }) => page,
        other => panic!("not signed in: {other:?}"),
    }
}

fn declined(app: &App) -> Option<Reason> {
    match app.state() {
        State::Declined { reason, .. } => Some(*reason),
        _ => None,
    }
}

/// The database, as another program opens it.
fn database(folder: &tempfile::TempDir) -> rusqlite::Connection {
    let path = Config::new(Some(folder.path())).unwrap().database_path();
    let key = std::fs::read_to_string(folder.path().join("store.key")).unwrap();
    let database = rusqlite::Connection::open(path).unwrap();
    database.pragma_update(None, "key", format!("raw:{}", key.trim())).unwrap();
    database
}

fn users(app: &mut App) -> usize {
    app.desk().store().users().unwrap().len()
}

/// Plays until it is unplugged, and cannot be opened while it is.
struct Pluggable(Playback, Arc<AtomicBool>);

impl FrameSource for Pluggable {
    fn describe(&self) -> String {
        "a camera of the test".into()
    }

    fn next_frame(&mut self, now: Duration) -> Result<Frame, CameraError> {
        match self.1.load(Ordering::Relaxed) {
            true => self.0.next_frame(now),
            false => Err(CameraError::Stopped),
        }
    }
}

fn pluggable(plugged: &Arc<AtomicBool>) -> SourceOpener {
    let plugged = Arc::clone(plugged);
    Arc::new(move || match plugged.load(Ordering::Relaxed) {
        true => Ok(Box::new(Pluggable(biden(), Arc::clone(&plugged)))),
        false => Err(CameraError::Stopped),
    })
}

#[test]
fn a_camera_that_is_lost_is_told_and_the_captures_begin_anew_once_it_is_back() {
    let plugged = Arc::new(AtomicBool::new(true));
    let (_folder, mut app) = kiosk(policy(), pluggable(&plugged));
    register(&mut app);
    let one_capture =
        |app: &App| matches!(app.state(), State::Enrolling(Enrolling { captures, .. }) if captures.len() == 1);
    turn_until(&mut app, one_capture);
    plugged.store(false, Ordering::Relaxed);
    turn_until(&mut app, |app| app.kiosk().trouble().is_some());
    assert!(app.camera_status().unwrap().detail.is_some());
    let State::Enrolling(enrolling) = app.state() else { panic!("{:?}", app.state()) };
    assert!(enrolling.captures.is_empty());

    plugged.store(true, Ordering::Relaxed);
    turn_until(&mut app, |app| matches!(app.state(), State::Reviewing { .. }));
    assert_eq!((app.kiosk().trouble(), users(&mut app)), (None, 0), "nothing is stored before it is confirmed");
    handle(&mut app, [Event::Confirmed]);
    assert_eq!(users(&mut app), 1);
}

#[test]
fn a_camera_that_cannot_be_opened_is_told_and_left_behind() {
    let (_folder, mut app) = kiosk(policy(), pluggable(&Arc::new(AtomicBool::new(false))));
    handle(&mut app, [Event::SignInRequested]);
    turn_until(&mut app, |app| app.kiosk().trouble().is_some());
    assert!(matches!(app.state(), State::Identifying(_)));
    assert!(matches!(app.camera_status().unwrap().phase, CameraPhase::Trouble(_)));
    handle(&mut app, [Event::Canceled]);
    assert_eq!((app.state(), app.kiosk().trouble(), app.camera_status()), (&State::Home, None, None));
    app.turn(Duration::ZERO).unwrap();
}

#[test]
fn a_camera_that_stays_away_is_not_waited_for_for_ever() {
    let policy = Policy { idle_after: Duration::from_millis(600), ..policy() };
    let (_folder, mut app) = kiosk(policy, pluggable(&Arc::new(AtomicBool::new(false))));
    register(&mut app);
    turn_until(&mut app, |app| *app.state() == State::Home);
    assert_eq!((app.camera_status(), users(&mut app)), (None, 0));
}

/// Counts the cameras that were closed.
struct Counted(Playback, Arc<AtomicUsize>);

impl FrameSource for Counted {
    fn describe(&self) -> String {
        "a camera of the test".into()
    }

    fn next_frame(&mut self, now: Duration) -> Result<Frame, CameraError> {
        self.0.next_frame(now)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.1.fetch_add(1, Ordering::Relaxed);
    }
}

struct Broken;

impl FrameSource for Broken {
    fn describe(&self) -> String {
        "a camera of the test".into()
    }

    fn next_frame(&mut self, _: Duration) -> Result<Frame, CameraError> {
        panic!("a driver that gives up");
    }
}

#[test]
fn a_camera_that_panics_leaves_a_kiosk_that_lives_on() {
    let opened = AtomicUsize::new(0);
    let open: SourceOpener = Arc::new(move || match opened.fetch_add(1, Ordering::Relaxed) {
        0 => Ok(Box::new(Broken)),
        _ => Ok(Box::new(biden())),
    });
    let policy = Policy { identification_timeout: Duration::from_secs(2), ..policy() };
    let (_folder, mut app) = kiosk(policy, open);
    handle(&mut app, [Event::SignInRequested]);
    turn_until(&mut app, |app| declined(app).is_some());
    handle(&mut app, [Event::Canceled]);
    enroll(&mut app);
}

#[test]
fn what_another_process_changes_counts_at_once() {
    let (folder, mut app) = kiosk(policy(), always_biden());
    enroll(&mut app);
    let mut other = Desk::open(&Config::new(Some(folder.path())).unwrap(), Clock::start()).unwrap();
    other.remove(&EMAIL.parse().unwrap()).unwrap().unwrap();
    handle(&mut app, [Event::SignInRequested]);
    turn_until(&mut app, |app| declined(app).is_some());
    assert_eq!(declined(&app), Some(Reason::NotRecognized));
}

#[test]
fn strangers_who_come_in_a_row_begin_a_wait_that_a_new_start_does_not_end() {
    let policy = Policy { strangers_a_minute: 2, ..policy() };
    let (folder, mut app) = kiosk(policy.clone(), always_biden());
    let tried = |app: &mut App| {
        handle(app, [Event::SignInRequested]);
        turn_until(app, |app| declined(app).is_some());
        let reason = declined(app);
        handle(app, [Event::Canceled]);
        reason
    };
    assert_eq!([tried(&mut app), tried(&mut app)], [Some(Reason::NotRecognized); 2]);
    assert_eq!(tried(&mut app), Some(Reason::TooManyAttempts));
    drop(app);
    let mut again = Desk::open(&Config::new(Some(folder.path())).unwrap(), Clock::start()).unwrap();
    let left = again.wait_left().unwrap().expect("a wait");
    assert!(left <= policy.first_wait && left >= policy.first_wait / 2, "{left:?}");
    // A face that was held back was not looked for, and does not count.
    again.note_miss(Miss::Stranger, &policy).unwrap();
    assert!(again.wait_left().unwrap().unwrap() <= left);
}

#[test]
fn an_empty_room_times_out_and_the_camera_goes_off() {
    let policy = Policy { identification_timeout: Duration::from_millis(600), ..policy() };
    let closed = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&closed);
    let open: SourceOpener = Arc::new(move || {
        let room = Playback::new(vec![demo::scene(&[]).unwrap()], PACE)?;
        Ok(Box::new(Counted(room, Arc::clone(&count))))
    });
    let (_folder, mut app) = kiosk(policy, open);
    handle(&mut app, [Event::SignInRequested]);
    turn_until(&mut app, |app| declined(app).is_some());
    assert_eq!(declined(&app), Some(Reason::NoFace));
    wait_until(|| closed.load(Ordering::Relaxed) == 1);
    assert!(app.preview().is_none() && app.observation().is_none() && app.camera_status().is_none());
}

#[test]
fn the_session_of_one_person_is_gone_before_the_next_one_comes() {
    let (_folder, mut app) = kiosk(policy(), always_biden());
    enroll(&mut app);
    sign_in(&mut app);
    let token = app.session().unwrap().token.clone();
    assert_eq!(app.desk().profile(&token).unwrap().unwrap().user.name.as_str(), NAME);
    assert_eq!(app.profile().unwrap().user.name.as_str(), NAME);
    assert!(!format!("{:?}", app.session()).contains(token.as_str()), "the token shows in a debug text");
    handle(&mut app, [Event::Canceled]);
    assert!(app.session().is_none() && app.profile().is_none());
}

#[test]
fn what_was_seen_of_one_visitor_is_not_shown_to_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, woken) = (Clock::start(), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&woken);
    let wake = Arc::new(move || {
        count.fetch_add(1, Ordering::Relaxed);
    });
    let mut app = App::start(&config(&folder, policy()), clock, always_biden(), wake).unwrap();
    for _ in 0..4 {
        let began = clock.elapsed();
        handle(&mut app, [Event::RegistrationRequested, Event::FormChanged(form(NAME, EMAIL)), Event::Submitted]);
        agree(&mut app);
        assert!(app.preview().is_none() && app.observation().is_none());
        for _ in 0..20 {
            app.turn(Duration::from_millis(20)).unwrap();
            assert!(app.preview().is_none_or(|frame| frame.captured_at() >= began));
            assert!(app.observation().is_none_or(|seen| seen.captured_at >= began));
        }
        handle(&mut app, [Event::Canceled]);
    }
    assert!(woken.load(Ordering::Relaxed) > 0);
}

#[test]
fn an_address_that_somebody_has_is_refused_before_the_camera_goes_on() {
    let (_folder, mut app) = kiosk(policy(), always_biden());
    enroll(&mut app);
    let again = form("Somebody else", "JOE@example.org");
    handle(&mut app, [Event::RegistrationRequested, Event::FormChanged(again), Event::Submitted]);
    let State::Details(form) = app.state() else { panic!("{:?}", app.state()) };
    assert_eq!((form.refused, app.camera_status()), (Some(Reason::EmailTaken), None));
}

#[test]
fn a_profile_is_changed_with_the_token_and_a_taken_address_is_told() {
    let (_folder, mut app) = kiosk(policy(), always_biden());
    register(&mut app);
    turn_until(&mut app, |app| matches!(app.state(), State::Reviewing { .. }));
    let State::Reviewing { enrollment, .. } = app.state().clone() else { panic!("{:?}", app.state()) };
    handle(&mut app, [Event::Confirmed]);
    sign_in(&mut app);
    let other = "jill@example.org";
    let (name, email) = ("Jill Biden".parse().unwrap(), other.parse().unwrap());
    let twin = Newcomer { name, email, look_alike: LookAlike::Allowed, excused: false, consent: None };
    let twin = app.desk().admit(twin, Some(&enrollment), None, &policy()).unwrap();
    twin.unwrap();

    handle(
        &mut app,
        [Event::EditRequested(form(NAME, EMAIL)), Event::FormChanged(form(NAME, other)), Event::Submitted],
    );
    let ProfilePage::Editing(shown) = page(&app) else { panic!("{:?}", app.state()) };
    assert_eq!((shown.email.as_str(), shown.refused), (other, Some(Reason::EmailTaken)));
    assert_eq!(app.profile().unwrap().user.email.as_str(), EMAIL);

    handle(&mut app, [Event::FormChanged(form("Joseph Biden", "president@example.org")), Event::Submitted]);
    assert_eq!(page(&app), &ProfilePage::Overview(Some(Notice::Saved)));
    let token = app.session().unwrap().token.clone();
    let stored = app.desk().profile(&token).unwrap().unwrap().user;
    assert_eq!((stored.name.as_str(), stored.email.as_str()), ("Joseph Biden", "president@example.org"));
    assert_eq!((&app.profile().unwrap().user, &app.session().unwrap().user), (&stored, &stored));
}

#[test]
fn a_face_is_renewed_by_its_owner_and_by_nobody_else() {
    let scene = SceneSwitch::default();
    let switch = scene.clone();
    let open: SourceOpener = Arc::new(move || {
        let scenes = vec![demo::scene(&[BIDEN]).unwrap(), demo::scene(&[COLLINS]).unwrap()];
        Ok(Box::new(Playback::new(scenes, PACE)?.switched_by(&switch)))
    });
    let (_folder, mut app) = kiosk(policy(), open);
    enroll(&mut app);
    sign_in(&mut app);
    let user = app.session().unwrap().user.id;
    let made = |app: &mut App| app.desk().store().reference(user).unwrap().unwrap().created_at;
    let first = made(&mut app);
    let renew = |app: &mut App| {
        handle(app, [Event::RenewalRequested]);
        turn_until(app, |app| matches!(app.state(), State::Reviewing { .. }));
        handle(app, [Event::Confirmed]);
    };
    scene.show(1);
    renew(&mut app);
    assert_eq!(page(&app), &ProfilePage::Overview(Some(Notice::NotRenewed(Reason::NotRecognized))));
    assert!(app.session().is_some() && app.profile().is_some() && app.camera_status().is_none());
    assert_eq!(made(&mut app), first, "the old face stays");

    scene.show(0);
    renew(&mut app);
    assert_eq!(page(&app), &ProfilePage::Overview(Some(Notice::Renewed)));
    assert!(made(&mut app) > first);
    handle(&mut app, [Event::Canceled]);
    sign_in(&mut app);
    assert_eq!(app.session().unwrap().user.id, user);
}

#[test]
fn a_face_that_would_not_sign_in_does_not_renew_either() {
    let (_folder, mut app) = kiosk(policy(), always_biden());
    register(&mut app);
    turn_until(&mut app, |app| matches!(app.state(), State::Reviewing { .. }));
    let State::Reviewing { enrollment, .. } = app.state().clone() else { panic!("{:?}", app.state()) };
    handle(&mut app, [Event::Confirmed]);
    sign_in(&mut app);
    let token = app.session().unwrap().token.clone();
    let policy = policy();
    let alike = |cosine: f32| {
        let own = enrollment.template.embedding().values();
        let mut across = *own;
        across.reverse();
        let along: f32 = own.iter().zip(&across).map(|(a, b)| a * b).sum();
        across.iter_mut().zip(own).for_each(|(a, o)| *a -= along * o);
        let length = across.iter().map(|a| a * a).sum::<f32>().sqrt();
        let sine = (1.0 - cosine * cosine).sqrt() / length;
        let mixed = std::array::from_fn(|i| cosine * own[i] + sine * across[i]);
        let template = Template::from_embedding(Embedding::normalized(mixed).unwrap());
        Enrollment { template, ..(*enrollment).clone() }
    };
    // A brother's face may come closer than two captures of one person must, and still not sign in.
    let brother = (policy.same_person + policy.threshold(1)) / 2.0;
    let answer = app.desk().renew_own(&token, &alike(brother), &policy).unwrap();
    assert_eq!(answer.unwrap_err().reason, Reason::NotRecognized);
    app.desk().renew_own(&token, &alike(policy.threshold(1) + 0.01), &policy).unwrap().unwrap();
}

#[test]
fn whoever_deletes_everything_is_forgotten_at_once() {
    let (_folder, mut app) = kiosk(policy(), always_biden());
    enroll(&mut app);
    sign_in(&mut app);
    handle(&mut app, [Event::RemovalRequested]);
    assert_eq!(users(&mut app), 1, "not before it is confirmed");
    handle(&mut app, [Event::RemovalConfirmed]);
    assert_eq!(app.state(), &State::Removed);
    assert_eq!(users(&mut app), 0);
    assert!(app.session().is_none() && app.profile().is_none());
    handle(&mut app, [Event::SignInRequested]);
    turn_until(&mut app, |app| declined(app).is_some());
    assert_eq!(declined(&app), Some(Reason::NotRecognized));
}

#[test]
fn whoever_is_removed_while_signed_in_is_told_at_the_next_step() {
    let (folder, mut app) = kiosk(policy(), always_biden());
    enroll(&mut app);
    sign_in(&mut app);
    let mut other = Desk::open(&Config::new(Some(folder.path())).unwrap(), Clock::start()).unwrap();
    other.remove(&EMAIL.parse().unwrap()).unwrap().unwrap();
    handle(&mut app, [Event::EditRequested(form(NAME, EMAIL)), Event::Submitted]);
    assert_eq!((declined(&app), app.session().is_none()), (Some(Reason::UserRemoved), true));
}

#[test]
fn the_operator_sees_who_is_enrolled_and_removes_after_confirming() {
    let (_folder, mut app) = kiosk(policy(), always_biden());
    enroll(&mut app);
    sign_in(&mut app);
    assert!(app.people().is_empty(), "the list is the operator's");
    handle(&mut app, [Event::Canceled]);
    operate(&mut app, OperatorPage::People);
    let [listed] = app.people() else { panic!("{} listed", app.people().len()) };
    assert!(listed.user.name.as_str() == NAME && listed.last_sign_in.is_some());
    let id = listed.user.id;
    handle(&mut app, [Event::OperatorRemoves(id)]);
    assert_eq!((app.people().len(), users(&mut app)), (1, 1));
    handle(&mut app, [Event::RemovalConfirmed]);
    assert_eq!((app.people().len(), users(&mut app)), (0, 0));
    handle(&mut app, [Event::OperatorRemoves(id), Event::RemovalConfirmed]);
    assert!(matches!(app.state(), State::Operator { .. }), "whoever is gone already is no error");

    operate(&mut app, OperatorPage::Camera);
    turn_until(&mut app, |app| app.preview().is_some() && app.observation().is_some());
    assert_eq!(app.camera_status().unwrap().phase, CameraPhase::Live);
    handle(&mut app, [Event::OperatorRequested(OperatorPage::Place)]);
    assert!(app.preview().is_none() && app.camera_status().is_none());
}

#[test]
fn a_list_that_cannot_be_read_is_told_once_and_the_kiosk_goes_home() {
    let (folder, mut app) = kiosk(policy(), always_biden());
    let other = database(&folder);
    operate(&mut app, OperatorPage::Place);
    other.execute("ALTER TABLE users RENAME TO elsewhere", ()).unwrap();
    let error = app.handle(Event::OperatorRequested(OperatorPage::People)).unwrap_err();
    assert!(matches!(error, AppError::Desk(_)), "{error}");
    assert_eq!(app.state(), &State::Home);
    app.turn(Duration::ZERO).unwrap();
}

#[test]
fn a_session_ends_with_its_token_and_takes_the_profile_along() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config { session_lifetime_s: 2, ..config(&folder, policy()) };
    let mut app = start(&config, always_biden());
    enroll(&mut app);
    sign_in(&mut app);
    turn_until(&mut app, |app| declined(app).is_some());
    assert_eq!(declined(&app), Some(Reason::TokenExpired));
    assert!(app.session().is_none() && app.profile().is_none());

    // Whoever is quicker than the kiosk's clock finds the token refused.
    sign_in(&mut app);
    let token = app.session().unwrap().token.clone();
    handle(&mut app, [Event::EditRequested(form(NAME, EMAIL)), Event::FormChanged(form("Nobody", EMAIL))]);
    while app.desk().profile(&token).unwrap().is_ok() {
        std::thread::sleep(TURN);
    }
    handle(&mut app, [Event::Submitted]);
    assert_eq!((declined(&app), app.session().is_none()), (Some(Reason::TokenExpired), true));
    assert_eq!(app.desk().store().users().unwrap()[0].name.as_str(), NAME, "nothing was changed");
}

#[test]
fn settings_hold_at_once_and_are_kept() {
    let (folder, mut app) = kiosk(policy(), always_biden());
    let settings =
        Settings { place: "Library".into(), patience: 3, strictness: Some(Strictness::Strict), ..Settings::default() };
    app.change_settings(settings.clone(), None).unwrap();
    let expected = app.consent().applied_to(&policy().with_strictness(Strictness::Strict).with_patience(3));
    assert_eq!((app.policy(), app.settings()), (&expected, &settings));
    app.change_settings(settings.clone(), None).unwrap();
    assert_eq!(app.policy(), &expected, "patience is not multiplied by itself");
    drop(app);

    let app = start(&config(&folder, policy()), always_biden());
    assert_eq!((app.policy(), app.settings()), (&expected, &settings));
    drop(app);

    // Where the operator has not chosen, it is as configured.
    let configured = Policy { false_accept_one_in: 77, ..policy() };
    let config = config(&folder, configured);
    std::fs::write(config.settings_path(), "patience = 2\n").unwrap();
    let app = start(&config, always_biden());
    assert_eq!((app.policy().false_accept_one_in, app.policy().idle_after), (77, policy().idle_after * 2));
    drop(app);

    std::fs::write(config.settings_path(), "patience = 0\n").unwrap();
    let error = App::start(&config, Clock::start(), always_biden(), Arc::new(|| {})).err().unwrap();
    assert!(matches!(error, AppError::Settings(SettingsError::NotUnderstood { .. })), "{error}");
}

#[test]
fn another_camera_is_opened_at_once_where_one_is_on() {
    let closed = Arc::new(AtomicUsize::new(0));
    let counting = || -> SourceOpener {
        let count = Arc::clone(&closed);
        Arc::new(move || Ok(Box::new(Counted(biden(), Arc::clone(&count)))))
    };
    let (_folder, mut app) = kiosk(policy(), counting());
    let other = |camera: &str| Settings { camera: Some(camera.into()), ..Settings::default() };
    app.change_settings(other("first"), Some(counting())).unwrap();
    assert!(app.camera_status().is_none(), "no camera is on at home");
    operate(&mut app, OperatorPage::Camera);
    turn_until(&mut app, |app| app.preview().is_some());
    app.change_settings(other("first"), Some(counting())).unwrap();
    assert_eq!(closed.load(Ordering::Relaxed), 0, "it is the same one");
    app.change_settings(other("second"), Some(counting())).unwrap();
    assert!(app.preview().is_none());
    wait_until(|| closed.load(Ordering::Relaxed) == 1);
    turn_until(&mut app, |app| app.preview().is_some());
}

#[test]
fn settings_that_the_log_cannot_tell_of_are_not_changed_and_neither_is_the_camera() {
    let closed = Arc::new(AtomicUsize::new(0));
    let counting = || -> SourceOpener {
        let count = Arc::clone(&closed);
        Arc::new(move || Ok(Box::new(Counted(biden(), Arc::clone(&count)))))
    };
    let (folder, mut app) = kiosk(policy(), counting());
    let other = |camera: &str| Settings { camera: Some(camera.into()), ..Settings::default() };
    app.change_settings(other("first"), Some(counting())).unwrap();
    operate(&mut app, OperatorPage::Camera);
    turn_until(&mut app, |app| app.preview().is_some());
    let file = || std::fs::read_to_string(folder.path().join("settings.toml")).unwrap();
    let (settings, kept, database) = (app.settings().clone(), file(), database(&folder));
    database.execute("ALTER TABLE events RENAME TO elsewhere", ()).unwrap();
    let error = app.change_settings(other("second"), Some(counting())).unwrap_err();
    assert!(matches!(error, AppError::Desk(_)), "{error}");
    assert_eq!((app.settings(), file()), (&settings, kept));
    assert_eq!(closed.load(Ordering::Relaxed), 0, "the camera that the settings name is on");
    database.execute("ALTER TABLE elsewhere RENAME TO events", ()).unwrap();
    app.change_settings(other("second"), Some(counting())).unwrap();
    assert_eq!(app.settings(), &other("second"));
    wait_until(|| closed.load(Ordering::Relaxed) == 1);
}

#[test]
fn whoever_no_longer_comes_is_removed_by_a_kiosk_that_nobody_asks() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("settings.toml"), "keep_days = 90\n").unwrap();
    let config = config(&folder, policy());
    let mut app = start(&config, always_biden());
    enroll(&mut app);
    drop(app);
    // As if all of it had been a hundred days ago.
    database(&folder).execute("UPDATE events SET at_ms = at_ms - 100 * 86400000", []).unwrap();
    let today = Clock::start().wall().as_second().div_euclid(86_400);
    let turned_after = |days: u32| {
        let ran = format!(r#"{{"last":{},"count":{days}}}"#, today - 1);
        let keep = "INSERT OR REPLACE INTO memos (name, text) VALUES ('days run', ?1)";
        database(&folder).execute(keep, [ran]).unwrap();
        let mut app = start(&config, always_biden());
        app.turn(Duration::ZERO).unwrap();
        let expired = app.desk().store().events().unwrap().iter().filter(|line| line.kind == "expired").count();
        (users(&mut app), expired)
    };
    assert_eq!(turned_after(12), (1, 0), "the clock is not believed yet");
    assert_eq!(turned_after(13), (0, 1));
}

#[test]
fn a_token_opens_nothing_once_its_owner_has_left_the_kiosk() {
    let (_folder, mut app) = kiosk(policy(), always_biden());
    enroll(&mut app);
    sign_in(&mut app);
    let token = app.session().unwrap().token.clone();
    assert!(app.desk().profile(&token).unwrap().is_ok());
    handle(&mut app, [Event::Canceled]);
    assert!(app.session().is_none());
    assert_eq!(app.desk().profile(&token).unwrap().unwrap_err().reason, Reason::TokenExpired);
}
