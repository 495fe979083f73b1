//! Whether it was the same face in the same place all the time.

use std::time::Duration;

use super::{Look, Reading};

/// A face that was not seen for so long may be another one, where nobody is given more time.
pub const LOST_AFTER: Duration = Duration::from_millis(800);
/// Furthest that a face moves from one look to the next, in its own widths: a hand that puts another face before the camera moves more.
const FURTHEST: f32 = 0.5;
/// Most that its width changes from one look to the next, as a ratio.
const MOST_GROWTH: f32 = 1.35;

/// Whether a face at `next` may be the one at `last` that moved, where one that is not seen for longer than `lost_after` is lost.
pub fn follows(last: &Look, next: &Look, lost_after: Duration) -> bool {
    next.captured_at > last.captured_at && next.captured_at - last.captured_at <= lost_after && is_near(last, next)
}

/// Whether it is about where that one was, and about as large, whatever the time between.
pub fn is_near(last: &Look, next: &Look) -> bool {
    let growth = (next.width / last.width).max(last.width / next.width);
    next.center.distance(last.center) <= FURTHEST * last.width && growth <= MOST_GROWTH
}

/// Whether each look [`follows`] the one before. The value is the share that does.
pub fn unbroken(looks: &[Look], lost_after: Duration) -> Reading {
    if looks.len() < 2 {
        return Reading::unseen("the face was seen once");
    }
    let kept = looks.windows(2).filter(|two| follows(&two[0], &two[1], lost_after)).count();
    let share = kept as f32 / (looks.len() - 1) as f32;
    if kept + 1 == looks.len() {
        Reading::clear(share, "the face was followed all the time")
    } else {
        Reading::suspected(share, "the face was lost, or another took its place")
    }
}
