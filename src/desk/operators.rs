//! Who runs the kiosk: an operator, who looks after people and settings, and an auditor, who reads what happened. Each
//! has a PIN.

use super::attempts::{Looked, OPERATOR};
use super::{Desk, DeskError, PinAnswer};
use crate::error::StoreError;
use crate::keys::PinHash;
use crate::person::Pin;
use crate::session::{Policy, Reason};
use crate::store::Role;

impl Desk {
    /// Whether the role has a PIN yet.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub fn has_role_pin(&self, role: Role) -> Result<bool, StoreError> {
        Ok(self.store.role_pin(role)?.is_some())
    }

    /// Makes the operator's first PIN; false where there is one already, or it is the auditor's.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub fn set_first_operator_pin(&mut self, pin: &Pin) -> Result<bool, StoreError> {
        if role_of(pin, &self.role_hashes()?).is_some() {
            return Ok(false);
        }
        self.store.set_role_pin(Role::Operator, Some(&PinHash::of(pin)?), true, self.clock.wall())
    }

    /// Gives a role a PIN, another one, or none. False, and nothing is changed, where it is that of the other role.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub fn set_role_pin(&mut self, role: Role, pin: Option<&Pin>) -> Result<bool, StoreError> {
        let hashes = self.role_hashes()?;
        if pin.and_then(|pin| role_of(pin, &hashes)).is_some_and(|other| other != role) {
            return Ok(false);
        }
        let hash = pin.map(PinHash::of).transpose()?;
        self.store.set_role_pin(role, hash.as_ref(), false, self.clock.wall())?;
        self.forget_misses_of(OPERATOR)?;
        Ok(true)
    }

    /// Whether this PIN opens what the role may do: it is the role's, or the operator's. Any other is noted, and counted unless it
    /// is the auditor's. The operator's alone ends the count: an auditor does not help to guess it.
    ///
    /// # Errors
    /// [`DeskError`] when the database cannot be read or written.
    pub fn check_role_pin(&mut self, pin: &Pin, least: Role, policy: &Policy) -> Result<PinAnswer<Role>, DeskError> {
        let hashes = self.role_hashes()?;
        // Both within what counts them: of PINs that are tried at once none is looked at uncounted.
        let look = || match role_of(pin, &hashes) {
            Some(Role::Operator) => Looked::Right(Role::Operator),
            Some(Role::Auditor) => Looked::Beside(Role::Auditor),
            None => Looked::Wrong,
        };
        let answer = match self.try_pin(OPERATOR, policy, look)? {
            // Somebody who may be here and is at the wrong door, not somebody who guesses.
            PinAnswer::Right(Role::Auditor) if least == Role::Operator => PinAnswer::Refused(Reason::OperatorNeeded),
            answer => answer,
        };
        match answer {
            PinAnswer::Right(_) => {}
            PinAnswer::Refused(reason) => self.note_role_declined(reason)?,
            PinAnswer::HeldBack(_) => self.note_role_declined(Reason::TooManyAttempts)?,
        }
        Ok(answer)
    }

    fn role_hashes(&self) -> Result<Vec<(Role, PinHash)>, StoreError> {
        let mut hashes = vec![];
        for role in Role::ALL {
            hashes.extend(self.store.role_pin(role)?.map(|hash| (role, hash)));
        }
        Ok(hashes)
    }
}

fn role_of(pin: &Pin, hashes: &[(Role, PinHash)]) -> Option<Role> {
    hashes.iter().find(|(_, hash)| hash.is_of(pin)).map(|(role, _)| *role)
}
