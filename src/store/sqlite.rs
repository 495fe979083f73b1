//! The store in one SQLite file.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::config::DbConfig;
use rusqlite::{
    Connection, ErrorCode, OpenFlags, OptionalExtension, Row, Transaction, TransactionBehavior, named_params,
};
use rusqlite_migration::{M, Migrations};
use uuid::Uuid;

use super::{Change, Event, EventKind, LoadedGallery, Reference, ReferenceSummary, Store, User, data_dir};
use crate::biometrics::{Embedding, Quality, Template, UserId};
use crate::error::StoreError;
use crate::person::{EmailAddress, PersonName};

/// How long a process waits for another that holds the database.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Tells a mirilla database from those of other programs ("mir1" in ASCII); the first migration sets it.
const APPLICATION_ID: i32 = 0x6D69_7231;
const STEPS: &[M<'static>] = &[M::up(include_str!("migrations/001_initial.sql"))];
const MIGRATIONS: Migrations<'static> = Migrations::from_slice(STEPS);
/// Schema after all migrations.
const SCHEMA_VERSION: i64 = 1;

/// The store in one SQLite file.
pub struct SqliteStore {
    connection: Connection,
    path: PathBuf,
}

impl SqliteStore {
    /// Opens the database file, making it, for its owner only, where there is none. A file that is no
    /// database, or of a newer version, is left as it is.
    ///
    /// # Errors
    /// [`StoreError`] tells what is wrong with the file or the disk.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let refused = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                StoreError::ReadOnly { path: path.to_owned() }
            }
            std::io::ErrorKind::StorageFull => StoreError::DiskFull { path: path.to_owned() },
            _ => StoreError::File { action: "create", path: path.to_owned(), source: error },
        };
        // SQLite gives its side files the permissions of the database.
        data_dir::touch_private(path).map_err(refused)?;
        let mut store = Self { connection: connect(path)?, path: path.to_owned() };
        store.prepare()?;
        for side in ["", "-wal", "-shm"] {
            let mut file = path.as_os_str().to_owned();
            file.push(side);
            data_dir::make_private(Path::new(&file)).map_err(refused)?;
        }
        Ok(store)
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

    fn prepare(&mut self) -> Result<(), StoreError> {
        // Nothing is written before the file is known to be ours. One transaction: another process may be
        // making the same database at this moment.
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
        self.run(|c| c.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false))?;
        self.use_write_ahead_log()?;
        self.run(|c| {
            // Deleted rows are overwritten; a commit is on the disk when it returns.
            c.execute_batch(
                "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;
                 PRAGMA trusted_schema = OFF;",
            )
        })?;
        if found < SCHEMA_VERSION {
            self.migrate()?;
        }
        Ok(())
    }

    /// Readers do not wait for writers with it. While another process makes the same database, SQLite answers
    /// "busy" to this at once, without the patience it has elsewhere.
    fn use_write_ahead_log(&self) -> Result<(), StoreError> {
        const PAUSE: Duration = Duration::from_millis(20);
        let mut waited = Duration::ZERO;
        loop {
            match self.run(|c| c.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))) {
                Err(StoreError::Locked { .. }) if waited < BUSY_TIMEOUT => {
                    std::thread::sleep(PAUSE);
                    waited += PAUSE;
                }
                other => return other,
            }
        }
    }

    /// Overwrites what deleted rows have left in the write-ahead log. What cannot be done because another
    /// process is reading is done at its next turn.
    fn forget_deleted(&self) -> Result<(), StoreError> {
        let busy: i64 = self.run(|c| c.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)))?;
        if busy != 0 {
            tracing::warn!("deleted data stays in the write-ahead log until another process has finished reading");
        }
        Ok(())
    }

    fn migrate(&mut self) -> Result<(), StoreError> {
        let migrated = MIGRATIONS.to_latest(&mut self.connection).map_err(|error| self.migration_error(error));
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

    fn run<T>(&self, action: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        action(&self.connection).map_err(|error| translate(&error, &self.path))
    }

    /// Runs `action` in a transaction of its own, which is kept only where it is done.
    fn write<T>(
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
        match outcome {
            Err(error) if email_is_taken(&error) => Ok(Change::EmailTaken),
            other => other.map_err(|error| translate(&error, path)),
        }
    }
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|error| translate(&error, path))?;
    let configured = connection.busy_timeout(BUSY_TIMEOUT).and_then(|()| {
        // A file that is refused is closed without its log being written into it.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
    });
    configured.map_err(|error| translate(&error, path))?;
    Ok(connection)
}

fn user_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

fn email_is_taken(error: &rusqlite::Error) -> bool {
    matches!(error, rusqlite::Error::SqliteFailure(found, Some(text))
        if found.code == ErrorCode::ConstraintViolation && text.contains("users.email_key"))
}

fn translate(error: &rusqlite::Error, path: &Path) -> StoreError {
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
struct BadValue(&'static str);

fn bad(what: &'static str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Blob, Box::new(BadValue(what)))
}

fn time(row: &Row<'_>, column: &str) -> rusqlite::Result<Timestamp> {
    Timestamp::from_millisecond(row.get(column)?).map_err(|_| bad("time"))
}

fn id(row: &Row<'_>, column: &str) -> rusqlite::Result<UserId> {
    Ok(UserId(Uuid::from_bytes(row.get(column)?)))
}

fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User {
        id: id(row, "id")?,
        name: row.get::<_, String>("name")?.parse().map_err(|_| bad("name"))?,
        email: row.get::<_, String>("email")?.parse().map_err(|_| bad("e-mail address"))?,
        created_at: time(row, "created_at_ms")?,
        updated_at: time(row, "updated_at_ms")?,
    })
}

fn template(row: &Row<'_>) -> rusqlite::Result<Template> {
    let bytes = row.get_ref("template")?.as_blob().map_err(|_| bad("template"))?;
    Embedding::from_bytes(bytes).map(Template::from_embedding).ok_or_else(|| bad("template"))
}

fn quality(row: &Row<'_>) -> rusqlite::Result<Quality> {
    serde_json::from_str(&row.get::<_, String>("quality")?).map_err(|_| bad("quality"))
}

fn insert_reference(transaction: &Transaction<'_>, user: UserId, reference: &Reference) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT INTO face_references (user_id, network_id, template, created_at_ms)
         VALUES (:user, :network, :template, :created)",
        named_params! {
            ":user": user.0.as_bytes(), ":network": reference.network_id,
            ":template": reference.template.embedding().to_bytes(), ":created": reference.created_at.as_millisecond(),
        },
    )?;
    let reference_id = transaction.last_insert_rowid();
    for (position, (embedding, quality)) in (0i64..).zip(&reference.samples) {
        let quality =
            serde_json::to_string(quality).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        transaction.execute(
            "INSERT INTO samples (reference_id, position, embedding, quality) VALUES (:reference, :position, :embedding, :quality)",
            named_params! {
                ":reference": reference_id, ":position": position, ":embedding": embedding.to_bytes(), ":quality": quality,
            },
        )?;
    }
    Ok(())
}

fn insert_event(connection: &Connection, event: &Event) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT INTO events (at_ms, kind, user_id, reason, score) VALUES (:at, :kind, :user, :reason, :score)",
        named_params! {
            ":at": event.at.as_millisecond(), ":kind": event.kind.as_str(),
            ":user": event.user.as_ref().map(|user| user.0.as_bytes()), ":reason": event.reason, ":score": event.score,
        },
    )?;
    Ok(())
}

fn simple_event(kind: EventKind, user: UserId, at: Timestamp) -> Event {
    Event { at, kind, user: Some(user), reason: None, score: None }
}

const USER_BY_ID: &str = "SELECT * FROM users WHERE id = ?1";

fn user_exists(transaction: &Transaction<'_>, user: UserId) -> rusqlite::Result<bool> {
    transaction.query_row("SELECT count(*) FROM users WHERE id = ?1", [user.0.as_bytes()], |row| {
        Ok(row.get::<_, i64>(0)? == 1)
    })
}

impl Store for SqliteStore {
    fn enroll(&mut self, user: &User, reference: &Reference) -> Result<Change<()>, StoreError> {
        self.write(|transaction| {
            transaction.execute(
                "INSERT INTO users (id, name, email, email_key, created_at_ms, updated_at_ms)
                 VALUES (:id, :name, :email, :key, :created, :updated)",
                named_params! {
                    ":id": user.id.0.as_bytes(), ":name": user.name.as_str(), ":email": user.email.as_str(),
                    ":key": user.email.key(), ":created": user.created_at.as_millisecond(),
                    ":updated": user.updated_at.as_millisecond(),
                },
            )?;
            insert_reference(transaction, user.id, reference)?;
            insert_event(transaction, &simple_event(EventKind::Enrolled, user.id, user.created_at))?;
            Ok(Change::Done(()))
        })
    }

    fn renew_reference(&mut self, user: UserId, reference: &Reference) -> Result<Change<()>, StoreError> {
        let change = self.write(|transaction| {
            if !user_exists(transaction, user)? {
                return Ok(Change::NoSuchUser);
            }
            transaction.execute("DELETE FROM face_references WHERE user_id = ?1", [user.0.as_bytes()])?;
            insert_reference(transaction, user, reference)?;
            insert_event(transaction, &simple_event(EventKind::ReferenceRenewed, user, reference.created_at))?;
            Ok(Change::Done(()))
        })?;
        self.forget_deleted()?;
        Ok(change)
    }

    fn update_user(
        &mut self,
        id: UserId,
        name: Option<&PersonName>,
        email: Option<&EmailAddress>,
        now: Timestamp,
    ) -> Result<Change<User>, StoreError> {
        self.write(|transaction| {
            let updated = transaction.execute(
                "UPDATE users SET name = coalesce(:name, name), email = coalesce(:email, email),
                        email_key = coalesce(:key, email_key), updated_at_ms = :now
                 WHERE id = :id",
                named_params! {
                    ":name": name.map(PersonName::as_str), ":email": email.map(EmailAddress::as_str),
                    ":key": email.map(EmailAddress::key), ":now": now.as_millisecond(), ":id": id.0.as_bytes(),
                },
            )?;
            if updated == 0 {
                return Ok(Change::NoSuchUser);
            }
            insert_event(transaction, &simple_event(EventKind::ProfileChanged, id, now))?;
            Ok(Change::Done(transaction.query_row(USER_BY_ID, [id.0.as_bytes()], user)?))
        })
    }

    fn remove_user(&mut self, user: UserId, now: Timestamp) -> Result<Change<()>, StoreError> {
        let change = self.write(|transaction| {
            if transaction.execute("DELETE FROM users WHERE id = ?1", [user.0.as_bytes()])? == 0 {
                return Ok(Change::NoSuchUser);
            }
            insert_event(transaction, &simple_event(EventKind::Removed, user, now))?;
            Ok(Change::Done(()))
        })?;
        self.forget_deleted()?;
        Ok(change)
    }

    fn record(&mut self, event: &Event) -> Result<(), StoreError> {
        self.run(|c| insert_event(c, event))
    }

    fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.run(|c| c.query_row(USER_BY_ID, [id.0.as_bytes()], user).optional())
    }

    fn user_by_email(&self, email: &EmailAddress) -> Result<Option<User>, StoreError> {
        self.run(|c| c.query_row("SELECT * FROM users WHERE email_key = ?1", [email.key()], user).optional())
    }

    fn users(&self) -> Result<Vec<User>, StoreError> {
        self.run(|c| c.prepare("SELECT * FROM users ORDER BY created_at_ms, rowid")?.query_map([], user)?.collect())
    }

    fn reference(&self, user: UserId) -> Result<Option<ReferenceSummary>, StoreError> {
        self.run(|c| {
            let found = c
                .query_row(
                    "SELECT id, network_id, created_at_ms FROM face_references WHERE user_id = ?1",
                    [user.0.as_bytes()],
                    |row| {
                        Ok((row.get::<_, i64>("id")?, row.get::<_, String>("network_id")?, time(row, "created_at_ms")?))
                    },
                )
                .optional()?;
            let Some((reference, network_id, created_at)) = found else { return Ok(None) };
            let quality = c
                .prepare("SELECT quality FROM samples WHERE reference_id = ?1 ORDER BY position")?
                .query_map([reference], quality)?
                .collect::<rusqlite::Result<_>>()?;
            Ok(Some(ReferenceSummary { network_id, created_at, quality }))
        })
    }

    fn last_sign_in(&self, user: UserId) -> Result<Option<Timestamp>, StoreError> {
        self.run(|c| {
            let query = "SELECT at_ms FROM events WHERE user_id = ?1 AND kind = ?2 ORDER BY at_ms DESC LIMIT 1";
            let parameters = (user.0.as_bytes(), EventKind::SignedIn.as_str());
            c.query_row(query, parameters, |row| time(row, "at_ms")).optional()
        })
    }

    fn gallery(&self, network_id: &str) -> Result<LoadedGallery, StoreError> {
        self.run(|c| {
            let mut loaded = LoadedGallery::default();
            let mut statement = c.prepare("SELECT user_id, template FROM face_references WHERE network_id = ?1")?;
            let mut rows = statement.query([network_id])?;
            while let Some(row) = rows.next()? {
                // One bad row must not keep all others out.
                match template(row) {
                    Ok(template) => loaded.gallery.add(id(row, "user_id")?, &template),
                    Err(_) => loaded.damaged += 1,
                }
            }
            let outdated: i64 =
                c.query_row("SELECT count(*) FROM face_references WHERE network_id <> ?1", [network_id], |row| {
                    row.get(0)
                })?;
            loaded.outdated = usize::try_from(outdated).unwrap_or(usize::MAX);
            if loaded.damaged > 0 {
                tracing::warn!(count = loaded.damaged, "damaged templates are passed over");
            }
            Ok(loaded)
        })
    }
}

#[cfg(test)]
mod tests;
