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
use rusqlite::types::ValueRef;
use zeroize::Zeroizing;

use super::SqliteStore;
use super::file::{beside, connect_to_look, translate};
use crate::error::StoreError;
use crate::keys::{ID_BYTES, KeyId, KeyOptions, StoreKey};
use crate::store::data_dir;
use crate::store::key_place::KeyPlace;
use crate::store::lock::{StoreLock, wait_for};

const NEW: &str = ".new";
const OLD: &str = ".old";
/// Where there is one, a change to the database's own pages was broken off: it is undone with it.
const JOURNAL: &str = "-journal";

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

    /// Nothing, or a database whose key does not exist yet.
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
    let head = Head::of(path)?;
    match head {
        Head::Plain => Ok(None),
        Head::Nothing => match place.find(&header.key, options) {
            Err(StoreError::KeyLost { .. }) => Ok(None),
            found => found.map(Some),
        },
        _ if head.id() == Some(header.key.id) => place.find(&header.key, options).map(Some),
        _ => Err(head.refusal(path)),
    }
}

/// The key, for whoever only looks. `None`: the database is not encrypted, or not there yet.
pub(super) fn known_key(path: &Path, options: &KeyOptions) -> Result<Option<StoreKey>, StoreError> {
    let (place, head) = (KeyPlace::beside(path), Head::of(path)?);
    let Some(id) = head.id() else {
        return if head == Head::Short { Err(head.refusal(path)) } else { Ok(None) };
    };
    match place.header()? {
        Some(header) => {
            let kept = [Some(header.key), header.next].into_iter().flatten().find(|kept| kept.id == id);
            place.find(&kept.ok_or_else(|| head.refusal(path))?, options).map(Some)
        }
        None => place.search(id).map(|(_, key)| Some(key)).ok_or_else(|| head.refusal(path)),
    }
}

/// Does what is left to do. The caller has the whole lock.
pub(super) fn settle(path: &Path, options: &KeyOptions) -> Result<(), StoreError> {
    let (place, head) = (KeyPlace::beside(path), Head::of(path)?);
    if head == Head::Plain {
        // Nothing is made beside a database that is not ours.
        drop(SqliteStore::look_at(path, None)?);
    }
    let key = match (place.header()?, head.id()) {
        (None, None) if head.has_no_key() => place.first(options)?,
        (None, None) => return Err(head.refusal(path)),
        (None, Some(id)) => {
            let (kept, key) = place.search(id).ok_or_else(|| head.refusal(path))?;
            place.settle_on(kept)?;
            key
        }
        (Some(header), id) => {
            // What a journal undoes may be the first page.
            let known = |id: &KeyId| *id == header.key.id || header.next.is_some_and(|next| next.id == *id);
            let id = id.filter(|id| known(id) || !beside(path, JOURNAL).exists());
            let kept = place.finish(&header, id.unwrap_or(header.key.id))?.ok_or_else(|| head.refusal(path))?;
            match place.find(&kept, options) {
                Err(StoreError::KeyLost { .. }) if head.has_no_key() => place.first(options)?,
                found => found?,
            }
        }
    };
    place.forget_parts()?;
    throw_away_new(path)?;
    if head != Head::Plain {
        use_up_journal(path, &key)?;
        return forget_old(path, Some(&key));
    }
    forget_old(path, None)?;
    encrypt(path, &key)
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
    replace(path, &plain, key)?;
    tracing::info!("the database is encrypted now");
    Ok(())
}

/// Puts a copy of `source`, encrypted with `key`, in the place of the database; what was there before is wiped when the
/// copy has been read at its place. The caller has the whole lock.
pub(super) fn replace(path: &Path, source: &SqliteStore, key: &StoreKey) -> Result<(), StoreError> {
    let (new, old) = (beside(path, NEW), beside(path, OLD));
    throw_away_new(path)?;
    if let Err(error) = copy(source, &new, key, key.id().0) {
        throw_away_new(path)?;
        return Err(error);
    }
    if path.exists() {
        // A second name keeps the old file, so that there is a database at every moment.
        let kept = match std::fs::hard_link(path, &old) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => std::fs::copy(path, &old).map(|_| ()),
            other => other,
        };
        kept.map_err(|error| data_dir::refused("keep", path, error))?;
    }
    // Of the old file; the new one is whole without. They would be taken for its own.
    for side in ["-wal", "-shm", JOURNAL] {
        data_dir::wipe(&beside(path, side))?;
    }
    data_dir::rename(&new, path)?;
    forget_old(path, Some(key))
}

/// Writes a copy that begins with these bytes and is encrypted with this key, and compares it with what it was made from.
pub(super) fn copy(
    source: &SqliteStore,
    target: &Path,
    key: &StoreKey,
    beginning: [u8; ID_BYTES],
) -> Result<(), StoreError> {
    let failed = |error| data_dir::refused("write", target, error);
    let name = target.to_str().ok_or_else(|| {
        failed(std::io::Error::new(ErrorKind::InvalidFilename, "expected a path that is text (UTF-8)"))
    })?;
    data_dir::touch_private(target).map_err(failed)?;
    let cipher = cipher_key(key, beginning);
    let uri = Zeroizing::new(format!("file:{}?cipher=chacha20&key={}", escaped(name), cipher.as_str()));
    source.connection.execute("VACUUM INTO ?1", [uri.as_str()]).map_err(|error| translate(&error, target))?;
    File::options().write(true).open(target).and_then(|file| file.sync_all()).map_err(failed)?;
    let copy = SqliteStore::look_at(target, Some(key))?;
    copy.check()?;
    compare(source, &copy)
}

/// That both hold the same, row by row.
fn compare(one: &SqliteStore, other: &SqliteStore) -> Result<(), StoreError> {
    let differs = |detail: String| Err(StoreError::CopyDiffers { detail });
    const TABLES: &str = "SELECT name, sql FROM sqlite_schema ORDER BY type, name";
    let schema = |store: &SqliteStore| -> Result<Vec<(String, Option<String>)>, StoreError> {
        store.run(|c| c.prepare(TABLES)?.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect())
    };
    let tables = schema(one)?;
    if schema(other)? != tables || one.schema_version()? != other.schema_version()? {
        return differs("tables".into());
    }
    for (table, sql) in tables {
        if !sql.is_some_and(|sql| sql.starts_with("CREATE TABLE")) {
            continue;
        }
        let query = format!("SELECT * FROM \"{}\" ORDER BY rowid", table.replace('"', "\"\""));
        let same = one.run(|one| {
            let (mut here, mut there) = (one.prepare(&query)?, other.connection.prepare(&query)?);
            let columns = here.column_count();
            let (mut here, mut there) = (here.query([])?, there.query([])?);
            loop {
                match (here.next()?, there.next()?) {
                    (None, None) => return Ok(true),
                    (Some(here), Some(there)) => {
                        for column in 0..columns {
                            if !same_value(here.get_ref(column)?, there.get_ref(column)?) {
                                return Ok(false);
                            }
                        }
                    }
                    _ => return Ok(false),
                }
            }
        })?;
        if !same {
            return differs(format!("table {table}"));
        }
    }
    Ok(())
}

/// Also of two that are no number, which are equal to nothing.
fn same_value(one: ValueRef<'_>, other: ValueRef<'_>) -> bool {
    match (one, other) {
        (ValueRef::Real(one), ValueRef::Real(other)) => one.to_bits() == other.to_bits(),
        (one, other) => one == other,
    }
}

fn throw_away_new(path: &Path) -> Result<(), StoreError> {
    for side in [NEW, ".new-journal", ".new-wal", ".new-shm"] {
        data_dir::wipe(&beside(path, side))?;
    }
    Ok(())
}

/// Wipes what was in the place of the database before, once the database has been read to its end.
pub(super) fn forget_old(path: &Path, key: Option<&StoreKey>) -> Result<(), StoreError> {
    let old = beside(path, OLD);
    if !old.exists() {
        return Ok(());
    }
    // Two names of one file, where the end came before the new file had its place: then it is the database itself.
    if same_bytes(path, &old).map_err(|error| data_dir::refused("read", &old, error))? {
        return std::fs::remove_file(&old).map_err(|error| data_dir::refused("remove", &old, error));
    }
    SqliteStore::look_at(path, key)?.check()?;
    data_dir::wipe(&old)
}

fn same_bytes(one: &Path, other: &Path) -> std::io::Result<bool> {
    let (mut one, mut other) = (File::open(one)?, File::open(other)?);
    if one.metadata()?.len() != other.metadata()?.len() {
        return Ok(false);
    }
    let (mut here, mut there) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        let count = one.read(&mut here)?;
        if count == 0 {
            return Ok(true);
        }
        other.read_exact(&mut there[..count])?;
        if here[..count] != there[..count] {
            return Ok(false);
        }
    }
}

impl SqliteStore {
    /// A database, to look at: an encrypted one with its key.
    pub(super) fn look_at(path: &Path, key: Option<&StoreKey>) -> Result<Self, StoreError> {
        let connection = connect_to_look(path, key)?;
        let store = Self { connection, path: path.to_owned(), encrypted: key.is_some(), _lock: None };
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
