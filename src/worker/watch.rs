//! A camera that is kept going: opened, watched, opened again, whatever its driver does.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{Closing, Recognition, Waker, said, spawn};
use crate::camera::{
    Backoff, CameraPhase, CameraStatus, Frame, OPEN_LIMIT, Slot, SourceOpener, Taken, Watchdog, is_black,
};
use crate::clock::Clock;
use crate::error::CameraError;

/// How often the passing of time is looked at: a camera that sends nothing calls nobody.
const TICK: Duration = Duration::from_millis(100);
/// A camera thread that has not ended after this hangs in its driver, and is left behind.
const CLOSING_LIMIT: Duration = Duration::from_millis(500);

/// The right to open the camera: two at once are one too many for the drivers. Whoever takes the token out of the
/// slot puts it back when the camera is closed; a thread that hangs keeps it, however long that takes.
/// Clones are the same right.
#[derive(Clone)]
pub struct CameraLease(Slot<()>);

struct Held(Slot<()>);

impl Default for CameraLease {
    fn default() -> Self {
        let slot = Slot::default();
        slot.put(());
        Self(slot)
    }
}

impl CameraLease {
    fn take(&self, wait: Duration) -> Option<Held> {
        matches!(self.0.take(wait), Taken::Value(())).then(|| Held(self.0.clone()))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.put(());
    }
}

/// The camera is on, or being got on, while this value lives.
///
/// A camera that is lost, frozen, or in use is tried again until it comes back. Dropping the value has the camera
/// closed, and does not wait for it: the thread of a screen does that. A camera thread that hangs in its driver is left
/// behind, and until it ends the next `CameraWatch` says that the camera is frozen.
pub struct CameraWatch {
    shared: Arc<Shared>,
    clock: Clock,
    preview: Slot<Frame>,
}

struct Shared {
    content: Mutex<Content>,
    stopped: Condvar,
}

struct Content {
    watchdog: Watchdog,
    stopping: bool,
}

impl Shared {
    // Every change of the content is whole before the lock is given back, also when a thread panics elsewhere.
    fn lock(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits, and tells whether to go on.
    fn pause(&self, wait: Duration) -> bool {
        let outcome = self.stopped.wait_timeout_while(self.lock(), wait, |content| !content.stopping);
        !outcome.unwrap_or_else(PoisonError::into_inner).0.stopping
    }
}

impl CameraWatch {
    /// Starts to open a camera and to read it for the recognition and for the screen. Frames are stamped with `clock`;
    /// `wake` is called on threads of this value, after each frame and when the phase changes.
    ///
    /// # Errors
    /// [`CameraError::Thread`] when the system gives no thread. What is wrong with the camera is no error:
    /// [`CameraWatch::status`] tells it.
    pub fn start(
        open: SourceOpener,
        recognition: &Recognition,
        clock: Clock,
        wake: Waker,
    ) -> Result<Self, CameraError> {
        Self::begin(open, Some(recognition.frames.clone()), recognition.lease.clone(), clock, wake)
    }

    /// The same without a recognition, for whoever looks after cameras. The camera is opened as soon as nobody else
    /// has the lease.
    ///
    /// # Errors
    /// As [`CameraWatch::start`].
    pub fn alone(open: SourceOpener, lease: CameraLease, clock: Clock, wake: Waker) -> Result<Self, CameraError> {
        Self::begin(open, None, lease, clock, wake)
    }

    fn begin(
        open: SourceOpener,
        recognition: Option<Slot<Frame>>,
        lease: CameraLease,
        clock: Clock,
        wake: Waker,
    ) -> Result<Self, CameraError> {
        let content = Content { watchdog: Watchdog::new(clock.elapsed()), stopping: false };
        let shared = Arc::new(Shared { content: Mutex::new(content), stopped: Condvar::new() });
        let (preview, ended) = (Slot::default(), Slot::<()>::default());
        // From here on, where one thread cannot be started, this value is dropped, which stops the other.
        let watch = Self { shared: Arc::clone(&shared), clock, preview: preview.clone() };
        let (timed, tell, closing) = (Arc::clone(&shared), Arc::clone(&wake), Closing(ended.clone()));
        spawn("mirilla-camera-timer", move || {
            let stood = tell_of_time(&timed, clock, &tell);
            // One that is being opened is closed as soon as it is open, which may take as long as that does.
            let limit = if stood == CameraPhase::Opening { OPEN_LIMIT } else { CLOSING_LIMIT };
            if ended.take(limit) != Taken::Closed {
                tracing::warn!("the camera does not close: its thread is left behind until the driver lets it go");
            }
        })?;
        let reader = Reader { open, shared, recognition, preview, lease, clock, wake };
        spawn("mirilla-camera", move || {
            let _closing = closing; // dropped last
            reader.run();
        })?;
        Ok(watch)
    }

    /// The newest frame that was not taken yet, for the screen.
    pub fn preview(&self) -> Option<Frame> {
        match self.preview.take(Duration::ZERO) {
            Taken::Value(frame) => Some(frame),
            Taken::Nothing | Taken::Closed => None,
        }
    }

    /// How the camera is doing. Never waits for it.
    pub fn status(&self) -> CameraStatus {
        self.shared.lock().watchdog.status(self.clock.elapsed())
    }
}

impl Drop for CameraWatch {
    fn drop(&mut self) {
        self.shared.lock().stopping = true;
        self.shared.stopped.notify_all();
    }
}

/// Calls `wake` when the phase has changed by the mere passing of time, until the end; the phase then.
fn tell_of_time(shared: &Shared, clock: Clock, wake: &Waker) -> CameraPhase {
    let phase = || shared.lock().watchdog.status(clock.elapsed()).phase;
    let mut told = phase();
    while shared.pause(TICK) {
        let now = phase();
        if now != told {
            told = now;
            wake();
        }
    }
    phase()
}

/// What the camera thread works with.
struct Reader {
    open: SourceOpener,
    shared: Arc<Shared>,
    recognition: Option<Slot<Frame>>,
    preview: Slot<Frame>,
    lease: CameraLease,
    clock: Clock,
    wake: Waker,
}

impl Reader {
    fn run(&self) {
        let mut backoff = Backoff::default();
        loop {
            let Some(lease) = self.lease.take(TICK) else {
                self.shared.lock().watchdog.held(self.clock.elapsed());
                if self.is_stopping() {
                    return;
                }
                continue;
            };
            if self.is_stopping() {
                return;
            }
            // Drivers and decoders that panic are part of what can be wrong with a camera; the frames already given
            // are whole, and everything else of this try is dropped.
            let outcome = catch_unwind(AssertUnwindSafe(|| self.stream(&mut backoff)));
            drop(lease);
            let error = match outcome {
                Ok(Ok(())) => return,
                Ok(Err(error)) => error,
                Err(panic) => CameraError::Panicked { detail: said(&*panic) },
            };
            tracing::debug!(%error, "camera");
            self.shared.lock().watchdog.failed(&error);
            (self.wake)();
            if !self.shared.pause(backoff.next_wait()) {
                return;
            }
        }
    }

    fn is_stopping(&self) -> bool {
        self.shared.lock().stopping
    }

    /// Opens the camera and reads it until it fails, or until nobody wants more of it.
    fn stream(&self, backoff: &mut Backoff) -> Result<(), CameraError> {
        self.shared.lock().watchdog.opening(self.clock.elapsed());
        let mut source = (self.open)()?;
        if self.is_stopping() {
            return Ok(());
        }
        let name = source.describe();
        self.shared.lock().watchdog.opened(self.clock.elapsed(), name);
        (self.wake)();
        loop {
            let outcome = source.next_frame(self.clock.elapsed());
            let black = outcome.as_ref().is_ok_and(is_black);
            let now = self.clock.elapsed();
            let mut content = self.shared.lock();
            if content.stopping {
                return Ok(()); // also after hours in a driver: what it gave then is of no use
            }
            match outcome {
                Ok(frame) => {
                    content.watchdog.frame(now, black);
                    drop(content);
                    backoff.reset();
                    self.preview.put(frame.clone());
                    if self.recognition.as_ref().is_some_and(|frames| !frames.put(frame)) {
                        return Ok(()); // the recognition is gone
                    }
                    (self.wake)();
                    continue;
                }
                Err(error @ CameraError::BadFrame { .. }) => content.watchdog.bad_frame(now, &error),
                Err(CameraError::NoFrame { .. }) => {}
                Err(error) => return Err(error),
            }
            if let Some(error) = content.watchdog.to_reopen(now) {
                return Err(error);
            }
        }
    }
}
