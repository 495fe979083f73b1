//! What whoever is signed in does to the account. A session may be left open: what opens the account is changed by nobody
//! who does not know its PIN, where there is one.

use uuid::Uuid;

use super::{Account, Answer, Desk, PinAnswer, Profile, Refusal, done};
use crate::biometrics::{Match, UserId};
use crate::error::StoreError;
use crate::person::{EmailAddress, PersonName, Pin};
use crate::session::{Enrollment, Guard, Holds, Policy, Reason};
use crate::store::{By, EventKind};

/// The PIN that was given in a session, as long as the program runs.
pub(super) struct PinGiven {
    session: Uuid,
    /// Whether it was not used yet for a change of what opens the account: for each one it is given anew.
    unused: bool,
}

impl Desk {
    /// By what the account of this user can be opened.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub fn holds(&self, user: UserId) -> Result<Holds, StoreError> {
        Ok(Holds { face: self.store.reference(user)?.is_some(), pin: self.has_pin(user)?, pin_given: false })
    }

    /// Whether whoever holds the token may change the profile: a no where what the person agreed to does not hold any more, and
    /// where the operator wants the PIN and it was given neither to sign in nor since ([`Desk::check_own_pin`]).
    ///
    /// # Errors
    /// [`super::DeskError`] when the database cannot be read; a token that is no good, or the PIN that is missing, is an answer.
    pub fn may_change(&self, token: &str, policy: &Policy) -> Answer<Profile> {
        match self.opened(token)? {
            Ok((claims, _)) if !self.is_agreed(&claims) => Ok(Err(Reason::ConsentNeeded.into())),
            Ok(_) => self.has_given(policy.guards.changes, token),
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    /// The same, for what the operator wants this to be given before.
    pub(super) fn has_given(&self, wanted: Guard, token: &str) -> Answer<Profile> {
        let (claims, profile) = match self.opened(token)? {
            Ok(opened) => opened,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let given = self.pin_given.as_ref().is_some_and(|given| given.session == claims.jti);
        if wanted == Guard::AsSignedIn || claims.is_by_pin() || given {
            return Ok(Ok(profile));
        }
        let detail = if self.has_pin(profile.user.id)? { None } else { Some("this account has none yet".into()) };
        Ok(Err(Refusal { reason: Reason::PinNeeded, detail }))
    }

    /// Takes the leave for one change of what opens the account, where the PIN has given it in this session.
    fn use_pin(&mut self, session: Uuid) -> bool {
        let given = self.pin_given.as_mut().filter(|given| given.session == session);
        given.is_some_and(|given| std::mem::take(&mut given.unused))
    }

    /// Compares a PIN with that of whoever holds the token. A right one allows changes in this session, but of
    /// what opens the account one alone.
    ///
    /// # Errors
    /// [`super::DeskError`] when the database cannot be read or written; a token that is no good is an answer.
    pub fn check_own_pin(&mut self, token: &str, pin: &Pin, policy: &Policy) -> Answer<PinAnswer<UserId>> {
        let (claims, profile) = match self.opened(token)? {
            Ok(opened) => opened,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let answer = self.check_pin(Account::Recognized(profile.user.id), pin, policy)?;
        if matches!(answer, PinAnswer::Right(_)) {
            self.note(EventKind::PinGiven, Some(profile.user.id))?;
            self.pin_given = Some(PinGiven { session: claims.jti, unused: true });
        }
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
        if before.is_some() && !self.use_pin(claims.jti) {
            return Ok(Err(Reason::PinNeeded.into()));
        }
        // Who may sign in without the face is for the operator to say.
        let alone = before.is_some_and(|kept| kept.alone);
        let change = self.set_pin(user, Some(pin), alone, By::Person)?;
        // Whoever has just chosen it knows it.
        self.pin_given = Some(PinGiven { session: claims.jti, unused: false });
        Ok(done(change).map_err(Refusal::from))
    }

    /// Replaces the reference of whoever holds the token. The new face must be one that would sign in: neither
    /// can a signed-in person hand the account to somebody else, nor can somebody who finds a session open take
    /// it. A first one is added after the PIN was given ([`Desk::check_own_pin`]).
    ///
    /// # Errors
    /// [`super::DeskError`] when the database cannot be used; a token that is no good, or another face, is an answer.
    pub fn renew_own(&mut self, token: &str, enrollment: &Enrollment, policy: &Policy) -> Answer<Profile> {
        if let Err(refusal) = self.may_change(token, policy)? {
            return Ok(Err(refusal));
        }
        let (claims, profile) = match self.opened(token)? {
            Ok(opened) => opened,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let Holds { face, pin, .. } = self.holds(profile.user.id)?;
        if face {
            let gallery = &self.gallery()?.gallery;
            let threshold = policy.threshold(gallery.len());
            let (closest, _) = gallery.search(enrollment.template.embedding());
            let same = |found: Match| found.user == profile.user.id && found.score.0 >= threshold;
            if !closest.is_some_and(same) {
                return Ok(Err(Reason::NotRecognized.into()));
            }
        } else {
            if pin && !self.use_pin(claims.jti) {
                return Ok(Err(Reason::PinNeeded.into()));
            }
            // Whoever registered without a face adds one, which is nobody else's.
            if let Err(reason) = self.is_new(&enrollment.template, Some(profile.user.id), policy)? {
                return Ok(Err(reason.into()));
            }
        }
        Ok(done(self.renew_reference(profile.user.id, enrollment, By::Person)?)
            .map(|()| profile)
            .map_err(Refusal::from))
    }

    /// Changes what is given of the profile that the token opens.
    ///
    /// # Errors
    /// [`super::DeskError`] when the database cannot be written; a token that is no good, a taken address, or the
    /// PIN that is missing, is an answer.
    pub fn update_profile(
        &mut self,
        token: &str,
        name: Option<&PersonName>,
        email: Option<&EmailAddress>,
        policy: &Policy,
    ) -> Answer<Profile> {
        let profile = match self.may_change(token, policy)? {
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
    pub fn remove_own(&mut self, token: &str, policy: &Policy) -> Answer<()> {
        // Also who does not agree anew.
        let profile = match self.has_given(policy.guards.removal, token)? {
            Ok(profile) => profile,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let change = self.remove_user(profile.user.id, EventKind::RemovedSelf)?;
        self.store.give_back_room();
        Ok(done(change).map_err(Refusal::from))
    }
}
