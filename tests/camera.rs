//! A camera that is kept going whatever happens to it, played: every trouble is told, and over by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mirilla::biometrics::{Pipeline, QualityLimits};
use mirilla::camera::playback::{Fault, FaultSwitch, Playback, Scene};
use mirilla::camera::{CameraPhase, CameraStatus, Frame, FrameSource, SourceOpener, Trouble};
use mirilla::clock::Clock;
use mirilla::error::CameraError;
use mirilla::worker::{CameraLease, CameraWatch, Recognition, Waker};

/// A room in light gray, with a time stamp on the frames.
fn room() -> SourceOpener {
    let scene = Scene { shots: vec![], each: Duration::from_secs(1) };
    Arc::new(move || Ok(Box::new(Playback::new(vec![scene.clone()], Duration::from_millis(20))?)))
}

fn silent() -> Waker {
    Arc::new(|| {})
}

#[track_caller]
fn wait_for(watch: &CameraWatch, phase: CameraPhase, limit: Duration) -> CameraStatus {
    let clock = Clock::start();
    loop {
        let status = watch.status();
        if status.phase == phase {
            return status;
        }
        assert!(clock.elapsed() < limit, "expected {phase:?} within {limit:?}, found {status:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

const SOON: Duration = Duration::from_millis(3500);

#[test]
fn each_trouble_is_told_within_three_seconds_and_over_by_itself() {
    let faults = [
        (Fault::Unplugged, Trouble::Unplugged),
        (Fault::InUse, Trouble::InUse),
        (Fault::NoPermission, Trouble::NoPermission),
        (Fault::Frozen, Trouble::Frozen),
        (Fault::Hung, Trouble::Frozen),
        (Fault::Black, Trouble::Black),
        (Fault::Garbage, Trouble::Failing),
        (Fault::Failing, Trouble::Failing),
    ];
    let watches: Vec<_> = faults
        .into_iter()
        .map(|(fault, trouble)| {
            let switch = FaultSwitch::default();
            let watch =
                CameraWatch::alone(switch.over(room()), CameraLease::default(), Clock::start(), silent()).unwrap();
            (switch, watch, fault, trouble)
        })
        .collect();
    for (switch, watch, fault, _) in &watches {
        wait_for(watch, CameraPhase::Live, SOON);
        switch.set(*fault);
    }
    for (switch, watch, fault, trouble) in &watches {
        let status = wait_for(watch, CameraPhase::Trouble(*trouble), SOON);
        assert!(status.detail.is_some(), "{fault:?}: {status:?}");
        assert_eq!(status.bad_frames > 0, *fault == Fault::Garbage, "{status:?}");
        switch.set(Fault::None);
    }
    for (_, watch, ..) in &watches {
        let status = wait_for(watch, CameraPhase::Live, SOON);
        assert_eq!(status.source.as_deref(), Some("Demo, RGB 1280x720"));
    }
}

#[test]
fn without_a_camera_there_is_none_until_one_is_plugged_in() {
    let switch = FaultSwitch::default();
    switch.set(Fault::Unplugged);
    let watch = CameraWatch::alone(switch.over(room()), CameraLease::default(), Clock::start(), silent()).unwrap();
    wait_for(&watch, CameraPhase::Trouble(Trouble::NoneFound), SOON);
    assert!(watch.preview().is_none());
    switch.set(Fault::None);
    wait_for(&watch, CameraPhase::Live, SOON);
}

#[test]
fn the_screen_is_called_for_frames_and_for_a_freeze_alike() {
    let calls = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&calls);
    let wake: Waker = Arc::new(move || {
        count.fetch_add(1, Ordering::Relaxed);
    });
    let switch = FaultSwitch::default();
    let watch = CameraWatch::alone(switch.over(room()), CameraLease::default(), Clock::start(), wake).unwrap();
    wait_for(&watch, CameraPhase::Live, SOON);
    assert!(calls.load(Ordering::Relaxed) > 0 && watch.preview().is_some());
    switch.set(Fault::Frozen);
    std::thread::sleep(Duration::from_millis(200));
    let before = calls.load(Ordering::Relaxed);
    wait_for(&watch, CameraPhase::Trouble(Trouble::Frozen), SOON);
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(calls.load(Ordering::Relaxed), before + 1, "once for the freeze");
}

/// Counts how many are open at once.
struct Counted(Box<dyn FrameSource>, Arc<AtomicUsize>);

impl FrameSource for Counted {
    fn next_frame(&mut self, now: Duration) -> Result<Frame, CameraError> {
        self.0.next_frame(now)
    }

    fn describe(&self) -> String {
        self.0.describe()
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.1.fetch_sub(1, Ordering::SeqCst);
    }
}

#[test]
fn a_driver_that_hangs_is_left_behind_and_never_opened_twice() {
    let (switch, open_now) = (FaultSwitch::default(), Arc::new(AtomicUsize::new(0)));
    let (inner, count) = (switch.over(room()), Arc::clone(&open_now));
    let open: SourceOpener = Arc::new(move || {
        let source = inner()?;
        assert_eq!(count.fetch_add(1, Ordering::SeqCst), 0, "two cameras at once");
        Ok(Box::new(Counted(source, Arc::clone(&count))))
    });
    let (clock, mut pipeline) = (Clock::start(), Pipeline::load(QualityLimits::default()).unwrap());
    let recognition = Recognition::start(move |frame, detail| pipeline.observe(frame, detail), silent()).unwrap();
    let start = || CameraWatch::start(Arc::clone(&open), &recognition, clock, silent()).unwrap();
    let first = start();
    wait_for(&first, CameraPhase::Live, SOON);
    switch.set(Fault::Hung);
    std::thread::sleep(Duration::from_millis(100));
    let began = clock.elapsed();
    drop(first);
    assert!(clock.elapsed() - began < Duration::from_millis(100), "closing took {:?}", clock.elapsed() - began);
    let second = start();
    wait_for(&second, CameraPhase::Trouble(Trouble::Frozen), SOON);
    assert_eq!(open_now.load(Ordering::SeqCst), 1);
    drop(second);
    let third = start();
    switch.set(Fault::None);
    wait_for(&third, CameraPhase::Live, SOON);
    drop(third);
    while open_now.load(Ordering::SeqCst) > 0 {
        assert!(clock.elapsed() - began < Duration::from_secs(60), "a camera that answers is closed");
        std::thread::sleep(Duration::from_millis(5));
    }
}
