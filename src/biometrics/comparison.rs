//! Scores between a probe and the references: computed here, judged in `session`.

use uuid::Uuid;

use crate::models::sface::EMBEDDING_SIZE;

use super::embedding::{Embedding, Template};

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
    ComparisonScore(dot(probe.values(), reference.values()).clamp(-1.0, 1.0))
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

/// The references that are searched, in one contiguous block.
#[derive(Default, Clone)]
pub struct Gallery {
    users: Vec<UserId>,
    templates: Vec<[f32; EMBEDDING_SIZE]>,
}

impl Gallery {
    /// Adds a reference. A person may have several.
    pub fn add(&mut self, user: UserId, template: &Template) {
        self.users.push(user);
        self.templates.push(*template.embedding().values());
    }

    /// References held.
    pub fn len(&self) -> usize {
        self.users.len()
    }

    /// Whether nobody is enrolled.
    pub fn is_empty(&self) -> bool {
        self.users.is_empty()
    }

    /// The closest person and the closest other person, by exact search.
    pub fn search(&self, probe: &Embedding) -> (Option<Match>, Option<Match>) {
        let (mut best, mut second): (Option<Match>, Option<Match>) = (None, None);
        let closer = |score: f32, than: Option<Match>| than.is_none_or(|m| score > m.score.0);
        for (&user, template) in self.users.iter().zip(&self.templates) {
            let score = dot(probe.values(), template).clamp(-1.0, 1.0);
            let found = Match { user, score: ComparisonScore(score) };
            if best.is_some_and(|best| best.user == user) {
                if closer(score, best) {
                    best = Some(found);
                }
            } else if closer(score, best) {
                second = best;
                best = Some(found);
            } else if closer(score, second) {
                second = Some(found);
            }
        }
        (best, second)
    }
}

impl std::fmt::Debug for Gallery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Gallery({} references)", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
        fn the_search_finds_the_two_closest_people(
            references in prop::collection::vec((0u128..6, 0u64..1000), 0..30), probe in 0u64..1000
        ) {
            let mut gallery = Gallery::default();
            let mut expected = std::collections::BTreeMap::<UserId, f32>::new();
            let probe = embedding(probe);
            for (who, seed) in references {
                let template = Template::fuse([&embedding(seed)]).unwrap();
                gallery.add(user(who), &template);
                let score = compare(&probe, template.embedding()).0;
                let best = expected.entry(user(who)).or_insert(score);
                *best = best.max(score);
            }
            let mut expected: Vec<f32> = expected.into_values().collect();
            expected.sort_by(|a, b| b.total_cmp(a));
            let (best, second) = gallery.search(&probe);
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
}
