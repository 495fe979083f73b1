//! What the whole-program tests share: a kiosk with a data directory of its own, its answers, and people to
//! stand before it.

#![allow(dead_code)] // each test binary uses its own part of this

pub(crate) mod chance;
pub(crate) mod people;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use assert_cmd::Command;
use rusqlite::Connection;
use serde_json::Value;
use tempfile::TempDir;

use people::Person;

/// The real binary.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_mirilla");
/// A command that makes a store where there is none, and answers `user_unknown`: whoever only reads makes none.
pub(crate) const FIRST_START: [&str; 3] = ["users", "remove", "nobody@example.org"];
/// What the operator of these kiosks types.
pub(crate) const OPERATOR_PIN: &str = "482913";
/// A command that takes longer hangs.
const HANGS_AFTER: Duration = Duration::from_secs(60);

/// Lines that are typed, and a command: all that was written meanwhile, and the exit code.
const TERMINAL: &str = "
import os, pty, sys
child, terminal = pty.fork()
if child == 0:
    os.execv(sys.argv[2], sys.argv[2:])
os.write(terminal, sys.argv[1].encode())
said = b''
try:
    while part := os.read(terminal, 4096):
        said += part
except OSError:
    pass
print(said.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
";

/// What the program says and answers at a terminal at which this is typed; none without the Python that makes one.
pub(crate) fn at_a_terminal(typed: &str, arguments: &[&str]) -> Option<Output> {
    try_program("python3", &[&["-c", TERMINAL, typed, BINARY], arguments].concat())
}

/// Says that a test skips, past the harness, which would keep the words of a test that passes to itself.
pub(crate) fn skip(why: &str) {
    let name = std::thread::current().name().unwrap_or("test").to_owned();
    let _ = writeln!(std::io::stderr(), "skipped: {name}: {why}");
}

/// A scratch folder with a data directory in it, and the binary that works there.
pub(crate) struct Kiosk {
    pub(crate) scratch: TempDir,
    pub(crate) data_dir: PathBuf,
}

/// What the binary answered to a command with `--json`.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) exit: i32,
    pub(crate) json: Value,
    pub(crate) stderr: String,
    pub(crate) took: Duration,
}

impl Kiosk {
    /// A kiosk where nobody is enrolled; its data directory does not exist yet.
    pub(crate) fn new() -> Self {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let data_dir = scratch.path().join("data");
        Self { scratch, data_dir }
    }

    /// A kiosk with one person enrolled.
    pub(crate) fn with(person: &Person) -> Self {
        let kiosk = Self::new();
        kiosk.enroll(person).assert_yes("enrolled");
        kiosk.ask(&["operator", "pin"]).assert_yes("pin_set");
        kiosk
    }

    /// A path in the scratch folder, beside the data directory.
    pub(crate) fn scratch(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    /// The database file.
    pub(crate) fn database(&self) -> PathBuf {
        self.data_dir.join("mirilla.db")
    }

    /// The file where an earlier version kept the key that signs tokens.
    pub(crate) fn token_key_file(&self) -> PathBuf {
        self.data_dir.join("token.key")
    }

    /// The file of the database's key.
    pub(crate) fn key_file(&self) -> PathBuf {
        self.data_dir.join("store.key")
    }

    /// The database as an earlier version kept it: not encrypted, and the key of the tokens in a file.
    pub(crate) fn make_earlier(&self) {
        let plain = self.scratch("plain.db");
        let database = open_database(&self.database());
        let secret: String =
            database.query_row("SELECT secret FROM token_keys", [], |row| row.get(0)).expect("a token key");
        drop(database);
        // The first schema, and what it has columns for.
        let earlier = Connection::open(&plain).expect("a plain database");
        earlier.execute_batch(include_str!("../../src/store/migrations/001_initial.sql")).expect("the first schema");
        let key = std::fs::read_to_string(self.key_file()).expect("a key file");
        let attach = "ATTACH ?1 AS now KEY ?2";
        earlier.execute(attach, [text(&self.database()), &format!("raw:{}", key.trim())]).expect("attached");
        for (table, columns) in [
            ("users", "id, name, email, email_key, created_at_ms, updated_at_ms"),
            ("face_references", "id, user_id, network_id, template, created_at_ms"),
            ("samples", "reference_id, position, embedding, quality"),
            ("events", "id, at_ms, kind, user_id, reason, score"),
        ] {
            let copy = format!("INSERT INTO main.{table} ({columns}) SELECT {columns} FROM now.{table}");
            earlier.execute(&copy, []).expect("copied");
        }
        earlier.execute_batch("DETACH now; PRAGMA user_version = 1").expect("an earlier database");
        drop(earlier);
        std::fs::remove_dir_all(&self.data_dir).expect("the folder goes");
        std::fs::create_dir(&self.data_dir).expect("the folder comes");
        std::fs::copy(&plain, self.database()).expect("the plain database");
        std::fs::remove_file(&plain).expect("the copy goes");
        std::fs::write(self.token_key_file(), format!("{secret}\n")).expect("the key file");
        #[cfg(unix)]
        for (path, mode) in [(self.data_dir.clone(), 0o700), (self.database(), 0o600), (self.token_key_file(), 0o600)] {
            let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
            std::fs::set_permissions(path, mode).expect("they are their owner's alone");
        }
    }

    /// The binary, with this kiosk's data directory and no settings of whoever runs the tests.
    pub(crate) fn command<S: AsRef<str>>(&self, arguments: &[S]) -> Command {
        let mut command = self.bare_command(arguments);
        command.arg("--data-dir").arg(&self.data_dir);
        command
    }

    /// The binary without `--data-dir`.
    pub(crate) fn bare_command<S: AsRef<str>>(&self, arguments: &[S]) -> Command {
        let mut command = Command::new(BINARY);
        for variable in ["MIRILLA_DATA_DIR", "MIRILLA_TOKEN", "MIRILLA_LOG", "RUST_LOG", "RUST_BACKTRACE"] {
            command.env_remove(variable);
        }
        // The keyring of whoever runs the tests is not touched.
        for variable in ["DBUS_SESSION_BUS_ADDRESS", "MIRILLA_KEY_SOURCE", "MIRILLA_PASSPHRASE"] {
            command.env_remove(variable);
        }
        // Whoever runs the tests is the operator of what they make.
        command.env("MIRILLA_OPERATOR_PIN", OPERATOR_PIN);
        for variable in ["MIRILLA_PIN", "MIRILLA_NEW_PIN"] {
            command.env_remove(variable);
        }
        // No window comes up before whoever runs the tests; tests/window.rs has displays of its own.
        for variable in ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"] {
            command.env_remove(variable);
        }
        // A home of its own: whatever a test forgets, nothing of the person who runs it is touched.
        command.env("HOME", self.scratch.path()).env_remove("XDG_DATA_HOME");
        command.args(arguments.iter().map(AsRef::as_ref)).timeout(HANGS_AFTER);
        command
    }

    /// Runs a command with `--json`.
    pub(crate) fn ask<S: AsRef<str>>(&self, arguments: &[S]) -> Answer {
        answer(self.command(arguments).arg("--json"))
    }

    /// Runs a command for people; gives exit code, standard output and standard error.
    pub(crate) fn tell<S: AsRef<str>>(&self, arguments: &[S]) -> (i32, String, String) {
        let output = self.command(arguments).output().expect("the binary runs");
        let (stdout, stderr) = texts(&output);
        (exit_code(&output), stdout, stderr)
    }

    pub(crate) fn enroll(&self, person: &Person) -> Answer {
        self.enroll_as(person.name, person.email, &person.photos)
    }

    pub(crate) fn enroll_as(&self, name: &str, email: &str, photos: &[PathBuf]) -> Answer {
        let mut arguments = vec!["enroll", "--name", name, "--email", email];
        arguments.extend(photos.iter().map(|photo| text(photo)));
        self.ask(&arguments)
    }

    pub(crate) fn login(&self, photo: &Path) -> Answer {
        self.ask(&["login", text(photo)])
    }

    /// Makes the store, where nobody is enrolled.
    pub(crate) fn begin(&self) {
        self.ask(&FIRST_START).assert_no("user_unknown");
    }

    /// Signs in and gives the token.
    pub(crate) fn token(&self, photo: &Path) -> String {
        self.login(photo).assert_yes("recognized").text("token").to_owned()
    }

    /// The e-mail addresses of all who are enrolled.
    pub(crate) fn emails(&self) -> Vec<String> {
        let listed = self.ask(&["users", "list"]);
        if listed.reason() == "no_database" {
            return vec![];
        }
        let listed = listed.assert_yes("listed");
        let users = listed.json["users"].as_array().expect("a list of users");
        users.iter().map(|user| user["email"].as_str().expect("an address").to_owned()).collect()
    }
}

impl Answer {
    /// The text field `key`, empty where there is none.
    pub(crate) fn text(&self, key: &str) -> &str {
        self.json[key].as_str().unwrap_or_default()
    }

    pub(crate) fn reason(&self) -> &str {
        self.text("reason")
    }

    /// Exit code 0 and this outcome.
    #[track_caller]
    pub(crate) fn assert_yes(self, outcome: &str) -> Self {
        assert_eq!((self.exit, self.text("outcome")), (0, outcome), "{self:?}");
        self
    }

    /// Exit code 1 and this reason.
    #[track_caller]
    pub(crate) fn assert_no(self, reason: &str) -> Self {
        assert_eq!((self.exit, self.text("outcome"), self.reason()), (1, "declined", reason), "{self:?}");
        self.assert_message()
    }

    /// Exit code 2 and this reason.
    #[track_caller]
    pub(crate) fn assert_bad_input(self, reason: &str) -> Self {
        assert_eq!((self.exit, self.text("outcome"), self.reason()), (2, "error", reason), "{self:?}");
        self.assert_message()
    }

    /// Exit code 3 and this reason.
    #[track_caller]
    pub(crate) fn assert_machine(self, reason: &str) -> Self {
        assert_eq!((self.exit, self.text("outcome"), self.reason()), (3, "error", reason), "{self:?}");
        self.assert_message()
    }

    /// There is a message that says something.
    #[track_caller]
    fn assert_message(self) -> Self {
        assert!(self.text("message").split_whitespace().count() >= 3, "no message that helps: {self:?}");
        self
    }

    /// The message names each of these.
    #[track_caller]
    pub(crate) fn assert_says(self, words: &[&str]) -> Self {
        let message = self.text("message").to_lowercase();
        for word in words {
            assert!(message.contains(&word.to_lowercase()), "the message does not say \"{word}\": {self:?}");
        }
        self
    }
}

/// Runs a command that was given `--json`, and parses the one object on its standard output.
#[track_caller]
pub(crate) fn answer(command: &mut Command) -> Answer {
    let begin = Instant::now();
    let output = command.output().expect("the binary runs");
    parsed(&output, begin.elapsed())
}

/// The answer in the output of a binary that was run with `--json`.
#[track_caller]
pub(crate) fn parsed(output: &Output, took: Duration) -> Answer {
    let (stdout, stderr) = texts(output);
    let json = serde_json::from_str::<Value>(&stdout).ok().filter(Value::is_object);
    assert!(json.is_some(), "expected one JSON object on stdout, found {stdout:?}; stderr: {stderr}");
    assert!(stdout.ends_with('\n'), "the object ends without a line break");
    Answer { exit: exit_code(output), json: json.unwrap_or_default(), stderr, took }
}

#[track_caller]
fn exit_code(output: &Output) -> i32 {
    let (stdout, stderr) = texts(output);
    assert!(output.status.code().is_some(), "{}: hung or crashed: {stdout} {stderr}", output.status);
    output.status.code().unwrap_or_default()
}

/// Standard output and standard error, where nothing may look like a crash.
#[track_caller]
pub(crate) fn texts(output: &Output) -> (String, String) {
    let stdout = String::from_utf8(output.stdout.clone()).expect("stdout is UTF-8");
    let stderr = String::from_utf8(output.stderr.clone()).expect("stderr is UTF-8");
    for sign in ["panicked", "RUST_BACKTRACE", "stack overflow", "core dumped"] {
        assert!(!stderr.contains(sign) && !stdout.contains(sign), "a crash: {stdout} {stderr}");
    }
    (stdout, stderr)
}

/// The database, as another program that has the key of its file opens it.
pub(crate) fn open_database(database: &Path) -> Connection {
    let connection = Connection::open(database).expect("the database opens");
    if let Ok(key) = std::fs::read_to_string(database.with_file_name("store.key")) {
        connection.pragma_update(None, "key", format!("raw:{}", key.trim())).expect("the key is taken");
    }
    connection
}

/// Every page of the database as whoever has the key can read it, also of what was deleted.
pub(crate) fn decrypted(kiosk: &Kiosk) -> Vec<u8> {
    let copy = kiosk.scratch("copy");
    let _ = std::fs::remove_dir_all(&copy);
    std::fs::create_dir(&copy).expect("a folder for the copy");
    for (path, bytes) in contents(&kiosk.data_dir) {
        std::fs::write(copy.join(path.file_name().expect("a name")), bytes).expect("a copy");
    }
    let database = open_database(&copy.join("mirilla.db"));
    database.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(())).expect("the log goes into the file");
    database.pragma_update(None, "rekey", "").expect("decrypted");
    drop(database);
    std::fs::read(copy.join("mirilla.db")).expect("the copy")
}

/// A path as an argument.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().expect("paths of tests are UTF-8")
}

/// Every file in a folder with its bytes.
pub(crate) fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = std::fs::read_dir(folder).expect("the folder can be read");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.map(|path| (path.clone(), std::fs::read(&path).unwrap_or_default())).collect()
}

/// A program beside the tests (`unshare`, `python3`), with all its output, or `None` where it cannot be run.
pub(crate) fn try_program(program: &str, arguments: &[&str]) -> Option<Output> {
    let mut command = std::process::Command::new(program);
    command.args(arguments).env("MIRILLA_OPERATOR_PIN", OPERATOR_PIN).stdin(Stdio::null()).output().ok()
}
