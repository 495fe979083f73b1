//! Whether what was measured of the signs of life still is of this kiosk.

use super::{Check, Looked, run_this};
use crate::cli::selftest::known_camera;
use crate::config::Config;
use crate::selftest::{Camera, Conditions, Kept, Standing};
use crate::session::{LivenessLevel, Policy};
use crate::settings::Settings;
use crate::ui::{Message, standing};

/// What is said of it, and what is decided by where it holds.
pub(super) fn look(config: &Config, settings: &Settings, looked: &Looked) -> (Check, Policy) {
    const NAME: &str = "self-test";
    let policy = settings.applied_to(&config.policy);
    let level = settings.liveness;
    let camera = if matches!(looked, Looked::Playback) { Camera::default() } else { known_camera(settings) };
    let kept = match Kept::load(&config.data_dir) {
        Ok(kept) => kept,
        Err(error) => {
            let check = Check::unwell(NAME, Message::said(&error), run_this("mirilla selftest --forget".into()));
            return (check, policy);
        }
    };
    let stands = kept.standing(level, &Conditions::of(camera, None, level, &policy));
    let policy = stands.applied_to(policy);
    let found = standing(level, &stands);
    let check = match stands {
        // Not that it was not measured, but that there is nothing to be measured.
        _ if level == LivenessLevel::Off => Check::caution(NAME, "liveness-off-what"),
        Standing::Expired(_) => {
            Check::unwell(NAME, found, run_this(format!("mirilla selftest --level {}", level.signs_of_life().number())))
        }
        // Whoever holds a picture has no PIN.
        Standing::Beaten(_) if !policy.wants_pin() => Check::unwell(NAME, found, "doctor-selftest-beaten-try"),
        Standing::Untested | Standing::Beaten(_) | Standing::Unfinished { .. } | Standing::Holds => {
            Check::well(NAME, found)
        }
    };
    (check, policy)
}
