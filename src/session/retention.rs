//! Whose data is kept no longer, because they do not come any more; and whether the clock can be trusted with it: a clock
//! that is years ahead after a flat battery must not remove everybody.

use serde::{Deserialize, Serialize};

/// Longest time that anybody is kept without coming, in days.
pub const MOST_DAYS: u32 = 3 * 365;
/// On so many days, not far from each other, the kiosk must have run before the clock is believed.
const DAYS_TO_TRUST: u32 = 7;
/// A kiosk that was off for longer begins to count anew, in days.
const FAR_APART: i64 = 31;
const DAY_S: i64 = 24 * 60 * 60;

/// The days on which the kiosk ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DaysRun {
    /// The last one, in days since 1970.
    last: i64,
    /// So many without a jump of the clock.
    count: u32,
    /// The first of them.
    #[serde(default)]
    since: i64,
}

impl DaysRun {
    /// When the days that are believed began, in seconds since 1970.
    pub fn since(&self) -> i64 {
        self.since.saturating_mul(DAY_S)
    }

    /// Notes that the kiosk runs now (seconds since 1970), where people are kept for so many days; whether the clock is
    /// believed.
    pub fn runs(&mut self, now: i64, keep_days: u32) -> bool {
        let today = now.div_euclid(DAY_S);
        if today != self.last {
            // A jump must not be mistaken for a holiday in which people would have come.
            let far_apart = FAR_APART.min((i64::from(keep_days) / 4).max(1));
            let follows = today > self.last && today - self.last <= far_apart;
            *self = if follows {
                Self { last: today, count: self.count.saturating_add(1), ..*self }
            } else {
                Self { last: today, count: 1, since: today }
            };
        }
        self.count >= DAYS_TO_TRUST
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

    #[test]
    fn a_clock_is_believed_after_a_week_and_after_a_jump_after_another() {
        let mut days = DaysRun::default();
        let week: Vec<bool> = (0..8).map(|day| days.runs(START + day * DAY_S, 365)).collect();
        assert_eq!(week, [false, false, false, false, false, false, true, true]);
        assert!(days.runs(START + 7 * DAY_S + 5, 365), "twice a day is one day");
        assert!(days.runs(START + 38 * DAY_S, 365), "holidays");
        let ahead = START + 4000 * DAY_S;
        assert!((0..6).all(|day| !days.runs(ahead + day * DAY_S, 365)), "a flat battery");
        assert!(!days.runs(START + 39 * DAY_S, 365), "and back again");
        assert!((40..45).all(|day| !days.runs(START + day * DAY_S, 365)));
        assert!(days.runs(START + 45 * DAY_S, 365));
        assert_eq!(days.since(), (START + 39 * DAY_S).div_euclid(DAY_S) * DAY_S, "nobody is absent since before it");
        assert!(!days.runs(START + 60 * DAY_S, 30), "half of what people are kept for");
    }

    #[test]
    fn nobody_is_kept_beyond_the_longest_time_whatever_is_set() {
        let days = |days: i64| START + days * DAY_S;
        assert!(!is_over(START, days(90), 90) && is_over(START, days(90) + 1, 90));
        assert!(is_over(START, days(1096), u32::MAX) && !is_over(START, days(1095), u32::MAX));
        assert!(!is_over(START, START, 0) && !is_over(START, days(-5), 1));
    }
}
