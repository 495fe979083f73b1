//! One visual language: colors, type scale, spacing.

use std::sync::Arc;

use egui::{Color32, FontData, FontDefinitions, FontFamily, FontId, FontTweak, Stroke};

use crate::settings::Appearance;

/// The colors of one appearance. Every pair that text is read in has a contrast of at least 4.5:1, which a test
/// holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Palette {
    /// Behind everything.
    pub background: Color32,
    /// Behind fields, cards, and quiet buttons.
    pub surface: Color32,
    /// Text.
    pub ink: Color32,
    /// Text of second rank.
    pub soft: Color32,
    /// Borders of what can be used (3:1 against both surfaces).
    pub line: Color32,
    /// Borders of what only divides.
    pub hairline: Color32,
    /// First accent: what to do next.
    pub accent: Color32,
    /// Text on the first accent.
    pub on_accent: Color32,
    /// Second accent: the brass of the peephole, the focus ring.
    pub brass: Color32,
    /// It went well.
    pub good: Color32,
    /// It did not.
    pub bad: Color32,
    /// The glass of the peephole, whatever the appearance.
    pub glass: Color32,
    /// Whether it is dark.
    pub dark: bool,
    /// Whether nothing may be there for its looks alone.
    pub plain: bool,
}

const LIGHT: Palette = Palette {
    background: Color32::from_rgb(0xF6, 0xF2, 0xEA),
    surface: Color32::from_rgb(0xFF, 0xFD, 0xF9),
    ink: Color32::from_rgb(0x1C, 0x24, 0x22),
    soft: Color32::from_rgb(0x55, 0x5F, 0x5B),
    line: Color32::from_rgb(0x85, 0x8C, 0x84),
    hairline: Color32::from_rgb(0xDD, 0xD6, 0xC9),
    accent: Color32::from_rgb(0x0E, 0x5A, 0x54),
    on_accent: Color32::from_rgb(0xFF, 0xFF, 0xFF),
    brass: Color32::from_rgb(0x92, 0x62, 0x13),
    good: Color32::from_rgb(0x1D, 0x69, 0x3C),
    bad: Color32::from_rgb(0xA6, 0x2B, 0x1B),
    glass: Color32::from_rgb(0x12, 0x1C, 0x1D),
    dark: false,
    plain: false,
};

const DARK: Palette = Palette {
    background: Color32::from_rgb(0x11, 0x18, 0x19),
    surface: Color32::from_rgb(0x1B, 0x25, 0x26),
    ink: Color32::from_rgb(0xF3, 0xF0, 0xE9),
    soft: Color32::from_rgb(0xB2, 0xBD, 0xB8),
    line: Color32::from_rgb(0x76, 0x83, 0x80),
    hairline: Color32::from_rgb(0x2E, 0x3A, 0x3A),
    accent: Color32::from_rgb(0x79, 0xD6, 0xC7),
    on_accent: Color32::from_rgb(0x06, 0x22, 0x1F),
    brass: Color32::from_rgb(0xE2, 0xB2, 0x62),
    good: Color32::from_rgb(0x84, 0xD8, 0x9C),
    bad: Color32::from_rgb(0xFF, 0xA3, 0x92),
    glass: Color32::from_rgb(0x0A, 0x10, 0x11),
    dark: true,
    plain: false,
};

const CONTRAST: Palette = Palette {
    background: Color32::BLACK,
    surface: Color32::BLACK,
    ink: Color32::WHITE,
    // An example in an empty field must not look like something typed.
    soft: Color32::from_rgb(0xCC, 0xCC, 0xCC),
    line: Color32::WHITE,
    hairline: Color32::WHITE,
    accent: Color32::from_rgb(0xFF, 0xE6, 0x00),
    on_accent: Color32::BLACK,
    brass: Color32::from_rgb(0x4D, 0xD8, 0xFF),
    good: Color32::from_rgb(0x8C, 0xFF, 0xA6),
    bad: Color32::from_rgb(0xFF, 0xB0, 0xA6),
    glass: Color32::BLACK,
    dark: true,
    plain: true,
};

impl Palette {
    /// The colors of an appearance.
    pub fn of(appearance: Appearance) -> Self {
        match appearance {
            Appearance::Light => LIGHT,
            Appearance::Dark => DARK,
            Appearance::Contrast => CONTRAST,
        }
    }
}

/// The one scale of type, in points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// The clock.
    Display,
    /// The one sentence of a screen.
    Title,
    /// A heading within a screen.
    Heading,
    /// Names of buttons.
    Button,
    /// Text.
    Body,
    /// Notes.
    Small,
}

/// The family of headings and buttons.
const SEMIBOLD: &str = "semibold";

impl Type {
    /// The font that it is set in on a screen of this height: the largest sizes give way on a low one.
    pub fn font_on(self, height: f32) -> FontId {
        let font = self.font();
        let low = height < 640.0 && matches!(self, Self::Display | Self::Title);
        FontId { size: if low { font.size * 0.78 } else { font.size }, ..font }
    }

    /// The font that it is set in.
    pub fn font(self) -> FontId {
        let semibold = || FontFamily::Name(SEMIBOLD.into());
        match self {
            Self::Display => FontId::new(72.0, semibold()),
            Self::Title => FontId::new(40.0, semibold()),
            Self::Heading => FontId::new(26.0, semibold()),
            Self::Button => FontId::new(23.0, semibold()),
            Self::Body => FontId::new(22.0, FontFamily::Proportional),
            Self::Small => FontId::new(18.0, FontFamily::Proportional),
        }
    }
}

/// The grid: distances are its multiples.
pub const GRID: f32 = 8.0;
/// Least width and height of whatever is touched, in points; on the smallest screens that is 48 pixels.
pub const TARGET: f32 = 56.0;
/// Pixels to a point on the smallest screens.
const LEAST_ZOOM: f32 = 48.0 / TARGET;
/// How round the corners of buttons and fields are.
pub const ROUND: u8 = 14;

/// Loads the fonts; once.
pub fn install_fonts(ctx: &egui::Context) {
    let mut fonts = FontDefinitions::empty();
    // Letters stand on whole pixels: sharper, and each is painted and kept once, not at four places within a pixel.
    let tweak = FontTweak { subpixel_binning: Some(false), ..FontTweak::default() };
    let font = |bytes: &'static [u8]| FontData::from_static(bytes).tweak(tweak.clone());
    let regular = font(include_bytes!("../../assets/fonts/AtkinsonHyperlegibleNext-Regular.ttf"));
    let semibold = font(include_bytes!("../../assets/fonts/AtkinsonHyperlegibleNext-SemiBold.ttf"));
    fonts.font_data.insert("regular".into(), Arc::new(regular));
    fonts.font_data.insert(SEMIBOLD.into(), Arc::new(semibold));
    for (family, font) in [
        (FontFamily::Proportional, "regular"),
        (FontFamily::Monospace, "regular"),
        (FontFamily::Name(SEMIBOLD.into()), SEMIBOLD),
    ] {
        fonts.families.insert(family, vec![font.into()]);
    }
    ctx.set_fonts(fonts);
}

/// Gives egui's own widgets (fields, scroll bars) the colors and sizes of the rest.
pub fn apply(ctx: &egui::Context, palette: &Palette) {
    ctx.set_theme(if palette.dark { egui::Theme::Dark } else { egui::Theme::Light });
    ctx.all_styles_mut(|style| {
        style.text_styles = [
            (egui::TextStyle::Heading, Type::Heading.font()),
            (egui::TextStyle::Body, Type::Body.font()),
            (egui::TextStyle::Button, Type::Button.font()),
            (egui::TextStyle::Small, Type::Small.font()),
            (egui::TextStyle::Monospace, Type::Small.font()),
        ]
        .into();
        style.spacing.item_spacing = egui::vec2(GRID, GRID);
        style.spacing.interact_size = egui::vec2(TARGET, TARGET);
        style.spacing.scroll = egui::style::ScrollStyle::solid();
        style.interaction.selectable_labels = false;
        style.visuals = visuals(palette);
    });
}

fn visuals(palette: &Palette) -> egui::Visuals {
    let mut visuals = if palette.dark { egui::Visuals::dark() } else { egui::Visuals::light() };
    visuals.override_text_color = Some(palette.ink);
    // An example in an empty field is read like any other text; egui would fade it.
    visuals.weak_text_color = Some(palette.soft);
    visuals.panel_fill = palette.background;
    visuals.window_fill = palette.surface;
    visuals.extreme_bg_color = palette.surface;
    visuals.selection.bg_fill = palette.accent.gamma_multiply(0.35);
    visuals.selection.stroke = Stroke::new(2.0, palette.accent);
    visuals.text_cursor.stroke = Stroke::new(2.5, palette.accent);
    for widget in [
        &mut visuals.widgets.noninteractive,
        &mut visuals.widgets.inactive,
        &mut visuals.widgets.hovered,
        &mut visuals.widgets.active,
        &mut visuals.widgets.open,
    ] {
        widget.corner_radius = ROUND.into();
        widget.bg_fill = palette.line;
        widget.weak_bg_fill = palette.surface;
        widget.bg_stroke = Stroke::new(1.5, palette.line);
        widget.fg_stroke = Stroke::new(2.0, palette.ink);
    }
    visuals
}

/// How much larger than one pixel a point is for a window of `width` x `height` pixels: the smaller side holds
/// 720 points, but what is touched never has less than 48 pixels.
pub fn zoom(width: f32, height: f32) -> f32 {
    let smaller = width.min(height);
    // A very long window would leave no height for what is beside the picture.
    (smaller / 720.0).min(width.max(height) / 1080.0).clamp(LEAST_ZOOM, 4.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Contrast of two colors as WCAG 2.2 defines it, 1 to 21.
    fn contrast(one: Color32, other: Color32) -> f32 {
        let luminance = |color: Color32| {
            let linear = |channel: u8| {
                let c = f32::from(channel) / 255.0;
                if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
            };
            0.2126 * linear(color.r()) + 0.7152 * linear(color.g()) + 0.0722 * linear(color.b())
        };
        let (a, b) = (luminance(one), luminance(other));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn every_text_can_be_read() {
        for appearance in Appearance::ALL {
            let p = Palette::of(appearance);
            for ground in [p.background, p.surface] {
                for text in [p.ink, p.soft, p.accent, p.brass, p.good, p.bad] {
                    let found = contrast(text, ground);
                    assert!(found >= 4.5, "{appearance:?}: {text:?} on {ground:?} has {found:.2}");
                }
                assert!(contrast(p.line, ground) >= 3.0, "{appearance:?}: a border that cannot be seen");
            }
            assert!(contrast(p.on_accent, p.accent) >= 4.5, "{appearance:?}");
        }
    }

    #[test]
    fn a_target_never_has_less_than_48_pixels() {
        assert_eq!(zoom(800.0, 480.0) * TARGET, 48.0);
        assert_eq!(zoom(1280.0, 720.0), 1.0);
        assert_eq!(zoom(1920.0, 1080.0), 1.5);
        assert_eq!(zoom(1080.0, 1920.0), 1.5);
        assert_eq!(zoom(3840.0, 2160.0), 3.0);
    }
}
