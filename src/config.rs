//! The settings, read and checked once at the start.

use std::path::{Path, PathBuf};

use directories::ProjectDirs;

use crate::biometrics::QualityLimits;
use crate::keys::KeyOptions;
use crate::session::Policy;
use crate::settings::Overrides;

/// How long a session lasts by default.
pub const SESSION_LIFETIME_S: u32 = 15 * 60;

/// All settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Absolute path of the folder that everything is kept in.
    pub data_dir: PathBuf,
    /// How long a token is valid.
    pub session_lifetime_s: u32,
    /// What decisions are made by.
    pub policy: Policy,
    /// What a face must have to be used.
    pub quality_limits: QualityLimits,
    /// What holds instead of the kept settings.
    pub overrides: Overrides,
    /// How the key of the database is come by.
    pub keys: KeyOptions,
}

/// Settings that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// An empty path.
    #[error("the data directory is an empty path; give one with --data-dir or MIRILLA_DATA_DIR")]
    EmptyDataDir,
    /// The platform names no folder for application data (no home directory).
    #[error("this system names no folder for application data; give one with --data-dir or MIRILLA_DATA_DIR")]
    NoDataDir,
    /// The current directory cannot be told, so that a relative path means nothing.
    #[error("cannot tell where the relative data directory lies: {source}")]
    Relative {
        /// What the operating system said.
        source: std::io::Error,
    },
}

impl Config {
    /// The settings with `data_dir`, or the platform's folder for application data.
    ///
    /// # Errors
    /// [`ConfigError`] when there is no usable data directory.
    pub fn new(data_dir: Option<&Path>) -> Result<Self, ConfigError> {
        let data_dir = match data_dir {
            Some(path) if path.as_os_str().is_empty() => return Err(ConfigError::EmptyDataDir),
            Some(path) => std::path::absolute(path).map_err(|source| ConfigError::Relative { source })?,
            None => ProjectDirs::from("", "", "mirilla").ok_or(ConfigError::NoDataDir)?.data_dir().to_owned(),
        };
        Ok(Self {
            data_dir,
            session_lifetime_s: SESSION_LIFETIME_S,
            policy: Policy::default(),
            quality_limits: QualityLimits::default(),
            overrides: Overrides::default(),
            keys: KeyOptions::default(),
        })
    }

    /// The database file.
    pub fn database_path(&self) -> PathBuf {
        self.data_dir.join("mirilla.db")
    }

    /// What an operator has set.
    pub fn settings_path(&self) -> PathBuf {
        self.data_dir.join("settings.toml")
    }

    /// Where an earlier version kept the key that signs tokens, which is in the database now.
    pub fn token_key_path(&self) -> PathBuf {
        self.data_dir.join("token.key")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_directory_is_absolute_and_never_empty() {
        assert!(matches!(Config::new(Some(Path::new(""))), Err(ConfigError::EmptyDataDir)));
        let config = Config::new(Some(Path::new("here"))).unwrap();
        assert!(config.data_dir.is_absolute() && config.database_path().starts_with(&config.data_dir));
    }
}
