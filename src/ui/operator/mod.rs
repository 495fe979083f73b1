//! The operator's pages: plain, and all of it by keys as well.

mod people;
mod self_test;
mod settings;

use egui::{Align, Id, Layout, Rect, Stroke, Ui, UiBuilder, vec2};

use super::icons::Icon;
use super::layout::{self, halves};
use super::lens::{Lens, Ring};
use super::theme::{GRID, TARGET, Type};
use super::widgets::{Button, Weight, announced, note, sign_room, text};
use super::{Action, Message, Value, View, profile, trouble_key};
use crate::biometrics::{Finding, UserId};
use crate::session::{Event, OperatorPage, State};
use crate::settings::Settings;

pub use self_test::SelfTestView;
pub(super) use self_test::{figures, stands};

/// Somebody in the list.
#[derive(Clone, PartialEq)]
pub struct ListedPerson {
    /// Tells people apart.
    pub user: UserId,
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
    /// When the account was made.
    pub enrolled_at: jiff::civil::DateTime,
    /// The last sign-in.
    pub last_sign_in: Option<jiff::civil::DateTime>,
    /// The name of somebody whose face cannot be told from this person's.
    pub looks_like: Option<String>,
}

/// A camera that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CameraView {
    /// What it is kept by.
    pub id: String,
    /// What it calls itself.
    pub name: String,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct HealthLine {
    /// What, in the words of a key: `health-` and this is the key of its name.
    pub check: String,
    /// What was found.
    pub found: Message,
    /// What to do, where it is not well.
    pub remedy: Option<Message>,
    /// It does what it should, and whoever answers for the machine ought to know this of it.
    pub is_caution: bool,
}

/// What the pages remember while one looks at them.
#[derive(Default)]
pub(super) struct Memory {
    people: people::Memory,
    /// The name of the place, while it is being typed.
    place: Option<String>,
    /// The operator is asked whether the program is really to end.
    ending: bool,
}

/// The fields of the operator's pages.
pub(super) fn fields() -> [Id; 2] {
    [people::search_field(), settings::place_field()]
}

/// The field of a page that has one.
pub(super) fn field(page: OperatorPage) -> Option<Id> {
    match page {
        OperatorPage::People => Some(people::search_field()),
        OperatorPage::Place => Some(settings::place_field()),
        OperatorPage::Camera | OperatorPage::Decisions | OperatorPage::Health => None,
    }
}

impl Memory {
    /// Forgets what belongs to pages that are not shown; a name that was typed there is set, as everything else is
    /// that the operator changes.
    pub(super) fn leave(&mut self, view: &View<'_>) -> Option<Action> {
        let page = match view.kiosk.state() {
            State::Operator { page, .. } => Some(*page),
            _ => None,
        };
        if page != Some(OperatorPage::People) {
            self.people = people::Memory::default();
        }
        if page != Some(OperatorPage::Health) {
            self.ending = false;
        }
        if page == Some(OperatorPage::Place) {
            return None;
        }
        settings::with_place(view.settings, &self.place.take()?)
    }

    /// Leaves what was begun on the page as it was before; false where nothing was begun.
    pub(super) fn give_up(&mut self, view: &View<'_>) -> bool {
        let typed = self.place.take().and_then(|typed| settings::with_place(view.settings, &typed));
        std::mem::take(&mut self.ending) || typed.is_some()
    }

    /// The operator is asked whether the program is really to end.
    pub(super) fn ask_whether_to_end(&mut self) {
        self.ending = true;
    }

    /// Whether something is asked instead of what the page shows else.
    pub(super) fn is_asking(&self) -> bool {
        self.ending
    }

    /// The text of one of [`fields`], while it is shown.
    pub(super) fn text(&mut self, field: Id) -> Option<&mut String> {
        if field == settings::place_field() { self.place.as_mut() } else { Some(&mut self.people.search) }
    }

    pub(super) fn show(
        &mut self,
        ui: &mut Ui,
        place: Rect,
        view: &View<'_>,
        page: OperatorPage,
        removing: Option<UserId>,
    ) -> Option<Action> {
        if let Some(user) = removing {
            return people::confirm(ui, place, view, user);
        }
        let (mut action, top) = tabs(ui, place, view, page);
        let below = Rect::from_min_max(egui::pos2(place.left(), top), place.max);
        let inside = match page {
            OperatorPage::People => self.people.show(ui, below, view),
            OperatorPage::Camera => camera(ui, below, view),
            OperatorPage::Decisions => settings::decisions(ui, below, view),
            OperatorPage::Place => settings::place(ui, below, view, &mut self.place),
            OperatorPage::Health => health(ui, below, view, &mut self.ending),
        };
        action = action.or(inside);
        action
    }
}

/// Widest that a page of settings gets.
const PAGE: f32 = 900.0;
/// What the way out takes of the right edge.
const CLOSE: f32 = 15.0 * GRID;

/// The pages by name, and the way out; also where they end.
fn tabs(ui: &mut Ui, place: Rect, view: &View<'_>, page: OperatorPage) -> (Option<Action>, f32) {
    let mut action = None;
    // The way out has the right edge for itself, and the pages what it leaves.
    let middle = place.right() - CLOSE;
    let pages = Rect::from_min_max(place.min, egui::pos2(middle - GRID, place.bottom()));
    let builder = UiBuilder::new().id_salt("tabs").max_rect(pages).layout(Layout::top_down(Align::Min));
    let bottom = ui
        .scope_builder(builder, |ui| {
            ui.horizontal_wrapped(|ui| {
                for other in OperatorPage::ALL {
                    let label = view.text(tab_key(other));
                    if Button::choice(&label, other == page).show(ui, view.palette).clicked() && other != page {
                        action = Some(Event::OperatorRequested(other).into());
                    }
                }
            });
            ui.min_rect().bottom()
        })
        .inner;
    let corner = Rect::from_min_max(egui::pos2(middle, place.top()), place.max);
    let builder = UiBuilder::new().id_salt("close").max_rect(corner).layout(Layout::right_to_left(Align::Min));
    ui.scope_builder(builder, |ui| {
        let close = view.text("action-close");
        if Button::new(&close, Weight::Quiet).icon(Icon::Leave).show(ui, view.palette).clicked() {
            action = Some(Event::Canceled.into());
        }
    });
    let line = bottom + 1.5 * GRID;
    ui.painter().hline(place.x_range(), line, Stroke::new(1.0, view.palette.hairline));
    (action, line + 2.0 * GRID)
}

fn tab_key(page: OperatorPage) -> &'static str {
    match page {
        OperatorPage::People => "operator-people",
        OperatorPage::Camera => "operator-camera",
        OperatorPage::Decisions => "operator-decisions",
        OperatorPage::Place => "operator-place",
        OperatorPage::Health => "operator-health",
    }
}

fn camera(ui: &mut Ui, place: Rect, view: &View<'_>) -> Option<Action> {
    let mut action = None;
    let halves = halves(place);
    let name = view.text("lens-live");
    let good =
        matches!(view.observation.map(|seen| &seen.finding), Some(Finding::Face(face)) if face.embedding.is_ok());
    let icon = view.kiosk.trouble().map(|_| Icon::CameraOff);
    let picture = if icon.is_some() { None } else { view.picture };
    Lens { picture, face: view.face(), face_good: good, ring: Ring::Plain, icon, name: &name }.show(
        ui,
        halves.picture,
        view.palette,
    );
    layout::middle(ui, halves.words, "operator camera", |ui| {
        text(ui, &view.text("operator-camera-which"), Type::Heading, view.palette.ink);
        for (at, camera) in view.operator.cameras.iter().enumerate() {
            // Where nobody has chosen, the first one is opened.
            let chosen = view.settings.camera.as_ref().map_or(at == 0, |chosen| *chosen == camera.id);
            if Button::choice(&camera.name, chosen).show(ui, view.palette).clicked() {
                let camera = Some(camera.id.clone());
                action = Some(Action::Set(Settings { camera, ..view.settings.clone() }));
            }
        }
        if view.operator.looking {
            announced(ui, &view.text("working"), Type::Body, view.palette.soft);
        } else if view.operator.cameras.is_empty() {
            text(ui, &view.text("operator-camera-none"), Type::Body, view.palette.soft);
        }
        ui.add_space(GRID);
        if let Some(trouble) = view.kiosk.trouble() {
            let words = view.text(&format!("trouble-{}", trouble_key(trouble)));
            note(ui, Icon::Warning, view.palette.bad, &words, Type::Body);
        }
        if let Some(status) = &view.operator.camera_status {
            text(ui, status, Type::Small, view.palette.soft);
        }
        // What was measured before is not of a camera that gives nothing.
        if let Some(seen) = view.observation.filter(|_| view.kiosk.trouble().is_none()) {
            for line in seen_in(view, &seen.finding) {
                text(ui, &line, Type::Small, view.palette.soft);
            }
        }
    });
    action
}

/// What was measured in the last frame.
fn seen_in(view: &View<'_>, finding: &Finding) -> Vec<String> {
    use Value::{Number, Text};
    match finding {
        Finding::NoFace(_) => vec![view.text("figures-no-face")],
        Finding::SeveralFaces(faces) => {
            vec![view.words.with("figures-several", &[("count", Value::count(faces.len()))])]
        }
        Finding::Face(face) => {
            let quality = &face.quality;
            let sharpness = view.words.decimal(quality.sharpness);
            let verdict = match face.embedding {
                Ok(_) => view.text("figures-good"),
                Err(shortcoming) => view.text(&super::capture::coach_key(shortcoming.into())),
            };
            vec![
                view.words.with(
                    if quality.pitch_deg < 0.0 { "figures-face-down" } else { "figures-face-up" },
                    &[
                        ("width", Number(quality.face_width_px.round() as i64)),
                        ("yaw", Number(quality.yaw_deg.abs().round() as i64)),
                        ("pitch", Number(quality.pitch_deg.abs().round() as i64)),
                    ],
                ),
                view.words.with(
                    "figures-light",
                    &[
                        ("dark", Number(quality.dark_luma.round() as i64)),
                        ("bright", Number(quality.bright_luma.round() as i64)),
                        ("sharpness", Text(&sharpness)),
                    ],
                ),
                verdict,
            ]
        }
    }
}

fn health(ui: &mut Ui, place: Rect, view: &View<'_>, ending: &mut bool) -> Option<Action> {
    if *ending {
        let [title, what, back, deed] =
            ["quit-title", "quit-what", "action-go-on", "action-quit"].map(|key| view.text(key));
        let question = profile::Question { id: "quit", title, who: None, what, back, deed, icon: Icon::Leave };
        let (go_on, quit) = question.show(ui, place, view);
        *ending = !go_on && !quit;
        return quit.then_some(Action::Quit);
    }
    layout::top(ui, layout::from_left(place), "health", |ui| {
        ui.set_max_width(PAGE.min(ui.available_width()));
        match &view.operator.health {
            _ if view.operator.looking => {
                announced(ui, &view.text("working"), Type::Heading, view.palette.soft);
            }
            Some(health) if health.iter().all(|line| line.remedy.is_none()) => {
                note(ui, Icon::Check, view.palette.good, &view.text("health-well"), Type::Heading);
            }
            Some(_) => note(ui, Icon::Warning, view.palette.bad, &view.text("health-unwell"), Type::Heading),
            None => note(ui, Icon::Warning, view.palette.bad, &view.text("health-unknown"), Type::Heading),
        }
        ui.add_space(GRID);
        for line in view.operator.health.iter().flatten() {
            let (icon, color) = match line {
                HealthLine { remedy: Some(_), .. } => (Icon::Warning, view.palette.bad),
                HealthLine { is_caution: true, .. } => (Icon::Warning, view.palette.brass),
                _ => (Icon::Check, view.palette.good),
            };
            let what = view.text(&format!("health-{}", line.check));
            // In words as well, for whoever sees neither sign nor color.
            let what = match line {
                HealthLine { remedy: None, is_caution: true, .. } => {
                    view.words.with("health-caution", &[("what", Value::Text(&what))])
                }
                _ => what,
            };
            note(ui, icon, color, &what, Type::Body);
            // Below the name, not below the sign before it.
            let mut below = ui.available_rect_before_wrap();
            below.min.x += sign_room(ui, Type::Body);
            ui.scope_builder(UiBuilder::new().max_rect(below), |ui| {
                text(ui, &view.words.say(&line.found), Type::Small, view.palette.soft);
                if let Some(remedy) = &line.remedy {
                    announced(ui, &view.words.say(remedy), Type::Small, view.palette.ink);
                }
            });
            ui.add_space(GRID);
        }
        ui.add_space(2.0 * GRID);
        let quit = view.text("action-quit");
        if Button::new(&quit, Weight::Danger).icon(Icon::Leave).show(ui, view.palette).clicked() {
            *ending = true;
        }
    });
    None
}

/// A row of buttons of which one is chosen, with a heading; gives the one that was pressed.
fn choices<T: Copy + PartialEq>(
    ui: &mut Ui,
    view: &View<'_>,
    heading: &str,
    all: &[T],
    chosen: T,
    label: impl Fn(T) -> String,
) -> Option<T> {
    text(ui, &view.text(heading), Type::Heading, view.palette.ink);
    let mut pressed = None;
    ui.horizontal_wrapped(|ui| {
        for one in all {
            if Button::choice(&label(*one), *one == chosen).show(ui, view.palette).clicked() {
                pressed = Some(*one);
            }
        }
    });
    ui.add_space(GRID);
    pressed.filter(|one| *one != chosen)
}

/// A rectangle below another.
fn row(place: Rect, top: f32, height: f32) -> Rect {
    Rect::from_min_size(egui::pos2(place.left(), top), vec2(place.width(), height.max(TARGET)))
}
