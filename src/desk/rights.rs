//! What a person has a right to: to be asked, and to know when the account was used.

use jiff::{SignedDuration, Timestamp};

use super::{Answer, Desk, Refusal, done};
use crate::biometrics::UserId;
use crate::error::StoreError;
use crate::session::{Consent, Policy};
use crate::store::{ConsentRow, LoggedEvent};

impl Desk {
    /// Whether what the user has agreed to still holds, where these are the digests of today's texts. Of whom no consent was
    /// recorded, it is kept elsewhere: they are not asked.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub fn has_agreed(&self, user: UserId, digests: &[&str]) -> Result<bool, StoreError> {
        let now = self.clock.wall();
        let kept = self.store.consent(user)?;
        Ok(kept.is_none_or(|kept| now < kept.until && digests.contains(&kept.digest.as_str())))
    }

    /// Keeps what whoever holds the token has agreed to.
    ///
    /// # Errors
    /// [`super::DeskError`] when the database cannot be written; a token that is no good is an answer.
    pub fn agree(&mut self, token: &str, consent: &Consent, policy: &Policy) -> Answer<()> {
        let user = match self.profile(token)? {
            Ok(profile) => profile.user.id,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let change = self.store.agree(user, &agreed(consent, self.clock.wall(), policy))?;
        Ok(done(change).map_err(Refusal::from))
    }

    /// When the account of whoever holds the token was used, tried at, and changed: the last so many lines, the newest first.
    ///
    /// # Errors
    /// [`super::DeskError`] when the database cannot be read; a token that is no good is an answer.
    pub fn history(&self, token: &str, last: usize) -> Answer<Vec<LoggedEvent>> {
        Ok(match self.profile(token)? {
            Ok(profile) => {
                let mut lines = self.store.log(Some(profile.user.id), last)?;
                lines.reverse();
                Ok(lines)
            }
            Err(refusal) => Err(refusal),
        })
    }
}

pub(super) fn agreed(consent: &Consent, at: Timestamp, policy: &Policy) -> ConsentRow {
    const DAY: SignedDuration = SignedDuration::from_hours(24);
    let until = at.saturating_add(DAY * policy.consent_days.cast_signed()).unwrap_or(Timestamp::MAX);
    ConsentRow { digest: consent.digest.clone(), language: consent.language.clone(), at, until }
}
