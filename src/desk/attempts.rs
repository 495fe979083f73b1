//! What is remembered of tries that failed, beyond the end of the program.

use std::time::Duration;

use super::Desk;
use crate::error::StoreError;
use crate::session::{Attempts, Miss, Policy};

/// The name that it is kept under.
const MEMO: &str = "attempts";

impl Desk {
    /// The time until the next try to sign in is looked at; `None` where it is looked at now.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub fn wait_left(&self) -> Result<Option<Duration>, StoreError> {
        Ok(self.attempts()?.wait_left(self.clock.wall().as_second()))
    }

    /// Takes in a try that failed.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read or written.
    pub fn note_miss(&mut self, miss: Miss, policy: &Policy) -> Result<(), StoreError> {
        let mut attempts = self.attempts()?;
        if attempts.missed(miss, self.clock.wall().as_second(), policy) {
            tracing::warn!("too many tries have failed: nobody is looked for for a while");
        }
        self.keep(&attempts)
    }

    /// Somebody was recognized.
    pub(super) fn forget_misses(&mut self) -> Result<(), StoreError> {
        let mut attempts = self.attempts()?;
        if attempts.recognized() { self.keep(&attempts) } else { Ok(()) }
    }

    fn attempts(&self) -> Result<Attempts, StoreError> {
        // What cannot be understood was written by a later version, or by nobody: the count begins anew.
        let kept = self.store.memo(MEMO)?;
        Ok(kept.and_then(|kept| serde_json::from_str(&kept).ok()).unwrap_or_default())
    }

    fn keep(&mut self, attempts: &Attempts) -> Result<(), StoreError> {
        let text = serde_json::to_string(attempts).map_err(|error| StoreError::Other { detail: error.to_string() })?;
        self.store.keep_memo(MEMO, &text)
    }
}
