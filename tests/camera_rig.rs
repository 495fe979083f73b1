//! The real path to a camera, through the kernel: the tests run themselves once more in a small guest machine that has
//! a USB webcam (`../shared/camera-rig`, beside the project only where it is developed), and act on the camera there.
//!
//! Code runs up to twenty times slower in the guest than here, hence the long limits; a fused multiply-add up to a thousand
//! times, so that the networks run there without any.

mod common;

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use image::imageops::{self, FilterType};
use image::{Rgb, RgbImage};

use common::{BINARY, people, skip, text};
use mirilla::app::App;
use mirilla::camera::{CameraPhase, CameraStatus, Frame, Trouble, webcam};
use mirilla::clock::Clock;
use mirilla::config::Config;
use mirilla::models::kernels;
use mirilla::session::{Event, Form, LivenessLevel, Policy, Reason, State};
use mirilla::settings::{Language, Settings};
use mirilla::worker::{CameraLease, CameraWatch};

/// What the guest acts on its camera with.
const CONTROL: &str = "/dev/camera-rig";

/// Lines that begin so come from the guest.
const TOLD: &str = "guest: ";

/// One guest at a time: it takes all cores there are.
static GUEST: Mutex<()> = Mutex::new(());

/// Runs a test of this file in the guest, its camera set by `arguments`.
#[track_caller]
fn in_the_guest(test: &str, arguments: &[&str]) {
    let rig = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/camera-rig/run-with-camera");
    if !rig.exists() {
        return skip("no camera to try: the rig with the guest machine is not beside the project");
    }
    let _alone = GUEST.lock().unwrap_or_else(PoisonError::into_inner);
    let program = std::env::current_exe().expect("this test's own path");
    let run = || {
        Command::new(&rig)
            .args(arguments)
            .args(["--timeout", "900", "--env", &format!("{}=sse4", kernels::VARIABLE)])
            .args(["--", text(&program), "--ignored", "--exact", "--nocapture", test])
            .stdin(Stdio::null())
            .output()
            .expect("the rig runs")
    };
    let mut output = run();
    if !output.status.success() {
        // An emulated machine that gets no time from a busy host stands still for seconds, and its camera with it.
        say(&format!("{test} failed in the guest, and is tried once more: {}", last_words(&output.stdout)));
        output = run();
    }
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{test} in the guest: {}\n{stdout}\n{stderr}", output.status);
    assert!(stdout.contains("1 passed"), "{test} did not run in the guest\n{stdout}\n{stderr}");
    stdout.lines().filter_map(|line| line.split_once(TOLD)).for_each(|(_, line)| say(line));
}

/// What a test said when it failed.
fn last_words(output: &[u8]) -> String {
    let text = String::from_utf8_lossy(output);
    text.lines().find(|line| line.contains("expected")).unwrap_or("no word").to_owned()
}

/// Tells what was measured: to whoever reads, and in the guest to the test outside.
fn say(what: &str) {
    let _ = writeln!(std::io::stdout(), "{TOLD}{what}");
}

/// A folder of pictures in which the portrait sways a little, as a person does who holds still, played as a film.
fn film(name: &str, portrait: &str, center: (f32, f32), side: f32) -> PathBuf {
    swaying(name, portrait, center, side, 0.004)
}

/// The same, by so much, as a share of the picture: what is around the face goes with it, as in a picture that is held.
fn swaying(name: &str, portrait: &str, center: (f32, f32), side: f32, sway: f32) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("films").join(name);
    std::fs::create_dir_all(&folder).expect("a folder for the film");
    let photo = people::pixels(portrait);
    let (width, height) = (photo.width() as f32, photo.height() as f32);
    let side = (side * height).min(width);
    for i in 0..8 {
        let turn = i as f32 * std::f32::consts::TAU / 8.0;
        let x = (center.0 * width - side / 2.0 + side * sway * turn.cos()).clamp(0.0, width - side);
        let y = (center.1 * height - side / 2.0 + side * sway * turn.sin()).clamp(0.0, height - side);
        let part = imageops::crop_imm(&photo, x as u32, y as u32, side as u32, side as u32).to_image();
        save(&imageops::resize(&part, 720, 720, FilterType::Triangle), &folder.join(format!("{i}.jpg")));
    }
    folder
}

fn black() -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("black.jpg");
    save(&RgbImage::from_pixel(1280, 720, Rgb([0, 0, 0])), &path);
    path
}

/// Another test may be reading the same picture at this moment.
fn save(picture: &RgbImage, path: &Path) {
    let unfinished = path.with_extension(format!("{}.part.jpg", std::process::id()));
    picture.save(&unfinished).expect("a picture");
    std::fs::rename(unfinished, path).expect("in place");
}

#[test]
fn every_trouble_is_told_and_over_by_itself() {
    let face = film("biden", "biden.jpg", (0.59, 0.24), 0.40);
    in_the_guest(
        "guest_troubles",
        &["--image", text(&face), "--image", text(&black()), "--mode", "MJPG:1280x720@30", "--mode", "YUYV:640x480@30"],
    );
}

#[test]
fn a_camera_that_is_plugged_in_later_is_found() {
    in_the_guest("guest_plugged_in_later", &["--no-camera"]);
}

#[test]
fn each_format_is_read() {
    for (mode, expected) in [
        ("MJPG:640x480@15", "MJPEG 640x480"),
        ("YUYV:640x480@15", "YUYV 640x480"),
        ("YUYV:352x288@15", "YUYV 352x288"),
        ("GREY:640x360@15", "GREY 640x360"),
    ] {
        in_the_guest("guest_format", &["--mode", mode, "--env", &format!("MIRILLA_TEST_FORMAT={expected}")]);
    }
}

#[test]
fn a_person_enrolls_and_signs_in_before_the_camera() {
    let enrolls = film("biden", "biden.jpg", (0.59, 0.24), 0.40);
    let signs_in = film("biden-later", "biden.jpg", (0.57, 0.25), 0.36);
    let stranger = film("collins", "collins.png", (0.44, 0.28), 0.60);
    let films = ["--image", text(&enrolls), "--image", text(&signs_in), "--image", text(&stranger)];
    in_the_guest("guest_enrolls_and_signs_in", &[&films[..], &["--mode", "MJPG:1280x720@30"]].concat());
}

#[test]
fn a_photo_that_is_moved_before_the_camera_meets_no_challenge() {
    let enrolls = film("biden-first", "biden.jpg", (0.59, 0.24), 0.40);
    let held = swaying("biden-held", "biden.jpg", (0.57, 0.25), 0.36, 0.03);
    let films = ["--image", text(&enrolls), "--image", text(&held)];
    in_the_guest("guest_photo_is_challenged", &[&films[..], &["--mode", "MJPG:1280x720@30"]].concat());
}

// What follows runs in the guest.

/// Acts on the guest's camera: `unplug`, `freeze` ...
fn act(action: &str) {
    std::fs::write(CONTROL, format!("{action}\n")).expect("the rig listens");
}

/// Whether this is the guest; elsewhere `cargo test -- --ignored` has nothing to do here.
fn is_guest() -> bool {
    let there = Path::new(CONTROL).exists();
    if !there {
        skip("to be run in the guest, by the other tests of this file");
    }
    there
}

fn watch() -> CameraWatch {
    CameraWatch::alone(Arc::new(|| webcam::open(None)), CameraLease::default(), Clock::start(), Arc::new(|| {}))
        .expect("threads")
}

/// Waits for a phase; tells how long that took.
#[track_caller]
fn wait_for(watch: &CameraWatch, after: &str, phase: CameraPhase) -> CameraStatus {
    let clock = Clock::start();
    loop {
        let status = watch.status();
        if status.phase == phase {
            say(&format!("after {after}: {phase:?} in {} ms", clock.elapsed().as_millis()));
            return status;
        }
        assert!(clock.elapsed() < Duration::from_secs(90), "after {after}: expected {phase:?}, found {status:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
#[ignore = "runs in the guest"]
fn guest_troubles() {
    if !is_guest() {
        return;
    }
    let cameras = webcam::list().expect("a list");
    assert_eq!(cameras.len(), 1, "the node with metadata is no camera: {cameras:?}");
    assert_eq!(cameras[0].name, "Rig Camera");
    assert!(cameras[0].id.0.starts_with("usb-1d6b-0102@"), "{cameras:?}");
    assert!(webcam::open(Some(&cameras[0].id)).is_ok());

    // Another program has it first. Who comes second is told so, and waits.
    let mut other = Command::new(BINARY)
        .args(["camera", "watch", "--seconds", "6"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary");
    let told = BufReader::new(other.stdout.take().expect("its output"));
    let mut told = told.lines().map_while(Result::ok);
    assert!(told.any(|line| line.contains("live: Rig Camera")), "the other program never had the camera");
    let watch = watch();
    wait_for(&watch, "another program has had the camera first", CameraPhase::Trouble(Trouble::InUse));
    told.for_each(drop);
    assert!(other.wait().expect("it ends").success(), "the other program lost its camera");
    let status = wait_for(&watch, "the other program has ended", CameraPhase::Live);
    assert_eq!(status.source.as_deref(), Some("Rig Camera, MJPEG 1280x720"));

    for (spoil, trouble, mend) in [
        ("freeze", Trouble::Frozen, "thaw"),
        ("garbage", Trouble::Failing, "good"),
        ("short", Trouble::Failing, "good"),
        ("scene=1", Trouble::Black, "scene=0"),
        ("unplug", Trouble::Unplugged, "plug"),
    ] {
        act(spoil);
        let status = wait_for(&watch, spoil, CameraPhase::Trouble(trouble));
        assert!(status.detail.is_some(), "{status:?}");
        act(mend);
        wait_for(&watch, mend, CameraPhase::Live);
    }

    not_allowed();

    // Frozen for so long that it is closed and opened again meanwhile.
    act("freeze");
    wait_for(&watch, "freeze", CameraPhase::Trouble(Trouble::Frozen));
    std::thread::sleep(Duration::from_secs(6));
    assert_eq!(watch.status().phase, CameraPhase::Trouble(Trouble::Frozen));
    act("thaw");
    wait_for(&watch, "a long freeze", CameraPhase::Live);

    act("freeze");
    std::thread::sleep(Duration::from_millis(500));
    let clock = Clock::start();
    drop(watch);
    say(&format!("a frozen camera is closed in {} ms", clock.elapsed().as_millis()));
    assert!(clock.elapsed() < Duration::from_secs(2), "closing took {:?}", clock.elapsed());
    act("thaw");
}

/// Where devices may not be opened the camera is listed, and why it cannot be used is told. (Not even root may open
/// what lies on a file system mounted without devices.)
fn not_allowed() {
    let command = "mount -o remount,bind,nodev /dev && $0 camera list && exec $0 camera watch --seconds 2 --json";
    let output = Command::new("unshare").args(["--mount", "sh", "-c", command, BINARY]).output().expect("unshare");
    let stdout = String::from_utf8_lossy(&output.stdout);
    if stdout.is_empty() {
        return skip("the guest's user may not mount: missing permission is not tried");
    }
    assert_eq!(output.status.code(), Some(3), "{stdout}");
    for expected in ["Rig Camera", "camera_no_permission", "/dev/video0", "group video"] {
        assert!(stdout.contains(expected), "{expected}: {stdout}");
    }
    say("without permission: told");
}

#[test]
#[ignore = "runs in the guest"]
fn guest_plugged_in_later() {
    if !is_guest() {
        return;
    }
    assert_eq!(webcam::list().expect("a list"), []);
    let watch = watch();
    wait_for(&watch, "nothing", CameraPhase::Trouble(Trouble::NoneFound));
    act("plug");
    wait_for(&watch, "plug", CameraPhase::Live);
}

#[test]
#[ignore = "runs in the guest"]
fn guest_format() {
    if !is_guest() {
        return;
    }
    let expected = std::env::var("MIRILLA_TEST_FORMAT").expect("a format");
    let watch = watch();
    let status = wait_for(&watch, "start", CameraPhase::Live);
    assert_eq!(status.source, Some(format!("Rig Camera, {expected}")));
    let frame = watch.preview().expect("a frame");
    assert!(expected.ends_with(&format!("{}x{}", frame.width(), frame.height())), "{frame:?}");
    // Bars: light gray, yellow, cyan, green, magenta, red, blue, black.
    let bars: Vec<[u8; 3]> = (0..8).map(|bar| middle_of_bar(&frame, bar)).collect();
    let near = |bar: usize, color: [u8; 3]| {
        assert!(bars[bar].iter().zip(color).all(|(a, b)| a.abs_diff(b) < 24), "bar {bar} of {expected}: {bars:?}");
    };
    if expected.starts_with("GREY") {
        assert!(bars.iter().all(|[r, g, b]| r == g && g == b) && bars[0][0] > bars[7][0] + 150, "{bars:?}");
    } else {
        near(0, [235, 235, 235]);
        near(3, [16, 235, 16]);
        near(5, [235, 16, 16]);
        near(6, [16, 16, 235]);
    }
    std::thread::sleep(Duration::from_secs(2));
    say(&format!("{:.1} pictures a second of {expected}", watch.status().fps));
    act("short");
    // The kernel itself holds back what is too short, where it knows how long a picture must be.
    let trouble = if expected.starts_with("MJPEG") { Trouble::Failing } else { Trouble::Frozen };
    wait_for(&watch, "short", CameraPhase::Trouble(trouble));
    act("good");
    wait_for(&watch, "good", CameraPhase::Live);
}

fn middle_of_bar(frame: &Frame, bar: u32) -> [u8; 3] {
    let x = frame.width() * (2 * bar + 1) / 16;
    let at = ((frame.height() / 2 * frame.width() + x) * 3) as usize;
    [frame.rgb()[at], frame.rgb()[at + 1], frame.rgb()[at + 2]]
}

/// A kiosk in this folder. A frame takes seconds here: what is meant for people in front of a real machine is given room.
fn kiosk(folder: &Path) -> App {
    let policy = Policy {
        steady_within: Duration::from_secs(60),
        face_lost_after: Duration::from_secs(120),
        enrollment_timeout: Duration::from_secs(600),
        identification_timeout: Duration::from_secs(300),
        challenge_step: Duration::from_secs(20),
        challenge_timeout: Duration::from_secs(60),
        pose_patience: Duration::ZERO,
        ..Policy::default()
    };
    let config = Config { policy, ..Config::new(Some(folder)).expect("settings") };
    App::start(&config, Clock::start(), Arc::new(|| webcam::open(None)), Arc::new(|| {})).expect("a kiosk")
}

/// Gives an event in, and waits until the camera is not looked at any more; whether somebody was asked to move.
fn step(app: &mut App, what: &str, event: Event) -> bool {
    let (clock, mut asked) = (Clock::start(), false);
    app.handle(event).expect(what);
    while matches!(app.state(), State::Enrolling(_) | State::Identifying(_) | State::Challenging(_)) {
        app.turn(Duration::from_millis(200)).expect(what);
        asked |= matches!(app.state(), State::Challenging(_));
    }
    say(&format!("{what}: {} ms", clock.elapsed().as_millis()));
    asked
}

fn enroll(app: &mut App) {
    let form = Form { name: "Joe Biden".into(), email: "joe@example.org".into(), ..Form::default() };
    app.handle(Event::RegistrationRequested).expect("a form");
    app.handle(Event::FormChanged(form)).expect("a form");
    app.handle(Event::Submitted).expect("a free address");
    let agreed = app.consent().of(Language::English).agreed_in(Language::English);
    step(app, "enrollment", Event::Agreed(agreed));
    assert!(matches!(app.state(), State::Reviewing { .. }), "{:?}", app.state());
    app.handle(Event::Confirmed).expect("a database");
    assert!(matches!(app.state(), State::Enrolled { .. }), "{:?}", app.state());
    assert!(app.camera_status().is_none(), "the camera is off");
}

#[test]
#[ignore = "runs in the guest"]
fn guest_photo_is_challenged() {
    if !is_guest() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut app = kiosk(folder.path());
    enroll(&mut app);
    act("scene=1");
    std::thread::sleep(Duration::from_secs(1));
    for liveness in [LivenessLevel::Active, LivenessLevel::ActiveWithPin] {
        app.handle(Event::Canceled).expect("home");
        app.change_settings(Settings { liveness, ..app.settings().clone() }, None).expect("settings");
        let asked = step(&mut app, "photo before a challenge", Event::SignInRequested);
        // Nor is anybody asked for the PIN of whoever the photo shows.
        let State::Declined { reason, .. } = app.state() else { panic!("{liveness:?}: {:?}", app.state()) };
        say(&format!("declined at {liveness:?}: {}, asked to move: {asked}", reason.code()));
        let for_want_of_life = *reason == Reason::PhotoSuspected || (asked && *reason == Reason::LivenessUnclear);
        assert!(for_want_of_life, "{liveness:?}, {reason:?}: recognized, and not let in");
    }
    // And from the command line, whose times are those of a real machine.
    let settings = Settings { liveness: LivenessLevel::Active, patience: 2, ..app.settings().clone() };
    app.change_settings(settings, None).expect("settings");
    drop(app);
    let login = Command::new(BINARY)
        .args(["login", "--camera", "--json", "--data-dir", text(folder.path())])
        .stdin(Stdio::null())
        .output()
        .expect("the program");
    let (said, asked) = (String::from_utf8_lossy(&login.stdout), String::from_utf8_lossy(&login.stderr));
    say(&format!("at the command line: {}; asked: {}", said.trim(), asked.lines().collect::<Vec<_>>().join(" / ")));
    assert_eq!(login.status.code(), Some(1), "{said}{asked}");
}

#[test]
#[ignore = "runs in the guest"]
fn guest_enrolls_and_signs_in() {
    if !is_guest() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut app = kiosk(folder.path());
    enroll(&mut app);

    act("scene=1");
    std::thread::sleep(Duration::from_secs(1));
    step(&mut app, "sign-in", Event::SignInRequested);
    assert!(matches!(app.state(), State::SignedIn { .. }), "{:?}", app.state());
    let token = app.session().expect("a session").token.clone();
    assert_eq!(app.desk().profile(&token).expect("a desk").expect("a profile").user.name.as_str(), "Joe Biden");

    act("scene=2");
    std::thread::sleep(Duration::from_secs(1));
    app.handle(Event::Canceled).expect("home");
    step(&mut app, "stranger", Event::SignInRequested);
    assert!(matches!(app.state(), State::Declined { reason: Reason::NotRecognized, .. }), "{:?}", app.state());
}
