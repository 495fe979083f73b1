//! Sign in: the live picture and one short sentence; no button to press.

use egui::{Rect, Ui};

use super::capture::coach_key;
use super::icons::Icon;
use super::layout::{self, halves};
use super::lens::{Lens, Ring};
use super::theme::{GRID, Type};
use super::widgets::{APART, Weight, announced, buttons, text};
use super::{Action, View, back_button, button, result};
use crate::session::{Event, Identifying, Reason};

pub(super) fn show(ui: &mut Ui, place: Rect, view: &View<'_>, identifying: &Identifying) -> Option<Action> {
    let halves = halves(place);
    let action = back_button(ui, place, view, Event::Canceled);
    if let Some(trouble) = view.kiosk.trouble() {
        let way = Some(("action-use-pin", Event::PinSignInRequested));
        return action.or_else(|| result::trouble(ui, place, view, trouble, way));
    }
    let name = view.text("lens-live");
    let lens = Lens {
        picture: view.picture,
        face: view.face(),
        face_good: identifying.hint.is_none(),
        ring: Ring::Searching,
        icon: None,
        name: &name,
    };
    lens.show(ui, halves.picture, view.palette);
    let content = |ui: &mut Ui| {
        text(ui, &view.text("sign-in-step"), Type::Small, view.palette.soft);
        let sentence = match (view.picture, identifying.hint) {
            (None, _) => view.text("camera-starting"),
            (_, None | Some(Reason::NoFace)) => view.text("coach-no-face"),
            (_, Some(reason)) => view.text(&coach_key(reason)),
        };
        announced(ui, &sentence, Type::Title, view.palette.ink);
        ui.add_space(GRID);
        text(ui, &view.text("sign-in-how"), Type::Body, view.palette.soft);
        None
    };
    let actions = |ui: &mut Ui| {
        buttons(ui, APART, |ui| {
            let pin = button(ui, view, ("action-use-pin", Weight::Secondary, Icon::Keys), Event::PinSignInRequested);
            let register = ("action-register-instead", Weight::Secondary, Icon::PersonAdd);
            pin.or(button(ui, view, register, Event::RegistrationRequested))
        })
    };
    let pressed = layout::acting(ui, halves.words, "sign in", content, actions).1.flatten();
    action.or(pressed)
}
