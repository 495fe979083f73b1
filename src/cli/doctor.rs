//! `mirilla doctor`: what is well and what is not. Looks, and changes nothing.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use super::output::Answer;
use crate::biometrics::comparison::compare;
use crate::biometrics::{Embedding, Pipeline, Template, UserId};
use crate::camera::{CameraPhase, CameraStatus, Trouble, webcam};
use crate::clock::Clock;
use crate::config::Config;
use crate::demo::{self, Portrait};
use crate::models::sface::NETWORK_ID;
use crate::session::{Capture, Policy};
use crate::settings::{Settings, SettingsError};
use crate::store::data_dir::{self, Others};
use crate::store::{SqliteStore, Store};
use crate::token::TokenKey;
use crate::worker::CameraLease;

/// One thing looked at: what was found, and what to do where it is not well.
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) found: String,
    pub(super) remedy: Option<String>,
}

impl Check {
    fn well(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, found: found.into(), remedy: None }
    }

    fn unwell(name: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { name, found: found.into(), remedy: Some(remedy.into()) }
    }
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
    vec![
        data_dir_check(config),
        settings_file(config),
        database(config),
        token_key(config),
        networks(config, &settings.applied_to(&config.policy), clock),
        decisions(config, &settings.applied_to(&config.policy)),
        cpu(),
        match looked {
            Looked::Machine => camera(settings.camera.as_deref(), None, clock),
            Looked::Kiosk(lease) => camera(settings.camera.as_deref(), Some(lease), clock),
            Looked::Playback => Check::well(CAMERA, "played portraits, as it is in the demo"),
        },
        wall_clock(clock),
    ]
}

pub(super) fn run(config: &Config, clock: Clock) -> Answer {
    let kept = Settings::load(&config.settings_path()).unwrap_or_default(); // what is wrong with it is a check
    let checks = checks(config, &config.overrides.over(&kept), Looked::Machine, clock);
    let well = checks.iter().all(|check| check.remedy.is_none());
    let mut text = String::new();
    for check in &checks {
        let mark = if check.remedy.is_none() { "well" } else { "NOT WELL" };
        text += &format!("{:<14} {mark}: {}\n", check.name, check.found);
        if let Some(remedy) = &check.remedy {
            text += &format!("{:<14} what to do: {remedy}\n", "");
        }
    }
    text += if well { "All is well." } else { "Something is not well." };
    let list: Vec<_> = checks
        .iter()
        .map(|check| json!({"name": check.name, "well": check.remedy.is_none(), "found": check.found, "remedy": check.remedy}))
        .collect();
    let json = json!({"outcome": if well { "well" } else { "not_well" }, "checks": list});
    if well { Answer::yes(json, text) } else { Answer::machine(json, text) }
}

fn data_dir_check(config: &Config) -> Check {
    const NAME: &str = "data directory";
    let path = &config.data_dir;
    let shown = path.display();
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let parent = path.ancestors().find(|ancestor| ancestor.exists());
            match parent.map(tempfile::tempfile_in) {
                Some(Ok(_)) => Check::well(NAME, format!("{shown}, made at the first enrollment")),
                _ => Check::unwell(
                    NAME,
                    format!("{shown} is not there and cannot be made"),
                    "give another with --data-dir",
                ),
            }
        }
        Err(error) => {
            Check::unwell(NAME, format!("{shown}: {error}"), "give another with --data-dir, or mend its permissions")
        }
        Ok(found) if !found.is_dir() => {
            Check::unwell(NAME, format!("{shown} is a file"), "give another with --data-dir")
        }
        Ok(_) if data_dir::others_may(path) == Some(Others::Write) => Check::unwell(
            NAME,
            format!("{shown} can be changed by other users of this machine"),
            format!("chmod 700 '{shown}'"),
        ),
        // Whether files can be made is told by making one; it has no name that could clash, and is gone at once.
        Ok(_) => match tempfile::tempfile_in(path) {
            Ok(_) => Check::well(NAME, shown.to_string()),
            Err(error) => Check::unwell(
                NAME,
                format!("{shown} cannot be written: {error}"),
                "mend its permissions, or give another with --data-dir",
            ),
        },
    }
}

fn settings_file(config: &Config) -> Check {
    const NAME: &str = "settings";
    let path = config.settings_path();
    match Settings::load(&path) {
        Ok(_) if path.exists() => Check::well(NAME, "understood"),
        Ok(_) => Check::well(NAME, "as delivered"),
        Err(SettingsError::NotUnderstood { path, detail }) => {
            let remedy = format!("correct it, or move the file away ({})", path.display());
            Check::unwell(NAME, format!("not understood: {detail}"), remedy)
        }
        Err(error) => Check::unwell(NAME, error.to_string(), "mend the permissions of the data directory"),
    }
}

fn database(config: &Config) -> Check {
    const NAME: &str = "database";
    let path = config.database_path();
    match path.try_exists() {
        Ok(true) => {}
        Ok(false) => return Check::well(NAME, "none yet, made at the first enrollment"),
        Err(error) => return Check::unwell(NAME, error.to_string(), "mend the permissions of the data directory"),
    }
    if is_open(&path) {
        let remedy = format!("chmod 600 '{}'", path.display());
        return Check::unwell(NAME, "open to other users of this machine", remedy);
    }
    let looked_at = SqliteStore::inspect(&path).and_then(|store| {
        store.check()?;
        if !store.is_current()? {
            return Ok(None);
        }
        let (users, passed_over) = (store.users()?, store.each_reference(NETWORK_ID, &mut |_, _| ())?);
        Ok(Some((store.schema_version()?, users.len(), passed_over.outdated + passed_over.damaged)))
    });
    match looked_at {
        Ok(None) => Check::well(NAME, "empty, or of an earlier version: migrated at the next start"),
        Ok(Some((schema, users, 0))) => Check::well(NAME, format!("whole, schema {schema}, {users} enrolled")),
        Ok(Some((schema, users, outdated))) => Check::unwell(
            NAME,
            format!(
                "whole, schema {schema}, {users} enrolled, {outdated} of them with another network or a damaged template: they are not recognized"
            ),
            "enroll them again: mirilla enroll --renew --email ... PHOTO PHOTO PHOTO",
        ),
        Err(error) => Check::unwell(NAME, error.to_string(), "mend what the message names; nothing was changed"),
    }
}

fn token_key(config: &Config) -> Check {
    const NAME: &str = "token key";
    let path = config.token_key_path();
    match std::fs::read(&path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Check::well(NAME, "none yet, made at the first start")
        }
        Err(error) => Check::unwell(NAME, error.to_string(), format!("mend the permissions of {}", path.display())),
        Ok(text) if TokenKey::parse(&text).is_none() => Check::unwell(
            NAME,
            "the file holds no key",
            format!("move {} away: a new key is made, and all sessions end", path.display()),
        ),
        Ok(_) if is_open(&path) => Check::unwell(
            NAME,
            "open to other users of this machine: they can sign in as anybody",
            format!("rm '{0}': a new key is made, and all sessions end", path.display()),
        ),
        Ok(_) => Check::well(NAME, "256 bits, for its owner only"),
    }
}

/// Whether others than the owner may read or change the file.
fn is_open(path: &Path) -> bool {
    data_dir::others_may(path).is_some_and(|others| others != Others::Nothing)
}

/// The networks are tried on bundled portraits: two pictures of one person, one of another.
fn networks(config: &Config, policy: &Policy, clock: Clock) -> Check {
    const NAME: &str = "networks";
    const REMEDY: &str = "install the program again: the file is damaged";
    let begin = clock.elapsed();
    let mut pipeline = match Pipeline::load(config.quality_limits) {
        Ok(pipeline) => pipeline,
        Err(error) => return Check::unwell(NAME, error.to_string(), REMEDY),
    };
    let loaded = clock.elapsed() - begin;
    let begin = clock.elapsed();
    let mut seen = |portrait: &Portrait| -> Option<Embedding> {
        let observation = pipeline.observe(&portrait.shot().ok()?.photo).ok()?;
        Capture::from_observation(&observation).ok().map(|capture| capture.embedding)
    };
    let (Some(one), Some(same), Some(other)) = (seen(&demo::OBAMA), seen(&demo::OBAMA_LATER), seen(&demo::BIDEN))
    else {
        return Check::unwell(NAME, "a bundled portrait is not seen as a face", REMEDY);
    };
    let each = (clock.elapsed() - begin) / 3;
    let (mated, non_mated) = (compare(&one, &same).0, compare(&one, &other).0);
    let threshold = policy.threshold(2);
    let found = format!(
        "{NETWORK_ID}, loaded in {} ms, {} ms a photo; two pictures of one person score {mated:.2}, of two people {non_mated:.2}, threshold {:.2}",
        loaded.as_millis(),
        each.as_millis(),
        threshold
    );
    if mated >= threshold && non_mated < threshold {
        Check::well(NAME, found)
    } else {
        Check::unwell(NAME, found, REMEDY)
    }
}

/// What the threshold promises with the people enrolled, and what no threshold cures.
fn decisions(config: &Config, policy: &Policy) -> Check {
    const NAME: &str = "decisions";
    let mut people: Vec<(UserId, Template)> = vec![];
    if config.database_path().exists() {
        let read = SqliteStore::inspect(&config.database_path()).and_then(|store| {
            let mut add = |user, template: Template| people.push((user, template));
            if store.is_current()? { store.each_reference(NETWORK_ID, &mut add).map(|_| ()) } else { Ok(()) }
        });
        if read.is_err() {
            // What is wrong with it is told by the database's own check.
            return Check::well(NAME, "not told: the database cannot be read");
        }
    }
    let (enrolled, threshold) = (people.len(), policy.threshold(people.len()));
    let alike = look_alikes(&people, threshold);
    let found = format!(
        "{enrolled} enrolled: threshold {threshold:.2}; about one stranger in {} is taken for somebody; about one enrolled person in {} must try again; pairs of people who look alike: {alike}",
        policy.false_accept_one_in,
        policy.false_reject_one_in(enrolled),
    );
    Check::well(NAME, found)
}

/// Pairs of people whose templates are as close as one person's frames must be.
fn look_alikes(people: &[(UserId, Template)], threshold: f32) -> usize {
    let alike = |(i, (user, template)): (usize, &(UserId, Template))| {
        let others = people[i + 1..].iter().filter(|(other, _)| other != user);
        others.filter(|(_, other)| compare(template.embedding(), other.embedding()).0 >= threshold).count()
    };
    people.iter().enumerate().map(alike).sum()
}

fn cpu() -> Check {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let plural = if cores == 1 { "" } else { "s" };
    Check::well("processor", format!("{cores} core{plural}, {}, vectors: {}", std::env::consts::ARCH, vectors()))
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
        Err(error) => return Check::unwell(NAME, error.to_string(), "restart the machine"),
    };
    let first = match chosen {
        None => match cameras.first() {
            Some(first) => first,
            None if kiosk.is_some() => {
                return Check::unwell(NAME, "none found", "plug one in, and see whether its cable is firm");
            }
            None => return Check::well(NAME, "none found; photographs work without, for the kiosk plug one in"),
        },
        Some(chosen) => match cameras.iter().find(|camera| camera.id.to_string() == chosen) {
            Some(found) => found,
            None => {
                let found = format!("the chosen one ({chosen}) is not there; {} others are", cameras.len());
                return Check::unwell(NAME, found, "plug it in, or choose another on the operator's page Camera");
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
        return Check::unwell(NAME, "the system gives no threads", "restart the machine");
    };
    let others = match cameras.len() - 1 {
        0 => String::new(),
        count => format!("; {count} more, see mirilla camera list"),
    };
    let name = source.unwrap_or_else(|| first.name.clone());
    let detail = detail.unwrap_or_default();
    match phase {
        CameraPhase::Live => Check::well(NAME, format!("{name}, {fps:.0} pictures a second{others}")),
        CameraPhase::Opening => Check::unwell(
            NAME,
            format!("{name} is slow: no picture after {} s{others}", PATIENCE.as_secs()),
            "unplug the camera and plug it in again",
        ),
        CameraPhase::Trouble(Trouble::InUse) if for_kiosk => {
            Check::unwell(NAME, format!("{name} is in use by another program{others}"), "end that program")
        }
        CameraPhase::Trouble(Trouble::InUse) => Check::well(
            NAME,
            format!("{name} is in use by another program: as it should be if that is the kiosk{others}"),
        ),
        CameraPhase::Trouble(trouble) => {
            let found = format!("{name}: {detail}{others}");
            match super::camera::remedy(trouble) {
                Some(remedy) => Check::unwell(NAME, found, remedy),
                None if for_kiosk => Check::unwell(NAME, found, "plug a camera in"),
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
    let plausible = Timestamp::from_second(1_767_225_600).is_ok_and(|start_of_2026| now >= start_of_2026);
    if plausible {
        Check::well(NAME, now.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
    } else {
        Check::unwell(NAME, format!("{now} is in the past"), "set the clock, or sessions end at the wrong time")
    }
}
