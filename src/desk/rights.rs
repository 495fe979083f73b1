//! What a person has a right to: to be asked, and to know when the account was used.

use jiff::{SignedDuration, Timestamp};

use super::{Answer, Desk, Profile, Refusal, done};
use crate::biometrics::UserId;
use crate::error::StoreError;
use crate::session::{Consent, Policy, Reason};
use crate::store::{ConsentRow, LoggedEvent};
use crate::token::Claims;

impl Desk {
    /// Whether what the user has agreed to still holds. Of whom no consent was recorded, it is kept elsewhere: they are not asked.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub fn has_agreed(&self, user: UserId, policy: &Policy) -> Result<bool, StoreError> {
        let now = self.clock.wall();
        let kept = self.store.consent(user)?;
        Ok(kept.is_none_or(|kept| now < kept.until && policy.consents.contains(&kept.digest)))
    }

    /// Whether the session of these claims opens more than the question whether its person agrees anew.
    pub(super) fn is_agreed(&self, claims: &Claims) -> bool {
        self.to_agree != Some(claims.jti)
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
        if self.has_agreed(user, policy)? {
            self.to_agree = None;
        }
        Ok(done(change).map_err(Refusal::from))
    }

    /// When the account of whoever holds the token was used, tried at, and changed: the last so many lines, the newest first.
    ///
    /// # Errors
    /// [`super::DeskError`] when the database cannot be read; a token that is no good, or the PIN that is missing, is an answer.
    pub fn history(&self, token: &str, last: usize, policy: &Policy) -> Answer<Vec<LoggedEvent>> {
        Ok(match self.may_see_history(token, policy)? {
            Ok(profile) => {
                let mut lines = self.store.log(Some(profile.user.id), last)?;
                lines.reverse();
                Ok(lines)
            }
            Err(refusal) => Err(refusal),
        })
    }

    /// Whether whoever holds the token may see when the account was used.
    ///
    /// # Errors
    /// As [`Desk::history`].
    pub fn may_see_history(&self, token: &str, policy: &Policy) -> Answer<Profile> {
        match self.opened(token)? {
            Ok((claims, _)) if !self.is_agreed(&claims) => Ok(Err(Reason::ConsentNeeded.into())),
            Ok(_) => self.has_given(policy.guards.history, token),
            Err(refusal) => Ok(Err(refusal)),
        }
    }
}

pub(super) fn agreed(consent: &Consent, at: Timestamp, policy: &Policy) -> ConsentRow {
    const DAY: SignedDuration = SignedDuration::from_hours(24);
    let until = at.saturating_add(DAY * policy.consent_days.cast_signed()).unwrap_or(Timestamp::MAX);
    let Consent { digest, version, language } = consent.clone();
    ConsentRow { digest, version: Some(version), language, at, until }
}
