//! Pure screens: each is shown a [`View`] and answers with what the person asked for. Nothing happens here.

mod capture;
mod challenge;
mod consent;
mod details;
mod history;
mod home;
mod icons;
pub mod keyboard;
mod layout;
mod lens;
mod operator;
mod overlay;
mod pin;
mod presses;
mod profile;
mod result;
mod self_test;
mod sign_in;
mod standing;
pub mod theme;
mod typing;
mod widgets;
mod words;

use std::time::Duration;

use egui::{Key, Modifiers, Rect, Ui};
use jiff::civil::DateTime;

use crate::biometrics::{Finding, Observation};
use crate::camera::Trouble;
use crate::person::{EmailAddress, PersonName};
use crate::session::{Event, Form, Kiosk, OperatorPage, Policy, ProfilePage, State};
use crate::settings::{ConsentText, Language, Settings};

pub use lens::Picture;
pub use operator::{CameraView, HealthLine, ListedPerson, SelfTestView};
pub use self_test::{BeforeCamera, LedView, SelfTestWish, self_test_step};
pub use standing::standing;
pub use theme::Palette;
pub use words::{Message, Value, Words};

/// Everything that is shown.
pub struct View<'a> {
    /// Where the kiosk stands.
    pub kiosk: &'a Kiosk,
    /// What is decided by.
    pub policy: &'a Policy,
    /// Now, on the monotonic clock.
    pub now: Duration,
    /// Now, on the wall.
    pub time: &'a DateTime,
    /// The texts.
    pub words: &'a Words,
    /// The colors.
    pub palette: &'a Palette,
    /// What the operator has set.
    pub settings: &'a Settings,
    /// What people agree to.
    pub consent: &'a ConsentText,
    /// The camera's picture.
    pub picture: Option<Picture>,
    /// What was seen in it.
    pub observation: Option<&'a Observation>,
    /// The open profile.
    pub profile: Option<&'a ProfileView>,
    /// What only the operator sees.
    pub operator: &'a OperatorView,
    /// What stands before the played camera, in the demo.
    pub demo: Option<DemoView<'a>>,
    /// The machine is not well: what is to be told to whoever looks after it.
    pub failure: Option<&'a Message>,
}

/// What stands before the demo's camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemoView<'a> {
    /// The key of its name.
    pub who: &'a str,
    /// Whether it is a head, or a picture of one, that does what the kiosk asks for.
    pub acts: bool,
}

/// An open profile.
#[derive(Clone, PartialEq)]
pub struct ProfileView {
    /// The account's name.
    pub name: PersonName,
    /// Its address.
    pub email: EmailAddress,
    /// When it was made.
    pub enrolled_at: DateTime,
    /// The last sign-in.
    pub last_sign_in: Option<DateTime>,
    /// What happened to it, the newest first; filled while it is looked at.
    pub history: Vec<HistoryLine>,
}

/// Something that happened to an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryLine {
    /// When.
    pub at: DateTime,
    /// The key of its text.
    pub key: &'static str,
    /// Whether somebody else may have been at it.
    pub odd: bool,
}

/// What only the operator sees.
#[derive(Default)]
pub struct OperatorView {
    /// Who is enrolled.
    pub people: Vec<ListedPerson>,
    /// The cameras that can be chosen.
    pub cameras: Vec<CameraView>,
    /// How the open camera does: name and value of each figure.
    pub camera_status: Option<String>,
    /// What is well and what is not, once it was looked at.
    pub health: Option<Vec<HealthLine>>,
    /// Whether cameras or health are still being looked up.
    pub looking: bool,
    /// How many references are searched.
    pub enrolled: usize,
    /// How many people have no PIN.
    pub shut_out: usize,
    /// What was measured of the signs of life at the level that is set.
    pub self_test: Option<SelfTestView>,
    /// The self-test that is led, while one is.
    pub led: Option<LedView>,
}

/// What the person asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Something that the session decides about.
    Session(Event),
    /// Another language, until the kiosk is at home again.
    Speak(Language),
    /// The operator changed something.
    Set(Settings),
    /// The demo's camera is to see the next person.
    NextPerson,
    /// The demo's camera is to see heads that move, and attacks; or portraits again.
    OtherVisitors,
    /// The trouble was read.
    Dismiss,
    /// The operator leads a self-test.
    SelfTest(SelfTestWish),
    /// The operator ends the program.
    Quit,
}

impl From<Event> for Action {
    fn from(event: Event) -> Self {
        Self::Session(event)
    }
}

/// What the screens remember between two frames: nothing of a visitor, and of an operator what is being typed.
#[derive(Default)]
pub struct Screens {
    operator: operator::Memory,
    typing: typing::Typing,
    shown: Option<Shown>,
    by_keys: bool,
    refused: bool,
}

impl Screens {
    /// As when the operator presses the button that ends the program, on the page Health.
    pub fn ask_whether_to_end(&mut self) {
        self.operator.ask_whether_to_end();
    }

    /// Shows the screen of the state, and what lies over it.
    pub fn show(&mut self, ui: &mut Ui, view: &View<'_>) -> Option<Action> {
        let screen = ui.max_rect();
        ui.painter().rect_filled(screen, 0, view.palette.background);
        self.offer_focus(ui, view);
        self.typing.begin(ui, view);
        let bottom = overlay::reserved(view);
        let keyboard = self.typing.height(screen);
        let place = Rect::from_min_max(screen.min, egui::pos2(screen.right(), screen.bottom() - bottom.max(keyboard)));
        let mut action = self.screen(ui, layout::safe(screen, place), view);
        action = action.or(self.typing.show(ui, screen, view, &mut self.operator));
        // Drawn last: what asks whether anybody is there must not be hidden by a popup of the keyboard.
        action = action.or(overlay::show(ui, screen, view, keyboard));
        action.or_else(|| self.escape(ui, view)).or_else(|| self.operator.leave(view))
    }

    fn screen(&mut self, ui: &mut Ui, place: Rect, view: &View<'_>) -> Option<Action> {
        if let Some(failure) = view.failure {
            return result::failure(ui, place, view, failure);
        }
        match view.kiosk.state() {
            State::Home => home::show(ui, place, view),
            State::Details(form) | State::CheckingAddress(form) => {
                details::show(ui, place, view, form, self.typing.is_open())
            }
            State::Consenting(_) => consent::before(ui, place, view),
            State::PinAddress(form) => pin::address(ui, place, view, form, self.typing.is_open()),
            State::Pin(entry) => pin::show(ui, place, view, entry),
            State::Enrolling(enrolling) => capture::show(ui, place, view, enrolling),
            State::Reviewing { purpose, enrollment } => capture::review(ui, place, view, purpose, enrollment),
            State::Identifying(identifying) => sign_in::show(ui, place, view, identifying),
            State::Challenging(challenging) => challenge::show(ui, place, view, challenging),
            State::Storing(_) | State::Searching(_) | State::OpeningSession { .. } => result::working(ui, place, view),
            State::Enrolled { name, .. } => result::enrolled(ui, place, view, name),
            State::Declined { reason, wanted, retry_at } => {
                let wait = retry_at.map(|at| at.saturating_sub(view.now));
                result::declined(ui, place, view, *reason, wanted, wait)
            }
            State::Removed => result::removed(ui, place, view),
            State::SignedIn(session) => match &session.page {
                ProfilePage::Overview(notice) => profile::overview(ui, place, view, session, *notice),
                ProfilePage::Editing(form) => profile::editing(ui, place, view, form, self.typing.is_open()),
                ProfilePage::History => history::show(ui, place, view),
                ProfilePage::Agreeing => consent::again(ui, place, view),
                ProfilePage::ConfirmingRemoval { .. } => profile::confirm_removal(ui, place, view),
            },
            State::Operator { page, removing, .. } => match &view.operator.led {
                Some(led) => self_test::show(ui, place, view, led),
                None => self.operator.show(ui, place, view, *page, *removing),
            },
        }
    }

    /// A new screen offers the focus to its first step, but only to somebody who uses keys: a ring around a
    /// button would puzzle whoever touches.
    fn offer_focus(&mut self, ui: &Ui, view: &View<'_>) {
        ui.input(|input| {
            for event in &input.events {
                match event {
                    egui::Event::Key { pressed: true, .. } | egui::Event::AccessKitActionRequest(_) => {
                        self.by_keys = true;
                    }
                    egui::Event::PointerButton { pressed: true, .. } | egui::Event::Touch { .. } => {
                        self.by_keys = false;
                    }
                    _ => {}
                }
            }
        });
        let shown = Shown::of(view, self.operator.is_asking());
        if self.shown != Some(shown) {
            self.shown = Some(shown);
            forget_typing(ui.ctx());
            layout::begin(ui.ctx());
            self.typing.forget();
            let now = ui.input(|input| input.time);
            ui.ctx().with_plugin(|presses: &mut presses::Presses| presses.screen_changed(now));
            // A form is for typing, whoever comes; elsewhere the focus is for those who use keys.
            let form = form_shown(view).is_some();
            widgets::offer_first_focus(ui.ctx(), self.by_keys || form);
            if !self.by_keys && !form {
                ui.memory_mut(|memory| {
                    if let Some(focused) = memory.focused() {
                        memory.surrender_focus(focused);
                    }
                });
            }
        }
        // Whose address is taken has left the field with Enter, and is led back to it.
        let refused = form_shown(view).is_some_and(|form| form.refused.is_some());
        if refused && !self.refused && self.by_keys {
            widgets::offer_first_focus(ui.ctx(), true);
        }
        self.refused = refused;
    }

    /// Escape goes back, from wherever there is a way back.
    fn escape(&mut self, ui: &Ui, view: &View<'_>) -> Option<Action> {
        if !ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
            return None;
        }
        if view.failure.is_some() {
            return Some(Action::Dismiss);
        }
        if matches!(view.kiosk.state(), State::Operator { .. }) && view.operator.led.is_some() {
            return Some(Action::SelfTest(SelfTestWish::Stop));
        }
        if matches!(view.kiosk.state(), State::Operator { .. }) && self.operator.give_up(view) {
            return Some(Event::Touched.into());
        }
        Some(
            match view.kiosk.state() {
                State::Home => return None,
                State::Reviewing { .. }
                | State::Enrolling(_)
                | State::Consenting(_)
                | State::Pin(_)
                | State::Operator { removing: Some(_), .. } => Event::WentBack,
                State::SignedIn(session)
                    if !matches!(session.page, ProfilePage::Overview(_) | ProfilePage::Agreeing) =>
                {
                    Event::WentBack
                }
                _ => Event::Canceled,
            }
            .into(),
        )
    }
}

/// Which screen it is, so that a change is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shown {
    screen: Screen,
    asking: bool,
    trouble: Option<Trouble>,
    failed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Screen {
    Home,
    Details,
    Consenting,
    PinAddress,
    Pin { of: &'static str },
    Enrolling,
    Reviewing,
    Identifying,
    Challenging,
    Working,
    Enrolled,
    Declined,
    Removed,
    Profile,
    Editing,
    History,
    Agreeing,
    ConfirmingRemoval,
    Operator { page: OperatorPage, removing: bool },
    SelfTest { before_camera: bool },
}

impl Shown {
    fn of(view: &View<'_>, asking: bool) -> Self {
        let screen = match view.kiosk.state() {
            State::Home => Screen::Home,
            State::Details(_) | State::CheckingAddress(_) => Screen::Details,
            State::Consenting(_) => Screen::Consenting,
            State::PinAddress(_) => Screen::PinAddress,
            State::Pin(entry) => Screen::Pin { of: pin::title(&entry.ask) },
            State::Enrolling(_) => Screen::Enrolling,
            State::Reviewing { .. } => Screen::Reviewing,
            State::Identifying(_) => Screen::Identifying,
            State::Challenging(_) => Screen::Challenging,
            State::Storing(_) | State::Searching(_) | State::OpeningSession { .. } => Screen::Working,
            State::Enrolled { .. } => Screen::Enrolled,
            State::Declined { .. } => Screen::Declined,
            State::Removed => Screen::Removed,
            State::SignedIn(session) => match &session.page {
                ProfilePage::Overview(_) => Screen::Profile,
                ProfilePage::Editing(_) => Screen::Editing,
                ProfilePage::History => Screen::History,
                ProfilePage::Agreeing => Screen::Agreeing,
                ProfilePage::ConfirmingRemoval { .. } => Screen::ConfirmingRemoval,
            },
            State::Operator { page, removing, .. } => match &view.operator.led {
                Some(led) => Screen::SelfTest { before_camera: led.before.is_some() },
                None => Screen::Operator { page: *page, removing: removing.is_some() },
            },
        };
        Self { screen, asking, trouble: view.kiosk.trouble(), failed: view.failure.is_some() }
    }
}

/// The form that is being filled in.
fn form_shown<'a>(view: &View<'a>) -> Option<&'a Form> {
    match view.kiosk.state() {
        State::Details(form) | State::PinAddress(form) => Some(form),
        State::SignedIn(session) => match &session.page {
            ProfilePage::Editing(form) => Some(form),
            _ => None,
        },
        _ => None,
    }
}

/// A field remembers what was typed into it, to be undone; not for the next visitor.
fn forget_typing(ctx: &egui::Context) {
    for field in [details::name_field(), details::email_field()].into_iter().chain(operator::fields()) {
        ctx.data_mut(|data| data.remove::<egui::text_edit::TextEditState>(field));
    }
}

impl View<'_> {
    /// A text without values.
    fn text(&self, key: &str) -> String {
        self.words.text(key)
    }

    /// The face to outline, where exactly one is seen.
    fn face(&self) -> Option<crate::geometry::Rect> {
        match &self.observation?.finding {
            Finding::Face(face) => Some(face.face.bounds),
            Finding::NoFace(_) | Finding::SeveralFaces(_) => None,
        }
    }
}

/// How egui takes presses. One is a press however long it lasts, and a finger that slips a little has not missed:
/// hands tremble (WCAG 2.2, success criterion 2.5). What was not meant for the screen that it would hit is left out.
pub fn take_touches_kindly(ctx: &egui::Context) {
    ctx.add_plugin(presses::Presses::default());
    ctx.options_mut(|options| {
        options.input_options.max_click_duration = f64::INFINITY;
        options.input_options.max_click_dist = 24.0;
    });
}

/// A quiet way back, at the top left of every screen that has one.
fn back_button(ui: &mut Ui, place: Rect, view: &View<'_>, event: Event) -> Option<Action> {
    let corner = Rect::from_min_size(place.min, egui::vec2(place.width(), theme::TARGET));
    let builder = egui::UiBuilder::new().id_salt("back").max_rect(corner);
    ui.scope_builder(builder, |ui| {
        let label = view.text("action-back");
        let button = widgets::Button::new(&label, widgets::Weight::Quiet).icon(icons::Icon::Back);
        button.show(ui, view.palette).clicked().then(|| event.into())
    })
    .inner
}

/// A button of a row; what it asks for when it is pressed.
fn button(
    ui: &mut Ui,
    view: &View<'_>,
    (key, weight, icon): (&str, widgets::Weight, icons::Icon),
    action: impl Into<Action>,
) -> Option<Action> {
    let label = view.text(key);
    widgets::Button::new(&label, weight).icon(icon).show(ui, view.palette).clicked().then(|| action.into())
}

/// The key of a camera trouble's texts.
pub fn trouble_key(trouble: Trouble) -> String {
    trouble.code().replace('_', "-")
}
