//! `mirilla token`: the key that signs tokens.

use clap::Subcommand;
use serde_json::json;

use super::output::{Answer, Failure};
use crate::config::Config;
use crate::desk;
use crate::store::data_dir;
use crate::token::{ALGORITHM, AUDIENCE, ISSUER};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Where the key lies, and how tokens are verified with it.
    #[command(after_help = "\
Examples:
  mirilla token key
  mirilla token key --export

The exported text is the HMAC key as it is; in Python, for one:
  jwt.decode(token, key, algorithms=[\"HS256\"], issuer=\"mirilla\", audience=\"mirilla-profile\")
Whoever has the key can sign in as anybody.")]
    Key {
        /// Print the key itself.
        #[arg(long)]
        export: bool,
    },
}

pub(super) fn run(command: &Command, config: &Config) -> Result<Answer, Failure> {
    let Command::Key { export } = command;
    data_dir::create(&config.data_dir)?;
    let key = desk::token_key(config)?;
    let path = config.token_key_path();
    let shown = path.display().to_string();
    let answer = Answer::yes(
        json!({"outcome": "key", "path": shown, "algorithm": ALGORITHM, "issuer": ISSUER, "audience": AUDIENCE}),
        if *export { key.reveal().to_owned() } else { shown },
    );
    Ok(if *export { answer.with("key", key.reveal()) } else { answer })
}
