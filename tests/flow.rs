//! The whole flow through the real binary: enroll, sign in, read and change the profile, be removed.

mod common;

use std::collections::BTreeSet;

use common::people::{self, Person, biden, collins, obama, original};
use common::{Answer, Kiosk, text};

fn keys(answer: &Answer) -> BTreeSet<&str> {
    answer.json.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn three_portraits_recognize_a_fourth_and_decline_two_other_people() {
    let kiosk = Kiosk::new();
    let crop = kiosk.scratch("crop.jpg");
    people::crop_of_obama().save(&crop).unwrap();
    let enrolled = kiosk
        .enroll_as("Barack Obama", "barack@example.org", &[original("obama.jpg"), original("obama3.jpg"), crop])
        .assert_yes("enrolled");
    assert_eq!(enrolled.json["quality"].as_array().map(Vec::len), Some(3));
    assert_eq!((enrolled.json["user"]["name"].as_str(), enrolled.exit), (Some("Barack Obama"), 0));

    let login = kiosk.login(&original("obama2.jpg")).assert_yes("recognized");
    assert_eq!(login.json["user"]["id"], enrolled.json["user"]["id"]);
    assert!(login.json["score"].as_f64().unwrap() >= login.json["threshold"].as_f64().unwrap());

    for stranger in ["biden.jpg", "collins.png"] {
        let declined = kiosk.login(&original(stranger)).assert_no("not_recognized");
        assert!(declined.json["score"].as_f64().unwrap() < declined.json["threshold"].as_f64().unwrap(), "{stranger}");
        assert!(declined.json.get("token").is_none() && declined.json.get("user").is_none(), "{declined:?}");
    }
}

#[test]
fn a_sign_in_tells_who_how_sure_and_until_when() {
    let kiosk = Kiosk::with(&obama());
    let alone = kiosk.login(&obama().probe).assert_yes("recognized");
    for key in ["outcome", "user", "score", "threshold", "runner_up", "token", "expires_at"] {
        assert!(keys(&alone).contains(key), "{key} is missing: {alone:?}");
    }
    assert!(alone.json["runner_up"].is_null(), "nobody else is enrolled");
    for key in ["id", "name", "email"] {
        assert!(alone.json["user"][key].is_string(), "user.{key}");
    }
    let ends: jiff::Timestamp = alone.text("expires_at").parse().unwrap();
    let minutes = (ends.as_second() - jiff::Timestamp::now().as_second()) as f64 / 60.0;
    assert!((14.0..=15.0).contains(&minutes), "the session lasts {minutes} minutes");

    kiosk.enroll(&biden()).assert_yes("enrolled");
    for person in [obama(), biden()] {
        let login = kiosk.login(&person.probe).assert_yes("recognized");
        assert_eq!(login.json["user"]["name"], person.name);
        let (score, other) = (login.json["score"].as_f64().unwrap(), login.json["runner_up"].as_f64().unwrap());
        assert!(other < score - 0.2, "{}: {score}, the other person {other}", person.name);
    }
    kiosk.login(&collins().probe).assert_no("not_recognized");
}

#[test]
fn the_token_opens_the_profile_and_changes_it() {
    let kiosk = Kiosk::with(&obama());
    let token = kiosk.token(&obama().probe);

    let shown = kiosk.ask(&["profile", "show", "--token", &token]).assert_yes("profile");
    assert_eq!(
        (&shown.json["user"]["name"], &shown.json["user"]["email"]),
        (&"Barack Obama".into(), &obama().email.into())
    );
    assert!(shown.json["last_sign_in"].is_string());
    let by_variable = common::answer(kiosk.command(&["profile", "show", "--json"]).env("MIRILLA_TOKEN", &token));
    assert_eq!(by_variable.json, shown.json, "--token and MIRILLA_TOKEN show the same");

    let (name, email) = ("José Ñandú O'Hara 李", "New.Address+kiosk@example.net");
    kiosk.ask(&["profile", "update", "--token", &token, "--name", name]).assert_yes("updated");
    let half = kiosk.ask(&["profile", "show", "--token", &token]).assert_yes("profile");
    assert_eq!(
        (half.json["user"]["name"].as_str(), half.json["user"]["email"].as_str()),
        (Some(name), Some(obama().email))
    );
    let changed = kiosk.ask(&["profile", "update", "--token", &token, "--email", email]).assert_yes("updated");
    let now = kiosk.ask(&["profile", "show", "--token", &token]).assert_yes("profile");
    assert_eq!(now.json["user"], changed.json["user"], "what update says is what show shows");
    assert_eq!((now.json["user"]["name"].as_str(), now.json["user"]["email"].as_str()), (Some(name), Some(email)));
    assert_eq!(now.json["user"]["id"], shown.json["user"]["id"]);
    assert!(now.text("expires_at") == shown.text("expires_at"), "a change does not prolong the session");

    let login = kiosk.login(&obama().probe).assert_yes("recognized");
    assert_eq!(login.json["user"]["email"], email);
    kiosk.ask(&["users", "show", obama().email]).assert_no("user_unknown");
    kiosk.ask(&["users", "show", &email.to_uppercase()]).assert_yes("shown");
}

#[test]
fn a_change_that_is_refused_changes_nothing() {
    let kiosk = Kiosk::with(&obama());
    kiosk.enroll(&biden()).assert_yes("enrolled");
    let token = kiosk.token(&obama().probe);
    let update = |arguments: &[&str]| kiosk.ask(&[&["profile", "update", "--token", &token], arguments].concat());
    update(&["--name", "Somebody", "--email", "JOE@EXAMPLE.ORG"]).assert_no("email_taken");
    update(&["--name", "Somebody", "--email", "joe"]).assert_bad_input("email_invalid");
    update(&["--name", "Some\u{7}body", "--email", "new@example.org"]).assert_bad_input("name_invalid");
    update(&[]).assert_bad_input("usage");
    let shown = kiosk.ask(&["profile", "show", "--token", &token]).assert_yes("profile");
    assert_eq!(shown.json["user"]["name"], "Barack Obama");
    assert_eq!(shown.json["user"]["created_at"], shown.json["user"]["updated_at"]);
    // One's own address in another letter case is no collision.
    update(&["--email", "Barack@Example.ORG"]).assert_yes("updated");
}

#[test]
fn users_are_listed_shown_and_removed_for_good() {
    let kiosk = Kiosk::with(&obama());
    kiosk.enroll(&biden()).assert_yes("enrolled");
    assert_eq!(kiosk.emails(), [obama().email, biden().email], "in the order of their enrollment");
    let shown = kiosk.ask(&["users", "show", "BARACK@example.ORG"]).assert_yes("shown");
    assert_eq!(shown.json["reference"]["quality"].as_array().map(Vec::len), Some(3));
    assert_eq!(shown.json["reference"]["usable"], true);
    assert!(shown.json["last_sign_in"].is_null());

    let token = kiosk.token(&obama().probe);
    let removed = kiosk.ask(&["users", "remove", obama().email]).assert_yes("removed");
    assert_eq!(removed.json["user"]["id"], shown.json["user"]["id"]);
    kiosk.ask(&["profile", "show", "--token", &token]).assert_no("user_removed");
    kiosk.ask(&["profile", "update", "--token", &token, "--name", "Back"]).assert_no("user_removed");
    kiosk.login(&obama().probe).assert_no("not_recognized");
    kiosk.ask(&["users", "remove", obama().email]).assert_no("user_unknown");
    kiosk.login(&biden().probe).assert_yes("recognized");
    assert_eq!(kiosk.emails(), [biden().email]);
    // The address is free again, and somebody new is somebody new.
    let again = kiosk.enroll(&obama()).assert_yes("enrolled");
    assert_ne!(again.json["user"]["id"], shown.json["user"]["id"]);
    kiosk.ask(&["profile", "show", "--token", &token]).assert_no("user_removed");
}

#[test]
fn of_somebody_removed_no_byte_of_face_or_address_stays_on_the_disk() {
    no_byte_stays(false);
}

#[test]
fn of_somebody_removed_no_byte_stays_though_the_kiosk_is_open_meanwhile() {
    no_byte_stays(true);
}

#[track_caller]
fn no_byte_stays(while_open: bool) {
    let kiosk = Kiosk::with(&obama());
    kiosk.enroll(&biden()).assert_yes("enrolled");
    common::answer(kiosk.command(&["users", "pin", obama().email]).arg("--json").env("MIRILLA_NEW_PIN", "739154"))
        .assert_yes("pin_set");
    let digest = "5e1f0c9b7ad24836".repeat(4);
    let (faces, pin) = {
        let database = common::open_database(&kiosk.database());
        let agree = "INSERT INTO consents (user_id, digest, version, language, at_ms, until_ms)
                     SELECT id, ?1, '3', 'en', 0, 4102444800000 FROM users WHERE email = ?2";
        database.execute(agree, [digest.as_str(), obama().email]).unwrap();
        let query = "SELECT template FROM face_references JOIN users ON users.id = user_id WHERE email = ?1
                     UNION SELECT embedding FROM samples JOIN face_references ON face_references.id = reference_id
                     JOIN users ON users.id = user_id WHERE email = ?1";
        let mut statement = database.prepare(query).unwrap();
        let blobs = statement.query_map([obama().email], |row| row.get::<_, Vec<u8>>(0)).unwrap();
        // Any piece of one: eight numbers.
        let faces: Vec<Vec<u8>> =
            blobs.flat_map(|face| face.unwrap().chunks(32).map(Vec::from).collect::<Vec<_>>()).collect();
        let query = "SELECT hash FROM pins JOIN users ON users.id = user_id WHERE email = ?1";
        let pin: String = database.query_row(query, [obama().email], |row| row.get(0)).unwrap();
        (faces, pin)
    };
    assert_eq!(faces.len(), 4 * 16, "a template and three embeddings");
    // Also for whoever has the key; what is in the log, the store's own tests see.
    let held = |secrets: &[&[u8]]| -> usize {
        let bytes = common::decrypted(&kiosk);
        let is_in = |secret: &&&[u8]| bytes.windows(secret.len()).any(|part| part == **secret);
        secrets.iter().filter(is_in).count()
    };
    let faces: Vec<&[u8]> = faces.iter().map(Vec::as_slice).collect();
    // Of the hash the salt and what follows: all begin alike.
    let salted = pin.rsplit_once("p=1$").unwrap().1.as_bytes();
    let words: [&[u8]; 4] = [b"barack@example.org", b"Barack Obama", salted, digest.as_bytes()];
    assert_eq!((held(&faces), held(&words)), (faces.len(), words.len()), "before");
    // As long as somebody has the database open, SQLite keeps its log beside it.
    let other = while_open.then(|| common::open_database(&kiosk.database()));
    if let Some(other) = &other {
        other.query_row("SELECT count(*) FROM users", [], |row| row.get::<_, i64>(0)).unwrap();
        let [a, b, c] = collins().photos.map(|photo| text(&photo).to_owned());
        kiosk.ask(&["enroll", "--renew", "--email", obama().email, &a, &b, &c]).assert_yes("renewed");
        assert_eq!(held(&faces), 0, "an embedding that was renewed is still on the disk");
    }
    kiosk.ask(&["users", "remove", obama().email]).assert_yes("removed");
    assert_eq!(held(&faces), 0, "an embedding is still on the disk");
    assert_eq!(held(&words), 0, "name, address, PIN or consent is still on the disk");
    assert_eq!(held(&[b"joe@example.org"]), 1, "the other person stays");
    let free: i64 =
        common::open_database(&kiosk.database()).query_row("PRAGMA freelist_count", [], |row| row.get(0)).unwrap();
    assert_eq!(free, 0, "the room is given back");
}

#[test]
fn an_address_in_another_letter_case_is_taken() {
    let kiosk = Kiosk::with(&obama());
    let refused = kiosk.enroll_as("Joe Biden", "BARACK@Example.org", &biden().photos).assert_no("email_taken");
    assert!(!refused.json.to_string().to_lowercase().contains("barack"), "{refused:?}");
    assert_eq!(kiosk.emails(), [obama().email]);
    kiosk.login(&biden().probe).assert_no("not_recognized");
}

#[test]
fn of_two_enrollments_with_one_address_at_once_one_wins() {
    let kiosk = Kiosk::new();
    let outcomes: Vec<Answer> = std::thread::scope(|scope| {
        let tries = [obama(), biden()].map(|person| {
            let kiosk = &kiosk;
            scope.spawn(move || kiosk.enroll(&Person { email: "one@example.org", ..person }))
        });
        tries.into_iter().map(|each| each.join().unwrap()).collect()
    });
    let mut exits: Vec<_> = outcomes.iter().map(|answer| (answer.exit, answer.reason())).collect();
    exits.sort_unstable();
    assert_eq!(exits, [(0, ""), (1, "email_taken")], "{outcomes:?}");
    assert_eq!(kiosk.emails(), ["one@example.org"]);
}

#[test]
fn a_face_is_renewed_and_the_account_stays() {
    let kiosk = Kiosk::with(&obama());
    let before = kiosk.ask(&["users", "show", obama().email]).assert_yes("shown");
    let photos = biden().photos;
    let renew = |email: &str| {
        kiosk.ask(&["enroll", "--renew", "--email", email, text(&photos[0]), text(&photos[1]), text(&photos[2])])
    };
    renew("nobody@example.org").assert_no("user_unknown");
    let renewed = renew("BARACK@example.org").assert_yes("renewed");
    assert_eq!(renewed.json["user"]["id"], before.json["user"]["id"]);
    let after = kiosk.ask(&["users", "show", obama().email]).assert_yes("shown");
    assert_ne!(after.json["reference"], before.json["reference"]);
    assert_eq!(kiosk.login(&biden().probe).assert_yes("recognized").json["user"]["email"], obama().email);
    kiosk.login(&obama().probe).assert_no("not_recognized");

    let both = kiosk.ask(&["enroll", "--renew", "--name", "X", "--email", obama().email, "a.jpg", "b.jpg", "c.jpg"]);
    both.assert_bad_input("usage").assert_says(&["--name", "--renew"]);
    let neither = kiosk.ask(&["enroll", "--email", obama().email, "a.jpg", "b.jpg", "c.jpg"]);
    neither.assert_bad_input("usage").assert_says(&["--name"]);
}

#[test]
fn an_enrollment_that_is_declined_leaves_an_earlier_face_as_it_is() {
    let kiosk = Kiosk::with(&obama());
    let before = kiosk.ask(&["users", "show", obama().email]).assert_yes("shown");
    let mixed = [&obama().photos[0], &biden().photos[0], &obama().photos[1]].map(|photo| text(photo).to_owned());
    let [a, b, c] = &mixed;
    kiosk.ask(&["enroll", "--renew", "--email", obama().email, a, b, c]).assert_no("not_one_person");
    assert_eq!(kiosk.ask(&["users", "show", obama().email]).json, before.json);
    kiosk.login(&obama().probe).assert_yes("recognized");
}

#[test]
fn what_an_enrollment_says_is_what_is_stored() {
    let kiosk = Kiosk::new();
    let enrolled = kiosk.enroll(&obama()).assert_yes("enrolled");
    let shown = kiosk.ask(&["users", "show", obama().email]).assert_yes("shown");
    assert_eq!(enrolled.json["user"], shown.json["user"]);
    assert_eq!(enrolled.json["quality"], shown.json["reference"]["quality"]);
}

#[test]
fn the_headless_demo_passes_and_leaves_nothing_behind() {
    let kiosk = Kiosk::with(&collins());
    let before = common::contents(&kiosk.data_dir);
    let temporary = kiosk.scratch("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let demo = common::answer(kiosk.command(&["demo", "--headless", "--json"]).env("TMPDIR", &temporary));
    let demo = demo.assert_yes("passed");
    let steps = demo.json["steps"].as_array().unwrap();
    assert!(steps.len() >= 8, "{demo:?}");
    for step in steps {
        assert!(step["ok"] == true && step["ms"].is_number() && step["step"].is_string(), "{step}");
    }
    assert!(demo.json["total_ms"].as_f64().unwrap() > 0.0);
    assert_eq!(common::contents(&kiosk.data_dir), before, "the demo has a store of its own");
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0, "its store is gone");
}

#[test]
fn a_kiosk_where_nobody_is_enrolled_recognizes_nobody() {
    let kiosk = Kiosk::new();
    assert!(kiosk.emails().is_empty());
    let declined = kiosk.login(&obama().probe).assert_no("not_recognized");
    assert!(declined.json["score"].is_null() && declined.json["threshold"].is_number(), "{declined:?}");
    kiosk.ask(&["users", "show", obama().email]).assert_no("user_unknown");
}

#[test]
fn a_face_is_enrolled_once_and_a_twin_with_an_operators_word() {
    let kiosk = Kiosk::with(&obama());
    kiosk.enroll(&biden()).assert_yes("enrolled");
    let others = "other@example.org";
    kiosk.enroll_as("Somebody else", others, &obama().photos).assert_no("already_enrolled").assert_says(&["desk"]);
    let [a, b, c] = obama().photos.each_ref().map(|photo| text(photo).to_owned());
    kiosk.ask(&["enroll", "--renew", "--email", biden().email, &a, &b, &c]).assert_no("already_enrolled");
    let (exit, said, _) = kiosk.tell(&["enroll", "--name", "Twin", "--email", others, &a, &b, &c]);
    assert!(exit == 1 && said.contains("--look-alike"), "{said}");
    assert_eq!(kiosk.emails(), [obama().email, biden().email]);
    let listed = kiosk.ask(&["users", "list"]).assert_yes("listed");
    assert_eq!(listed.json["look_alikes"], serde_json::json!([]));
    kiosk.login(&obama().probe).assert_yes("recognized");

    kiosk.ask(&["enroll", "--look-alike", "--name", "Twin", "--email", others, &a, &b, &c]).assert_yes("enrolled");
    let listed = kiosk.ask(&["users", "list"]).assert_yes("listed");
    let [pair] = listed.json["look_alikes"].as_array().unwrap().as_slice() else { panic!("{listed:?}") };
    let id = |email: &str| {
        let all = listed.json["users"].as_array().unwrap();
        all.iter().find(|user| user["email"] == email).unwrap()["id"].clone()
    };
    let users = pair["users"].as_array().unwrap();
    assert!(users.contains(&id(obama().email)) && users.contains(&id(others)), "{pair}");
    let (_, said, _) = kiosk.tell(&["users", "list"]);
    assert!(said.contains("cannot be told apart"), "{said}");
    let doctor = kiosk.ask(&["doctor"]);
    assert!(doctor.json["checks"].to_string().contains("cannot be told apart: 1"), "{doctor:?}");
    kiosk.login(&obama().probe).assert_no("ambiguous");
}

#[test]
fn whoever_goes_on_guessing_waits_and_whoever_is_enrolled_ends_the_count() {
    let kiosk = Kiosk::with(&obama());
    let stranger = || kiosk.login(&collins().probe).assert_no("not_recognized");
    (0..19).for_each(|_| drop(stranger()));
    kiosk.login(&obama().probe).assert_yes("recognized");
    (0..20).for_each(|_| drop(stranger()));
    let held_back = kiosk.login(&collins().probe).assert_no("too_many_attempts").assert_says(&["wait"]);
    let left = held_back.json["retry_after_s"].as_u64().unwrap();
    assert!((1..=30).contains(&left), "{held_back:?}");
    // Nor is anybody else looked for, or the guesser would only need a friend.
    kiosk.login(&obama().probe).assert_no("too_many_attempts");
    let (exit, said, _) = kiosk.tell(&["login", text(&obama().probe)]);
    assert!(exit == 1 && said.contains("seconds"), "{said}");
    let doctor = kiosk.ask(&["doctor"]);
    let checks = doctor.json["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["name"] == "guessing").unwrap();
    assert!(check["well"] == false && check["found"].as_str().unwrap().contains("too many tries"), "{check}");
}

#[test]
fn of_many_tries_at_once_none_is_lost() {
    let kiosk = Kiosk::with(&obama());
    let probe = collins().probe;
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..6).for_each(|_| drop(kiosk.login(&probe))));
        }
    });
    kiosk.login(&probe).assert_no("too_many_attempts");
    let shown = kiosk.ask(&["audit", "show"]).assert_yes("listed");
    let looked_for = |event: &&serde_json::Value| event["reason"] == "not_recognized";
    let count = shown.json["events"].as_array().unwrap().iter().filter(looked_for).count();
    assert!((20..24).contains(&count), "{count}: twenty, and those that were under way");
}
