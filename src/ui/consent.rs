//! What will be done with the face, to be agreed to or not: before it is taken, and again when the text has changed or the
//! time is over.

use egui::{Rect, Ui};

use super::icons::Icon;
use super::layout;
use super::theme::{GRID, Type};
use super::widgets::{APART, Button, FAR_APART, Weight, announced, buttons, text};
use super::{Action, View, back_button};
use crate::session::Event;

/// Widest that a text to be read gets.
const COLUMN: f32 = 760.0;

/// Before the first pictures.
pub(super) fn before(ui: &mut Ui, place: Rect, view: &View<'_>) -> Option<Action> {
    let action = back_button(ui, place, view, Event::WentBack);
    let actions = |ui: &mut Ui| {
        let (agree, leave) = (view.text("action-agree"), view.text("action-disagree"));
        buttons(ui, APART, |ui| {
            let agrees = Button::new(&agree, Weight::Primary).icon(Icon::Check).show(ui, view.palette).clicked();
            let leaves = Button::new(&leave, Weight::Secondary).show(ui, view.palette).clicked();
            agrees.then(|| agreed(view)).or(leaves.then_some(Event::Canceled))
        })
    };
    action.or(read(ui, layout::below_back(place), view, None, actions))
}

/// Of somebody who is signed in.
pub(super) fn again(ui: &mut Ui, place: Rect, view: &View<'_>) -> Option<Action> {
    let why = view.text("consent-again");
    let actions = |ui: &mut Ui| {
        let labels = ["action-agree", "action-delete", "action-sign-out"].map(|key| view.text(key));
        let [agree, delete, leave] = &labels;
        buttons(ui, APART, |ui| {
            let agrees = Button::new(agree, Weight::Primary).icon(Icon::Check).show(ui, view.palette).clicked();
            let leaves = Button::new(leave, Weight::Secondary).icon(Icon::Leave).show(ui, view.palette).clicked();
            ui.add_space(FAR_APART - APART);
            let deletes = Button::new(delete, Weight::Danger).icon(Icon::Trash).show(ui, view.palette).clicked();
            let other = leaves.then_some(Event::Canceled).or(deletes.then_some(Event::RemovalRequested));
            agrees.then(|| agreed(view)).or(other)
        })
    };
    read(ui, place, view, Some(&why), actions)
}

fn agreed(view: &View<'_>) -> Event {
    Event::Agreed(view.consent.agreed_in(view.words.language()))
}

/// The text, its first line being its title.
fn read(
    ui: &mut Ui,
    place: Rect,
    view: &View<'_>,
    why: Option<&str>,
    actions: impl FnOnce(&mut Ui) -> Option<Event>,
) -> Option<Action> {
    let content = |ui: &mut Ui| {
        if let Some(why) = why {
            text(ui, why, Type::Small, view.palette.soft);
        }
        let mut paragraphs = view.consent.text.split("\n\n").map(str::trim).filter(|words| !words.is_empty());
        announced(ui, paragraphs.next().unwrap_or_default(), Type::Title, view.palette.ink);
        for words in paragraphs {
            ui.add_space(GRID);
            text(ui, words, Type::Body, view.palette.ink);
        }
        None
    };
    layout::acting(ui, layout::column(place, COLUMN), "consent", content, actions).1.flatten().map(Action::from)
}
