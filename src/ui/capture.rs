//! Register, step 2: three captures, one by one, without a button; then a look at what will be stored.

use egui::{Rect, Ui};

use super::icons::Icon;
use super::layout::{self, halves};
use super::lens::{Lens, Ring, Side};
use super::theme::{GRID, Type};
use super::widgets::{APART, Button, Weight, announced, buttons, fact, note, text};
use super::{Action, Value, View, back_button, button, result};
use crate::session::{CAPTURES, Enrolling, Enrollment, Event, Pose, Purpose, Reason};

/// The key of the sentence that helps somebody of whom the last frame was of no use.
pub(super) fn coach_key(reason: Reason) -> String {
    format!("coach-{}", reason.code().replace('_', "-"))
}

pub(super) fn show(ui: &mut Ui, place: Rect, view: &View<'_>, enrolling: &Enrolling) -> Option<Action> {
    let halves = halves(place);
    let action = back_button(ui, place, view, Event::WentBack);
    if let Some(trouble) = view.kiosk.trouble() {
        let way = can_do_without(view, enrolling).then_some(("action-without-face", Event::WithoutFace));
        return action.or_else(|| result::trouble(ui, place, view, trouble, way));
    }
    let done = enrolling.captures.len();
    let turn = match enrolling.pose() {
        Pose::Left => Some(Side::Left),
        Pose::Right => Some(Side::Right),
        Pose::Ahead => None,
    };
    // As long as something else is wrong, that is said, and nothing else shown.
    let turn = turn.filter(|_| view.picture.is_some() && enrolling.hint.is_none());
    let name = view.text("lens-live");
    let lens = Lens {
        picture: view.picture,
        face: view.face(),
        face_good: enrolling.hint.is_none(),
        ring: Ring::Parts { done, of: CAPTURES, turn },
        icon: None,
        name: &name,
    };
    lens.show(ui, halves.picture, view.palette);
    let content = |ui: &mut Ui| {
        let step = if matches!(enrolling.purpose, Purpose::Renewal(_)) { "renewal-step" } else { "register-step-2" };
        text(ui, &view.text(step), Type::Small, view.palette.soft);
        let sentence = match (view.picture, enrolling.hint) {
            (None, _) => view.text("camera-starting"),
            (_, Some(reason)) => view.text(&coach_key(reason)),
            (_, None) => view.text(pose_key(enrolling.pose())),
        };
        announced(ui, &sentence, Type::Title, view.palette.ink);
        ui.add_space(GRID);
        let values = [("done", Value::count(done)), ("all", Value::count(CAPTURES))];
        let count = view.words.with("capture-count", &values);
        announced(ui, &count, Type::Body, view.palette.soft);
        text(ui, &view.text("capture-how"), Type::Body, view.palette.soft);
        None
    };
    let pressed = if can_do_without(view, enrolling) {
        let way =
            |ui: &mut Ui| button(ui, view, ("action-without-face", Weight::Secondary, Icon::Keys), Event::WithoutFace);
        layout::acting(ui, halves.words, "capture with a way round", content, way).1.flatten()
    } else {
        layout::middle(ui, halves.words, "capture", content);
        None
    };
    action.or(pressed)
}

/// Whether somebody can register without a face.
fn can_do_without(view: &View<'_>, enrolling: &Enrolling) -> bool {
    match &enrolling.purpose {
        Purpose::New(newcomer) => !view.policy.wants_pin() || newcomer.excused,
        Purpose::Renewal(_) => false,
    }
}

fn pose_key(pose: Pose) -> &'static str {
    match pose {
        Pose::Ahead => "pose-ahead",
        Pose::Left => "pose-left",
        Pose::Right => "pose-right",
    }
}

pub(super) fn review(
    ui: &mut Ui,
    place: Rect,
    view: &View<'_>,
    purpose: &Purpose,
    enrollment: &Enrollment,
) -> Option<Action> {
    let halves = halves(place);
    let action = back_button(ui, place, view, Event::WentBack);
    let name = view.text("lens-done");
    let lens =
        Lens { picture: None, face: None, face_good: true, ring: Ring::Good, icon: Some(Icon::Check), name: &name };
    lens.show(ui, halves.picture, view.palette);
    let content = |ui: &mut Ui| {
        let renewal = matches!(purpose, Purpose::Renewal(_));
        let [title, stored] =
            if renewal { ["review-renewal-title", "review-renewal-stored"] } else { ["review-title", "review-stored"] };
        text(ui, &view.text(title), Type::Title, view.palette.ink);
        ui.add_space(GRID);
        if let Purpose::New(newcomer) = purpose {
            fact(ui, view.palette, &view.text("field-name"), newcomer.name.as_str());
            fact(ui, view.palette, &view.text("field-email"), newcomer.email.as_str());
        }
        let count = Value::count(enrollment.captures.len());
        note(ui, Icon::Check, view.palette.good, &view.words.with("review-pictures", &[("count", count)]), Type::Body);
        ui.add_space(GRID);
        text(ui, &view.text(stored), Type::Small, view.palette.soft);
        None
    };
    let actions = |ui: &mut Ui| {
        let (save, again) = (view.text("action-save-face"), view.text("action-take-again"));
        buttons(ui, APART, |ui| {
            let save = Button::new(&save, Weight::Primary).icon(Icon::Check).show(ui, view.palette).clicked();
            let again = Button::new(&again, Weight::Secondary).icon(Icon::Again).show(ui, view.palette).clicked();
            save.then_some(Event::Confirmed).or(again.then_some(Event::Retried))
        })
    };
    let pressed = layout::acting(ui, halves.words, "review", content, actions).1.flatten();
    action.or(pressed.map(Action::from))
}
