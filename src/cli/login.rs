//! `mirilla login`: recognize a person in a photo, or by a PIN, and open a session.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};

use super::output::{self, Answer, Failure, rounded, time_json, time_text, user_json, user_text};
use super::{before_camera, photos, secrets};
use crate::biometrics::liveness::{self, Cue};
use crate::biometrics::{ComparisonScore, Match, Observation, Pipeline};
use crate::camera::{Frame, photo};
use crate::clock::Clock;
use crate::config::Config;
use crate::desk::{Account, Desk, PinAnswer, Session};
use crate::person::{EmailAddress, Pin};
use crate::session::{Capture, Decision, Decline, LivenessLevel, Means, Miss, Policy, Proof, Reason, identification};
use crate::settings::Settings;

#[derive(Args)]
#[command(after_help = "\
Examples:
  mirilla login door.jpg
  mirilla login --camera
  mirilla login --email ana@example.org
  MIRILLA_TOKEN=$(mirilla login door.jpg --json | jq -r .token) mirilla profile show

With --camera what you are to do is told line by line. With --email, and where the operator wants both, a PIN is asked for (or read from MIRILLA_PIN).
The token is printed: whoever has it can read and change the profile until it ends.")]
pub(super) struct Arguments {
    /// A photo of the person.
    #[arg(value_name = "PHOTO")]
    photo: Option<PathBuf>,
    /// Sign in before the camera, as at the kiosk: the operator's, or this one of `mirilla camera list`.
    #[arg(long, value_name = "CAMERA", num_args = 0..=1, conflicts_with_all = ["photo", "email"])]
    camera: Option<Option<String>>,
    /// Sign in by a PIN instead: the person's e-mail address.
    #[arg(long, conflicts_with = "photo")]
    email: Option<String>,
}

const NOBODY: &str = "who is it? Give a photo, or --email ADDRESS to sign in with a PIN (mirilla login --help)";

pub(super) fn run(arguments: &Arguments, config: &Config, clock: Clock) -> Result<Answer, Failure> {
    // What can be wrong with the input is found before anything is opened.
    if let Some(camera) = &arguments.camera {
        return before_camera::login(camera.as_deref(), config, clock);
    }
    let frame = arguments.photo.as_deref().map(photo::read).transpose()?;
    let email = arguments.email.as_deref().map(str::parse::<EmailAddress>).transpose()?;
    if frame.is_none() && email.is_none() {
        return Err(Failure::usage(NOBODY));
    }
    let mut desk = Desk::open(config, clock)?;
    let answer = sign_in(frame, email, &mut desk, config)?;
    remove_absent(&mut desk, config)?;
    Ok(answer)
}

/// Whoever does not come any more is removed once a day, as by the kiosk: where nobody opens its window, this is all that runs.
pub(super) fn remove_absent(desk: &mut Desk, config: &Config) -> Result<(), Failure> {
    let days = Settings::load(&config.settings_path())?.keep_days;
    // It is no reason to keep from whoever has signed in that they have.
    match desk.remove_absent_once_a_day(days) {
        Ok(removed) if removed.is_empty() => {}
        Ok(removed) => output::aside(&format!("removed {} who had not come for {days} days", removed.len())),
        Err(error) => tracing::warn!(%error, "whoever does not come any more cannot be looked for"),
    }
    Ok(())
}

fn sign_in(
    frame: Option<Frame>,
    email: Option<EmailAddress>,
    desk: &mut Desk,
    config: &Config,
) -> Result<Answer, Failure> {
    // As sure as the operator wants the kiosk to be.
    let policy = super::policy(config)?;
    let Some(frame) = frame else {
        let Some(email) = email else { return Err(Failure::usage(NOBODY)) };
        return by_pin(desk, &email, &secrets::own_pin()?, &policy);
    };
    if policy.sign_in == Means::Pin {
        return Err(Failure::usage(
            "this kiosk signs people in by e-mail address and PIN: mirilla login --email ADDRESS",
        ));
    }
    if policy.liveness.is_active() {
        return Err(Failure::usage(
            "this kiosk asks people to move, and a photo does not: mirilla login --camera, or --email ADDRESS",
        ));
    }
    // Asked for before it is known whether it helps: whoever has no PIN learns nothing of who is enrolled.
    let pin = if policy.wants_both() { Some(secrets::own_pin()?) } else { None };
    if let Some(left) = desk.wait_left()? {
        return held_back(desk, left);
    }
    let mut pipeline = Pipeline::load(config.quality_limits)?;
    let observation = photos::observe(&mut pipeline, &frame)?;
    let quality = photos::quality(&observation);
    let probe = match Capture::from_observation(&observation) {
        Ok(capture) => capture.embedding,
        Err(reason) => {
            let threshold = policy.threshold(desk.enrolled()?);
            return Ok(decline(desk, reason, None, threshold)?.with("quality", quality));
        }
    };
    if let Some(cue) = suspected(&observation, &policy) {
        desk.note_miss(Miss::Stranger, &policy)?;
        let reason = Reason::PhotoSuspected;
        desk.note_declined(&Decline { cue: Some(cue), ..Decline::of(reason) })?;
        return Ok(Answer::from(reason).with("cue", cue.name()).with("quality", quality));
    }
    let (closest, passed_over) = desk.search_once(&probe)?;
    let (best, runner_up) = closest.matches();
    let gallery = closest.seen() as usize;
    let threshold = policy.threshold(gallery);
    let (best, runner_up) = match identification::decide(best, runner_up, gallery, &policy) {
        Decision::Recognized { best, runner_up } => (best, runner_up),
        Decision::Declined { reason, score } => {
            desk.note_miss(identification::miss(reason, score, gallery, &policy), &policy)?;
            let other = score_json(runner_up.map(|other| other.score));
            let answer = decline(desk, reason, score, threshold)?
                .with("runner_up", other)
                .with("gallery", closest.seen())
                .with("quality", quality);
            if closest.seen() == 0 {
                return Ok(answer.also(&format!("Nobody is enrolled in {}.", config.data_dir.display())));
            }
            return Ok(if passed_over.outdated > 0 { outdated(answer, passed_over.outdated) } else { answer });
        }
    };
    // Whoever was recognized may know that there is none.
    if pin.is_some() && !desk.has_pin(best.user)? {
        desk.note_decline(Reason::PinNotSet, Some(best.score))?;
        return Ok(Reason::PinNotSet.into());
    }
    if let Some(pin) = &pin {
        match desk.check_pin(Account::Recognized(best.user), pin, &policy)? {
            PinAnswer::Right(_) => {}
            PinAnswer::Refused(reason) => return Ok(reason.into()),
            PinAnswer::HeldBack(left) => return held_back(desk, left),
        }
    }
    let proof = Proof { score: Some(best.score), pin: pin.is_some(), liveness: policy.liveness };
    Ok(match desk.open_session(best.user, proof, &policy)? {
        Ok(session) => {
            let scores = format!("score {:.3}, threshold {threshold:.3}, {} enrolled", best.score.0, closest.seen());
            opened(&session, &format!("Recognized {}: {scores}.", user_text(&session.user)))
                .with("score", score_json(Some(best.score)))
                .with("threshold", rounded(threshold, 4))
                .with("runner_up", score_json(runner_up.map(|other: Match| other.score)))
                .with("gallery", closest.seen())
                .with("quality", quality)
        }
        Err(refusal) => refusal.into(),
    })
}

/// The passive cue that speaks against a photo. One that was taken of somebody shows no more signs of life than a photo of a
/// photo does; a border, or the frame of a telephone, is seen all the same.
fn suspected(observation: &Observation, policy: &Policy) -> Option<Cue> {
    let life = observation.life.as_ref().filter(|_| policy.liveness != LivenessLevel::Off)?;
    liveness::denied(&[life.look])
}

fn by_pin(desk: &mut Desk, email: &EmailAddress, pin: &Pin, policy: &Policy) -> Result<Answer, Failure> {
    let user = match desk.check_pin(Account::Address(email), pin, policy)? {
        PinAnswer::Right(user) => user,
        PinAnswer::Refused(reason) => return Ok(reason.into()),
        PinAnswer::HeldBack(left) => return held_back(desk, left),
    };
    Ok(match desk.open_session(user, Proof::by_pin(), policy)? {
        Ok(session) => opened(&session, &format!("Signed in {}.", user_text(&session.user))),
        Err(refusal) => refusal.into(),
    })
}

fn held_back(desk: &mut Desk, left: Duration) -> Result<Answer, Failure> {
    desk.note_decline(Reason::TooManyAttempts, None)?;
    Ok(Answer::held_back(left))
}

pub(super) fn opened(session: &Session, head: &str) -> Answer {
    let json = json!({
        "outcome": "recognized",
        "user": user_json(&session.user),
        "token": session.token.as_str(),
        "expires_at": time_json(session.expires_at),
    });
    Answer::yes(
        json,
        format!("{head}\nSession until {}; token:\n{}", time_text(session.expires_at), session.token.as_str()),
    )
}

fn decline(desk: &mut Desk, reason: Reason, score: Option<ComparisonScore>, threshold: f32) -> Result<Answer, Failure> {
    desk.note_decline(reason, score)?;
    Ok(Answer::from(reason).with("score", score_json(score)).with("threshold", rounded(threshold, 4)))
}

/// People whose reference another network made cannot be recognized: it is said, not passed over.
fn outdated(answer: Answer, count: usize) -> Answer {
    let hint = format!("{count} enrolled with an earlier network must enroll again (mirilla enroll --renew)");
    answer.also(&hint).with("outdated_references", count)
}

fn score_json(score: Option<ComparisonScore>) -> Value {
    score.map_or(Value::Null, |score| rounded(score.0, 4).into())
}
