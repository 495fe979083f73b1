//! Whether a living face is before the camera, as far as a plain camera can tell: a cue a file, each a pure function from the
//! looks of a while to a [`Reading`] with its reason. [`Watcher`] makes a look of each frame.
//!
//! Passive cues ([`rectangle()`], [`surround()`]) only ever speak against a presentation; that they are silent means nothing. Active
//! cues ([`parallax`], [`blink()`], [`unbroken`]) are about what was asked for; [`relief()`] speaks against a turn, and never for one. docs/LIVENESS.md tells what is stopped and what is not.

mod blink;
mod crop;
mod nose;
mod rectangle;
mod relief;
mod shrunk;
mod surround;
mod track;
mod view;
mod watcher;

use std::time::Duration;

pub use blink::{CLOSED_BELOW, blink};
pub use crop::Window;
pub use nose::{LEAST_ACROSS, LEAST_DOWN, LEAST_UP, Nose, Turn, parallax};
pub use rectangle::rectangle;
pub use relief::{Relief, relief};
pub use surround::{Surround, surround};
pub use track::{LOST_AFTER, follows, is_near, unbroken};
pub use watcher::{Detail, Looking, Watcher};

use crate::geometry::Point;

/// Raised with whatever changes what the cues say of a picture: what a self-test has shown is over then.
pub const VERSION: u32 = 2;

/// What liveness sees of one frame: numbers alone, no picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// When the frame was taken, on the monotonic clock.
    pub captured_at: Duration,
    /// The middle of the face, in pixels of the frame.
    pub center: Point,
    /// Its width, in pixels of the frame.
    pub width: f32,
    /// Whether a rectangle is around it.
    pub in_rectangle: bool,
    /// What its surround did since the face was first seen; none at first.
    pub surround: Option<Surround>,
    /// The tip of the nose, where the mesh was asked for and found.
    pub nose: Option<Nose>,
    /// How far the eyes are open, as a share of their width, where the mesh was found.
    pub lids: Option<f32>,
    /// How the middle of the face bent, where the mesh was found, the face is turned, and the picture shows it.
    pub relief: Option<Relief>,
}

/// What a cue says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It sees what a living face does.
    Clear,
    /// It sees what a picture does, or misses what a living face does.
    Suspected,
    /// It could not see: nothing follows from that.
    Unseen,
}

/// A cue's answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// What it says.
    pub verdict: Verdict,
    /// What it measured; each cue tells its unit. 0 where it saw nothing.
    pub value: f32,
    /// Why, in a few words.
    pub reason: &'static str,
}

impl Reading {
    fn clear(value: f32, reason: &'static str) -> Self {
        Self { verdict: Verdict::Clear, value, reason }
    }

    fn suspected(value: f32, reason: &'static str) -> Self {
        Self { verdict: Verdict::Suspected, value, reason }
    }

    fn unseen(reason: &'static str) -> Self {
        Self { verdict: Verdict::Unseen, value: 0.0, reason }
    }
}

/// What a presentation is judged by, as the log names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cue {
    /// A rectangle around the face.
    Rectangle,
    /// What is around the face moves with it.
    Surround,
    /// How far the nose moves against the eyes.
    Parallax,
    /// How the middle of the face bends in a turn.
    Relief,
    /// Lids that close and open.
    Blink,
    /// One face in one place all the time.
    Track,
    /// Whose face it is.
    Person,
}

impl Cue {
    /// Its name for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rectangle => "rectangle",
            Self::Surround => "surround",
            Self::Parallax => "parallax",
            Self::Relief => "relief",
            Self::Blink => "blink",
            Self::Track => "track",
            Self::Person => "person",
        }
    }
}

/// The first passive cue that speaks against what was looked at one after the other, if any does.
pub fn denied(looks: &[Look]) -> Option<Cue> {
    let said = [(Cue::Rectangle, rectangle(looks)), (Cue::Surround, surround(looks))];
    said.into_iter().find(|(_, reading)| reading.verdict == Verdict::Suspected).map(|(cue, _)| cue)
}

#[cfg(test)]
mod tests;
