//! Whoever does not come any more is removed.

use super::Desk;
use crate::error::StoreError;
use crate::session::retention::{DaysRun, is_over};
use crate::store::{Change, EventKind};

/// The name that the days are kept under.
const MEMO: &str = "days run";

impl Desk {
    /// Removes whoever has not come for so many days, with all that is held of the face, and tells how many. Nobody, before
    /// the kiosk has run on enough days for the clock to be believed.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read or written.
    pub fn remove_absent(&mut self, keep_days: u32) -> Result<usize, StoreError> {
        let now = self.clock.wall().as_second();
        let (mut days, mut trusted) = (DaysRun::default(), false);
        self.store.change_memo(MEMO, &mut |kept| {
            days = kept.and_then(|kept| serde_json::from_str(kept).ok()).unwrap_or_default();
            let before = days;
            trusted = days.runs(now, keep_days);
            (days != before).then(|| serde_json::to_string(&days).unwrap_or_default())
        })?;
        if !trusted {
            return Ok(0);
        }
        let last = self.store.last_events(None)?;
        let mut removed = 0;
        for user in self.store.users()? {
            let came = last.get(&user.id).copied().unwrap_or(user.created_at).max(user.created_at);
            // Before the days that are believed nobody knows what day it was; nor after today.
            let came = came.as_second().min(now).max(days.since());
            if is_over(came, now, keep_days) {
                let change = self.remove_user(user.id, EventKind::Expired)?;
                removed += usize::from(matches!(change, Change::Done(())));
            }
        }
        if removed > 0 {
            tracing::info!(removed, keep_days, "removed, because they have not come for so long");
        }
        Ok(removed)
    }
}
