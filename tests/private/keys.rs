//! The key of the database: another one, a lost one, one from a passphrase or a keyring, and changes of it that are cut short.

use super::*;

#[test]
fn a_new_key_leaves_nothing_of_the_old_one() {
    let kiosk = two();
    let (old_key, old) = (std::fs::read(kiosk.key_file()).unwrap(), std::fs::read(kiosk.database()).unwrap());
    // Second names of the old files show what becomes of their bytes.
    let kept = [(kiosk.database(), old.len()), (kiosk.key_file(), old_key.len())].map(|(file, length)| {
        let name = kiosk.scratch(file.file_name().unwrap().to_str().unwrap());
        std::fs::hard_link(file, &name).unwrap();
        (name, length)
    });
    let rekeyed = kiosk.ask(&["store", "rekey"]).assert_yes("rekeyed");
    assert_eq!(rekeyed.text("key_source"), "file");
    for (name, length) in kept {
        let wiped = std::fs::read(&name).unwrap();
        assert!(wiped.len() >= length && wiped.iter().all(|byte| *byte == 0), "{} was overwritten", name.display());
    }
    assert_eq!(names(&kiosk.data_dir), ["mirilla.db", "store.key", "store.lock", "store.toml"]);
    assert_hidden(&kiosk, &[old_key.trim_ascii().to_vec()]);
    assert_ne!(std::fs::read(kiosk.key_file()).unwrap(), old_key);
    assert_ne!(std::fs::read(kiosk.database()).unwrap()[..16], old[..16], "a database begins with its key's id");
    assert_usable(&kiosk);
    // The old key does not open the new database.
    std::fs::write(kiosk.key_file(), &old_key).unwrap();
    let lost = kiosk.ask(&["users", "list"]).assert_machine("key_lost");
    lost.assert_says(&["store.key", "put it back", "restore"]);
}

#[test]
fn a_lost_key_another_key_and_a_damaged_file_are_told_apart() {
    let (kiosk, elsewhere) = (two(), two());
    let key = std::fs::read(kiosk.key_file()).unwrap();
    for bytes in [None, Some(&b""[..]), Some(b"0123"), Some(&key[..64]), Some(&[b'0'; 65])] {
        let database = std::fs::read(kiosk.database()).unwrap();
        match bytes {
            Some(bytes) => std::fs::write(kiosk.key_file(), bytes).unwrap(),
            None => std::fs::remove_file(kiosk.key_file()).unwrap(),
        }
        let answer = kiosk.ask(&["users", "list"]);
        if bytes == Some(&key[..64]) {
            answer.assert_yes("listed"); // without the line's end
        } else {
            answer.assert_machine("key_lost").assert_says(&["store.key"]);
            assert_eq!(kiosk.ask(&["doctor"]).exit, 3);
            assert_eq!(std::fs::read(kiosk.database()).unwrap(), database);
        }
        std::fs::write(kiosk.key_file(), &key).unwrap();
    }
    std::fs::copy(elsewhere.database(), kiosk.database()).unwrap();
    kiosk.ask(&["users", "list"]).assert_machine("database_other_key").assert_says(&["another key", "store.toml"]);
    // With the key that belongs to it, and where that is written down, it is read.
    for name in ["store.key", "store.toml"] {
        std::fs::copy(elsewhere.data_dir.join(name), kiosk.data_dir.join(name)).unwrap();
    }
    assert_usable(&kiosk);
    // Where the key is can be found out again; that it is damaged, is told.
    std::fs::remove_file(kiosk.data_dir.join("store.toml")).unwrap();
    kiosk.ask(&["doctor"]).assert_yes("well");
    assert_usable(&kiosk);
    std::fs::write(kiosk.data_dir.join("store.toml"), "format = 1\nkey = 7\n").unwrap();
    kiosk.ask(&["users", "list"]).assert_machine("store_file_damaged").assert_says(&["store.toml"]);
}

#[test]
fn a_passphrase_can_be_required() {
    let kiosk = two();
    let mut rekey = kiosk.command(&["store", "rekey", "--to", "passphrase", "--json"]);
    common::answer(&mut rekey).assert_bad_input("passphrase_needed").assert_says(&["MIRILLA_NEW_PASSPHRASE"]);
    ask_with(&kiosk, &[("MIRILLA_NEW_PASSPHRASE", "short")], &["store", "rekey", "--to", "passphrase"])
        .assert_bad_input("passphrase_short");
    assert_usable(&kiosk);
    ask_with(&kiosk, &[("MIRILLA_NEW_PASSPHRASE", PASSPHRASE)], &["store", "rekey", "--to", "passphrase"])
        .assert_yes("rekeyed");
    assert!(!kiosk.key_file().exists(), "no key is on the disk");
    assert_hidden(&kiosk, &[PASSPHRASE.into()]);

    let asked = kiosk.ask(&["users", "list"]).assert_bad_input("passphrase_needed");
    asked.assert_says(&["MIRILLA_PASSPHRASE"]);
    let with = |given: &str, arguments: &[&str]| ask_with(&kiosk, &[("MIRILLA_PASSPHRASE", given)], arguments);
    let wrong = with("a sentence that somebody guesses", &["users", "list"]).assert_bad_input("passphrase_wrong");
    assert!(!wrong.json.to_string().contains("sentence"), "what was typed is not repeated");
    assert_eq!(with(PASSPHRASE, &["users", "list"]).assert_yes("listed").json["users"].as_array().unwrap().len(), 2);
    let doctor = with(PASSPHRASE, &["doctor"]).assert_yes("well");
    assert!(check(&doctor, "store key").1.contains("passphrase"), "{doctor:?}");
    assert_eq!(with(PASSPHRASE, &["store", "verify"]).assert_yes("verified").text("key_source"), "passphrase");
    // And back.
    with(PASSPHRASE, &["store", "rekey", "--to", "file"]).assert_yes("rekeyed");
    assert_usable(&kiosk);
}

#[test]
fn a_new_store_can_begin_with_a_passphrase() {
    let kiosk = Kiosk::new();
    let variables = [("MIRILLA_KEY_SOURCE", "passphrase"), ("MIRILLA_PASSPHRASE", PASSPHRASE)];
    ask_with(&kiosk, &variables, &common::FIRST_START).assert_no("user_unknown");
    assert!(!kiosk.key_file().exists());
    kiosk.ask(&["users", "list"]).assert_bad_input("passphrase_needed");
    ask_with(&kiosk, &[("MIRILLA_KEY_SOURCE", "drawer")], &["users", "list"]).assert_bad_input("usage");
}

#[test]
fn without_a_keyring_the_key_goes_into_a_file_at_once_and_the_doctor_says_so() {
    let kiosk = Kiosk::new();
    let begin = Instant::now();
    let (_, _, said) = kiosk.tell(&common::FIRST_START);
    assert!(begin.elapsed() < Duration::from_secs(5), "it waited for a keyring: {:?}", begin.elapsed());
    assert!(said.contains("no keyring") && said.contains("whoever takes the disk has both"), "{said}");
    let (_, _, said) = kiosk.tell(&common::FIRST_START);
    assert!(!said.contains("keyring"), "it is said once: {said}");
    let doctor = kiosk.ask(&["doctor"]).assert_yes("well");
    let (well, found) = check(&doctor, "store key");
    let cautions = doctor.json["checks"].as_array().unwrap().iter().filter(|check| check["caution"] == true);
    assert_eq!(cautions.map(|check| &check["name"]).collect::<Vec<_>>(), ["store key"], "a key in a file is marked");
    assert!(well && found.contains("store.key") && found.contains("whoever takes the disk"), "{found}");
    // Who asks for a keyring is told that there is none, and nothing changes.
    let refused = kiosk.ask(&["store", "rekey", "--to", "keyring"]).assert_machine("keyring");
    refused.assert_says(&["keyring"]);
    kiosk.ask(&["users", "list"]).assert_yes("listed");
    // Nor does a session bus that is not there, or one that answers nothing.
    let kiosk = Kiosk::new();
    let bus = kiosk.scratch("bus");
    let address = format!("unix:path={}", text(&bus));
    ask_with(&kiosk, &[("DBUS_SESSION_BUS_ADDRESS", &address)], &common::FIRST_START).assert_no("user_unknown");
    assert!(kiosk.key_file().exists());
    #[cfg(unix)]
    {
        let _silent = std::os::unix::net::UnixListener::bind(&bus).unwrap();
        let kiosk = Kiosk::new();
        let begin = Instant::now();
        ask_with(&kiosk, &[("DBUS_SESSION_BUS_ADDRESS", &address)], &common::FIRST_START).assert_no("user_unknown");
        assert!(begin.elapsed() < Duration::from_secs(8), "it waited for a silent bus: {:?}", begin.elapsed());
        assert!(kiosk.key_file().exists());
    }
}

/// Runs the binary in a session of its own, where a keyring has just been unlocked; `None` where there is none to try.
#[cfg(target_os = "linux")]
fn in_session(kiosk: &Kiosk, commands: &[&str]) -> Option<Vec<Value>> {
    let script =
        "printf secret | gnome-keyring-daemon --unlock --components=secrets --daemonize >/dev/null || exit 77\n";
    let run = |command: &&str| format!("'{BINARY}' {command} --json --data-dir '{}' || true\n", text(&kiosk.data_dir));
    let script = script.to_owned() + &commands.iter().map(run).collect::<String>();
    let mut session = Command::new("dbus-run-session");
    session.args(["--", "sh", "-c", &script]).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    let home = kiosk.scratch.path();
    session
        .env("MIRILLA_OPERATOR_PIN", common::OPERATOR_PIN)
        .env("HOME", home)
        .env("XDG_RUNTIME_DIR", home)
        .stdin(Stdio::null());
    let output = session.output().ok().filter(|output| output.status.code() != Some(77));
    let Some(output) = output.filter(|output| output.status.code() != Some(127)) else {
        common::skip("no keyring to try (dbus-run-session, gnome-keyring-daemon)");
        return None;
    };
    let (stdout, stderr) = common::texts(&output);
    let answers: Vec<_> = stdout.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    assert_eq!(answers.len(), commands.len(), "{stdout} {stderr}");
    Some(answers)
}

#[test]
#[cfg(target_os = "linux")]
fn a_keyring_keeps_the_key_and_none_is_on_the_disk() {
    let kiosk = Kiosk::new();
    let commands = [
        "users remove nobody@example.org",
        "store verify",
        "doctor",
        "store rekey",
        "store verify",
        "store rekey --to file",
    ];
    let Some(answers) = in_session(&kiosk, &[&commands[..], &["store rekey --to keyring"]].concat()) else { return };
    assert_eq!((&answers[1]["key_source"], &answers[4]["key_source"]), (&"keyring".into(), &"keyring".into()));
    let doctor = answers[2]["checks"].as_array().unwrap().iter().find(|check| check["name"] == "store key").unwrap();
    assert!(doctor["found"].as_str().unwrap().contains("keyring"), "{doctor}");
    assert_eq!((&answers[5]["key_source"], &answers[6]["key_source"]), (&"file".into(), &"keyring".into()));
    assert!(!kiosk.key_file().exists(), "no key is on the disk");
    // Outside of the session nothing opens it, and nothing changes.
    let before = contents(&kiosk.data_dir);
    kiosk.ask(&["users", "list"]).assert_machine("keyring").assert_says(&["keyring", "session"]);
    assert_eq!(contents(&kiosk.data_dir), before);
    // In the next session it is there again.
    let again = in_session(&kiosk, &["users list"]).unwrap();
    assert_eq!(again[0]["outcome"], "listed", "{again:?}");
}

#[test]
#[cfg(unix)]
fn a_passphrase_that_is_no_text_is_told_and_not_passed_over() {
    use std::os::unix::ffi::OsStrExt;
    let kiosk = Kiosk::new();
    let bytes = std::ffi::OsStr::from_bytes(b"caf\xe9 con leche");
    for variable in ["MIRILLA_PASSPHRASE", "MIRILLA_KEY_SOURCE"] {
        common::answer(kiosk.command(&common::FIRST_START).arg("--json").env(variable, bytes))
            .assert_bad_input("usage")
            .assert_says(&[variable, "UTF-8"]);
        assert!(!kiosk.data_dir.exists());
    }
    kiosk.begin();
    let rekey = ["store", "rekey", "--to", "passphrase", "--json"];
    common::answer(kiosk.command(&rekey).env("MIRILLA_NEW_PASSPHRASE", bytes)).assert_bad_input("usage");
    let file = kiosk.scratch("backup");
    let backup = ["store", "backup", "--passphrase", text(&file), "--json"];
    common::answer(kiosk.command(&backup).env("MIRILLA_BACKUP_PASSPHRASE", bytes)).assert_bad_input("usage");
    assert!(!file.exists());
}

/// The new key's file has its place, and the old one cannot be wiped: the disk takes no bytes where those of the old one are.
#[test]
#[cfg(unix)]
fn a_change_of_keys_that_fails_after_the_new_file_has_its_place_is_finished_by_the_next_start() {
    let kiosk = two();
    let secrets = secrets_of_two(&kiosk);
    let whole = std::fs::metadata(kiosk.database()).unwrap().len();
    let database = common::open_database(&kiosk.database());
    database.execute_batch("CREATE TABLE ballast (x); INSERT INTO ballast VALUES (zeroblob(4000000))").unwrap();
    database.execute_batch("DROP TABLE ballast").unwrap();
    drop(database);
    let (old_key, old) = (std::fs::read(kiosk.key_file()).unwrap(), std::fs::read(kiosk.database()).unwrap());
    assert!(old.len() as u64 > whole + 2_000_000, "what was deleted leaves room");
    // Twice what is in use, and less than the old file; in blocks of 512 bytes.
    let script = format!("trap '' XFSZ; ulimit -f {}; exec \"$@\"", whole * 2 / 512);
    let data_dir = text(&kiosk.data_dir);
    let arguments = ["-c", &script, "sh", BINARY, "store", "rekey", "--json", "--data-dir", data_dir];
    let variables = [("MIRILLA_KEY_SOURCE", "file"), ("MIRILLA_OPERATOR_PIN", common::OPERATOR_PIN)];
    let output = Command::new("sh").args(arguments).envs(variables).output().unwrap();
    common::parsed(&output, Duration::ZERO).assert_machine("file_unusable");
    let new = std::fs::read(kiosk.database()).unwrap();
    assert_ne!(new[..16], old[..16], "the new file has its place");
    assert!(kiosk.data_dir.join("mirilla.db.old").exists() && std::fs::read(kiosk.key_file()).unwrap() == old_key);
    // Whoever looks finds the right key of the two; whoever starts does the rest.
    kiosk.ask(&["store", "verify"]).assert_yes("verified");
    assert_usable(&kiosk);
    assert_eq!(leftovers(&kiosk.data_dir), [""; 0]);
    assert_ne!(std::fs::read(kiosk.key_file()).unwrap(), old_key);
    assert_eq!(std::fs::read(kiosk.database()).unwrap()[..16], new[..16]);
    assert_hidden(&kiosk, &secrets);
}

#[test]
fn a_backup_of_a_store_with_a_passphrase_needs_nothing_but_the_passphrase() {
    let (kiosk, elsewhere) = (two(), Kiosk::new());
    let (file, new) = (kiosk.scratch("backup"), [("MIRILLA_NEW_PASSPHRASE", PASSPHRASE)]);
    ask_with(&kiosk, &new, &["store", "rekey", "--to", "passphrase"]).assert_yes("rekeyed");
    let known = [("MIRILLA_PASSPHRASE", PASSPHRASE)];
    ask_with(&kiosk, &known, &["store", "backup", text(&file)]).assert_yes("backed_up");
    let given = [("MIRILLA_BACKUP_PASSPHRASE", PASSPHRASE)];
    ask_with(&elsewhere, &given, &["store", "restore", text(&file)]).assert_yes("restored");
    assert_usable(&elsewhere);
    // Where it came from, too, without being told the passphrase of the backup.
    ask_with(&kiosk, &known, &["store", "restore", text(&file)]).assert_yes("restored");
}

#[test]
fn a_change_of_keys_that_cannot_begin_leaves_the_old_key_and_the_database() {
    let kiosk = two();
    let in_the_way = kiosk.data_dir.join("mirilla.db.old");
    std::fs::create_dir(&in_the_way).unwrap();
    std::fs::write(in_the_way.join("something"), "of somebody").unwrap();
    assert_ne!(kiosk.ask(&["store", "rekey"]).exit, 0);
    std::fs::remove_dir_all(&in_the_way).unwrap();
    assert_usable(&kiosk);
    assert!(leftovers(&kiosk.data_dir).is_empty(), "{:?}", leftovers(&kiosk.data_dir));
    kiosk.ask(&["store", "rekey"]).assert_yes("rekeyed");
    assert_usable(&kiosk);
    let log = kiosk.ask(&["audit", "show"]).assert_yes("listed");
    assert!(log.json["events"].to_string().contains("rekeyed"));
}
