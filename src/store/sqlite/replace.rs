//! Another file takes the place of the database, in one step: a copy of it with another key, or of another one.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use rusqlite::OpenFlags;
use rusqlite::types::ValueRef;
use zeroize::Zeroizing;

use super::SqliteStore;
use super::file::{beside, translate};
use super::settle::{JOURNAL, NEW, OLD, cipher_key, escaped};
use crate::error::StoreError;
use crate::keys::{ID_BYTES, StoreKey};
use crate::store::data_dir;

/// Puts a copy of `source`, encrypted with `key`, in the place of the database; what was there before is wiped when the
/// copy has been read at its place. The caller has the whole lock.
pub(super) fn replace(path: &Path, source: SqliteStore, key: &StoreKey) -> Result<(), StoreError> {
    replace_with(path, source, key, &mut |_| Ok(()))
}

/// As [`replace`]; `last` is told the copy's name when it is whole, and is the last to do something before it has its place.
pub(super) fn replace_with(
    path: &Path,
    source: SqliteStore,
    key: &StoreKey,
    last: &mut dyn FnMut(&Path) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let (new, old) = (beside(path, NEW), beside(path, OLD));
    throw_away_new(path)?;
    let copied = copy(&source, &new, key, key.id().0);
    // Of a change before, which could not be finished, since the database was damaged meanwhile.
    let copied = copied.and_then(|()| if old.exists() { forget(path, &old) } else { Ok(()) });
    if let Err(error) = copied.and_then(|()| last(&new)) {
        throw_away_new(path)?;
        return Err(error);
    }
    // Open until the end, so that it keeps others out; but Windows gives no other name to a file that is open.
    let _source = (!cfg!(windows)).then_some(source);
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
    source.connection.execute("VACUUM INTO ?1", [uri.as_str()]).map_err(|error| match translate(&error, target) {
        // SQLite's own text can hold the name that it was given, and with it the key.
        StoreError::Other { .. } | StoreError::Corrupt { .. } => {
            StoreError::Other { detail: format!("the copy cannot be written ({:?})", error.sqlite_error_code()) }
        }
        told => told,
    })?;
    File::options().write(true).open(target).and_then(|file| file.sync_all()).map_err(failed)?;
    let copy = SqliteStore::look_at(target, Some(key))?;
    copy.check()?;
    compare(source, &copy)
}

/// Changes a copy that has no place yet, and leaves nothing of it in a log.
pub(super) fn change(
    path: &Path,
    key: &StoreKey,
    amend: &mut dyn FnMut(&mut SqliteStore) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut store = SqliteStore::adopt(path, OpenFlags::SQLITE_OPEN_READ_WRITE, Some(key))?;
    store.prepare()?;
    amend(&mut store)?;
    store.keep_others_out()
}

/// That both hold the same, row by row.
pub(super) fn compare(one: &SqliteStore, other: &SqliteStore) -> Result<(), StoreError> {
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

pub(super) fn throw_away_new(path: &Path) -> Result<(), StoreError> {
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
    SqliteStore::look_at(path, key)?.check()?;
    forget(path, &old)
}

/// Wipes what was in the place of the database before.
fn forget(path: &Path, old: &Path) -> Result<(), StoreError> {
    // Two names of one file, where the end came before the new file had its place: then it is the database itself.
    if path.exists() && same_bytes(path, old).map_err(|error| data_dir::refused("read", old, error))? {
        return std::fs::remove_file(old).map_err(|error| data_dir::refused("remove", old, error));
    }
    data_dir::wipe(old)
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
