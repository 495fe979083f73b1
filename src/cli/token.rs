//! `mirilla token`: the keys that sign tokens.

use clap::{Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::output::{self, Answer, Failure, time_json, time_text};
use super::{existing_desk, secrets};
use crate::clock::Clock;
use crate::config::Config;
use crate::desk::{AcceptedKey, Desk};
use crate::store::{EventKind, Role};
use crate::token::{AUDIENCE, ISSUER, TokenAlgorithm};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Which key signs, and how tokens are verified with it.
    #[command(after_help = "\
Examples:
  mirilla token key
  mirilla token key --export
  mirilla token key --export --all --json

The exported text of an HS256 key is the HMAC key as it is; in Python, for one:
  jwt.decode(token, key, algorithms=[\"HS256\"], issuer=\"mirilla\", audience=\"mirilla-profile\")
That of an EdDSA key is its private half, which nobody needs who verifies: see mirilla token jwks.
A token names its key in its header (kid). Whoever has the exported key, of either kind, can sign in as anybody.")]
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
  mirilla token rotate --algorithm eddsa

No session ends. Other programs that verify tokens need the new key: mirilla token key --export, or mirilla token jwks.")]
    Rotate {
        /// What the new key signs with [default: what the one before did; at first hs256].
        #[arg(long, value_name = "ALGORITHM")]
        algorithm: Option<Signature>,
    },
    /// The public keys whose tokens are accepted, as a JSON Web Key Set (RFC 7517): those of EdDSA alone.
    #[command(after_help = "\
Example:
  mirilla token jwks > /srv/www/mirilla-jwks.json

Nothing in it is secret: who verifies with it cannot sign. Shared secrets (HS256) are never in it.")]
    Jwks,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Signature {
    /// HMAC-SHA-256: whoever verifies shares a secret, and can also sign.
    Hs256,
    /// Ed25519: whoever verifies needs public keys alone (mirilla token jwks).
    Eddsa,
}

impl From<Signature> for TokenAlgorithm {
    fn from(signature: Signature) -> Self {
        match signature {
            Signature::Hs256 => Self::Hs256,
            Signature::Eddsa => Self::EdDsa,
        }
    }
}

pub(super) fn run(command: &Command, config: &Config, clock: Clock) -> Result<Answer, Failure> {
    // Whoever has a key, or makes another, decides who is let in; which one signs is no secret.
    let let_in = |desk: &mut Desk| secrets::operator(desk, config, Role::Operator);
    match command {
        Command::Key { export, all } => {
            let mut desk = existing_desk(config, clock)?;
            if *export && let Some(no) = let_in(&mut desk)? {
                return Ok(no);
            }
            key(&mut desk, *export, *all)
        }
        Command::Rotate { algorithm } => {
            let mut desk = Desk::open(config, clock)?;
            if let Some(no) = let_in(&mut desk)? {
                return Ok(no);
            }
            rotate(&mut desk, *algorithm)
        }
        Command::Jwks => {
            let keys = existing_desk(config, clock)?.token_keys()?;
            let keys: Vec<Value> = keys.iter().filter_map(|accepted| accepted.key.public_jwk()).collect();
            // Whoever reads a set of keys passes over what is no key.
            let text = format!("{:#}", json!({"keys": keys}));
            Ok(Answer::yes(json!({"outcome": "jwks", "keys": keys}), text))
        }
    }
}

fn rotate(desk: &mut Desk, algorithm: Option<Signature>) -> Result<Answer, Failure> {
    let key = desk.rotate_token_key(algorithm.map(TokenAlgorithm::from))?;
    let (kid, algorithm) = (key.kid(), key.algorithm().as_str());
    let old = desk.token_keys()?.into_iter().filter_map(|key| key.until).max();
    let text = format!("The key {kid} signs now ({algorithm}).");
    let until = old.map(|until| format!(" The one before is accepted until {}.", time_text(until)));
    let json = json!({
        "outcome": "rotated", "kid": kid, "algorithm": algorithm,
        "accepted_until": old.map_or(Value::Null, time_json),
    });
    Ok(Answer::yes(json, text + &until.unwrap_or_default()))
}

fn key(desk: &mut Desk, export: bool, all: bool) -> Result<Answer, Failure> {
    let signs = desk.token_key()?;
    if export {
        desk.note(EventKind::TokenKeyExported, None)?;
    }
    let json = json!({
        "outcome": "key", "kid": signs.kid(), "algorithm": signs.algorithm().as_str(), "issuer": ISSUER, "audience": AUDIENCE,
    });
    let keys = if all { desk.token_keys()? } else { vec![] };
    let text = match (all, export) {
        (true, _) => keys.iter().map(|key| line(key, export)).collect::<Vec<_>>().join("\n"),
        (false, true) => signs.reveal().to_owned(),
        (false, false) => format!("{}  signs ({})", signs.kid(), signs.algorithm().as_str()),
    };
    if export {
        output::aside(match signs.algorithm() {
            TokenAlgorithm::Hs256 => "whoever has this key can sign in as anybody",
            TokenAlgorithm::EdDsa => {
                "this is the private key, and whoever has it can sign in as anybody: who only verifies needs mirilla token jwks"
            }
        });
    }
    let mut answer = Answer::yes(json, text);
    if export {
        answer = answer.with("key", signs.reveal());
    }
    if all {
        let each = |key: &AcceptedKey| {
            let mut json = json!({
                "kid": key.key.kid(), "algorithm": key.key.algorithm().as_str(), "created_at": time_json(key.created_at),
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
    let (algorithm, until) = (key.key.algorithm().as_str(), key.until);
    until.map_or_else(
        || format!("{what}  signs ({algorithm})"),
        |until| format!("{what}  accepted until {} ({algorithm})", time_text(until)),
    )
}
