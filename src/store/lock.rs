//! Who has the store open. Whoever reads or writes it has a share of the lock; whoever puts another file in its place has
//! all of it, since what is written to the file before would be lost.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::data_dir;
use crate::error::StoreError;

const LOCK_FILE: &str = "store.lock";
/// How long is waited for another process.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(20);

/// The file that is locked.
pub(super) fn file(database: &Path) -> PathBuf {
    data_dir::folder_of(database).join(LOCK_FILE)
}

/// Held until it is dropped, or its process ends, however that ends.
#[derive(Debug)]
pub(super) struct StoreLock {
    _file: File,
}

impl StoreLock {
    /// A share of the lock, for as long as the database is open.
    pub(super) fn share(database: &Path) -> Result<Self, StoreError> {
        wait_for(database, || Self::take(database, File::try_lock_shared))
    }

    /// The whole lock: nobody else has the database open, or comes to open it.
    pub(super) fn whole(database: &Path) -> Result<Self, StoreError> {
        wait_for(database, || Self::try_whole(database))
    }

    /// As [`StoreLock::whole`]; `None` where somebody has the database open at this moment.
    pub(super) fn try_whole(database: &Path) -> Result<Option<Self>, StoreError> {
        Self::take(database, File::try_lock)
    }

    /// A share, for whoever only looks: where there is no lock file, nobody has the database open, and none is made.
    pub(super) fn look(database: &Path) -> Result<Option<Self>, StoreError> {
        if file(database).exists() { Self::share(database).map(Some) } else { Ok(None) }
    }

    fn take(database: &Path, lock: impl Fn(&File) -> Result<(), TryLockError>) -> Result<Option<Self>, StoreError> {
        let path = file(database);
        let failed = |error: std::io::Error| data_dir::refused("lock", &path, error);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = match options.open(&path) {
            // On a disk that is read-only a lock can be had all the same.
            Err(error) if [ErrorKind::PermissionDenied, ErrorKind::ReadOnlyFilesystem].contains(&error.kind()) => {
                File::open(&path).map_err(|_| failed(error))?
            }
            other => other.map_err(failed)?,
        };
        match lock(&file) {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}

/// Tries until it is done, or another process has kept it from being done for too long.
pub(super) fn wait_for<T>(
    database: &Path,
    mut attempt: impl FnMut() -> Result<Option<T>, StoreError>,
) -> Result<T, StoreError> {
    let mut waited = Duration::ZERO;
    loop {
        if let Some(done) = attempt()? {
            return Ok(done);
        }
        if waited >= PATIENCE {
            return Err(StoreError::Locked { path: database.to_owned(), waited_s: PATIENCE.as_secs() });
        }
        std::thread::sleep(PAUSE);
        waited += PAUSE;
    }
}
