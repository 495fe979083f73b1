//! What happened, as a chain: each line's digest is over its own content and the digest before it, so that no line can be
//! altered, taken out or put in without all after it being told. How many lines there are and the last digest are kept
//! apart, which tells that the end was cut off.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, named_params};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{id, keep_memo, memo, time};
use crate::biometrics::UserId;
use crate::store::{Event, EventKind, LoggedEvent, Trail};

/// The name under which the end of the chain is kept.
const END: &str = "audit";
/// A clock that was set back by more than this is told.
const SET_BACK_MS: i64 = 60_000;

/// SHA-256.
type Link = [u8; 32];

/// Where the chain ends.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct End {
    lines: u64,
    digest: String,
}

/// Adds a line, and one before it where the clock was set back since the last.
pub(super) fn insert(transaction: &Transaction<'_>, event: &Event) -> rusqlite::Result<()> {
    let last = "SELECT at_ms FROM events ORDER BY id DESC LIMIT 1";
    let last: Option<i64> = transaction.query_row(last, [], |row| row.get(0)).optional()?;
    let told = event.kind == EventKind::ClockSetBack;
    if !told && last.is_some_and(|last| event.at.as_millisecond() < last - SET_BACK_MS) {
        add(transaction, &Event { kind: EventKind::ClockSetBack, user: None, reason: None, score: None, ..*event })?;
    }
    add(transaction, event)
}

fn add(transaction: &Transaction<'_>, event: &Event) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT INTO events (at_ms, kind, user_id, reason, score) VALUES (:at, :kind, :user, :reason, :score)",
        named_params! {
            ":at": event.at.as_millisecond(), ":kind": event.kind.as_str(),
            ":user": event.user.as_ref().map(|user| user.0.as_bytes()), ":reason": event.reason, ":score": event.score,
        },
    )?;
    let line =
        transaction.query_row("SELECT * FROM events WHERE id = ?1", [transaction.last_insert_rowid()], logged)?;
    let before = "SELECT digest FROM events WHERE id < ?1 ORDER BY id DESC LIMIT 1";
    let before: Option<Option<Vec<u8>>> = transaction.query_row(before, [line.line], |row| row.get(0)).optional()?;
    // After one that was taken away the chain is broken, and the log goes on.
    let before = before.flatten().and_then(|before| Link::try_from(before).ok()).unwrap_or_default();
    let end = end(transaction)?;
    link(transaction, &line, before, end.lines + 1)
}

/// Gives a line its digest, and keeps where the chain ends then.
fn link(transaction: &Transaction<'_>, line: &LoggedEvent, before: Link, lines: u64) -> rusqlite::Result<()> {
    let digest = digest(line, &before);
    transaction.execute("UPDATE events SET digest = ?1 WHERE id = ?2", (digest, line.line))?;
    let text = serde_json::to_string(&End { lines, digest: hex(&digest) });
    let text = text.map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    keep_memo(transaction, END, &text)
}

/// Chains the lines of a database of an earlier version.
pub(super) fn chain_up(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    let (mut before, mut lines) = (Link::default(), 0);
    for line in newest(transaction, None, usize::MAX)? {
        lines += 1;
        link(transaction, &line, before, lines)?;
        before = digest(&line, &before);
    }
    Ok(())
}

fn end(connection: &Connection) -> rusqlite::Result<End> {
    // One that cannot be understood is that of no log.
    Ok(memo(connection, END)?.and_then(|kept| serde_json::from_str(&kept).ok()).unwrap_or_default())
}

fn digest(line: &LoggedEvent, before: &Link) -> Link {
    // Field by field, each with its end marked: no two lines have one text. `mirilla audit export --help` tells it.
    let LoggedEvent { line, at, kind, user, reason, score, digest: _ } = line;
    let user = user.map(|user| user.0.to_string()).unwrap_or_default();
    let score = score.map(|score| score.to_bits().to_string()).unwrap_or_default();
    // The reason last, since it alone could hold a line break.
    let reason = reason.as_deref().map(|reason| format!("because\n{reason}")).unwrap_or_default();
    let text = format!("{line}\n{}\n{kind}\n{user}\n{score}\n{reason}", at.as_millisecond());
    Sha256::new().chain_update(before).chain_update(text).finalize().into()
}

fn hex(digest: &Link) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn logged(row: &Row<'_>) -> rusqlite::Result<LoggedEvent> {
    let user =
        if row.get_ref("user_id")? == rusqlite::types::ValueRef::Null { None } else { Some(id(row, "user_id")?) };
    Ok(LoggedEvent {
        line: row.get("id")?,
        at: time(row, "at_ms")?,
        kind: row.get("kind")?,
        user,
        reason: row.get("reason")?,
        score: row.get::<_, Option<f64>>("score")?.map(|score| score as f32),
        // One that is no digest is told by `trail`, and must not keep the others from being read.
        digest: row.get_ref("digest")?.as_blob().ok().and_then(|kept| Some(hex(kept.try_into().ok()?))),
    })
}

/// The newest lines, of this user where one is given, oldest first.
pub(super) fn newest(connection: &Connection, user: Option<UserId>, most: usize) -> rusqlite::Result<Vec<LoggedEvent>> {
    let query = "SELECT * FROM events WHERE ?1 IS NULL OR user_id = ?1 ORDER BY id DESC LIMIT ?2";
    let (user, most) = (user.map(|user| user.0.into_bytes()), i64::try_from(most).unwrap_or(i64::MAX));
    let mut lines: Vec<LoggedEvent> =
        connection.prepare(query)?.query_map((user, most), logged)?.collect::<rusqlite::Result<_>>()?;
    lines.reverse();
    Ok(lines)
}

/// When something of this kind last happened to each user to whom it did.
pub(super) fn last(connection: &Connection, kind: EventKind) -> rusqlite::Result<HashMap<UserId, Timestamp>> {
    let query = "SELECT user_id, max(at_ms) AS at_ms FROM events
                 WHERE user_id IS NOT NULL AND kind = ?1 GROUP BY user_id";
    let each = |row: &Row<'_>| Ok((id(row, "user_id")?, time(row, "at_ms")?));
    connection.prepare(query)?.query_map([kind.as_str()], each)?.collect()
}

/// When each user last came, as [`crate::store::Store::comings`] tells it.
pub(super) fn comings(connection: &Connection, now: Timestamp) -> rusqlite::Result<HashMap<UserId, Option<Timestamp>>> {
    let query = "SELECT at_ms, user_id, kind IN ('signed_in', 'enrolled') AS coming FROM events ORDER BY id";
    let mut statement = connection.prepare(query)?;
    let mut rows = statement.query([])?;
    let (mut comings, mut latest) = (HashMap::new(), None);
    while let Some(row) = rows.next()? {
        // A line that was altered must not keep everybody for ever.
        let Some(at) = time(row, "at_ms").ok() else { continue };
        if at <= now {
            latest = latest.max(Some(at));
        }
        if row.get("coming")?
            && let Ok(user) = id(row, "user_id")
        {
            comings.insert(user, latest.filter(|_| at <= now));
        }
    }
    Ok(comings)
}

/// Follows the chain from end to end.
pub(super) fn trail(connection: &Connection) -> rusqlite::Result<Trail> {
    // The lines and their end as they were at one moment.
    let connection = connection.unchecked_transaction()?;
    let (mut before, mut lines) = (Link::default(), 0);
    let mut statement = connection.prepare("SELECT * FROM events ORDER BY id")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        // What cannot be understood was not written so.
        let Ok(line) = logged(row) else { return Ok(Trail::Broken { line: row.get("id")? }) };
        let digest = digest(&line, &before);
        if row.get_ref("digest")?.as_blob() != Ok(&digest) {
            return Ok(Trail::Broken { line: line.line });
        }
        (before, lines) = (digest, lines + 1);
    }
    let whole = End { lines, digest: if lines == 0 { String::new() } else { hex(&before) } };
    let cut = end(&connection)? != whole;
    Ok(if cut { Trail::Cut { lines } } else { Trail::Whole { lines, end: whole.digest } })
}

#[cfg(test)]
mod tests;
