//! What is remembered of tries that failed, beyond the end of the program.

use std::time::Duration;

use super::{Desk, PinAnswer};
use crate::clock::Clock;
use crate::error::StoreError;
use crate::session::{Attempts, Miss, Moment, Policy, Reason};
use crate::store::SqliteStore;

/// The name that the tries of all who stand before the kiosk are kept under.
pub(super) const KIOSK: &str = "attempts";

/// The name that tries at the operators' PINs are kept under.
pub(super) const OPERATOR: &str = "attempts operator";

/// What is remembered. What cannot be understood was written by a later version, or by nobody: the count begins anew.
fn remembered(kept: Option<&str>) -> Attempts {
    kept.and_then(|kept| serde_json::from_str(kept).ok()).unwrap_or_default()
}

/// Who has to wait at a moment, since too many tries have failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Waits {
    /// The time until the next try to sign in is looked at; `None` where it is looked at now.
    pub kiosk: Option<Duration>,
    /// The same of a PIN of those who run the kiosk.
    pub operator: Option<Duration>,
    /// Accounts whose PIN is not looked at.
    pub accounts: usize,
}

/// Who has to wait, by what is remembered in this store.
///
/// # Errors
/// [`StoreError`] when the database cannot be read.
pub fn waits(store: &SqliteStore, clock: Clock) -> Result<Waits, StoreError> {
    let (now, mut waits) = (moment(clock), Waits::default());
    for (name, kept) in store.attempts()? {
        let left = remembered(Some(&kept)).wait_left(now);
        match name.as_str() {
            KIOSK => waits.kiosk = left,
            OPERATOR => waits.operator = left,
            _ => waits.accounts += usize::from(left.is_some()),
        }
    }
    Ok(waits)
}

fn moment(clock: Clock) -> Moment {
    let steady = clock.steady();
    Moment { wall: clock.wall().as_second(), run: steady.run, steady_ms: steady.ms }
}

/// What came of a look at a PIN.
pub(super) enum Looked<T> {
    /// It is right, and ends the count.
    Right(T),
    /// It is right, and ends no count: it is not the one that the count is of.
    Beside(T),
    /// It is not.
    Wrong,
}

impl Desk {
    /// The time until the next try to sign in is looked at; `None` where it is looked at now.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read or written.
    pub fn wait_left(&mut self) -> Result<Option<Duration>, StoreError> {
        self.wait_left_of(KIOSK)
    }

    /// Takes in a try that failed.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read or written.
    pub fn note_miss(&mut self, miss: Miss, policy: &Policy) -> Result<(), StoreError> {
        if self.missed(KIOSK, miss, policy)? {
            tracing::warn!("too many tries have failed: nobody is looked for for a while");
        }
        Ok(())
    }

    /// Somebody was recognized.
    pub(super) fn forget_misses(&mut self) -> Result<(), StoreError> {
        self.forget_misses_of(KIOSK)
    }

    pub(super) fn forget_misses_of(&mut self, name: &str) -> Result<(), StoreError> {
        self.change_attempts(name, |attempts| attempts.recognized()).map(|_| ())
    }

    /// Looks at a PIN, unless too many were wrong before, and counts it. Nobody else is served meanwhile: of many that are
    /// tried at once no more are looked at than of those tried one after the other.
    pub(super) fn try_pin<T>(
        &mut self,
        name: &str,
        policy: &Policy,
        look: impl FnOnce() -> Looked<T>,
    ) -> Result<PinAnswer<T>, StoreError> {
        let now = moment(self.clock);
        self.change_attempts(name, |attempts| {
            if let Some(left) = attempts.wait_left(now) {
                return PinAnswer::HeldBack(left);
            }
            match look() {
                Looked::Right(right) => {
                    attempts.recognized();
                    return PinAnswer::Right(right);
                }
                Looked::Beside(right) => return PinAnswer::Right(right),
                Looked::Wrong => {}
            }
            if attempts.missed(Miss::Near, now, policy) {
                tracing::warn!("too many wrong PINs: none is looked at for a while");
            }
            PinAnswer::Refused(Reason::PinWrong)
        })
    }

    /// The time until the next try at this is looked at.
    pub(super) fn wait_left_of(&mut self, name: &str) -> Result<Option<Duration>, StoreError> {
        let now = moment(self.clock);
        self.change_attempts(name, |attempts| attempts.wait_left(now))
    }

    /// Counts a try at this that failed; whether a wait begins with it.
    pub(super) fn missed(&mut self, name: &str, miss: Miss, policy: &Policy) -> Result<bool, StoreError> {
        let now = moment(self.clock);
        self.change_attempts(name, |attempts| attempts.missed(miss, now, policy))
    }

    /// Nobody else counts in between: of many tries at once none is lost.
    fn change_attempts<T>(&mut self, name: &str, change: impl FnOnce(&mut Attempts) -> T) -> Result<T, StoreError> {
        let (mut change, mut outcome) = (Some(change), None);
        self.store.change_memo(name, &mut |kept| {
            let before = remembered(kept);
            let mut attempts = before.clone();
            outcome = change.take().map(|change| change(&mut attempts));
            // Numbers and nothing else: they can be written.
            (attempts != before).then(|| serde_json::to_string(&attempts).unwrap_or_default())
        })?;
        outcome.ok_or_else(|| StoreError::Other { detail: "the count of tries was not asked for".into() })
    }
}
