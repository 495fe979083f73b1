//! Error rates of comparisons, and the thresholds at which they hold.

use rayon::prelude::*;

use super::intervals::{Estimate, Resampling};
use super::scores::{Scores, bin_start};

/// False match rates at which the misses are told.
pub const RATES: [f64; 4] = [1e-3, 1e-4, 1e-5, 1e-6];

/// The misses at the threshold of one false match rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AtRate {
    /// The false match rate.
    pub rate: f64,
    /// Least score of an accepted comparison: the lowest that accepts no more than this share of the non-mated ones.
    pub threshold: f32,
    /// Mated comparisons that are not accepted.
    pub missed: usize,
    /// Their share.
    pub fnmr: Estimate,
    /// The same where every person counts as much as another, however many pictures there are.
    pub identity_weighted: Estimate,
}

/// A point of the detection error trade-off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Least score of an accepted comparison.
    pub threshold: f64,
    /// Share of non-mated comparisons that are accepted.
    pub fmr: f64,
    /// Share of mated comparisons that are not.
    pub fnmr: f64,
}

/// The misses at each of [`RATES`] that so many comparisons can show: at least one non-mated one may be accepted.
///
/// The thresholds are set anew in each resampling, so that the intervals hold what the threshold's own uncertainty adds.
pub fn at_rates(scores: &Scores, resampling: Resampling) -> Vec<AtRate> {
    let people = scores.mated_of.len();
    let even = vec![1.0; people];
    let told: Vec<f64> = RATES.into_iter().filter(|rate| rate * scores.non_mated as f64 >= 1.0).collect();
    if scores.mated.is_empty() || told.is_empty() {
        return vec![];
    }
    let thresholds = thresholds(scores, &told, &even);
    let figures = misses(scores, &thresholds, &even);
    let resampled: Vec<Vec<Misses>> = (0..resampling.rounds)
        .into_par_iter()
        .map(|round| {
            let weights = resampling.draw(round, people);
            misses(scores, &self::thresholds(scores, &told, &weights), &weights)
        })
        .collect();
    let mated_people = scores.mated_people();
    let estimate = |at: usize, figure: fn(&Misses) -> f64| {
        let values = resampled.iter().map(|round| figure(&round[at])).collect();
        Estimate::new(figure(&figures[at]), values, mated_people)
    };
    told.iter()
        .enumerate()
        .map(|(at, &rate)| AtRate {
            rate,
            threshold: thresholds[at],
            missed: scores.mated.partition_point(|comparison| comparison.score < thresholds[at]),
            fnmr: estimate(at, |misses| misses.plain),
            identity_weighted: estimate(at, |misses| misses.identity_weighted),
        })
        .collect()
}

/// The threshold of each rate (descending), where people count as often as `weights` says.
fn thresholds(scores: &Scores, rates: &[f64], weights: &[f64]) -> Vec<f32> {
    let total = scores.weighted_total(weights);
    let mut found = vec![f32::NAN; rates.len()];
    let (mut accepted, mut open) = (0.0, rates.len());
    let mut lowest = 1.0f32;
    for comparison in &scores.tail {
        let [a, b] = comparison.people.map(|person| weights[person as usize]);
        accepted += a * b;
        // The smallest rate is exceeded first. A score that would exceed it is just not accepted.
        while open > 0 && accepted > rates[open - 1] * total {
            open -= 1;
            found[open] = comparison.score.next_up();
        }
        if open == 0 {
            break;
        }
        lowest = comparison.score;
    }
    // A draw in which the tail ends too early: its end is the closest that is known.
    found[..open].fill(lowest);
    found
}

/// Shares of mated comparisons below a threshold.
#[derive(Debug, Clone, Copy)]
struct Misses {
    plain: f64,
    identity_weighted: f64,
}

fn misses(scores: &Scores, thresholds: &[f32], weights: &[f64]) -> Vec<Misses> {
    let mated: f64 = scores.mated_of.iter().zip(weights).map(|(count, weight)| *count as f64 * weight).sum();
    let people: f64 =
        scores.mated_of.iter().zip(weights).filter(|(count, _)| **count > 0).map(|(_, weight)| weight).sum();
    let (mut plain, mut weighted, mut at) = (0.0, 0.0, 0);
    let share = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
    let mut found = vec![];
    // Thresholds ascend as the rates descend.
    for threshold in thresholds {
        while let Some(comparison) = scores.mated.get(at).filter(|comparison| comparison.score < *threshold) {
            let weight = weights[comparison.person];
            plain += weight;
            weighted += weight / scores.mated_of[comparison.person] as f64;
            at += 1;
        }
        found.push(Misses { plain: share(plain, mated), identity_weighted: share(weighted, people) });
    }
    found
}

/// The detection error trade-off, from the highest threshold to the lowest, a point for each bin that holds a non-mated
/// score.
pub fn det(scores: &Scores) -> Vec<Point> {
    let (mut accepted, mut points) = (0u64, vec![]);
    for (bin, count) in scores.histogram.iter().enumerate().rev().filter(|(_, count)| **count > 0) {
        accepted += count;
        let threshold = bin_start(bin);
        let missed = scores.mated.partition_point(|comparison| f64::from(comparison.score) < threshold);
        let share = |part: f64, whole: usize| part / whole.max(1) as f64;
        points.push(Point {
            threshold,
            fmr: accepted as f64 / scores.non_mated as f64,
            fnmr: share(missed as f64, scores.mated.len()),
        });
    }
    points
}

/// Where both errors are equally frequent: the middle between them at the first point where false matches are no longer
/// the rarer ones.
pub fn equal_error(det: &[Point]) -> Option<Point> {
    let point = det.iter().find(|point| point.fmr >= point.fnmr)?;
    let rate = f64::midpoint(point.fmr, point.fnmr);
    Some(Point { threshold: point.threshold, fmr: rate, fnmr: rate })
}
