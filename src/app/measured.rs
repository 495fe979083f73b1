//! What was measured of the signs of life at this site, and what is decided by because of it.

use super::{App, AppError};
use crate::desk::DeskError;
use crate::selftest::{Camera, Conditions, Kept, Standing, Test};

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

    /// What a self-test of this camera, where none is chosen, before a screen of so many pixels, where that is known, would be done with.
    pub fn conditions(&self, camera: Option<String>, screen: Option<[u32; 2]>) -> Conditions {
        let (policy, level) = (self.settings.applied_to(&self.base_policy), self.settings.liveness);
        Conditions::of(Camera { id: self.settings.camera.clone().or(camera), mode: None }, screen, level, &policy)
    }

    /// Notes that what the kiosk is set to is about to change: counts decide who signs in by the face alone.
    ///
    /// # Errors
    /// [`AppError::Desk`] when it cannot be noted; then nothing is to be counted.
    pub fn note_self_test(&mut self) -> Result<(), AppError> {
        self.read_measured();
        Ok(self.desk.note_settings(&["selftest".into()]).map_err(DeskError::from)?)
    }

    /// Keeps what was counted at the level that is set, and decides by it.
    ///
    /// # Errors
    /// [`AppError::Measured`] when it cannot be kept.
    pub fn keep_measured(&mut self, test: &Test) -> Result<(), AppError> {
        let mut kept = Kept::load(&self.data_dir)?;
        kept.put(self.settings.liveness, test.clone());
        kept.save(&self.data_dir)?;
        self.measured = kept;
        self.decide();
        Ok(())
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
        self.policy = self.self_test().applied_to(policy);
    }

    /// Takes in what the camera that is on calls itself: one that is not the one that was measured by shows nothing.
    pub(super) fn seen_by(&mut self, mode: Option<String>) {
        if mode.is_some() && mode != self.camera_mode {
            self.camera_mode = mode;
            self.decide();
        }
    }
}
