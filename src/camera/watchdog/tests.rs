use super::*;
use CameraPhase::{Live, Opening, Trouble as In};
use proptest::prelude::*;

fn ms(at: u64) -> Duration {
    Duration::from_millis(at)
}

/// A camera that was opened at 0.1 s and sends 25 pictures a second from then until `until`.
fn live(until: u64) -> Watchdog {
    let mut dog = Watchdog::new(ms(0));
    dog.opened(ms(100), "a camera".into());
    (140..=until).step_by(40).for_each(|at| dog.frame(ms(at), false));
    dog
}

#[test]
fn opening_live_frozen_live() {
    let mut dog = Watchdog::new(ms(0));
    assert_eq!(dog.status(ms(50)).phase, Opening);
    dog.opened(ms(100), "a camera".into());
    assert_eq!(dog.status(ms(2000)).phase, Opening);
    dog.frame(ms(2100), false);
    assert_eq!(dog.status(ms(2100)).phase, Live);
    assert_eq!(dog.status(ms(4599)).phase, Live);
    let status = dog.status(ms(4600));
    assert_eq!((status.phase, status.fps), (In(Trouble::Frozen), 0.0));
    dog.frame(ms(9000), false);
    assert_eq!((dog.status(ms(9000)).phase, dog.status(ms(9000)).detail), (Live, None));
}

#[test]
fn the_rate_is_that_of_the_pictures() {
    let status = live(4000).status(ms(4010));
    assert!((status.fps - 25.0).abs() < 0.1, "{status:?}");
    assert_eq!((status.frames, status.source.as_deref()), (97, Some("a camera")));
}

#[test]
fn a_bad_picture_now_and_then_is_no_trouble_and_only_bad_ones_are() {
    let bad = CameraError::BadFrame { detail: "no end".into() };
    let mut dog = live(1020);
    dog.bad_frame(ms(1060), &bad);
    dog.frame(ms(1100), false);
    assert_eq!((dog.status(ms(1100)).phase, dog.status(ms(1100)).bad_frames), (Live, 1));
    (1140..4000).step_by(40).for_each(|at| dog.bad_frame(ms(at), &bad));
    assert_eq!(dog.status(ms(3599)).phase, Live);
    let status = dog.status(ms(3990));
    assert_eq!(status.phase, In(Trouble::Failing));
    assert!(status.detail.unwrap().contains("no end"));
    // When also the bad ones stop, it is frozen.
    assert_eq!(dog.status(ms(8000)).phase, In(Trouble::Frozen));
    assert!(matches!(dog.to_reopen(ms(8000)), Some(CameraError::NoFrame { .. })));
}

#[test]
fn black_is_told_after_a_while_and_over_with_the_first_picture_that_is_not() {
    let mut dog = live(1020);
    (1060..3000).step_by(40).for_each(|at| dog.frame(ms(at), true));
    assert_eq!(dog.status(ms(2559)).phase, Live);
    assert_eq!(dog.status(ms(2990)).phase, In(Trouble::Black));
    assert!(dog.status(ms(2990)).fps > 20.0);
    dog.frame(ms(3000), false);
    assert_eq!(dog.status(ms(3000)).phase, Live);
}

#[test]
fn each_trouble_stays_until_a_picture_comes() {
    let causes = [
        (CameraError::NotFound { wanted: None }, Trouble::NoneFound),
        (CameraError::InUse, Trouble::InUse),
        (CameraError::NoPermission { camera: "x".into() }, Trouble::NoPermission),
        (CameraError::Unplugged, Trouble::Unplugged),
        (CameraError::NoFrame { waited_ms: 6000 }, Trouble::Frozen),
        (CameraError::Device { action: "be started", detail: "no".into() }, Trouble::Failing),
        (CameraError::Panicked { detail: "no".into() }, Trouble::Failing),
    ];
    for (error, trouble) in causes {
        let mut dog = Watchdog::new(ms(0));
        dog.failed(&error);
        assert_eq!(dog.status(ms(100)).phase, In(trouble));
        dog.opening(ms(350));
        assert_eq!(dog.status(ms(400)).phase, In(trouble), "while it is tried again");
        dog.opened(ms(500), String::new());
        assert_eq!(dog.status(ms(600)).phase, In(trouble), "before the first picture");
        dog.frame(ms(700), false);
        assert_eq!(dog.status(ms(700)).phase, Live);
    }
}

#[test]
fn a_camera_that_was_there_is_unplugged_not_missing() {
    let mut dog = live(1000);
    dog.failed(&CameraError::Unplugged);
    dog.failed(&CameraError::NotFound { wanted: None });
    assert_eq!(dog.status(ms(1100)).phase, In(Trouble::Unplugged));
}

#[test]
fn a_driver_that_hangs_is_told() {
    let dog = Watchdog::new(ms(0));
    assert_eq!(dog.status(ms(5000)).phase, In(Trouble::Frozen));
    // Still had by the thread of the visitor before: for a moment that is as it should be.
    let mut dog = Watchdog::new(ms(0));
    dog.held(ms(100));
    assert_eq!(dog.status(ms(200)).phase, Opening);
    dog.held(ms(2000));
    assert_eq!(dog.status(ms(2599)).phase, Opening);
    assert_eq!(dog.status(ms(2600)).phase, In(Trouble::Frozen));
    dog.opening(ms(6000));
    assert_eq!(dog.status(ms(6100)).phase, Opening);
}

#[test]
fn waits_double_up_to_two_seconds() {
    let mut backoff = Backoff::default();
    let waits: Vec<u128> = (0..6).map(|_| backoff.next_wait().as_millis()).collect();
    assert_eq!(waits, [250, 500, 1000, 2000, 2000, 2000]);
    backoff.reset();
    assert_eq!(backoff.next_wait(), FIRST_WAIT);
    (0..100).for_each(|_| assert!(backoff.next_wait() <= LONGEST_WAIT));
}

proptest! {
    #[test]
    fn whatever_happens_live_means_a_recent_picture_and_no_trouble_lasts_beyond_one(
        events in prop::collection::vec((0u8..7, 1u64..1500), 1..60)
    ) {
        let (mut dog, mut now, mut good) = (Watchdog::new(ms(0)), 0, None);
        let mut open = false;
        for (event, pause) in events {
            now += pause;
            match event {
                0 => { dog.opening(ms(now)); open = false; good = None; }
                1 => { dog.opened(ms(now), String::new()); open = true; good = None; }
                2 | 3 if open => { dog.frame(ms(now), event == 3); good = Some(now); }
                4 if open => dog.bad_frame(ms(now), &CameraError::BadFrame { detail: String::new() }),
                5 => { dog.failed(&CameraError::Unplugged); open = false; good = None; }
                _ => {}
            }
            for later in [0, 700, 2499, 2500, 3000] {
                let status = dog.status(ms(now + later));
                let recent = good.is_some_and(|at| now + later - at < 2500);
                if status.phase == Live { prop_assert!(open && recent); }
                if open && !recent && good.is_some() {
                    prop_assert!(matches!(status.phase, In(Trouble::Frozen | Trouble::Failing)));
                }
                if status.fps > 0.0 { prop_assert!(recent); }
            }
        }
    }
}
