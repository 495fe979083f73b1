//! What lies over a screen: the question whether anybody is still there, and the demo's own strip.

use egui::{Align, CornerRadius, Layout, Rect, Sense, Stroke, StrokeKind, Ui, UiBuilder, vec2};

use super::icons::Icon;
use super::theme::{GRID, ROUND, TARGET, Type};
use super::widgets::{Button, Weight, announced, text};
use super::{Action, Value, View};
use crate::session::{Event, IdleWarning, State};

/// Height of the demo's strip.
const STRIP: f32 = TARGET + 2.0 * GRID;

/// What the way back takes of the left edge, with some room.
const BACK: f32 = 18.0 * GRID;
/// What the question needs.
const LEAST: f32 = 560.0;

/// The height that a screen leaves free at the bottom.
pub(super) fn reserved(view: &View<'_>) -> f32 {
    if view.demo.is_some() { STRIP } else { 0.0 }
}

/// Shows it, above what takes `above` of the screen from below. To be called last: nothing may hide it.
pub(super) fn show(ui: &mut Ui, screen: Rect, view: &View<'_>, above: f32) -> Option<Action> {
    let strip = demo_strip(ui, screen, view, above);
    let screen = Rect::from_min_max(screen.min, egui::pos2(screen.right(), screen.bottom() - above));
    strip.or(idle(ui, screen, view))
}

fn demo_strip(ui: &mut Ui, screen: Rect, view: &View<'_>, above: f32) -> Option<Action> {
    let person = view.demo.filter(|_| above <= 0.0)?;
    let rect = Rect::from_min_max(egui::pos2(screen.left(), screen.bottom() - STRIP), screen.max);
    ui.painter().rect_filled(rect, 0, view.palette.surface);
    ui.painter().hline(rect.x_range(), rect.top(), Stroke::new(1.0, view.palette.hairline));
    let builder = UiBuilder::new()
        .id_salt("demo")
        .max_rect(rect.shrink2(vec2(4.0 * GRID, GRID)))
        .layout(Layout::left_to_right(Align::Center));
    ui.scope_builder(builder, |ui| {
        let next = view.text("demo-next");
        let pressed = Button::new(&next, Weight::Secondary).icon(Icon::Next).show(ui, view.palette).clicked();
        ui.add_space(GRID);
        let other = view.text(if person.acts { "demo-portraits" } else { "demo-actors" });
        let others = Button::new(&other, Weight::Secondary).icon(Icon::Person).show(ui, view.palette).clicked();
        ui.add_space(GRID);
        let who = view.text(person.who);
        text(ui, &view.words.with("demo-before", &[("who", Value::Text(&who))]), Type::Small, view.palette.soft);
        pressed.then_some(Action::NextPerson).or(others.then_some(Action::OtherVisitors))
    })
    .inner
}

/// "Are you still there?", with the seconds that are left.
fn idle(ui: &mut Ui, screen: Rect, view: &View<'_>) -> Option<Action> {
    let IdleWarning { left, of } = view.kiosk.idle_warning(view.now, view.policy)?;
    let height = TARGET + 4.0 * GRID;
    // At the top, beside the way back, it covers no button; the operator's pages, but for a self-test, have theirs there, and below a list.
    let beside = screen.width() - BACK - 2.0 * GRID;
    let operator = matches!(view.kiosk.state(), State::Operator { .. }) && view.operator.led.is_none();
    let rect = if operator || beside < LEAST {
        let width = (screen.width() - 4.0 * GRID).min(860.0);
        let corner = egui::pos2(screen.center().x - width / 2.0, screen.bottom() - height - 2.0 * GRID);
        Rect::from_min_size(corner, vec2(width, height))
    } else {
        let width = beside.min(860.0);
        let left = (screen.center().x - width / 2.0).max(screen.left() + BACK);
        Rect::from_min_size(egui::pos2(left, screen.top() + 2.0 * GRID), vec2(width, height))
    };
    // What lies below is not to be pressed by mistake; there is nothing to be reached here but the button.
    let ground = ui.interact(rect, ui.scope_id().with("idle"), Sense::CLICK);
    ui.ctx().accesskit_node_builder(ground.id, |node| node.set_hidden());
    let painter = ui.painter();
    painter.rect_filled(
        rect.translate(vec2(0.0, 4.0)).expand(2.0),
        CornerRadius::same(ROUND + 6),
        egui::Color32::from_black_alpha(60),
    );
    painter.rect(
        rect,
        CornerRadius::same(ROUND + 4),
        view.palette.surface,
        Stroke::new(2.5, view.palette.brass),
        StrokeKind::Inside,
    );
    let share = left.as_secs_f32() / of.as_secs_f32().max(f32::EPSILON);
    let bar = Rect::from_min_size(
        egui::pos2(rect.left() + 4.0 * GRID, rect.bottom() - 12.0),
        vec2((rect.width() - 7.0 * GRID) * share.clamp(0.0, 1.0), 4.0),
    );
    painter.rect_filled(bar, 2, view.palette.brass);
    let builder = UiBuilder::new()
        .id_salt("idle")
        .max_rect(rect.shrink2(vec2(3.0 * GRID, GRID)))
        .layout(Layout::right_to_left(Align::Center));
    ui.scope_builder(builder, |ui| {
        let more = view.text("idle-more-time");
        let pressed = Button::new(&more, Weight::Secondary).icon(Icon::Clock).show(ui, view.palette).clicked();
        let place = ui.available_rect_before_wrap();
        let builder = UiBuilder::new().max_rect(place.shrink2(vec2(GRID, 0.0))).layout(Layout::top_down(Align::Min));
        ui.scope_builder(builder, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            // Said once. The seconds are there to be looked at: nobody wants to hear each of them.
            announced(ui, &view.text("idle-question"), Type::Heading, view.palette.ink);
            let seconds = Value::count(left.as_millis().div_ceil(1000));
            text(ui, &view.words.with("idle-seconds", &[("seconds", seconds)]), Type::Body, view.palette.soft);
        });
        pressed.then(|| Event::Touched.into())
    })
    .inner
}
