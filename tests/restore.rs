//! A backup leads back, also where the key of the database in its place is lost; and what happened since is not undone
//! without a word.

mod common;

use common::people::{biden, collins, obama};
use common::{Answer, Kiosk, contents, text};
use serde_json::{Value, json};

const PASSPHRASE: &str = "a sentence that nobody guesses";
const FORGOTTEN: (&str, &str) = ("MIRILLA_PASSPHRASE", "not the sentence that it was");

fn ask_with(kiosk: &Kiosk, variables: &[(&str, &str)], arguments: &[&str]) -> Answer {
    common::answer(kiosk.command(arguments).arg("--json").envs(variables.iter().copied()))
}

/// A kiosk with a backup of Obama alone that can be restored anywhere, and a database whose passphrase is forgotten.
fn forgotten() -> (Kiosk, std::path::PathBuf) {
    let kiosk = Kiosk::with(&obama());
    let file = kiosk.scratch("backup");
    let backup = ["store", "backup", "--passphrase", text(&file)];
    ask_with(&kiosk, &[("MIRILLA_BACKUP_PASSPHRASE", PASSPHRASE)], &backup).assert_yes("backed_up");
    kiosk.enroll(&biden()).assert_yes("enrolled");
    let new = [("MIRILLA_NEW_PASSPHRASE", "a sentence that is forgotten")];
    ask_with(&kiosk, &new, &["store", "rekey", "--to", "passphrase"]).assert_yes("rekeyed");
    (kiosk, file)
}

#[test]
fn a_database_whose_passphrase_is_forgotten_is_kept_aside_where_that_is_asked_for() {
    let (kiosk, file) = forgotten();
    let (database, header) = (std::fs::read(kiosk.database()).unwrap(), kiosk.data_dir.join("store.toml"));
    let before = (contents(&kiosk.data_dir), std::fs::read(&header).unwrap());
    let given = [("MIRILLA_BACKUP_PASSPHRASE", PASSPHRASE), FORGOTTEN, ("MIRILLA_KEY_SOURCE", "file")];
    for (variables, reason) in [(&given[..1], "passphrase_needed"), (&given[..2], "passphrase_wrong")] {
        let refused = ask_with(&kiosk, variables, &["store", "restore", text(&file)]).assert_bad_input(reason);
        refused.assert_says(&["--replace-lost"]);
        assert_eq!(contents(&kiosk.data_dir), before.0);
    }
    // Where the backup cannot be read, nothing is moved.
    ask_with(&kiosk, &given[1..], &["store", "restore", "--replace-lost", text(&file)])
        .assert_bad_input("passphrase_needed");
    assert_eq!(contents(&kiosk.data_dir), before.0);

    let restored =
        ask_with(&kiosk, &given, &["store", "restore", "--replace-lost", text(&file)]).assert_yes("restored");
    let aside = kiosk.data_dir.join("mirilla.db.lost-1");
    assert_eq!((restored.text("set_aside"), &restored.json["came_back"]), (text(&aside), &Value::Null));
    assert_eq!(std::fs::read(&aside).unwrap(), database);
    assert_eq!(std::fs::read(kiosk.data_dir.join("store.toml.lost-1")).unwrap(), before.1);
    assert_eq!(kiosk.emails(), [obama().email]);
    kiosk.login(&obama().probe).assert_yes("recognized");

    // The passphrase comes to mind: what was kept can be read.
    let elsewhere = Kiosk::new();
    std::fs::create_dir(&elsewhere.data_dir).unwrap();
    for (name, old) in [("mirilla.db", "mirilla.db.lost-1"), ("store.toml", "store.toml.lost-1")] {
        std::fs::copy(kiosk.data_dir.join(old), elsewhere.data_dir.join(name)).unwrap();
    }
    let known = [("MIRILLA_PASSPHRASE", "a sentence that is forgotten")];
    let listed = ask_with(&elsewhere, &known, &["users", "list"]).assert_yes("listed");
    assert_eq!(listed.json["users"].as_array().unwrap().len(), 2);
}

#[test]
fn a_second_one_that_is_lost_has_a_name_of_its_own() {
    let (kiosk, file) = forgotten();
    let given = [("MIRILLA_BACKUP_PASSPHRASE", PASSPHRASE), FORGOTTEN, ("MIRILLA_KEY_SOURCE", "file")];
    let restore = ["store", "restore", "--replace-lost", text(&file)];
    ask_with(&kiosk, &given, &restore).assert_yes("restored");
    // A key that is not there at all needs no word: but nothing is wiped that somebody may find the key of.
    std::fs::remove_file(kiosk.key_file()).unwrap();
    let database = std::fs::read(kiosk.database()).unwrap();
    let restored = ask_with(&kiosk, &given, &["store", "restore", text(&file)]).assert_yes("restored");
    assert!(restored.text("set_aside").ends_with("mirilla.db.lost-2"), "{restored:?}");
    assert_eq!(std::fs::read(kiosk.data_dir.join("mirilla.db.lost-2")).unwrap(), database);
    assert_eq!(kiosk.emails(), [obama().email]);
}

#[test]
#[cfg(unix)]
fn where_the_backup_cannot_be_written_the_database_that_is_lost_keeps_its_place() {
    let (kiosk, file) = forgotten();
    let before = contents(&kiosk.data_dir);
    // Room for the small files, and none for a database.
    let script = "trap '' XFSZ; ulimit -f 8; exec \"$@\"";
    let output = std::process::Command::new("sh")
        .args(["-c", script, "sh", common::BINARY, "store", "restore", "--replace-lost", text(&file), "--json"])
        .args(["--data-dir", text(&kiosk.data_dir)])
        .envs([("MIRILLA_BACKUP_PASSPHRASE", PASSPHRASE), FORGOTTEN, ("MIRILLA_KEY_SOURCE", "file")])
        .output()
        .unwrap();
    let failed = common::parsed(&output, std::time::Duration::ZERO);
    assert_eq!((failed.exit, failed.text("outcome")), (3, "error"), "{failed:?}");
    let mut after = contents(&kiosk.data_dir);
    after.retain(|path, _| !text(path).ends_with("lost-1") && *path != kiosk.key_file());
    assert_eq!(after, before);
}

#[test]
fn who_was_removed_since_the_backup_is_told_waits_go_on_and_no_session_of_its_time_opens() {
    let kiosk = Kiosk::with(&obama());
    kiosk.enroll(&biden()).assert_yes("enrolled");
    ask_with(&kiosk, &[("MIRILLA_NEW_PIN", "739154")], &["users", "pin", obama().email]).assert_yes("pin_set");
    let token = kiosk.token(&obama().probe);
    let file = kiosk.scratch("backup");
    kiosk.ask(&["store", "backup", text(&file)]).assert_yes("backed_up");
    let removed = kiosk.ask(&["users", "remove", biden().email]).assert_yes("removed").json["user"]["id"].clone();
    // Ended since: the backup does not know of it.
    kiosk.ask(&["profile", "sign-out", "--token", &token]).assert_yes("signed_out");
    let by_pin = |email, pin| ask_with(&kiosk, &[("MIRILLA_PIN", pin)], &["login", "--email", email]);
    (0..5).for_each(|_| drop(by_pin(obama().email, "739155").assert_no("pin_wrong")));
    let forget_the_kiosks =
        || common::open_database(&kiosk.database()).execute("DELETE FROM memos WHERE name = 'attempts'", []).unwrap();
    assert_eq!(forget_the_kiosks(), 1);
    (0..20).for_each(|_| drop(kiosk.login(&collins().probe).assert_no("not_recognized")));
    kiosk.login(&obama().probe).assert_no("too_many_attempts");

    let noted = kiosk.ask(&["audit", "verify"]).assert_yes("whole");
    let restored = kiosk.ask(&["store", "restore", text(&file)]).assert_yes("restored");
    assert_eq!((&restored.json["users"], &restored.json["came_back"]), (&json!(2), &json!([removed])));
    assert!(!restored.json.to_string().contains("joe@"), "{restored:?}");
    kiosk.login(&obama().probe).assert_no("too_many_attempts");
    assert_eq!(forget_the_kiosks(), 1);
    by_pin(obama().email, "739155").assert_no("too_many_attempts").assert_says(&["wait"]);
    kiosk.login(&collins().probe).assert_no("not_recognized");
    kiosk.ask(&["profile", "show", "--token", &token]).assert_no("token_invalid");
    let keys = kiosk.ask(&["token", "key", "--all"]).assert_yes("key");
    assert_eq!(keys.json["keys"].as_array().unwrap().len(), 1);
    let log = kiosk.ask(&["audit", "show", "--last", "5"]).assert_yes("listed");
    let kinds = log.json["events"].as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap());
    assert_eq!(kinds.collect::<Vec<_>>(), ["restored", "declined", "declined", "declined", "role_entered"]);
    // The older log is whole in itself; whoever noted how the other one ended is told that it is gone, and what took its place.
    kiosk.ask(&["audit", "verify"]).assert_yes("whole");
    let gone = kiosk.ask(&["audit", "verify", "--noted", noted.text("digest")]);
    assert_eq!((gone.exit, gone.text("outcome"), gone.reason()), (3, "not_whole", "noted_line_missing"));
    let replaced = gone.json["restored"][0]["reason"].as_str().unwrap();
    // Two lines since: who asked for the digest was noted before it, who restored after it.
    let lines = noted.json["lines"].as_u64().unwrap() + 1;
    assert!(replaced.starts_with(&format!("replaced:{lines}:")), "{replaced}");
    assert_ne!(replaced.rsplit(':').next().unwrap(), noted.text("digest"));
    let (_, said, _) = kiosk.tell(&["audit", "verify"]);
    assert!(said.contains("Backups took the place") && said.contains(replaced), "{said}");
    let (_, said, _) = kiosk.tell(&["store", "restore", text(&file)]);
    assert!(said.contains("Nobody came back"), "{said}");
    // What is told is what removes them again.
    kiosk.ask(&["users", "remove", removed.as_str().unwrap()]).assert_yes("removed");
    assert_eq!(kiosk.emails(), [obama().email]);
    let (_, said, _) = kiosk.tell(&["store", "restore", text(&file)]);
    assert!(said.contains(removed.as_str().unwrap()) && said.contains("users remove ID"), "{said}");
}

#[test]
fn a_key_file_that_was_overwritten_with_that_of_the_backup_moves_no_database_without_a_word() {
    let kiosk = Kiosk::with(&obama());
    let (file, old_key) = (kiosk.scratch("backup"), std::fs::read(kiosk.key_file()).unwrap());
    kiosk.ask(&["store", "backup", text(&file)]).assert_yes("backed_up");
    kiosk.ask(&["store", "rekey"]).assert_yes("rekeyed");
    kiosk.enroll(&biden()).assert_yes("enrolled");
    let key = std::fs::read(kiosk.key_file()).unwrap();
    // Somebody reads that the key of the backup is needed, and puts it where the other one was.
    std::fs::write(kiosk.key_file(), &old_key).unwrap();
    let before = contents(&kiosk.data_dir);
    let restore = ["store", "restore", text(&file)];
    for header in [true, false] {
        if !header {
            std::fs::remove_file(kiosk.data_dir.join("store.toml")).unwrap();
        }
        let refused = ask_with(&kiosk, &[("MIRILLA_KEY_SOURCE", "file")], &restore).assert_machine("key_lost");
        refused.assert_says(&["store.key", "--data-dir", "--replace-lost", "nothing was changed"]);
        let mut after = contents(&kiosk.data_dir);
        after.extend(
            before.iter().filter(|(path, _)| path.ends_with("store.toml")).map(|(p, b)| (p.clone(), b.clone())),
        );
        assert_eq!(after, before);
    }
    // With its own key back, nothing was lost.
    std::fs::write(kiosk.key_file(), &key).unwrap();
    assert_eq!(kiosk.emails(), [obama().email, biden().email]);
    // Where it is lost for good, that is said.
    std::fs::write(kiosk.key_file(), &old_key).unwrap();
    let variables = [("MIRILLA_KEY_SOURCE", "file")];
    let arguments = ["store", "restore", "--replace-lost", text(&file)];
    let restored = ask_with(&kiosk, &variables, &arguments).assert_yes("restored");
    assert!(restored.text("set_aside").ends_with("mirilla.db.lost-1"), "{restored:?}");
    assert_eq!(kiosk.emails(), [obama().email]);
}

#[test]
fn a_database_that_can_be_read_is_replaced_by_no_one_without_the_pin_whatever_else_is_wrong() {
    let kiosk = Kiosk::with(&obama());
    let file = kiosk.scratch("backup");
    let backup = ["store", "backup", text(&file)];
    kiosk.ask(&backup).assert_yes("backed_up");
    // What keeps the program from starting does not keep the database from being read.
    std::fs::create_dir(kiosk.data_dir.join("token.key")).unwrap();
    let mut restore = kiosk.command(&["store", "restore", text(&file)]);
    let refused = common::answer(restore.arg("--json").env_remove("MIRILLA_OPERATOR_PIN"));
    assert_ne!(refused.exit, 0, "{refused:?}");
    std::fs::remove_dir(kiosk.data_dir.join("token.key")).unwrap();
    assert_eq!(kiosk.emails(), [obama().email]);
}

#[test]
fn where_there_was_no_database_nothing_is_said_of_one_that_cannot_be_read() {
    let (kiosk, elsewhere) = (Kiosk::with(&obama()), Kiosk::new());
    let file = kiosk.scratch("backup");
    kiosk.ask(&["store", "backup", text(&file)]).assert_yes("backed_up");
    std::fs::create_dir(&elsewhere.data_dir).unwrap();
    std::fs::copy(kiosk.key_file(), elsewhere.key_file()).unwrap();
    let (exit, said, _) = elsewhere.tell(&["store", "restore", text(&file)]);
    assert!(exit == 0 && said.contains("no database here") && !said.contains("cannot be read"), "{said}");
}
