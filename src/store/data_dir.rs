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

/// The file's text, or, where there is no such file, that of the file made from `fresh` in its place. The
/// new file appears whole or not at all, and never in place of another.
///
/// # Errors
/// [`StoreError::File`] when the file cannot be read or made.
pub fn read_or_create(path: &Path, fresh: impl FnOnce() -> String) -> Result<String, StoreError> {
    let read = |path| std::fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    match read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(source) => return Err(StoreError::File { action: "read", path: path.to_owned(), source }),
        Ok(text) => {
            let failed = |source| StoreError::File { action: "protect", path: path.to_owned(), source };
            return make_private(path).map(|()| text).map_err(failed);
        }
    }
    let failed = |source| StoreError::File { action: "create", path: path.to_owned(), source };
    let folder = path.parent().map_or_else(|| PathBuf::from("."), Path::to_owned);
    let text = fresh();
    let mut file = tempfile::NamedTempFile::new_in(&folder).map_err(failed)?; // mode 0600
    file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
    match file.persist_noclobber(path) {
        Ok(_) => {
            sync_folder(&folder).map_err(failed)?;
            Ok(text)
        }
        // Another process was faster: its file is the one.
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => read(path).map_err(failed),
        Err(error) => Err(failed(error.error)),
    }
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
fn sync_folder(folder: &Path) -> std::io::Result<()> {
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
        tracing::warn!(file = %path.display(), "was open to others and is closed now; whoever may have read a key can still use it: remove the key file to have a new one");
        return std::fs::set_permissions(path, permissions);
    }
    let _ = path;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_made_once_and_then_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        assert_eq!(read_or_create(&path, || "first".into()).unwrap(), "first");
        assert_eq!(read_or_create(&path, || "second".into()).unwrap(), "first");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file stays");
    }

    #[test]
    #[cfg(unix)]
    fn files_and_folders_are_the_owners() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("a/b");
        create(&inner).unwrap();
        create(&inner).unwrap();
        assert_eq!(others_may(&inner), Some(Others::Nothing));
        read_or_create(&inner.join("key"), || "x".into()).unwrap();
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
            read_or_create(&path, String::new).unwrap();
            assert_eq!(others_may(&path), Some(Others::Nothing));
        }
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
