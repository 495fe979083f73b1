//! `mirilla login`: recognize a person in a photo, and open a session.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use super::output::{Answer, Failure, rounded, time_json, time_text, user_json, user_text};
use super::photos;
use crate::biometrics::{ComparisonScore, Match, Pipeline};
use crate::camera::photo;
use crate::clock::Clock;
use crate::config::Config;
use crate::desk::Desk;
use crate::session::{Capture, Decision, Reason, identification};

#[derive(Args)]
#[command(after_help = "\
Examples:
  mirilla login door.jpg
  MIRILLA_TOKEN=$(mirilla login door.jpg --json | jq -r .token) mirilla profile show

The token is printed: whoever has it can read and change the profile until it ends.")]
pub(super) struct Arguments {
    /// A photo of the person.
    #[arg(value_name = "PHOTO")]
    photo: PathBuf,
}

pub(super) fn run(arguments: &Arguments, config: &Config, clock: Clock) -> Result<Answer, Failure> {
    let frame = photo::read(&arguments.photo)?;
    let mut desk = Desk::open(config, clock)?;
    if let Some(left) = desk.wait_left()? {
        desk.note_decline(Reason::TooManyAttempts, None)?;
        return Ok(Answer::held_back(left));
    }
    let mut pipeline = Pipeline::load(config.quality_limits)?;
    // As sure as the operator wants the kiosk to be.
    let policy = super::policy(config)?;
    let observation = photos::observe(&mut pipeline, &frame)?;
    let quality = photos::quality(&observation);
    let probe = match Capture::from_observation(&observation) {
        Ok(capture) => capture.embedding,
        Err(reason) => {
            let threshold = policy.threshold(desk.enrolled()?);
            return Ok(decline(&mut desk, reason, None, threshold)?.with("quality", quality));
        }
    };
    let (closest, passed_over) = desk.search_once(&probe)?;
    let (best, runner_up) = closest.matches();
    let gallery = closest.seen() as usize;
    let threshold = policy.threshold(gallery);
    let (best, runner_up) = match identification::decide(best, runner_up, gallery, &policy) {
        Decision::Recognized { best, runner_up } => (best, runner_up),
        Decision::Declined { reason, score } => {
            desk.note_miss(identification::miss(reason, score, gallery, &policy), &policy)?;
            let other = score_json(runner_up.map(|other| other.score));
            let answer = decline(&mut desk, reason, score, threshold)?
                .with("runner_up", other)
                .with("gallery", closest.seen())
                .with("quality", quality);
            if closest.seen() == 0 {
                return Ok(answer.also(&format!("Nobody is enrolled in {}.", config.data_dir.display())));
            }
            return Ok(if passed_over.outdated > 0 { outdated(answer, passed_over.outdated) } else { answer });
        }
    };
    Ok(match desk.open_session(best)? {
        Ok(session) => Answer::yes(
            json!({
                "outcome": "recognized",
                "user": user_json(&session.user),
                "score": score_json(Some(best.score)),
                "threshold": rounded(threshold, 4),
                "runner_up": score_json(runner_up.map(|other: Match| other.score)),
                "gallery": closest.seen(),
                "quality": quality,
                "token": session.token,
                "expires_at": time_json(session.expires_at),
            }),
            format!(
                "Recognized {}: score {:.3}, threshold {:.3}, {} enrolled.\nSession until {}; token:\n{}",
                user_text(&session.user),
                best.score.0,
                threshold,
                closest.seen(),
                time_text(session.expires_at),
                session.token
            ),
        ),
        Err(refusal) => refusal.into(),
    })
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
