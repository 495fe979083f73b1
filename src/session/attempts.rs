//! How often somebody may try: guessing is slowed down, and whoever is simply not enrolled locks nobody out.
//!
//! What is remembered is kept beyond the end of the program, and has a time of its own, in seconds: it goes on as a clock
//! does that nobody sets, and with the machine's clock alone where the two moments are of different runs of that one. Then
//! what lies before the latest time that was seen counts as nothing: a clock that was set back, and set right again, ends
//! no wait; one that was set back makes none last for ever, since the run that follows is counted.

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

/// A moment, by the clock of the machine and by one that nobody sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// Seconds since 1970.
    pub wall: i64,
    /// What the other clock counts from.
    pub run: u64,
    /// Its milliseconds since then.
    pub steady_ms: u64,
}

/// What is remembered of the tries that failed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Attempts {
    /// Near misses since somebody was last recognized, or a wait last began.
    near: u32,
    /// When strangers were declined, within the last minute.
    strangers: Vec<i64>,
    /// Waits that have begun since somebody was last recognized.
    waits: u32,
    /// The wait that is running.
    wait: Option<Wait>,
    /// What the times above are counted from, where there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    anchor: Option<Anchor>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Wait {
    began: i64,
    lasts: u64,
}

/// The time that it was at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Anchor {
    time: i64,
    /// Its wall is the latest that was seen.
    at: Moment,
}

impl Anchor {
    /// The time that it is now, and what is counted from then on.
    fn moved_to(self, now: Moment) -> Self {
        let wall = self.at.wall.max(now.wall);
        let same_run = self.at.run == now.run && self.at.steady_ms <= now.steady_ms;
        if same_run {
            let passed = (now.steady_ms - self.at.steady_ms) / 1000;
            let at = Moment { wall, steady_ms: self.at.steady_ms + passed * 1000, ..self.at };
            return Self { time: self.time.saturating_add_unsigned(passed), at };
        }
        let passed = wall.saturating_sub(self.at.wall);
        Self { time: self.time.saturating_add(passed), at: Moment { wall, ..now } }
    }
}

impl Attempts {
    /// The time until the next try is looked at. `None` where it is looked at now.
    pub fn wait_left(&mut self, now: Moment) -> Option<Duration> {
        let time = self.follow(now);
        let wait = self.wait?;
        // It did not begin later than now.
        let left = wait.lasts.saturating_sub(time.abs_diff(wait.began));
        Some(Duration::from_secs(left))
    }

    /// Takes in a try that failed; true where a wait begins with it.
    pub fn missed(&mut self, miss: Miss, now: Moment, policy: &Policy) -> bool {
        let time = self.follow(now);
        match miss {
            Miss::Near => self.near += 1,
            Miss::Stranger => self.strangers.push(time),
        }
        let begins = self.near >= policy.near_misses || self.strangers.len() >= policy.strangers_a_minute;
        if begins {
            let lasts = policy.first_wait.saturating_mul(1 << self.waits.min(30)).min(policy.longest_wait).as_secs();
            (self.near, self.waits, self.wait) = (0, self.waits.saturating_add(1), Some(Wait { began: time, lasts }));
            self.strangers.clear();
        }
        if self.has_times() {
            let begun = Anchor { time, at: now };
            self.anchor = Some(self.anchor.map_or(begun, |anchor| anchor.moved_to(now)));
        }
        begins
    }

    /// Somebody was recognized: whoever tried before has not got in by trying, and the next one begins anew. Returns whether
    /// anything was remembered.
    pub fn recognized(&mut self) -> bool {
        std::mem::take(self) != Self::default()
    }

    /// Forgets what is over, and tells what time it is.
    fn follow(&mut self, now: Moment) -> i64 {
        const MINUTE: i64 = 60;
        if !self.has_times() {
            self.anchor = None;
            return now.wall;
        }
        let anchor = self.anchor.unwrap_or_else(|| self.of_the_wall(now));
        let moved = anchor.moved_to(now);
        // Within one run it need not be written down anew.
        self.anchor = Some(if moved.at.run == anchor.at.run { anchor } else { moved });
        let time = moved.time;
        self.strangers.retain(|at| time.saturating_sub(*at) < MINUTE);
        self.wait.take_if(|wait| time.abs_diff(wait.began) >= wait.lasts);
        time
    }

    fn has_times(&self) -> bool {
        self.wait.is_some() || !self.strangers.is_empty()
    }

    /// Of an earlier version, which counted by the machine's clock alone.
    fn of_the_wall(&self, now: Moment) -> Anchor {
        let latest = self.strangers.iter().copied().chain(self.wait.map(|wait| wait.began)).max();
        let wall = latest.unwrap_or(now.wall);
        Anchor { time: wall, at: Moment { wall, run: !now.run, steady_ms: 0 } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const START: i64 = 1_800_000_000;

    /// So many seconds after the start, by both clocks.
    fn after(seconds: i64) -> Moment {
        Moment { wall: START + seconds, run: 1, steady_ms: 5_000_000 + 1000 * seconds.unsigned_abs() }
    }

    /// The same, by a clock of the machine that was set by so much.
    fn set(moment: Moment, by: i64) -> Moment {
        Moment { wall: moment.wall + by, ..moment }
    }

    /// The same after the machine, or the program where the system has no such clock, was started anew: so long ago.
    fn started(moment: Moment, run: u64, seconds_ago: u64) -> Moment {
        Moment { run, steady_ms: 1000 * seconds_ago, ..moment }
    }

    fn seconds(left: Option<Duration>) -> u64 {
        left.map_or(0, |left| left.as_secs())
    }

    fn waiting() -> Attempts {
        let (mut attempts, policy) = (Attempts::default(), Policy::default());
        let waits = (0..policy.near_misses).filter(|_| attempts.missed(Miss::Near, after(0), &policy)).count();
        assert_eq!((waits, seconds(attempts.wait_left(after(0)))), (1, 30));
        attempts
    }

    #[test]
    fn five_near_misses_begin_a_wait_and_each_further_five_one_twice_as_long() {
        let (mut attempts, mut now, policy) = (Attempts::default(), 0, Policy::default());
        for expected in [30u32, 60, 120, 240, 480, 900, 900] {
            for _ in 1..policy.near_misses {
                assert!(!attempts.missed(Miss::Near, after(now), &policy));
                assert_eq!(attempts.wait_left(after(now)), None);
                now += 3600; // they need not come quickly
            }
            assert!(attempts.missed(Miss::Near, after(now), &policy));
            assert_eq!(seconds(attempts.wait_left(after(now))), u64::from(expected));
            assert_eq!(seconds(attempts.wait_left(after(now + 10))), u64::from(expected) - 10);
            now += i64::from(expected);
            assert_eq!(attempts.wait_left(after(now)), None);
        }
        assert!(attempts.recognized());
        assert_eq!((0..policy.near_misses).filter(|_| attempts.missed(Miss::Near, after(now), &policy)).count(), 1);
        assert_eq!(seconds(attempts.wait_left(after(now))), 30, "whoever comes after somebody enrolled begins anew");
    }

    #[test]
    fn strangers_count_only_where_many_come_at_once() {
        let (mut attempts, policy) = (Attempts::default(), Policy::default());
        for i in 0..1000 {
            assert!(!attempts.missed(Miss::Stranger, after(4 * i), &policy), "a busy hall");
        }
        let now = 100_000;
        let waits = (0..20).filter(|i| attempts.missed(Miss::Stranger, after(now + i), &policy)).count();
        assert_eq!((waits, seconds(attempts.wait_left(after(now + 19)))), (1, 30));
        assert!(!attempts.missed(Miss::Stranger, after(now + 60), &policy), "they are counted anew");
    }

    #[test]
    fn the_clock_set_back_or_forward_or_back_and_right_again_ends_no_wait_and_makes_none_longer() {
        const DAY: i64 = 86_400;
        for jumps in [&[-DAY][..], &[DAY], &[-DAY, 0], &[DAY, -DAY, 0], &[-DAY, 3 * DAY, 0, DAY]] {
            let mut attempts = waiting();
            for (second, by) in (1u32..).zip(jumps) {
                let second = i64::from(second);
                assert_eq!(
                    seconds(attempts.wait_left(set(after(second), *by))),
                    30 - second.unsigned_abs(),
                    "{jumps:?}"
                );
            }
            let last = *jumps.last().unwrap();
            assert_eq!(seconds(attempts.wait_left(set(after(29), last))), 1, "{jumps:?}");
            assert_eq!(attempts.wait_left(set(after(30), last)), None, "{jumps:?}");
        }
        // Nor does it make the count of strangers begin anew.
        let (mut attempts, policy) = (Attempts::default(), Policy::default());
        let day = |i: i64| set(after(i), [DAY, -DAY, 0][i as usize % 3]);
        assert_eq!((0..20).filter(|i| attempts.missed(Miss::Stranger, day(*i), &policy)).count(), 1);
    }

    #[test]
    fn a_new_start_with_the_clock_set_back_and_then_right_again_ends_no_wait_and_makes_none_last_for_ever() {
        const DAY: i64 = 86_400;
        let mut attempts = waiting();
        assert_eq!(
            seconds(attempts.wait_left(started(after(10), 2, 3))),
            20,
            "the machine's clock tells how long it was off"
        );
        // Started anew with a clock that is a day behind: what lies between is not known, and counts as nothing.
        let behind = |second: i64| started(set(after(second), -DAY), 3, second.unsigned_abs());
        assert_eq!(seconds(attempts.wait_left(behind(12))), 20);
        assert_eq!(seconds(attempts.wait_left(behind(17))), 15);
        let right = |second: i64| started(after(second), 3, second.unsigned_abs());
        assert_eq!(seconds(attempts.wait_left(right(18))), 14, "right again, within the run");
        assert_eq!(
            seconds(attempts.clone().wait_left(started(after(19), 4, 1))),
            11,
            "and after another: from the latest time"
        );
        assert_eq!(seconds(attempts.wait_left(behind(31))), 1);
        assert_eq!(attempts.wait_left(behind(32)), None);
    }

    #[test]
    fn what_an_earlier_version_kept_goes_on() {
        let kept = format!(r#"{{"near":0,"strangers":[],"waits":1,"wait":{{"began":{START},"lasts":30}}}}"#);
        let mut attempts: Attempts = serde_json::from_str(&kept).unwrap();
        assert_eq!(seconds(attempts.clone().wait_left(set(after(0), -86_400))), 30);
        assert_eq!(seconds(attempts.wait_left(after(5))), 25);
        assert_eq!(seconds(attempts.wait_left(set(after(6), 86_400))), 24);
    }

    /// How many tries are looked at on the second day of somebody who never tires, of whom one in so many comes near.
    fn tries_on_the_second_day(tries_at: impl Fn(i64) -> bool, near_one_in: u32) -> u32 {
        const DAY: i64 = 86_400;
        let (mut attempts, policy, mut tries, mut before) = (Attempts::default(), Policy::default(), 0u32, 0);
        for now in 0..2 * DAY {
            if now == DAY {
                before = tries;
            }
            if tries_at(now) && attempts.wait_left(after(now)).is_none() {
                tries += 1;
                let miss = if tries.is_multiple_of(near_one_in) { Miss::Near } else { Miss::Stranger };
                attempts.missed(miss, after(now), &policy);
            }
        }
        tries - before
    }

    #[test]
    fn a_day_of_guessing_is_as_long_as_is_said() {
        // Nineteen a minute with ever new faces.
        let faces = tries_on_the_second_day(|now| now % 60 < 57 && now % 3 == 0, NEAR_ONE_IN);
        assert!((17_000..18_000).contains(&faces), "{faces}");
        let pins = tries_on_the_second_day(|_| true, 1);
        assert!((470..=480).contains(&pins), "{pins}");
    }

    proptest! {
        #[test]
        fn no_wait_is_longer_than_the_longest_nor_shorter_than_it_says_and_no_minute_has_more_tries_than_it_may(
            steps in prop::collection::vec((0i64..20, any::<bool>(), -100i64..100), 0..400)
        ) {
            let (mut attempts, mut now, mut ahead, policy) = (Attempts::default(), 0, 0, Policy::default());
            let (mut tries, mut until): (Vec<i64>, i64) = (vec![], 0);
            for (passes, near, jump) in steps {
                // Seldom the clock jumps.
                now += passes;
                ahead += if jump.abs() > 90 { jump * 1000 } else { 0 };
                let moment = set(after(now), ahead);
                let left = attempts.wait_left(moment);
                prop_assert_eq!(seconds(left), u64::try_from(until - now).unwrap_or(0), "as time passes, and not as it is set");
                prop_assert!(left.is_none_or(|left| left <= policy.longest_wait));
                if left.is_none() {
                    if attempts.missed(if near { Miss::Near } else { Miss::Stranger }, moment, &policy) {
                        until = now + seconds(attempts.wait_left(moment)).cast_signed();
                    }
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
