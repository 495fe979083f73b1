//! The first screen: where one is, what time it is, and the two ways in.

use egui::{Align, Id, Key, Layout, Rect, Sense, Ui, UiBuilder, accesskit, vec2};

use super::icons::Icon;
use super::layout::{self, RING, halves};
use super::lens::{Lens, Ring};
use super::theme::{GRID, TARGET, Type};
use super::widgets::{Button, Weight, focus_ring, text};
use super::{Action, View};
use crate::session::{Event, OperatorPage};
use crate::settings::Language;

/// How long the clock is pressed to come to the operator's pages, in seconds.
const LONG_PRESS_S: f64 = 1.5;
/// Words with less height than this have no room to spare.
const ROOMY: f32 = 480.0;
/// And with less than this they have none for what is not needed.
const TIGHT: f32 = 400.0;

pub(super) fn show(ui: &mut Ui, place: Rect, view: &View<'_>) -> Option<Action> {
    let halves = halves(place);
    let name = view.text("lens-resting");
    let lens =
        Lens { picture: None, face: None, face_good: false, ring: Ring::Plain, icon: Some(Icon::Face), name: &name };
    lens.show(ui, halves.picture, view.palette);

    // They end where the buttons below them end.
    let beside = halves.words.left() > halves.picture.right();
    let right = if beside { halves.words.right() - RING } else { place.right() };
    let mut action = languages(ui, Rect::from_min_max(place.min, egui::pos2(right, place.bottom())), view);
    // The languages stand above the words.
    let least = (place.top() + TARGET + GRID - halves.words.top()).max(0.0);
    let room = halves.words.height() - least;
    layout::middle_below(ui, halves.words, "home", least, |ui| {
        ui.spacing_mut().item_spacing.y = GRID;
        let welcome = view.text("home-welcome");
        let heading = if view.settings.place.is_empty() { &welcome } else { &view.settings.place };
        text(ui, heading, Type::Heading, view.palette.brass);
        if clock(ui, view) {
            action = Some(Event::OperatorRequested(OperatorPage::People).into());
        }
        text(ui, &view.words.day(view.time), Type::Body, view.palette.soft);
        ui.add_space(if room < ROOMY { GRID } else { 3.0 * GRID });
        let height = if room < ROOMY { 9.0 * GRID } else { 11.0 * GRID };
        let width = ui.available_width();
        let (sign_in, register) = (view.text("action-sign-in"), view.text("action-register"));
        if Button::new(&sign_in, Weight::Primary)
            .icon(Icon::Face)
            .large(height)
            .width(width)
            .show(ui, view.palette)
            .clicked()
        {
            action = Some(Event::SignInRequested.into());
        }
        ui.add_space(GRID);
        let button = Button::new(&register, Weight::Secondary).icon(Icon::PersonAdd).large(height).width(width);
        if button.show(ui, view.palette).clicked() {
            action = Some(Event::RegistrationRequested.into());
        }
        // Where it would push a way in out of sight, the promise gives way.
        if room >= TIGHT {
            ui.add_space(GRID);
            text(ui, &view.text("home-promise"), Type::Small, view.palette.soft);
        }
    });
    action
}

/// The time; pressed long, the way to the operator's pages. By keys: focused, and Enter held as long.
fn clock(ui: &mut Ui, view: &View<'_>) -> bool {
    let words = view.words.clock(view.time);
    let galley = ui.painter().layout_no_wrap(
        words.clone(),
        Type::Display.font_on(ui.ctx().content_rect().height()),
        view.palette.ink,
    );
    // Not a click: for egui, a press that is held for longer than 0.8 s is none and lets go of what it was on.
    let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::drag());
    ui.painter().galley(rect.min, galley, view.palette.ink);
    let label = view.words.with("clock-name", &[("time", super::Value::Text(&words))]);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &label));
    ui.ctx().accesskit_node_builder(response.id, |node| node.add_action(accesskit::Action::Click));
    focus_ring(ui, &response, rect, view.palette);
    let by_keys = response.has_focus() && ui.input(|input| input.key_down(Key::Enter) || input.key_down(Key::Space));
    let at = ui.input(|input| input.pointer.interact_pos());
    let by_pointer = response.is_pointer_button_down_on() && at.is_some_and(|at| rect.expand(GRID).contains(at));
    let pressed = by_pointer || by_keys;
    let memory = Id::unique("clock pressed since");
    let now = ui.input(|input| input.time);
    // A screen reader's press has no length.
    let read = ui.input(|input| input.num_accesskit_action_requests(response.id, accesskit::Action::Click) > 0);
    if read {
        return true;
    }
    if !pressed {
        ui.data_mut(|data| data.remove::<f64>(memory));
        return false;
    }
    let since = ui.data_mut(|data| *data.get_temp_mut_or(memory, now));
    let share = ((now - since) / LONG_PRESS_S) as f32;
    let bar = Rect::from_min_size(rect.left_bottom(), vec2(rect.width() * share.min(1.0), 4.0));
    ui.painter().rect_filled(bar, 2, view.palette.brass);
    ui.ctx().request_repaint();
    if share >= 1.0 {
        ui.data_mut(|data| data.remove::<f64>(memory));
        return true;
    }
    false
}

/// The languages by their own names, at the top right.
pub(super) fn languages(ui: &mut Ui, place: Rect, view: &View<'_>) -> Option<Action> {
    // From left to right, as Tab goes: where they begin is told by how wide they are.
    let apart = ui.spacing().item_spacing.x;
    let widths = Language::ALL.map(|language| Button::choice(language.own_name(), false).measure(ui) + apart);
    let left = place.right() + apart - widths.iter().sum::<f32>();
    let corner = Rect::from_min_max(egui::pos2(left, place.top()), egui::pos2(place.right(), place.top() + TARGET));
    let builder = UiBuilder::new().id_salt("languages").max_rect(corner).layout(Layout::left_to_right(Align::Center));
    ui.scope_builder(builder, |ui| {
        let mut action = None;
        for language in Language::ALL {
            let chosen = view.words.language() == language;
            let response = Button::choice(language.own_name(), chosen).show(ui, view.palette);
            ui.ctx().accesskit_node_builder(response.id, |node| node.set_language(language.tag()));
            if response.clicked() && !chosen {
                action = Some(Action::Speak(language));
            }
        }
        action
    })
    .inner
}
