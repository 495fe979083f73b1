//! `mirilla token`: the keys that sign tokens.

use clap::Subcommand;
use serde_json::{Value, json};

use super::existing_desk;
use super::output::{Answer, Failure, time_json, time_text};
use crate::clock::Clock;
use crate::config::Config;
use crate::desk::{AcceptedKey, Desk};
use crate::store::EventKind;
use crate::token::{ALGORITHM, AUDIENCE, ISSUER};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Which key signs, and how tokens are verified with it.
    #[command(after_help = "\
Examples:
  mirilla token key
  mirilla token key --export
  mirilla token key --export --all --json

The exported text is the HMAC key as it is; in Python, for one:
  jwt.decode(token, key, algorithms=[\"HS256\"], issuer=\"mirilla\", audience=\"mirilla-profile\")
A token names its key in its header (kid). Whoever has the key can sign in as anybody.")]
    Key {
        /// Print the key itself.
        #[arg(long)]
        export: bool,
        /// Also the keys that sign no more, and are accepted until their last token has ended.
        #[arg(long)]
        all: bool,
    },
    /// Make another key sign; the one that did is accepted until its last token has ended.
    #[command(after_help = "\
Example:
  mirilla token rotate

No session ends. Other programs that verify tokens need the new key: mirilla token key --export.")]
    Rotate,
}

pub(super) fn run(command: &Command, config: &Config, clock: Clock) -> Result<Answer, Failure> {
    let (mut desk, export, all) = match command {
        Command::Key { export, all } => (existing_desk(config, clock)?, *export, *all),
        Command::Rotate => {
            let mut desk = Desk::open(config, clock)?;
            let kid = desk.rotate_token_key()?.kid();
            let old = desk.token_keys()?.into_iter().filter_map(|key| key.until).max();
            let text = format!("The key {kid} signs now.");
            let until = old.map(|until| format!(" The one before is accepted until {}.", time_text(until)));
            let json = json!({"outcome": "rotated", "kid": kid, "accepted_until": old.map_or(Value::Null, time_json)});
            return Ok(Answer::yes(json, text + &until.unwrap_or_default()));
        }
    };
    let signs = desk.token_key()?;
    if export {
        desk.note(EventKind::TokenKeyExported, None)?;
    }
    let json = json!({
        "outcome": "key", "kid": signs.kid(), "algorithm": ALGORITHM, "issuer": ISSUER, "audience": AUDIENCE,
    });
    let keys = if all { desk.token_keys()? } else { vec![] };
    let text = match (all, export) {
        (true, _) => keys.iter().map(|key| line(key, export)).collect::<Vec<_>>().join("\n"),
        (false, true) => signs.reveal().to_owned(),
        (false, false) => signs.kid(),
    };
    let mut answer = Answer::yes(json, text);
    if export {
        answer = answer.with("key", signs.reveal());
    }
    if all {
        let each = |key: &AcceptedKey| {
            let mut json = json!({
                "kid": key.key.kid(), "created_at": time_json(key.created_at),
                "accepted_until": key.until.map_or(Value::Null, time_json),
            });
            if export {
                json["key"] = key.key.reveal().into();
            }
            json
        };
        answer = answer.with("keys", keys.iter().map(each).collect::<Vec<_>>());
    }
    Ok(answer)
}

fn line(key: &AcceptedKey, export: bool) -> String {
    let what = if export { key.key.reveal().to_owned() } else { key.key.kid() };
    key.until.map_or_else(|| format!("{what}  signs"), |until| format!("{what}  accepted until {}", time_text(until)))
}
