//! What the command line does about keys: it asks for a passphrase, and keeps the memory of the process to itself.

use std::io::IsTerminal;

use super::output::{Exit, Failure};
use crate::config::Config;
use crate::keys::{KeyOptions, KeySource, Passphrase};
use crate::store;

const PASSPHRASE: &str = "MIRILLA_PASSPHRASE";
const NEW_PASSPHRASE: &str = "MIRILLA_NEW_PASSPHRASE";
const BACKUP_PASSPHRASE: &str = "MIRILLA_BACKUP_PASSPHRASE";
/// Where a new store keeps its key.
const NEW_STORE: &str = "MIRILLA_KEY_SOURCE";

/// How the key of the database is come by. Where it comes from a passphrase, that is asked for, if `ask`.
pub(super) fn key_options(config: &Config, ask: bool) -> Result<KeyOptions, Failure> {
    let new_store = text_of(NEW_STORE)?.as_deref().map(source).transpose()?;
    let mut passphrase = variable(PASSPHRASE)?;
    // What is wrong with the file that says so is told by whoever opens the database.
    let kept_in = store::key_source(&config.database_path()).ok().flatten().or(new_store);
    if ask && passphrase.is_none() && kept_in == Some(KeySource::Passphrase) {
        passphrase = prompt("Passphrase of the database: ")?;
    }
    Ok(KeyOptions { new_store, passphrase })
}

fn source(word: &str) -> Result<KeySource, Failure> {
    let sources = [KeySource::File, KeySource::Keyring, KeySource::Passphrase];
    let found = sources.into_iter().find(|source| source.as_str() == word);
    found.ok_or_else(|| Failure::usage(format!("{NEW_STORE} is to be file, keyring or passphrase")))
}

/// The passphrase that a database is to have, typed twice where it is typed.
pub(super) fn new_passphrase() -> Result<Option<Passphrase>, Failure> {
    chosen(NEW_PASSPHRASE, "New passphrase of the database: ")
}

/// The passphrase that a backup is to have.
pub(super) fn new_backup_passphrase() -> Result<Option<Passphrase>, Failure> {
    chosen(BACKUP_PASSPHRASE, "New passphrase of the backup: ")
}

/// The passphrase that a backup has.
pub(super) fn backup_passphrase() -> Result<Option<Passphrase>, Failure> {
    match variable(BACKUP_PASSPHRASE)? {
        None => prompt("Passphrase of the backup: "),
        given => Ok(given),
    }
}

/// The passphrase of the backup, where it is given without asking.
pub(super) fn given_backup_passphrase() -> Result<Option<Passphrase>, Failure> {
    variable(BACKUP_PASSPHRASE)
}

fn variable(name: &str) -> Result<Option<Passphrase>, Failure> {
    Ok(text_of(name)?.map(Passphrase::given))
}

/// What the variable holds; `None` where it holds nothing. One that was given and cannot be used is never passed over: what was
/// meant to be protected by it would not be.
fn text_of(name: &str) -> Result<Option<String>, Failure> {
    let given = std::env::var_os(name).filter(|text| !text.is_empty());
    let text = given.map(std::ffi::OsString::into_string).transpose();
    text.map_err(|_| Failure::usage(format!("{name} is to be text in UTF-8, and is not")))
}

fn chosen(name: &str, question: &str) -> Result<Option<Passphrase>, Failure> {
    if let Some(given) = variable(name)? {
        return Ok(Some(given));
    }
    let first = prompt(question)?;
    if first.is_some() && prompt("The same again: ")? != first {
        return Err(Failure::new(Exit::Input, "passphrase_wrong", "the two passphrases are not the same: try again"));
    }
    Ok(first)
}

/// What is typed, unseen; `None` where nobody can type.
fn prompt(question: &str) -> Result<Option<Passphrase>, Failure> {
    if !std::io::stdin().is_terminal() {
        return Ok(None);
    }
    let typed = rpassword::prompt_password(question)
        .map_err(|error| Failure::new(Exit::Machine, "terminal", format!("the passphrase cannot be read: {error}")))?;
    Ok(Some(Passphrase::given(typed)))
}

/// A crash leaves no image of the memory, where keys and faces are, and other programs of the same user cannot read it.
#[cfg(unix)]
pub(super) fn keep_out_of_core_dumps() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let limited = setrlimit(Resource::Core, none);
    #[cfg(target_os = "linux")]
    // A system that hands crashes to a program does not look at the limit.
    let limited = limited.and(rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable));
    if let Err(error) = limited {
        tracing::warn!(%error, "core dumps cannot be turned off");
    }
}

/// Windows keeps no image of the memory unless it is told to.
#[cfg(not(unix))]
pub(super) fn keep_out_of_core_dumps() {}
