//! The self-test before the kiosk's camera, in a terminal: a line for each thing that is to be done, so that it can be read aloud.

use std::io::BufRead;
use std::sync::Arc;
use std::time::Duration;

use super::report::tell;
use crate::biometrics::Pipeline;
use crate::biometrics::liveness::Looking;
use crate::camera::{CameraPhase, SourceOpener, Trouble};
use crate::cli::before_camera::asked;
use crate::cli::output::{self, Exit, Failure};
use crate::clock::Clock;
use crate::config::Config;
use crate::desk;
use crate::selftest::{End, Guide, KeptError, Plan, Sitting, Step, Test, median_luma};
use crate::session::{LivenessLevel, Policy};
use crate::settings::Language;
use crate::ui::{Value, Words};
use crate::worker::{CameraWatch, Recognition};

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
    lead: &Lead<'_>,
    typed: &mut impl BufRead,
    mut keep: impl FnMut(&Test) -> Result<(), KeptError>,
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
                if taken {
                    keep(guide.test())?;
                }
                continue;
            }
            Wish::Begin => {}
        }
        let now = clock.elapsed();
        let sitting = match step {
            Step::Enroll { .. } => Sitting::enrolling(policy, now),
            _ => Sitting::presenting(policy, *level, guide.testers(), desk::draw_order()?, now),
        };
        let Seen { end, light, mode } = eye.look(sitting)?;
        if let Some(mode) = mode.filter(|mode| !guide.seen_by(mode)) {
            let message = format!(
                "the camera gives other pictures than before ({mode}): what was counted is kept; mirilla selftest --forget, and begin anew"
            );
            return Err(Failure::new(Exit::Machine, "camera", message));
        }
        match end {
            End::Enrolled(template) => guide.enrolled(&template),
            End::NotEnrolled(reason) => tell(reason.explanation()),
            End::Presented(outcome, _) => {
                tell(&words.text(&format!("selftest-outcome-{}", outcome.name())));
                guide.count(outcome, light, clock.wall().as_second());
                keep(guide.test())?;
            }
        }
    }
}

/// What is to be done, and before the first time of it also how.
fn to_do(step: Step, plan: Plan, words: &Words) -> Vec<String> {
    let number = |number: u32| Value::Number(number.into());
    match step {
        Step::Enroll { person: Some(person) } => {
            vec![words.with("selftest-enroll", &[("person", number(person)), ("people", number(plan.people))])]
        }
        Step::Enroll { person: None } => vec![words.text("selftest-enroll-attacks")],
        Step::BonaFide { person, attempt } => {
            let values = [("person", number(person)), ("attempt", number(attempt)), ("of", number(plan.each))];
            vec![words.with("selftest-bona-fide", &values)]
        }
        Step::Attack { species, attempt } => {
            let what = words.text(&species.key());
            let values = [("what", Value::Text(&what)), ("attempt", number(attempt)), ("of", number(plan.attempts))];
            let mut lines = vec![words.with("selftest-attack", &values)];
            if attempt == 1 {
                lines.push(words.text(&format!("{}-how", species.key())));
            }
            lines
        }
        Step::Done => vec![],
    }
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

/// What came of a look.
struct Seen {
    end: End,
    light: Option<u8>,
    /// What the camera calls itself.
    mode: Option<String>,
}

/// The camera, on for each presentation as for each visitor, and what looks at it.
pub(super) struct Eye {
    open: SourceOpener,
    recognition: Recognition,
    clock: Clock,
}

impl Eye {
    pub(super) fn open(open: SourceOpener, config: &Config, clock: Clock) -> Result<Self, Failure> {
        let mut pipeline = Pipeline::load(config.quality_limits)?;
        let observe = move |frame: &_, looking| pipeline.observe(frame, looking);
        Ok(Self { open, recognition: Recognition::start(observe, Arc::new(|| {}))?, clock })
    }

    fn look(&self, mut sitting: Sitting) -> Result<Seen, Failure> {
        let since = sitting.began();
        let watch = CameraWatch::start(self.open.clone(), &self.recognition, self.clock, Arc::new(|| {}))?;
        let (mut light, mut said, mut troubled) = (None, None, None);
        loop {
            let detail = sitting.detail();
            self.recognition.look_for(detail.map(|detail| Looking { detail, since }));
            let seen = self.recognition.observation(LOOK);
            let now = self.clock.elapsed();
            let status = watch.status();
            let trouble = match status.phase {
                CameraPhase::Trouble(trouble) => Some(trouble),
                CameraPhase::Opening | CameraPhase::Live => None,
            };
            sitting.camera_changed(trouble, now);
            match seen {
                None => return Err(Failure::new(Exit::Machine, "recognition_stopped", "the recognition has stopped")),
                Some(Err(failed)) => return Err(failed.error.into()),
                // What was taken before is of the one before.
                Some(Ok(Some(seen))) if seen.captured_at >= since => sitting.observe(seen, now),
                Some(Ok(_)) => {}
            }
            sitting.tick(now);
            light = watch.preview().as_ref().and_then(median_luma).or(light);
            if let Some(end) = sitting.end() {
                self.recognition.look_for(None);
                return Ok(Seen { end: end.clone(), light, mode: status.source });
            }
            let since = troubled.filter(|_| trouble.is_some()).unwrap_or(now);
            troubled = trouble.map(|_| since);
            if let Some(trouble) = trouble.filter(|_| now.saturating_sub(since) >= TROUBLE_BORNE) {
                let message = format!("the camera gives no picture ({}): mirilla doctor tells more", trouble.code());
                return Err(Failure::new(Exit::Machine, "camera", message));
            }
            let line = to_say(&sitting, trouble);
            if line.is_some() && said != line {
                said = line;
                tell(line.unwrap_or_default());
            }
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
    use super::*;
    use crate::camera::playback::Playback;
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
        let eye = Eye::open(open, &config, clock).map_err(|_| "no threads").unwrap();
        let level = LivenessLevel::Passive;
        let holds = Conditions::of(Camera::default(), None, level, &policy);
        let (mut guide, _) = Guide::new(plan, None, holds, 0);
        let mut kept = 0;
        let lead = Lead { eye, level, policy: &policy, clock };
        let stopped = run(&mut guide, &lead, &mut lines.as_bytes(), |_| {
            kept += 1;
            Ok(())
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
