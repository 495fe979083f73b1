//! `mirilla operator`: the PINs of those who run the kiosk.

use clap::{Subcommand, ValueEnum};
use serde_json::json;

use super::output::{Answer, Exit, Failure};
use super::secrets;
use crate::clock::Clock;
use crate::config::Config;
use crate::desk::Desk;
use crate::store::{EventKind, Role};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Choose a PIN, or another one.
    #[command(after_help = "\
Examples:
  mirilla operator pin
  mirilla operator pin --role auditor
  mirilla operator pin --role auditor --remove
  MIRILLA_OPERATOR_PIN=... MIRILLA_NEW_PIN=... mirilla operator pin --json

The operator's PIN is asked for by the pages behind the clock and by the commands that show or change people, keys and backups;
MIRILLA_OPERATOR_PIN answers instead. The auditor's opens the log (mirilla audit) and nothing else.")]
    Pin {
        /// Whose.
        #[arg(long, value_name = "ROLE", default_value = "operator")]
        role: WhichRole,
        /// Take the auditor's PIN away.
        #[arg(long)]
        remove: bool,
    },
    /// Forget the operator's PIN, when nobody knows it any more: the next one to open the pages chooses another. The log tells
    /// of it.
    #[command(after_help = "\
Example:
  mirilla operator reset

Only in a terminal, where it is asked whether it is meant: whoever has this machine's login can do it, and has the data in any case.")]
    Reset {
        /// Do not ask whether it is meant.
        #[arg(long)]
        yes: bool,
    },
}

/// A role, as it is given.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum WhichRole {
    /// Looks after people and settings.
    Operator,
    /// Reads the log.
    Auditor,
}

impl From<WhichRole> for Role {
    fn from(role: WhichRole) -> Self {
        match role {
            WhichRole::Operator => Self::Operator,
            WhichRole::Auditor => Self::Auditor,
        }
    }
}

pub(super) fn run(command: &Command, config: &Config, clock: Clock) -> Result<Answer, Failure> {
    let mut desk = Desk::open(config, clock)?;
    match command {
        Command::Pin { role: WhichRole::Operator, remove: true } => {
            Err(Failure::usage("the operator's PIN can be changed, and not be taken away"))
        }
        Command::Pin { role, remove } => {
            let made = !desk.has_role_pin(Role::Operator)?;
            if let Some(no) = secrets::operator(&mut desk, config, Role::Operator)? {
                return Ok(no);
            }
            let role = Role::from(*role);
            // Whoever has just chosen the first one is done, unless they have said what it is to be after that.
            if !(made && role == Role::Operator) || secrets::is_new_pin_given()? {
                let pin = if *remove { None } else { Some(secrets::new_pin(role.as_str())?) };
                if !desk.set_role_pin(role, pin.as_ref())? {
                    let message = "this is the PIN of the other role: choose a PIN of its own";
                    return Err(Failure::new(Exit::Input, "pin_invalid", message));
                }
            }
            let (outcome, what) =
                if *remove { ("pin_removed", "has no PIN any more") } else { ("pin_set", "has its PIN") };
            let json = json!({"outcome": outcome, "role": role.as_str()});
            Ok(Answer::yes(json, format!("The {} {what}.", role.as_str())))
        }
        Command::Reset { yes } => {
            if !secrets::is_terminal() {
                let message = "this is done in a terminal and nowhere else";
                return Err(Failure::new(Exit::Input, "terminal_needed", message));
            }
            if !yes && !secrets::is_meant("The next one to open the operator's pages will choose the PIN. Forget it?")?
            {
                return Err(Failure::usage("nothing was forgotten: yes was not typed"));
            }
            desk.note(EventKind::RoleReset, None)?;
            desk.set_role_pin(Role::Operator, None)?;
            let json = json!({"outcome": "reset"});
            Ok(Answer::yes(
                json,
                "Forgotten: the next one to open the operator's pages, or to use a command of the operator's, chooses another.",
            ))
        }
    }
}
