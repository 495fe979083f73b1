//! The self-test of the signs of life: the whole of it on rendered heads, what it says, keeps and refuses, and what the kiosk
//! does with it.

mod common;

use common::Kiosk;
use common::people::obama;
use mirilla::selftest::{
    Camera, Conditions, Count, Kept, LEAST_ATTEMPTS, LEAST_EACH, LEAST_PEOPLE, Species, Standing, Test,
};
use mirilla::session::{LivenessLevel, Policy};

/// A self-test in which nothing got in but what `change` says, by the thresholds as delivered.
fn measured(kiosk: &Kiosk, level: LivenessLevel, change: impl FnOnce(&mut Test)) {
    std::fs::create_dir_all(&kiosk.data_dir).unwrap();
    let camera = Camera { id: None, mode: Some("Camera, MJPEG 1280x720".into()) };
    let mut test = Test::begun(Conditions::of(camera, None, level, &Policy::default()), 1_790_000_000);
    test.people = vec![Count { passed: LEAST_EACH, ..Count::default() }; LEAST_PEOPLE as usize];
    let stopped = Count { refused: LEAST_ATTEMPTS, ..Count::default() };
    test.attacks = Species::ALL.into_iter().map(|species| (species, stopped)).collect();
    change(&mut test);
    let mut kept = Kept::load(&kiosk.data_dir).unwrap();
    kept.put(level, test);
    kept.save(&kiosk.data_dir).unwrap();
}

fn set(kiosk: &Kiosk, settings: &str) {
    std::fs::create_dir_all(&kiosk.data_dir).unwrap();
    std::fs::write(kiosk.data_dir.join("settings.toml"), settings).unwrap();
}

/// What doctor says of it: whether it is well, what was found, and what to do.
fn doctor(kiosk: &Kiosk) -> (bool, String, String) {
    let answer = kiosk.ask(&["doctor"]);
    let checks = answer.json["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["name"] == "self-test").unwrap();
    let text = |key: &str| check[key].as_str().unwrap_or_default().to_owned();
    (check["well"].as_bool().unwrap(), text("found"), text("remedy"))
}

#[test]
fn the_whole_runs_by_itself_on_rendered_heads_and_counts_for_nothing() {
    let kiosk = Kiosk::new();
    let demo = ["selftest", "--demo", "--people", "1", "--attempts", "1"];
    let found = kiosk.ask(&demo).assert_yes("measured");
    let report = &found.json;
    assert_eq!((report["level"].as_u64(), report["simulated"].as_bool()), (Some(1), Some(true)), "{report}");
    assert_eq!((report["face_alone"].as_bool(), report["is_certificate"].as_bool()), (Some(false), Some(false)));
    let species = report["species"].as_object().unwrap();
    assert_eq!(species.len(), Species::ALL.len());
    for (name, figures) in species {
        for key in ["attempts", "passed", "refused", "no_verdict", "not_recognized", "not_seen", "apcer", "low", "high"]
        {
            assert!(figures[key].is_number(), "{name} {key}: {figures}");
        }
    }
    assert_eq!((&species["print_glossy"]["tried"], &species["print_glossy"]["high"]), (&false.into(), &1.0.into()));
    assert_eq!(species["print_matte"]["attempts"], 1, "{report}");
    let people = &report["bona_fide"];
    assert_eq!(people["attempts"], 2, "{report}");
    for key in ["passed", "bpcer", "low", "high", "people"] {
        assert!(people[key].is_number(), "{key}");
    }
    let conditions = &report["conditions"];
    assert!(conditions["mode"].as_str().unwrap().contains("SIMULATION") && conditions["light"].is_number(), "{report}");
    for key in ["networks", "thresholds", "program"] {
        assert!(!conditions[key].is_null(), "{key}");
    }
    assert!(["beaten", "unfinished"].contains(&found.text("standing")), "so few tries show nothing: {report}");
    assert!(!kiosk.data_dir.join("selftest.json").exists() && !kiosk.database().exists(), "nothing of it is kept");
}

#[test]
fn without_a_camera_it_is_told_what_to_do_and_nothing_is_begun() {
    let kiosk = Kiosk::new();
    set(&kiosk, "camera = \"no-such-camera\"\n");
    let refused = kiosk.ask(&["selftest"]);
    assert_eq!((refused.exit, refused.reason()), (3, "camera"), "{refused:?}");
    refused.assert_says(&["no-such-camera", "mirilla camera list", "--demo"]);
    assert!(!kiosk.data_dir.join("selftest.json").exists());
    for arguments in [
        &["selftest", "--level", "3"][..],
        &["selftest", "--level", "0"],
        &["selftest", "--people", "0"],
        &["selftest", "--screen", "wide"],
        &["selftest", "--status", "--forget"],
        &["selftest", "--demo", "--people", "4"],
    ] {
        kiosk.ask(arguments).assert_bad_input("usage");
    }
    set(&kiosk, "liveness = \"off\"\n");
    kiosk.ask(&["selftest"]).assert_bad_input("usage").assert_says(&["--level 1"]);
}

#[test]
fn what_was_measured_is_told_until_something_changes_and_forgotten_by_the_operator_alone() {
    let kiosk = Kiosk::new();
    let none = kiosk.ask(&["selftest", "--status"]).assert_yes("status");
    assert_eq!(none.json["levels"].as_array().unwrap().len(), 0);
    let (well, found, _) = doctor(&kiosk);
    assert!(well && found.contains("was not measured"), "{found}");

    measured(&kiosk, LivenessLevel::Passive, |_| {});
    let level = |kiosk: &Kiosk| kiosk.ask(&["selftest", "--status"]).assert_yes("status").json["levels"][0].clone();
    let holds = level(&kiosk);
    assert_eq!((&holds["standing"], &holds["face_alone"]), (&"holds".into(), &true.into()), "{holds}");
    assert!(doctor(&kiosk).1.contains("Level 1 holds"), "{:?}", doctor(&kiosk));
    let (code, text, _) = kiosk.tell(&["selftest", "--status"]);
    assert!(code == 0 && text.contains("the face alone may sign in") && text.contains("no certificate"), "{text}");

    set(&kiosk, "strictness = \"lenient\"\n");
    let expired = level(&kiosk);
    assert_eq!((&expired["standing"], &expired["changed"]), (&"expired".into(), &serde_json::json!(["thresholds"])));
    assert_eq!(expired["face_alone"], false);
    let (well, found, remedy) = doctor(&kiosk);
    assert!(!well && found.contains("how sure") && remedy == "mirilla selftest --level 1", "{found} {remedy}");
    let (_, text, _) = kiosk.tell(&["selftest", "--status"]);
    assert!(text.contains("false_accept_one_in"), "which one is named: {text}");

    set(&kiosk, "");
    measured(&kiosk, LivenessLevel::Passive, |test| test.attacks.get_mut(&Species::PrintBent).unwrap().passed = 20);
    let (well, found, remedy) = doctor(&kiosk);
    assert!(!well && found.contains("Bent print") && remedy.contains("PIN"), "{found} {remedy}");
    set(&kiosk, "sign_in = \"face_and_pin\"\n");
    assert!(doctor(&kiosk).0, "whoever holds a picture has no PIN");

    kiosk.begin();
    let mut wrong = kiosk.command(&["selftest", "--forget", "--json"]);
    let refused = common::answer(wrong.env("MIRILLA_OPERATOR_PIN", "739182"));
    refused.assert_no("pin_wrong");
    assert!(kiosk.data_dir.join("selftest.json").exists());
    assert_eq!(kiosk.ask(&["selftest", "--forget"]).assert_yes("forgotten").json["was_there"], true);
    assert_eq!(kiosk.ask(&["selftest", "--forget"]).assert_yes("forgotten").json["was_there"], false);
}

#[test]
fn a_file_that_is_not_understood_is_told_and_shows_nothing() {
    let kiosk = Kiosk::new();
    measured(&kiosk, LivenessLevel::Passive, |_| {});
    std::fs::write(kiosk.data_dir.join("selftest.json"), "{\"levels\": 7}").unwrap();
    kiosk.ask(&["selftest", "--status"]).assert_bad_input("self_test").assert_says(&["not understood", "--forget"]);
    let (well, _, remedy) = doctor(&kiosk);
    assert!(!well && remedy == "mirilla selftest --forget");
}

#[test]
fn where_the_operator_wants_a_self_test_a_file_is_asked_for_the_pin_as_well() {
    let kiosk = Kiosk::with(&obama());
    kiosk.login(&obama().probe).assert_yes("recognized");
    set(&kiosk, "face_alone = \"tested\"\n");
    assert_eq!(kiosk.login(&obama().probe).reason(), "pin_needed", "nothing was measured");
    // No camera has seen a file, whatever was measured by one.
    measured(&kiosk, LivenessLevel::Passive, |_| {});
    assert_eq!(kiosk.login(&obama().probe).reason(), "pin_needed");
    set(&kiosk, "face_alone = \"always\"\n");
    kiosk.login(&obama().probe).assert_yes("recognized");
    assert_eq!(
        Kept::load(&kiosk.data_dir).unwrap().standing(
            LivenessLevel::Active,
            &Conditions::of(Camera::default(), None, LivenessLevel::Active, &Policy::default())
        ),
        Standing::Untested,
        "each level by itself"
    );
}
