//! What comes next. It follows from what was counted, so that a self-test can be left and gone on with.

use std::collections::BTreeSet;
use std::time::Duration;

use uuid::Uuid;

use super::conditions::Conditions;
use super::species::Species;
use super::tally::{Count, LEAST_ATTEMPTS, LEAST_EACH, LEAST_PEOPLE, Outcome, Test};
use crate::biometrics::{Gallery, Template, UserId};
use crate::session::{End, LivenessLevel, Order, Policy, Reason, Sitting};

/// How much is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// So many people,
    pub people: u32,
    /// each so often;
    pub each: u32,
    /// and so many attacks of each species.
    pub attempts: u32,
}

impl Default for Plan {
    /// The least that says something.
    fn default() -> Self {
        Self { people: LEAST_PEOPLE, each: LEAST_EACH, attempts: LEAST_ATTEMPTS }
    }
}

/// What is to be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Somebody sits down and is enrolled: the next who signs in, counted from one, or, where all have, whoever the pictures of the
    /// attacks show.
    Enroll {
        /// Which one; none: for the attacks.
        person: Option<u32>,
    },
    /// Whoever sits there comes to sign in.
    BonaFide {
        /// Which one, counted from one.
        person: u32,
        /// Which time, counted from one.
        attempt: u32,
    },
    /// Something is held before the camera.
    Attack {
        /// What.
        species: Species,
        /// Which time, counted from one.
        attempt: u32,
    },
    /// Nothing: all was tried, or left out.
    Done,
}

/// What was made of a sitting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// Whoever sits there is enrolled, for the length of the test.
    Enrolled,
    /// And why not: the step stays.
    NotEnrolled(Reason),
    /// It was counted, which is to be kept.
    Counted(Outcome),
}

/// Who sits there.
#[derive(Debug, Clone, Copy)]
struct Sitter {
    /// Where they are in [`Test::people`], once they have signed in.
    at: Option<usize>,
    /// Whether no more is asked of them.
    left: bool,
}

/// What was done last, so that it can be taken back.
#[derive(Debug, Clone, Copy)]
enum Deed {
    Person(usize, Outcome),
    Attack(Species, Outcome),
    LeftOut(Species),
}

/// Leads through a self-test. Templates are in memory as long as this is.
pub struct Guide {
    plan: Plan,
    test: Test,
    /// What was there before, or was kept last.
    kept: Option<Test>,
    testers: Gallery,
    sitter: Option<Sitter>,
    /// People who were left out.
    without: u32,
    left_out: BTreeSet<Species>,
    /// And whether its light was noted.
    last: Option<(Deed, bool)>,
}

impl Guide {
    /// Goes on with a test, or, where it was done with something else or there is none, begins one; whether it began anew.
    pub fn new(plan: Plan, test: Option<Test>, now_holds: Conditions, now: i64) -> (Self, bool) {
        let kept = test.clone();
        let goes_on = test.filter(|test| test.conditions.changes(&now_holds).is_empty());
        let anew = goes_on.is_none();
        let mut test = goes_on.unwrap_or_else(|| Test::begun(now_holds.clone(), now));
        // What was not known before may be known now.
        let known = now_holds.camera;
        let camera = &mut test.conditions.camera;
        (camera.id, camera.mode) = (known.id.or(camera.id.take()), known.mode.or(camera.mode.take()));
        test.conditions.screen = now_holds.screen.or(test.conditions.screen);
        let guide = Self {
            plan,
            test,
            kept,
            testers: Gallery::default(),
            sitter: None,
            without: 0,
            left_out: BTreeSet::new(),
            last: None,
        };
        (guide, anew)
    }

    /// Whether it can be gone on with where it was left, with the people who are enrolled for it: it is done with the same, and what is
    /// `kept` is what was kept of it last.
    pub fn goes_on(&self, kept: Option<&Test>, now_holds: &Conditions) -> bool {
        self.test.conditions.changes(now_holds).is_empty() && kept == self.kept.as_ref()
    }

    /// What was there before, or was kept last: what is to be there when it is kept again.
    pub(super) fn before(&self) -> Option<&Test> {
        self.kept.as_ref()
    }

    /// It was kept.
    pub(super) fn was_kept(&mut self) {
        self.kept = Some(self.test.clone());
    }

    /// Another process has counted, or had it forgotten, meanwhile: goes on from what is `there`, `now`, in seconds since 1970, with the
    /// people who are enrolled for it.
    pub(super) fn was_overtaken(&mut self, there: Option<Test>, now: i64) {
        let (anew, _) = Self::new(self.plan, there, self.test.conditions.clone(), now);
        let (testers, left_out) = (std::mem::take(&mut self.testers), std::mem::take(&mut self.left_out));
        *self = Self { testers, left_out, without: self.without, ..anew };
    }

    /// What was counted.
    pub fn test(&self) -> &Test {
        &self.test
    }

    /// How much is tried.
    pub fn plan(&self) -> Plan {
        self.plan
    }

    /// Whether there is something to take back.
    pub fn can_take_back(&self) -> bool {
        self.last.is_some()
    }

    /// Takes in what the camera that is open calls itself; false where it is not the one that the test was begun with.
    #[must_use]
    pub fn seen_by(&mut self, mode: &str) -> bool {
        self.test.conditions.camera.mode.get_or_insert_with(|| mode.to_owned()) == mode
    }

    /// What is to be done now.
    pub fn step(&self) -> Step {
        let people = self.finished().saturating_add(self.without);
        if let Some(Sitter { at, left: false }) = self.sitter {
            let before = at.and_then(|at| self.test.people.get(at)).map_or(0, |count| count.all());
            if before < self.plan.each && people < self.plan.people {
                return Step::BonaFide { person: people + 1, attempt: before + 1 };
            }
        }
        if people < self.plan.people {
            return Step::Enroll { person: Some(people + 1) };
        }
        let wanted = |species: &Species| {
            !self.left_out.contains(species) && self.test.attack(*species).telling() < self.plan.attempts
        };
        match Species::ALL.into_iter().find(wanted) {
            None => Step::Done,
            Some(_) if self.testers.is_empty() => Step::Enroll { person: None },
            Some(species) => Step::Attack { species, attempt: self.test.attack(species).telling() + 1 },
        }
    }

    /// People who came as often as they are asked to. Whoever went away before is counted, and another one is asked as well.
    fn finished(&self) -> u32 {
        let finished = self.test.people.iter().filter(|count| count.all() >= self.plan.each).count();
        finished.try_into().unwrap_or(u32::MAX)
    }

    /// The sitting of this step, which begins `now`, at this level by this policy; `order` is that of the challenge. None where all is
    /// done.
    pub fn sitting(&self, policy: &Policy, level: LivenessLevel, order: Order, now: Duration) -> Option<Sitting> {
        Some(match self.step() {
            Step::Done => return None,
            Step::Enroll { .. } => Sitting::enrolling(policy, now),
            Step::BonaFide { .. } | Step::Attack { .. } => {
                Sitting::presenting(policy, level, self.testers.clone(), order, now)
            }
        })
    }

    /// Takes in what came of the sitting of this step, in this light, `now`, in seconds since 1970.
    pub fn take(&mut self, end: &End, light: Option<u8>, now: i64) -> Taken {
        match (end, self.step()) {
            (End::Enrolled(template), _) => {
                self.enrolled(template);
                Taken::Enrolled
            }
            (end, Step::Enroll { .. }) => {
                self.last = None;
                Taken::NotEnrolled(end.reason().unwrap_or(Reason::TimedOut))
            }
            (end, _) => {
                let outcome = Outcome::of(end);
                self.count(outcome, light, now);
                Taken::Counted(outcome)
            }
        }
    }

    /// Whoever sits there is enrolled.
    pub(super) fn enrolled(&mut self, template: &Template) {
        let number = self.testers.len() as u128 + 1;
        self.testers.add(UserId(Uuid::from_u128(number)), template);
        self.sitter = Some(Sitter { at: None, left: false });
        self.last = None;
    }

    /// What came of the step, `now`, in seconds since 1970, in this light.
    pub(super) fn count(&mut self, outcome: Outcome, light: Option<u8>, now: i64) {
        let deed = match (self.step(), &mut self.sitter) {
            (Step::BonaFide { .. }, Some(sitter)) => {
                let at = *sitter.at.get_or_insert(self.test.people.len());
                if at == self.test.people.len() {
                    self.test.people.push(Count::default());
                }
                let Some(count) = self.test.people.get_mut(at) else { return };
                *count.field(outcome) += 1;
                Deed::Person(at, outcome)
            }
            (Step::Attack { species, .. }, _) => {
                *self.test.attacks.entry(species).or_default().field(outcome) += 1;
                Deed::Attack(species, outcome)
            }
            _ => return,
        };
        self.last = Some((deed, light.is_some()));
        self.test.light.extend(light);
        self.test.changed_at = now;
    }

    /// Leaves the person, or the species, of this step out.
    pub fn leave_out(&mut self) {
        self.last = None;
        match (self.step(), &mut self.sitter) {
            (Step::BonaFide { .. }, Some(sitter)) => {
                self.without += 1;
                sitter.left = true;
            }
            (Step::Enroll { person: Some(_) }, _) => self.without += 1,
            // Without anybody to be recognized there is nothing to attack.
            (Step::Enroll { person: None }, _) => self.left_out.extend(Species::ALL),
            (Step::Attack { species, .. }, _) => {
                self.left_out.insert(species);
                self.last = Some((Deed::LeftOut(species), false));
            }
            _ => {}
        }
    }

    /// Takes back what was counted or left out last, once; false where there is nothing.
    pub fn take_back(&mut self) -> bool {
        let Some((deed, is_lit)) = self.last.take() else { return false };
        let field = match deed {
            Deed::LeftOut(species) => return self.left_out.remove(&species),
            Deed::Person(at, outcome) => self.test.people.get_mut(at).map(|count| count.field(outcome)),
            Deed::Attack(species, outcome) => self.test.attacks.get_mut(&species).map(|count| count.field(outcome)),
        };
        if let Some(field) = field {
            *field = field.saturating_sub(1);
        }
        if is_lit {
            self.test.light.pop();
        }
        true
    }
}
