//! How often somebody may try: guessing is slowed down, and whoever is simply not enrolled locks nobody out.
//!
//! Times are seconds of the wall clock, since they are kept beyond the end of the program. Setting the clock back begins a
//! wait anew, and does not end it; nor does it last for ever then.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Policy;

/// A search that named nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Miss {
    /// Somebody came close: fewer than one stranger in [`NEAR_ONE_IN`] does.
    Near,
    /// Nobody did.
    Stranger,
}

/// A miss is near where one visit of a stranger in so many comes as close.
pub const NEAR_ONE_IN: u32 = 100;

/// What is remembered of the tries that failed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Attempts {
    /// Near misses since somebody was last recognized, or a wait last began.
    near: u32,
    /// When strangers were declined, within the last minute.
    strangers: Vec<i64>,
    /// Waits that have begun since somebody was last recognized.
    waits: u32,
    /// The last wait.
    wait: Option<Wait>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Wait {
    began: i64,
    lasts: u64,
}

impl Attempts {
    /// The time until the next try is looked at. `None` where it is looked at now.
    pub fn wait_left(&mut self, now: i64) -> Option<Duration> {
        self.follow(now);
        let wait = self.wait?;
        let left = wait.lasts.saturating_sub(now.abs_diff(wait.began)); // it did not begin later than now
        (left > 0).then(|| Duration::from_secs(left))
    }

    /// Takes in a try that failed; true where a wait begins with it.
    pub fn missed(&mut self, miss: Miss, now: i64, policy: &Policy) -> bool {
        self.follow(now);
        match miss {
            Miss::Near => self.near += 1,
            Miss::Stranger => self.strangers.push(now),
        }
        let begins = self.near >= policy.near_misses || self.strangers.len() >= policy.strangers_a_minute;
        if begins {
            let lasts = policy.first_wait.saturating_mul(1 << self.waits.min(30)).min(policy.longest_wait).as_secs();
            (self.near, self.waits, self.wait) = (0, self.waits.saturating_add(1), Some(Wait { began: now, lasts }));
            self.strangers.clear();
        }
        begins
    }

    /// Somebody was recognized: whoever tried before has not got in by trying, and the next one begins anew. Returns whether
    /// anything was remembered.
    pub fn recognized(&mut self) -> bool {
        std::mem::take(self) != Self::default()
    }

    /// Forgets what is over. Where the clock was set back, what was remembered is as old as it can be told to be.
    fn follow(&mut self, now: i64) {
        const MINUTE: i64 = 60;
        for at in &mut self.strangers {
            *at = (*at).min(now);
        }
        self.strangers.retain(|at| now - at < MINUTE);
        if let Some(wait) = &mut self.wait {
            wait.began = wait.began.min(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const START: i64 = 1_800_000_000;

    fn seconds(left: Option<Duration>) -> u64 {
        left.map_or(0, |left| left.as_secs())
    }

    #[test]
    fn five_near_misses_begin_a_wait_and_each_further_five_one_twice_as_long() {
        let (mut attempts, mut now, policy) = (Attempts::default(), START, Policy::default());
        for expected in [30u32, 60, 120, 240, 480, 900, 900] {
            for _ in 1..policy.near_misses {
                assert!(!attempts.missed(Miss::Near, now, &policy));
                assert_eq!(attempts.wait_left(now), None);
                now += 3600; // they need not come quickly
            }
            assert!(attempts.missed(Miss::Near, now, &policy));
            assert_eq!(seconds(attempts.wait_left(now)), u64::from(expected));
            assert_eq!(seconds(attempts.wait_left(now + 10)), u64::from(expected) - 10);
            now += i64::from(expected);
            assert_eq!(attempts.wait_left(now), None);
        }
        assert!(attempts.recognized());
        assert_eq!((0..policy.near_misses).filter(|_| attempts.missed(Miss::Near, now, &policy)).count(), 1);
        assert_eq!(seconds(attempts.wait_left(now)), 30, "whoever comes after somebody who is enrolled begins anew");
    }

    #[test]
    fn strangers_count_only_where_many_come_at_once() {
        let (mut attempts, policy) = (Attempts::default(), Policy::default());
        for i in 0..1000 {
            assert!(!attempts.missed(Miss::Stranger, START + 4 * i, &policy), "a busy hall");
        }
        let now = START + 100_000;
        let waits = (0..20).filter(|i| attempts.missed(Miss::Stranger, now + i, &policy)).count();
        assert_eq!((waits, seconds(attempts.wait_left(now + 19))), (1, 30));
        assert!(!attempts.missed(Miss::Stranger, now + 60, &policy), "they are counted anew");
    }

    #[test]
    fn the_clock_set_back_ends_no_wait_and_makes_none_last_for_ever() {
        let (mut attempts, policy) = (Attempts::default(), Policy::default());
        assert_eq!((0..policy.near_misses).filter(|_| attempts.missed(Miss::Near, START, &policy)).count(), 1);
        let yesterday = START - 86_400;
        assert_eq!(seconds(attempts.wait_left(yesterday)), 30);
        assert_eq!(seconds(attempts.wait_left(yesterday + 29)), 1);
        assert_eq!(attempts.wait_left(yesterday + 30), None);
    }

    proptest! {
        #[test]
        fn no_wait_is_longer_than_the_longest_and_no_minute_has_more_tries_than_it_may(
            steps in prop::collection::vec((0i64..20, any::<bool>(), -100i64..100), 0..400)
        ) {
            let (mut attempts, mut now, policy) = (Attempts::default(), START, Policy::default());
            let mut tries: Vec<i64> = vec![];
            for (passes, near, jump) in steps {
                // Seldom the clock jumps back.
                now += if jump == -100 { -50_000 } else { passes };
                if jump == -100 {
                    tries.clear();
                }
                let left = attempts.wait_left(now);
                prop_assert!(left.is_none_or(|left| left <= policy.longest_wait));
                if left.is_none() {
                    attempts.missed(if near { Miss::Near } else { Miss::Stranger }, now, &policy);
                    tries.push(now);
                }
                let last_minute = tries.iter().filter(|at| now - **at < 60).count();
                prop_assert!(last_minute <= policy.strangers_a_minute + policy.near_misses as usize);
            }
            let kept = serde_json::to_string(&attempts).unwrap();
            prop_assert_eq!(serde_json::from_str::<Attempts>(&kept).unwrap(), attempts);
        }
    }
}
