//! The self-test at the kiosk's window: one thing to do at a time, in big plain sentences, and the figures at its end.

use egui::{Rect, Ui};

use super::capture::coach_key;
use super::challenge::{ask_key, dot};
use super::icons::Icon;
use super::layout::{self, halves};
use super::lens::{Lens, Ring};
use super::operator::{SelfTestView, figures, stands};
use super::theme::{GRID, Type};
use super::widgets::{APART, Weight, announced, buttons, note, text};
use super::{Action, Value, View, Words, button, trouble_key};
use crate::camera::Trouble;
use crate::selftest::{Outcome, Plan, Step};
use crate::session::{Ask, Reason};

/// A self-test that is led at the window.
#[derive(Debug, Clone, PartialEq)]
pub struct LedView {
    /// What is to be done.
    pub step: Step,
    /// How much is tried.
    pub plan: Plan,
    /// What goes on before the camera, where somebody is before it.
    pub before: Option<BeforeCamera>,
    /// What came of the presentation before, where there was one.
    pub last: Option<Outcome>,
    /// Why whoever sat down could not be enrolled.
    pub not_enrolled: Option<Reason>,
    /// Whether the camera was not the one that it was begun with.
    pub other_camera: bool,
    /// Whether another process counted meanwhile, or had it forgotten, so that the last one was not counted.
    pub overtaken: bool,
    /// Whether the last one can be taken back.
    pub can_repeat: bool,
    /// What was counted.
    pub counted: SelfTestView,
}

/// What goes on before the camera.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BeforeCamera {
    /// What somebody is asked to do.
    pub ask: Option<Ask>,
    /// How much of a challenge is done, 0 to 1.
    pub progress: f32,
    /// Why the last frame did not help.
    pub hint: Option<Reason>,
    /// What is wrong with the camera.
    pub trouble: Option<Trouble>,
}

/// What whoever leads the self-test wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SelfTestWish {
    /// To begin it, or to go on with it.
    Open,
    /// That somebody comes before the camera.
    Begin,
    /// To do the last one again.
    Repeat,
    /// To leave this person, or this kind of attack, out.
    LeaveOut,
    /// To break a presentation off, or to leave.
    Stop,
}

pub(super) fn show(ui: &mut Ui, place: Rect, view: &View<'_>, led: &LedView) -> Option<Action> {
    match (&led.before, led.step) {
        (Some(before), _) => presenting(ui, place, view, led, *before),
        (None, Step::Done) => done(ui, place, view, led),
        (None, _) => waiting(ui, place, view, led),
    }
}

/// What is to be done now.
pub fn self_test_step(words: &Words, step: Step, plan: Plan) -> String {
    let number = |number: u32| Value::Number(number.into());
    match step {
        Step::Enroll { person: Some(person) } => {
            words.with("selftest-enroll", &[("person", number(person)), ("people", number(plan.people))])
        }
        Step::Enroll { person: None } => words.text("selftest-enroll-attacks"),
        Step::BonaFide { person, attempt } => {
            let values = [("person", number(person)), ("attempt", number(attempt)), ("of", number(plan.each))];
            words.with("selftest-bona-fide", &values)
        }
        Step::Attack { species, attempt } => {
            let what = words.text(&species.key());
            let values = [("what", Value::Text(&what)), ("attempt", number(attempt)), ("of", number(plan.attempts))];
            words.with("selftest-attack", &values)
        }
        Step::Done => words.text("selftest-title"),
    }
}

fn waiting(ui: &mut Ui, place: Rect, view: &View<'_>, led: &LedView) -> Option<Action> {
    let content = |ui: &mut Ui| {
        text(ui, &view.text("selftest-title"), Type::Small, view.palette.soft);
        let last = led.last.map(|last| format!("selftest-outcome-{}", last.name()));
        let trouble = led.not_enrolled.map(|reason| format!("declined-{}", reason.code().replace('_', "-")));
        let warning = match led {
            LedView { other_camera: true, .. } => Some("selftest-other-camera"),
            LedView { overtaken: true, .. } => Some("selftest-overtaken"),
            _ => None,
        };
        if let Some(key) = warning {
            note(ui, Icon::Warning, view.palette.bad, &view.text(key), Type::Body);
            ui.add_space(GRID);
        } else if let Some(key) = trouble.or(last) {
            announced(ui, &view.text(&key), Type::Body, view.palette.soft);
            ui.add_space(GRID);
        }
        announced(ui, &self_test_step(view.words, led.step, led.plan), Type::Title, view.palette.ink);
        ui.add_space(GRID);
        if let Step::Attack { species, .. } = led.step {
            text(ui, &view.text(&format!("{}-how", species.key())), Type::Body, view.palette.ink);
        }
        None
    };
    let actions = |ui: &mut Ui| {
        buttons(ui, APART, |ui| {
            let wish = |wish| Action::SelfTest(wish);
            let begin = button(ui, view, ("selftest-next", Weight::Primary, Icon::Next), wish(SelfTestWish::Begin));
            let repeat = repeat(ui, view, led);
            let leave = ("selftest-leave-out", Weight::Secondary, Icon::Next);
            let leave = button(ui, view, leave, wish(SelfTestWish::LeaveOut));
            let stop = button(ui, view, ("selftest-stop", Weight::Quiet, Icon::Leave), wish(SelfTestWish::Stop));
            begin.or(repeat).or(leave).or(stop)
        })
    };
    layout::acting(ui, layout::column(place, 720.0), "self-test", content, actions).1.flatten()
}

fn presenting(ui: &mut Ui, place: Rect, view: &View<'_>, led: &LedView, before: BeforeCamera) -> Option<Action> {
    let halves = halves(place);
    let name = view.text("lens-live");
    let icon = before.trouble.map(|_| Icon::CameraOff);
    let ring = match before.ask {
        Some(ask) => Ring::Filling { share: before.progress, dot: dot(ask) },
        None => Ring::Searching,
    };
    let picture = if icon.is_some() { None } else { view.picture };
    let lens = Lens { picture, face: None, face_good: before.hint.is_none(), ring, icon, name: &name };
    lens.show(ui, halves.picture, view.palette);
    let content = |ui: &mut Ui| {
        text(ui, &self_test_step(view.words, led.step, led.plan), Type::Small, view.palette.soft);
        let sentence = match (before.trouble, before.hint, before.ask) {
            (Some(trouble), ..) => format!("trouble-{}", trouble_key(trouble)),
            (None, Some(hint), _) => coach_key(hint),
            (None, None, Some(ask)) => ask_key(ask).to_owned(),
            (None, None, None) => "coach-no-face".to_owned(),
        };
        announced(ui, &view.text(&sentence), Type::Title, view.palette.ink);
        None
    };
    let actions = |ui: &mut Ui| {
        let stop = ("selftest-break-off", Weight::Secondary, Icon::Leave);
        buttons(ui, APART, |ui| button(ui, view, stop, Action::SelfTest(SelfTestWish::Stop)))
    };
    layout::acting(ui, halves.words, "self-test camera", content, actions).1.flatten()
}

fn done(ui: &mut Ui, place: Rect, view: &View<'_>, led: &LedView) -> Option<Action> {
    let content = |ui: &mut Ui| {
        text(ui, &view.text("selftest-title"), Type::Title, view.palette.ink);
        stands(ui, view, &led.counted);
        for line in figures(view, &led.counted) {
            text(ui, &line, Type::Body, view.palette.ink);
        }
        ui.add_space(GRID);
        text(ui, &view.text("selftest-what"), Type::Small, view.palette.soft);
        None
    };
    let actions = |ui: &mut Ui| {
        buttons(ui, APART, |ui| {
            let close = ("action-close", Weight::Primary, Icon::Check);
            let close = button(ui, view, close, Action::SelfTest(SelfTestWish::Stop));
            close.or(repeat(ui, view, led))
        })
    };
    layout::acting(ui, layout::column(place, 720.0), "self-test done", content, actions).1.flatten()
}

/// To do the last one again, where there is one.
fn repeat(ui: &mut Ui, view: &View<'_>, led: &LedView) -> Option<Action> {
    let again = ("selftest-repeat", Weight::Secondary, Icon::Again);
    led.can_repeat.then(|| button(ui, view, again, Action::SelfTest(SelfTestWish::Repeat)))?
}
