//! The two threads behind a live picture: one waits for the camera, one looks at the newest frame.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::biometrics::{Observation, Pipeline};
use crate::camera::{Frame, FrameSource, Slot, Taken};
use crate::clock::Clock;
use crate::error::{CameraError, ModelError};

/// How often a thread with nothing to do looks whether it should end.
const WAKE: Duration = Duration::from_millis(200);

/// The recognition thread: the newest frame in, an observation out.
pub struct Recognition {
    frames: Slot<Frame>,
    observations: Slot<Result<Observation, ModelError>>,
    thread: Option<JoinHandle<()>>,
}

impl Recognition {
    /// Starts the thread.
    ///
    /// # Errors
    /// [`CameraError::Thread`] when the system gives no thread.
    pub fn start(pipeline: Pipeline) -> Result<Self, CameraError> {
        let (frames, observations) = (Slot::<Frame>::default(), Slot::default());
        let (input, output) = (frames.clone(), observations.clone());
        let thread = spawn("mirilla-recognition", move || {
            let output = Closing(output);
            loop {
                match input.take(WAKE) {
                    Taken::Value(frame) => {
                        output.0.put(pipeline.observe(&frame));
                    }
                    Taken::Nothing => {}
                    Taken::Closed => return,
                }
            }
        })?;
        Ok(Self { frames, observations, thread: Some(thread) })
    }

    /// The newest observation, waiting for one for at most `wait`; none yet is `Some(Ok(None))`. `None` once
    /// the thread is gone.
    ///
    /// # Errors
    /// [`ModelError`] when a network could not run.
    pub fn observation(&self, wait: Duration) -> Option<Result<Option<Observation>, ModelError>> {
        match self.observations.take(wait) {
            Taken::Value(observation) => Some(observation.map(Some)),
            Taken::Nothing => Some(Ok(None)),
            Taken::Closed => None,
        }
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

/// The camera thread: open while this value lives.
pub struct OpenCamera {
    stop: Arc<AtomicBool>,
    failure: Slot<CameraError>,
    thread: Option<JoinHandle<()>>,
}

impl OpenCamera {
    /// Starts to read the source for the recognition. Frames are stamped with `clock`.
    ///
    /// # Errors
    /// [`CameraError::Thread`] when the system gives no thread.
    pub fn start(
        mut source: Box<dyn FrameSource>,
        recognition: &Recognition,
        clock: Clock,
    ) -> Result<Self, CameraError> {
        let (stop, failure) = (Arc::new(AtomicBool::new(false)), Slot::default());
        let (stopped, report, frames) = (Arc::clone(&stop), failure.clone(), recognition.frames.clone());
        let thread = spawn("mirilla-camera", move || {
            let report = Closing(report);
            while !stopped.load(Ordering::Relaxed) {
                match source.next_frame(clock.elapsed()) {
                    Ok(frame) => {
                        if !frames.put(frame) {
                            return; // the recognition is gone
                        }
                    }
                    Err(error) => {
                        report.0.put(error);
                        return;
                    }
                }
            }
        })?;
        Ok(Self { stop, failure, thread: Some(thread) })
    }

    /// Why the camera stopped by itself, if it did.
    pub fn failure(&self) -> Option<CameraError> {
        match self.failure.take(Duration::ZERO) {
            Taken::Value(error) => Some(error),
            Taken::Nothing => None,
            Taken::Closed => Some(CameraError::Stopped),
        }
    }
}

impl Drop for OpenCamera {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Closes the slot when its thread ends, in whatever way: whoever waits for a value is told.
struct Closing<T>(Slot<T>);

impl<T> Drop for Closing<T> {
    fn drop(&mut self) {
        self.0.close();
    }
}

fn spawn(name: &'static str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, CameraError> {
    std::thread::Builder::new().name(name.into()).spawn(work).map_err(|source| CameraError::Thread { name, source })
}
