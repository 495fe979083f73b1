//! What people agree to before their face is taken: a text of the operator's in the data directory, else the one that comes
//! with the program. A text is told by its digest: whoever agreed to another one is asked anew. For people it has a version as
//! well, which a first line `version: ...` says, and is not shown; else it is the file's date.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::{Language, SettingsError};
use crate::session::{Consent, Policy};

/// What a line begins with that says the version of the text below it.
const VERSION: &str = "version:";

/// Longest version, in characters.
const MOST_VERSION_CHARS: usize = 40;

/// Longest text, in bytes: a page, not a book.
const MOST_BYTES: usize = 16 * 1024;

/// A text, and how it is told from others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentText {
    /// What is shown; the first line is its title.
    pub text: String,
    /// SHA-256 of it, in hexadecimal digits.
    pub digest: String,
    /// Its version, or its date.
    pub version: String,
}

/// The text in each language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentTexts([ConsentText; Language::ALL.len()]);

impl ConsentText {
    fn of(text: &str, date: &str) -> Self {
        let text = text.trim().replace("\r\n", "\n");
        let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
        let said = first.strip_prefix(VERSION).map(|version| (version.trim(), rest.trim()));
        let (version, text) = said.unwrap_or((date, &text));
        let digest = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
        Self { text: text.into(), digest, version: version.into() }
    }
}

impl ConsentText {
    /// What somebody agrees to who reads it in this language.
    pub fn agreed_in(&self, language: Language) -> Consent {
        Consent { digest: self.digest.clone(), version: self.version.clone(), language: language.tag().into() }
    }
}

impl ConsentTexts {
    /// Reads `consent.en.txt` and `consent.es.txt` in the folder; those that come with the program where there are none.
    ///
    /// # Errors
    /// [`SettingsError`] when a file is there and cannot be used.
    pub fn load(folder: &Path) -> Result<Self, SettingsError> {
        let [english, spanish] = Language::ALL;
        Ok(Self([load(folder, english)?, load(folder, spanish)?]))
    }

    /// The text in a language.
    pub fn of(&self, language: Language) -> &ConsentText {
        let [english, spanish] = &self.0;
        match language {
            Language::English => english,
            Language::Spanish => spanish,
        }
    }

    /// How today's texts are told from others.
    pub fn digests(&self) -> [&str; Language::ALL.len()] {
        self.0.each_ref().map(|text| text.digest.as_str())
    }

    /// What decisions are made by, where these are the texts.
    #[must_use]
    pub fn applied_to(&self, policy: &Policy) -> Policy {
        Policy { consents: self.digests().map(str::to_owned).to_vec(), ..policy.clone() }
    }
}

fn load(folder: &Path, language: Language) -> Result<ConsentText, SettingsError> {
    let path: PathBuf = folder.join(format!("consent.{}.txt", language.tag()));
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let text = match language {
                Language::English => include_str!("../../assets/consent/en.txt"),
                Language::Spanish => include_str!("../../assets/consent/es.txt"),
            };
            return Ok(ConsentText::of(text, ""));
        }
        Err(source) => return Err(SettingsError::Unreadable { path, source }),
    };
    let odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    let consent = ConsentText::of(&text, &date_of(&path));
    let detail = if consent.text.is_empty() {
        "the text that people agree to is empty".into()
    } else if text.len() > MOST_BYTES {
        format!("the text has more than {MOST_BYTES} bytes")
    } else if text.contains(odd) {
        "the text holds control characters: write plain text in UTF-8".into()
    } else if consent.version.is_empty() || consent.version.chars().count() > MOST_VERSION_CHARS {
        format!("the version must have 1 to {MOST_VERSION_CHARS} characters")
    } else {
        return Ok(consent);
    };
    Err(SettingsError::NotUnderstood { path, detail })
}

/// The day on which the file was last written.
fn date_of(path: &Path) -> String {
    let written = std::fs::metadata(path).and_then(|found| found.modified()).ok();
    let written = written.and_then(|time| Timestamp::try_from(time).ok());
    written.map_or_else(|| "without a date".into(), |time| time.strftime("%Y-%m-%d").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operators_text_is_shown_instead_of_ours_and_told_from_it() {
        let folder = tempfile::tempdir().unwrap();
        let ours = ConsentTexts::load(folder.path()).unwrap();
        assert!(ours.of(Language::Spanish).text.starts_with("Qué se hace"));
        assert_ne!(ours.digests()[0], ours.digests()[1]);
        let path = folder.path().join("consent.en.txt");
        std::fs::write(&path, "Library\r\n\r\nWe keep your face.\r\n").unwrap();
        let theirs = ConsentTexts::load(folder.path()).unwrap();
        assert_eq!(theirs.of(Language::English).text, "Library\n\nWe keep your face.");
        assert_eq!(theirs.of(Language::Spanish), ours.of(Language::Spanish));
        assert_ne!(theirs.digests()[0], ours.digests()[0]);
        // It is of the day on which it was written, or of what it says, which makes it no other text.
        let version = |texts: &ConsentTexts| texts.of(Language::English).version.clone();
        assert_eq!((version(&ours).as_str(), version(&theirs).len()), ("2", "2026-11-29".len()));
        std::fs::write(&path, "version: spring 2027\n\nLibrary\n\nWe keep your face.\n").unwrap();
        let versioned = ConsentTexts::load(folder.path()).unwrap();
        assert_eq!((version(&versioned).as_str(), versioned.digests()), ("spring 2027", theirs.digests()));
        assert_eq!(versioned.of(Language::English).agreed_in(Language::English).version, "spring 2027");
        for (text, word) in [
            (" \n", "empty"),
            ("a\u{1b}[31m", "control"),
            (&*"a".repeat(20_000), "16384"),
            ("version:\nText", "1 to 40"),
        ] {
            std::fs::write(&path, text).unwrap();
            let error = ConsentTexts::load(folder.path()).unwrap_err().to_string();
            assert!(error.contains(word) && error.contains("consent.en.txt"), "{error}");
        }
    }
}
