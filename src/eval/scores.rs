//! All comparisons of an evaluation: references against probes, mated and non-mated.

use std::collections::HashSet;

use rayon::prelude::*;

use super::dataset::Dataset;
use crate::biometrics::Embedding;
use crate::biometrics::comparison::compare;

/// The highest non-mated scores are kept one by one, this share of them: what thresholds are set by.
const TAIL: f64 = 5e-3;
/// Width of a bin of the histograms.
pub const BIN: f32 = 1e-4;
const BINS: usize = 20_001;

/// One side of the comparisons.
#[derive(Debug, Clone)]
pub struct Side {
    /// Place of the person in [`Dataset::people`].
    pub person: usize,
    /// Place of the picture in [`Dataset::acquired`]; of several, of the first.
    pub picture: usize,
    /// What is compared.
    pub embedding: Embedding,
}

/// A comparison of one person's reference with a probe of the same person.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mated {
    /// Whose.
    pub person: usize,
    /// Places of the two pictures in [`Dataset::acquired`].
    pub pictures: [usize; 2],
    /// The score.
    pub score: f32,
}

/// A comparison of two people.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NonMated {
    /// Whose reference and whose probe.
    pub people: [u32; 2],
    /// The score.
    pub score: f32,
}

/// The outcome of all comparisons.
#[derive(Debug, Clone)]
pub struct Scores {
    /// All mated ones, lowest first.
    pub mated: Vec<Mated>,
    /// How many mated comparisons each person has.
    pub mated_of: Vec<usize>,
    /// The highest non-mated ones, highest first.
    pub tail: Vec<NonMated>,
    /// How many non-mated ones have a score in each bin of [`BIN`], from -1 on.
    pub histogram: Vec<u64>,
    /// Non-mated comparisons.
    pub non_mated: u64,
    counts: Counts,
}

/// How many non-mated comparisons two people have, for any weights of theirs.
#[derive(Debug, Clone)]
struct Counts {
    references: Vec<f64>,
    probes: Vec<f64>,
    /// Each comparison is counted from both ends.
    twice: bool,
    ignored: HashSet<(usize, usize)>,
}

impl Counts {
    fn total(&self, weights: &[f64]) -> f64 {
        let sum = |counts: &[f64]| counts.iter().zip(weights).map(|(n, w)| n * w).sum::<f64>();
        let own: f64 = self.references.iter().zip(&self.probes).zip(weights).map(|((r, p), w)| r * p * w * w).sum();
        let left_out: f64 =
            self.ignored.iter().map(|&(a, b)| self.references[a] * weights[a] * self.probes[b] * weights[b]).sum();
        let total = sum(&self.references) * sum(&self.probes) - own - left_out;
        if self.twice { total / 2.0 } else { total }
    }
}

impl Scores {
    /// Each picture against each other.
    pub fn of_singles(data: &Dataset, ignored: &HashSet<(usize, usize)>) -> Self {
        let sides: Vec<Side> = (0..data.acquired.len()).map(|at| side(data, at)).collect();
        Self::compare(&sides, &sides, data.people.len(), ignored, true)
    }

    /// Templates of the first `frames` pictures of each person who has more than `most_frames`, against all pictures but
    /// the first `most_frames` of these people: the probes are the same whatever is fused.
    pub fn of_templates(data: &Dataset, ignored: &HashSet<(usize, usize)>, frames: usize, most_frames: usize) -> Self {
        Self::of_fused(data, ignored, [frames, 1], most_frames)
    }

    /// The same with each probe the mean of `probe_frames` pictures that follow each other, whichever is the first.
    pub fn of_fused(
        data: &Dataset,
        ignored: &HashSet<(usize, usize)>,
        [frames, probe_frames]: [usize; 2],
        most_frames: usize,
    ) -> Self {
        let fused = |pictures: &[usize]| {
            let template = data.fused(pictures)?;
            Some(Side { embedding: template.embedding().clone(), ..side(data, *pictures.first()?) })
        };
        let (mut references, mut probes) = (vec![], vec![]);
        for pictures in data.by_person() {
            if pictures.len() <= most_frames {
                probes.extend(pictures.windows(probe_frames).filter_map(fused));
                continue;
            }
            let (first, rest) = pictures.split_at(most_frames);
            let Some(reference) = first.get(..frames).and_then(fused) else { continue };
            references.push(reference);
            probes.extend(rest.windows(probe_frames).filter_map(fused));
        }
        Self::compare(&references, &probes, data.people.len(), ignored, false)
    }

    fn compare(
        references: &[Side],
        probes: &[Side],
        people: usize,
        ignored: &HashSet<(usize, usize)>,
        triangle: bool,
    ) -> Self {
        let visit = |at: usize, see: &mut dyn FnMut(&Side, &Side, f32)| {
            let reference = &references[at];
            for probe in &probes[if triangle { at + 1 } else { 0 }..] {
                if !ignored.contains(&(reference.person, probe.person)) {
                    see(reference, probe, compare(&probe.embedding, &reference.embedding).0);
                }
            }
        };
        let none = || (vec![], vec![0u64; BINS]);
        let (mut mated, histogram) = (0..references.len())
            .into_par_iter()
            .fold(none, |(mut mated, mut histogram), at| {
                visit(at, &mut |reference, probe, score| {
                    if reference.person == probe.person {
                        let pictures = [reference.picture, probe.picture];
                        mated.push(Mated { person: reference.person, pictures, score });
                    } else {
                        histogram[bin(score)] += 1;
                    }
                });
                (mated, histogram)
            })
            .reduce(none, |(mut mated, mut histogram), (others, other)| {
                mated.extend(others);
                histogram.iter_mut().zip(other).for_each(|(count, other)| *count += other);
                (mated, histogram)
            });
        mated.sort_by(|a, b| a.score.total_cmp(&b.score).then(a.pictures.cmp(&b.pictures)));
        let non_mated: u64 = histogram.iter().sum();
        let least = tail_start(&histogram, non_mated);
        let mut tail: Vec<NonMated> = (0..references.len())
            .into_par_iter()
            .fold(Vec::new, |mut tail, at| {
                visit(at, &mut |reference, probe, score| {
                    if reference.person != probe.person && bin(score) >= least {
                        let people = [reference.person as u32, probe.person as u32];
                        tail.push(NonMated { people, score });
                    }
                });
                tail
            })
            .reduce(Vec::new, |mut tail, others| {
                tail.extend(others);
                tail
            });
        tail.par_sort_by(|a, b| b.score.total_cmp(&a.score).then(a.people.cmp(&b.people)));
        let mut mated_of = vec![0; people];
        mated.iter().for_each(|comparison| mated_of[comparison.person] += 1);
        let count = |sides: &[Side]| {
            let mut counts = vec![0.0; people];
            sides.iter().for_each(|side| counts[side.person] += 1.0);
            counts
        };
        let counts =
            Counts { references: count(references), probes: count(probes), twice: triangle, ignored: ignored.clone() };
        Self { mated, mated_of, tail, histogram, non_mated, counts }
    }

    /// People with mated comparisons.
    pub fn mated_people(&self) -> usize {
        self.mated_of.iter().filter(|count| **count > 0).count()
    }

    /// How many non-mated comparisons there are, each counted as often as both of its people are drawn.
    pub(super) fn weighted_total(&self, weights: &[f64]) -> f64 {
        self.counts.total(weights)
    }
}

fn side(data: &Dataset, at: usize) -> Side {
    let acquired = &data.acquired[at];
    Side { person: acquired.person, picture: at, embedding: acquired.embedding.clone() }
}

fn bin(score: f32) -> usize {
    (((score + 1.0) / BIN) as usize).min(BINS - 1)
}

/// Least score of a bin.
pub fn bin_start(bin: usize) -> f64 {
    f64::from(BIN) * bin as f64 - 1.0
}

/// The lowest bin of those that hold the highest scores.
fn tail_start(histogram: &[u64], total: u64) -> usize {
    let wanted = (total as f64 * TAIL).ceil() as u64;
    let mut above = 0;
    for (bin, count) in histogram.iter().enumerate().rev() {
        above += count;
        if above > wanted {
            return bin;
        }
    }
    0
}
