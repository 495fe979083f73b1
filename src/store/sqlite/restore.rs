//! A backup takes the place of the database.

use std::path::{Path, PathBuf};

use rusqlite::OpenFlags;

use super::SqliteStore;
use super::file::beside;
use super::replace;
use super::settle::Head;
use crate::error::StoreError;
use crate::keys::{KeyOptions, Passphrase, Salt, StoreKey};
use crate::store::data_dir;
use crate::store::key_place::KeyPlace;
use crate::store::lock::StoreLock;

/// What is done about a database in the place of the backup whose key cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LostKey {
    /// Nothing is restored: the passphrase may come to mind, the keyring be unlocked.
    Refused,
    /// It is kept under another name, as nobody can read it, and the store has a new key.
    Replaced,
}

/// Changes the backup before it has its place; it is given the database that was there, where that can be read.
pub type Amend<'a> = &'a mut dyn FnMut(&mut SqliteStore, Option<&SqliteStore>) -> Result<(), StoreError>;

/// Puts a backup in the place of the database, which is wiped when the backup has been read to its end at its place. It is
/// encrypted with the key of the store, whatever the backup was encrypted with, and amended by `amend`. A database that no key
/// opens any more is not wiped: the name that it has from then on is returned.
///
/// # Errors
/// [`StoreError`], and then the database is the one that it was.
pub fn restore(
    database: &Path,
    options: &KeyOptions,
    source: &Path,
    passphrase: Option<&Passphrase>,
    lost: LostKey,
    amend: Amend<'_>,
) -> Result<Option<PathBuf>, StoreError> {
    let _whole = StoreLock::whole(database)?;
    let place = KeyPlace::beside(database);
    let mut header = place.header()?;
    let current = Head::of(database)?;
    if current == Head::Plain {
        drop(SqliteStore::look_at(database, None)?); // that of another program stays
    }
    let backup_key = key_of_backup(&place, options, source, passphrase)?;
    let backup = SqliteStore::look_at(source, backup_key.as_ref())?;
    backup.check()?;
    if let Some(begun) = header.filter(|header| header.next.is_some()) {
        let id = current.id().unwrap_or(begun.key.id);
        header = place.finish(&begun, id)?.map_or(Ok(None), |_| place.header())?;
    }
    let found = match header.map(|header| place.find(&header.key, options)) {
        // Where it is kept is written down wrong, or not at all: it is looked for.
        None | Some(Err(StoreError::KeyLost { .. })) => {
            match current.id().map_or(Ok(None), |id| place.search(id, options)) {
                Err(source) if lost == LostKey::Refused => return Err(refused(source)),
                // That of the backup, as it seems: the database's own may be in a copy, and is not given up without a word.
                Ok(None) if lost == LostKey::Refused && current.id().is_some() && place.has_key_file()? => {
                    return Err(StoreError::KeyOverwritten { path: database.to_owned() });
                }
                Err(_) | Ok(None) => None,
                Ok(Some((kept, key))) => {
                    place.settle_on(kept)?;
                    Some(key)
                }
            }
        }
        Some(Err(source)) if lost == LostKey::Refused => return Err(refused(source)),
        Some(found) => found.ok(),
    };
    // What is in its log alone so far belongs to it, should the backup not come to its place.
    let mut before = match &found {
        Some(key) if current.id() == Some(key.id()) => last_look(database, key)?,
        _ => None,
    };
    let unreadable = matches!(current, Head::Encrypted(id) if found.as_ref().is_none_or(|key| key.id() != id));
    let aside = unreadable.then(|| free_name(database));
    let key = match found {
        Some(key) => key,
        None => {
            if let Some((n, _)) = &aside {
                place.keep_copy(*n)?;
            }
            place.first(options)?
        }
    };
    let replaced = replace::replace_with(database, backup, &key, &mut |new| {
        replace::change(new, &key, &mut |new| amend(new, before.take().as_ref()))?;
        aside.as_ref().map_or(Ok(()), |(_, aside)| put_aside(database, aside))
    });
    match (replaced, header) {
        (Err(error), Some(header)) if aside.is_some() && database.exists() => {
            place.write(&header)?;
            Err(error)
        }
        (Err(error), _) => Err(error),
        (Ok(()), _) => Ok(aside.map(|(_, aside)| aside)),
    }
}

/// The key of the database that is there cannot be had.
fn refused(source: StoreError) -> StoreError {
    StoreError::PresentKey { source: Box::new(source) }
}

/// The database that is about to be replaced, with nobody else in it; `None` where it cannot be used.
fn last_look(database: &Path, key: &StoreKey) -> Result<Option<SqliteStore>, StoreError> {
    let adopted = SqliteStore::adopt(database, OpenFlags::SQLITE_OPEN_READ_WRITE, Some(key));
    match adopted.and_then(|store| store.keep_others_out().map(|()| store)) {
        Err(locked @ StoreError::Locked { .. }) => Err(locked),
        Err(error) => {
            tracing::warn!(%error, "what is in the place of the backup cannot be used");
            Ok(None)
        }
        Ok(store) => Ok(Some(store)),
    }
}

/// A name that no file has, for a database that no key opens, and its number.
fn free_name(database: &Path) -> (u32, PathBuf) {
    let name = |n: u32| beside(database, &format!(".lost-{n}"));
    (1..).map(|n| (n, name(n))).find(|(_, aside)| !aside.exists()).unwrap_or_else(|| (0, name(0)))
}

/// The log first: after a sudden end between the two, the next try goes on with the same name.
fn put_aside(database: &Path, aside: &Path) -> Result<(), StoreError> {
    let log = beside(database, "-wal");
    if log.exists() {
        data_dir::rename(&log, &beside(aside, "-wal"))?;
    }
    data_dir::rename(database, aside)?;
    tracing::warn!(file = %aside.display(), "no key opens the database that was there: it is kept under another name");
    Ok(())
}

fn key_of_backup(
    place: &KeyPlace,
    options: &KeyOptions,
    source: &Path,
    passphrase: Option<&Passphrase>,
) -> Result<Option<StoreKey>, StoreError> {
    let head = Head::of(source)?;
    let id = match head {
        Head::Plain => return Ok(None),
        Head::Of(id) | Head::Encrypted(id) => id,
        Head::Nothing | Head::Short => return Err(head.refusal(source)),
    };
    if let Some(header) = place.header()?
        && let Some(kept) = [Some(header.key), header.next].into_iter().flatten().find(|kept| kept.is_of(id))
        && let Ok(key) = place.find(&kept, options)
    {
        return Ok(Some(key));
    }
    // A keyring that does not answer is no reason not to try the passphrase.
    if let Ok(Some((_, key))) = place.search(id, options) {
        return Ok(Some(key));
    }
    let salt = Salt(id.0);
    let key_lost = || StoreError::BackupKeyLost { path: source.to_owned() };
    let Some(passphrase) = passphrase else {
        return Err(match head {
            Head::Encrypted(_) if salt.is_marked() => {
                StoreError::PassphraseNeeded { of: "the backup", variable: "MIRILLA_BACKUP_PASSPHRASE" }
            }
            Head::Encrypted(_) => key_lost(),
            _ => head.refusal(source),
        });
    };
    // Also where it is not marked as a salt: an earlier version may have made it.
    let key = StoreKey::derive(passphrase, &salt)?;
    match SqliteStore::look_at(source, Some(&key)) {
        // Where the rest looks like a database, it is the passphrase that is wrong, or no passphrase is asked for.
        Err(StoreError::Corrupt { .. }) if matches!(head, Head::Encrypted(_)) => {
            Err(if salt.is_marked() { StoreError::PassphraseWrong } else { key_lost() })
        }
        Err(error) => Err(error),
        Ok(_) => Ok(Some(key)),
    }
}
