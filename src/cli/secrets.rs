//! What the command line does about what only some know: it asks for passphrases and PINs, and keeps the memory of the
//! process to itself.

use std::io::IsTerminal;

use zeroize::Zeroizing;

use super::output::{self, Answer, Exit, Failure};
use crate::config::Config;
use crate::desk::{Desk, PinAnswer};
use crate::keys::{KeyOptions, KeySource, Passphrase};
use crate::person::{Pin, PinError};
use crate::session::Reason;
use crate::store::{self, Role};

const PASSPHRASE: &str = "MIRILLA_PASSPHRASE";
const NEW_PASSPHRASE: &str = "MIRILLA_NEW_PASSPHRASE";
const BACKUP_PASSPHRASE: &str = "MIRILLA_BACKUP_PASSPHRASE";
/// The PIN of whoever signs in.
const PIN: &str = "MIRILLA_PIN";
/// The PIN that is to be from now on.
const NEW_PIN: &str = "MIRILLA_NEW_PIN";
/// The PIN of the operator, or the auditor's.
const OPERATOR_PIN: &str = "MIRILLA_OPERATOR_PIN";
/// Where a new store keeps its key.
const NEW_STORE: &str = "MIRILLA_KEY_SOURCE";

/// How the key of the database is come by. Where it comes from a passphrase, that is asked for, if `ask`.
pub(super) fn key_options(config: &Config, ask: bool) -> Result<KeyOptions, Failure> {
    let new_store = text_of(NEW_STORE)?.as_deref().map(source).transpose()?;
    let mut passphrase = variable(PASSPHRASE)?;
    // What is wrong with the file that says so is told by whoever opens the database.
    let kept_in = store::key_source(&config.database_path()).ok().flatten().or(new_store);
    if ask && passphrase.is_none() && kept_in == Some(KeySource::Passphrase) {
        passphrase = prompt("Passphrase of the database: ")?;
    }
    Ok(KeyOptions { new_store, passphrase })
}

fn source(word: &str) -> Result<KeySource, Failure> {
    let sources = [KeySource::File, KeySource::Keyring, KeySource::Passphrase];
    let found = sources.into_iter().find(|source| source.as_str() == word);
    found.ok_or_else(|| Failure::usage(format!("{NEW_STORE} is to be file, keyring or passphrase")))
}

/// The passphrase that a database is to have, typed twice where it is typed.
pub(super) fn new_passphrase() -> Result<Option<Passphrase>, Failure> {
    chosen(NEW_PASSPHRASE, "New passphrase of the database: ")
}

/// The passphrase that a backup is to have.
pub(super) fn new_backup_passphrase() -> Result<Option<Passphrase>, Failure> {
    chosen(BACKUP_PASSPHRASE, "New passphrase of the backup: ")
}

/// The passphrase that a backup has.
pub(super) fn backup_passphrase() -> Result<Option<Passphrase>, Failure> {
    match variable(BACKUP_PASSPHRASE)? {
        None => prompt("Passphrase of the backup: "),
        given => Ok(given),
    }
}

/// The passphrase of the backup, where it is given without asking.
pub(super) fn given_backup_passphrase() -> Result<Option<Passphrase>, Failure> {
    variable(BACKUP_PASSPHRASE)
}

fn variable(name: &str) -> Result<Option<Passphrase>, Failure> {
    Ok(text_of(name)?.map(Passphrase::given))
}

/// What the variable holds; `None` where it holds nothing. One that was given and cannot be used is never passed over: what was
/// meant to be protected by it would not be.
fn text_of(name: &str) -> Result<Option<String>, Failure> {
    let given = std::env::var_os(name).filter(|text| !text.is_empty());
    let text = given.map(std::ffi::OsString::into_string).transpose();
    text.map_err(|_| Failure::usage(format!("{name} is to be text in UTF-8, and is not")))
}

fn chosen(name: &str, question: &str) -> Result<Option<Passphrase>, Failure> {
    if let Some(given) = variable(name)? {
        return Ok(Some(given));
    }
    let first = prompt(question)?;
    if first.is_some() && prompt("The same again: ")? != first {
        return Err(Failure::new(Exit::Input, "passphrase_wrong", "the two passphrases are not the same: try again"));
    }
    Ok(first)
}

fn prompt(question: &str) -> Result<Option<Passphrase>, Failure> {
    Ok(typed(question)?.map(|mut text| Passphrase::given(std::mem::take(&mut *text))))
}

/// What is typed, unseen; `None` where nobody can type.
fn typed(question: &str) -> Result<Option<Zeroizing<String>>, Failure> {
    if !is_terminal() {
        return Ok(None);
    }
    let typed = rpassword::prompt_password(question)
        .map_err(|error| Failure::new(Exit::Machine, "terminal", format!("what is typed cannot be read: {error}")))?;
    Ok(Some(Zeroizing::new(typed)))
}

/// Whether somebody can type.
pub(super) fn is_terminal() -> bool {
    std::io::stdin().is_terminal()
}

/// Whether what cannot be undone is meant, of whoever can type.
pub(super) fn is_meant(question: &str) -> Result<bool, Failure> {
    let failed = |error| Failure::new(Exit::Machine, "terminal", format!("what is typed cannot be read: {error}"));
    output::question(&format!("{question} Type yes: "));
    let mut typed = String::new();
    std::io::stdin().read_line(&mut typed).map_err(failed)?;
    Ok(typed.trim().eq_ignore_ascii_case("yes"))
}

/// Asks for the PIN of whoever runs the kiosk; the operator may do whatever an auditor may. Where there is none yet, it is
/// chosen now. That somebody is let in is noted. The answer of who is not.
pub(super) fn operator(desk: &mut Desk, config: &Config, least: Role) -> Result<Option<Answer>, Failure> {
    let needed = |what| nobody_to_ask("operator_pin_needed", what, OPERATOR_PIN);
    // An auditor does not choose it.
    let chooses = !(least == Role::Auditor && desk.has_role_pin(Role::Auditor)?);
    if chooses && !desk.has_role_pin(Role::Operator)? {
        let question = "There is no operator's PIN yet. Choose one (6 to 12 digits): ";
        let pin =
            chosen_pin(OPERATOR_PIN, question)?.ok_or_else(|| needed("an operator's PIN is to be chosen first"))?;
        if desk.set_first_operator_pin(&pin)? {
            // Nobody was asked: whoever set the variable may have thought of a PIN that there is.
            if text_of(OPERATOR_PIN)?.is_some() {
                output::aside(&format!(
                    "there was no operator's PIN yet: the one in {OPERATOR_PIN} is the operator's from now on"
                ));
            }
            desk.note_role(Role::Operator)?;
            return Ok(None);
        }
    }
    let given = given_pin(OPERATOR_PIN, "PIN of the operator: ")?;
    let pin = given.ok_or_else(|| needed("the operator's PIN is asked for"))?;
    Ok(match desk.check_role_pin(&pin, least, &super::policy(config)?)? {
        PinAnswer::Right(role) => {
            desk.note_role(role)?;
            None
        }
        PinAnswer::Refused(Reason::PinWrong) => Some(Answer::wrong_operator_pin()),
        PinAnswer::Refused(reason) => Some(reason.into()),
        PinAnswer::HeldBack(left) => Some(Answer::held_back(left)),
    })
}

/// The PIN that a kiosk's operator is to have where none was chosen yet, where it is given without asking.
pub(super) fn given_operator_pin() -> Result<Option<Pin>, Failure> {
    // Where it is given, nothing is asked.
    if text_of(OPERATOR_PIN)?.is_some() { chosen_pin(OPERATOR_PIN, "") } else { Ok(None) }
}

/// The PIN of whoever signs in.
pub(super) fn own_pin() -> Result<Pin, Failure> {
    given_pin(PIN, "PIN: ")?.ok_or_else(|| nobody_to_ask("pin_needed", "a PIN is asked for", PIN))
}

/// The PIN that an account has now, before something of it is changed.
pub(super) fn present_pin() -> Result<Pin, Failure> {
    let needed = || nobody_to_ask("pin_needed", "the PIN that the account has now is asked for", PIN);
    given_pin(PIN, "PIN that the account has now: ")?.ok_or_else(needed)
}

/// A PIN that is to be from now on, typed twice where it is typed.
pub(super) fn new_pin(whose: &str) -> Result<Pin, Failure> {
    let needed = || nobody_to_ask("pin_needed", "a new PIN is to be chosen", NEW_PIN);
    chosen_pin(NEW_PIN, &format!("New PIN of the {whose} (6 to 12 digits): "))?.ok_or_else(needed)
}

/// Whether the PIN that is to be from now on is given without asking.
pub(super) fn is_new_pin_given() -> Result<bool, Failure> {
    Ok(text_of(NEW_PIN)?.is_some())
}

/// A PIN is wanted, and neither is it given nor can anybody type it.
fn nobody_to_ask(reason: &'static str, what: &str, variable: &str) -> Failure {
    Failure::new(Exit::Input, reason, format!("{what}: run this in a terminal, or put it into {variable}"))
}

fn given_pin(name: &str, question: &str) -> Result<Option<Pin>, Failure> {
    let text = match text_of(name)?.map(Zeroizing::new) {
        None => typed(question)?,
        given => given,
    };
    Ok(text.map(|text| text.trim().parse::<Pin>()).transpose()?)
}

fn chosen_pin(name: &str, question: &str) -> Result<Option<Pin>, Failure> {
    let given = text_of(name)?.map(Zeroizing::new);
    let repeated = given.is_none();
    let Some(text) = given.map_or_else(|| typed(question), |given| Ok(Some(given)))? else { return Ok(None) };
    let pin: Pin = text.trim().parse()?;
    pin.is_fit_to_be_chosen()?;
    if repeated && typed("The same again: ")?.is_none_or(|again| again.trim() != pin.digits()) {
        return Err(Failure::new(Exit::Input, "pin_invalid", "the two PINs are not the same: try again"));
    }
    Ok(Some(pin))
}

impl From<PinError> for Failure {
    fn from(error: PinError) -> Self {
        Self::new(Exit::Input, "pin_invalid", error.to_string())
    }
}

impl Answer {
    fn wrong_operator_pin() -> Self {
        let refusal = crate::desk::Refusal { reason: Reason::PinWrong, detail: Some("the operator's PIN".into()) };
        Self::declined(refusal)
    }
}

/// A crash leaves no image of the memory, where keys and faces are, and other programs of the same user cannot read it.
#[cfg(unix)]
pub(super) fn keep_out_of_core_dumps() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let limited = setrlimit(Resource::Core, none);
    #[cfg(target_os = "linux")]
    // A system that hands crashes to a program does not look at the limit.
    let limited = limited.and(rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable));
    if let Err(error) = limited {
        tracing::warn!(%error, "core dumps cannot be turned off");
    }
}

/// Windows keeps no image of the memory unless it is told to.
#[cfg(not(unix))]
pub(super) fn keep_out_of_core_dumps() {}
