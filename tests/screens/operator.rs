//! The operator's pages, where they are more than buttons.

use egui::Key;
use mirilla::session::{FaceAlone, State};

use crate::kiosk::{Kiosk, OBAMA, Setup};

/// Somebody is enrolled.
fn register(kiosk: &mut Kiosk) {
    kiosk.visitor(OBAMA);
    kiosk.key(Key::Tab);
    kiosk.enter("action-register");
    kiosk.fill_in_and_save("Barack Obama");
    kiosk.key(Key::Escape);
}

fn open_pages(kiosk: &mut Kiosk) {
    let clock = kiosk.targets().into_iter().find(|target| target.name.starts_with("Time")).expect("a clock");
    kiosk.hold(&clock.name, 8);
    kiosk.harness.run_steps(3);
    kiosk.give_operator_pin();
    assert!(matches!(kiosk.state(), State::Operator { .. }));
}

#[test]
fn a_search_without_a_hit_says_so_and_the_one_to_be_removed_is_named_in_full() {
    let mut kiosk = Kiosk::new(Setup::default());
    register(&mut kiosk);
    open_pages(&mut kiosk);
    let search = kiosk.text("people-search");
    kiosk.tab_to(&search);
    kiosk.type_text("zzz");
    assert!(kiosk.says("people-no-match"));
    kiosk.enter("people-show-all");
    assert!(!kiosk.says("people-no-match"));
    kiosk.tab_to("Remove Barack Obama");
    kiosk.key(Key::Enter);
    assert!(kiosk.tells("Remove Barack Obama?") && kiosk.tells("barack@example.org"));
}

#[test]
fn the_keyboard_of_a_search_leaves_with_the_page() {
    let mut kiosk = Kiosk::new(Setup::default());
    open_pages(&mut kiosk);
    kiosk.tap_text("people-search");
    assert!(kiosk.says("key-hide"));
    kiosk.tap_text("operator-decisions");
    assert!(!kiosk.says("key-hide"), "there is nothing to type here");
    kiosk.tap_text("operator-people");
    kiosk.tap_text("people-search");
    kiosk.tap_text("action-close");
    assert!(*kiosk.state() == State::Home && !kiosk.says("key-hide"));
}

#[test]
fn a_name_that_was_typed_is_set_when_the_page_is_left_but_not_by_escape() {
    let mut kiosk = Kiosk::new(Setup::default());
    let place = |kiosk: &Kiosk| kiosk.window().app().settings().place.clone();
    let type_place = |kiosk: &mut Kiosk, text: &str| {
        kiosk.tap_text("operator-place");
        let field = kiosk.text("place-name");
        kiosk.tab_to(&field);
        kiosk.type_text(text);
    };
    open_pages(&mut kiosk);
    type_place(&mut kiosk, "Library");
    kiosk.tap_text("operator-health");
    assert_eq!(place(&kiosk), "Library");
    type_place(&mut kiosk, "!");
    kiosk.tap_text("action-close");
    assert_eq!(place(&kiosk), "Library!");
    open_pages(&mut kiosk);
    type_place(&mut kiosk, "?");
    kiosk.key(Key::Escape);
    assert!(matches!(kiosk.state(), State::Operator { .. }), "first it gives up what was typed");
    kiosk.key(Key::Escape);
    assert_eq!((kiosk.state(), place(&kiosk).as_str()), (&State::Home, "Library!"));
}

#[test]
fn the_program_is_not_ended_by_one_press() {
    let mut kiosk = Kiosk::new(Setup { locked: true, ..Setup::default() });
    open_pages(&mut kiosk);
    kiosk.tap_text("operator-health");
    kiosk.tap_text("action-quit");
    assert!(kiosk.says("quit-title"));
    kiosk.tap_text("action-go-on");
    assert!(!kiosk.says("quit-title") && kiosk.says("operator-health"));
    kiosk.tap_text("action-quit");
    kiosk.key(Key::Escape);
    assert!(!kiosk.says("quit-title") && kiosk.says("operator-health"));
}

#[test]
fn the_page_says_what_was_measured_and_the_face_alone_can_be_made_to_wait_for_it() {
    let mut kiosk = Kiosk::new(Setup::default());
    open_pages(&mut kiosk);
    kiosk.tap_text("operator-decisions");
    assert!(kiosk.says("selftest-title") && kiosk.tells("Level 1 was not measured here"));
    assert!(kiosk.says("face-alone-always-what") && !kiosk.window().app().policy().wants_pin());
    kiosk.enter("face-alone-tested");
    assert!(kiosk.says("face-alone-tested-what"));
    let window = kiosk.window();
    assert_eq!(window.app().settings().face_alone, FaceAlone::Tested);
    assert!(window.app().policy().wants_pin(), "nothing was measured");
}

#[test]
fn a_self_test_is_led_at_the_window_by_one_sentence_after_the_other_and_enrolls_nobody() {
    let mut kiosk = Kiosk::new(Setup::default());
    kiosk.visitor(OBAMA);
    open_pages(&mut kiosk);
    kiosk.tap_text("operator-decisions");
    kiosk.enter("selftest-open");
    assert!(kiosk.tells("Person 1 of 10") && !kiosk.says("operator-people"));
    kiosk.tap_text("selftest-next");
    kiosk.until("somebody enrolled", |kiosk| kiosk.tells("time 1 of 10"));
    kiosk.tap_text("selftest-next");
    kiosk.until("a presentation counted", |kiosk| kiosk.tells("time 2 of 10"));
    assert!(kiosk.says("selftest-outcome-passed"));
    assert!(kiosk.folder.path().join("selftest.json").exists(), "what was counted is kept at once");
    assert!(!kiosk.says("selftest-what"), "one thing at a time");
    kiosk.tap_text("selftest-repeat");
    assert!(kiosk.tells("time 1 of 10") && !kiosk.says("selftest-outcome-passed"));
    kiosk.tap_text("selftest-leave-out");
    assert!(kiosk.tells("Person 2 of 10"));
    // Broken off, and then left; both by Escape as well.
    kiosk.tap_text("selftest-next");
    kiosk.key(Key::Escape);
    assert!(kiosk.tells("Person 2 of 10") && kiosk.says("selftest-next"));
    kiosk.key(Key::Escape);
    assert!(kiosk.says("selftest-open") && matches!(kiosk.state(), State::Operator { .. }));
    kiosk.tap_text("operator-people");
    assert!(kiosk.says("people-none"), "nobody is enrolled by it");
}
