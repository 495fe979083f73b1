//! The whole kiosk as one person stands before it: the real window, threads and networks, a camera that plays
//! portraits or breaks, and a data directory of its own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::{Event, Key, Modifiers, PointerButton, Pos2, TouchDeviceId, TouchId, TouchPhase};
use egui_kittest::Harness;
use egui_kittest::kittest::NodeT as _;
use mirilla::camera::playback::FaultSwitch;
use mirilla::clock::Clock;
use mirilla::config::Config;
use mirilla::demo::Stage;
use mirilla::session::{LivenessLevel, Policy, State};
use mirilla::settings::{KeyboardUse, Language, Overrides, Settings};
use mirilla::simulation::{Actor, Director};
use mirilla::ui::{HealthLine, Words};
use mirilla::window::{Cameras, Options, Window};
use tempfile::TempDir;

use crate::stand::{NoPixels, fit, whole};
use crate::tree::{Target, focused, name, nodes, targets};

/// What is waited for comes within this time, or never.
const NEVER: Duration = Duration::from_secs(60);
/// Between two looks at the kiosk.
const MOMENT: Duration = Duration::from_millis(15);
/// Between two frames of the camera.
const PACE: Duration = Duration::from_millis(40);

/// Who can stand before the camera (`mirilla::demo::VISITORS`).
pub(crate) const OBAMA: usize = 0;
pub(crate) const OBAMA_LATER: usize = 1;
pub(crate) const COLLINS: usize = 3;
pub(crate) const NOBODY: usize = 4;

/// Portraits do not turn the head when they are asked to, and need no rest between two captures.
pub(crate) fn policy() -> Policy {
    Policy { pose_patience: Duration::ZERO, capture_spacing: Duration::from_millis(150), ..Policy::default() }
}

type Make = Box<dyn FnOnce(&egui::Context) -> Window>;

/// The window, as soon as there is something to show it in.
pub(crate) struct Hall {
    make: Option<Make>,
    window: Option<Window>,
}

impl Hall {
    fn show(&mut self, ui: &mut egui::Ui) {
        if let Some(make) = self.make.take() {
            self.window = Some(make(ui.ctx()));
        }
        if let Some(window) = &mut self.window {
            window.show(ui);
        }
    }
}

/// How a kiosk is set up.
pub(crate) struct Setup {
    pub(crate) language: Language,
    pub(crate) size: [f32; 2],
    pub(crate) policy: Policy,
    pub(crate) keyboard: KeyboardUse,
    pub(crate) session_s: u32,
    /// What is asked of whoever signs in,
    pub(crate) liveness: LivenessLevel,
    /// and so many times the usual time is given for all.
    pub(crate) patience: u32,
    /// Whether it fills the screen, and is not to be closed.
    pub(crate) locked: bool,
    /// Between two frames of the screen, in seconds.
    pub(crate) frame_s: f32,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            language: Language::English,
            size: [1280.0, 800.0],
            policy: policy(),
            keyboard: KeyboardUse::Auto,
            session_s: 900,
            liveness: LivenessLevel::Passive,
            patience: 1,
            locked: false,
            frame_s: 0.25,
        }
    }
}

/// A kiosk, and whoever uses it.
pub(crate) struct Kiosk {
    pub(crate) harness: Harness<'static, Hall>,
    pub(crate) folder: TempDir,
    pub(crate) faults: FaultSwitch,
    show: Box<dyn Fn(usize)>,
    /// Rendered people, who do what is asked.
    people: Director,
    words: Words,
}

impl Kiosk {
    pub(crate) fn new(setup: Setup) -> Self {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let config = Config {
            policy: setup.policy,
            session_lifetime_s: setup.session_s,
            overrides: Overrides { language: Some(setup.language), ..Overrides::default() },
            ..Config::new(Some(folder.path())).expect("a data directory")
        };
        let Setup { keyboard, liveness, patience, .. } = setup;
        let settings = Settings { keyboard, liveness, patience, ..Settings::default() };
        settings.save(&config.settings_path()).expect("settings are kept");
        let stage = Stage::new().expect("the bundled portraits");
        let faults = FaultSwitch::default();
        let people = Director::default();
        let opener = people.opener(faults.over(stage.opener(PACE)), PACE);
        let show = Box::new(stage.director());
        let cameras = Cameras { opener: Box::new(move |_| opener.clone()), list: Arc::new(Vec::new) };
        let line = HealthLine {
            check: "database".into(),
            found: "doctor-database-none".into(),
            remedy: None,
            is_caution: false,
        };
        let health = move |_: &Settings, _| vec![line.clone()];
        let options = Options { kiosk: setup.locked, ..Options::default() };
        let make: Make = Box::new(move |ctx| {
            Window::new(ctx, &config, Clock::start(), cameras, Arc::new(health), options).expect("a kiosk")
        });
        let mut harness = Harness::builder()
            .with_size(setup.size)
            .with_step_dt(setup.frame_s)
            .renderer(NoPixels)
            .build_ui_state(|ui, hall: &mut Hall| hall.show(&mut whole(ui)), Hall { make: Some(make), window: None });
        fit(&mut harness, setup.size);
        Self { harness, folder, faults, show, people, words: Words::new(setup.language) }
    }

    pub(crate) fn window(&self) -> &Window {
        self.harness.state().window.as_ref().expect("it was made with the first frame")
    }

    pub(crate) fn state(&self) -> &State {
        self.window().app().state()
    }

    /// Puts somebody else before the camera.
    pub(crate) fn visitor(&self, visitor: usize) {
        (self.show)(visitor);
    }

    /// Puts a rendered head, or what shows one, before the camera.
    pub(crate) fn actor(&self, actor: Actor) {
        self.people.show(Some(actor));
    }

    /// The person reads and speaks this language from now on.
    pub(crate) fn speak(&mut self, language: Language) {
        self.words = Words::new(language);
    }

    /// A text in the person's language.
    pub(crate) fn text(&self, key: &str) -> String {
        self.words.text(key)
    }

    pub(crate) fn step(&mut self) {
        self.people.asks(self.state().asks());
        self.harness.step();
    }

    /// Waits for something to come.
    #[track_caller]
    pub(crate) fn until(&mut self, what: &str, there: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !there(self) {
            let names: Vec<_> = nodes(&self.harness).map(|node| name(&node)).filter(|name| !name.is_empty()).collect();
            assert!(begun.elapsed() < NEVER, "{what} never comes: {:?}, {names:?}", self.state());
            std::thread::sleep(MOMENT);
            self.step();
        }
        // What just came is laid out once more.
        self.harness.run_steps(2);
    }

    #[track_caller]
    pub(crate) fn until_state(&mut self, what: &str, there: fn(&State) -> bool) {
        self.until(what, |kiosk| there(kiosk.state()));
    }

    /// Whether the text of this key is on the screen.
    pub(crate) fn says(&self, key: &str) -> bool {
        let text = self.text(key);
        nodes(&self.harness).any(|node| name(&node) == text)
    }

    /// Whether these words are a part of what is on the screen.
    pub(crate) fn tells(&self, part: &str) -> bool {
        nodes(&self.harness).any(|node| name(&node).contains(part))
    }

    pub(crate) fn targets(&self) -> Vec<Target> {
        targets(&self.harness)
    }

    /// What can be pressed and is called so.
    #[track_caller]
    pub(crate) fn target(&self, name: &str) -> Target {
        let all = self.targets();
        let names: Vec<_> = all.iter().map(|target| target.name.clone()).collect();
        let found = all.into_iter().find(|target| target.name == name);
        found.unwrap_or_else(|| panic!("{name:?} is not among {names:?} in {:?}", self.state()))
    }
}

/// By keys.
impl Kiosk {
    pub(crate) fn key(&mut self, key: Key) {
        self.harness.key_press(key);
        self.step();
        self.step();
    }

    pub(crate) fn shift_tab(&mut self) {
        self.harness.key_press_modifiers(Modifiers::SHIFT, Key::Tab);
        self.step();
        self.step();
    }

    /// Types a letter after the other.
    pub(crate) fn type_text(&mut self, text: &str) {
        for letter in text.chars() {
            self.harness.event(Event::Text(letter.into()));
        }
        self.step();
        self.step();
    }

    /// Fills in the form that is shown, waits for the pictures, and saves.
    pub(crate) fn fill_in_and_save(&mut self, name: &str) {
        self.type_text(name);
        self.key(Key::Enter);
        self.type_text("barack@example.org");
        self.key(Key::Enter);
        self.enter("action-agree");
        self.until_state("the review", |state| matches!(state, State::Reviewing { .. }));
        self.key(Key::Enter);
    }

    /// Types the operator's PIN, which is chosen at the first time: until it is accepted.
    pub(crate) fn give_operator_pin(&mut self) {
        while matches!(self.state(), State::Pin(_)) {
            self.type_text("482913");
            self.key(Key::Enter);
        }
    }

    pub(crate) fn focused(&self) -> Option<String> {
        focused(&self.harness).map(|target| target.name)
    }

    /// Presses Tab until this has the focus.
    #[track_caller]
    pub(crate) fn tab_to(&mut self, name: &str) {
        let mut passed = vec![];
        while self.focused().as_deref() != Some(name) {
            passed.push(self.focused());
            assert!(passed.len() < 60, "Tab does not lead to {name:?} in {:?}: {passed:?}", self.state());
            self.key(Key::Tab);
        }
    }

    /// Goes to a button by Tab and presses it by Enter.
    #[track_caller]
    pub(crate) fn enter(&mut self, key: &str) {
        let name = self.text(key);
        self.tab_to(&name);
        self.key(Key::Enter);
    }
}

/// By touch, as egui-winit passes it on.
impl Kiosk {
    pub(crate) fn finger(&mut self, phase: TouchPhase, pos: Pos2) {
        let touch = Event::Touch { device_id: TouchDeviceId(1), id: TouchId(1), phase, pos, force: None };
        let button =
            |pressed| Event::PointerButton { pos, button: PointerButton::Primary, pressed, modifiers: Modifiers::NONE };
        let events = match phase {
            TouchPhase::Start => vec![touch, Event::PointerMoved(pos), button(true)],
            TouchPhase::Move => vec![touch, Event::PointerMoved(pos)],
            TouchPhase::End | TouchPhase::Cancel => vec![touch, button(false), Event::PointerGone],
        };
        self.harness.input_mut().events.extend(events);
        self.step();
    }

    pub(crate) fn tap_at(&mut self, pos: Pos2) {
        self.finger(TouchPhase::Start, pos);
        self.finger(TouchPhase::End, pos);
        self.harness.run_steps(3);
    }

    /// Touches what is called so.
    #[track_caller]
    pub(crate) fn tap(&mut self, name: &str) {
        let target = self.target(name);
        assert!(target.seen.is_positive(), "{name:?} is out of sight");
        self.tap_at(target.seen.center());
    }

    #[track_caller]
    pub(crate) fn tap_text(&mut self, key: &str) {
        let name = self.text(key);
        self.tap(&name);
    }

    /// Keeps a finger there for so many quarters of a second.
    #[track_caller]
    pub(crate) fn hold(&mut self, name: &str, quarters: usize) {
        let pos = self.target(name).rect.center();
        self.finger(TouchPhase::Start, pos);
        self.harness.run_steps(quarters);
        self.finger(TouchPhase::End, pos);
        self.harness.run_steps(2);
    }
}

/// By a screen reader.
impl Kiosk {
    #[track_caller]
    fn ask(&mut self, name: &str, act: impl Fn(egui_kittest::Node<'_>)) {
        let id = self.target(name).id;
        let found = self.harness.root().children_recursive().find(|node| node.accesskit_node().locate().0.0 == id);
        act(found.expect("it was there a moment ago"));
        self.harness.run_steps(4);
    }

    #[track_caller]
    pub(crate) fn activate(&mut self, name: &str) {
        self.ask(name, |node| node.click_accesskit());
    }

    #[track_caller]
    pub(crate) fn activate_text(&mut self, key: &str) {
        let name = self.text(key);
        self.activate(&name);
    }

    #[track_caller]
    pub(crate) fn write(&mut self, name: &str, text: &str) {
        self.ask(name, |node| node.focus());
        self.ask(name, |node| node.set_text_value_accesskit(text));
    }
}
