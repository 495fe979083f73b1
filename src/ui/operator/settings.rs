//! By what is decided, and how the kiosk looks and speaks.

use egui::{Id, Key, Rect, Ui, UiBuilder, vec2};

use super::super::icons::Icon;
use super::super::layout;
use super::super::theme::{GRID, TARGET, Type};
use super::super::widgets::{Button, Field, Weight, note, text};
use super::super::{Action, Value, View};
use super::{PAGE, choices, self_test};
use crate::session::retention::MOST_DAYS;
use crate::session::{EnrollmentBy, EnrollmentLiveness, Event, Guard, LivenessLevel, Means, State, Strictness};
use crate::settings::{Appearance, KeyboardUse, Language, MAX_PLACE_CHARS, Settings};

/// How many times as long as usual people can be given.
const PATIENCE: [u32; 4] = [1, 2, 5, 10];

/// For so many days people can be kept who do not come any more.
const KEPT: [u32; 3] = [90, 365, MOST_DAYS];

/// The field for the place's name.
pub(super) fn place_field() -> Id {
    Id::unique("field place")
}

pub(super) fn decisions(ui: &mut Ui, place: Rect, view: &View<'_>) -> Option<Action> {
    let settings = view.settings;
    let mut action = None;
    layout::top(ui, layout::from_left(place), "decisions", |ui| {
        ui.set_max_width(PAGE.min(ui.available_width()));
        let key = |strictness| match strictness {
            Strictness::Lenient => "strictness-lenient",
            Strictness::Standard => "strictness-standard",
            Strictness::Strict => "strictness-strict",
        };
        let label = |strictness| view.text(key(strictness));
        let chosen = settings.strictness.unwrap_or_default();
        if let Some(strictness) = choices(ui, view, "strictness-title", &Strictness::ALL, chosen, label) {
            action = Some(Action::Set(Settings { strictness: Some(strictness), ..settings.clone() }));
        }
        text(ui, &view.text(&format!("{}-what", key(chosen))), Type::Body, view.palette.ink);
        // The stranger is compared with everybody, and each comparison can go wrong.
        let enrolled = view.operator.enrolled;
        let promise = [
            ("enrolled", Value::count(enrolled)),
            ("strangers", Value::Number(view.policy.false_accept_one_in.into())),
            ("people", Value::Number(view.policy.false_reject_one_in(enrolled).into())),
        ];
        text(ui, &view.words.with("strictness-promise", &promise), Type::Body, view.palette.ink);
        let threshold = view.words.decimal(view.policy.threshold(enrolled));
        let margin = view.words.decimal(view.policy.ambiguity_margin);
        let enrolled = Value::count(enrolled);
        let sentence = view.words.with(
            "strictness-figures",
            &[("threshold", Value::Text(&threshold)), ("margin", Value::Text(&margin)), ("enrolled", enrolled)],
        );
        text(ui, &sentence, Type::Small, view.palette.soft);
        ui.add_space(3.0 * GRID);
        let label = |means| {
            view.text(match means {
                Means::Face => "means-face",
                Means::FaceAndPin => "means-both",
                Means::Pin => "means-pin",
            })
        };
        if let Some(sign_in) = choices(ui, view, "means-title", &Means::ALL, settings.sign_in, label) {
            action = Some(Action::Set(Settings { sign_in, ..settings.clone() }));
        }
        let what = match settings.sign_in {
            Means::Face => "means-face-what",
            Means::FaceAndPin => "means-both-what",
            Means::Pin => "means-pin-what",
        };
        text(ui, &view.text(what), Type::Body, view.palette.ink);
        let without = view.operator.shut_out;
        if view.policy.wants_pin() && without > 0 {
            let warning = view.words.with("means-without-pin", &[("count", Value::count(without))]);
            note(ui, Icon::Warning, view.palette.bad, &warning, Type::Body);
        }
        ui.add_space(3.0 * GRID);
        if settings.sign_in != Means::Pin {
            if let Some(chosen) = liveness(ui, view) {
                action = Some(chosen);
            }
            ui.add_space(3.0 * GRID);
            if let Some(chosen) = self_test::show(ui, view) {
                action = Some(chosen);
            }
            ui.add_space(3.0 * GRID);
        }
        if let Some(chosen) = guards(ui, view) {
            action = Some(chosen);
        }
        ui.add_space(3.0 * GRID);
        let label = |by| {
            view.text(match by {
                EnrollmentBy::Anybody => "enrollment-anybody",
                EnrollmentBy::Operator => "enrollment-operator",
            })
        };
        if let Some(enrollment) = choices(ui, view, "enrollment-title", &EnrollmentBy::ALL, settings.enrollment, label)
        {
            action = Some(Action::Set(Settings { enrollment, ..settings.clone() }));
        }
        text(ui, &view.text("enrollment-what"), Type::Small, view.palette.soft);
        ui.add_space(2.0 * GRID);
        if let Some(chosen) = enrollment_liveness(ui, view) {
            action = Some(chosen);
        }
        ui.add_space(3.0 * GRID);
        let label = |patience: u32| view.words.with("patience-times", &[("times", Value::Number(patience.into()))]);
        if let Some(patience) = choices(ui, view, "patience-title", &PATIENCE, settings.patience, label) {
            action = Some(Action::Set(Settings { patience, ..settings.clone() }));
        }
        text(ui, &view.text("patience-what"), Type::Small, view.palette.soft);
        ui.add_space(3.0 * GRID);
        let label = |days: u32| view.words.with("keep-days", &[("days", Value::Number(days.into()))]);
        if let Some(keep_days) = choices(ui, view, "keep-title", &KEPT, settings.keep_days, label) {
            action = Some(Action::Set(Settings { keep_days, ..settings.clone() }));
        }
        text(ui, &view.text("keep-what"), Type::Small, view.palette.soft);
        ui.add_space(3.0 * GRID);
        text(ui, &view.text("look-alike-title"), Type::Heading, view.palette.ink);
        text(ui, &view.text("look-alike-what"), Type::Body, view.palette.ink);
        ui.add_space(GRID);
        let register = view.text("look-alike-register");
        if Button::new(&register, Weight::Secondary).icon(Icon::PersonAdd).show(ui, view.palette).clicked() {
            action = Some(Event::LookAlikeRegistered.into());
        }
    });
    action
}

/// What is given before each thing that somebody who is signed in can do with the account.
fn guards(ui: &mut Ui, view: &View<'_>) -> Option<Action> {
    let (settings, chosen) = (view.settings, view.settings.guards());
    let label = |given| {
        view.text(match given {
            Guard::AsSignedIn => "changes-as-signed-in",
            Guard::WithPin => "changes-with-pin",
        })
    };
    let mut set = None;
    if let Some(changes) = choices(ui, view, "changes-title", &Guard::ALL, chosen.changes, label) {
        // How accounts are deleted stays what it was.
        set = Some(Settings { changes, removal: Some(chosen.removal), ..settings.clone() });
    }
    let what = match chosen.changes {
        Guard::AsSignedIn => "changes-as-signed-in-what",
        Guard::WithPin => "changes-with-pin-what",
    };
    text(ui, &view.text(what), Type::Body, view.palette.ink);
    ui.add_space(2.0 * GRID);
    if let Some(removal) = choices(ui, view, "removal-guard-title", &Guard::ALL, chosen.removal, label) {
        set = Some(Settings { removal: Some(removal), ..settings.clone() });
    }
    ui.add_space(2.0 * GRID);
    if let Some(history) = choices(ui, view, "history-guard-title", &Guard::ALL, chosen.history, label) {
        set = Some(Settings { history, ..settings.clone() });
    }
    set.map(Action::Set)
}

/// What signs of life are asked for, and what may be said of each level, and what not.
fn liveness(ui: &mut Ui, view: &View<'_>) -> Option<Action> {
    let settings = view.settings;
    let key = |level| match level {
        LivenessLevel::Off => "liveness-off",
        LivenessLevel::Passive => "liveness-passive",
        LivenessLevel::Active => "liveness-active",
        LivenessLevel::ActiveWithPin => "liveness-active-with-pin",
    };
    let label = |level| view.text(key(level));
    let chosen = choices(ui, view, "liveness-title", &LivenessLevel::ALL, settings.liveness, label);
    text(ui, &view.text(&format!("{}-what", key(settings.liveness))), Type::Body, view.palette.ink);
    chosen.map(|liveness| Action::Set(Settings { liveness, ..settings.clone() }))
}

/// The same where a face is enrolled or taken anew.
fn enrollment_liveness(ui: &mut Ui, view: &View<'_>) -> Option<Action> {
    let settings = view.settings;
    let label = |level| {
        view.text(match level {
            EnrollmentLiveness::Off => "liveness-off",
            EnrollmentLiveness::Passive => "liveness-passive",
        })
    };
    let all = EnrollmentLiveness::ALL;
    let chosen = choices(ui, view, "enrollment-liveness-title", &all, settings.enrollment_liveness, label);
    let what = match settings.enrollment_liveness {
        EnrollmentLiveness::Off => "enrollment-liveness-off-what",
        EnrollmentLiveness::Passive => "enrollment-liveness-passive-what",
    };
    text(ui, &view.text(what), Type::Small, view.palette.soft);
    chosen.map(|enrollment_liveness| Action::Set(Settings { enrollment_liveness, ..settings.clone() }))
}

pub(super) fn place(ui: &mut Ui, place: Rect, view: &View<'_>, draft: &mut Option<String>) -> Option<Action> {
    let settings = view.settings;
    let mut set = None;
    layout::top(ui, layout::from_left(place), "place", |ui| {
        ui.set_max_width(PAGE.min(ui.available_width()));
        let typed = draft.get_or_insert_with(|| settings.place.clone());
        let (label, hint) = (view.text("place-name"), view.text("place-name-hint"));
        let id = place_field();
        let field = Field { id, label: &label, hint: &hint, error: None, good: false, first: true };
        let save = view.text("action-save");
        let save = Button::new(&save, Weight::Primary);
        // The button stands at the end of the field.
        let apart = save.measure(ui) + 2.0 * GRID;
        let mut room = ui.available_rect_before_wrap();
        room.max.x -= apart;
        let shown = ui
            .scope_builder(UiBuilder::new().id_salt("place").max_rect(room), |ui| field.show(ui, view.palette, typed));
        let response = shown.inner;
        *typed = typed.chars().filter(|c| !c.is_control()).take(MAX_PLACE_CHARS).collect();
        let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        let changed = with_place(settings, typed);
        let end = shown.response.rect.right_bottom() + vec2(2.0 * GRID, -TARGET);
        let beside = Rect::from_min_size(end, vec2(apart - 2.0 * GRID, TARGET));
        let pressed = ui
            .scope_builder(UiBuilder::new().id_salt("save").max_rect(beside), |ui| {
                save.enabled(changed.is_some()).show(ui, view.palette).clicked()
            })
            .inner;
        if pressed || entered {
            set = changed;
        }
        ui.add_space(2.0 * GRID);

        let all: Vec<_> = std::iter::once(None).chain(Language::ALL.map(Some)).collect();
        let label = |language: Option<Language>| {
            language.map_or_else(|| view.text("language-system"), |language| language.own_name().to_owned())
        };
        if let Some(language) = choices(ui, view, "language-title", &all, settings.language, label) {
            set = Some(Action::Set(Settings { language, ..settings.clone() }));
        }
        let label = |appearance| {
            view.text(match appearance {
                Appearance::Light => "appearance-light",
                Appearance::Dark => "appearance-dark",
                Appearance::Contrast => "appearance-contrast",
            })
        };
        if let Some(appearance) = choices(ui, view, "appearance-title", &Appearance::ALL, settings.appearance, label) {
            set = Some(Action::Set(Settings { appearance, ..settings.clone() }));
        }
        let label = |keyboard| {
            view.text(match keyboard {
                KeyboardUse::Auto => "keyboard-auto",
                KeyboardUse::Always => "keyboard-always",
                KeyboardUse::Never => "keyboard-never",
            })
        };
        if let Some(keyboard) = choices(ui, view, "keyboard-title", &KeyboardUse::ALL, settings.keyboard, label) {
            set = Some(Action::Set(Settings { keyboard, ..settings.clone() }));
        }
        ui.add_space(2.0 * GRID);
        if matches!(view.kiosk.state(), State::Operator { pin_changed: true, .. }) {
            note(ui, Icon::Check, view.palette.good, &view.text("place-pin-changed"), Type::Body);
        }
        let change = view.text("place-change-pin");
        if Button::new(&change, Weight::Secondary).icon(Icon::Keys).show(ui, view.palette).clicked() {
            set = Some(Event::PinChangeRequested.into());
        }
    });
    set
}

/// Sets the name of the place, where it is another one.
pub(super) fn with_place(settings: &Settings, typed: &str) -> Option<Action> {
    let place = typed.trim();
    (place != settings.place).then(|| Action::Set(Settings { place: place.to_owned(), ..settings.clone() }))
}
