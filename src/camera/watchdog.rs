//! What is known of a camera while it is read: alive, frozen, black, failing. Time is an argument.

use std::time::Duration;

use super::Trouble;
use crate::error::CameraError;

/// Without a usable picture for so long, a camera is frozen or failing.
const STALE_AFTER: Duration = Duration::from_millis(2500);
/// Pictures that are black for so long are no longer the first ones of a camera that adjusts itself.
const BLACK_AFTER: Duration = Duration::from_millis(1500);
/// Opening a camera that takes longer hangs in its driver.
pub(crate) const OPEN_LIMIT: Duration = Duration::from_secs(5);
/// Without a usable picture for so long, closing the camera and opening it anew may help.
const REOPEN_AFTER: Duration = Duration::from_secs(6);
/// Weight of the newest interval in the frame rate shown.
const RATE_WEIGHT: f32 = 0.1;
/// Waiting times between two tries to open a camera.
const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// How a camera is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CameraPhase {
    /// It is being opened, or its first picture is awaited.
    Opening,
    /// Pictures come.
    Live,
    /// They do not, for this reason; it is tried again and again.
    Trouble(Trouble),
}

impl CameraPhase {
    /// Why no pictures come, where none do.
    pub fn trouble(self) -> Option<Trouble> {
        match self {
            Self::Trouble(trouble) => Some(trouble),
            Self::Opening | Self::Live => None,
        }
    }
}

/// What is known of a camera that is on.
#[derive(Debug, Clone, PartialEq)]
pub struct CameraStatus {
    /// How it is doing.
    pub phase: CameraPhase,
    /// What it is, once it has been opened: "Integrated Camera, MJPEG 1280x720".
    pub source: Option<String>,
    /// Usable pictures so far.
    pub frames: u64,
    /// Pictures that were skipped because they could not be used.
    pub bad_frames: u64,
    /// Usable pictures a second, of late; 0 when none come.
    pub fps: f32,
    /// More about a trouble, for whoever looks after the machine.
    pub detail: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Stage {
    /// Another thread of ours still has it, because it hangs in the driver.
    Held {
        since: Duration,
    },
    Opening {
        since: Duration,
    },
    Streaming {
        since: Duration,
    },
    /// Closed until the next try.
    Closed,
}

/// Takes in what happens to a camera, and tells at any time how it is doing.
#[derive(Debug)]
pub struct Watchdog {
    stage: Stage,
    /// The last trouble, until a picture comes: between two tries the camera is not "opening" again.
    trouble: Option<Trouble>,
    detail: Option<String>,
    source: Option<String>,
    been_live: bool,
    last_good: Option<Duration>,
    last_bad: Option<Duration>,
    black_since: Option<Duration>,
    interval_s: Option<f32>,
    frames: u64,
    bad_frames: u64,
}

impl Watchdog {
    /// A camera that is opened from `now` on.
    pub fn new(now: Duration) -> Self {
        Self {
            stage: Stage::Opening { since: now },
            trouble: None,
            detail: None,
            source: None,
            been_live: false,
            last_good: None,
            last_bad: None,
            black_since: None,
            interval_s: None,
            frames: 0,
            bad_frames: 0,
        }
    }

    /// It cannot be opened because a thread of ours hangs in it.
    pub fn held(&mut self, now: Duration) {
        if !matches!(self.stage, Stage::Held { .. }) {
            self.stage = Stage::Held { since: now };
        }
    }

    /// A try to open it begins.
    pub fn opening(&mut self, now: Duration) {
        self.stage = Stage::Opening { since: now };
    }

    /// It is open, and called `source`.
    pub fn opened(&mut self, now: Duration, source: String) {
        self.stage = Stage::Streaming { since: now };
        self.source = Some(source);
        (self.last_good, self.last_bad, self.black_since, self.interval_s) = (None, None, None, None);
    }

    /// A usable picture came.
    pub fn frame(&mut self, now: Duration, black: bool) {
        if let Some(last) = self.last_good {
            let interval = now.saturating_sub(last);
            // After a pause the rate is told anew.
            let mean = self.interval_s.filter(|_| interval < STALE_AFTER).unwrap_or(interval.as_secs_f32());
            self.interval_s = (interval < STALE_AFTER).then_some(mean + RATE_WEIGHT * (interval.as_secs_f32() - mean));
        }
        self.frames += 1;
        self.been_live = true;
        self.last_good = Some(now);
        self.black_since = if black { self.black_since.or(Some(now)) } else { None };
        (self.trouble, self.detail) = (None, None);
    }

    /// A picture came that cannot be used.
    pub fn bad_frame(&mut self, now: Duration, error: &CameraError) {
        self.bad_frames += 1;
        self.last_bad = Some(now);
        self.detail = Some(error.to_string());
    }

    /// It could not be opened, or has ended: it is closed until the next try.
    pub fn failed(&mut self, error: &CameraError) {
        let trouble = match Trouble::from(error) {
            Trouble::NoneFound if self.been_live => Trouble::Unplugged,
            trouble => trouble,
        };
        self.stage = Stage::Closed;
        (self.trouble, self.detail) = (Some(trouble), Some(error.to_string()));
    }

    /// Why it should be closed and opened anew, when nothing usable has come for too long.
    pub fn to_reopen(&self, now: Duration) -> Option<CameraError> {
        let Stage::Streaming { since } = self.stage else { return None };
        let waited = now.saturating_sub(self.last_good.unwrap_or(since));
        if waited < REOPEN_AFTER {
            return None;
        }
        Some(match (self.is_failing(now), &self.detail) {
            (true, Some(detail)) => CameraError::BadFrame { detail: detail.clone() },
            _ => CameraError::NoFrame { waited_ms: waited.as_millis() as u64 },
        })
    }

    fn is_failing(&self, now: Duration) -> bool {
        self.last_bad.is_some_and(|last| now.saturating_sub(last) < STALE_AFTER)
    }

    fn phase(&self, now: Duration) -> CameraPhase {
        let so_far = self.trouble.map_or(CameraPhase::Opening, CameraPhase::Trouble);
        match self.stage {
            // A camera that is only just being closed is not frozen.
            Stage::Held { since } if now.saturating_sub(since) >= STALE_AFTER => CameraPhase::Trouble(Trouble::Frozen),
            Stage::Held { .. } => so_far,
            Stage::Closed => so_far,
            Stage::Opening { since } if now.saturating_sub(since) >= OPEN_LIMIT => {
                CameraPhase::Trouble(Trouble::Frozen)
            }
            Stage::Opening { .. } => so_far,
            Stage::Streaming { since } => {
                let over = |begin: Option<Duration>, limit| begin.is_some_and(|at| now.saturating_sub(at) >= limit);
                if over(self.last_good.or(Some(since)), STALE_AFTER) {
                    let failing = self.is_failing(now);
                    CameraPhase::Trouble(if failing { Trouble::Failing } else { Trouble::Frozen })
                } else if over(self.black_since, BLACK_AFTER) {
                    CameraPhase::Trouble(Trouble::Black)
                } else if self.last_good.is_some() {
                    CameraPhase::Live
                } else {
                    so_far
                }
            }
        }
    }

    /// How it is doing at `now`.
    pub fn status(&self, now: Duration) -> CameraStatus {
        let phase = self.phase(now);
        let flowing = matches!(phase, CameraPhase::Live | CameraPhase::Trouble(Trouble::Black));
        let fps = self.interval_s.filter(|_| flowing).map_or(0.0, |interval| 1.0 / interval.max(0.001));
        let detail = match phase {
            CameraPhase::Trouble(Trouble::Black) => Some("the pictures are black: open the shutter".into()),
            CameraPhase::Trouble(Trouble::Frozen) => {
                Some("the camera is there and sends nothing: unplug it and plug it in again".into())
            }
            CameraPhase::Trouble(_) => self.detail.clone(),
            CameraPhase::Opening | CameraPhase::Live => None,
        };
        let (frames, bad_frames) = (self.frames, self.bad_frames);
        CameraStatus { phase, source: self.source.clone(), frames, bad_frames, fps, detail }
    }
}

/// How long to wait before the next try: a quarter of a second, doubled each time up to two seconds.
#[derive(Debug, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The wait after one more failure.
    pub fn next_wait(&mut self) -> Duration {
        let wait = FIRST_WAIT.saturating_mul(2u32.saturating_pow(self.failures)).min(LONGEST_WAIT);
        self.failures = self.failures.saturating_add(1);
        wait
    }

    /// Pictures came: the next failure is a first one.
    pub fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
#[path = "watchdog/tests.rs"]
mod tests;
