//! The numbers that decisions are made with.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::LivenessLevel;
use super::score_model::MEASURED;
use crate::biometrics::liveness::LOST_AFTER;

/// What the session decides by.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// Of so many visits of strangers, one may be taken for somebody.
    pub false_accept_one_in: u32,
    /// By what somebody signs in.
    pub sign_in: Means,
    /// What signs of life are asked of whoever signs in by the face.
    pub liveness: LivenessLevel,
    /// Whether a PIN is asked for beside the face because no self-test shows what pictures the level stops here.
    pub face_unproven: bool,
    /// So long a face is looked at before it signs in, where nobody is asked to move: passive cues need it.
    pub watched_for: Duration,
    /// What is given before something is done with an account.
    pub guards: Guards,
    /// Who lets people register.
    pub enrollment: EnrollmentBy,
    /// What signs of life are looked for where a face is enrolled or taken anew.
    pub enrollment_liveness: EnrollmentLiveness,
    /// What somebody agrees to holds for so many days.
    pub consent_days: u32,
    /// The digests of the texts that people agree to: who agreed to another one has not agreed.
    pub consents: Vec<String>,
    /// The best must be ahead of the closest other person by this much: [`super::ScoreModel::same_face_spread`].
    pub ambiguity_margin: f32,
    /// Least score between any two captures of one enrollment: on LFW one in a thousand non-mated comparisons of two pictures
    /// reaches it (`mirilla eval verify`). It tells two people apart, not look-alikes.
    pub same_person: f32,
    /// Good frames of one enrollment are at least this far apart in time.
    pub capture_spacing: Duration,
    /// Between frames no further apart than this, the face is held against its last position; two of them decide a sign-in
    /// together.
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
    /// The longest that a challenge waits for one thing that it asks for,
    pub challenge_step: Duration,
    /// and altogether.
    pub challenge_timeout: Duration,
    /// After so long without the face during a challenge, the next one may be another person's: the challenge is given up.
    pub track_lost_after: Duration,
    /// So many near misses in a row begin a wait.
    pub near_misses: u32,
    /// So many strangers within a minute begin one.
    pub strangers_a_minute: usize,
    /// The first wait; each further one is twice as long,
    pub first_wait: Duration,
    /// up to this.
    pub longest_wait: Duration,
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
            false_accept_one_in: Strictness::Standard.false_accept_one_in(),
            sign_in: Means::default(),
            liveness: LivenessLevel::default(),
            face_unproven: false,
            watched_for: Duration::from_millis(700),
            guards: Guards::default(),
            enrollment: EnrollmentBy::default(),
            enrollment_liveness: EnrollmentLiveness::default(),
            consent_days: super::retention::MOST_DAYS,
            consents: vec![],
            ambiguity_margin: MEASURED.same_face_spread as f32,
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
            challenge_step: Duration::from_secs(5),
            challenge_timeout: Duration::from_secs(20),
            track_lost_after: LOST_AFTER,
            near_misses: 5,
            strangers_a_minute: 20,
            first_wait: Duration::from_secs(30),
            longest_wait: Duration::from_secs(900),
            result_shown: Duration::from_secs(25),
            idle_after: Duration::from_secs(60),
            operator_idle_after: Duration::from_secs(120),
            idle_warning: Duration::from_secs(15),
            result_warning: Duration::from_secs(8),
        }
    }
}

/// By what somebody signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Means {
    /// By the face, or, by whoever has chosen one, by a PIN instead.
    #[default]
    Face,
    /// By both; by a PIN alone only whom an operator has allowed it.
    FaceAndPin,
    /// By a PIN; no face is asked for.
    Pin,
}

impl Means {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Face, Self::FaceAndPin, Self::Pin];

    /// Whether nobody gets in without a PIN.
    pub fn wants_pin(self) -> bool {
        self != Self::Face
    }
}

/// Where the face alone signs in, if the operator lets it at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaceAlone {
    /// At every level.
    #[default]
    Always,
    /// At those for which a self-test of this site holds; else the PIN is asked for as well.
    Tested,
}

impl FaceAlone {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Always, Self::Tested];
}

/// What somebody who is signed in gives before something is done with the account. Another PIN, and a first face beside one, are
/// asked for the PIN in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Guard {
    /// Nothing more.
    #[default]
    AsSignedIn,
    /// The PIN, once in a session that was not opened with it.
    WithPin,
}

impl Guard {
    /// Both.
    pub const ALL: [Self; 2] = [Self::AsSignedIn, Self::WithPin];
}

/// What is given before each thing that is done with an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Guards {
    /// Before name and address are changed, or the face.
    pub changes: Guard,
    /// Before the account is deleted.
    pub removal: Guard,
    /// Before it is told when the account was used.
    pub history: Guard,
}

/// Who lets people register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnrollmentBy {
    /// Everybody registers by themselves.
    #[default]
    Anybody,
    /// An operator, who gives the PIN each time.
    Operator,
}

impl EnrollmentBy {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Anybody, Self::Operator];
}

/// What signs of life are looked for where a face is enrolled or taken anew. Nobody is asked to move for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnrollmentLiveness {
    /// None: a photo can be enrolled.
    Off,
    /// What passive cues say against it.
    #[default]
    Passive,
}

impl EnrollmentLiveness {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Off, Self::Passive];
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

    /// Of so many visits of strangers, one may be taken for somebody.
    pub fn false_accept_one_in(self) -> u32 {
        match self {
            Self::Lenient => 1_000,
            Self::Standard => 10_000,
            Self::Strict => 100_000,
        }
    }
}

impl Policy {
    /// Whether nobody gets in without a PIN.
    pub fn wants_pin(&self) -> bool {
        self.sign_in.wants_pin() || self.liveness == LivenessLevel::ActiveWithPin || self.face_unproven
    }

    /// Whether a PIN gets in only beside the face, but for whom an operator has allowed it.
    pub fn wants_both(&self) -> bool {
        self.wants_pin() && self.sign_in != Means::Pin
    }

    /// Least score of an accepted identification among so many people: the more there are, the higher.
    pub fn threshold(&self, gallery: usize) -> f32 {
        MEASURED.threshold(self.false_accept_one_in, gallery)
    }

    /// Of so many visits of enrolled people, about one is declined, where so many are enrolled.
    pub fn false_reject_one_in(&self, gallery: usize) -> u32 {
        (1.0 / MEASURED.false_reject_rate(self.threshold(gallery))).round() as u32
    }

    /// The same, with every time that a person is given multiplied: for people who need more of it (WCAG 2.2,
    /// success criterion 2.2.1), and for slow machines.
    #[must_use]
    pub fn with_patience(self, factor: u32) -> Self {
        let factor = factor.max(1);
        Self {
            enrollment_timeout: self.enrollment_timeout.saturating_mul(factor),
            challenge_step: self.challenge_step.saturating_mul(factor),
            challenge_timeout: self.challenge_timeout.saturating_mul(factor),
            // A slow machine looks less often; but never so seldom that somebody else may have come.
            track_lost_after: self.track_lost_after.saturating_mul(factor).min(self.face_lost_after),
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
        Self { false_accept_one_in: strictness.false_accept_one_in(), ..self }
    }
}
