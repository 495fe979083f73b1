//! A few screens as pictures, painted by Mesa's software Vulkan: the kept ones are in `tests/snapshots`. After a
//! change of how things look: `UPDATE_SNAPSHOTS=1 cargo test --test screens pictures`, and look at them.

use std::sync::Mutex;

use egui::{Color32, ColorImage, TextureOptions};
use egui_kittest::wgpu::WgpuTestRenderer;
use egui_kittest::{SnapshotOptions, try_image_snapshot_options};
use mirilla::settings::{Appearance, Language};
use mirilla::ui::Picture;

use crate::common::skip;
use crate::places::{Visitor, idle, places};
use crate::stand::build;

const SIZE: [f32; 2] = [1024.0, 600.0];
const WHAT: [&str; 6] =
    ["home", "enrolling 1", "sign-in declined, NotRecognized", "profile", "failure", "details, keyboard"];

/// One at a time: two at once on the same software renderer only take longer.
static PAINTING: Mutex<()> = Mutex::new(());

/// The software renderer, where it is installed; graphics cards do not paint alike.
fn renderer() -> Option<WgpuTestRenderer> {
    let painted = std::panic::catch_unwind(WgpuTestRenderer::new);
    painted.ok()
}

fn pictures_of(language: Language, appearance: Appearance, mood: &str) {
    let _painting = PAINTING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let Some(renderer) = renderer() else {
        return skip("no Vulkan to paint with (Debian: mesa-vulkan-drivers)");
    };
    let mut harness = build(language, appearance, SIZE, renderer);
    // Other versions of Mesa round the edges of letters and circles otherwise; a button that moves or a color that
    // changes differs in thousands of pixels.
    let options = SnapshotOptions::new().threshold(2.0).max_failed_pixels(400);
    let texture = harness.ctx.load_texture("somebody", somebody(), TextureOptions::LINEAR);
    let mut differ = vec![];
    for place in places(&Visitor::usual()).into_iter().filter(|place| WHAT.contains(&place.name.as_str())) {
        place.enter(harness.state_mut());
        if place.name == "details, keyboard" {
            idle(harness.state_mut()); // with the question above the keyboard
        }
        let stand = harness.state_mut();
        stand.observation = None;
        if stand.picture.is_some() {
            stand.picture = Some(Picture { texture: texture.id(), size: [720.0, 720.0] });
        }
        harness.run_steps(4);
        let image = harness.render().expect("a picture");
        let name = format!("{}-{mood}-{}", place.name.replace([',', ' '], "-").replace("--", "-"), language.tag());
        differ.extend(try_image_snapshot_options(&image, name, &options).err().map(|error| error.to_string()));
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

/// A picture of nobody in particular.
fn somebody() -> ColorImage {
    let side = 240;
    let mut image = ColorImage::filled([side, side], Color32::from_rgb(150, 160, 155));
    for (i, pixel) in image.pixels.iter_mut().enumerate() {
        let (x, y) = ((i % side) as f32 - 120.0, (i / side) as f32 - 110.0);
        if (x / 55.0).powi(2) + (y / 75.0).powi(2) < 1.0 {
            *pixel = Color32::from_rgb(190, 150, 125);
        } else if y > 60.0 && (x / 110.0).powi(2) + ((y - 150.0) / 80.0).powi(2) < 1.0 {
            *pixel = Color32::from_rgb(60, 75, 95);
        }
    }
    image
}

#[test]
fn light_in_english() {
    pictures_of(Language::English, Appearance::Light, "light");
}

#[test]
fn dark_in_spanish() {
    pictures_of(Language::Spanish, Appearance::Dark, "dark");
}
