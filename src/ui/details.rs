//! Register, step 1: name and address.

use egui::{Id, Key, Rect, Ui};

use super::icons::Icon;
use super::layout;
use super::theme::{GRID, Type};
use super::widgets::{APART, Button, Field, Weight, buttons, note, text};
use super::{Action, View, back_button};
use crate::person::PersonError;
use crate::session::{Event, Form, Reason, State};

/// Forms above the keyboard that are lower than this have no room for buttons.
const CRAMPED: f32 = 260.0;

/// The name field.
pub(super) fn name_field() -> Id {
    Id::unique("field name")
}

/// The address field.
pub(super) fn email_field() -> Id {
    Id::unique("field email")
}

pub(super) fn show(ui: &mut Ui, place: Rect, view: &View<'_>, form: &Form, cramped: bool) -> Option<Action> {
    let action = back_button(ui, place, view, Event::Canceled);
    let column = layout::column(layout::below_back(place), if cramped { 1000.0 } else { 620.0 });
    // Where it would push something out of sight, what is not needed gives way.
    let told = form.refused.is_some() || form.name_error().is_some() || form.email_error().is_some();
    let content = |ui: &mut Ui| {
        if !cramped && (!told || column.height() > 430.0) {
            text(ui, &view.text("register-step-1"), Type::Small, view.palette.soft);
        }
        if !cramped || column.height() > 280.0 {
            text(ui, &view.text("register-title"), Type::Title, view.palette.ink);
        }
        if !cramped && column.height() > if told { 540.0 } else { 430.0 } {
            text(ui, &view.text("register-why"), Type::Body, view.palette.soft);
            ui.add_space(GRID);
        }
        fields(ui, view, form, cramped)
    };
    let actions = |ui: &mut Ui| {
        let next = view.text("action-next");
        let mut pressed = None;
        buttons(ui, APART, |ui| {
            if Button::new(&next, Weight::Primary).show(ui, view.palette).clicked() {
                seek_mistake(ui, form);
                pressed = Some(Event::Submitted.into());
            }
            let sign_in = view.text("action-sign-in");
            if form.refused == Some(Reason::EmailTaken)
                && Button::new(&sign_in, Weight::Secondary).icon(Icon::Face).show(ui, view.palette).clicked()
            {
                pressed = Some(Event::SignInRequested.into());
            }
        });
        pressed
    };
    action.or(form_with_actions(ui, column, "details", cramped, content, actions))
}

/// A form and what can be done with it. Above the keyboard it stands at the top, and where there is no room for
/// both, the keyboard's own Enter does what the first button would.
pub(super) fn form_with_actions(
    ui: &mut Ui,
    column: Rect,
    id: &str,
    cramped: bool,
    content: impl FnOnce(&mut Ui) -> Option<Action>,
    actions: impl FnOnce(&mut Ui) -> Option<Action>,
) -> Option<Action> {
    let (typed, pressed) = if cramped {
        let fits = column.height() >= CRAMPED;
        layout::acting_at_top(ui, column, id, content, fits.then_some(actions))
    } else {
        layout::acting(ui, column, id, content, actions)
    };
    typed.or(pressed.flatten())
}

/// Both fields with what is wrong beside them: what was typed, or that it is meant.
/// A key of the on-screen keyboard (`by_screen`) takes the focus for a moment, and has not left the field.
pub(super) fn fields(ui: &mut Ui, view: &View<'_>, form: &Form, by_screen: bool) -> Option<Action> {
    let mut typed = form.clone();
    let name_error = form.name_error().map(|error| view.text(error_key(error)));
    let taken = form.refused.filter(|reason| *reason == Reason::EmailTaken);
    let signed_in = matches!(view.kiosk.state(), State::SignedIn(_));
    let refusal = |reason| refusal_key(reason, signed_in);
    let email_error = form.email_error().map(error_key).or(taken.map(refusal)).map(|key| view.text(key));
    let labels = ["field-name", "field-name-hint", "field-email", "field-email-hint"].map(|key| view.text(key));
    let [name_label, name_hint, email_label, email_hint] = &labels;
    let name = Field {
        id: name_field(),
        label: name_label,
        hint: name_hint,
        error: name_error.as_deref(),
        good: form.name().is_ok(),
        first: taken.is_none(),
    };
    let email = Field {
        id: email_field(),
        label: email_label,
        hint: email_hint,
        error: email_error.as_deref(),
        good: form.email().is_ok() && taken.is_none(),
        first: true,
    };
    // Side by side above the keyboard, which leaves little height.
    ui.spacing_mut().item_spacing.x = 3.0 * GRID;
    let (name_response, email_response) = if ui.available_width() > 700.0 {
        let both = ui.columns_const(|[left, right]| {
            let name = name.show(left, view.palette, &mut typed.name);
            (name, email.show(right, view.palette, &mut typed.email))
        });
        ui.add_space(GRID / 2.0);
        both
    } else {
        let name = name.show(ui, view.palette, &mut typed.name);
        ui.add_space(GRID / 2.0);
        (name, email.show(ui, view.palette, &mut typed.email))
    };
    if let Some(reason) = form.refused.filter(|_| taken.is_none()) {
        note(ui, Icon::Warning, view.palette.bad, &view.text(refusal(reason)), Type::Body);
    }
    // Enter says to be done, which tells more.
    let entered = ui.input(|input| input.key_pressed(Key::Enter));
    let left = if by_screen { name_response.gained_focus() } else { email_response.lost_focus() && !entered };
    typed.email_left |= left && form.email() == Err(PersonError::EmailMalformed);
    if typed != *form {
        return Some(Event::FormChanged(typed).into());
    }
    // Enter leads from the name to an address that is still to be written, and on from there.
    if entered && name_response.lost_focus() && form.email().is_err() {
        ui.memory_mut(|memory| memory.request_focus(email_field()));
        return None;
    }
    let submitted = entered && (name_response.lost_focus() || email_response.lost_focus());
    if submitted {
        seek_mistake(ui, form);
    }
    submitted.then(|| Event::Submitted.into())
}

/// Leads whoever is done to the first field that is not right: with Enter the focus has left them all.
pub(super) fn seek_mistake(ui: &Ui, form: &Form) {
    let wrong = if form.name().is_err() { name_field() } else { email_field() };
    if form.person().is_none() || form.refused == Some(Reason::EmailTaken) {
        ui.memory_mut(|memory| memory.request_focus(wrong));
    }
}

pub(super) fn error_key(error: PersonError) -> &'static str {
    match error {
        PersonError::NameEmpty => "error-name-empty",
        PersonError::NameTooLong { .. } => "error-name-too-long",
        PersonError::NameControlCharacter => "error-name-control-character",
        PersonError::EmailEmpty => "error-email-empty",
        PersonError::EmailTooLong { .. } | PersonError::EmailPartTooLong => "error-email-too-long",
        PersonError::EmailMalformed => "error-email-malformed",
    }
}

/// Whoever is signed in is not asked to sign in.
fn refusal_key(reason: Reason, signed_in: bool) -> &'static str {
    match reason {
        Reason::EmailTaken if signed_in => "refused-email-of-another",
        Reason::EmailTaken => "refused-email-taken",
        _ => "refused-other",
    }
}
