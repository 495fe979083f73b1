//! What an operator sets at the kiosk, kept in `settings.toml` in the data directory. Everything in it may be
//! missing, and whoever edits the file by hand is told what is not understood.

mod consent;

use std::collections::BTreeSet;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::session::retention::MOST_DAYS;
use crate::session::{
    EnrollmentBy, EnrollmentLiveness, FaceAlone, Guard, Guards, LivenessLevel, Means, Policy, Strictness,
};

pub use consent::{ConsentText, ConsentTexts};

/// The languages of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Language {
    /// English.
    #[serde(rename = "en")]
    English,
    /// Spanish.
    #[serde(rename = "es")]
    Spanish,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::English, Self::Spanish];

    /// Its tag (BCP 47).
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Spanish => "es",
        }
    }

    /// What it calls itself.
    pub fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Spanish => "Español",
        }
    }

    /// The language of a tag such as `es-MX` or `es_ES.UTF-8`; none for those that there are no texts in.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_', '.']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(primary))
    }
}

/// How the window looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Appearance {
    /// Dark on light.
    #[default]
    Light,
    /// Light on dark.
    Dark,
    /// Black, white, and yellow.
    Contrast,
}

impl Appearance {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Light, Self::Dark, Self::Contrast];
}

/// When the on-screen keyboard is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyboardUse {
    /// As soon as a field is touched with a finger, until a real key is pressed.
    #[default]
    Auto,
    /// With every field.
    Always,
    /// Never.
    Never,
}

impl KeyboardUse {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Always, Self::Never];
}

/// The settings of one kiosk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Name of the place, shown at home; empty: none.
    pub place: String,
    /// The language that the kiosk returns to; none: the system's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// How the window looks.
    pub appearance: Appearance,
    /// When the on-screen keyboard is shown.
    pub keyboard: KeyboardUse,
    /// How sure the kiosk must be; none: as it is configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strictness: Option<Strictness>,
    /// By what somebody signs in.
    pub sign_in: Means,
    /// What signs of life are asked of whoever signs in by the face.
    pub liveness: LivenessLevel,
    /// Where the face alone signs in.
    pub face_alone: FaceAlone,
    /// What is given before a profile is changed,
    pub changes: Guard,
    /// before an account is deleted (none: the same),
    #[serde(skip_serializing_if = "Option::is_none")]
    pub removal: Option<Guard>,
    /// and before it is told when it was used.
    pub history: Guard,
    /// Who lets people register.
    pub enrollment: EnrollmentBy,
    /// What signs of life are looked for where a face is enrolled or taken anew.
    pub enrollment_liveness: EnrollmentLiveness,
    /// A consent holds for so many days; 1 to [`MOST_DAYS`].
    pub consent_days: u32,
    /// How many times as long as usual people are given; 1 to [`MAX_PATIENCE`].
    pub patience: u32,
    /// Whoever has not come for so many days is removed; 1 to [`MOST_DAYS`].
    pub keep_days: u32,
    /// The camera to use, as `mirilla camera list` names it; none: the first one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub camera: Option<String>,
}

/// Longest name of a place, in characters.
pub const MAX_PLACE_CHARS: usize = 60;
/// Greatest [`Settings::patience`].
pub const MAX_PATIENCE: u32 = 10;

impl Default for Settings {
    fn default() -> Self {
        Self {
            place: String::new(),
            language: None,
            appearance: Appearance::default(),
            keyboard: KeyboardUse::default(),
            strictness: None,
            sign_in: Means::default(),
            liveness: LivenessLevel::default(),
            face_alone: FaceAlone::default(),
            changes: Guard::default(),
            removal: None,
            history: Guard::default(),
            enrollment: EnrollmentBy::default(),
            enrollment_liveness: EnrollmentLiveness::default(),
            consent_days: MOST_DAYS,
            patience: 1,
            keep_days: MOST_DAYS,
            camera: None,
        }
    }
}

impl Settings {
    /// What is given before each thing that is done with an account.
    pub fn guards(&self) -> Guards {
        let removal = self.removal.unwrap_or(self.changes); // an earlier version had one value for both
        Guards { changes: self.changes, removal, history: self.history }
    }

    /// What decisions are made by, where `policy` is configured. Whoever knows that a self-test holds says so ([`Policy::face_unproven`]).
    #[must_use]
    pub fn applied_to(&self, policy: &Policy) -> Policy {
        let policy = policy.clone().with_patience(self.patience);
        let Self { sign_in, liveness, enrollment, enrollment_liveness, consent_days, .. } = *self;
        let (guards, face_unproven) = (self.guards(), self.face_alone == FaceAlone::Tested);
        let policy = Policy { sign_in, liveness, face_unproven, guards, ..policy };
        let policy = Policy { enrollment, enrollment_liveness, consent_days, ..policy };
        self.strictness.map_or(policy.clone(), |strictness| policy.with_strictness(strictness))
    }
}

/// Settings that whoever starts the program gives on its command line. They hold instead of the kept ones until the
/// operator chooses otherwise, and are not kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Overrides {
    /// Instead of [`Settings::language`].
    pub language: Option<Language>,
    /// Instead of [`Settings::appearance`].
    pub appearance: Option<Appearance>,
    /// Instead of [`Settings::camera`].
    pub camera: Option<String>,
}

impl Overrides {
    /// What holds, where `kept` is kept.
    pub fn over(&self, kept: &Settings) -> Settings {
        Settings {
            language: self.language.or(kept.language),
            appearance: self.appearance.unwrap_or(kept.appearance),
            camera: self.camera.clone().or_else(|| kept.camera.clone()),
            ..kept.clone()
        }
    }

    /// Takes the operator's choice among what holds, and gives what is to be kept of it.
    pub fn choose(&mut self, kept: &Settings, chosen: Settings) -> Settings {
        let before = self.over(kept);
        let mut keep = chosen;
        if keep.language != before.language {
            self.language = None;
        } else if self.language.is_some() {
            keep.language = kept.language;
        }
        if keep.appearance != before.appearance {
            self.appearance = None;
        } else if self.appearance.is_some() {
            keep.appearance = kept.appearance;
        }
        if keep.camera != before.camera {
            self.camera = None;
        } else if self.camera.is_some() {
            keep.camera.clone_from(&kept.camera);
        }
        keep
    }
}

/// Settings that cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file is there, but cannot be read.
    #[error("cannot read the settings: {source} ({})", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The file holds something else.
    #[error("the settings are not understood: {detail}; correct it, or move the file away ({})", path.display())]
    NotUnderstood {
        /// The file.
        path: PathBuf,
        /// What the parser said, with the line.
        detail: String,
    },
    /// The file cannot be written.
    #[error("cannot keep the settings: {source} ({})", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
}

impl Settings {
    /// Reads the file; where there is none, nothing is set.
    ///
    /// # Errors
    /// [`SettingsError`] when the file is there and cannot be used.
    pub fn load(path: &Path) -> Result<Self, SettingsError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(source) => return Err(SettingsError::Unreadable { path: path.into(), source }),
        };
        let not_understood = |detail: String| SettingsError::NotUnderstood { path: path.into(), detail };
        let settings: Self = toml::from_str(&text).map_err(|error| not_understood(told(&error, &text)))?;
        if !(1..=MAX_PATIENCE).contains(&settings.patience) {
            return Err(not_understood(format!("patience is {}, expected 1 to {MAX_PATIENCE}", settings.patience)));
        }
        for (name, days) in [("keep_days", settings.keep_days), ("consent_days", settings.consent_days)] {
            if !(1..=MOST_DAYS).contains(&days) {
                return Err(not_understood(format!("{name} is {days}, expected 1 to {MOST_DAYS}")));
            }
        }
        if settings.place.chars().count() > MAX_PLACE_CHARS || settings.place.chars().any(char::is_control) {
            return Err(not_understood(format!("place must be one line of at most {MAX_PLACE_CHARS} characters")));
        }
        Ok(settings)
    }

    /// The names of those that are others than before, as the file has them; nothing of what they are.
    #[must_use]
    pub fn changed_since(&self, before: &Self) -> Vec<String> {
        // What can be kept can be made a table of.
        let [now, before] = [self, before].map(|settings| toml::Table::try_from(settings).unwrap_or_default());
        let names: BTreeSet<&String> = now.keys().chain(before.keys()).collect();
        names.into_iter().filter(|name| now.get(*name) != before.get(*name)).cloned().collect()
    }

    /// Keeps the settings: the file is the old one or the new one, whatever happens meanwhile.
    ///
    /// # Errors
    /// [`SettingsError::Unwritable`] when the disk refuses.
    pub fn save(&self, path: &Path) -> Result<(), SettingsError> {
        let unwritable = |source| SettingsError::Unwritable { path: path.into(), source };
        let text = toml::to_string(self).map_err(|error| unwritable(std::io::Error::other(error)))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(unwritable)?;
        file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(unwritable)?;
        file.persist(path).map_err(|error| unwritable(error.error))?;
        Ok(())
    }
}

/// What the parser found in the text, on one line: its own message quotes the line and points at it from below.
fn told(error: &toml::de::Error, text: &str) -> String {
    let message = error.message().split_whitespace().collect::<Vec<_>>().join(" ");
    let before = error.span().and_then(|span| text.get(..span.start));
    before.map_or_else(|| message.clone(), |before| format!("line {}: {message}", before.matches('\n').count() + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_come_back_as_they_were_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.toml");
        assert_eq!(Settings::load(&path).unwrap(), Settings::default(), "no file");
        let settings = Settings {
            place: "Biblioteca \"El Faro\"".into(),
            language: Some(Language::Spanish),
            appearance: Appearance::Dark,
            keyboard: KeyboardUse::Always,
            strictness: Some(Strictness::Strict),
            sign_in: Means::FaceAndPin,
            liveness: LivenessLevel::Active,
            face_alone: FaceAlone::Tested,
            changes: Guard::WithPin,
            removal: Some(Guard::AsSignedIn),
            history: Guard::WithPin,
            enrollment: EnrollmentBy::Operator,
            enrollment_liveness: EnrollmentLiveness::Off,
            consent_days: 365,
            patience: 2,
            keep_days: 90,
            camera: Some("usb-1".into()),
        };
        settings.save(&path).unwrap();
        assert_eq!(Settings::load(&path).unwrap(), settings);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left behind");
        assert_eq!(settings.changed_since(&settings), [""; 0]);
        let before = Settings { place: String::new(), camera: None, patience: 5, ..settings };
        assert_eq!(settings.changed_since(&before), ["camera", "patience", "place"]);
    }

    #[test]
    fn what_the_command_line_says_holds_until_the_operator_says_otherwise_and_is_not_kept() {
        let kept = Settings { place: "Library".into(), camera: Some("kept".into()), ..Settings::default() };
        let mut overrides = Overrides {
            language: Some(Language::Spanish),
            appearance: Some(Appearance::Dark),
            camera: Some("given".into()),
        };
        let holds = overrides.over(&kept);
        assert_eq!((holds.language, holds.appearance), (Some(Language::Spanish), Appearance::Dark));
        assert_eq!((holds.camera.as_deref(), holds.place.as_str()), (Some("given"), "Library"));

        let renamed = Settings { place: "Museum".into(), ..holds };
        let kept = overrides.choose(&kept, renamed.clone());
        assert_eq!(kept, Settings { place: "Museum".into(), camera: Some("kept".into()), ..Settings::default() });
        assert_eq!(overrides.over(&kept), renamed, "all else holds as before");

        for chosen in [
            Settings { language: None, ..renamed.clone() },
            Settings { appearance: Appearance::Light, ..renamed.clone() },
            Settings { camera: Some("third".into()), ..renamed },
        ] {
            let mut overrides = overrides.clone();
            let kept = overrides.choose(&kept, chosen.clone());
            assert_eq!(overrides.over(&kept), chosen, "the operator's choice holds");
            assert_ne!(kept, Settings { place: "Museum".into(), ..Settings::default() }, "and is kept");
        }
    }

    #[test]
    fn an_account_is_deleted_as_it_is_changed_unless_something_else_is_set() {
        let guards = |text: &str| toml::from_str::<Settings>(text).unwrap().guards();
        let (nothing, pin) = (Guard::AsSignedIn, Guard::WithPin);
        let of = |changes, removal, history| Guards { changes, removal, history };
        assert_eq!(guards(""), of(nothing, nothing, nothing));
        assert_eq!(guards("changes = \"with_pin\""), of(pin, pin, nothing));
        assert_eq!(guards("removal = \"with_pin\""), of(nothing, pin, nothing));
        assert_eq!(guards("changes = \"with_pin\"\nremoval = \"as_signed_in\""), of(pin, nothing, nothing));
        assert_eq!(guards("history = \"with_pin\""), of(nothing, nothing, pin));
    }

    #[test]
    fn what_is_not_understood_is_named_and_the_file_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.toml");
        for (text, word) in [
            ("plaice = \"x\"", "plaice"),
            ("language = \"fr\"", "fr"),
            ("patience = 0", "patience"),
            ("keep_days = 0", "keep_days"),
            ("keep_days = 1096", "keep_days"),
            ("consent_days = 0", "consent_days"),
            ("sign_in = \"password\"", "password"),
            ("changes = \"never\"", "never"),
            ("history = \"never\"", "never"),
            ("face_alone = \"never\"", "never"),
            ("place = \"a\\nb\"", "one line"),
            ("place = ", "line 1"),
        ] {
            std::fs::write(&path, text).unwrap();
            let error = Settings::load(&path).unwrap_err().to_string();
            assert!(error.contains(word) && error.contains("settings.toml") && !error.contains('\n'), "{error}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[test]
    fn tags_of_any_country_are_understood() {
        assert_eq!(Language::of_tag("es-MX"), Some(Language::Spanish));
        assert_eq!(Language::of_tag("ES_es.UTF-8"), Some(Language::Spanish));
        assert_eq!(Language::of_tag("en"), Some(Language::English));
        assert_eq!(Language::of_tag("C.UTF-8"), None);
    }
}
