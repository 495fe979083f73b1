//! A data directory that cannot be used, given to the real binary: read-only, full, damaged, of a newer
//! version, held by another process. Exit code 3, a reason, and every byte stays as it was.

mod common;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Output;
use std::time::{Duration, Instant};

use common::people::{biden, obama};
use common::{Answer, Kiosk, contents, parsed, text};
use rusqlite::Connection;

/// One command of each kind that opens the database.
fn each_command(kiosk: &Kiosk) -> [(&'static str, Answer); 5] {
    [
        ("list", kiosk.ask(&["users", "list"])),
        ("login", kiosk.login(&obama().probe)),
        ("enroll", kiosk.enroll(&biden())),
        ("profile", kiosk.ask(&["profile", "show", "--token", "a.b.c"])),
        ("remove", kiosk.ask(&["users", "remove", obama().email])),
    ]
}

/// The files of a data directory. What SQLite keeps beside an open database may stay, where there was nothing
/// to keep: an empty log, and the index of it.
fn files(kiosk: &Kiosk) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = contents(&kiosk.data_dir);
    files.retain(|path, bytes| {
        let name = path.to_string_lossy();
        !(name.ends_with("-shm") || name.ends_with("-wal") && bytes.is_empty())
    });
    files
}

/// No command works, each for this reason, and no file changes, comes or goes.
#[track_caller]
fn assert_refused_untouched(kiosk: &Kiosk, reason: &str, says: &[&str]) {
    let before = files(kiosk);
    for (command, answer) in each_command(kiosk) {
        let found = (answer.exit, answer.reason().to_owned());
        assert_eq!(found, (3, reason.to_owned()), "{command}: {answer:?}");
        assert!(!answer.json.to_string().contains("arack") && !answer.stderr.contains("arack"), "{answer:?}");
        let answer = answer.assert_says(says);
        assert!(files(kiosk) == before, "{command} changed a file: {}", answer.json);
    }
    let doctor = kiosk.ask(&["doctor"]);
    assert_eq!((doctor.exit, doctor.text("outcome")), (3, "not_well"), "{doctor:?}");
    assert!(files(kiosk) == before, "doctor changed a file");
}

/// Pseudo-random bytes, always the same.
fn noise(count: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..count).map(|_| next()).collect()
}

#[test]
fn noise_in_place_of_the_database_is_left_as_it_is() {
    for bytes in [noise(40_960), noise(10), b"just a text\n".repeat(100), vec![0; 8192]] {
        let kiosk = Kiosk::with(&obama());
        std::fs::write(kiosk.database(), bytes).unwrap();
        assert_refused_untouched(&kiosk, "database_corrupt", &["damaged", "left as it is", "mirilla.db"]);
    }
}

#[test]
fn a_truncated_database_is_left_as_it_is() {
    let whole = std::fs::metadata(Kiosk::with(&obama()).database()).unwrap().len();
    for keep in [100, 512, 4096, 5000, whole / 2, whole / 2 + 2048, whole - 4096] {
        let kiosk = Kiosk::with(&obama());
        std::fs::File::options().write(true).open(kiosk.database()).unwrap().set_len(keep).unwrap();
        assert_refused_untouched(&kiosk, "database_corrupt", &["damaged", "mirilla.db"]);
    }
}

#[test]
fn a_database_cut_within_its_last_page_is_not_written_to() {
    for missing in [10, 2048, 4095] {
        let kiosk = Kiosk::with(&obama());
        let bytes = std::fs::read(kiosk.database()).unwrap();
        let cut = &bytes[..bytes.len() - missing];
        std::fs::write(kiosk.database(), cut).unwrap();
        assert_eq!(kiosk.ask(&["doctor"]).exit, 3, "doctor sees that {missing} bytes are missing");
        let answer = kiosk.enroll(&biden());
        assert_eq!((answer.exit, answer.reason()), (3, "database_corrupt"), "{missing} bytes are missing: {answer:?}");
        assert!(std::fs::read(kiosk.database()).unwrap() == cut, "the database was changed");
    }
}

#[test]
fn a_database_with_damaged_pages_is_never_changed() {
    // Page after page is overwritten; some commands do not need it and work, none may crash, and what is
    // written to a damaged database is refused or leaves everybody else as they were.
    let pages = std::fs::metadata(Kiosk::with(&obama()).database()).unwrap().len() / 4096;
    assert!(pages >= 8, "{pages} pages");
    for page in 0..pages as usize {
        let kiosk = Kiosk::with(&obama());
        let mut bytes = std::fs::read(kiosk.database()).unwrap();
        bytes[page * 4096..(page + 1) * 4096].copy_from_slice(&noise(4096));
        std::fs::write(kiosk.database(), &bytes).unwrap();
        let listed = kiosk.ask(&["users", "list"]);
        // That an operator was let in is noted, in pages that are whole.
        let noted = std::fs::read(kiosk.database()).unwrap();
        let login = kiosk.login(&obama().probe);
        let doctor = kiosk.ask(&["doctor"]);
        assert_eq!(doctor.exit, 3, "doctor sees no damage in page {page}: {doctor:?}");
        for answer in [&listed, &login] {
            assert!(
                answer.exit == 0 || (answer.exit, answer.reason()) == (3, "database_corrupt"),
                "page {page}: {answer:?}"
            );
        }
        if login.exit != 0 {
            assert!(std::fs::read(kiosk.database()).unwrap() == noted, "page {page}");
        }
    }
}

#[test]
fn a_database_of_a_newer_version_is_left_as_it_is() {
    let kiosk = Kiosk::with(&obama());
    common::open_database(&kiosk.database()).pragma_update(None, "user_version", 99).unwrap();
    assert_refused_untouched(&kiosk, "database_newer", &["newer", "99", "update"]);
}

#[test]
fn a_database_of_another_program_is_left_as_it_is() {
    let kiosk = Kiosk::new();
    kiosk.begin();
    std::fs::remove_file(kiosk.database()).unwrap();
    let foreign = Connection::open(kiosk.database()).unwrap();
    foreign.execute_batch("CREATE TABLE songs (title TEXT); INSERT INTO songs VALUES ('mine');").unwrap();
    drop(foreign);
    assert_refused_untouched(&kiosk, "database_corrupt", &["another program"]);
}

#[test]
fn a_folder_in_place_of_the_database_and_a_file_in_place_of_the_folder_are_told() {
    let kiosk = Kiosk::new();
    std::fs::create_dir_all(kiosk.database()).unwrap();
    for (command, answer) in each_command(&kiosk) {
        assert_eq!(answer.exit, 3, "{command}: {answer:?}");
    }
    let kiosk = Kiosk::new();
    std::fs::write(&kiosk.data_dir, "mine").unwrap();
    for (_, answer) in each_command(&kiosk) {
        answer.assert_machine("data_dir_unusable").assert_says(&["--data-dir"]);
    }
    assert_eq!(std::fs::read_to_string(&kiosk.data_dir).unwrap(), "mine");
}

#[test]
fn a_damaged_token_key_is_never_overwritten() {
    let short = "0123456789abcdef".repeat(3);
    let long = "0123456789abcdef".repeat(5);
    for bytes in [b"", &b"\n"[..], short.as_bytes(), long.as_bytes(), &[b'g'; 64], &[0; 64]] {
        a_key_file_is_left_as_it_is(bytes);
    }
}

#[test]
fn noise_in_place_of_the_token_key_is_never_overwritten() {
    a_key_file_is_left_as_it_is(&noise(64));
}

#[track_caller]
fn a_key_file_is_left_as_it_is(bytes: &[u8]) {
    // As an earlier version left it: now the key is in the database.
    let kiosk = Kiosk::with(&obama());
    kiosk.make_earlier();
    std::fs::write(kiosk.token_key_file(), bytes).unwrap();
    let commands = [kiosk.ask(&["token", "key", "--export"]), kiosk.login(&obama().probe), kiosk.enroll(&biden())];
    let doctor = kiosk.ask(&["doctor"]);
    assert_eq!(std::fs::read(kiosk.token_key_file()).unwrap(), bytes);
    for answer in commands {
        answer.assert_machine("token_key_damaged").assert_says(&["64 hexadecimal digits", "move", "token.key"]);
    }
    let checks = doctor.json["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["name"] == "token key").unwrap();
    let advice = check["remedy"].as_str().unwrap_or_default();
    assert!(advice.contains("move") && advice.contains("a new key is made"), "what doctor advises: {check}");
}

/// Holds the database as another process would, for so long; returns when it is held.
fn hold(kiosk: &Kiosk, how: &'static str, time: Duration) -> std::thread::JoinHandle<()> {
    let path = kiosk.database();
    let (held, is_held) = std::sync::mpsc::channel();
    let holder = std::thread::spawn(move || {
        let connection = common::open_database(&path);
        connection.execute_batch(how).unwrap();
        held.send(()).unwrap();
        std::thread::sleep(time);
    });
    is_held.recv().unwrap();
    holder
}

/// Keeps all others from writing.
const WRITE_LOCK: &str = "BEGIN IMMEDIATE; DELETE FROM events WHERE 0;";
/// Keeps all others from reading, too.
const FULL_LOCK: &str = "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; DELETE FROM events WHERE 0;";

#[test]
fn a_lock_that_stays_is_waited_for_and_then_told() {
    for how in [WRITE_LOCK, FULL_LOCK] {
        let kiosk = Kiosk::with(&obama());
        let before = kiosk.ask(&["users", "list"]).json;
        let holder = hold(&kiosk, how, Duration::from_secs(14));
        let locked = kiosk.enroll(&biden()).assert_machine("database_locked");
        let locked = locked.assert_says(&["another process", "5 s", "try again"]);
        assert!((4.8..9.0).contains(&locked.took.as_secs_f64()), "waited {:?}", locked.took);
        assert!(!locked.json.to_string().contains("joe@"), "{locked:?}");
        holder.join().unwrap();
        assert_eq!(kiosk.ask(&["users", "list"]).json, before);
        kiosk.enroll(&biden()).assert_yes("enrolled");
    }
}

#[test]
fn a_lock_that_goes_is_waited_for_and_all_is_well() {
    let kiosk = Kiosk::with(&obama());
    for how in [WRITE_LOCK, FULL_LOCK] {
        let holder = hold(&kiosk, how, Duration::from_secs(1));
        let begin = Instant::now();
        kiosk.enroll(&biden()).assert_yes("enrolled");
        assert!(begin.elapsed() > Duration::from_millis(900), "it did not wait: {:?}", begin.elapsed());
        holder.join().unwrap();
        let holder = hold(&kiosk, how, Duration::from_secs(1));
        kiosk.login(&obama().probe).assert_yes("recognized");
        holder.join().unwrap();
        kiosk.ask(&["users", "remove", biden().email]).assert_yes("removed");
    }
}

#[test]
fn reading_goes_on_while_another_process_writes() {
    let kiosk = Kiosk::with(&obama());
    let token = kiosk.token(&obama().probe);
    let holder = hold(&kiosk, WRITE_LOCK, Duration::from_secs(3));
    let shown = kiosk.ask(&["profile", "show", "--token", &token]).assert_yes("profile");
    assert!(shown.took < Duration::from_secs(2), "it waited: {:?}", shown.took);
    holder.join().unwrap();
}

#[test]
fn many_first_starts_at_once_all_succeed() {
    for round in 0..60 {
        let kiosk = Kiosk::new();
        let answers: Vec<Answer> = std::thread::scope(|scope| {
            let kiosk = &kiosk;
            let commands = [&common::FIRST_START[..], &["token", "rotate"]];
            let starts: Vec<_> = (0..16).map(|i| scope.spawn(move || kiosk.ask(commands[i % 2]))).collect();
            starts.into_iter().map(|start| start.join().unwrap()).collect()
        });
        let well = |answer: &&Answer| ["user_unknown", ""].contains(&answer.reason());
        let failed: Vec<_> = answers.iter().filter(|answer| !well(answer)).collect();
        assert!(failed.is_empty(), "round {round}: {} of 16: {failed:?}", failed.len());
        let key = kiosk.ask(&["token", "key", "--all"]).assert_yes("key");
        assert_eq!(key.json["keys"].as_array().unwrap().len(), 9, "one first key, and eight that followed");
        let stray: Vec<_> =
            contents(&kiosk.data_dir).into_keys().filter(|path| !text(path).contains("/data/mirilla.db")).collect();
        let kept = ["store.key", "store.lock", "store.toml"].map(|name| kiosk.data_dir.join(name));
        assert_eq!(stray, kept, "no leftovers");
    }
}

#[test]
fn a_first_start_waits_for_another_that_makes_the_database() {
    let kiosk = Kiosk::new();
    for how in ["BEGIN IMMEDIATE", "BEGIN; SELECT count(*) FROM sqlite_schema"] {
        std::fs::create_dir(&kiosk.data_dir).unwrap();
        let holder = hold(&kiosk, how, Duration::from_secs(1));
        let first = kiosk.ask(&common::FIRST_START);
        assert_eq!((first.exit, first.reason()), (1, "user_unknown"), "after {:?}: {first:?}", first.took);
        holder.join().unwrap();
        std::fs::remove_dir_all(&kiosk.data_dir).unwrap();
    }
}

/// Runs the binary in a mount namespace of its own, where `prepare` was run; `None`, with a word on standard
/// error, where the system does not let us.
fn in_namespace(kiosk: &Kiosk, prepare: &str, arguments: &[&str]) -> Option<Answer> {
    let script = format!("({prepare}) >&2 || exit 77; shift; exec \"$@\"");
    let all = [&["sh", "-c", &script, "sh", text(&kiosk.data_dir), common::BINARY], arguments].concat();
    let all = [&all[..], &["--json", "--data-dir", text(&kiosk.data_dir)]].concat();
    let begin = Instant::now();
    let refused = |output: &Output| [Some(1), Some(77)].contains(&output.status.code()) && output.stdout.is_empty();
    // Root may mount; others may in a namespace of users of their own, where the system lets them.
    let mut outputs =
        ["-m", "-rm"].into_iter().filter_map(|how| common::try_program("unshare", &[&[how], &all[..]].concat()));
    match outputs.find(|output| !refused(output)) {
        Some(output) => Some(parsed(&output, begin.elapsed())),
        None => {
            common::skip("no right to mount anything here (unshare)");
            None
        }
    }
}

fn enroll_arguments(photos: &[PathBuf; 3]) -> Vec<&str> {
    let photos = photos.iter().map(|photo| text(photo));
    ["enroll", "--name", "Joe Biden", "--email", "joe@example.org"].into_iter().chain(photos).collect()
}

const READ_ONLY: &str = "mount --bind \"$1\" \"$1\" && mount -o remount,bind,ro \"$1\"";

#[test]
fn a_read_only_data_directory_is_told_and_stays_as_it_is() {
    let kiosk = Kiosk::with(&obama());
    let before = contents(&kiosk.data_dir);
    let (photos, probe) = (biden().photos, obama().probe);
    for arguments in
        [enroll_arguments(&photos), vec!["login", text(&probe)], vec!["users", "remove", "barack@example.org"]]
    {
        let Some(answer) = in_namespace(&kiosk, READ_ONLY, &arguments) else { return };
        let answer = answer.assert_machine("read_only").assert_says(&["read-only"]);
        assert!(!answer.json.to_string().contains("joe@"), "{answer:?}");
        assert!(files(&kiosk) == before, "a file has changed");
    }
    let Some(doctor) = in_namespace(&kiosk, READ_ONLY, &["doctor"]) else { return };
    assert_eq!((doctor.exit, doctor.text("outcome")), (3, "not_well"), "{doctor:?}");
}

#[test]
fn an_empty_read_only_data_directory_is_told() {
    let kiosk = Kiosk::new();
    std::fs::create_dir(&kiosk.data_dir).unwrap();
    for arguments in [common::FIRST_START.to_vec(), vec!["token", "rotate"]] {
        let Some(answer) = in_namespace(&kiosk, READ_ONLY, &arguments) else { return };
        let (exit, told) = (answer.exit, answer.text("message").to_lowercase());
        assert!(exit == 3 && told.contains("read-only"), "{arguments:?}: {answer:?}");
    }
    assert_eq!(contents(&kiosk.data_dir).len(), 0);
}

#[test]
fn a_full_disk_is_told_and_everybody_stays() {
    let kiosk = Kiosk::with(&obama());
    let kept = kiosk.scratch("kept");
    std::fs::rename(&kiosk.data_dir, &kept).unwrap();
    std::fs::create_dir(&kiosk.data_dir).unwrap();
    let fill = |room: &str| {
        let kept = text(&kept);
        format!(
            "mount -t tmpfs -o size=1m none \"$1\" && cp '{kept}'/* \"$1\" && \
             {{ dd if=/dev/zero of=\"$1/ballast\" bs=4k 2>/dev/null; truncate -s -{room} \"$1/ballast\"; }}"
        )
    };
    let photos = biden().photos;
    let mut found = vec![];
    for room in ["40K", "8K", "4K", "0"] {
        let Some(answer) = in_namespace(&kiosk, &fill(room), &enroll_arguments(&photos)) else { return };
        found.push((room, answer.exit, answer.reason().to_owned(), answer.text("message").contains("disk is full")));
    }
    let expected = found.iter().map(|(room, ..)| (*room, 3, "disk_full".to_owned(), true)).collect::<Vec<_>>();
    assert_eq!(found, expected, "room on the disk, exit code, reason, whether it is said");
    assert_eq!(std::fs::read_dir(&kiosk.data_dir).unwrap().count(), 0);
}
