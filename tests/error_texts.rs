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

/// What the command line says by itself, seen as it says it.
fn of_the_command_line(texts: &mut Vec<String>) {
    let kiosk = Kiosk::with(&obama());
    let (fresh, file) = (Kiosk::new(), kiosk.scratch("note.txt"));
    std::fs::write(&file, "just a note").unwrap();
    let photos = obama().photos.map(|photo| text(&photo).to_owned());
    let file = text(&file);
    let enroll = ["enroll", "--name", "X", "--email", "x@example.org"];
    for (kiosk, arguments) in [
        (&fresh, vec!["users", "list"]),
        (&kiosk, vec!["profile", "show"]),
        (&kiosk, [&enroll[..], &[photos[0].as_str()]].concat()),
        (&kiosk, [&enroll[..], &[photos[0].as_str(), photos[1].as_str(), file]].concat()),
        (&kiosk, vec!["audit", "export", file]),
        (&kiosk, vec!["store", "backup", file]),
        (&kiosk, vec!["store", "restore", "missing"]),
        (&kiosk, vec!["store", "restore", file]),
        (&kiosk, vec!["store", "rekey", "--to", "passphrase"]),
        (&kiosk, vec!["store", "backup", "--passphrase", "new"]),
        (&kiosk, vec!["login", "missing.jpg"]),
        (&kiosk, vec!["users", "show", "nobody"]),
        (&kiosk, vec!["users", "show", "nobody@example.org"]),
        (&kiosk, vec!["eval", "verify", "--images", "missing"]),
        (&kiosk, vec!["dance"]),
    ] {
        let answer = kiosk.ask(&arguments);
        assert_ne!(answer.exit, 0, "{arguments:?}");
        let message = answer.text("message").replace(text(kiosk.scratch.path()), "DIR");
        let words = arguments.iter().map(|word| word.replace(text(kiosk.scratch.path()), "DIR"));
        let words: Vec<String> =
            words.map(|word| word.rsplit_once("/people/").map_or(word.clone(), |_| "PHOTO".into())).collect();
        texts.push(format!("mirilla {} -> {} {}: {message}", words.join(" "), answer.exit, answer.reason()));
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
