//! `mirilla enroll`: register a person with three photos.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use super::output::{Answer, Failure, quality_json, quality_text, user_json, user_text};
use super::{photos, secrets};
use crate::biometrics::Pipeline;
use crate::clock::Clock;
use crate::config::Config;
use crate::desk::Desk;
use crate::person::{EmailAddress, PersonName};
use crate::session::enrollment::{self, Mismatch};
use crate::session::{CAPTURES, Capture, Enrollment, EnrollmentBy, LookAlike, Newcomer, Reason};
use crate::store::Role;

#[derive(Args)]
#[command(after_help = "\
Examples:
  mirilla enroll --name \"Ana Díaz\" --email ana@example.org one.jpg two.jpg three.jpg
  mirilla enroll --renew --email ana@example.org new1.jpg new2.jpg new3.jpg

The three photos (JPEG, PNG, WebP or BMP, up to 50 megapixels) are different pictures of one person. Nothing is stored unless all three are good.")]
pub(super) struct Arguments {
    /// The person's name.
    #[arg(long, required_unless_present = "renew", conflicts_with = "renew")]
    name: Option<String>,
    /// The person's e-mail address; no two people share one.
    #[arg(long)]
    email: String,
    /// Replace the face of the person who is enrolled with this address.
    #[arg(long)]
    renew: bool,
    /// Enroll the person although somebody enrolled has the same face as far as can be told: for twins, whom you see to be two.
    #[arg(long)]
    look_alike: bool,
    /// Three photos of the person.
    #[arg(value_name = "PHOTO", num_args = CAPTURES, required = true)]
    photos: Vec<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, config: &Config, clock: Clock) -> Result<Answer, Failure> {
    // Everything that can be wrong with the input is found before anything is opened or computed.
    let name = arguments.name.as_deref().map(str::parse::<PersonName>).transpose()?;
    let email: EmailAddress = arguments.email.parse()?;
    let frames = photos::read(&arguments.photos)?;
    let mut desk = Desk::open(config, clock)?;
    // As sure as the operator wants the kiosk to be.
    let policy = &super::policy(config)?;
    // Whose face it is, or that two people look alike, is for an operator to say.
    let by_operator = policy.enrollment == EnrollmentBy::Operator || arguments.renew || arguments.look_alike;
    if by_operator && let Some(no) = secrets::operator(&mut desk, config, Role::Operator)? {
        return Ok(no);
    }
    let known = desk.store().user_by_email(&email)?.is_some();
    match (known, arguments.renew) {
        (true, false) => return decline(&mut desk, Reason::EmailTaken.into(), Reason::EmailTaken),
        (false, true) => return Ok(Reason::UserUnknown.into()),
        _ => {}
    }
    let mut pipeline = Pipeline::load(config.quality_limits)?;
    let mut captures = Vec::with_capacity(CAPTURES);
    for (i, frame) in frames.iter().enumerate() {
        let observation = photos::observe(&mut pipeline, frame)?;
        match Capture::from_observation(&observation) {
            Ok(capture) => captures.push(capture),
            Err(reason) => {
                let answer = Answer::from(reason).about(&photos::name(i)).with("photo", i + 1);
                return decline(&mut desk, answer.with("quality", photos::quality(&observation)), reason);
            }
        }
    }
    // The command line takes no other number of photos.
    let Ok(captures) = <[Capture; CAPTURES]>::try_from(captures) else {
        return Err(Failure::usage(format!("{CAPTURES} photos are needed")));
    };
    let enrollment = match enrollment::judge(captures, policy) {
        Ok(enrollment) => enrollment,
        Err(Mismatch { reason, captures: (one, other) }) => {
            let which = format!("photos {} and {}", one + 1, other + 1);
            let answer = Answer::from(reason).about(&which).with("photos", vec![one + 1, other + 1]);
            return decline(&mut desk, answer, reason);
        }
    };
    let look_alike = if arguments.look_alike { LookAlike::Allowed } else { LookAlike::Declined };
    let (changed, outcome, head) = match name {
        Some(name) => {
            let newcomer = Newcomer { name, email, look_alike, excused: false, consent: None };
            // Where nobody gets in without one, nobody is enrolled without one.
            let pin = if policy.wants_pin() { Some(secrets::new_pin("person")?) } else { None };
            (desk.admit(newcomer, Some(&enrollment), pin.as_ref(), policy)?, "enrolled", "Enrolled")
        }
        None => (desk.renew(&email, &enrollment, look_alike, policy)?, "renewed", "Renewed the face of"),
    };
    match changed {
        Ok(user) => {
            let json = json!({"outcome": outcome, "user": user_json(&user), "quality": qualities(&enrollment)});
            let mut text = format!("{head} {}.", user_text(&user));
            for (i, capture) in enrollment.captures.iter().enumerate() {
                text += &format!("\n  {}: {}", photos::name(i), quality_text(&capture.quality));
            }
            Ok(Answer::yes(json, text))
        }
        Err(Reason::AlreadyEnrolled) => {
            let answer = Answer::from(Reason::AlreadyEnrolled);
            // Noted already, with the score.
            Ok(answer.also("Are they twins, and you see that they are two people? Then add --look-alike."))
        }
        Err(Reason::TooManyAttempts) => {
            let left = desk.wait_left()?.unwrap_or_default();
            decline(&mut desk, Answer::held_back(left), Reason::TooManyAttempts)
        }
        Err(reason @ Reason::EmailTaken) => decline(&mut desk, reason.into(), reason),
        Err(reason) => Ok(reason.into()),
    }
}

fn decline(desk: &mut Desk, answer: Answer, reason: Reason) -> Result<Answer, Failure> {
    desk.note_decline(reason, None)?;
    Ok(answer)
}

fn qualities(enrollment: &Enrollment) -> Value {
    enrollment.captures.iter().map(|capture| quality_json(&capture.quality)).collect()
}
