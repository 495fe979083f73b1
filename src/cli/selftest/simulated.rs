//! The whole self-test by itself, with rendered heads and attacks, in a time that passes as fast as frames are made.

use super::report::{self, Report};
use super::{Arguments, plan};
use crate::cli::output::{Answer, Exit, Failure};
use crate::config::Config;
use crate::desk;
use crate::selftest::{Camera, Conditions, Guide, Plan, Species, Step, Taken, median_luma};
use crate::session::{LivenessLevel, Policy};
use crate::settings::Language;
use crate::simulation::{self, HEIGHT, Performer, Presented, SimulationError, Stage, Trial, WIDTH};
use crate::ui::Words;

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
        trial: Trial::load(policy.clone(), config.quality_limits)?,
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
    trial: Trial,
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
            let turn = if matches!(step, Step::Enroll { .. }) { ENROLLING_TURN } else { TURN };
            self.seed += 1;
            let mut performer = Performer::new(species, turn, self.seed);
            let Some(sitting) = guide.sitting(policy, level, desk::draw_order()?, self.trial.now()) else {
                return Ok(());
            };
            let head = head.saturating_sub(1) as usize;
            let presented = self.trial.present(&self.stage, head, &mut performer, sitting);
            let Presented { end, last } = presented.map_err(|error| failed(&error))?;
            if let Taken::NotEnrolled(reason) = guide.take(&end, median_luma(&last), 0) {
                report::tell(&format!("Not enrolled, and left out: {}", reason.explanation()));
                guide.leave_out();
            }
        }
    }
}
