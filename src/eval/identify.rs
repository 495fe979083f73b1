//! Open-set identification: some people are enrolled from three pictures, the others are strangers.

use std::collections::HashSet;

use rayon::prelude::*;

use super::dataset::Dataset;
use super::intervals::{Estimate, Resampling};
use super::verify::MOST_FRAMES;
use crate::biometrics::Template;
use crate::biometrics::comparison::compare;

/// False positive identification rates at which the misses are told.
pub const RATES: [f64; 2] = [1e-2, 1e-3];
/// Galleries of these shares of all who can be enrolled.
const SIZES: [f64; 4] = [0.125, 0.25, 0.5, 1.0];

/// The misses at the threshold of one false positive identification rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AtRate {
    /// Share of the strangers' probes for which somebody is named.
    pub fpir: f64,
    /// Least score at which somebody is named: the lowest that names somebody for no more than this share.
    pub threshold: f32,
    /// Mated probes for which the right person is not named.
    pub missed: usize,
    /// Their share.
    pub fnir: Estimate,
}

/// The outcome with one gallery.
#[derive(Debug, Clone, PartialEq)]
pub struct Searches {
    /// People in the gallery.
    pub enrolled: usize,
    /// Probes of theirs.
    pub mated_probes: usize,
    /// Probes of strangers.
    pub non_mated_probes: usize,
    /// Share of the mated probes whose closest reference is the right one, whatever the score.
    pub rank1: f64,
    /// The misses at each rate that so many probes can show.
    pub at: Vec<AtRate>,
    /// The strangers' probes.
    pub strangers: Strangers,
    /// Probes of people in the gallery.
    pub mated: Vec<MatedProbe>,
}

/// Probes of people who are not in the gallery.
#[derive(Debug, Clone, PartialEq)]
pub struct Strangers {
    /// The person and the closest score of each, highest first.
    closest: Vec<(usize, f32)>,
    /// People there are.
    people: usize,
    resampling: Resampling,
}

impl Strangers {
    /// The probes for which somebody is named at this threshold, and how many may be named among as many others.
    pub fn named(&self, threshold: f32) -> Estimate {
        let named = self.closest.partition_point(|(_, score)| *score >= threshold);
        let (all, probes) = (self.closest.len() as f64, &self.closest[..named]);
        let strangers: HashSet<usize> = self.closest.iter().map(|(person, _)| *person).collect();
        let round = |round| {
            let weights = self.resampling.draw(round, self.people);
            let weight = |probes: &[(usize, f32)]| probes.iter().map(|(person, _)| weights[*person]).sum::<f64>();
            weight(probes) / weight(&self.closest).max(1.0)
        };
        let resampled = (0..self.resampling.rounds).into_par_iter().map(round).collect();
        let Estimate { value, low, high } = Estimate::new(named as f64 / all.max(1.0), resampled, strangers.len());
        Estimate { value: value * all, low: low * all, high: high * all }
    }
}

impl Searches {
    /// Mated probes that are recognized at this threshold, and those of them that are declined because another person comes
    /// nearer than `margin` to the closest.
    pub fn ambiguous(&self, threshold: f32, margin: f32) -> (usize, usize) {
        let recognized = self.mated.iter().filter(|probe| !is_missed(probe, threshold));
        let ambiguous = recognized.clone().filter(|probe| probe.own - probe.other < margin);
        (recognized.count(), ambiguous.count())
    }
}

/// A probe of somebody enrolled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MatedProbe {
    person: usize,
    own: f32,
    /// The closest other person's score.
    other: f32,
}

/// The outcome with galleries of growing size and probes that are means of `probe_frames` pictures each, drawn with the seed of `resampling`; the last holds everybody with more than
/// [`MOST_FRAMES`] pictures, enrolled from the first of them. Everybody else is a stranger to all.
pub fn searches(
    data: &Dataset,
    ignored: &HashSet<(usize, usize)>,
    probe_frames: usize,
    resampling: Resampling,
) -> Vec<Searches> {
    let (mut enrolled, mut mated, mut strangers) = (vec![], vec![], vec![]);
    for (person, pictures) in data.by_person().into_iter().enumerate() {
        let probes = |pictures: &[usize]| -> Vec<(usize, Template)> {
            pictures
                .windows(probe_frames)
                .filter_map(|pictures| data.fused(pictures))
                .map(|probe| (person, probe))
                .collect()
        };
        if pictures.len() <= MOST_FRAMES {
            strangers.extend(probes(&pictures));
            continue;
        }
        let (first, rest) = pictures.split_at(MOST_FRAMES);
        let Some(template) = data.fused(first) else { continue };
        enrolled.push((person, template));
        mated.extend(probes(rest));
    }
    fastrand::Rng::with_seed(resampling.seed).shuffle(&mut enrolled);
    let sizes = SIZES.map(|share| (enrolled.len() as f64 * share).round() as usize);
    let galleries = sizes.into_iter().filter(|size| *size > 0).map(|size| &enrolled[..size]);
    galleries.map(|gallery| search(data.people.len(), gallery, &mated, &strangers, ignored, resampling)).collect()
}

fn search(
    people: usize,
    gallery: &[(usize, Template)],
    mated: &[(usize, Template)],
    strangers: &[(usize, Template)],
    ignored: &HashSet<(usize, usize)>,
    resampling: Resampling,
) -> Searches {
    let scores = |(person, probe): &(usize, Template)| {
        let (mut own, mut other) = (None, -1.0f32);
        for (enrollee, template) in gallery {
            let score = compare(probe.embedding(), template.embedding()).0;
            if enrollee == person {
                own = Some(score);
            } else if !ignored.contains(&(*enrollee, *person)) {
                other = other.max(score);
            }
        }
        (own, other)
    };
    let mated: Vec<MatedProbe> = mated
        .par_iter()
        .filter_map(|probe| {
            let (own, other) = scores(probe);
            Some(MatedProbe { person: probe.0, own: own?, other })
        })
        .collect();
    let mut strangers: Vec<(usize, f32)> = strangers.par_iter().map(|probe| (probe.0, scores(probe).1)).collect();
    strangers.sort_by(|a, b| b.1.total_cmp(&a.1));
    let told: Vec<f64> = RATES.into_iter().filter(|rate| rate * strangers.len() as f64 >= 1.0).collect();
    let even = vec![1.0; people];
    let figures = |weights: &[f64]| -> Vec<(f32, f64)> {
        told.iter()
            .map(|rate| {
                let threshold = threshold(&strangers, *rate, weights);
                (threshold, missed(&mated, threshold, weights))
            })
            .collect()
    };
    let resampled: Vec<_> =
        (0..resampling.rounds).into_par_iter().map(|round| figures(&resampling.draw(round, people))).collect();
    let at_rate = |(at, (threshold, fnir)): (usize, (f32, f64))| AtRate {
        fpir: told[at],
        threshold,
        missed: mated.iter().filter(|probe| is_missed(probe, threshold)).count(),
        fnir: Estimate::new(fnir, resampled.iter().map(|round| round[at].1).collect(), gallery.len()),
    };
    let first = mated.iter().filter(|probe| probe.own > probe.other).count();
    Searches {
        enrolled: gallery.len(),
        mated_probes: mated.len(),
        non_mated_probes: strangers.len(),
        rank1: first as f64 / mated.len().max(1) as f64,
        at: figures(&even).into_iter().enumerate().map(at_rate).collect(),
        strangers: Strangers { closest: strangers, people, resampling },
        mated,
    }
}

/// The lowest score that no more than `rate` of the strangers' probes (best first) reach.
fn threshold(strangers: &[(usize, f32)], rate: f64, weights: &[f64]) -> f32 {
    let total: f64 = strangers.iter().map(|(person, _)| weights[*person]).sum();
    let mut named = 0.0;
    for (person, score) in strangers {
        named += weights[*person];
        if named > rate * total {
            return score.next_up();
        }
    }
    -1.0
}

fn is_missed(probe: &MatedProbe, threshold: f32) -> bool {
    probe.own < threshold || probe.own <= probe.other
}

fn missed(mated: &[MatedProbe], threshold: f32, weights: &[f64]) -> f64 {
    let (mut missed, mut all) = (0.0, 0.0);
    for probe in mated {
        let weight = weights[probe.person];
        all += weight;
        missed += if is_missed(probe, threshold) { weight } else { 0.0 };
    }
    if all > 0.0 { missed / all } else { 0.0 }
}
