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

    /// CPU time that this process has used, all of its threads together. Where the system has no such clock to be
    /// read (Windows), the time since the start: there whatever else runs counts too.
    pub fn cpu(&self) -> Duration {
        #[cfg(unix)]
        {
            let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
            // Neither is ever negative: it counts from the start of the process.
            Duration::new(used.tv_sec.try_into().unwrap_or(0), used.tv_nsec.try_into().unwrap_or(0))
        }
        #[cfg(not(unix))]
        self.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn cpu_time_passes_with_work() {
        let clock = Clock::start();
        let begin = clock.cpu();
        std::hint::black_box((0..20_000_000u64).fold(0, |sum, i| std::hint::black_box(sum ^ i)));
        assert!(clock.cpu() > begin);
    }
}
