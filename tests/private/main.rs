//! What lies on the disk gives nothing away: the database is encrypted, whatever it was before and whatever ended the
//! program on the way; its key can be changed, moved and asked for; a backup leads back.

#[path = "../common/mod.rs"]
mod common;

mod keys;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::people::{biden, collins, obama};
use common::{Answer, BINARY, Kiosk, contents, text};
use serde_json::Value;

const PASSPHRASE: &str = "a sentence that nobody guesses";

/// What must not be read by whoever has the files of a kiosk where Obama is enrolled.
fn secrets(kiosk: &Kiosk) -> Vec<Vec<u8>> {
    let database = common::open_database(&kiosk.database());
    let mut secrets: Vec<Vec<u8>> = ["Barack", "barack", "Obama", "example.org"].map(|word| word.into()).to_vec();
    let query = "SELECT template FROM face_references UNION SELECT embedding FROM samples";
    let mut statement = database.prepare(query).unwrap();
    let faces = statement.query_map([], |row| row.get::<_, Vec<u8>>(0)).unwrap();
    // Any piece of one: eight numbers.
    secrets.extend(faces.flat_map(|face| face.unwrap().chunks(32).map(<[u8]>::to_vec).collect::<Vec<_>>()));
    secrets.push(kiosk.ask(&["token", "key", "--export"]).assert_yes("key").text("key").into());
    let people: u32 = database.query_row("SELECT count(*) FROM users", [], |row| row.get(0)).unwrap();
    assert_eq!(secrets.len(), 4 + 4 * 16 * people as usize + 1);
    secrets
}

#[track_caller]
fn assert_hidden(kiosk: &Kiosk, secrets: &[Vec<u8>]) {
    for (path, bytes) in contents(&kiosk.data_dir) {
        for secret in secrets {
            let found = bytes.windows(secret.len()).any(|part| part == secret);
            assert!(!found, "{:?} is in {}", String::from_utf8_lossy(secret), path.display());
        }
    }
}

/// The two are enrolled, and a database of theirs can be read.
#[track_caller]
fn assert_usable(kiosk: &Kiosk) {
    assert_eq!(kiosk.emails(), [obama().email, biden().email]);
    for person in [obama(), biden()] {
        let login = kiosk.login(&person.probe).assert_yes("recognized");
        assert_eq!(login.json["user"]["email"], person.email);
    }
    let verified = kiosk.ask(&["store", "verify"]).assert_yes("verified");
    assert_eq!((&verified.json["users"], &verified.json["encrypted"]), (&Value::from(2), &Value::from(true)));
}

fn two() -> Kiosk {
    let kiosk = Kiosk::with(&obama());
    kiosk.enroll(&biden()).assert_yes("enrolled");
    kiosk
}

/// A command with variables of its own.
fn ask_with(kiosk: &Kiosk, variables: &[(&str, &str)], arguments: &[&str]) -> Answer {
    common::answer(kiosk.command(arguments).arg("--json").envs(variables.iter().copied()))
}

/// What the doctor says of one thing, and whether it is well.
fn check(doctor: &Answer, name: &str) -> (bool, String) {
    let checks = doctor.json["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["name"] == name).unwrap();
    (check["well"].as_bool().unwrap(), check["found"].as_str().unwrap().to_owned())
}

#[test]
fn no_file_holds_a_name_an_address_or_a_piece_of_a_face() {
    let kiosk = Kiosk::with(&obama());
    let token = kiosk.token(&obama().probe);
    ask_with(&kiosk, &[("MIRILLA_TOKEN", &token)], &["profile", "update", "--name", "Barack H. Obama"])
        .assert_yes("updated");
    let secrets = secrets(&kiosk);
    assert_hidden(&kiosk, &secrets);
    // As long as another program has the database open, SQLite keeps its log beside it.
    let other = common::open_database(&kiosk.database());
    other.query_row("SELECT count(*) FROM users", [], |row| row.get::<_, i64>(0)).unwrap();
    let [a, b, c] = collins().photos.map(|photo| text(&photo).to_owned());
    kiosk.ask(&["enroll", "--renew", "--email", obama().email, &a, &b, &c]).assert_yes("renewed");
    kiosk.enroll(&biden()).assert_yes("enrolled");
    assert!(contents(&kiosk.data_dir).keys().any(|path| text(path).ends_with("-wal")), "the log is looked at");
    assert_hidden(&kiosk, &secrets);
    // Those that are there now, as well.
    let renewed = self::secrets(&kiosk);
    assert_eq!(renewed.iter().filter(|secret| secrets.contains(secret)).count(), 5, "other faces, and the same words");
    assert_hidden(&kiosk, &renewed);
    assert_hidden(&kiosk, &[b"SQLite format".to_vec(), b"face_references".to_vec(), b"joe@".to_vec()]);
    drop(other);
    // The other way round: whoever has the key finds all of it.
    let bytes = common::decrypted(&kiosk);
    assert!(
        [&b"Barack"[..], b"face_references"].iter().all(|word| bytes.windows(word.len()).any(|part| part == *word))
    );
}

/// The names of all files of a kiosk.
fn names(data_dir: &Path) -> Vec<String> {
    contents(data_dir).into_keys().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect()
}

/// Whether a picture begins somewhere in these bytes, in one of the formats that programs write.
fn holds_a_picture(bytes: &[u8]) -> bool {
    bytes.windows(12).any(|part| {
        let jpeg = part.starts_with(b"\xFF\xD8\xFF") && [0xDB, 0xE0, 0xE1, 0xE2, 0xEE].contains(&part[3]);
        let webp = part.starts_with(b"RIFF") && part.ends_with(b"WEBP");
        let bmp = part.starts_with(b"BM") && part[6..10] == [0; 4] && part[10] > 0 && part[11] == 0;
        jpeg || webp || bmp || part.starts_with(b"\x89PNG\r\n\x1A\n")
    })
}

#[test]
fn no_picture_is_stored() {
    let kiosk = Kiosk::with(&obama());
    kiosk.token(&obama().probe);
    kiosk.login(&collins().probe).assert_no("not_recognized");
    let [a, b, c] = obama().photos.map(|photo| text(&photo).to_owned());
    kiosk.ask(&["enroll", "--renew", "--email", obama().email, &a, &b, &c]).assert_yes("renewed");
    assert_eq!(names(&kiosk.data_dir), ["mirilla.db", "store.key", "store.lock", "store.toml"]);
    let portraits = ["obama.jpg", "collins.png"].map(common::people::original);
    assert!(portraits.iter().all(|file| holds_a_picture(&std::fs::read(file).unwrap())), "what is one is seen");
    assert!(!holds_a_picture(&common::decrypted(&kiosk)));
    assert!(contents(&kiosk.data_dir).iter().all(|(path, bytes)| text(path).ends_with(".db") || bytes.len() < 1024));
    // Nothing is large enough to be one: 128 numbers of four bytes are the largest.
    let database = common::open_database(&kiosk.database());
    let columns =
        "SELECT tables.name, columns.name FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
                   WHERE tables.type = 'table'";
    let mut statement = database.prepare(columns).unwrap();
    let columns = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))).unwrap();
    let mut largest = 0;
    for (table, column) in columns.map(Result::unwrap) {
        let query = format!("SELECT coalesce(max(length(CAST(\"{column}\" AS BLOB))), 0) FROM \"{table}\"");
        let found: u32 = database.query_row(&query, [], |row| row.get(0)).unwrap();
        assert!(found <= 512, "{found} bytes in {table}.{column}");
        largest = largest.max(found);
    }
    assert_eq!(largest, 512, "all tables are looked at");
}

#[test]
fn a_database_of_an_earlier_version_is_encrypted_at_the_next_start() {
    let kiosk = two();
    let secrets = secrets_of_two(&kiosk);
    kiosk.make_earlier();
    let plain = std::fs::read(kiosk.database()).unwrap();
    assert!(plain.starts_with(b"SQLite format 3\0"));
    // Whoever only looks changes nothing.
    let before = contents(&kiosk.data_dir);
    let doctor = kiosk.ask(&["doctor"]);
    assert!(check(&doctor, "database").1.contains("earlier version"), "{doctor:?}");
    assert_eq!(kiosk.ask(&["store", "verify"]).assert_yes("verified").json["encrypted"], false);
    assert_eq!(contents(&kiosk.data_dir), before);
    // A second name of the old file shows what becomes of its bytes.
    let old = kiosk.scratch("old");
    std::fs::hard_link(kiosk.database(), &old).unwrap();
    assert_usable(&kiosk);
    assert_hidden(&kiosk, &secrets);
    assert_eq!(names(&kiosk.data_dir), ["mirilla.db", "store.key", "store.lock", "store.toml"]);
    let wiped = std::fs::read(&old).unwrap();
    assert!(wiped.len() >= plain.len() && wiped.iter().all(|byte| *byte == 0), "the old file was overwritten");
}

/// As [`secrets`], of a kiosk with two people.
fn secrets_of_two(kiosk: &Kiosk) -> Vec<Vec<u8>> {
    let database = common::open_database(&kiosk.database());
    let mut statement = database.prepare("SELECT template FROM face_references").unwrap();
    let faces = statement.query_map([], |row| row.get::<_, Vec<u8>>(0)).unwrap();
    faces.map(|face| face.unwrap()[..32].to_vec()).chain([b"barack@".to_vec(), b"joe@".to_vec()]).collect()
}

/// Runs a command again and again and kills it, each time a little later, until it is quicker than the kill; after each
/// kill the kiosk is whole. Returns how many were killed.
fn kill_at_any_moment(kiosk: &Kiosk, rounds: u32, arguments: &[&str], before: impl Fn(), check: impl Fn()) -> u32 {
    let command = || {
        let mut command = Command::new(BINARY);
        command.args(arguments).args(["--data-dir", text(&kiosk.data_dir)]).env("MIRILLA_KEY_SOURCE", "file");
        command.env("MIRILLA_OPERATOR_PIN", common::OPERATOR_PIN).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    before();
    let begin = Instant::now();
    assert!(command().status().unwrap().success());
    let usual = begin.elapsed();
    let mut killed = 0;
    for round in 0..rounds {
        before();
        let mut child = command().spawn().unwrap();
        std::thread::sleep(usual.mul_f64(1.1 * f64::from(round) / f64::from(rounds)));
        killed += u32::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        check();
    }
    killed
}

fn leftovers(data_dir: &Path) -> Vec<String> {
    names(data_dir)
        .into_iter()
        .filter(|name| ![".db", ".key", ".lock", ".toml"].iter().any(|end| name.ends_with(end)))
        .collect()
}

#[test]
fn a_kill_while_a_database_is_encrypted_leaves_a_usable_one() {
    let kiosk = two();
    let secrets = secrets_of_two(&kiosk);
    kiosk.make_earlier();
    let earlier = contents(&kiosk.data_dir);
    let before = || {
        std::fs::remove_dir_all(&kiosk.data_dir).unwrap();
        std::fs::create_dir(&kiosk.data_dir).unwrap();
        earlier.iter().for_each(|(path, bytes)| std::fs::write(path, bytes).unwrap());
    };
    let killed = kill_at_any_moment(&kiosk, 60, &["users", "list"], before, || {
        assert_eq!(kiosk.emails(), [obama().email, biden().email]);
        assert_eq!(leftovers(&kiosk.data_dir), [""; 0]);
        assert_hidden(&kiosk, &secrets);
        assert!(!kiosk.token_key_file().exists());
    });
    assert_usable(&kiosk);
    println!("{killed} of 60 were killed");
    assert!(killed >= 20, "the kills come too late: {killed}");
}

#[test]
fn a_kill_while_the_key_is_changed_leaves_a_usable_database() {
    let kiosk = two();
    let killed = kill_at_any_moment(
        &kiosk,
        60,
        &["store", "rekey"],
        || {},
        || {
            assert_eq!(kiosk.emails(), [obama().email, biden().email]);
            assert_eq!(leftovers(&kiosk.data_dir), [""; 0]);
        },
    );
    assert_usable(&kiosk);
    println!("{killed} of 60 were killed");
    assert!(killed >= 20, "the kills come too late: {killed}");
}

#[test]
fn a_kill_while_a_backup_is_restored_leaves_the_old_or_the_new() {
    let kiosk = Kiosk::with(&obama());
    let file = kiosk.scratch("backup");
    kiosk.ask(&["store", "backup", text(&file)]).assert_yes("backed_up");
    let before = || {
        if kiosk.emails().len() == 1 {
            kiosk.enroll(&biden()).assert_yes("enrolled");
        }
    };
    let killed = kill_at_any_moment(&kiosk, 40, &["store", "restore", text(&file)], before, || {
        let emails = kiosk.emails();
        assert!(emails == [obama().email] || emails == [obama().email, biden().email], "{emails:?}");
        assert_eq!(leftovers(&kiosk.data_dir), [""; 0]);
        kiosk.ask(&["store", "verify"]).assert_yes("verified");
    });
    println!("{killed} of 40 were killed");
    assert!(killed >= 10, "the kills come too late: {killed}");
}

#[test]
fn a_backup_leads_back_with_the_key_of_the_store() {
    let kiosk = two();
    let secrets = secrets_of_two(&kiosk);
    let file = kiosk.scratch("backup");
    assert_eq!(kiosk.ask(&["store", "backup", text(&file)]).assert_yes("backed_up").text("encrypted_with"), "store");
    let backup = std::fs::read(&file).unwrap();
    assert!(secrets.iter().all(|secret| !backup.windows(secret.len()).any(|part| part == secret)));
    kiosk.ask(&["store", "backup", text(&file)]).assert_bad_input("file_exists");
    assert_eq!(std::fs::read(&file).unwrap(), backup, "a file is never overwritten");
    kiosk.ask(&["users", "remove", biden().email]).assert_yes("removed");
    assert_eq!(kiosk.ask(&["store", "restore", text(&file)]).assert_yes("restored").json["users"], 2);
    assert_usable(&kiosk);
    // After the database is damaged, or gone with all that is beside it but the key.
    std::fs::write(kiosk.database(), vec![7; 50_000]).unwrap();
    kiosk.ask(&["store", "restore", text(&file)]).assert_yes("restored");
    assert_usable(&kiosk);
    let key = std::fs::read(kiosk.key_file()).unwrap();
    std::fs::remove_dir_all(&kiosk.data_dir).unwrap();
    kiosk.ask(&["store", "restore", text(&file)]).assert_bad_input("backup_key_lost").assert_says(&["store.key"]);
    std::fs::write(kiosk.key_file(), key).unwrap();
    kiosk.ask(&["store", "restore", text(&file)]).assert_yes("restored");
    assert_usable(&kiosk);
    // Another key since: that of the backup is gone.
    kiosk.ask(&["store", "rekey"]).assert_yes("rekeyed");
    kiosk.ask(&["store", "restore", text(&file)]).assert_bad_input("backup_key_lost");
    // It is not the passphrase that is wrong.
    ask_with(&kiosk, &[("MIRILLA_BACKUP_PASSPHRASE", PASSPHRASE)], &["store", "restore", text(&file)])
        .assert_bad_input("backup_key_lost");
    assert_usable(&kiosk);
}

#[test]
fn a_backup_with_a_passphrase_can_be_restored_anywhere() {
    let (kiosk, elsewhere) = (two(), Kiosk::new());
    let file = kiosk.scratch("backup");
    let with = [("MIRILLA_BACKUP_PASSPHRASE", PASSPHRASE)];
    let needed = kiosk.ask(&["store", "backup", "--passphrase", text(&file)]).assert_bad_input("passphrase_needed");
    needed.assert_says(&["MIRILLA_BACKUP_PASSPHRASE"]);
    assert!(!file.exists());
    let backed_up = ask_with(&kiosk, &with, &["store", "backup", "--passphrase", text(&file)]).assert_yes("backed_up");
    assert_eq!(backed_up.text("encrypted_with"), "passphrase");
    ask_with(&elsewhere, &[("MIRILLA_BACKUP_PASSPHRASE", "another sentence")], &["store", "restore", text(&file)])
        .assert_bad_input("passphrase_wrong");
    ask_with(&elsewhere, &with, &["store", "restore", text(&file)]).assert_yes("restored");
    assert_usable(&elsewhere);
}

#[test]
fn what_is_no_backup_is_refused_and_nothing_changes() {
    let kiosk = two();
    let file = kiosk.scratch("backup");
    kiosk.ask(&["store", "restore", text(&file)]).assert_bad_input("file_unreadable");
    let whole = kiosk.scratch("whole");
    kiosk.ask(&["store", "backup", text(&whole)]).assert_yes("backed_up");
    let whole = std::fs::read(whole).unwrap();
    let mut damaged = whole.clone();
    damaged[20_000] ^= 1;
    for bytes in [b"".to_vec(), b"just a text".to_vec(), vec![7; 9000], whole[..whole.len() / 2].to_vec(), damaged] {
        std::fs::write(&file, bytes).unwrap();
        kiosk.ask(&["store", "restore", text(&file)]).assert_bad_input("not_a_backup");
    }
    let foreign = rusqlite::Connection::open(kiosk.scratch("foreign")).unwrap();
    foreign.execute_batch("CREATE TABLE songs (title TEXT)").unwrap();
    drop(foreign);
    kiosk.ask(&["store", "restore", text(&kiosk.scratch("foreign"))]).assert_bad_input("not_a_backup");
    // But that an operator was let in each time.
    let log = kiosk.ask(&["audit", "show"]).assert_yes("listed");
    let mut since = log.json["events"].as_array().unwrap().iter().skip_while(|event| event["kind"] != "backed_up");
    since.next().unwrap();
    assert!(since.all(|event| event["kind"] == "role_entered"), "the database was changed: {log:?}");
    kiosk.ask(&["audit", "verify"]).assert_yes("whole");
    assert_usable(&kiosk);
}

#[test]
fn a_database_that_is_in_use_keeps_its_key_and_its_place() {
    let kiosk = two();
    let file = kiosk.scratch("backup");
    let desk = {
        let config = mirilla::config::Config::new(Some(&kiosk.data_dir)).unwrap();
        mirilla::desk::Desk::open(&config, mirilla::clock::Clock::start()).unwrap()
    };
    kiosk.ask(&["store", "backup", text(&file)]).assert_yes("backed_up");
    for arguments in [&["store", "rekey"][..], &["store", "restore", text(&file)]] {
        kiosk.ask(arguments).assert_machine("database_locked").assert_says(&["another process", "close it"]);
    }
    drop(desk);
    kiosk.ask(&["store", "rekey"]).assert_yes("rekeyed");
    assert_usable(&kiosk);
}

#[test]
fn a_look_at_the_database_takes_no_lock_from_whoever_has_it_open_in_the_same_process() {
    let kiosk = two();
    let config = mirilla::config::Config::new(Some(&kiosk.data_dir)).unwrap();
    let mut desk = mirilla::desk::Desk::open(&config, mirilla::clock::Clock::start()).unwrap();
    desk.rotate_token_key(None).unwrap();
    // As the kiosk's page Health does. Were the desk's lock gone, whoever comes next would take away its log at the end.
    drop(mirilla::store::SqliteStore::inspect(&config.database_path()).unwrap());
    drop(mirilla::desk::Desk::open(&config, mirilla::clock::Clock::start()).unwrap());
    kiosk.ask(&["users", "list"]).assert_yes("listed");
    assert!(kiosk.data_dir.join("mirilla.db-wal").exists());
    let kid = desk.rotate_token_key(None).unwrap().kid();
    assert_eq!(kiosk.ask(&["token", "key"]).assert_yes("key").text("kid"), kid);
    drop(desk);
    assert_eq!(kiosk.ask(&["token", "key"]).assert_yes("key").text("kid"), kid);
}

#[test]
#[cfg(target_os = "linux")]
fn the_memory_of_the_program_is_not_dumped() {
    let kiosk = Kiosk::with(&obama());
    let mut child = Command::new(BINARY)
        .args(["camera", "watch", "--seconds", "5", "--data-dir", text(&kiosk.data_dir)])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let limits = format!("/proc/{}/limits", child.id());
    let begin = Instant::now();
    let mut found = String::new();
    while begin.elapsed() < Duration::from_secs(4) && child.try_wait().unwrap().is_none() {
        found = std::fs::read_to_string(&limits).unwrap_or_default();
        let core = found.lines().find(|line| line.starts_with("Max core file size")).unwrap_or_default();
        if core.split_whitespace().nth(4) == Some("0") && core.split_whitespace().nth(5) == Some("0") {
            child.kill().unwrap();
            child.wait().unwrap();
            return;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let _ = child.kill();
    let _ = child.wait();
    panic!("core dumps are on: {found}");
}

#[test]
fn a_store_that_is_not_there_is_not_made_to_be_looked_at() {
    let kiosk = Kiosk::new();
    for arguments in [
        &["store", "verify"][..],
        &["store", "rekey"],
        &["store", "backup", text(&kiosk.scratch("b"))],
        &["users", "list"],
        &["users", "show", obama().email],
        &["users", "export", obama().email],
        &["audit", "show"],
        &["audit", "verify"],
        &["audit", "export", "-"],
        &["token", "key", "--export"],
        &["profile", "show", "--token", "x"],
    ] {
        kiosk.ask(arguments).assert_bad_input("no_database").assert_says(&["no database yet"]);
        assert!(!kiosk.data_dir.exists(), "{arguments:?}");
    }
    kiosk.ask(&["doctor"]).assert_yes("well");
    assert!(!kiosk.data_dir.exists());
}
