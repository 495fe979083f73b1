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

impl CameraId {
    /// Whether a program makes the camera's pictures: it is used only where it was chosen.
    pub fn is_virtual(&self) -> bool {
        self.0.starts_with(identity::VIRTUAL)
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

/// Opens `wanted`, or the first of [`list`] that no program makes, in the best format that works; it streams until it is dropped.
///
/// # Errors
/// [`CameraError`] telling apart: none there, in use, no permission, no usable format, and whatever else a driver says.
pub fn open(wanted: Option<&CameraId>) -> Result<Box<dyn FrameSource>, CameraError> {
    system::open(wanted)
}

/// The index of the camera that is meant: `wanted`, or else the first that is a piece of hardware.
fn pick(wanted: Option<&CameraId>, there: &[&CameraId]) -> Result<usize, CameraError> {
    let found = match wanted {
        Some(wanted) => identity::find(wanted, there),
        None => there.iter().position(|id| !id.is_virtual()),
    };
    found.ok_or_else(|| CameraError::NotFound { wanted: wanted.map(CameraId::to_string) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_shows_is_looked_at_only_where_it_was_chosen() {
        let [made, real] = ["virtual-OBS", "usb-1-2@pci-1:0"].map(|id| CameraId(id.into()));
        assert_eq!(pick(None, &[&made, &real]).unwrap(), 1);
        assert!(matches!(pick(None, &[&made]), Err(CameraError::NotFound { wanted: None })));
        assert_eq!(pick(Some(&made), &[&real, &made]).unwrap(), 1);
        assert!(pick(Some(&real), &[&made]).is_err(), "no other camera takes its place");
    }
}
