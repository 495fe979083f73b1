//! The operating system's keyring: Secret Service on Linux, Credential Manager on Windows, Keychain on macOS. A machine
//! without one is told at once, and one that does not answer is not waited for for ever.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use keyring::v1::{Entry, Error};
use zeroize::Zeroizing;

use super::{ID_BYTES, KeyId, StoreKey};
use crate::error::KeyError;

const SERVICE: &str = "mirilla";
/// Somebody may have to type a password for the keyring in this time.
const PATIENCE: Duration = Duration::from_secs(30);
/// A keyring that nobody has to type anything for answers in this time.
const FIRST_WORD: Duration = Duration::from_secs(3);

/// Whether there may be a keyring: what is known without asking it.
fn may_be_there() -> bool {
    // Without a session bus the library would try to start one.
    !cfg!(target_os = "linux") || std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some_and(|bus| !bus.is_empty())
}

/// Puts a key there.
///
/// # Errors
/// [`KeyError::Keyring`] when there is no keyring, or it refuses, or it does not answer within 30 seconds.
pub fn save(key: &StoreKey) -> Result<(), KeyError> {
    let (id, text) = (key.id(), key.reveal());
    ask(move || entry(id)?.set_password(&text))
}

/// The key with this id; `None` where the keyring has none.
///
/// # Errors
/// As [`save`].
pub fn load(id: KeyId) -> Result<Option<StoreKey>, KeyError> {
    let found = ask(move || match entry(id)?.get_password() {
        Ok(text) => Ok(Some(Zeroizing::new(text))),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(error),
    })?;
    Ok(found.and_then(|text| StoreKey::parse(&text)).filter(|key| key.id() == id))
}

/// Whether there is a keyring that answers: it is asked for a key that nobody has, for which it need not be unlocked.
///
/// # Errors
/// As [`save`], after three seconds.
pub fn answers() -> Result<(), KeyError> {
    ask_for(FIRST_WORD, || match entry(KeyId([0; ID_BYTES]))?.get_password() {
        Ok(_) | Err(Error::NoEntry) => Ok(()),
        Err(error) => Err(error),
    })
}

/// Takes a key out, if it is there.
///
/// # Errors
/// As [`save`].
pub fn remove(id: KeyId) -> Result<(), KeyError> {
    ask(move || match entry(id)?.delete_credential() {
        Err(Error::NoEntry) => Ok(()),
        other => other,
    })
}

fn entry(id: KeyId) -> Result<Entry, Error> {
    Entry::new(SERVICE, &format!("store key {id}"))
}

fn ask<T: Send + 'static>(question: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, KeyError> {
    ask_for(PATIENCE, question)
}

/// Asks on a thread of its own: a keyring can wait for its user for ever.
fn ask_for<T: Send + 'static>(
    patience: Duration,
    question: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, KeyError> {
    let refused = |detail: String| KeyError::Keyring { detail };
    if !may_be_there() {
        return Err(refused("there is no session bus, and so no keyring".into()));
    }
    let (answer, answered) = mpsc::channel();
    let asked = thread::Builder::new().name("keyring".into()).spawn(move || answer.send(question()));
    asked.map_err(|error| refused(error.to_string()))?;
    match answered.recv_timeout(patience) {
        Ok(answer) => answer.map_err(|error| refused(error.to_string())),
        Err(_) => Err(refused(format!("it has not answered for {} s", patience.as_secs()))),
    }
}
