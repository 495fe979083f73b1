//! The profile of whoever is signed in: to read, to change, to renew, to delete.

use egui::{Rect, Ui};

use super::details;
use super::icons::Icon;
use super::layout::{self, halves};
use super::lens::{Lens, Ring};
use super::theme::{GRID, Type};
use super::widgets::{APART, Button, FAR_APART, Weight, announced, buttons, fact, note, text};
use super::{Action, ProfileView, Value, View, back_button, result};
use crate::session::{Event, Form, Notice, Reason, SignedIn};

/// A screen that is lower than this has no room for three buttons below each other.
const LOW: f32 = 700.0;

fn is_low(ui: &Ui) -> bool {
    ui.ctx().content_rect().height() < LOW
}

pub(super) fn overview(
    ui: &mut Ui,
    place: Rect,
    view: &View<'_>,
    session: &SignedIn,
    notice: Option<Notice>,
) -> Option<Action> {
    // It is read from the disk a moment after the session was opened.
    let Some(profile) = view.profile else { return result::working(ui, place, view) };
    let halves = halves(place);
    let name = view.text("lens-done");
    let ring = if notice.is_none() { Ring::Good } else { Ring::Plain };
    Lens { picture: None, face: None, face_good: true, ring, icon: Some(Icon::Person), name: &name }.show(
        ui,
        halves.picture,
        view.palette,
    );
    let content = |ui: &mut Ui| {
        let greeting = view.words.with("profile-greeting", &[("name", Value::Text(profile.name.as_str()))]);
        announced(ui, &greeting, Type::Title, view.palette.ink);
        if let Some(notice) = notice {
            tell(ui, view, notice);
        }
        ui.add_space(GRID);
        fact(ui, view.palette, &view.text("field-email"), profile.email.as_str());
        let last = profile.last_sign_in.as_ref().map(|time| view.words.moment_in_short(time));
        let last = last.unwrap_or_else(|| view.text("profile-first-time"));
        // A low screen has no room for these beside a notice, and for the buttons.
        if notice.is_none() || !is_low(ui) {
            ui.columns_const(|[left, right]| {
                let enrolled = view.words.moment_in_short(&profile.enrolled_at);
                fact(left, view.palette, &view.text("profile-enrolled"), &enrolled);
                fact(right, view.palette, &view.text("profile-sign-in-before"), &last);
            });
        }
        ui.add_space(GRID);
        change(ui, view, profile)
    };
    // On a low screen the way out must not have to be scrolled to.
    let (changed, left) = layout::acting(ui, halves.words, "profile", content, |ui| sign_out(ui, view, session));
    changed.or(left.flatten()).map(Action::from)
}

/// What has just been done, or not.
fn tell(ui: &mut Ui, view: &View<'_>, notice: Notice) {
    let palette = view.palette;
    match notice {
        Notice::Saved => note(ui, Icon::Check, palette.good, &view.text("notice-saved"), Type::Body),
        Notice::PinSet => note(ui, Icon::Check, palette.good, &view.text("notice-pin-set"), Type::Body),
        Notice::Renewed => note(ui, Icon::Check, palette.good, &view.text("notice-renewed"), Type::Body),
        Notice::NotRenewed(Reason::NotRecognized) => {
            note(ui, Icon::Warning, palette.bad, &view.text("notice-other-face"), Type::Body);
        }
        Notice::NotRenewed(reason) => {
            let why = view.text(&format!("declined-{}", reason.code().replace('_', "-")));
            let words = view.words.with("notice-not-renewed", &[("why", Value::Text(&why))]);
            note(ui, Icon::Warning, palette.bad, &words, Type::Body);
        }
    }
}

/// What can be changed of an account.
fn change(ui: &mut Ui, view: &View<'_>, profile: &ProfileView) -> Option<Event> {
    let keys = ["action-edit", "action-renew", "action-set-pin", "action-history", "action-delete"];
    let labels = keys.map(|key| view.text(key));
    let ways = [
        (Icon::Pencil, Weight::Secondary, Event::EditRequested(Form::filled(&profile.name, &profile.email))),
        (Icon::Again, Weight::Secondary, Event::RenewalRequested),
        (Icon::Keys, Weight::Secondary, Event::PinChangeRequested),
        (Icon::Clock, Weight::Secondary, Event::HistoryRequested),
        (Icon::Trash, Weight::Danger, Event::RemovalRequested),
    ];
    // Of one width, since they stand below each other; on a low screen without their signs, so that two have room in a row.
    let low = is_low(ui);
    let named = |label, icon, weight| {
        let button = Button::new(label, weight);
        if low { button } else { button.icon(icon) }
    };
    let widest = labels.iter().map(|label| named(label, Icon::Pencil, Weight::Secondary).measure(ui)).reduce(f32::max);
    let alike = widest.filter(|_| !low);
    let mut asked = None;
    buttons(ui, if low { GRID } else { APART }, |ui| {
        for (label, (icon, weight, event)) in labels.iter().zip(ways) {
            let button = named(label, icon, weight);
            let button = if let Some(width) = alike { button.width(width) } else { button };
            if button.show(ui, view.palette).clicked() {
                asked = Some(event);
            }
        }
    });
    asked
}

/// The way out, and how long the session lasts without it.
fn sign_out(ui: &mut Ui, view: &View<'_>, session: &SignedIn) -> Option<Event> {
    let label = view.text("action-sign-out");
    let pressed = Button::new(&label, Weight::Primary).icon(Icon::Leave).show(ui, view.palette).clicked();
    // Said by a screen reader when it is reached, not at each second.
    let left = view.words.countdown(session.until.saturating_sub(view.now).as_secs());
    let ends = view.words.with("profile-session", &[("time", Value::Text(&left))]);
    text(ui, &ends, Type::Small, view.palette.soft);
    pressed.then_some(Event::Canceled)
}

pub(super) fn editing(ui: &mut Ui, place: Rect, view: &View<'_>, form: &Form, cramped: bool) -> Option<Action> {
    let action = back_button(ui, place, view, Event::WentBack);
    let column = layout::column(layout::below_back(place), if cramped { 1000.0 } else { 620.0 });
    let content = |ui: &mut Ui| {
        if !cramped || column.height() > 280.0 {
            text(ui, &view.text("edit-title"), Type::Title, view.palette.ink);
        }
        if !cramped {
            ui.add_space(GRID);
        }
        details::fields(ui, view, form, cramped)
    };
    let actions = |ui: &mut Ui| {
        let (save, leave) = (view.text("action-save"), view.text("action-discard"));
        let mut pressed = None;
        buttons(ui, APART, |ui| {
            if Button::new(&save, Weight::Primary).icon(Icon::Check).show(ui, view.palette).clicked() {
                details::seek_mistake(ui, form);
                pressed = Some(Event::Submitted.into());
            }
            if Button::new(&leave, Weight::Secondary).show(ui, view.palette).clicked() {
                pressed = Some(Event::WentBack.into());
            }
        });
        pressed
    };
    action.or(details::form_with_actions(ui, column, "edit", cramped, content, actions))
}

pub(super) fn confirm_removal(ui: &mut Ui, place: Rect, view: &View<'_>) -> Option<Action> {
    let [title, what, back, deed] =
        ["delete-title", "delete-what", "action-keep", "action-delete-for-good"].map(|key| view.text(key));
    let question = Question { id: "confirm removal", title, who: None, what, back, deed, icon: Icon::Trash };
    removal(question.show(ui, place, view))
}

/// What was answered to the question whether somebody is to be removed.
pub(super) fn removal((keep, delete): (bool, bool)) -> Option<Action> {
    keep.then_some(Event::WentBack).or(delete.then_some(Event::RemovalConfirmed)).map(Action::from)
}

/// Whether something is really to be done that cannot be undone.
pub(super) struct Question<'a> {
    /// Tells this question from others.
    pub id: &'a str,
    pub title: String,
    /// Of whom or what it is asked, where the title does not say all of it.
    pub who: Option<&'a str>,
    /// What will be.
    pub what: String,
    /// The way back.
    pub back: String,
    pub deed: String,
    pub icon: Icon,
}

impl Question<'_> {
    /// Shows it; whether the way back was pressed, and whether the deed was.
    pub(super) fn show(&self, ui: &mut Ui, place: Rect, view: &View<'_>) -> (bool, bool) {
        let content = |ui: &mut Ui| {
            announced(ui, &self.title, Type::Title, view.palette.ink);
            if let Some(who) = self.who {
                text(ui, who, Type::Body, view.palette.soft);
            }
            ui.add_space(GRID);
            text(ui, &self.what, Type::Body, view.palette.ink);
            (false, false)
        };
        let actions = |ui: &mut Ui| {
            buttons(ui, FAR_APART, |ui| {
                let back = Button::new(&self.back, Weight::Primary).show(ui, view.palette).clicked();
                let deed = Button::new(&self.deed, Weight::Danger).icon(self.icon).show(ui, view.palette).clicked();
                (back, deed)
            })
        };
        layout::acting(ui, layout::column(place, 640.0), self.id, content, actions).1.unwrap_or_default()
    }
}
