//! What an operator does with the whole database: another key, a backup, a look at every page. `restore` is its way back.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rusqlite::OpenFlags;

use super::SqliteStore;
use super::replace;
use super::settle::{self, Head};
use crate::error::StoreError;
use crate::keys::{KeyOptions, KeySource, Passphrase, Salt, StoreKey};
use crate::store::key_place::KeyPlace;
use crate::store::lock::StoreLock;
use crate::store::{PassedOver, Store, data_dir};

/// What a backup is encrypted with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BackupKey {
    /// The key of the store at this time: it can be restored where that key is.
    Store,
    /// A key that the passphrase gives: it can be restored anywhere.
    Passphrase(Passphrase),
}

/// What a look at every page has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// Schema of the file.
    pub schema: i64,
    /// Users in it.
    pub users: usize,
    /// References of the network in use.
    pub references: usize,
    /// References that are not compared.
    pub passed_over: PassedOver,
    /// Whether it is encrypted; what an earlier version wrote is encrypted at the next start.
    pub encrypted: bool,
}

/// How often a backup is begun anew because somebody was enrolled meanwhile.
const ATTEMPTS: usize = 5;

/// Where the key of the database is kept; `None` where there is no database of ours yet.
///
/// # Errors
/// [`StoreError`] when that is written down and cannot be read.
pub fn key_source(database: &Path) -> Result<Option<KeySource>, StoreError> {
    Ok(KeyPlace::beside(database).header()?.map(|header| header.key.kept_in))
}

/// The file that holds the key, where it is kept in one.
pub fn key_file(database: &Path) -> PathBuf {
    KeyPlace::beside(database).key_file()
}

/// Encrypts the database anew, with another key, which is kept in `to`. The old key is wiped. `options` finds the old key,
/// `passphrase` is the new one where the new key comes from one.
///
/// # Errors
/// [`StoreError`], and then the old key is the one: also where another process has the database open.
pub fn rekey(
    database: &Path,
    to: KeySource,
    options: &KeyOptions,
    passphrase: Option<Passphrase>,
) -> Result<(), StoreError> {
    if to == KeySource::Passphrase && passphrase.is_none() {
        return Err(StoreError::PassphraseNeeded { of: "the new key", variable: "MIRILLA_NEW_PASSPHRASE" });
    }
    let _whole = StoreLock::whole(database)?;
    let key = settled(database, options)?;
    let place = KeyPlace::beside(database);
    let Some(header) = place.header()? else {
        return Err(StoreError::KeyLost { path: database.to_owned(), place: "store.toml".into() });
    };
    let store = SqliteStore::adopt(database, OpenFlags::SQLITE_OPEN_READ_WRITE, Some(&key))?;
    store.check()?;
    store.keep_others_out()?;
    let begun = place.begin(header.key, to, &KeyOptions { passphrase, ..options.clone() });
    let replaced = begun.and_then(|(_, new)| replace::replace(database, store, &new));
    // What the database begins with tells which key is the one: something may have failed after the new file had its place.
    // Then both stay written down, and the next start does the rest.
    let id = Head::of(database)?.id();
    if (replaced.is_ok() || id == Some(header.key.id))
        && let (Some(id), Some(header)) = (id, place.header()?)
    {
        place.finish(&header, id)?;
    }
    replaced
}

/// The key, after whatever there was to do. The caller has the whole lock.
fn settled(database: &Path, options: &KeyOptions) -> Result<StoreKey, StoreError> {
    if let Some(key) = settle::settled(database, options)? {
        return Ok(key);
    }
    settle::settle(database, options)?;
    settle::settled(database, options)?
        .ok_or_else(|| StoreError::Other { detail: "a change of the database cannot be finished".into() })
}

/// Writes a copy of the database, encrypted and compared with it, which becomes the file `target` when it is whole. The
/// database can be in use.
///
/// # Errors
/// [`StoreError`]; also where `target` is there already.
pub fn backup(database: &Path, options: &KeyOptions, target: &Path, with: &BackupKey) -> Result<(), StoreError> {
    // It is the backup that cannot be written, and not the database.
    let failed = |source: std::io::Error| match source.kind() {
        ErrorKind::StorageFull => data_dir::refused("create", target, source),
        _ => StoreError::File { action: "write the backup", path: target.to_owned(), source },
    };
    let store = SqliteStore::open_with(database, options)?;
    let (key, beginning) = match with {
        BackupKey::Store => {
            let key = settle::known_key(database, options)?;
            let key =
                key.ok_or_else(|| StoreError::KeyLost { path: database.to_owned(), place: "store.toml".into() })?;
            // Where a passphrase gives the key, the salt goes with the copy, so that it needs nothing but the passphrase.
            let salt = KeyPlace::beside(database).header()?.and_then(|header| header.key.salt());
            let beginning = salt.map_or(key.id().0, |salt| salt.0);
            (key, beginning)
        }
        BackupKey::Passphrase(passphrase) if !passphrase.is_long_enough() => {
            return Err(StoreError::PassphraseShort { least: crate::keys::PASSPHRASE_LEAST });
        }
        BackupKey::Passphrase(passphrase) => {
            let salt = Salt::random()?;
            (StoreKey::derive(passphrase, &salt)?, salt.0)
        }
    };
    let mut attempt = 0;
    loop {
        attempt += 1;
        let file = tempfile::NamedTempFile::new_in(data_dir::folder_of(target)).map_err(failed)?;
        let version = store.data_version()?;
        match replace::copy(&store, file.path(), &key, beginning) {
            Err(StoreError::CopyDiffers { .. }) if attempt < ATTEMPTS && store.data_version()? != version => {}
            Err(error) => return Err(error),
            Ok(()) => {
                file.persist_noclobber(target).map_err(|error| failed(error.error))?;
                return data_dir::sync_folder(&data_dir::folder_of(target)).map_err(failed);
            }
        }
    }
}

impl SqliteStore {
    /// What is remembered of tries that failed, whosever, by its name.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub fn attempts(&self) -> Result<Vec<(String, String)>, StoreError> {
        let query = "SELECT name, text FROM memos WHERE name = 'attempts' OR name LIKE 'attempts %'";
        self.run(|c| c.prepare(query)?.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect())
    }

    /// Reads every page, and every reference made by `network_id`.
    ///
    /// # Errors
    /// [`StoreError`] tells the first damage found.
    pub fn verify(&self, network_id: &str) -> Result<Verified, StoreError> {
        self.check()?;
        let orphans: i64 =
            self.run(|c| c.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| row.get(0)))?;
        if orphans > 0 {
            let detail = format!("{orphans} rows without their owner");
            return Err(StoreError::Corrupt { path: self.path.clone(), detail });
        }
        let mut references = 0;
        let passed_over = self.each_reference(network_id, &mut |_, _| references += 1)?;
        let (schema, users) = (self.schema_version()?, self.users()?.len());
        Ok(Verified { schema, users, references, passed_over, encrypted: self.encrypted })
    }
}
