//! What is done with bytes that somebody else made: nothing may panic, and what is refused leaves no trace. The fuzzer calls
//! it with ever new bytes, `tests/fuzz.rs` with those of the corpora.

use std::path::Path;

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use mirilla::biometrics::UserId;
use mirilla::camera::photo::{self, MAX_MEGAPIXELS, MIN_SIDE};
use mirilla::keys::KeyOptions;
use mirilla::selftest::Kept;
use mirilla::settings::{ConsentTexts, Language, Settings};
use mirilla::store::{self, LostKey, SqliteStore, Store};
use mirilla::token::{AUDIENCE, ISSUER, TokenAlgorithm, TokenKey, verify};

const NOW: i64 = 1_800_000_000;

/// A photo of somebody.
pub(crate) fn photo(bytes: &[u8]) {
    let Ok(frame) = photo::decode(bytes) else { return };
    let (width, height) = (frame.width(), frame.height());
    assert!(width.min(height) >= MIN_SIDE && width as usize * height as usize <= MAX_MEGAPIXELS as usize * 1_000_000);
    assert_eq!(frame.rgb().len(), 3 * width as usize * height as usize);
}

/// A token, as it came; and claims that somebody with a key has signed.
pub(crate) fn token(bytes: &[u8]) {
    let keys =
        [TokenKey::from_random(TokenAlgorithm::Hs256, [7; 32]), TokenKey::from_random(TokenAlgorithm::EdDsa, [9; 32])];
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let check = |token: &str| {
        if let Ok(claims) = verify(token, &keys, NOW) {
            assert!(claims.iss == ISSUER && claims.aud == AUDIENCE && claims.iat <= NOW && claims.exp > NOW);
        }
    };
    check(text);
    if let Ok(claims) = serde_json::from_str::<serde_json::Value>(text) {
        let secret = EncodingKey::from_secret(keys[0].reveal().as_bytes());
        if let Ok(signed) = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &secret) {
            check(&signed);
        }
    }
}

/// What an operator, or a fault of the disk, has written into `settings.toml`, or into another file that is kept beside the
/// database and not encrypted.
pub(crate) fn settings(bytes: &[u8]) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("settings.toml");
    std::fs::write(&path, bytes).expect("written");
    match Settings::load(&path) {
        Ok(settings) => {
            settings.save(&path).expect("what was understood can be kept");
            assert_eq!(Settings::load(&path).expect("and understood again"), settings);
        }
        Err(error) => assert!(!error.to_string().contains('\n'), "{error}"),
    }
    std::fs::write(folder.path().join("store.toml"), bytes).expect("written");
    if let Err(error) = store::key_source(&folder.path().join("mirilla.db")) {
        assert!(error.to_string().contains("store.toml"), "{error}");
    }
    consent(folder.path(), bytes);
    self_test(folder.path(), bytes);
}

/// The text that people agree to: a page that can be shown, told from others by its digest, of a version that can be kept.
fn consent(folder: &Path, bytes: &[u8]) {
    std::fs::write(folder.join("consent.en.txt"), bytes).expect("written");
    match ConsentTexts::load(folder) {
        Ok(texts) => {
            let consent = texts.of(Language::English);
            assert!(!consent.text.is_empty() && consent.text.len() <= bytes.len() && consent.digest.len() == 64);
            assert!((1..=40).contains(&consent.version.chars().count()), "{:?}", consent.version);
        }
        Err(error) => {
            let error = error.to_string();
            assert!(error.contains("consent.en.txt") && !error.contains('\n'), "{error}");
        }
    }
}

/// What was counted in a self-test.
fn self_test(folder: &Path, bytes: &[u8]) {
    std::fs::write(folder.join("selftest.json"), bytes).expect("written");
    match Kept::load(folder) {
        Ok(kept) => {
            kept.save(folder).expect("what was understood can be kept");
            assert_eq!(Kept::load(folder).expect("and understood again"), kept);
        }
        Err(error) => {
            let error = error.to_string();
            assert!(error.contains("selftest.json") && !error.contains('\n'), "{error}");
        }
    }
}

/// A database, or a backup, that was made by somebody else, or damaged.
pub(crate) fn database(bytes: &[u8]) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("mirilla.db");
    std::fs::write(&path, bytes).expect("written");
    if let Ok(store) = SqliteStore::inspect(&path) {
        read_all(&store);
    }
    assert!(std::fs::read(&path).expect("still there") == bytes, "whoever only looks has changed it");
    if let Ok(mut store) = SqliteStore::open(&path) {
        read_all(&store);
        let ids: Vec<UserId> =
            store.users().map_or_else(|_| vec![], |users| users.iter().map(|user| user.id).collect());
        for id in ids {
            let at = jiff::Timestamp::from_second(NOW).expect("a time");
            let _ = store.remove_user(id, store::EventKind::Removed, at);
        }
    }
    restored(bytes);
}

fn restored(bytes: &[u8]) {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, backup) = (folder.path().join("mirilla.db"), folder.path().join("backup"));
    std::fs::write(&backup, bytes).expect("written");
    let done = store::restore(&path, &KeyOptions::default(), &backup, None, LostKey::Refused, &mut |_, _| Ok(()));
    assert!(std::fs::read(&backup).expect("still there") == bytes, "a backup was changed");
    match done {
        Ok(_) => read_all(&SqliteStore::open(&path).expect("what was restored can be opened")),
        Err(_) => assert!(!Path::new(&path).exists(), "something was put in the place of nothing"),
    }
}

fn read_all(store: &SqliteStore) {
    let _ =
        (store.check(), store.verify("net"), store.trail(), store.events(), store.token_keys(), store.gallery("net"));
    for user in store.users().unwrap_or_default() {
        let _ = (store.whole_reference(user.id), store.last_sign_in(user.id), store.memo("attempts"));
    }
}
