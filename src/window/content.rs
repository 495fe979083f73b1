//! What is in the window: events in, the screen out, and what the person asked for done.

use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use egui::ViewportCommand;
use jiff::tz::TimeZone;

use super::operator::Lookup;
use super::pace::Pace;
use super::picture::LivePicture;
use super::self_test::{Led, Paused};
use super::{Cameras, Doctor, Opener, Options, shown};
use crate::app::{App, AppError};
use crate::biometrics::QualityLimits;
use crate::clock::Clock;
use crate::config::Config;
use crate::desk::DeskError;
use crate::session::{Event, State};
use crate::settings::{Language, Settings};
use crate::ui::{self, Action, DemoView, Message, Palette, ProfileView, Screens, View, Words, theme};
use crate::worker::Waker;

/// A language that a visitor chose at home is given up after so long.
const LANGUAGE_KEPT: Duration = Duration::from_secs(60);

/// What camera and recognition tell within this time is drawn together: a frame and, in most cases, what was found in it.
/// Without it the same picture would be drawn up to three times, since egui answers each call without delay with two frames.
const DRAWN_TOGETHER: Duration = Duration::from_millis(12);

/// What is in the window: the kiosk, and all that is shown of it.
pub struct Window {
    pub(super) app: App,
    pub(super) clock: Clock,
    pub(super) words: Words,
    pub(super) options: Options,
    time_zone: TimeZone,
    pub(super) screens: Screens,
    palette: Palette,
    applied: Option<Palette>,
    pub(super) opener: Opener,
    picture: LivePicture,
    pub(super) operator: Lookup,
    pub(super) led: Option<Led>,
    pub(super) paused: Option<Paused>,
    pub(super) quality_limits: QualityLimits,
    pub(super) profile: Option<ProfileView>,
    /// What failed, and since when it is told.
    pub(super) failure: Option<(Message, Duration)>,
    ending: Option<Sender<AppError>>,
    person: usize,
    pub(super) touched: Duration,
    quitting: bool,
    by_touch: bool,
    pace: Pace,
    at_home: bool,
}

impl Window {
    /// Starts the kiosk, to be shown in a window of `ctx`.
    ///
    /// # Errors
    /// [`AppError`] when the kiosk cannot start.
    pub fn new(
        ctx: &egui::Context,
        config: &Config,
        clock: Clock,
        cameras: Cameras,
        doctor: Doctor,
        options: Options,
    ) -> Result<Self, AppError> {
        let settings = config.overrides.over(&Settings::load(&config.settings_path())?);
        theme::install_fonts(ctx);
        ui::take_touches_kindly(ctx);
        // The kiosk sets the size of things by itself; Ctrl + plus would leave it odd for the next visitor.
        ctx.options_mut(|options| options.zoom_with_keyboard = false);
        let waking = ctx.clone();
        let wake: Waker = Arc::new(move || waking.request_repaint_after(DRAWN_TOGETHER));
        let Cameras { opener, list } = cameras;
        let mut app = App::start(config, clock, opener(settings.camera.as_deref()), wake.clone())?;
        if let Some(pin) = &options.first_operator_pin {
            app.desk().set_first_operator_pin(pin).map_err(DeskError::from)?;
        }
        let mut window = Self {
            clock,
            time_zone: TimeZone::system(),
            screens: Screens::default(),
            words: Words::new(Language::English),
            palette: Palette::of(settings.appearance),
            applied: None,
            opener,
            options,
            picture: LivePicture::default(),
            operator: Lookup::new(list, doctor, wake),
            led: None,
            paused: None,
            quality_limits: config.quality_limits,
            profile: None,
            failure: None,
            ending: None,
            person: 0,
            touched: clock.elapsed(),
            quitting: false,
            by_touch: false,
            pace: Pace::default(),
            at_home: true,
            app,
        };
        window.speak(window.own_language());
        Ok(window)
    }

    /// The same; what ends the kiosk for good is sent there before the window closes.
    #[must_use]
    pub(super) fn ending_with(self, ending: Sender<AppError>) -> Self {
        Self { ending: Some(ending), ..self }
    }

    /// The kiosk behind the window.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The language that the kiosk returns to.
    fn own_language(&self) -> Language {
        let system = || sys_locale::get_locales().find_map(|tag| Language::of_tag(&tag));
        self.app.settings().language.or_else(system).unwrap_or(Language::English)
    }

    pub(super) fn speak(&mut self, language: Language) {
        if self.words.language() != language {
            self.words = Words::new(language);
        }
    }

    /// Takes in what came from camera, recognition and clock.
    fn turn(&mut self, ctx: &egui::Context) {
        let now = self.clock.elapsed();
        if ctx.input(|input| input.events.iter().any(is_touch_or_key)) {
            self.touched = now;
            if !matches!(self.app.state(), State::Home) {
                self.act(Event::Touched.into(), ctx);
            }
        }
        if let Err(error) = self.app.turn(Duration::ZERO) {
            self.fail(error, ctx);
        }
        self.go_on_with_self_test(ctx);
        if let Some(demo) = &self.options.demo {
            (demo.asks)(self.led.as_ref().map_or_else(|| self.app.state().asks(), Led::asks));
        }
        // Compared with the last turn: between the two the person may have left.
        let came_home = matches!(self.app.state(), State::Home) && !self.at_home;
        self.at_home = matches!(self.app.state(), State::Home);
        if came_home || (self.at_home && now >= self.touched + LANGUAGE_KEPT) {
            self.speak(self.own_language());
        }
        // Whoever read it has left, or nobody was there.
        let shown_for = self.app.policy().result_shown;
        self.failure.take_if(|(_, since)| now >= since.saturating_add(shown_for));
        let picture = self.led.as_ref().map_or_else(|| self.app.preview(), Led::frame);
        if self.picture.take(ctx, picture) {
            let since = self.clock.elapsed().saturating_sub(self.touched);
            tracing::debug!(ms = since.as_millis(), "first picture of the camera, since the last touch or key");
        }
    }

    /// Something that a visitor can do nothing about: it is told, and the kiosk goes on from home. What only a new
    /// start can help ends a kiosk that is started anew by the system; a window on a desk stays, and says so.
    pub(super) fn fail(&mut self, error: AppError, ctx: &egui::Context) {
        tracing::error!(%error, "the kiosk cannot go on");
        self.failure = Some((shown::failure(&error), self.clock.elapsed()));
        if error.is_final()
            && self.options.kiosk
            && let Some(ending) = self.ending.take()
        {
            let _ = ending.send(error); // whoever opened the window waits for it
            self.close(ctx);
        }
    }

    fn close(&mut self, ctx: &egui::Context) {
        self.quitting = true;
        ctx.send_viewport_cmd(ViewportCommand::Close);
    }

    /// Does what the person asked for.
    pub(super) fn act(&mut self, action: Action, ctx: &egui::Context) {
        let done = match action {
            Action::Session(event) => self.app.handle(event),
            Action::Speak(language) => {
                self.speak(language);
                Ok(())
            }
            Action::Set(settings) => {
                let settings = self.with_camera(settings);
                let language = settings.language != self.app.settings().language;
                let opener = (self.opener)(settings.camera.as_deref());
                let kept = self.app.change_settings(settings, Some(opener));
                self.palette = Palette::of(self.app.settings().appearance);
                if language {
                    self.speak(self.own_language());
                }
                kept
            }
            Action::NextPerson => {
                let (first, count) = self.group();
                self.next_visitor(first + (self.person - first + 1) % count)
            }
            Action::OtherVisitors => {
                let (first, count) = self.group();
                self.next_visitor(if first == 0 { count } else { 0 })
            }
            Action::SelfTest(wish) => self.lead(wish, ctx),
            Action::Dismiss => {
                self.failure = None;
                Ok(())
            }
            Action::Quit => {
                self.close(ctx);
                Ok(())
            }
        };
        if let Err(error) = done {
            self.fail(error, ctx);
        }
        ctx.request_repaint();
    }

    /// Whoever wants people to move wants them before this camera: another one needs the operator from then on.
    fn with_camera(&self, settings: Settings) -> Settings {
        if !settings.liveness.is_active() || settings.camera.is_some() {
            return settings;
        }
        Settings { camera: self.operator.first_camera(), ..settings }
    }

    /// Where those begin who are like the one before the demo's camera, and how many they are.
    fn group(&self) -> (usize, usize) {
        let Some(demo) = &self.options.demo else { return (0, 1) };
        let people = demo.people.len();
        if self.person < people { (0, people.max(1)) } else { (people, demo.actors.len().max(1)) }
    }

    fn next_visitor(&mut self, visitor: usize) -> Result<(), AppError> {
        self.place(visitor);
        // What was said to the one before is not for this one.
        match self.app.state() {
            State::Declined { .. } => self.app.handle(Event::Canceled),
            _ => Ok(()),
        }
    }

    /// Puts one of the demo's visitors before the camera.
    pub(super) fn place(&mut self, person: usize) {
        if let Some(demo) = &self.options.demo {
            self.person = person;
            (demo.show)(person);
            tracing::debug!(who = demo.name(person), "before the camera");
        }
    }

    fn view<'a>(&'a self, time: &'a jiff::civil::DateTime) -> View<'a> {
        let demo =
            self.options.demo.as_ref().and_then(|demo| {
                Some(DemoView { who: demo.name(self.person)?, acts: self.person >= demo.people.len() })
            });
        View {
            kiosk: self.app.kiosk(),
            policy: self.app.policy(),
            now: self.clock.elapsed(),
            time,
            words: &self.words,
            palette: &self.palette,
            settings: self.app.settings(),
            consent: self.app.consent().of(self.words.language()),
            picture: self.picture.picture(),
            observation: self.app.observation(),
            profile: self.profile.as_ref(),
            operator: self.operator.view(),
            demo,
            failure: self.failure.as_ref().map(|(failure, _)| failure),
        }
    }

    /// When the picture changes next without anybody doing anything. At home that is when the clock shows
    /// another minute: in between, nothing is drawn.
    fn sleep(&self, ctx: &egui::Context, time: &jiff::civil::DateTime) {
        let next = match self.app.state() {
            State::Home if self.failure.is_none() => Duration::from_millis(60_050).saturating_sub(Duration::new(
                u64::try_from(time.second()).unwrap_or(0),
                u32::try_from(time.subsec_nanosecond()).unwrap_or(0),
            )),
            _ if self.app.kiosk().state().wants_camera() => Duration::from_millis(100),
            _ if self.led.as_ref().is_some_and(Led::is_looking) => Duration::from_millis(100),
            _ => Duration::from_millis(250),
        };
        // The kiosk returns to its own language between two minutes, too.
        let speaks_another = self.at_home && self.words.language() != self.own_language();
        let kept = (self.touched + LANGUAGE_KEPT).saturating_sub(self.clock.elapsed());
        let next = if speaks_another { next.min(kept) } else { next };
        ctx.request_repaint_after(next);
    }

    /// A finger needs no arrow; a mouse does.
    fn cursor(&mut self, ctx: &egui::Context) {
        let (touched, moved) = ctx.input(|input| {
            let touched = input.events.iter().any(|event| matches!(event, egui::Event::Touch { .. }));
            let moved = input.events.iter().any(|event| matches!(event, egui::Event::MouseMoved(_)));
            (touched, moved)
        });
        self.by_touch = touched || (self.by_touch && !moved);
        if self.by_touch && self.options.kiosk {
            ctx.set_cursor_icon(egui::CursorIcon::None);
        }
    }

    /// What one visitor copies is not for the next one to paste. On a desk the clipboard is the desk's.
    fn close_clipboard(&self, ctx: &egui::Context) {
        if self.options.kiosk && !matches!(self.app.state(), State::Operator { .. }) {
            use egui::Event as E;
            let of_clipboard = |event: &E| {
                matches!(event, E::Copy | E::Cut | E::Paste(_) | E::PasteImage(_) | E::MiddleClickPaste { .. })
            };
            ctx.input_mut(|input| input.events.retain(|event| !of_clipboard(event)));
        }
    }

    /// Takes in what came to pass, shows the screen, and does what the person asked for.
    pub fn show(&mut self, ui: &mut egui::Ui) {
        let ctx = ui.ctx().clone();
        if ctx.input(|input| input.viewport().close_requested()) && self.options.kiosk && !self.quitting {
            tracing::debug!("asked to close, the window stays: an operator closes it on the page Health");
            ctx.send_viewport_cmd(ViewportCommand::CancelClose);
        }
        self.turn(&ctx);
        if self.applied != Some(self.palette) {
            theme::apply(&ctx, &self.palette);
            self.applied = Some(self.palette);
        }
        let pixels = ctx.viewport_rect().size() * ctx.zoom_factor();
        let zoom = theme::zoom(pixels.x, pixels.y);
        if (ctx.zoom_factor() - zoom).abs() > 0.01 {
            ctx.set_zoom_factor(zoom);
        }
        self.close_clipboard(&ctx);
        self.profile = self.app.profile().map(|profile| shown::profile(profile, self.app.history(), &self.time_zone));
        self.operator.refresh(&mut self.app, &self.words, &self.time_zone);
        self.operator.lead(self.led.as_ref().map(|led| led.view(&self.time_zone)));
        let time = self.time_zone.to_datetime(self.clock.wall());
        let mut screens = std::mem::take(&mut self.screens);
        let action = screens.show(ui, &self.view(&time));
        self.screens = screens;
        if let Some(action) = action {
            self.act(action, &ctx);
        }
        self.cursor(&ctx);
        self.sleep(&ctx, &time);
        self.go_on_tour(&ctx);
    }
}

impl eframe::App for Window {
    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        let begin = self.clock.elapsed();
        self.pace.begin(begin, frame.info().cpu_usage);
        self.show(ui);
        self.pace.end(self.clock.elapsed() - begin);
    }

    fn clear_color(&self, _: &egui::Visuals) -> [f32; 4] {
        self.palette.background.to_normalized_gamma_f32()
    }
}

fn is_touch_or_key(event: &egui::Event) -> bool {
    use egui::Event as E;
    matches!(
        event,
        E::Key { pressed: true, .. }
            | E::Text(_)
            | E::PointerButton { pressed: true, .. }
            | E::Touch { .. }
            | E::MouseWheel { .. }
            | E::AccessKitActionRequest(_)
    )
}
