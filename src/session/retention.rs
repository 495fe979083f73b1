//! Whose data is kept no longer, because they do not come any more; and whether the clock can be trusted with it: a clock
//! that is years ahead after a flat battery must not remove everybody. Neither must a kiosk that pauses each summer keep
//! everybody for ever: doubt about the clock delays a removal by so many days on which it runs, and no more.

use serde::{Deserialize, Serialize};

/// Longest time that anybody is kept without coming, in days.
pub const MOST_DAYS: u32 = 3 * 365;
/// Before this no time is one, in seconds since 1970: the clock of a machine that has lost it begins long before 2026.
pub const NOT_BEFORE: i64 = 1_767_225_600;
/// On so many days, not far from each other, the kiosk must have run before the clock is believed.
pub const DAYS_TO_TRUST: u32 = 14;
/// However often it jumps or pauses, it is believed after so many days on which the kiosk ran.
pub const MOST_DAYS_OF_DOUBT: u32 = 28;
/// Days that lie further apart than this, in days, are a pause or a jump; which of the two, nobody can tell;
const FAR_APART: i64 = 31;
/// and those no further than this are none, however short people are kept: a long weekend.
const NOT_FAR_APART: i64 = 4;
const DAY_S: i64 = 24 * 60 * 60;

/// The days on which the kiosk ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DaysRun {
    /// Those that are gone by, once there are enough of them.
    #[serde(flatten)]
    known: Days,
    /// Those since the clock shows others.
    #[serde(default)]
    other: Option<Days>,
    /// How many days it has run since it last ran on a day that follows the known ones.
    #[serde(default)]
    doubted: u32,
}

/// Days that follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Days {
    /// The last one, in days since 1970.
    last: i64,
    /// So many.
    count: u32,
    /// The first one since the clock was last set back.
    #[serde(default)]
    since: i64,
}

impl Days {
    fn are_followed_by(&self, today: i64, far_apart: i64) -> bool {
        self.count > 0 && (self.last..=self.last.saturating_add(far_apart)).contains(&today)
    }

    fn with(self, today: i64) -> Self {
        let since = if self.since == 0 { today } else { self.since }; // an earlier version did not keep it
        let count = self.count.saturating_add(u32::from(today > self.last));
        Self { last: today, count, since }
    }
}

impl DaysRun {
    /// When the clock was last set back, or first ran, in seconds since 1970; `None` where it has not run yet.
    pub fn since(&self) -> Option<i64> {
        (self.known.since > 0).then(|| self.known.since.saturating_mul(DAY_S))
    }

    /// Whether it ran on the day of this time already (seconds since 1970).
    pub fn ran_today(&self, now: i64) -> bool {
        let today = now.div_euclid(DAY_S);
        [Some(self.known), self.other].into_iter().flatten().any(|days| days.last == today)
    }

    /// Notes that the kiosk runs now (seconds since 1970), where people are kept for so many days; whether the clock is
    /// believed.
    pub fn runs(&mut self, now: i64, keep_days: u32) -> bool {
        if now < NOT_BEFORE {
            return false;
        }
        let today = now.div_euclid(DAY_S);
        // A jump must not be mistaken for a holiday in which people would have come.
        let far_apart = (i64::from(keep_days) / 4).clamp(NOT_FAR_APART, FAR_APART);
        if self.known.are_followed_by(today, far_apart) {
            (self.known, self.doubted) = (self.known.with(today), 0);
            return self.known.count >= DAYS_TO_TRUST;
        }
        let other = match self.other.filter(|other| other.are_followed_by(today, far_apart)) {
            Some(other) => other.with(today),
            None => Days { last: today, count: 1, since: today },
        };
        self.doubted = self.doubted.saturating_add(u32::from(self.other != Some(other)));
        self.other = Some(other);
        if other.count < DAYS_TO_TRUST && self.doubted < MOST_DAYS_OF_DOUBT {
            return false;
        }
        let set_back = self.known.count == 0 || other.last < self.known.last;
        let since = if set_back { other.since } else { self.known.since };
        let known = Days { count: other.count.max(DAYS_TO_TRUST), ..other };
        *self = Self { known: Days { since, ..known }, other: None, doubted: 0 };
        true
    }
}

/// Whether somebody who came last then is kept no longer now, both in seconds since 1970.
pub fn is_over(came: i64, now: i64, keep_days: u32) -> bool {
    now.saturating_sub(came) > i64::from(keep_days.clamp(1, MOST_DAYS)) * DAY_S
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_800_000_000;
    /// Of a kiosk that runs every day, the days on which it is believed, of so many from the first one on.
    fn believed(days: &mut DaysRun, first: i64, count: i64) -> Vec<i64> {
        (first..first + count).filter(|day| days.runs(START + day * DAY_S, 365)).collect()
    }

    #[test]
    fn a_clock_is_believed_after_two_weeks_and_after_a_jump_after_another_two() {
        let mut days = DaysRun::default();
        assert_eq!(believed(&mut days, 0, 15), [13, 14]);
        assert!(days.runs(START + 14 * DAY_S + 5, 365), "twice a day is one day");
        assert!(days.runs(START + 45 * DAY_S, 365), "holidays");
        assert_eq!(believed(&mut days, 4000, 13), [0; 0], "a flat battery");
        assert!(days.runs(START + 46 * DAY_S, 365), "and right again, which it was before");
        assert_eq!(days.since(), Some(START.div_euclid(DAY_S) * DAY_S));
        assert_eq!(believed(&mut days, 4013, 2), [4013, 4014], "it is no later than that");
        // Set right, after it was believed to be years ahead.
        assert_eq!(believed(&mut days, 47, 14), [60]);
        assert_eq!(days.since(), Some((START + 47 * DAY_S).div_euclid(DAY_S) * DAY_S), "no time before is known");
        let mut days = DaysRun::default();
        believed(&mut days, 0, 14);
        assert!(!days.runs(START + 29 * DAY_S, 30), "half of what people are kept for");
    }

    #[test]
    fn however_often_it_pauses_it_is_believed_after_four_weeks_of_running() {
        // Open for so many days, closed for so many: from when on it is believed, and how much of the time.
        for (open, closed, every) in [(200, 60, 26), (25, 40, 65), (5, 40, 45 * 6), (1, 40, 41 * 29)] {
            let mut days = DaysRun::default();
            believed(&mut days, 0, 14);
            let ran = (1..20_000).filter(|day| day % (open + closed) < open);
            let on: Vec<i64> = ran.filter(|day| days.runs(START + (14 + closed + day) * DAY_S, 365)).collect();
            let longest = on.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
            assert!(longest <= every.max(closed + 15), "{open} {closed}: {longest}");
        }
        // Nor do long weekends make it begin anew, however short people are kept.
        let mut days = DaysRun::default();
        let on = (0..100).filter(|day| day % 7 < 4).filter(|day| days.runs(START + day * DAY_S, 7)).count();
        assert!(on > 40, "{on}");
    }

    #[test]
    fn a_machine_that_starts_with_another_time_each_day_is_believed_all_the_same() {
        for wrong in [0, NOT_BEFORE + 10 * DAY_S, START + 9000 * DAY_S] {
            let mut days = DaysRun::default();
            let mut on = vec![];
            for day in 0..40 {
                assert!(!days.runs(wrong, 365) || day > 28, "{wrong}");
                if days.runs(START + day * DAY_S, 365) {
                    on.push(day);
                }
            }
            assert!(on.len() >= 10, "{wrong}: {on:?}");
        }
    }

    #[test]
    fn what_an_earlier_version_kept_is_understood() {
        let mut days: DaysRun = serde_json::from_str(r#"{"last":20833,"count":13,"since":0}"#).unwrap();
        assert!(days.ran_today(START) && days.since().is_none());
        assert!(days.runs(START + DAY_S, 365) && days.since().is_some());
        let kept = serde_json::to_string(&days).unwrap();
        assert_eq!(serde_json::from_str::<DaysRun>(&kept).unwrap(), days);
    }

    #[test]
    fn nobody_is_kept_beyond_the_longest_time_whatever_is_set() {
        let days = |days: i64| START + days * DAY_S;
        assert!(!is_over(START, days(90), 90) && is_over(START, days(90) + 1, 90));
        assert!(is_over(START, days(1096), u32::MAX) && !is_over(START, days(1095), u32::MAX));
        assert!(!is_over(START, START, 0) && !is_over(START, days(-5), 1));
    }
}
