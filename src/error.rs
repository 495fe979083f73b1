//! What can go wrong, one type per boundary. A message says what was expected, what came, and what to do;
//! none holds a name, an e-mail address, or anything of a face.
//!
//! "No face", "too dark" or "not recognized" are not here: they are answers (`session::Reason`).

use std::path::PathBuf;

/// A photograph that cannot become a frame.
#[derive(Debug, thiserror::Error)]
pub enum PhotoError {
    /// The file is not there or may not be read.
    #[error("cannot read the photo: {source} ({})", path.display())]
    Unreadable {
        /// As given by the user.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A folder where a file was expected.
    #[error("expected a photo, found a folder ({})", path.display())]
    Folder {
        /// As given by the user.
        path: PathBuf,
    },
    /// A device or a socket.
    #[error("expected a photo, found something that is no file ({})", path.display())]
    NotAFile {
        /// As given by the user.
        path: PathBuf,
    },
    /// Nothing in it.
    #[error("the photo is empty (0 bytes)")]
    Empty,
    /// A file larger than any photo that would pass.
    #[error("the file has {bytes} bytes; at most {limit} are read")]
    FileTooLarge {
        /// Size of the file.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// Not one of the formats that are read, whatever its name says.
    #[error("expected a photo in JPEG, PNG, WebP or BMP, found {found}: export it as JPEG")]
    UnknownFormat {
        /// What it is, as far as can be told.
        found: &'static str,
    },
    /// More pixels than are accepted; found before anything was decoded.
    #[error(
        "the photo has {width}x{height} pixels; at most {limit_megapixels} megapixels are accepted, make it smaller"
    )]
    TooManyPixels {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
        /// The limit.
        limit_megapixels: u32,
    },
    /// Too small to show a face.
    #[error("the photo has {width}x{height} pixels; a face needs more, at least {least} each way")]
    TooFewPixels {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
        /// The limit.
        least: u32,
    },
    /// Starts like a photo but cannot be decoded to its end.
    #[error("the photo is damaged or cut short: {detail}")]
    Damaged {
        /// What the decoder said.
        detail: String,
    },
}

/// A source of frames that has none to give.
#[derive(Debug, thiserror::Error)]
pub enum CameraError {
    /// Playback was asked for without pictures.
    #[error("nothing to play: the list of photos is empty")]
    NothingToPlay,
    /// A part of a photo that cannot be shown.
    #[error("a photo cannot be played: {detail}")]
    Playback {
        /// What the scaler said.
        detail: String,
    },
    /// A frame whose buffer does not fit its size.
    #[error("a frame of {width}x{height} RGB pixels needs {expected} bytes, got {found}")]
    FrameSize {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
        /// width x height x 3.
        expected: usize,
        /// What came.
        found: usize,
    },
    /// The thread of the camera or of the recognition cannot be started.
    #[error("cannot start the thread {name}: {source}")]
    Thread {
        /// Name of the thread.
        name: &'static str,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The source has ended: its thread is gone.
    #[error("the camera has stopped")]
    Stopped,
    /// No camera at all, or not the one that is wanted.
    #[error("{}: plug it in, or choose one that `mirilla camera list` shows", wanted.as_ref().map_or_else(|| "no camera found".into(), |id| format!("the camera {id} is not there")))]
    NotFound {
        /// Identifier of the camera that is wanted; none: any would do.
        wanted: Option<String>,
    },
    /// Another program reads it.
    #[error("the camera is in use by another program: close that program")]
    InUse,
    /// The system does not let this user open it.
    #[error(
        "this user may not open the camera {camera}: add the user to the group video and log in again, or allow camera access in the system's settings"
    )]
    NoPermission {
        /// Device file or name.
        camera: String,
    },
    /// It was there, and is gone.
    #[error("the camera is gone: plug it in again")]
    Unplugged,
    /// It offers pictures in formats that are not understood.
    #[error("expected a camera that gives MJPEG, YUYV, NV12, RGB or GREY; this one gives {offered}")]
    NoFormat {
        /// What it offers.
        offered: String,
    },
    /// One picture that cannot be used; the next may be good.
    #[error("a picture of the camera cannot be used: {detail}")]
    BadFrame {
        /// What is wrong with it.
        detail: String,
    },
    /// Nothing has come yet; it may still come.
    #[error("the camera has sent no picture for {waited_ms} ms: unplug it and plug it in again")]
    NoFrame {
        /// How long was waited.
        waited_ms: u64,
    },
    /// Whatever else a driver says.
    #[error("the camera cannot {action}: {detail}")]
    Device {
        /// "be opened", "be started" ...
        action: &'static str,
        /// What the driver said.
        detail: String,
    },
    /// A driver or a decoder inside this process has given up.
    #[error("the camera's driver gave up: {detail}")]
    Panicked {
        /// Its last words.
        detail: String,
    },
}

/// A network that cannot be loaded or run.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The weights inside the binary do not have the expected shape: a broken build.
    #[error("network {network}: {source}")]
    Tensor {
        /// Which network.
        network: &'static str,
        /// What candle said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A fault of this program: the frame was given up.
    #[error("the recognition failed on a frame: {detail}; please report it")]
    Panicked {
        /// What the panic said.
        detail: String,
    },
}

/// A key that cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The system gives no random numbers.
    #[error("the system gives no random numbers: {source}")]
    Random {
        /// What the system said.
        source: getrandom::Error,
    },
    /// Deriving a key from a passphrase needs memory.
    #[error("no key can be derived from the passphrase: {detail}; free some memory")]
    Memory {
        /// What Argon2 said.
        detail: String,
    },
    /// The operating system's keyring does not do what is asked.
    #[error(
        "the operating system's keyring does not help: {detail}; unlock it, or start mirilla in the session of the user whose keyring it is"
    )]
    Keyring {
        /// What it said.
        detail: String,
    },
}

/// A database that cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The key cannot be had.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The key is not where it is said to be.
    #[error("the key of the database is lost: it is not in {place}; put it back, or restore a backup (mirilla store restore); nothing was changed ({})", path.display())]
    KeyLost {
        /// The database file.
        path: PathBuf,
        /// The key file, or the keyring.
        place: String,
    },
    /// The file encrypted with another key than the one that is kept.
    #[error("the database is encrypted with another key than the one that is kept; it was left as it is: put back store.toml and the key that belong to it ({})", path.display())]
    OtherKey {
        /// The database file.
        path: PathBuf,
    },
    /// A passphrase is asked for, and none was given.
    #[error("a passphrase is needed for {of}: set {variable}, or start at a terminal, where it is asked for")]
    PassphraseNeeded {
        /// What it opens.
        of: &'static str,
        /// The variable that it is read from.
        variable: &'static str,
    },
    /// Another passphrase.
    #[error("the passphrase is not the right one: try again")]
    PassphraseWrong,
    /// A backup encrypted with the key of a store, which is not here.
    #[error("the backup is encrypted with the key of the store that made it, and that key is not here; no passphrase opens it. Do not overwrite the store.key that is here: put the old one alone into an empty folder, and restore there with --data-dir ({})", path.display())]
    BackupKeyLost {
        /// The backup.
        path: PathBuf,
    },
    /// The key file holds another key than that of the database, in whose place a backup is to be put.
    #[error("store.key holds another key than that of the database here: nothing was changed. Put the key of the database back; to restore a backup with the key that made it, put that key alone into an empty folder, and restore there with --data-dir. Where the key of the database is lost for good, --replace-lost puts the backup in its place, and keeps it under another name ({})", path.display())]
    KeyOverwritten {
        /// The database.
        path: PathBuf,
    },
    /// The key of the database in whose place a backup is to be put cannot be had.
    #[error(
        "{source}; where that key is lost for good, --replace-lost puts the backup in the place of the database, which is kept under another name"
    )]
    PresentKey {
        /// Why.
        source: Box<StoreError>,
    },
    /// A new passphrase that is soon guessed.
    #[error("the new passphrase is too short: at least {least} characters are needed, a sentence is better")]
    PassphraseShort {
        /// Characters that it has at least.
        least: usize,
    },
    /// The file that says where the key is kept says something else.
    #[error("cannot understand where the key is kept: {detail}; put the file back from a copy, or move it away if the key is in store.key beside it ({})", path.display())]
    HeaderDamaged {
        /// The file `store.toml`.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// A copy that does not hold what it was made from.
    #[error(
        "the copy of the database is not the same as the database ({detail}); it was thrown away, and nothing was changed"
    )]
    CopyDiffers {
        /// Where it differs first.
        detail: String,
    },
    /// The data directory cannot be made or entered.
    #[error("cannot use the data directory: {source}; give another with --data-dir ({})", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A file beside the database (its key) cannot be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// "read", "create" ...
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The directory or the database file may not be written.
    #[error("the database cannot be written: the data directory or the file is read-only, or somebody else's ({})", path.display())]
    ReadOnly {
        /// The database file.
        path: PathBuf,
    },
    /// Another process held the lock for longer than the busy timeout.
    #[error("the database is in use by another process (waited {waited_s} s); close it or try again ({})", path.display())]
    Locked {
        /// The database file.
        path: PathBuf,
        /// The busy timeout.
        waited_s: u64,
    },
    /// Not a database, or one with damaged pages.
    #[error("the database is damaged or is not a database: {detail}; it was left as it is: restore a copy, or move it away to start anew ({})", path.display())]
    Corrupt {
        /// The database file.
        path: PathBuf,
        /// What SQLite said.
        detail: String,
    },
    /// Written by a later version of this program.
    #[error("the database was written by a newer version of mirilla (schema {found}, this one knows {known}); update the program ({})", path.display())]
    NewerSchema {
        /// The database file.
        path: PathBuf,
        /// Schema of the file.
        found: i64,
        /// Newest schema that this program knows.
        known: i64,
    },
    /// The disk is full.
    #[error("the disk is full: nothing was stored ({})", path.display())]
    DiskFull {
        /// The database file.
        path: PathBuf,
    },
    /// A stored value that this program would never have written.
    #[error("a stored {what} cannot be understood; the database was changed by something else")]
    BadValue {
        /// Which value.
        what: &'static str,
    },
    /// Whatever else SQLite reports.
    #[error("database: {detail}")]
    Other {
        /// What SQLite said.
        detail: String,
    },
}

/// A token that is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Its time is over.
    #[error("the session has ended: sign in again")]
    Expired,
    /// Issued in the future or not to be used yet: somebody's clock is wrong.
    #[error("the token is not valid yet: compare the clocks")]
    NotYetValid,
    /// Its header names another algorithm than its key signs with.
    #[error("the token's header does not ask for {expected}, with which its key signs")]
    Algorithm {
        /// The accepted algorithm.
        expected: &'static str,
    },
    /// The signature does not match: altered, or signed with another key.
    #[error("the token's signature does not match: it was altered or signed with another key")]
    Signature,
    /// Issued for or by something else.
    #[error("the token was not issued by mirilla for its profile (claim {claim})")]
    Claim {
        /// The claim that does not fit.
        claim: &'static str,
    },
    /// Not a JWT, or one without the required claims.
    #[error("this is not a token: {detail}")]
    Malformed {
        /// What is wrong.
        detail: &'static str,
    },
    /// The token cannot be signed: never seen with a key of the right kind.
    #[error("the token cannot be signed")]
    Signing,
}
