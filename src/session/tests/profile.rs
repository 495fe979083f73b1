//! What whoever is signed in can do, and how a session ends.

use super::*;

#[test]
fn a_change_is_checked_then_saved_then_told() {
    let mut script = Script::at(Script::reach_editing);
    script.event(Event::FormChanged(Form { email: "ana".into(), ..typed() }));
    assert_eq!(script.event(Event::Submitted), []);
    assert!(script.form().email_error().is_some());
    let changed = Form { name: "Ana M.".into(), ..typed() };
    script.event(Event::FormChanged(changed));
    let effects = script.event(Event::Submitted);
    let (name, email) = ("Ana M.".parse().unwrap(), EMAIL.parse().unwrap());
    assert_eq!(effects, [Effect::UpdateProfile { name, email }]);
    script.event(Event::Updated);
    assert_eq!(script.page(), &ProfilePage::Overview(Some(Notice::Saved)));
}

#[test]
fn a_change_to_a_taken_address_is_told_beside_the_field() {
    let mut script = Script::at(Script::reach_editing);
    script.event(Event::Submitted);
    assert_eq!(script.event(Event::Refused(Reason::EmailTaken)), []);
    assert_eq!(script.form().refused, Some(Reason::EmailTaken));
    script.event(Event::FormChanged(Form { email: "other@example.org".into(), ..script.form().clone() }));
    assert_eq!(script.form().refused, None);
    script.event(Event::WentBack);
    assert_eq!(script.page(), &ProfilePage::Overview(None));
}

#[test]
fn a_renewal_replaces_the_template_after_the_review() {
    let mut script = Script::at(Script::reach_signed_in);
    assert_eq!(script.event(Event::RenewalRequested), [Effect::OpenCamera]);
    script.capture();
    let State::Reviewing { enrollment, .. } = script.state().clone() else { panic!("{:?}", script.state()) };
    assert_eq!(script.event(Event::Confirmed), [Effect::Renew(enrollment)]);
    script.event(Event::Renewed);
    assert_eq!(script.page(), &ProfilePage::Overview(Some(Notice::Renewed)));
    assert!(!script.effects.contains(&Effect::CloseSession));
}

#[test]
fn a_renewal_that_comes_to_nothing_leaves_the_session_open() {
    let not_renewed = |reason| ProfilePage::Overview(Some(Notice::NotRenewed(reason)));

    let mut script = Script::at(Script::reach_renewing);
    script.frames(8, ana);
    script.frames(6, bob);
    assert_eq!(script.page(), &not_renewed(Reason::NotOnePerson));
    assert!(!script.effects.contains(&Effect::CloseSession));

    let mut script = Script::at(Script::reach_renewing);
    script.wait(script.policy.enrollment_timeout);
    assert_eq!(script.page(), &not_renewed(Reason::TimedOut));

    let mut script = Script::at(Script::reach_storing_renewal);
    let effects = script.event(Event::Refused(Reason::NotRecognized));
    assert_eq!(effects, [Effect::NoteDecline(Decline::of(Reason::NotRecognized))]);
    assert_eq!(script.page(), &not_renewed(Reason::NotRecognized), "another face than the one that signed in");

    for way in [Script::reach_renewing, Script::reach_reviewing_renewal] {
        for leave in [Event::WentBack, Event::Canceled] {
            let mut script = Script::at(way);
            script.event(leave);
            assert_eq!(script.page(), &ProfilePage::Overview(None));
            assert!(!script.effects.contains(&Effect::CloseSession));
        }
    }

    let mut script = Script::at(Script::reach_reviewing_renewal);
    assert_eq!(script.event(Event::Retried), [Effect::OpenCamera]);
    assert_eq!(script.captures(), 0);
}

#[test]
fn whoever_wants_to_be_deleted_is_asked_first() {
    let mut script = Script::at(Script::reach_signed_in);
    assert_eq!(script.event(Event::RemovalConfirmed), [], "nobody was asked");
    assert_eq!(script.event(Event::RemovalRequested), []);
    script.event(Event::WentBack);
    assert_eq!(script.page(), &ProfilePage::Overview(None));
    assert_eq!(script.event(Event::RemovalConfirmed), []);
    script.event(Event::RemovalRequested);
    assert_eq!(script.event(Event::RemovalConfirmed), [Effect::RemoveSelf]);
    assert!(script.state().has_session(), "the token is needed until it is done");
    assert_eq!(script.event(Event::Removed), [Effect::CloseSession]);
    assert_eq!(script.state(), &State::Removed);
    script.wait(script.policy.result_shown);
    assert_eq!(script.state(), &State::Home);
}

#[test]
fn a_token_that_is_refused_ends_the_session_and_the_person_is_told() {
    let ways: [Lead; 4] = [
        Script::reach_signed_in,
        Script::reach_editing,
        Script::reach_confirming_removal,
        Script::reach_storing_renewal,
    ];
    for way in ways {
        for reason in [Reason::TokenExpired, Reason::TokenInvalid, Reason::TokenNotYetValid, Reason::UserRemoved] {
            let mut script = Script::at(way);
            assert_eq!(script.event(Event::Refused(reason)), [Effect::CloseSession]);
            assert_eq!(script.state(), &State::Declined { reason, wanted: Wanted::SignIn, retry_at: None });
        }
    }
}

#[test]
fn the_session_ends_with_its_time_whatever_its_owner_does() {
    for (place, way) in PLACES.iter().filter(|(place, _)| SESSION.contains(place)) {
        let mut script = Script { session: 10 * SECOND, ..Script::new() };
        way(&mut script);
        script.effects.clear();
        let until = script.kiosk.state().session().unwrap().until;
        script.now = until - FRAME;
        script.event(Event::Touched);
        script.event(Event::Tick);
        assert!(script.state().has_session(), "{place}");
        script.wait(FRAME);
        let over = State::Declined { reason: Reason::TokenExpired, wanted: Wanted::SignIn, retry_at: None };
        assert_eq!(script.state(), &over, "{place}");
        let mut expected = vec![Effect::CloseSession];
        if CAMERA.contains(place) {
            expected.push(Effect::CloseCamera);
        }
        assert!(expected.iter().all(|effect| script.effects.contains(effect)), "{place}: {:?}", script.effects);
        assert_eq!(script.effects.len(), expected.len(), "{place}: {:?}", script.effects);
    }
}

#[test]
fn the_session_ends_with_its_time_though_the_camera_is_in_trouble() {
    let mut script = Script { session: 10 * SECOND, ..Script::new() };
    script.reach_renewing();
    script.event(Event::CameraChanged(Some(Trouble::Unplugged)));
    script.wait(10 * SECOND);
    assert_eq!((script.declined(), script.kiosk.trouble()), (Reason::TokenExpired, None));
}

#[test]
fn a_session_that_is_over_before_it_begins_shows_no_profile_for_long() {
    let mut script = Script { session: Duration::ZERO, ..Script::new() };
    script.reach_signed_in();
    assert_eq!(script.event(Event::Tick), [Effect::CloseSession]);
    assert_eq!(script.declined(), Reason::TokenExpired);
}

#[test]
fn a_session_left_open_is_closed_and_nothing_of_it_stays() {
    for (place, mut script) in everywhere().filter(|(place, _)| SESSION.contains(place)) {
        let mut warned = false;
        for _ in 0..300 {
            warned |= script.warning().is_some();
            script.wait(SECOND);
        }
        assert!(warned, "{place}");
        assert_eq!(script.state(), &State::Home, "{place}");
        assert_eq!(script.effects.iter().filter(|effect| **effect == Effect::CloseSession).count(), 1, "{place}");
    }
}

#[test]
fn whoever_has_not_agreed_anew_does_not_come_past_the_question() {
    let mut script = Script::at(Script::reach_agreeing);
    for event in [Event::HistoryRequested, Event::RenewalRequested, Event::PinChangeRequested, Event::WentBack] {
        script.event(event);
        assert_eq!(script.page(), &ProfilePage::Agreeing);
    }
    script.event(Event::RemovalRequested);
    script.event(Event::WentBack);
    assert_eq!(script.page(), &ProfilePage::Agreeing, "the way back leads to the question");
    script.event(Event::RemovalRequested);
    assert_eq!(script.event(Event::RemovalConfirmed), [Effect::RemoveSelf], "but leaving for good is free");
}

#[test]
fn another_pin_and_a_first_face_are_asked_for_the_pin_that_there_is() {
    let mut script = Script::at(Script::reach_present_pin);
    let own = script.kiosk.state().session().cloned().unwrap();
    let check = Effect::CheckPin { whose: PinOf::Session, pin: PIN.parse().unwrap() };
    assert_eq!(script.type_pin(), std::slice::from_ref(&check));
    script.event(Event::Refused(Reason::PinWrong));
    assert!(matches!(asked(script.state()), Some(PinAsk::Own(_, Errand::Pin))), "{:?}", script.state());
    script.type_pin();
    script.event(Event::PinRight(Some(user(2))));
    assert!(matches!(asked(script.state()), Some(PinAsk::Own(..))), "somebody else's");
    script.event(Event::PinRight(Some(user(1))));
    assert_eq!(asked(script.state()), Some(&PinAsk::Choose(Chooser::Own(known(own), Errand::Pin))));
    script.event(Event::WentBack);
    script.event(Event::PinChangeRequested);
    assert!(matches!(asked(script.state()), Some(PinAsk::Own(..))), "for each change anew");

    let mut script = Script { holds: Holds { face: false, pin: true, pin_given: true }, ..Script::new() };
    script.reach_signed_in();
    assert_eq!(script.event(Event::RenewalRequested), [], "the camera stays off");
    assert_eq!(script.type_pin(), [check]);
    assert_eq!(script.event(Event::PinRight(Some(user(1)))), [Effect::OpenCamera]);
    script.capture();
    script.event(Event::Confirmed);
    script.event(Event::Renewed);
    assert_eq!(script.event(Event::RenewalRequested), [Effect::OpenCamera], "now the face says whose it is");
}

#[test]
fn whoever_guesses_at_the_pin_of_an_open_session_ends_it() {
    let mut script = Script::at(Script::reach_present_pin);
    script.type_pin();
    let effects = script.event(Event::HeldBack(SECOND));
    assert_eq!(effects[0], Effect::CloseSession);
    assert_eq!(script.declined(), Reason::TooManyAttempts);
}

#[test]
fn whoever_has_just_chosen_a_pin_is_asked_for_it() {
    let mut script = Script::at(Script::reach_repeating_own_pin);
    script.type_pin();
    script.event(Event::PinSet);
    assert_eq!(script.page(), &ProfilePage::Overview(Some(Notice::PinSet)));
    script.event(Event::PinChangeRequested);
    assert!(matches!(asked(script.state()), Some(PinAsk::Own(..))));
}

/// The session, once its PIN was given.
fn known(session: SignedIn) -> SignedIn {
    SignedIn { holds: Holds { pin_given: true, ..session.holds }, ..session }
}

/// What is done with an account, and whether it has come to that.
type Change = (fn() -> Event, fn(&State) -> bool);

const WITH_PIN: Guards = Guards { changes: Guard::WithPin, removal: Guard::WithPin, history: Guard::WithPin };

const CHANGES: [Change; 4] = [
    (
        || Event::EditRequested(typed()),
        |state| matches!(state, State::SignedIn(session) if matches!(session.page, ProfilePage::Editing(_))),
    ),
    (|| Event::RenewalRequested, |state| matches!(state, State::Enrolling(_))),
    (
        || Event::RemovalRequested,
        |state| matches!(state, State::SignedIn(session) if session.page == ProfilePage::ConfirmingRemoval { agreed: true }),
    ),
    (
        || Event::HistoryRequested,
        |state| matches!(state, State::SignedIn(session) if session.page == ProfilePage::History),
    ),
];

#[test]
fn each_thing_is_asked_for_the_pin_where_the_operator_wants_it_and_no_other() {
    let guards = [
        Guards { changes: Guard::WithPin, ..Guards::default() },
        Guards { removal: Guard::WithPin, ..Guards::default() },
        Guards { history: Guard::WithPin, ..Guards::default() },
    ];
    for (guards, asked_for) in guards.into_iter().zip([&[0, 1][..], &[2], &[3]]) {
        for (which, (change, begun)) in CHANGES.into_iter().enumerate() {
            let holds = Holds { face: true, pin: true, pin_given: false };
            let mut script = Script { holds, policy: Policy { guards, ..Script::new().policy }, ..Script::new() };
            script.reach_signed_in();
            script.event(change());
            let asks = matches!(asked(script.state()), Some(PinAsk::Own(..)));
            assert_eq!((asks, begun(script.state())), (asked_for.contains(&which), !asks), "{guards:?}");
        }
    }
}

#[test]
fn where_the_operator_wants_the_pin_it_is_asked_for_once_before_anything_is_changed() {
    let policy = Policy { guards: WITH_PIN, ..Script::new().policy };
    for (change, begun) in CHANGES {
        let holds = Holds { face: true, pin: true, pin_given: false };
        let mut script = Script { holds, policy: policy.clone(), ..Script::new() };
        script.reach_signed_in();
        script.event(change());
        assert!(matches!(asked(script.state()), Some(PinAsk::Own(..))), "{:?}", script.state());
        script.event(Event::WentBack);
        assert_eq!(script.page(), &ProfilePage::Overview(None));
        script.event(change());
        script.type_pin();
        script.event(Event::Refused(Reason::PinWrong));
        assert!(matches!(asked(script.state()), Some(PinAsk::Own(..))), "{:?}", script.state());
        script.type_pin();
        script.event(Event::PinRight(Some(user(1))));
        assert!(begun(script.state()), "{:?}", script.state());
        for (other, begun) in CHANGES {
            script.event(Event::WentBack);
            script.event(other());
            assert!(begun(script.state()), "once is enough: {:?}", script.state());
        }

        // Nor where it has opened the session.
        let mut script = Script { holds: Holds { pin_given: true, ..holds }, policy: policy.clone(), ..Script::new() };
        script.reach_signed_in();
        script.event(change());
        assert!(begun(script.state()), "{:?}", script.state());

        // Whoever has none chooses one on the way.
        let mut script = Script { policy: policy.clone(), ..Script::new() };
        script.reach_signed_in();
        script.event(change());
        assert!(matches!(asked(script.state()), Some(PinAsk::Choose(Chooser::Own(..)))), "{:?}", script.state());
        script.type_pin();
        script.type_pin();
        script.event(Event::PinSet);
        assert!(begun(script.state()), "{:?}", script.state());
    }
}

#[test]
fn whoever_has_not_agreed_anew_does_not_come_past_the_question_by_the_pin_either() {
    let holds = Holds { face: true, pin: true, pin_given: false };
    let policy = Policy { guards: WITH_PIN, ..Script::new().policy };
    for leave in [Event::WentBack, Event::Canceled] {
        let mut script = Script { holds, policy: policy.clone(), ..Script::new() };
        script.reach_agreeing();
        script.event(Event::RemovalRequested);
        assert!(matches!(asked(script.state()), Some(PinAsk::Own(_, Errand::Removal))), "{:?}", script.state());
        script.event(leave);
        assert_eq!(script.page(), &ProfilePage::Agreeing);
        script.event(Event::RemovalRequested);
        script.type_pin();
        script.event(Event::PinRight(Some(user(1))));
        assert_eq!(script.page(), &ProfilePage::ConfirmingRemoval { agreed: false });
    }
}
