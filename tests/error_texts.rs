//! Every text that tells of an error, in one kept file: who changes a text sees it there, and nobody's name is in any.
//!
//! A new variant does not compile before it is in a list, a new type of errors fails a test. `UPDATE_SNAPSHOTS=1` writes the
//! file anew.

mod common;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use common::people::{biden, collins, obama};
use common::{Kiosk, text};
use mirilla::app::AppError;
use mirilla::bench::BenchError;
use mirilla::config::ConfigError;
use mirilla::desk::DeskError;
use mirilla::error::{CameraError, KeyError, ModelError, PhotoError, StoreError, TokenError};
use mirilla::eval::dataset::FormatError;
use mirilla::models::kernels::PathError;
use mirilla::person::{PersonError, PinError};
use mirilla::selftest::KeptError;
use mirilla::session::Reason;
use mirilla::settings::SettingsError;
use mirilla::simulation::SimulationError;
use mirilla::window::WindowError;
use serde_json::Value;

/// Types whose texts are those of another library, or hold nothing but numbers of networks and pictures.
const ELSEWHERE: [&str; 2] = ["PlotError", "Unfit"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The texts of one type, by variant. The match has no wildcard: a variant that is not listed does not compile.
macro_rules! texts {
    ($texts:ident, $kind:ident { $($variant:ident: $($value:expr),+;)+ }) => {
        #[allow(dead_code)]
        fn every_variant(error: &$kind) {
            match error {
                $($kind::$variant { .. } => {})+
            }
        }
        $($($texts.push(format!("{}::{}: {}", stringify!($kind), stringify!($variant), $value));)+)+
    };
}

fn denied() -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, "(what the system says)")
}

fn path() -> PathBuf {
    "FILE".into()
}

fn detail() -> String {
    "(what the library says)".into()
}

fn random() -> getrandom::Error {
    getrandom::Error::UNSUPPORTED
}

fn of_photos_and_cameras(texts: &mut Vec<String>) {
    {
        texts!(texts, PhotoError {
            Unreadable: PhotoError::Unreadable { path: path(), source: denied() };
            Folder: PhotoError::Folder { path: path() };
            NotAFile: PhotoError::NotAFile { path: path() };
            Empty: PhotoError::Empty;
            FileTooLarge: PhotoError::FileTooLarge { bytes: 600_000_000, limit: 500_000_000 };
            UnknownFormat: PhotoError::UnknownFormat { found: "a PDF" };
            TooManyPixels: PhotoError::TooManyPixels { width: 10_000, height: 9_000, limit_megapixels: 50 };
            TooFewPixels: PhotoError::TooFewPixels { width: 8, height: 9, least: 16 };
            Damaged: PhotoError::Damaged { detail: detail() };
        });
    }
    {
        texts!(texts, CameraError {
            NothingToPlay: CameraError::NothingToPlay;
            Playback: CameraError::Playback { detail: detail() };
            FrameSize: CameraError::FrameSize { width: 4, height: 3, expected: 36, found: 35 };
            Thread: CameraError::Thread { name: "camera", source: denied() };
            Stopped: CameraError::Stopped;
            NotFound: CameraError::NotFound { wanted: None }, CameraError::NotFound { wanted: Some("usb-1".into()) };
            InUse: CameraError::InUse;
            NoPermission: CameraError::NoPermission { camera: "/dev/video0".into() };
            Unplugged: CameraError::Unplugged;
            NoFormat: CameraError::NoFormat { offered: "H264".into() };
            BadFrame: CameraError::BadFrame { detail: detail() };
            NoFrame: CameraError::NoFrame { waited_ms: 3000 };
            Device: CameraError::Device { action: "be opened", detail: detail() };
            Panicked: CameraError::Panicked { detail: detail() };
        });
    }
    {
        let source = || detail().into();
        texts!(texts, ModelError {
            Tensor: ModelError::Tensor { network: "sface", source: source() };
            Panicked: ModelError::Panicked { detail: detail() };
        });
    }
    {
        texts!(texts, PathError {
            Unknown: PathError::Unknown { found: "sse".into() };
            NotHere: said_of_any_cpu(&PathError::NotHere { wanted: "neon" });
        });
    }
    {
        texts!(texts, BenchError {
            Model: BenchError::Model(ModelError::Panicked { detail: detail() });
            Photo: BenchError::Photo(PhotoError::Empty);
            Camera: BenchError::Camera(CameraError::Stopped);
            Jpeg: BenchError::Jpeg { detail: detail() };
            Unexpected: BenchError::Unexpected { expected: "a face" };
        });
    }
    texts.push(format!("FormatError: {}", FormatError { line: 3, expected: "two names and a number" }));
}

/// Without the list of what the CPU of these tests has.
fn said_of_any_cpu(error: &PathError) -> String {
    let said = error.to_string();
    said.split("it has:").next().unwrap_or_default().to_owned() + "it has: (a list)"
}

fn of_the_store(texts: &mut Vec<String>) {
    {
        texts!(texts, KeyError {
            Random: KeyError::Random { source: random() };
            Memory: KeyError::Memory { detail: detail() };
            Keyring: KeyError::Keyring { detail: detail() };
        });
    }
    texts!(texts, StoreError {
        Key: StoreError::Key(KeyError::Keyring { detail: detail() });
        KeyLost: StoreError::KeyLost { path: path(), place: "the file store.key".into() };
        OtherKey: StoreError::OtherKey { path: path() };
        PassphraseNeeded: StoreError::PassphraseNeeded { of: "the database", variable: "MIRILLA_PASSPHRASE" };
        PassphraseWrong: StoreError::PassphraseWrong;
        BackupKeyLost: StoreError::BackupKeyLost { path: path() };
        KeyOverwritten: StoreError::KeyOverwritten { path: path() };
        PresentKey: StoreError::PresentKey { source: Box::new(StoreError::PassphraseWrong) };
        PassphraseShort: StoreError::PassphraseShort { least: 8 };
        HeaderDamaged: StoreError::HeaderDamaged { path: path(), detail: detail() };
        CopyDiffers: StoreError::CopyDiffers { detail: "table users".into() };
        Directory: StoreError::Directory { path: path(), source: denied() };
        File: StoreError::File { action: "read", path: path(), source: denied() };
        ReadOnly: StoreError::ReadOnly { path: path() };
        Locked: StoreError::Locked { path: path(), waited_s: 5 };
        Corrupt: StoreError::Corrupt { path: path(), detail: detail() };
        NewerSchema: StoreError::NewerSchema { path: path(), found: 99, known: 6 };
        DiskFull: StoreError::DiskFull { path: path() };
        BadValue: StoreError::BadValue { what: "template" };
        Other: StoreError::Other { detail: detail() };
    });
}

fn of_what_is_given(texts: &mut Vec<String>) {
    {
        texts!(texts, TokenError {
            Expired: TokenError::Expired;
            NotYetValid: TokenError::NotYetValid;
            Algorithm: TokenError::Algorithm { expected: "EdDSA" };
            Signature: TokenError::Signature;
            Claim: TokenError::Claim { claim: "iss" };
            Malformed: TokenError::Malformed { detail: "expected three parts joined by dots" };
            Signing: TokenError::Signing;
        });
    }
    {
        texts!(texts, SimulationError {
            Model: SimulationError::Model(ModelError::Panicked { detail: detail() });
            Photo: SimulationError::Photo(PhotoError::Empty);
            Camera: SimulationError::Camera(CameraError::Stopped);
            Jpeg: SimulationError::Jpeg { detail: detail() };
            NoFace: SimulationError::NoFace;
        });
    }
    {
        texts!(texts, PinError {
            NotDigits: PinError::NotDigits;
            Length: PinError::Length;
            Obvious: PinError::Obvious;
        });
    }
    {
        texts!(texts, PersonError {
            NameEmpty: PersonError::NameEmpty;
            NameTooLong: PersonError::NameTooLong { chars: 300 };
            NameControlCharacter: PersonError::NameControlCharacter;
            EmailEmpty: PersonError::EmailEmpty;
            EmailTooLong: PersonError::EmailTooLong { bytes: 300 };
            EmailPartTooLong: PersonError::EmailPartTooLong;
            EmailMalformed: PersonError::EmailMalformed;
        });
    }
    {
        texts!(texts, ConfigError {
            EmptyDataDir: ConfigError::EmptyDataDir;
            NoDataDir: ConfigError::NoDataDir;
            Relative: ConfigError::Relative { source: denied() };
        });
    }
    {
        texts!(texts, KeptError {
            Unreadable: KeptError::Unreadable { path: path(), source: denied() };
            NotUnderstood: KeptError::NotUnderstood { path: path(), detail: detail() };
            Unwritable: KeptError::Unwritable { path: path(), source: denied() };
        });
    }
    texts!(texts, SettingsError {
        Unreadable: SettingsError::Unreadable { path: path(), source: denied() };
        NotUnderstood: SettingsError::NotUnderstood { path: path(), detail: detail() };
        Unwritable: SettingsError::Unwritable { path: path(), source: denied() };
    });
}

fn of_the_kiosk(texts: &mut Vec<String>) {
    {
        texts!(texts, DeskError {
            Store: DeskError::Store(StoreError::PassphraseWrong);
            KeyDamaged: DeskError::KeyDamaged { path: path() };
            Random: DeskError::Random { source: random() };
            Signing: DeskError::Signing(TokenError::Signing);
        });
    }
    {
        texts!(texts, AppError {
            Desk: AppError::Desk(DeskError::Signing(TokenError::Signing));
            Camera: AppError::Camera(CameraError::Stopped);
            Model: AppError::Model(ModelError::Panicked { detail: detail() });
            Settings: AppError::Settings(SettingsError::Unwritable { path: path(), source: denied() });
            Measured: AppError::Measured(KeptError::Unwritable { path: path(), source: denied() });
            RecognitionStopped: AppError::RecognitionStopped;
        });
    }
    texts!(texts, WindowError {
        Display: WindowError::Display { detail: detail() };
        DisplayLost: WindowError::DisplayLost { detail: detail() };
        App: WindowError::App(AppError::RecognitionStopped);
        Tour: WindowError::Tour { missing: vec!["home.png".into()] };
    });
    texts.extend(Reason::ALL.iter().map(|reason| format!("Reason::{reason:?}: {}", reason.explanation())));
}

/// What the command line says, by the command that brought it about.
struct Said<'a> {
    texts: &'a mut Vec<String>,
    /// What stands in the lines for what is another in each run, or is somebody's.
    instead: Vec<(String, &'static str)>,
}

impl Said<'_> {
    /// Asks a kiosk for what it refuses. A variable that holds nothing is not set.
    fn by(&mut self, kiosk: &Kiosk, variables: &[(&str, &str)], arguments: &[&str]) {
        let mut command = kiosk.command(arguments);
        command.arg("--json").envs(variables.iter().copied());
        let answer = common::answer(&mut command);
        assert_ne!(answer.exit, 0, "{arguments:?}: {answer:?}");
        self.keep(kiosk, variables, arguments, "", &answer.json, answer.exit);
    }

    fn keep(
        &mut self,
        kiosk: &Kiosk,
        variables: &[(&str, &str)],
        arguments: &[&str],
        typed: &str,
        said: &Value,
        exit: i32,
    ) {
        let folder = text(kiosk.scratch.path());
        let word = |word: &str| {
            let word = self.instead.iter().fold(word.to_owned(), |word, (what, name)| word.replace(what, name));
            let word = word.replace(folder, "DIR");
            word.rsplit_once("/people/").map_or(word.clone(), |_| "PHOTO".into())
        };
        let settings = std::fs::read_to_string(kiosk.data_dir.join("settings.toml")).unwrap_or_default();
        let settings = if settings.is_empty() { settings } else { format!("({}) ", settings.trim()) };
        let variables = variables.iter().map(|(name, value)| format!("{name}={} ", word(value))).collect::<String>();
        let words = arguments.iter().map(|argument| word(argument)).collect::<Vec<_>>().join(" ");
        // What is said is kept as it is: nobody's name may be in it.
        let message = said["message"].as_str().unwrap_or_default().replace(folder, "DIR");
        // A folder that lasts for a moment has another name each time.
        let message = match message.split_once("/.tmp") {
            Some((before, after)) => format!("{before}/TEMPORARY{}", after.get(6..).unwrap_or_default()),
            None => message,
        };
        let reason = said["reason"].as_str().unwrap_or_default();
        self.texts.push(format!("{settings}{variables}mirilla {words}{typed} -> {exit} {reason}: {message}"));
    }
}

const PIN: &str = "739154";
const NEW_PIN: &str = "MIRILLA_NEW_PIN";
const NO_OPERATOR: (&str, &str) = ("MIRILLA_OPERATOR_PIN", "");

/// Puts these settings into the data directory.
fn set(kiosk: &Kiosk, settings: &str) {
    std::fs::create_dir_all(&kiosk.data_dir).unwrap();
    std::fs::write(kiosk.data_dir.join("settings.toml"), settings).unwrap();
}

/// What the command line says by itself, seen as it says it; where it is about somebody, about somebody who is enrolled.
fn of_the_command_line(texts: &mut Vec<String>) {
    let kiosk = Kiosk::with(&obama());
    let token = kiosk.token(&obama().probe);
    let instead =
        vec![(obama().name.to_owned(), "NAME"), (obama().email.to_owned(), "ADDRESS"), (token.clone(), "TOKEN")];
    let mut said = Said { texts, instead };
    std::fs::write(kiosk.scratch("note.txt"), "just a note").unwrap();
    of_the_database(&mut said, &kiosk);
    of_people(&mut said, &kiosk, &token);
    of_those_who_run_it(&mut said, &kiosk);
    of_means(&mut said, &kiosk);
    of_pictures(&mut said, &kiosk);
    of_a_terminal(&mut said, &kiosk);
}

fn of_the_database(said: &mut Said<'_>, kiosk: &Kiosk) {
    let (file, nowhere) = (kiosk.scratch("note.txt"), kiosk.scratch("none/file"));
    let (file, nowhere) = (text(&file), text(&nowhere));
    said.by(&Kiosk::new(), &[], &["users", "list"]);
    said.by(kiosk, &[("MIRILLA_KEY_SOURCE", "cellar")], &["users", "list"]);
    for arguments in [
        &["audit", "export", file][..],
        &["audit", "export", nowhere],
        &["store", "backup", file],
        &["store", "backup", nowhere],
        &["store", "restore", "missing"],
        &["store", "restore", file],
        &["store", "rekey", "--to", "passphrase"],
        &["store", "backup", "--passphrase", "new"],
        &["dance"],
    ] {
        said.by(kiosk, &[], arguments);
    }
}

fn of_people(said: &mut Said<'_>, kiosk: &Kiosk, token: &str) {
    let (name, email) = (obama().name, obama().email);
    let photos = obama().photos.map(|photo| text(&photo).to_owned());
    let [a, b, c] = photos.each_ref().map(String::as_str);
    let note = kiosk.scratch("note.txt");
    let other = ["enroll", "--name", "X", "--email", "x@example.org"];
    let token = ("MIRILLA_TOKEN", token);
    said.by(kiosk, &[], &[&other[..], &[a]].concat());
    said.by(kiosk, &[], &[&other[..], &[a, b, text(&note)]].concat());
    said.by(kiosk, &[], &[&other[..], &[a, b, c]].concat());
    said.by(kiosk, &[], &["enroll", "--name", name, "--email", email, a, b, c]);
    said.by(kiosk, &[], &["login", "missing.jpg"]);
    said.by(kiosk, &[], &["login"]);
    said.by(kiosk, &[], &["users", "show", "nobody"]);
    said.by(kiosk, &[], &["users", "show", "nobody@example.org"]);
    said.by(kiosk, &[], &["users", "pin", email, "--alone", "yes"]);
    said.by(kiosk, &[], &["users", "pin", email]);
    said.by(kiosk, &[(NEW_PIN, "111111")], &["users", "pin", email]);
    said.by(kiosk, &[], &["profile", "show"]);
    said.by(kiosk, &[("MIRILLA_TOKEN", "x")], &["profile", "show"]);
    set(kiosk, "changes = \"with_pin\"\n");
    said.by(kiosk, &[token], &["profile", "update", "--name", "X"]);
    set(kiosk, "");
    let mut pin = kiosk.command(&["users", "pin", email, "--json"]);
    common::answer(pin.env(NEW_PIN, PIN)).assert_yes("pin_set");
    said.by(kiosk, &[token, (NEW_PIN, "739155")], &["profile", "pin"]);
    said.by(kiosk, &[], &["login", "--email", email]);
    said.by(kiosk, &[("MIRILLA_PIN", "12")], &["login", "--email", email]);
    said.by(kiosk, &[("MIRILLA_PIN", "739155")], &["login", "--email", email]);
    kiosk.ask(&["users", "remove", email]).assert_yes("removed");
    said.by(kiosk, &[token], &["profile", "show"]);
}

fn of_those_who_run_it(said: &mut Said<'_>, kiosk: &Kiosk) {
    said.by(&Kiosk::new(), &[NO_OPERATOR], &["operator", "pin"]);
    said.by(kiosk, &[NO_OPERATOR], &["users", "list"]);
    said.by(kiosk, &[("MIRILLA_OPERATOR_PIN", PIN)], &["users", "list"]);
    said.by(kiosk, &[], &["operator", "pin", "--remove"]);
    let auditor = ["operator", "pin", "--role", "auditor"];
    said.by(kiosk, &[(NEW_PIN, common::OPERATOR_PIN)], &auditor);
    common::answer(kiosk.command(&auditor).arg("--json").env(NEW_PIN, PIN)).assert_yes("pin_set");
    said.by(kiosk, &[("MIRILLA_OPERATOR_PIN", PIN)], &["users", "list"]);
    said.by(kiosk, &[], &["operator", "reset"]);
}

/// By what a kiosk signs people in, and what it does not take instead.
fn of_means(said: &mut Said<'_>, kiosk: &Kiosk) {
    let probe = obama().probe;
    set(kiosk, "sign_in = \"pin\"\n");
    said.by(kiosk, &[], &["login", text(&probe)]);
    said.by(kiosk, &[], &["login", "--camera"]);
    set(kiosk, "liveness = \"active\"\n");
    said.by(kiosk, &[], &["login", text(&probe)]);
    said.by(kiosk, &[], &["login", "--camera", "another"]);
    set(kiosk, "liveness = \"off\"\n");
    said.by(kiosk, &[], &["selftest"]);
    set(kiosk, "camera = \"no-such-camera\"\n");
    said.by(kiosk, &[], &["selftest"]);
    said.by(kiosk, &[], &["selftest", "--demo", "--people", "4"]);
    set(kiosk, "");
}

/// What is said of pictures to measure by, and of folders to put some in.
fn of_pictures(said: &mut Said<'_>, kiosk: &Kiosk) {
    let [empty, one, note, none] = ["empty", "one", "note.txt", "none"].map(|name| kiosk.scratch(name));
    std::fs::create_dir(&empty).unwrap();
    std::fs::create_dir_all(one.join("Somebody")).unwrap();
    std::fs::copy(&obama().probe, one.join("Somebody/1.png")).unwrap();
    let [empty, one, note, none] = [&empty, &one, &note, &none].map(|path| text(path));
    let measured = ["eval", "verify", "--images", one];
    for arguments in [
        &["eval", "verify", "--images", "missing"][..],
        &["eval", "verify", "--images", empty],
        &[&measured[..], &["--pairs", "missing"]].concat(),
        &[&measured[..], &["--pairs", note]].concat(),
        &[&measured[..], &["--plots", note]].concat(),
        &["eval", "identify", "--images", one],
        &["eval", "fit", "--images", one, "--out", empty],
        &["eval", "pad", "--species", "ghost"],
        &["eval", "pad", "--level", "2", "--bonafide", empty],
        &["eval", "pad", "--bonafide", empty],
        &["eval", "pad", "--bonafide", empty, "--attacks", empty],
        &["demo", "--screenshots", note],
    ] {
        said.by(kiosk, &[], arguments);
    }
    said.by(kiosk, &[("MIRILLA_KERNELS", "sse")], &measured);
    said.by(kiosk, &[("TMPDIR", none)], &["demo", "--headless"]);
}

/// What is said to whoever types.
fn of_a_terminal(said: &mut Said<'_>, kiosk: &Kiosk) {
    const TYPED: &str = " (typed:";
    for (typed, arguments) in [
        ("482913\n482914\n", &["operator", "pin", "--role", "auditor"][..]),
        ("a long one\nanother one\n", &["store", "rekey", "--to", "passphrase"]),
        ("no\n", &["operator", "reset"]),
    ] {
        let command = [&["--json", "--data-dir", text(&kiosk.data_dir)], arguments].concat();
        let Some(output) = common::at_a_terminal(typed, &command) else {
            common::skip("no python3, which makes a terminal: what is said there is taken as it was");
            let kept = std::fs::read_to_string(root().join("tests/snapshots/error-texts.txt")).unwrap();
            return said.texts.extend(kept.lines().filter(|line| line.contains(TYPED)).map(str::to_owned));
        };
        let seen = common::texts(&output).0;
        // Beside what was asked.
        let json = seen.find('{').and_then(|at| serde_json::from_str(seen[at..].trim()).ok());
        let json: Value = json.unwrap_or_else(|| panic!("{arguments:?} say no JSON: {seen:?}"));
        let typed = format!("{TYPED} {})", typed.trim().replace('\n', ", "));
        said.keep(kiosk, &[], arguments, &typed, &json, output.status.code().unwrap_or_default());
    }
}

#[test]
fn every_text_of_an_error_is_the_kept_one_and_names_nobody() {
    let mut texts = vec![];
    of_photos_and_cameras(&mut texts);
    of_the_store(&mut texts);
    of_what_is_given(&mut texts);
    of_the_kiosk(&mut texts);
    of_the_command_line(&mut texts);
    for person in [obama(), biden(), collins()] {
        let words = person.name.split(' ').chain(person.email.split('@').take(1));
        for word in words.map(str::to_lowercase) {
            let found = texts.iter().find(|text| text.to_lowercase().contains(&word));
            assert!(found.is_none(), "{word} is named: {found:?}");
        }
    }
    for text in &texts {
        assert!(!text.contains('\n') && !text.contains("  "), "not one line: {text:?}");
    }
    let found = texts.join("\n") + "\n";
    let file = root().join("tests/snapshots/error-texts.txt");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&file, &found).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    let changed: Vec<_> = found.lines().filter(|line| !kept.lines().any(|kept| kept == *line)).collect();
    assert!(found == kept, "not as in {}; changed or new: {changed:#?}", file.display());
}

/// Types of errors that others can see, wherever in the sources.
#[test]
fn every_type_of_errors_is_in_the_list() {
    let mut folders = vec![root().join("src")];
    let mut types = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let source = std::fs::read_to_string(&path).unwrap();
            for after in source.split("thiserror::Error").skip(1) {
                // Those that their own room alone sees are told by what it makes of them.
                let declared = after.lines().find(|line| line.contains("enum ") || line.contains("struct "));
                let seen = declared.unwrap_or_default().strip_prefix("pub ");
                let name = seen.and_then(|seen| seen.split_whitespace().nth(1)).unwrap_or_default();
                let name: String = name.chars().take_while(|c| c.is_alphanumeric()).collect();
                types.insert(name);
            }
        }
    }
    types.remove("");
    let kept = std::fs::read_to_string(root().join("tests/snapshots/error-texts.txt")).unwrap();
    let listed =
        |name: &String| kept.lines().any(|line| line.starts_with(name.as_str())) || ELSEWHERE.contains(&name.as_str());
    let missing: Vec<_> = types.iter().filter(|name| !listed(name)).collect();
    assert!(missing.is_empty() && types.len() > 12, "not in the list: {missing:?} of {types:?}");
}

/// What the command line says that no command of these tests brings about: a part of each text, and why.
const NOT_REACHED: [(&str, &str); 9] = [
    (" is to be text in UTF-8", "the variables of these tests are text; tests/private has others"),
    ("what is typed cannot be read", "a terminal that is there and cannot be read"),
    ("no camera was found", "a machine without any, where another of these has one"),
    ("the camera gives no picture", "a camera that fails for a quarter of a minute"),
    ("the camera gives other pictures", "two cameras, one after the other"),
    ("photos are needed", "the parser of the command line has counted them before"),
    ("the numbers cannot be kept", "a thousand comparisons of two people come before"),
    ("cannot use the cache", "the folder was just made or opened"),
    ("the cache cannot be written", "a disk that fills up meanwhile"),
];

/// What is in no string: where, and in how many brackets, of those that begin here, it lies; an end lies outside of its own.
fn outside_strings(code: &str) -> impl Iterator<Item = (usize, char, i32)> {
    let (mut depth, mut quoted, mut escaped) = (0, false, false);
    code.char_indices().filter_map(move |(at, c)| {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        (!quoted).then_some((at, c, depth))
    })
}

/// The whole of what is in the brackets before which `code` is cut, without them; strings may hold any.
fn in_brackets(code: &str) -> &str {
    outside_strings(code).find(|(.., depth)| *depth < 0).map_or(code, |(at, ..)| &code[..at])
}

/// What stands between the commas.
fn arguments(code: &str) -> Vec<&str> {
    let (mut found, mut begin) = (vec![], 0);
    for (at, ..) in outside_strings(code).filter(|(_, c, depth)| *c == ',' && *depth == 0) {
        found.push(code[begin..at].trim());
        begin = at + 1;
    }
    found.push(code[begin..].trim());
    found
}

/// The strings in a piece of code, cut where something is put in.
fn strings(code: &str) -> Vec<Vec<String>> {
    let mut found = vec![];
    let mut rest = code.chars();
    while rest.by_ref().any(|c| c == '"') {
        let mut pieces = vec![String::new()];
        let mut put_in = false;
        while let Some(c) = rest.next() {
            let piece = pieces.last_mut().unwrap();
            match c {
                '"' => break,
                '\\' => piece.extend(rest.next()),
                '{' => put_in = true,
                '}' => {
                    put_in = false;
                    pieces.push(String::new());
                }
                _ if put_in => {}
                c => piece.push(c),
            }
        }
        found.push(pieces);
    }
    found
}

/// The text of a failure, as its pieces: from the argument itself, or from what it names.
fn own_text(message: &str, before: &str, source: &str) -> Option<Vec<String>> {
    let in_it = |code: &str| strings(code).into_iter().max_by_key(|pieces| pieces.concat().len());
    let named = |declared: &str, code: &str| in_it(code.rsplit_once(declared)?.1.split(";\n").next()?);
    in_it(message).or_else(|| match message {
        "message" => named("let message =", before),
        name if name.chars().all(|c| c.is_ascii_uppercase()) => named(&format!("const {name}: &str ="), source),
        _ => None,
    })
}

#[test]
fn every_text_of_the_command_line_is_brought_about_or_it_is_said_why_not() {
    // How a failure is made, and which of the arguments is its text.
    let makers = [
        ("Failure::new(", 2),
        ("Failure::usage(", 0),
        ("Self::new(", 2),
        ("nobody_to_ask(", 1),
        ("needed(", 0),
        ("without(", 0),
    ];
    let kept = std::fs::read_to_string(root().join("tests/snapshots/error-texts.txt")).unwrap();
    let mut folders = vec![root().join("src/cli")];
    let (mut texts, mut missing, mut unsaid) = (BTreeSet::new(), vec![], vec![]);
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let source = std::fs::read_to_string(&path).unwrap();
            let source = source.split("#[cfg(test)]").next().unwrap();
            for (maker, which) in makers {
                for (at, _) in source.match_indices(maker) {
                    let (before, call) = (&source[..at], in_brackets(&source[at + maker.len()..]));
                    // Not where it is declared, nor the end of a longer name.
                    if before.ends_with("fn ") || before.ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                        continue;
                    }
                    let message = arguments(call).get(which).copied().unwrap_or_default();
                    match own_text(message, before, source) {
                        Some(pieces) => {
                            texts.insert(pieces);
                        }
                        // The text of a type of errors, of the parser, or what a function hands on, which is looked at itself.
                        None if message.ends_with(".to_string()") || message.starts_with("first_paragraph(") => {}
                        None if ["what", "message"].contains(&message) => {}
                        None => unsaid.push(format!("{}: {maker}{call})", path.display())),
                    }
                }
            }
        }
    }
    for pieces in &texts {
        let is_kept = kept.lines().any(|line| pieces.iter().all(|piece| line.contains(piece)));
        if !is_kept && !NOT_REACHED.iter().any(|(part, _)| pieces.concat().contains(part)) {
            missing.push(pieces.join("{}"));
        }
    }
    assert!(unsaid.is_empty(), "no text is found in {unsaid:#?}");
    assert!(missing.is_empty() && texts.len() > 45, "of {} texts these are in no line: {missing:#?}", texts.len());
    for (part, why) in NOT_REACHED {
        assert!(texts.iter().any(|pieces| pieces.concat().contains(part)), "{part:?} ({why}) is said no more");
    }
}
