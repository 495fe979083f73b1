//! Who used my face: when the account of whoever is signed in was used, tried at, and changed.

use egui::{Rect, Ui};

use super::icons::Icon;
use super::layout;
use super::theme::{GRID, Type};
use super::widgets::{announced, note, text};
use super::{Action, HistoryLine, View, back_button};
use crate::session::Event;

pub(super) fn show(ui: &mut Ui, place: Rect, view: &View<'_>) -> Option<Action> {
    let action = back_button(ui, place, view, Event::WentBack);
    let lines = view.profile.map(|profile| profile.history.as_slice()).unwrap_or_default();
    layout::top(ui, layout::column(layout::below_back(place), 760.0), "history", |ui| {
        announced(ui, &view.text("history-title"), Type::Title, view.palette.ink);
        text(ui, &view.text("history-what"), Type::Body, view.palette.soft);
        ui.add_space(2.0 * GRID);
        for HistoryLine { at, key, odd } in lines {
            let words = format!("{}: {}", view.words.moment_in_short(at), view.text(key));
            if *odd {
                note(ui, Icon::Warning, view.palette.bad, &words, Type::Body);
            } else {
                text(ui, &words, Type::Body, view.palette.ink);
            }
            ui.add_space(GRID / 2.0);
        }
    });
    action
}
