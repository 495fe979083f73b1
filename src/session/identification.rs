//! Who it is, by the scores of one probe.

use super::attempts::NEAR_ONE_IN;
use super::{MEASURED, Miss, Policy, Reason};
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

/// Decides by the closest person and the closest other person of a gallery of so many references.
pub fn decide(best: Option<Match>, runner_up: Option<Match>, gallery: usize, policy: &Policy) -> Decision {
    let threshold = policy.threshold(gallery);
    let accepted = |found: &Match| found.score.0 >= threshold;
    let Some(best) = best.filter(accepted) else {
        return Decision::Declined { reason: Reason::NotRecognized, score: best.map(|best| best.score) };
    };
    if runner_up.is_some_and(|other| best.score.0 - other.score.0 < policy.ambiguity_margin) {
        return Decision::Declined { reason: Reason::Ambiguous, score: Some(best.score) };
    }
    Decision::Recognized { best, runner_up }
}

/// How close somebody came who was declined. Whoever came close to two people alike is most likely one of them, as often as
/// they come: that must not make everybody wait.
pub fn miss(reason: Reason, score: Option<ComparisonScore>, gallery: usize, policy: &Policy) -> Miss {
    let near = MEASURED.threshold(NEAR_ONE_IN, gallery).min(policy.threshold(gallery));
    let is_near = reason != Reason::Ambiguous && score.is_some_and(|score| score.0 >= near);
    if is_near { Miss::Near } else { Miss::Stranger }
}

/// Whether a new template, of which the closest of a gallery of so many references scores so much, is of somebody enrolled.
/// By the threshold of a sign-in: templates of two people score against each other as a frame does against a template, and
/// those of one person far above it (docs/ACCURACY.md), so that of as many newcomers as strangers one is mistaken.
pub fn is_same_face(score: ComparisonScore, gallery: usize, policy: &Policy) -> bool {
    score.0 >= policy.threshold(gallery)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::biometrics::UserId;
    use proptest::prelude::*;

    fn found(user: u128, score: f32) -> Match {
        Match { user: UserId(uuid::Uuid::from_u128(user)), score: ComparisonScore(score) }
    }

    const GALLERY: usize = 100;

    /// Scores are told from the threshold.
    fn reason(best: f32, second: Option<f32>) -> Option<Reason> {
        let policy = Policy { ambiguity_margin: 0.05, ..Policy::default() };
        let threshold = policy.threshold(GALLERY);
        let found = |user, score: f32| found(user, threshold + score);
        match decide(Some(found(1, best)), second.map(|score| found(2, score)), GALLERY, &policy) {
            Decision::Recognized { .. } => None,
            Decision::Declined { reason, .. } => Some(reason),
        }
    }

    #[test]
    fn the_threshold_decides_and_a_second_person_makes_it_unsure() {
        assert_eq!(reason(0.0, None), None);
        assert_eq!(reason(-0.001, None), Some(Reason::NotRecognized));
        assert_eq!(reason(0.02, Some(-0.04)), None, "far enough ahead");
        assert_eq!(reason(0.01, Some(-0.01)), Some(Reason::Ambiguous), "though the second one is below the threshold");
        assert_eq!(reason(0.05, Some(0.01)), Some(Reason::Ambiguous));
        assert_eq!(reason(0.30, Some(0.10)), None, "far ahead");
        let nobody = decide(None, None, 0, &Policy::default());
        assert_eq!(nobody, Decision::Declined { reason: Reason::NotRecognized, score: None });
    }

    proptest! {
        #[test]
        fn nobody_below_the_threshold_is_ever_recognized(
            best in -1f32..1.0, second in -1f32..1.0, false_accept_one_in in 1u32.., gallery in 0usize..1_000_000
        ) {
            let policy = Policy { false_accept_one_in, ..Policy::default() };
            let decision = decide(Some(found(1, best)), Some(found(2, second)), gallery, &policy);
            if let Decision::Recognized { best, .. } = decision {
                prop_assert!(best.score.0 >= policy.threshold(gallery));
            }
        }

        #[test]
        fn a_number_that_is_none_is_never_recognized(second in -1f32..1.0) {
            prop_assert!(reason(f32::NAN, Some(second)).is_some());
        }
    }
}
