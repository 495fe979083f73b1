//! The numbers that decisions are made with.

use std::time::Duration;

/// Least score of an accepted identification.
///
/// A constant that has not been fitted yet. On LFW, OpenCV's pipeline with the same networks accepts 99 % of mated
/// probes against the mean of three at this cosine and makes about one false match in 100,000 non-mated
/// comparisons (threshold 0.507 at FMR 1e-5).
pub const THRESHOLD: f32 = 0.50;

/// What the session decides by.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// Least score of an accepted identification.
    pub threshold: f32,
    /// The best must be ahead of the closest other person by this much.
    pub ambiguity_margin: f32,
    /// Least score between any two captures of one enrollment; OpenCV's "same identity" for these networks.
    /// It tells two people apart, not look-alikes.
    pub same_person: f32,
    /// Good frames of one enrollment are at least this far apart in time.
    pub capture_spacing: Duration,
    /// Between frames no further apart than this, the face is held against its last position.
    pub steady_within: Duration,
    /// Furthest a steady face moves between two frames, as a share of its width.
    pub steady_shift: f32,
    /// After so long without the face, the next one may be another person's: captures are dropped.
    pub face_lost_after: Duration,
    /// An enrollment that takes longer is given up.
    pub enrollment_timeout: Duration,
    /// A sign-in that takes longer is given up.
    pub identification_timeout: Duration,
    /// How long a result is shown.
    pub result_shown: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            threshold: THRESHOLD,
            ambiguity_margin: 0.05,
            same_person: 0.363,
            capture_spacing: Duration::from_millis(500),
            steady_within: Duration::from_millis(1000),
            steady_shift: 0.12,
            face_lost_after: Duration::from_secs(3),
            enrollment_timeout: Duration::from_secs(60),
            identification_timeout: Duration::from_secs(20),
            result_shown: Duration::from_secs(8),
        }
    }
}
