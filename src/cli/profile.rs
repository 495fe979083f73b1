//! `mirilla profile`: read or change the profile that a token opens.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::audit::{line_json, line_text};
use super::output::{Answer, Failure, time_json, time_text, user_json, user_text};
use super::{existing_desk, secrets};
use crate::clock::Clock;
use crate::config::Config;
use crate::desk::{Desk, PinAnswer, Profile, Refusal};
use crate::person::{EmailAddress, PersonName};
use crate::session::{Policy, Reason};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Show the profile.
    #[command(after_help = "Example:\n  MIRILLA_TOKEN=eyJ... mirilla profile show")]
    Show(Token),
    /// End the session before its time: the token opens nothing from then on.
    #[command(after_help = "Example:\n  MIRILLA_TOKEN=eyJ... mirilla profile sign-out")]
    SignOut(Token),
    /// When the account was used, tried at, and changed, the latest first.
    #[command(after_help = "Example:\n  MIRILLA_TOKEN=eyJ... mirilla profile history --json")]
    History(Token),
    /// Choose a PIN, or another one, to sign in with instead of the face or beside it.
    #[command(after_help = "\
Examples:
  MIRILLA_TOKEN=eyJ... mirilla profile pin
  MIRILLA_TOKEN=eyJ... MIRILLA_PIN=... MIRILLA_NEW_PIN=... mirilla profile pin --json

Where the account has a PIN, that is asked for first, or read from MIRILLA_PIN.")]
    Pin(Token),
    /// Change name or e-mail address.
    #[command(after_help = "\
Example:
  MIRILLA_TOKEN=eyJ... mirilla profile update --name \"Ana María Díaz\"

Where the operator wants the PIN before a profile is changed, and no PIN opened the session, it is asked for or read from MIRILLA_PIN.")]
    Update {
        #[command(flatten)]
        token: Token,
        #[command(flatten)]
        change: Change,
    },
}

#[derive(Args)]
pub(super) struct Token {
    /// The token of a sign-in. Other users of this machine can see arguments: the variable is safer.
    #[arg(long, env = "MIRILLA_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

impl Token {
    fn given(&self) -> Result<&str, Failure> {
        let none = || {
            Failure::usage(
                "no token is given: put the one that `mirilla login` printed into MIRILLA_TOKEN, or after --token",
            )
        };
        self.token.as_deref().map(str::trim).filter(|token| !token.is_empty()).ok_or_else(none)
    }
}

#[derive(Args)]
#[group(required = true, multiple = true)]
pub(super) struct Change {
    /// The new name.
    #[arg(long)]
    name: Option<String>,
    /// The new e-mail address.
    #[arg(long)]
    email: Option<String>,
}

pub(super) fn run(command: &Command, config: &Config, clock: Clock) -> Result<Answer, Failure> {
    match command {
        Command::Show(token) => {
            let token = token.given()?;
            let answer = existing_desk(config, clock)?.profile(token)?;
            Ok(answer.map_or_else(Answer::from, |profile| shown(&profile, "profile", "")))
        }
        Command::SignOut(token) => {
            let answer = Desk::open(config, clock)?.sign_out(token.given()?)?;
            let ended = || {
                Answer::yes(
                    json!({"outcome": "signed_out"}),
                    "Signed out: the token opens nothing of Mirilla's any more; another program that verifies tokens by itself takes it until its time is over.",
                )
            };
            Ok(answer.map_or_else(Answer::from, |()| ended()))
        }
        Command::History(token) => {
            let (token, policy) = (token.given()?, super::policy(config)?);
            let mut desk = existing_desk(config, clock)?;
            let may = desk.may_see_history(token, &policy)?;
            if let Some(no) = give_what_is_wanted(&mut desk, may, token, &policy)? {
                return Ok(no);
            }
            let answer = desk.history(token, usize::MAX, &policy)?;
            Ok(answer.map_or_else(Answer::from, |lines| {
                let text = lines.iter().map(line_text).collect::<Vec<_>>().join("\n");
                Answer::yes(
                    json!({"outcome": "history", "events": lines.iter().map(line_json).collect::<Vec<_>>()}),
                    text,
                )
            }))
        }
        Command::Pin(token) => {
            let token = token.given()?;
            let mut desk = Desk::open(config, clock)?;
            let profile = match desk.profile(token)? {
                Ok(profile) => profile,
                Err(refusal) => return Ok(refusal.into()),
            };
            let had_one = desk.has_pin(profile.user.id)?;
            if had_one && let Some(no) = give_pin(&mut desk, token, &super::policy(config)?)? {
                return Ok(no);
            }
            let pin = secrets::new_pin("account")?;
            let answer = desk.set_own_pin(token, &pin)?;
            let text = if had_one { "The account has the new PIN." } else { "The account has a PIN now." };
            let set = || Answer::yes(json!({"outcome": "pin_set"}), text);
            Ok(answer.map_or_else(Answer::from, |()| set()))
        }
        Command::Update { token, change } => {
            let token = token.given()?;
            let name = change.name.as_deref().map(str::parse::<PersonName>).transpose()?;
            let email = change.email.as_deref().map(str::parse::<EmailAddress>).transpose()?;
            let (mut desk, policy) = (Desk::open(config, clock)?, super::policy(config)?);
            let may = desk.may_change(token, &policy)?;
            if let Some(no) = give_what_is_wanted(&mut desk, may, token, &policy)? {
                return Ok(no);
            }
            let answer = desk.update_profile(token, name.as_ref(), email.as_ref(), &policy)?;
            Ok(answer.map_or_else(Answer::from, |profile| shown(&profile, "updated", "Changed. ")))
        }
    }
}

/// Asks for the PIN, where the operator wants it before this is done. The answer of who may not.
fn give_what_is_wanted(
    desk: &mut Desk,
    may: Result<Profile, Refusal>,
    token: &str,
    policy: &Policy,
) -> Result<Option<Answer>, Failure> {
    let Err(refusal) = may else { return Ok(None) };
    let user = desk.profile(token)?.ok().map(|profile| profile.user.id);
    match user {
        Some(user) if refusal.reason == Reason::PinNeeded && desk.has_pin(user)? => give_pin(desk, token, policy),
        Some(_) if refusal.reason == Reason::PinNeeded => {
            Ok(Some(Answer::from(refusal).also("Choose one first: mirilla profile pin.")))
        }
        _ => Ok(Some(refusal.into())),
    }
}

/// Asks for the PIN that the account has now. The answer of who does not know it.
fn give_pin(desk: &mut Desk, token: &str, policy: &Policy) -> Result<Option<Answer>, Failure> {
    let pin = secrets::present_pin()?;
    Ok(match desk.check_own_pin(token, &pin, policy)? {
        Ok(PinAnswer::Right(_)) => None,
        Ok(PinAnswer::Refused(reason)) => Some(reason.into()),
        Ok(PinAnswer::HeldBack(left)) => {
            desk.note_decline(Reason::TooManyAttempts, None)?;
            Some(Answer::held_back(left))
        }
        Err(refusal) => Some(refusal.into()),
    })
}

fn shown(profile: &Profile, outcome: &str, head: &str) -> Answer {
    let text = format!(
        "{head}{}\n  enrolled      {}\n  last sign-in  {}\n  session ends  {}",
        user_text(&profile.user),
        time_text(profile.user.created_at),
        profile.last_sign_in.map_or("never".into(), time_text),
        time_text(profile.expires_at)
    );
    let json = json!({
        "outcome": outcome,
        "user": user_json(&profile.user),
        "last_sign_in": profile.last_sign_in.map_or(Value::Null, time_json),
        "expires_at": time_json(profile.expires_at),
    });
    Answer::yes(json, text)
}
