use super::file::{APPLICATION_ID, SCHEMA_VERSION, migrations};
use super::*;
use crate::store::data_dir;

pub(crate) fn embedding(seed: u32) -> Embedding {
    Embedding::normalized(std::array::from_fn(|i| ((i as u32 + 1).wrapping_mul(seed + 1) % 97) as f32 - 48.0)).unwrap()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn quality() -> Quality {
    Quality {
        face_width_px: 100.0,
        yaw_deg: 1.0,
        pitch_deg: 2.0,
        sharpness: 0.5,
        bright_luma: 200.0,
        dark_luma: 50.0,
        inside: 1.0,
        detection_score: 0.9,
        norm: Some(12.5),
    }
}

pub(super) fn person(n: u32) -> User {
    User {
        id: UserId(Uuid::from_u128(u128::from(n))),
        name: "Ana".parse().unwrap(),
        email: format!("Ana{n}@example.org").parse().unwrap(),
        created_at: at(i64::from(n)),
        updated_at: at(i64::from(n)),
    }
}

pub(super) fn reference(n: u32, network_id: &str) -> Reference {
    let samples = [n, n + 1000, n + 2000].map(|seed| (embedding(seed), quality()));
    Reference {
        network_id: network_id.into(),
        template: Template::fuse(samples.iter().map(|(embedding, _)| embedding)).unwrap(),
        samples,
        created_at: at(i64::from(n)),
    }
}

fn store() -> (tempfile::TempDir, SqliteStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("db")).unwrap();
    (folder, store)
}

/// A store as an earlier version would have made it, but for its schema.
pub(super) fn plain_store(path: &std::path::Path) -> SqliteStore {
    let access = rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE | rusqlite::OpenFlags::SQLITE_OPEN_CREATE;
    let mut store = SqliteStore::adopt(path, access, None).unwrap();
    store.prepare().unwrap();
    store
}

fn rows(store: &SqliteStore, table: &str) -> i64 {
    store.connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
}

#[test]
fn the_migrations_are_valid_and_lead_to_the_known_schema() {
    migrations().validate().unwrap();
    let (_folder, store) = store();
    assert_eq!(store.schema_version().unwrap(), SCHEMA_VERSION);
    store.check().unwrap();
}

#[test]
fn the_connection_is_as_safe_as_promised() {
    let (folder, store) = store();
    let text = |name: &str| -> String {
        store
            .connection
            .query_row(&format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}"), [], |row| row.get(0))
            .unwrap()
    };
    let settings = ["journal_mode", "synchronous", "foreign_keys", "secure_delete"].map(text);
    assert_eq!(settings, ["wal", "2", "1", "1"]);
    let timeout: i64 = store.connection.query_row("PRAGMA busy_timeout", [], |row| row.get(0)).unwrap();
    assert_eq!(timeout, 5000);
    #[cfg(unix)]
    for name in ["db", "db-wal", "db-shm"] {
        assert_eq!(data_dir::others_may(&folder.path().join(name)), Some(data_dir::Others::Nothing), "{name}");
    }
}

#[test]
fn an_enrollment_is_there_after_reopening() {
    let (folder, mut store) = store();
    assert_eq!(store.enroll(&person(1), &reference(1, "net")).unwrap(), Change::Done(()));
    drop(store);
    let store = SqliteStore::open(&folder.path().join("db")).unwrap();
    assert_eq!(store.user(person(1).id).unwrap(), Some(person(1)));
    assert_eq!(store.users().unwrap(), [person(1)]);
    let summary = store.reference(person(1).id).unwrap().unwrap();
    assert_eq!((summary.network_id.as_str(), summary.quality), ("net", vec![quality(); 3]));
    let loaded = store.gallery("net").unwrap();
    let (best, second) = loaded.gallery.search(reference(1, "net").template.embedding());
    assert!(best.unwrap().score.0 > 0.9999 && second.is_none());
}

#[test]
fn an_address_is_taken_in_whatever_case_and_nothing_is_stored() {
    let (_folder, mut store) = store();
    store.enroll(&person(1), &reference(1, "net")).unwrap();
    let other = User { email: "ANA1@EXAMPLE.ORG".parse().unwrap(), ..person(2) };
    assert_eq!(store.enroll(&other, &reference(2, "net")).unwrap(), Change::EmailTaken);
    assert_eq!(["users", "face_references", "samples", "events"].map(|t| rows(&store, t)), [1, 1, 3, 1]);
    assert_eq!(store.user_by_email(&other.email).unwrap().unwrap().id, person(1).id);
}

#[test]
fn a_failure_in_the_middle_leaves_nothing() {
    let (_folder, mut store) = store();
    store.connection.execute_batch("CREATE TRIGGER broken BEFORE INSERT ON samples WHEN NEW.position = 2 BEGIN SELECT RAISE(ABORT, 'stop'); END").unwrap();
    assert!(store.enroll(&person(1), &reference(1, "net")).is_err());
    assert_eq!(["users", "face_references", "samples", "events"].map(|t| rows(&store, t)), [0, 0, 0, 0]);
    // A renewal that fails leaves the old reference.
    store.connection.execute_batch("DROP TRIGGER broken").unwrap();
    store.enroll(&person(1), &reference(1, "net")).unwrap();
    store
        .connection
        .execute_batch("CREATE TRIGGER broken BEFORE INSERT ON samples BEGIN SELECT RAISE(ABORT, 'stop'); END")
        .unwrap();
    assert!(store.renew_reference(person(1).id, &reference(2, "net"), By::Person).is_err());
    assert_eq!(rows(&store, "samples"), 3);
    assert_eq!(
        store.gallery("net").unwrap().gallery.search(reference(1, "net").template.embedding()).0.unwrap().user,
        person(1).id
    );
}

#[test]
fn what_the_log_cannot_tell_of_is_not_done() {
    let (_folder, mut store) = store();
    let key = |n: i64| TokenKeyRow {
        kid: format!("key {n}"),
        algorithm: "HS256".into(),
        secret: "5e".repeat(32).into(),
        created_at: at(n),
        retired_at: None,
    };
    store.add_first_token_key(&key(1)).unwrap();
    store.rotate_token_key(&key(2), at(2), at(0)).unwrap();
    store
        .connection
        .execute_batch(
            "CREATE TRIGGER broken BEFORE INSERT ON events WHEN NEW.kind IN ('token_key_rotated', 'look_alike_allowed')
             BEGIN SELECT RAISE(ABORT, 'stop'); END",
        )
        .unwrap();
    assert!(store.rotate_token_key(&key(3), at(3), at(0)).is_err());
    let keys: Vec<_> = store.token_keys().unwrap().into_iter().map(|key| (key.kid, key.retired_at)).collect();
    assert_eq!(keys, [("key 2".into(), None), ("key 1".into(), Some(at(2)))]);
    let admission = Admission { look_alike: true, ..Admission::default() };
    assert!(store.admit(&person(5), Some(&reference(5, "net")), &admission).is_err());
    store.connection.execute_batch("DROP TRIGGER broken").unwrap();
    assert_eq!(store.admit(&person(5), Some(&reference(5, "net")), &admission).unwrap(), Change::Done(()));
    let kinds: Vec<_> = store.log(None, 9).unwrap().into_iter().map(|line| line.kind).collect();
    assert_eq!(kinds, ["token_key_rotated", "enrolled", "look_alike_allowed"]);
}

#[test]
fn profiles_change_in_part_and_never_to_a_taken_address() {
    let (_folder, mut store) = store();
    store.enroll(&person(1), &reference(1, "net")).unwrap();
    store.enroll(&person(2), &reference(2, "net")).unwrap();
    let name: PersonName = "Ana María".parse().unwrap();
    let Change::Done(changed) = store.update_user(person(1).id, Some(&name), None, at(50)).unwrap() else {
        panic!("not changed")
    };
    assert_eq!(changed, User { name: name.clone(), updated_at: at(50), ..person(1) });
    let taken = person(2).email;
    assert_eq!(store.update_user(person(1).id, None, Some(&taken), at(60)).unwrap(), Change::EmailTaken);
    assert_eq!(store.user(person(1).id).unwrap().unwrap(), changed);
    // One's own address in other letters is no conflict.
    let own: EmailAddress = "ana1@EXAMPLE.org".parse().unwrap();
    assert!(matches!(store.update_user(person(1).id, None, Some(&own), at(70)).unwrap(), Change::Done(_)));
    assert_eq!(store.update_user(person(9).id, Some(&name), None, at(80)).unwrap(), Change::NoSuchUser);
}

#[test]
fn a_removed_user_leaves_no_face_behind() {
    let (_folder, mut store) = store();
    store.enroll(&person(1), &reference(1, "net")).unwrap();
    assert_eq!(store.remove_user(person(1).id, EventKind::Removed, at(5)).unwrap(), Change::Done(()));
    assert_eq!(store.remove_user(person(1).id, EventKind::Removed, at(6)).unwrap(), Change::NoSuchUser);
    assert_eq!(store.renew_reference(person(1).id, &reference(1, "net"), By::Person).unwrap(), Change::NoSuchUser);
    assert_eq!(["users", "face_references", "samples"].map(|t| rows(&store, t)), [0, 0, 0]);
    assert_eq!(rows(&store, "events"), 2, "what happened stays");
}

#[test]
fn no_byte_of_a_removed_or_replaced_template_stays_in_any_file() {
    // Seen without encryption: whoever has the key finds nothing either.
    let folder = tempfile::tempdir().unwrap();
    let mut store = plain_store(&folder.path().join("db"));
    // While another process has the database open, its log is not written back when this one closes.
    let _other = plain_store(&folder.path().join("db"));
    store.enroll(&person(1), &reference(1, "net")).unwrap();
    let found = |n: u32| -> Vec<String> {
        let wanted = embedding(n).to_bytes();
        let holds = |bytes: &[u8]| bytes.windows(64).any(|window| window == &wanted[..64]);
        let entries = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap());
        entries
            .filter(|entry| holds(&std::fs::read(entry.path()).unwrap()))
            .map(|entry| entry.file_name().into_string().unwrap())
            .collect()
    };
    assert!(!found(1).is_empty(), "the search finds what is there");
    store.renew_reference(person(1).id, &reference(2, "net"), By::Person).unwrap();
    assert_eq!((found(1).len(), found(2).is_empty()), (0, false), "{:?}", found(1));
    store.remove_user(person(1).id, EventKind::Removed, at(5)).unwrap();
    assert_eq!(found(2), Vec::<String>::new());
}

/// The files in which a piece of this face is.
fn files_with(folder: &std::path::Path, n: u32) -> Vec<String> {
    let wanted = embedding(n).to_bytes();
    let holds = |bytes: &[u8]| bytes.windows(32).any(|window| window == &wanted[..32]);
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let found = entries.filter(|entry| holds(&std::fs::read(entry.path()).unwrap()));
    found.map(|entry| entry.file_name().into_string().unwrap()).collect()
}

#[test]
fn what_could_not_be_forgotten_while_somebody_read_is_by_the_next_write_and_by_the_next_start() {
    for starts_anew in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db");
        let mut store = plain_store(&path);
        let reader = plain_store(&path);
        store.enroll(&person(1), &reference(1, "net")).unwrap();
        store.enroll(&person(2), &reference(2, "net")).unwrap();
        reader.connection.execute_batch("BEGIN; SELECT count(*) FROM users").unwrap();
        store.connection.busy_timeout(std::time::Duration::ZERO).unwrap();
        assert_eq!(store.remove_user(person(1).id, EventKind::Removed, at(5)).unwrap(), Change::Done(()));
        assert!(store.to_forget && !files_with(folder.path(), 1).is_empty(), "it cannot be done yet");
        // What is written meanwhile does not wait for it.
        let begun = std::time::Instant::now();
        store.record(&simple_event(EventKind::SignedIn, person(2).id, at(6))).unwrap();
        assert!(store.to_forget && begun.elapsed() < std::time::Duration::from_secs(3));
        if starts_anew {
            drop(store);
            assert!(!files_with(folder.path(), 1).is_empty(), "the reader has it open");
            reader.connection.execute_batch("COMMIT").unwrap();
            store = plain_store(&path);
        } else {
            reader.connection.execute_batch("COMMIT").unwrap();
            store.record(&simple_event(EventKind::SignedIn, person(2).id, at(7))).unwrap();
        }
        assert_eq!(files_with(folder.path(), 1), [""; 0], "{starts_anew}");
        assert!(!store.to_forget && !files_with(folder.path(), 2).is_empty());
    }
}

#[test]
fn the_room_of_whoever_was_removed_is_given_back_and_that_it_cannot_be_costs_nobody_anything() {
    for encrypted in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db");
        let mut store = if encrypted { SqliteStore::open(&path).unwrap() } else { plain_store(&path) };
        (1..=40).for_each(|n| assert_eq!(store.enroll(&person(n), &reference(n, "net")).unwrap(), Change::Done(())));
        let write_back = |store: &SqliteStore| {
            store.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0)).unwrap();
            std::fs::metadata(&path).unwrap().len()
        };
        let (whole, beginning) = (write_back(&store), std::fs::read(&path).unwrap()[..16].to_vec());
        for n in 2..=40 {
            assert_eq!(store.remove_user(person(n).id, EventKind::Removed, at(50)).unwrap(), Change::Done(()));
        }
        assert_eq!(write_back(&store), whole, "by itself it stays as long as it was");
        // Somebody writes: it is left for later, at once.
        let other = if encrypted { SqliteStore::open(&path).unwrap() } else { plain_store(&path) };
        other.connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        let begun = std::time::Instant::now();
        store.give_back_room();
        let length = std::fs::metadata(&path).unwrap().len();
        assert!(begun.elapsed() < std::time::Duration::from_secs(3) && length == whole);
        other.connection.execute_batch("ROLLBACK").unwrap();
        drop(other);
        store.give_back_room();
        let left = std::fs::metadata(&path).unwrap().len();
        assert!(left < whole * 3 / 5, "{left} of {whole}: tables without rows take their room");
        assert_eq!(std::fs::read(&path).unwrap()[..16], beginning, "with the same key");
        if !encrypted {
            assert!(!files_with(folder.path(), 1).is_empty());
            // The numbers of 31 are by chance those of a picture of whoever stays (seeds are told apart by their rest of 97).
            (2..=40).filter(|n| *n != 31).for_each(|n| assert_eq!(files_with(folder.path(), n), [""; 0], "{n}"));
        }
        store.check().unwrap();
        assert_eq!(store.users().unwrap(), [person(1)]);
        drop(store);
        assert_eq!(SqliteStore::open(&path).unwrap().gallery("net").unwrap().gallery.len(), 1);
    }
}

#[test]
fn of_a_large_database_a_small_part_is_not_given_back() {
    let (folder, mut store) = store();
    let pages =
        |store: &SqliteStore| store.connection.query_row("PRAGMA page_count", [], |row| row.get::<_, i64>(0)).unwrap();
    store.connection.execute_batch("CREATE TABLE ballast (x); CREATE TABLE more (x)").unwrap();
    store.connection.execute("INSERT INTO ballast VALUES (zeroblob(18000000))", []).unwrap();
    store.connection.execute("INSERT INTO more VALUES (zeroblob(3000000))", []).unwrap();
    store.connection.execute_batch("DROP TABLE more").unwrap();
    let whole = pages(&store);
    store.give_back_room();
    assert_eq!(pages(&store), whole, "it would take whoever waits too long");
    store.connection.execute_batch("DROP TABLE ballast").unwrap();
    let begun = std::time::Instant::now();
    store.give_back_room();
    println!("{whole} pages, most of them empty: {:?}", begun.elapsed());
    assert!(pages(&store) < 100 && std::fs::metadata(folder.path().join("db")).unwrap().len() < 1_000_000);
}

#[test]
fn references_of_another_network_are_counted_and_not_compared() {
    let (_folder, mut store) = store();
    store.enroll(&person(1), &reference(1, "old-net")).unwrap();
    store.enroll(&person(2), &reference(2, "net")).unwrap();
    let loaded = store.gallery("net").unwrap();
    assert_eq!((loaded.gallery.len(), loaded.passed_over.outdated), (1, 1));
    assert_eq!(store.renew_reference(person(1).id, &reference(1, "net"), By::Person).unwrap(), Change::Done(()));
    let loaded = store.gallery("net").unwrap();
    assert_eq!((loaded.gallery.len(), loaded.passed_over.outdated), (2, 0));
}

#[test]
fn the_last_sign_in_is_the_latest() {
    let (_folder, mut store) = store();
    let user = person(1).id;
    assert_eq!(store.last_sign_in(user).unwrap(), None);
    for second in [10, 30, 20] {
        store.record(&simple_event(EventKind::SignedIn, user, at(second))).unwrap();
    }
    store.record(&simple_event(EventKind::Declined, user, at(99))).unwrap();
    assert_eq!(store.last_sign_in(user).unwrap(), Some(at(30)));
    // What an operator does with the account is no coming of its person's.
    for kind in [EventKind::Exported, EventKind::PinSet, EventKind::ReferenceRenewed, EventKind::SignedOut] {
        store.record(&simple_event(kind, user, at(99))).unwrap();
    }
    // Noted after the one at 30, and so not before it.
    assert_eq!(store.comings(at(200)).unwrap().get(&user), Some(&Some(at(30))));
}

#[test]
fn nobody_came_before_what_was_noted_before_nor_at_a_time_to_come() {
    let (_folder, mut store) = store();
    let [early, late, ahead] = [1, 2, 3].map(|n| person(n).id);
    // The clock is right, then behind, right again, then ahead.
    for (second, user) in [(1_000, early), (10, late), (2_000, early), (9_000, ahead)] {
        store.record(&simple_event(EventKind::SignedIn, user, at(second))).unwrap();
    }
    let comings = store.comings(at(3_000)).unwrap();
    let came = |user| comings.get(&user).copied();
    assert_eq!([late, early, ahead].map(came), [Some(Some(at(1_000))), Some(Some(at(2_000))), Some(None)]);
}

#[test]
fn a_session_that_was_ended_stays_so_though_the_clock_was_wrong_for_a_day() {
    let (_folder, mut store) = store();
    let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
    store.end_session(one, person(1).id, at(10), at(900)).unwrap();
    store.end_session(other, person(1).id, at(100_000), at(100_900)).unwrap();
    assert!(store.is_session_ended(one).unwrap() && store.is_session_ended(other).unwrap());
}

#[test]
fn several_first_starts_at_once_make_one_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db");
    std::thread::scope(|scope| {
        let starts: Vec<_> = (0..8u32)
            .map(|n| {
                let path = &path;
                scope.spawn(move || SqliteStore::open(path)?.enroll(&person(n), &reference(n, "net")))
            })
            .collect();
        for start in starts {
            assert_eq!(start.join().unwrap().unwrap(), Change::Done(()));
        }
    });
    assert_eq!(SqliteStore::open(&path).unwrap().users().unwrap().len(), 8);
}

#[test]
fn foreign_newer_and_damaged_files_are_refused_and_left_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db");
    let refused = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        let error = SqliteStore::open(&path).err().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), bytes, "{error}");
        error
    };
    let noise: Vec<u8> = (0..8192u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    assert!(matches!(refused(&noise), StoreError::Corrupt { .. }));

    let make = |sql: &str| {
        let other = folder.path().join("other");
        Connection::open(&other).unwrap().execute_batch(sql).unwrap();
        let bytes = std::fs::read(&other).unwrap();
        std::fs::remove_file(&other).unwrap();
        bytes
    };
    let foreign = refused(&make("CREATE TABLE songs (title TEXT)"));
    assert!(matches!(foreign, StoreError::Corrupt { .. }), "{foreign}");
    let foreign = refused(&make("CREATE TABLE songs (title TEXT); PRAGMA user_version = 7"));
    assert!(matches!(foreign, StoreError::Corrupt { .. }), "{foreign}");
    let newer = refused(&make(&format!(
        "CREATE TABLE users (id BLOB); PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = 99"
    )));
    assert!(matches!(newer, StoreError::NewerSchema { found: 99, known: SCHEMA_VERSION, .. }), "{newer}");
}

#[test]
fn damaged_values_are_errors_that_say_which() {
    let (_folder, mut store) = store();
    store.enroll(&person(1), &reference(1, "net")).unwrap();
    store.connection.execute("UPDATE face_references SET template = zeroblob(512)", []).unwrap();
    store.enroll(&person(2), &reference(2, "net")).unwrap();
    let loaded = store.gallery("net").unwrap();
    assert_eq!((loaded.gallery.len(), loaded.passed_over.damaged), (1, 1), "one bad row keeps nobody else out");
    store.connection.execute("UPDATE users SET name = ''", []).unwrap();
    assert!(matches!(store.users(), Err(StoreError::BadValue { what: "name" })));
}

#[test]
fn of_a_user_who_is_gone_no_tries_are_remembered() {
    let (_folder, mut store) = store();
    let ana = person(1);
    store.admit(&ana, None, &Admission::default()).unwrap();
    let name = attempts_name(ana.id);
    store.change_memo(&name, &mut |_| Some("one".into())).unwrap();
    assert_eq!(store.memo(&name).unwrap().as_deref(), Some("one"));
    store.remove_user(ana.id, EventKind::Removed, ana.created_at).unwrap();
    // A try that was being looked at meanwhile.
    store.change_memo(&name, &mut |_| Some("two".into())).unwrap();
    assert_eq!(store.memo(&name).unwrap(), None);
    store.change_memo("attempts", &mut |_| Some("of all".into())).unwrap();
    assert_eq!(store.memo("attempts").unwrap().as_deref(), Some("of all"));
}
