//! Ten thousand people sign in and out, one after the other, in the real window without a display. Does the memory
//! stay what it was? `cargo bench --bench sign_ins` (the number of people may follow after `--`).
//!
//! Threads, networks, decisions, store and screens are the kiosk's own. What is not: the camera gives pictures that
//! were painted before, every 10 ms; the visitors press the button at once; and what would be brought to the graphics card
//! is kept here instead, so that textures that are never given back count.

#![allow(clippy::print_stdout)] // a table for whoever measures

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use egui::{Event, Key, Modifiers, PointerButton, RawInput, TextureId};
use mirilla::camera::playback::Playback;
use mirilla::camera::{Frame, FrameSource};
use mirilla::clock::Clock;
use mirilla::config::Config;
use mirilla::demo::{self, OBAMA, OBAMA_LATER};
use mirilla::error::CameraError;
use mirilla::session::{Policy, State};
use mirilla::settings::{Language, Overrides, Settings};
use mirilla::window::{Cameras, Options, Window};

const PEOPLE: usize = 10_000;
/// The table has a line after so many people.
const TOLD_AT: [usize; 6] = [1, 100, 1000, 2500, 5000, 10_000];
/// Between two pictures of the camera.
const PACE: Duration = Duration::from_millis(10);
/// Between two frames of the screen, while the recognition looks.
const LOOK: Duration = Duration::from_millis(4);
/// After so many frames everything lies where it stays.
const SETTLED: usize = 10;
const PIXELS: egui::Vec2 = egui::vec2(1280.0, 800.0);
/// A screen is looked at for this long before something is pressed.
const SEEN: Duration = Duration::from_secs(1);
/// Where the two buttons of the first screen lie, in pixels.
const SIGN_IN: egui::Pos2 = egui::pos2(937.0, 442.0);
const REGISTER: egui::Pos2 = egui::pos2(937.0, 546.0);
/// Whatever takes longer never comes.
const NEVER: Duration = Duration::from_secs(60);

/// Pictures painted before, given again and again.
struct Rolling {
    frames: Arc<[Frame]>,
    next: usize,
}

impl FrameSource for Rolling {
    fn next_frame(&mut self, now: Duration) -> Result<Frame, CameraError> {
        std::thread::sleep(PACE);
        let frame = &self.frames[self.next % self.frames.len()];
        self.next += 1;
        Frame::new(frame.width(), frame.height(), frame.rgb().to_vec(), now + PACE)
    }

    fn describe(&self) -> String {
        "pictures painted before".into()
    }
}

/// A second of the played camera.
fn painted() -> Arc<[Frame]> {
    let scene = demo::scene(&[OBAMA, OBAMA_LATER]).expect("the bundled portraits");
    let mut playback = Playback::new(vec![scene], Duration::ZERO).expect("a scene");
    let frames = (0..12).map(|number| playback.next_frame(Duration::from_millis(number * 250)).expect("a picture"));
    frames.collect()
}

struct Hall {
    ctx: egui::Context,
    clock: Clock,
    window: Window,
    /// What lies on the graphics card, in bytes of a texture.
    card: HashMap<TextureId, Vec<u8>>,
    events: Vec<Event>,
    /// Time that passes for the screen alone: between a screen and a press there is a person.
    passed: Duration,
    frames: u32,
    ours: Duration,
    longest: Duration,
}

impl Hall {
    fn open(config: &Config) -> Self {
        let (ctx, clock) = (egui::Context::default(), Clock::start());
        let frames = painted();
        let opener: mirilla::worker::SourceOpener =
            Arc::new(move || Ok(Box::new(Rolling { frames: Arc::clone(&frames), next: 0 })));
        let cameras = Cameras { opener: Box::new(move |_| opener.clone()), list: Arc::new(Vec::new) };
        let healthy = Arc::new(|_: &Settings, _| vec![]);
        let window = Window::new(&ctx, config, clock, cameras, healthy, Options::default()).expect("a kiosk");
        Self {
            ctx,
            clock,
            window,
            card: HashMap::new(),
            events: vec![],
            passed: Duration::ZERO,
            frames: 0,
            ours: Duration::ZERO,
            longest: Duration::ZERO,
        }
    }

    /// One frame of the screen, to the point where the graphics would take over.
    fn frame(&mut self) {
        // The screen has so many pixels, whatever size the window gives its things.
        let size = PIXELS / self.ctx.zoom_factor();
        let input = RawInput {
            screen_rect: Some(egui::Rect::from_min_size(egui::Pos2::ZERO, size)),
            time: Some((self.clock.elapsed() + self.passed).as_secs_f64()),
            events: std::mem::take(&mut self.events),
            ..RawInput::default()
        };
        let begin = self.clock.elapsed();
        let window = &mut self.window;
        let mut output = self.ctx.run_ui(input, |ui| window.show(ui));
        let triangles = self.ctx.tessellate(std::mem::take(&mut output.shapes), output.pixels_per_point);
        let took = self.clock.elapsed() - begin;
        drop(triangles);
        self.frames += 1;
        self.ours += took;
        self.longest = self.longest.max(took);
        for (id, deltas) in &output.textures_delta.set {
            for delta in deltas {
                let [width, height] = delta.image.size();
                let bytes = width * height * delta.image.bytes_per_pixel();
                if delta.is_whole() {
                    self.card.insert(*id, vec![1; bytes]);
                }
            }
        }
        for id in &output.textures_delta.free {
            self.card.remove(id);
        }
        output.textures_delta.clear();
    }

    fn key(&mut self, key: Key) {
        for pressed in [true, false] {
            let modifiers = Modifiers::NONE;
            self.events.push(Event::Key { key, physical_key: None, pressed, repeat: false, modifiers });
            self.frame();
        }
    }

    fn type_text(&mut self, text: &str) {
        self.events.push(Event::Text(text.into()));
        self.frame();
        self.key(Key::Enter);
        self.frame();
    }

    fn state(&self) -> &State {
        self.window.app().state()
    }

    /// Waits for a state.
    fn until(&mut self, what: &str, there: fn(&State) -> bool) {
        let begin = self.clock.elapsed();
        while !there(self.state()) {
            assert!(self.clock.elapsed() - begin < NEVER, "{what} never comes: {:?}", self.state());
            std::thread::sleep(LOOK);
            self.frame();
        }
        self.frame();
    }

    /// Presses what lies there, in pixels, once it was seen.
    fn click(&mut self, pos: egui::Pos2) {
        self.passed += SEEN;
        self.frame();
        let pos = pos / self.ctx.zoom_factor();
        for pressed in [true, false] {
            let modifiers = Modifiers::NONE;
            self.events.push(Event::PointerMoved(pos));
            self.events.push(Event::PointerButton { pos, button: PointerButton::Primary, pressed, modifiers });
            self.frame();
        }
    }

    fn home(&mut self) {
        self.key(Key::Escape);
        self.until("home", |state| matches!(state, State::Home));
    }

    /// Somebody is enrolled.
    fn register(&mut self) {
        for _ in 0..SETTLED {
            self.frame();
        }
        self.click(REGISTER);
        self.until("the form", |state| matches!(state, State::Details(_)));
        self.type_text("Somebody");
        self.type_text("somebody@example.org");
        self.until("the review", |state| matches!(state, State::Reviewing { .. }));
        self.key(Key::Enter);
        self.until("the end", |state| matches!(state, State::Enrolled { .. }));
        self.home();
    }

    /// Signs in and out.
    fn visit(&mut self) {
        self.click(SIGN_IN);
        self.until("the profile", |state| matches!(state, State::SignedIn(_)));
        self.home();
    }

    fn tell(&mut self, people: usize, folder: &std::path::Path) {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
            line.split_whitespace().next().and_then(|number| number.parse::<u64>().ok()).unwrap_or_default()
        };
        let files: u64 = std::fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|file| file.metadata().ok())
            .map(|file| file.len())
            .sum();
        let textures: usize = self.card.values().map(Vec::len).sum();
        let mb = |kb: u64| kb as f64 / 1024.0;
        println!(
            "{people:>7} {:>7.1} {:>7.1} {:>8} {:>5} {:>7.1} {:>7.1} {:>7.2} {:>7.1} {:>7.0}",
            mb(field("VmRSS:")),
            mb(field("VmHWM:")),
            field("Threads:"),
            self.card.len(),
            mb(textures as u64 / 1024),
            mb(files / 1024),
            self.ours.as_secs_f64() * 1000.0 / f64::from(self.frames.max(1)),
            self.longest.as_secs_f64() * 1000.0,
            self.clock.elapsed().as_secs_f64(),
        );
        (self.frames, self.ours, self.longest) = (0, Duration::ZERO, Duration::ZERO);
    }
}

fn main() {
    let people = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(PEOPLE);
    let folder = tempfile::tempdir().expect("a scratch folder");
    // The pictures do not turn the head when they are asked to.
    let policy = Policy { pose_patience: Duration::ZERO, ..Policy::default() };
    let overrides = Overrides { language: Some(Language::English), ..Overrides::default() };
    let config = Config { policy, overrides, ..Config::new(Some(folder.path())).expect("a data directory") };
    let mut hall = Hall::open(&config);
    hall.register();
    println!("people  RSS MB peak MB  threads texts  card MB disk MB mean ms max ms  after s");
    for number in 1..=people {
        hall.visit();
        if TOLD_AT.contains(&number) || number == people {
            hall.tell(number, folder.path());
        }
    }
}
