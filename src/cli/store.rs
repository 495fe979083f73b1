//! `mirilla store`: the database as a whole.

use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueEnum};
use serde_json::json;

use super::output::{Answer, Exit, Failure};
use super::{existing, secrets};
use crate::clock::Clock;
use crate::config::Config;
use crate::desk::{self, Desk, DeskError, Restored};
use crate::error::StoreError;
use crate::keys::{KeyOptions, KeySource};
use crate::models::sface::NETWORK_ID;
use crate::store::{self, BackupKey, Event, EventKind, LostKey, Role, SqliteStore, Store};

const BACKUP_PASSPHRASE_NEEDED: StoreError =
    StoreError::PassphraseNeeded { of: "the backup", variable: "MIRILLA_BACKUP_PASSPHRASE" };

#[derive(Subcommand)]
pub(super) enum Command {
    /// Encrypt the database anew with another key, and wipe the old one.
    #[command(after_help = "\
Examples:
  mirilla store rekey
  mirilla store rekey --to passphrase
  MIRILLA_NEW_PASSPHRASE=... mirilla store rekey --to passphrase --json

Without --to the new key is kept where the old one was. A key in a file protects from those who come by the database alone, not
from those who take the disk; one in the keyring is as safe as the user's login; a passphrase is asked for at every start
(or read from MIRILLA_PASSPHRASE), and what it protects is lost with it. Nobody else may have the database open.")]
    Rekey {
        /// Where the new key is kept.
        #[arg(long, value_name = "PLACE")]
        to: Option<Place>,
    },
    /// Write an encrypted copy of the database to a file. The kiosk can go on meanwhile.
    #[command(after_help = "\
Examples:
  mirilla store backup friday.mirilla
  MIRILLA_BACKUP_PASSPHRASE=... mirilla store backup friday.mirilla --passphrase

Without --passphrase the copy is encrypted with the key of the store as it is now: keep that key as well (store.key, where it is
a file), or the copy is worth nothing when the disk is lost. With it the copy can be restored anywhere.")]
    Backup {
        /// The file, which must not be there yet.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Encrypt it with a passphrase of its own, which is asked for or read from MIRILLA_BACKUP_PASSPHRASE.
        #[arg(long)]
        passphrase: bool,
    },
    /// Put a backup in the place of the database. Who enrolled since is gone, who was removed since is back; the key of the store stays what it is.
    #[command(after_help = "\
Examples:
  mirilla store restore friday.mirilla
  MIRILLA_BACKUP_PASSPHRASE=... mirilla store restore friday.mirilla

The database is kept until the backup has been read to its end in its place. All sessions end; a wait after too many tries goes on.
Nobody else may have the database open.")]
    Restore {
        /// The file that `mirilla store backup` wrote.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Also where the key of the database that is there is lost for good: its passphrase forgotten, its keyring gone. It is
        /// kept as mirilla.db.lost-1, what store.toml said beside it, and a new key is made.
        #[arg(long)]
        replace_lost: bool,
    },
    /// Read every page and every reference, and say where the key is kept. Changes nothing.
    #[command(after_help = "Example:\n  mirilla store verify --json")]
    Verify,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Place {
    /// The operating system's keyring.
    Keyring,
    /// A file beside the database, for its owner only.
    File,
    /// Nowhere: a passphrase is asked for at every start.
    Passphrase,
}

impl From<Place> for KeySource {
    fn from(place: Place) -> Self {
        match place {
            Place::Keyring => Self::Keyring,
            Place::File => Self::File,
            Place::Passphrase => Self::Passphrase,
        }
    }
}

pub(super) fn run(command: &Command, config: &Config, clock: Clock) -> Result<Answer, Failure> {
    if let Some(no) = let_in(command, config, clock)? {
        return Ok(no);
    }
    match command {
        Command::Rekey { to } => rekey(config, *to, clock),
        Command::Backup { file, passphrase } => backup(config, file, *passphrase, clock),
        Command::Restore { file, replace_lost } => {
            restore(config, file, if *replace_lost { LostKey::Replaced } else { LostKey::Refused }, clock)
        }
        Command::Verify => verify(config),
    }
}

/// Asks for the operator's PIN, where there is a database that can tell whether it is right. One that cannot be read any more
/// is to be restored all the same.
fn let_in(command: &Command, config: &Config, clock: Clock) -> Result<Option<Answer>, Failure> {
    let opened = match command {
        Command::Verify => return Ok(None),
        Command::Rekey { .. } | Command::Backup { .. } => {
            existing(config)?;
            Desk::open(config, clock).map_err(Failure::from)
        }
        Command::Restore { .. } if !config.database_path().exists() => return Ok(None),
        Command::Restore { .. } => match Desk::open(config, clock) {
            Ok(desk) => Ok(desk),
            // Whatever else is wrong, one that can be read can tell who may replace it.
            Err(error) if SqliteStore::open_with(&config.database_path(), &config.keys).is_ok() => Err(error.into()),
            Err(_) => return Ok(None),
        },
    };
    secrets::operator(&mut opened?, config, Role::Operator)
}

/// Adds a line to what happened.
fn note(path: &Path, keys: &KeyOptions, kind: EventKind, clock: Clock) -> Result<(), Failure> {
    let mut store = SqliteStore::open_with(path, keys)?;
    Ok(store.record(&Event { at: clock.wall(), kind, user: None, reason: None, score: None })?)
}

fn rekey(config: &Config, to: Option<Place>, clock: Clock) -> Result<Answer, Failure> {
    let path = existing(config)?;
    let to = match to {
        Some(place) => place.into(),
        None => store::key_source(&path)?.unwrap_or(KeySource::File),
    };
    let passphrase = if to == KeySource::Passphrase { secrets::new_passphrase()? } else { None };
    store::rekey(&path, to, &config.keys, passphrase.clone())?;
    let keys = KeyOptions { passphrase: passphrase.or_else(|| config.keys.passphrase.clone()), ..config.keys.clone() };
    note(&path, &keys, EventKind::Rekeyed, clock)?;
    let json = json!({"outcome": "rekeyed", "key_source": to.as_str()});
    Ok(Answer::yes(
        json,
        format!(
            "The database is encrypted with a new key, which is kept {}.\nBackups made before without --passphrase need the old key, which is wiped: make a new one.",
            kept(to)
        ),
    ))
}

fn kept(source: KeySource) -> &'static str {
    match source {
        KeySource::File => "in the file store.key beside it: whoever takes the disk has both",
        KeySource::Keyring => "in the operating system's keyring",
        KeySource::Passphrase => "nowhere: the passphrase gives it at every start",
    }
}

fn backup(config: &Config, file: &Path, passphrase: bool, clock: Clock) -> Result<Answer, Failure> {
    let path = existing(config)?;
    if file.exists() {
        return Err(Failure::file_exists(file));
    }
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
        let message = format!("there is no folder {}: make it, or give another", folder.display());
        return Err(Failure::new(Exit::Input, "file_unusable", message));
    }
    let with = if passphrase {
        BackupKey::Passphrase(secrets::new_backup_passphrase()?.ok_or(BACKUP_PASSPHRASE_NEEDED)?)
    } else {
        BackupKey::Store
    };
    store::backup(&path, &config.keys, file, &with)?;
    note(&path, &config.keys, EventKind::BackedUp, clock)?;
    let (word, text) = match with {
        BackupKey::Store if store::key_source(&path)? == Some(KeySource::Passphrase) => {
            ("store", "encrypted with the passphrase of the store: it can be restored anywhere with it")
        }
        BackupKey::Store => ("store", "encrypted with the key of the store: keep that key as well"),
        BackupKey::Passphrase(_) => ("passphrase", "encrypted with its passphrase: it can be restored anywhere"),
    };
    let json = json!({"outcome": "backed_up", "file": file.display().to_string(), "encrypted_with": word});
    Ok(Answer::yes(json, format!("Wrote {}, {text}.", file.display())))
}

fn restore(config: &Config, file: &Path, lost: LostKey, clock: Clock) -> Result<Answer, Failure> {
    if !file.exists() {
        let message = format!("there is no such file: {}", file.display());
        return Err(Failure::new(Exit::Input, "file_unreadable", message));
    }
    let path = config.database_path();
    let given = secrets::given_backup_passphrase()?;
    let restored = match desk::restore(config, clock, file, given.as_ref(), lost) {
        // Asked for only where no key that is here opens it.
        Err(DeskError::Store(needed @ StoreError::PassphraseNeeded { .. })) if given.is_none() => {
            match secrets::backup_passphrase()? {
                Some(typed) => desk::restore(config, clock, file, Some(&typed), lost)?,
                None => return Err(needed.into()),
            }
        }
        // The file is what is damaged, or is something else; the database was not touched.
        Err(DeskError::Store(StoreError::Corrupt { path, .. })) if path == file => {
            let message =
                format!("{} is no backup of Mirilla, or is damaged; the database is as it was", file.display());
            return Err(Failure::new(Exit::Input, "not_a_backup", message));
        }
        other => other?,
    };
    SqliteStore::inspect_with(&path, &config.keys)?.verify(NETWORK_ID)?;
    let Restored { users, replaced, came_back, set_aside } = restored;
    let ids = came_back.as_ref().map(|ids| ids.iter().map(|id| id.0).collect::<Vec<_>>());
    let aside = set_aside.as_ref().map(|path| path.display().to_string());
    let json = json!({"outcome": "restored", "users": users, "came_back": ids, "set_aside": aside});
    let mut text = format!(
        "Restored {}: {users} enrolled.\nWho enrolled since the backup is gone, and all sessions have ended.",
        file.display()
    );
    text += &match came_back {
        None if !replaced => "\nWho was removed since is back: there was no database here that could tell who.".into(),
        None => "\nWho was removed since is back: what was there before cannot be read, and does not tell who.".into(),
        Some(ids) if ids.is_empty() => "\nNobody came back who was removed since.".into(),
        Some(ids) => {
            let list: String = ids.iter().map(|id| format!("\n  {id}")).collect();
            format!(
                "\n{} came back who were removed since; remove them again (mirilla users remove ID):{list}",
                ids.len()
            )
        }
    };
    if let Some(aside) = set_aside {
        let source = store::key_source(&path)?.unwrap_or(KeySource::File);
        text += &format!(
            "\nThe database that no key opens is kept as {}; the new key is kept {}.",
            aside.display(),
            kept(source)
        );
    }
    Ok(Answer::yes(json, text))
}

fn verify(config: &Config) -> Result<Answer, Failure> {
    let path = existing(config)?;
    let found = SqliteStore::inspect_with(&path, &config.keys)?.verify(NETWORK_ID)?;
    let source = store::key_source(&path)?.filter(|_| found.encrypted);
    let passed_over = found.passed_over.outdated + found.passed_over.damaged;
    let json = json!({
        "outcome": "verified", "schema": found.schema, "users": found.users, "references": found.references,
        "passed_over": passed_over, "encrypted": found.encrypted, "key_source": source.map(KeySource::as_str),
    });
    let text = format!(
        "Whole: schema {}, {} enrolled, {} references that are compared and {passed_over} that are not.\n{}",
        found.schema,
        found.users,
        found.references,
        source.map_or_else(
            || "Not encrypted yet: that is done at the next start.".into(),
            |source| format!("Encrypted; the key is kept {}.", kept(source))
        )
    );
    Ok(Answer::yes(json, text))
}
