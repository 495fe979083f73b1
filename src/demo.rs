//! The people of the demo: official portraits in the public domain, compiled in (`assets/demo`).

use std::sync::Arc;
use std::time::Duration;

use crate::camera::playback::{FRAME_SIZE, Fault, FaultSwitch, Playback, Scene, SceneSwitch, Shot};
use crate::camera::{Frame, SourceOpener, photo};
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

// The views are such that the middle square, which the lens shows, stays within the photo however far the played
// camera wanders: a bar beside the photo would look like a fault.
/// Barack Obama, in an official portrait.
pub const OBAMA: Portrait = portrait!("obama.jpg", (0.54, 0.30), 0.55);
/// The same person on another occasion.
pub const OBAMA_LATER: Portrait = portrait!("obama2.jpg", (0.50, 0.38), 0.48);
/// And on a third.
pub const OBAMA_AGAIN: Portrait = portrait!("obama3.jpg", (0.54, 0.25), 0.42);
/// Joe Biden, in an official portrait.
pub const BIDEN: Portrait = portrait!("biden.jpg", (0.50, 0.22), 0.40);
/// Eileen Collins, in an official portrait of NASA.
pub const COLLINS: Portrait = portrait!("collins.png", (0.44, 0.33), 0.60);

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

/// The size of a room's picture.
const ROOM: (u32, u32) = FRAME_SIZE;

/// A portrait where hardly any light is on.
fn in_the_dark(portrait: &Portrait) -> Result<Scene, PhotoError> {
    let Shot { photo, center, height } = portrait.shot()?;
    let rgb = photo.rgb().iter().map(|value| (f64::from(*value) * 0.22) as u8).collect();
    Ok(Scene { shots: vec![Shot { photo: frame(photo.width(), photo.height(), rgb)?, center, height }], each: EACH })
}

fn frame(width: u32, height: u32, rgb: Vec<u8>) -> Result<Frame, PhotoError> {
    Frame::new(width, height, rgb, Duration::ZERO).map_err(|error| PhotoError::Damaged { detail: error.to_string() })
}

/// A part of a room's picture, in its pixels.
#[derive(Clone, Copy)]
struct Area {
    left: u32,
    top: u32,
    width: u32,
    height: u32,
}

/// A scene in a room with a bare wall, changed by `furnish`.
fn room(furnish: impl FnOnce(&mut [u8]) -> Result<(), PhotoError>) -> Result<Scene, PhotoError> {
    let (width, height) = ROOM;
    // Lit from above.
    let wall = |y: u32| [201.0, 196.0, 186.0].map(|light| light * (1.0 - 0.35 * f64::from(y) / f64::from(height)));
    let mut rgb: Vec<u8> = (0..height).flat_map(|y| (0..width).flat_map(move |_| wall(y).map(|c| c as u8))).collect();
    furnish(&mut rgb)?;
    let photo = frame(width, height, rgb)?;
    // A little nearer than the whole picture, so that the view may wander.
    Ok(Scene { shots: vec![Shot { height: 0.9, ..Shot::whole(photo) }], each: EACH })
}

/// Somebody in the door at the other end of the room: too far away to be recognized.
fn far_away(room: &mut [u8]) -> Result<(), PhotoError> {
    let whole = Shot { center: (0.5, 0.5), height: 1.0, ..BIDEN.shot()? };
    let door = Area { left: 572, top: 290, width: 136, height: 310 };
    let frame = Area { left: door.left - 10, top: door.top - 10, width: door.width + 20, height: door.height + 10 };
    let floor = Area { left: 0, top: door.top + door.height, width: ROOM.0, height: ROOM.1 - door.top - door.height };
    for (area, color) in [(floor, [96.0, 84.0, 72.0]), (frame, [88.0, 72.0, 58.0])] {
        paint(room, area, |_, _| Some((color, 1.0)));
    }
    stand(room, door, &whole, 0.0);
    Ok(())
}

/// Two people beside each other, each as near as the other.
fn two_people(room: &mut [u8]) -> Result<(), PhotoError> {
    let (left, right) = (COLLINS.shot()?, OBAMA.shot()?);
    let area = |left, width| Area { left, top: 0, width, height: ROOM.1 };
    stand(room, area(0, 690), &Shot { center: (0.27, 0.5), height: 1.0, ..left }, 0.0);
    stand(room, area(600, ROOM.0 - 600), &Shot { center: (0.80, 0.5), height: 1.0, ..right }, 90.0);
    Ok(())
}

/// Puts what a view shows into a part of a room's picture; its left edge fades in over so many pixels.
fn stand(room: &mut [u8], area: Area, shot: &Shot, fades: f64) {
    let photo = &shot.photo;
    let (columns, rows) = (f64::from(photo.width()), f64::from(photo.height()));
    let step = rows * shot.height / f64::from(area.height); // pixels of the photo to one of the room
    let left = columns * shot.center.0 - f64::from(area.width) * step / 2.0;
    let top = rows * shot.center.1 - f64::from(area.height) * step / 2.0;
    paint(room, area, |x, y| {
        let (at, there) = (left + x * step, if fades > 0.0 { (x / fades).min(1.0) } else { 1.0 });
        (at >= 0.0 && at < columns).then(|| (mean(photo, at, top + y * step, step), there))
    });
}

/// Paints a part of a room's picture with the color, and its opacity, of each of its points.
fn paint(room: &mut [u8], area: Area, color: impl Fn(f64, f64) -> Option<([f64; 3], f64)>) {
    for y in 0..area.height.min(ROOM.1.saturating_sub(area.top)) {
        for x in 0..area.width.min(ROOM.0.saturating_sub(area.left)) {
            let Some((color, there)) = color(f64::from(x), f64::from(y)) else { continue };
            let at = ((area.top + y) as usize * ROOM.0 as usize + (area.left + x) as usize) * 3;
            for (pixel, new) in room[at..at + 3].iter_mut().zip(color) {
                *pixel = (f64::from(*pixel) * (1.0 - there) + new * there) as u8;
            }
        }
    }
}

/// The mean color of a square of a photo.
fn mean(photo: &Frame, left: f64, top: f64, side: f64) -> [f64; 3] {
    let span = |from: f64, limit: u32| {
        let last = limit.saturating_sub(1);
        let first = (from.max(0.0) as u32).min(last);
        first..=((from + side).max(0.0) as u32).min(last).max(first)
    };
    let mut sum = [0.0; 3];
    let mut count = 0.0;
    for row in span(top, photo.height()) {
        for column in span(left, photo.width()) {
            let at = (row as usize * photo.width() as usize + column as usize) * 3;
            for (sum, value) in sum.iter_mut().zip(&photo.rgb()[at..at + 3]) {
                *sum += f64::from(*value);
            }
            count += 1.0;
        }
    }
    sum.map(|sum| sum / count)
}

/// What can stand before the camera of the demo's window: the key of its name, in the order of "next person".
pub const VISITORS: [&str; 14] = [
    "demo-obama",
    "demo-obama-later",
    "demo-biden",
    "demo-collins",
    "demo-nobody",
    "demo-far",
    "demo-two",
    "demo-dark",
    "demo-shutter",
    "demo-unplugged",
    "demo-in-use",
    "demo-no-permission",
    "demo-frozen",
    "demo-failing",
];

/// What the last of [`VISITORS`] are: nobody before the camera, but something wrong with it.
const FAULTS: [Fault; 6] =
    [Fault::Black, Fault::Unplugged, Fault::InUse, Fault::NoPermission, Fault::Frozen, Fault::Failing];

/// The camera of the demo's window, with one of [`VISITORS`] before it.
pub struct Stage {
    scenes: Arc<[Scene]>,
    switch: SceneSwitch,
    faults: FaultSwitch,
}

impl Stage {
    /// The first visitor stands before the camera.
    ///
    /// # Errors
    /// As [`Portrait::shot`].
    pub fn new() -> Result<Self, PhotoError> {
        let scenes = [
            scene(&[OBAMA, OBAMA_AGAIN])?,
            scene(&[OBAMA_LATER])?,
            scene(&[BIDEN])?,
            scene(&[COLLINS])?,
            room(|_| Ok(()))?,
            room(far_away)?,
            room(two_people)?,
            in_the_dark(&OBAMA)?,
        ];
        Ok(Self { scenes: scenes.into(), switch: SceneSwitch::default(), faults: FaultSwitch::default() })
    }

    /// What puts another visitor before the camera, by the index in [`VISITORS`].
    pub fn director(&self) -> impl Fn(usize) + 'static {
        let (switch, faults, scenes) = (self.switch.clone(), self.faults.clone(), self.scenes.len());
        move |visitor| {
            faults.set(visitor.checked_sub(scenes).and_then(|fault| FAULTS.get(fault)).copied().unwrap_or_default());
            if visitor < scenes {
                switch.show(visitor);
            }
        }
    }

    /// Opens the camera, at `pace` between two frames.
    pub fn opener(&self, pace: Duration) -> SourceOpener {
        let (scenes, switch) = (Arc::clone(&self.scenes), self.switch.clone());
        self.faults.over(Arc::new(move || Ok(Box::new(Playback::new(scenes.to_vec(), pace)?.switched_by(&switch)))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_visitor_is_a_scene_or_a_fault() {
        assert_eq!(Stage::new().unwrap().scenes.len() + FAULTS.len(), VISITORS.len());
    }

    #[test]
    fn every_portrait_decodes() {
        assert!(scene(&[OBAMA, OBAMA_LATER, OBAMA_AGAIN, BIDEN, COLLINS]).unwrap().shots.len() == 5);
    }

    #[test]
    fn the_middle_square_stays_within_each_photo() {
        for portrait in [OBAMA, OBAMA_LATER, OBAMA_AGAIN, BIDEN, COLLINS] {
            let shot = portrait.shot().unwrap();
            let (width, height) = (f64::from(shot.photo.width()), f64::from(shot.photo.height()));
            // As far as the view of a played camera zooms out and wanders.
            let reach = height * shot.height * (0.5 * 1.03 + 0.02);
            for (center, extent) in [(shot.center.0 * width, width), (shot.center.1 * height, height)] {
                assert!(center >= reach && extent - center >= reach, "{center} of {extent}, {reach} to each side");
            }
        }
    }

    #[test]
    fn a_room_has_a_picture_with_whoever_is_in_it() {
        let digest = |scene: Result<Scene, PhotoError>| {
            let photo = scene.unwrap().shots[0].photo.clone();
            assert_eq!((photo.width(), photo.height()), ROOM);
            photo.digest()
        };
        let dark = in_the_dark(&OBAMA).unwrap().shots[0].photo.clone();
        assert!(dark.rgb().iter().all(|value| *value < 60));
        let [empty, far, two] = [room(|_| Ok(())), room(far_away), room(two_people)].map(digest);
        assert!(empty != far && far != two && two != empty);
        let mut picture = vec![0; ROOM.0 as usize * ROOM.1 as usize * 3];
        let beyond = Area { left: ROOM.0 - 5, top: ROOM.1 - 5, width: 50, height: 50 };
        paint(&mut picture, beyond, |_, _| Some(([255.0; 3], 1.0)));
        assert_eq!(picture.iter().filter(|value| **value == 255).count(), 5 * 5 * 3);
    }
}
