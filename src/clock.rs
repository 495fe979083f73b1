//! The one place that reads a clock.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

/// Reads the time: the monotonic clock for everything that waits, the wall clock for what is stored or signed.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    start: Instant,
    /// Names what [`Clock::steady`] counts from.
    run: u64,
    shift: Option<&'static Shift>,
}

/// A reading of a clock that nobody sets: between two of one run there lies what lies between their times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Steady {
    /// What it counts from: the start of the machine where the system tells it (Linux), so that all programs agree; else that
    /// of this clock.
    pub run: u64,
    /// The time since then, in milliseconds.
    pub ms: u64,
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
        let run = run_of_machine().unwrap_or_else(|| RandomState::new().build_hasher().finish());
        Self { start: Instant::now(), run, shift: None }
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

    /// The time by a clock that goes on whatever the machine's is set to, also beyond the end of the program where the system
    /// has one.
    pub fn steady(&self) -> Steady {
        let ahead = self.shift.map_or(0, |shift| shift.elapsed_ms.load(Ordering::SeqCst));
        let since = since_start_of_machine().unwrap_or_else(|| self.start.elapsed());
        Steady { run: self.run, ms: u64::try_from(since.as_millis()).unwrap_or(u64::MAX).saturating_add(ahead) }
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

/// Names the time since the machine was started; each start has another name.
#[cfg(target_os = "linux")]
fn run_of_machine() -> Option<u64> {
    let name = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let digits: String = name.chars().filter(char::is_ascii_hexdigit).take(16).collect();
    u64::from_str_radix(&digits, 16).ok()
}

#[cfg(target_os = "linux")]
fn since_start_of_machine() -> Option<Duration> {
    let since = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Some(Duration::new(since.tv_sec.try_into().ok()?, since.tv_nsec.try_into().ok()?))
}

#[cfg(not(target_os = "linux"))]
fn run_of_machine() -> Option<u64> {
    None
}

#[cfg(not(target_os = "linux"))]
fn since_start_of_machine() -> Option<Duration> {
    None
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
    fn the_steady_clock_goes_on_whatever_the_wall_is_set_to() {
        static SHIFT: Shift = Shift::new();
        let clock = Clock::shifted(&SHIFT);
        let before = clock.steady();
        SHIFT.set_wall(SignedDuration::from_hours(-24));
        SHIFT.pass(Duration::from_secs(10));
        SHIFT.set_wall(SignedDuration::from_hours(48));
        let after = clock.steady();
        assert!(after.run == before.run && (10_000..60_000).contains(&(after.ms - before.ms)), "{before:?} {after:?}");
        let other = Clock::start().steady();
        assert_eq!(
            other.run == before.run,
            cfg!(target_os = "linux"),
            "all programs of one start of the machine agree"
        );
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
