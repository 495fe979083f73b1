//! The store in one SQLite file: what is read and written. `file` opens it.

mod accounts;
mod audit;
mod file;
mod forget;
mod replace;
mod restore;
mod settle;
mod token_keys;
mod upkeep;

use std::collections::HashMap;
use std::path::PathBuf;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, named_params};
use uuid::Uuid;

use super::{
    Admission, By, Change, ConsentRow, Event, EventKind, LoadedGallery, LoggedEvent, PassedOver, PinRow, Reference,
    ReferenceSummary, Role, Store, TokenKeyRow, Trail, User, attempts_name, user_of_attempts,
};
use crate::biometrics::{Embedding, Gallery, Quality, Template, UserId};
use crate::error::StoreError;
use crate::keys::PinHash;
use crate::person::{EmailAddress, PersonName};
use crate::store::lock::StoreLock;

use file::bad;
pub use restore::{Amend, LostKey, restore};
pub use upkeep::{BackupKey, Verified, backup, key_file, key_source, rekey};

/// The store in one SQLite file, which is encrypted.
pub struct SqliteStore {
    connection: Connection,
    path: PathBuf,
    /// What an earlier version wrote is not, until it is opened to be written to.
    encrypted: bool,
    /// What was deleted may still be in the log: another process was reading.
    to_forget: bool,
    /// After the connection, which is closed first.
    _lock: Option<StoreLock>,
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

fn quality(row: &Row<'_>) -> rusqlite::Result<Quality> {
    serde_json::from_str(&row.get::<_, String>("quality")?).map_err(|_| bad("quality"))
}

fn insert_reference(transaction: &Transaction<'_>, user: UserId, reference: &Reference) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT INTO face_references (user_id, network_id, template, created_at_ms)
         VALUES (:user, :network, :template, :created)",
        named_params! {
            ":user": user.0.as_bytes(), ":network": reference.network_id,
            ":template": reference.template.embedding().to_bytes().as_slice(), ":created": reference.created_at.as_millisecond(),
        },
    )?;
    let reference_id = transaction.last_insert_rowid();
    for (position, (embedding, quality)) in (0i64..).zip(&reference.samples) {
        let quality =
            serde_json::to_string(quality).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        transaction.execute(
            "INSERT INTO samples (reference_id, position, embedding, quality) VALUES (:reference, :position, :embedding, :quality)",
            named_params! {
                ":reference": reference_id, ":position": position, ":embedding": embedding.to_bytes().as_slice(), ":quality": quality,
            },
        )?;
    }
    Ok(())
}

fn memo(connection: &Connection, name: &str) -> rusqlite::Result<Option<String>> {
    connection.query_row("SELECT text FROM memos WHERE name = ?1", [name], |row| row.get(0)).optional()
}

fn keep_memo(transaction: &Transaction<'_>, name: &str, text: &str) -> rusqlite::Result<()> {
    let keep = "INSERT INTO memos (name, text) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET text = excluded.text";
    transaction.execute(keep, [name, text]).map(|_| ())
}

fn simple_event(kind: EventKind, user: UserId, at: Timestamp) -> Event {
    Event { at, kind, user: Some(user), reason: None, score: None }
}

fn event_by(kind: EventKind, user: UserId, by: By, at: Timestamp) -> Event {
    Event { reason: Some(by.as_str().to_owned()), ..simple_event(kind, user, at) }
}

const USER_BY_ID: &str = "SELECT * FROM users WHERE id = ?1";

fn user_exists(transaction: &Transaction<'_>, user: UserId) -> rusqlite::Result<bool> {
    transaction.query_row("SELECT count(*) FROM users WHERE id = ?1", [user.0.as_bytes()], |row| {
        Ok(row.get::<_, i64>(0)? == 1)
    })
}

/// Ended sessions are remembered for so long after their time: a year.
const ENDED_KEPT_MS: i64 = 366 * 24 * 60 * 60 * 1000;

impl Store for SqliteStore {
    fn admit(
        &mut self,
        user: &User,
        reference: Option<&Reference>,
        admission: &Admission,
    ) -> Result<Change<()>, StoreError> {
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
            if let Some(reference) = reference {
                insert_reference(transaction, user.id, reference)?;
            }
            audit::insert(transaction, &simple_event(EventKind::Enrolled, user.id, user.created_at))?;
            if admission.look_alike {
                audit::insert(transaction, &simple_event(EventKind::LookAlikeAllowed, user.id, user.created_at))?;
            }
            if let Some(consent) = &admission.consent {
                accounts::agree(transaction, user.id, consent)?;
            }
            if let Some(hash) = &admission.pin {
                let pin = PinRow { hash: hash.clone(), alone: false, set_at: user.created_at };
                accounts::set_pin(transaction, user.id, Some(&pin), By::Person, user.created_at)?;
                accounts::let_pin_alone(transaction, user.id, admission.alone, user.created_at)?;
            }
            Ok(Change::Done(()))
        })
    }

    fn pin(&self, user: UserId) -> Result<Option<PinRow>, StoreError> {
        self.run(|c| accounts::pin(c, user))
    }

    fn set_pin(
        &mut self,
        user: UserId,
        pin: Option<&PinRow>,
        by: By,
        now: Timestamp,
    ) -> Result<Change<()>, StoreError> {
        self.write_and_forget(|transaction| {
            if !user_exists(transaction, user)? {
                return Ok(Change::NoSuchUser);
            }
            accounts::set_pin(transaction, user, pin, by, now).map(Change::Done)
        })
    }

    fn let_pin_alone(&mut self, user: UserId, alone: bool, now: Timestamp) -> Result<bool, StoreError> {
        let mut has_pin = false;
        self.write(|transaction| {
            has_pin = accounts::let_pin_alone(transaction, user, alone, now)?;
            Ok(Change::Done(()))
        })?;
        Ok(has_pin)
    }

    fn role_pin(&self, role: Role) -> Result<Option<PinHash>, StoreError> {
        self.run(|c| accounts::role_pin(c, role))
    }

    fn set_role_pin(
        &mut self,
        role: Role,
        pin: Option<&PinHash>,
        first: bool,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut set = false;
        self.write_and_forget(|transaction| {
            if !first || accounts::role_pin(transaction, role)?.is_none() {
                accounts::set_role_pin(transaction, role, pin, now)?;
                set = true;
            }
            Ok(Change::Done(()))
        })?;
        Ok(set)
    }

    fn consent(&self, user: UserId) -> Result<Option<ConsentRow>, StoreError> {
        self.run(|c| accounts::consent(c, user))
    }

    fn agree(&mut self, user: UserId, consent: &ConsentRow) -> Result<Change<()>, StoreError> {
        self.write(|transaction| {
            if !user_exists(transaction, user)? {
                return Ok(Change::NoSuchUser);
            }
            accounts::agree(transaction, user, consent).map(Change::Done)
        })
    }

    fn renew_reference(&mut self, user: UserId, reference: &Reference, by: By) -> Result<Change<()>, StoreError> {
        self.write_and_forget(|transaction| {
            if !user_exists(transaction, user)? {
                return Ok(Change::NoSuchUser);
            }
            transaction.execute("DELETE FROM face_references WHERE user_id = ?1", [user.0.as_bytes()])?;
            insert_reference(transaction, user, reference)?;
            audit::insert(transaction, &event_by(EventKind::ReferenceRenewed, user, by, reference.created_at))?;
            Ok(Change::Done(()))
        })
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
            audit::insert(transaction, &simple_event(EventKind::ProfileChanged, id, now))?;
            Ok(Change::Done(transaction.query_row(USER_BY_ID, [id.0.as_bytes()], user)?))
        })
    }

    fn remove_user(&mut self, user: UserId, why: EventKind, now: Timestamp) -> Result<Change<()>, StoreError> {
        self.write_and_forget(|transaction| {
            if transaction.execute("DELETE FROM users WHERE id = ?1", [user.0.as_bytes()])? == 0 {
                return Ok(Change::NoSuchUser);
            }
            transaction.execute("DELETE FROM memos WHERE name = ?1", [attempts_name(user)])?;
            audit::insert(transaction, &simple_event(why, user, now))?;
            Ok(Change::Done(()))
        })
    }

    fn give_back_room(&mut self) {
        self.shrink();
    }

    fn record(&mut self, event: &Event) -> Result<(), StoreError> {
        let written = self.write(|transaction| audit::insert(transaction, event).map(Change::Done))?;
        debug_assert_eq!(written, Change::Done(()));
        Ok(())
    }

    fn log(&self, user: Option<UserId>, newest: usize) -> Result<Vec<LoggedEvent>, StoreError> {
        self.run(|c| audit::newest(c, user, newest))
    }

    fn trail(&self) -> Result<Trail, StoreError> {
        self.run(audit::trail)
    }

    fn memo(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.run(|c| memo(c, name))
    }

    fn change_memo(
        &mut self,
        name: &str,
        change: &mut dyn FnMut(Option<&str>) -> Option<String>,
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            let kept = memo(transaction, name)?;
            let is_gone = match user_of_attempts(name) {
                Some(user) => !user_exists(transaction, user)?,
                None => false,
            };
            if let Some(text) = change(kept.as_deref()).filter(|_| !is_gone) {
                keep_memo(transaction, name, &text)?;
            }
            Ok(Change::Done(()))
        })
        .map(|_| ())
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

    fn whole_reference(&self, user: UserId) -> Result<Option<Reference>, StoreError> {
        let embedding = |row: &Row<'_>, column: &str| {
            Embedding::from_bytes(row.get_ref(column)?.as_blob()?).ok_or_else(|| bad("template"))
        };
        let Some(ReferenceSummary { network_id, created_at, quality }) = self.reference(user)? else { return Ok(None) };
        self.run(|c| {
            let query = "SELECT template FROM face_references WHERE user_id = ?1";
            let template = c.query_row(query, [user.0.as_bytes()], |row| embedding(row, "template"))?;
            let query = "SELECT embedding FROM samples JOIN face_references ON face_references.id = reference_id
                         WHERE user_id = ?1 ORDER BY position";
            let samples: Vec<Embedding> = c
                .prepare(query)?
                .query_map([user.0.as_bytes()], |row| embedding(row, "embedding"))?
                .collect::<rusqlite::Result<_>>()?;
            let samples: Vec<(Embedding, Quality)> = samples.into_iter().zip(quality).collect();
            let samples = samples.try_into().map_err(|_| bad("number of samples"))?;
            Ok(Some(Reference { network_id, template: Template::from_embedding(template), samples, created_at }))
        })
    }

    fn last_sign_in(&self, user: UserId) -> Result<Option<Timestamp>, StoreError> {
        self.run(|c| {
            let query = "SELECT at_ms FROM events WHERE user_id = ?1 AND kind = ?2 ORDER BY at_ms DESC LIMIT 1";
            let parameters = (user.0.as_bytes(), EventKind::SignedIn.as_str());
            c.query_row(query, parameters, |row| time(row, "at_ms")).optional()
        })
    }

    fn last_events(&self, kind: EventKind) -> Result<HashMap<UserId, Timestamp>, StoreError> {
        self.run(|c| audit::last(c, kind))
    }

    fn comings(&self, now: Timestamp) -> Result<HashMap<UserId, Option<Timestamp>>, StoreError> {
        self.run(|c| audit::comings(c, now))
    }

    fn count_shut_out(&self, with_face: bool) -> Result<usize, StoreError> {
        self.run(|c| accounts::count_shut_out(c, with_face))
    }

    fn count_references(&self, network_id: &str) -> Result<usize, StoreError> {
        let query = "SELECT count(*) FROM face_references WHERE network_id = ?1";
        let count: i64 = self.run(|c| c.query_row(query, [network_id], |row| row.get(0)))?;
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }

    fn each_reference(
        &self,
        network_id: &str,
        visit: &mut dyn FnMut(UserId, Template),
    ) -> Result<PassedOver, StoreError> {
        // One pass over the table, whose order that of the ids is.
        let query = "SELECT network_id = ?1, user_id, template FROM face_references ORDER BY id";
        let passed_over = self.run(|c| {
            let mut passed_over = PassedOver::default();
            let mut statement = c.prepare(query)?;
            let mut rows = statement.query([network_id])?;
            while let Some(row) = rows.next()? {
                if !row.get::<_, bool>(0)? {
                    passed_over.outdated += 1;
                    continue;
                }
                // One bad row must not keep all others out.
                match row.get_ref(2)?.as_blob().ok().and_then(Embedding::from_bytes) {
                    Some(embedding) => {
                        visit(UserId(Uuid::from_bytes(row.get(1)?)), Template::from_embedding(embedding));
                    }
                    None => passed_over.damaged += 1,
                }
            }
            Ok(passed_over)
        })?;
        if passed_over.damaged > 0 {
            tracing::warn!(count = passed_over.damaged, "damaged templates are passed over");
        }
        Ok(passed_over)
    }

    fn gallery(&self, network_id: &str) -> Result<LoadedGallery, StoreError> {
        // Of all networks, which an index tells without reading the table. Where others enroll in between, it grows.
        let count: i64 = self.run(|c| c.query_row("SELECT count(*) FROM face_references", [], |row| row.get(0)))?;
        let mut gallery = Gallery::with_capacity(usize::try_from(count).unwrap_or_default());
        let passed_over = self.each_reference(network_id, &mut |user, template| gallery.add(user, &template))?;
        Ok(LoadedGallery { gallery, passed_over })
    }

    fn token_keys(&self) -> Result<Vec<TokenKeyRow>, StoreError> {
        let query = "SELECT * FROM token_keys ORDER BY retired_at_ms IS NOT NULL, retired_at_ms DESC";
        self.run(|c| c.prepare(query)?.query_map([], token_keys::row)?.collect())
    }

    fn add_first_token_key(&mut self, key: &TokenKeyRow) -> Result<(), StoreError> {
        self.write(|transaction| {
            let query = "SELECT count(*) FROM token_keys WHERE retired_at_ms IS NULL";
            if transaction.query_row(query, [], |row| row.get::<_, i64>(0))? == 0 {
                token_keys::insert(transaction, key)?;
            }
            Ok(Change::Done(()))
        })
        .map(|_| ())
    }

    fn end_session(&mut self, jti: Uuid, user: UserId, now: Timestamp, until: Timestamp) -> Result<(), StoreError> {
        self.write(|transaction| {
            // Long after: a clock that is wrong for a while must not bring a session back.
            let over = now.as_millisecond().saturating_sub(ENDED_KEPT_MS);
            transaction.execute("DELETE FROM ended_sessions WHERE until_ms < ?1", [over])?;
            let end = "INSERT OR IGNORE INTO ended_sessions (jti, until_ms) VALUES (?1, ?2)";
            if transaction.execute(end, (jti.as_bytes(), until.as_millisecond()))? > 0 {
                audit::insert(transaction, &simple_event(EventKind::SignedOut, user, now))?;
            }
            Ok(Change::Done(()))
        })
        .map(|_| ())
    }

    fn is_session_ended(&self, jti: Uuid) -> Result<bool, StoreError> {
        let query = "SELECT count(*) FROM ended_sessions WHERE jti = ?1";
        self.run(|c| c.query_row(query, [jti.as_bytes()], |row| Ok(row.get::<_, i64>(0)? > 0)))
    }

    fn replace_token_keys(&mut self, key: &TokenKeyRow) -> Result<(), StoreError> {
        self.write_and_forget(|transaction| {
            transaction.execute("DELETE FROM token_keys", [])?;
            token_keys::insert(transaction, key)?;
            Ok(Change::Done(()))
        })
        .map(|_| ())
    }

    fn rotate_token_key(
        &mut self,
        key: &TokenKeyRow,
        now: Timestamp,
        forget_before: Timestamp,
    ) -> Result<(), StoreError> {
        self.write_and_forget(|transaction| {
            token_keys::rotate(transaction, key, now, forget_before)?;
            Ok(Change::Done(()))
        })
        .map(|_| ())
    }

    fn data_version(&self) -> Result<i64, StoreError> {
        self.run(|c| c.query_row("PRAGMA data_version", [], |row| row.get(0)))
    }
}

#[cfg(test)]
mod tests;
