//! `mirilla audit`: what happened, and whether it is told as it was written.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::{Value, json};

use super::output::{Answer, Exit, Failure, time_json, time_text};
use super::users::Who;
use super::{existing_desk, secrets};
use crate::clock::Clock;
use crate::config::Config;
use crate::desk::Desk;
use crate::session::Reason;
use crate::store::{EventKind, LoggedEvent, Role, Trail};

#[derive(Subcommand)]
pub(super) enum Command {
    /// What happened, oldest first, without names or addresses: people are told by their ids.
    #[command(after_help = "\
Examples:
  mirilla audit show --last 20
  mirilla audit show --email ana@example.org --json")]
    Show {
        /// Of this person alone; by the id also of one who was removed.
        #[arg(long, value_name = "ADDRESS|ID")]
        email: Option<String>,
        /// So many lines from the end.
        #[arg(long, value_name = "N")]
        last: Option<usize>,
    },
    /// Whether any line was altered, taken out, put in, or cut off.
    #[command(after_help = "\
Examples:
  mirilla audit verify
  mirilla audit verify --noted 5f0c...e1

Prints the digest of the last line, in which all lines before it are contained: whoever has noted it down elsewhere gives it
later, and is told whether the log still goes on from there. Nothing else shows that a backup from before that note took the log
back, or that somebody with the key of the store wrote all of it anew: note it often.")]
    Verify {
        /// A digest that was noted: of the last line then, or of any line of an export.
        #[arg(long, value_name = "DIGEST", value_parser = noted_digest)]
        noted: Option<String>,
    },
    /// Write all lines to a file, one JSON object each, with their digests.
    #[command(after_help = "\
Examples:
  mirilla audit export november.jsonl
  mirilla audit export - | gzip > november.jsonl.gz

Each line's digest is the SHA-256 of the 32 bytes of the digest before (zeros before the first line) and of the text
  line \\n at \\n kind \\n user \\n score \\n reason
without the spaces: `at` in milliseconds since 1970, `user` empty where there is none, `score` as the 32 bits of a
single-precision number read as a whole number, or empty, and `reason` as \"because\\n\" and the reason, or empty.
scripts/check-audit is such a check in Python.")]
    Export {
        /// The file, which must not be there yet, or - for standard output.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

pub(super) fn run(command: &Command, config: &Config, clock: Clock) -> Result<Answer, Failure> {
    let email = match command {
        Command::Show { email, .. } => email.as_deref().map(str::parse::<Who>).transpose()?,
        Command::Verify { .. } | Command::Export { .. } => None,
    };
    let mut desk = existing_desk(config, clock)?;
    if let Some(no) = secrets::operator(&mut desk, config, Role::Auditor)? {
        return Ok(no);
    }
    match command {
        Command::Show { last, .. } => show(&desk, email, *last),
        Command::Verify { noted } => verify(&desk, noted.as_deref()),
        Command::Export { file } => export(&desk, file),
    }
}

fn show(desk: &Desk, who: Option<Who>, last: Option<usize>) -> Result<Answer, Failure> {
    let user = match who {
        // The log is all that knows of whoever was removed.
        Some(Who::Id(id)) => Some(id),
        Some(Who::Address(email)) => match desk.store().user_by_email(&email)? {
            Some(user) => Some(user.id),
            None => return Ok(Reason::UserUnknown.into()),
        },
        None => None,
    };
    let lines = desk.store().log(user, last.unwrap_or(usize::MAX))?;
    let text = if lines.is_empty() {
        "Nothing has happened.".into()
    } else {
        lines.iter().map(line_text).collect::<Vec<_>>().join("\n")
    };
    let json = json!({"outcome": "listed", "events": lines.iter().map(line_json).collect::<Vec<_>>()});
    Ok(Answer::yes(json, text))
}

/// SHA-256 in hexadecimal digits.
fn noted_digest(text: &str) -> Result<String, String> {
    let text = text.trim().to_ascii_lowercase();
    let is_digest = text.len() == 64 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_digest
        .then_some(text)
        .ok_or_else(|| "64 digits from 0 to f are expected, as mirilla audit verify prints them".into())
}

fn verify(desk: &Desk, noted: Option<&str>) -> Result<Answer, Failure> {
    let (lines, end) = match desk.store().trail()? {
        Trail::Whole { lines, end } => (lines, end),
        Trail::Broken { line } => {
            return Ok(Answer::machine(
                json!({"outcome": "not_whole", "reason": "log_altered", "line": line}),
                format!("NOT WHOLE: line {line}, or what stood before it, is not what was written."),
            ));
        }
        Trail::Cut { lines } => {
            return Ok(Answer::machine(
                json!({"outcome": "not_whole", "reason": "log_cut", "lines": lines}),
                format!(
                    "NOT WHOLE: {lines} lines are there, but they do not end where they ended when the last was written."
                ),
            ));
        }
    };
    let events = desk.store().events()?;
    // What such a line replaced is no part of the chain any more, and only it tells.
    let restored: Vec<_> = events.iter().filter(|line| line.kind == EventKind::Restored.as_str()).collect();
    let restores: String = restored.iter().map(|line| format!("\n{}", line_text(line))).collect();
    let restored: Vec<Value> = restored.into_iter().map(line_json).collect();
    let restores = if restored.is_empty() {
        String::new()
    } else {
        format!(
            "\nBackups took the place of the database, with the log as it was when they were made; each line has how many lines the log had that it replaced:{restores}"
        )
    };
    let found = noted.map(|noted| events.iter().find(|line| line.digest.as_deref() == Some(noted)));
    Ok(match found {
        Some(None) => Answer::machine(
            json!({"outcome": "not_whole", "reason": "noted_line_missing", "lines": lines, "digest": end, "restored": restored}),
            format!(
                "NOT WHOLE: none of the {lines} lines has the digest that was noted. Was it copied right? If so, it was of a log that is not here any more: an export of it tells what was in it.{restores}"
            ),
        ),
        found => {
            let noted = found.flatten().map(|line| line.line);
            let text = noted.map_or_else(String::new, |line| format!("\nWhat was noted is line {line}."));
            Answer::yes(
                json!({"outcome": "whole", "lines": lines, "digest": end, "noted_line": noted, "restored": restored}),
                format!("All {lines} lines are as they were written. Digest: {end}{text}{restores}"),
            )
        }
    })
}

fn export(desk: &Desk, path: &Path) -> Result<Answer, Failure> {
    let lines = desk.store().events()?;
    if path == Path::new("-") {
        let events: Vec<Value> = lines.iter().map(line_json).collect();
        let text = events.iter().map(Value::to_string).collect::<Vec<_>>().join("\n");
        return Ok(Answer::yes(json!({"outcome": "exported", "lines": lines.len(), "events": events}), text));
    }
    let failed = |error: std::io::Error| {
        let message = format!("the lines cannot be written: {error} ({})", path.display());
        Failure::new(Exit::Machine, "file_unusable", message)
    };
    if path.exists() {
        return Err(Failure::file_exists(path));
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    // It tells when each person came: for its owner only.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).map_err(failed)?;
    let mut file = std::io::BufWriter::new(file);
    for line in &lines {
        writeln!(file, "{}", line_json(line)).map_err(failed)?;
    }
    file.into_inner().map_err(|error| failed(error.into_error()))?.sync_all().map_err(failed)?;
    let digest = lines.last().and_then(|line| line.digest.clone()).unwrap_or_default();
    let text = format!("{} lines written to {}. Digest of the last: {digest}", lines.len(), path.display());
    let json =
        json!({"outcome": "exported", "lines": lines.len(), "path": path.display().to_string(), "digest": digest});
    Ok(Answer::yes(json, text))
}

pub(super) fn line_json(line: &LoggedEvent) -> Value {
    json!({
        "line": line.line,
        "at": time_json(line.at),
        "kind": line.kind,
        "user": line.user.map(|user| user.0),
        "reason": line.reason,
        "score": line.score,
        "digest": line.digest,
    })
}

pub(super) fn line_text(line: &LoggedEvent) -> String {
    let mut text = format!("{:>6}  {}  {}", line.line, time_text(line.at), line.kind);
    if let Some(user) = line.user {
        text += &format!("  {user}");
    }
    if let Some(reason) = &line.reason {
        text += &format!("  {reason}");
    }
    if let Some(score) = line.score {
        text += &format!("  score {score:.3}");
    }
    text
}
