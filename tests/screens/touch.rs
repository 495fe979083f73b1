//! By touch alone, with the keyboard on the screen.

use egui::{Pos2, TouchPhase};
use mirilla::session::{State, Strictness};
use mirilla::settings::{Appearance, KeyboardUse, Language};

use crate::kiosk::{COLLINS, Kiosk, OBAMA, OBAMA_LATER, Setup};
use crate::tree::texts;

fn typed(kiosk: &Kiosk) -> (String, String) {
    match kiosk.state() {
        State::Details(form) => (form.name.clone(), form.email.clone()),
        other => panic!("no form: {other:?}"),
    }
}

/// Whether the keyboard is on the screen.
fn keyboard(kiosk: &Kiosk) -> bool {
    let hide = kiosk.text("key-hide");
    kiosk.targets().iter().any(|target| target.name == hide)
}

/// Touches a key after the other; capitals come by themselves where a name begins.
fn tap_all(kiosk: &mut Kiosk, keys: &[&str]) {
    for key in keys {
        let capital = key.to_uppercase();
        let shown = kiosk.targets().into_iter().map(|target| target.name).find(|name| name == key || *name == capital);
        match shown {
            Some(name) => kiosk.tap(&name),
            None => panic!("there is no key {key:?}"),
        }
    }
}

fn from_home_to_the_profile(language: Language, size: [f32; 2]) {
    let mut kiosk = Kiosk::new(Setup { language, size, ..Setup::default() });
    kiosk.visitor(OBAMA);
    kiosk.tap_text("action-register");
    assert!(keyboard(&kiosk), "a form is for typing: its first field waits for it");
    kiosk.tap_text("key-hide");
    assert!(!keyboard(&kiosk));
    kiosk.tap_text("field-name");
    assert!(keyboard(&kiosk), "it opens as soon as a field is touched");
    let space = kiosk.text("key-space");
    tap_all(&mut kiosk, &["a", "n", "a", &space, "d"]);
    // ñ has a key of its own in Spanish, and in English one in the first row.
    tap_all(&mut kiosk, &["ñ"]);
    assert_eq!(typed(&kiosk).0, "Ana Dñ", "each word begins with a capital, and only begins with one");
    let back = kiosk.text("key-backspace");
    tap_all(&mut kiosk, &[&back]);
    accent(&mut kiosk, "i", "í");
    tap_all(&mut kiosk, &["a", "z"]);
    assert_eq!(typed(&kiosk).0, "Ana Díaz");

    let next = kiosk.text("key-enter");
    kiosk.tap(&next);
    assert!(keyboard(&kiosk), "it stays for the next field");
    tap_all(&mut kiosk, &["a", "n", "a", "@", "x", ".com"]);
    assert_eq!(typed(&kiosk).1, "ana@x.com", "no capitals in an address");
    let hide = kiosk.text("key-hide");
    kiosk.tap(&hide);
    assert!(!keyboard(&kiosk));
    kiosk.tap_text("field-email");
    assert!(keyboard(&kiosk), "a touch brings it back");
    kiosk.tap(&next);
    kiosk.tap_text("action-agree");
    kiosk.until_state("the review", |state| matches!(state, State::Reviewing { .. }));
    assert!(!keyboard(&kiosk));
    kiosk.tap_text("action-save-face");
    kiosk.visitor(OBAMA_LATER);
    kiosk.tap_text("action-try-sign-in");
    kiosk.until_state("the profile", |state| matches!(state, State::SignedIn(_)));
    assert!(kiosk.tells("Ana Díaz") && kiosk.tells("ana@x.com"));
    assert_eq!(kiosk.focused(), None, "no ring puzzles whoever touches");
    kiosk.tap_text("action-sign-out");
    assert_eq!(*kiosk.state(), State::Home);
}

/// Holds a letter and slides to one of its accents.
fn accent(kiosk: &mut Kiosk, letter: &str, wanted: &str) {
    let from = kiosk.target(letter).rect.center();
    kiosk.finger(TouchPhase::Start, from);
    kiosk.harness.run_steps(4);
    let above: Vec<_> = kiosk.targets().into_iter().filter(|target| target.name == wanted).collect();
    // In the first row there is the same letter: the choice is the one nearer to the finger.
    let nearest =
        above.iter().map(|target| target.rect.center()).min_by(|a, b| a.distance(from).total_cmp(&b.distance(from)));
    let to: Pos2 = nearest.expect("the accents of a letter are shown when it is held");
    kiosk.finger(TouchPhase::Move, to);
    kiosk.finger(TouchPhase::End, to);
    kiosk.harness.run_steps(3);
}

#[test]
fn from_home_to_the_profile_by_touch_in_english() {
    from_home_to_the_profile(Language::English, [1280.0, 800.0]);
}

#[test]
fn from_home_to_the_profile_by_touch_in_spanish_on_the_smallest_screen() {
    from_home_to_the_profile(Language::Spanish, [800.0, 480.0]);
}

#[test]
fn the_clock_held_leads_to_the_operators_pages() {
    let mut kiosk = Kiosk::new(Setup::default());
    let clock = |kiosk: &Kiosk| {
        let found = kiosk.targets().into_iter().find(|target| target.name.starts_with("Time"));
        found.expect("a clock").name
    };
    let name = clock(&kiosk);
    kiosk.hold(&name, 3);
    assert_eq!(*kiosk.state(), State::Home, "not long enough");
    let name = clock(&kiosk);
    kiosk.hold(&name, 8);
    choose_pin(&mut kiosk);
    assert!(matches!(kiosk.state(), State::Operator { .. }), "{:?}", kiosk.state());
    kiosk.tap_text("people-search");
    assert!(keyboard(&kiosk), "an operator types by touch as well");
    tap_all(&mut kiosk, &["a"]);
    let hide = kiosk.text("key-hide");
    kiosk.tap(&hide);
    kiosk.tap_text("action-close");
    assert_eq!(*kiosk.state(), State::Home);
}

#[test]
fn a_touch_into_a_word_puts_the_cursor_there() {
    let mut kiosk = Kiosk::new(Setup::default());
    kiosk.tap_text("action-register");
    kiosk.tap_text("field-name");
    tap_all(&mut kiosk, &["w", "w", "w", "w", "w", "w"]);
    let field = kiosk.text("field-name");
    let rect = kiosk.target(&field).rect;
    kiosk.tap_at(egui::pos2(rect.left() + 2.0, rect.center().y));
    assert!(keyboard(&kiosk));
    tap_all(&mut kiosk, &["x"]);
    assert!(typed(&kiosk).0.to_lowercase().starts_with('x'), "{}", typed(&kiosk).0);
}

#[test]
fn a_click_into_the_middle_of_a_word_puts_the_cursor_there() {
    let mut kiosk = Kiosk::new(Setup { keyboard: KeyboardUse::Never, ..Setup::default() });
    kiosk.tap_text("action-register");
    kiosk.type_text(&"l".repeat(20));
    let painted = texts(&kiosk.harness).into_iter().find(|text| text.words.len() == 20).expect("what was typed");
    kiosk.harness.drag_at(painted.rect.center());
    kiosk.harness.drop_at(painted.rect.center());
    kiosk.harness.run_steps(3);
    kiosk.type_text("X");
    let name = typed(&kiosk).0;
    let at = name.find('X').expect("it was typed");
    assert!((8..=12).contains(&at), "{name}");
    // Beside the line the box is the field's as well.
    kiosk.key(egui::Key::Tab);
    let name = kiosk.text("field-name");
    let field = kiosk.target(&name).rect;
    kiosk.tap_at(egui::pos2(field.right() + 20.0, field.center().y));
    assert_eq!(kiosk.focused(), Some(name));
}

#[test]
fn another_language_lasts_until_the_visitor_is_gone() {
    let mut kiosk = Kiosk::new(Setup::default());
    kiosk.tap("Español");
    kiosk.speak(Language::Spanish);
    kiosk.tap_text("action-register");
    assert!(kiosk.says("field-name"), "it lasts beyond the first screen");
    kiosk.tap_text("action-back");
    kiosk.speak(Language::English);
    kiosk.until("the kiosk's own language", |kiosk| kiosk.says("action-register"));
}

/// Touches what may have to be scrolled to: with the finger on the words beside it, wherever these are.
fn reach(kiosk: &mut Kiosk, name: &str) {
    for _ in 0..20 {
        let target = kiosk.target(name);
        if target.seen.height() >= target.rect.height() - 1.0 {
            return kiosk.tap(name);
        }
        let whole = kiosk.harness.ctx.content_rect();
        let from = Pos2::new(target.rect.center().x, whole.height() * 0.4);
        kiosk.finger(TouchPhase::Start, from);
        for moved in [40.0, 80.0, 120.0] {
            kiosk.finger(TouchPhase::Move, from - egui::vec2(0.0, moved));
        }
        kiosk.finger(TouchPhase::End, from - egui::vec2(0.0, 120.0));
        kiosk.harness.run_steps(8);
    }
    panic!("no finger comes to {name:?} in {:?}", kiosk.state());
}

/// Chooses a PIN with the keys on the screen.
fn choose_pin(kiosk: &mut Kiosk) {
    while matches!(kiosk.state(), State::Pin(_)) {
        tap_all(kiosk, &["4", "8", "2", "9", "1", "3"]);
        kiosk.tap_text("action-go-on-pin");
    }
}

fn reach_text(kiosk: &mut Kiosk, key: &str) {
    let name = kiosk.text(key);
    reach(kiosk, &name);
}

/// All that can be done with an account, and then what an operator can do, on the smallest screen, where not
/// everything has its room.
#[test]
fn a_whole_life_by_touch() {
    let mut kiosk = Kiosk::new(Setup { size: [800.0, 480.0], ..Setup::default() });
    for (visitor, letter) in [(COLLINS, "e"), (OBAMA, "b")] {
        kiosk.visitor(visitor);
        kiosk.tap_text("action-register");
        tap_all(&mut kiosk, &[letter, "o"]);
        kiosk.tap_text("key-enter");
        tap_all(&mut kiosk, &[letter, "@", "x", ".com"]);
        kiosk.tap_text("key-enter");
        kiosk.tap_text("action-agree");
        kiosk.until_state("the review", |state| matches!(state, State::Reviewing { .. }));
        kiosk.tap_text("action-save-face");
        kiosk.until_state("welcome", |state| matches!(state, State::Enrolled { .. }));
        kiosk.tap_text("action-done");
    }
    kiosk.visitor(OBAMA_LATER);
    kiosk.tap_text("action-sign-in");
    kiosk.until_state("the profile", |state| matches!(state, State::SignedIn(_)));

    reach_text(&mut kiosk, "action-edit");
    kiosk.tap_text("field-name");
    tap_all(&mut kiosk, &["x"]);
    kiosk.tap_text("key-hide");
    reach_text(&mut kiosk, "action-save");
    kiosk.until("the change", |kiosk| kiosk.says("notice-saved"));
    reach_text(&mut kiosk, "action-renew");
    kiosk.until_state("the review", |state| matches!(state, State::Reviewing { .. }));
    reach_text(&mut kiosk, "action-save-face");
    kiosk.until("the new face", |kiosk| kiosk.says("notice-renewed"));
    reach_text(&mut kiosk, "action-set-pin");
    choose_pin(&mut kiosk);
    kiosk.until("the PIN", |kiosk| kiosk.says("notice-pin-set"));
    reach_text(&mut kiosk, "action-history");
    assert!(kiosk.says("history-title") && kiosk.tells("PIN chosen") && kiosk.tells("signed in by face"));
    reach_text(&mut kiosk, "action-back");
    reach_text(&mut kiosk, "action-sign-out");

    // Without the camera, by the PIN that was chosen.
    kiosk.tap_text("action-sign-in");
    reach_text(&mut kiosk, "action-use-pin");
    kiosk.tap_text("field-email");
    tap_all(&mut kiosk, &["b", "@", "x", ".com"]);
    kiosk.tap_text("key-enter");
    choose_pin(&mut kiosk);
    kiosk.until_state("the profile", |state| matches!(state, State::SignedIn(_)));
    reach_text(&mut kiosk, "action-delete");
    reach_text(&mut kiosk, "action-delete-for-good");
    assert_eq!(*kiosk.state(), State::Removed);
    kiosk.tap_text("action-done");

    let clock = kiosk.targets().into_iter().find(|target| target.name.starts_with("Time")).expect("a clock");
    kiosk.hold(&clock.name, 8);
    choose_pin(&mut kiosk);
    reach(&mut kiosk, "Remove Eo");
    reach_text(&mut kiosk, "action-delete-for-good");
    assert!(kiosk.says("people-none"));
    kiosk.tap_text("operator-decisions");
    reach_text(&mut kiosk, "strictness-strict");
    reach(&mut kiosk, "10 times as much");
    kiosk.tap_text("operator-place");
    reach_text(&mut kiosk, "appearance-contrast");
    reach_text(&mut kiosk, "keyboard-always");
    let kept = kiosk.window().app().settings().clone();
    assert_eq!((kept.patience, kept.appearance, kept.keyboard), (10, Appearance::Contrast, KeyboardUse::Always));
    assert_eq!(kept.strictness, Some(Strictness::Strict));
    kiosk.tap_text("operator-health");
    reach_text(&mut kiosk, "action-quit");
    assert!(kiosk.says("quit-title"));
    kiosk.tap_text("action-go-on");
    kiosk.tap_text("action-close");
    assert_eq!(*kiosk.state(), State::Home);
}
