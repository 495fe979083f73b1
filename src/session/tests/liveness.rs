//! Signs of life at a sign-in: what is looked at without a word, what is asked for, and what follows from either.

use super::*;
use crate::biometrics::liveness::{Cue, Surround};

/// Ana's face, of which this was seen for signs of life.
fn seen(script: &mut Script, finding: Finding, change: impl FnOnce(&mut Look)) -> Vec<Effect> {
    script.frames += 1;
    script.now += FRAME;
    let mut life = life(&finding, script.now);
    if let Some(life) = &mut life {
        change(&mut life.look);
    }
    let seen = Observation { captured_at: script.now, frame_digest: script.frames, life, finding };
    script.event(Event::Observed(Box::new(seen)))
}

fn watched(level: LivenessLevel) -> Script {
    let mut script = Script::new();
    script.policy = Policy { liveness: level, watched_for: Policy::default().watched_for, ..script.policy };
    script.reach_identifying();
    script
}

#[test]
fn a_face_is_watched_for_a_moment_before_it_signs_in() {
    let mut script = watched(LivenessLevel::Passive);
    let since = script.now + FRAME;
    let searched = loop {
        let effects = script.frame(ana());
        if !effects.is_empty() {
            break effects;
        }
        assert!(script.now < since + 2 * SECOND);
    };
    assert_eq!(searched, [Effect::CloseCamera, Effect::Search { probe: Box::new(toward(0)) }]);
    assert!(script.now - since >= script.policy.watched_for);
}

#[test]
fn without_a_level_nothing_is_looked_at_and_with_one_nobody_gets_in_of_whom_nothing_was_seen() {
    for (level, gets_in) in [(LivenessLevel::Off, true), (LivenessLevel::Passive, false)] {
        let mut script = watched(level);
        assert_eq!(script.state().detail(&script.policy).is_none(), gets_in);
        for _ in 0..30 {
            script.frames += 1;
            script.now += FRAME;
            let seen = Observation { captured_at: script.now, frame_digest: script.frames, finding: ana(), life: None };
            script.event(Event::Observed(Box::new(seen)));
        }
        assert_eq!(matches!(script.state(), State::Searching(_)), gets_in, "{level:?}");
    }
}

#[test]
fn a_picture_is_declined_before_anybody_is_looked_for_and_the_log_says_by_what() {
    let held = Surround { moved: 0.4, along: 20, stayed: 2 };
    for cue in [Cue::Rectangle, Cue::Surround] {
        let mut script = watched(LivenessLevel::Passive);
        while matches!(script.state(), State::Identifying(_)) {
            seen(&mut script, ana(), |look| match cue {
                Cue::Rectangle => look.in_rectangle = true,
                _ => look.surround = Some(held),
            });
        }
        assert_eq!(script.declined(), Reason::PhotoSuspected);
        let decline = Decline { miss: Some(Miss::Stranger), cue: Some(cue), ..Decline::of(Reason::PhotoSuspected) };
        assert!(script.effects.contains(&Effect::NoteDecline(decline)), "{:?}", script.effects);
        assert!(!script.effects.iter().any(|effect| matches!(effect, Effect::Search { .. })));
    }
    // A door frame that is seen once is none.
    let mut script = watched(LivenessLevel::Passive);
    seen(&mut script, ana(), |look| look.in_rectangle = true);
    script.frames(12, ana);
    assert!(matches!(script.state(), State::Searching(None)));
}

#[test]
fn a_picture_is_not_enrolled_either_unless_nothing_is_asked_for() {
    // Whatever is asked of whoever signs in.
    for (enrollment_liveness, liveness, enrolls) in [
        (EnrollmentLiveness::Off, LivenessLevel::Passive, true),
        (EnrollmentLiveness::Off, LivenessLevel::Active, true),
        (EnrollmentLiveness::Passive, LivenessLevel::Off, false),
        (EnrollmentLiveness::Passive, LivenessLevel::Active, false),
    ] {
        let mut script = Script::new();
        script.policy =
            Policy { enrollment_liveness, liveness, watched_for: Policy::default().watched_for, ..script.policy };
        script.reach_enrolling();
        assert_eq!(script.state().detail(&script.policy).is_none(), enrolls);
        while matches!(script.state(), State::Enrolling(_)) {
            seen(&mut script, ana(), |look| look.in_rectangle = true);
        }
        assert_eq!(matches!(script.state(), State::Reviewing { .. }), enrolls, "{enrollment_liveness:?} {liveness:?}");
        if !enrolls {
            assert_eq!(script.declined(), Reason::PhotoSuspected);
            let decline = Decline { cue: Some(Cue::Rectangle), ..Decline::of(Reason::PhotoSuspected) };
            assert!(script.effects.contains(&Effect::NoteDecline(decline)), "{:?}", script.effects);
        }
    }
}

#[test]
fn a_print_that_is_raised_late_is_not_outweighed_by_the_face_before_it() {
    let mut script = watched(LivenessLevel::Passive);
    for _ in 0..50 {
        seen(&mut script, dark(), |_| {}); // somebody who cannot be made out
    }
    while matches!(script.state(), State::Identifying(_)) {
        seen(&mut script, ana(), |look| look.in_rectangle = true);
    }
    assert_eq!(script.declined(), Reason::PhotoSuspected);
    // The face of another person before it is no excuse either.
    let mut script = watched(LivenessLevel::Passive);
    script.frames(5, bob);
    while matches!(script.state(), State::Identifying(_)) {
        seen(&mut script, ana(), |look| look.in_rectangle = true);
    }
    assert_eq!(script.declined(), Reason::PhotoSuspected);
}

#[test]
fn what_was_seen_of_another_face_does_not_count() {
    let mut script = watched(LivenessLevel::Passive);
    for _ in 0..5 {
        seen(&mut script, ana(), |look| look.in_rectangle = true);
    }
    // Somebody steps up from the side.
    let beside = |look: &mut Look| look.center.x += 300.0;
    let since = script.now + FRAME;
    while matches!(script.state(), State::Identifying(_)) {
        seen(&mut script, ana(), beside);
    }
    assert!(matches!(script.state(), State::Searching(None)));
    assert!(script.now - since >= script.policy.watched_for, "and is watched anew");
}

/// Somebody does what is asked for: ten frames a second, each turn within a second.
fn obey(script: &mut Script, finding: fn() -> Finding) {
    let mut head = Obeying::new();
    for _ in 0..100 {
        let Some(ask) = script.state().asks() else { return };
        let does = head.does(ask);
        seen(script, finding(), |look| (look.nose, look.lids) = does);
    }
}

#[test]
fn whoever_moves_as_asked_gets_in_and_the_camera_stays_on_until_then() {
    let mut script = watched(LivenessLevel::Active);
    assert_eq!(script.frame(ana()), []);
    assert_eq!(script.frame(ana()), [Effect::Search { probe: Box::new(toward(0)) }]);
    let best = found(1, 0.9);
    let effects = script.event(Event::Searched { best, runner_up: None, gallery: 1 });
    assert_eq!(effects, [Effect::DrawOrder]);
    assert_eq!(script.event(Event::OrderDrawn(Order::drawn(|_| 1))), []);
    script.effects.clear();
    obey(&mut script, ana);
    let proof = Proof { score: best.map(|best| best.score), pin: false, liveness: LivenessLevel::Active };
    assert_eq!(script.effects, [Effect::CloseCamera, Effect::OpenSession { user: user(1), proof }]);
}

#[test]
fn with_the_pin_as_well_the_pin_is_asked_for_after_the_head_has_moved() {
    let mut script = Script::new();
    script.policy.liveness = LivenessLevel::ActiveWithPin;
    script.reach_searching();
    script.event(Event::Searched { best: found(1, 0.9), runner_up: None, gallery: 1 });
    script.event(Event::OrderDrawn(Order::drawn(|_| 0)));
    obey(&mut script, ana);
    assert!(matches!(asked(script.state()), Some(PinAsk::AfterFace(_, LivenessLevel::Active))));
    script.event(Event::PinChanged(Digits::of(PIN)));
    script.event(Event::Submitted);
    let effects = script.event(Event::PinRight(Some(user(1))));
    let proof = Proof { score: found(1, 0.9).map(|best| best.score), pin: true, liveness: LivenessLevel::Active };
    assert_eq!(effects, [Effect::OpenSession { user: user(1), proof }]);
}

#[test]
fn whoever_does_all_that_is_asked_in_a_rectangle_is_declined_and_counts_as_guessing() {
    let mut script = Script::at(Script::reach_challenging);
    script.policy.watched_for = Policy::default().watched_for;
    let mut head = Obeying::new();
    while let Some(ask) = script.state().asks() {
        let does = head.does(ask);
        seen(&mut script, ana(), |look| {
            (look.nose, look.lids) = does;
            look.in_rectangle = matches!(ask, Ask::Turn(_));
        });
    }
    assert_eq!(script.declined(), Reason::PhotoSuspected);
    let score = found(1, 0.9).map(|best| best.score);
    let (miss, cue) = (Some(Miss::Near), Some(Cue::Rectangle));
    let decline = Decline { reason: Reason::PhotoSuspected, user: Some(user(1)), score, miss, cue };
    assert!(script.effects.contains(&Effect::NoteDecline(decline)), "{:?}", script.effects);
}

#[test]
fn another_face_than_the_one_that_was_recognized_counts_as_guessing() {
    let mut script = Script::at(Script::reach_challenging);
    obey(&mut script, bob);
    assert_eq!(script.declined(), Reason::LivenessUnclear);
    let score = found(1, 0.9).map(|best| best.score);
    let decline = Decline {
        user: Some(user(1)),
        score,
        miss: Some(Miss::Near),
        cue: Some(Cue::Person),
        ..Decline::of(Reason::LivenessUnclear)
    };
    assert!(script.effects.contains(&Effect::NoteDecline(decline)), "{:?}", script.effects);
}

#[test]
fn whoever_does_not_move_is_not_accused_and_is_shown_the_way_by_pin() {
    let mut script = Script::at(Script::reach_challenging);
    script.frames(80, ana);
    assert_eq!(script.declined(), Reason::LivenessUnclear);
    let noted = script.effects.iter().find_map(|effect| match effect {
        Effect::NoteDecline(decline) => Some(*decline),
        _ => None,
    });
    assert_eq!(noted.and_then(|decline| decline.miss), Some(Miss::Stranger));
    script.event(Event::PinSignInRequested);
    assert!(matches!(script.state(), State::PinAddress(_)));
    let mut script = Script::at(Script::reach_challenging);
    assert!(script.event(Event::PinSignInRequested).contains(&Effect::CloseCamera), "at any time");
    // Whoever stops each time before it fails does not try for nothing.
    for event in [Event::Canceled, Event::PinSignInRequested] {
        let effects = Script::at(Script::reach_challenging).event(event);
        let tries =
            |effect: &Effect| matches!(effect, Effect::NoteDecline(decline) if decline.miss == Some(Miss::Stranger));
        assert!(effects.iter().any(tries), "{effects:?}");
    }
}

#[test]
fn without_pictures_a_challenge_ends_and_a_camera_that_comes_back_begins_anew() {
    let mut script = Script::at(Script::reach_challenging);
    let (step, limit) = (script.policy.challenge_step, script.policy.challenge_timeout);
    script.wait(step + limit);
    assert_eq!(script.declined(), Reason::LivenessUnclear);
    let mut script = Script::at(Script::reach_challenging);
    script.event(Event::CameraChanged(Some(Trouble::Unplugged)));
    script.event(Event::CameraChanged(None));
    assert!(matches!(script.state(), State::Identifying(_)), "who comes now may be somebody else");
}

#[test]
fn where_no_self_test_shows_what_the_level_stops_the_pin_is_asked_for_as_well() {
    for level in [LivenessLevel::Off, LivenessLevel::Passive] {
        for unproven in [false, true] {
            let mut script = watched(level);
            script.policy.face_unproven = unproven;
            while matches!(script.state(), State::Identifying(_)) {
                script.frame(ana());
            }
            let best = Some(Match { user: UserId(Uuid::from_u128(1)), score: ComparisonScore(0.9) });
            script.event(Event::Searched { best, runner_up: None, gallery: 1 });
            let asked = matches!(script.state(), State::Pin(PinEntry { ask: PinAsk::AfterFace(..), .. }));
            let opened = script.effects.iter().any(|effect| matches!(effect, Effect::OpenSession { .. }));
            assert_eq!((asked, opened), (unproven, !unproven), "{level:?}");
        }
    }
}
