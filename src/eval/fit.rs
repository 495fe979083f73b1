//! What the recognition takes from measured pictures: the mean face, and how the scores are distributed.

use std::collections::HashSet;

use super::dataset::{Dataset, Picture, Seen};
use super::scores::Scores;
use super::twice::{SPREAD_SHARE, Twice};
use super::verify::{MOST_FRAMES, PROBE_FRAMES};
use crate::biometrics::{Features, QualityLimits};

/// Numbers of an embedding.
const SIZE: usize = 128;

/// The mean direction of the people's faces, each person counting as much as another however many pictures there are.
pub fn mean_face(pictures: &[(Picture, Option<Seen>)], limits: &QualityLimits) -> [f32; SIZE] {
    let data = Dataset::with(pictures.iter().cloned(), limits, Features::direction);
    let (mut sum, mut people) = ([0.0f64; SIZE], 0.0);
    for pictures in data.by_person().iter().filter(|pictures| !pictures.is_empty()) {
        people += 1.0;
        for at in pictures {
            let share = 1.0 / pictures.len() as f64;
            let values = data.acquired[*at].embedding.values();
            sum.iter_mut().zip(values).for_each(|(sum, value)| *sum += share * f64::from(*value));
        }
    }
    sum.map(|sum| (sum / f64::max(people, 1.0)) as f32)
}

/// Share of the non-mated scores that the tail is fitted over.
pub const TAIL_SHARE: f64 = 1e-3;
/// Shares of the mated scores whose quantiles are kept.
pub const SHARES: [f64; 8] = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5];

/// How the scores against a template of three are distributed. The tail is that of one picture or of the mean of two, as the
/// kiosk takes them, whichever starts higher and whichever falls more slowly: a threshold has to hold for both.
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution {
    /// The score from which [`TAIL_SHARE`] of the non-mated ones are.
    pub tail_start: f64,
    /// Their mean excess over it: the most likely scale of an exponential tail.
    pub tail_scale: f64,
    /// The mated score that each of [`SHARES`] is below, every person counting as much as another.
    pub mated: [f64; SHARES.len()],
    /// What [`SPREAD_SHARE`] of the differences between a picture's scores against two templates of its person do not exceed.
    pub same_face_spread: f64,
    /// Comparisons of two people.
    pub non_mated: u64,
    /// Comparisons of one.
    pub mated_count: usize,
}

/// The distribution among these pictures. `None` where there are too few to fill the tail.
pub fn distribution(data: &Dataset, ignored: &HashSet<(usize, usize)>) -> Option<Distribution> {
    let of_one = Scores::of_templates(data, ignored, MOST_FRAMES, MOST_FRAMES);
    let of_both = Scores::of_fused(data, ignored, [MOST_FRAMES, PROBE_FRAMES], MOST_FRAMES);
    let ([one, both], scores) = ([tail(&of_one)?, tail(&of_both)?], &of_one);
    let (tail_start, tail_scale) = (one.0.max(both.0), one.1.max(both.1));
    let people = scores.mated_people() as f64;
    let mut mated = [0.0; SHARES.len()];
    let (mut below, mut next) = (0.0, 0);
    for comparison in &scores.mated {
        below += 1.0 / scores.mated_of[comparison.person] as f64 / people;
        while next < SHARES.len() && below > SHARES[next] {
            mated[next] = f64::from(comparison.score);
            next += 1;
        }
    }
    let enough = next == SHARES.len() && tail_scale > 0.0;
    let (non_mated, mated_count) = (scores.non_mated + of_both.non_mated, scores.mated.len());
    let same_face_spread = f64::from(Twice::of(data, ignored).spread(SPREAD_SHARE)?);
    enough.then_some(Distribution { tail_start, tail_scale, mated, same_face_spread, non_mated, mated_count })
}

/// Where the tail of the non-mated scores starts, and their mean excess over it.
fn tail(scores: &Scores) -> Option<(f64, f64)> {
    let tail = scores.tail.get(..(scores.non_mated as f64 * TAIL_SHARE) as usize)?;
    let start = f64::from(tail.last()?.score);
    Some((start, tail.iter().map(|found| f64::from(found.score) - start).sum::<f64>() / tail.len() as f64))
}
