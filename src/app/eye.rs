//! The camera for one sitting after the other, and what looks at it: of a self-test, which goes on beside the kiosk.

use std::time::Duration;

use super::AppError;
use crate::biometrics::liveness::Looking;
use crate::biometrics::{Pipeline, QualityLimits};
use crate::camera::{Frame, Trouble};
use crate::clock::Clock;
use crate::selftest::median_luma;
use crate::session::{End, Sitting};
use crate::worker::{CameraLease, CameraWatch, Recognition, SourceOpener, Waker};

/// What came of a sitting.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// What it came to.
    pub end: End,
    /// The light of its last frame, 0 to 255.
    pub light: Option<u8>,
    /// What the camera calls itself.
    pub mode: Option<String>,
    /// What was wrong with it at the end: who was before it is then not known.
    pub trouble: Option<Trouble>,
}

/// Somebody before the camera.
struct Before {
    sitting: Sitting,
    watch: CameraWatch,
    trouble: Option<Trouble>,
    frame: Option<Frame>,
}

/// A camera that is on for each sitting, as it is for each visitor, and a recognition.
pub struct Eye {
    open: SourceOpener,
    recognition: Recognition,
    clock: Clock,
    wake: Waker,
    before: Option<Before>,
}

impl Eye {
    /// Loads the networks; the camera stays off. It is opened with this right, where somebody else opens it as well. `wake` is
    /// called from other threads when there is something to [look](Self::look) at.
    ///
    /// # Errors
    /// [`AppError`] when the networks or the threads fail.
    pub fn load(
        limits: QualityLimits,
        open: SourceOpener,
        lease: Option<CameraLease>,
        clock: Clock,
        wake: Waker,
    ) -> Result<Self, AppError> {
        let mut pipeline = Pipeline::load(limits)?;
        let mut recognition = Recognition::start(move |frame, looking| pipeline.observe(frame, looking), wake.clone())?;
        if let Some(lease) = lease {
            recognition = recognition.with_lease(lease);
        }
        Ok(Self { open, recognition, clock, wake, before: None })
    }

    /// Switches the camera on for a sitting.
    ///
    /// # Errors
    /// [`AppError::Camera`] when the system gives no thread.
    pub fn begin(&mut self, sitting: Sitting) -> Result<(), AppError> {
        self.before = None; // first: two cameras are never open at once
        let watch = CameraWatch::start(self.open.clone(), &self.recognition, self.clock, self.wake.clone())?;
        self.before = Some(Before { sitting, watch, trouble: None, frame: None });
        Ok(())
    }

    /// The sitting that goes on.
    pub fn sitting(&self) -> Option<&Sitting> {
        Some(&self.before.as_ref()?.sitting)
    }

    /// What is wrong with the camera.
    pub fn trouble(&self) -> Option<Trouble> {
        self.before.as_ref()?.trouble
    }

    /// The newest frame of the sitting that goes on.
    pub fn frame(&self) -> Option<&Frame> {
        self.before.as_ref()?.frame.as_ref()
    }

    /// Switches the camera off in the middle of a sitting; false where there is none.
    pub fn break_off(&mut self) -> bool {
        self.recognition.look_for(None);
        self.before.take().is_some()
    }

    /// Takes in what the camera saw, waiting for it for at most `wait`, and the passing of time; what came of the sitting, once it is
    /// over.
    ///
    /// # Errors
    /// [`AppError`] when the networks fail; the camera is off then.
    pub fn look(&mut self, wait: Duration) -> Result<Option<Seen>, AppError> {
        let Some(Before { sitting, watch, trouble, frame }) = &mut self.before else { return Ok(None) };
        let since = sitting.began();
        self.recognition.look_for(sitting.detail().map(|detail| Looking { detail, since }));
        let observed = self.recognition.observation(wait);
        let now = self.clock.elapsed();
        let status = watch.status();
        *trouble = status.phase.trouble();
        sitting.camera_changed(*trouble, now);
        if let Some(newest) = watch.preview() {
            *frame = Some(newest);
        }
        match observed {
            // What was taken before is of the one before.
            Some(Ok(Some(seen))) if seen.captured_at >= since => sitting.observe(seen, now),
            Some(Ok(_)) => {}
            Some(Err(failed)) if failed.captured_at < since => {
                tracing::warn!(error = %failed.error, "a frame of the one before");
            }
            Some(Err(failed)) => {
                self.break_off();
                return Err(failed.error.into());
            }
            None => {
                self.break_off();
                return Err(AppError::RecognitionStopped);
            }
        }
        sitting.tick(now);
        let Some(end) = sitting.end().cloned() else { return Ok(None) };
        let (light, trouble) = (frame.as_ref().and_then(median_luma), *trouble);
        self.break_off();
        Ok(Some(Seen { end, light, mode: status.source, trouble }))
    }
}
