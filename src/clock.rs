//! The one place that reads a clock.

use std::time::{Duration, Instant};

use jiff::Timestamp;

/// Reads the time: the monotonic clock for everything that waits, the wall clock for what is stored or signed.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    start: Instant,
}

impl Clock {
    /// A clock that starts at zero now.
    pub fn start() -> Self {
        Self { start: Instant::now() }
    }

    /// Time since the start; never goes back.
    pub fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// The date and time of the machine in whole milliseconds, as they are stored; may jump when somebody sets
    /// it.
    pub fn wall(&self) -> Timestamp {
        let now = Timestamp::now();
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }
}
