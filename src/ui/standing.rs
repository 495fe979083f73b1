//! What is said of a self-test, by its figures: the same on the page, by `mirilla doctor` and at the end of `mirilla selftest`.

use super::Message;
use crate::selftest::{Change, Species, Standing};
use crate::session::LivenessLevel;

/// What may be said of a level.
pub fn standing(level: LivenessLevel, standing: &Standing) -> Message {
    let said = |key| Message::new(key).count("level", level.number());
    let keys = |species: &[Species]| species.iter().map(|species| species.key()).collect();
    match standing {
        Standing::Untested => said("selftest-untested"),
        Standing::Expired(changes) => said("selftest-expired")
            .list("changed", changes.iter().map(|change| Change::key(change).to_owned()).collect()),
        Standing::Beaten(species) => said("selftest-beaten").list("species", keys(species)),
        Standing::Unfinished { people, species } if species.is_empty() => {
            said("selftest-unfinished-people").count("people", *people)
        }
        Standing::Unfinished { people, species } => {
            said("selftest-unfinished").count("people", *people).list("species", keys(species))
        }
        Standing::Holds => said("selftest-holds"),
    }
}
