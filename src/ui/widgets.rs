//! What the screens are made of: buttons, fields, texts that are told to a screen reader.

use std::sync::Arc;

use egui::{
    Color32, CornerRadius, FontId, Galley, Id, Rect, Response, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo,
    accesskit, vec2,
};

use super::icons::{self, Icon};
use super::theme::{GRID, Palette, ROUND, TARGET, Type};

/// Between buttons that are beside each other.
pub(super) const APART: f32 = 3.0 * GRID;
/// Columns that are narrower than this have no room for it.
const NARROW: f32 = 440.0;
/// Between two of which one cannot be undone.
pub(super) const FAR_APART: f32 = 6.0 * GRID;

/// How much a button asks to be pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// The next step; one on a screen.
    Primary,
    /// Another way.
    Secondary,
    /// A way out.
    Quiet,
    /// It cannot be undone.
    Danger,
    /// Chosen among several.
    Chosen,
}

/// A button that is yet to be shown.
pub(super) struct Button<'a> {
    label: &'a str,
    weight: Weight,
    icon: Option<Icon>,
    height: f32,
    width: Option<f32>,
    selected: Option<bool>,
    enabled: bool,
}

impl<'a> Button<'a> {
    /// A button of this name.
    pub(super) fn new(label: &'a str, weight: Weight) -> Self {
        Self { label, weight, icon: None, height: TARGET, width: None, selected: None, enabled: true }
    }

    /// With a sign before its name.
    pub(super) fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// For the two ways in: higher than others, and named in larger letters.
    pub(super) fn large(mut self, height: f32) -> Self {
        self.height = height;
        self
    }

    /// As wide as this.
    pub(super) fn width(mut self, width: f32) -> Self {
        self.width = Some(width);
        self
    }

    /// One of several, of which one is chosen.
    pub(super) fn choice(label: &'a str, chosen: bool) -> Self {
        let weight = if chosen { Weight::Chosen } else { Weight::Secondary };
        Self { selected: Some(chosen), ..Self::new(label, weight) }
    }

    /// Cannot be pressed now.
    pub(super) fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    /// How wide it will be.
    pub(super) fn measure(&self, ui: &Ui) -> f32 {
        self.lay_out(ui, Color32::PLACEHOLDER).size.x
    }

    fn lay_out(&self, ui: &Ui, color: Color32) -> LaidOut {
        let icon = if self.icon.is_some() { self.height * 0.42 } else { 0.0 };
        let before = if self.icon.is_some() { icon + 1.5 * GRID } else { 0.0 };
        let padding = if self.weight == Weight::Quiet { GRID } else { 3.0 * GRID };
        let font =
            if self.height > TARGET { FontId { size: 28.0, ..Type::Button.font() } } else { Type::Button.font() };
        let room = self.width.unwrap_or(ui.available_width()).min(ui.available_width().max(TARGET));
        let galley = ui.painter().layout(self.label.to_owned(), font, color, (room - 2.0 * padding - before).max(40.0));
        let content = galley.size() + vec2(before, 0.0);
        let width = self.width.unwrap_or(content.x + 2.0 * padding).max(TARGET);
        let height = self.height.max(content.y + 2.0 * GRID);
        LaidOut { galley, icon, before, content, size: vec2(width, height) }
    }

    /// Shows it. Its name is put on several lines where one is too narrow.
    pub(super) fn show(self, ui: &mut Ui, palette: &Palette) -> Response {
        let (fill, text, stroke) = match self.weight {
            _ if !self.enabled => (palette.background, palette.soft, Stroke::new(1.5, palette.hairline)),
            Weight::Primary | Weight::Chosen => (palette.accent, palette.on_accent, Stroke::NONE),
            Weight::Secondary => (palette.surface, palette.ink, Stroke::new(1.5, palette.line)),
            Weight::Quiet => (Color32::TRANSPARENT, palette.accent, Stroke::NONE),
            Weight::Danger => (palette.surface, palette.bad, Stroke::new(2.0, palette.bad)),
        };
        let LaidOut { galley, icon: icon_size, before, content, size } = self.lay_out(ui, text);
        let sense = if self.enabled { Sense::click() } else { Sense::hover() };
        let (rect, response) = ui.allocate_exact_size(size, sense);
        response.widget_info(|| match self.selected {
            Some(selected) => WidgetInfo::selected(egui::Role::RadioButton, self.enabled, selected, self.label),
            None => WidgetInfo::labeled(egui::Role::Button, self.enabled, self.label),
        });
        if self.weight == Weight::Primary {
            take_first_focus(&response);
        }
        let down = response.is_pointer_button_down_on();
        let fill = match (down, response.hovered()) {
            (true, _) => mix(fill, palette.ink, palette.background, 0.22),
            (_, true) => mix(fill, palette.ink, palette.background, 0.08),
            _ => fill,
        };
        let painter = ui.painter();
        let corner = CornerRadius::same(ROUND);
        painter.rect(rect, corner, fill, stroke, StrokeKind::Inside);
        let mut at = rect.center() - content / 2.0;
        if let Some(icon) = self.icon {
            let place =
                Rect::from_center_size(egui::pos2(at.x + icon_size / 2.0, rect.center().y), Vec2::splat(icon_size));
            icons::paint(painter, icon, place, text);
            at.x += before;
        }
        at.y = rect.center().y - galley.size().y / 2.0;
        painter.galley(at, galley, text);
        focus_ring(ui, &response, rect, palette);
        response
    }
}

/// How a button is laid out.
struct LaidOut {
    galley: Arc<Galley>,
    /// The size of its sign, and the room that it takes before the name.
    icon: f32,
    before: f32,
    content: Vec2,
    size: Vec2,
}

/// `fill` moved toward `ink`; a button without ground of its own gets some.
fn mix(fill: Color32, ink: Color32, background: Color32, share: f32) -> Color32 {
    let from = if fill == Color32::TRANSPARENT { background } else { fill };
    from.lerp_to_gamma(ink, share)
}

/// Buttons beside each other, `apart` from one another, or less where that would part them; what has no room comes
/// below.
pub(super) fn buttons<R>(ui: &mut Ui, apart: f32, content: impl FnOnce(&mut Ui) -> R) -> R {
    ui.scope(|ui| {
        let apart = if ui.available_width() < NARROW { apart.min(2.0 * GRID) } else { apart };
        ui.spacing_mut().item_spacing = vec2(apart, 2.0 * GRID);
        ui.horizontal_wrapped(content).inner
    })
    .inner
}

/// A ring around what the keyboard has reached, which is brought in sight.
pub(super) fn focus_ring(ui: &Ui, response: &Response, rect: Rect, palette: &Palette) {
    if response.gained_focus() {
        ui.scroll_to_rect(rect.expand(GRID), None);
    }
    if response.has_focus() {
        let ring = rect.expand(4.0);
        ui.painter().rect_stroke(
            ring,
            CornerRadius::same(ROUND + 4),
            Stroke::new(3.0, palette.brass),
            StrokeKind::Middle,
        );
    }
}

fn first_focus() -> Id {
    Id::unique("mirilla first focus")
}

/// Asks that the next primary button or field takes the focus: a new screen for somebody at the keyboard.
pub(super) fn offer_first_focus(ctx: &egui::Context, offered: bool) {
    ctx.data_mut(|data| data.insert_temp(first_focus(), offered));
}

/// Takes the focus if it was offered.
pub(super) fn take_first_focus(response: &Response) {
    let offered = response.ctx.data_mut(|data| std::mem::take(data.get_temp_mut_or_default::<bool>(first_focus())));
    if offered {
        response.request_focus();
    }
}

/// A text on as many lines as it needs.
pub(super) fn text(ui: &mut Ui, words: &str, kind: Type, color: Color32) -> Response {
    let font = kind.font_on(ui.ctx().content_rect().height());
    let galley = ui.painter().layout(words.to_owned(), font, color, ui.available_width());
    let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::hover());
    let at = match ui.layout().horizontal_align() {
        egui::Align::Center => rect.center_top() - vec2(galley.size().x / 2.0, 0.0),
        _ => rect.min,
    };
    ui.painter().galley(at, galley, color);
    let role =
        if matches!(kind, Type::Title | Type::Heading) { accesskit::Role::Heading } else { accesskit::Role::Label };
    name(&response, role, words);
    response
}

/// A text that a screen reader says when it changes.
pub(super) fn announced(ui: &mut Ui, words: &str, kind: Type, color: Color32) -> Response {
    let response = text(ui, words, kind, color);
    live(&response);
    response
}

/// Makes a screen reader say the text of this when it changes.
pub(super) fn live(response: &Response) {
    response.ctx.accesskit_node_builder(response.id, |node| node.set_live(accesskit::Live::Polite));
}

/// Gives role and name to what is painted by hand.
pub(super) fn name(response: &Response, role: accesskit::Role, words: &str) {
    response.ctx.accesskit_node_builder(response.id, |node| {
        node.set_role(role);
        match role {
            accesskit::Role::Label => node.set_value(words),
            _ => node.set_label(words),
        }
    });
}

/// A field for one line of text with its name above, and below it what is wrong, or that it is right.
pub(super) struct Field<'a> {
    /// Tells this field from others.
    pub id: Id,
    /// Its name.
    pub label: &'a str,
    /// An example, shown while it is empty.
    pub hint: &'a str,
    /// What is wrong.
    pub error: Option<&'a str>,
    /// Whether it is right.
    pub good: bool,
    /// Whether it takes the focus that a new screen offers.
    pub first: bool,
}

impl Field<'_> {
    /// Shows it; `value` is changed as the person types.
    pub(super) fn show(&self, ui: &mut Ui, palette: &Palette, value: &mut String) -> Response {
        let label = text(ui, self.label, Type::Body, palette.ink);
        // Its name is a part of the target, for a pointer; everybody else has the field.
        let name = ui.interact(label.rect, label.id.with("pressed"), Sense::CLICK);
        ui.ctx().accesskit_node_builder(name.id, |node| node.set_hidden());
        ui.add_space(-4.0);
        let border = match (self.error, self.good) {
            (Some(_), _) => Stroke::new(2.5, palette.bad),
            (None, true) => Stroke::new(2.0, palette.good),
            _ => Stroke::new(1.5, palette.line),
        };
        let (rect, ground) = ui.allocate_exact_size(vec2(ui.available_width(), TARGET), Sense::CLICK);
        ui.painter().rect(rect, CornerRadius::same(ROUND), palette.surface, border, StrokeKind::Inside);
        // The whole box is the target, not the line of text alone; but the text lies above it, so that a touch into
        // a word puts the cursor there. Tab must not stop at the box: the field is within.
        ui.ctx().accesskit_node_builder(ground.id, |node| node.set_hidden());
        let line = Rect::from_min_max(rect.min + vec2(16.0, 0.0), rect.max - vec2(52.0, 0.0));
        let edit = egui::TextEdit::singleline(value)
            .id(self.id)
            .font(FontId { size: 24.0, ..Type::Body.font() })
            .text_color(palette.ink)
            .hint_text(self.hint.to_owned())
            .frame(egui::Frame::NONE)
            .margin(egui::Margin::ZERO)
            .align(egui::Align2::LEFT_CENTER)
            .min_size(vec2(0.0, TARGET))
            .char_limit(300)
            .desired_width(f32::INFINITY);
        let response = ui.new_child(egui::UiBuilder::new().max_rect(line)).add(edit).labelled_by(label.id);
        if ground.clicked() || name.clicked() {
            response.request_focus();
        }
        if self.first {
            take_first_focus(&response);
        }
        focus_ring(ui, &response, rect, palette);
        let sign = Rect::from_center_size(egui::pos2(rect.right() - 28.0, rect.center().y), Vec2::splat(26.0));
        match (self.error, self.good) {
            (Some(_), _) => icons::paint(ui.painter(), Icon::Warning, sign, palette.bad),
            (None, true) => icons::paint(ui.painter(), Icon::Check, sign, palette.good),
            _ => {}
        }
        if let Some(error) = self.error {
            announced(ui, error, Type::Small, palette.bad);
            ui.ctx().accesskit_node_builder(response.id, |node| {
                node.set_invalid(accesskit::Invalid::True);
                node.set_description(error);
            });
        }
        response
    }
}

/// A line "name: value" of a profile or a table of figures.
pub(super) fn fact(ui: &mut Ui, palette: &Palette, label: &str, value: &str) {
    text(ui, label, Type::Small, palette.soft);
    ui.add_space(-6.0);
    text(ui, value, Type::Body, palette.ink);
    ui.add_space(GRID / 2.0);
}

/// A note with a sign before it, that a screen reader says.
pub(super) fn note(ui: &mut Ui, icon: Icon, color: Color32, words: &str, kind: Type) {
    ui.horizontal_top(|ui| {
        let size = sign_size(kind);
        let (rect, response) = ui.allocate_exact_size(Vec2::splat(size), Sense::hover());
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_hidden());
        icons::paint(ui.painter(), icon, rect.translate(vec2(0.0, 2.0)), color);
        announced(ui, words, kind, color);
    });
}

/// How large the sign before a note is.
fn sign_size(kind: Type) -> f32 {
    kind.font().size * 1.15
}

/// What the sign before a note takes of its line.
pub(super) fn sign_room(ui: &Ui, kind: Type) -> f32 {
    sign_size(kind) + ui.spacing().item_spacing.x
}
