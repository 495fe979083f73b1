//! `mirilla selftest`: what pictures get in at this site, measured step by step with people and attacks. The window leads
//! through the same by the same guide.

mod live;
mod report;
mod simulated;

use std::sync::Arc;

use clap::Args;
use serde_json::{Value, json};

use super::output::{Answer, Exit, Failure};
use super::secrets;
use crate::app::Eye;
use crate::camera::SourceOpener;
use crate::camera::webcam::{self, CameraId};
use crate::clock::Clock;
use crate::config::Config;
use crate::desk::Desk;
use crate::selftest::{Camera, Conditions, Guide, Kept, Plan};
use crate::session::{LivenessLevel, Policy};
use crate::settings::Settings;
use crate::store::Role;
use live::Lead;
use report::Report;

#[derive(Args)]
#[command(after_help = "\
Examples:
  mirilla selftest
  mirilla selftest --level 2
  mirilla selftest --status
  mirilla selftest --demo

Ten people sign in ten times each; then pictures of one of them are held before the camera: matt and glossy prints, bent, folded, with holes for the eyes, a telephone, a tablet that fills the view, a film of a turning head; 30 times each. What is to be done is told line by line; every step can be done again or left out, and the whole left and gone on with. All goes the way that visitors go, but nobody is enrolled, no session is opened, and nobody has to wait. Counts are kept, no pictures.

It holds as long as camera, networks, thresholds and program stay as they are. It is no certificate by ISO/IEC 30107-3.")]
pub(super) struct Arguments {
    /// The level that is measured: 1 look, 2 move [default: that of the kiosk].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=2))]
    level: Option<u8>,

    /// How many people sign in; fewer than 10 show nothing [default: 10].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    people: Option<u32>,

    /// How often each kind of attack is tried; less than 30 times shows nothing [default: 30].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    attempts: Option<u32>,

    /// The size of the kiosk's screen in pixels, to be told in the report.
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = screen)]
    screen: Option<[u32; 2]>,

    /// What was measured, and whether it still holds; nothing is measured.
    #[arg(long, conflicts_with_all = ["level", "people", "attempts", "screen"])]
    status: bool,

    /// Remove what was measured.
    #[arg(long, conflicts_with_all = ["level", "people", "attempts", "screen", "status"])]
    forget: bool,

    /// The whole by itself, with rendered heads and attacks in place of a camera: a simulation, which counts for nothing.
    #[arg(long, conflicts_with_all = ["screen", "status", "forget"])]
    demo: bool,
}

impl Arguments {
    /// Whether the operator is asked for the PIN.
    pub(super) fn opens_the_store(&self) -> bool {
        !self.demo && !self.status
    }
}

fn screen(text: &str) -> Result<[u32; 2], String> {
    let parsed = text.split_once('x').and_then(|(width, height)| Some([width.parse().ok()?, height.parse().ok()?]));
    let right = |side: &u32| (1..=100_000).contains(side);
    parsed.filter(|size| size.iter().all(right)).ok_or_else(|| "expected two numbers with an x between them".into())
}

pub(super) fn run(arguments: &Arguments, config: &Config, clock: Clock) -> Result<Answer, Failure> {
    if arguments.demo {
        return simulated::run(arguments, config);
    }
    if arguments.status {
        return status(config);
    }
    if arguments.forget {
        return forget(config, clock);
    }
    let settings = Settings::load(&config.settings_path())?;
    let level = level(arguments.level, &settings)?;
    // What can be wrong with the input is found before anything is opened, and what was counted before anybody sits down.
    let kept = Kept::load(&config.data_dir)?;
    // Which camera there is is told to the operator alone, and nothing is noted where there is none to measure with.
    let mut desk = Desk::open(config, clock)?;
    if let Some(no) = secrets::operator(&mut desk, config, Role::Operator)? {
        return Ok(no);
    }
    let camera = camera(&settings)?;
    // Counts decide who signs in by the face alone, as settings do.
    desk.note_settings(&["selftest".into()])?;
    drop(desk);
    let policy = super::policy(config)?;
    let holds = Conditions::of(camera, arguments.screen, level, &policy);
    let before = kept.test(level).cloned();
    let plan = plan(arguments, Plan::default());
    let (mut guide, anew) = Guide::new(plan, before.clone(), holds, clock.wall().as_second());
    if let Some(before) = before.filter(|_| anew) {
        report::tell(&format!("It begins anew: {}", report::in_words(level, &before, guide.test())));
    }
    let wanted = settings.camera.map(CameraId);
    let open: SourceOpener = Arc::new(move || webcam::open(wanted.as_ref()));
    let eye = Eye::load(config.quality_limits, open, None, clock, Arc::new(|| {}))?;
    let mut lead = Lead { eye, level, policy: &policy, clock };
    let stopped = live::run(&mut guide, &mut lead, &mut std::io::stdin().lock(), |guide| {
        Ok(Kept::keep(&config.data_dir, level, guide, clock.wall().as_second())?.1)
    })?;
    let report = Report::of(level, guide.test(), &guide.test().conditions);
    Ok(report.answer(if stopped { "stopped" } else { "measured" }))
}

/// The least that says something, or what is asked for.
fn plan(arguments: &Arguments, default: Plan) -> Plan {
    Plan {
        people: arguments.people.unwrap_or(default.people),
        attempts: arguments.attempts.unwrap_or(default.attempts),
        ..default
    }
}

/// The level that is meant.
fn level(given: Option<u8>, settings: &Settings) -> Result<LivenessLevel, Failure> {
    match given.and_then(LivenessLevel::numbered).unwrap_or(settings.liveness) {
        LivenessLevel::Off => Err(Failure::usage(
            "this kiosk looks for no signs of life, and every picture gets in: measure another level with --level 1 or --level 2",
        )),
        level => Ok(level.signs_of_life()),
    }
}

/// The kiosk's camera.
fn camera(settings: &Settings) -> Result<Camera, Failure> {
    let without = |what: String| {
        let message = format!(
            "{what}; a self-test measures what the kiosk's camera sees: plug it in (mirilla camera list shows which are there), or see how it goes without one by mirilla selftest --demo"
        );
        Failure::new(Exit::Machine, "camera", message)
    };
    let camera = known_camera(settings);
    let there = webcam::list()?;
    match &camera.id {
        None => Err(without("no camera was found".into())),
        Some(id) if !there.iter().any(|camera| camera.id.0 == *id) => {
            Err(without(format!("the camera {id} is not there")))
        }
        Some(_) => Ok(camera),
    }
}

/// The camera that the kiosk uses, as far as it is known while it is closed.
pub(super) fn known_camera(settings: &Settings) -> Camera {
    // One that cannot be asked for is told by whoever opens it.
    let first = || webcam::list().ok()?.into_iter().map(|camera| camera.id).find(|id| !id.is_virtual());
    Camera { id: settings.camera.clone().or_else(|| first().map(|id| id.0)), mode: None }
}

/// What holds now, as far as it is known while the camera is closed.
fn holds_now(settings: &Settings, level: LivenessLevel, policy: &Policy) -> Conditions {
    Conditions::of(known_camera(settings), None, level, policy)
}

fn status(config: &Config) -> Result<Answer, Failure> {
    let settings = Settings::load(&config.settings_path())?;
    let kept = Kept::load(&config.data_dir)?;
    let policy = settings.applied_to(&config.policy);
    let reports: Vec<Report> = [LivenessLevel::Passive, LivenessLevel::Active]
        .into_iter()
        .filter_map(|level| Some(Report::of(level, kept.test(level)?, &holds_now(&settings, level, &policy))))
        .collect();
    let levels: Vec<Value> = reports.iter().map(Report::json).collect();
    let json = json!({
        "outcome": "status", "level": settings.liveness.number(), "face_alone": settings.face_alone, "levels": levels,
    });
    let mut text: Vec<String> = reports.iter().map(Report::text).collect();
    if text.is_empty() {
        text.push("Nothing was measured here yet: mirilla selftest begins.".into());
    }
    Ok(Answer::yes(json, text.join("\n\n")))
}

fn forget(config: &Config, clock: Clock) -> Result<Answer, Failure> {
    let mut desk = Desk::open(config, clock)?;
    if let Some(no) = secrets::operator(&mut desk, config, Role::Operator)? {
        return Ok(no);
    }
    desk.note_settings(&["selftest".into()])?;
    let was_there = Kept::forget(&config.data_dir)?;
    let text = if was_there { "Forgotten: nothing was measured here." } else { "There was nothing to forget." };
    Ok(Answer::yes(json!({"outcome": "forgotten", "was_there": was_there}), text))
}
