//! Whether and where the on-screen keyboard is shown, and which text its keys go to.

use egui::{Id, Rect, Stroke, Ui, UiBuilder};

use super::details::{email_field, name_field};
use super::keyboard::{Keyboard, Layout, Output, Palette, Purpose, Request, Words, before_cursor, type_into};
use super::theme::GRID;
use super::{Action, Value, View, form_shown as form, operator};
use crate::session::{Event, Form, State};
use crate::settings::{KeyboardUse, Language};

/// What is remembered of how the person types.
#[derive(Default)]
pub(super) struct Typing {
    keyboard: Keyboard,
    touched: bool,
    field: Option<Id>,
}

impl Typing {
    /// Looks at how the person types, and into what.
    pub(super) fn begin(&mut self, ui: &Ui, view: &View<'_>) {
        ui.input(|input| {
            for event in &input.events {
                match event {
                    egui::Event::Touch { .. } => self.touched = true,
                    egui::Event::Key { pressed: true, .. } => self.touched = false,
                    _ => {}
                }
            }
        });
        let wanted = match view.settings.keyboard {
            KeyboardUse::Auto => self.touched,
            KeyboardUse::Always => true,
            KeyboardUse::Never => false,
        };
        let focused = ui.memory(|memory| memory.focused());
        let ours = |id: &Id| fields(view).contains(id);
        // A key of the keyboard may have the focus, by a screen reader: the field keeps it in mind.
        let kept = self.field.filter(|field| focused.is_some() && ours(field));
        self.field = if wanted { focused.filter(ours).or(kept) } else { None };
    }

    /// Another screen, perhaps another person: what was set or half typed on the keyboard is not theirs.
    pub(super) fn forget(&mut self) {
        self.keyboard = Keyboard::default();
    }

    /// Whether the keyboard is shown.
    pub(super) fn is_open(&self) -> bool {
        self.field.is_some()
    }

    /// How much of the screen it takes from below.
    pub(super) fn height(&self, screen: Rect) -> f32 {
        if self.is_open() { Keyboard::height(screen.width()) + 2.0 * GRID } else { 0.0 }
    }

    /// Shows it, and puts what is typed where it belongs.
    pub(super) fn show(
        &mut self,
        ui: &mut Ui,
        screen: Rect,
        view: &View<'_>,
        operator: &mut operator::Memory,
    ) -> Option<Action> {
        let field = self.field?;
        let filled = form(view);
        let mut text = match filled {
            Some(form) if field == name_field() => form.name.clone(),
            Some(form) => form.email.clone(),
            None => operator.text(field)?.clone(),
        };
        let rect = Rect::from_min_max(egui::pos2(screen.left(), screen.bottom() - self.height(screen)), screen.max);
        ui.painter().rect_filled(rect, 0, view.palette.background);
        ui.painter().hline(rect.x_range(), rect.top(), Stroke::new(1.0, view.palette.hairline));
        let inner = Rect::from_min_max(egui::pos2(rect.left(), rect.top() + GRID), rect.max);
        let builder = UiBuilder::new().id_salt("keyboard").max_rect(inner);
        let output = ui.scope_builder(builder, |ui| self.keyboard(ui, view, field, &text)).inner?;
        if let Output::Enter | Output::Hide = output {
            return self.leave(ui, &output, field, filled);
        }
        type_into(ui.ctx(), field, &mut text, &output);
        match filled {
            Some(form) if field == name_field() => Some(Event::FormChanged(Form { name: text, ..form.clone() }).into()),
            Some(form) => Some(Event::FormChanged(Form { email: text, ..form.clone() }).into()),
            None => {
                *operator.text(field)? = text;
                Some(Event::Touched.into())
            }
        }
    }

    fn keyboard(&mut self, ui: &mut Ui, view: &View<'_>, field: Id, text: &str) -> Option<Output> {
        let keys =
            ["keyboard", "shift", "caps-lock", "backspace", "space", "hide", "symbols", "letters", "left", "right"];
        let [keyboard, shift, caps_lock, backspace, space, hide, symbols, letters, left, right] =
            keys.map(|key| view.text(&format!("key-{key}")));
        let accents = |letter: &str| view.words.with("key-accents", &[("letter", Value::Text(letter))]);
        let words = Words {
            keyboard: &keyboard,
            shift: &shift,
            caps_lock: &caps_lock,
            backspace: &backspace,
            space: &space,
            hide: &hide,
            symbols: &symbols,
            letters: &letters,
            left: &left,
            right: &right,
            accents: &accents,
        };
        let p = view.palette;
        let palette = Palette {
            key: p.surface,
            key_text: p.ink,
            control: p.background,
            control_text: p.ink,
            pressed: p.accent,
            pressed_text: p.on_accent,
            enter: p.accent,
            enter_text: p.on_accent,
            outline: p.line,
            popup: p.hairline,
        };
        let before = before_cursor(ui.ctx(), field, text).to_owned();
        let next = view.text(enter_key(view, field));
        let request = Request {
            layout: match view.words.language() {
                Language::English => Layout::English,
                Language::Spanish => Layout::Spanish,
            },
            purpose: if field == email_field() { Purpose::Email } else { Purpose::Name },
            before_cursor: &before,
            enter: &next,
            words: &words,
            palette,
        };
        self.keyboard.show(ui, &request)
    }

    /// The field is done with.
    fn leave(&mut self, ui: &Ui, output: &Output, field: Id, form: Option<&Form>) -> Option<Action> {
        let done = *output == Output::Enter;
        match form {
            Some(form) if done && field == name_field() && form.email().is_err() => {
                ui.memory_mut(|memory| memory.request_focus(email_field()));
                Some(Event::Touched.into())
            }
            _ => {
                ui.memory_mut(|memory| memory.surrender_focus(field));
                self.field = None;
                Some(if done && form.is_some() { Event::Submitted } else { Event::Touched }.into())
            }
        }
    }
}

/// The key of what Enter is called: it says what it does.
fn enter_key(view: &View<'_>, field: Id) -> &'static str {
    match (form(view), view.kiosk.state()) {
        (None, _) => "key-done",
        (Some(form), _) if field == name_field() && form.email().is_err() => "key-enter",
        (Some(_), State::SignedIn(_)) => "action-save",
        (Some(_), _) => "key-enter",
    }
}

/// The fields that are shown.
fn fields(view: &View<'_>) -> Vec<Id> {
    match view.kiosk.state() {
        _ if view.failure.is_some() => vec![],
        State::Operator { page, removing: None, .. } => operator::field(*page).into_iter().collect(),
        _ if form(view).is_some() => vec![name_field(), email_field()],
        _ => vec![],
    }
}
