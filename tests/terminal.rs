//! How the real binary meets people and scripts: text or JSON, help, exit codes, where it keeps things, and
//! what it never says.

mod common;

use common::people::{biden, obama};
use common::{Kiosk, answer, text, texts};

#[test]
fn people_read_text_on_stdout_and_nothing_on_stderr() {
    let kiosk = Kiosk::new();
    let [a, b, c] = obama().photos.map(|photo| text(&photo).to_owned());
    let enroll = ["enroll", "--name", "José Ñandú", "--email", "jose@example.org", &a, &b, &c];
    let probe = obama().probe;
    let said = |arguments: &[&str], exit: i32, words: &[&str]| {
        let (code, stdout, stderr) = kiosk.tell(arguments);
        assert_eq!((code, stderr.as_str()), (exit, ""), "{arguments:?}: {stdout}");
        assert!(!stdout.starts_with('{') && stdout.ends_with('\n') && !stdout.contains('\u{1b}'), "{stdout:?}");
        for word in words {
            assert!(stdout.contains(word), "{arguments:?} does not say {word}: {stdout}");
        }
        stdout
    };
    kiosk.begin();
    said(&["users", "list"], 0, &["Nobody is enrolled"]);
    said(&enroll, 0, &["Enrolled José Ñandú <jose@example.org>", "photo 1", "photo 3"]);
    said(&enroll, 1, &["Declined", "e-mail address"]);
    let login = said(&["login", text(&probe)], 0, &["Recognized José Ñandú", "score", "threshold"]);
    let token = login.lines().last().unwrap();
    said(&["profile", "show", "--token", token], 0, &["José Ñandú <jose@example.org>", "last sign-in"]);
    said(&["profile", "update", "--token", token, "--name", "Pepe"], 0, &["Pepe <jose@example.org>"]);
    said(&["login", text(&biden().probe)], 1, &["Declined", "Nobody enrolled was recognized"]);
    said(&["profile", "show", "--token", "x"], 1, &["Declined", "sign in again"]);
    said(&["users", "list"], 0, &["Pepe <jose@example.org>", "1 enrolled"]);
    said(&["users", "show", "jose@example.org"], 0, &["Pepe", "sharpness"]);
    said(&["doctor"], 0, &["All is well", "1 enrolled"]);
    said(&["token", "rotate"], 0, &["signs now", "accepted until"]);
    said(&["token", "key"], 0, &["signs (HS256)"]);
    said(&["token", "key", "--all"], 0, &["signs", "accepted until", "HS256"]);
    said(&["store", "verify"], 0, &["Whole", "1 enrolled", "Encrypted", "store.key"]);
    said(&["store", "rekey"], 0, &["new key"]);
    let backup = kiosk.scratch("backup");
    said(&["store", "backup", text(&backup)], 0, &["Wrote", "keep that key"]);
    said(&["store", "restore", text(&backup)], 0, &["Restored", "1 enrolled"]);
    said(&["users", "remove", "jose@example.org"], 0, &["Removed Pepe"]);
}

#[test]
fn errors_are_text_on_stderr_with_nothing_on_stdout() {
    let kiosk = Kiosk::new();
    for (arguments, exit) in [
        (&["login", "missing.jpg"][..], 2),
        (&["login"], 2),
        (&["users", "show", "x"], 2),
        (&["users"], 2),
        (&["dance"], 2),
        (&[], 3), // the kiosk's window, and no display
        (&["login", "--loud", "a.jpg"], 2),
    ] {
        let mut command = kiosk.bare_command(arguments);
        let output = command.output().unwrap();
        let (stdout, stderr) = texts(&output);
        assert_eq!((output.status.code(), stdout.as_str()), (Some(exit), ""), "{arguments:?}: {stderr}");
        assert!(stderr.len() > 20, "{arguments:?}: {stderr:?}");
    }
}

#[test]
fn whoever_asks_for_json_gets_one_object_whatever_is_wrong() {
    let kiosk = Kiosk::new();
    for arguments in [
        &["login"][..],
        &["users"],
        &["dance"],
        &["login", "--loud"],
        &["enroll", "--name"],
        &["token", "key", "extra"],
        &["demo", "--headless", "x"],
        &["login", "missing.jpg"],
    ] {
        let refused = kiosk.ask(arguments);
        assert_eq!((refused.exit, refused.text("outcome"), refused.stderr.as_str()), (2, "error", ""), "{refused:?}");
        let message = refused.text("message");
        assert!(
            !message.contains('\n') && !message.contains("  "),
            "a message of one line, ready to be shown: {message:?}"
        );
    }
    kiosk.ask(&["login"]).assert_bad_input("usage").assert_says(&["a photo, or --email ADDRESS"]);
    kiosk.begin();
    let first = kiosk.bare_command(&["--json", "users", "list", "--data-dir", text(&kiosk.data_dir)]).output().unwrap();
    assert_eq!(
        texts(&first).0,
        "{\"look_alikes\":[],\"outcome\":\"listed\",\"users\":[]}\n",
        "--json before the command"
    );
}

#[test]
fn every_command_has_help_with_an_example() {
    let kiosk = Kiosk::new();
    for arguments in [
        &[][..],
        &["enroll"],
        &["login"],
        &["profile", "show"],
        &["profile", "update"],
        &["users", "list"],
        &["users", "show"],
        &["users", "remove"],
        &["kiosk"],
        &["demo"],
        &["doctor"],
        &["selftest"],
        &["bench"],
        &["token", "key"],
        &["token", "rotate"],
        &["token", "jwks"],
        &["store", "rekey"],
        &["store", "backup"],
        &["store", "restore"],
        &["store", "verify"],
    ] {
        let output = kiosk.bare_command(&[arguments, &["--help"]].concat()).output().unwrap();
        let (stdout, stderr) = texts(&output);
        assert_eq!((output.status.code(), stderr.as_str()), (Some(0), ""), "{arguments:?}");
        let example = format!("mirilla {}", arguments.join(" "));
        let examples = stdout.split("Example").nth(1).unwrap_or_default();
        assert!(examples.contains(example.trim()), "{arguments:?} shows no example: {stdout}");
    }
    let (exit, stdout, _) = kiosk.tell(&["--version"]);
    assert_eq!((exit, stdout), (0, format!("mirilla {}\n", env!("CARGO_PKG_VERSION"))));
    assert!(!kiosk.data_dir.exists(), "help makes no files");
}

#[test]
fn the_option_beats_the_variable_and_the_variable_the_default() {
    let kiosk = Kiosk::new();
    let (option, variable, xdg) = (kiosk.scratch("option"), kiosk.scratch("variable"), kiosk.scratch("xdg"));
    let list = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = kiosk.bare_command(&[&common::FIRST_START[..], &["--json"], arguments].concat());
        answer(command.envs(variables.iter().copied())).assert_no("user_unknown");
        let made = ["option", "variable", "xdg", "xdg/mirilla", ".local"].map(|name| kiosk.scratch(name));
        let found: Vec<_> =
            made.iter().filter(|path| path.exists()).map(|path| path.file_name().unwrap().to_owned()).collect();
        made.iter().filter(|path| path.exists()).for_each(|path| std::fs::remove_dir_all(path).unwrap_or_default());
        found
    };
    let both = [("MIRILLA_DATA_DIR", text(&variable)), ("XDG_DATA_HOME", text(&xdg))];
    assert_eq!(list(&["--data-dir", text(&option)], &both), ["option"]);
    assert_eq!(list(&[], &both), ["variable"]);
    if cfg!(target_os = "linux") {
        assert_eq!(list(&[], &both[1..]), ["xdg", "mirilla"]);
        assert_eq!(list(&[], &[]), [".local"], "in the home directory");
    }
}

#[test]
fn an_empty_data_directory_option_is_bad_input() {
    let kiosk = Kiosk::new();
    let by_option = answer(&mut kiosk.bare_command(&["users", "list", "--json", "--data-dir", ""]));
    let mut by_variable = kiosk.bare_command(&["users", "list", "--json"]);
    let by_variable = answer(by_variable.env("MIRILLA_DATA_DIR", ""));
    for refused in [by_option, by_variable] {
        assert_eq!((refused.exit, refused.text("outcome")), (2, "error"), "{refused:?}");
        refused.assert_says(&["--data-dir"]);
    }
    assert_eq!(std::fs::read_dir(kiosk.scratch.path()).unwrap().count(), 0, "nothing was made anywhere");
}

#[test]
fn a_relative_data_directory_lies_where_the_command_is_run() {
    let kiosk = Kiosk::new();
    let mut command = kiosk.bare_command(&["token", "rotate", "--json", "--data-dir", "here/and/there"]);
    answer(command.current_dir(kiosk.scratch.path())).assert_yes("rotated");
    assert!(kiosk.scratch("here/and/there/mirilla.db").exists());
}

#[test]
fn logs_go_to_stderr_and_never_name_anybody() {
    let kiosk = Kiosk::new();
    let person = obama();
    let photos = person.photos.each_ref().map(|photo| text(photo));
    let enroll = ["enroll", "--name", "Inconfundible", "--email", "unico@example.org", photos[0], photos[1], photos[2]];
    // Longer than the digits of a time, which every line begins with.
    let (own_pin, operator_pin, passphrase) = ("739154820617", "482913075164", "a horse in the library");
    let logged = |variables: &[(&str, &str)], arguments: &[&str]| {
        let mut command = kiosk.command(arguments);
        command.env("MIRILLA_OPERATOR_PIN", operator_pin).env("MIRILLA_LOG", "trace");
        let answer = answer(command.arg("--json").envs(variables.iter().copied()));
        assert!(answer.stderr.contains("desk opened"), "{arguments:?}: nothing is logged in which a secret could be");
        answer
    };
    let mut logs = logged(&[], &enroll).assert_yes("enrolled").stderr;
    let login = logged(&[], &["login", text(&person.probe)]).assert_yes("recognized");
    let token = ("MIRILLA_TOKEN", login.text("token"));
    logs += &login.stderr;
    logs += &logged(&[], &["profile", "show", "--token", token.1]).assert_yes("profile").stderr;
    let renamed = ["profile", "update", "--name", "Inconfundible II"];
    logs += &logged(&[token], &renamed).assert_yes("updated").stderr;
    logs += &logged(&[token, ("MIRILLA_NEW_PIN", own_pin)], &["profile", "pin"]).assert_yes("pin_set").stderr;
    let by_pin = ["login", "--email", "unico@example.org"];
    let by_pin = logged(&[("MIRILLA_PIN", own_pin)], &by_pin).assert_yes("recognized");
    logs += &by_pin.stderr;
    let exported = logged(&[], &["token", "key", "--export"]).assert_yes("key");
    logs += &exported.stderr;
    logs += &logged(&[], &enroll).assert_no("email_taken").stderr;
    let store_key = std::fs::read_to_string(kiosk.key_file()).unwrap();
    let rekey = ["store", "rekey", "--to", "passphrase"];
    logs += &logged(&[("MIRILLA_NEW_PASSPHRASE", passphrase)], &rekey).assert_yes("rekeyed").stderr;
    let remove = ["users", "remove", "unico@example.org"];
    logs += &logged(&[("MIRILLA_PASSPHRASE", passphrase)], &remove).assert_yes("removed").stderr;
    let keys = [exported.text("key"), store_key.trim()];
    assert!(keys.iter().all(|key| key.len() >= 32), "{exported:?}");
    let tokens = [token.1, by_pin.text("token")];
    for secret in [&["Inconfundible", "unico@", own_pin, operator_pin, passphrase][..], &tokens, &keys].concat() {
        assert!(!logs.contains(secret), "a log holds {secret}: {logs}");
    }
    let mut nonsense = kiosk.command(&["users", "list", "--json"]);
    nonsense
        .env("MIRILLA_LOG", "=,,=][")
        .env("MIRILLA_PASSPHRASE", passphrase)
        .env("MIRILLA_OPERATOR_PIN", operator_pin);
    let nonsense = answer(&mut nonsense).assert_yes("listed");
    assert!(!nonsense.stderr.contains("panicked"));
}

#[test]
fn a_reader_that_goes_away_is_no_crash() {
    let kiosk = Kiosk::with(&obama());
    let script = "\"$@\" | true; \"$@\" --json | head -c 1 >/dev/null; \"$@\" >&-; \"$@\" 2>&- >/dev/null";
    let data_dir = text(&kiosk.data_dir);
    let arguments = ["-c", script, "sh", common::BINARY, "--data-dir", data_dir, "users", "show", obama().email];
    let output = common::try_program("sh", &arguments).unwrap();
    texts(&output);
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn doctor_looks_and_changes_nothing() {
    let kiosk = Kiosk::new();
    kiosk.ask(&["doctor"]).assert_yes("well");
    assert!(!kiosk.data_dir.exists(), "doctor made the data directory");
    kiosk.enroll(&obama()).assert_yes("enrolled");
    kiosk.ask(&["operator", "pin"]).assert_yes("pin_set");
    let before = common::contents(&kiosk.data_dir);
    let well = kiosk.ask(&["doctor"]).assert_yes("well");
    assert!(common::contents(&kiosk.data_dir) == before, "doctor changed a file");
    let names: Vec<_> = well.json["checks"].as_array().unwrap().iter().map(|check| check["name"].to_string()).collect();
    for name in ["data directory", "database", "store key", "token key", "networks", "processor"] {
        assert!(names.iter().any(|found| found.contains(name)), "{name} is not among {names:?}");
    }
    // Before the first enrollment the database may be an empty file; doctor does not make it one.
    std::fs::write(kiosk.database(), b"").unwrap();
    let before = common::contents(&kiosk.data_dir);
    kiosk.ask(&["doctor"]);
    assert!(common::contents(&kiosk.data_dir) == before, "doctor migrated an empty database");
}

#[test]
#[cfg(unix)]
fn doctor_says_what_others_may_read_and_how_to_mend_it() {
    use std::os::unix::fs::PermissionsExt;
    for name in ["", "mirilla.db", "store.key"] {
        let kiosk = Kiosk::new();
        kiosk.begin();
        let path = kiosk.data_dir.join(name);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o777)).unwrap();
        let doctor = kiosk.ask(&["doctor"]);
        assert_eq!((doctor.exit, doctor.text("outcome")), (3, "not_well"), "{doctor:?}");
        let unwell: Vec<_> =
            doctor.json["checks"].as_array().unwrap().iter().filter(|check| check["well"] == false).collect();
        assert!(unwell.len() == 1 && unwell[0]["remedy"].is_string(), "{unwell:?}");
    }
}
