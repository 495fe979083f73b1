use egui::{Color32, Visuals};

/// The keyboard's colors. Each text needs a contrast of 4.5 to 1 with what it stands on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Palette {
    /// Letters, digits, signs and the space bar.
    pub key: Color32,
    /// Text on them; also the popup's edge and the ring around the key with the focus.
    pub key_text: Color32,
    /// Shift, backspace, endings of addresses, and whatever else is no letter.
    pub control: Color32,
    /// Text and pictures on them.
    pub control_text: Color32,
    /// A key under a finger, and the accent that it would choose.
    pub pressed: Color32,
    /// Text and pictures on it.
    pub pressed_text: Color32,
    /// The key that ends the input.
    pub enter: Color32,
    /// Text on it.
    pub enter_text: Color32,
    /// The edge of each key.
    pub outline: Color32,
    /// Around the accents, which look like keys: it must stand out from what the keyboard lies on.
    pub popup: Color32,
}

impl Palette {
    /// Made of a theme's `panel_fill`, its strong text color, and its `selection` (for the key that ends the input).
    pub fn from_visuals(visuals: &Visuals) -> Self {
        let (ground, ink) = (visuals.panel_fill, visuals.strong_text_color());
        let shade = |amount| ground.lerp_to_gamma(ink, amount);
        Self {
            key: shade(0.14),
            key_text: ink,
            control: shade(0.05),
            control_text: ink,
            pressed: ink,
            pressed_text: ground,
            enter: visuals.selection.bg_fill,
            enter_text: visuals.selection.stroke.color,
            outline: shade(0.3),
            popup: shade(0.4),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The contrast ratio of WCAG 2.
    fn contrast(a: Color32, b: Color32) -> f32 {
        let luminance = |color: Color32| {
            let [r, g, b, _] = egui::Rgba::from(color).to_array();
            0.2126 * r + 0.7152 * g + 0.0722 * b
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn every_label_can_be_read_in_light_and_dark() {
        for visuals in [Visuals::light(), Visuals::dark()] {
            let palette = Palette::from_visuals(&visuals);
            for (text, ground) in [
                (palette.key_text, palette.key),
                (palette.control_text, palette.control),
                (palette.pressed_text, palette.pressed),
                (palette.enter_text, palette.enter),
            ] {
                assert!(contrast(text, ground) >= 4.5, "{text:?} on {ground:?}: {}", contrast(text, ground));
            }
        }
    }
}
