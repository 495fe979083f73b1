//! The self-test before the kiosk's camera, in a terminal: a line for each thing that is to be done, so that it can be read aloud.

use std::io::BufRead;
use std::time::Duration;

use super::report::tell;
use crate::app::{Eye, Seen};
use crate::camera::Trouble;
use crate::cli::before_camera::asked;
use crate::cli::output::{self, Exit, Failure};
use crate::clock::Clock;
use crate::desk;
use crate::selftest::{Guide, KeptError, Plan, Step, Taken};
use crate::session::{LivenessLevel, Policy, Sitting};
use crate::settings::Language;
use crate::ui::{Words, self_test_step};

/// How long a look at the camera waits.
const LOOK: Duration = Duration::from_millis(100);
/// A camera that gives no picture for so long ends it.
const TROUBLE_BORNE: Duration = Duration::from_secs(15);

/// What whoever leads the test wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Begin,
    Again,
    LeaveOut,
    Stop,
}

/// Before whom the test is led, and by what presentations are decided.
pub(super) struct Lead<'a> {
    pub(super) eye: Eye,
    pub(super) level: LivenessLevel,
    pub(super) policy: &'a Policy,
    pub(super) clock: Clock,
}

/// Leads through the test by what is typed, and keeps what was counted after each presentation; whether it was stopped before the
/// end.
pub(super) fn run(
    guide: &mut Guide,
    lead: &mut Lead<'_>,
    typed: &mut impl BufRead,
    mut keep: impl FnMut(&mut Guide) -> Result<bool, KeptError>,
) -> Result<bool, Failure> {
    let Lead { eye, level, policy, clock } = lead;
    let words = Words::new(Language::English);
    tell(&words.text("selftest-what"));
    loop {
        let step = guide.step();
        if step == Step::Done {
            return Ok(false);
        }
        for line in to_do(step, guide.plan(), &words) {
            tell(&line);
        }
        match wish(step, typed)? {
            Wish::Stop => return Ok(true),
            Wish::LeaveOut => {
                guide.leave_out();
                continue;
            }
            Wish::Again => {
                let taken = guide.take_back();
                tell(if taken { "The last one does not count." } else { "There is nothing to take back." });
                if taken && !keep(guide)? {
                    tell(&words.text("selftest-overtaken"));
                }
                continue;
            }
            Wish::Begin => {}
        }
        let Some(sitting) = guide.sitting(policy, *level, desk::draw_order()?, clock.elapsed()) else {
            return Ok(false);
        };
        eye.begin(sitting)?;
        let Seen { end, light, mode, .. } = watched(eye, *clock)?;
        if let Some(mode) = mode.filter(|mode| !guide.seen_by(mode)) {
            let message = format!(
                "the camera gives other pictures than before ({mode}): what was counted is kept; mirilla selftest --forget, and begin anew"
            );
            return Err(Failure::new(Exit::Machine, "camera", message));
        }
        match guide.take(&end, light, clock.wall().as_second()) {
            Taken::Enrolled => {}
            Taken::NotEnrolled(reason) => tell(reason.explanation()),
            Taken::Counted(outcome) => {
                tell(&words.text(&format!("selftest-outcome-{}", outcome.name())));
                if !keep(guide)? {
                    tell(&words.text("selftest-overtaken"));
                }
            }
        }
    }
}

/// What is to be done, and before the first time of it also how.
fn to_do(step: Step, plan: Plan, words: &Words) -> Vec<String> {
    let how = match step {
        Step::Attack { species, attempt: 1 } => Some(words.text(&format!("{}-how", species.key()))),
        _ => None,
    };
    std::iter::once(self_test_step(words, step, plan)).chain(how).collect()
}

/// Asks whoever leads the test. Where nobody can answer any more, it is stopped, and can be gone on with.
fn wish(step: Step, input: &mut impl BufRead) -> Result<Wish, Failure> {
    let left_out = match step {
        Step::Attack { .. } => "this kind",
        _ => "this person",
    };
    loop {
        output::question(&format!("Enter: begin. r: the last one again. s: leave {left_out} out. q: stop for now. "));
        let mut typed = String::new();
        let read = input.read_line(&mut typed);
        let failed = |error| Failure::new(Exit::Machine, "terminal", format!("what is typed cannot be read: {error}"));
        if read.map_err(failed)? == 0 {
            return Ok(Wish::Stop);
        }
        match typed.trim().to_lowercase().as_str() {
            "" => return Ok(Wish::Begin),
            "r" => return Ok(Wish::Again),
            "s" => return Ok(Wish::LeaveOut),
            "q" => return Ok(Wish::Stop),
            _ => tell("Only Enter, r, s or q."),
        }
    }
}

/// The sitting that has begun, told line by line until it is over.
fn watched(eye: &mut Eye, clock: Clock) -> Result<Seen, Failure> {
    let (mut said, mut troubled) = (None, None);
    loop {
        if let Some(seen) = eye.look(LOOK)? {
            return Ok(seen);
        }
        let (now, trouble) = (clock.elapsed(), eye.trouble());
        let since = troubled.filter(|_| trouble.is_some()).unwrap_or(now);
        troubled = trouble.map(|_| since);
        if let Some(trouble) = trouble.filter(|_| now.saturating_sub(since) >= TROUBLE_BORNE) {
            eye.break_off();
            let message = format!("the camera gives no picture ({}): mirilla doctor tells more", trouble.code());
            return Err(Failure::new(Exit::Machine, "camera", message));
        }
        let line = eye.sitting().and_then(|sitting| to_say(sitting, trouble));
        if line.is_some() && said != line {
            said = line;
            tell(line.unwrap_or_default());
        }
    }
}

/// What whoever is before the camera is to do.
fn to_say(sitting: &Sitting, trouble: Option<Trouble>) -> Option<&'static str> {
    match (trouble, sitting.hint(), sitting.asks()) {
        (Some(Trouble::Black), ..) => Some("The picture is black: open the camera's shutter."),
        (Some(_), ..) => Some("The camera gives no picture."),
        (None, Some(hint), _) => Some(hint.explanation()),
        (None, None, Some(ask)) => Some(asked(ask)),
        (None, None, None) => Some("Look into the camera."),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::camera::SourceOpener;
    use crate::camera::playback::Playback;
    use crate::config::Config;
    use crate::demo::{self, BIDEN};
    use crate::selftest::{Camera, Conditions, Outcome, Species};

    /// Leads before a camera that plays a portrait, by these lines; the guide, whether it was stopped, and how often it was kept.
    fn led(plan: Plan, lines: &str) -> (Guide, bool, usize) {
        let folder = tempfile::tempdir().unwrap();
        let config = Config::new(Some(folder.path())).unwrap();
        // Portraits do not turn the head when they are asked to.
        let policy = Policy { pose_patience: Duration::ZERO, ..Policy::default() };
        let pace = Duration::from_millis(30);
        let biden = move || Playback::new(vec![demo::scene(&[BIDEN]).unwrap()], pace);
        let open: SourceOpener = Arc::new(move || Ok(Box::new(biden()?)));
        let clock = Clock::start();
        let eye = Eye::load(config.quality_limits, open, None, clock, Arc::new(|| {})).unwrap();
        let level = LivenessLevel::Passive;
        let holds = Conditions::of(Camera::default(), None, level, &policy);
        let (mut guide, _) = Guide::new(plan, None, holds, 0);
        let mut kept = 0;
        let mut lead = Lead { eye, level, policy: &policy, clock };
        let stopped = run(&mut guide, &mut lead, &mut lines.as_bytes(), |_| {
            kept += 1;
            Ok(true)
        });
        let stopped = stopped.map_err(|_| "it failed").unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nobody is enrolled, and nothing is logged");
        (guide, stopped, kept)
    }

    #[test]
    fn what_is_typed_leads_from_the_first_person_to_the_last_attack() {
        let plan = Plan { people: 1, each: 1, attempts: 1 };
        // Enrolled, signs in, does that again; one attack; the others are left out, after an answer that is none.
        let (guide, stopped, kept) = led(plan, "\n\nr\n\n\nwhat\ns\ns\ns\ns\ns\ns\ns\n");
        assert!(!stopped);
        let test = guide.test();
        assert_eq!(
            (test.bona_fide().all(), test.bona_fide().of(Outcome::Passed)),
            (1, 1),
            "once, after it was taken back"
        );
        assert_eq!(test.attack(Species::PrintMatte).telling(), 1);
        assert!(Species::ALL[1..].iter().all(|species| test.attack(*species).all() == 0));
        assert_eq!(kept, 4, "after each presentation, and when one was taken back");
        assert!(test.median_light().is_some());
        assert!(test.conditions.camera.mode.as_ref().is_some_and(|mode| mode.starts_with("Demo")));
    }

    #[test]
    fn where_nobody_answers_it_is_stopped_and_what_was_counted_stays() {
        let plan = Plan { people: 2, each: 2, attempts: 1 };
        for lines in ["\n\n", "\n\nq\n"] {
            let (guide, stopped, kept) = led(plan, lines);
            assert!(stopped && kept == 1 && guide.test().bona_fide().all() == 1);
        }
    }
}
