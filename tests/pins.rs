//! PINs, from the command line: of people, instead of the face or beside it, and of those who run the kiosk.

mod common;

use std::path::PathBuf;

use common::people::{biden, obama};
use common::{Answer, Kiosk, OPERATOR_PIN, answer, text};
use serde_json::json;

const PIN: &str = "739154";
const OTHER: &str = "739155";

fn ask_with(kiosk: &Kiosk, variables: &[(&str, &str)], arguments: &[&str]) -> Answer {
    let mut command = kiosk.command(arguments);
    for (name, value) in variables {
        command.env(name, value);
    }
    answer(command.arg("--json"))
}

/// The same, by somebody who knows no operator's PIN and cannot be asked for one.
fn ask_as_anybody(kiosk: &Kiosk, arguments: &[&str]) -> Answer {
    let mut command = kiosk.command(arguments);
    command.env_remove("MIRILLA_OPERATOR_PIN");
    answer(command.arg("--json"))
}

/// Obama is enrolled and has chosen a PIN.
fn with_pin() -> Kiosk {
    let kiosk = Kiosk::with(&obama());
    let token = kiosk.token(&obama().probe);
    let variables = [("MIRILLA_TOKEN", &*token), ("MIRILLA_NEW_PIN", PIN)];
    ask_with(&kiosk, &variables, &["profile", "pin"]).assert_yes("pin_set");
    kiosk
}

fn login_by_pin(kiosk: &Kiosk, email: &str, pin: &str) -> Answer {
    ask_with(kiosk, &[("MIRILLA_PIN", pin)], &["login", "--email", email])
}

/// Whether nobody waits, and what the doctor says of it.
fn guessing(kiosk: &Kiosk) -> (bool, String) {
    let doctor = kiosk.ask(&["doctor"]);
    let check = doctor.json["checks"].as_array().unwrap().iter().find(|check| check["name"] == "guessing").unwrap();
    (check["well"] == true, check["found"].as_str().unwrap().to_owned())
}

fn demand(kiosk: &Kiosk, settings: &str) {
    std::fs::write(kiosk.data_dir.join("settings.toml"), settings).unwrap();
}

#[test]
fn whoever_has_chosen_a_pin_signs_in_with_it_and_what_is_wrong_is_not_told_apart() {
    let kiosk = with_pin();
    let token = login_by_pin(&kiosk, obama().email, PIN).assert_yes("recognized").text("token").to_owned();
    let shown = ask_with(&kiosk, &[("MIRILLA_TOKEN", &token)], &["profile", "show"]).assert_yes("profile");
    assert_eq!(shown.json["user"]["email"], obama().email);

    kiosk.enroll(&biden()).assert_yes("enrolled");
    let wrong = login_by_pin(&kiosk, obama().email, OTHER).assert_no("pin_wrong");
    let without = login_by_pin(&kiosk, biden().email, PIN).assert_no("pin_wrong");
    let unknown = login_by_pin(&kiosk, "nobody@example.org", PIN).assert_no("pin_wrong");
    assert_eq!((&wrong.json, &wrong.json), (&without.json, &unknown.json));
    ask_with(&kiosk, &[("MIRILLA_PIN", "12")], &["login", "--email", obama().email]).assert_bad_input("pin_invalid");
    ask_with(&kiosk, &[], &["login", "--email", obama().email]).assert_bad_input("pin_needed");

    // The person sees who was at it; what was typed is nowhere.
    let history = ask_with(&kiosk, &[("MIRILLA_TOKEN", &token)], &["profile", "history"]).assert_yes("history");
    let kinds: Vec<_> = history.json["events"].as_array().unwrap().iter().map(|event| event["kind"].clone()).collect();
    assert_eq!(kinds[..3], ["declined", "signed_in", "pin_set"]);
    assert_eq!(history.json["events"][0]["reason"], "pin_wrong");
    assert_eq!(history.json["events"][1]["reason"], "pin");
    let log = kiosk.ask(&["audit", "show"]).assert_yes("listed").json.to_string();
    assert!(!log.contains(PIN) && !log.contains(OTHER));
    let export = kiosk.ask(&["users", "export", obama().email]).assert_yes("exported");
    assert!(export.json["pin"]["set_at"].is_string() && !export.json.to_string().contains("argon2"));

    kiosk.ask(&["users", "pin", obama().email, "--remove"]).assert_yes("pin_removed");
    login_by_pin(&kiosk, obama().email, PIN).assert_no("pin_wrong");
}

#[test]
fn whoever_finds_a_session_open_changes_no_pin_without_the_one_that_there_is() {
    let kiosk = with_pin();
    let token = kiosk.token(&obama().probe);
    let change = |present: &[(&str, &str)], new| {
        let variables = [&[("MIRILLA_TOKEN", &*token), ("MIRILLA_NEW_PIN", new)], present].concat();
        ask_with(&kiosk, &variables, &["profile", "pin"])
    };
    change(&[], OTHER).assert_bad_input("pin_needed").assert_says(&["has now", "MIRILLA_PIN"]);
    change(&[("MIRILLA_PIN", OTHER)], OTHER).assert_no("pin_wrong");
    login_by_pin(&kiosk, obama().email, OTHER).assert_no("pin_wrong");
    change(&[("MIRILLA_PIN", PIN)], OTHER).assert_yes("pin_set");
    login_by_pin(&kiosk, obama().email, OTHER).assert_yes("recognized");
    // Nor by trying them all.
    for _ in 0..5 {
        change(&[("MIRILLA_PIN", PIN)], PIN).assert_no("pin_wrong");
    }
    change(&[("MIRILLA_PIN", OTHER)], PIN).assert_no("too_many_attempts");
    ask_with(&kiosk, &[("MIRILLA_NEW_PIN", PIN)], &["profile", "pin", "--token", "x"]).assert_no("token_invalid");
}

#[test]
fn where_the_operator_wants_the_pin_a_profile_is_changed_with_it_alone() {
    let kiosk = Kiosk::with(&obama());
    demand(&kiosk, "changes = \"with_pin\"\n");
    let by_face = kiosk.token(&obama().probe);
    let rename = |token: &str, variables: &[(&str, &str)]| {
        let variables = [&[("MIRILLA_TOKEN", token)], variables].concat();
        ask_with(&kiosk, &variables, &["profile", "update", "--name", "Barack H. Obama"])
    };
    let first = rename(&by_face, &[("MIRILLA_PIN", PIN)]).assert_no("pin_needed");
    first.assert_says(&["choose one first", "has none yet"]);
    let variables = [("MIRILLA_TOKEN", &*by_face), ("MIRILLA_NEW_PIN", PIN)];
    ask_with(&kiosk, &variables, &["profile", "pin"]).assert_yes("pin_set");
    rename(&by_face, &[]).assert_bad_input("pin_needed");
    rename(&by_face, &[("MIRILLA_PIN", OTHER)]).assert_no("pin_wrong");
    let shown = ask_with(&kiosk, &[("MIRILLA_TOKEN", &by_face)], &["profile", "show"]).assert_yes("profile");
    assert_eq!(shown.json["user"]["name"], obama().name, "to read it needs no PIN");
    rename(&by_face, &[("MIRILLA_PIN", PIN)]).assert_yes("updated");
    // One that the PIN opened is not asked again.
    let by_pin = login_by_pin(&kiosk, obama().email, PIN).assert_yes("recognized").text("token").to_owned();
    rename(&by_pin, &[]).assert_yes("updated");
    // Each thing has a value of its own.
    let history = |token: &str, variables: &[(&str, &str)]| {
        ask_with(&kiosk, &[&[("MIRILLA_TOKEN", token)], variables].concat(), &["profile", "history"])
    };
    history(&by_face, &[]).assert_yes("history");
    demand(&kiosk, "history = \"with_pin\"\n");
    rename(&by_face, &[]).assert_yes("updated");
    history(&by_face, &[]).assert_bad_input("pin_needed");
    history(&by_face, &[("MIRILLA_PIN", OTHER)]).assert_no("pin_wrong");
    history(&by_face, &[("MIRILLA_PIN", PIN)]).assert_yes("history");
    history(&by_pin, &[]).assert_yes("history");
    // Another PIN asks for the present one all the same.
    let variables = [("MIRILLA_TOKEN", &*by_pin), ("MIRILLA_NEW_PIN", OTHER)];
    ask_with(&kiosk, &variables, &["profile", "pin"]).assert_bad_input("pin_needed");
}

#[test]
fn wrong_pins_begin_a_wait_for_the_account_and_for_the_kiosk() {
    let kiosk = with_pin();
    for _ in 0..5 {
        login_by_pin(&kiosk, obama().email, OTHER).assert_no("pin_wrong");
    }
    let held_back = login_by_pin(&kiosk, obama().email, PIN).assert_no("too_many_attempts");
    assert!((1..=30).contains(&held_back.json["retry_after_s"].as_u64().unwrap()), "{held_back:?}");
    kiosk.login(&obama().probe).assert_no("too_many_attempts");
    login_by_pin(&kiosk, "nobody@example.org", PIN).assert_no("too_many_attempts");
    // As if the kiosk's were over: the account's is one of its own, for the right PIN as well, and nobody else's.
    let forgotten = common::open_database(&kiosk.database()).execute("DELETE FROM memos WHERE name = 'attempts'", []);
    assert_eq!(forgotten.unwrap(), 1);
    login_by_pin(&kiosk, "nobody@example.org", PIN).assert_no("pin_wrong");
    let held_back = login_by_pin(&kiosk, obama().email, PIN).assert_no("too_many_attempts");
    assert!((1..=30).contains(&held_back.json["retry_after_s"].as_u64().unwrap()), "{held_back:?}");
    // Nor does whoever is recognized by the face end it.
    kiosk.login(&obama().probe).assert_yes("recognized");
    assert_eq!(
        guessing(&kiosk),
        (true, "accounts whose PIN is not looked at for a while, since too many wrong ones were given: 1".into())
    );
    login_by_pin(&kiosk, obama().email, PIN).assert_no("too_many_attempts");
    common::open_database(&kiosk.database()).execute("DELETE FROM memos WHERE name LIKE 'attempts %'", []).unwrap();
    login_by_pin(&kiosk, obama().email, PIN).assert_yes("recognized");
}

#[test]
fn of_many_wrong_pins_at_once_no_more_are_looked_at_than_one_after_the_other() {
    let kiosk = with_pin();
    let looked_at = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..12).map(|_| scope.spawn(|| login_by_pin(&kiosk, obama().email, OTHER))).collect();
        let answers: Vec<_> = tries.into_iter().map(|one| one.join().unwrap()).collect();
        answers.iter().filter(|answer| answer.reason() == "pin_wrong").count()
    });
    assert_eq!(looked_at, 5);
}

#[test]
fn of_many_pins_of_the_operator_at_once_no_more_are_looked_at_than_one_after_the_other() {
    let kiosk = Kiosk::with(&obama());
    let set = ["operator", "pin", "--role", "auditor"];
    ask_with(&kiosk, &[("MIRILLA_NEW_PIN", PIN)], &set).assert_yes("pin_set");
    // At the auditor's door, where two PINs could be guessed.
    let looked_at = std::thread::scope(|scope| {
        let guess = || ask_with(&kiosk, &[("MIRILLA_OPERATOR_PIN", OTHER)], &["audit", "verify"]);
        let tries: Vec<_> = (0..12).map(|_| scope.spawn(guess)).collect();
        let answers: Vec<_> = tries.into_iter().map(|one| one.join().unwrap()).collect();
        answers.iter().filter(|answer| answer.reason() == "pin_wrong").count()
    });
    assert_eq!(looked_at, 5);
    ask_with(&kiosk, &[("MIRILLA_OPERATOR_PIN", PIN)], &["audit", "verify"]).assert_no("too_many_attempts");
    let (well, found) = guessing(&kiosk);
    assert!(!well && found.starts_with("too many wrong PINs of the operator"), "{found}");
}

#[test]
fn where_the_operators_first_pin_and_another_are_given_it_is_the_other_from_then_on() {
    let kiosk = Kiosk::new();
    let both = [("MIRILLA_OPERATOR_PIN", PIN), ("MIRILLA_NEW_PIN", OTHER)];
    ask_with(&kiosk, &both, &["operator", "pin"]).assert_yes("pin_set");
    ask_with(&kiosk, &[("MIRILLA_OPERATOR_PIN", PIN)], &["audit", "verify"]).assert_no("pin_wrong");
    ask_with(&kiosk, &[("MIRILLA_OPERATOR_PIN", OTHER)], &["audit", "verify"]).assert_yes("whole");
}

#[test]
fn where_both_are_asked_for_neither_suffices_unless_an_operator_says_so() {
    let kiosk = with_pin();
    kiosk.enroll(&biden()).assert_yes("enrolled");
    demand(&kiosk, "sign_in = \"face_and_pin\"\n");
    let photo = obama().probe;
    let by_both = |pin| ask_with(&kiosk, &[("MIRILLA_PIN", pin)], &["login", text(&photo)]);
    kiosk.login(&photo).assert_bad_input("pin_needed");
    by_both(OTHER).assert_no("pin_wrong");
    by_both(PIN).assert_yes("recognized");
    let biden_photo = biden().probe;
    ask_with(&kiosk, &[("MIRILLA_PIN", PIN)], &["login", text(&biden_photo)]).assert_no("pin_not_set");
    login_by_pin(&kiosk, obama().email, PIN).assert_no("face_needed");

    let alone = |word| kiosk.ask(&["users", "pin", obama().email, "--alone", word]);
    alone("yes").assert_yes("pin_alone");
    login_by_pin(&kiosk, obama().email, PIN).assert_yes("recognized");
    alone("no").assert_yes("pin_not_alone");
    login_by_pin(&kiosk, obama().email, PIN).assert_no("face_needed");
    let log = kiosk.ask(&["audit", "show", "--email", obama().email]).assert_yes("listed");
    let kinds: Vec<_> = log.json["events"].as_array().unwrap().iter().map(|event| event["kind"].clone()).collect();
    let count = |kind: &str| kinds.iter().filter(|found| *found == kind).count();
    assert_eq!(["pin_set", "pin_alone", "pin_not_alone"].map(count), [1, 1, 1], "{kinds:?}");
    kiosk.ask(&["users", "pin", biden().email, "--alone", "yes"]).assert_bad_input("pin_not_set");

    // Where people are asked to move, the PIN is the way of whoever cannot; beside it, by the operator's leave.
    demand(&kiosk, "liveness = \"active\"\n");
    login_by_pin(&kiosk, obama().email, PIN).assert_yes("recognized");
    demand(&kiosk, "liveness = \"active_with_pin\"\n");
    login_by_pin(&kiosk, obama().email, PIN).assert_no("face_needed");
    alone("yes").assert_yes("pin_alone");
    login_by_pin(&kiosk, obama().email, PIN).assert_yes("recognized");

    demand(&kiosk, "sign_in = \"pin\"\n");
    kiosk.login(&photo).assert_bad_input("usage");
    login_by_pin(&kiosk, obama().email, PIN).assert_yes("recognized");
}

#[test]
fn whose_consent_is_over_or_was_for_another_text_signs_in_at_no_door_that_cannot_ask() {
    let kiosk = with_pin();
    kiosk.login(&obama().probe).assert_yes("recognized"); // enrolled here: kept on paper
    let [english, _] = mirilla::settings::ConsentTexts::load(&kiosk.data_dir).unwrap().digests().map(str::to_owned);
    let agreed = |digest: &str, until_ms: i64| {
        let agree = "INSERT OR REPLACE INTO consents (user_id, digest, language, at_ms, until_ms)
                     SELECT id, ?1, 'en', 0, ?2 FROM users";
        assert_eq!(common::open_database(&kiosk.database()).execute(agree, (digest, until_ms)).unwrap(), 1);
    };
    const FAR: i64 = 4_000_000_000_000;
    for (digest, until, holds) in [(&*english, FAR, true), (&*english, 1, false), ("of another text", FAR, false)] {
        agreed(digest, until);
        for answer in [kiosk.login(&obama().probe), login_by_pin(&kiosk, obama().email, PIN)] {
            if holds {
                answer.assert_yes("recognized");
            } else {
                assert!(answer.json["token"].is_null());
                answer.assert_no("consent_needed").assert_says(&["agreed", "kiosk"]);
            }
        }
    }
    let log = kiosk.ask(&["audit", "show", "--email", obama().email]).assert_yes("listed");
    let last = log.json["events"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["kind"], &last["reason"]), (&json!("declined"), &json!("consent_needed")));
}

#[test]
fn a_pin_that_is_tried_first_is_not_taken() {
    let kiosk = Kiosk::with(&obama());
    for obvious in ["123456", "111111", "12345", "not digits"] {
        let variables = [("MIRILLA_NEW_PIN", obvious)];
        ask_with(&kiosk, &variables, &["users", "pin", obama().email]).assert_bad_input("pin_invalid");
    }
    let shown = kiosk.ask(&["users", "show", obama().email]).assert_yes("shown");
    assert_eq!(shown.json["has_pin"], false);
}

/// What an auditor may do.
const COMMANDS_OF_THE_LOG: [&[&str]; 3] = [&["audit", "show"], &["audit", "verify"], &["audit", "export", "-"]];

/// What the operator alone may do, about Obama and with these photos.
fn commands_of_the_operator(photos: &[PathBuf; 3]) -> Vec<Vec<&str>> {
    let email = obama().email;
    let [a, b, c] = photos.each_ref().map(|photo| text(photo));
    vec![
        vec!["users", "list"],
        vec!["users", "show", email],
        vec!["users", "export", email],
        vec!["users", "pin", email],
        vec!["users", "pin", email, "--remove"],
        vec!["users", "pin", email, "--alone", "yes"],
        vec!["users", "remove", email],
        vec!["users", "prune"],
        vec!["enroll", "--renew", "--email", email, a, b, c],
        vec!["enroll", "--look-alike", "--name", "Twin", "--email", "twin@example.org", a, b, c],
        vec!["operator", "pin", "--role", "auditor"],
        vec!["operator", "pin", "--role", "auditor", "--remove"],
        vec!["token", "key", "--export"],
        vec!["token", "rotate"],
        vec!["store", "backup", "/nonexistent/backup"],
        vec!["store", "restore", "/nonexistent/backup"],
        vec!["store", "rekey"],
        // Before it looks for a camera, which these machines may have or not.
        vec!["selftest"],
        vec!["selftest", "--forget"],
    ]
}

#[test]
fn commands_of_the_operator_ask_for_the_pin_and_the_first_one_makes_it() {
    let kiosk = Kiosk::new();
    kiosk.enroll(&obama()).assert_yes("enrolled");
    let photos = obama().photos;
    let commands = [&commands_of_the_operator(&photos)[..], &COMMANDS_OF_THE_LOG.map(<[_]>::to_vec)].concat();
    for arguments in &commands {
        let refused = ask_as_anybody(&kiosk, arguments).assert_bad_input("operator_pin_needed");
        assert!(refused.text("message").contains("to be chosen first"), "{refused:?}");
    }
    assert_eq!(kiosk.emails(), [obama().email], "made with the first answer, and nobody was removed");
    for arguments in &commands {
        ask_as_anybody(&kiosk, arguments).assert_bad_input("operator_pin_needed");
    }
    let wrong = ask_with(&kiosk, &[("MIRILLA_OPERATOR_PIN", OTHER)], &["users", "list"]).assert_no("pin_wrong");
    assert!(!wrong.json.to_string().contains(obama().email));
    // What whoever installs it must see at once, and what is no secret.
    for arguments in [&["store", "verify"][..], &["token", "key"]] {
        assert_eq!(ask_as_anybody(&kiosk, arguments).exit, 0, "{arguments:?}");
    }
    // A try at the operator's PIN is told from one at an account.
    let log = kiosk.ask(&["audit", "show"]).assert_yes("listed");
    let events = log.json["events"].as_array().unwrap();
    let [.., set, _, declined, entered] = &events[..] else { panic!("{events:?}") };
    assert_eq!((&set["kind"], &set["reason"]), (&json!("role_pin_set"), &json!("operator")));
    assert_eq!((&declined["kind"], &declined["reason"]), (&json!("role_declined"), &json!("pin_wrong")));
    assert_eq!((&entered["kind"], &entered["reason"]), (&json!("role_entered"), &json!("operator")));
}

#[test]
fn a_pin_of_the_operator_that_is_chosen_by_a_variable_is_said_to_be_once() {
    const SAID: &str = "MIRILLA_OPERATOR_PIN is the operator's from now on";
    for first in [&["users", "list"][..], &["audit", "show"], &["operator", "pin"]] {
        let kiosk = Kiosk::new();
        kiosk.enroll(&obama()).assert_yes("enrolled");
        let (exit, _, said) = kiosk.tell(first);
        assert!(exit == 0 && said.contains(SAID) && !said.contains(OPERATOR_PIN), "{first:?}: {said}");
        let (exit, _, said) = kiosk.tell(&["users", "list"]);
        assert_eq!((exit, said.as_str()), (0, ""), "{first:?}");
    }
}

#[test]
fn an_auditor_reads_the_log_and_nothing_else() {
    let kiosk = Kiosk::with(&obama());
    let set = ["operator", "pin", "--role", "auditor"];
    ask_with(&kiosk, &[("MIRILLA_NEW_PIN", PIN)], &set).assert_yes("pin_set");
    let as_auditor = |arguments: &[&str]| ask_with(&kiosk, &[("MIRILLA_OPERATOR_PIN", PIN)], arguments);
    for (arguments, outcome) in COMMANDS_OF_THE_LOG.into_iter().zip(["listed", "whole", "exported"]) {
        as_auditor(arguments).assert_yes(outcome);
    }
    let file = kiosk.scratch("log.jsonl");
    as_auditor(&["audit", "export", text(&file)]).assert_yes("exported");
    assert!(std::fs::read_to_string(file).unwrap().contains("\"role_entered\""), "it tells of the auditor, too");
    let photos = obama().photos;
    for arguments in commands_of_the_operator(&photos) {
        let refused = as_auditor(&arguments).assert_no("operator_needed").assert_says(&["auditor", "operator"]);
        assert!(!refused.json.to_string().contains(obama().email), "{refused:?}");
    }
    assert_eq!(kiosk.emails(), [obama().email], "nothing was done");
    // To come to the wrong door is no try at it, however often.
    (0..6).for_each(|_| drop(as_auditor(&["users", "list"]).assert_no("operator_needed")));
    kiosk.ask(&["users", "list"]).assert_yes("listed");
    // Nor does one who knows this PIN get to guess the other for ever.
    let guess = || ask_with(&kiosk, &[("MIRILLA_OPERATOR_PIN", OTHER)], &["users", "list"]);
    kiosk.ask(&["users", "list"]).assert_yes("listed"); // ends the count
    for _ in 0..5 {
        guess().assert_no("pin_wrong");
        as_auditor(&["audit", "verify"]);
    }
    guess().assert_no("too_many_attempts");
    as_auditor(&["audit", "show"]).assert_no("too_many_attempts");
}

#[test]
fn no_two_roles_share_a_pin_and_an_auditor_does_not_become_the_operator() {
    let kiosk = Kiosk::with(&obama());
    let set = ["operator", "pin", "--role", "auditor"];
    ask_with(&kiosk, &[("MIRILLA_NEW_PIN", OPERATOR_PIN)], &set).assert_bad_input("pin_invalid");
    ask_with(&kiosk, &[("MIRILLA_NEW_PIN", PIN)], &set).assert_yes("pin_set");
    // As after `operator reset`, which wants a terminal.
    common::open_database(&kiosk.database()).execute("DELETE FROM role_pins WHERE role = 'operator'", []).unwrap();
    let as_auditor = |arguments: &[&str]| ask_with(&kiosk, &[("MIRILLA_OPERATOR_PIN", PIN)], arguments);
    as_auditor(&["audit", "show"]).assert_yes("listed");
    as_auditor(&["users", "list"]).assert_no("operator_needed");
    assert_eq!(kiosk.emails(), [obama().email], "the next one to choose has chosen");
    kiosk.ask(&["operator", "pin", "--role", "auditor", "--remove"]).assert_yes("pin_removed");
    as_auditor(&["audit", "show"]).assert_no("pin_wrong");
}

#[test]
fn the_operators_pin_can_be_changed_and_not_guessed() {
    let kiosk = Kiosk::with(&obama());
    assert_eq!(kiosk.emails().len(), 1);
    ask_with(&kiosk, &[("MIRILLA_NEW_PIN", PIN)], &["operator", "pin"]).assert_yes("pin_set");
    let list = |pin| ask_with(&kiosk, &[("MIRILLA_OPERATOR_PIN", pin)], &["users", "list"]);
    list(OPERATOR_PIN).assert_no("pin_wrong");
    list(PIN).assert_yes("listed");
    for _ in 0..5 {
        list(OTHER).assert_no("pin_wrong");
    }
    list(PIN).assert_no("too_many_attempts");
    // Visitors are not held up by it.
    kiosk.login(&obama().probe).assert_yes("recognized");
    ask_with(&kiosk, &[], &["operator", "reset"]).assert_bad_input("terminal_needed");
}

#[test]
fn enrolling_can_be_left_to_the_operator() {
    let kiosk = Kiosk::new();
    std::fs::create_dir_all(&kiosk.data_dir).unwrap();
    demand(&kiosk, "enrollment = \"operator\"\n");
    let photos = obama().photos;
    let mut arguments = vec!["enroll", "--name", obama().name, "--email", obama().email];
    arguments.extend(photos.iter().map(|photo| text(photo)));
    ask_as_anybody(&kiosk, &arguments).assert_bad_input("operator_pin_needed");
    kiosk.enroll(&obama()).assert_yes("enrolled");
    demand(&kiosk, "enrollment = \"anybody\"\n");
    arguments.extend(["--look-alike"]);
    ask_as_anybody(&kiosk, &arguments).assert_bad_input("operator_pin_needed");
}

#[test]
fn the_doctor_counts_who_has_no_pin_where_one_is_asked_for() {
    let kiosk = with_pin();
    kiosk.enroll(&biden()).assert_yes("enrolled");
    let check = || {
        let doctor = kiosk.ask(&["doctor"]);
        let checks = doctor.json["checks"].as_array().unwrap();
        checks.iter().find(|check| check["name"] == "signing in").unwrap().clone()
    };
    assert_eq!(check()["well"], true, "by the face nobody needs one");
    for means in ["face_and_pin", "pin"] {
        demand(&kiosk, &format!("sign_in = \"{means}\"\n"));
        let check = check();
        assert_eq!(check["well"], false, "{check}");
        let (found, remedy) = (check["found"].as_str().unwrap(), check["remedy"].as_str().unwrap());
        assert!(found.contains('1') && remedy.contains("mirilla users pin"), "{check}");
    }
    ask_with(&kiosk, &[("MIRILLA_NEW_PIN", OTHER)], &["users", "pin", biden().email]).assert_yes("pin_set");
    assert_eq!(check()["well"], true);
    // Who has registered without a face gets in by the PIN, but where the face is asked for as well.
    common::open_database(&kiosk.database()).execute("DELETE FROM face_references", []).unwrap();
    assert_eq!(check()["well"], true);
    demand(&kiosk, "sign_in = \"face_and_pin\"\n");
    assert!(check()["found"].as_str().unwrap().contains('2'), "{}", check());
    kiosk.ask(&["users", "pin", biden().email, "--alone", "yes"]).assert_yes("pin_alone");
    assert!(check()["found"].as_str().unwrap().contains('1'), "{}", check());
}

#[test]
fn the_doctor_says_where_nobody_has_chosen_the_operators_pin() {
    let kiosk = Kiosk::new();
    let check = || {
        let checks = kiosk.ask(&["doctor"]).json["checks"].as_array().unwrap().clone();
        checks.into_iter().find(|check| check["name"] == "operator").unwrap()
    };
    assert_eq!(check()["well"], true, "there is nothing yet");
    kiosk.enroll(&obama()).assert_yes("enrolled");
    let told = check();
    assert!(told["well"] == false && told["remedy"].as_str().unwrap().contains("mirilla operator pin"), "{told}");
    kiosk.ask(&["operator", "pin"]).assert_yes("pin_set");
    assert_eq!(check()["well"], true);
}

#[test]
#[cfg(unix)]
fn the_operators_pin_is_forgotten_in_a_terminal_by_whoever_means_it() {
    let kiosk = Kiosk::with(&obama());
    let reset = |typed: &str, more: &[&str]| {
        let command = [&["operator", "reset", "--data-dir", text(&kiosk.data_dir)], more].concat();
        let output = common::at_a_terminal(&format!("{typed}\n"), &command)?;
        Some((output.status.code(), common::texts(&output).0))
    };
    let Some((exit, said)) = reset("no", &[]) else { return common::skip("no python3") };
    assert!(exit == Some(2) && said.contains("Type yes") && said.contains("nothing was forgotten"), "{said}");
    kiosk.ask(&["users", "list"]).assert_yes("listed");
    let (exit, said) = reset("yes", &[]).unwrap();
    assert!(exit == Some(0) && said.contains("Forgotten"), "{said}");
    ask_as_anybody(&kiosk, &["users", "list"]).assert_bad_input("operator_pin_needed").assert_says(&["chosen first"]);
    let (exit, said) = reset("", &["--yes"]).unwrap();
    assert!(exit == Some(0) && !said.contains("Type yes"), "{said}");
}

#[test]
fn what_is_given_or_held_back_in_an_open_session_is_in_the_log() {
    let kiosk = with_pin();
    demand(&kiosk, "changes = \"with_pin\"\n");
    let token = kiosk.token(&obama().probe);
    let rename = |pin: &str| {
        let update = ["profile", "update", "--name", "Barack H. Obama"];
        ask_with(&kiosk, &[("MIRILLA_TOKEN", &token), ("MIRILLA_PIN", pin)], &update)
    };
    let events = || -> Vec<(String, Option<String>)> {
        let log = kiosk.ask(&["audit", "show"]).assert_yes("listed");
        let lines = log.json["events"].as_array().unwrap().iter().filter(|line| line["kind"] != "role_entered");
        lines.map(|line| (line["kind"].as_str().unwrap().into(), line["reason"].as_str().map(String::from))).collect()
    };
    let told = |kind: &str, reason: Option<&str>| (kind.to_owned(), reason.map(String::from));
    rename(PIN).assert_yes("updated");
    assert!(events().ends_with(&[told("pin_given", None), told("profile_changed", None)]), "{:?}", events());
    (0..5).for_each(|_| drop(rename(OTHER).assert_no("pin_wrong")));
    rename(PIN).assert_no("too_many_attempts");
    let last = [told("declined", Some("pin_wrong")), told("declined", Some("too_many_attempts"))];
    assert!(events().ends_with(&last), "{:?}", events());
    let history = ask_with(&kiosk, &[("MIRILLA_TOKEN", &token)], &["profile", "history"]).assert_yes("history");
    assert!(history.json["events"].to_string().contains("pin_given"), "the person sees it");
}

#[test]
fn an_address_that_nobody_has_and_one_without_a_pin_cost_as_much_time() {
    use mirilla::desk::{Account, PinAnswer};
    let folder = tempfile::tempdir().unwrap();
    let config = mirilla::config::Config::new(Some(folder.path())).unwrap();
    let mut desk = mirilla::desk::Desk::open(&config, mirilla::clock::Clock::start()).unwrap();
    let policy = mirilla::session::Policy { near_misses: u32::MAX, ..Default::default() };
    let [with, without, nobody] = ["with@example.org", "without@example.org", "nobody@example.org"];
    for (address, pin) in [(with, Some(PIN.parse().unwrap())), (without, None)] {
        let newcomer = mirilla::session::Newcomer {
            name: "Somebody".parse().unwrap(),
            email: address.parse().unwrap(),
            look_alike: mirilla::session::LookAlike::Declined,
            excused: false,
            consent: None,
        };
        desk.admit(newcomer, None, pin.as_ref(), &policy).unwrap().unwrap();
    }
    let (wrong, mut took) = (OTHER.parse().unwrap(), [const { vec![] }; 3]);
    for _ in 0..9 {
        // One after the other, so that whatever else the machine does is shared.
        for (address, took) in [with, without, nobody].into_iter().zip(&mut took) {
            let (email, begun) = (address.parse().unwrap(), std::time::Instant::now());
            let answer = desk.check_pin(Account::Address(&email), &wrong, &policy).unwrap();
            took.push(begun.elapsed());
            assert!(matches!(answer, PinAnswer::Refused(_)), "{answer:?}");
        }
    }
    let [known, without, unknown] = took.map(|mut took| {
        took.sort_unstable();
        took[took.len() / 2]
    });
    println!("{known:?} with a PIN, {without:?} without, {unknown:?} nobody's");
    // Without a hash it would be a tenth. What is written beside it differs by a little.
    assert!(unknown > known.mul_f64(0.5) && without > known.mul_f64(0.5), "{known:?} {without:?} {unknown:?}");
}
