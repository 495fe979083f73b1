//! What is remembered of tries that failed, beyond the end of the program.

use std::time::Duration;

use jiff::Timestamp;

use super::Desk;
use crate::error::StoreError;
use crate::session::{Attempts, Miss, Policy};
use crate::store::Store;

/// The name that it is kept under.
pub(super) const MEMO: &str = "attempts";

/// The time until the next try to sign in is looked at, by what is remembered in this store; `None` where it is looked at now.
///
/// # Errors
/// [`StoreError`] when the database cannot be read.
pub fn wait_left(store: &dyn Store, now: Timestamp) -> Result<Option<Duration>, StoreError> {
    let kept = store.memo(MEMO)?;
    let mut attempts: Attempts = kept.and_then(|kept| serde_json::from_str(&kept).ok()).unwrap_or_default();
    Ok(attempts.wait_left(now.as_second()))
}

impl Desk {
    /// The time until the next try to sign in is looked at; `None` where it is looked at now.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read or written.
    pub fn wait_left(&mut self) -> Result<Option<Duration>, StoreError> {
        let now = self.clock.wall().as_second();
        self.change_attempts(|attempts| attempts.wait_left(now))
    }

    /// Takes in a try that failed.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read or written.
    pub fn note_miss(&mut self, miss: Miss, policy: &Policy) -> Result<(), StoreError> {
        let now = self.clock.wall().as_second();
        if self.change_attempts(|attempts| attempts.missed(miss, now, policy))? {
            tracing::warn!("too many tries have failed: nobody is looked for for a while");
        }
        Ok(())
    }

    /// Somebody was recognized.
    pub(super) fn forget_misses(&mut self) -> Result<(), StoreError> {
        self.change_attempts(|attempts| attempts.recognized()).map(|_| ())
    }

    /// Nobody else counts in between: of many tries at once none is lost.
    fn change_attempts<T>(&mut self, change: impl FnOnce(&mut Attempts) -> T) -> Result<T, StoreError> {
        let (mut change, mut outcome) = (Some(change), None);
        self.store.change_memo(MEMO, &mut |kept| {
            // What cannot be understood was written by a later version, or by nobody: the count begins anew.
            let before: Attempts = kept.and_then(|kept| serde_json::from_str(kept).ok()).unwrap_or_default();
            let mut attempts = before.clone();
            outcome = change.take().map(|change| change(&mut attempts));
            // Numbers and nothing else: they can be written.
            (attempts != before).then(|| serde_json::to_string(&attempts).unwrap_or_default())
        })?;
        outcome.ok_or_else(|| StoreError::Other { detail: "the count of tries was not asked for".into() })
    }
}
