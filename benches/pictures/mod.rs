//! What the benches that look at a folder of pictures share.

use std::path::{Path, PathBuf};
use std::time::Duration;

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use mirilla::camera::Frame;

pub(crate) fn sorted(mut values: Vec<f32>) -> Vec<f32> {
    values.sort_by(f32::total_cmp);
    values
}

pub(crate) fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    found.sort();
    found
}

pub(crate) fn resized(frame: &Frame, factor: f64) -> Frame {
    let side = |extent: u32| (f64::from(extent) * factor).round() as u32;
    let (width, height) = (side(frame.width()), side(frame.height()));
    let source = ImageRef::new(frame.width(), frame.height(), frame.rgb(), PixelType::U8x3).expect("a picture");
    let mut out = Image::new(width, height, PixelType::U8x3);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom));
    Resizer::new().resize(&source, &mut out, &options).expect("a copy");
    Frame::new(width, height, out.into_vec(), Duration::ZERO).expect("a frame")
}
