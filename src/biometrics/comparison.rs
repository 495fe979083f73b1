//! Scores between a probe and the references: computed here, judged in `session`.

use uuid::Uuid;

use crate::models::sface::EMBEDDING_SIZE;

use super::embedding::Embedding;

/// Names a user account, and so the identity of a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserId(pub Uuid);

impl std::fmt::Display for UserId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// The cosine between two directions, -1 to 1: higher is closer.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct ComparisonScore(pub f32);

/// Compares one embedding with another.
pub fn compare(probe: &Embedding, reference: &Embedding) -> ComparisonScore {
    score(probe.values(), reference.values())
}

/// As [`compare`], of the numbers themselves: every score of the program is computed here.
pub(super) fn score(probe: &[f32; EMBEDDING_SIZE], reference: &[f32; EMBEDDING_SIZE]) -> ComparisonScore {
    ComparisonScore(dot(probe, reference).clamp(-1.0, 1.0))
}

fn dot(a: &[f32; EMBEDDING_SIZE], b: &[f32; EMBEDDING_SIZE]) -> f32 {
    // Eight sums side by side, which the compiler turns into vectors.
    let mut sums = [0.0f32; 8];
    for (a, b) in a.as_chunks::<8>().0.iter().zip(b.as_chunks::<8>().0) {
        for i in 0..8 {
            sums[i] += a[i] * b[i];
        }
    }
    sums.iter().sum()
}

/// One person and how close the probe came.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Match {
    /// The person.
    pub user: UserId,
    /// The score of the person's closest reference.
    pub score: ComparisonScore,
}

/// The closest person and the closest other person of those that were looked at so far. Of equal scores the one of
/// the earlier reference is closer.
#[derive(Debug, Clone, Default)]
pub struct Closest {
    best: Option<Found>,
    second: Option<Found>,
    seen: u64,
}

/// A match with the place of its reference in the order of enrollment.
#[derive(Debug, Clone, Copy)]
struct Found {
    of: Match,
    order: u64,
}

impl Found {
    fn is_closer(&self, than: Option<Self>) -> bool {
        than.is_none_or(|than| {
            let (score, other) = (self.of.score.0, than.of.score.0);
            score > other || (score == other && self.order < than.order)
        })
    }
}

impl Closest {
    /// Looks at one more reference.
    pub fn consider(&mut self, probe: &Embedding, user: UserId, reference: &Embedding) {
        self.take(Match { user, score: compare(probe, reference) }, self.seen);
        self.seen += 1;
    }

    /// References looked at with [`Closest::consider`].
    pub fn seen(&self) -> u64 {
        self.seen
    }

    /// The closest person and the closest other person.
    pub fn matches(&self) -> (Option<Match>, Option<Match>) {
        (self.best.map(|found| found.of), self.second.map(|found| found.of))
    }

    /// Looks at a score; references may come in another order than that of `order`.
    pub(super) fn take(&mut self, of: Match, order: u64) {
        let found = Found { of, order };
        if self.best.is_some_and(|best| best.of.user == of.user) {
            if found.is_closer(self.best) {
                self.best = Some(found);
            }
        } else if found.is_closer(self.best) {
            self.second = self.best.replace(found);
        } else if found.is_closer(self.second) {
            self.second = Some(found);
        }
    }

    /// A score below changes nothing, whoever's it is.
    pub(super) fn floor(&self) -> f32 {
        score_above_least(self.second)
    }

    /// Whether a score of `user` that is at most `bound` changes nothing.
    pub(super) fn is_above(&self, user: UserId, bound: f32) -> bool {
        self.best.is_some_and(|best| best.of.user == user) && bound < score_above_least(self.best)
    }
}

/// The score; below all, where there is none, and for the least that there is: what is below is raised to it.
fn score_above_least(found: Option<Found>) -> f32 {
    found.map(|found| found.of.score.0).filter(|score| *score > -1.0).unwrap_or(f32::NEG_INFINITY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::biometrics::Template;
    use proptest::prelude::*;

    fn embedding(seed: u64) -> Embedding {
        let mut state = seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        Embedding::normalized(std::array::from_fn(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 40) as f32 / (1 << 23) as f32 - 1.0
        }))
        .unwrap()
    }

    fn user(n: u128) -> UserId {
        UserId(Uuid::from_u128(n))
    }

    proptest! {
        #[test]
        fn the_two_closest_people_are_found(
            references in prop::collection::vec((0u128..6, 0u64..1000), 0..30), probe in 0u64..1000
        ) {
            let mut closest = Closest::default();
            let mut expected = std::collections::BTreeMap::<UserId, f32>::new();
            let probe = embedding(probe);
            for (who, seed) in references {
                let template = Template::fuse([&embedding(seed)]).unwrap();
                closest.consider(&probe, user(who), template.embedding());
                let score = compare(&probe, template.embedding()).0;
                let best = expected.entry(user(who)).or_insert(score);
                *best = best.max(score);
            }
            let mut expected: Vec<f32> = expected.into_values().collect();
            expected.sort_by(|a, b| b.total_cmp(a));
            let (best, second) = closest.matches();
            prop_assert_eq!(best.map(|m| m.score.0), expected.first().copied());
            prop_assert_eq!(second.map(|m| m.score.0), expected.get(1).copied());
            if let (Some(best), Some(second)) = (best, second) {
                prop_assert_ne!(best.user, second.user);
            }
        }
    }

    #[test]
    fn a_face_is_closest_to_itself() {
        assert!((compare(&embedding(3), &embedding(3)).0 - 1.0).abs() < 1e-6);
        assert!(compare(&embedding(3), &embedding(4)).0 < 0.6);
    }

    #[test]
    fn of_equal_scores_the_earlier_reference_is_closer_in_whatever_order_they_come() {
        // Who, the order of enrollment, and the score; the answer is always (1, 2).
        let scores = [(1, 0, 0.5), (2, 1, 0.5), (3, 2, 0.5), (1, 3, 0.4), (2, 4, 0.5), (3, 5, 0.1)];
        for turn in 0..scores.len() {
            for backwards in [false, true] {
                let mut turned = scores;
                turned.rotate_left(turn);
                if backwards {
                    turned.reverse();
                }
                let mut closest = Closest::default();
                for (who, order, score) in turned {
                    closest.take(Match { user: user(who), score: ComparisonScore(score) }, order);
                }
                let (best, second) = closest.matches();
                assert_eq!((best.unwrap().user, second.unwrap().user), (user(1), user(2)), "{turned:?}");
            }
        }
    }
}
