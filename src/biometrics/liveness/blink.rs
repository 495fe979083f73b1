//! A blink: lids that close and open again.

use crate::models::iris::POINTS;

use super::{Look, Reading};

/// A blink closes the lids to less than this share of how far they were open. The study's eighteen blinks fell to 0.04 to 0.49.
pub const CLOSED_BELOW: f32 = 0.55;
/// Before and after it they are open to more than this share.
const OPEN_ABOVE: f32 = 0.75;

/// How far an eye is open: the distance between the middles of both lids as a share of the eye's width, from the contour that
/// the iris network finds. `None` where the contour has no width.
pub(super) fn opening(contour: &[[f32; 3]; POINTS]) -> Option<f32> {
    let mean = |points: &[[f32; 3]]| points.iter().map(|p| p[1]).sum::<f32>() / points.len().max(1) as f32;
    let outline = contour.get(..16)?;
    let (low, high) =
        outline.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), p| (low.min(p[0]), high.max(p[0])));
    // Without the points next to the corners, where the lids meet however open the eye is.
    let (lower, upper) = (contour.get(2..7)?, contour.get(10..15)?);
    let opening = (mean(upper) - mean(lower)).abs() / (high - low);
    opening.is_finite().then_some(opening)
}

/// Whether the lids closed and opened again. The value is the narrowest opening as a share of the usual one (the 80th percentile).
pub fn blink(looks: &[Look]) -> Reading {
    let lids: Vec<f32> = looks.iter().filter_map(|look| look.lids).collect();
    let mut sorted = lids.clone();
    sorted.sort_by(f32::total_cmp);
    let usual = sorted.get(sorted.len() * 4 / 5).copied().filter(|usual| *usual > 0.0 && sorted.len() >= 5);
    let Some(usual) = usual else { return Reading::unseen("the lids were not seen for long enough") };
    let Some(narrowest) = (0..lids.len()).min_by(|&a, &b| lids[a].total_cmp(&lids[b])) else {
        return Reading::unseen("the lids were not seen");
    };
    let share = lids[narrowest] / usual;
    let open = |part: &[f32]| part.iter().any(|opening| *opening > OPEN_ABOVE * usual);
    if share < CLOSED_BELOW && open(&lids[..narrowest]) && open(&lids[narrowest + 1..]) {
        Reading::clear(share, "the eyes blinked")
    } else {
        Reading::suspected(share, "the eyes did not blink")
    }
}
