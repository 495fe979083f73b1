//! Where the key of the database is kept: `store.toml` beside it says so, and holds nothing secret.
//!
//! While a key is replaced two are named; which of them the database is encrypted with is told by the database itself,
//! which begins with its key's id.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::data_dir;
use crate::error::{KeyError, StoreError};
use crate::keys::{KeyId, KeyOptions, KeySource, Salt, StoreKey, keyring};

const HEADER_FILE: &str = "store.toml";
const KEY_FILE: &str = "store.key";
/// The key file of a key that is about to be the one.
const NEXT_KEY_FILE: &str = "store.key.next";
/// What is said where none is given.
const NEEDED: StoreError = StoreError::PassphraseNeeded { of: "the database", variable: "MIRILLA_PASSPHRASE" };
const FORMAT: u32 = 1;
const HEAD: &str =
    "# Where the key of mirilla.db is kept. Nothing here is secret; without this file the key may not be found.\n";

/// One key, and where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kept {
    pub(super) id: KeyId,
    pub(super) kept_in: KeySource,
    /// Of a key that a passphrase gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    salt: Option<Salt>,
}

impl Kept {
    /// Of a key that a passphrase gives.
    pub(super) fn salt(&self) -> Option<Salt> {
        self.salt
    }

    /// Whether a database or a backup that begins so is encrypted with this key.
    pub(super) fn is_of(&self, beginning: KeyId) -> bool {
        self.id == beginning || self.salt.is_some_and(|salt| salt.0 == beginning.0)
    }
}

impl Header {
    /// The key of this id.
    pub(super) fn of(&self, id: KeyId) -> Option<Kept> {
        [Some(self.key), self.next].into_iter().flatten().find(|kept| kept.id == id)
    }
}

/// What `store.toml` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    format: u32,
    pub(super) key: Kept,
    /// The key that is about to be the one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<Kept>,
}

/// The place of the keys of one folder.
#[derive(Debug, Clone)]
pub(super) struct KeyPlace {
    folder: PathBuf,
}

impl KeyPlace {
    /// Beside this database.
    pub(super) fn beside(database: &Path) -> Self {
        Self { folder: data_dir::folder_of(database) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// What is written down; `None` where nothing is.
    pub(super) fn header(&self) -> Result<Option<Header>, StoreError> {
        let path = self.path(HEADER_FILE);
        let Some(text) = data_dir::read(&path)? else { return Ok(None) };
        let damaged = |detail: String| StoreError::HeaderDamaged { path: path.clone(), detail };
        let header: Header = toml::from_str(&text).map_err(|error| damaged(error.message().to_owned()))?;
        if header.format != FORMAT {
            return Err(damaged(format!("it is of format {}, this program knows {FORMAT}: update it", header.format)));
        }
        Ok(Some(header))
    }

    pub(super) fn write(&self, header: &Header) -> Result<(), StoreError> {
        let path = self.path(HEADER_FILE);
        let text = toml::to_string(header)
            .map_err(|error| StoreError::HeaderDamaged { path: path.clone(), detail: error.to_string() })?;
        data_dir::write(&path, &format!("{HEAD}{text}"))
    }

    /// The only key from now on.
    pub(super) fn settle_on(&self, kept: Kept) -> Result<(), StoreError> {
        self.write(&Header { format: FORMAT, key: kept, next: None })
    }

    /// The key of a database that begins with `id`, of a store whose header is lost; `None` where it is not there. A keyring
    /// is asked unless keys are to be in files; one that does not answer may have it.
    pub(super) fn search(&self, id: KeyId, options: &KeyOptions) -> Result<Option<(Kept, StoreKey)>, StoreError> {
        for kept_in in [KeySource::File, KeySource::Keyring] {
            if kept_in == KeySource::Keyring && options.new_store == Some(KeySource::File) {
                continue;
            }
            let kept = Kept { id, kept_in, salt: None };
            match self.find(&kept, options) {
                Ok(key) => return Ok(Some((kept, key))),
                Err(StoreError::KeyLost { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Makes a key for a store that has none, and writes down where it is.
    pub(super) fn first(&self, options: &KeyOptions) -> Result<StoreKey, StoreError> {
        let (kept, key) = match options.new_store {
            Some(source) => self.make(source, options, KEY_FILE)?,
            // One that is silent must not hold the first start up for as long as one that waits for its user may.
            None => match keyring::answers()
                .map_err(StoreError::from)
                .and_then(|()| self.make(KeySource::Keyring, options, KEY_FILE))
            {
                Err(StoreError::Key(KeyError::Keyring { detail })) => {
                    tracing::warn!(
                        detail,
                        "no keyring keeps the key of the database: it goes into a file beside it, and whoever takes the disk has both"
                    );
                    self.make(KeySource::File, options, KEY_FILE)?
                }
                other => other?,
            },
        };
        self.settle_on(kept)?;
        Ok(key)
    }

    /// Makes a key that is about to take the place of `current`, and writes both down.
    pub(super) fn begin(
        &self,
        current: Kept,
        source: KeySource,
        options: &KeyOptions,
    ) -> Result<(Kept, StoreKey), StoreError> {
        let (next, key) = self.make(source, options, NEXT_KEY_FILE)?;
        self.write(&Header { format: FORMAT, key: current, next: Some(next) })?;
        Ok((next, key))
    }

    fn make(&self, source: KeySource, options: &KeyOptions, file: &str) -> Result<(Kept, StoreKey), StoreError> {
        let (key, salt) = match source {
            // A key that is there is never overwritten: its database may have been moved away.
            KeySource::File if file == KEY_FILE => match self.key_in(file)? {
                Some(key) => (key, None),
                None => (StoreKey::random()?, None),
            },
            KeySource::File | KeySource::Keyring => (StoreKey::random()?, None),
            KeySource::Passphrase => {
                let passphrase = options.passphrase.as_ref().ok_or(NEEDED)?;
                if !passphrase.is_long_enough() {
                    return Err(StoreError::PassphraseShort { least: crate::keys::PASSPHRASE_LEAST });
                }
                let salt = Salt::random()?;
                (StoreKey::derive(passphrase, &salt)?, Some(salt))
            }
        };
        match source {
            KeySource::File => {
                let text = Zeroizing::new(format!("{}\n", key.reveal().as_str()));
                data_dir::write(&self.path(file), &text)?;
            }
            KeySource::Keyring => keyring::save(&key)?,
            KeySource::Passphrase => {}
        }
        Ok((Kept { id: key.id(), kept_in: source, salt }, key))
    }

    fn key_in(&self, file: &str) -> Result<Option<StoreKey>, StoreError> {
        let text = data_dir::read(&self.path(file))?.map(Zeroizing::new);
        Ok(text.and_then(|text| StoreKey::parse(&text)))
    }

    /// Whether there is a key in the key file, whichever it is.
    pub(super) fn has_key_file(&self) -> Result<bool, StoreError> {
        Ok(self.key_in(KEY_FILE)?.is_some())
    }

    /// Whether something of a change of keys is left.
    pub(super) fn has_leftovers(&self) -> bool {
        self.path(NEXT_KEY_FILE).exists() || self.parts().any(|part| part.exists())
    }

    /// Wipes what was not written to its end.
    pub(super) fn forget_parts(&self) -> Result<(), StoreError> {
        self.parts().try_for_each(|part| data_dir::wipe(&part))
    }

    fn parts(&self) -> impl Iterator<Item = PathBuf> {
        [KEY_FILE, NEXT_KEY_FILE, HEADER_FILE].map(|name| data_dir::part_of(&self.path(name))).into_iter()
    }

    /// The key that is written down.
    pub(super) fn find(&self, kept: &Kept, options: &KeyOptions) -> Result<StoreKey, StoreError> {
        let lost = |place: String| StoreError::KeyLost { path: self.folder.clone(), place };
        match (kept.kept_in, kept.salt) {
            (KeySource::Passphrase, Some(salt)) => {
                let passphrase = options.passphrase.as_ref().ok_or(NEEDED)?;
                let key = StoreKey::derive(passphrase, &salt)?;
                if key.id() == kept.id { Ok(key) } else { Err(StoreError::PassphraseWrong) }
            }
            (KeySource::Passphrase, None) => Err(StoreError::HeaderDamaged {
                path: self.path(HEADER_FILE),
                detail: "the key of a passphrase has a salt, and there is none".into(),
            }),
            (KeySource::Keyring, _) => {
                keyring::load(kept.id)?.ok_or_else(|| lost("the operating system's keyring".into()))
            }
            (KeySource::File, _) => {
                for name in [KEY_FILE, NEXT_KEY_FILE] {
                    if let Some(key) = self.key_in(name)?.filter(|key| key.id() == kept.id) {
                        return Ok(key);
                    }
                }
                Err(lost(format!("the file {KEY_FILE}")))
            }
        }
    }

    /// Which of the keys is the one, where one was about to replace the other and the database begins with `id`.
    /// `None`: neither. What is left of the other key is wiped.
    pub(super) fn finish(&self, header: &Header, id: KeyId) -> Result<Option<Kept>, StoreError> {
        let Some(next) = header.next else {
            if id != header.key.id {
                return Ok(None);
            }
            // Made for a change of keys that was broken off before it was written down.
            data_dir::wipe(&self.path(NEXT_KEY_FILE))?;
            return Ok(Some(header.key));
        };
        let (stays, goes) = match id {
            id if id == next.id => (next, header.key),
            id if id == header.key.id => (header.key, next),
            _ => return Ok(None),
        };
        let (file, next_file) = (self.path(KEY_FILE), self.path(NEXT_KEY_FILE));
        match (stays == next, stays.kept_in, goes.kept_in) {
            (true, KeySource::File, _) => {
                // The header names both keys, and both files are looked into, until the new one has its place.
                if next_file.exists() {
                    data_dir::wipe(&file)?;
                    data_dir::rename(&next_file, &file)?;
                }
            }
            (true, _, KeySource::File) => data_dir::wipe(&file)?,
            (true, ..) => {}
            (false, ..) => data_dir::wipe(&next_file)?,
        }
        if goes.kept_in == KeySource::Keyring
            && goes.id != stays.id
            && let Err(error) = keyring::remove(goes.id)
        {
            tracing::warn!(%error, "a key that is not used any more stays in the keyring");
        }
        self.settle_on(stays)?;
        Ok(Some(stays))
    }

    /// Keeps a copy, with this number, of what is written down of a key that is lost; none, where nothing is or there is one.
    pub(super) fn keep_copy(&self, n: u32) -> Result<(), StoreError> {
        let copy = self.path(&format!("{HEADER_FILE}.lost-{n}"));
        match data_dir::read(&self.path(HEADER_FILE))? {
            Some(text) if !copy.exists() => data_dir::write(&copy, &text),
            _ => Ok(()),
        }
    }

    /// All files of a store that nothing is being done to.
    pub(super) fn files(&self) -> [PathBuf; 2] {
        [HEADER_FILE, KEY_FILE].map(|name| self.path(name))
    }

    /// The file of the key, for whoever asks where it is.
    pub(super) fn key_file(&self) -> PathBuf {
        self.path(KEY_FILE)
    }
}
