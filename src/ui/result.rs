//! What came of it: welcome, not recognized, deleted; and what keeps the kiosk from working.

use std::time::Duration;

use egui::{Rect, Ui};

use super::icons::Icon;
use super::layout::{self, halves};
use super::lens::{Lens, Ring};
use super::theme::{GRID, Type};
use super::widgets::{APART, Button, Weight, announced, buttons, text};
use super::{Action, Message, Value, View, button, trouble_key};
use crate::camera::Trouble;
use crate::person::PersonName;
use crate::session::{Event, Reason, Wanted};

/// Lens on one side, words on the other.
fn two_parts<R>(
    ui: &mut Ui,
    place: Rect,
    view: &View<'_>,
    lens: (Option<Icon>, Ring, &str),
    words: impl FnOnce(&mut Ui) -> R,
) -> R {
    let words_place = dark_lens(ui, place, view, lens);
    layout::middle(ui, words_place, "result", words)
}

/// The same, with buttons below the words.
fn with_buttons(
    ui: &mut Ui,
    place: Rect,
    view: &View<'_>,
    lens: (Option<Icon>, Ring, &str),
    words: impl FnOnce(&mut Ui),
    actions: impl FnOnce(&mut Ui) -> Option<Action>,
) -> Option<Action> {
    let words_place = dark_lens(ui, place, view, lens);
    let words = |ui: &mut Ui| {
        words(ui);
        None
    };
    let actions = |ui: &mut Ui| buttons(ui, APART, actions);
    layout::acting(ui, words_place, "result with buttons", words, actions).1.flatten()
}

/// The lens without a picture; gives the place for the words.
fn dark_lens(ui: &mut Ui, place: Rect, view: &View<'_>, (icon, ring, name): (Option<Icon>, Ring, &str)) -> Rect {
    let halves = halves(place);
    let name = view.text(name);
    Lens { picture: None, face: None, face_good: true, ring, icon, name: &name }.show(ui, halves.picture, view.palette);
    halves.words
}

pub(super) fn working(ui: &mut Ui, place: Rect, view: &View<'_>) -> Option<Action> {
    two_parts(ui, place, view, (None, Ring::Searching, "lens-resting"), |ui| {
        announced(ui, &view.text("working"), Type::Title, view.palette.ink);
    });
    None
}

pub(super) fn enrolled(ui: &mut Ui, place: Rect, view: &View<'_>, name: &PersonName) -> Option<Action> {
    let words = |ui: &mut Ui| {
        let welcome = view.words.with("enrolled-title", &[("name", Value::Text(name.as_str()))]);
        announced(ui, &welcome, Type::Title, view.palette.ink);
        ui.add_space(GRID);
        text(ui, &view.text("enrolled-next"), Type::Body, view.palette.soft);
    };
    with_buttons(ui, place, view, (Some(Icon::Check), Ring::Good, "lens-done"), words, |ui| {
        let done = button(ui, view, ("action-done", Weight::Primary, Icon::Check), Event::Canceled);
        done.or(button(ui, view, ("action-try-sign-in", Weight::Secondary, Icon::Face), Event::SignInRequested))
    })
}

pub(super) fn removed(ui: &mut Ui, place: Rect, view: &View<'_>) -> Option<Action> {
    let words = |ui: &mut Ui| {
        announced(ui, &view.text("removed-title"), Type::Title, view.palette.ink);
        ui.add_space(GRID);
        text(ui, &view.text("removed-what"), Type::Body, view.palette.soft);
    };
    with_buttons(ui, place, view, (Some(Icon::Check), Ring::Good, "lens-done"), words, |ui| {
        button(ui, view, ("action-done", Weight::Primary, Icon::Check), Event::Canceled)
    })
}

pub(super) fn declined(
    ui: &mut Ui,
    place: Rect,
    view: &View<'_>,
    reason: Reason,
    wanted: &Wanted,
    wait: Option<Duration>,
) -> Option<Action> {
    // Begun seconds count: nobody is told to try again too early.
    let seconds = wait.map_or(0, |wait| wait.as_millis().div_ceil(1000));
    if seconds > 0 {
        ui.ctx().request_repaint_after(Duration::from_millis(250));
    }
    let words = |ui: &mut Ui| {
        let code = reason.code().replace('_', "-");
        announced(ui, &view.text(&format!("declined-{code}")), Type::Title, view.palette.ink);
        ui.add_space(GRID);
        let advice = view.words.with(&format!("declined-{code}-try"), &[("seconds", Value::count(seconds))]);
        text(ui, &advice, Type::Body, view.palette.ink);
        ui.add_space(GRID);
        text(ui, &view.text("declined-desk"), Type::Small, view.palette.soft);
    };
    with_buttons(ui, place, view, (Some(Icon::Person), Ring::Pause, "lens-declined"), words, |ui| {
        let other = match wanted {
            Wanted::SignIn => ("action-register", Icon::PersonAdd, Event::RegistrationRequested),
            Wanted::Enrollment(_) => ("action-change-details", Icon::Pencil, Event::WentBack),
            Wanted::Operator(_) => ("action-sign-in", Icon::Face, Event::SignInRequested),
        };
        // Nothing comes of trying again with the same face.
        let (key, icon, event) = match reason {
            Reason::AlreadyEnrolled => ("action-sign-in", Icon::Face, Event::SignInRequested),
            _ => ("action-try-again", Icon::Again, Event::Retried),
        };
        let again =
            Button::new(&view.text(key), Weight::Primary).icon(icon).enabled(seconds == 0).show(ui, view.palette);
        let again = again.clicked().then(|| event.into());
        let by_pin = (*wanted == Wanted::SignIn && seconds == 0)
            .then(|| button(ui, view, ("action-use-pin", Weight::Secondary, Icon::Keys), Event::PinSignInRequested));
        let changed = button(ui, view, (other.0, Weight::Secondary, other.1), other.2);
        let left = button(ui, view, ("action-leave", Weight::Secondary, Icon::Leave), Event::Canceled);
        again.or(by_pin.flatten()).or(changed).or(left)
    })
}

/// The camera gives no picture: what it is, and what to do, with a way round it where there is one. Goes away by itself.
pub(super) fn trouble(
    ui: &mut Ui,
    place: Rect,
    view: &View<'_>,
    trouble: Trouble,
    way: Option<(&str, Event)>,
) -> Option<Action> {
    let key = trouble_key(trouble);
    let words = |ui: &mut Ui| {
        announced(ui, &view.text(&format!("trouble-{key}")), Type::Title, view.palette.ink);
        ui.add_space(GRID);
        let advice = view.text(&format!("trouble-{key}-try"));
        // Whoever stands before it can open a shutter; what else there is to do is for whoever looks after the machine.
        let (first, second) = match trouble {
            Trouble::Black => (advice, view.text("trouble-waiting")),
            _ => {
                let detail = [("detail", Value::Text(&advice))];
                (view.text("trouble-waiting"), view.words.with("failure-operator", &detail))
            }
        };
        text(ui, &first, Type::Body, view.palette.ink);
        ui.add_space(2.0 * GRID);
        text(ui, &second, Type::Small, view.palette.soft);
    };
    let lens = (Some(Icon::CameraOff), Ring::Bad, "lens-trouble");
    let Some((key, event)) = way else {
        two_parts(ui, place, view, lens, words);
        return None;
    };
    with_buttons(ui, place, view, lens, words, |ui| button(ui, view, (key, Weight::Secondary, Icon::Keys), event))
}

/// The machine is not well: what a visitor can do, large; what the operator needs, small.
pub(super) fn failure(ui: &mut Ui, place: Rect, view: &View<'_>, detail: &Message) -> Option<Action> {
    let words = |ui: &mut Ui| {
        announced(ui, &view.text("failure-title"), Type::Title, view.palette.ink);
        ui.add_space(GRID);
        text(ui, &view.text("failure-try"), Type::Heading, view.palette.ink);
        ui.add_space(3.0 * GRID);
        let detail = view.words.with("failure-operator", &[("detail", Value::Text(&view.words.say(detail)))]);
        text(ui, &detail, Type::Small, view.palette.soft);
    };
    with_buttons(ui, place, view, (Some(Icon::Warning), Ring::Bad, "lens-trouble"), words, |ui| {
        button(ui, view, ("action-try-again", Weight::Primary, Icon::Again), Action::Dismiss)
    })
}
