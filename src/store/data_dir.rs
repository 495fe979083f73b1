//! The folder that everything is kept in, and the files beside the database. All are for their owner only.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::error::StoreError;

/// Makes the data directory, with those above it, unless it is there.
///
/// # Errors
/// [`StoreError::Directory`] when it cannot be made or is a file.
pub fn create(path: &Path) -> Result<(), StoreError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|source| StoreError::Directory { path: path.to_owned(), source })
}

/// What the system says of a file, in our words.
pub(super) fn refused(action: &'static str, path: &Path, error: std::io::Error) -> StoreError {
    let path = path.to_owned();
    match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => StoreError::ReadOnly { path },
        ErrorKind::StorageFull => StoreError::DiskFull { path },
        _ => StoreError::File { action, path, source: error },
    }
}

/// The folder of a file.
pub(super) fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// The file's text, `None` where there is no such file.
///
/// # Errors
/// [`StoreError::File`] when the file cannot be read.
pub fn read(path: &Path) -> Result<Option<String>, StoreError> {
    match std::fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(StoreError::File { action: "read", path: path.to_owned(), source }),
        // What is no text is no key either, and told by whoever wants one.
        Ok(bytes) => Ok(Some(String::from_utf8(bytes).unwrap_or_default())),
    }
}

/// The name of a file that is being written. It is always the same, so that what a sudden end has left is found.
pub(super) fn part_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

/// Puts a file there, whole or not at all, for its owner only; another of this name is gone then. Nobody else may write
/// the same file meanwhile.
pub(super) fn write(path: &Path, text: &str) -> Result<(), StoreError> {
    let failed = |error| refused("write", path, error);
    let part = part_of(path);
    wipe(&part)?;
    touch_private(&part).map_err(failed)?;
    let mut file = OpenOptions::new().write(true).open(&part).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
    drop(file);
    rename(&part, path)
}

/// Gives a file another name, in place of whatever has it.
pub(super) fn rename(from: &Path, to: &Path) -> Result<(), StoreError> {
    let failed = |error| refused("rename", from, error);
    std::fs::rename(from, to).map_err(failed)?;
    sync_folder(&folder_of(to)).map_err(failed)
}

/// Overwrites a file and removes it, where it is there. What a disk keeps of the old bytes where no program can reach them
/// (flash memory, copies of a file system) is beyond this.
///
/// # Errors
/// [`StoreError::File`] when it cannot be removed.
pub fn wipe(path: &Path) -> Result<(), StoreError> {
    let zeros = vec![0; 1 << 16];
    let failed = |error| refused("remove", path, error);
    let mut file = match OpenOptions::new().write(true).open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        other => other.map_err(failed)?,
    };
    let mut left = file.metadata().map_err(failed)?.len();
    while left > 0 {
        let now = left.min(zeros.len() as u64);
        file.write_all(&zeros[..now as usize]).map_err(failed)?;
        left -= now;
    }
    file.sync_all().and_then(|()| std::fs::remove_file(path)).map_err(failed)?;
    sync_folder(&folder_of(path)).map_err(failed)
}

/// Makes an empty file for its owner only, unless it is there.
pub(super) fn touch_private(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Makes a new name in a folder survive a power cut.
pub(super) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// What others than the owner may do with a file or folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Others {
    /// Nothing.
    Nothing,
    /// Read it: a folder's list, or a file's content.
    Read,
    /// Change it: files can be put in a folder, and taken out.
    Write,
}

/// What others than the owner may do with the file or folder; `None` where that cannot be told.
#[cfg(unix)]
pub fn others_may(path: &Path) -> Option<Others> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path).ok()?.permissions().mode();
    Some(match (mode & 0o022, mode & 0o077) {
        (0, 0) => Others::Nothing,
        (0, _) => Others::Read,
        _ => Others::Write,
    })
}

/// What others than the owner may do with the file or folder; `None` where that cannot be told.
#[cfg(not(unix))]
pub fn others_may(_path: &Path) -> Option<Others> {
    None
}

/// Takes a file from all but its owner, where others may do anything with it: a copy that was put back, say.
pub(super) fn make_private(path: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    if others_may(path).is_some_and(|others| others != Others::Nothing) {
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        tracing::warn!(file = %path.display(), "was open to others and is closed now; whoever may have read a key can still use it: mirilla store rekey makes a new one");
        return std::fs::set_permissions(path, permissions);
    }
    let _ = path;
    Ok(())
}

/// What the program keeps in a data directory, and how the names begin.
const OURS: [&str; 6] = ["mirilla.", "store.", "settings.toml", "selftest.", "token.key", "consent."];

/// Takes the data directory from all but its owner, where others may do anything with it; unless somebody keeps something
/// else in it as well, who would be locked out: `mirilla doctor` tells of it.
pub(super) fn make_folder_private(path: &Path) {
    #[cfg(unix)]
    if others_may(path).is_some_and(|others| others != Others::Nothing) && holds_nothing_else(path) {
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        match std::fs::set_permissions(path, permissions) {
            Ok(()) => tracing::info!(folder = %path.display(), "was open to others and is closed now"),
            // Somebody else's; the files in it are closed all the same.
            Err(error) => tracing::warn!(%error, folder = %path.display(), "is open to others, and cannot be closed"),
        }
    }
    let _ = path;
}

#[cfg(unix)]
fn holds_nothing_else(path: &Path) -> bool {
    let ours = |name: &std::ffi::OsStr| name.to_str().is_some_and(|name| OURS.iter().any(|our| name.starts_with(our)));
    std::fs::read_dir(path)
        .is_ok_and(|mut entries| entries.all(|entry| entry.is_ok_and(|entry| ours(&entry.file_name()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_written_read_and_wiped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        assert_eq!(read(&path).unwrap(), None);
        write(&path, "first").unwrap();
        write(&path, "second").unwrap();
        assert_eq!(read(&path).unwrap().as_deref(), Some("second"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file stays");
        // What another name still leads to shows that the bytes were overwritten, not only forgotten.
        std::fs::write(&path, vec![7; 100_000]).unwrap();
        std::fs::hard_link(&path, folder.path().join("other")).unwrap();
        wipe(&path).unwrap();
        wipe(&path).unwrap();
        assert!(!path.exists());
        assert_eq!(std::fs::read(folder.path().join("other")).unwrap(), vec![0; 100_000]);
    }

    #[test]
    #[cfg(unix)]
    fn files_and_folders_are_the_owners() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("a/b");
        create(&inner).unwrap();
        create(&inner).unwrap();
        assert_eq!(others_may(&inner), Some(Others::Nothing));
        write(&inner.join("key"), "x").unwrap();
        touch_private(&inner.join("db")).unwrap();
        assert_eq!(others_may(&inner.join("key")), Some(Others::Nothing));
        assert_eq!(others_may(&inner.join("db")), Some(Others::Nothing));
        assert_eq!(others_may(&inner.join("nothing")), None);
    }

    #[test]
    #[cfg(unix)]
    fn a_key_that_was_open_to_others_is_closed() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, "x").unwrap();
        for (mode, found) in [(0o644, Others::Read), (0o620, Others::Write)] {
            std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
            assert_eq!(others_may(&path), Some(found));
            make_private(&path).unwrap();
            assert_eq!(others_may(&path), Some(Others::Nothing));
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_folder_that_was_open_to_others_is_closed_unless_it_is_not_ours_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let open = || std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o777)).unwrap();
        for name in ["mirilla.db", "mirilla.db-wal", "store.toml", "settings.toml"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        open();
        make_folder_private(folder.path());
        assert_eq!(others_may(folder.path()), Some(Others::Nothing));
        std::fs::write(folder.path().join("letter.txt"), "mine").unwrap();
        open();
        make_folder_private(folder.path());
        assert_eq!(others_may(folder.path()), Some(Others::Write));
    }

    #[test]
    fn a_file_in_place_of_the_folder_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data");
        std::fs::write(&path, "mine").unwrap();
        assert!(matches!(create(&path), Err(StoreError::Directory { .. })));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
    }
}
