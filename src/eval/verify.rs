//! Verification: every picture against every other, and templates against pictures.

use std::collections::HashSet;

use super::dataset::{Acquired, Dataset, Failures, Pair};
use super::folds::{self, FoldAccuracy};
use super::intervals::Resampling;
use super::rates::{self, AtRate, Point};
use super::scores::Scores;

/// Most frames that are fused.
pub const MOST_FRAMES: usize = 3;
/// Frames that decide a sign-in together at the kiosk.
pub const PROBE_FRAMES: usize = 2;
/// Shares of the pictures that are discarded, those of the least quality first.
pub const DISCARDED: [f64; 6] = [0.0, 0.01, 0.02, 0.05, 0.1, 0.2];
/// The false match rate at which the errors of the rest are told.
pub const DISCARD_RATE: f64 = 1e-4;

/// What a picture can be discarded by.
type Signal = (&'static str, fn(&Acquired) -> f32);

const SIGNALS: [Signal; 6] = [
    ("norm of the features", |acquired| acquired.quality.norm.unwrap_or_default()),
    ("detection score", |acquired| acquired.quality.detection_score),
    ("sharpness", |acquired| acquired.quality.sharpness),
    ("width of the face", |acquired| acquired.quality.face_width_px),
    ("turned sideways", |acquired| -acquired.quality.yaw_deg.abs()),
    ("turned up or down", |acquired| -acquired.quality.pitch_deg.abs()),
];

/// All of it.
#[derive(Debug, Clone)]
pub struct Verification {
    /// Pictures looked at.
    pub images: usize,
    /// People on them.
    pub people: usize,
    /// Pictures that were not acquired.
    pub failed: Failures,
    /// Over the folds of a list of pairs.
    pub pairs: Option<FoldAccuracy>,
    /// Each picture against each other.
    pub single: Comparisons,
    /// By how many pictures are fused into the template: (pictures, outcome).
    pub fused: Vec<(usize, Comparisons)>,
    /// The same of the most frames, where each probe is the mean of [`PROBE_FRAMES`] pictures.
    pub fused_probe: Comparisons,
    /// By what the worst pictures are discarded, and the errors of the rest.
    pub discards: Vec<Discard>,
    /// The single comparisons themselves.
    pub scores: Scores,
    /// Their detection error trade-off.
    pub det: Vec<Point>,
}

/// The errors of many comparisons.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparisons {
    /// Comparisons of one person.
    pub mated: usize,
    /// People who have such.
    pub mated_people: usize,
    /// Comparisons of two.
    pub non_mated: u64,
    /// Where both errors are equally frequent.
    pub equal_error: Option<Point>,
    /// The misses at each false match rate that so many comparisons can show.
    pub at: Vec<AtRate>,
}

/// Errors against the share of pictures that are discarded.
#[derive(Debug, Clone, PartialEq)]
pub struct Discard {
    /// What the pictures are discarded by.
    pub signal: &'static str,
    /// The FNMR of the rest for each of [`DISCARDED`], at the threshold that has a FMR of [`DISCARD_RATE`] among all.
    pub fnmr: Vec<f64>,
}

impl Comparisons {
    fn of(scores: &Scores, det: &[Point], resampling: Resampling) -> Self {
        Self {
            mated: scores.mated.len(),
            mated_people: scores.mated_people(),
            non_mated: scores.non_mated,
            equal_error: rates::equal_error(det).filter(|_| !scores.mated.is_empty()),
            at: rates::at_rates(scores, resampling),
        }
    }
}

impl Verification {
    /// Compares everything with everything, but the people of the `ignored` pairs with each other.
    pub fn of(data: &Dataset, ignored: &HashSet<(usize, usize)>, pairs: &[Pair], resampling: Resampling) -> Self {
        let scores = Scores::of_singles(data, ignored);
        let det = rates::det(&scores);
        let single = Comparisons::of(&scores, &det, resampling);
        let fused = (1..=MOST_FRAMES)
            .map(|frames| {
                let scores = Scores::of_templates(data, ignored, frames, MOST_FRAMES);
                (frames, Comparisons::of(&scores, &rates::det(&scores), resampling))
            })
            .collect();
        let of_both = Scores::of_fused(data, ignored, [MOST_FRAMES, PROBE_FRAMES], MOST_FRAMES);
        let fused_probe = Comparisons::of(&of_both, &rates::det(&of_both), resampling);
        let threshold = single.at.iter().find(|at| at.rate == DISCARD_RATE).map(|at| at.threshold);
        let discards = threshold.map(|threshold| SIGNALS.map(|signal| discard(data, &scores, threshold, signal)));
        Self {
            images: data.images(),
            people: data.people.len(),
            failed: data.failed.clone(),
            pairs: folds::accuracy(data, pairs),
            single,
            fused,
            fused_probe,
            discards: discards.into_iter().flatten().collect(),
            scores,
            det,
        }
    }
}

fn discard(data: &Dataset, scores: &Scores, threshold: f32, (signal, value): Signal) -> Discard {
    let values: Vec<f32> = data.acquired.iter().map(value).collect();
    let mut ascending = values.clone();
    ascending.sort_by(f32::total_cmp);
    let fnmr = DISCARDED.map(|share| {
        let least = ascending.get((share * values.len() as f64) as usize).copied().unwrap_or(f32::INFINITY);
        let kept = scores.mated.iter().filter(|mated| mated.pictures.iter().all(|at| values[*at] >= least));
        let (mut missed, mut all) = (0usize, 0usize);
        for comparison in kept {
            all += 1;
            missed += usize::from(comparison.score < threshold);
        }
        missed as f64 / all.max(1) as f64
    });
    Discard { signal, fnmr: fnmr.to_vec() }
}
