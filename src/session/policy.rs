//! The numbers that decisions are made with.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Least score of an accepted identification: on LFW about one in 100,000 non-mated comparisons of a picture with a template
/// of three reaches it (`mirilla eval verify`).
pub const THRESHOLD: f32 = 0.42;

/// Of so many comparisons of two people, about one is accepted at [`THRESHOLD`]. (The source is the same.)
pub const FALSE_MATCH_ONE_IN: usize = 100_000;

/// What the session decides by.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// Least score of an accepted identification.
    pub threshold: f32,
    /// The best must be ahead of the closest other person by this much.
    pub ambiguity_margin: f32,
    /// Least score between any two captures of one enrollment: on LFW one in a thousand non-mated comparisons of two pictures
    /// reaches it (`mirilla eval verify`). It tells two people apart, not look-alikes.
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
    /// A face that looks ahead is turned no further than this to either side, in degrees.
    pub pose_ahead_deg: f32,
    /// A face that looks to a side is turned at least this far from where it looked first, in degrees.
    pub pose_turned_deg: f32,
    /// After so long a capture is taken without the pose that was asked for.
    pub pose_patience: Duration,
    /// How long a result is shown.
    pub result_shown: Duration,
    /// How long anything else is shown without a sign of life.
    pub idle_after: Duration,
    /// How long the operator's pages are.
    pub operator_idle_after: Duration,
    /// The last part of these times, in which the kiosk says that it will go home.
    pub idle_warning: Duration,
    /// The same where a result is shown, which is for a shorter time.
    pub result_warning: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            threshold: THRESHOLD,
            ambiguity_margin: 0.05,
            same_person: 0.292,
            capture_spacing: Duration::from_millis(500),
            steady_within: Duration::from_millis(2500),
            steady_shift: 0.12,
            face_lost_after: Duration::from_secs(3),
            enrollment_timeout: Duration::from_secs(60),
            identification_timeout: Duration::from_secs(20),
            pose_ahead_deg: 20.0,
            pose_turned_deg: 8.0,
            pose_patience: Duration::from_secs(4),
            result_shown: Duration::from_secs(25),
            idle_after: Duration::from_secs(60),
            operator_idle_after: Duration::from_secs(120),
            idle_warning: Duration::from_secs(15),
            result_warning: Duration::from_secs(8),
        }
    }
}

/// How sure the kiosk must be, in words that an operator can choose from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Strictness {
    /// Lets more enrolled people in at the first try.
    Lenient,
    /// As delivered.
    #[default]
    Standard,
    /// Takes fewer strangers for somebody.
    Strict,
}

impl Strictness {
    /// All of them, from the most to the least permissive.
    pub const ALL: [Self; 3] = [Self::Lenient, Self::Standard, Self::Strict];

    /// Least score of an accepted identification.
    pub fn threshold(self) -> f32 {
        match self {
            Self::Lenient => THRESHOLD - 0.05,
            Self::Standard => THRESHOLD,
            Self::Strict => THRESHOLD + 0.05,
        }
    }
}

impl Policy {
    /// The same, with every time that a person is given multiplied: for people who need more of it (WCAG 2.2,
    /// success criterion 2.2.1), and for slow machines.
    #[must_use]
    pub fn with_patience(self, factor: u32) -> Self {
        let factor = factor.max(1);
        Self {
            enrollment_timeout: self.enrollment_timeout.saturating_mul(factor),
            identification_timeout: self.identification_timeout.saturating_mul(factor),
            result_shown: self.result_shown.saturating_mul(factor),
            idle_after: self.idle_after.saturating_mul(factor),
            operator_idle_after: self.operator_idle_after.saturating_mul(factor),
            idle_warning: self.idle_warning.saturating_mul(factor),
            result_warning: self.result_warning.saturating_mul(factor),
            ..self
        }
    }

    /// The same, as sure as this.
    #[must_use]
    pub fn with_strictness(self, strictness: Strictness) -> Self {
        Self { threshold: strictness.threshold(), ..self }
    }
}
