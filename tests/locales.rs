//! The texts of the window: every one that is asked for is there, in each language, with the same values in it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fluent_bundle::FluentResource;
use jiff::civil::date;
use mirilla::camera::Trouble;
use mirilla::demo::VISITORS;
use mirilla::selftest::{Change, Outcome, Species};
use mirilla::session::Reason;
use mirilla::settings::Language;
use mirilla::simulation::ACTORS;
use mirilla::ui::{Value, Words};

const TROUBLES: [Trouble; 7] = [
    Trouble::NoneFound,
    Trouble::InUse,
    Trouble::NoPermission,
    Trouble::Unplugged,
    Trouble::Frozen,
    Trouble::Black,
    Trouble::Failing,
];

/// What can be wrong with the picture while somebody stands before the camera.
const HINTS: [Reason; 10] = [
    Reason::NoFace,
    Reason::SeveralFaces,
    Reason::FaceTooSmall,
    Reason::FaceTurned,
    Reason::FaceCutOff,
    Reason::TooDark,
    Reason::TooBright,
    Reason::TooBlurred,
    Reason::FaceUnclear,
    Reason::SamePicture,
];

const KEYBOARD: [&str; 10] =
    ["keyboard", "shift", "caps-lock", "backspace", "space", "hide", "symbols", "letters", "left", "right"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn file(language: Language) -> String {
    let path = root().join("assets/locales").join(format!("{}.ftl", language.tag()));
    std::fs::read_to_string(path).expect("a file for each language")
}

/// Each key with its text, as it stands in the file.
fn messages(language: Language) -> BTreeMap<String, String> {
    let mut all = BTreeMap::<String, String>::new();
    let mut last = None;
    for line in file(language).lines() {
        let key = line.split_once(" =").map(|(key, _)| key).filter(|key| is_key(key));
        match key {
            Some(key) => {
                let text = line[key.len() + 2..].trim().to_owned();
                assert!(all.insert(key.into(), text).is_none(), "{}: {key} is there twice", language.tag());
                last = Some(key.to_owned());
            }
            None if line.starts_with(' ') => {
                let key = last.as_ref().expect("a line that goes on follows a key");
                all.get_mut(key).expect("it was put there").push_str(&format!("\n{line}"));
            }
            None => assert!(line.is_empty() || line.starts_with('#'), "{}: what is {line:?}?", language.tag()),
        }
    }
    all
}

fn is_key(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_lowercase())
        && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

fn variables(text: &str) -> BTreeSet<String> {
    let name = |rest: &str| rest.chars().take_while(char::is_ascii_alphanumeric).collect();
    text.split('$').skip(1).map(name).collect()
}

/// The code that asks for texts, without comments and unit tests.
fn code() -> String {
    let mut folders = vec![root().join("src/ui"), root().join("src/window")];
    let files = ["demo.rs", "cli/doctor.rs", "cli/doctor/people.rs", "cli/doctor/self_test.rs", "cli/camera.rs"];
    let of_the_self_test = ["report", "live", "simulated"].map(|file| format!("cli/selftest/{file}.rs"));
    let files = files.map(str::to_owned).into_iter().chain(of_the_self_test);
    let mut files: Vec<_> = files.map(|file| root().join("src").join(file)).collect();
    // The names of the tour's pictures look like keys.
    let tour = root().join("src/window/tour.rs");
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder of the sources") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && !path.ends_with("tests.rs")
                && path != tour
            {
                files.push(path);
            }
        }
    }
    let read = |path| std::fs::read_to_string(path).expect("a source file");
    let bare = |text: String| {
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        code.lines().map(|line| line.split("//").next().unwrap_or_default().to_owned() + "\n").collect::<String>()
    };
    files.into_iter().map(read).map(bare).collect()
}

/// Everything between quotation marks.
fn literals(code: &str) -> BTreeSet<String> {
    code.replace("\\\"", "").replace("'\"'", "").split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// What the program looks at when it is asked whether all is well.
fn health_checks() -> Vec<String> {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let mut doctor = std::process::Command::new(env!("CARGO_BIN_EXE_mirilla"));
    let output = doctor.args(["doctor", "--json"]).env("MIRILLA_DATA_DIR", folder.path()).output().expect("it runs");
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let checks = said["checks"].as_array().expect("checks").iter();
    checks.map(|check| format!("health-{}", check["name"].as_str().expect("a name").replace(' ', "-"))).collect()
}

/// What can change after a self-test.
fn changes() -> [Change; 4] {
    [Change::Camera, Change::Networks, Change::Thresholds(vec![]), Change::Program]
}

/// The keys that the code puts together.
fn computed() -> BTreeSet<String> {
    let dashed = |code: &str| code.replace('_', "-");
    let with_try = |key: String| [key.clone(), format!("{key}-try")];
    let mut keys = BTreeSet::new();
    keys.extend(Reason::ALL.iter().flat_map(|reason| with_try(format!("declined-{}", dashed(reason.code())))));
    keys.extend(TROUBLES.iter().flat_map(|trouble| with_try(format!("trouble-{}", dashed(trouble.code())))));
    keys.extend(HINTS.iter().map(|hint| format!("coach-{}", dashed(hint.code()))));
    keys.extend((1..=7).map(|day| format!("weekday-{day}")));
    keys.extend((1..=12).flat_map(|month| [format!("month-{month}"), format!("month-short-{month}")]));
    keys.extend(KEYBOARD.iter().map(|key| format!("key-{key}")));
    keys.extend(["lenient", "standard", "strict"].map(|word| format!("strictness-{word}-what")));
    keys.extend(VISITORS.into_iter().chain(ACTORS).map(str::to_owned));
    keys.extend(Species::ALL.iter().flat_map(|species| [species.key(), format!("{}-how", species.key())]));
    keys.extend(Outcome::ALL.iter().map(|outcome| format!("selftest-outcome-{}", outcome.name())));
    keys.extend(changes().iter().map(|change| change.key().to_owned()));
    keys.extend(["off", "passive", "active", "active-with-pin"].map(|level| format!("liveness-{level}-what")));
    keys.extend(health_checks());
    keys
}

#[test]
fn both_files_are_understood() {
    for language in Language::ALL {
        let parsed = FluentResource::try_new(file(language));
        assert!(parsed.is_ok(), "{}: {:?}", language.tag(), parsed.err().map(|(_, errors)| errors));
    }
}

#[test]
fn the_languages_have_the_same_keys_and_values() {
    let [english, spanish] = Language::ALL.map(messages);
    let keys = |messages: &BTreeMap<String, String>| messages.keys().cloned().collect::<BTreeSet<_>>();
    let (en, es) = (keys(&english), keys(&spanish));
    assert_eq!(en.symmetric_difference(&es).collect::<Vec<_>>(), [""; 0], "in one language alone");
    for (key, text) in &english {
        assert_eq!(variables(text), variables(&spanish[key]), "{key}");
    }
}

#[test]
fn every_text_that_is_asked_for_is_there_and_no_other() {
    let there: BTreeSet<String> = messages(Language::English).into_keys().collect();
    let code = code();
    let literals = literals(&code);
    let asked: BTreeSet<String> = [".text(", ".with("]
        .iter()
        .flat_map(|call| code.split(call).skip(1))
        .filter_map(|rest| rest.trim_start().strip_prefix('"')?.split_once('"'))
        .map(|(key, _)| key.to_owned())
        .filter(|key| is_key(key))
        .collect();
    assert!(asked.len() > 60, "only {} keys were found in the code", asked.len());
    // Ids of egui are made with a call of the same name.
    let ids = ["accents", "box", "face", "idle", "lens", "pressed"].map(str::to_owned).into();
    let wanted: BTreeSet<String> = asked.union(&computed()).cloned().collect();
    let missing: Vec<_> = wanted.difference(&there).filter(|key| !BTreeSet::contains(&ids, *key)).collect();
    assert!(missing.is_empty(), "asked for, and not there: {missing:?}");
    // Keys that are chosen first and asked for later look like those that are there.
    let families: BTreeSet<&str> = there.iter().filter_map(|key| key.split_once('-')).map(|(first, _)| first).collect();
    let kin = |word: &&String| word.split_once('-').is_some_and(|(first, _)| families.contains(first)) && is_key(word);
    let unknown: Vec<_> = literals.iter().filter(kin).filter(|word| !there.contains(*word)).collect();
    assert!(unknown.is_empty(), "they look like keys, and are none: {unknown:?}");
    let unused: Vec<_> = there.iter().filter(|key| !literals.contains(*key) && !wanted.contains(*key)).collect();
    assert!(unused.is_empty(), "nobody asks for them: {unused:?}");
}

/// The text with those that it is made of in it.
fn whole(text: &str, messages: &BTreeMap<String, String>) -> String {
    messages.iter().fold(text.to_owned(), |text, (key, part)| text.replace(&format!("{{ {key} }}"), part))
}

#[test]
fn every_text_is_whole_with_its_values_in_it() {
    for language in Language::ALL {
        let (words, messages) = (Words::new(language), messages(language));
        for (key, text) in &messages {
            let names = variables(&whole(text, &messages));
            let values: Vec<_> = names.iter().map(|name| (name.as_str(), Value::Number(7))).collect();
            let shown = words.with(key, &values);
            assert!(!shown.trim().is_empty() && shown != *key, "{} {key}: {shown:?}", language.tag());
            assert!(!shown.contains(['{', '}', '$', '\n']) && !shown.contains("  "), "{key}: {shown:?}");
            assert!(names.is_empty() || shown.contains('7'), "{key} leaves its value out: {shown:?}");
            assert_eq!(shown.trim(), shown, "{key}");
        }
    }
}

#[test]
fn spanish_questions_and_exclamations_begin_as_they_end() {
    for (key, text) in messages(Language::Spanish) {
        for (opens, closes) in [('¿', '?'), ('¡', '!'), ('«', '»'), ('(', ')')] {
            let count = |mark| text.chars().filter(|c| *c == mark).count();
            assert_eq!(count(opens), count(closes), "{key}: {text}");
        }
    }
    for (key, text) in messages(Language::English) {
        assert!(!text.contains(['¿', '¡', '«']), "{key}: {text}");
    }
}

#[test]
fn numbers_are_counted_as_people_count() {
    let count = |language, key: &str, values: &[(&str, i64)]| {
        let values: Vec<_> = values.iter().map(|(name, number)| (*name, Value::Number(*number))).collect();
        Words::new(language).with(key, &values)
    };
    let (en, es) = (Language::English, Language::Spanish);
    for (shown, all, english, spanish) in [
        (0, 0, "0 of 0 people", "0 de 0 personas"),
        (0, 1, "0 of 1 person", "0 de 1 persona"),
        (1, 1, "1 of 1 person", "1 de 1 persona"),
        (1, 2, "1 of 2 people", "1 de 2 personas"),
        (2, 1234, "2 of 1,234 people", "2 de 1234 personas"),
        (999, 10_000, "999 of 10,000 people", "999 de 10.000 personas"),
        (100_000, 1_234_567, "100,000 of 1,234,567 people", "100.000 de 1.234.567 personas"),
    ] {
        assert_eq!(count(en, "people-count", &[("shown", shown), ("all", all)]), english);
        assert_eq!(count(es, "people-count", &[("shown", shown), ("all", all)]), spanish);
    }
    for (number, english, spanish) in
        [(0, "0 faces", "0 rostros"), (1, "One face", "Un rostro"), (2, "2 faces", "2 rostros")]
    {
        assert_eq!(count(en, "figures-several", &[("count", number)]), english);
        assert_eq!(count(es, "figures-several", &[("count", number)]), spanish);
    }
    assert_eq!(count(en, "review-pictures", &[("count", 1)]), "One good picture of your face");
    assert_eq!(count(es, "review-pictures", &[("count", 3)]), "3 buenas fotos de su rostro");
    assert_eq!(count(en, "patience-times", &[("times", 1)]), "As usual");
    assert_eq!(count(en, "patience-times", &[("times", 2)]), "Twice as much");
    assert_eq!(count(es, "patience-times", &[("times", 2)]), "El doble");
    assert_eq!(count(es, "patience-times", &[("times", 5)]), "5 veces el habitual");
}

#[test]
fn the_point_of_a_decimal_is_not_that_between_thousands() {
    let [english, spanish] = Language::ALL.map(Words::new);
    assert_eq!((english.decimal(0.5), english.decimal(1.074)), ("0.50".into(), "1.07".into()));
    assert_eq!((spanish.decimal(0.5), spanish.decimal(1.074)), ("0,50".into(), "1,07".into()));
}

#[test]
fn days_and_times_are_written_as_people_write_them() {
    let time = date(2026, 11, 3).at(9, 5, 59, 0);
    let [english, spanish] = Language::ALL.map(Words::new);
    assert_eq!((spanish.day(&time), spanish.clock(&time)), ("martes, 3 de noviembre".into(), "09:05".into()));
    assert_eq!(spanish.moment(&time), "3 de noviembre de 2026, 09:05");
    assert_eq!(spanish.moment_in_short(&time), "3 nov 2026, 09:05");
    assert_eq!(english.moment_in_short(&time), "3 Nov 2026, 09:05");
    assert!(english.day(&time).contains("Tuesday") && english.day(&time).contains("November"));
    assert!(english.moment(&time).contains("2026") && english.moment(&time).ends_with("09:05"));
    assert_eq!(
        (english.countdown(0), english.countdown(61), english.countdown(600)),
        ("0:00".into(), "1:01".into(), "10:00".into())
    );
}
