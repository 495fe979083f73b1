//! What is typed at registration and when a profile is edited.

use std::fmt;

use super::{LookAlike, Reason};
use crate::person::{EmailAddress, PersonError, PersonName};

/// What a person has agreed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// SHA-256 of the text that was shown, in hexadecimal digits.
    pub digest: String,
    /// Its version, or its date.
    pub version: String,
    /// The language of the text (BCP 47).
    pub language: String,
}

/// Somebody who registers.
#[derive(Debug, Clone, PartialEq)]
pub struct Newcomer {
    /// As the person gave it.
    pub name: PersonName,
    /// As the person gave it.
    pub email: EmailAddress,
    /// As the operator said.
    pub look_alike: LookAlike,
    /// As the operator said.
    pub excused: bool,
    /// What the person has agreed to.
    pub consent: Option<Consent>,
}

impl Newcomer {
    /// The form that this person filled in.
    pub fn form(&self) -> Form {
        let Self { name, email, look_alike, excused, consent } = self;
        Form { look_alike: *look_alike, excused: *excused, consent: consent.clone(), ..Form::filled(name, email) }
    }
}

/// Name and address as they stand in the fields, right or wrong.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Form {
    /// The name field.
    pub name: String,
    /// The address field.
    pub email: String,
    /// Whether the person has said to be done: from then on what is missing is told, too.
    pub submitted: bool,
    /// Whether the address field was left with something in it: from then on an unfinished address is told, too.
    pub email_left: bool,
    /// What the shell said against it.
    pub refused: Option<Reason>,
    /// Whether an operator has said that this person only looks like somebody enrolled.
    pub look_alike: LookAlike,
    /// Whether an operator enrolls this person, who may do without the face where both face and PIN are asked for.
    pub excused: bool,
    /// What the person has agreed to.
    pub consent: Option<Consent>,
}

// What a person types must not get into a log.
impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, email) = (self.name().is_ok(), self.email().is_ok());
        write!(f, "Form(name ok: {name}, email ok: {email}, submitted: {}, {:?})", self.submitted, self.refused)
    }
}

impl Form {
    /// A form that holds these.
    pub fn filled(name: &PersonName, email: &EmailAddress) -> Self {
        Self { name: name.as_str().into(), email: email.as_str().into(), ..Self::default() }
    }

    /// The name that was typed.
    ///
    /// # Errors
    /// [`PersonError`] when it is none.
    pub fn name(&self) -> Result<PersonName, PersonError> {
        self.name.parse()
    }

    /// The address that was typed.
    ///
    /// # Errors
    /// [`PersonError`] when it is none.
    pub fn email(&self) -> Result<EmailAddress, PersonError> {
        self.email.parse()
    }

    /// Both, when both are right.
    pub fn person(&self) -> Option<(PersonName, EmailAddress)> {
        Some((self.name().ok()?, self.email().ok()?))
    }

    /// Who it is that registers, when both are right.
    pub fn newcomer(&self) -> Option<Newcomer> {
        let (name, email) = self.person()?;
        Some(Newcomer {
            name,
            email,
            look_alike: self.look_alike,
            excused: self.excused,
            consent: self.consent.clone(),
        })
    }

    /// What is to be told beside the name field: what is wrong at once, what is missing once it was submitted.
    pub fn name_error(&self) -> Option<PersonError> {
        self.name().err().filter(|error| self.submitted || !matches!(error, PersonError::NameEmpty))
    }

    /// What is to be told beside the address field. An address that is merely unfinished is not wrong while it is typed.
    pub fn email_error(&self) -> Option<PersonError> {
        let unfinished = |error: &PersonError| match error {
            PersonError::EmailEmpty => true,
            PersonError::EmailMalformed => !self.email_left && !self.email.trim().contains([' ', ',', ';']),
            _ => false,
        };
        self.email().err().filter(|error| self.submitted || !unfinished(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(name: &str, email: &str) -> Form {
        Form { name: name.into(), email: email.into(), ..Form::default() }
    }

    #[test]
    fn what_is_missing_is_told_only_to_whoever_is_done() {
        let empty = form("", "");
        assert_eq!((empty.name_error(), empty.email_error()), (None, None));
        let done = Form { submitted: true, ..empty };
        assert_eq!(
            (done.name_error(), done.email_error()),
            (Some(PersonError::NameEmpty), Some(PersonError::EmailEmpty))
        );
    }

    #[test]
    fn an_address_is_not_wrong_while_it_grows_but_a_blank_in_it_is() {
        for part in ["a", "ana", "ana@", "ana@example", "ana@example."] {
            assert_eq!(form("", part).email_error(), None, "{part}");
        }
        let left = Form { email_left: true, ..form("", "ana@") };
        assert_eq!(left.email_error(), Some(PersonError::EmailMalformed), "whoever goes on to the name is told");
        assert_eq!(Form { email: String::new(), ..left }.email_error(), None, "nothing is missing before the end");
        assert_eq!(form("", "ana diaz@example.org").email_error(), Some(PersonError::EmailMalformed));
        assert_eq!(form("", "ana@example,org").email_error(), Some(PersonError::EmailMalformed));
        assert!(form("Ana", "ana@example.org").person().is_some());
    }

    #[test]
    fn the_debug_text_shows_nothing_that_was_typed() {
        let text = format!("{:?}", form("Ana", "ana@example.org"));
        assert!(!text.to_lowercase().contains("ana@") && !text.contains("Ana"), "{text}");
    }
}
