//! How long things take in the window, for whoever measures it: told at the debug level (`MIRILLA_LOG=mirilla=debug`).

use std::time::Duration;

/// After so many frames the mean is told.
const FRAMES: u32 = 100;

/// What was measured since it was last told.
#[derive(Default)]
pub(super) struct Pace {
    first_told: bool,
    frames: u32,
    ours: Duration,
    longest: Duration,
    whole_s: f32,
}

impl Pace {
    /// A frame begins. The one before it, if any, has been brought to the screen; `whole_s` is what all of it cost
    /// this thread: ours, the tessellation, and the calls to the graphics (which compute there, where they are
    /// software).
    pub(super) fn begin(&mut self, now: Duration, whole_s: Option<f32>) {
        if self.frames == 1 && !self.first_told {
            self.first_told = true;
            tracing::debug!(ms = now.as_millis(), "first frame was shown, since the start of the program");
        }
        self.whole_s += whole_s.unwrap_or_default();
    }

    /// Ours of a frame is done.
    pub(super) fn end(&mut self, took: Duration) {
        self.frames += 1;
        self.ours += took;
        self.longest = self.longest.max(took);
        if self.frames >= FRAMES {
            let mean = |seconds: f32| f64::from(seconds * 1000.0 / self.frames as f32);
            let (ours_ms, whole_ms) = (mean(self.ours.as_secs_f32()), mean(self.whole_s));
            let longest_ms = self.longest.as_secs_f64() * 1000.0;
            tracing::debug!(frames = self.frames, ours_ms, longest_ms, whole_ms, "pace");
            *self = Self { first_told: true, ..Self::default() };
        }
    }
}
