//! Webcams. On Linux they are read through V4L2 directly (`v4l2.rs` tells why), elsewhere through nokhwa.

mod format;
mod identity;
#[cfg(not(target_os = "linux"))]
#[path = "nokhwa.rs"]
mod system;
#[cfg(target_os = "linux")]
#[path = "v4l2.rs"]
mod system;

use super::FrameSource;
use crate::error::CameraError;

/// Names a camera, the same after a reboot: to be stored in settings, and shown to technicians.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CameraId(pub String);

impl std::fmt::Display for CameraId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A camera that is plugged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CameraInfo {
    /// By which it is found again.
    pub id: CameraId,
    /// What its maker calls it.
    pub name: String,
}

/// The cameras that are there, in an order that stays: those with color first. Nodes that give no pictures
/// (metadata, decoders) are not among them.
///
/// # Errors
/// [`CameraError::Device`] when the system cannot be asked.
pub fn list() -> Result<Vec<CameraInfo>, CameraError> {
    system::list()
}

/// Opens `wanted`, or the first of [`list`], in the best format that works; it streams until it is dropped.
///
/// # Errors
/// [`CameraError`] telling apart: none there, in use, no permission, no usable format, and whatever else a driver says.
pub fn open(wanted: Option<&CameraId>) -> Result<Box<dyn FrameSource>, CameraError> {
    system::open(wanted)
}

/// The index of the camera that is meant: `wanted`, or else the first.
fn pick(wanted: Option<&CameraId>, there: &[&CameraId]) -> Result<usize, CameraError> {
    let found = match wanted {
        Some(wanted) => identity::find(wanted, there),
        None => (!there.is_empty()).then_some(0),
    };
    found.ok_or_else(|| CameraError::NotFound { wanted: wanted.map(CameraId::to_string) })
}
