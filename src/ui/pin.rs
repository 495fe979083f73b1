//! PINs: the address that one belongs to, and the keys to type it with.

use egui::{Align, Event as Input, Key, Layout, Rect, Sense, Stroke, Ui, UiBuilder, WidgetInfo, accesskit, vec2};

use super::details::{self, email_field};
use super::icons::Icon;
use super::layout;
use super::theme::{GRID, TARGET, Type};
use super::widgets::{APART, Button, Field, Weight, announced, buttons, note, text};
use super::{Action, Value, View, back_button};
use crate::person::{Digits, PIN_LEAST_DIGITS, PinError};
use crate::session::{Chooser, Errand, Event, Form, PinAsk, PinEntry, PinTrouble, Reason, Way};

/// Widest and highest that a key gets.
const KEY: egui::Vec2 = vec2(14.0 * GRID, 10.0 * GRID);
/// Between keys.
const BETWEEN: f32 = GRID;

/// The address of whoever signs in with a PIN.
pub(super) fn address(ui: &mut Ui, place: Rect, view: &View<'_>, form: &Form, cramped: bool) -> Option<Action> {
    let action = back_button(ui, place, view, Event::Canceled);
    let column = layout::column(layout::below_back(place), if cramped { 1000.0 } else { 620.0 });
    let content = |ui: &mut Ui| {
        let title = if !cramped || column.height() > 280.0 { Type::Title } else { Type::Small };
        announced(ui, &view.text("pin-address-title"), title, view.palette.ink);
        if !cramped {
            text(ui, &view.text("pin-address-why"), Type::Body, view.palette.soft);
            ui.add_space(GRID);
        }
        address_field(ui, view, form)
    };
    let actions = |ui: &mut Ui| {
        let next = view.text("action-next-pin");
        let pressed = Button::new(&next, Weight::Primary).show(ui, view.palette).clicked();
        if pressed && form.email().is_err() {
            ui.memory_mut(|memory| memory.request_focus(email_field()));
        }
        pressed.then(|| Event::Submitted.into())
    };
    action.or(details::form_with_actions(ui, column, "pin address", cramped, content, actions))
}

fn address_field(ui: &mut Ui, view: &View<'_>, form: &Form) -> Option<Action> {
    let error = form.email_error().map(|error| view.text(details::error_key(error)));
    let (label, hint) = (view.text("field-email"), view.text("field-email-hint"));
    let field = Field {
        id: email_field(),
        label: &label,
        hint: &hint,
        error: error.as_deref(),
        good: form.email().is_ok(),
        first: true,
    };
    let mut typed = form.clone();
    let response = field.show(ui, view.palette, &mut typed.email);
    if typed != *form {
        return Some(Event::FormChanged(typed).into());
    }
    let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    if entered && form.email().is_err() {
        ui.memory_mut(|memory| memory.request_focus(email_field()));
    }
    entered.then(|| Event::Submitted.into())
}

/// The keys, and what is typed with them.
pub(super) fn show(ui: &mut Ui, place: Rect, view: &View<'_>, entry: &PinEntry) -> Option<Action> {
    let action = back_button(ui, place, view, Event::WentBack);
    let below = layout::below_back(place);
    let beside = below.width() > below.height();
    let (words, pad) = if beside {
        below.split_left_right_at_x(below.center().x)
    } else {
        below.split_top_bottom_at_y(below.top() + below.height() * 0.45)
    };
    let content = |ui: &mut Ui| {
        announced(ui, &view.text(title(&entry.ask)), Type::Title, view.palette.ink);
        let trouble = entry.trouble.map(|trouble| trouble_text(view, trouble));
        // Where there is little room, what is wrong is said instead of what is wanted.
        match trouble {
            Some(trouble) => note(ui, Icon::Warning, view.palette.bad, &trouble, Type::Body),
            None => {
                text(ui, &view.text(why(view, &entry.ask)), Type::Body, view.palette.soft);
            }
        }
        ui.add_space(GRID);
        dots(ui, view, &entry.typed);
        None
    };
    let actions = |ui: &mut Ui| buttons(ui, APART, |ui| typed_with_buttons(ui, view, entry));
    let pressed = layout::acting(ui, words.shrink2(vec2(GRID, 0.0)), "pin", content, actions).1.flatten();
    let typed = pad_keys(ui, pad, view).map(|digit| entry.typed.and(digit)).or(typed_with_keys(ui, &entry.typed));
    let changed = typed.filter(|typed| *typed != entry.typed).map(|typed| Event::PinChanged(typed).into());
    // Enter on something that has the focus presses that.
    let entered = ui.input(|input| input.key_pressed(Key::Enter)) && ui.memory(|memory| memory.focused().is_none());
    action.or(pressed).or(changed).or(entered.then(|| Event::Submitted.into()))
}

/// The key of what is asked for.
pub(super) fn title(ask: &PinAsk) -> &'static str {
    match ask {
        PinAsk::SignIn(_) | PinAsk::AfterFace(..) => "pin-title",
        PinAsk::Operator(_) => "pin-operator-title",
        PinAsk::Own(..) => "pin-present-title",
        PinAsk::Choose(Chooser::Operator(_)) => "pin-choose-operator-title",
        PinAsk::Choose(_) => "pin-choose-title",
        PinAsk::Repeat(..) => "pin-repeat-title",
    }
}

/// The key of what it is for.
fn why(view: &View<'_>, ask: &PinAsk) -> &'static str {
    match ask {
        PinAsk::SignIn(_) => "pin-why",
        PinAsk::AfterFace(..) => "pin-after-face",
        PinAsk::Operator(Way::NewPin) => "pin-operator-now",
        PinAsk::Operator(_) => "pin-operator-why",
        PinAsk::Own(_, Errand::Pin | Errand::Face) => "pin-present-why",
        PinAsk::Own(_, Errand::Details(_) | Errand::Removal) => "pin-change-why",
        PinAsk::Own(_, Errand::History) => "pin-history-why",
        PinAsk::Choose(Chooser::Own(_, Errand::History)) => "pin-choose-for-history",
        PinAsk::Choose(Chooser::Operator(Way::NewPin)) => "pin-choose-operator-other",
        PinAsk::Choose(Chooser::Operator(_)) => "pin-choose-operator-why",
        PinAsk::Choose(Chooser::Own(_, Errand::Face | Errand::Details(_) | Errand::Removal)) => "pin-choose-first",
        PinAsk::Choose(Chooser::Newcomer { enrollment: Some(_), .. }) if view.policy.wants_both() => {
            "pin-choose-why-both"
        }
        PinAsk::Choose(_) => "pin-choose-why",
        PinAsk::Repeat(..) => "pin-repeat-why",
    }
}

fn trouble_text(view: &View<'_>, trouble: PinTrouble) -> String {
    view.text(match trouble {
        PinTrouble::Unfit(PinError::Obvious) => "pin-obvious",
        PinTrouble::Unfit(PinError::Length | PinError::NotDigits) => "pin-length",
        PinTrouble::NotTheSame => "pin-not-the-same",
        PinTrouble::OfAuditor => "pin-of-other-role",
        PinTrouble::Refused(Reason::PinWrong) => "pin-wrong",
        PinTrouble::Refused(Reason::OperatorNeeded) => "pin-of-auditor",
        PinTrouble::Refused(_) => "refused-other",
    })
}

/// A dot for each digit, and a ring for each that is wanted at least. How many there are is said.
fn dots(ui: &mut Ui, view: &View<'_>, typed: &Digits) {
    const DOT: f32 = 2.0 * GRID;
    let count = typed.count();
    let places = count.max(PIN_LEAST_DIGITS);
    let (rect, response) = ui.allocate_exact_size(vec2(places as f32 * (DOT + GRID), DOT), Sense::hover());
    let words = view.words.with("pin-typed", &[("count", Value::count(count))]);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, &words));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_role(accesskit::Role::Label);
        node.set_live(accesskit::Live::Polite);
        node.set_value(words.clone());
    });
    for at in 0..places {
        let center = egui::pos2(rect.left() + DOT / 2.0 + at as f32 * (DOT + GRID), rect.center().y);
        if at < count {
            ui.painter().circle_filled(center, DOT / 2.0, view.palette.ink);
        } else {
            ui.painter().circle_stroke(center, DOT / 2.0 - 1.0, Stroke::new(2.0, view.palette.line));
        }
    }
    ui.add_space(GRID);
}

fn typed_with_buttons(ui: &mut Ui, view: &View<'_>, entry: &PinEntry) -> Option<Action> {
    let (go_on, erase) = (view.text("action-go-on-pin"), view.text("action-erase"));
    let done = Button::new(&go_on, Weight::Primary).icon(Icon::Check).show(ui, view.palette).clicked();
    let some = entry.typed.count() > 0;
    let erase = Button::new(&erase, Weight::Secondary).enabled(some).show(ui, view.palette).clicked();
    done.then(|| Event::Submitted.into()).or(erase.then(|| Event::PinChanged(entry.typed.less_one()).into()))
}

/// The keys as on a telephone; which one was pressed.
fn pad_keys(ui: &mut Ui, place: Rect, view: &View<'_>) -> Option<char> {
    const ROWS: [&str; 4] = ["123", "456", "789", "0"];
    let room = vec2((place.width() - 2.0 * BETWEEN) / 3.0, (place.height() - 3.0 * BETWEEN) / 4.0);
    let key = room.min(KEY).max(egui::Vec2::splat(TARGET));
    let whole = vec2(3.0 * key.x + 2.0 * BETWEEN, 4.0 * key.y + 3.0 * BETWEEN);
    let corner = place.center() - whole / 2.0;
    let mut pressed = None;
    for (row, digits) in ROWS.iter().enumerate() {
        let indent = (3 - digits.len()) as f32 / 2.0;
        for (column, digit) in digits.chars().enumerate() {
            let at = corner + vec2((column as f32 + indent) * (key.x + BETWEEN), row as f32 * (key.y + BETWEEN));
            let builder = UiBuilder::new()
                .id_salt(("pin key", digit))
                .max_rect(Rect::from_min_size(at, key))
                .layout(Layout::top_down(Align::Min));
            let label = digit.to_string();
            let button = Button::new(&label, Weight::Secondary).large(key.y).width(key.x);
            if ui.scope_builder(builder, |ui| button.show(ui, view.palette).clicked()).inner {
                pressed = Some(digit);
            }
        }
    }
    pressed
}

/// The keys of a keyboard, wherever the focus is.
fn typed_with_keys(ui: &Ui, typed: &Digits) -> Option<Digits> {
    ui.input(|input| {
        let mut now = typed.clone();
        for event in &input.events {
            match event {
                Input::Text(text) => now = text.chars().fold(now, |now, digit| now.and(digit)),
                Input::Key { key: Key::Backspace, pressed: true, .. } => now = now.less_one(),
                _ => {}
            }
        }
        Some(now).filter(|now| now != typed)
    })
}
