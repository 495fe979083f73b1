//! What is noted in the log.

use serde::{Deserialize, Serialize};

use super::Desk;
use crate::biometrics::{ComparisonScore, UserId};
use crate::error::StoreError;
use crate::session::{Decline, Reason};
use crate::store::{Event, EventKind, Role};

/// The name that the stand of the clock is kept under.
const CLOCK: &str = "clock";
/// A clock that was set by more than this is told, in milliseconds.
const SET_BY_MS: i64 = 60_000;

/// By how much the machine's clock is ahead of one that nobody sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ClockStand {
    /// What the other one counts from.
    run: u64,
    ahead_ms: i64,
}

impl ClockStand {
    /// By how much it was set since; zero where that is less than is told, `None` where nobody can know.
    fn set_since(self, before: Self) -> Option<i64> {
        let by = self.ahead_ms.saturating_sub(before.ahead_ms);
        (self.run == before.run).then_some(if by.abs() > SET_BY_MS { by } else { 0 })
    }
}

impl Desk {
    /// Notes that the clock was set, forward or back, since it was last looked at, by whatever program; as far as a clock that
    /// nobody sets tells it. What the machine's clock did while it was off is told by the log's own lines, and only that it went back.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read or written.
    pub fn watch_clock(&mut self) -> Result<(), StoreError> {
        let (steady, at) = (self.clock.steady(), self.clock.wall());
        let ahead_ms = at.as_millisecond().saturating_sub(i64::try_from(steady.ms).unwrap_or(i64::MAX));
        let stand = ClockStand { run: steady.run, ahead_ms };
        if self.clock_stand.is_some_and(|before| stand.set_since(before) == Some(0)) {
            return Ok(());
        }
        let set = |kept: Option<&str>| {
            let before: Option<ClockStand> = kept.and_then(|kept| serde_json::from_str(kept).ok());
            before.and_then(|before| stand.set_since(before))
        };
        // Looked at first: whoever only reads does not wait for whoever writes.
        if set(self.store.memo(CLOCK)?.as_deref()) != Some(0) {
            let mut by = None;
            self.store.change_memo(CLOCK, &mut |kept| {
                by = set(kept);
                (by != Some(0)).then(|| serde_json::to_string(&stand).unwrap_or_default())
            })?;
            if let Some(by) = by.filter(|by| *by != 0) {
                let kind = if by > 0 { EventKind::ClockSetForward } else { EventKind::ClockSetBack };
                let reason = Some(format!("{} s", by.abs() / 1000));
                self.store.record(&Event { at, kind, user: None, reason, score: None })?;
            }
        }
        self.clock_stand = Some(stand);
        Ok(())
    }

    /// Notes that an operator has set something else: the names of what was, and not what it is.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub fn note_settings(&mut self, names: &[String]) -> Result<(), StoreError> {
        let (at, reason) = (self.clock.wall(), (!names.is_empty()).then(|| names.join(",")));
        self.store.record(&Event { at, kind: EventKind::SettingsChanged, user: None, reason, score: None })
    }

    /// Notes what an operator has done.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub fn note(&mut self, kind: EventKind, user: Option<UserId>) -> Result<(), StoreError> {
        self.store.record(&Event { at: self.clock.wall(), kind, user, reason: None, score: None })
    }

    /// Notes that somebody was declined; nothing of the face is kept.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub fn note_decline(&mut self, reason: Reason, score: Option<ComparisonScore>) -> Result<(), StoreError> {
        self.note_declined(&Decline { score, ..Decline::of(reason) })
    }

    /// The same, with all that is known of it: whose account it was, and the sign of life by which it was decided, or for want of which.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub fn note_declined(&mut self, decline: &Decline) -> Result<(), StoreError> {
        let code = decline.reason.code();
        let reason = decline.cue.map_or_else(|| code.to_owned(), |cue| format!("{code}:{}", cue.name()));
        self.store.record(&Event {
            at: self.clock.wall(),
            kind: EventKind::Declined,
            user: decline.user,
            reason: Some(reason),
            score: decline.score.map(|score| score.0),
        })
    }

    /// Notes that somebody whose face was recognized left where the PIN was asked for.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub fn note_left(&mut self, user: UserId, score: ComparisonScore) -> Result<(), StoreError> {
        let (at, reason, score) = (self.clock.wall(), Some("left_at_pin".to_owned()), Some(score.0));
        self.store.record(&Event { at, kind: EventKind::Declined, user: Some(user), reason, score })
    }

    /// Notes that somebody tried at the PIN of those who run the kiosk, in vain.
    pub(super) fn note_role_declined(&mut self, reason: Reason) -> Result<(), StoreError> {
        let (at, reason) = (self.clock.wall(), Some(reason.code().to_owned()));
        self.store.record(&Event { at, kind: EventKind::RoleDeclined, user: None, reason, score: None })
    }

    /// Notes that somebody who runs the kiosk was let in there.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub fn note_role(&mut self, role: Role) -> Result<(), StoreError> {
        let (at, reason) = (self.clock.wall(), Some(role.as_str().to_owned()));
        self.store.record(&Event { at, kind: EventKind::RoleEntered, user: None, reason, score: None })
    }
}
