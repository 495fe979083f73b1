//! The keys that sign tokens, as rows.

use jiff::Timestamp;
use rusqlite::{Row, Transaction, named_params};
use zeroize::Zeroizing;

use super::file::bad;
use super::{audit, time};
use crate::store::{Event, EventKind, TokenKeyRow};

pub(super) fn row(row: &Row<'_>) -> rusqlite::Result<TokenKeyRow> {
    let retired_at: Option<i64> = row.get("retired_at_ms")?;
    let retired_at = retired_at.map(|ms| Timestamp::from_millisecond(ms).map_err(|_| bad("time"))).transpose()?;
    let secret = Zeroizing::new(row.get("secret")?);
    let (kid, algorithm, created_at) = (row.get("kid")?, row.get("algorithm")?, time(row, "created_at_ms")?);
    Ok(TokenKeyRow { kid, algorithm, secret, created_at, retired_at })
}

pub(super) fn insert(transaction: &Transaction<'_>, key: &TokenKeyRow) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT INTO token_keys (kid, algorithm, secret, created_at_ms) VALUES (:kid, :algorithm, :secret, :created)",
        named_params! {
            ":kid": key.kid, ":algorithm": key.algorithm, ":secret": key.secret.as_str(), ":created": key.created_at.as_millisecond(),
        },
    )?;
    Ok(())
}

/// Another key signs, and the one before is retired, which is noted; those that were retired before that time are gone.
pub(super) fn rotate(
    transaction: &Transaction<'_>,
    key: &TokenKeyRow,
    now: Timestamp,
    forget_before: Timestamp,
) -> rusqlite::Result<()> {
    let retired = now.as_millisecond();
    transaction.execute("DELETE FROM token_keys WHERE retired_at_ms < ?1", [forget_before.as_millisecond()])?;
    transaction.execute("UPDATE token_keys SET retired_at_ms = ?1 WHERE retired_at_ms IS NULL", [retired])?;
    insert(transaction, key)?;
    let kind = EventKind::TokenKeyRotated;
    audit::insert(transaction, &Event { at: now, kind, user: None, reason: None, score: None })
}
