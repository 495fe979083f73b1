//! What a self-test was done with, and what of it has changed since.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::biometrics::liveness;
use crate::camera::Frame;
use crate::session::{LivenessLevel, Policy};

/// The networks in the program: SHA-256 of the files that they are compiled from (a test holds that).
pub const NETWORKS: [(&str, &str); 4] = [
    ("yunet", "58ea7b27b599641d2412664803dbf0cbb59babac06038e10429492d90b832665"),
    ("sface", "41ae7e6b5d716517b19f5dfd4241d172eae30ad3907fd6067adab2037fb2f6c7"),
    ("face_mesh", "49dd155c404d3eabdba86ebe6ed663d8ddffa099bc10b98cc54ce75823bc423a"),
    ("iris", "e40f32a5d408c97f5ddae368a62a4c6aafdbd05765a1b7962f3854275d341288"),
];

/// The camera that presentations were seen by.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Camera {
    /// Where it is plugged in and what it is, as `mirilla camera list` names it; none: not known.
    pub id: Option<String>,
    /// What it calls itself, and its mode; none: it is not open.
    pub mode: Option<String>,
}

impl Camera {
    /// Whether it may be the other one: what is not known of either is no difference.
    fn may_be(&self, other: &Self) -> bool {
        let agree = |a: &Option<String>, b: &Option<String>| a.is_none() || b.is_none() || a == b;
        agree(&self.id, &other.id) && agree(&self.mode, &other.mode)
    }
}

/// What a self-test was done with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conditions {
    /// The camera.
    pub camera: Camera,
    /// Width and height of the screen, where it is known: told, and compared with nothing.
    #[serde(default)]
    pub screen: Option<[u32; 2]>,
    /// The networks, by their names.
    pub networks: BTreeMap<String, String>,
    /// The numbers of the policy that presentations are decided by, by their names.
    pub thresholds: BTreeMap<String, String>,
    /// The program's version, and that of its signs of life, whose own numbers are in its code.
    pub program: String,
}

/// What has changed since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Another camera, or another mode of it.
    Camera,
    /// Another network.
    Networks,
    /// These thresholds.
    Thresholds(Vec<String>),
    /// Another version of the program.
    Program,
}

impl Change {
    /// Its name for programs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Camera => "camera",
            Self::Networks => "networks",
            Self::Thresholds(_) => "thresholds",
            Self::Program => "program",
        }
    }

    /// The key of its name for people.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Camera => "changed-camera",
            Self::Networks => "changed-networks",
            Self::Thresholds(_) => "changed-thresholds",
            Self::Program => "changed-program",
        }
    }
}

impl Conditions {
    /// Those that hold where this camera looks and a level is decided by this policy.
    pub fn of(camera: Camera, screen: Option<[u32; 2]>, level: LivenessLevel, policy: &Policy) -> Self {
        let networks = NETWORKS.iter().map(|(name, digest)| ((*name).to_owned(), (*digest).to_owned())).collect();
        Self {
            camera,
            screen,
            networks,
            thresholds: thresholds(level, policy),
            program: format!("{}+cues.{}", env!("CARGO_PKG_VERSION"), liveness::VERSION),
        }
    }

    /// What differs `now` from these.
    pub fn changes(&self, now: &Self) -> Vec<Change> {
        let names = self.thresholds.keys().chain(now.thresholds.keys());
        let differs = |name: &&String| self.thresholds.get(*name) != now.thresholds.get(*name);
        let mut thresholds: Vec<String> = names.filter(differs).cloned().collect();
        thresholds.sort();
        thresholds.dedup();
        let found = [
            (!self.camera.may_be(&now.camera), Change::Camera),
            (self.networks != now.networks, Change::Networks),
            (!thresholds.is_empty(), Change::Thresholds(thresholds)),
            (self.program != now.program, Change::Program),
        ];
        found.into_iter().filter(|(changed, _)| *changed).map(|(_, change)| change).collect()
    }
}

/// By what a presentation at this level is decided. Times are among them: whoever is given longer tries longer.
fn thresholds(level: LivenessLevel, policy: &Policy) -> BTreeMap<String, String> {
    let ms = |time: std::time::Duration| format!("{} ms", time.as_millis());
    let always = [
        ("false_accept_one_in", policy.false_accept_one_in.to_string()),
        ("ambiguity_margin", policy.ambiguity_margin.to_string()),
        ("same_person", policy.same_person.to_string()),
        ("watched_for", ms(policy.watched_for)),
        ("steady_within", ms(policy.steady_within)),
        ("steady_shift", policy.steady_shift.to_string()),
        ("identification_timeout", ms(policy.identification_timeout)),
    ];
    let moving = [
        ("challenge_step", ms(policy.challenge_step)),
        ("challenge_timeout", ms(policy.challenge_timeout)),
        ("track_lost_after", ms(policy.track_lost_after)),
    ];
    let moving = moving.into_iter().filter(|_| level.is_active());
    always.into_iter().chain(moving).map(|(name, value)| (name.to_owned(), value)).collect()
}

/// How bright a picture is: the median luma of some thousand of its pixels.
pub fn median_luma(frame: &Frame) -> Option<u8> {
    const LOOKED_AT: usize = 4096;
    let pixels = frame.rgb().as_chunks::<3>().0;
    let step = (pixels.len() / LOOKED_AT).max(1);
    // By the weights of BT.601, in 256ths.
    let luma = |[r, g, b]: &[u8; 3]| ((77 * u32::from(*r) + 150 * u32::from(*g) + 29 * u32::from(*b)) >> 8) as u8;
    median(&mut pixels.iter().step_by(step).map(luma).collect::<Vec<_>>())
}

/// The middle one, the lower of two.
pub(super) fn median(values: &mut [u8]) -> Option<u8> {
    values.sort_unstable();
    values.get(values.len().checked_sub(1)? / 2).copied()
}
