//! What is kept of a PIN, so that whoever reads it has to guess, and each guess takes time.

use std::fmt;

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

use super::Salt;
use crate::error::KeyError;
use crate::person::Pin;

/// Of Argon2id, as OWASP recommends where somebody waits for the answer: about 30 ms and 19 MiB a guess.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;

/// The hash of a PIN, with its salt and its cost, as a PHC string. Whoever has it can try all PINs of six digits within
/// hours: it lies in the encrypted database, which is what protects it.
#[derive(Clone, PartialEq, Eq)]
pub struct PinHash(String);

impl PinHash {
    /// Hashes a PIN with a salt of its own, by Argon2id; slow on purpose.
    ///
    /// # Errors
    /// [`KeyError`] when there is no random number, or 19 MiB cannot be had.
    pub fn of(pin: &Pin) -> Result<Self, KeyError> {
        let cannot = |detail: String| KeyError::Memory { detail };
        let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(|error| cannot(error.to_string()))?;
        let hash = Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_with_salt(pin.digits().as_bytes(), &Salt::random()?.0)
            .map_err(|error| cannot(error.to_string()))?;
        Ok(Self(hash.to_string()))
    }

    /// As it was kept. What is none matches no PIN.
    pub fn kept(text: String) -> Self {
        Self(text)
    }

    /// As it is kept.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the hash of the PIN.
    pub fn is_of(&self, pin: &Pin) -> bool {
        Argon2::default().verify_password(pin.digits().as_bytes(), self.0.as_str()).is_ok()
    }
}

impl fmt::Debug for PinHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PinHash(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_of_its_pin_and_of_no_other_and_never_the_same_twice() {
        let (pin, other): (Pin, Pin) = ("482913".parse().unwrap(), "482914".parse().unwrap());
        let hash = PinHash::of(&pin).unwrap();
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$") && !hash.as_str().contains("482913"));
        let again = PinHash::kept(hash.as_str().to_owned());
        assert!(again.is_of(&pin) && !again.is_of(&other));
        assert_ne!(PinHash::of(&pin).unwrap(), hash);
        for damaged in ["", "482913", "$argon2id$v=19$m=19456,t=2,p=1$AAAA"] {
            assert!(!PinHash::kept(damaged.into()).is_of(&pin), "{damaged}");
        }
        assert_eq!(format!("{hash:?}"), "PinHash(..)");
    }
}
