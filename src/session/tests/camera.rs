//! A camera in trouble: it is nobody's fault, nobody is served by it, and nobody waits for it for ever.

use super::*;

fn trouble(script: &mut Script) -> Vec<Effect> {
    script.event(Event::CameraChanged(Some(Trouble::Unplugged)))
}

fn recovery(script: &mut Script) -> Vec<Effect> {
    script.event(Event::CameraChanged(None))
}

#[test]
fn trouble_is_told_wherever_the_camera_is_wanted_and_ignored_everywhere_else() {
    for (place, script) in everywhere() {
        let mut after = script.clone();
        let effects = trouble(&mut after);
        // A lens that is covered is no way to another challenge for nothing.
        let tries = effects.iter().all(|effect| matches!(effect, Effect::NoteDecline(_)));
        assert!(if place == "challenging" { tries && effects.len() == 1 } else { effects.is_empty() }, "{place}");
        if CAMERA.contains(&place) {
            assert_eq!(after.kiosk.trouble(), Some(Trouble::Unplugged), "{place}");
            after.event(Event::CameraChanged(Some(Trouble::InUse)));
            assert_eq!(after.kiosk.trouble(), Some(Trouble::InUse), "{place}");
            assert_eq!(recovery(&mut after), [], "{place}");
            assert_eq!(after.kiosk.trouble(), None, "{place}");
            assert!(after.state().wants_camera(), "{place}");
        } else {
            assert_eq!(after.kiosk, script.kiosk, "{place}");
            recovery(&mut after);
            assert_eq!(after.kiosk, script.kiosk, "{place}");
        }
    }
}

#[test]
fn nobody_is_timed_out_by_the_time_that_the_camera_takes() {
    for way in [Script::reach_identifying, Script::reach_enrolling, Script::reach_renewing] {
        let mut script = Script::at(way);
        let allowed = match script.state() {
            State::Identifying(_) => script.policy.identification_timeout,
            _ => script.policy.enrollment_timeout,
        };
        script.wait(allowed - SECOND);
        trouble(&mut script);
        script.wait(script.policy.idle_after - SECOND);
        assert!(script.state().wants_camera());
        recovery(&mut script);
        script.wait(allowed - FRAME);
        assert!(script.state().wants_camera(), "all the time once more");
        script.wait(FRAME);
        assert!(!script.state().wants_camera());
    }
}

#[test]
fn captures_from_before_the_trouble_are_dropped_and_frames_in_it_do_not_count() {
    for way in [Script::reach_enrolling, Script::reach_renewing] {
        let mut script = Script::at(way);
        script.frames(8, ana);
        assert_eq!(script.captures(), 2);
        trouble(&mut script);
        assert_eq!(script.captures(), 0);
        script.frames(20, ana);
        assert_eq!(script.captures(), 0, "pictures of a camera in trouble are not trusted");
        recovery(&mut script);
        script.frame(bob());
        assert_eq!(script.captures(), 0);
        script.frames(12, bob);
        assert!(matches!(script.state(), State::Reviewing { .. }), "whoever stands there now");
    }
    let mut script = Script::at(Script::reach_identifying);
    script.frame(ana());
    trouble(&mut script);
    script.frames(20, ana);
    recovery(&mut script);
    let late = Observation { captured_at: script.now - FRAME, frame_digest: 1, finding: ana(), life: None };
    script.event(Event::Observed(Box::new(late)));
    script.frame(bob());
    assert!(matches!(script.state(), State::Identifying(_)));
    let effects = script.frame(bob());
    assert!(effects.contains(&Effect::Search { probe: Box::new(toward(1)) }));
}

#[test]
fn another_kind_of_trouble_does_not_begin_the_wait_anew() {
    let mut script = Script::at(Script::reach_identifying);
    trouble(&mut script);
    script.wait(script.policy.idle_after - SECOND);
    script.event(Event::CameraChanged(Some(Trouble::InUse)));
    script.wait(SECOND);
    assert_eq!(script.state(), &State::Home);
}

#[test]
fn whoever_leaves_a_camera_in_trouble_leaves_the_trouble_too() {
    let leaving: [(Lead, Event); 7] = [
        (Script::reach_identifying, Event::Canceled),
        (Script::reach_identifying, Event::RegistrationRequested),
        (Script::reach_enrolling, Event::Canceled),
        (Script::reach_enrolling, Event::WentBack),
        (Script::reach_renewing, Event::WentBack),
        (Script::reach_operator_camera, Event::OperatorRequested(OperatorPage::Place)),
        (Script::reach_operator_camera, Event::Canceled),
    ];
    for (way, leave) in leaving {
        let mut script = Script::at(way);
        trouble(&mut script);
        assert_eq!(script.event(leave), [Effect::CloseCamera]);
        assert_eq!(script.kiosk.trouble(), None);
        trouble(&mut script); // late, from a camera that is off
        assert_eq!(script.kiosk.trouble(), None);
    }
}

#[test]
fn a_camera_that_stays_away_lets_the_kiosk_go_home_after_a_warning() {
    for (place, mut script) in everywhere().filter(|(place, _)| CAMERA.contains(place)) {
        script.wait(5 * SECOND);
        trouble(&mut script);
        let limit = match place {
            "operator camera" => script.policy.operator_idle_after - 5 * SECOND, // its time is not the camera's
            _ => script.policy.idle_after,
        };
        script.wait(limit - script.policy.idle_warning - FRAME);
        assert_eq!(script.warning(), None, "{place}");
        script.wait(FRAME);
        assert_eq!(script.warning(), Some(script.policy.idle_warning), "{place}");
        script.event(Event::Touched);
        assert_eq!(script.warning(), None, "{place}");
        script.wait(limit - FRAME);
        assert!(script.state().wants_camera(), "{place}");
        script.effects.clear();
        script.wait(5 * SECOND + FRAME);
        assert_eq!((script.state(), script.kiosk.trouble()), (&State::Home, None), "{place}");
        assert!(script.effects.contains(&Effect::CloseCamera), "{place}");
        assert_eq!(script.effects.contains(&Effect::CloseSession), place == "renewing", "{place}");
    }
}

#[test]
fn a_camera_that_comes_and_goes_does_not_hold_the_kiosk_of_somebody_who_left() {
    for (place, script) in everywhere().filter(|(place, _)| CAMERA.contains(place)) {
        for period in [FRAME, SECOND, 5 * SECOND, 40 * SECOND] {
            let mut script = script.clone();
            let end = script.now + Duration::from_secs(600);
            let (mut warned, mut flaps) = (None, 0);
            while script.now < end && script.state() != &State::Home {
                trouble(&mut script);
                warned = script.warning().or(warned);
                script.wait(period);
                recovery(&mut script);
                script.frame(nobody());
                warned = script.warning().or(warned);
                script.wait(period);
                flaps += 1;
            }
            assert_eq!(script.state(), &State::Home, "{place}: {flaps} times {period:?}");
            assert!(warned.is_some() || period > script.policy.idle_warning, "{place}: {period:?}");
        }
    }
}

#[test]
fn a_camera_that_comes_and_goes_does_not_send_away_somebody_who_is_there() {
    let mut script = Script::at(Script::reach_enrolling);
    for _ in 0..100 {
        trouble(&mut script);
        script.wait(5 * SECOND);
        recovery(&mut script);
        script.frame(dark());
        assert!(matches!(script.state(), State::Enrolling(_)), "{:?}", script.state());
    }
}

#[test]
fn trouble_at_the_moment_of_the_last_capture_does_not_undo_it() {
    let mut script = Script::at(Script::reach_reviewing);
    let before = script.kiosk.clone();
    trouble(&mut script);
    script.wait(Duration::ZERO);
    assert_eq!(script.kiosk, before);
    script.event(Event::Retried);
    assert_eq!(script.kiosk.trouble(), None, "the camera is opened anew, and tells anew");
}
