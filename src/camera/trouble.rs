//! What can be wrong with a camera.

use crate::error::CameraError;

/// Why no usable pictures come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Trouble {
    /// No camera is plugged in.
    NoneFound,
    /// Another program has it.
    InUse,
    /// This user may not open it.
    NoPermission,
    /// It was there, and is gone.
    Unplugged,
    /// It is there, and sends nothing.
    Frozen,
    /// Its pictures are black: a closed shutter, a covered lens.
    Black,
    /// It sends nothing that can be used.
    Failing,
}

impl Trouble {
    /// The word that programs read.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoneFound => "none_found",
            Self::InUse => "in_use",
            Self::NoPermission => "no_permission",
            Self::Unplugged => "unplugged",
            Self::Frozen => "frozen",
            Self::Black => "black",
            Self::Failing => "failing",
        }
    }
}

impl From<&CameraError> for Trouble {
    fn from(error: &CameraError) -> Self {
        match error {
            CameraError::NotFound { .. } => Self::NoneFound,
            CameraError::InUse => Self::InUse,
            CameraError::NoPermission { .. } => Self::NoPermission,
            CameraError::Unplugged => Self::Unplugged,
            CameraError::NoFrame { .. } => Self::Frozen,
            _ => Self::Failing,
        }
    }
}
