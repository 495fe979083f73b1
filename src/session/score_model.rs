//! How scores are distributed: from measured pictures to the threshold that keeps a promise.

/// The distribution of the scores against a template of three, as `mirilla eval fit` measured it: of
/// strangers, so that it holds for one frame and for the mean of two, as the kiosk takes them; of the same person, for one
/// frame, which errs more than two.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreModel {
    /// Share of non-mated scores in the tail, 0 to 1.
    pub tail_share: f64,
    /// The score at which the tail begins.
    pub tail_start: f64,
    /// Mean excess over the start: the share of scores from `t` on is `tail_share * exp(-(t - tail_start) / tail_scale)`.
    /// An exponential tail errs on the safe side; a free generalized Pareto one would not.
    pub tail_scale: f64,
    /// The scores of one frame against two templates of one face differ by more than this in one case in twenty: where two
    /// people are this close, it cannot be told whose face it is.
    pub same_face_spread: f64,
    /// (share of mated scores below, score), both ascending; every person counts as much as another.
    pub mated: [(f64, f64); 8],
}

/// The numbers, with their source in `assets/score-model`.
pub const MEASURED: ScoreModel = include!("../../assets/score-model/score-model.txt");

impl ScoreModel {
    /// The threshold at which one visit of a stranger in `one_in` is taken for somebody, where each is compared with
    /// `gallery` people: `1 - (1 - FMR)^gallery = 1 / one_in`, the comparisons taken as independent. Never below the start
    /// of the tail, since nothing was fitted there.
    pub fn threshold(&self, one_in: u32, gallery: usize) -> f32 {
        let visit = 1.0 / f64::from(one_in.max(2));
        // ln(1 - visit) / gallery, and back, without the digits that a difference to 1 would lose.
        let fmr = -f64::exp_m1(f64::ln_1p(-visit) / gallery.max(1) as f64);
        let excess = self.tail_scale * (self.tail_share / fmr).ln();
        (self.tail_start + excess.max(0.0)).min(1.0) as f32
    }

    /// Share of an enrolled person's visits that a threshold declines, 0 to 1: between the measured shares in proportion.
    /// Below the least of them that one, beyond the greatest that one.
    pub fn false_reject_rate(&self, threshold: f32) -> f64 {
        let threshold = f64::from(threshold);
        let Some(above) = self.mated.iter().position(|(_, score)| *score >= threshold) else {
            return self.mated[self.mated.len() - 1].0;
        };
        let (share, score) = self.mated[above];
        let Some((less, lower)) = above.checked_sub(1).map(|below| self.mated[below]) else { return share };
        if score > lower { less + (share - less) * (threshold - lower) / (score - lower) } else { share }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_larger_gallery_and_a_greater_promise_need_a_higher_threshold(
            one_in in 2u32..1_000_000, gallery in 1usize..1_000_000
        ) {
            let threshold = MEASURED.threshold(one_in, gallery);
            prop_assert!(threshold <= MEASURED.threshold(one_in, gallery * 2));
            prop_assert!(threshold <= MEASURED.threshold(one_in * 2, gallery));
            prop_assert!((0.0..=1.0).contains(&threshold) && f64::from(threshold) >= MEASURED.tail_start - 1e-6);
            prop_assert!(MEASURED.false_reject_rate(threshold) <= MEASURED.false_reject_rate(threshold + 0.01));
        }
    }

    #[test]
    fn the_promise_is_kept_by_the_model_itself() {
        for (one_in, gallery) in [(10_000, 1), (10_000, 300), (1000, 100_000)] {
            let excess = f64::from(MEASURED.threshold(one_in, gallery)) - MEASURED.tail_start;
            let fmr = MEASURED.tail_share * (-excess / MEASURED.tail_scale).exp();
            let visit = 1.0 - (1.0 - fmr).powf(gallery as f64);
            assert!((visit * f64::from(one_in) - 1.0).abs() < 1e-3, "{one_in}, {gallery}: {visit}");
        }
    }

    #[test]
    fn the_measured_numbers_ascend() {
        assert!(MEASURED.mated.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1));
        const { assert!(MEASURED.tail_share > 0.0 && MEASURED.tail_scale > 0.0) };
    }
}
