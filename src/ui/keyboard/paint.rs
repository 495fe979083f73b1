//! How a key looks: its face, its colors, its label or picture. Pictures are drawn, so that no font must have them.

use super::layout::{Key, Page, Purpose, cased};
use super::typist::Shift;
use super::{Palette, Request};
use egui::{Align2, Color32, FontId, Painter, Pos2, Rect, Shadow, Shape, Stroke, StrokeKind, pos2, vec2};

const RADIUS: f32 = 8.0;
/// Labels of words; letters are larger.
const WORD: f32 = 20.0;

/// What the face of a key shows.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Face<'a> {
    Letter(String),
    Word(&'a str),
    Enter(&'a str),
    Shift(Shift),
    Backspace,
    Space,
    Hide,
    Left,
    Right,
}

impl<'a> Face<'a> {
    pub(super) fn of(key: Key, shift: Shift, page: Page, request: &Request<'a>) -> Self {
        match key {
            Key::Char(letter) => Self::Letter(cased(letter, shift != Shift::Off)),
            Key::Snippet(text) => Self::Word(text),
            Key::Page if page == Page::Symbols => Self::Word("abc"),
            Key::Page if request.purpose == Purpose::Name => Self::Word("123"),
            Key::Page => Self::Word("#&"),
            Key::Enter => Self::Enter(request.enter),
            Key::Shift => Self::Shift(shift),
            Key::Backspace => Self::Backspace,
            Key::Space => Self::Space,
            Key::Hide => Self::Hide,
            Key::Left => Self::Left,
            Key::Right => Self::Right,
        }
    }
}

/// What a key is at the moment.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Look {
    pub(super) pressed: bool,
    pub(super) focused: bool,
}

/// Paints a key on `rect`, gaps excluded.
pub(super) fn key(painter: &Painter, rect: Rect, face: &Face<'_>, look: Look, palette: &Palette) {
    let (fill, ink) = match face {
        _ if look.pressed => (palette.pressed, palette.pressed_text),
        Face::Letter(_) | Face::Space => (palette.key, palette.key_text),
        Face::Enter(_) => (palette.enter, palette.enter_text),
        _ => (palette.control, palette.control_text),
    };
    painter.rect(rect, RADIUS, fill, Stroke::new(1.0, palette.outline), StrokeKind::Inside);
    if look.focused {
        painter.rect_stroke(rect, RADIUS, Stroke::new(3.0, palette.key_text), StrokeKind::Outside);
    }
    let pen = Stroke::new(2.0, ink);
    let (center, size) = (rect.center(), 22.0);
    match face {
        Face::Letter(letter) => text(painter, center, letter, (rect.height() * 0.45).clamp(24.0, 28.0), ink),
        Face::Word(word) => text(painter, center, word, WORD, ink),
        Face::Enter(label) => {
            let galley = painter.layout_no_wrap((*label).to_owned(), FontId::proportional(WORD), ink);
            if galley.size().x <= rect.width() - 8.0 {
                painter.galley(center - galley.size() / 2.0, galley, ink);
            } else {
                enter(painter, center, size, pen);
            }
        }
        Face::Shift(shift) => arrow_up(painter, center, size, *shift, pen),
        Face::Backspace => backspace(painter, center, size, pen),
        Face::Space => {
            let half = vec2((rect.width() * 0.3).min(60.0), 5.0);
            let (left, right) = (center - half, center + half);
            painter.line(vec![left, pos2(left.x, right.y), right, pos2(right.x, left.y)], pen);
        }
        Face::Hide => hide(painter, center, size, pen),
        Face::Left => chevron(painter, center, vec2(-size * 0.25, 0.0), pen),
        Face::Right => chevron(painter, center, vec2(size * 0.25, 0.0), pen),
    }
}

/// Paints what the accents stand on.
pub(super) fn popup(painter: &Painter, rect: Rect, palette: &Palette) {
    let shadow = Shadow { offset: [0, 4], blur: 16, spread: 2, color: Color32::from_black_alpha(120) };
    painter.add(shadow.as_shape(rect, RADIUS + 2.0));
    painter.rect(rect, RADIUS + 2.0, palette.popup, Stroke::new(2.0, palette.key_text), StrokeKind::Inside);
}

fn text(painter: &Painter, center: Pos2, text: &str, size: f32, ink: Color32) {
    painter.text(center, Align2::CENTER_CENTER, text, FontId::proportional(size), ink);
}

/// An arrow upwards: outlined while shift is off, filled while it is on, on a bar while it is locked.
fn arrow_up(painter: &Painter, center: Pos2, size: f32, shift: Shift, pen: Stroke) {
    let at = |x: f32, y: f32| center + vec2(x, y) * size;
    let outline = [(0.0, -0.5), (0.5, 0.02), (0.22, 0.02), (0.22, 0.4), (-0.22, 0.4), (-0.22, 0.02), (-0.5, 0.02)];
    if shift != Shift::Off {
        // In two parts, because epaint fills convex shapes alone.
        painter.add(Shape::convex_polygon(vec![at(0.0, -0.5), at(0.5, 0.02), at(-0.5, 0.02)], pen.color, Stroke::NONE));
        painter.rect_filled(Rect::from_two_pos(at(-0.22, 0.0), at(0.22, 0.4)), 0.0, pen.color);
    }
    painter.add(Shape::closed_line(outline.map(|(x, y)| at(x, y)).to_vec(), pen));
    if shift == Shift::Lock {
        painter.line_segment([at(-0.4, 0.64), at(0.4, 0.64)], Stroke::new(3.0, pen.color));
    }
}

fn backspace(painter: &Painter, center: Pos2, size: f32, pen: Stroke) {
    let at = |x: f32, y: f32| center + vec2(x, y) * size;
    let tag = [(-0.65, 0.0), (-0.25, -0.4), (0.6, -0.4), (0.6, 0.4), (-0.25, 0.4)];
    painter.add(Shape::closed_line(tag.map(|(x, y)| at(x, y)).to_vec(), pen));
    painter.line_segment([at(0.0, -0.18), at(0.36, 0.18)], pen);
    painter.line_segment([at(0.0, 0.18), at(0.36, -0.18)], pen);
}

/// A small keyboard, and an arrow that takes it down.
fn hide(painter: &Painter, center: Pos2, size: f32, pen: Stroke) {
    let at = |x: f32, y: f32| center + vec2(x, y) * size;
    painter.rect_stroke(Rect::from_two_pos(at(-0.65, -0.55), at(0.65, 0.15)), 2.0, pen, StrokeKind::Middle);
    for (x, y) in [(-0.35, -0.34), (0.0, -0.34), (0.35, -0.34)] {
        painter.circle_filled(at(x, y), 1.5, pen.color);
    }
    painter.line_segment([at(-0.3, -0.07), at(0.3, -0.07)], pen);
    chevron(painter, at(0.0, 0.48), vec2(0.0, size * 0.12), pen);
}

/// An angle that points along `tip`.
fn chevron(painter: &Painter, center: Pos2, tip: egui::Vec2, pen: Stroke) {
    let side = tip.rot90() * 1.8;
    painter.line(vec![center - tip + side, center + tip, center - tip - side], pen);
}

fn enter(painter: &Painter, center: Pos2, size: f32, pen: Stroke) {
    let at = |x: f32, y: f32| center + vec2(x, y) * size;
    painter.line(vec![at(0.55, -0.4), at(0.55, 0.15), at(-0.55, 0.15)], pen);
    painter.line(vec![at(-0.25, -0.17), at(-0.57, 0.15), at(-0.25, 0.47)], pen);
}
