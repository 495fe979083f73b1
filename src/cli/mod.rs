//! The command line: one file for each subcommand. Each computes an answer; `output` prints it.

mod audit;
mod before_camera;
mod bench;
mod camera;
mod demo;
mod doctor;
mod enroll;
mod eval;
mod kiosk;
mod login;
mod operator;
mod output;
mod photos;
mod profile;
mod secrets;
mod selftest;
mod store;
mod token;
mod users;

use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::clock::Clock;
use crate::config::Config;
use crate::desk::Desk;
use crate::session::Policy;
use crate::settings::{ConsentTexts, Settings};
use output::{Exit, Failure, Report};

/// Knows who stands before it: offline face enrollment and sign-in.
#[derive(Parser)]
#[command(
    name = "mirilla",
    version,
    about,
    after_help = "\
Exit codes: 0 yes; 1 no (declined, with a reason); 2 bad usage or bad input; 3 the machine (disk, database, camera).

Examples:
  mirilla
  mirilla demo
  mirilla enroll --name \"Ana Díaz\" --email ana@example.org one.jpg two.jpg three.jpg
  mirilla login door.jpg --json"
)]
struct Cli {
    /// Print one JSON object on standard output instead of text.
    #[arg(long, global = true)]
    json: bool,

    /// Where users, faces, and keys are kept [default: the platform's folder for application data].
    #[arg(long, global = true, value_name = "DIR", env = "MIRILLA_DATA_DIR")]
    data_dir: Option<PathBuf>,

    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// The window in front of the camera; also without any command.
    Kiosk(kiosk::Arguments),
    /// Register a person with three photos.
    Enroll(enroll::Arguments),
    /// Recognize a person in a photo, or by a PIN, and open a session.
    Login(login::Arguments),
    /// Read or change the profile that a token opens.
    #[command(subcommand)]
    Profile(profile::Command),
    /// List, show, and remove the people enrolled.
    #[command(subcommand)]
    Users(users::Command),
    /// What happened, and whether it is told as it was written.
    #[command(subcommand)]
    Audit(audit::Command),
    /// The PINs of those who run the kiosk.
    #[command(subcommand)]
    Operator(operator::Command),
    /// Measure what pictures get in at this site, with people and attacks, step by step.
    Selftest(selftest::Arguments),
    /// Show the whole flow on bundled people.
    Demo(demo::Arguments),
    /// List cameras, and watch one.
    #[command(subcommand)]
    Camera(camera::Command),
    /// Tell what is well and what is not.
    #[command(after_help = "\
Example:
  mirilla doctor

Looks, and changes nothing. Exit code 3 when something is not well.")]
    Doctor,
    /// Measure how fast this machine is, and say what that means.
    Bench(bench::Arguments),
    /// Measure how often the recognition errs, on labelled pictures of your own.
    #[command(subcommand)]
    Eval(eval::Command),
    /// The key that signs tokens.
    #[command(subcommand)]
    Token(token::Command),
    /// Back the database up, restore it, change its key, and look at every page.
    #[command(subcommand)]
    Store(store::Command),
}

impl Command {
    /// Whether it looks at who is enrolled, and so may have to ask for a passphrase.
    fn opens_the_store(&self) -> bool {
        match self {
            Self::Kiosk(arguments) => !arguments.only_prints(),
            Self::Selftest(arguments) => arguments.opens_the_store(),
            Self::Demo(_) | Self::Camera(_) | Self::Bench(_) | Self::Eval(_) => false,
            _ => true,
        }
    }
}

/// Runs the program with these arguments, the first being its own name.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    // Also when the rest cannot be understood, whoever asked for JSON gets JSON.
    let json = arguments.iter().any(|argument| argument == "--json");
    start_logging();
    secrets::keep_out_of_core_dumps();
    let report = match Cli::try_parse_from(arguments) {
        Ok(cli) => dispatch(cli).into(),
        Err(error) if error.use_stderr() && json => Failure::usage(first_paragraph(&error)).into(),
        Err(error) => {
            let _ = error.print(); // nowhere to tell that there is nowhere to tell
            return ExitCode::from(error.exit_code().try_into().unwrap_or(2));
        }
    };
    print(&report, json)
}

fn print(report: &Report, json: bool) -> ExitCode {
    match report.print(json).and_then(|()| std::io::stdout().flush()) {
        Ok(()) => report.exit_code(),
        // Whoever reads has gone away: what was to be done is done all the same.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => report.exit_code(),
        Err(error) => {
            tracing::error!(%error, "the answer could not be written");
            ExitCode::from(3)
        }
    }
}

fn dispatch(cli: Cli) -> Result<output::Answer, Failure> {
    let clock = Clock::start();
    let mut config = Config::new(cli.data_dir.as_deref())?;
    let command = cli.command.unwrap_or_else(|| Command::Kiosk(kiosk::Arguments::default()));
    config.keys = secrets::key_options(&config, command.opens_the_store())?;
    match command {
        Command::Kiosk(arguments) => kiosk::run(arguments, &config, cli.data_dir.as_deref(), clock),
        Command::Enroll(arguments) => enroll::run(&arguments, &config, clock),
        Command::Login(arguments) => login::run(&arguments, &config, clock),
        Command::Profile(command) => profile::run(&command, &config, clock),
        Command::Users(command) => users::run(&command, &config, clock),
        Command::Audit(command) => audit::run(&command, &config, clock),
        Command::Operator(command) => operator::run(&command, &config, clock),
        Command::Selftest(arguments) => selftest::run(&arguments, &config, clock),
        Command::Demo(arguments) => demo::run(&arguments, &config, clock),
        Command::Camera(command) => camera::run(&command, cli.json, clock),
        Command::Doctor => Ok(doctor::run(&config, clock)),
        Command::Bench(arguments) => bench::run(&arguments, clock),
        Command::Eval(command) => eval::run(&command, &config),
        Command::Token(command) => token::run(&command, &config, clock),
        Command::Store(command) => store::run(&command, &config, clock),
    }
}

/// The database, where there is one; none is made to be looked at.
fn existing(config: &Config) -> Result<PathBuf, Failure> {
    let path = config.database_path();
    // Where it cannot be told whether there is one, that is told by whoever opens it.
    if !matches!(path.try_exists(), Ok(false)) {
        return Ok(path);
    }
    let message = format!("there is no database yet: enroll somebody, or restore a backup ({})", path.display());
    Err(Failure::new(Exit::Input, "no_database", message))
}

/// The desk, for whoever only looks: with the database that is there.
fn existing_desk(config: &Config, clock: Clock) -> Result<Desk, Failure> {
    existing(config)?;
    Ok(Desk::open(config, clock)?)
}

/// What is decided by: as sure as the operator wants the kiosk to be, and for whoever has agreed to today's texts.
fn policy(config: &Config) -> Result<Policy, Failure> {
    let policy = Settings::load(&config.settings_path())?.applied_to(&config.policy);
    Ok(ConsentTexts::load(&config.data_dir)?.applied_to(&policy))
}

/// What the window system warns of (odd sizes in millimetres, desktops without settings) nobody can do anything about;
/// nor about what X11 says when a window that is just gone is asked after (a display that is lost is told elsewhere).
const USUAL_LOG: &str = "warn,winit=error,winit::platform_impl::linux=off,egui_winit=error";

/// Logs go to standard error; `MIRILLA_LOG` sets what is logged (`info`, `mirilla=debug` ...).
fn start_logging() {
    let wanted = std::env::var("MIRILLA_LOG").unwrap_or_default();
    let filter = EnvFilter::try_new(if wanted.is_empty() { USUAL_LOG } else { &wanted });
    let not_understood = filter.is_err();
    let logger = tracing_subscriber::fmt()
        .with_env_filter(filter.unwrap_or_else(|_| USUAL_LOG.into()))
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .finish();
    let _ = tracing::subscriber::set_global_default(logger); // fails only where a host program has set its own
    if not_understood {
        tracing::warn!("MIRILLA_LOG is not understood; expected a level such as info, or mirilla=debug");
    }
}

/// What clap says, less the usage that follows.
fn first_paragraph(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let text = text.split("\n\n").next().unwrap_or_default();
    text.trim_start_matches("error: ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
