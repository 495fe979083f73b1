//! What a person tells about themselves: a name and an e-mail address, checked where they come in.

mod pin;

use std::fmt;
use std::str::FromStr;

pub use pin::{Digits, PIN_LEAST_DIGITS, PIN_MOST_DIGITS, Pin, PinError};

/// Longest name, in characters.
pub const MAX_NAME_CHARS: usize = 100;
/// Longest e-mail address, in bytes (RFC 5321, 4.5.3.1.3, less the angle brackets).
pub const MAX_EMAIL_BYTES: usize = 254;

/// A name as the person writes it: 1 to [`MAX_NAME_CHARS`] characters, no control characters.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonName(String);

/// An e-mail address; two that differ in letter case alone are the same.
#[derive(Clone, PartialEq, Eq)]
pub struct EmailAddress(String);

/// Why a name or an address is not accepted. The text never repeats what was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PersonError {
    /// Nothing but white space.
    #[error("the name is empty or has no letter: write the name that the person goes by")]
    NameEmpty,
    /// Too long.
    #[error("the name has {chars} characters; at most {MAX_NAME_CHARS} are accepted")]
    NameTooLong {
        /// Its characters.
        chars: usize,
    },
    /// Line breaks, escape sequences, or characters that change the direction of the text around them.
    #[error("the name contains a control character: write it on one line, in plain text")]
    NameControlCharacter,
    /// Nothing but white space.
    #[error("the e-mail address is empty")]
    EmailEmpty,
    /// Too long.
    #[error("the e-mail address has {bytes} bytes; at most {MAX_EMAIL_BYTES} are accepted")]
    EmailTooLong {
        /// Its bytes.
        bytes: usize,
    },
    /// A part of it is too long (RFC 5321, 4.5.3.1).
    #[error("the e-mail address is too long: at most 64 characters before the @, and 63 between two dots after it")]
    EmailPartTooLong,
    /// Not an address.
    #[error("this is not an e-mail address: write it as somebody@example.org")]
    EmailMalformed,
}

impl FromStr for PersonName {
    type Err = PersonError;

    fn from_str(text: &str) -> Result<Self, PersonError> {
        let name = text.trim();
        if !name.chars().any(char::is_alphanumeric) {
            return Err(PersonError::NameEmpty);
        }
        if name.chars().any(|c| c.is_control() || is_hidden(c)) {
            return Err(PersonError::NameControlCharacter);
        }
        let chars = name.chars().count();
        if chars > MAX_NAME_CHARS {
            return Err(PersonError::NameTooLong { chars });
        }
        Ok(Self(name.to_owned()))
    }
}

/// Characters that are not "control" to Unicode but would reorder or break the line that shows the name, or
/// make two names look the same. Joiners (U+200C, U+200D) stay: some scripts and emoji need them.
fn is_hidden(c: char) -> bool {
    matches!(
        c,
        '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{3164}' | '\u{FEFF}'
    )
}

impl FromStr for EmailAddress {
    type Err = PersonError;

    fn from_str(text: &str) -> Result<Self, PersonError> {
        let email = text.trim();
        if email.is_empty() {
            return Err(PersonError::EmailEmpty);
        }
        if email.len() > MAX_EMAIL_BYTES {
            return Err(PersonError::EmailTooLong { bytes: email.len() });
        }
        let options =
            email_address::Options::default().with_required_tld().without_display_text().without_domain_literal();
        // Quoted local parts may hold spaces and control characters: valid on paper, a typing error at a kiosk.
        if email.chars().any(|c| c.is_control() || c.is_whitespace() || is_hidden(c) || c == '"') {
            return Err(PersonError::EmailMalformed);
        }
        email_address::EmailAddress::parse_with_options(email, options).map_err(|error| match error {
            email_address::Error::LocalPartTooLong
            | email_address::Error::SubDomainTooLong
            | email_address::Error::DomainTooLong => PersonError::EmailPartTooLong,
            _ => PersonError::EmailMalformed,
        })?;
        Ok(Self(email.to_owned()))
    }
}

impl PersonName {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl EmailAddress {
    /// The text as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text by which addresses are compared.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

// Both get into the debug text of states and effects, and from there into a log: without what they hold.
impl fmt::Debug for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonName(..)")
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_trimmed_and_otherwise_kept() {
        for name in ["Ana", " María-José de la O'Hara ", "李小龍", "Ж"] {
            assert_eq!(name.parse::<PersonName>().unwrap().as_str(), name.trim());
        }
        assert_eq!("  ".parse::<PersonName>(), Err(PersonError::NameEmpty));
        assert_eq!("a\u{1b}[31mb".parse::<PersonName>(), Err(PersonError::NameControlCharacter));
        assert_eq!("a\nb".parse::<PersonName>(), Err(PersonError::NameControlCharacter));
        assert_eq!("ana\u{202E}tset".parse::<PersonName>(), Err(PersonError::NameControlCharacter));
        assert_eq!("Ana\u{200B}".parse::<PersonName>(), Err(PersonError::NameControlCharacter));
        assert_eq!("---".parse::<PersonName>(), Err(PersonError::NameEmpty));
        assert_eq!("x".repeat(101).parse::<PersonName>(), Err(PersonError::NameTooLong { chars: 101 }));
        assert!("ñ".repeat(100).parse::<PersonName>().is_ok());
    }

    #[test]
    fn addresses_are_checked_and_compared_without_case() {
        for email in ["ana@example.org", "a.b+c@mail.example.co", "José@exämple.es"] {
            assert!(email.parse::<EmailAddress>().is_ok(), "{email}");
        }
        for email in [
            "ana",
            "ana@",
            "@example.org",
            "ana@example",
            "a b@example.org",
            "Ana <ana@example.org>",
            "a@b@c.org",
            "ana@[127.0.0.1]",
            "\"a b\"@example.org",
            "ana@example..org",
        ] {
            assert_eq!(email.parse::<EmailAddress>(), Err(PersonError::EmailMalformed), "{email}");
        }
        let long = format!("{}@example.org", "a".repeat(988));
        assert_eq!(long.parse::<EmailAddress>(), Err(PersonError::EmailTooLong { bytes: 1000 }));
        for email in [format!("{}@example.org", "a".repeat(65)), format!("ana@{}.org", "a".repeat(64))] {
            assert_eq!(email.parse::<EmailAddress>(), Err(PersonError::EmailPartTooLong));
        }
        let key = |email: &str| email.parse::<EmailAddress>().unwrap().key();
        assert_eq!(key("Ana@Example.ORG"), key("ana@example.org"));
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_accepted_or_refused_without_panic(text in any::<String>()) {
            if let Ok(name) = text.parse::<PersonName>() {
                prop_assert!(!name.as_str().is_empty() && !name.as_str().chars().any(char::is_control));
            }
            if let Err(error) = text.parse::<EmailAddress>() {
                prop_assert!(text.trim().len() < 4 || !error.to_string().contains(text.trim()));
            }
        }
    }
}
