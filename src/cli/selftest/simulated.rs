//! The whole self-test by itself, with rendered heads and attacks, in a time that passes as fast as frames are made.

use std::time::Duration;

use super::report::{self, Report};
use super::{Arguments, plan};
use crate::biometrics::Pipeline;
use crate::biometrics::liveness::Looking;
use crate::cli::output::{Answer, Exit, Failure};
use crate::config::Config;
use crate::desk;
use crate::selftest::{Camera, Conditions, End, Guide, Plan, Sitting, Species, Step, median_luma};
use crate::session::{LivenessLevel, Policy, State};
use crate::settings::Language;
use crate::simulation::{self, HEIGHT, Performer, SimulationError, Stage, WIDTH};
use crate::ui::Words;

/// Time from one frame to the next.
const PACE: Duration = Duration::from_millis(66);
/// Time between two presentations: whoever was there has left.
const BETWEEN: Duration = Duration::from_secs(5);
/// Degrees by which heads and prints turn,
const TURN: f32 = 32.0;
/// and by which whoever is enrolled does: a little, for some portraits look to a side already.
const ENROLLING_TURN: f32 = 16.0;
/// As many heads as are bundled: a fourth person would be one of them.
const MOST_PEOPLE: u32 = 3;
/// An attack that shows nothing so often, for each time that it should, is given up.
const WASTED: u32 = 2;

pub(super) fn run(arguments: &Arguments, config: &Config) -> Result<Answer, Failure> {
    let plan = plan(arguments, Plan { people: MOST_PEOPLE, each: 2, attempts: 3 });
    if plan.people > MOST_PEOPLE {
        let message = format!("--people {}: the demo has {MOST_PEOPLE} heads", plan.people);
        return Err(Failure::usage(message));
    }
    let level = arguments.level.and_then(LivenessLevel::numbered).unwrap_or_default();
    let policy = Policy { liveness: level, ..config.policy.clone() };
    let camera = Camera { id: None, mode: Some(format!("SIMULATION, RGB {WIDTH}x{HEIGHT}")) };
    let (mut guide, _) = Guide::new(plan, None, Conditions::of(camera, None, level, &policy), 0);
    let mut rehearsal = Rehearsal {
        stage: Stage::open().map_err(|error| failed(&error))?,
        pipeline: Pipeline::load(config.quality_limits)?,
        now: BETWEEN,
        seed: 0,
    };
    rehearsal.go(&mut guide, level, &policy)?;
    let report = Report::of(level, guide.test(), &guide.test().conditions);
    Ok(report.simulated().answer("measured"))
}

fn failed(error: &SimulationError) -> Failure {
    Failure::new(Exit::Machine, "network", error.to_string())
}

/// What is rendered for a species. The renderer knows no gloss, and screens that play alone: a still picture that fills the view
/// is paper.
fn rendered(species: Species) -> Option<simulation::Species> {
    use simulation::Species as S;
    match species {
        Species::PrintMatte => Some(S::PrintFlat),
        Species::PrintGlossy => None,
        Species::PrintBent => Some(S::PrintBent),
        Species::PrintFolded => Some(S::PrintFolded),
        Species::CutEyes => Some(S::CutEyes),
        Species::Phone => Some(S::Phone),
        Species::Tablet => Some(S::PrintLarge),
        Species::ReplayedTurn => Some(S::Screen),
    }
}

/// The rendered world.
struct Rehearsal {
    stage: Stage,
    pipeline: Pipeline,
    now: Duration,
    /// No two presentations are alike.
    seed: u64,
}

impl Rehearsal {
    fn go(&mut self, guide: &mut Guide, level: LivenessLevel, policy: &Policy) -> Result<(), Failure> {
        let words = Words::new(Language::English);
        let mut told = None;
        loop {
            let step = guide.step();
            let (line, species, head) = match step {
                Step::Done => return Ok(()),
                Step::Enroll { person } => {
                    let person = person.unwrap_or(1);
                    (format!("Person {person} is enrolled."), simulation::Species::BonaFide, person)
                }
                Step::BonaFide { person, .. } => {
                    (format!("Person {person} signs in."), simulation::Species::BonaFide, person)
                }
                Step::Attack { species, .. } => {
                    let name = words.text(&species.key());
                    let count = guide.test().attack(species);
                    let most = WASTED.saturating_mul(guide.plan().attempts).saturating_add(guide.plan().attempts);
                    match rendered(species).filter(|_| count.all() < most) {
                        // Always the first one's picture, who is enrolled.
                        Some(shown) => (format!("{name}."), shown, 1),
                        None => {
                            report::tell(&format!("{name}: left out."));
                            guide.leave_out();
                            continue;
                        }
                    }
                }
            };
            if told.as_ref() != Some(&line) {
                report::tell(&line);
                told = Some(line);
            }
            let sitting = match step {
                Step::Enroll { .. } => Sitting::enrolling(policy, self.now),
                _ => Sitting::presenting(policy, level, guide.testers(), desk::draw_order()?, self.now),
            };
            match self.present(sitting, species, head)? {
                (End::Enrolled(template), _) => guide.enrolled(&template),
                (End::NotEnrolled(reason), _) => {
                    report::tell(&format!("Not enrolled, and left out: {}", reason.explanation()));
                    guide.leave_out();
                }
                (End::Presented(outcome, _), light) => guide.count(outcome, light, 0),
            }
        }
    }

    /// One presentation, and the light of its last frame.
    fn present(
        &mut self,
        mut sitting: Sitting,
        species: simulation::Species,
        head: u32,
    ) -> Result<(End, Option<u8>), Failure> {
        self.seed += 1;
        let turn = if matches!(sitting.state(), State::Enrolling(_)) { ENROLLING_TURN } else { TURN };
        let mut performer = Performer::new(species, turn, self.seed);
        let since = sitting.began();
        let head = head.saturating_sub(1) as usize;
        loop {
            self.now += PACE;
            let frame = self
                .stage
                .frame(head, &mut performer, sitting.asks(), [since, self.now])
                .map_err(|error| failed(&error))?;
            let looking = sitting.detail().map(|detail| Looking { detail, since });
            sitting.observe(self.pipeline.observe(&frame, looking)?, self.now);
            sitting.tick(self.now);
            if let Some(end) = sitting.end() {
                self.now += BETWEEN;
                return Ok((end.clone(), median_luma(&frame)));
            }
        }
    }
}
