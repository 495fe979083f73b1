//! Registration: the form, the three captures, the review, the disk.

use super::*;

#[test]
fn an_enrollment_takes_three_frames_spaced_in_time_and_is_stored_once() {
    let mut script = Script::new();
    script.reach_enrolling();
    let email = EMAIL.parse().unwrap();
    assert_eq!(script.effects, [Effect::CheckAddress(email), Effect::OpenCamera]);
    script.frame(ana());
    assert_eq!(script.captures(), 0, "one frame alone cannot be steady");
    script.frame(ana());
    assert_eq!(script.captures(), 1);
    script.frames(4, ana);
    assert_eq!(script.captures(), 1, "too soon after the first");
    script.frame(ana());
    assert_eq!(script.captures(), 2);
    script.frames(5, ana);
    let State::Reviewing { enrollment, .. } = script.state().clone() else { panic!("{:?}", script.state()) };
    assert_eq!(script.effects.last(), Some(&Effect::CloseCamera));
    let times: Vec<_> = enrollment.captures.iter().map(|capture| capture.captured_at).collect();
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= script.policy.capture_spacing));

    script.frames(3, ana);
    assert!(matches!(script.state(), State::Reviewing { .. }), "late frames change nothing");
    let effects = script.event(Event::Confirmed);
    let newcomer = Form { consent: Some(consent()), ..typed() }.newcomer().unwrap();
    assert_eq!(newcomer.look_alike, LookAlike::Declined);
    assert_eq!(effects, [Effect::Store { newcomer, enrollment: Some(enrollment), pin: None }]);
    assert_eq!(script.event(Event::Confirmed), [], "twice is once");
    script.event(Event::Stored { user: user(5) });
    assert_eq!(script.state(), &State::Enrolled { user: user(5), name: NAME.parse().unwrap() });
    script.wait(script.policy.result_shown);
    assert_eq!(script.state(), &State::Home);
}

#[test]
fn nothing_is_stored_unless_the_person_confirms_what_is_shown() {
    for (place, script) in everywhere() {
        let stores = |effect: &Effect| matches!(effect, Effect::Store { .. } | Effect::Renew(_));
        let mut confirmed = script.clone();
        let effects = confirmed.event(Event::Confirmed);
        let shown = matches!(place, "reviewing" | "reviewing renewal");
        assert_eq!(effects.iter().any(stores), shown, "{place}");
        assert_eq!(confirmed.state() != script.state(), shown, "{place}");
        for event in [Event::Submitted, Event::RemovalConfirmed, Event::AddressFree, Event::Touched, Event::Tick] {
            assert!(!script.clone().event(event).iter().any(stores), "{place}");
        }
    }
}

#[test]
fn a_form_that_is_not_right_is_told_and_goes_no_further() {
    let mut script = Script::new();
    script.reach_details();
    assert_eq!(script.form(), &Form::default());
    for (name, email) in [("", ""), (NAME, "ana"), (" ", EMAIL), (NAME, "ana@@example.org")] {
        script.event(Event::FormChanged(Form { name: name.into(), email: email.into(), ..Form::default() }));
        assert_eq!(script.event(Event::Submitted), []);
        let form = script.form();
        assert!(form.submitted && (form.name_error().is_some() || form.email_error().is_some()), "{name} {email}");
        assert!(matches!(script.state(), State::Details(_)));
    }
    script.event(Event::FormChanged(typed()));
    assert_eq!(script.event(Event::Submitted), [Effect::CheckAddress(EMAIL.parse().unwrap())]);
    assert_eq!(script.event(Event::Submitted), [], "twice is once");
}

#[test]
fn a_taken_address_is_told_before_the_captures_and_can_be_corrected() {
    let mut script = Script::new();
    script.reach_checking();
    let noted = [Effect::NoteDecline(Decline::of(Reason::EmailTaken))];
    assert_eq!(script.event(Event::Refused(Reason::EmailTaken)), noted);
    let form = script.form().clone();
    assert_eq!((form.name.as_str(), form.email.as_str(), form.refused), (NAME, EMAIL, Some(Reason::EmailTaken)));
    script.event(Event::FormChanged(Form { email: "other@example.org".into(), ..form }));
    assert_eq!(script.form().refused, None, "it was said of the other address");
    assert_eq!(script.event(Event::Submitted), [Effect::CheckAddress("other@example.org".parse().unwrap())]);
    assert_eq!(script.event(Event::AddressFree), [], "nothing is taken before the person has agreed");
    assert_eq!(script.event(agreed()), [Effect::OpenCamera]);
}

#[test]
fn an_address_that_is_taken_meanwhile_is_told_at_the_form() {
    let mut script = Script::at(Script::reach_storing);
    let effects = script.event(Event::Refused(Reason::EmailTaken));
    assert_eq!(effects, [Effect::NoteDecline(Decline::of(Reason::EmailTaken))]);
    let form = script.form();
    assert_eq!((form.name.as_str(), form.refused), (NAME, Some(Reason::EmailTaken)));
}

#[test]
fn who_is_enrolled_already_is_sent_to_sign_in() {
    let mut script = Script::at(Script::reach_storing);
    assert_eq!(script.event(Event::Refused(Reason::AlreadyEnrolled)), [], "the desk notes it, with its score");
    assert_eq!(script.declined(), Reason::AlreadyEnrolled);
    assert_eq!(script.event(Event::SignInRequested), [Effect::OpenCamera]);
}

#[test]
fn an_operator_registers_a_look_alike_and_what_is_typed_does_not() {
    let mut script = Script::new();
    let stored = |script: &mut Script| {
        script.event(Event::FormChanged(Form { look_alike: LookAlike::Allowed, ..typed() }));
        script.event(Event::Submitted);
        script.event(Event::AddressFree);
        script.event(agreed());
        script.capture();
        match &script.event(Event::Confirmed)[..] {
            [Effect::Store { newcomer, .. }] => newcomer.look_alike,
            other => panic!("{other:?}"),
        }
    };
    script.event(Event::RegistrationRequested);
    assert_eq!(stored(&mut script), LookAlike::Declined);
    script.event(Event::Refused(Reason::NotOnePerson));
    script.event(Event::Canceled);
    script.enter(OperatorPage::Decisions);
    script.event(Event::LookAlikeRegistered);
    assert_eq!(stored(&mut script), LookAlike::Allowed);
    // Whatever is asked again, it is still the same person.
    script.event(Event::Refused(Reason::EmailTaken));
    assert_eq!(stored(&mut script), LookAlike::Allowed);
    script.event(Event::Refused(Reason::NotOnePerson));
    script.event(Event::Retried);
    script.capture();
    let [Effect::Store { newcomer, .. }] = &script.event(Event::Confirmed)[..] else { panic!("nothing is stored") };
    assert_eq!(newcomer.look_alike, LookAlike::Allowed);
    script.event(Event::Stored { user: user(1) });
    script.event(Event::RegistrationRequested);
    assert_eq!(stored(&mut script), LookAlike::Declined, "the next one is another person");
}

#[test]
fn a_store_that_says_no_leaves_what_was_typed() {
    let mut script = Script::at(Script::reach_storing);
    script.event(Event::Refused(Reason::NotOnePerson));
    assert_eq!(script.declined(), Reason::NotOnePerson);
    script.event(Event::WentBack);
    assert_eq!((script.form().name.as_str(), script.form().email.as_str()), (NAME, EMAIL));
}

#[test]
fn each_step_can_be_left_backwards_and_captures_taken_again() {
    for way in [Script::reach_enrolling, Script::reach_reviewing, Script::reach_failed_enrollment] {
        let mut script = Script::at(way);
        script.event(Event::WentBack);
        assert!(matches!(script.state(), State::Details(_)));
        assert_eq!((script.form().name.as_str(), script.form().email.as_str()), (NAME, EMAIL));

        let mut script = Script::at(way);
        script.frames(3, ana);
        let before = script.now;
        script.event(Event::Retried);
        assert_eq!(script.captures(), 0, "from the beginning");
        let old = Observation { captured_at: before - FRAME, frame_digest: 0, finding: ana(), life: None };
        script.event(Event::Observed(Box::new(old)));
        script.frame(ana());
        assert_eq!(script.captures(), 0, "a frame from before is not the one that a steady face is held against");
        script.capture();
    }
}

#[test]
fn the_next_person_finds_an_empty_form() {
    for way in
        [Script::reach_enrolled, Script::reach_failed_enrollment, Script::reach_failed_sign_in, Script::reach_removed]
    {
        let mut script = Script::at(way);
        script.event(Event::RegistrationRequested);
        assert_eq!(script.state(), &State::Details(Form::default()));
    }
    let mut script = Script::at(Script::reach_checking);
    script.event(Event::Canceled);
    script.event(Event::RegistrationRequested);
    assert_eq!(script.state(), &State::Details(Form::default()));
}

#[test]
fn a_frozen_camera_enrolls_nobody() {
    let mut script = Script::at(Script::reach_enrolling);
    (0..40).for_each(|_| {
        script.frame_with_digest(ana(), 7);
    });
    assert_eq!((script.captures(), script.hint()), (1, Some(Reason::SamePicture)));
    script.wait(script.policy.enrollment_timeout);
    assert_eq!(script.declined(), Reason::SamePicture);
}

#[test]
fn a_moving_face_is_not_captured() {
    let mut script = Script::at(Script::reach_enrolling);
    for i in 0u8..20 {
        script.frame(face(f32::from(i) * 30.0, 0.0, Ok(toward(0))));
    }
    assert_eq!(script.captures(), 0);
}

#[test]
fn each_useless_frame_gives_its_hint_and_a_good_one_clears_it() {
    let mut script = Script::at(Script::reach_enrolling);
    for (finding, reason) in [
        (nobody(), Reason::NoFace),
        (Finding::NoFace(Some(Shortcoming::TooDark)), Reason::TooDark),
        (Finding::SeveralFaces(vec![]), Reason::SeveralFaces),
        (dark(), Reason::TooDark),
        (face(0.0, 0.0, Err(Shortcoming::FaceCutOff)), Reason::FaceCutOff),
    ] {
        script.frame(finding);
        assert_eq!(script.hint(), Some(reason));
    }
    script.frames(2, ana);
    assert_eq!((script.hint(), script.captures()), (None, 1));
}

#[test]
fn captures_are_dropped_when_the_face_was_away_too_long() {
    let mut script = Script::at(Script::reach_enrolling);
    script.frames(8, ana);
    assert_eq!(script.captures(), 2);
    script.frames(20, nobody);
    script.frame(ana());
    assert_eq!(script.captures(), 2, "two seconds away: the same person");
    script.frames(40, nobody);
    script.frame(bob());
    assert_eq!(script.captures(), 0, "four seconds away: perhaps another");
    script.frames(20, bob);
    assert!(matches!(script.state(), State::Reviewing { .. }), "and that one can enroll");
}

#[test]
fn a_crowd_hides_the_one_person_as_an_empty_picture_does() {
    let mut script = Script::at(Script::reach_enrolling);
    script.frames(8, ana);
    script.frames(31, || Finding::SeveralFaces(vec![]));
    script.frame(ana());
    assert_eq!(script.captures(), 0);
}

#[test]
fn two_people_in_one_enrollment_are_declined() {
    let mut script = Script::new();
    script.reach_failed_enrollment();
    assert_eq!(script.declined(), Reason::NotOnePerson);
    let decline = Effect::NoteDecline(Decline::of(Reason::NotOnePerson));
    assert_eq!(script.effects[2..], [Effect::CloseCamera, decline]);
}

#[test]
fn a_mismatch_names_the_two_captures_that_are_least_alike() {
    let capture = |embedding: Embedding, frame_digest| {
        let Finding::Face(face) = ana() else { panic!("no face") };
        Capture { embedding, quality: face.quality, captured_at: Duration::ZERO, frame_digest }
    };
    let judge = |captures| enrollment::judge(captures, &Policy::default()).map_err(|m| (m.reason, m.captures));
    let between = Embedding::normalized(std::array::from_fn(|i| [0.8, 0.6].get(i).copied().unwrap_or(0.0))).unwrap();
    let (one, other) = (toward(0), toward(1));
    let same = judge([capture(one.clone(), 1), capture(one.clone(), 2), capture(one.clone(), 1)]);
    assert_eq!(same.unwrap_err(), (Reason::SamePicture, (0, 2)));
    let two = judge([capture(one.clone(), 1), capture(between, 2), capture(other, 3)]);
    assert_eq!(two.unwrap_err(), (Reason::NotOnePerson, (0, 2)), "the middle one is like both");
    assert!(judge([capture(one.clone(), 1), capture(one.clone(), 2), capture(one, 3)]).is_ok());
}

/// A registration that asks for the head to be turned, as it does by default.
fn posing() -> Script {
    let mut script = Script::at(Script::reach_enrolling);
    script.policy = Policy::default();
    script
}

fn pose(script: &Script) -> Pose {
    match script.state() {
        State::Enrolling(enrolling) => enrolling.pose(),
        other => panic!("not enrolling: {other:?}"),
    }
}

#[test]
fn the_head_is_turned_to_each_side_and_the_wrong_side_does_not_count() {
    let mut script = posing();
    assert_eq!(pose(&script), Pose::Ahead);
    script.frames(10, || turned(25.0));
    assert_eq!((script.captures(), script.hint()), (0, None), "not ahead, but nothing is wrong with the picture");
    script.frame(turned(5.0));
    assert_eq!((script.captures(), pose(&script)), (1, Pose::Left));
    script.frames(10, ana);
    script.frames(10, || turned(-20.0));
    assert_eq!(script.captures(), 1, "neither ahead nor right is left");
    script.frame(turned(13.0));
    assert_eq!((script.captures(), pose(&script)), (2, Pose::Right));
    script.frames(10, || turned(25.0));
    assert_eq!(script.captures(), 2);
    script.frame(turned(-3.0));
    assert!(matches!(script.state(), State::Reviewing { .. }), "{:?}", script.state());
}

#[test]
fn sides_are_told_from_where_the_person_looked_first() {
    let mut script = posing();
    script.frames(2, || turned(15.0)); // the camera hangs to the side
    assert_eq!(script.captures(), 1);
    script.frames(10, || turned(22.0));
    assert_eq!(script.captures(), 1);
    script.frame(turned(23.0));
    assert_eq!(script.captures(), 2);
    script.frames(10, || turned(8.0));
    assert_eq!(script.captures(), 2);
    script.frame(turned(7.0));
    assert!(matches!(script.state(), State::Reviewing { .. }), "{:?}", script.state());
}

#[test]
fn whoever_cannot_turn_the_head_is_enrolled_all_the_same() {
    let mut script = posing();
    script.frames(2, ana);
    let first = script.now;
    let patience = script.policy.pose_patience;
    while script.captures() < 2 {
        script.frame(ana());
    }
    assert_eq!(script.now, first + patience);
    while matches!(script.state(), State::Enrolling(_)) {
        script.frame(ana());
    }
    assert_eq!(script.now, first + 2 * patience);
    assert!(matches!(script.state(), State::Reviewing { .. }), "{:?}", script.state());
}

#[test]
fn the_next_face_is_given_the_whole_patience() {
    let mut script = posing();
    script.frames(38, nobody);
    script.frames(38, || turned(30.0));
    assert_eq!(script.captures(), 0, "it came into the picture less than the patience ago");
}

#[test]
fn whoever_is_told_that_the_address_is_taken_can_sign_in_from_there() {
    let mut script = Script::new();
    script.event(Event::RegistrationRequested);
    script.event(Event::FormChanged(Form { name: "Ana".into(), email: "ana@example.org".into(), ..Form::default() }));
    script.event(Event::Submitted);
    script.event(Event::Refused(Reason::EmailTaken));
    assert_eq!(script.event(Event::SignInRequested), [Effect::OpenCamera]);
    assert!(matches!(script.state(), State::Identifying(_)), "{:?}", script.state());
}
