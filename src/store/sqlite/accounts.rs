//! What belongs to an account beside the face: its PIN and what was agreed to; and the PINs of those who run the kiosk.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction, named_params};

use super::{audit, event_by, simple_event, time};
use crate::biometrics::UserId;
use crate::keys::PinHash;
use crate::store::{By, ConsentRow, Event, EventKind, PinRow, Role, attempts_name};

pub(super) fn pin(connection: &Connection, user: UserId) -> rusqlite::Result<Option<PinRow>> {
    let query = "SELECT hash, alone, set_at_ms FROM pins WHERE user_id = ?1";
    connection
        .query_row(query, [user.0.as_bytes()], |row| {
            let hash = PinHash::kept(row.get("hash")?);
            Ok(PinRow { hash, alone: row.get("alone")?, set_at: time(row, "set_at_ms")? })
        })
        .optional()
}

pub(super) fn count_shut_out(connection: &Connection, with_face: bool) -> rusqlite::Result<usize> {
    let query = "SELECT count(*) FROM users LEFT JOIN pins ON pins.user_id = users.id
                 WHERE pins.user_id IS NULL
                    OR (?1 AND NOT pins.alone AND users.id NOT IN (SELECT user_id FROM face_references))";
    let count: i64 = connection.query_row(query, [with_face], |row| row.get(0))?;
    Ok(usize::try_from(count).unwrap_or_default())
}

/// Sets it, and forgets the tries at the one before.
pub(super) fn set_pin(
    transaction: &Transaction<'_>,
    user: UserId,
    pin: Option<&PinRow>,
    by: By,
    now: Timestamp,
) -> rusqlite::Result<()> {
    transaction.execute("DELETE FROM memos WHERE name = ?1", [attempts_name(user)])?;
    let had = transaction.execute("DELETE FROM pins WHERE user_id = ?1", [user.0.as_bytes()])? > 0;
    let Some(pin) = pin else {
        return if had { audit::insert(transaction, &simple_event(EventKind::PinRemoved, user, now)) } else { Ok(()) };
    };
    transaction.execute(
        "INSERT INTO pins (user_id, hash, alone, set_at_ms) VALUES (:user, :hash, :alone, :at)",
        named_params! {
            ":user": user.0.as_bytes(), ":hash": pin.hash.as_str(), ":alone": pin.alone,
            ":at": pin.set_at.as_millisecond(),
        },
    )?;
    audit::insert(transaction, &event_by(EventKind::PinSet, user, by, now))
}

/// The tries at it are still counted: it is the same PIN. False where there is none.
pub(super) fn let_pin_alone(
    transaction: &Transaction<'_>,
    user: UserId,
    alone: bool,
    now: Timestamp,
) -> rusqlite::Result<bool> {
    let Some(PinRow { alone: before, .. }) = pin(transaction, user)? else { return Ok(false) };
    if before != alone {
        transaction.execute("UPDATE pins SET alone = ?1 WHERE user_id = ?2", (alone, user.0.as_bytes()))?;
        let kind = if alone { EventKind::PinAlone } else { EventKind::PinNotAlone };
        audit::insert(transaction, &simple_event(kind, user, now))?;
    }
    Ok(true)
}

pub(super) fn role_pin(connection: &Connection, role: Role) -> rusqlite::Result<Option<PinHash>> {
    let query = "SELECT hash FROM role_pins WHERE role = ?1";
    connection.query_row(query, [role.as_str()], |row| Ok(PinHash::kept(row.get(0)?))).optional()
}

pub(super) fn set_role_pin(
    transaction: &Transaction<'_>,
    role: Role,
    pin: Option<&PinHash>,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let had = transaction.execute("DELETE FROM role_pins WHERE role = ?1", [role.as_str()])? > 0;
    if let Some(pin) = pin {
        let insert = "INSERT INTO role_pins (role, hash, set_at_ms) VALUES (?1, ?2, ?3)";
        transaction.execute(insert, (role.as_str(), pin.as_str(), now.as_millisecond()))?;
    }
    let kind = match pin {
        Some(_) => EventKind::RolePinSet,
        None if had => EventKind::RolePinRemoved,
        None => return Ok(()),
    };
    let reason = Some(role.as_str().to_owned());
    audit::insert(transaction, &Event { at: now, kind, user: None, reason, score: None })
}

pub(super) fn consent(connection: &Connection, user: UserId) -> rusqlite::Result<Option<ConsentRow>> {
    let query = "SELECT digest, version, language, at_ms, until_ms FROM consents WHERE user_id = ?1";
    connection
        .query_row(query, [user.0.as_bytes()], |row| {
            let (digest, version, language) = (row.get("digest")?, row.get("version")?, row.get("language")?);
            Ok(ConsentRow { digest, version, language, at: time(row, "at_ms")?, until: time(row, "until_ms")? })
        })
        .optional()
}

pub(super) fn agree(transaction: &Transaction<'_>, user: UserId, consent: &ConsentRow) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT INTO consents (user_id, digest, version, language, at_ms, until_ms)
         VALUES (:user, :digest, :version, :language, :at, :until)
         ON CONFLICT (user_id) DO UPDATE SET digest = excluded.digest, version = excluded.version, language = excluded.language,
             at_ms = excluded.at_ms, until_ms = excluded.until_ms",
        named_params! {
            ":user": user.0.as_bytes(), ":digest": consent.digest, ":version": consent.version, ":language": consent.language,
            ":at": consent.at.as_millisecond(), ":until": consent.until.as_millisecond(),
        },
    )?;
    audit::insert(transaction, &simple_event(EventKind::Consented, user, consent.at))
}
