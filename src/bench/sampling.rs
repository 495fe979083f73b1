//! Times of something that is done again and again.

use std::time::Duration;

use crate::clock::Clock;

/// How long each stage is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    /// Least number of samples.
    pub samples: usize,
    /// Samples are taken until they have used this much CPU time.
    pub at_least: Duration,
    /// A sample is one run, or so many as take this long: short work is lost in the reading of the clock.
    pub sample_at_least: Duration,
}

impl Effort {
    /// For figures that are to be believed: about a second a stage.
    pub const FULL: Self =
        Self { samples: 15, at_least: Duration::from_millis(800), sample_at_least: Duration::from_millis(4) };
    /// To see whether it runs.
    pub const QUICK: Self = Self { samples: 3, at_least: Duration::ZERO, sample_at_least: Duration::ZERO };
}

/// Least, middle and largest of several samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// The least.
    pub least: f64,
    /// Half of the samples are below it.
    pub median: f64,
    /// The largest.
    pub most: f64,
}

impl Spread {
    /// Of these samples; all zero without any.
    fn of(mut samples: Vec<f64>) -> Self {
        samples.sort_by(f64::total_cmp);
        let at = |index: usize| samples.get(index).copied().unwrap_or_default();
        let last = samples.len().saturating_sub(1);
        // Of an even number the mean of the two in the middle.
        Self { least: at(0), median: (at(last / 2) + at(last.div_ceil(2))) / 2.0, most: at(last) }
    }
}

/// What one run takes, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timing {
    /// CPU time of the process, all threads together.
    pub cpu_ms: Spread,
    /// Time that passed meanwhile.
    pub wall_ms: Spread,
    /// So many runs were timed.
    pub runs: usize,
}

/// Times `work`, after one run that warms up.
///
/// # Errors
/// Those of `work`.
pub fn sample<E>(effort: Effort, clock: Clock, mut work: impl FnMut() -> Result<(), E>) -> Result<Timing, E> {
    work()?;
    let begin = clock.cpu();
    work()?;
    let once = (clock.cpu() - begin).max(Duration::from_nanos(100));
    let batch = effort.sample_at_least.as_nanos().div_ceil(once.as_nanos()).clamp(1, 100_000) as usize;
    let (mut cpu_ms, mut wall_ms, mut used) = (vec![], vec![], Duration::ZERO);
    while cpu_ms.len() < effort.samples || used < effort.at_least {
        let (wall, cpu) = (clock.elapsed(), clock.cpu());
        for _ in 0..batch {
            work()?;
        }
        // The clock of CPU time may stand still for very short work.
        let (cpu, wall) = ((clock.cpu() - cpu).max(Duration::from_nanos(1)), clock.elapsed() - wall);
        used += cpu.max(wall / 4); // a process that is never given the core ends all the same
        let each = |time: Duration| time.as_secs_f64() * 1e3 / batch as f64;
        cpu_ms.push(each(cpu));
        wall_ms.push(each(wall));
    }
    let runs = cpu_ms.len() * batch;
    Ok(Timing { cpu_ms: Spread::of(cpu_ms), wall_ms: Spread::of(wall_ms), runs })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn half_of_the_samples_are_on_either_side_of_the_median(samples in prop::collection::vec(0.0..1e6f64, 1..60)) {
            let spread = Spread::of(samples.clone());
            let below = samples.iter().filter(|sample| **sample <= spread.median).count();
            let above = samples.iter().filter(|sample| **sample >= spread.median).count();
            prop_assert!(2 * below >= samples.len() && 2 * above >= samples.len());
            prop_assert!(samples.iter().all(|sample| (spread.least..=spread.most).contains(sample)));
        }
    }

    #[test]
    fn as_many_samples_as_wanted_are_taken_and_a_failure_ends_it() {
        let mut runs = 0;
        let timing = sample(Effort::QUICK, Clock::start(), || {
            runs += 1;
            Ok::<(), &str>(())
        });
        let timing = timing.unwrap();
        assert_eq!((timing.runs, runs), (3, 5), "two runs warm up");
        assert!(timing.cpu_ms.least > 0.0);
        assert_eq!(sample(Effort::QUICK, Clock::start(), || Err("no")), Err("no"));
    }
}
