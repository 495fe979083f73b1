//! What is held before the camera.

use serde::{Deserialize, Serialize};

/// A species of presentation attack that can be made in any office; what somebody with more at hand makes is not among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Species {
    /// A print on paper that does not shine, held flat.
    PrintMatte,
    /// On photographic paper.
    PrintGlossy,
    /// Bent around the face's height, as around a bottle.
    PrintBent,
    /// Folded along the nose.
    PrintFolded,
    /// With holes for the eyes of whoever holds it.
    CutEyes,
    /// A picture on a telephone.
    Phone,
    /// A picture on a screen that fills the view, so that no edge of it is seen.
    Tablet,
    /// A film of somebody who turns the head and blinks, on that screen.
    ReplayedTurn,
}

impl Species {
    /// All of them, in the order in which they are tried: what a print is cut into comes after what it is flat for.
    pub const ALL: [Self; 8] = [
        Self::PrintMatte,
        Self::PrintGlossy,
        Self::PrintBent,
        Self::PrintFolded,
        Self::CutEyes,
        Self::Phone,
        Self::Tablet,
        Self::ReplayedTurn,
    ];

    /// Its name for programs, and in the file.
    pub fn name(self) -> &'static str {
        match self {
            Self::PrintMatte => "print_matte",
            Self::PrintGlossy => "print_glossy",
            Self::PrintBent => "print_bent",
            Self::PrintFolded => "print_folded",
            Self::CutEyes => "cut_eyes",
            Self::Phone => "phone",
            Self::Tablet => "tablet",
            Self::ReplayedTurn => "replayed_turn",
        }
    }

    /// The key of its name for people; with `-how` behind it, of what to hold and how.
    pub fn key(self) -> String {
        format!("attack-{}", self.name().replace('_', "-"))
    }
}
