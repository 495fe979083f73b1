//! The pictures that are measured with: bundled portraits before a bare wall, as large as asked.

use std::time::Duration;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::{self, FilterType};
use image::{ExtendedColorType, Rgb, RgbImage};

use super::BenchError;
use crate::biometrics::Pipeline;
use crate::camera::Frame;
use crate::demo::{BIDEN, COLLINS, OBAMA, OBAMA_AGAIN, OBAMA_LATER, Portrait};
use crate::geometry::Rect;

/// Columns and rows of what most webcams send.
pub(super) const FRAME_SIZE: (u32, u32) = (1280, 720);
/// How much of the frame's width the face of a person takes who stands at a kiosk: 260 of 1280 pixels.
const NEAR: f64 = 260.0 / 1280.0;
/// The same of somebody in a group.
const IN_A_CROWD: f64 = 110.0 / 1280.0;
/// A group stands in so many columns and rows.
const CROWD: (usize, usize) = (4, 2);
const WALL: Rgb<u8> = Rgb([178, 174, 166]);
/// As webcams compress.
const JPEG_QUALITY: u8 = 90;

/// A portrait and where its face is.
struct Sitter {
    portrait: RgbImage,
    face: Rect,
}

/// A part of a picture in its pixels: left, top, right, bottom.
type Area = [f64; 4];

/// Where the pictures are taken.
pub struct Studio {
    sitters: Vec<Sitter>,
}

impl Studio {
    /// Most faces of a [`Studio::crowd`].
    pub const MOST: usize = CROWD.0 * CROWD.1;

    /// Decodes the bundled portraits and finds their faces.
    ///
    /// # Errors
    /// [`BenchError`] when a portrait cannot be decoded, or shows no face.
    pub fn open(pipeline: &mut Pipeline) -> Result<Self, BenchError> {
        let sitters = [OBAMA, BIDEN, COLLINS, OBAMA_LATER, OBAMA_AGAIN];
        Ok(Self { sitters: sitters.iter().map(|sitter| Sitter::new(sitter, pipeline)).collect::<Result<_, _>>()? })
    }

    /// One person at a kiosk, in a frame of `width` columns and nine rows for sixteen columns.
    ///
    /// # Errors
    /// [`BenchError`] for a frame without pixels.
    pub fn one(&self, width: u32) -> Result<Frame, BenchError> {
        let (w, h) = (f64::from(width), f64::from(width) * 9.0 / 16.0);
        let mut canvas = RgbImage::from_pixel(width, h.round() as u32, WALL);
        if let Some(sitter) = self.sitters.first() {
            sitter.stand(&mut canvas, [0.0, 0.0, w, h], NEAR * w);
        }
        frame(canvas)
    }

    /// So many people (at most [`Studio::MOST`]) beside each other, in a frame of 1280x720. The same person may be
    /// there twice.
    ///
    /// # Errors
    /// As [`Studio::one`].
    pub fn crowd(&self, count: usize) -> Result<Frame, BenchError> {
        let (width, height) = FRAME_SIZE;
        let mut canvas = RgbImage::from_pixel(width, height, WALL);
        let cell = (f64::from(width) / CROWD.0 as f64, f64::from(height) / CROWD.1 as f64);
        for (place, sitter) in (0..count.min(Self::MOST)).zip(self.sitters.iter().cycle()) {
            let (left, top) = ((place % CROWD.0) as f64 * cell.0, (place / CROWD.0) as f64 * cell.1);
            let area = [left, top, left + cell.0, top + cell.1];
            sitter.stand(&mut canvas, area, IN_A_CROWD * f64::from(width));
        }
        frame(canvas)
    }
}

impl Sitter {
    fn new(portrait: &Portrait, pipeline: &mut Pipeline) -> Result<Self, BenchError> {
        let photo = portrait.shot()?.photo;
        let unexpected = BenchError::Unexpected { expected: "a face" };
        let Some(face) = pipeline.detect(&photo)?.first().map(|face| face.bounds) else { return Err(unexpected) };
        let (width, height) = (photo.width(), photo.height());
        let Some(portrait) = RgbImage::from_raw(width, height, photo.rgb().to_vec()) else { return Err(unexpected) };
        Ok(Self { portrait, face })
    }

    /// Puts the face into the middle of the area, so many pixels wide, and of the rest of the portrait what fits.
    fn stand(&self, canvas: &mut RgbImage, area: Area, face_px: f64) {
        let scale = face_px / f64::from(self.face.width); // pixels of the canvas to one of the portrait
        let middle = ((area[0] + area[2]) / 2.0, (area[1] + area[3]) / 2.0);
        let face = (
            f64::from(self.face.x) + f64::from(self.face.width) / 2.0,
            f64::from(self.face.y) + f64::from(self.face.height) / 2.0,
        );
        // Along one axis: where the part of the portrait begins, how far it reaches, and where it goes.
        let span = |from: f64, to: f64, middle: f64, face: f64, extent: u32| {
            let first = (face - (middle - from) / scale).max(0.0).ceil();
            let end = (face + (to - middle) / scale).min(f64::from(extent)).floor();
            (first as u32, (end - first).max(1.0), (middle + (first - face) * scale).round() as i64)
        };
        let (x, width, to_x) = span(area[0], area[2], middle.0, face.0, self.portrait.width());
        let (y, height, to_y) = span(area[1], area[3], middle.1, face.1, self.portrait.height());
        let part = imageops::crop_imm(&self.portrait, x, y, width as u32, height as u32).to_image();
        let pixels = |extent: f64| ((extent * scale).round() as u32).max(1);
        let part = imageops::resize(&part, pixels(width), pixels(height), FilterType::Triangle);
        imageops::replace(canvas, &part, to_x, to_y);
    }
}

fn frame(picture: RgbImage) -> Result<Frame, BenchError> {
    let (width, height) = picture.dimensions();
    Ok(Frame::new(width, height, picture.into_raw(), Duration::ZERO)?)
}

/// The middle of a frame, as large as it can be in these proportions, at this size.
pub(super) fn middle(of: &Frame, width: u32, height: u32) -> Result<Frame, BenchError> {
    let whole = RgbImage::from_raw(of.width(), of.height(), of.rgb().to_vec());
    let whole = whole.ok_or(BenchError::Unexpected { expected: "as many bytes as pixels" })?;
    let scale = (f64::from(of.width()) / f64::from(width)).min(f64::from(of.height()) / f64::from(height));
    let extent = |side: u32, limit: u32| ((f64::from(side) * scale).round() as u32).clamp(1, limit);
    let (w, h) = (extent(width, of.width()), extent(height, of.height()));
    let part = imageops::crop_imm(&whole, (of.width() - w) / 2, (of.height() - h) / 2, w, h).to_image();
    frame(imageops::resize(&part, width, height, FilterType::Triangle))
}

/// The frame with all in it so many pixels further to the right; the edge of it is repeated.
pub(super) fn moved(of: &Frame, pixels: u32) -> Result<Frame, BenchError> {
    let whole = RgbImage::from_raw(of.width(), of.height(), of.rgb().to_vec());
    let whole = whole.ok_or(BenchError::Unexpected { expected: "as many bytes as pixels" })?;
    frame(RgbImage::from_fn(of.width(), of.height(), |x, y| *whole.get_pixel(x.saturating_sub(pixels), y)))
}

/// The frame as a webcam sends it: a JPEG with half as many columns of color.
pub(super) fn jpeg(frame: &Frame) -> Result<Vec<u8>, BenchError> {
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, JPEG_QUALITY)
        .encode(frame.rgb(), frame.width(), frame.height(), ExtendedColorType::Rgb8)
        .map_err(|error| BenchError::Jpeg { detail: error.to_string() })?;
    Ok(out)
}
