//! By what a screen reader can ask for alone: to press, to focus, to set a value.

use mirilla::session::State;
use mirilla::settings::Language;

use crate::kiosk::{Kiosk, OBAMA, OBAMA_LATER, Setup};

fn from_home_to_the_profile(language: Language) {
    let mut kiosk = Kiosk::new(Setup { language, ..Setup::default() });
    kiosk.visitor(OBAMA);
    kiosk.activate_text("action-register");
    let (name, email) = (kiosk.text("field-name"), kiosk.text("field-email"));
    // What is missing is told, and the form stands.
    kiosk.activate_text("action-next");
    assert!(kiosk.says("error-name-empty") && kiosk.says("error-email-empty"));
    kiosk.write(&name, "Ana Díaz");
    kiosk.write(&email, "ana@example.org");
    kiosk.activate_text("action-next");
    kiosk.activate_text("action-agree");
    kiosk.until_state("the review", |state| matches!(state, State::Reviewing { .. }));
    kiosk.activate_text("action-save-face");
    kiosk.until_state("welcome", |state| matches!(state, State::Enrolled { .. }));
    kiosk.activate_text("action-done");
    kiosk.visitor(OBAMA_LATER);
    kiosk.activate_text("action-sign-in");
    kiosk.until_state("the profile", |state| matches!(state, State::SignedIn(_)));
    assert!(kiosk.tells("Ana Díaz"));

    kiosk.activate_text("action-edit");
    kiosk.write(&name, "Ana Zorrilla");
    kiosk.activate_text("action-save");
    kiosk.until("the change", |kiosk| kiosk.says("notice-saved"));
    assert!(kiosk.tells("Ana Zorrilla"));
    kiosk.activate_text("action-delete");
    kiosk.activate_text("action-delete-for-good");
    assert_eq!(*kiosk.state(), State::Removed);
    assert!(kiosk.says("removed-title"));
}

#[test]
fn from_home_to_the_profile_by_a_screen_reader_in_english() {
    from_home_to_the_profile(Language::English);
}

#[test]
fn from_home_to_the_profile_by_a_screen_reader_in_spanish() {
    from_home_to_the_profile(Language::Spanish);
}

#[test]
fn the_operators_pages_by_a_screen_reader() {
    let mut kiosk = Kiosk::new(Setup::default());
    let clock = kiosk.targets().into_iter().find(|target| target.name.starts_with("Time")).expect("a clock").name;
    assert!(clock.contains("operator"), "it says what it leads to: {clock}");
    // A press of a screen reader has no length.
    kiosk.activate(&clock);
    for title in ["pin-choose-operator-title", "pin-repeat-title"] {
        assert!(kiosk.says(title));
        for digit in ["4", "8", "2", "9", "1", "3"] {
            kiosk.activate(digit);
        }
        assert!(kiosk.tells("6 digits typed"));
        kiosk.activate_text("action-go-on-pin");
    }
    assert!(matches!(kiosk.state(), State::Operator { .. }), "{:?}", kiosk.state());
    kiosk.activate_text("operator-health");
    kiosk.activate_text("action-close");
    assert_eq!(*kiosk.state(), State::Home);
}
