//! Signing in.

use super::*;

#[test]
fn two_good_steady_frames_sign_in() {
    let mut script = Script::new();
    assert_eq!(script.event(Event::SignInRequested), [Effect::OpenCamera]);
    script.frame(nobody());
    script.frame(dark());
    assert_eq!(script.hint(), Some(Reason::TooDark));
    assert_eq!(script.frame(ana()), []);
    let effects = script.frame(ana());
    assert_eq!(effects, [Effect::CloseCamera, Effect::Search { probe: Box::new(toward(0)) }]);
    let best = found(5, 0.8);
    let effects = script.event(Event::Searched { best, runner_up: found(6, 0.1), gallery: 1 });
    assert_eq!(
        effects,
        [Effect::OpenSession {
            user: best.unwrap().user,
            proof: Proof { score: best.map(|best| best.score), pin: false, liveness: LivenessLevel::Passive }
        }]
    );
    let until = script.now + Duration::from_secs(900);
    assert_eq!(script.event(Event::SessionOpened { until, agreed: true, holds: FACE }), []);
    let session = SignedIn { user: user(5), until, holds: FACE, page: ProfilePage::Overview(None) };
    assert_eq!(script.state(), &State::SignedIn(session));
}

/// Of somebody whose direction lies between two axes.
fn between(one: usize, other: usize, share: f32) -> Finding {
    let (a, b) = (toward(one), toward(other));
    let mixed = std::array::from_fn(|i| share * a.values()[i] + (1.0 - share) * b.values()[i]);
    face(100.0, 0.0, Ok(Embedding::normalized(mixed).unwrap()))
}

#[test]
fn the_mean_of_two_frames_is_searched() {
    let mut script = Script::at(Script::reach_identifying);
    script.frame(between(0, 1, 0.6));
    script.frame(dark());
    let effects = script.frame(between(0, 1, 0.4));
    let Some(Effect::Search { probe }) = effects.last() else { panic!("a blink undoes nothing: {effects:?}") };
    let mean = toward(0).values()[0].midpoint(0.0) * 2.0f32.sqrt();
    assert!((probe.values()[0] - mean).abs() < 1e-6 && (probe.values()[1] - mean).abs() < 1e-6);
}

#[test]
fn frames_of_two_people_are_not_one_probe() {
    let mut script = Script::at(Script::reach_identifying);
    script.frame(ana());
    assert_eq!(script.frame(bob()), [], "in the same place, and another face");
    let effects = script.frame(bob());
    assert_eq!(effects.last(), Some(&Effect::Search { probe: Box::new(toward(1)) }));
    let mut script = Script::at(Script::reach_identifying);
    script.frame(ana());
    script.frame(nobody());
    assert_eq!(script.frame(ana()), [], "who came back may be another one");
    assert!(script.frame(ana()).contains(&Effect::Search { probe: Box::new(toward(0)) }));
    let mut script = Script::at(Script::reach_identifying);
    script.frame(ana());
    script.now += script.policy.steady_within;
    assert_eq!(script.frame(ana()), [], "long ago");
}

#[test]
fn a_stranger_and_an_unsure_match_are_declined_with_the_score() {
    for (best, runner_up, reason) in [
        (found(1, 0.2), None, Reason::NotRecognized),
        (None, None, Reason::NotRecognized),
        (found(1, 0.7), found(2, 0.69), Reason::Ambiguous),
        (found(1, f32::NAN), None, Reason::NotRecognized),
    ] {
        let mut script = Script::at(Script::reach_searching);
        let effects = script.event(Event::Searched { best, runner_up, gallery: 1 });
        let [Effect::NoteDecline(Decline { reason: noted, score, miss, cue: None, user: None })] = effects[..] else {
            panic!("{effects:?}")
        };
        assert_eq!(noted, reason);
        assert_eq!(miss, Some(Miss::Stranger), "far away, or too close to two");
        assert_eq!(score.map(|s| s.0.to_bits()), best.map(|best| best.score.0.to_bits()));
        assert_eq!(script.declined(), reason);
    }
}

#[test]
fn a_try_that_is_held_back_is_told_and_nothing_is_searched_before_its_time() {
    let mut script = Script::at(Script::reach_searching);
    let effects = script.event(Event::HeldBack(Duration::from_secs(20)));
    let reason = Reason::TooManyAttempts;
    assert_eq!(effects, [Effect::NoteDecline(Decline::of(reason))]);
    assert_eq!(script.declined(), reason);
    assert_eq!(script.event(Event::Retried), []);
    script.wait(Duration::from_secs(19));
    assert_eq!(script.event(Event::SignInRequested), []);
    script.wait(Duration::from_secs(1));
    assert_eq!(script.event(Event::Retried), [Effect::OpenCamera]);
}

#[test]
fn a_near_miss_is_one_that_few_strangers_come_to() {
    let policy = Policy::default();
    let near = super::super::MEASURED.threshold(super::super::attempts::NEAR_ONE_IN, 100);
    for (score, miss) in [(near + 0.01, Miss::Near), (near - 0.01, Miss::Stranger), (f32::NAN, Miss::Stranger)] {
        let score = Some(crate::biometrics::ComparisonScore(score));
        assert_eq!(super::super::identification::miss(Reason::NotRecognized, score, 100, &policy), miss);
    }
    assert_eq!(super::super::identification::miss(Reason::NotRecognized, None, 0, &policy), Miss::Stranger);
}

#[test]
fn a_user_removed_between_search_and_session_is_declined_and_no_session_stays() {
    let mut script = Script::at(Script::reach_opening);
    let effects = script.event(Event::Refused(Reason::UserRemoved));
    assert!(effects.contains(&Effect::NoteDecline(Decline::of(Reason::UserRemoved))));
    assert!(effects.contains(&Effect::CloseSession), "whatever the shell had opened");
    assert_eq!(script.declined(), Reason::UserRemoved);
}

#[test]
fn a_frame_taken_before_the_request_never_counts() {
    let mut script = Script::at(Script::reach_identifying);
    for digest in 0..5 {
        let captured_at = script.now - Duration::from_millis(500 - 100 * digest);
        let seen = Observation { captured_at, frame_digest: digest, finding: ana(), life: None };
        script.event(Event::Observed(Box::new(seen)));
    }
    assert!(matches!(script.state(), State::Identifying(_)), "the one before has just left the picture");
    script.frames(2, bob);
    assert!(script.effects.contains(&Effect::Search { probe: Box::new(toward(1)) }));
}

#[test]
fn a_frame_that_comes_after_the_person_has_gone_changes_nothing() {
    for way in [Script::reach_identifying, Script::reach_enrolling] {
        let mut script = Script::at(way);
        script.frame(ana());
        script.event(Event::Canceled);
        script.effects.clear();
        script.frames(20, ana);
        assert_eq!((script.state(), script.effects.as_slice()), (&State::Home, &[][..]));
    }
}

#[test]
fn whoever_is_not_seen_in_time_is_told_why_and_may_try_again() {
    for (finding, reason) in [
        (None, Reason::TimedOut),
        (Some(nobody()), Reason::NoFace),
        (Some(dark()), Reason::TooDark),
        (Some(Finding::SeveralFaces(vec![])), Reason::SeveralFaces),
    ] {
        for way in [Script::reach_identifying, Script::reach_enrolling] {
            let mut script = Script::at(way);
            let time = match script.state() {
                State::Identifying(_) => script.policy.identification_timeout,
                _ => script.policy.enrollment_timeout,
            };
            let end = script.now + time;
            if let Some(finding) = finding.clone() {
                script.frame(finding);
            }
            script.now = end - FRAME;
            script.event(Event::Tick);
            assert!(script.state().wants_camera());
            let effects = script.wait(FRAME);
            assert_eq!(script.declined(), reason);
            assert!(effects.contains(&Effect::NoteDecline(Decline::of(reason))));
            assert!(effects.contains(&Effect::CloseCamera));
            assert_eq!(script.event(Event::Retried), [Effect::OpenCamera]);
            script.now = end + time - FRAME;
            script.event(Event::Tick);
            assert!(script.state().wants_camera(), "with all the time once more");
        }
    }
}

#[test]
fn the_next_visitor_begins_anew_while_the_result_of_the_one_before_is_shown() {
    for way in
        [Script::reach_enrolled, Script::reach_failed_enrollment, Script::reach_failed_sign_in, Script::reach_removed]
    {
        let mut script = Script::at(way);
        // Whose frames still come in.
        script.frames(3, ana);
        assert_eq!(script.event(Event::SignInRequested), [Effect::OpenCamera]);
        script.frame(bob());
        assert!(matches!(script.state(), State::Identifying(_)), "one frame alone cannot be steady");
        let effects = script.frame(bob());
        assert!(effects.contains(&Effect::Search { probe: Box::new(toward(1)) }));
    }
}

#[test]
fn nobody_signs_in_over_an_open_session_or_in_the_middle_of_something() {
    for (place, script) in everywhere() {
        let free = ["home", "enrolled", "removed", "failed sign-in", "failed enrollment"].contains(&place);
        // A form that was not sent is nothing to lose.
        let form = matches!(script.state(), State::Details(_));
        let mut after = script.clone();
        after.event(Event::SignInRequested);
        assert_eq!(matches!(after.state(), State::Identifying(_)), free || form || place == "identifying", "{place}");
        assert!(free || form || after.state() == script.state(), "{place}");
        let mut after = script.clone();
        after.event(Event::RegistrationRequested);
        let free = free || ["identifying", "operator", "operator removing"].contains(&place);
        let empty = Form { excused: place.starts_with("operator"), ..Form::default() };
        assert_eq!(after.state() == &State::Details(empty), free || place == "details", "{place}");
        assert!(free || after.state() == script.state(), "{place}");
    }
}
