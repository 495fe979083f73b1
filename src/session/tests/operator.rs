//! The operator's pages.

use super::*;

#[test]
fn the_camera_is_on_while_its_page_is_looked_at_and_no_longer() {
    let mut script = Script::new();
    script.enter(OperatorPage::Health);
    for page in OperatorPage::ALL {
        script.effects.clear();
        script.event(Event::OperatorRequested(page));
        assert_eq!(script.state(), &State::operator(page));
        let camera = page == OperatorPage::Camera;
        assert_eq!(script.effects == [Effect::OpenCamera], camera, "{page:?}");
        script.event(Event::OperatorRequested(page));
        assert_eq!(script.effects.len(), usize::from(camera), "asking twice changes nothing");
        script.event(Event::OperatorRequested(OperatorPage::Health));
        assert_eq!(script.effects.last() == Some(&Effect::CloseCamera), camera, "{page:?}");
    }
    script.event(Event::OperatorRequested(OperatorPage::Camera));
    assert_eq!(script.event(Event::Canceled), [Effect::CloseCamera]);
    assert_eq!(script.state(), &State::Home);
}

#[test]
fn somebody_is_removed_only_after_the_operator_has_confirmed_it() {
    let mut script = Script::at(Script::reach_operator);
    assert_eq!(script.event(Event::RemovalConfirmed), [], "nobody was chosen");
    script.event(Event::OperatorRemoves(user(1)));
    script.event(Event::WentBack);
    assert_eq!(script.state(), &State::operator(OperatorPage::People));
    assert_eq!(script.event(Event::RemovalConfirmed), [], "the choice was taken back");
    script.event(Event::OperatorRemoves(user(1)));
    script.event(Event::OperatorRequested(OperatorPage::People));
    assert_eq!(script.event(Event::RemovalConfirmed), [], "the page was left");
    script.event(Event::OperatorRemoves(user(1)));
    script.event(Event::OperatorRemoves(user(2)));
    assert_eq!(script.event(Event::RemovalConfirmed), [Effect::RemoveUser(user(2))], "the one who was asked about");
    assert_eq!(script.event(Event::RemovalConfirmed), [], "twice is once");
    script.event(Event::Removed);
    assert_eq!(script.state(), &State::operator(OperatorPage::People));
}

#[test]
fn people_are_removed_from_their_list_alone() {
    for page in OperatorPage::ALL {
        let mut script = Script::new();
        script.enter(page);
        script.event(Event::OperatorRemoves(user(1)));
        let effects = script.event(Event::RemovalConfirmed);
        assert_eq!(effects.contains(&Effect::RemoveUser(user(1))), page == OperatorPage::People, "{page:?}");
    }
    for (place, mut script) in
        everywhere().filter(|(place, _)| !place.starts_with("operator") || place.ends_with("pin"))
    {
        script.event(Event::OperatorRemoves(user(1)));
        let effects = script.event(Event::RemovalConfirmed);
        assert!(!effects.iter().any(|effect| matches!(effect, Effect::RemoveUser(_))), "{place}");
    }
}

#[test]
fn the_pages_are_reached_from_home_alone_and_by_a_right_pin_alone() {
    for (place, script) in everywhere() {
        let mut after = script.clone();
        after.event(Event::OperatorRequested(OperatorPage::Health));
        let inside = ["operator", "operator camera", "operator removing"].contains(&place);
        assert_eq!(matches!(after.state(), State::Operator { .. }), inside, "{place}");
        let asked = asked(after.state()) == Some(&PinAsk::Operator(Way::Page(OperatorPage::Health)));
        assert_eq!(asked, place == "home", "{place}");
        assert!(inside || asked || after.state() == script.state(), "{place}");
    }
}

#[test]
fn what_the_camera_sees_keeps_no_page_open() {
    let mut script = Script::at(Script::reach_operator_camera);
    let end = script.now + script.policy.operator_idle_after;
    while script.now < end {
        assert_ne!(script.state(), &State::Home);
        script.frame(ana()); // a visitor before the kiosk, or a poster on the wall
    }
    assert_eq!((script.state(), script.effects.last()), (&State::Home, Some(&Effect::CloseCamera)));
}

#[test]
fn frames_and_faces_change_nothing_on_the_camera_page() {
    let mut script = Script::at(Script::reach_operator_camera);
    let before = script.state().clone();
    script.frames(10, ana);
    script.frames(10, nobody);
    assert_eq!((script.state(), script.effects.len()), (&before, 0));
}

#[test]
fn the_operators_pin_is_changed_after_the_one_that_holds_was_given() {
    let mut script = Script::new();
    script.enter(OperatorPage::Place);
    let place = State::operator(OperatorPage::Place);
    assert_eq!(script.event(Event::PinChangeRequested), [Effect::LookUpPin(PinOf::Operator)]);
    script.event(Event::WentBack);
    assert_eq!(script.state(), &place, "whoever is let in stays so");
    script.event(Event::PinChangeRequested);
    script.type_pin();
    script.event(Event::Refused(Reason::PinWrong));
    assert_eq!(asked(script.state()), Some(&PinAsk::Operator(Way::NewPin)));
    script.type_pin();
    script.event(Event::PinRight(None));
    let choose = PinAsk::Choose(Chooser::Operator(Way::NewPin));
    assert_eq!(asked(script.state()), Some(&choose));
    script.type_pin();
    assert_eq!(script.type_pin(), [Effect::ChangeOperatorPin(PIN.parse().unwrap())]);
    script.event(Event::Refused(Reason::PinWrong));
    let State::Pin(entry) = script.state() else { panic!("{:?}", script.state()) };
    assert_eq!((&entry.ask, entry.trouble), (&choose, Some(PinTrouble::OfAuditor)));
    script.type_pin();
    script.type_pin();
    script.event(Event::PinSet);
    let said = State::Operator { page: OperatorPage::Place, removing: None, pin_changed: true };
    assert_eq!(script.state(), &said);
    script.event(Event::OperatorRequested(OperatorPage::Place));
    assert_eq!(script.state(), &place, "it is said once");

    // Whoever waits comes back through the door.
    script.event(Event::PinChangeRequested);
    script.type_pin();
    script.event(Event::HeldBack(SECOND));
    script.wait(SECOND);
    script.event(Event::Retried);
    assert_eq!(asked(script.state()), Some(&PinAsk::Operator(Way::Page(OperatorPage::Place))));
    script.event(Event::WentBack);
    assert_eq!(script.state(), &State::Home);
}
