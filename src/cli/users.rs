//! `mirilla users`: list, show, and remove the people enrolled.

use std::str::FromStr;

use clap::Subcommand;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::audit::line_json;
use super::output::{Answer, Exit, Failure, quality_json, quality_text, time_json, time_text, user_json, user_text};
use super::{existing_desk, secrets};
use crate::biometrics::{Embedding, Pair, Quality, UserId};
use crate::clock::Clock;
use crate::config::Config;
use crate::desk::{self, Desk};
use crate::models::sface::NETWORK_ID;
use crate::person::{EmailAddress, PersonError};
use crate::session::Reason;
use crate::settings::Settings;
use crate::store::{By, Change, ConsentRow, EventKind, ReferenceSummary, Role, User, attempts_name};

#[derive(Subcommand)]
pub(super) enum Command {
    /// All people enrolled, in the order of their enrollment.
    #[command(after_help = "Example:\n  mirilla users list --json")]
    List,
    /// One person, with what was measured at the enrollment.
    #[command(after_help = "Example:\n  mirilla users show ana@example.org")]
    Show {
        /// The person's e-mail address, in whatever letter case, or the id that the log tells.
        #[arg(value_name = "ADDRESS|ID")]
        who: String,
    },
    /// All that is held of a person, as JSON: for the person, who has a right to it. It holds the face's template, which can be
    /// turned back into a face: hand it to nobody else.
    #[command(after_help = "Example:\n  mirilla users export ana@example.org > ana.json")]
    Export {
        /// The person's e-mail address, in whatever letter case, or the id that the log tells.
        #[arg(value_name = "ADDRESS|ID")]
        who: String,
    },
    /// Give a person a PIN, or another one, or take it away.
    #[command(after_help = "\
Examples:
  mirilla users pin ana@example.org
  mirilla users pin ana@example.org --alone yes
  MIRILLA_NEW_PIN=... mirilla users pin ana@example.org --json

The new PIN is asked for, or read from MIRILLA_NEW_PIN. With --alone the PIN that there is stays: yes lets it sign in by itself
also where the kiosk asks for the face as well, for whoever cannot use the camera.")]
    Pin {
        /// The person's e-mail address, in whatever letter case, or the id that the log tells.
        #[arg(value_name = "ADDRESS|ID")]
        who: String,
        /// Take the PIN away.
        #[arg(long, conflicts_with = "alone")]
        remove: bool,
        /// Whether the PIN signs in without the face.
        #[arg(long, value_name = "yes|no", value_parser = yes_or_no)]
        alone: Option<bool>,
    },
    /// Remove all who have not come for as long as people are kept (the page Decisions; three years as delivered). The kiosk does it
    /// by itself once a day, and so does `mirilla login`, as long as the clock is believed; this does it at once.
    #[command(after_help = "\
Examples:
  mirilla users prune --dry-run
  mirilla users prune

Look at the machine's clock first: who is kept too long is told by it.")]
    Prune {
        /// Say who would be removed, and remove nobody.
        #[arg(long)]
        dry_run: bool,
    },
    /// Remove a person and all that is held of the face, at once and for good.
    #[command(after_help = "Example:\n  mirilla users remove ana@example.org")]
    Remove {
        /// The person's e-mail address, in whatever letter case, or the id that the log tells.
        #[arg(value_name = "ADDRESS|ID")]
        who: String,
    },
}

/// Whom a command is about.
pub(super) enum Who {
    Address(EmailAddress),
    /// As the log and a restored backup tell of people.
    Id(UserId),
}

impl FromStr for Who {
    type Err = PersonError;

    fn from_str(word: &str) -> Result<Self, PersonError> {
        match Uuid::try_parse(word) {
            Ok(id) => Ok(Self::Id(UserId(id))),
            Err(_) => word.parse().map(Self::Address),
        }
    }
}

fn yes_or_no(word: &str) -> Result<bool, String> {
    match word {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err("expected yes or no".into()),
    }
}

pub(super) fn run(command: &Command, config: &Config, clock: Clock) -> Result<Answer, Failure> {
    let who = match command {
        Command::List | Command::Prune { .. } => None,
        Command::Show { who } | Command::Export { who } | Command::Pin { who, .. } | Command::Remove { who } => {
            Some(who.parse::<Who>()?)
        }
    };
    let mut desk = match command {
        Command::Remove { .. } | Command::Pin { .. } => Desk::open(config, clock)?,
        // Whoever only reads makes no database.
        _ => existing_desk(config, clock)?,
    };
    if let Some(no) = secrets::operator(&mut desk, config, Role::Operator)? {
        return Ok(no);
    }
    if let Command::Prune { dry_run } = command {
        return prune(&mut desk, config, *dry_run, clock);
    }
    let Some(who) = who else { return list(&mut desk, config) };
    let user = match who {
        Who::Address(email) => desk.store().user_by_email(&email)?,
        Who::Id(id) => desk.store().user(id)?,
    };
    let Some(user) = user else { return Ok(Reason::UserUnknown.into()) };
    match command {
        Command::List | Command::Prune { .. } => list(&mut desk, config),
        Command::Show { .. } => show(&desk, &user),
        Command::Export { .. } => export(&mut desk, &user),
        Command::Pin { remove, alone, .. } => pin(&mut desk, &user, *remove, *alone),
        Command::Remove { .. } => Ok(match desk.remove(&user.email)? {
            Some(user) => {
                let text = format!("Removed {}, with all that was held of the face.", user_text(&user));
                Answer::yes(json!({"outcome": "removed", "user": user_json(&user)}), text)
            }
            None => Reason::UserUnknown.into(),
        }),
    }
}

fn pin(desk: &mut Desk, user: &User, remove: bool, alone: Option<bool>) -> Result<Answer, Failure> {
    let (outcome, what) = match alone {
        Some(alone) if !desk.let_pin_alone(user.id, alone)? => {
            let message = "this person has no PIN yet: give one first (mirilla users pin ADDRESS)";
            return Err(Failure::new(Exit::Input, "pin_not_set", message));
        }
        Some(true) => ("pin_alone", "can sign in by the PIN alone"),
        Some(false) => ("pin_not_alone", "needs the face as well, where the kiosk asks for both"),
        None => {
            let pin = if remove { None } else { Some(secrets::new_pin("person")?) };
            // Whom the operator has allowed it keeps that leave.
            let alone = desk.store().pin(user.id)?.is_some_and(|kept| kept.alone);
            if desk.set_pin(user.id, pin.as_ref(), alone, By::Operator)? != Change::Done(()) {
                return Ok(Reason::UserUnknown.into());
            }
            if remove { ("pin_removed", "has no PIN any more") } else { ("pin_set", "has the PIN") }
        }
    };
    Ok(Answer::yes(json!({"outcome": outcome, "user": user_json(user)}), format!("{} {what}.", user_text(user))))
}

fn prune(desk: &mut Desk, config: &Config, dry_run: bool, clock: Clock) -> Result<Answer, Failure> {
    let days = Settings::load(&config.settings_path())?.keep_days;
    let (outcome, verb, users) = if dry_run {
        ("overdue", "Would remove", desk::overdue(desk.store(), clock, days)?)
    } else {
        ("pruned", "Removed", desk.remove_overdue(days)?)
    };
    let ids: Vec<Uuid> = users.iter().map(|id| id.0).collect();
    let list: String = ids.iter().map(|id| format!("\n  {id}")).collect();
    let text = format!("{verb} {} who have not come for {days} days.{list}", ids.len());
    Ok(Answer::yes(json!({"outcome": outcome, "keep_days": days, "users": ids}), text))
}

fn list(desk: &mut Desk, config: &Config) -> Result<Answer, Failure> {
    let users = desk.store().users()?;
    let policy = super::policy(config)?;
    let pairs = desk::look_alikes(&desk.gallery()?.gallery, &policy).unwrap_or_default();
    let address = |id: UserId| users.iter().find(|user| user.id == id).map_or("?", |user| user.email.as_str());
    let text = match users.len() {
        0 => "Nobody is enrolled.".into(),
        count => {
            let lines: Vec<_> =
                users.iter().map(|user| format!("{}  {}", time_text(user.created_at), user_text(user))).collect();
            let alike = pairs.iter().map(|Pair { people: (one, other), score }| {
                let (one, other) = (address(*one), address(*other));
                format!("\nFaces that cannot be told apart: {one} and {other} (score {:.2}).", score.0)
            });
            format!("{}\n{count} enrolled.{}", lines.join("\n"), alike.collect::<String>())
        }
    };
    let alike =
        pairs.iter().map(|Pair { people: (one, other), score }| json!({"users": [one.0, other.0], "score": score.0}));
    let json = json!({
        "outcome": "listed",
        "users": users.iter().map(user_json).collect::<Vec<_>>(),
        "look_alikes": alike.collect::<Vec<_>>(),
    });
    Ok(Answer::yes(json, text))
}

fn export(desk: &mut Desk, user: &User) -> Result<Answer, Failure> {
    let reference = desk.store().whole_reference(user.id)?.map(|reference| {
        let sample = |(embedding, quality): &(Embedding, Quality)| {
            json!({"embedding": embedding.values().as_slice(), "quality": quality_json(quality)})
        };
        json!({
            "network": reference.network_id,
            "created_at": time_json(reference.created_at),
            "template": reference.template.embedding().values().as_slice(),
            "samples": reference.samples.iter().map(sample).collect::<Vec<_>>(),
        })
    });
    let events = desk.store().log(Some(user.id), usize::MAX)?;
    desk.note(EventKind::Exported, Some(user.id))?;
    let pin = desk.store().pin(user.id)?.map(|pin| json!({"set_at": time_json(pin.set_at), "alone": pin.alone}));
    let consent = desk.store().consent(user.id)?.map(|consent| consent_json(&consent));
    let tries = desk.store().memo(&attempts_name(user.id))?.and_then(|kept| serde_json::from_str::<Value>(&kept).ok());
    let json = json!({
        "outcome": "exported",
        "user": user_json(user),
        "reference": reference,
        "pin": pin,
        "consent": consent,
        "failed_tries": tries,
        "events": events.iter().map(line_json).collect::<Vec<_>>(),
    });
    // It is for a file in either case.
    let text = format!("{json:#}");
    Ok(Answer::yes(json, text))
}

fn consent_json(consent: &ConsentRow) -> Value {
    json!({
        "text": consent.digest,
        "version": consent.version,
        "language": consent.language,
        "at": time_json(consent.at),
        "until": time_json(consent.until),
    })
}

fn show(desk: &Desk, user: &User) -> Result<Answer, Failure> {
    let reference = desk.store().reference(user.id)?;
    let last = desk.store().last_sign_in(user.id)?;
    let (pin, consent) = (desk.store().pin(user.id)?, desk.store().consent(user.id)?);
    let json = json!({
        "outcome": "shown",
        "user": user_json(user),
        "last_sign_in": last.map_or(Value::Null, time_json),
        "reference": reference.as_ref().map_or(Value::Null, reference_json),
        "has_pin": pin.is_some(),
        "consent": consent.as_ref().map_or(Value::Null, consent_json),
    });
    let mut text = text(user, last, reference.as_ref());
    let pin = pin.map_or("none", |pin| if pin.alone { "yes, signs in alone" } else { "yes" });
    let consent = consent.map_or("not recorded here".into(), |consent| {
        let text = consent.version.map_or(String::new(), |version| format!("version {version}, "));
        format!("of {} ({text}{}), until {}", time_text(consent.at), consent.language, time_text(consent.until))
    });
    text += &format!("\n  PIN           {pin}\n  consent       {consent}");
    Ok(Answer::yes(json, text))
}

fn reference_json(reference: &ReferenceSummary) -> Value {
    json!({
        "network": reference.network_id,
        "usable": reference.network_id == NETWORK_ID,
        "created_at": time_json(reference.created_at),
        "quality": reference.quality.iter().map(quality_json).collect::<Vec<_>>(),
    })
}

fn text(user: &User, last_sign_in: Option<Timestamp>, reference: Option<&ReferenceSummary>) -> String {
    let mut text = format!(
        "{}\n  id            {}\n  enrolled      {}\n  changed       {}\n  last sign-in  {}",
        user_text(user),
        user.id,
        time_text(user.created_at),
        time_text(user.updated_at),
        last_sign_in.map_or("never".into(), time_text)
    );
    let Some(reference) = reference else { return text + "\n  face          none: enroll again with --renew" };
    let usable =
        if reference.network_id == NETWORK_ID { "" } else { ", not compared any more: enroll again with --renew" };
    text +=
        &format!("\n  face          of {}, network {}{usable}", time_text(reference.created_at), reference.network_id);
    for quality in &reference.quality {
        text += &format!("\n                {}", quality_text(quality));
    }
    text
}
