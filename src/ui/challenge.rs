//! Signs of life: a dot to follow, a ring that fills, one short sentence.

use egui::{Rect, Ui};

use super::capture::coach_key;
use super::icons::Icon;
use super::layout::{self, halves};
use super::lens::{Lens, Ring};
use super::theme::{GRID, Type};
use super::widgets::{APART, Weight, announced, buttons, text};
use super::{Action, Value, View, back_button, button, result};
use crate::biometrics::liveness::Turn;
use crate::session::{Ask, Challenging, Event};

pub(super) fn show(ui: &mut Ui, place: Rect, view: &View<'_>, challenging: &Challenging) -> Option<Action> {
    let halves = halves(place);
    let action = back_button(ui, place, view, Event::Canceled);
    let way = ("action-use-pin", Event::PinSignInRequested);
    if let Some(trouble) = view.kiosk.trouble() {
        return action.or_else(|| result::trouble(ui, place, view, trouble, Some(way)));
    }
    let challenge = challenging.challenge.as_ref();
    let ask = challenge.map_or(Ask::Ahead, |challenge| challenge.asks());
    let name = view.text("lens-live");
    let lens = Lens {
        picture: view.picture,
        face: None, // nothing to look at but the dot
        face_good: true,
        ring: Ring::Filling { share: challenge.map_or(0.0, |challenge| challenge.progress()), dot: dot(ask) },
        icon: None,
        name: &name,
    };
    lens.show(ui, halves.picture, view.palette);
    let content = |ui: &mut Ui| {
        text(ui, &view.text("challenge-step"), Type::Small, view.palette.soft);
        // As long as the head cannot be seen, that is said.
        let sentence = challenging.hint.map_or_else(|| ask_key(ask).to_owned(), coach_key);
        announced(ui, &view.text(&sentence), Type::Title, view.palette.ink);
        ui.add_space(GRID);
        if let Some((done, all)) = challenge.map(|challenge| challenge.count()) {
            let count = [("done", Value::count(done)), ("all", Value::count(all))];
            announced(ui, &view.words.with("challenge-count", &count), Type::Body, view.palette.soft);
        }
        // There is no dot where the eyes are to be closed; whoever reads it finds it at the same place.
        let how = if ask == Ask::Blink { "challenge-how-blink" } else { "challenge-how" };
        text(ui, &view.text(how), Type::Body, view.palette.soft);
        let otherwise = if view.policy.wants_both() { "challenge-otherwise-both" } else { "challenge-otherwise" };
        text(ui, &view.text(otherwise), Type::Body, view.palette.soft);
        None
    };
    let actions =
        |ui: &mut Ui| buttons(ui, APART, |ui| button(ui, view, (way.0, Weight::Secondary, Icon::Keys), way.1.clone()));
    let pressed = layout::acting(ui, halves.words, "challenge", content, actions).1.flatten();
    action.or(pressed)
}

/// Where the dot is. The picture is a mirror's: the person's own left is the left of the screen.
pub(super) fn dot(ask: Ask) -> Option<[f32; 2]> {
    match ask {
        Ask::Ahead => Some([0.0, 0.0]),
        Ask::Turn(Turn::Left) => Some([-1.0, 0.0]),
        Ask::Turn(Turn::Right) => Some([1.0, 0.0]),
        Ask::Turn(Turn::Up) => Some([0.0, -1.0]),
        Ask::Turn(Turn::Down) => Some([0.0, 1.0]),
        Ask::Blink => None,
    }
}

pub(super) fn ask_key(ask: Ask) -> &'static str {
    match ask {
        Ask::Ahead => "challenge-ahead",
        Ask::Turn(Turn::Left) => "challenge-left",
        Ask::Turn(Turn::Right) => "challenge-right",
        Ask::Turn(Turn::Up) => "challenge-up",
        Ask::Turn(Turn::Down) => "challenge-down",
        Ask::Blink => "challenge-blink",
    }
}
