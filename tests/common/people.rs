//! People: the bundled portraits, and smaller pictures made of them, which are faster to look at.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use image::{DynamicImage, GenericImage, Rgb, RgbImage, imageops};
use mirilla::biometrics::Quality;

/// Somebody who can stand before the kiosk.
pub(crate) struct Person {
    pub(crate) name: &'static str,
    pub(crate) email: &'static str,
    /// Three different pictures to enroll with.
    pub(crate) photos: [PathBuf; 3],
    /// Another one to sign in with.
    pub(crate) probe: PathBuf,
}

/// A square part of a portrait around the face: center and side as shares of its width and height.
struct Cut {
    portrait: &'static str,
    center: (f32, f32),
    side: f32,
}

/// Side of the small pictures; the faces in them are about a third as wide.
const SIDE: u32 = 360;

const fn cut(portrait: &'static str, x: f32, y: f32, side: f32) -> Cut {
    Cut { portrait, center: (x, y), side }
}

const OBAMA: [Cut; 4] = [
    cut("obama.jpg", 0.54, 0.32, 0.62),
    cut("obama3.jpg", 0.54, 0.25, 0.34),
    cut("obama.jpg", 0.50, 0.35, 0.54),
    cut("obama2.jpg", 0.53, 0.42, 0.50),
];
const BIDEN: [Cut; 4] = [
    cut("biden.jpg", 0.59, 0.24, 0.38),
    cut("biden.jpg", 0.56, 0.25, 0.33),
    cut("biden.jpg", 0.61, 0.23, 0.35),
    cut("biden.jpg", 0.58, 0.25, 0.36),
];
const COLLINS: [Cut; 4] = [
    cut("collins.png", 0.44, 0.28, 0.55),
    cut("collins.png", 0.46, 0.29, 0.50),
    cut("collins.png", 0.42, 0.27, 0.53),
    cut("collins.png", 0.45, 0.29, 0.57),
];

/// The original portrait.
pub(crate) fn original(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets/demo").join(name)
}

/// The original portrait's pixels.
pub(crate) fn pixels(name: &str) -> RgbImage {
    image::open(original(name)).expect("a bundled portrait").into_rgb8()
}

/// Three occasions to enroll with, and a fourth to sign in.
pub(crate) fn obama() -> Person {
    person("Barack Obama", "barack@example.org", &OBAMA)
}

pub(crate) fn biden() -> Person {
    person("Joe Biden", "joe@example.org", &BIDEN)
}

pub(crate) fn collins() -> Person {
    person("Eileen Collins", "eileen@example.org", &COLLINS)
}

fn person(name: &'static str, email: &'static str, cuts: &[Cut; 4]) -> Person {
    let path = |i: usize| small_pictures().join(format!("{}-{i}.png", cuts[0].portrait));
    Person { name, email, photos: [path(0), path(1), path(2)], probe: path(3) }
}

/// The folder of the small pictures, made anew once in each test process.
fn small_pictures() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("people");
        std::fs::create_dir_all(&folder).expect("a folder for small pictures");
        for cuts in [&OBAMA, &BIDEN, &COLLINS] {
            for (i, cut) in cuts.iter().enumerate() {
                // Another test process may be reading the same picture at this moment.
                let unfinished = folder.join(format!("{}-{i}.{}.png", cuts[0].portrait, std::process::id()));
                small(cut).save(&unfinished).expect("a small picture");
                std::fs::rename(unfinished, folder.join(format!("{}-{i}.png", cuts[0].portrait))).expect("in place");
            }
        }
        folder
    })
}

fn small(cut: &Cut) -> RgbImage {
    let portrait = pixels(cut.portrait);
    let (width, height) = portrait.dimensions();
    let side = (cut.side * height as f32).min(width as f32);
    let from = |center: f32, extent: u32| (center * extent as f32 - side / 2.0).clamp(0.0, extent as f32 - side);
    let (x, y) = (from(cut.center.0, width) as u32, from(cut.center.1, height) as u32);
    let part = imageops::crop_imm(&portrait, x, y, side as u32, side as u32).to_image();
    DynamicImage::ImageRgb8(part).thumbnail(SIDE, SIDE).into_rgb8()
}

/// A crop of the original portrait, around the face, in its full resolution.
pub(crate) fn crop_of_obama() -> RgbImage {
    imageops::crop_imm(&pixels("obama.jpg"), 150, 40, 700, 800).to_image()
}

/// Two pictures of one height, side by side.
pub(crate) fn side_by_side(left: &Path, right: &Path) -> RgbImage {
    let (left, right) = (open(left), open(right));
    let mut both = RgbImage::new(left.width() + right.width(), left.height().max(right.height()));
    both.copy_from(&left, 0, 0).expect("it fits");
    both.copy_from(&right, left.width(), 0).expect("it fits");
    both
}

/// A picture of nobody: soft shapes in soft colors.
pub(crate) fn nobody() -> RgbImage {
    RgbImage::from_fn(320, 240, |x, y| Rgb([(x / 2) as u8, (y / 2) as u8, (128 + (x + y) / 8) as u8]))
}

pub(crate) fn open(path: &Path) -> RgbImage {
    image::open(path).expect("a picture").into_rgb8()
}

/// What is measured on a good sample.
pub(crate) fn quality() -> Quality {
    Quality {
        face_width_px: 120.0,
        yaw_deg: 1.0,
        pitch_deg: 2.0,
        sharpness: 0.9,
        bright_luma: 180.0,
        dark_luma: 60.0,
        inside: 1.0,
        detection_score: 0.9,
        norm: Some(12.5),
    }
}
