//! One visitor after the other: nothing of the first is there for the second.

use egui::{Event, Key, Modifiers};
use mirilla::session::{LivenessLevel, Reason, State};
use mirilla::settings::{Language, Settings};
use mirilla::simulation::Actor;

use crate::common::skip;
use crate::kiosk::{Kiosk, OBAMA, OBAMA_LATER, Setup};

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
fn from_the_first_start_to_signed_in_somebody_new_presses_six_times() {
    let mut kiosk = Kiosk::new(Setup::default());
    kiosk.visitor(OBAMA);
    let mut pressed = vec![];
    loop {
        kiosk.until("something to press", |kiosk| {
            use State::{CheckingAddress, Enrolling, Identifying, OpeningSession, Searching, Storing};
            let goes_on_by_itself = matches!(
                kiosk.state(),
                CheckingAddress(_) | Enrolling(_) | Storing(_) | Identifying(_) | Searching(_) | OpeningSession { .. }
            );
            !goes_on_by_itself
        });
        let button = match kiosk.state() {
            State::Home => "action-register",
            State::Details(form) => {
                let typed = if form.name.trim().is_empty() { "Barack Obama" } else { "barack@example.org" };
                kiosk.type_text(typed);
                kiosk.key(Key::Enter);
                pressed.push("Enter");
                continue;
            }
            State::Consenting(_) => "action-agree",
            State::Reviewing { .. } => "action-save-face",
            State::Enrolled { .. } => {
                kiosk.visitor(OBAMA_LATER);
                "action-try-sign-in"
            }
            State::SignedIn(_) => break,
            other => panic!("after {pressed:?}: {other:?}"),
        };
        kiosk.tap_text(button);
        pressed.push(button);
        assert!(pressed.len() < 20, "{pressed:?}");
    }
    // The page that asks for consent is the one of them that was not there before it.
    let expected = ["action-register", "Enter", "Enter", "action-agree", "action-save-face", "action-try-sign-in"];
    assert_eq!(pressed, expected);
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

/// As fast as a screen draws: 20 frames a second.
fn quick() -> Setup {
    Setup { frame_s: 0.05, ..Setup::default() }
}

/// Two presses a fifth of a second apart.
fn press_twice(kiosk: &mut Kiosk, name: &str) {
    let at = kiosk.target(name).rect.center();
    for _ in 0..2 {
        kiosk.finger(egui::TouchPhase::Start, at);
        kiosk.finger(egui::TouchPhase::End, at);
        kiosk.harness.run_steps(2);
    }
    kiosk.harness.run_steps(20);
}

#[test]
fn the_second_of_a_double_click_does_nothing() {
    let mut kiosk = Kiosk::new(quick());
    kiosk.visitor(crate::kiosk::OBAMA);
    let register = kiosk.text("action-register");
    press_twice(&mut kiosk, &register);
    assert_eq!(kiosk.focused(), Some(kiosk.text("field-name")), "it did not land in a field");
    kiosk.fill_in_and_save("Barack Obama");
    kiosk.visitor(crate::kiosk::OBAMA_LATER);
    kiosk.enter("action-try-sign-in");
    kiosk.until_state("the profile", |state| matches!(state, State::SignedIn(_)));
    kiosk.harness.run_steps(20);
    let delete = kiosk.text("action-delete");
    press_twice(&mut kiosk, &delete);
    assert!(kiosk.says("delete-title"), "asked, and nothing deleted: {:?}", kiosk.state());
    // Where "delete" was a moment ago may be "for good" now: pressed at once, it is the same double click.
    kiosk.tap_text("action-keep");
    kiosk.harness.run_steps(20);
    assert!(matches!(kiosk.state(), State::SignedIn(_)) && !kiosk.says("delete-title"));
}

#[test]
fn a_face_that_is_not_the_accounts_is_called_so() {
    let mut kiosk = Kiosk::new(Setup::default());
    kiosk.visitor(crate::kiosk::OBAMA);
    kiosk.key(Key::Tab);
    kiosk.enter("action-register");
    kiosk.fill_in_and_save("Barack Obama");
    kiosk.visitor(crate::kiosk::OBAMA_LATER);
    kiosk.enter("action-try-sign-in");
    kiosk.until_state("the profile", |state| matches!(state, State::SignedIn(_)));
    kiosk.visitor(crate::kiosk::COLLINS);
    kiosk.enter("action-renew");
    kiosk.until_state("the review", |state| matches!(state, State::Reviewing { .. }));
    assert!(kiosk.says("review-renewal-title") && !kiosk.says("review-title"));
    kiosk.key(Key::Enter);
    assert!(kiosk.says("notice-other-face"), "{:?}", kiosk.state());
}

#[test]
fn a_key_that_is_held_presses_once() {
    let mut kiosk = Kiosk::new(quick());
    kiosk.key(Key::Tab);
    let register = kiosk.text("action-register");
    kiosk.tab_to(&register);
    for _ in 0..10 {
        kiosk.harness.key_down(Key::Enter);
        kiosk.step();
    }
    kiosk.harness.key_up(Key::Enter);
    kiosk.harness.run_steps(2);
    assert!(matches!(kiosk.state(), State::Details(_)));
    assert!(!kiosk.says("error-name-empty"), "the form was not sent off by the same press");
}

#[test]
fn the_keyboard_is_as_new_for_the_next_visitor() {
    let mut kiosk = Kiosk::new(Setup::default());
    kiosk.tap_text("action-register");
    kiosk.tap_text("key-symbols");
    assert!(kiosk.says("key-letters"));
    kiosk.tap_text("key-hide");
    kiosk.tap_text("action-back");
    kiosk.tap_text("action-register");
    assert!(kiosk.says("key-symbols") && !kiosk.says("key-letters"), "letters, as for everybody");
}

#[test]
fn the_name_of_a_field_is_a_part_of_it() {
    let mut kiosk = Kiosk::new(Setup { keyboard: mirilla::settings::KeyboardUse::Never, ..Setup::default() });
    kiosk.tap_text("action-register");
    let name = kiosk.text("field-email");
    let label = crate::tree::texts(&kiosk.harness).into_iter().find(|text| text.words == name).expect("its name");
    kiosk.tap_at(label.rect.center());
    assert_eq!(kiosk.focused(), Some(name));
}

#[test]
fn what_the_command_line_says_is_not_kept_with_the_operators_choice() {
    let kiosk = Kiosk::new(Setup { language: mirilla::settings::Language::Spanish, ..Setup::default() });
    assert_eq!(kiosk.window().app().settings().language, Some(mirilla::settings::Language::Spanish));
    let kept = Settings::load(&kiosk.folder.path().join("settings.toml")).expect("settings");
    assert_eq!(kept.language, None);
}

#[test]
fn a_screen_begins_at_its_top_however_far_the_visitor_before_had_scrolled() {
    let mut kiosk = Kiosk::new(Setup { size: [800.0, 480.0], language: Language::Spanish, ..Setup::default() });
    kiosk.visitor(crate::kiosk::OBAMA);
    kiosk.tap_text("action-register");
    kiosk.fill_in_and_save("Barack Hussein Obama, el cuadragésimo cuarto presidente de su país");
    kiosk.visitor(crate::kiosk::OBAMA_LATER);
    let greeted_at = |kiosk: &mut Kiosk| {
        kiosk.enter("action-try-sign-in");
        kiosk.until_state("the profile", |state| matches!(state, State::SignedIn(_)));
        kiosk.harness.run_steps(3);
        greeting(kiosk)
    };
    let top = greeted_at(&mut kiosk);
    let middle = kiosk.target(&kiosk.text("action-edit")).rect.center();
    kiosk.harness.event(Event::PointerMoved(middle));
    kiosk.harness.event(Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: egui::vec2(0.0, -400.0),
        phase: egui::TouchPhase::Move,
        modifiers: Modifiers::NONE,
        source: egui::MouseWheelSource::Wheel,
    });
    kiosk.harness.run_steps(20);
    assert!(greeting(&kiosk) < top - 10.0, "it is scrolled: {top} {}", greeting(&kiosk));
    kiosk.key(Key::Escape);
    kiosk.enter("action-sign-in");
    kiosk.until_state("the profile", |state| matches!(state, State::SignedIn(_)));
    kiosk.harness.run_steps(3);
    assert!((greeting(&kiosk) - top).abs() < 1.0, "{top} {}", greeting(&kiosk));
}

/// How far from the top the greeting stands.
fn greeting(kiosk: &Kiosk) -> f32 {
    let texts = crate::tree::texts(&kiosk.harness);
    texts.iter().find(|text| text.words.starts_with("¡Hola")).expect("a greeting").rect.top()
}

/// Where a challenge stands, once it is over; none where the machine is too slow to follow a head that blinks.
fn sign_in(kiosk: &mut Kiosk, actor: Actor) -> Option<State> {
    for _ in 0..3 {
        kiosk.actor(actor);
        kiosk.enter("action-sign-in");
        kiosk.until("an end", |kiosk| {
            !matches!(
                kiosk.state(),
                State::Home
                    | State::Identifying(_)
                    | State::Searching(_)
                    | State::Challenging(_)
                    | State::OpeningSession { .. }
            )
        });
        match kiosk.state().clone() {
            State::Declined { reason: Reason::LivenessUnclear, .. } if actor == Actor::HEAD_OBAMA => {}
            state => return Some(state),
        }
        kiosk.key(Key::Escape);
    }
    None
}

#[test]
fn whoever_moves_as_asked_gets_in_at_the_window_with_a_pin_where_that_is_wanted_and_a_print_does_not() {
    for liveness in [LivenessLevel::Active, LivenessLevel::ActiveWithPin] {
        let mut kiosk = Kiosk::new(Setup { liveness, patience: 2, ..Setup::default() });
        kiosk.visitor(OBAMA);
        kiosk.key(Key::Tab);
        kiosk.enter("action-register");
        kiosk.fill_in_and_save("Barack Obama");
        kiosk.give_operator_pin(); // the person's own, which is chosen by the same keys
        kiosk.until_state("somebody enrolled", |state| matches!(state, State::Enrolled { .. }));
        kiosk.key(Key::Escape);
        let print = sign_in(&mut kiosk, Actor::PRINT_FLAT);
        let for_want_of_life = [Reason::PhotoSuspected, Reason::LivenessUnclear];
        let refused = matches!(&print, Some(State::Declined { reason, .. }) if for_want_of_life.contains(reason));
        assert!(refused, "{liveness:?}: {print:?}");
        kiosk.key(Key::Escape);
        let Some(head) = sign_in(&mut kiosk, Actor::HEAD_OBAMA) else {
            return skip("no head that blinks is followed on this machine");
        };
        if liveness == LivenessLevel::ActiveWithPin {
            assert!(matches!(head, State::Pin(_)), "{head:?}");
            assert!(kiosk.window().app().session().is_none());
            kiosk.give_operator_pin();
        }
        kiosk.until_state("the profile", |state| matches!(state, State::SignedIn(_)));
        assert!(kiosk.tells("Barack Obama"));
    }
}
