//! What time does: warnings, going home, patience, and a clock that stands still.

use super::*;

/// The places that go home by themselves after this long.
fn limit(place: &str, policy: &Policy) -> Option<Duration> {
    match place {
        "home" | "enrolling" | "identifying" | "challenging" | "renewing" => None,
        "enrolled" | "removed" | "failed enrollment" | "failed sign-in" => Some(policy.result_shown),
        "operator" | "operator camera" | "operator removing" => Some(policy.operator_idle_after),
        _ => Some(policy.idle_after),
    }
}

#[test]
fn whoever_walks_away_is_warned_and_then_the_kiosk_goes_home() {
    for (place, script) in everywhere() {
        let Some(limit) = limit(place, &script.policy) else { continue };
        let mut script = script;
        let began = script.now;
        let short = limit == script.policy.result_shown;
        let warning = if short { script.policy.result_warning } else { script.policy.idle_warning };
        script.wait(limit - warning - FRAME);
        assert_eq!(script.warning(), None, "{place}");
        script.wait(FRAME);
        assert_eq!(script.warning(), Some(warning), "{place}");
        script.now = began + limit - FRAME;
        script.event(Event::Tick);
        assert_eq!(script.warning(), Some(FRAME), "{place}");
        assert_ne!(script.state(), &State::Home, "{place}");
        script.wait(FRAME);
        assert_eq!((script.state(), script.warning()), (&State::Home, None), "{place}");
    }
}

#[test]
fn whoever_touches_the_kiosk_is_given_all_the_time_once_more() {
    for (place, script) in everywhere() {
        let Some(limit) = limit(place, &script.policy) else { continue };
        let mut script = script;
        let before = script.state().clone();
        for _ in 0..3 {
            script.wait(limit - FRAME);
            assert!(script.warning().is_some(), "{place}");
            assert_eq!(script.event(Event::Touched), [], "{place}");
            assert_eq!(script.warning(), None, "{place}");
            assert_eq!(script.state(), &before, "{place}");
        }
        script.wait(limit);
        assert_eq!(script.state(), &State::Home, "{place}");
    }
}

#[test]
fn typing_is_a_sign_of_life_and_frames_and_time_are_none() {
    let mut script = Script::at(Script::reach_details);
    for _ in 0..10 {
        script.wait(script.policy.idle_after - FRAME);
        script.event(Event::FormChanged(typed()));
    }
    assert!(matches!(script.state(), State::Details(_)));
    script.wait(script.policy.idle_after - FRAME);
    script.frames(1, ana);
    assert_eq!(script.state(), &State::Home, "a late frame is no sign of life");
}

#[test]
fn whoever_is_not_there_goes_home_from_everywhere_after_a_warning() {
    for (place, mut script) in everywhere() {
        let mut warned = false;
        for _ in 0..600 {
            warned = match script.state() {
                State::Home => warned,
                _ => script.warning().is_some(),
            };
            script.wait(SECOND);
        }
        assert_eq!(script.state(), &State::Home, "{place}");
        assert_eq!(warned, place != "home", "{place}");
    }
}

#[test]
fn nobody_is_hurried_while_the_kiosk_looks_at_them() {
    for way in [Script::reach_identifying, Script::reach_enrolling, Script::reach_renewing] {
        let mut script = Script::at(way);
        while script.state().wants_camera() {
            assert_eq!(script.warning(), None);
            script.frame(dark());
        }
    }
}

#[test]
fn patience_gives_people_more_time_and_nobody_else() {
    let usual = Policy::default();
    let patient = usual.clone().with_patience(4);
    for (more, time) in [
        (patient.enrollment_timeout, usual.enrollment_timeout),
        (patient.identification_timeout, usual.identification_timeout),
        (patient.challenge_step, usual.challenge_step),
        (patient.challenge_timeout, usual.challenge_timeout),
        (patient.result_shown, usual.result_shown),
        (patient.idle_after, usual.idle_after),
        (patient.operator_idle_after, usual.operator_idle_after),
        (patient.idle_warning, usual.idle_warning),
    ] {
        assert_eq!(more, 4 * time);
    }
    let rest = |policy: &Policy| (policy.face_lost_after, policy.capture_spacing, policy.steady_within);
    assert_eq!(rest(&patient), rest(&usual), "what tells one person from the next does not change");
    assert_eq!(usual.clone().with_patience(2).track_lost_after, 2 * usual.track_lost_after);
    assert_eq!(patient.track_lost_after, usual.face_lost_after, "no longer than a face is waited for");
    assert_eq!(usual.clone().with_patience(1), usual);
    assert_eq!(usual.clone().with_patience(0), usual);

    for (place, mut script) in everywhere() {
        let Some(limit) = limit(place, &script.policy) else { continue };
        script.policy = script.policy.with_patience(3);
        script.session = Duration::from_secs(99_999);
        script.wait(3 * limit - FRAME);
        assert_ne!(script.state(), &State::Home, "{place}");
        script.wait(FRAME);
        assert!(matches!(script.state(), State::Home), "{place}");
    }
}

#[test]
fn strictness_moves_the_threshold_alone() {
    let thresholds = Strictness::ALL.map(|strictness| Policy::default().with_strictness(strictness).threshold(300));
    assert!(thresholds.windows(2).all(|pair| pair[0] < pair[1]), "{thresholds:?}");
    assert_eq!(Policy::default().with_strictness(Strictness::Standard), Policy::default());
}

#[test]
fn a_clock_that_stands_still_ends_nothing() {
    for (place, mut script) in everywhere() {
        let before = script.kiosk.clone();
        for _ in 0..1_000 {
            assert_eq!(script.event(Event::Tick), [], "{place}");
        }
        assert_eq!(script.kiosk, before, "{place}");
    }
}

#[test]
fn a_time_without_end_is_waited_for_without_end() {
    let endless = Policy {
        pose_patience: Duration::MAX,
        face_lost_after: Duration::MAX,
        enrollment_timeout: Duration::MAX,
        identification_timeout: Duration::MAX,
        result_shown: Duration::MAX,
        idle_after: Duration::MAX,
        operator_idle_after: Duration::MAX,
        ..Policy::default()
    }
    .with_patience(10);
    for (place, mut script) in everywhere() {
        let before = std::mem::discriminant(script.state());
        script.policy = endless.clone();
        script.event(Event::CameraChanged(Some(Trouble::Frozen)));
        script.wait(Duration::from_secs(800));
        script.event(Event::CameraChanged(None));
        script.frame(nobody());
        assert_eq!(script.warning(), None, "{place}");
        // Whoever is before the camera that has come back is looked for anew.
        let anew = place == "challenging" && matches!(script.state(), State::Identifying(_));
        assert!(anew || std::mem::discriminant(script.state()) == before, "{place}");
    }
}
