//! The kiosk without a window: real threads, real networks, cameras that play portraits or break.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mirilla::app::{App, AppError, CameraOpener};
use mirilla::camera::playback::Playback;
use mirilla::camera::{Frame, FrameSource};
use mirilla::clock::Clock;
use mirilla::config::Config;
use mirilla::demo::{self, BIDEN};
use mirilla::desk::Desk;
use mirilla::error::CameraError;
use mirilla::session::{Event, Policy, Reason, State};

/// Gives so many frames of a portrait, then fails, as an unplugged camera does.
struct Unplugged {
    camera: Playback,
    frames_left: usize,
}

impl FrameSource for Unplugged {
    fn next_frame(&mut self, now: Duration) -> Result<Frame, CameraError> {
        self.frames_left = self.frames_left.checked_sub(1).ok_or(CameraError::Stopped)?;
        self.camera.next_frame(now)
    }
}

fn biden() -> Playback {
    Playback::new(vec![demo::scene(&[BIDEN]).unwrap()], Duration::from_millis(30)).unwrap()
}

fn kiosk(policy: Policy, open: CameraOpener) -> (tempfile::TempDir, App) {
    let folder = tempfile::tempdir().unwrap();
    let config = Config { policy, ..Config::new(Some(folder.path())).unwrap() };
    let app = App::start(&config, Clock::start(), open).unwrap();
    (folder, app)
}

fn enroll() -> Event {
    Event::EnrollmentRequested { name: "Joe Biden".parse().unwrap(), email: "joe@example.org".parse().unwrap() }
}

fn turn_until(app: &mut App, done: fn(&State) -> bool) -> Result<(), AppError> {
    let clock = Clock::start();
    while !done(app.state()) {
        assert!(clock.elapsed() < Duration::from_secs(60), "stuck in {:?}", app.state());
        app.turn(Duration::from_millis(50))?;
    }
    Ok(())
}

#[test]
fn a_camera_that_is_lost_leaves_nothing_half_stored_and_the_next_try_succeeds() {
    let opened = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&opened);
    let open: CameraOpener = Box::new(move || {
        // The first camera breaks when perhaps one capture is taken; the second one stays.
        let frames_left = if count.fetch_add(1, Ordering::Relaxed) == 0 { 12 } else { usize::MAX };
        Ok(Box::new(Unplugged { camera: biden(), frames_left }))
    });
    let (_folder, mut app) = kiosk(Policy::default(), open);
    app.handle(enroll()).unwrap();
    let lost = turn_until(&mut app, |state| matches!(state, State::Enrolled { .. })).unwrap_err();
    assert!(matches!(lost, AppError::Camera(CameraError::Stopped)), "{lost}");
    assert_eq!(*app.state(), State::Home);
    assert!(app.desk().store().users().unwrap().is_empty());

    app.handle(enroll()).unwrap();
    turn_until(&mut app, |state| matches!(state, State::Enrolled { .. })).unwrap();
    assert_eq!(app.desk().store().users().unwrap().len(), 1);
    assert_eq!(opened.load(Ordering::Relaxed), 2);
}

#[test]
fn a_camera_that_cannot_be_opened_is_told_and_the_kiosk_stays_at_home() {
    let (_folder, mut app) = kiosk(Policy::default(), Box::new(|| Err(CameraError::Stopped)));
    let error = app.handle(Event::SignInRequested).unwrap_err();
    assert!(matches!(error, AppError::Camera(CameraError::Stopped)));
    assert_eq!((app.state(), app.session().is_none()), (&State::Home, true));
    app.handle(Event::Tick).unwrap();
}

/// Counts the cameras that were closed.
struct Counted(Playback, Arc<AtomicUsize>);

impl FrameSource for Counted {
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
    fn next_frame(&mut self, _: Duration) -> Result<Frame, CameraError> {
        panic!("a driver that gives up");
    }
}

#[test]
fn a_camera_that_panics_is_told_and_the_kiosk_lives_on() {
    let (_folder, mut app) = kiosk(Policy::default(), Box::new(|| Ok(Box::new(Broken))));
    app.handle(Event::SignInRequested).unwrap();
    let error = turn_until(&mut app, |state| matches!(state, State::SignedIn { .. })).unwrap_err();
    assert!(matches!(error, AppError::Camera(CameraError::Stopped)), "{error}");
    assert_eq!(*app.state(), State::Home);
}

#[test]
fn what_another_process_changes_counts_at_once() {
    let (folder, mut app) = kiosk(Policy::default(), Box::new(|| Ok(Box::new(biden()))));
    app.handle(enroll()).unwrap();
    turn_until(&mut app, |state| matches!(state, State::Enrolled { .. })).unwrap();
    let mut other = Desk::open(&Config::new(Some(folder.path())).unwrap(), Clock::start()).unwrap();
    other.remove(&"joe@example.org".parse().unwrap()).unwrap().unwrap();
    app.handle(Event::SignInRequested).unwrap();
    turn_until(&mut app, |state| matches!(state, State::Declined { .. })).unwrap();
    assert!(matches!(app.state(), State::Declined { reason: Reason::NotRecognized, .. }), "{:?}", app.state());
}

#[test]
fn an_empty_room_times_out_and_the_camera_goes_off() {
    let policy = Policy { identification_timeout: Duration::from_millis(600), ..Policy::default() };
    let closed = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&closed);
    let open: CameraOpener = Box::new(move || {
        let room = Playback::new(vec![demo::scene(&[]).unwrap()], Duration::from_millis(30))?;
        Ok(Box::new(Counted(room, Arc::clone(&count))))
    });
    let (_folder, mut app) = kiosk(policy, open);
    app.handle(Event::SignInRequested).unwrap();
    turn_until(&mut app, |state| matches!(state, State::Declined { .. })).unwrap();
    assert!(matches!(app.state(), State::Declined { reason: Reason::NoFace, .. }), "{:?}", app.state());
    assert_eq!(closed.load(Ordering::Relaxed), 1);
}

#[test]
fn the_session_of_one_person_is_gone_before_the_next_one_comes() {
    let (_folder, mut app) = kiosk(Policy::default(), Box::new(|| Ok(Box::new(biden()))));
    app.handle(enroll()).unwrap();
    turn_until(&mut app, |state| matches!(state, State::Enrolled { .. })).unwrap();
    app.handle(Event::SignInRequested).unwrap();
    turn_until(&mut app, |state| matches!(state, State::SignedIn { .. })).unwrap();
    let token = app.session().unwrap().token.clone();
    assert_eq!(app.desk().profile(&token).unwrap().unwrap().user.name.as_str(), "Joe Biden");
    assert!(!format!("{:?}", app.session()).contains(&token), "the token shows in a debug text");
    app.handle(Event::Canceled).unwrap();
    assert!(app.session().is_none());
}
