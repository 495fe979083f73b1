//! The people of the demo: official portraits in the public domain, compiled in (`assets/demo`).

use std::time::Duration;

use crate::camera::photo;
use crate::camera::playback::{Scene, Shot};
use crate::error::PhotoError;

/// A bundled portrait and the part of it that a camera would see.
#[derive(Debug, Clone, Copy)]
pub struct Portrait {
    bytes: &'static [u8],
    center: (f64, f64),
    height: f64,
}

macro_rules! portrait {
    ($file:literal, $center:expr, $height:expr) => {
        Portrait { bytes: include_bytes!(concat!("../assets/demo/", $file)), center: $center, height: $height }
    };
}

/// Barack Obama, in an official portrait.
pub const OBAMA: Portrait = portrait!("obama.jpg", (0.54, 0.32), 0.75);
/// The same person on another occasion.
pub const OBAMA_LATER: Portrait = portrait!("obama2.jpg", (0.53, 0.42), 0.80);
/// And on a third.
pub const OBAMA_AGAIN: Portrait = portrait!("obama3.jpg", (0.54, 0.25), 0.42);
/// Joe Biden, in an official portrait.
pub const BIDEN: Portrait = portrait!("biden.jpg", (0.59, 0.24), 0.45);
/// Eileen Collins, in an official portrait of NASA.
pub const COLLINS: Portrait = portrait!("collins.png", (0.44, 0.30), 0.60);

/// How long each portrait of a scene is shown.
const EACH: Duration = Duration::from_millis(1500);

impl Portrait {
    /// The portrait as a camera would frame it.
    ///
    /// # Errors
    /// [`PhotoError`] when the bundled file cannot be decoded: a broken build.
    pub fn shot(&self) -> Result<Shot, PhotoError> {
        Ok(Shot { photo: photo::decode(self.bytes)?, center: self.center, height: self.height })
    }
}

/// A scene that shows these portraits in turn.
///
/// # Errors
/// As [`Portrait::shot`].
pub fn scene(portraits: &[Portrait]) -> Result<Scene, PhotoError> {
    Ok(Scene { shots: portraits.iter().map(Portrait::shot).collect::<Result<_, _>>()?, each: EACH })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_portrait_decodes() {
        assert!(scene(&[OBAMA, OBAMA_LATER, OBAMA_AGAIN, BIDEN, COLLINS]).unwrap().shots.len() == 5);
    }
}
