//! The figures against their definitions, written out plainly, on people made of random numbers.

use std::collections::HashSet;

use super::dataset::{Acquired, Picture};
use super::identify::searches;
use super::rates::{at_rates, det, equal_error};
use super::scores::Scores;
use super::twice::Twice;
use super::{Dataset, Resampling};
use crate::biometrics::comparison::compare;
use crate::biometrics::{Embedding, Quality, Template};

const QUALITY: Quality = Quality {
    face_width_px: 100.0,
    yaw_deg: 0.0,
    pitch_deg: 0.0,
    sharpness: 0.5,
    bright_luma: 180.0,
    dark_luma: 60.0,
    inside: 1.0,
    detection_score: 0.9,
    norm: Some(12.5),
};
const FEW: Resampling = Resampling { rounds: 50, seed: 1 };

/// Person `i` has `pictures[i]` pictures, each a direction of the person's own with noise.
fn people(pictures: &[usize]) -> Dataset {
    let mut random = fastrand::Rng::with_seed(7);
    let mut data =
        Dataset { people: (0..pictures.len()).map(|i| format!("Person_{i:03}")).collect(), ..Default::default() };
    for (person, count) in pictures.iter().enumerate() {
        let own: [f32; 128] = std::array::from_fn(|_| random.f32() - 0.5);
        for number in 1..=*count as u32 {
            let embedding = Embedding::normalized(own.map(|value| value + 2.2 * (random.f32() - 0.5))).unwrap();
            let picture = Picture { person: data.people[person].clone(), number };
            data.acquired.push(Acquired { picture, person, quality: QUALITY, embedding });
        }
    }
    data
}

/// All (mated, non-mated) scores of two pictures.
fn plainly(data: &Dataset, ignored: &HashSet<(usize, usize)>) -> (Vec<(usize, f32)>, Vec<f32>) {
    let (mut mated, mut non_mated) = (vec![], vec![]);
    for (i, a) in data.acquired.iter().enumerate() {
        for b in &data.acquired[i + 1..] {
            let score = compare(&b.embedding, &a.embedding).0;
            if a.person == b.person {
                mated.push((a.person, score));
            } else if !ignored.contains(&(a.person, b.person)) {
                non_mated.push(score);
            }
        }
    }
    (mated, non_mated)
}

#[test]
fn rates_are_the_shares_that_they_say() {
    let data = people(&[3; 60]);
    let ignored = HashSet::from([(0, 1), (1, 0), (5, 9), (9, 5)]);
    let (mated, non_mated) = plainly(&data, &ignored);
    let scores = Scores::of_singles(&data, &ignored);
    assert_eq!((scores.mated.len(), scores.non_mated as usize), (mated.len(), non_mated.len()));
    assert_eq!(scores.weighted_total(&[1.0; 60]), non_mated.len() as f64);
    let at = at_rates(&scores, FEW);
    assert_eq!(at.iter().map(|at| at.rate).collect::<Vec<_>>(), [1e-3, 1e-4], "16,000 comparisons tell no more");
    for at in at {
        let accepted = non_mated.iter().filter(|score| **score >= at.threshold).count();
        assert_eq!(accepted, (at.rate * non_mated.len() as f64) as usize);
        let missed = mated.iter().filter(|(_, score)| *score < at.threshold);
        assert_eq!(missed.clone().count(), at.missed);
        assert!((at.fnmr.value - at.missed as f64 / mated.len() as f64).abs() < 1e-12);
        // Everybody has three comparisons: both ways of counting are the same.
        assert!((at.fnmr.value - at.identity_weighted.value).abs() < 1e-12);
        assert!(at.fnmr.low <= at.fnmr.value && at.fnmr.value <= at.fnmr.high);
        assert!(at.missed > 0 && at.fnmr.high < 1.0, "the people are too easy or too hard to tell anything");
    }
    let equal = equal_error(&det(&scores)).unwrap();
    let share = |count: usize, of: usize| count as f64 / of as f64;
    let fmr = share(non_mated.iter().filter(|s| f64::from(**s) >= equal.threshold).count(), non_mated.len());
    let fnmr = share(mated.iter().filter(|(_, s)| f64::from(*s) < equal.threshold).count(), mated.len());
    assert!((fmr - equal.fmr).abs() < 0.01 && (fnmr - equal.fnmr).abs() < 0.01, "{fmr} {fnmr} {equal:?}");
}

#[test]
fn a_person_with_many_pictures_counts_once_where_people_count() {
    let data = people(&[2, 2, 40, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2]);
    let scores = Scores::of_singles(&data, &HashSet::new());
    let (mated, _) = plainly(&data, &HashSet::new());
    let at = at_rates(&scores, FEW)[0];
    let missed: HashSet<(usize, u32)> =
        mated.iter().filter(|(_, score)| *score < at.threshold).map(|(who, score)| (*who, score.to_bits())).collect();
    let of_two = missed.iter().filter(|(who, _)| *who != 2).count() as f64;
    let of_many = (missed.len() as f64 - of_two) / 780.0;
    assert!((at.identity_weighted.value - (of_two + of_many) / 20.0).abs() < 1e-9);
}

#[test]
fn thresholds_of_searches_name_no_more_strangers_than_they_say() {
    let pictures: Vec<usize> = (0..80).map(|i| if i % 2 == 0 { 6 } else { 3 }).collect();
    let data = people(&pictures);
    let found = searches(&data, &HashSet::new(), 1, FEW);
    assert_eq!(found.iter().map(|found| found.enrolled).collect::<Vec<_>>(), [5, 10, 20, 40]);
    let all = found.last().unwrap();
    assert_eq!((all.mated_probes, all.non_mated_probes), (120, 120));
    let by_person = data.by_person();
    let embedding = |at: &usize| &data.acquired[*at].embedding;
    let gallery: Vec<(usize, Template)> = (0..80)
        .step_by(2)
        .map(|person| (person, Template::fuse(by_person[person][..3].iter().map(embedding)).unwrap()))
        .collect();
    let best = |probe: &Embedding| {
        let scores = gallery.iter().map(|(who, template)| (compare(probe, template.embedding()).0, *who));
        scores.max_by(|a, b| a.0.total_cmp(&b.0)).unwrap()
    };
    let [at] = all.at[..] else { panic!("120 probes tell one in a hundred and no more") };
    let strangers = (1..80).step_by(2).flat_map(|person| &by_person[person]);
    let named = strangers.filter(|at_picture| best(embedding(at_picture)).0 >= at.threshold).count();
    assert_eq!(named, 1);
    let mated = (0..80).step_by(2).flat_map(|person| by_person[person][3..].iter().map(move |at| (person, at)));
    let missed = mated.filter(|(person, probe)| {
        let (score, who) = best(embedding(probe));
        who != *person || score < at.threshold
    });
    assert_eq!(missed.count(), at.missed);
}

#[test]
fn equal_seeds_give_equal_figures() {
    let data = people(&[4; 30]);
    let once = || at_rates(&Scores::of_singles(&data, &HashSet::new()), FEW);
    assert_eq!(once(), once());
}

#[test]
fn a_second_template_is_found_and_every_person_counts_as_much_in_the_spread() {
    let data = people(&[3, 2, 8, 7]);
    let twice = Twice::of(&data, &HashSet::new());
    let template = |person: usize, from: usize| {
        let pictures: Vec<_> = data.by_person()[person][from..from + 3].to_vec();
        Template::fuse(pictures.iter().map(|at| &data.acquired[*at].embedding)).unwrap()
    };
    assert_eq!((twice.people, twice.same.len(), twice.different.len()), (3, 2, 3));
    let of_second = compare(template(2, 3).embedding(), template(2, 0).embedding()).0;
    assert!(twice.same.contains(&of_second));
    assert_eq!(
        (twice.found(of_second), twice.mistaken(twice.different[1])),
        (if of_second == twice.same[0] { 2 } else { 1 }, 2)
    );
    assert_eq!((twice.found(1.1), twice.mistaken(1.1)), (0, 0));
    // Two pictures of the one person, one of the other: weights of a half, a half, and one.
    assert_eq!(twice.differences.len(), 3);
    let weights: f64 = twice.differences.iter().map(|(_, weight)| weight).sum();
    assert_eq!((weights, twice.spread(1.0)), (2.0, Some(twice.differences[2].0)));
    assert_eq!(Twice::of(&data, &HashSet::from([(0, 2)])).different.len(), 2);
    assert_eq!(Twice::of(&people(&[2]), &HashSet::new()).spread(0.95), None);
}

#[test]
fn probes_of_two_pictures_are_their_means() {
    let data = people(&[3, 1, 5, 2, 4]);
    let none = HashSet::new();
    let [of_one, of_two] = [1, 2].map(|frames| searches(&data, &none, frames, FEW).pop().unwrap());
    assert_eq!((of_one.mated_probes, of_one.non_mated_probes), (3, 6));
    assert_eq!((of_two.mated_probes, of_two.non_mated_probes), (1, 3));
    let scores = Scores::of_fused(&data, &none, [3, 2], 3);
    let by_person = data.by_person();
    let fused = |pictures: &[usize]| Template::fuse(pictures.iter().map(|at| &data.acquired[*at].embedding)).unwrap();
    let (probe, reference) = (fused(&by_person[2][3..5]), fused(&by_person[2][..3]));
    assert_eq!(scores.mated.len(), 1);
    assert_eq!(scores.mated[0].score, compare(probe.embedding(), reference.embedding()).0);
    assert_eq!((scores.mated[0].pictures, scores.non_mated), ([by_person[2][0], by_person[2][3]], 7));
}

#[test]
fn who_is_named_at_a_threshold_is_counted_with_an_interval() {
    let data = people(&[6; 40].iter().chain(&[3; 60]).copied().collect::<Vec<_>>());
    let found = searches(&data, &HashSet::new(), 1, FEW).pop().unwrap();
    let everybody = found.strangers.named(-1.0);
    assert_eq!((everybody.value, everybody.low, everybody.high), (180.0, 180.0, 180.0));
    let nobody = found.strangers.named(1.1);
    assert_eq!((nobody.value, nobody.low, nobody.high), (0.0, 0.0, 9.0), "three of sixty people");
    let some = found.strangers.named(found.at[0].threshold);
    assert!(some.low <= some.value && some.value <= 1.0 && some.high >= 1.0, "{some:?}");
    assert_eq!(found.ambiguous(-1.0, 0.0).1, 0);
    let (recognized, ambiguous) = found.ambiguous(-1.0, 2.0);
    assert_eq!(recognized, ambiguous);
}
