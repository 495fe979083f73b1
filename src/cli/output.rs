//! What a command answers, as text for people or as one JSON object for programs.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::app::AppError;
use crate::biometrics::Quality;
use crate::config::ConfigError;
use crate::desk::{DeskError, Refusal};
use crate::error::{CameraError, KeyError, ModelError, PhotoError, StoreError};
use crate::person::PersonError;
use crate::selftest::KeptError;
use crate::session::Reason;
use crate::settings::SettingsError;
use crate::store::User;
use crate::window::WindowError;

/// The meaning of the exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    Yes = 0,
    No = 1,
    Input = 2,
    Machine = 3,
}

/// What a command found out.
pub(super) struct Answer {
    exit: Exit,
    json: Value,
    text: String,
}

/// Why a command could not answer.
#[derive(Debug)]
pub(super) struct Failure {
    exit: Exit,
    reason: &'static str,
    message: String,
}

/// Either, ready to be printed.
pub(super) enum Report {
    Answer(Answer),
    Failure(Failure),
}

impl Answer {
    /// Yes: an object for programs and a text for people.
    pub(super) fn yes(json: Value, text: impl Into<String>) -> Self {
        Self { exit: Exit::Yes, json, text: text.into() }
    }

    /// No, for this reason.
    pub(super) fn declined(refusal: impl Into<Refusal>) -> Self {
        let Refusal { reason, detail } = refusal.into();
        let mut message = reason.explanation().to_owned();
        if let Some(detail) = detail {
            message = format!("{message} ({detail})");
        }
        let json = json!({"outcome": "declined", "reason": reason.code(), "message": message});
        Self { exit: Exit::No, json, text: format!("Declined: {message}") }
    }

    /// The machine is not well.
    pub(super) fn machine(json: Value, text: impl Into<String>) -> Self {
        Self { exit: Exit::Machine, json, text: text.into() }
    }

    /// What programs read.
    #[cfg(test)]
    pub(super) fn json(&self) -> &Value {
        &self.json
    }

    /// Adds a field for programs.
    pub(super) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.json[key] = value.into();
        self
    }

    /// Tells people what a no is about ("photo 2").
    pub(super) fn about(mut self, what: &str) -> Self {
        self.text = self.text.replacen("Declined:", &format!("Declined, {what}:"), 1);
        self
    }

    /// Nobody is looked for for so long.
    pub(super) fn held_back(left: Duration) -> Self {
        let seconds = left.as_secs();
        Self::from(Reason::TooManyAttempts).about(&format!("for {seconds} seconds")).with("retry_after_s", seconds)
    }

    /// Adds a sentence for people.
    pub(super) fn also(mut self, sentence: &str) -> Self {
        self.text = format!("{}\n{sentence}", self.text);
        self
    }
}

impl Failure {
    pub(super) fn new(exit: Exit, reason: &'static str, message: impl Into<String>) -> Self {
        Self { exit, reason, message: message.into() }
    }

    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Input, "usage", message)
    }

    /// A file that is not to be written over.
    pub(super) fn file_exists(path: &Path) -> Self {
        Self::new(Exit::Input, "file_exists", format!("{} is there already: give another name", path.display()))
    }

    /// Puts words before the message ("photo 2: ").
    pub(super) fn about(mut self, what: &str) -> Self {
        self.message = format!("{what}: {}", self.message);
        self
    }
}

/// Asks people something, on standard error: what is on standard output may be for a program.
pub(super) fn question(words: &str) {
    let mut to = std::io::stderr();
    let _ = write!(to, "{words}").and_then(|()| to.flush()); // nowhere to tell that there is nowhere to tell
}

/// Tells people something beside the answer, on standard error.
pub(super) fn aside(sentence: &str) {
    let _ = writeln!(std::io::stderr(), "mirilla: {sentence}"); // nowhere to tell that there is nowhere to tell
}

impl From<Result<Answer, Failure>> for Report {
    fn from(result: Result<Answer, Failure>) -> Self {
        result.map_or_else(Self::Failure, Self::Answer)
    }
}

impl From<Failure> for Report {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl Report {
    pub(super) fn exit_code(&self) -> ExitCode {
        let (Self::Answer(Answer { exit, .. }) | Self::Failure(Failure { exit, .. })) = self;
        ExitCode::from(*exit as u8)
    }

    pub(super) fn print(&self, json: bool) -> std::io::Result<()> {
        match self {
            Self::Answer(answer) if json => writeln!(std::io::stdout(), "{}", answer.json),
            Self::Answer(answer) => writeln!(std::io::stdout(), "{}", answer.text),
            Self::Failure(failure) if json => {
                let object = json!({"outcome": "error", "reason": failure.reason, "message": failure.message});
                writeln!(std::io::stdout(), "{object}")
            }
            Self::Failure(failure) => writeln!(std::io::stderr(), "mirilla: {}", failure.message),
        }
    }
}

/// A user as programs see one.
pub(super) fn user_json(user: &User) -> Value {
    json!({
        "id": user.id.to_string(),
        "name": user.name.as_str(),
        "email": user.email.as_str(),
        "created_at": time_json(user.created_at),
        "updated_at": time_json(user.updated_at),
    })
}

/// A time as programs see it: RFC 3339 in UTC, always with milliseconds, so that texts sort and compare.
pub(super) fn time_json(time: Timestamp) -> Value {
    time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string().into()
}

/// A time as people see it.
pub(super) fn time_text(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// A user as people see one.
pub(super) fn user_text(user: &User) -> String {
    format!("{} <{}>", user.name.as_str(), user.email.as_str())
}

/// The quality of a sample as programs see it, in readable precision.
pub(super) fn quality_json(quality: &Quality) -> Value {
    json!({
        "face_width_px": rounded(quality.face_width_px, 1),
        "yaw_deg": rounded(quality.yaw_deg, 1),
        "pitch_deg": rounded(quality.pitch_deg, 1),
        "sharpness": rounded(quality.sharpness, 3),
        "bright_luma": rounded(quality.bright_luma, 0),
        "dark_luma": rounded(quality.dark_luma, 0),
        "inside": rounded(quality.inside, 3),
        "detection_score": rounded(quality.detection_score, 3),
        "norm": quality.norm.map(|norm| rounded(norm, 2)),
    })
}

/// The quality of a sample as people see it.
pub(super) fn quality_text(quality: &Quality) -> String {
    format!(
        "face {:.0} px wide, turned {:.0}° sideways and {:.0}° {}, sharpness {:.2}, light {:.0} to {:.0} of 255",
        quality.face_width_px,
        quality.yaw_deg.abs(),
        quality.pitch_deg.abs(),
        if quality.pitch_deg < 0.0 { "down" } else { "up" },
        quality.sharpness,
        quality.dark_luma,
        quality.bright_luma
    )
}

/// A number with few decimals that prints as such.
pub(super) fn rounded(value: f32, decimals: i32) -> f64 {
    let factor = 10f64.powi(decimals);
    (f64::from(value) * factor).round() / factor
}

/// A share of what was tried, as people see it.
pub(super) fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

impl From<PersonError> for Failure {
    fn from(error: PersonError) -> Self {
        let reason = match error {
            PersonError::NameEmpty | PersonError::NameTooLong { .. } | PersonError::NameControlCharacter => {
                "name_invalid"
            }
            PersonError::EmailEmpty
            | PersonError::EmailTooLong { .. }
            | PersonError::EmailPartTooLong
            | PersonError::EmailMalformed => "email_invalid",
        };
        Self::new(Exit::Input, reason, error.to_string())
    }
}

impl From<PhotoError> for Failure {
    fn from(error: PhotoError) -> Self {
        let reason = match error {
            PhotoError::Unreadable { .. } => "photo_unreadable",
            PhotoError::Folder { .. } => "photo_is_folder",
            PhotoError::NotAFile { .. } => "photo_is_no_file",
            PhotoError::TooFewPixels { .. } => "photo_too_small",
            PhotoError::Empty => "photo_empty",
            PhotoError::FileTooLarge { .. } | PhotoError::TooManyPixels { .. } => "photo_too_large",
            PhotoError::UnknownFormat { .. } => "photo_format_unknown",
            PhotoError::Damaged { .. } => "photo_damaged",
        };
        Self::new(Exit::Input, reason, error.to_string())
    }
}

/// The code of what is wrong with the store.
fn store_reason(error: &StoreError) -> &'static str {
    match error {
        StoreError::PresentKey { source } => store_reason(source),
        StoreError::Key(KeyError::Keyring { .. }) => "keyring",
        StoreError::Key(KeyError::Random { .. }) => "no_random_numbers",
        StoreError::Key(KeyError::Memory { .. }) => "no_memory",
        StoreError::KeyLost { .. } | StoreError::KeyOverwritten { .. } => "key_lost",
        StoreError::OtherKey { .. } => "database_other_key",
        StoreError::PassphraseNeeded { .. } => "passphrase_needed",
        StoreError::PassphraseWrong => "passphrase_wrong",
        StoreError::PassphraseShort { .. } => "passphrase_short",
        StoreError::BackupKeyLost { .. } => "backup_key_lost",
        StoreError::HeaderDamaged { .. } => "store_file_damaged",
        StoreError::CopyDiffers { .. } => "copy_differs",
        StoreError::Directory { .. } => "data_dir_unusable",
        StoreError::File { .. } => "file_unusable",
        StoreError::ReadOnly { .. } => "read_only",
        StoreError::Locked { .. } => "database_locked",
        StoreError::Corrupt { .. } => "database_corrupt",
        StoreError::NewerSchema { .. } => "database_newer",
        StoreError::DiskFull { .. } => "disk_full",
        StoreError::BadValue { .. } | StoreError::Other { .. } => "database",
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let reason = store_reason(&error);
        let exit =
            if reason.starts_with("passphrase") || reason == "backup_key_lost" { Exit::Input } else { Exit::Machine };
        Self::new(exit, reason, error.to_string())
    }
}

impl From<DeskError> for Failure {
    fn from(error: DeskError) -> Self {
        let reason = match error {
            DeskError::Store(error) => return error.into(),
            DeskError::KeyDamaged { .. } => "token_key_damaged",
            DeskError::Random { .. } => "no_random_numbers",
            DeskError::Signing(_) => "token_signing",
        };
        Self::new(Exit::Machine, reason, error.to_string())
    }
}

impl From<ModelError> for Failure {
    fn from(error: ModelError) -> Self {
        Self::new(Exit::Machine, "network", error.to_string())
    }
}

impl From<CameraError> for Failure {
    fn from(error: CameraError) -> Self {
        Self::new(Exit::Machine, "camera", error.to_string())
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::new(Exit::Input, "configuration", error.to_string())
    }
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        let exit = match error {
            SettingsError::NotUnderstood { .. } => Exit::Input,
            SettingsError::Unreadable { .. } | SettingsError::Unwritable { .. } => Exit::Machine,
        };
        Self::new(exit, "settings", error.to_string())
    }
}

impl From<KeptError> for Failure {
    fn from(error: KeptError) -> Self {
        let exit = match error {
            KeptError::NotUnderstood { .. } => Exit::Input,
            KeptError::Unreadable { .. } | KeptError::Unwritable { .. } => Exit::Machine,
        };
        Self::new(exit, "self_test", error.to_string())
    }
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        match error {
            AppError::Desk(error) => error.into(),
            AppError::Camera(error) => error.into(),
            AppError::Model(error) => error.into(),
            AppError::Settings(error) => error.into(),
            AppError::Measured(error) => error.into(),
            AppError::RecognitionStopped => Self::new(Exit::Machine, "recognition_stopped", error.to_string()),
        }
    }
}

impl From<WindowError> for Failure {
    fn from(error: WindowError) -> Self {
        match error {
            WindowError::App(error) => error.into(),
            WindowError::Display { .. } => Self::new(Exit::Machine, "no_display", error.to_string()),
            WindowError::DisplayLost { .. } => Self::new(Exit::Machine, "display_lost", error.to_string()),
            WindowError::Tour { .. } => Self::new(Exit::Machine, "screens_missing", error.to_string()),
        }
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        Self::declined(refusal)
    }
}

impl From<Reason> for Answer {
    fn from(reason: Reason) -> Self {
        Self::declined(reason)
    }
}
