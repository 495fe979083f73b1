//! What happened, as the operator and the auditor read it from the command line.

mod common;

use common::people::{biden, collins, obama};
use common::{Kiosk, text};

#[test]
fn what_happens_is_told_without_names_and_its_chain_holds() {
    let kiosk = Kiosk::with(&obama());
    kiosk.login(&obama().probe).assert_yes("recognized");
    kiosk.login(&collins().probe).assert_no("not_recognized");
    let shown = kiosk.ask(&["audit", "show"]).assert_yes("listed");
    let events = shown.json["events"].as_array().unwrap();
    let kinds: Vec<&str> = events.iter().map(|event| event["kind"].as_str().unwrap()).collect();
    // Whoever runs the kiosk is noted at this door as at the kiosk's, also who reads this.
    let entered = "role_entered";
    assert_eq!(kinds, ["enrolled", "role_pin_set", entered, "signed_in", "declined", entered]);
    assert_eq!((&events[4]["reason"], &events[5]["reason"]), (&"not_recognized".into(), &"operator".into()));
    assert!(events[3]["score"].as_f64().unwrap() > 0.5 && events[4]["user"].is_null());
    let stranger = events[4]["score"].as_f64().expect("how close the one who was declined came");
    assert!(stranger < events[3]["score"].as_f64().unwrap() && stranger.abs() < 0.5, "{stranger}");

    let own = kiosk.ask(&["audit", "show", "--email", obama().email]).assert_yes("listed");
    assert_eq!(own.json["events"].as_array().unwrap().len(), 2);
    let last = kiosk.ask(&["audit", "show", "--last", "1"]).assert_yes("listed");
    assert_eq!(last.json["events"][0]["line"], 8);
    kiosk.ask(&["audit", "show", "--email", "nobody@example.org"]).assert_no("user_unknown");

    let whole = kiosk.ask(&["audit", "verify"]).assert_yes("whole");
    assert_eq!(whole.json["lines"], 10);
    assert_eq!(whole.text("digest").len(), 64);

    let file = kiosk.scratch("log.jsonl");
    let exported = kiosk.ask(&["audit", "export", text(&file)]).assert_yes("exported");
    assert_eq!(exported.json["lines"], 11);
    let lines = std::fs::read_to_string(&file).unwrap();
    let parsed: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&parsed[..6], parsed.len()), (&events[..], 11));
    assert_eq!(parsed[9]["digest"], whole.text("digest"), "the last line's digest is the log's");
    kiosk.ask(&["audit", "export", text(&file)]).assert_bad_input("file_exists").assert_says(&["already"]);
    // The same on standard output, for programs and for pipes.
    let (exit, piped, _) = kiosk.tell(&["audit", "export", "-"]);
    assert!(exit == 0 && piped.starts_with(&lines), "{piped}");
    let events = kiosk.ask(&["audit", "export", "-"]).assert_yes("exported").json["events"].as_array().unwrap().clone();
    assert!(events.starts_with(&parsed), "{events:?}");
    check_elsewhere(&file, parsed[10]["digest"].as_str().unwrap());
    // Whoever has noted it finds it again, however much has happened since.
    let noted = whole.text("digest").to_uppercase();
    let later = kiosk.ask(&["audit", "verify", "--noted", &noted]).assert_yes("whole");
    assert_eq!((later.json["noted_line"].as_i64(), &later.json["restored"]), (Some(10), &serde_json::json!([])));
    let (_, said, _) = kiosk.tell(&["audit", "verify", "--noted", &noted]);
    assert!(said.contains("What was noted is line 10."), "{said}");
    let other = "0".repeat(64);
    let missing = kiosk.ask(&["audit", "verify", "--noted", &other]);
    assert_eq!((missing.exit, missing.text("outcome"), missing.reason()), (3, "not_whole", "noted_line_missing"));
    assert!(kiosk.tell(&["audit", "verify", "--noted", &other]).1.contains("none of the"));
    let (exit, _, said) = kiosk.tell(&["audit", "verify", "--noted", "12"]);
    assert!(exit == 2 && said.contains("64 digits"), "{exit}: {said}");

    // Whoever is removed leaves an id that leads nowhere.
    kiosk.ask(&["users", "remove", obama().email]).assert_yes("removed");
    let id = events[0]["user"].as_str().unwrap();
    let of_removed = kiosk.ask(&["audit", "show", "--email", id]).assert_yes("listed");
    let last = of_removed.json["events"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["kind"], &last["user"]), (&"removed".into(), &id.into()));
    let (exit, said, _) = kiosk.tell(&["audit", "show"]);
    assert!(exit == 0 && said.contains("removed") && !said.contains('@') && !said.contains("Obama"), "{said}");
    kiosk.ask(&["audit", "verify"]).assert_yes("whole");
}

/// Another program follows the chain from the export, and tells what was changed.
fn check_elsewhere(file: &std::path::Path, digest: &str) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/check-audit");
    let Some(checked) = common::try_program("python3", &[script, text(file)]) else {
        common::skip("no python3");
        return;
    };
    let (stdout, stderr) = common::texts(&checked);
    assert!(checked.status.code() == Some(0) && stdout.trim().ends_with(digest), "{stdout}{stderr}");
    let noted = |noted| common::try_program("python3", &[script, text(file), noted]).unwrap();
    assert_eq!(noted(digest).status.code(), Some(0));
    assert!(["", "12"].iter().all(|text| noted(text).status.code() == Some(2)), "no digest is not taken for none");
    let missing = noted(&"0".repeat(64));
    assert!(missing.status.code() == Some(1) && common::texts(&missing).1.contains("noted"));
    let changed = std::fs::read_to_string(file).unwrap().replacen("not_recognized", "ambiguous", 1);
    let other = file.with_extension("changed");
    std::fs::write(&other, changed).unwrap();
    let checked = common::try_program("python3", &[script, text(&other)]).unwrap();
    assert_eq!(checked.status.code(), Some(1));
    assert!(common::texts(&checked).1.contains("line 5"));
}

#[test]
fn who_takes_a_key_a_copy_or_other_settings_is_in_the_log() {
    let kiosk = Kiosk::with(&obama());
    kiosk.ask(&["token", "key"]).assert_yes("key");
    kiosk.ask(&["token", "key", "--export"]).assert_yes("key");
    kiosk.ask(&["store", "backup", text(&kiosk.scratch("backup"))]).assert_yes("backed_up");
    let config = mirilla::config::Config::new(Some(&kiosk.data_dir)).unwrap();
    let open = std::sync::Arc::new(|| Err(mirilla::error::CameraError::Stopped));
    let clock = mirilla::clock::Clock::start();
    let mut app = mirilla::app::App::start(&config, clock, open, std::sync::Arc::new(|| {})).unwrap();
    let settings = mirilla::settings::Settings { patience: 2, ..Default::default() };
    app.change_settings(settings, None).unwrap();
    drop(app);
    kiosk.ask(&["selftest", "--forget"]).assert_yes("forgotten");
    let shown = kiosk.ask(&["audit", "show"]).assert_yes("listed");
    let events = shown.json["events"].as_array().unwrap().iter().filter(|event| event["kind"] != "role_entered");
    let events: Vec<_> = events.map(|event| (event["kind"].as_str().unwrap(), event["reason"].as_str())).collect();
    let operator = Some("operator");
    assert_eq!(events[..2], [("enrolled", None), ("role_pin_set", operator)]);
    let settings = ["patience", "selftest"].map(|what| ("settings_changed", Some(what)));
    assert_eq!(events[2..], [("token_key_exported", None), ("backed_up", None), settings[0], settings[1]]);
}

#[test]
fn the_log_tells_what_a_person_did_from_what_an_operator_did_and_each_enrollment_that_was_declined() {
    let kiosk = Kiosk::with(&obama());
    let token = kiosk.token(&obama().probe);
    let chosen = |pin: &str, arguments: &[&str]| {
        common::answer(kiosk.command(arguments).arg("--json").env("MIRILLA_NEW_PIN", pin)).assert_yes("pin_set")
    };
    chosen("739154", &["profile", "pin", "--token", &token]);
    chosen("739155", &["users", "pin", obama().email]);
    let [a, b, c] = obama().photos.map(|photo| text(&photo).to_owned());
    kiosk.ask(&["enroll", "--renew", "--email", obama().email, &a, &b, &c]).assert_yes("renewed");
    kiosk.enroll_as("Somebody", "somebody@example.org", &obama().photos).assert_no("already_enrolled");
    kiosk.enroll_as("Somebody", obama().email, &biden().photos).assert_no("email_taken");
    let log = kiosk.ask(&["audit", "show"]).assert_yes("listed");
    let told = |kind: &str| -> Vec<_> {
        let of = log.json["events"].as_array().unwrap().iter().filter(|event| event["kind"] == kind);
        of.map(|event| event["reason"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(told("pin_set"), ["person", "operator"]);
    assert_eq!(told("reference_renewed"), ["operator"]);
    assert_eq!(told("declined"), ["already_enrolled", "email_taken"]);
    let declined = log.json["events"].as_array().unwrap().iter().find(|event| event["kind"] == "declined").unwrap();
    assert!(declined["score"].as_f64().unwrap() > 0.5 && declined["user"].is_null(), "{declined}");
    kiosk.ask(&["audit", "verify"]).assert_yes("whole");
}

#[test]
fn a_person_gets_all_that_is_held() {
    let kiosk = Kiosk::with(&obama());
    kiosk.login(&obama().probe).assert_yes("recognized");
    let exported = kiosk.ask(&["users", "export", obama().email]).assert_yes("exported");
    assert_eq!(
        (exported.json["user"]["name"].as_str(), exported.json["user"]["email"].as_str()),
        (Some(obama().name), Some(obama().email))
    );
    let reference = &exported.json["reference"];
    assert_eq!(reference["template"].as_array().unwrap().len(), 128);
    assert_eq!(reference["samples"].as_array().unwrap().len(), 3);
    assert!(reference["samples"][0]["embedding"].as_array().unwrap().len() == 128);
    assert_eq!(exported.json["events"].as_array().unwrap().len(), 2);
    assert!(exported.json["failed_tries"].is_null() && exported.json["consent"].is_null());
    // Also what is remembered of those who tried at the account, and what was agreed to.
    let by_pin = ["login", "--email", obama().email];
    common::answer(kiosk.command(&by_pin).arg("--json").env("MIRILLA_PIN", "739154")).assert_no("pin_wrong");
    let agree = "INSERT INTO consents (user_id, digest, version, language, at_ms, until_ms)
                 SELECT id, 'abc', '3', 'en', 0, 0 FROM users";
    common::open_database(&kiosk.database()).execute(agree, []).unwrap();
    let more = kiosk.ask(&["users", "export", obama().email]).assert_yes("exported");
    assert_eq!((&more.json["failed_tries"]["near"], &more.json["consent"]["version"]), (&1.into(), &"3".into()));
    kiosk.ask(&["users", "export", "nobody@example.org"]).assert_no("user_unknown");
    let (exit, said, _) = kiosk.tell(&["users", "export", obama().email]);
    assert_eq!(exit, 0);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&said).unwrap()["user"], exported.json["user"]);
}

#[test]
fn whoever_no_longer_comes_is_told_by_the_doctor_and_removed_from_the_command_line() {
    let kiosk = Kiosk::with(&obama());
    std::fs::write(kiosk.data_dir.join("settings.toml"), "keep_days = 90\n").unwrap();
    // As if all of it had been a hundred days ago.
    let grow_old = || {
        let database = common::open_database(&kiosk.database());
        database.execute("UPDATE events SET at_ms = at_ms - 100 * 86400000", []).unwrap();
    };
    let doctor = || {
        let checks = kiosk.ask(&["doctor"]).json["checks"].as_array().unwrap().clone();
        checks.into_iter().find(|check| check["name"] == "retention").unwrap()
    };
    assert_eq!(doctor()["well"], true);
    grow_old();
    let told = doctor();
    assert_eq!(told["well"], false);
    assert!(told["found"].as_str().unwrap().contains("90") && told["remedy"].as_str().unwrap().contains("users prune"));
    let would = kiosk.ask(&["users", "prune", "--dry-run"]).assert_yes("overdue");
    assert_eq!((kiosk.emails(), would.json["users"].as_array().unwrap().len()), (vec![obama().email.into()], 1));
    let pruned = kiosk.ask(&["users", "prune"]).assert_yes("pruned");
    assert_eq!((&pruned.json["users"], &pruned.json["keep_days"]), (&would.json["users"], &90.into()));
    assert!(kiosk.emails().is_empty() && doctor()["well"] == true);

    // A sign-in looks for them once a day, as soon as the clock is believed.
    kiosk.enroll(&biden()).assert_yes("enrolled");
    grow_old();
    let login = || kiosk.tell(&["login", text(&collins().probe)]).2;
    assert!(!login().contains("removed"), "the clock is not believed yet");
    let today = jiff::Timestamp::now().as_second().div_euclid(86_400);
    let days = format!(r#"{{"last":{},"count":13}}"#, today - 1);
    common::open_database(&kiosk.database())
        .execute("UPDATE memos SET text = ?1 WHERE name = 'days run'", [days])
        .unwrap();
    assert!(login().contains("removed 1 who had not come for 90 days"));
    assert!(kiosk.emails().is_empty());
    let log = kiosk.ask(&["audit", "show"]).assert_yes("listed");
    let expired = log.json["events"].as_array().unwrap().iter().filter(|event| event["kind"] == "expired").count();
    assert_eq!(expired, 2);
}
