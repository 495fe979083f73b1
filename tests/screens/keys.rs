//! By keys alone: Tab, Shift+Tab, Enter, Space, Escape, and typing.

use egui::Key;
use mirilla::session::{OperatorPage, ProfilePage, State};
use mirilla::settings::Language;

use crate::kiosk::{COLLINS, Kiosk, OBAMA, OBAMA_LATER, Setup};

fn register(kiosk: &mut Kiosk, name: &str, email: &str) {
    kiosk.enter("action-register");
    // A form is for typing: its first field waits for it.
    assert_eq!(kiosk.focused(), Some(kiosk.text("field-name")));
    kiosk.type_text(name);
    kiosk.key(Key::Enter);
    assert_eq!(kiosk.focused(), Some(kiosk.text("field-email")), "Enter leads on to what is still to be written");
    kiosk.type_text(email);
    kiosk.key(Key::Enter);
    assert!(matches!(kiosk.state(), State::Consenting(_)));
    assert_eq!(kiosk.focused(), Some(kiosk.text("action-agree")));
    kiosk.key(Key::Enter);
    kiosk.until_state("the review", |state| matches!(state, State::Reviewing { .. }));
    assert!(kiosk.tells(name) && kiosk.tells(email), "what will be stored is shown");
    assert_eq!(kiosk.focused(), Some(kiosk.text("action-save-face")));
    kiosk.key(Key::Enter);
    kiosk.until_state("welcome", |state| matches!(state, State::Enrolled { .. }));
}

fn signed_in(kiosk: &mut Kiosk) {
    kiosk.until_state("the profile", |state| matches!(state, State::SignedIn(_)));
}

/// From registration to the deletion of everything.
fn a_life(language: Language) {
    let mut kiosk = Kiosk::new(Setup { language, ..Setup::default() });
    kiosk.visitor(OBAMA);
    register(&mut kiosk, "Barack Obama", "barack@example.org");
    kiosk.visitor(OBAMA_LATER);
    kiosk.enter("action-try-sign-in");
    signed_in(&mut kiosk);
    assert!(kiosk.tells("Barack Obama"));
    assert_eq!(kiosk.focused(), Some(kiosk.text("action-sign-out")));

    kiosk.enter("action-edit");
    let field = kiosk.text("field-name");
    kiosk.tab_to(&field);
    kiosk.key(Key::End);
    kiosk.type_text(" II");
    kiosk.key(Key::Enter);
    kiosk.until("the change", |kiosk| kiosk.says("notice-saved"));
    assert!(kiosk.tells("Barack Obama II"));

    kiosk.enter("action-renew");
    kiosk.until_state("the review", |state| matches!(state, State::Reviewing { .. }));
    kiosk.key(Key::Enter);
    kiosk.until("the new face", |kiosk| kiosk.says("notice-renewed"));

    // Asked first, and kept by Escape as well as by the button that has the focus.
    for way_back in [Key::Escape, Key::Enter] {
        kiosk.enter("action-delete");
        assert_eq!(kiosk.focused(), Some(kiosk.text("action-keep")));
        kiosk.key(way_back);
        let overview = |state: &State| matches!(state, State::SignedIn(session) if matches!(session.page, ProfilePage::Overview(_)));
        assert!(overview(kiosk.state()), "{:?}", kiosk.state());
    }
    kiosk.enter("action-sign-out");
    assert_eq!(*kiosk.state(), State::Home);

    kiosk.enter("action-sign-in");
    signed_in(&mut kiosk);
    kiosk.enter("action-delete");
    let delete = kiosk.text("action-delete-for-good");
    kiosk.tab_to(&delete);
    kiosk.key(Key::Space);
    assert_eq!(*kiosk.state(), State::Removed);
    kiosk.enter("action-done");
    assert_eq!(*kiosk.state(), State::Home);

    kiosk.enter("action-sign-in");
    kiosk.until_state("a refusal", |state| matches!(state, State::Declined { .. }));
    assert!(kiosk.says("declined-not-recognized"));
    kiosk.key(Key::Escape);
    assert_eq!(*kiosk.state(), State::Home);
}

#[test]
fn a_whole_life_by_keys_in_english() {
    a_life(Language::English);
}

#[test]
fn a_whole_life_by_keys_in_spanish() {
    a_life(Language::Spanish);
}

fn open_operator(kiosk: &mut Kiosk) {
    let clock = kiosk
        .targets()
        .into_iter()
        .find(|target| target.name.contains(':') && target.name.contains("14") || target.name.starts_with("Time"));
    let clock = clock.expect("a clock").name;
    kiosk.tab_to(&clock);
    kiosk.harness.key_down(Key::Enter);
    kiosk.step();
    assert_eq!(*kiosk.state(), State::Home, "a short press is none");
    kiosk.harness.run_steps(8);
    kiosk.harness.key_up(Key::Enter);
    kiosk.harness.run_steps(3);
    kiosk.give_operator_pin();
    assert!(matches!(kiosk.state(), State::Operator { .. }), "{:?}", kiosk.state());
}

#[test]
fn the_operators_pages_by_keys() {
    let mut kiosk = Kiosk::new(Setup::default());
    kiosk.visitor(OBAMA);
    register(&mut kiosk, "Barack Obama", "barack@example.org");
    kiosk.key(Key::Escape);
    kiosk.visitor(COLLINS);
    register(&mut kiosk, "Eileen Collins", "eileen@example.org");
    kiosk.key(Key::Escape);

    open_operator(&mut kiosk);
    let removable = |kiosk: &Kiosk| {
        let names = kiosk.targets().into_iter().map(|target| target.name);
        names.filter_map(|name| name.strip_prefix("Remove ").map(str::to_owned)).collect::<Vec<_>>()
    };
    let by_place = |kiosk: &Kiosk| {
        let mut all = kiosk.targets();
        all.sort_by(|a, b| a.rect.top().total_cmp(&b.rect.top()));
        let names = all.into_iter().map(|target| target.name);
        names.filter_map(|name| name.strip_prefix("Remove ").map(str::to_owned)).collect::<Vec<_>>()
    };
    assert_eq!(by_place(&kiosk), ["Barack Obama", "Eileen Collins"]);
    kiosk.enter("people-by-enrolled");
    assert_eq!(by_place(&kiosk), ["Eileen Collins", "Barack Obama"]);
    let search = kiosk.text("people-search");
    kiosk.tab_to(&search);
    kiosk.type_text("COLL");
    kiosk.harness.run_steps(2);
    assert_eq!(removable(&kiosk), ["Eileen Collins"]);
    assert!(kiosk.tells("1 of 2 people"));

    kiosk.tab_to("Remove Eileen Collins");
    kiosk.key(Key::Enter);
    assert_eq!(kiosk.focused(), Some(kiosk.text("action-keep")), "nobody is removed by a second Enter");
    kiosk.enter("action-delete-for-good");
    kiosk.harness.run_steps(2);
    assert!(matches!(kiosk.state(), State::Operator { page: OperatorPage::People, removing: None, .. }));
    assert!(removable(&kiosk).is_empty(), "the search still stands, and she is gone");

    for page in ["operator-camera", "operator-decisions", "operator-health", "operator-place"] {
        kiosk.enter(page);
        assert!(kiosk.says(page));
    }
    let place = kiosk.text("place-name");
    kiosk.tab_to(&place);
    kiosk.type_text("City Library");
    kiosk.key(Key::Enter);
    assert_eq!(kiosk.window().app().settings().place, "City Library");
    kiosk.enter("appearance-dark");
    kiosk.tab_to("Español");
    kiosk.key(Key::Space);
    // `--language` of whoever started the program goes before what is set.
    assert_eq!(kiosk.window().app().settings().language, Some(Language::Spanish));
    kiosk.key(Key::Escape);
    kiosk.step();
    assert_eq!(*kiosk.state(), State::Home);
    assert!(kiosk.tells("City Library"));
}

#[test]
fn back_and_forth_between_the_fields() {
    let mut kiosk = Kiosk::new(Setup::default());
    kiosk.key(Key::Tab);
    kiosk.enter("action-register");
    kiosk.type_text("Ana");
    kiosk.key(Key::Tab);
    assert_eq!(kiosk.focused(), Some(kiosk.text("field-email")));
    kiosk.type_text("ana@example");
    assert!(!kiosk.says("error-email-malformed"), "it may still grow");
    kiosk.shift_tab();
    assert!(kiosk.says("error-email-malformed"), "whoever has left it is told at once");
    assert_eq!(kiosk.focused(), Some(kiosk.text("field-name")));
    kiosk.key(Key::End);
    kiosk.type_text(" Díaz");
    // Enter with an address that is none: told, and nothing is lost.
    kiosk.key(Key::Enter);
    assert_eq!(kiosk.focused(), Some(kiosk.text("field-email")));
    kiosk.key(Key::Enter);
    assert!(kiosk.says("error-email-malformed"));
    match kiosk.state() {
        State::Details(form) => assert_eq!((form.name.as_str(), form.email.as_str()), ("Ana Díaz", "ana@example")),
        other => panic!("{other:?}"),
    }
    let focused = kiosk.focused();
    assert!(focused.is_some(), "the focus is not lost in nothing");
    kiosk.key(Key::Escape);
    assert_eq!(*kiosk.state(), State::Home);
}

#[test]
fn an_address_that_is_taken_is_told_at_its_field() {
    let mut kiosk = Kiosk::new(Setup::default());
    kiosk.visitor(OBAMA);
    kiosk.key(Key::Tab);
    register(&mut kiosk, "Barack Obama", "barack@example.org");
    kiosk.key(Key::Escape);
    kiosk.visitor(COLLINS);
    kiosk.enter("action-register");
    kiosk.type_text("Eileen Collins");
    kiosk.key(Key::Enter);
    kiosk.type_text("barack@example.org");
    kiosk.key(Key::Enter);
    kiosk.harness.run_steps(2);
    assert!(kiosk.says("refused-email-taken"), "{:?}", kiosk.state());
    assert_eq!(kiosk.focused(), Some(kiosk.text("field-email")), "whoever types can go on typing");
    kiosk.key(Key::End);
    for _ in 0.."barack@example.org".len() {
        kiosk.key(Key::Backspace);
    }
    kiosk.type_text("eileen@example.org");
    assert!(!kiosk.says("refused-email-taken"));
    assert_eq!(kiosk.focused(), Some(kiosk.text("field-email")));
    kiosk.key(Key::Enter);
    kiosk.until_state("the consent", |state| matches!(state, State::Consenting(_)));
}

#[test]
fn tab_goes_through_the_languages_as_they_are_read() {
    let mut kiosk = Kiosk::new(Setup::default());
    kiosk.tab_to("English");
    kiosk.key(Key::Tab);
    assert_eq!(kiosk.focused().as_deref(), Some("Español"));
    let left = |name: &str| kiosk.target(name).rect.left();
    assert!(left("English") < left("Español"));
    let screen = kiosk.harness.ctx.content_rect();
    let right = kiosk.target("Español").rect.right();
    assert!((screen.right() - 60.0..screen.right()).contains(&right), "at the right edge: {right} of {screen:?}");
}
