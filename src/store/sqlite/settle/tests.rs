use std::path::PathBuf;

use super::*;
use crate::keys::KeySource;
use crate::store::Store;
use crate::store::sqlite::replace::compare;
use crate::store::sqlite::tests::{person, plain_store, reference};

/// A folder with a database of an earlier version, or one of this, with somebody in it.
fn house(plain: bool) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mirilla.db");
    let mut store = if plain { plain_store(&path) } else { SqliteStore::open(&path).unwrap() };
    store.enroll(&person(1), &reference(1, "net")).unwrap();
    if plain {
        // Whoever closes it writes the log back.
        store.keep_others_out().unwrap();
    }
    (folder, path)
}

#[track_caller]
fn assert_whole(path: &Path) {
    let store = SqliteStore::open(path).unwrap();
    assert_eq!(store.users().unwrap(), [person(1)]);
    assert_eq!(store.gallery("net").unwrap().gallery.len(), 1);
    store.check().unwrap();
    drop(store);
    let names = std::fs::read_dir(path.parent().unwrap()).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
    names.retain(|name| !name.ends_with("-shm") && !name.ends_with("-wal"));
    names.sort();
    assert_eq!(names, ["mirilla.db", "store.key", "store.lock", "store.toml"]);
    assert!(matches!(Head::of(path).unwrap(), Head::Encrypted(_)));
}

#[test]
fn a_copy_that_was_not_finished_is_thrown_away() {
    for plain in [true, false] {
        let (_folder, path) = house(plain);
        std::fs::write(beside(&path, NEW), "half a database").unwrap();
        std::fs::write(beside(&path, ".new-journal"), "and what belongs to it").unwrap();
        assert_whole(&path);
    }
}

#[test]
fn a_second_name_of_the_database_is_taken_away_and_not_its_bytes() {
    for plain in [true, false] {
        let (_folder, path) = house(plain);
        std::fs::hard_link(&path, beside(&path, OLD)).unwrap();
        assert_whole(&path);
    }
}

#[test]
fn what_was_in_the_place_of_the_database_is_wiped_once_the_database_has_been_read() {
    let (_folder, path) = house(false);
    let old = beside(&path, OLD);
    std::fs::write(&old, [7; 5000]).unwrap();
    assert_whole(&path);
    // A database that cannot be read keeps the old one where it is.
    std::fs::write(&old, [7; 5000]).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let end = bytes.len() - 2000;
    bytes[end] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    assert!(matches!(SqliteStore::open(&path), Err(StoreError::Corrupt { .. })));
    assert_eq!(std::fs::read(&old).unwrap(), [7; 5000]);
}

/// A change of keys up to where the new key is written down.
fn begin(path: &Path) -> (KeyPlace, StoreKey) {
    let place = KeyPlace::beside(path);
    let current = place.header().unwrap().unwrap().key;
    let (_, key) = place.begin(current, KeySource::File, &KeyOptions::default()).unwrap();
    (place, key)
}

#[test]
fn a_change_of_keys_that_was_only_begun_is_undone() {
    let (_folder, path) = house(false);
    let before = KeyPlace::beside(&path).header().unwrap();
    let (place, key) = begin(&path);
    assert_eq!(place.header().unwrap().unwrap().next.unwrap().id, key.id());
    // Whoever only looks finds the right one of the two.
    assert_eq!(SqliteStore::inspect(&path).unwrap().users().unwrap(), [person(1)]);
    assert_whole(&path);
    assert_eq!(place.header().unwrap(), before);
    // Not even begun: the new key lies there, and nothing tells of it.
    std::fs::write(path.with_file_name("store.key.next"), key.reveal().as_str()).unwrap();
    std::fs::write(path.with_file_name("store.key.part"), key.reveal().as_str()).unwrap();
    assert_whole(&path);
    assert_eq!(place.header().unwrap(), before);
}

#[test]
fn a_change_of_keys_that_was_not_finished_is_finished() {
    let (_folder, path) = house(false);
    let (place, key) = begin(&path);
    let before = place.header().unwrap().unwrap().key;
    let old = place.find(&before, &KeyOptions::default()).unwrap();
    let store = SqliteStore::adopt(&path, OpenFlags::SQLITE_OPEN_READ_WRITE, Some(&old)).unwrap();
    store.keep_others_out().unwrap();
    replace(&path, store, &key).unwrap();
    assert_eq!(SqliteStore::inspect(&path).unwrap().users().unwrap(), [person(1)]);
    assert_whole(&path);
    let header = place.header().unwrap().unwrap();
    assert_eq!((header.key.id, header.next), (key.id(), None));
    assert!(matches!(place.find(&before, &KeyOptions::default()), Err(StoreError::KeyLost { .. })));
}

#[test]
fn a_header_that_is_lost_is_found_again_and_a_key_that_is_there_is_never_overwritten() {
    let (_folder, path) = house(false);
    let (header, key) = (path.with_file_name("store.toml"), path.with_file_name("store.key"));
    let bytes = std::fs::read(&key).unwrap();
    std::fs::remove_file(&header).unwrap();
    assert_whole(&path);
    // The database is moved away to begin anew, and comes back.
    let (away, gone) = (path.with_file_name("away"), |file: &Path| std::fs::remove_file(file).unwrap());
    std::fs::rename(&path, &away).unwrap();
    gone(&header);
    assert!(SqliteStore::open(&path).unwrap().users().unwrap().is_empty());
    assert_eq!(std::fs::read(&key).unwrap(), bytes);
    std::fs::rename(&away, &path).unwrap();
    let _ = (std::fs::remove_file(beside(&path, "-wal")), std::fs::remove_file(beside(&path, "-shm")));
    assert_whole(&path);
}

#[test]
fn a_journal_that_is_left_is_used_up() {
    let (_folder, path) = house(false);
    SqliteStore::open(&path).unwrap().keep_others_out().unwrap();
    std::fs::write(beside(&path, JOURNAL), [0; 512]).unwrap();
    assert_whole(&path);
}

#[test]
fn a_copy_that_is_not_the_same_is_told() {
    let ((_a, one), (_b, other)) = (house(true), house(true));
    let open = |path: &Path| SqliteStore::adopt(path, OpenFlags::SQLITE_OPEN_READ_WRITE, None).unwrap();
    let (one, mut other) = (open(&one), open(&other));
    compare(&one, &other).unwrap();
    let differs = |one: &SqliteStore, other: &SqliteStore, what: &str| match compare(one, other) {
        Err(StoreError::CopyDiffers { detail }) => assert!(detail.contains(what), "{detail}"),
        found => panic!("{found:?}"),
    };
    other.run(|c| c.execute("UPDATE samples SET embedding = zeroblob(512) WHERE position = 2", [])).unwrap();
    differs(&one, &other, "samples");
    other.enroll(&person(2), &reference(2, "net")).unwrap();
    differs(&one, &other, "events");
    other.run(|c| c.execute_batch("CREATE TABLE more (x)")).unwrap();
    differs(&one, &other, "tables");
}
