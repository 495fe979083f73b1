//! Who it is, by the scores of one probe.

use super::{Policy, Reason};
use crate::biometrics::{ComparisonScore, Match};

/// The outcome of one identification.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Decision {
    /// One enrolled person, and nobody else.
    Recognized {
        /// The person.
        best: Match,
        /// The closest other person, where there is one.
        runner_up: Option<Match>,
    },
    /// Nobody, or nobody for sure.
    Declined {
        /// [`Reason::NotRecognized`] or [`Reason::Ambiguous`].
        reason: Reason,
        /// The best score; none where nobody is enrolled.
        score: Option<ComparisonScore>,
    },
}

/// Decides by the closest person and the closest other person.
pub fn decide(best: Option<Match>, runner_up: Option<Match>, policy: &Policy) -> Decision {
    let accepted = |found: &Match| found.score.0 >= policy.threshold;
    let Some(best) = best.filter(accepted) else {
        return Decision::Declined { reason: Reason::NotRecognized, score: best.map(|best| best.score) };
    };
    if runner_up.is_some_and(|other| best.score.0 - other.score.0 < policy.ambiguity_margin) {
        return Decision::Declined { reason: Reason::Ambiguous, score: Some(best.score) };
    }
    Decision::Recognized { best, runner_up }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::biometrics::UserId;
    use proptest::prelude::*;

    fn found(user: u128, score: f32) -> Match {
        Match { user: UserId(uuid::Uuid::from_u128(user)), score: ComparisonScore(score) }
    }

    fn reason(best: f32, second: Option<f32>) -> Option<Reason> {
        let policy = Policy { threshold: 0.5, ambiguity_margin: 0.05, ..Policy::default() };
        match decide(Some(found(1, best)), second.map(|score| found(2, score)), &policy) {
            Decision::Recognized { .. } => None,
            Decision::Declined { reason, .. } => Some(reason),
        }
    }

    #[test]
    fn the_threshold_decides_and_a_second_person_makes_it_unsure() {
        assert_eq!(reason(0.5, None), None);
        assert_eq!(reason(0.499, None), Some(Reason::NotRecognized));
        assert_eq!(reason(0.52, Some(0.46)), None, "far enough ahead");
        assert_eq!(reason(0.51, Some(0.49)), Some(Reason::Ambiguous), "though the second one is below the threshold");
        assert_eq!(reason(0.55, Some(0.51)), Some(Reason::Ambiguous));
        assert_eq!(reason(0.80, Some(0.60)), None, "far ahead");
        let nobody = decide(None, None, &Policy::default());
        assert_eq!(nobody, Decision::Declined { reason: Reason::NotRecognized, score: None });
    }

    proptest! {
        #[test]
        fn nobody_below_the_threshold_is_ever_recognized(best in -1f32..1.0, second in -1f32..1.0, threshold in -1f32..1.0) {
            let policy = Policy { threshold, ..Policy::default() };
            if let Decision::Recognized { best, .. } = decide(Some(found(1, best)), Some(found(2, second)), &policy) {
                prop_assert!(best.score.0 >= threshold);
            }
        }

        #[test]
        fn a_number_that_is_none_is_never_recognized(second in -1f32..1.0) {
            prop_assert!(reason(f32::NAN, Some(second)).is_some());
        }
    }
}
