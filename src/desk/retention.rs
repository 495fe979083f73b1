//! Whoever does not come any more is removed.

use jiff::Timestamp;

use super::Desk;
use crate::biometrics::UserId;
use crate::clock::Clock;
use crate::error::StoreError;
use crate::session::retention::{DaysRun, NOT_BEFORE, is_over};
use crate::store::{Change, EventKind, Store};

/// The name that the days are kept under.
const MEMO: &str = "days run";

/// Who has not come for so many days, by the clock as it is, whether it is believed or not.
///
/// # Errors
/// [`StoreError`] when the database cannot be read.
pub fn overdue(store: &dyn Store, clock: Clock, keep_days: u32) -> Result<Vec<UserId>, StoreError> {
    let (now, days) = (clock.wall(), days(store.memo(MEMO)?.as_deref()));
    absent(store, now, days.since(), keep_days)
}

fn days(kept: Option<&str>) -> DaysRun {
    kept.and_then(|kept| serde_json::from_str(kept).ok()).unwrap_or_default()
}

fn absent(store: &dyn Store, now: Timestamp, since: Option<i64>, keep_days: u32) -> Result<Vec<UserId>, StoreError> {
    let comings = store.comings(now)?;
    let now = now.as_second();
    let users = store.users()?.into_iter().map(|user| user.id);
    let is_absent = |user: &UserId| {
        // Of whoever came while the clock showed a time that it cannot have been: not later than it was set right.
        let came = comings.get(user).copied().flatten().map(Timestamp::as_second);
        let came = came.filter(|came| (NOT_BEFORE..=now).contains(came)).or(since).unwrap_or(now);
        is_over(came, now, keep_days)
    };
    Ok(users.filter(is_absent).collect())
}

impl Desk {
    /// Removes whoever has not come for so many days, with all that is held of the face, and tells who. Nobody, as long as the
    /// clock is not believed.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read or written.
    pub fn remove_absent(&mut self, keep_days: u32) -> Result<Vec<UserId>, StoreError> {
        let now = self.clock.wall().as_second();
        let mut trusted = false;
        self.store.change_memo(MEMO, &mut |kept| {
            let before = days(kept);
            let mut days = before;
            trusted = days.runs(now, keep_days);
            (days != before).then(|| serde_json::to_string(&days).unwrap_or_default())
        })?;
        if trusted { self.remove_overdue(keep_days) } else { Ok(vec![]) }
    }

    /// The same, where it was not looked for them today: for whoever starts the program for each visitor.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read or written.
    pub fn remove_absent_once_a_day(&mut self, keep_days: u32) -> Result<Vec<UserId>, StoreError> {
        let days = days(self.store.memo(MEMO)?.as_deref());
        if days.ran_today(self.clock.wall().as_second()) { Ok(vec![]) } else { self.remove_absent(keep_days) }
    }

    /// Removes whoever has not come for so many days, by a clock that somebody has looked at, and tells who.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read or written.
    pub fn remove_overdue(&mut self, keep_days: u32) -> Result<Vec<UserId>, StoreError> {
        let mut removed = vec![];
        for user in overdue(self.store.as_ref(), self.clock, keep_days)? {
            if let Change::Done(()) = self.remove_user(user, EventKind::Expired)? {
                removed.push(user);
            }
        }
        if !removed.is_empty() {
            self.store.give_back_room();
            tracing::info!(removed = removed.len(), keep_days, "removed, because they have not come for so long");
        }
        Ok(removed)
    }
}
