//! A backup takes the place of the database, and what must not be forgotten with it is carried over.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::{DeskError, signing};
use crate::biometrics::UserId;
use crate::clock::Clock;
use crate::config::Config;
use crate::keys::Passphrase;
use crate::store::{self, Event, EventKind, LostKey, SqliteStore, Store, Trail, data_dir};

/// What a restored backup means.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Restored {
    /// Users in it.
    pub users: usize,
    /// Whether there was a database.
    pub replaced: bool,
    /// Those whom the log of the replaced database says were removed. `None` where there was none, or it could not be read.
    pub came_back: Option<Vec<UserId>>,
    /// What the database that no key opened is called now.
    pub set_aside: Option<PathBuf>,
}

/// Puts a backup in the place of the database. No session of the backup's time opens again; the waits that are running go on,
/// and the backup's log tells how the replaced one ended, where the replaced database can still be read.
///
/// # Errors
/// [`DeskError`], and then the database is the one that it was.
pub fn restore(
    config: &Config,
    clock: Clock,
    file: &Path,
    passphrase: Option<&Passphrase>,
    lost: LostKey,
) -> Result<Restored, DeskError> {
    data_dir::create(&config.data_dir)?;
    let (now, bits) = (clock.wall(), signing::random_bits()?);
    let mut restored = Restored { replaced: config.database_path().exists(), ..Restored::default() };
    let set_aside =
        store::restore(&config.database_path(), &config.keys, file, passphrase, lost, &mut |new, before| {
            let users = new.users()?;
            restored.users = users.len();
            let removed = before.and_then(removed);
            restored.came_back =
                removed.map(|removed| users.iter().map(|user| user.id).filter(|id| removed.contains(id)).collect());
            // Of the kiosk, of those who run it, and of each account that is in the backup.
            for (name, count) in before.map(SqliteStore::attempts).and_then(Result::ok).unwrap_or_default() {
                new.change_memo(&name, &mut |_| Some(count.clone()))?;
            }
            new.replace_token_keys(&signing::row_of(bits, new, now)?)?;
            let reason = restored.replaced.then(|| log_of(before));
            new.record(&Event { at: now, kind: EventKind::Restored, user: None, reason, score: None })
        })?;
    Ok(Restored { set_aside, ..restored })
}

/// How long the log of the replaced database was, and the digest that it ended with.
fn log_of(before: Option<&SqliteStore>) -> String {
    match before.map(Store::trail) {
        Some(Ok(Trail::Whole { lines, end })) => format!("replaced:{lines}:{end}"),
        Some(Ok(Trail::Broken { line })) => format!("replaced_altered:{line}"),
        Some(Ok(Trail::Cut { lines })) => format!("replaced_cut:{lines}"),
        Some(Err(_)) | None => "replaced_unread".to_owned(),
    }
}

/// Whom the log says were removed.
fn removed(before: &SqliteStore) -> Option<HashSet<UserId>> {
    let gone = [EventKind::Removed, EventKind::RemovedSelf, EventKind::Expired].map(EventKind::as_str);
    let lines = before.events().ok()?;
    Some(lines.into_iter().filter(|line| gone.contains(&line.kind.as_str())).filter_map(|line| line.user).collect())
}
