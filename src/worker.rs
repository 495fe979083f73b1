//! The threads behind a live picture: one waits for the camera, one watches the first, one looks at the newest frame.

mod watch;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::biometrics::liveness::Looking;
use crate::biometrics::{Finding, Observation};
use crate::camera::{Frame, Slot, Taken};
use crate::error::{CameraError, ModelError};

pub use crate::camera::{CameraPhase, CameraStatus, SourceOpener};
pub use watch::{CameraLease, CameraWatch};

/// So many good faces in a row are looked at as they come: the first is held against nothing, the second may decide.
const AT_ONCE: u32 = 2;
/// After these, a good face is looked at so often. Whoever decides has not taken them, and waits for a pose or for a
/// head to hold still; the embedding is the dearest part of a look.
const GOOD_FACE_PACE: Duration = Duration::from_millis(100);
/// A good face after such a gap is the first in a row: the camera was off.
const NEW_ROW_AFTER: Duration = Duration::from_millis(500);

/// Which frames are looked at. Those between are for the screen alone.
#[derive(Debug, Default)]
struct Pace {
    /// Good faces in a row.
    good: u32,
    last: Duration,
}

impl Pace {
    fn is_too_early(&self, captured_at: Duration, looking: Option<Looking>) -> bool {
        // A blink is over within a tenth of a second, and a short watch needs all that there is to be seen.
        if looking.is_some() {
            return false;
        }
        // A frame from before the last one is of a clock that began anew.
        let since = captured_at.checked_sub(self.last).unwrap_or(GOOD_FACE_PACE);
        self.good >= AT_ONCE && since < GOOD_FACE_PACE
    }

    fn took(&mut self, captured_at: Duration, is_good: bool) {
        let row = if captured_at.saturating_sub(self.last) < NEW_ROW_AFTER { self.good } else { 0 };
        self.good = if is_good { row.saturating_add(1) } else { 0 };
        self.last = captured_at;
    }
}

fn has_embedding(observation: &Observation) -> bool {
    matches!(&observation.finding, Finding::Face(face) if face.embedding.is_ok())
}

/// Called when something new can be shown, on any thread; returns at once.
pub type Waker = Arc<dyn Fn() + Send + Sync>;

/// How often a thread with nothing to do looks whether it should end.
const WAKE: Duration = Duration::from_millis(200);

/// A frame that could not be looked at.
#[derive(Debug)]
pub struct Failed {
    /// When it was taken, as [`Observation::captured_at`].
    pub captured_at: Duration,
    /// What the networks said.
    pub error: ModelError,
}

/// The recognition thread: the newest frame in, an observation out.
pub struct Recognition {
    frames: Slot<Frame>,
    /// One for all cameras that work for this recognition, one after the other.
    lease: CameraLease,
    observations: Slot<Result<Observation, Failed>>,
    /// What signs of life are looked for.
    looking: Arc<Mutex<Option<Looking>>>,
    thread: Option<JoinHandle<()>>,
}

impl Recognition {
    /// Starts the thread; `observe` looks at a frame, for such signs of life as [`Recognition::look_for`] was told last, and `wake`
    /// is called after each.
    ///
    /// # Errors
    /// [`CameraError::Thread`] when the system gives no thread.
    pub fn start(
        mut observe: impl FnMut(&Frame, Option<Looking>) -> Result<Observation, ModelError> + Send + 'static,
        wake: Waker,
    ) -> Result<Self, CameraError> {
        let (frames, observations) = (Slot::<Frame>::default(), Slot::default());
        let (input, output) = (frames.clone(), observations.clone());
        let looking = Arc::<Mutex<Option<Looking>>>::default();
        let wanted = Arc::clone(&looking);
        let thread = spawn("mirilla-recognition", move || {
            let _last = AtEnd(Arc::clone(&wake)); // dropped after the slot is closed
            let output = Closing(output);
            let mut pace = Pace::default();
            loop {
                let taken = input.take(WAKE);
                let looking = *wanted.lock().unwrap_or_else(PoisonError::into_inner);
                match taken {
                    Taken::Value(frame) if pace.is_too_early(frame.captured_at(), looking) => {}
                    Taken::Value(frame) => {
                        // One frame that the program cannot bear must not stand between the kiosk and the next:
                        // what is kept of it is memory that the next one writes over.
                        let observed = catch_unwind(AssertUnwindSafe(|| observe(&frame, looking)));
                        let panicked = |panic: Box<dyn Any + Send>| Err(ModelError::Panicked { detail: said(&*panic) });
                        let failed = |error| Failed { captured_at: frame.captured_at(), error };
                        let outcome = observed.unwrap_or_else(panicked).map_err(failed);
                        pace.took(frame.captured_at(), outcome.as_ref().is_ok_and(has_embedding));
                        output.0.put(outcome);
                        wake();
                    }
                    Taken::Nothing => {}
                    Taken::Closed => return,
                }
            }
        })?;
        Ok(Self { frames, lease: CameraLease::default(), observations, looking, thread: Some(thread) })
    }

    /// What signs of life are looked for from the next frame on.
    pub fn look_for(&self, looking: Option<Looking>) {
        *self.looking.lock().unwrap_or_else(PoisonError::into_inner) = looking; // one word, whole at any time
    }

    /// The newest observation, waiting for one for at most `wait`; none yet is `Some(Ok(None))`. `None` once
    /// the thread is gone.
    ///
    /// # Errors
    /// [`Failed`] when a network could not run.
    pub fn observation(&self, wait: Duration) -> Option<Result<Option<Observation>, Failed>> {
        match self.observations.take(wait) {
            Taken::Value(observation) => Some(observation.map(Some)),
            Taken::Nothing => Some(Ok(None)),
            Taken::Closed => None,
        }
    }

    /// The same, whose cameras are opened with the right of another: never two at once.
    #[must_use]
    pub fn with_lease(mut self, lease: CameraLease) -> Self {
        self.lease = lease;
        self
    }

    /// The right to open the camera, to be waited for by whoever else wants to open it.
    pub fn camera_lease(&self) -> CameraLease {
        self.lease.clone()
    }
}

impl Drop for Recognition {
    fn drop(&mut self) {
        self.frames.close();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // a panic has been printed, and the closed slot has told of it
        }
    }
}

/// Does what may take long on a thread of its own; `wake` is called when the slot holds what came of it. The slot is
/// closed without a value when the work panicked.
///
/// # Errors
/// [`CameraError::Thread`] when the system gives no thread.
pub fn aside<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
    wake: Waker,
) -> Result<Slot<T>, CameraError> {
    let slot = Slot::default();
    let output = Closing(slot.clone());
    spawn("mirilla-aside", move || {
        output.0.put(work());
        drop(output);
        wake();
    })?;
    Ok(slot)
}

/// Closes the slot when its thread ends, in whatever way: whoever waits for a value is told.
struct Closing<T>(Slot<T>);

impl<T> Drop for Closing<T> {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Calls the screen when its thread ends: that there will be no more observations can be shown too.
struct AtEnd(Waker);

impl Drop for AtEnd {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// What a panic said.
pub fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "it panicked".into())
}

fn spawn(name: &'static str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, CameraError> {
    std::thread::Builder::new().name(name.into()).spawn(work).map_err(|source| CameraError::Thread { name, source })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::biometrics::liveness::Detail;

    fn frame(at: u64) -> Frame {
        Frame::new(2, 2, vec![0; 12], Duration::from_millis(at)).unwrap()
    }

    #[test]
    fn good_faces_are_looked_at_less_often_after_the_second_and_everything_else_always() {
        let taken = |is_good: fn(u64) -> bool| {
            let mut pace = Pace::default();
            let looked_at = |at: &u64| {
                let captured_at = Duration::from_millis(*at);
                let early = pace.is_too_early(captured_at, None);
                if !early {
                    pace.took(captured_at, is_good(*at));
                }
                !early
            };
            (1000..1400).step_by(33).filter(looked_at).collect::<Vec<u64>>()
        };
        assert_eq!(taken(|_| true), [1000, 1033, 1165, 1297]);
        assert_eq!(taken(|_| false).len(), 13);
        // Whoever steps up later is seen twice at once as well; a face that is lost is looked for in each frame.
        assert_eq!(taken(|at| at >= 1165), [1000, 1033, 1066, 1099, 1132, 1165, 1198, 1330]);
        let mut pace = Pace { good: 9, last: Duration::ZERO };
        pace.took(Duration::from_secs(1), true);
        assert!(!pace.is_too_early(Duration::from_millis(1033), None), "the camera was off in between");
        let pace = Pace { good: 9, last: Duration::from_secs(1) };
        let looking = Looking { detail: Detail::Passive, since: Duration::ZERO };
        assert!(!pace.is_too_early(Duration::from_millis(1033), Some(looking)), "a watch is short");
        assert_eq!(taken(|at| at < 1100), [1000, 1033, 1165, 1198, 1231, 1264, 1297, 1330, 1363, 1396]);
    }

    #[test]
    fn a_frame_that_cannot_be_borne_is_an_error_and_the_next_is_looked_at() {
        let looked = AtomicUsize::new(0);
        let observe = move |frame: &Frame, _: Option<Looking>| {
            assert_ne!(looked.fetch_add(1, Ordering::Relaxed), 0, "a fault (this line of the test's output is meant)");
            Ok(Observation {
                frame_digest: frame.digest(),
                captured_at: frame.captured_at(),
                finding: Finding::NoFace(None),
                life: None,
            })
        };
        let recognition = Recognition::start(observe, Arc::new(|| {})).unwrap();
        let next = |at| {
            assert!(recognition.frames.put(frame(at)));
            recognition.observation(Duration::from_secs(60)).unwrap()
        };
        match next(1) {
            Err(Failed { captured_at, error: ModelError::Panicked { detail } }) => {
                assert_eq!(captured_at, Duration::from_millis(1));
                assert!(detail.contains("a fault"), "{detail}");
            }
            other => panic!("{other:?}"),
        }
        let seen = next(2).unwrap().unwrap();
        assert_eq!(seen.captured_at, Duration::from_millis(2));
    }
}
