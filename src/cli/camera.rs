//! `mirilla camera`: which cameras are there, and how one of them is doing, for whoever sets a kiosk up.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::output::{Answer, Failure};
use crate::camera::webcam::{self, CameraId};
use crate::camera::{CameraPhase, CameraStatus, Slot, Trouble};
use crate::clock::Clock;
use crate::worker::{CameraLease, CameraWatch};

/// How often the status is looked at while nothing is told.
const LOOK: Duration = Duration::from_millis(200);

#[derive(Subcommand)]
pub(super) enum Command {
    /// List the cameras that are plugged in.
    #[command(after_help = "\
Example:
  mirilla camera list

The first one is used where no other is named. Its identifier stays the same after a reboot.")]
    List,
    /// Watch a camera: a line for each change, then a summary.
    #[command(after_help = "\
Example:
  mirilla camera watch --seconds 60

With --json each line is an object; the last one has the outcome. Exit code 3 unless pictures come at the end.")]
    Watch(WatchArguments),
}

#[derive(Args)]
pub(super) struct WatchArguments {
    /// For how long.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    seconds: u32,
    /// Which camera, by the identifier that `mirilla camera list` shows [default: the first].
    #[arg(long, value_name = "ID")]
    camera: Option<String>,
}

pub(super) fn run(command: &Command, json: bool, clock: Clock) -> Result<Answer, Failure> {
    match command {
        Command::List => list(),
        Command::Watch(arguments) => watch(arguments, json, clock),
    }
}

fn list() -> Result<Answer, Failure> {
    let cameras = webcam::list()?;
    let text = if cameras.is_empty() {
        "No camera found. Plug one in, and see whether this user is in the group \"video\"; mirilla doctor tells more."
            .into()
    } else {
        let made = |camera: &webcam::CameraInfo| {
            if camera.id.is_virtual() { " (made by a program: used only where it is chosen)" } else { "" }
        };
        let line = |camera: &webcam::CameraInfo| format!("{}  {}{}", camera.id, camera.name, made(camera));
        cameras.iter().map(line).collect::<Vec<_>>().join("\n")
    };
    let list: Vec<Value> =
        cameras.iter().map(|camera| json!({"id": camera.id.to_string(), "name": camera.name})).collect();
    Ok(Answer::yes(json!({"outcome": "listed", "cameras": list}), text))
}

fn watch(arguments: &WatchArguments, json: bool, clock: Clock) -> Result<Answer, Failure> {
    let wanted = arguments.camera.clone().map(CameraId);
    let began = clock.elapsed();
    let mut first_frame = None;
    let mut told = None;
    let status = follow(wanted, CameraLease::default(), clock, |status| {
        let at = clock.elapsed() - began;
        if status.frames > 0 {
            first_frame.get_or_insert(at);
        }
        let news = (status.phase, status.source.clone());
        if told.as_ref() != Some(&news) {
            told = Some(news);
            // Whoever reads has gone away: nobody is left to watch for.
            if tell(at, status, json).is_err() {
                return false;
            }
        }
        at < Duration::from_secs(arguments.seconds.into())
    })?;
    let mut object = status_json(&status);
    object["outcome"] = "watched".into();
    object["first_frame_ms"] = first_frame.map(|at| at.as_millis() as u64).into();
    let text = format!(
        "{} pictures, {} that could not be used, {:.1} a second of late; {}",
        status.frames,
        status.bad_frames,
        status.fps,
        in_words(&status)
    );
    Ok(match status.phase {
        CameraPhase::Live => Answer::yes(object, text),
        phase => {
            object["outcome"] = "not_well".into();
            object["reason"] = format!("camera_{}", code(phase)).into();
            Answer::machine(object, text)
        }
    })
}

/// Keeps a camera on as long as `go_on` says so, which sees its status again and again; the last status.
pub(super) fn follow(
    wanted: Option<CameraId>,
    lease: CameraLease,
    clock: Clock,
    mut go_on: impl FnMut(&CameraStatus) -> bool,
) -> Result<CameraStatus, Failure> {
    let news = Slot::default();
    let tell = news.clone();
    let wake = Arc::new(move || {
        tell.put(());
    });
    let watch = CameraWatch::alone(Arc::new(move || webcam::open(wanted.as_ref())), lease, clock, wake)?;
    loop {
        news.take(LOOK);
        let status = watch.status();
        if !go_on(&status) {
            return Ok(status);
        }
    }
}

fn tell(at: Duration, status: &CameraStatus, json: bool) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    if json {
        let mut object = status_json(status);
        object["at_ms"] = (at.as_millis() as u64).into();
        writeln!(out, "{object}")?;
    } else {
        writeln!(out, "{:>7.1} s  {}", at.as_secs_f32(), in_words(status))?;
    }
    out.flush()
}

fn status_json(status: &CameraStatus) -> Value {
    json!({
        "phase": code(status.phase),
        "source": status.source,
        "frames": status.frames,
        "bad_frames": status.bad_frames,
        "fps": super::output::rounded(status.fps, 1),
        "detail": status.detail,
    })
}

fn code(phase: CameraPhase) -> &'static str {
    match phase {
        CameraPhase::Opening => "opening",
        CameraPhase::Live => "live",
        CameraPhase::Trouble(trouble) => trouble.code(),
    }
}

/// "live: Integrated Camera, MJPEG 1280x720"; of a trouble the sentence that names it.
fn in_words(status: &CameraStatus) -> String {
    let word = code(status.phase).replace('_', " ");
    match (status.phase, &status.source, &status.detail) {
        (CameraPhase::Trouble(_), _, Some(detail)) => detail.clone(),
        (CameraPhase::Opening | CameraPhase::Live, Some(source), _) => format!("{word}: {source}"),
        _ => word,
    }
}

/// The key of what a technician does about a trouble; `None` where nothing is to be done on a machine that may do without.
pub(super) fn remedy(trouble: Trouble) -> Option<&'static str> {
    match trouble {
        Trouble::NoneFound | Trouble::InUse => None,
        Trouble::NoPermission => Some("doctor-camera-no-permission-try"),
        Trouble::Unplugged => Some("doctor-camera-unplugged-try"),
        Trouble::Frozen => Some("doctor-camera-frozen-try"),
        Trouble::Black => Some("doctor-camera-black-try"),
        Trouble::Failing => Some("doctor-camera-failing-try"),
    }
}
