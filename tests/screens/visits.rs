//! One visitor after the other: nothing of the first is there for the second.

use egui::{Event, Key, Modifiers};
use mirilla::session::State;
use mirilla::settings::Settings;

use crate::kiosk::{Kiosk, Setup};

fn typed(kiosk: &Kiosk) -> String {
    match kiosk.state() {
        State::Details(form) => format!("{} {}", form.name, form.email),
        other => panic!("no form: {other:?}"),
    }
}

fn command(kiosk: &mut Kiosk, key: Key) {
    kiosk.harness.key_press_modifiers(Modifiers::COMMAND, key);
    kiosk.step();
    kiosk.step();
}

fn event(kiosk: &mut Kiosk, event: Event) {
    kiosk.harness.event(event);
    kiosk.step();
    kiosk.step();
}

/// Somebody types a name and leaves; the next one has the same form before them.
fn a_form_after_another(setup: Setup) -> Kiosk {
    let mut kiosk = Kiosk::new(setup);
    kiosk.key(Key::Tab);
    kiosk.enter("action-register");
    for letter in ["B", "a", "r", "a", "c", "k"] {
        kiosk.type_text(letter);
        kiosk.harness.run_steps(4); // so that each can be undone by itself
    }
    assert_eq!(typed(&kiosk), "Barack ");
    kiosk.key(Key::Escape);
    assert_eq!(*kiosk.state(), State::Home);
    kiosk.enter("action-register");
    assert_eq!(kiosk.focused(), Some(kiosk.text("field-name")));
    kiosk
}

#[test]
fn what_one_typed_is_not_brought_back_by_undoing() {
    let mut kiosk = a_form_after_another(Setup::default());
    for _ in 0..8 {
        command(&mut kiosk, Key::Z);
    }
    assert_eq!(typed(&kiosk), " ");
    kiosk.type_text("Ana");
    command(&mut kiosk, Key::Z);
    assert!(!typed(&kiosk).contains("Bar"), "{:?}", typed(&kiosk));
}

#[test]
fn a_kiosk_has_no_clipboard_and_a_desk_has() {
    let mut kiosk = a_form_after_another(Setup { locked: true, ..Setup::default() });
    event(&mut kiosk, Event::Paste("from the one before".into()));
    assert_eq!(typed(&kiosk), " ");
    kiosk.type_text("Ana");
    command(&mut kiosk, Key::A);
    kiosk.harness.event(Event::Cut);
    kiosk.step();
    assert!(kiosk.harness.output().platform_output.commands.is_empty(), "nothing is copied");
    kiosk.step();
    assert_eq!(typed(&kiosk), "Ana ");

    let mut desk = a_form_after_another(Setup::default());
    event(&mut desk, Event::Paste("Ana Díaz".into()));
    assert_eq!(typed(&desk), "Ana Díaz ");
}

#[test]
fn a_press_may_be_long_and_slip() {
    let mut kiosk = Kiosk::new(Setup::default());
    let name = kiosk.text("action-register");
    kiosk.hold(&name, 12);
    assert!(matches!(kiosk.state(), State::Details(_)), "three seconds: {:?}", kiosk.state());
    kiosk.tap_text("action-back");
    let at = kiosk.target(&name).rect.center();
    kiosk.finger(egui::TouchPhase::Start, at);
    kiosk.finger(egui::TouchPhase::Move, at + egui::vec2(9.0, 9.0));
    kiosk.finger(egui::TouchPhase::Move, at + egui::vec2(12.0, 10.0));
    kiosk.finger(egui::TouchPhase::End, at + egui::vec2(12.0, 10.0));
    kiosk.harness.run_steps(2);
    assert!(matches!(kiosk.state(), State::Details(_)), "a slip: {:?}", kiosk.state());
}

#[test]
fn what_the_command_line_says_is_not_kept_with_the_operators_choice() {
    let kiosk = Kiosk::new(Setup { language: mirilla::settings::Language::Spanish, ..Setup::default() });
    assert_eq!(kiosk.window().app().settings().language, Some(mirilla::settings::Language::Spanish));
    let kept = Settings::load(&kiosk.folder.path().join("settings.toml")).expect("settings");
    assert_eq!(kept.language, None);
}
