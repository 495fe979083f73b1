//! PINs of accounts: chosen, and tried no more often than they may be.

use std::time::Duration;

use super::attempts::{self, Looked};
use super::{Desk, DeskError};
use crate::biometrics::UserId;
use crate::error::StoreError;
use crate::keys::PinHash;
use crate::person::{EmailAddress, Pin};
use crate::session::{Decline, Miss, Policy, Reason};
use crate::store::{By, Change, PinRow, attempts_name};

/// What becomes of a PIN that was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PinAnswer<T> {
    /// It is right.
    Right(T),
    /// It is not, or does not suffice.
    Refused(Reason),
    /// It was not looked at: too many were wrong before.
    HeldBack(Duration),
}

impl<T> PinAnswer<T> {
    /// The same answer with another value for what is right.
    pub fn map<U>(self, value: impl FnOnce(T) -> U) -> PinAnswer<U> {
        match self {
            Self::Right(right) => PinAnswer::Right(value(right)),
            Self::Refused(reason) => PinAnswer::Refused(reason),
            Self::HeldBack(left) => PinAnswer::HeldBack(left),
        }
    }
}

/// Whose a PIN is to be, as far as the desk is asked.
#[derive(Debug, Clone, Copy)]
pub enum Account<'a> {
    /// Of the account with this address.
    Address(&'a EmailAddress),
    /// Of this user, whose face was recognized.
    Recognized(UserId),
}

impl Desk {
    /// Whether the user has a PIN.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub fn has_pin(&self, user: UserId) -> Result<bool, StoreError> {
        Ok(self.store.pin(user)?.is_some())
    }

    /// How many people are not let in where a PIN is asked for: who have none, or neither a face nor the leave to do without one.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub fn shut_out(&self, policy: &Policy) -> Result<usize, StoreError> {
        self.store.count_shut_out(policy.wants_both())
    }

    /// Compares a PIN with that of an account. Whether there is such an account, or it has a PIN, is not told, nor by how
    /// long it takes.
    ///
    /// # Errors
    /// [`DeskError`] when the database cannot be read or written.
    pub fn check_pin(
        &mut self,
        account: Account<'_>,
        pin: &Pin,
        policy: &Policy,
    ) -> Result<PinAnswer<UserId>, DeskError> {
        let user = match account {
            Account::Address(email) => self.store.user_by_email(email)?.map(|user| user.id),
            Account::Recognized(user) => Some(user),
        };
        let kept = user.map(|user| self.store.pin(user)).transpose()?.flatten();
        if let Some(user) = user
            && let Some(left) = self.wait_left_of(&attempts_name(user))?
        {
            return Ok(PinAnswer::HeldBack(left));
        }
        // Where both are asked for, whether a PIN is right is not told to whoever has not shown the face.
        let by_itself = matches!(account, Account::Address(_)) && policy.wants_both();
        let suffices = !by_itself || kept.as_ref().is_some_and(|kept| kept.alone);
        // As long as a comparison takes, where there is nothing to compare with.
        if kept.is_none() {
            PinHash::of(pin).map_err(StoreError::from)?;
        }
        let is_right = || kept.is_some_and(|kept| kept.hash.is_of(pin)) && suffices;
        let look = || user.filter(|_| is_right()).map_or(Looked::Wrong, Looked::Right);
        let user = match self.try_pin(attempts::KIOSK, policy, look)? {
            PinAnswer::Right(user) => user,
            PinAnswer::Refused(reason) => {
                if let Some(user) = user {
                    self.missed(&attempts_name(user), Miss::Near, policy)?;
                }
                self.note_declined(&Decline { user, ..Decline::of(Reason::PinWrong) })?;
                return Ok(PinAnswer::Refused(if by_itself { Reason::FaceNeeded } else { reason }));
            }
            PinAnswer::HeldBack(left) => return Ok(PinAnswer::HeldBack(left)),
        };
        self.forget_misses_of(&attempts_name(user))?;
        Ok(PinAnswer::Right(user))
    }

    /// Gives a user a PIN, another one, or none. With `alone` it signs in by itself also where the kiosk wants the face as
    /// well.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub fn set_pin(&mut self, user: UserId, pin: Option<&Pin>, alone: bool, by: By) -> Result<Change<()>, StoreError> {
        let now = self.clock.wall();
        let row = match pin {
            Some(pin) => Some(PinRow { hash: PinHash::of(pin)?, alone, set_at: now }),
            None => None,
        };
        self.store.set_pin(user, row.as_ref(), by, now)
    }

    /// Lets a user's PIN sign in by itself, or not, and keeps the PIN. False where there is none.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read or written.
    pub fn let_pin_alone(&mut self, user: UserId, alone: bool) -> Result<bool, StoreError> {
        self.store.let_pin_alone(user, alone, self.clock.wall())
    }
}
