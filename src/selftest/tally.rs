//! The counts, and what follows from them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::conditions::{Change, Conditions, median};
use super::species::Species;
use crate::eval::Proportion;
use crate::session::{End, Policy, Reason};

/// So many people at least, of whom none of so many attacks says something about more than one face.
pub const LEAST_PEOPLE: u32 = 10;
/// So often each of them signs in.
pub const LEAST_EACH: u32 = 10;
/// So many attacks of a species at least: none of 30 means less than 11.6 %.
pub const LEAST_ATTEMPTS: u32 = 30;
/// Most of any kind that are counted: a number in a file is not believed beyond this.
pub(super) const MOST: u32 = 100_000;

/// What came of a presentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// A session would have been opened.
    Passed,
    /// A sign of life spoke against it.
    Refused,
    /// The signs of life that were asked for were not seen.
    NoVerdict,
    /// Nobody was recognized, though a face was seen well.
    NotRecognized,
    /// No face was seen well enough, in all the time that a visitor has.
    NotSeen,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Passed, Self::Refused, Self::NoVerdict, Self::NotRecognized, Self::NotSeen];

    /// What a sitting came to, of whoever came to sign in.
    pub fn of(end: &End) -> Self {
        match end.reason() {
            None => Self::Passed,
            Some(Reason::PhotoSuspected) => Self::Refused,
            Some(Reason::LivenessUnclear) => Self::NoVerdict,
            Some(Reason::NotRecognized | Reason::Ambiguous) => Self::NotRecognized,
            Some(_) => Self::NotSeen,
        }
    }

    /// Its name for programs, and in the keys of what is said of it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Refused => "refused",
            Self::NoVerdict => "no-verdict",
            Self::NotRecognized => "not-recognized",
            Self::NotSeen => "not-seen",
        }
    }

    /// Whether it says anything of the signs of life. A picture that nobody could have been recognized by is a bad picture, and a
    /// try with it proves nothing: it is made anew.
    pub fn tells(self) -> bool {
        matches!(self, Self::Passed | Self::Refused | Self::NoVerdict)
    }
}

/// How often what came of presentations of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Count {
    /// [`Outcome::Passed`].
    pub passed: u32,
    /// [`Outcome::Refused`].
    pub refused: u32,
    /// [`Outcome::NoVerdict`].
    pub no_verdict: u32,
    /// [`Outcome::NotRecognized`].
    pub not_recognized: u32,
    /// [`Outcome::NotSeen`].
    pub not_seen: u32,
}

impl Count {
    /// Of one outcome.
    pub fn of(&self, outcome: Outcome) -> u32 {
        match outcome {
            Outcome::Passed => self.passed,
            Outcome::Refused => self.refused,
            Outcome::NoVerdict => self.no_verdict,
            Outcome::NotRecognized => self.not_recognized,
            Outcome::NotSeen => self.not_seen,
        }
    }

    pub(super) fn field(&mut self, outcome: Outcome) -> &mut u32 {
        match outcome {
            Outcome::Passed => &mut self.passed,
            Outcome::Refused => &mut self.refused,
            Outcome::NoVerdict => &mut self.no_verdict,
            Outcome::NotRecognized => &mut self.not_recognized,
            Outcome::NotSeen => &mut self.not_seen,
        }
    }

    /// All presentations.
    pub fn all(&self) -> u32 {
        Outcome::ALL.iter().fold(0, |sum, outcome| sum.saturating_add(self.of(*outcome)))
    }

    /// Those that say something of the signs of life.
    pub fn telling(&self) -> u32 {
        let telling = Outcome::ALL.iter().filter(|outcome| outcome.tells());
        telling.fold(0, |sum, outcome| sum.saturating_add(self.of(*outcome)))
    }

    /// APCER: of the attacks of one species that say something, those that passed.
    pub fn apcer(&self) -> Proportion {
        Proportion { hits: self.passed, of: self.telling() }
    }

    /// BPCER: of the people who came as they are, those who were not let in, whatever kept them out.
    pub fn bpcer(&self) -> Proportion {
        Proportion { hits: self.all().saturating_sub(self.passed), of: self.all() }
    }

    pub(super) fn is_sane(&self) -> bool {
        Outcome::ALL.iter().all(|outcome| self.of(*outcome) <= MOST)
    }
}

/// What was counted at one level, and where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Test {
    /// What it was done with.
    pub conditions: Conditions,
    /// When it was begun, in seconds since 1970;
    pub begun_at: i64,
    /// and when something was counted last.
    pub changed_at: i64,
    /// People who signed in as they are, each by their own counts and by no name.
    #[serde(default)]
    pub people: Vec<Count>,
    /// The attacks, by species.
    #[serde(default)]
    pub attacks: BTreeMap<Species, Count>,
    /// How bright the pictures were: the median luma of one of each presentation, 0 to 255.
    #[serde(default)]
    pub light: Vec<u8>,
}

/// What may be said of a level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Nobody has measured it.
    Untested,
    /// What was measured is not this kiosk any more.
    Expired(Vec<Change>),
    /// Some attack passed, of these species.
    Beaten(Vec<Species>),
    /// No attack passed, and too little was tried.
    Unfinished {
        /// People who are missing.
        people: u32,
        /// Species that were tried too seldom, or not at all.
        species: Vec<Species>,
    },
    /// No attack of any species passed, each tried often enough: the face alone may sign in.
    Holds,
}

impl Standing {
    /// What is decided by where this was measured: the face alone is enough where it holds, if that is what is asked for.
    #[must_use]
    pub fn applied_to(&self, policy: Policy) -> Policy {
        Policy { face_unproven: policy.face_unproven && *self != Self::Holds, ..policy }
    }

    /// Its name for programs, and in the keys of what is said of it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Untested => "untested",
            Self::Expired(_) => "expired",
            Self::Beaten(_) => "beaten",
            Self::Unfinished { .. } => "unfinished",
            Self::Holds => "holds",
        }
    }
}

impl Test {
    /// Nothing counted yet.
    pub fn begun(conditions: Conditions, now: i64) -> Self {
        Self { conditions, begun_at: now, changed_at: now, people: vec![], attacks: BTreeMap::new(), light: vec![] }
    }

    /// What was counted of a species.
    pub fn attack(&self, species: Species) -> Count {
        self.attacks.get(&species).copied().unwrap_or_default()
    }

    /// All people together. Tries of one person go together, so that an interval of it is too narrow.
    pub fn bona_fide(&self) -> Count {
        let mut sum = Count::default();
        for (count, outcome) in self.people.iter().flat_map(|count| Outcome::ALL.map(|outcome| (count, outcome))) {
            let field = sum.field(outcome);
            *field = field.saturating_add(count.of(outcome));
        }
        sum
    }

    /// How many people came as often as is needed.
    pub fn tried_people(&self) -> u32 {
        let tried = self.people.iter().filter(|count| count.all() >= LEAST_EACH).count();
        tried.try_into().unwrap_or(u32::MAX)
    }

    /// The middle of the light of all presentations.
    pub fn median_light(&self) -> Option<u8> {
        median(&mut self.light.clone())
    }

    /// The species with what was counted of them, the worst first: by the upper end of its interval, so that what was not tried
    /// stands above what was.
    pub fn worst_first(&self) -> Vec<(Species, Count)> {
        let mut all = Species::ALL.map(|species| (species, self.attack(species))).to_vec();
        let upper = |count: &Count| count.apcer().interval().1;
        all.sort_by(|(_, a), (_, b)| upper(b).total_cmp(&upper(a)));
        all
    }

    /// What may be said of the level where `now` holds. Species are never pooled: one that passes is enough.
    pub fn standing(&self, now: &Conditions) -> Standing {
        let changes = self.conditions.changes(now);
        if !changes.is_empty() {
            return Standing::Expired(changes);
        }
        let those = |is: &dyn Fn(Count) -> bool| -> Vec<Species> {
            Species::ALL.into_iter().filter(|species| is(self.attack(*species))).collect()
        };
        let beaten = those(&|count| count.passed > 0);
        if !beaten.is_empty() {
            return Standing::Beaten(beaten);
        }
        let species = those(&|count| count.telling() < LEAST_ATTEMPTS);
        let people = LEAST_PEOPLE.saturating_sub(self.tried_people());
        if people > 0 || !species.is_empty() { Standing::Unfinished { people, species } } else { Standing::Holds }
    }

    pub(super) fn is_sane(&self) -> bool {
        self.people.len() <= MOST as usize
            && self.light.len() <= MOST as usize
            && self.people.iter().chain(self.attacks.values()).all(Count::is_sane)
    }
}
