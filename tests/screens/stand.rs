//! The screens alone, in any state: nothing behind them moves.

use std::time::Duration;

use egui_kittest::{Harness, TestRenderer};
use jiff::civil::{DateTime, date};
use mirilla::person::Digits;
use mirilla::session::{Event, Kiosk, OperatorPage, Policy};
use mirilla::settings::{Appearance, ConsentText, ConsentTexts, Language, Settings};
use mirilla::ui::{
    Action, DemoView, Message, OperatorView, Palette, Picture, ProfileView, Screens, View, Words, theme,
};

/// What stands behind the screens.
pub(crate) struct Stand {
    pub(crate) kiosk: Kiosk,
    pub(crate) now: Duration,
    pub(crate) frames: u64,
    pub(crate) policy: Policy,
    pub(crate) settings: Settings,
    pub(crate) consent: ConsentText,
    pub(crate) profile: Option<ProfileView>,
    /// Whether whoever signs in has a PIN.
    pub(crate) has_pin: bool,
    pub(crate) operator: OperatorView,
    pub(crate) demo: Option<&'static str>,
    pub(crate) failure: Option<Message>,
    pub(crate) picture: Option<Picture>,
    pub(crate) observation: Option<mirilla::biometrics::Observation>,
    pub(crate) time: DateTime,
    /// What was asked for since this was last looked at.
    pub(crate) asked: Vec<Action>,
    words: Words,
    palette: Palette,
    screens: Screens,
    dressed: bool,
}

impl Stand {
    pub(crate) fn new(language: Language, appearance: Appearance) -> Self {
        let now = Duration::from_secs(100);
        Self {
            kiosk: Kiosk::at_home(now),
            now,
            frames: 0,
            policy: Policy { pose_patience: Duration::ZERO, watched_for: Duration::ZERO, ..Policy::default() },
            settings: Settings::default(),
            consent: consent(language),
            profile: None,
            has_pin: false,
            operator: OperatorView::default(),
            demo: None,
            failure: None,
            picture: None,
            observation: None,
            time: time(),
            asked: vec![],
            words: Words::new(language),
            palette: Palette::of(appearance),
            screens: Screens::default(),
            dressed: false,
        }
    }

    /// Another place and another visitor, on the same screen.
    pub(crate) fn clear(&mut self) {
        let dressed = self.dressed;
        *self = Self { palette: self.palette, ..Self::new(self.words.language(), Appearance::Light) };
        self.dressed = dressed;
    }

    /// Takes an event in; what it asks of the shell is not done.
    pub(crate) fn event(&mut self, event: Event) {
        let (kiosk, _) = self.kiosk.clone().step(event, self.now, &self.policy);
        self.kiosk = kiosk;
    }

    /// Types a PIN and says to be done.
    pub(crate) fn type_pin(&mut self, digits: &str) {
        self.event(Event::PinChanged(Digits::of(digits)));
        self.event(Event::Submitted);
    }

    /// Goes to a page of the operator's.
    pub(crate) fn operate(&mut self, page: OperatorPage) {
        self.event(Event::OperatorRequested(page));
        self.type_pin("482913");
        self.event(Event::PinRight(None));
    }

    pub(crate) fn words(&self) -> &Words {
        &self.words
    }

    fn show(&mut self, ui: &mut egui::Ui) {
        if !self.dressed {
            self.dressed = true;
            theme::install_fonts(ui.ctx());
            mirilla::ui::take_touches_kindly(ui.ctx());
            theme::apply(ui.ctx(), &self.palette);
        }
        let pixels = ui.ctx().viewport_rect().size() * ui.ctx().zoom_factor();
        let zoom = theme::zoom(pixels.x, pixels.y);
        if (ui.ctx().zoom_factor() - zoom).abs() > 0.01 {
            ui.ctx().set_zoom_factor(zoom);
        }
        let view = View {
            kiosk: &self.kiosk,
            policy: &self.policy,
            now: self.now,
            time: &self.time,
            words: &self.words,
            palette: &self.palette,
            settings: &self.settings,
            consent: &self.consent,
            picture: self.picture,
            observation: self.observation.as_ref(),
            profile: self.profile.as_ref(),
            operator: &self.operator,
            demo: self.demo.map(|who| DemoView { who, acts: false }),
            failure: self.failure.as_ref(),
        };
        let action = self.screens.show(ui, &view);
        if let Some(Action::Session(event)) = &action {
            let event = event.clone();
            self.event(event);
        }
        self.asked.extend(action);
    }
}

/// The text that comes with the program.
fn consent(language: Language) -> ConsentText {
    let none = std::path::Path::new("/nonexistent");
    ConsentTexts::load(none).expect("the texts that come with the program").of(language).clone()
}

/// The time that these screens show.
pub(crate) fn time() -> DateTime {
    date(2026, 9, 23).at(14, 5, 0, 0)
}

/// A screen of `width` x `height` pixels.
pub(crate) fn screen(language: Language, appearance: Appearance, size: [f32; 2]) -> Harness<'static, Stand> {
    build(language, appearance, size, NoPixels)
}

/// The same, where `renderer` paints.
pub(crate) fn build(
    language: Language,
    appearance: Appearance,
    size: [f32; 2],
    renderer: impl TestRenderer + 'static,
) -> Harness<'static, Stand> {
    let mut harness = Harness::builder()
        .with_size(size)
        .with_max_steps(8)
        .renderer(renderer)
        .build_ui_state(|ui, stand: &mut Stand| stand.show(&mut whole(ui)), Stand::new(language, appearance));
    fit(&mut harness, size);
    harness
}

/// The whole screen; the harness leaves a margin.
pub(crate) fn whole(ui: &mut egui::Ui) -> egui::Ui {
    let screen = ui.ctx().content_rect();
    let mut whole = ui.new_child(egui::UiBuilder::new().max_rect(screen));
    whole.set_clip_rect(screen);
    whole
}

/// Gives a screen so many pixels: the harness counts in points, of which the screen has changed the size.
pub(crate) fn fit<S>(harness: &mut Harness<'_, S>, [width, height]: [f32; 2]) {
    harness.run_steps(3);
    harness.set_size(egui::vec2(width, height) / harness.ctx.zoom_factor());
    harness.run_steps(4);
    let pixels = harness.ctx.content_rect().size() * harness.ctx.pixels_per_point();
    assert!((pixels - egui::vec2(width, height)).length() < 2.0, "{pixels} pixels");
}

/// Paints nothing, and does not keep the camera's pictures for later, as the renderer that waits does.
pub(crate) struct NoPixels;

impl TestRenderer for NoPixels {
    fn handle_delta(&mut self, delta: &mut egui::TexturesDelta) {
        delta.clear();
    }

    fn render(&mut self, _: &egui::Context, _: &egui::FullOutput) -> Result<image::RgbaImage, String> {
        Err("nothing is painted here".into())
    }
}
