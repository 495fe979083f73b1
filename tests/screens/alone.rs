//! When nobody is there, when a time ends, and when something goes wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use egui::{Key, ViewportId};
use mirilla::camera::playback::Fault;
use mirilla::session::{Policy, Reason, State};
use mirilla::settings::Language;

use crate::kiosk::{Kiosk, NOBODY, OBAMA, OBAMA_LATER, Setup, policy};

/// A kiosk without much patience.
fn hasty() -> Policy {
    let s = Duration::from_millis;
    Policy { idle_after: s(3000), idle_warning: s(2000), result_warning: s(2000), result_shown: s(3000), ..policy() }
}

fn sign_in(kiosk: &mut Kiosk) {
    kiosk.visitor(OBAMA);
    kiosk.enter("action-register");
    kiosk.fill_in_and_save("Barack Obama");
    kiosk.visitor(OBAMA_LATER);
    kiosk.enter("action-try-sign-in");
    kiosk.until_state("the profile", |state| matches!(state, State::SignedIn(_)));
}

#[test]
fn whoever_hesitates_is_asked_and_whoever_left_is_forgotten() {
    let mut kiosk = Kiosk::new(Setup { policy: hasty(), ..Setup::default() });
    kiosk.tap("Español");
    kiosk.speak(Language::Spanish);
    kiosk.tap_text("action-register");
    let more = "idle-more-time";
    kiosk.until("the question", |kiosk| kiosk.says(more));
    assert!(kiosk.tells("¿Sigue ahí?"));
    kiosk.tap_text(more);
    assert!(!kiosk.says(more), "who asks for more time gets it");
    assert!(matches!(kiosk.state(), State::Details(_)));
    kiosk.until("the question again", |kiosk| kiosk.says(more));
    kiosk.until_state("home", |state| *state == State::Home);
    kiosk.speak(Language::English);
    kiosk.until("the kiosk's own language", |kiosk| kiosk.says("action-register"));
}

#[test]
fn a_key_is_a_sign_of_life_too() {
    let mut kiosk = Kiosk::new(Setup { policy: hasty(), ..Setup::default() });
    kiosk.key(Key::Tab);
    kiosk.enter("action-register");
    kiosk.until("the question", |kiosk| kiosk.says("idle-more-time"));
    kiosk.key(Key::Tab);
    assert!(!kiosk.says("idle-more-time") && matches!(kiosk.state(), State::Details(_)));
}

#[test]
fn a_session_counts_down_and_its_end_is_told() {
    let mut kiosk = Kiosk::new(Setup { session_s: 4, ..Setup::default() });
    sign_in(&mut kiosk);
    let counts = |kiosk: &Kiosk| (0..=4).find(|second| kiosk.tells(&format!("0:0{second}")));
    let first = counts(&kiosk).expect("how long it lasts is shown");
    kiosk.until("the next second", |kiosk| counts(kiosk).is_some_and(|second| second < first));
    kiosk.until_state("the end", |state| matches!(state, State::Declined { reason: Reason::TokenExpired, .. }));
    assert!(kiosk.says("declined-token-expired") && !kiosk.tells("Barack"), "and nothing of the profile is left");
    kiosk.enter("action-leave");
    assert_eq!(*kiosk.state(), State::Home);
}

#[test]
fn a_disk_that_fails_is_told_and_the_kiosk_lives_on() {
    let policy = Policy { result_shown: Duration::from_secs(4), ..policy() };
    let mut kiosk = Kiosk::new(Setup { policy, ..Setup::default() });
    kiosk.visitor(OBAMA);
    kiosk.key(Key::Tab);
    kiosk.enter("action-register");
    kiosk.type_text("Barack Obama");
    kiosk.key(Key::Enter);
    kiosk.type_text("barack@example.org");
    // Nobody can write to what is no database any more.
    let database = kiosk.folder.path().join("mirilla.db");
    let kept = std::fs::read(&database).expect("there is a database");
    for file in std::fs::read_dir(kiosk.folder.path()).expect("a folder").flatten() {
        if file.file_name().to_string_lossy().starts_with("mirilla.db") {
            std::fs::write(file.path(), vec![7; 8192]).expect("it is broken");
        }
    }
    kiosk.key(Key::Enter);
    kiosk.until("the failure", |kiosk| kiosk.says("failure-title"));
    assert_eq!(*kiosk.state(), State::Home);
    assert!(!kiosk.tells("barack@"), "what was typed is not shown any more");
    assert!(!kept.is_empty());
    assert_eq!(kiosk.focused(), Some(kiosk.text("action-try-again")));
    kiosk.key(Key::Enter);
    assert!(!kiosk.says("failure-title") && kiosk.says("action-register"), "it is dismissed");

    // Whoever does not dismiss it does not leave a kiosk that nobody can use.
    kiosk.enter("action-sign-in");
    kiosk.visitor(OBAMA);
    kiosk.until("the failure", |kiosk| kiosk.says("failure-title"));
    kiosk.until("that it goes by itself", |kiosk| kiosk.says("action-register"));
}

#[test]
fn each_trouble_of_a_camera_is_told_and_goes_by_itself() {
    let mut kiosk = Kiosk::new(Setup::default());
    kiosk.visitor(NOBODY);
    for (fault, key) in [
        (Fault::Unplugged, "trouble-unplugged"),
        (Fault::InUse, "trouble-in-use"),
        (Fault::NoPermission, "trouble-no-permission"),
        (Fault::Frozen, "trouble-frozen"),
        (Fault::Hung, "trouble-frozen"),
        (Fault::Black, "trouble-black"),
        (Fault::Garbage, "trouble-failing"),
        (Fault::Failing, "trouble-failing"),
    ] {
        kiosk.enter("action-sign-in");
        let lens = "lens-live";
        kiosk.until("the picture", |kiosk| kiosk.says(lens) && kiosk.says("coach-no-face"));
        kiosk.faults.set(fault);
        kiosk.until(key, |kiosk| kiosk.says(key) && kiosk.tells(&kiosk.text(&format!("{key}-try"))));
        assert!(kiosk.says("trouble-waiting") && !kiosk.says(lens), "{fault:?}");
        let back = kiosk.text("action-back");
        kiosk.target(&back);
        kiosk.faults.set(Fault::None);
        kiosk.until("the picture again", |kiosk| kiosk.says(lens));
        kiosk.key(Key::Escape);
        assert_eq!(*kiosk.state(), State::Home, "{fault:?}");
    }
    // And no camera from the beginning.
    kiosk.faults.set(Fault::Unplugged);
    kiosk.enter("action-sign-in");
    kiosk.until("no camera", |kiosk| kiosk.says("trouble-none-found"));
    kiosk.faults.set(Fault::None);
    kiosk.until("the picture", |kiosk| kiosk.says("lens-live"));
}

#[test]
fn a_kiosk_at_rest_draws_nothing_and_has_no_camera_on() {
    let mut kiosk = Kiosk::new(Setup::default());
    kiosk.visitor(OBAMA);
    kiosk.key(Key::Tab);
    kiosk.enter("action-sign-in");
    kiosk.until("the camera", |kiosk| kiosk.window().app().camera_status().is_some());
    kiosk.until_state("a refusal", |state| matches!(state, State::Declined { .. }));
    kiosk.key(Key::Escape);
    kiosk.harness.run_steps(4);
    assert_eq!(*kiosk.state(), State::Home);
    assert!(kiosk.window().app().camera_status().is_none() && kiosk.window().app().preview().is_none());
    // What was asked for meanwhile is drawn; then the next thing is the clock's next minute.
    let wait = |kiosk: &Kiosk| kiosk.harness.output().viewport_output[&ViewportId::ROOT].repaint_delay;
    kiosk.until("rest", |kiosk| wait(kiosk) > Duration::from_millis(20));
    // A thread that ends may wake the screen once more.
    std::thread::sleep(Duration::from_millis(500));
    kiosk.step();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    kiosk.harness.ctx.set_request_repaint_callback(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
    });
    std::thread::sleep(Duration::from_millis(700));
    assert_eq!(asked.load(Ordering::Relaxed), 0, "some thread wants the screen drawn");
    let seconds = std::time::UNIX_EPOCH.elapsed().expect("a clock after 1970").as_secs_f64() % 60.0;
    let left = 60.05 - seconds;
    let asleep = wait(&kiosk).as_secs_f64();
    assert!((asleep - left).abs() < 3.0 || asleep < 3.0, "it sleeps for {asleep} s, and the minute ends in {left} s");
}
