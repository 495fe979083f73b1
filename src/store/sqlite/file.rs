//! The database file: opened, recognized, migrated; what SQLite says of it, in our words.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};
use rusqlite_migration::{M, Migrations};

use super::settle;
use super::{SqliteStore, audit};
use crate::error::StoreError;
use crate::keys::{KeyOptions, StoreKey};
use crate::store::key_place::KeyPlace;
use crate::store::lock::{self, StoreLock, wait_for};
use crate::store::{Change, data_dir};

/// How long a process waits for another that holds the database.
pub(super) const BUSY_TIMEOUT: Duration = crate::store::lock::PATIENCE;
/// Tells a mirilla database from those of other programs ("mir1" in ASCII); the first migration sets it.
pub(super) const APPLICATION_ID: i32 = 0x6D69_7231;

/// The way from each schema to the next.
pub(super) fn migrations() -> Migrations<'static> {
    Migrations::new(vec![
        M::up(include_str!("../migrations/001_initial.sql")),
        M::up(include_str!("../migrations/002_token_keys.sql")),
        M::up(include_str!("../migrations/003_memos.sql")),
        M::up_with_hook(include_str!("../migrations/004_audit.sql"), |transaction: &Transaction<'_>| {
            Ok(audit::chain_up(transaction)?)
        }),
        M::up(include_str!("../migrations/005_ended_sessions.sql")),
        M::up(include_str!("../migrations/006_pins.sql")),
        M::up(include_str!("../migrations/007_token_algorithms.sql")),
        M::up(include_str!("../migrations/008_consent_versions.sql")),
    ])
}
/// Schema after all migrations.
pub(super) const SCHEMA_VERSION: i64 = 8;

impl SqliteStore {
    /// As [`SqliteStore::open_with`], with keys in files.
    ///
    /// # Errors
    /// [`StoreError`] tells what is wrong with the file or the disk.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_with(path, &KeyOptions::default())
    }

    /// Opens the database file, making it and its key, for its owner only, where there is none. One that an earlier
    /// version left unencrypted is encrypted. A file that is no database, of a newer version, or encrypted with
    /// another key, is left as it is.
    ///
    /// # Errors
    /// [`StoreError`] tells what is wrong with the file, the key, or the disk.
    pub fn open_with(path: &Path, options: &KeyOptions) -> Result<Self, StoreError> {
        let refused = |error| data_dir::refused("create", path, error);
        let (lock, key) = settle::ready(path, options)?;
        // SQLite gives its side files the permissions of the database.
        data_dir::touch_private(path).map_err(refused)?;
        let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE, Some(&key))?;
        let mut store =
            Self { connection, path: path.to_owned(), encrypted: true, to_forget: false, _lock: Some(lock) };
        store.prepare()?;
        let sides = ["", "-wal", "-shm"].map(|side| beside(path, side));
        for file in sides.into_iter().chain(KeyPlace::beside(path).files()).chain([lock::file(path)]) {
            data_dir::make_private(&file).map_err(refused)?;
        }
        data_dir::make_folder_private(&data_dir::folder_of(path));
        Ok(store)
    }

    /// As [`SqliteStore::inspect_with`], with keys in files.
    ///
    /// # Errors
    /// [`StoreError`] tells what is wrong with the file or the disk.
    pub fn inspect(path: &Path) -> Result<Self, StoreError> {
        Self::inspect_with(path, &KeyOptions::default())
    }

    /// Opens the database file to look at it and nothing else: nothing is made, migrated, or written. An empty
    /// file, or one of an older version, has an older schema.
    ///
    /// # Errors
    /// [`StoreError`] tells what is wrong with the file, the key, or the disk.
    pub fn inspect_with(path: &Path, options: &KeyOptions) -> Result<Self, StoreError> {
        let lock = StoreLock::look(path)?;
        let key = settle::known_key(path, options)?;
        let connection = connect_to_look(path, key.as_ref())?;
        let store = Self { connection, path: path.to_owned(), encrypted: key.is_some(), to_forget: false, _lock: lock };
        store.recognize()?;
        Ok(store)
    }

    /// A database whose key is known or that has none, whoever's it is, to make a copy of it or in its place. The caller
    /// sees to it that nobody else writes to it.
    pub(super) fn adopt(path: &Path, access: OpenFlags, key: Option<&StoreKey>) -> Result<Self, StoreError> {
        let connection = connect(path, access, key)?;
        let store = Self { connection, path: path.to_owned(), encrypted: key.is_some(), to_forget: false, _lock: None };
        store.recognize()?;
        Ok(store)
    }

    /// Whether the database is encrypted, and its schema the newest that this program knows; an older one becomes so at
    /// the next start.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be read.
    pub fn is_current(&self) -> Result<bool, StoreError> {
        Ok(self.encrypted && self.schema_version()? == SCHEMA_VERSION)
    }

    /// Reads every page of the database and compares it with its indexes. Slow on a large one.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] tells the first damage found.
    pub fn check(&self) -> Result<(), StoreError> {
        let found: String = self.run(|c| c.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)))?;
        match found.as_str() {
            "ok" => Ok(()),
            _ => Err(StoreError::Corrupt { path: self.path.clone(), detail: found }),
        }
    }

    /// The schema version of the file.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be read.
    pub fn schema_version(&self) -> Result<i64, StoreError> {
        self.run(user_version)
    }

    /// The schema version of a file that is known to be ours, or empty, and whole as far as can be told at once.
    pub(super) fn recognize(&self) -> Result<i64, StoreError> {
        // One transaction: another process may be making the same database at this moment.
        let (found, application, tables): (i64, i32, i64) = self.run(|c| {
            let snapshot = c.unchecked_transaction()?;
            let number = |query| snapshot.query_row(query, [], |row| row.get::<_, i64>(0));
            let application = snapshot.query_row("PRAGMA application_id", [], |row| row.get(0))?;
            Ok((user_version(&snapshot)?, application, number("SELECT count(*) FROM sqlite_schema")?))
        })?;
        let empty = found == 0 && tables == 0;
        if !empty && application != APPLICATION_ID {
            let detail = "it belongs to another program".into();
            return Err(StoreError::Corrupt { path: self.path.clone(), detail });
        }
        if found > SCHEMA_VERSION {
            return Err(StoreError::NewerSchema { path: self.path.clone(), found, known: SCHEMA_VERSION });
        }
        self.whole_pages()?;
        Ok(found)
    }

    /// SQLite takes no offence at a file that ends within a page, and would write on. Only while a log waits to
    /// be written back may that be so, after a power cut.
    fn whole_pages(&self) -> Result<(), StoreError> {
        let page_size: u32 = self.run(|c| c.query_row("PRAGMA page_size", [], |row| row.get(0)))?;
        let bytes = |path: &Path| std::fs::metadata(path).map_or(0, |found| found.len());
        let cut = bytes(&self.path) % u64::from(page_size.max(1));
        if cut != 0 && bytes(&beside(&self.path, "-wal")) == 0 {
            let detail = format!("its last page has {cut} bytes instead of {page_size}");
            return Err(StoreError::Corrupt { path: self.path.clone(), detail });
        }
        Ok(())
    }

    pub(super) fn prepare(&mut self) -> Result<(), StoreError> {
        // Nothing is written before the file is known to be ours.
        let found = self.recognize()?;
        self.run(|c| c.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false))?;
        self.use_write_ahead_log()?;
        self.run(|c| {
            // Deleted rows are overwritten; a commit is on the disk when it returns.
            c.execute_batch(
                "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;
                 PRAGMA trusted_schema = OFF;",
            )
        })?;
        self.forget_what_was_left();
        if found < SCHEMA_VERSION {
            self.migrate()?;
        }
        Ok(())
    }

    /// Readers do not wait for writers with it. While another process makes the same database, SQLite answers
    /// "busy" to this at once, without the patience it has elsewhere.
    fn use_write_ahead_log(&self) -> Result<(), StoreError> {
        wait_for(&self.path, || match self.run(|c| c.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))) {
            Err(StoreError::Locked { .. }) => Ok(None),
            other => other.map(Some),
        })
    }

    fn migrate(&mut self) -> Result<(), StoreError> {
        let migrated = migrations().to_latest(&mut self.connection).map_err(|error| self.migration_error(error));
        match migrated {
            // Another process started at the same time and migrated first: all is well.
            Err(_) if self.schema_version().is_ok_and(|version| version == SCHEMA_VERSION) => Ok(()),
            other => other,
        }
    }

    fn migration_error(&self, error: rusqlite_migration::Error) -> StoreError {
        match error {
            rusqlite_migration::Error::RusqliteError { err, .. } => translate(&err, &self.path),
            other => StoreError::Other { detail: other.to_string() },
        }
    }

    pub(super) fn run<T>(&self, action: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        action(&self.connection).map_err(|error| translate(&error, &self.path))
    }

    /// Runs `action` in a transaction of its own, which is kept only where it is done.
    pub(super) fn write<T>(
        &mut self,
        action: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<Change<T>>,
    ) -> Result<Change<T>, StoreError> {
        let path = &self.path;
        // Immediate: a transaction that has read may not be able to write when its turn comes.
        let outcome =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate).and_then(|transaction| {
                let change = action(&transaction)?;
                if matches!(change, Change::Done(_)) {
                    transaction.commit()?;
                }
                Ok(change)
            });
        let change = match outcome {
            Err(error) if email_is_taken(&error) => Change::EmailTaken,
            other => other.map_err(|error| translate(&error, path))?,
        };
        if self.to_forget {
            self.forget_at_once();
        }
        Ok(change)
    }
}

/// The name of one of SQLite's files beside the database.
pub(super) fn beside(path: &Path, side: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(side);
    name.into()
}

/// Opens a file of SQLite's; `key` where it is encrypted.
pub(super) fn connect(path: &Path, access: OpenFlags, key: Option<&StoreKey>) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(|error| translate(&error, path))?;
    let configured = connection.busy_timeout(BUSY_TIMEOUT).and_then(|()| {
        // A file that is refused is closed without its log being written into it.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        key.map_or(Ok(()), |key| connection.pragma_update(None, "key", settle::cipher_key(key, key.id().0).as_str()))
    });
    configured.map_err(|error| translate(&error, path))?;
    Ok(connection)
}

/// As [`connect`], to read and nothing else.
pub(super) fn connect_to_look(path: &Path, key: Option<&StoreKey>) -> Result<Connection, StoreError> {
    let read = OpenFlags::SQLITE_OPEN_READ_ONLY;
    // Where no log lies beside the file, nobody has it open: then not even SQLite's side files are made.
    match (beside(path, "-wal").exists(), path.to_str()) {
        (false, Some(name)) => {
            let name = format!("file:{}?immutable=1", settle::escaped(name));
            connect(Path::new(&name), read | OpenFlags::SQLITE_OPEN_URI, key)
        }
        _ => connect(path, read, key),
    }
}

fn user_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

fn email_is_taken(error: &rusqlite::Error) -> bool {
    matches!(error, rusqlite::Error::SqliteFailure(found, Some(text))
        if found.code == ErrorCode::ConstraintViolation && text.contains("users.email_key"))
}

pub(super) fn translate(error: &rusqlite::Error, path: &Path) -> StoreError {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed) => {
            StoreError::Locked { path, waited_s: BUSY_TIMEOUT.as_secs() }
        }
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
            StoreError::ReadOnly { path }
        }
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            StoreError::Corrupt { path, detail: error.to_string() }
        }
        Some(ErrorCode::DiskFull) => StoreError::DiskFull { path },
        // The index of the log could not grow.
        _ if error.sqlite_error().is_some_and(|e| e.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE) => {
            StoreError::DiskFull { path }
        }
        _ => match error {
            rusqlite::Error::FromSqlConversionFailure(_, _, what) if what.is::<BadValue>() => {
                StoreError::BadValue { what: what.downcast_ref::<BadValue>().map_or("value", |bad| bad.0) }
            }
            // SQLite's text names tables and columns, never what is in them.
            _ => StoreError::Other { detail: error.to_string() },
        },
    }
}

/// A stored value that this program would not have written.
#[derive(Debug, thiserror::Error)]
#[error("a stored {0} cannot be understood")]
pub(super) struct BadValue(&'static str);

pub(super) fn bad(what: &'static str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Blob, Box::new(BadValue(what)))
}
