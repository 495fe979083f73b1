//! `mirilla doctor`: what is well and what is not. Looks, and changes nothing.

mod people;
mod self_test;

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use super::output::Answer;
use crate::biometrics::comparison::compare;
use crate::biometrics::{Embedding, Pipeline};
use crate::camera::{CameraPhase, CameraStatus, Trouble, webcam};
use crate::clock::Clock;
use crate::config::Config;
use crate::demo::{self, Portrait};
use crate::desk::{self, Waits};
use crate::error::StoreError;
use crate::keys::KeySource;
use crate::models::sface::NETWORK_ID;
use crate::session::retention::NOT_BEFORE;
use crate::session::{Capture, Policy};
use crate::settings::{Language, Settings, SettingsError};
use crate::store::data_dir::{self, Others};
use crate::store::{self, EventKind, LoadedGallery, Role, SqliteStore, Store};
use crate::token::{TokenAlgorithm, TokenKey};
use crate::ui::{Message, Words};
use crate::worker::CameraLease;

/// One thing looked at: what was found, and what to do where it is not well. The command line says it in English, the
/// operator's page in its own language.
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) found: Message,
    /// What to do; none: it is well.
    pub(super) remedy: Option<Message>,
    /// It does what it should, and whoever answers for the machine ought to know this of it.
    pub(super) is_caution: bool,
}

impl Check {
    fn well(name: &'static str, found: impl Into<Message>) -> Self {
        Self { name, found: found.into(), remedy: None, is_caution: false }
    }

    fn caution(name: &'static str, found: impl Into<Message>) -> Self {
        Self { is_caution: true, ..Self::well(name, found) }
    }

    fn unwell(name: &'static str, found: impl Into<Message>, remedy: impl Into<Message>) -> Self {
        Self { remedy: Some(remedy.into()), ..Self::well(name, found) }
    }
}

/// Where people are asked to move, whoever plugs in another camera is not to choose what the kiosk sees.
fn kept_to(settings: &Settings, camera: Check) -> Check {
    if settings.liveness.is_active() && settings.camera.is_none() && camera.remedy.is_none() {
        return Check::unwell(CAMERA, "doctor-camera-not-kept", "doctor-camera-not-kept-try");
    }
    camera
}

/// A command that mends it.
fn run_this(command: String) -> Message {
    Message::new("doctor-run").word("command", command)
}

/// A text about a file or a folder.
fn of(key: &'static str, path: &Path) -> Message {
    Message::new(key).word("path", path.display().to_string())
}

/// What is looked through.
pub(super) enum Looked {
    /// The camera that is chosen, or the first one, of a machine that may do without: photographs need none.
    Machine,
    /// The same of a kiosk, which may not, and which has the lease.
    Kiosk(CameraLease),
    /// The played one of the demo: there is nothing to look at.
    Playback,
}

/// Looks at everything, where these settings hold.
pub(super) fn checks(config: &Config, settings: &Settings, looked: Looked, clock: Clock) -> Vec<Check> {
    let (self_test, policy) = self_test::look(config, settings, &looked);
    let stored = stored(config, settings, &policy, clock);
    vec![
        data_dir_check(config),
        settings_file(config),
        database(config, &stored),
        store_key(config, &stored),
        token_key(config, &stored),
        networks(config, &policy, clock),
        people::decisions(&stored, &policy),
        people::sign_in(&stored, &policy),
        self_test,
        people::operator(&stored),
        people::guessing(&stored),
        people::retention(&stored, settings.keep_days),
        cpu(),
        match looked {
            Looked::Machine => kept_to(settings, camera(settings.camera.as_deref(), None, clock)),
            Looked::Kiosk(lease) => kept_to(settings, camera(settings.camera.as_deref(), Some(lease), clock)),
            Looked::Playback => Check::well(CAMERA, "doctor-camera-played"),
        },
        wall_clock(clock),
    ]
}

pub(super) fn run(config: &Config, clock: Clock) -> Answer {
    let kept = Settings::load(&config.settings_path()).unwrap_or_default(); // what is wrong with it is a check
    let checks = checks(config, &config.overrides.over(&kept), Looked::Machine, clock);
    let well = checks.iter().all(|check| check.remedy.is_none());
    let words = Words::new(Language::English);
    let mut text = String::new();
    for check in &checks {
        let mark = match check {
            Check { remedy: Some(_), .. } => "NOT WELL",
            Check { is_caution: true, .. } => "CAUTION",
            _ => "well",
        };
        text += &format!("{:<14} {mark}: {}\n", check.name, words.say(&check.found));
        if let Some(remedy) = &check.remedy {
            text += &format!("{:<14} what to do: {}\n", "", words.say(remedy));
        }
    }
    text += match (well, checks.iter().any(|check| check.is_caution)) {
        (true, false) => "All is well.",
        (true, true) => "All is well. Please note what is marked CAUTION.",
        (false, _) => "Something is not well.",
    };
    let list: Vec<_> = checks
        .iter()
        .map(|check| {
            let remedy = check.remedy.as_ref().map(|remedy| words.say(remedy));
            let (name, well, caution) = (check.name, remedy.is_none(), check.is_caution);
            json!({"name": name, "well": well, "caution": caution, "found": words.say(&check.found), "remedy": remedy})
        })
        .collect();
    let json = json!({"outcome": if well { "well" } else { "not_well" }, "checks": list});
    if well { Answer::yes(json, text) } else { Answer::machine(json, text) }
}

fn data_dir_check(config: &Config) -> Check {
    const NAME: &str = "data directory";
    let path = &config.data_dir;
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let parent = path.ancestors().find(|ancestor| ancestor.exists());
            match parent.map(tempfile::tempfile_in) {
                Some(Ok(_)) => Check::well(NAME, of("doctor-folder-new", path)),
                _ => Check::unwell(NAME, of("doctor-folder-lost", path), "doctor-folder-other-try"),
            }
        }
        Err(error) => Check::unwell(
            NAME,
            of("doctor-folder-error", path).word("detail", error.to_string()),
            "doctor-folder-permissions-try",
        ),
        Ok(found) if !found.is_dir() => Check::unwell(NAME, of("doctor-folder-file", path), "doctor-folder-other-try"),
        Ok(_) if data_dir::others_may(path) == Some(Others::Write) => {
            Check::unwell(NAME, of("doctor-folder-open", path), run_this(format!("chmod 700 '{}'", path.display())))
        }
        // Whether files can be made is told by making one; it has no name that could clash, and is gone at once.
        Ok(_) => match tempfile::tempfile_in(path) {
            Ok(_) => Check::well(NAME, Message::said(&path.display())),
            Err(error) => Check::unwell(
                NAME,
                of("doctor-folder-unwritable", path).word("detail", error.to_string()),
                "doctor-folder-permissions-try",
            ),
        },
    }
}

fn settings_file(config: &Config) -> Check {
    const NAME: &str = "settings";
    let path = config.settings_path();
    match Settings::load(&path) {
        Ok(_) if path.exists() => Check::well(NAME, "doctor-settings-understood"),
        Ok(_) => Check::well(NAME, "doctor-settings-delivered"),
        Err(SettingsError::NotUnderstood { path, detail }) => Check::unwell(
            NAME,
            Message::new("doctor-settings-strange").word("detail", detail),
            of("doctor-settings-strange-try", &path),
        ),
        Err(error) => Check::unwell(NAME, Message::said(&error), "doctor-permissions-try"),
    }
}

/// What is in the database.
enum Stored {
    /// There is none yet.
    Nothing,
    /// Of an earlier version.
    Older,
    /// This.
    Whole {
        schema: i64,
        users: usize,
        shut_out: usize,
        has_operator: bool,
        token_keys: usize,
        loaded: Box<LoadedGallery>,
        waits: Waits,
        overdue: usize,
        /// Who was removed because they had not come, and before how many days the last one was.
        expired: Option<(usize, i64)>,
    },
}

fn stored(config: &Config, settings: &Settings, policy: &Policy, clock: Clock) -> Result<Stored, StoreError> {
    let path = config.database_path();
    // Where it cannot be told whether there is one, that is told by trying.
    if matches!(path.try_exists(), Ok(false)) {
        return Ok(Stored::Nothing);
    }
    let store = SqliteStore::inspect_with(&path, &config.keys)?;
    store.check()?;
    if !store.is_current()? {
        return Ok(Stored::Older);
    }
    let (schema, users) = (store.schema_version()?, store.users()?.len());
    let (token_keys, loaded) = (store.token_keys()?.len(), Box::new(store.gallery(NETWORK_ID)?));
    let waits = desk::waits(&store, clock)?;
    let shut_out = store.count_shut_out(policy.wants_both())?;
    let has_operator = store.role_pin(Role::Operator)?.is_some();
    let overdue = desk::overdue(&store, clock, settings.keep_days)?.len();
    let removed = store.last_events(EventKind::Expired)?;
    let days_ago = |last: &Timestamp| clock.wall().duration_since(*last).as_hours().max(0) / 24;
    let expired = removed.values().max().map(|last| (removed.len(), days_ago(last)));
    Ok(Stored::Whole { schema, users, shut_out, has_operator, token_keys, loaded, waits, overdue, expired })
}

fn database(config: &Config, stored: &Result<Stored, StoreError>) -> Check {
    const NAME: &str = "database";
    let path = config.database_path();
    if let Err(error) = path.try_exists() {
        return Check::unwell(NAME, Message::said(&error), "doctor-permissions-try");
    }
    if is_open(&path) {
        return Check::unwell(NAME, "doctor-database-open", run_this(format!("chmod 600 '{}'", path.display())));
    }
    match stored {
        Ok(Stored::Nothing) => Check::well(NAME, "doctor-database-none"),
        Ok(Stored::Older) => Check::well(NAME, "doctor-database-older"),
        Ok(Stored::Whole { schema, users, loaded, .. }) => {
            let found = |key| Message::new(key).count("schema", *schema).count("users", *users);
            match loaded.passed_over.outdated + loaded.passed_over.damaged {
                0 => Check::well(NAME, found("doctor-database-whole")),
                outdated => Check::unwell(
                    NAME,
                    found("doctor-database-outdated").count("outdated", outdated),
                    run_this("mirilla enroll --renew --email ... PHOTO PHOTO PHOTO".into()),
                ),
            }
        }
        Err(error) => Check::unwell(NAME, Message::said(error), "doctor-database-error-try"),
    }
}

/// Where the key of the database is, and what that means to whoever loses the machine.
fn store_key(config: &Config, stored: &Result<Stored, StoreError>) -> Check {
    const NAME: &str = "store key";
    let path = config.database_path();
    if let Err(error @ StoreError::KeyLost { .. }) = stored {
        return Check::unwell(NAME, Message::said(error), "doctor-store-key-lost-try");
    }
    match store::key_source(&path) {
        Err(error) => Check::unwell(NAME, Message::said(&error), "doctor-store-key-error-try"),
        Ok(None) => Check::well(NAME, "doctor-store-key-none"),
        Ok(Some(KeySource::Passphrase)) => Check::well(NAME, "doctor-store-key-passphrase"),
        Ok(Some(KeySource::Keyring)) => Check::well(NAME, "doctor-store-key-keyring"),
        Ok(Some(KeySource::File)) => {
            let file = store::key_file(&path);
            if is_open(&file) {
                return Check::unwell(NAME, "doctor-store-key-open", run_this("mirilla store rekey".into()));
            }
            Check::caution(NAME, of("doctor-store-key-file", &file))
        }
    }
}

/// The keys that sign tokens are in the database; what an earlier version left beside it is told.
fn token_key(config: &Config, stored: &Result<Stored, StoreError>) -> Check {
    const NAME: &str = "token key";
    let path = config.token_key_path();
    let left = match std::fs::read(&path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => false,
        Err(error) => return Check::unwell(NAME, Message::said(&error), of("doctor-key-error-try", &path)),
        Ok(text) if TokenKey::parse(TokenAlgorithm::Hs256, &text).is_none() => {
            return Check::unwell(NAME, "doctor-key-damaged", of("doctor-key-damaged-try", &path));
        }
        Ok(_) => true,
    };
    match stored {
        Ok(Stored::Whole { .. }) if left => Check::unwell(NAME, "doctor-key-left", of("doctor-key-left-try", &path)),
        Ok(Stored::Whole { token_keys, .. }) => {
            Check::well(NAME, Message::new("doctor-key-well").count("count", *token_keys))
        }
        // What is wrong with the database is told by its own check.
        Err(_) => Check::well(NAME, "doctor-key-unknown"),
        Ok(Stored::Nothing | Stored::Older) => Check::well(NAME, "doctor-key-none"),
    }
}

/// Whether others than the owner may read or change the file.
fn is_open(path: &Path) -> bool {
    data_dir::others_may(path).is_some_and(|others| others != Others::Nothing)
}

/// The networks are tried on bundled portraits: two pictures of one person, one of another.
fn networks(config: &Config, policy: &Policy, clock: Clock) -> Check {
    const NAME: &str = "networks";
    const REMEDY: &str = "doctor-networks-damaged-try";
    let begin = clock.elapsed();
    let mut pipeline = match Pipeline::load(config.quality_limits) {
        Ok(pipeline) => pipeline,
        Err(error) => return Check::unwell(NAME, Message::said(&error), REMEDY),
    };
    let loaded = clock.elapsed() - begin;
    let begin = clock.elapsed();
    let mut seen = |portrait: &Portrait| -> Option<Embedding> {
        let observation = pipeline.observe(&portrait.shot().ok()?.photo, None).ok()?;
        Capture::from_observation(&observation).ok().map(|capture| capture.embedding)
    };
    let (Some(one), Some(same), Some(other)) = (seen(&demo::OBAMA), seen(&demo::OBAMA_LATER), seen(&demo::BIDEN))
    else {
        return Check::unwell(NAME, "doctor-networks-blind", REMEDY);
    };
    let each = (clock.elapsed() - begin) / 3;
    let (mated, non_mated) = (compare(&one, &same).0, compare(&one, &other).0);
    let threshold = policy.threshold(2);
    let found = Message::new("doctor-networks")
        .word("network", NETWORK_ID)
        .count("loaded", loaded.as_millis())
        .count("each", each.as_millis())
        .decimal("mated", mated)
        .decimal("strangers", non_mated)
        .decimal("threshold", threshold);
    if mated >= threshold && non_mated < threshold {
        Check::well(NAME, found)
    } else {
        Check::unwell(NAME, found, REMEDY)
    }
}

fn cpu() -> Check {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let found = Message::new("doctor-processor")
        .count("cores", cores)
        .word("kind", std::env::consts::ARCH)
        .word("vectors", vectors());
    Check::well("processor", found)
}

/// A camera is looked through for this long, so that a closed shutter is found too.
const LOOKED_THROUGH: Duration = Duration::from_millis(2000);
/// When nothing is known after this, it is told as it is.
const PATIENCE: Duration = Duration::from_secs(8);

const CAMERA: &str = "camera";

/// The chosen camera, or the first one, is opened for a moment: with the lease of the kiosk, where this is one.
fn camera(chosen: Option<&str>, kiosk: Option<CameraLease>, clock: Clock) -> Check {
    const NAME: &str = CAMERA;
    let cameras = match webcam::list() {
        Ok(cameras) => cameras,
        Err(error) => return Check::unwell(NAME, Message::said(&error), "doctor-restart-try"),
    };
    let first = match chosen {
        None => match cameras.first() {
            Some(first) => first,
            None if kiosk.is_some() => return Check::unwell(NAME, "doctor-camera-none", "doctor-camera-none-try"),
            None => return Check::well(NAME, "doctor-camera-none-needed"),
        },
        Some(chosen) => match cameras.iter().find(|camera| camera.id.to_string() == chosen) {
            Some(found) => found,
            None => {
                let found = Message::new("doctor-camera-lost").word("camera", chosen).count("others", cameras.len());
                return Check::unwell(NAME, found, "doctor-camera-lost-try");
            }
        },
    };
    let began = clock.elapsed();
    let mut live_since = None;
    let for_kiosk = kiosk.is_some();
    let followed = super::camera::follow(Some(first.id.clone()), kiosk.unwrap_or_default(), clock, |status| {
        let now = clock.elapsed();
        match status.phase {
            CameraPhase::Live => now - *live_since.get_or_insert(now) < LOOKED_THROUGH,
            CameraPhase::Opening => now - began < PATIENCE,
            CameraPhase::Trouble(_) => false,
        }
    });
    let Ok(CameraStatus { phase, source, fps, detail, .. }) = followed else {
        return Check::unwell(NAME, "doctor-no-threads", "doctor-restart-try");
    };
    let name = source.unwrap_or_else(|| first.name.clone());
    let found = |key| Message::new(key).word("camera", name).count("others", cameras.len() - 1);
    match phase {
        CameraPhase::Live => Check::well(NAME, found("doctor-camera-live").count("fps", fps.round() as i64)),
        CameraPhase::Opening => Check::unwell(
            NAME,
            found("doctor-camera-slow").count("seconds", PATIENCE.as_secs()),
            "doctor-camera-frozen-try",
        ),
        CameraPhase::Trouble(Trouble::InUse) if for_kiosk => {
            Check::unwell(NAME, found("doctor-camera-in-use"), "doctor-camera-in-use-try")
        }
        CameraPhase::Trouble(Trouble::InUse) => Check::well(NAME, found("doctor-camera-in-use-kiosk")),
        CameraPhase::Trouble(trouble) => {
            let found = found("doctor-camera-trouble").word("detail", detail.unwrap_or_default());
            match super::camera::remedy(trouble) {
                Some(remedy) => Check::unwell(NAME, found, remedy),
                None if for_kiosk => Check::unwell(NAME, found, "doctor-camera-none-try"),
                None => Check::well(NAME, found),
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
fn vectors() -> String {
    let features = [
        ("SSE2", true),
        ("AVX2", std::is_x86_feature_detected!("avx2")),
        ("FMA", std::is_x86_feature_detected!("fma")),
        ("F16C", std::is_x86_feature_detected!("f16c")),
        ("AVX-512F", std::is_x86_feature_detected!("avx512f")),
        ("AVX-512VNNI", std::is_x86_feature_detected!("avx512vnni")),
    ];
    features.iter().filter(|(_, there)| *there).map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

#[cfg(not(target_arch = "x86_64"))]
fn vectors() -> String {
    "those of the platform".into()
}

/// Tokens and the times of enrollments are only as good as the clock.
fn wall_clock(clock: Clock) -> Check {
    const NAME: &str = "clock";
    let now = clock.wall();
    let plausible = Timestamp::from_second(NOT_BEFORE).is_ok_and(|start_of_2026| now >= start_of_2026);
    if plausible {
        Check::well(NAME, Message::said(&now.strftime("%Y-%m-%d %H:%M:%S UTC")))
    } else {
        let found = Message::new("doctor-clock-past").word("time", now.to_string());
        Check::unwell(NAME, found, "doctor-clock-past-try")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::LivenessLevel;

    #[test]
    fn a_kiosk_that_asks_people_to_move_is_not_well_until_its_camera_is_chosen() {
        let told = |liveness, camera: Option<&str>, found| {
            let settings = Settings { liveness, camera: camera.map(Into::into), ..Settings::default() };
            kept_to(&settings, found).remedy
        };
        let well = || Check::well(CAMERA, "doctor-camera-played");
        assert_eq!(told(LivenessLevel::Passive, None, well()), None);
        assert_eq!(told(LivenessLevel::Active, Some("usb-1"), well()), None);
        assert!(told(LivenessLevel::Active, None, well()).is_some());
        assert!(told(LivenessLevel::ActiveWithPin, None, well()).is_some());
        let unwell = Check::unwell(CAMERA, "doctor-camera-none", "doctor-camera-no-permission-try");
        let other = told(LivenessLevel::Active, None, unwell);
        assert_eq!(other, Some("doctor-camera-no-permission-try".into()), "first things first");
    }
}
