//! The one place that reads a clock.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

/// Reads the time: the monotonic clock for everything that waits, the wall clock for what is stored or signed.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    start: Instant,
    shift: Option<&'static Shift>,
}

/// By how much a clock is ahead of the machine's: a day passes in minutes with it, and a clock that somebody sets is seen.
#[derive(Debug, Default)]
pub struct Shift {
    elapsed_ms: AtomicU64,
    wall_ms: AtomicI64,
}

impl Shift {
    /// None yet.
    pub const fn new() -> Self {
        Self { elapsed_ms: AtomicU64::new(0), wall_ms: AtomicI64::new(0) }
    }

    /// Lets time pass, in whole milliseconds.
    pub fn pass(&self, time: Duration) {
        let ms = time.as_millis();
        self.elapsed_ms.fetch_add(ms.try_into().unwrap_or(u64::MAX), Ordering::SeqCst);
        self.wall_ms.fetch_add(ms.try_into().unwrap_or(i64::MAX), Ordering::SeqCst);
    }

    /// Sets the wall clock forward, or back where it is negative; no time passes.
    pub fn set_wall(&self, by: SignedDuration) {
        self.wall_ms.fetch_add(by.as_millis().try_into().unwrap_or(0), Ordering::SeqCst);
    }
}

impl Clock {
    /// A clock that starts at zero now.
    pub fn start() -> Self {
        Self { start: Instant::now(), shift: None }
    }

    /// The same, as far ahead as `shift` says at each reading.
    pub fn shifted(shift: &'static Shift) -> Self {
        Self { shift: Some(shift), ..Self::start() }
    }

    /// Time since the start; never goes back.
    pub fn elapsed(&self) -> Duration {
        let ahead = self.shift.map_or(0, |shift| shift.elapsed_ms.load(Ordering::SeqCst));
        self.start.elapsed() + Duration::from_millis(ahead)
    }

    /// The date and time of the machine in whole milliseconds, as they are stored; may jump when somebody sets
    /// it.
    pub fn wall(&self) -> Timestamp {
        let now = Timestamp::now();
        let ahead = self.shift.map_or(0, |shift| shift.wall_ms.load(Ordering::SeqCst));
        Timestamp::from_millisecond(now.as_millisecond().saturating_add(ahead)).unwrap_or(now)
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
    fn a_shifted_clock_is_ahead_and_its_wall_can_be_set_back() {
        static SHIFT: Shift = Shift::new();
        let (clock, real) = (Clock::shifted(&SHIFT), Clock::start());
        SHIFT.pass(Duration::from_secs(3600));
        assert!(clock.elapsed() >= Duration::from_secs(3600) && real.elapsed() < Duration::from_secs(3600));
        SHIFT.set_wall(SignedDuration::from_hours(-24));
        let behind = real.wall().duration_since(clock.wall());
        assert!((22..=23).contains(&behind.as_hours()), "{behind}");
        assert!(clock.elapsed() >= Duration::from_secs(3600), "no time has passed back");
    }

    #[test]
    #[cfg(unix)]
    fn cpu_time_passes_with_work() {
        let clock = Clock::start();
        let begin = clock.cpu();
        std::hint::black_box((0..20_000_000u64).fold(0, |sum, i| std::hint::black_box(sum ^ i)));
        assert!(clock.cpu() > begin);
    }
}
