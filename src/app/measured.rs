//! What was measured of the signs of life at this site, and what is decided by because of it.

use jiff::Timestamp;

use super::{App, AppError};
use crate::desk::DeskError;
use crate::selftest::{Camera, Conditions, Guide, Kept, Standing, Test};

impl App {
    /// What may be said of the level that is set, by what was measured here.
    pub fn self_test(&self) -> Standing {
        let camera = Camera { id: self.settings.camera.clone(), mode: self.camera_mode.clone() };
        self.measured.standing(self.settings.liveness, &self.with_camera(camera, None))
    }

    /// What was counted at the level that is set.
    pub fn measured(&self) -> Option<&Test> {
        self.measured.test(self.settings.liveness)
    }

    /// What a self-test of this camera, where none is chosen, before a screen of so many pixels, where that is known, would be done with.
    pub fn conditions(&self, camera: Option<String>, screen: Option<[u32; 2]>) -> Conditions {
        self.with_camera(Camera { id: self.settings.camera.clone().or(camera), mode: None }, screen)
    }

    fn with_camera(&self, camera: Camera, screen: Option<[u32; 2]>) -> Conditions {
        Conditions::of(camera, screen, self.settings.liveness, &self.settings.applied_to(&self.base_policy))
    }

    /// Notes that what the kiosk is set to is about to change: counts decide who signs in by the face alone.
    ///
    /// # Errors
    /// [`AppError::Desk`] when it cannot be noted; then nothing is to be counted.
    pub fn note_self_test(&mut self) -> Result<(), AppError> {
        self.read_measured();
        Ok(self.desk.note_settings(&["selftest".into()]).map_err(DeskError::from)?)
    }

    /// Keeps what was counted at the level that is set, and decides by it; not, and false, where another process has counted, or had it
    /// forgotten, meanwhile: then the guide goes on from what is there.
    ///
    /// # Errors
    /// [`AppError::Measured`] when it cannot be kept.
    pub fn keep_measured(&mut self, guide: &mut Guide, now: Timestamp) -> Result<bool, AppError> {
        let (kept, is_kept) = Kept::keep(&self.data_dir, self.settings.liveness, guide, now.as_second())?;
        self.measured = kept;
        self.decide();
        Ok(is_kept)
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
