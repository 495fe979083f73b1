//! Scripted events in virtual time: every path through the machine.

use super::*;
use crate::biometrics::{Embedding, Face, FaceFinding, Finding, Quality, Shortcoming};
use proptest::prelude::*;
use uuid::Uuid;

const FRAME: Duration = Duration::from_millis(100);

/// A camera of numbers: a new frame every tenth of a second.
struct Script {
    state: State,
    now: Duration,
    frames: u64,
    policy: Policy,
    effects: Vec<Effect>,
}

impl Script {
    fn new() -> Self {
        Self {
            state: State::Home,
            now: Duration::from_secs(100),
            frames: 0,
            policy: Policy::default(),
            effects: vec![],
        }
    }

    fn event(&mut self, event: Event) -> Vec<Effect> {
        let (state, effects) = step(self.state.clone(), event, self.now, &self.policy);
        self.state = state;
        self.effects.extend(effects.iter().cloned());
        effects
    }

    fn frame(&mut self, finding: Finding) -> Vec<Effect> {
        self.frames += 1;
        self.frame_with_digest(finding, self.frames)
    }

    fn frame_with_digest(&mut self, finding: Finding, frame_digest: u64) -> Vec<Effect> {
        self.now += FRAME;
        let mut effects = self.event(Event::Observed(Observation { captured_at: self.now, frame_digest, finding }));
        effects.extend(self.event(Event::Tick));
        effects
    }

    fn frames(&mut self, count: usize, finding: fn() -> Finding) {
        (0..count).for_each(|_| {
            self.frame(finding());
        });
    }

    fn wait(&mut self, time: Duration) {
        self.now += time;
        self.event(Event::Tick);
    }

    fn enroll(&mut self) {
        self.event(Event::EnrollmentRequested {
            name: "Ana".parse().unwrap(),
            email: "ana@example.org".parse().unwrap(),
        });
    }

    fn captures(&self) -> usize {
        match &self.state {
            State::Enrolling(enrolling) => enrolling.captures.len(),
            other => panic!("not enrolling: {other:?}"),
        }
    }

    fn hint(&self) -> Option<Reason> {
        match &self.state {
            State::Enrolling(Enrolling { hint, .. }) | State::Identifying(Identifying { hint, .. }) => *hint,
            other => panic!("no camera: {other:?}"),
        }
    }
}

fn toward(axis: usize) -> Embedding {
    Embedding::normalized(std::array::from_fn(|i| if i == axis { 1.0 } else { 0.0 })).unwrap()
}

fn face_at(x: f32, embedding: Result<Embedding, Shortcoming>) -> Finding {
    let bounds = Rect { x, y: 100.0, width: 100.0, height: 120.0 };
    let quality = Quality {
        face_width_px: 100.0,
        yaw_deg: 0.0,
        pitch_deg: 0.0,
        sharpness: 0.5,
        bright_luma: 200.0,
        dark_luma: 50.0,
        inside: 1.0,
        detection_score: 0.9,
    };
    let face = Face { score: 0.9, bounds, landmarks: [bounds.center(); 5] };
    Finding::Face(Box::new(FaceFinding { face, quality, embedding }))
}

fn ana() -> Finding {
    face_at(100.0, Ok(toward(0)))
}

fn bob() -> Finding {
    face_at(100.0, Ok(toward(1)))
}

fn dark() -> Finding {
    face_at(100.0, Err(Shortcoming::TooDark))
}

fn nobody() -> Finding {
    Finding::NoFace(None)
}

fn found(user: u128, score: f32) -> Option<Match> {
    Some(Match { user: UserId(Uuid::from_u128(user)), score: ComparisonScore(score) })
}

#[test]
fn an_enrollment_takes_three_frames_spaced_in_time_and_is_stored_once() {
    let mut script = Script::new();
    script.enroll();
    assert_eq!(script.effects, [Effect::OpenCamera]);
    script.frame(ana());
    assert_eq!(script.captures(), 0, "one frame alone cannot be steady");
    script.frame(ana());
    assert_eq!(script.captures(), 1);
    script.frames(4, ana);
    assert_eq!(script.captures(), 1, "too soon after the first");
    script.frame(ana());
    assert_eq!(script.captures(), 2);
    script.frames(5, ana);
    assert_eq!(script.state, State::Storing);
    let Effect::Store { enrollment, .. } = &script.effects[2] else { panic!("{:?}", script.effects) };
    let times: Vec<_> = enrollment.captures.iter().map(|capture| capture.captured_at).collect();
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= script.policy.capture_spacing));
    assert_eq!(script.effects.len(), 3, "camera on, camera off, store");
    script.frames(3, ana);
    assert_eq!(script.state, State::Storing, "late frames change nothing");
    let user = UserId(Uuid::from_u128(5));
    script.event(Event::Stored { user });
    assert!(matches!(script.state, State::Enrolled { user: stored, .. } if stored == user));
    script.wait(script.policy.result_shown);
    assert_eq!(script.state, State::Home);
}

#[test]
fn a_frozen_camera_enrolls_nobody() {
    let mut script = Script::new();
    script.enroll();
    (0..40).for_each(|_| {
        script.frame_with_digest(ana(), 7);
    });
    assert_eq!((script.captures(), script.hint()), (1, Some(Reason::SamePicture)));
    script.wait(script.policy.enrollment_timeout);
    assert!(matches!(script.state, State::Declined { reason: Reason::SamePicture, .. }));
}

#[test]
fn a_moving_face_is_not_captured() {
    let mut script = Script::new();
    script.enroll();
    for i in 0u8..20 {
        script.frame(face_at(f32::from(i) * 30.0, Ok(toward(0))));
    }
    assert_eq!(script.captures(), 0);
}

#[test]
fn each_useless_frame_gives_its_hint_and_a_good_one_clears_it() {
    let mut script = Script::new();
    script.enroll();
    for (finding, reason) in [
        (nobody(), Reason::NoFace),
        (Finding::NoFace(Some(Shortcoming::TooDark)), Reason::TooDark),
        (Finding::SeveralFaces(vec![]), Reason::SeveralFaces),
        (dark(), Reason::TooDark),
        (face_at(0.0, Err(Shortcoming::FaceCutOff)), Reason::FaceCutOff),
    ] {
        script.frame(finding);
        assert_eq!(script.hint(), Some(reason));
    }
    script.frames(2, ana);
    assert_eq!((script.hint(), script.captures()), (None, 1));
}

#[test]
fn captures_are_dropped_when_the_face_was_away_too_long() {
    let mut script = Script::new();
    script.enroll();
    script.frames(8, ana);
    assert_eq!(script.captures(), 2);
    script.frames(20, nobody);
    script.frame(ana());
    assert_eq!(script.captures(), 2, "two seconds away: the same person");
    script.frames(40, nobody);
    script.frame(bob());
    assert_eq!(script.captures(), 0, "four seconds away: perhaps another");
    script.frames(20, bob);
    assert_eq!(script.state, State::Storing, "and that one can enroll");
}

#[test]
fn two_people_in_one_enrollment_are_declined() {
    let mut script = Script::new();
    script.enroll();
    script.frames(8, ana);
    script.frames(6, bob);
    assert!(matches!(script.state, State::Declined { reason: Reason::NotOnePerson, .. }), "{:?}", script.state);
    let decline = Effect::NoteDecline { reason: Reason::NotOnePerson, score: None };
    assert_eq!(script.effects[1..], [Effect::CloseCamera, decline]);
}

#[test]
fn a_mismatch_names_the_two_captures_that_are_least_alike() {
    let capture = |embedding: Embedding, frame_digest| {
        let Finding::Face(face) = ana() else { panic!("no face") };
        enrollment::Capture { embedding, quality: face.quality, captured_at: Duration::ZERO, frame_digest }
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

#[test]
fn a_taken_address_is_told() {
    let mut script = Script::new();
    script.enroll();
    script.frames(20, ana);
    script.event(Event::Refused(Reason::EmailTaken));
    assert!(matches!(script.state, State::Declined { reason: Reason::EmailTaken, .. }));
    script.event(Event::SignInRequested);
    assert!(matches!(script.state, State::Identifying(_)), "one can go on from there");
}

#[test]
fn one_good_steady_frame_signs_in() {
    let mut script = Script::new();
    script.event(Event::SignInRequested);
    script.frame(nobody());
    script.frame(dark());
    assert_eq!(script.hint(), Some(Reason::TooDark));
    let effects = script.frame(ana());
    assert_eq!(effects, [Effect::CloseCamera, Effect::Search { probe: Box::new(toward(0)) }]);
    let best = found(5, 0.8);
    let effects = script.event(Event::Searched { best, runner_up: found(6, 0.1) });
    assert_eq!(effects, [Effect::OpenSession { best: best.unwrap() }]);
    let until = script.now + Duration::from_secs(900);
    script.event(Event::SessionOpened { until });
    assert_eq!(script.state, State::SignedIn { user: best.unwrap().user, until });
    script.wait(Duration::from_secs(899));
    assert!(matches!(script.state, State::SignedIn { .. }));
    script.wait(Duration::from_secs(1));
    assert_eq!((script.state, script.effects.last()), (State::Home, Some(&Effect::CloseSession)));
}

#[test]
fn a_stranger_and_an_unsure_match_are_declined_with_the_score() {
    for (best, runner_up, reason) in [
        (found(1, 0.2), None, Reason::NotRecognized),
        (None, None, Reason::NotRecognized),
        (found(1, 0.7), found(2, 0.69), Reason::Ambiguous),
    ] {
        let mut script = Script::new();
        script.event(Event::SignInRequested);
        script.frames(2, ana);
        let effects = script.event(Event::Searched { best, runner_up });
        assert_eq!(effects, [Effect::NoteDecline { reason, score: best.map(|best| best.score) }]);
        assert!(matches!(script.state, State::Declined { reason: told, .. } if told == reason));
    }
}

#[test]
fn a_user_removed_between_search_and_session_is_declined() {
    let mut script = Script::new();
    script.event(Event::SignInRequested);
    script.frames(2, ana);
    script.event(Event::Searched { best: found(1, 0.9), runner_up: None });
    script.event(Event::Refused(Reason::UserRemoved));
    assert!(matches!(script.state, State::Declined { reason: Reason::UserRemoved, .. }));
}

#[test]
fn whoever_walks_away_is_timed_out_and_the_camera_goes_off() {
    for begin in [Script::enroll as fn(&mut Script), |script| {
        script.event(Event::SignInRequested);
    }] {
        let mut script = Script::new();
        begin(&mut script);
        script.wait(Duration::from_secs(61));
        assert!(matches!(script.state, State::Declined { reason: Reason::TimedOut, .. }));
        assert!(script.effects.contains(&Effect::CloseCamera));
        script.wait(script.policy.result_shown);
        assert_eq!(script.state, State::Home);
    }
}

#[test]
fn cancel_leads_home_from_everywhere_a_person_waits() {
    let mut script = Script::new();
    script.enroll();
    script.frames(8, ana);
    script.event(Event::Canceled);
    assert_eq!((&script.state, script.effects.last()), (&State::Home, Some(&Effect::CloseCamera)));
    script.event(Event::SignInRequested);
    script.event(Event::Canceled);
    assert_eq!((&script.state, script.effects.last()), (&State::Home, Some(&Effect::CloseCamera)));
    script.event(Event::SignInRequested);
    script.frames(2, ana);
    script.event(Event::Searched { best: found(1, 0.9), runner_up: None });
    script.event(Event::SessionOpened { until: script.now + Duration::from_secs(9) });
    script.event(Event::Canceled);
    assert_eq!((&script.state, script.effects.last()), (&State::Home, Some(&Effect::CloseSession)));
}

#[test]
fn a_frame_taken_before_the_request_never_counts() {
    let mut script = Script::new();
    script.event(Event::SignInRequested);
    for digest in 0..5 {
        let captured_at = script.now - Duration::from_millis(500 - 100 * digest);
        script.event(Event::Observed(Observation { captured_at, frame_digest: digest, finding: ana() }));
    }
    assert!(matches!(script.state, State::Identifying(_)), "the one before has just left the picture");
    script.frames(2, bob);
    assert_eq!(script.effects.last(), Some(&Effect::Search { probe: Box::new(toward(1)) }));
}

/// Events as a hostile world might send them, good frames more often than the rest, with the time that passes
/// before each.
fn any_events() -> impl Strategy<Value = Vec<(Event, u64)>> {
    let seen = |finding: fn() -> Finding| {
        Event::Observed(Observation { captured_at: Duration::ZERO, frame_digest: 0, finding: finding() })
    };
    let request =
        Event::EnrollmentRequested { name: "Ana".parse().unwrap(), email: "ana@example.org".parse().unwrap() };
    let event = prop_oneof![
        30 => Just(seen(ana)),
        1 => Just(seen(bob)),
        1 => Just(seen(dark)),
        1 => Just(seen(nobody)),
        3 => Just(request),
        3 => Just(Event::SignInRequested),
        2 => Just(Event::Stored { user: UserId(Uuid::from_u128(1)) }),
        1 => Just(Event::Refused(Reason::EmailTaken)),
        3 => Just(Event::Searched { best: found(1, 0.9), runner_up: None }),
        1 => Just(Event::Searched { best: found(1, 0.1), runner_up: None }),
        2 => Just(Event::SessionOpened { until: Duration::from_secs(60) }),
        1 => Just(Event::Canceled),
        1 => Just(Event::Tick),
    ];
    let wait = prop_oneof![20 => 50u64..400, 1 => 400u64..9_000];
    prop::collection::vec((event, wait), 0..300)
}

/// In whatever order events come: the camera is on exactly while frames are awaited, a session opens only after
/// a search that recognized somebody, and what is stored comes from three different frames spaced in time.
#[test]
fn invariants_hold_under_any_events() {
    let (stored, opened) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let outcome = runner.run(&any_events(), |events| {
        let (mut state, mut now, policy) = (State::Home, Duration::ZERO, Policy::default());
        let mut camera = false;
        for (digest, (mut event, wait)) in (0u64..).zip(events) {
            now += Duration::from_millis(wait);
            if let Event::Observed(observation) = &mut event {
                observation.captured_at = now;
                observation.frame_digest = digest / 2; // each picture may come twice in a row
            }
            let recognized =
                matches!(&event, Event::Searched { best: Some(best), .. } if best.score.0 >= policy.threshold);
            let was_searching = state == State::Searching;
            let (next, mut effects) = step(state, event, now, &policy);
            let (next, more) = step(next, Event::Tick, now, &policy);
            effects.extend(more);
            state = next;
            for effect in effects {
                match effect {
                    Effect::OpenCamera => {
                        prop_assert!(!camera);
                        camera = true;
                    }
                    Effect::CloseCamera => {
                        prop_assert!(camera);
                        camera = false;
                    }
                    Effect::OpenSession { .. } => {
                        prop_assert!(recognized && was_searching);
                        opened.set(opened.get() + 1);
                    }
                    Effect::Store { enrollment, .. } => {
                        for pair in enrollment.captures.windows(2) {
                            prop_assert!(pair[1].captured_at - pair[0].captured_at >= policy.capture_spacing);
                            prop_assert_ne!(pair[1].frame_digest, pair[0].frame_digest);
                        }
                        stored.set(stored.get() + 1);
                    }
                    _ => {}
                }
            }
            prop_assert_eq!(camera, matches!(state, State::Enrolling(_) | State::Identifying(_)));
        }
        Ok(())
    });
    outcome.unwrap();
    assert!(stored.get() > 50 && opened.get() > 50, "the script reached {} and {}", stored.get(), opened.get());
}
