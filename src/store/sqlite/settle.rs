//! How a database comes to be encrypted with the key that is kept, whatever an earlier start, or its sudden end, has left.
//!
//! Another file takes the place of the database in one step, a change of names: before it all is as it was, after it all is
//! new. What is left to do after a step is told by the files themselves, and done at the next start:
//!
//! | file | is |
//! | --- | --- |
//! | `mirilla.db.new` | a copy that is not finished, or was not put in place: thrown away |
//! | `mirilla.db.old` | what was in its place before: wiped when the database has been read |

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use rusqlite::OpenFlags;
use zeroize::Zeroizing;

use super::SqliteStore;
use super::file::{beside, connect_to_look};
use super::replace::{forget_old, replace, throw_away_new};
use crate::error::StoreError;
use crate::keys::{ID_BYTES, KeyId, KeyOptions, StoreKey};
use crate::store::data_dir;
use crate::store::key_place::{Header, KeyPlace};
use crate::store::lock::{StoreLock, wait_for};

pub(super) const NEW: &str = ".new";
pub(super) const OLD: &str = ".old";
/// Where there is one, a change to the database's own pages was broken off: it is undone with it.
pub(super) const JOURNAL: &str = "-journal";

/// What a database begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Head {
    /// There is no file, or nothing in it.
    Nothing,
    /// SQLite's own beginning: it is not encrypted.
    Plain,
    /// Sixteen bytes, which are the id of the key it is encrypted with, if it is ours.
    Of(KeyId),
    /// As before, and the bytes that follow are those of an encrypted database.
    Encrypted(KeyId),
    /// Too short for anything.
    Short,
}

impl Head {
    pub(super) fn of(path: &Path) -> Result<Self, StoreError> {
        const PLAIN: &[u8; ID_BYTES] = b"SQLite format 3\0";
        let mut bytes = Vec::with_capacity(24);
        match File::open(path).and_then(|file| file.take(24).read_to_end(&mut bytes)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::Nothing),
            Err(error) => return Err(data_dir::refused("read", path, error)),
            Ok(_) => {}
        }
        let Some((first, rest)) = bytes.split_first_chunk::<ID_BYTES>() else {
            return Ok(if bytes.is_empty() { Self::Nothing } else { Self::Short });
        };
        // The page's size, how it is written, the room for nonce and tag, and three numbers that never change.
        let encrypted = matches!(rest, [_, _, 1 | 2, 1 | 2, 32, 64, 32, 32]);
        Ok(match first {
            PLAIN => Self::Plain,
            _ if encrypted => Self::Encrypted(KeyId(*first)),
            _ => Self::Of(KeyId(*first)),
        })
    }

    pub(super) fn id(self) -> Option<KeyId> {
        match self {
            Self::Of(id) | Self::Encrypted(id) => Some(id),
            Self::Nothing | Self::Plain | Self::Short => None,
        }
    }

    /// Nothing, or a database that needs no key to be read.
    fn has_no_key(self) -> bool {
        matches!(self, Self::Nothing | Self::Plain)
    }

    /// Why no key of ours opens it.
    pub(super) fn refusal(self, path: &Path) -> StoreError {
        let path = path.to_owned();
        match self {
            Self::Encrypted(_) => StoreError::OtherKey { path },
            _ => StoreError::Corrupt { path, detail: "it does not begin as one".into() },
        }
    }
}

/// What SQLite is given as the key: the key, and the bytes that the file begins with.
pub(super) fn cipher_key(key: &StoreKey, beginning: [u8; ID_BYTES]) -> Zeroizing<String> {
    Zeroizing::new(format!("raw:{}{}", key.reveal().as_str(), KeyId(beginning)))
}

/// A path as part of a URI.
pub(super) fn escaped(path: &str) -> String {
    path.replace('%', "%25").replace('?', "%3f").replace('#', "%23")
}

/// The database is encrypted with the key that is returned, or is not there yet, and stays so while the lock is held.
pub(super) fn ready(path: &Path, options: &KeyOptions) -> Result<(StoreLock, StoreKey), StoreError> {
    wait_for(path, || {
        let share = StoreLock::share(path)?;
        if let Some(key) = settled(path, options)? {
            return Ok(Some((share, key)));
        }
        drop(share);
        // Of several that start at once, one does it; the others look again.
        if let Some(_whole) = StoreLock::try_whole(path)? {
            settle(path, options)?;
        }
        Ok(None)
    })
}

/// The key, where there is nothing to do.
pub(super) fn settled(path: &Path, options: &KeyOptions) -> Result<Option<StoreKey>, StoreError> {
    let place = KeyPlace::beside(path);
    if place.has_leftovers() || [NEW, OLD, JOURNAL].iter().any(|side| beside(path, side).exists()) {
        return Ok(None);
    }
    let Some(header) = place.header()?.filter(|header| header.next.is_none()) else { return Ok(None) };
    let found = place.find(&header.key, options);
    if is_empty(path) {
        return match found {
            Err(StoreError::KeyLost { .. }) => Ok(None),
            found => found.map(Some),
        };
    }
    // What else is wrong is told when it is opened.
    fits(path, header.key.id, found, |key| {
        SqliteStore::adopt(path, OpenFlags::SQLITE_OPEN_READ_WRITE, Some(key)).map(|_| ())
    })
}

/// The key, for whoever only looks. `None`: the database is not encrypted, or not there yet.
pub(super) fn known_key(path: &Path, options: &KeyOptions) -> Result<Option<StoreKey>, StoreError> {
    if is_empty(path) {
        return Ok(None);
    }
    let place = KeyPlace::beside(path);
    match place.header()? {
        Some(Header { key, next: None, .. }) => {
            let found = place.find(&key, options);
            fits(path, key.id, found, |key| SqliteStore::look_at(path, Some(key)).map(|_| ()))
        }
        header => {
            let head = Head::of(path)?;
            match (head, head.id(), header) {
                (Head::Plain, ..) => Ok(None),
                (_, Some(id), Some(header)) => {
                    let kept = [Some(header.key), header.next].into_iter().flatten().find(|kept| kept.id == id);
                    place.find(&kept.ok_or_else(|| head.refusal(path))?, options).map(Some)
                }
                (_, Some(id), None) => {
                    place.search(id, options)?.map(|(_, key)| Some(key)).ok_or_else(|| head.refusal(path))
                }
                (_, None, _) => Err(head.refusal(path)),
            }
        }
    }
}

/// The key, if it opens the database; `None` where that is not encrypted.
///
/// How the file begins is looked at only where the key does not open it: whoever opens and closes a file takes away all
/// locks that SQLite has on it in this process, and a kiosk that is asked for its health has the database open.
fn fits(
    path: &Path,
    id: KeyId,
    found: Result<StoreKey, StoreError>,
    open: impl FnOnce(&StoreKey) -> Result<(), StoreError>,
) -> Result<Option<StoreKey>, StoreError> {
    let wrong = match found.map(|key| (open(&key), key)) {
        Ok((Err(error @ StoreError::Corrupt { .. }), _)) | Err(error @ StoreError::KeyLost { .. }) => error,
        // It was waited for, and is not waited for twice.
        Ok((Err(error @ StoreError::Locked { .. }), _)) => return Err(error),
        Ok((_, key)) => return Ok(Some(key)),
        Err(error) => return Err(error),
    };
    match Head::of(path)? {
        Head::Plain => Ok(None),
        head if head.id() == Some(id) => Err(wrong),
        head => Err(head.refusal(path)),
    }
}

/// There is no file, or nothing in it.
fn is_empty(path: &Path) -> bool {
    std::fs::metadata(path).map_or_else(|error| error.kind() == ErrorKind::NotFound, |found| found.len() == 0)
}

/// Does what is left to do. The caller has the whole lock.
pub(super) fn settle(path: &Path, options: &KeyOptions) -> Result<(), StoreError> {
    let (place, head) = (KeyPlace::beside(path), Head::of(path)?);
    if head == Head::Plain {
        // Nothing is made beside a database that is not ours.
        drop(SqliteStore::look_at(path, None)?);
    }
    let mut unfinished = None;
    let key = match (place.header()?, head.id()) {
        (None, None) if head.has_no_key() => place.first(options)?,
        (None, None) => return Err(head.refusal(path)),
        (None, Some(id)) => {
            let (kept, key) = place.search(id, options)?.ok_or_else(|| head.refusal(path))?;
            place.settle_on(kept)?;
            key
        }
        (Some(header), id) => {
            // What a journal undoes may be the first page.
            let known = |id: &KeyId| *id == header.key.id || header.next.is_some_and(|next| next.id == *id);
            let id = id.filter(|id| known(id) || !beside(path, JOURNAL).exists());
            let id = id.unwrap_or(header.key.id);
            let kept = header.of(id).ok_or_else(|| head.refusal(path))?;
            match place.find(&kept, options) {
                Err(StoreError::KeyLost { .. }) if head.has_no_key() => place.first(options)?,
                found => {
                    unfinished = Some((header, id));
                    found?
                }
            }
        }
    };
    place.forget_parts()?;
    throw_away_new(path)?;
    if head == Head::Plain {
        forget_old(path, None)?;
        encrypt(path, &key)?;
    } else {
        use_up_journal(path, &key)?;
        forget_old(path, Some(&key))?;
    }
    // The other key goes last: it opens what was just looked at and wiped.
    match unfinished {
        Some((header, id)) => place.finish(&header, id).map(|_| ()),
        None => Ok(()),
    }
}

/// Lets SQLite undo what a journal says is to be undone. An empty one, which it leaves where it is, goes.
fn use_up_journal(path: &Path, key: &StoreKey) -> Result<(), StoreError> {
    let journal = beside(path, JOURNAL);
    if !journal.exists() {
        return Ok(());
    }
    let store = SqliteStore::adopt(path, OpenFlags::SQLITE_OPEN_READ_WRITE, Some(key))?;
    // Nobody is in the middle of a change to which it belongs.
    store.run(|c| c.execute_batch("BEGIN IMMEDIATE; COMMIT"))?;
    drop(store);
    data_dir::wipe(&journal)
}

/// A database of an earlier version becomes an encrypted one.
fn encrypt(path: &Path, key: &StoreKey) -> Result<(), StoreError> {
    let plain = SqliteStore::adopt(path, OpenFlags::SQLITE_OPEN_READ_WRITE, None)?;
    plain.check()?;
    plain.keep_others_out()?;
    replace(path, plain, key)?;
    tracing::info!("the database is encrypted now");
    Ok(())
}

impl SqliteStore {
    /// A database, to look at: an encrypted one with its key.
    pub(super) fn look_at(path: &Path, key: Option<&StoreKey>) -> Result<Self, StoreError> {
        let connection = connect_to_look(path, key)?;
        let store = Self { connection, path: path.to_owned(), encrypted: key.is_some(), to_forget: false, _lock: None };
        store.recognize()?;
        Ok(store)
    }

    /// Brings all that is in the log into the file, and keeps everybody else out, also a program of an earlier version,
    /// which knows nothing of the lock.
    pub(super) fn keep_others_out(&self) -> Result<(), StoreError> {
        wait_for(&self.path, || match self.run(|c| c.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))) {
            Err(StoreError::Locked { .. }) => Ok(None),
            other => other.map(Some),
        })?;
        self.run(|c| c.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT"))
    }
}

#[cfg(test)]
mod tests;
