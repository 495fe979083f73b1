//! Where frames come from.

mod light;
pub mod photo;
mod pixels;
pub mod playback;
mod slot;
mod trouble;
mod watchdog;
pub mod webcam;

use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use foldhash::quality::FixedState;

pub use light::is_black;
pub use slot::{Slot, Taken};
pub use trouble::Trouble;
pub(crate) use watchdog::OPEN_LIMIT;
pub use watchdog::{Backoff, CameraPhase, CameraStatus, Watchdog};

use crate::error::CameraError;

/// One picture: rows of interleaved RGB bytes, top row first. Cheap to clone.
#[derive(Clone)]
pub struct Frame {
    width: u32,
    height: u32,
    rgb: Arc<Vec<u8>>,
    captured_at: Duration,
}

impl Frame {
    /// A frame of `width` x `height` pixels taken at `captured_at` on the monotonic clock.
    ///
    /// # Errors
    /// [`CameraError::FrameSize`] unless `rgb` has exactly width x height x 3 bytes.
    pub fn new(width: u32, height: u32, rgb: Vec<u8>, captured_at: Duration) -> Result<Self, CameraError> {
        let expected = (width as usize).saturating_mul(height as usize).saturating_mul(3);
        if rgb.len() != expected {
            return Err(CameraError::FrameSize { width, height, expected, found: rgb.len() });
        }
        Ok(Self { width, height, rgb: Arc::new(rgb), captured_at })
    }

    /// The frame that a webcam sends as a JPEG, perhaps without Huffman tables, of `width` x `height` pixels.
    ///
    /// # Errors
    /// [`CameraError::BadFrame`] when it is not whole, or has another size.
    pub fn from_mjpeg(jpeg: &[u8], width: u32, height: u32, captured_at: Duration) -> Result<Self, CameraError> {
        let layout = pixels::Layout { format: pixels::PixelFormat::Mjpeg, width, height, stride: 0 };
        let rgb = pixels::to_rgb(jpeg, layout).map_err(|detail| CameraError::BadFrame { detail })?;
        Self::new(width, height, rgb, captured_at)
    }

    /// Columns.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The pixels: width x height x 3 bytes, R, G, B, row by row.
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    /// When it was taken, on the monotonic clock.
    pub fn captured_at(&self) -> Duration {
        self.captured_at
    }

    /// A number that equal pictures share, made of all their bytes. A frozen camera and a photo given twice are found by
    /// it; it is no secret, not stable between builds, and never stored.
    pub fn digest(&self) -> u64 {
        let mut hasher = FixedState::default().build_hasher();
        (self.width, self.height).hash(&mut hasher);
        hasher.write(&self.rgb);
        hasher.finish()
    }
}

// The pixels are a person's face: they never get into a log.
impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Frame({}x{} at {:?})", self.width, self.height, self.captured_at)
    }
}

/// Something that gives frames until it is dropped. It stays on the thread that opened it.
pub trait FrameSource {
    /// The next frame, taken at `now` on the monotonic clock or a little later. May wait for the device.
    ///
    /// # Errors
    /// [`CameraError::BadFrame`] for a picture that cannot be used and [`CameraError::NoFrame`] when none has come
    /// yet: ask again. Whatever else means that the source has to be opened anew.
    fn next_frame(&mut self, now: Duration) -> Result<Frame, CameraError>;

    /// What it is, for people: "Integrated Camera, MJPEG 1280x720".
    fn describe(&self) -> String;
}

/// Opens a source of frames; called on the camera thread, as often as it takes. May take long.
pub type SourceOpener = Arc<dyn Fn() -> Result<Box<dyn FrameSource>, CameraError> + Send + Sync>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_holds_exactly_its_pixels() {
        assert!(Frame::new(2, 2, vec![0; 12], Duration::ZERO).is_ok());
        let error = Frame::new(2, 2, vec![0; 11], Duration::ZERO).unwrap_err();
        assert_eq!(error.to_string(), "a frame of 2x2 RGB pixels needs 12 bytes, got 11");
    }

    #[test]
    fn the_digest_tells_frames_apart_by_their_pixels_alone() {
        let frame = |seed: u8, at| Frame::new(4, 2, vec![seed; 24], Duration::from_millis(at)).unwrap();
        assert_eq!(frame(7, 0).digest(), frame(7, 40).digest());
        assert_ne!(frame(7, 0).digest(), frame(8, 0).digest());
    }

    #[test]
    fn the_debug_text_shows_no_pixel() {
        let frame = Frame::new(1, 1, vec![201, 202, 203], Duration::ZERO).unwrap();
        assert_eq!(format!("{frame:?}"), "Frame(1x1 at 0ns)");
    }
}
