//! Who runs the kiosk: an operator, who looks after people and settings, and an auditor, who reads what happened. Each
//! has a PIN.

use super::pins::{OPERATOR, PinAnswer};
use super::{Desk, DeskError};
use crate::error::StoreError;
use crate::keys::PinHash;
use crate::person::Pin;
use crate::session::Policy;
use crate::store::{Event, EventKind, Role};

impl Desk {
    /// Whether the role has a PIN yet.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub fn has_role_pin(&self, role: Role) -> Result<bool, StoreError> {
        Ok(self.store.role_pin(role)?.is_some())
    }

    /// Makes the operator's first PIN; false where there is one already.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub fn set_first_operator_pin(&mut self, pin: &Pin) -> Result<bool, StoreError> {
        self.store.set_role_pin(Role::Operator, Some(&PinHash::of(pin)?), true, self.clock.wall())
    }

    /// Gives a role a PIN, another one, or none.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub fn set_role_pin(&mut self, role: Role, pin: Option<&Pin>) -> Result<(), StoreError> {
        let hash = pin.map(PinHash::of).transpose()?;
        self.store.set_role_pin(role, hash.as_ref(), false, self.clock.wall())?;
        self.forget_misses_of(OPERATOR).map(|_| ())
    }

    /// Whose PIN this is: the operator's or the auditor's. A wrong one is noted and counted; a right one changes nothing, so that
    /// to read is to read.
    ///
    /// # Errors
    /// [`DeskError`] when the database cannot be read or written.
    pub fn check_role_pin(&mut self, pin: &Pin, policy: &Policy) -> Result<PinAnswer<Role>, DeskError> {
        let hashes = self.role_hashes()?;
        let answer = self.try_pin(OPERATOR, policy, || role_of(pin, &hashes))?;
        if let PinAnswer::Refused(reason) = answer {
            self.note_decline(reason, None)?;
        }
        Ok(answer)
    }

    /// The same, where none was wrong before; what is not right is not told from what is not looked at, and nothing is counted:
    /// so that whoever reads does not wait for whoever writes. For the command line, whose user has the key of the database in any case.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub fn look_at_role_pin(&self, pin: &Pin) -> Result<Option<Role>, StoreError> {
        if self.remembers(OPERATOR)? { Ok(None) } else { Ok(role_of(pin, &self.role_hashes()?)) }
    }

    fn role_hashes(&self) -> Result<Vec<(Role, PinHash)>, StoreError> {
        let mut hashes = vec![];
        for role in Role::ALL {
            hashes.extend(self.store.role_pin(role)?.map(|hash| (role, hash)));
        }
        Ok(hashes)
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

fn role_of(pin: &Pin, hashes: &[(Role, PinHash)]) -> Option<Role> {
    hashes.iter().find(|(_, hash)| hash.is_of(pin)).map(|(role, _)| *role)
}
