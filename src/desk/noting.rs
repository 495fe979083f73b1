//! What is noted in the log.

use super::Desk;
use crate::biometrics::{ComparisonScore, UserId};
use crate::error::StoreError;
use crate::session::{Decline, Reason};
use crate::store::{Event, EventKind, Role};

impl Desk {
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
