//! What whoever is signed in does to the account. A session may be left open: what opens the account is changed by nobody
//! who does not know its PIN, where there is one.

use super::{Account, Answer, Desk, PinAnswer, Profile, Refusal, done};
use crate::biometrics::{Match, UserId};
use crate::error::StoreError;
use crate::person::{EmailAddress, PersonName, Pin};
use crate::session::{Enrollment, Holds, Policy, Reason};
use crate::store::EventKind;

impl Desk {
    /// By what the account of this user can be opened.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub fn holds(&self, user: UserId) -> Result<Holds, StoreError> {
        Ok(Holds { face: self.store.reference(user)?.is_some(), pin: self.has_pin(user)? })
    }

    /// Compares a PIN with that of whoever holds the token. A right one allows one change of what opens the account.
    ///
    /// # Errors
    /// [`super::DeskError`] when the database cannot be read or written; a token that is no good is an answer.
    pub fn check_own_pin(&mut self, token: &str, pin: &Pin, policy: &Policy) -> Answer<PinAnswer<UserId>> {
        let (claims, profile) = match self.opened(token)? {
            Ok(opened) => opened,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let answer = self.check_pin(Account::Recognized(profile.user.id), pin, policy)?;
        self.pin_given = matches!(answer, PinAnswer::Right(_)).then_some(claims.jti);
        Ok(Ok(answer))
    }

    /// Gives whoever holds the token a PIN; another one after the one before was given ([`Desk::check_own_pin`]).
    ///
    /// # Errors
    /// [`super::DeskError`] when the database cannot be written; a token that is no good, or the PIN that is missing, is an answer.
    pub fn set_own_pin(&mut self, token: &str, pin: &Pin) -> Answer<()> {
        let (claims, profile) = match self.opened(token)? {
            Ok(opened) => opened,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let user = profile.user.id;
        let before = self.store.pin(user)?;
        if before.is_some() && self.pin_given.take() != Some(claims.jti) {
            return Ok(Err(Reason::PinNeeded.into()));
        }
        // Who may sign in without the face is for the operator to say.
        let alone = before.is_some_and(|kept| kept.alone);
        Ok(done(self.set_pin(user, Some(pin), alone)?).map_err(Refusal::from))
    }

    /// Replaces the reference of whoever holds the token. The new face must be one that would sign in: neither
    /// can a signed-in person hand the account to somebody else, nor can somebody who finds a session open take
    /// it. A first one is added after the PIN was given ([`Desk::check_own_pin`]).
    ///
    /// # Errors
    /// [`super::DeskError`] when the database cannot be used; a token that is no good, or another face, is an answer.
    pub fn renew_own(&mut self, token: &str, enrollment: &Enrollment, policy: &Policy) -> Answer<Profile> {
        let (claims, profile) = match self.opened(token)? {
            Ok(opened) => opened,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let Holds { face, pin } = self.holds(profile.user.id)?;
        if face {
            let gallery = &self.gallery()?.gallery;
            let threshold = policy.threshold(gallery.len());
            let (closest, _) = gallery.search(enrollment.template.embedding());
            let same = |found: Match| found.user == profile.user.id && found.score.0 >= threshold;
            if !closest.is_some_and(same) {
                return Ok(Err(Reason::NotRecognized.into()));
            }
        } else {
            if pin && self.pin_given.take() != Some(claims.jti) {
                return Ok(Err(Reason::PinNeeded.into()));
            }
            // Whoever registered without a face adds one, which is nobody else's.
            if let Err(reason) = self.is_new(&enrollment.template, Some(profile.user.id), policy)? {
                return Ok(Err(reason.into()));
            }
        }
        Ok(done(self.renew_reference(profile.user.id, enrollment)?).map(|()| profile).map_err(Refusal::from))
    }

    /// Changes what is given of the profile that the token opens.
    ///
    /// # Errors
    /// [`super::DeskError`] when the database cannot be written; a token that is no good, or a taken address, is an
    /// answer.
    pub fn update_profile(
        &mut self,
        token: &str,
        name: Option<&PersonName>,
        email: Option<&EmailAddress>,
    ) -> Answer<Profile> {
        let profile = match self.profile(token)? {
            Ok(profile) => profile,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let change = self.store.update_user(profile.user.id, name, email, self.clock.wall())?;
        Ok(done(change).map(|user| Profile { user, ..profile }).map_err(Refusal::from))
    }

    /// Removes whoever holds the token, and all that is held of the face.
    ///
    /// # Errors
    /// [`super::DeskError`] when the database cannot be written; a token that is no good is an answer.
    pub fn remove_own(&mut self, token: &str) -> Answer<()> {
        let profile = match self.profile(token)? {
            Ok(profile) => profile,
            Err(refusal) => return Ok(Err(refusal)),
        };
        Ok(done(self.remove_user(profile.user.id, EventKind::RemovedSelf)?).map_err(Refusal::from))
    }
}
