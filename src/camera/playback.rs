//! Photographs played as a camera, with a slow pan and zoom, so that no two frames are alike: the demo and
//! the tests run the same way as with a webcam.

mod fault;

use std::f64::consts::TAU;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{PixelType, ResizeAlg, ResizeOptions, Resizer};

pub use fault::{Fault, FaultSwitch};

use super::{Frame, FrameSource};
use crate::error::CameraError;

/// Size of the frames played: what most webcams give first.
pub const FRAME_SIZE: (u32, u32) = (1280, 720);
/// Grey far from a photo that does not fill the frame.
const SURROUND: u8 = 96;
/// Within so many pixels the edge of a photo fades into that grey: a border would make a picture in a frame of it, and its
/// person is to look like one who stands there.
const FADE: usize = 240;
/// How far the view wanders, as a share of its own extent, and how long one round takes. As little as somebody sways: whoever
/// moves together with what is around them is a picture that is held.
const PAN: (f64, f64) = (0.006, 9.0);
/// How far the view zooms in and out, and how long one round takes.
const ZOOM: (f64, f64) = (0.03, 7.0);

/// One photo and the part of it that fills the frame's height.
#[derive(Debug, Clone)]
pub struct Shot {
    /// The photo.
    pub photo: Frame,
    /// Middle of the view, in shares of the photo's width and height (0 to 1).
    pub center: (f64, f64),
    /// Height of the view as a share of the photo's height; 1 shows the photo from top to bottom.
    pub height: f64,
}

impl Shot {
    /// The whole photo.
    pub fn whole(photo: Frame) -> Self {
        Self { photo, center: (0.5, 0.5), height: 1.0 }
    }
}

/// What stands before the camera: its shots are shown one after the other, then again.
#[derive(Debug, Clone)]
pub struct Scene {
    /// The photos of the scene; none: an empty room.
    pub shots: Vec<Shot>,
    /// How long each shot is shown.
    pub each: Duration,
}

/// Changes the scene from another thread ("next person").
#[derive(Debug, Clone, Default)]
pub struct SceneSwitch(Arc<AtomicUsize>);

impl SceneSwitch {
    /// Plays scene `index` from now on (counted round the scenes that there are).
    pub fn show(&self, index: usize) {
        self.0.store(index, Ordering::Relaxed);
    }
}

/// When pictures are taken. A webcam makes its reader wait for the next exposure, however long the reader took for the last
/// picture; so does this. Exposures that were missed are not made up for.
#[derive(Debug, Clone, Copy)]
pub struct Exposures {
    pace: Duration,
    due: Duration,
}

impl Exposures {
    /// One every `pace` (zero: as fast as asked).
    pub fn every(pace: Duration) -> Self {
        Self { pace, due: Duration::ZERO }
    }

    /// Waits for the next one, and tells when it is, where now is `now`.
    pub fn wait(&mut self, now: Duration) -> Duration {
        let due = self.due.max(now);
        std::thread::sleep(due - now);
        self.due = due + self.pace;
        due
    }
}

/// A camera that sees photographs.
pub struct Playback {
    scenes: Vec<Scene>,
    switch: SceneSwitch,
    exposures: Exposures,
    resizer: Resizer,
}

impl Playback {
    /// A camera that gives a frame every `pace` (zero: as fast as asked).
    ///
    /// # Errors
    /// [`CameraError::NothingToPlay`] without any scene.
    pub fn new(scenes: Vec<Scene>, pace: Duration) -> Result<Self, CameraError> {
        if scenes.is_empty() {
            return Err(CameraError::NothingToPlay);
        }
        let exposures = Exposures::every(pace);
        Ok(Self { scenes, switch: SceneSwitch::default(), exposures, resizer: Resizer::new() })
    }

    /// The same camera, its scenes changed by `switch`.
    pub fn switched_by(mut self, switch: &SceneSwitch) -> Self {
        self.switch = switch.clone();
        self
    }

    /// The picture at `now`; the same time gives the same picture.
    fn render(&mut self, now: Duration) -> Result<Frame, CameraError> {
        let scene = &self.scenes[self.switch.0.load(Ordering::Relaxed) % self.scenes.len()];
        let (width, height) = FRAME_SIZE;
        let mut canvas = vec![SURROUND; width as usize * height as usize * 3];
        if !scene.shots.is_empty() {
            let turn = now.as_millis() / scene.each.as_millis().max(1);
            let shot = &scene.shots[(turn % scene.shots.len() as u128) as usize];
            paint(&mut self.resizer, shot, now.as_secs_f64(), &mut canvas)?;
        }
        Frame::new(width, height, canvas, now)
    }
}

impl FrameSource for Playback {
    fn next_frame(&mut self, now: Duration) -> Result<Frame, CameraError> {
        let due = self.exposures.wait(now);
        self.render(due)
    }

    fn describe(&self) -> String {
        format!("Demo, RGB {}x{}", FRAME_SIZE.0, FRAME_SIZE.1)
    }
}

/// Paints the part of the photo that the wandering view sees at `t` seconds onto the canvas.
fn paint(resizer: &mut Resizer, shot: &Shot, t: f64, canvas: &mut [u8]) -> Result<(), CameraError> {
    let (photo_width, photo_height) = (f64::from(shot.photo.width()), f64::from(shot.photo.height()));
    let (width, height) = (f64::from(FRAME_SIZE.0), f64::from(FRAME_SIZE.1));
    let wave = |period: f64, phase: f64| (TAU * (t / period + phase)).sin();
    let view_height = photo_height * shot.height * (1.0 + ZOOM.0 * wave(ZOOM.1, 0.0));
    let scale = height / view_height; // frame pixels per photo pixel
    let view_width = width / scale;
    let left = photo_width * shot.center.0 - view_width / 2.0 + PAN.0 * view_height * wave(PAN.1, 0.25);
    let top = photo_height * shot.center.1 - view_height / 2.0 + PAN.0 * view_height * wave(PAN.1, 0.0);

    // The part of the frame where there is photo, in whole pixels; then what of the photo belongs there.
    let span = |from: f64, photo: f64, frame: f64| {
        let start = (-from * scale).max(0.0).ceil();
        let end = ((photo - from) * scale).min(frame).floor();
        (start, end - start)
    };
    let ((x, w), (y, h)) = (span(left, photo_width, width), span(top, photo_height, height));
    if w < 1.0 || h < 1.0 {
        return Ok(());
    }
    let failed = |detail: String| CameraError::Playback { detail };
    let source = ImageRef::new(shot.photo.width(), shot.photo.height(), shot.photo.rgb(), PixelType::U8x3)
        .map_err(|error| failed(error.to_string()))?;
    let mut part = Image::new(w as u32, h as u32, PixelType::U8x3);
    // Rounding may lead out of the photo by the last digit.
    let inside = |from: f64, extent: f64, limit: f64| {
        let from = from.clamp(0.0, limit);
        (from, extent.min(limit - from))
    };
    let (crop_left, crop_width) = inside(left + x / scale, w / scale, photo_width);
    let (crop_top, crop_height) = inside(top + y / scale, h / scale, photo_height);
    let crop = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(fast_image_resize::FilterType::Bilinear)).crop(
        crop_left,
        crop_top,
        crop_width,
        crop_height,
    );
    resizer.resize(&source, &mut part, &crop).map_err(|error| failed(error.to_string()))?;
    let (row, stride) = (w as usize * 3, FRAME_SIZE.0 as usize * 3);
    for (line, pixels) in part.buffer().chunks_exact(row).enumerate() {
        let at = (y as usize + line) * stride + x as usize * 3;
        canvas[at..at + row].copy_from_slice(pixels);
    }
    fade_out(canvas, (x as usize, y as usize), (w as usize, h as usize));
    Ok(())
}

/// Goes on with the edges of what lies at `start` and has that size, ever greyer.
fn fade_out(canvas: &mut [u8], start: (usize, usize), size: (usize, usize)) {
    let (columns, rows) = (FRAME_SIZE.0 as usize, FRAME_SIZE.1 as usize);
    let nearest = |at: usize, start: usize, size: usize| at.clamp(start, start + size - 1);
    for y in 0..rows {
        let from_y = nearest(y, start.1, size.1);
        for x in 0..columns {
            let from_x = nearest(x, start.0, size.0);
            let away = x.abs_diff(from_x).max(y.abs_diff(from_y)).min(FADE);
            if away == 0 {
                continue;
            }
            let (at, from) = ((y * columns + x) * 3, (from_y * columns + from_x) * 3);
            for channel in 0..3 {
                let edge = usize::from(canvas[from + channel]);
                canvas[at + channel] = ((edge * (FADE - away) + usize::from(SURROUND) * away) / FADE) as u8;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shot(width: u32, height: u32) -> Shot {
        let pixels = (0..width * height * 3).map(|i| (i % 251) as u8).collect();
        Shot::whole(Frame::new(width, height, pixels, Duration::ZERO).unwrap())
    }

    fn playback(shots: Vec<Shot>) -> Playback {
        Playback::new(vec![Scene { shots, each: Duration::from_secs(1) }], Duration::ZERO).unwrap()
    }

    #[test]
    fn frames_differ_while_the_view_wanders_and_one_time_gives_one_picture() {
        let mut camera = playback(vec![shot(300, 400)]);
        let mut at = |ms| camera.next_frame(Duration::from_millis(ms)).unwrap();
        assert_ne!(at(0).digest(), at(100).digest());
        assert_eq!(at(100).digest(), at(100).digest());
    }

    #[test]
    fn shots_follow_each_other_and_the_switch_changes_the_scene() {
        let black = Shot::whole(Frame::new(1280, 720, vec![0; 1280 * 720 * 3], Duration::ZERO).unwrap());
        let white = Shot::whole(Frame::new(1280, 720, vec![255; 1280 * 720 * 3], Duration::ZERO).unwrap());
        let (each, switch) = (Duration::from_secs(1), SceneSwitch::default());
        let mut camera = Playback::new(
            vec![Scene { shots: vec![black, white], each }, Scene { shots: vec![], each }],
            Duration::ZERO,
        )
        .unwrap()
        .switched_by(&switch);
        let middle = |frame: Frame| frame.rgb()[(360 * 1280 + 640) * 3];
        assert_eq!(middle(camera.next_frame(Duration::from_millis(500)).unwrap()), 0);
        assert_eq!(middle(camera.next_frame(Duration::from_millis(1500)).unwrap()), 255);
        switch.show(1);
        assert_eq!(middle(camera.next_frame(Duration::from_millis(1500)).unwrap()), SURROUND);
        assert!(matches!(Playback::new(vec![], each), Err(CameraError::NothingToPlay)));
    }

    #[test]
    fn pictures_come_at_their_pace_however_long_the_reader_takes_and_what_was_missed_is_not_made_up_for() {
        let pace = Duration::from_millis(30);
        let mut camera = Playback::new(vec![Scene { shots: vec![], each: pace }], pace).unwrap();
        let mut taken_at = |now| camera.next_frame(Duration::from_millis(now)).unwrap().captured_at().as_millis();
        assert_eq!([1000, 1010, 1059, 1200, 1201].map(&mut taken_at), [1000, 1030, 1060, 1200, 1230]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn any_photo_and_view_gives_a_frame(
            width in 1u32..300, height in 1u32..300, cx in 0.0..1.0f64, cy in 0.0..1.0f64, share in 0.05..2.0f64, ms in 0u64..100_000
        ) {
            let shot = Shot { center: (cx, cy), height: share, ..shot(width, height) };
            let frame = playback(vec![shot]).next_frame(Duration::from_millis(ms)).unwrap();
            prop_assert_eq!((frame.width(), frame.height()), FRAME_SIZE);
        }
    }
}
