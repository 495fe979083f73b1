//! `mirilla users`: list, show, and remove the people enrolled.

use clap::Subcommand;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::audit::line_json;
use super::existing_desk;
use super::output::{Answer, Failure, quality_json, quality_text, time_json, time_text, user_json, user_text};
use crate::biometrics::{Embedding, Pair, Quality, UserId};
use crate::clock::Clock;
use crate::config::Config;
use crate::desk::{self, Desk};
use crate::models::sface::NETWORK_ID;
use crate::person::EmailAddress;
use crate::session::Reason;
use crate::store::{EventKind, ReferenceSummary, User};

#[derive(Subcommand)]
pub(super) enum Command {
    /// All people enrolled, in the order of their enrollment.
    #[command(after_help = "Example:\n  mirilla users list --json")]
    List,
    /// One person, with what was measured at the enrollment.
    #[command(after_help = "Example:\n  mirilla users show ana@example.org")]
    Show {
        /// The person's e-mail address, in whatever letter case.
        email: String,
    },
    /// All that is held of a person, as JSON: for the person, who has a right to it. It holds the face's template, which can be
    /// turned back into a face: hand it to nobody else.
    #[command(after_help = "Example:\n  mirilla users export ana@example.org > ana.json")]
    Export {
        /// The person's e-mail address, in whatever letter case.
        email: String,
    },
    /// Remove a person and all that is held of the face, at once and for good.
    #[command(after_help = "Example:\n  mirilla users remove ana@example.org")]
    Remove {
        /// The person's e-mail address, in whatever letter case.
        email: String,
    },
}

pub(super) fn run(command: &Command, config: &Config, clock: Clock) -> Result<Answer, Failure> {
    match command {
        Command::List => list(&mut existing_desk(config, clock)?, config),
        Command::Show { email } => {
            let email = email.parse()?;
            show(&existing_desk(config, clock)?, &email)
        }
        Command::Export { email } => {
            let email = email.parse()?;
            export(&mut existing_desk(config, clock)?, &email)
        }
        Command::Remove { email } => {
            let email = email.parse()?;
            Ok(match Desk::open(config, clock)?.remove(&email)? {
                Some(user) => {
                    let text = format!("Removed {}, with all that was held of the face.", user_text(&user));
                    Answer::yes(json!({"outcome": "removed", "user": user_json(&user)}), text)
                }
                None => Reason::UserUnknown.into(),
            })
        }
    }
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

fn export(desk: &mut Desk, email: &EmailAddress) -> Result<Answer, Failure> {
    let Some(user) = desk.store().user_by_email(email)? else { return Ok(Reason::UserUnknown.into()) };
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
    let json = json!({
        "outcome": "exported",
        "user": user_json(&user),
        "reference": reference,
        "events": events.iter().map(line_json).collect::<Vec<_>>(),
    });
    // It is for a file in either case.
    let text = format!("{json:#}");
    Ok(Answer::yes(json, text))
}

fn show(desk: &Desk, email: &EmailAddress) -> Result<Answer, Failure> {
    let Some(user) = desk.store().user_by_email(email)? else { return Ok(Reason::UserUnknown.into()) };
    let reference = desk.store().reference(user.id)?;
    let last = desk.store().last_sign_in(user.id)?;
    let json = json!({
        "outcome": "shown",
        "user": user_json(&user),
        "last_sign_in": last.map_or(Value::Null, time_json),
        "reference": reference.as_ref().map_or(Value::Null, reference_json),
    });
    Ok(Answer::yes(json, text(&user, last, reference.as_ref())))
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
