//! The house as ARCHITECTURE.md draws it, held against the sources: who imports whom, who alone uses what.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A source file without its unit tests and comments.
struct Source {
    /// Relative to `src`, with forward slashes.
    name: String,
    code: String,
    lines: usize,
}

impl Source {
    /// The first room of the file's path: "store" for `store/sqlite.rs`.
    fn module(&self) -> &str {
        self.name.split('/').next().unwrap().trim_end_matches(".rs")
    }

    /// The modules of ours that the code names: "camera::Frame" for `use crate::camera::{Frame, Slot}` gives
    /// both items.
    fn imports(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for path in self.code.split("crate::").skip(1) {
            let end = path.find(';').unwrap_or(path.len());
            let module: String = path.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let rest = path[module.len()..end].trim_start_matches("::");
            match rest.strip_prefix('{') {
                Some(group) => {
                    let group = group.split('}').next().unwrap();
                    found.extend(
                        group
                            .split(',')
                            .map(|item| format!("{module}::{}", item.trim()))
                            .filter(|item| !item.ends_with("::")),
                    );
                }
                None => {
                    let item: String =
                        rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_' || *c == ':').collect();
                    found.insert(format!("{module}::{}", item.trim_end_matches(':')));
                }
            }
        }
        found
    }
}

fn sources() -> Vec<Source> {
    let mut folders = vec![root().join("src")];
    let mut sources = vec![];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with("tests") {
                continue; // unit tests that fill a folder
            }
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
                sources.push(source(&path));
            }
        }
    }
    assert!(sources.len() > 30, "only {} sources found", sources.len());
    sources
}

fn source(path: &PathBuf) -> Source {
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines().count();
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let code = code.lines().map(|line| line.split("//").next().unwrap()).collect::<Vec<_>>().join("\n");
    let name = path.strip_prefix(root().join("src")).unwrap().to_str().unwrap().replace('\\', "/");
    Source { name, code, lines }
}

/// What each module may use of ours: a module, or one item of it.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("geometry", &[]),
    ("error", &[]),
    ("person", &[]),
    ("clock", &[]),
    ("camera", &["geometry", "error"]),
    ("models", &["error"]),
    ("biometrics", &["camera::Frame", "geometry", "models", "error"]),
    ("session", &["biometrics", "camera::Trouble", "geometry", "person"]),
    ("keys", &["error", "person"]),
    ("store", &["biometrics", "person", "error", "keys"]),
    ("token", &["error"]),
    ("config", &["biometrics", "keys", "session", "settings"]),
    ("settings", &["session"]),
    ("selftest", &["biometrics", "camera", "eval::Proportion", "session"]),
    ("demo", &["camera", "error"]),
    ("worker", &["biometrics", "camera", "clock", "error"]),
    (
        "desk",
        &[
            "biometrics",
            "clock",
            "config",
            "error",
            "keys",
            "models::sface::NETWORK_ID",
            "person",
            "session",
            "store",
            "token",
        ],
    ),
    (
        "app",
        &[
            "biometrics",
            "camera",
            "clock",
            "config",
            "desk",
            "error",
            "person",
            "selftest",
            "session",
            "settings",
            "store",
            "worker",
        ],
    ),
    ("bench", &["biometrics", "camera", "clock", "demo", "error", "geometry", "models", "session"]),
    ("eval", &["biometrics"]),
    ("simulation", &["biometrics", "camera", "demo", "error", "geometry", "session"]),
    (
        "cli",
        &[
            "app",
            "bench",
            "biometrics",
            "camera",
            "clock",
            "config",
            "demo",
            "desk",
            "error",
            "eval",
            "keys",
            "models",
            "person",
            "selftest",
            "session",
            "settings",
            "simulation",
            "store",
            "token",
            "ui",
            "window",
            "worker",
        ],
    ),
    (
        "ui",
        &["biometrics", "camera::Trouble", "eval::Proportion", "geometry", "person", "selftest", "session", "settings"],
    ),
    (
        "window",
        &[
            "app",
            "biometrics",
            "camera",
            "clock",
            "config",
            "desk",
            "person",
            "selftest",
            "session",
            "settings",
            "store::LoggedEvent",
            "ui",
            "worker",
        ],
    ),
    ("lib", &[]),
    ("main", &[]),
];

#[test]
fn every_module_imports_what_it_may_and_no_more() {
    for source in sources() {
        let module = source.module();
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == module) else {
            panic!("src/{} belongs to no module of the table", source.name);
        };
        for import in source.imports() {
            let own = import.split("::").next() == Some(module);
            let fits = |allowed: &&str| import == **allowed || import.starts_with(&format!("{allowed}::"));
            assert!(own || allowed.iter().any(fits), "src/{} uses {import}", source.name);
        }
    }
}

#[test]
fn the_table_in_the_document_is_the_one_that_is_held() {
    let document = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for (module, allowed) in MAY_IMPORT.iter().filter(|(module, _)| !["lib", "main"].contains(module)) {
        let row = document.lines().find(|line| line.starts_with(&format!("| {module} |")));
        let row = row.unwrap_or_else(|| panic!("ARCHITECTURE.md has no row for {module}"));
        let told: BTreeSet<&str> =
            row.split('|').nth(2).unwrap().split(',').map(str::trim).filter(|cell| *cell != "nothing").collect();
        assert_eq!(told, allowed.iter().copied().collect(), "row of {module}");
    }
}

/// (what only it may use, the files that may, starting with)
const SOLE_USERS: &[(&str, &[&str])] = &[
    ("candle_core", &["models/"]),
    ("pulp::", &["models/kernels/"]),
    ("bytemuck", &["models/"]),
    ("safetensors::", &["models/"]),
    ("unsafe ", &["models/kernels/"]),
    ("rusqlite", &["store/sqlite"]),
    ("jsonwebtoken", &["token.rs"]),
    ("clap::", &["cli/"]),
    ("directories::", &["config.rs"]),
    ("Instant::now", &["clock.rs"]),
    ("SystemTime::now", &["clock.rs"]),
    ("Timestamp::now", &["clock.rs"]),
    ("clock_gettime", &["clock.rs"]),
    ("thread::Builder", &["worker.rs", "keys/keyring.rs"]),
    ("thread::spawn", &[]),
    ("thread::sleep", &["camera/playback.rs", "store/lock.rs"]),
    ("email_address::", &["person.rs"]),
    ("image::", &["bench/picture.rs", "camera/photo.rs", "eval/plots.rs", "simulation/stage.rs", "window/tour.rs"]),
    ("plotters::", &["eval/plots.rs"]),
    ("indicatif::", &["cli/eval/"]),
    ("rayon::", &["eval/", "cli/eval"]),
    ("fastrand::", &["cli/eval/", "eval/", "simulation/"]),
    ("sha2::", &["eval/", "cli/eval/", "keys/", "settings/", "store/", "token.rs"]),
    ("egui::", &["ui/", "window/"]),
    ("eframe::", &["window/"]),
    ("fluent_bundle", &["ui/words.rs"]),
    ("toml::", &["settings.rs", "store/key_place.rs"]),
    ("sys_locale", &["window/"]),
    ("zune_jpeg", &["camera/pixels.rs"]),
    ("nokhwa::", &["camera/webcam/nokhwa.rs"]),
    ("v4l::", &["camera/webcam/v4l2.rs"]),
    ("catch_unwind(", &["worker.rs", "worker/watch.rs", "window/opening.rs"]),
    ("stdout()", &["cli/"]),
    ("\nstatic ", &[]),
    ("getrandom::fill", &["desk/signing.rs", "keys/"]),
    ("argon2::", &["keys/"]),
    ("keyring::v1", &["keys/keyring.rs"]),
    ("rpassword::", &["cli/secrets.rs"]),
    ("rustix::process", &["cli/secrets.rs"]),
    ("println!", &[]),
    ("process::exit", &[]),
    (".expect(", &[]),
    (".unwrap()", &[]),
    ("panic!", &[]),
    ("todo!", &[]),
];

#[test]
fn each_thing_has_its_only_user() {
    for source in sources() {
        for (thing, users) in SOLE_USERS {
            let allowed = users.iter().any(|user| source.name.starts_with(user));
            assert!(allowed || !source.code.contains(thing), "src/{} contains {thing:?}", source.name);
        }
    }
}

#[test]
fn the_session_needs_the_standard_library_alone() {
    let sources: Vec<Source> = sources().into_iter().filter(|source| source.module() == "session").collect();
    let source_names: Vec<&str> =
        sources.iter().filter_map(|source| source.name.strip_prefix("session/")?.strip_suffix(".rs")).collect();
    for source in &sources {
        for line in source.code.lines() {
            let Some(path) = line.trim().trim_start_matches("pub ").strip_prefix("use ") else { continue };
            let first = path.split("::").next().unwrap();
            // Serde's derive alone: strictness is a setting that is kept.
            let ours = ["crate", "super", "self", "std", "serde"];
            let own = source_names.contains(&first);
            assert!(own || ours.contains(&first), "src/{}: {line}", source.name);
            let idle = ["std::fs", "std::thread", "std::io", "std::net", "std::env", "std::process"];
            assert!(!idle.iter().any(|world| path.starts_with(world)), "src/{}: {line}", source.name);
        }
    }
}

#[test]
fn no_file_is_too_long_to_read() {
    for source in sources() {
        assert!(source.lines <= 500, "src/{} has {} lines", source.name, source.lines);
    }
}

#[test]
fn the_check_script_calls_the_readmes_test_command() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let check = std::fs::read_to_string(root().join(".ci/run")).unwrap();
    let commands: Vec<&str> = readme.lines().filter_map(|line| line.strip_prefix("    ")).collect();
    let (main_job, tests) = (commands[0], commands[1]);
    assert_eq!(main_job, "cargo run --release -- demo --headless");
    assert!(check.lines().any(|line| line.split_whitespace().next() == Some(tests)), ".ci/run does not call {tests}");
}

#[test]
fn every_kind_of_line_that_the_log_has_is_told_to_auditors() {
    let store = std::fs::read_to_string(root().join("src/store/mod.rs")).unwrap();
    let kinds = store.split("impl EventKind {").nth(1).and_then(|rest| rest.split("\n}\n").next()).unwrap();
    let told = std::fs::read_to_string(root().join("docs/KIOSK.md")).unwrap();
    let words: Vec<&str> = kinds.lines().filter_map(|line| line.split("=> \"").nth(1)?.split('"').next()).collect();
    assert!(words.len() >= 30, "{words:?}");
    for kind in words {
        assert!(told.contains(&format!("`{kind}`")), "docs/KIOSK.md does not tell what {kind} is");
    }
}

#[test]
fn every_command_of_the_readme_is_one() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let help = |arguments: &[&str]| {
        std::process::Command::new(env!("CARGO_BIN_EXE_mirilla"))
            .args(arguments)
            .arg("--help")
            .output()
            .unwrap()
            .status
            .success()
    };
    let mut seen = 0;
    for line in readme.lines().filter_map(|line| line.strip_prefix("    mirilla ")) {
        let words: Vec<&str> =
            line.split_whitespace().take_while(|word| word.chars().all(|c| c.is_ascii_lowercase())).collect();
        let known = (1..=words.len().min(2)).any(|count| help(&words[..count]));
        assert!(known, "mirilla {line}");
        seen += 1;
    }
    assert!(seen >= 8, "only {seen} commands found");
}
