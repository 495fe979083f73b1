//! The counts of each level, in the data directory beside the settings, for its owner only.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::conditions::Conditions;
use super::guide::Guide;
use super::tally::{Standing, Test};
use crate::session::LivenessLevel;

/// The name of the file.
const FILE: &str = "selftest.json";
/// More than any counts take.
const MOST_BYTES: u64 = 4 << 20;

/// What was counted at this site, by the number of the level.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Kept {
    levels: BTreeMap<u8, Test>,
}

/// Counts that cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum KeptError {
    /// The file is there, but cannot be read.
    #[error("cannot read the self-test: {source} ({})", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The file holds something else.
    #[error("the self-test is not understood: {detail}; mirilla selftest --forget removes it ({})", path.display())]
    NotUnderstood {
        /// The file.
        path: PathBuf,
        /// What the parser said.
        detail: String,
    },
    /// The file cannot be written.
    #[error("cannot keep the self-test: {source} ({})", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
}

impl Kept {
    /// What was counted at a level; a PIN beside the face changes nothing of it.
    pub fn test(&self, level: LivenessLevel) -> Option<&Test> {
        self.levels.get(&level.signs_of_life().number())
    }

    /// Keeps this of a level, in place of what was counted before.
    pub fn put(&mut self, level: LivenessLevel, test: Test) {
        self.levels.insert(level.signs_of_life().number(), test);
    }

    /// What may be said of a level where `now` holds.
    pub fn standing(&self, level: LivenessLevel, now: &Conditions) -> Standing {
        self.test(level).map_or(Standing::Untested, |test| test.standing(now))
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.levels.is_empty()
    }

    /// Reads the file in the folder; where there is none, nothing was counted.
    ///
    /// # Errors
    /// [`KeptError`] when the file is there and cannot be used.
    pub fn load(folder: &Path) -> Result<Self, KeptError> {
        let path = folder.join(FILE);
        let unreadable = |source| KeptError::Unreadable { path: path.clone(), source };
        let not_understood = |detail: String| KeptError::NotUnderstood { path: path.clone(), detail };
        let size = match std::fs::metadata(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            found => found.map_err(unreadable)?.len(),
        };
        if size > MOST_BYTES {
            return Err(not_understood(format!("it has {size} bytes, expected at most {MOST_BYTES}")));
        }
        let text = std::fs::read_to_string(&path).map_err(unreadable)?;
        // What the parser says may quote the file: it stays one line.
        let told = |error: serde_json::Error| error.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        let kept: Self = serde_json::from_str(&text).map_err(|error| not_understood(told(error)))?;
        if !kept.levels.values().all(Test::is_sane) {
            return Err(not_understood("a count is beyond all that anybody tries".into()));
        }
        Ok(kept)
    }

    /// Keeps what the guide has counted at a level in the folder's file; all that is there then, and whether it was kept: where
    /// another process has counted, or had it forgotten, meanwhile, the guide goes on from what is there, `now`, in seconds since 1970.
    ///
    /// # Errors
    /// [`KeptError`] when the file cannot be read or written.
    pub fn keep(folder: &Path, level: LivenessLevel, guide: &mut Guide, now: i64) -> Result<(Self, bool), KeptError> {
        let mut kept = Self::load(folder)?;
        let is_as_before = kept.test(level) == guide.before();
        if is_as_before {
            kept.put(level, guide.test().clone());
            kept.save(folder)?;
            guide.was_kept();
        } else {
            guide.was_overtaken(kept.test(level).cloned(), now);
        }
        Ok((kept, is_as_before))
    }

    /// Keeps them: the file is the old one or the new one, whatever happens meanwhile.
    ///
    /// # Errors
    /// [`KeptError::Unwritable`] when the disk refuses.
    pub fn save(&self, folder: &Path) -> Result<(), KeptError> {
        let path = folder.join(FILE);
        let unwritable = |source| KeptError::Unwritable { path: path.clone(), source };
        let text = serde_json::to_string_pretty(self).map_err(|error| unwritable(error.into()))?;
        // For its owner only, as every temporary file is.
        let mut file = tempfile::NamedTempFile::with_prefix_in("selftest.", folder).map_err(unwritable)?;
        file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(unwritable)?;
        file.persist(&path).map_err(|error| unwritable(error.error))?;
        Ok(())
    }

    /// Removes the file; whether there was one.
    ///
    /// # Errors
    /// [`KeptError::Unwritable`] when the disk refuses.
    pub fn forget(folder: &Path) -> Result<bool, KeptError> {
        let path = folder.join(FILE);
        match std::fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(source) => Err(KeptError::Unwritable { path, source }),
        }
    }
}
