//! The key of the store: made, derived from a passphrase, named, wiped. The store decides where one is kept;
//! `keyring` is one of the places.

pub mod keyring;
mod pin;

use std::fmt;
use std::str::FromStr;

use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::error::KeyError;

pub use pin::PinHash;

const KEY_BYTES: usize = 32;
/// Bytes of a [`KeyId`] and of a [`Salt`].
pub const ID_BYTES: usize = 16;

/// Of Argon2id, as RFC 9106 recommends where memory is scarce, on one thread: about 0.2 s and 64 MiB a guess.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;

/// The key that the database is encrypted with: 32 bytes, wiped when they are dropped.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct StoreKey([u8; KEY_BYTES]);

impl StoreKey {
    /// A new key of the system's random numbers.
    ///
    /// # Errors
    /// [`KeyError::Random`] when the system gives none.
    pub fn random() -> Result<Self, KeyError> {
        let mut key = Self([0; KEY_BYTES]);
        getrandom::fill(&mut key.0).map_err(|source| KeyError::Random { source })?;
        Ok(key)
    }

    /// The key that the passphrase and the salt give, by Argon2id; slow on purpose.
    ///
    /// # Errors
    /// [`KeyError::Memory`] when 64 MiB cannot be had.
    pub fn derive(passphrase: &Passphrase, salt: &Salt) -> Result<Self, KeyError> {
        let mut key = Self([0; KEY_BYTES]);
        let cannot = |error: argon2::Error| KeyError::Memory { detail: error.to_string() };
        let params = Params::new(MEMORY_KIB, PASSES, 1, Some(KEY_BYTES)).map_err(cannot)?;
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.0.as_bytes(), &salt.0, &mut key.0)
            .map_err(cannot)?;
        Ok(key)
    }

    /// Reads 64 hexadecimal digits, with or without a line break. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let mut key = Self([0; KEY_BYTES]);
        read_hex(text.trim_end(), &mut key.0)?;
        Some(key)
    }

    /// The key itself, as 64 hexadecimal digits: whoever has it can read the database.
    pub fn reveal(&self) -> Zeroizing<String> {
        Zeroizing::new(hex(&self.0))
    }

    /// Tells this key from others, and nothing else about it.
    pub fn id(&self) -> KeyId {
        let digest = Sha256::new().chain_update("mirilla store key id\0").chain_update(self.0).finalize();
        KeyId(std::array::from_fn(|i| digest[i]))
    }
}

// Keys must not get into a log.
impl fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreKey({})", self.id())
    }
}

/// Sixteen bytes that are not secret, written as 32 hexadecimal digits.
macro_rules! sixteen_bytes {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(pub [u8; ID_BYTES]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex(&self.0))
            }
        }

        impl FromStr for $name {
            type Err = &'static str;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let mut bytes = [0; ID_BYTES];
                read_hex(text, &mut bytes).ok_or("expected 32 hexadecimal digits in lower case")?;
                Ok(Self(bytes))
            }
        }

        impl TryFrom<String> for $name {
            type Error = &'static str;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(bytes: $name) -> Self {
                bytes.to_string()
            }
        }
    };
}

sixteen_bytes! {
    /// Names a key. A database begins with the id of its key.
    KeyId
}
sixteen_bytes! {
    /// What a key is derived from together with a passphrase.
    Salt
}

/// Bytes of a salt that are random; the rest is computed from them.
const RANDOM_SALT_BYTES: usize = 12;

impl Salt {
    /// A new one.
    ///
    /// # Errors
    /// [`KeyError::Random`] when the system gives no random numbers.
    pub fn random() -> Result<Self, KeyError> {
        let mut salt = [0; ID_BYTES];
        getrandom::fill(&mut salt[..RANDOM_SALT_BYTES]).map_err(|source| KeyError::Random { source })?;
        let mark = Self::mark(&salt[..RANDOM_SALT_BYTES]);
        salt[RANDOM_SALT_BYTES..].copy_from_slice(&mark);
        Ok(Self(salt))
    }

    /// Whether it was made as one, and is not the id of a key, which can stand in the same place: of 2^32 ids one is mistaken.
    /// Those that an earlier version made are not marked.
    pub fn is_marked(&self) -> bool {
        let (random, mark) = self.0.split_at(RANDOM_SALT_BYTES);
        mark == Self::mark(random)
    }

    fn mark(random: &[u8]) -> [u8; ID_BYTES - RANDOM_SALT_BYTES] {
        let digest = Sha256::new().chain_update("mirilla salt\0").chain_update(random).finalize();
        std::array::from_fn(|i| digest[i])
    }
}

/// What somebody types or `MIRILLA_PASSPHRASE` holds; wiped when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Passphrase(Zeroizing<String>);

/// Characters that a new passphrase has at least.
pub const PASSPHRASE_LEAST: usize = 8;

impl Passphrase {
    /// What was given, whatever it is.
    pub fn given(text: String) -> Self {
        // "ñ" can be written in two ways, and is one letter.
        let text = Zeroizing::new(text);
        Self(Zeroizing::new(text.nfc().collect()))
    }

    /// Whether it is long enough to be chosen anew.
    pub fn is_long_enough(&self) -> bool {
        self.0.chars().count() >= PASSPHRASE_LEAST
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(..)")
    }
}

/// Where a store keeps its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeySource {
    /// In a file beside the database: whoever has the disk has the key.
    File,
    /// In the operating system's keyring.
    Keyring,
    /// Nowhere: it is derived from a passphrase at each start.
    Passphrase,
}

impl KeySource {
    /// The word for it in `store.toml` and at the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Keyring => "keyring",
            Self::Passphrase => "passphrase",
        }
    }
}

/// How a store comes by its key. As it comes: from files, and without a passphrase, so that nothing but the command line
/// asks a keyring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyOptions {
    /// Where a new store keeps its key. `None`: in the keyring where one answers, else in a file.
    pub new_store: Option<KeySource>,
    /// For a store that asks for one.
    pub passphrase: Option<Passphrase>,
}

impl Default for KeyOptions {
    fn default() -> Self {
        Self { new_store: Some(KeySource::File), passphrase: None }
    }
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    // Room for all at once, so that no shorter copy is left behind.
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.push(DIGITS[usize::from(byte >> 4)].into());
        text.push(DIGITS[usize::from(byte & 15)].into());
    }
    text
}

fn read_hex(text: &str, bytes: &mut [u8]) -> Option<()> {
    let digit = |c: u8| match c {
        b'0'..=b'9' => Some(c - b'0'),
        b'a'..=b'f' => Some(c - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != bytes.len() || !rest.is_empty() {
        return None;
    }
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_passphrases_are_wiped_when_they_are_dropped() {
        fn wiped<T: ZeroizeOnDrop>(_: &T) {}
        let passphrase = Passphrase::given("a sentence that nobody guesses".into());
        wiped(&StoreKey::random().unwrap());
        wiped(&StoreKey::random().unwrap().reveal());
        wiped(&passphrase.0);
    }

    #[test]
    fn a_key_is_told_by_its_id_and_never_shown() {
        let (one, other) = (StoreKey::random().unwrap(), StoreKey::random().unwrap());
        assert_ne!(one.id(), other.id());
        let again = StoreKey::parse(&format!("{}\n", one.reveal().as_str())).unwrap();
        assert_eq!(again.id(), one.id());
        assert_eq!(one.id().to_string().parse(), Ok(one.id()));
        let shown = format!("{one:?}");
        assert!(shown.contains(&one.id().to_string()) && !shown.contains(&one.reveal()[..8]), "{shown}");
        let text = one.reveal();
        for wrong in ["", &text[1..], &text.to_uppercase(), &format!("{}0", text.as_str()), &"g".repeat(64)] {
            assert!(StoreKey::parse(wrong).is_none() || wrong.chars().all(|c| c.is_ascii_digit()), "{wrong}");
        }
    }

    #[test]
    fn a_passphrase_gives_the_same_key_again_and_another_with_another_salt() {
        let (one, other) = (Passphrase::given("correct horse".into()), Passphrase::given("correct mouse".into()));
        let (salt, elsewhere) = (Salt([1; 16]), Salt([2; 16]));
        let id = |passphrase, salt| StoreKey::derive(passphrase, salt).unwrap().id();
        assert_eq!(id(&one, &salt), id(&one, &salt));
        assert_ne!(id(&one, &salt), id(&other, &salt));
        assert_ne!(id(&one, &salt), id(&one, &elsewhere));
        assert_eq!(format!("{one:?}"), "Passphrase(..)");
        assert_eq!(Passphrase::given("man\u{303}ana".into()), Passphrase::given("ma\u{f1}ana".into()));
        assert!(
            Salt::random().unwrap().is_marked()
                && !salt.is_marked()
                && !Salt(StoreKey::random().unwrap().id().0).is_marked()
        );
        assert_ne!(Salt::random().unwrap(), Salt::random().unwrap());
        assert!(one.is_long_enough() && !Passphrase::given("ñandúes".into()).is_long_enough());
    }
}
