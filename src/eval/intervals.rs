//! How far a figure can be trusted: 95 % intervals.

/// A figure and its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The figure itself.
    pub value: f64,
    /// 2.5 % of the resamplings are below.
    pub low: f64,
    /// 2.5 % of the resamplings are above.
    pub high: f64,
}

impl Estimate {
    /// The interval between the percentiles of the resampled values (Efron, "Bootstrap methods: another look at the
    /// jackknife", 1979). Where nothing was seen among `people`, resampling sees nothing either; then the upper end is
    /// 3 / `people`, the rule of three: people are independent of each other, the comparisons of one person are not.
    pub fn new(value: f64, mut resampled: Vec<f64>, people: usize) -> Self {
        resampled.sort_by(f64::total_cmp);
        let last = resampled.len().saturating_sub(1) as f64;
        let percentile = |share: f64| resampled.get((share * last).round() as usize).copied().unwrap_or(value);
        let (low, high) = (percentile(0.025).min(value), percentile(0.975).max(value));
        if value > 0.0 {
            return Self { value, low, high };
        }
        Self { value, low: 0.0, high: (3.0 / people.max(1) as f64).min(1.0) }
    }
}

/// Draws people anew, with replacement: a person comes with all of its pictures or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resampling {
    /// How often.
    pub rounds: u64,
    /// Equal seeds give equal draws.
    pub seed: u64,
}

impl Default for Resampling {
    fn default() -> Self {
        Self { rounds: 1000, seed: 2382 }
    }
}

impl Resampling {
    /// How often each of `people` is drawn in this round.
    pub fn draw(&self, round: u64, people: usize) -> Vec<f64> {
        let mut random = fastrand::Rng::with_seed(self.seed.wrapping_add(round.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
        let mut times = vec![0.0; people];
        for _ in 0..people {
            times[random.usize(..people)] += 1.0;
        }
        times
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_of_a_share_is_about_two_standard_errors_wide() {
        // 400 people, 100 of whom are missed: the standard error is sqrt(.25 * .75 / 400) = 0.0217.
        let resampling = Resampling::default();
        let share = |times: Vec<f64>| times.iter().take(100).sum::<f64>() / 400.0;
        let resampled = (0..resampling.rounds).map(|round| share(resampling.draw(round, 400))).collect();
        let Estimate { value, low, high } = Estimate::new(0.25, resampled, 400);
        assert_eq!(value, 0.25);
        assert!((0.195..0.22).contains(&low) && (0.28..0.305).contains(&high), "{low} {high}");
    }

    #[test]
    fn nothing_seen_among_300_people_is_at_most_one_in_100() {
        assert_eq!(Estimate::new(0.0, vec![0.0; 10], 300), Estimate { value: 0.0, low: 0.0, high: 0.01 });
    }
}
