//! LFW's own figure: accuracy over ten folds of pairs.

use std::collections::HashMap;

use super::dataset::{Dataset, Pair, Picture};
use crate::biometrics::comparison::compare;

/// Accuracy over the folds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FoldAccuracy {
    /// Mean of the folds.
    pub mean: f64,
    /// Standard deviation between the folds.
    pub sd: f64,
    /// Pairs that were compared.
    pub compared: usize,
    /// Pairs of which a picture was not acquired or is not there.
    pub left_out: usize,
}

/// The share of pairs of a fold that are told right at the threshold which is best on the other folds. `None` where fewer
/// than two folds have pairs that can be compared.
pub fn accuracy(data: &Dataset, pairs: &[Pair]) -> Option<FoldAccuracy> {
    let found: HashMap<&Picture, usize> =
        data.acquired.iter().enumerate().map(|(at, acquired)| (&acquired.picture, at)).collect();
    let mut folds: Vec<Vec<(f32, bool)>> = vec![];
    let mut compared = 0;
    for pair in pairs {
        let (Some(&first), Some(&second)) = (found.get(&pair.first), found.get(&pair.second)) else { continue };
        let score = compare(&data.acquired[first].embedding, &data.acquired[second].embedding).0;
        folds.resize_with(folds.len().max(pair.fold + 1), Vec::new);
        folds[pair.fold].push((score, pair.is_mated()));
        compared += 1;
    }
    folds.retain(|fold| !fold.is_empty());
    if folds.len() < 2 {
        return None;
    }
    let right: Vec<f64> = (0..folds.len())
        .map(|judged| {
            let others = folds.iter().enumerate().filter(|(fold, _)| *fold != judged).flat_map(|(_, fold)| fold);
            let threshold = best_threshold(others.copied().collect());
            let fold = &folds[judged];
            fold.iter().filter(|(score, mated)| (*score >= threshold) == *mated).count() as f64 / fold.len() as f64
        })
        .collect();
    let count = right.len() as f64;
    let mean = right.iter().sum::<f64>() / count;
    let sd = (right.iter().map(|share| (share - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt();
    Some(FoldAccuracy { mean, sd, compared, left_out: pairs.len() - compared })
}

/// The threshold that tells most of these pairs right, in the middle between what is accepted and what is not; of several
/// the highest.
fn best_threshold(mut pairs: Vec<(f32, bool)>) -> f32 {
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    // From the top: each pair that is accepted besides is one more right, or one less.
    let (mut right, mut best) = (0i64, (0i64, f32::INFINITY));
    for (at, (score, mated)) in pairs.iter().enumerate() {
        right += if *mated { 1 } else { -1 };
        let next = pairs.get(at + 1).map_or(-1.0, |(next, _)| *next);
        if next < *score && right > best.0 {
            best = (right, f32::midpoint(*score, next));
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_threshold_is_between_what_is_mated_and_what_is_not() {
        assert_eq!(best_threshold(vec![(0.9, true), (0.6, true), (0.5, false), (0.1, false)]), 0.55);
        assert_eq!(best_threshold(vec![(0.9, true), (0.6, false), (0.5, true), (0.25, true)]), -0.375);
        assert_eq!(best_threshold(vec![(0.5, true), (0.5, false)]), f32::INFINITY, "nothing is gained");
    }
}
