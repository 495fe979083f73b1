//! What was measured of the signs of life at this site, and what is decided by because of it.

use super::App;
use crate::selftest::{Camera, Conditions, Kept, Standing, Test};
use crate::session::Policy;

impl App {
    /// What may be said of the level that is set, by what was measured here.
    pub fn self_test(&self) -> Standing {
        let (policy, level) = (self.settings.applied_to(&self.base_policy), self.settings.liveness);
        let camera = Camera { id: self.settings.camera.clone(), mode: self.camera_mode.clone() };
        self.measured.standing(level, &Conditions::of(camera, None, level, &policy))
    }

    /// What was counted at the level that is set.
    pub fn measured(&self) -> Option<&Test> {
        self.measured.test(self.settings.liveness)
    }

    /// Reads what was measured: another process may have measured meanwhile. What cannot be read shows nothing.
    pub(super) fn read_measured(&mut self) {
        self.measured = Kept::load(&self.data_dir).unwrap_or_else(|error| {
            tracing::warn!(%error, "nothing is taken as measured");
            Kept::default()
        });
    }

    /// Decides from now on as is set, and as what was measured allows.
    pub(super) fn decide(&mut self) {
        let policy = self.settings.applied_to(&self.base_policy);
        let face_unproven = policy.face_unproven && self.self_test() != Standing::Holds;
        self.policy = Policy { face_unproven, ..policy };
    }

    /// Takes in what the camera that is on calls itself: one that is not the one that was measured by shows nothing.
    pub(super) fn seen_by(&mut self, mode: Option<String>) {
        if mode.is_some() && mode != self.camera_mode {
            self.camera_mode = mode;
            self.decide();
        }
    }
}
