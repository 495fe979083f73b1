use proptest::prelude::*;
use uuid::Uuid;

use super::*;

const PATHS: [Instructions; 3] = [Instructions::Avx512, Instructions::Avx2, Instructions::Portable];

/// Numbers that are the same on every machine.
struct Numbers(u64);

impl Numbers {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// Nearly normal.
    fn next(&mut self) -> f32 {
        let mut sum = 0.0;
        for _ in 0..4 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            sum += (self.0 >> 40) as f32 / (1 << 24) as f32 - 0.5;
        }
        sum
    }

    fn direction(&mut self) -> Embedding {
        Embedding::normalized(std::array::from_fn(|_| self.next())).unwrap()
    }

    /// A direction so far from `center` that noise of that size was added to each number.
    fn near(&mut self, center: &Embedding, noise: f32) -> Embedding {
        let center = center.values();
        Embedding::normalized(std::array::from_fn(|i| center[i] + noise * self.next())).unwrap()
    }
}

fn user(n: usize) -> UserId {
    UserId(Uuid::from_u128(n as u128))
}

/// A gallery and what is in it, in the order of enrollment.
#[derive(Default)]
struct Both {
    gallery: Gallery,
    plain: Vec<(UserId, Embedding)>,
}

impl Both {
    fn add(&mut self, user: UserId, embedding: &Embedding) {
        self.gallery.add(user, &Template::from_embedding(embedding.clone()));
        self.plain.push((user, embedding.clone()));
    }

    fn remove(&mut self, user: UserId) {
        let before = self.plain.len();
        self.plain.retain(|(other, _)| *other != user);
        assert_eq!(self.gallery.remove(user), before - self.plain.len());
        assert_eq!(self.gallery.len(), self.plain.len());
    }

    /// Holds the search against one that scores every reference, to the last bit.
    fn check(&self, probe: &Embedding) {
        let mut closest = Closest::default();
        self.plain.iter().for_each(|(user, reference)| closest.consider(probe, *user, reference));
        let bits = |found: Option<Match>| found.map(|found| (found.user, found.score.0.to_bits()));
        let (best, second) = closest.matches();
        for path in PATHS {
            let (found_best, found_second) = self.gallery.search_by(path, probe);
            assert_eq!(bits(found_best), bits(best), "closest, by {path:?}");
            assert_eq!(bits(found_second), bits(second), "closest other, by {path:?}");
        }
    }
}

/// What makes a search hard: references that are close to each other, the same, opposite, of one or of few people.
fn references(numbers: &mut Numbers, kind: u8, count: usize, people: usize) -> Both {
    let mut both = Both::default();
    let center = numbers.direction();
    let opposite = Embedding::normalized(center.values().map(|v| -v)).unwrap();
    for i in 0..count {
        let embedding = match kind {
            0 => numbers.direction(),
            1 => numbers.near(&center, 1e-3),
            2 => center.clone(),
            3 => numbers.near(&opposite, 0.05),
            4 if i % 3 == 0 => center.clone(),
            // Ever closer: each one is a candidate.
            4 => numbers.near(&center, 1.0 / i as f32),
            _ => Embedding::normalized(std::array::from_fn(|k| if k == i % 3 { 1.0 } else { 0.0 })).unwrap(),
        };
        both.add(user(i * 7 % people), &embedding);
    }
    both
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn the_outcome_is_that_of_scoring_every_reference(
        seed: u64, kind in 0u8..6, count in 0usize..200, people in 1usize..40, distance in 0.0f32..0.3
    ) {
        let mut numbers = Numbers::new(seed);
        let mut both = references(&mut numbers, kind, count, people);
        let enrolled = both.plain.first().map_or_else(|| numbers.direction(), |(_, first)| first.clone());
        let opposite = Embedding::normalized(enrolled.values().map(|v| -v)).unwrap();
        let probes = [numbers.direction(), numbers.near(&enrolled, distance), enrolled, opposite];
        probes.iter().for_each(|probe| both.check(probe));
        // The same after people have left and others come.
        for gone in 0..people / 3 {
            both.remove(user(gone * 2));
        }
        let late = numbers.near(&probes[1], 1e-3);
        both.add(user(people), &late);
        both.add(user(0), &probes[2]);
        probes.iter().for_each(|probe| both.check(probe));
        (0..=people).for_each(|gone| both.remove(user(gone)));
        prop_assert!(both.gallery.is_empty());
        both.check(&probes[0]);
    }

    #[test]
    fn the_pairs_are_those_of_scoring_everybody_against_everybody(
        seed: u64, kind in 0u8..6, count in 0usize..80, people in 1usize..40, least in 0.0f32..1.0
    ) {
        let both = references(&mut Numbers::new(seed), kind, count, people);
        let mut expected: HashMap<(UserId, UserId), f32> = HashMap::new();
        for (at, (one, reference)) in both.plain.iter().enumerate() {
            for (other, probe) in both.plain[at + 1..].iter().filter(|(other, _)| other != one) {
                let score = score(reference.values(), probe.values()).0;
                if score >= least {
                    let closest = expected.entry((*one.min(other), *one.max(other))).or_insert(score);
                    *closest = closest.max(score);
                }
            }
        }
        let found = both.gallery.pairs(least);
        prop_assert!(found.windows(2).all(|two| two[0].score.0 >= two[1].score.0), "closest first");
        let found: HashMap<_, _> = found.into_iter().map(|pair| (pair.people, pair.score.0)).collect();
        prop_assert_eq!(found, expected);
    }
}

#[test]
fn a_large_gallery_is_searched_exactly_and_few_references_are_scored() {
    const PEOPLE: usize = 20_000;
    let mut numbers = Numbers::new(5);
    let mut both = Both::default();
    for i in 0..PEOPLE {
        let embedding = numbers.direction();
        both.add(user(i), &embedding);
    }
    for i in 0..40 {
        let enrolled = both.plain[i * 431].1.clone();
        let probe = if i % 2 == 0 { numbers.near(&enrolled, 0.15) } else { numbers.direction() };
        both.check(&probe);
        let mut closest = Closest::default();
        let mut scored = 0;
        both.gallery.coarse.visit(Instructions::best(), &both.gallery.coarse.query(probe.values()), |index, _| {
            scored += 1;
            let (user, reference) = &both.plain[index];
            closest.consider(&probe, *user, reference);
            closest.floor()
        });
        assert!(scored < PEOPLE / 100, "{scored} scored of {PEOPLE}");
    }
    for gone in (0..PEOPLE).step_by(3) {
        both.remove(user(gone));
        if gone % 999 == 0 {
            both.check(&numbers.direction());
        }
    }
}

#[test]
fn many_references_of_one_person_hide_nobody() {
    let mut numbers = Numbers::new(9);
    let (probe, mut both) = (numbers.direction(), Both::default());
    for i in 0..3000 {
        let noise = if i % 100 == 50 { 0.3 } else { 0.02 };
        let embedding = numbers.near(&probe, noise);
        both.add(user(if i % 100 == 50 { i } else { 7 }), &embedding);
    }
    both.check(&probe);
    let (best, second) = both.gallery.search(&probe);
    assert!(best.unwrap().user == user(7) && second.unwrap().user != user(7));
    both.remove(user(7));
    both.check(&probe);
}

#[test]
fn the_debug_text_tells_the_size_alone() {
    let mut both = Both::default();
    both.add(user(1), &Numbers::new(1).direction());
    assert_eq!(format!("{:?}", both.gallery), "Gallery(1 references)");
}

#[test]
fn whoever_is_taken_out_leaves_zeros_and_all_is_wiped_at_the_end() {
    fn wiped<T: zeroize::ZeroizeOnDrop>(_: &T) {}
    let mut numbers = Numbers::new(7);
    let mut gallery = Gallery::with_capacity(3);
    (0..3).for_each(|n| gallery.add(user(n), &Template::from_embedding(numbers.direction())));
    let [_, second, third] = [0, 1, 2].map(|n| gallery.templates[n]);
    let mut templates = gallery.templates.to_vec();
    overwrite(&mut templates, 0);
    assert_eq!(templates, [third, second, [0.0; EMBEDDING_SIZE]]);
    assert_eq!((gallery.remove(user(0)), gallery.templates.to_vec()), (1, vec![third, second]));
    wiped(&gallery.templates);
    wiped(gallery.coarse.wiped());
}
