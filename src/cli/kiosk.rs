//! `mirilla kiosk`: the window in front of a camera.

use std::path::Path;
use std::sync::Arc;

use clap::{ArgGroup, Args};
use serde_json::json;

use super::doctor::{self, Looked};
use super::output::{Answer, Failure};
use crate::camera::webcam::{self, CameraId};
use crate::clock::Clock;
use crate::config::Config;
use crate::settings::{Language, Overrides};
use crate::ui::{CameraView, HealthLine};
use crate::window::{self, Cameras, Doctor, Options};
use crate::worker::SourceOpener;

#[derive(Args, Default)]
#[command(group = ArgGroup::new("full").multiple(true).args(["kiosk", "print_unit"]))]
#[command(after_help = "\
Examples:
  mirilla kiosk
  mirilla kiosk --language es --windowed
  mirilla kiosk --kiosk --monitor 1
  mirilla kiosk --print-unit | sudo tee /etc/systemd/system/mirilla.service

Without --kiosk it is a window like others. With it, it fills the screen, has no frame, and is closed by an operator only: press and hold the clock, then Health.")]
pub(super) struct Arguments {
    /// The camera to use, as `mirilla camera list` names it [default: the operator's choice, else the first].
    #[arg(long, value_name = "CAMERA")]
    camera: Option<String>,

    /// The language that the kiosk speaks: en or es [default: the operator's choice, else the system's].
    #[arg(long, value_name = "LANGUAGE", value_parser = language)]
    language: Option<Language>,

    /// In a window of 1280x800 instead of as large as the screen.
    #[arg(long, conflicts_with_all = ["kiosk", "monitor"])]
    windowed: bool,

    /// Fills the screen; a visitor cannot close it.
    #[arg(long)]
    kiosk: bool,

    /// The screen to fill, counted from 0.
    #[arg(long, value_name = "N", requires = "full")]
    monitor: Option<usize>,

    /// Print a systemd unit that starts the kiosk with the machine (under cage), and do nothing else. It has the other
    /// options in it.
    #[arg(long, conflicts_with = "windowed")]
    print_unit: bool,
}

impl Arguments {
    /// Whether a unit is printed, and nothing else done.
    pub(super) fn only_prints(&self) -> bool {
        self.print_unit
    }
}

pub(super) fn language(text: &str) -> Result<Language, String> {
    Language::of_tag(text).ok_or_else(|| "expected en or es".into())
}

pub(super) fn run(
    arguments: Arguments,
    config: &Config,
    data_dir: Option<&Path>,
    clock: Clock,
) -> Result<Answer, Failure> {
    if arguments.print_unit {
        let program = std::env::current_exe().unwrap_or_else(|_| INSTALLED.into());
        if lies_in_passing(&program) {
            tracing::warn!(
                "the unit starts {}, which is no place for a service; copy the program to {INSTALLED} and print the unit with that one",
                program.display()
            );
        }
        let unit = unit(&program, &arguments, data_dir);
        return Ok(Answer::yes(json!({"outcome": "printed", "unit": unit}), unit.trim_end()));
    }
    let overrides = Overrides { language: arguments.language, camera: arguments.camera, appearance: None };
    let config = Config { overrides, ..config.clone() };
    let cameras = Cameras { opener: Box::new(open_webcam), list: Arc::new(webcams) };
    let options = Options {
        kiosk: arguments.kiosk,
        monitor: arguments.monitor,
        maximized: !arguments.windowed,
        first_operator_pin: super::secrets::given_operator_pin()?,
        ..Options::default()
    };
    let doctor = doctor_of(&config, false, clock);
    window::run(&config, clock, cameras, doctor, options)?;
    Ok(Answer::yes(json!({"outcome": "closed"}), "The kiosk was closed."))
}

fn open_webcam(wanted: Option<&str>) -> SourceOpener {
    let wanted = wanted.map(|id| CameraId(id.to_owned()));
    Arc::new(move || webcam::open(wanted.as_ref()))
}

fn webcams() -> Vec<CameraView> {
    let cameras = webcam::list().unwrap_or_else(|error| {
        tracing::warn!(%error, "the cameras cannot be listed");
        vec![]
    });
    cameras.into_iter().map(|camera| CameraView { id: camera.id.to_string(), name: camera.name }).collect()
}

/// Looks what is well, for the operator's page. With a played camera there is none to look at.
pub(super) fn doctor_of(config: &Config, played: bool, clock: Clock) -> Doctor {
    let config = config.clone();
    Arc::new(move |settings, lease| {
        let line = |doctor::Check { name, found, remedy, is_caution }| HealthLine {
            check: name.replace(' ', "-"),
            found,
            remedy,
            is_caution,
        };
        let looked = if played { Looked::Playback } else { Looked::Kiosk(lease) };
        doctor::checks(&config, settings, looked, clock).into_iter().map(line).collect()
    })
}

/// Where the program is installed, by docs/KIOSK.md.
const INSTALLED: &str = "/usr/local/bin/mirilla";

/// Whether a service should not be started from there: a build, or a folder that another user may close or empty.
fn lies_in_passing(program: &Path) -> bool {
    ["/tmp", "/var/tmp", "/home", "/root", "/run"].iter().any(|folder| program.starts_with(folder))
        || program.components().any(|part| part.as_os_str() == "target")
}

/// A unit that runs the kiosk alone on the screen, as a user of its own. It follows the one in cage's documentation
/// ("Starting Cage on boot with systemd"); what is added are the folder that systemd makes for the data, and limits.
///
/// Left out on purpose, because each breaks something: `ProtectHome=` (it closes `/run/user`, where the compositor's
/// socket is), `MemoryDenyWriteExecute=` (Mesa's software compiles its shaders), `PrivateDevices=` and `ProtectClock=`
/// (they take camera and graphics away). And because it would hold nothing: whatever is a limit of a control group
/// (`IPAddressDeny=`, `DevicePolicy=`, `MemoryMax=`), since logind moves the session out of the service's.
fn unit(program: &Path, arguments: &Arguments, data_dir: Option<&Path>) -> String {
    let mut command = format!("{} kiosk --kiosk", quoted(program));
    if let Some(language) = arguments.language {
        command += &format!(" --language {}", language.tag());
    }
    if let Some(camera) = &arguments.camera {
        command += &format!(" --camera {}", quoted(Path::new(camera)));
    }
    if let Some(monitor) = arguments.monitor {
        command += &format!(" --monitor {monitor}");
    }
    // A folder of the operator's own choice is the operator's to make; the service may not make it.
    let data = match data_dir {
        None => {
            "StateDirectory=mirilla\nStateDirectoryMode=0700\nEnvironment=MIRILLA_DATA_DIR=/var/lib/mirilla".to_owned()
        }
        Some(path) => {
            let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
            let path = escaped(&path);
            format!("Environment=\"MIRILLA_DATA_DIR={path}\"\nReadWritePaths=\"-{path}\"")
        }
    };
    format!(
        "\
[Unit]
Description=Mirilla, the kiosk that knows who stands before it
After=systemd-user-sessions.service plymouth-quit-wait.service
Before=graphical.target
ConditionPathExists=/dev/tty0
Wants=dbus.socket systemd-logind.service
After=dbus.socket systemd-logind.service
Conflicts=getty@tty1.service
After=getty@tty1.service
# A kiosk is to come back for ever, however often it fails.
StartLimitIntervalSec=0

[Service]
Type=simple
User=mirilla
SupplementaryGroups=video render input
PAMName=login
TTYPath=/dev/tty1
TTYReset=yes
TTYVHangup=yes
TTYVTDisallocate=yes
StandardInput=tty-fail
StandardOutput=journal
StandardError=journal
SyslogIdentifier=mirilla
UtmpIdentifier=tty1
UtmpMode=user
{data}
ExecStart=/usr/bin/cage -d -m last -- {command}
Restart=always
RestartSec=2

# Nothing but local sockets: no data can leave the machine through this program.
RestrictAddressFamilies=AF_UNIX AF_NETLINK
NoNewPrivileges=yes
CapabilityBoundingSet=
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
ProtectSystem=strict
PrivateTmp=yes
ProtectProc=invisible
ProtectHostname=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
UMask=0077

[Install]
WantedBy=graphical.target
"
    )
}

/// A path as a word of a command line of systemd.
fn quoted(path: &Path) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+".contains(c);
    let text = escaped(path);
    if text.chars().all(plain) { text } else { format!("\"{}\"", text.replace('$', "$$")) }
}

/// What stands between quotes in a unit: `%` begins a name of systemd's, and a backslash escapes.
fn escaped(path: &Path) -> String {
    path.display().to_string().replace('%', "%%").replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_word_of_a_unit() {
        assert_eq!(quoted(Path::new("/usr/local/bin/mirilla")), "/usr/local/bin/mirilla");
        assert_eq!(quoted(Path::new("/opt/the kiosk/100% \"m\"")), r#""/opt/the kiosk/100%% \"m\"""#);
        let unit = |data_dir| unit(Path::new(INSTALLED), &Arguments::default(), data_dir);
        assert!(unit(Some(Path::new("/srv/a b"))).contains("\nEnvironment=\"MIRILLA_DATA_DIR=/srv/a b\"\n"));
        assert!(unit(Some(Path::new("/srv/a b"))).contains("\nReadWritePaths=\"-/srv/a b\"\n"));
        assert!(unit(None).contains("\nStateDirectory=mirilla\n"));
    }

    #[test]
    fn a_unit_starts_the_kiosk_as_it_was_asked_for() {
        let arguments = Arguments {
            camera: Some("046d:0825 at 1-2".into()),
            language: Some(Language::Spanish),
            monitor: Some(1),
            ..Arguments::default()
        };
        let wanted =
            "-- /usr/local/bin/mirilla kiosk --kiosk --language es --camera \"046d:0825 at 1-2\" --monitor 1\n";
        assert!(unit(Path::new(INSTALLED), &arguments, None).contains(wanted));
    }

    #[test]
    fn a_service_is_not_started_from_a_build() {
        assert!(lies_in_passing(Path::new("/srv/mirilla/target/release/mirilla")));
        assert!(lies_in_passing(Path::new("/home/ana/mirilla")) && lies_in_passing(Path::new("/tmp/mirilla")));
        assert!(!lies_in_passing(Path::new(INSTALLED)) && !lies_in_passing(Path::new("/opt/mirilla/mirilla")));
    }
}
