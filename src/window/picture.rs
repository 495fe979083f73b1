//! The camera's picture on the graphics card.

use std::time::Duration;

use egui::{ColorImage, TextureHandle, TextureOptions};

use crate::camera::Frame;
use crate::ui::Picture;

/// One texture, in which each frame takes the place of the one before.
#[derive(Default)]
pub(super) struct LivePicture {
    texture: Option<TextureHandle>,
    shown: Option<(Picture, Duration)>,
}

impl LivePicture {
    /// What is on the card, while there is a frame to show.
    pub(super) fn picture(&self) -> Option<Picture> {
        self.shown.map(|(picture, _)| picture)
    }

    /// Brings the frame to the card, if it is not there yet; true when it is the first one since there was none.
    pub(super) fn take(&mut self, ctx: &egui::Context, frame: Option<&Frame>) -> bool {
        let Some(frame) = frame else {
            if self.shown.take().is_some()
                && let Some(texture) = &mut self.texture
            {
                // The texture stays for the next visitor; this one's face does not.
                texture.set(ColorImage::filled([1, 1], egui::Color32::BLACK), TextureOptions::LINEAR);
            }
            return false;
        };
        if self.shown.is_some_and(|(_, at)| at == frame.captured_at()) {
            return false;
        }
        let image = square(frame);
        let texture = match &mut self.texture {
            Some(texture) => {
                texture.set(image, TextureOptions::LINEAR);
                texture.id()
            }
            None => self.texture.insert(ctx.load_texture("camera", image, TextureOptions::LINEAR)).id(),
        };
        let size = [frame.width() as f32, frame.height() as f32];
        self.shown.replace((Picture { texture, size }, frame.captured_at())).is_none()
    }
}

/// The middle of the frame: the lens shows no more, and what is not shown need not be brought to the card.
fn square(frame: &Frame) -> ColorImage {
    let (width, height) = (frame.width() as usize, frame.height() as usize);
    let side = width.min(height);
    let (left, top) = ((width - side) / 2, (height - side) / 2);
    let mut pixels = Vec::with_capacity(side * side);
    for row in frame.rgb().chunks_exact(width * 3).skip(top).take(side) {
        let row = &row[left * 3..(left + side) * 3];
        pixels.extend(row.chunks_exact(3).map(|rgb| egui::Color32::from_rgb(rgb[0], rgb[1], rgb[2])));
    }
    ColorImage::new([side, side], pixels)
}
