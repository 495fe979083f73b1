//! What was measured of the signs of life, and whether the face alone signs in without it.

use egui::Ui;
use jiff::civil::DateTime;

use super::super::icons::Icon;
use super::super::theme::{GRID, Type};
use super::super::widgets::{Weight, note, text};
use super::super::{Action, SelfTestWish, Value, View, button, standing};
use super::choices;
use crate::eval::Proportion;
use crate::selftest::{Standing, Test};
use crate::session::{FaceAlone, LivenessLevel};
use crate::settings::Settings;

/// What was measured at the level that is set.
#[derive(Debug, Clone, PartialEq)]
pub struct SelfTestView {
    /// What may be said of it.
    pub standing: Standing,
    /// The counts, where there are any.
    pub test: Option<Test>,
    /// When something was counted last.
    pub counted_at: Option<DateTime>,
}

/// What may be said of it, marked where something is to be done.
pub(in crate::ui) fn stands(ui: &mut Ui, view: &View<'_>, found: &SelfTestView) {
    let said = view.words.say(&standing(view.settings.liveness, &found.standing));
    // Whoever holds a picture has no PIN: where one is asked for it does not get in.
    match &found.standing {
        Standing::Expired(_) => note(ui, Icon::Warning, view.palette.bad, &said, Type::Body),
        Standing::Beaten(_) if !view.policy.wants_pin() => {
            note(ui, Icon::Warning, view.palette.bad, &said, Type::Body);
        }
        Standing::Holds => note(ui, Icon::Check, view.palette.good, &said, Type::Body),
        _ => {
            text(ui, &said, Type::Body, view.palette.ink);
        }
    }
}

/// The standing, the figures, and where the face alone signs in.
pub(super) fn show(ui: &mut Ui, view: &View<'_>) -> Option<Action> {
    text(ui, &view.text("selftest-title"), Type::Heading, view.palette.ink);
    if let Some(found) = &view.operator.self_test {
        stands(ui, view, found);
        for line in figures(view, found) {
            text(ui, &line, Type::Small, view.palette.soft);
        }
    }
    text(ui, &view.text("selftest-what"), Type::Small, view.palette.soft);
    ui.add_space(GRID);
    let mut action = None;
    // Where nothing is looked for there is nothing to measure.
    if view.settings.liveness != LivenessLevel::Off {
        let begin = ("selftest-open", Weight::Secondary, Icon::Next);
        action = button(ui, view, begin, Action::SelfTest(SelfTestWish::Open));
    }
    ui.add_space(3.0 * GRID);
    let settings = view.settings;
    let key = |alone| match alone {
        FaceAlone::Always => "face-alone-always",
        FaceAlone::Tested => "face-alone-tested",
    };
    let chosen = choices(ui, view, "face-alone-title", &FaceAlone::ALL, settings.face_alone, |one| view.text(key(one)));
    let what = match settings.face_alone {
        FaceAlone::Always => "face-alone-always-what",
        FaceAlone::Tested => "face-alone-tested-what",
    };
    text(ui, &view.text(what), Type::Body, view.palette.ink);
    action.or(chosen.map(|face_alone| Action::Set(Settings { face_alone, ..settings.clone() })))
}

/// A line for each species, the worst first, and one for the people.
pub(in crate::ui) fn figures(view: &View<'_>, found: &SelfTestView) -> Vec<String> {
    let Some(test) = &found.test else { return vec![] };
    let mut lines = vec![];
    if let Some(at) = &found.counted_at {
        let (when, camera) = (view.words.moment(at), &test.conditions.camera);
        let camera = camera.mode.as_deref().or(camera.id.as_deref()).unwrap_or("?");
        lines.push(view.words.with("selftest-when", &[("when", Value::Text(&when)), ("camera", Value::Text(camera))]));
    }
    for (species, count) in test.worst_first() {
        let what = view.text(&species.key());
        if count.telling() == 0 {
            lines.push(view.words.with("selftest-figure-none", &[("what", Value::Text(&what))]));
            continue;
        }
        let values = [
            ("what", Value::Text(&what)),
            ("passed", Value::count(count.passed)),
            ("tried", Value::count(count.telling())),
            ("most", Value::Number(most(count.apcer()))),
        ];
        lines.push(view.words.with("selftest-figure", &values));
    }
    let all = test.bona_fide();
    let values = [
        ("people", Value::count(test.tried_people())),
        ("missed", Value::count(all.bpcer().hits)),
        ("tried", Value::count(all.all())),
        ("most", Value::Number(most(all.bpcer()))),
    ];
    lines.push(view.words.with("selftest-figure-people", &values));
    lines
}

/// The upper end of the interval in whole percent, never less than it is.
fn most(share: Proportion) -> i64 {
    (100.0 * share.interval().1).ceil() as i64
}
