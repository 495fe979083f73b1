//! The bytes that the fuzzer begins with, and those that it found something with, go through the same code in every run of the
//! tests; `docs/RELIABILITY.md` says how to look for more.

#[path = "../fuzz/targets.rs"]
mod targets;

use std::path::Path;

fn replay(name: &str, target: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        eprintln!("{}", path.display());
        target(&bytes);
        // Cut in the middle, and with a bit turned over: what the fuzzer would try first.
        target(&bytes[..bytes.len() / 2]);
        let mut turned = bytes;
        if let Some(byte) = turned.len().checked_sub(1).and_then(|last| turned.get_mut(last / 3)) {
            *byte ^= 1;
        }
        target(&turned);
        count += 1;
    }
    assert!(count >= 4, "only {count} inputs for {name}");
}

#[test]
fn photos() {
    replay("photo", targets::photo);
}

#[test]
fn tokens() {
    replay("token", targets::token);
}

#[test]
fn settings() {
    replay("settings", targets::settings);
}

/// As with the databases below.
#[test]
fn the_files_beside_the_database_are_understood() {
    use mirilla::selftest::{Kept, Species};
    use mirilla::session::LivenessLevel;
    use mirilla::settings::{ConsentTexts, Language};

    let folder = tempfile::tempdir().unwrap();
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/settings");
    for (from, to) in [("selftest.json", "selftest.json"), ("consent.txt", "consent.es.txt")] {
        std::fs::copy(corpus.join(from), folder.path().join(to)).unwrap();
    }
    let kept = Kept::load(folder.path()).unwrap();
    assert_eq!(kept.test(LivenessLevel::Passive).unwrap().attacks.len(), Species::ALL.len());
    let texts = ConsentTexts::load(folder.path()).unwrap();
    assert_eq!(texts.of(Language::Spanish).version, "spring 2027");
}

/// What the corpora of databases begin with is understood, or the fuzzer would never come further than the door.
#[test]
fn the_databases_of_earlier_versions_open() {
    for name in ["first-schema", "second-schema"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mirilla.db");
        std::fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/database").join(name), &path).unwrap();
        let store = mirilla::store::SqliteStore::open(&path).unwrap();
        let verified = store.verify("net").unwrap();
        assert_eq!((verified.users, verified.references, verified.passed_over.damaged), (1, 1, 0), "{name}");
    }
}

#[test]
fn databases() {
    replay("database", targets::database);
}
