//! What was seen of a face for signs of life while nobody was asked to move.

use std::time::Duration;

use super::Policy;
use crate::biometrics::Observation;
use crate::biometrics::liveness::{self, Cue, Look};

/// Looks in a row without which no passive cue denies anybody: a single odd one is none.
const LEAST_LOOKS: usize = 3;

/// Looks at one face, one after the other.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Looks(Vec<Look>);

impl Looks {
    /// Notes what was seen. Of another face than before, or after a gap, it begins anew.
    pub(super) fn note(&mut self, observation: &Observation, policy: &Policy) {
        let Some(life) = &observation.life else { return };
        let goes_on = |last: &Look| {
            let gap = life.look.captured_at.saturating_sub(last.captured_at);
            gap <= policy.steady_within && liveness::is_near(last, &life.look)
        };
        if self.0.last().is_some_and(|last| !goes_on(last)) {
            self.0.clear();
        }
        self.0.push(life.look);
    }

    /// Those from then on.
    pub(super) fn since(&self, then: Duration) -> &[Look] {
        let first = self.0.partition_point(|look| look.captured_at < then);
        self.0.get(first..).unwrap_or_default()
    }
}

/// Whether so much was seen that a passive cue may speak, and for so long as the policy wants.
pub(super) fn are_enough(looks: &[Look], policy: &Policy) -> bool {
    let enough = looks.len() >= LEAST_LOOKS || policy.watched_for.is_zero();
    let span = || Some(looks.last()?.captured_at.saturating_sub(looks.first()?.captured_at));
    enough && span().is_some_and(|span| span >= policy.watched_for)
}

/// What passive cues say against what was seen, once that is more than an odd look.
pub(super) fn denied(looks: &[Look]) -> Option<Cue> {
    liveness::denied(looks).filter(|_| looks.len() >= LEAST_LOOKS)
}
