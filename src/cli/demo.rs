//! `mirilla demo`: bundled people before a camera that plays their portraits, through the same machine that
//! stands behind the window, on a scratch store that is gone at the end.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};

use super::output::{Answer, Exit, Failure};
use crate::app::App;
use crate::camera::playback::{Playback, SceneSwitch};
use crate::clock::Clock;
use crate::config::Config;
use crate::demo::{self, BIDEN, COLLINS, OBAMA, OBAMA_AGAIN, OBAMA_LATER, Stage, VISITORS};
use crate::desk::Refusal;
use crate::keys::KeyOptions;
use crate::person::Digits;
use crate::session::{Event, Form, LivenessLevel, Policy, Reason, State};
use crate::settings::{Appearance, Language, Overrides, Settings};
use crate::simulation::{ACTORS, Actor, Director};
use crate::ui::CameraView;
use crate::window::{self, Cameras, Options, Tour, WindowError};

#[derive(Args)]
#[command(after_help = "\
Examples:
  mirilla demo
  mirilla demo --headless
  mirilla demo --liveness 2
  mirilla demo --screenshots pictures

The window has a camera that plays portraits; the button for the next person changes who stands before it, and another one brings heads that move and attacks with pictures of them. Without a display the demo runs headless. Headless: two bundled people enroll and sign in, one reads and changes the profile, a stranger is declined, an altered token is refused. The demo uses a store of its own, never that of --data-dir.")]
pub(super) struct Arguments {
    /// Without a window, each step as a line of text.
    #[arg(long)]
    headless: bool,

    /// What signs of life are asked for: 0 none, 1 look, 2 move, 3 move and PIN [default: 1].
    #[arg(long, value_name = "LEVEL", value_parser = clap::value_parser!(u8).range(0..=3))]
    liveness: Option<u8>,

    /// The language of the window: en or es [default: the system's].
    #[arg(long, value_name = "LANGUAGE", value_parser = super::kiosk::language)]
    language: Option<Language>,

    /// Walk through every screen, keep each as a PNG in DIR in both languages, and end.
    #[arg(long, value_name = "DIR", conflicts_with = "headless")]
    screenshots: Option<PathBuf>,

    /// Width and height of the window in pixels.
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = size, default_value = "1280x800")]
    size: [f32; 2],

    /// How the window looks: light, dark, or contrast.
    #[arg(long, value_name = "APPEARANCE", value_parser = appearance, default_value = "light")]
    appearance: Appearance,
}

fn size(text: &str) -> Result<[f32; 2], String> {
    let parsed = text.split_once('x').and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
    match parsed {
        Some((width, height)) if (320u16..=7680).contains(&width) && (320u16..=7680).contains(&height) => {
            Ok([f32::from(width), f32::from(height)])
        }
        _ => Err("expected two numbers from 320 to 7680 with an x between them, such as 1280x800".into()),
    }
}

fn appearance(text: &str) -> Result<Appearance, String> {
    match text {
        "light" => Ok(Appearance::Light),
        "dark" => Ok(Appearance::Dark),
        "contrast" => Ok(Appearance::Contrast),
        _ => Err("expected light, dark, or contrast".into()),
    }
}

/// Between two frames of the window's camera: 30 a second.
const WINDOW_PACE: Duration = Duration::from_millis(33);
/// Between two frames of the camera without a window.
const PACE: Duration = Duration::from_millis(40);
/// What stands before the camera.
const SCENE_OBAMA: usize = 0;
const SCENE_BIDEN: usize = 1;
const SCENE_OBAMA_LATER: usize = 2;
const SCENE_COLLINS: usize = 3;
/// What the first of them calls himself in the end.
const RENAMED: &str = "Barack H. Obama";
/// The PIN of everybody in the demo.
const PIN: &str = "739154";

pub(super) fn run(arguments: &Arguments, config: &Config, clock: Clock) -> Result<Answer, Failure> {
    let scratch = tempfile::tempdir().map_err(|error| {
        Failure::new(Exit::Machine, "scratch_dir", format!("cannot make a scratch directory: {error}"))
    })?;
    // Portraits do not turn the head when they are asked to.
    let pose_patience = if arguments.headless { Duration::ZERO } else { Duration::from_millis(1200) };
    let mut policy = Policy { pose_patience, ..config.policy.clone() };
    if arguments.screenshots.is_some() {
        policy.idle_after = policy.idle_warning + Duration::from_secs(5); // the walk waits for the question, too
    }
    // Thrown away with the folder: a key in a keyring would stay.
    let keys = KeyOptions::default();
    let config = Config { data_dir: scratch.path().to_owned(), policy, keys, ..config.clone() };
    let liveness = arguments.liveness.and_then(LivenessLevel::numbered).unwrap_or_default();
    Settings { liveness, ..Settings::default() }.save(&config.settings_path())?;
    if !arguments.headless {
        let stage = Stage::new()?;
        let tour = arguments.screenshots.as_deref().map(tour).transpose()?;
        match windowed(arguments, &config, clock, &stage, tour) {
            Err(WindowError::Display { detail }) if arguments.screenshots.is_none() => {
                tracing::warn!("no window can be opened ({detail}): the demo runs headless");
            }
            ended => {
                ended?;
                let pictures = arguments.screenshots.as_ref().map(|folder| folder.display().to_string());
                let text = pictures.as_ref().map_or_else(
                    || "The demo was closed.".to_owned(),
                    |folder| format!("The demo was closed. Its pictures are in {folder}."),
                );
                return Ok(Answer::yes(json!({"outcome": "closed", "screenshots": pictures}), text));
            }
        }
    }
    headless(&config, liveness, clock)
}

/// The window, before it a camera that plays the bundled people.
fn windowed(
    arguments: &Arguments,
    config: &Config,
    clock: Clock,
    stage: &Stage,
    tour: Option<Tour>,
) -> Result<(), WindowError> {
    let director = Director::default();
    let opener = director.opener(stage.opener(WINDOW_PACE), WINDOW_PACE);
    let overrides = Overrides { language: arguments.language, appearance: Some(arguments.appearance), camera: None };
    let config = Config { overrides, ..config.clone() };
    let played = || vec![CameraView { id: "portraits".into(), name: "Demo".into() }];
    let cameras = Cameras { opener: Box::new(move |_| opener.clone()), list: Arc::new(played) };
    let options =
        Options { demo: Some(visitors(stage, &director)), tour, size: Some(arguments.size), ..Options::default() };
    let doctor = super::kiosk::doctor_of(&config, true, clock);
    window::run(&config, clock, cameras, doctor, options)
}

/// The people, then the heads that move and the pictures of them.
fn visitors(stage: &Stage, director: &Director) -> window::Demo {
    let (place, show, asks) = (stage.director(), director.clone(), director.clone());
    window::Demo {
        people: &VISITORS,
        actors: &ACTORS,
        show: Box::new(move |visitor| {
            let actor = visitor.checked_sub(VISITORS.len()).and_then(|actor| Actor::ALL.get(actor));
            // Whoever acts does it before a camera that is well.
            place(actor.map_or(visitor, |_| 0));
            show.show(actor.copied());
        }),
        asks: Box::new(move |ask| asks.asks(ask)),
    }
}

/// The walk through all screens, into a folder that pictures can be put in.
fn tour(folder: &Path) -> Result<Tour, Failure> {
    Tour::new(folder, Language::ALL.into()).map_err(|error| {
        let message = format!("pictures cannot be kept in {}: {error}; give another folder", folder.display());
        Failure::new(Exit::Input, "screenshots", message)
    })
}

fn headless(config: &Config, liveness: LivenessLevel, clock: Clock) -> Result<Answer, Failure> {
    let mut demo = Demo::start(config, clock)?;

    demo.enroll("Barack Obama enrolls", SCENE_OBAMA, "Barack Obama", "barack@example.org")?;
    demo.enroll("Joe Biden enrolls", SCENE_BIDEN, "Joe Biden", "joe@example.org")?;
    // Portraits do not move when they are asked to.
    let [obama, biden] = if liveness.is_active() {
        [Before::Actor(Actor::HEAD_OBAMA), Before::Actor(Actor::HEAD_BIDEN)]
    } else {
        [Before::Scene(SCENE_OBAMA_LATER), Before::Scene(SCENE_BIDEN)]
    };
    let occasion = if liveness.is_active() { "and moves as asked" } else { "on another occasion" };
    demo.sign_in(&format!("Barack Obama signs in, {occasion}"), obama, "Barack Obama")?;
    demo.profile()?;
    demo.sign_in("Joe Biden signs in", biden, "Joe Biden")?;
    demo.stranger("Eileen Collins, a stranger, is declined", SCENE_COLLINS)?;
    match liveness {
        LivenessLevel::Off => {
            demo.sign_in("a printed photo signs in: nothing is checked", Before::Actor(Actor::PRINT_FLAT), RENAMED)?;
        }
        LivenessLevel::Passive => {
            // This level sees some of them, by chance and by how fast the machine is.
            demo.try_out("a printed photo of Barack Obama is held before the camera", Actor::PRINT_FLAT)?;
            demo.try_out("his face, cut out of paper, is held before the camera", Actor::CUT_OUT)?;
        }
        LivenessLevel::Active | LivenessLevel::ActiveWithPin => {
            demo.attack("a printed photo of Barack Obama is refused", Actor::PRINT_FLAT)?;
            demo.attack("a telephone that plays a film of him is refused", Actor::PHONE)?;
            demo.attack("his face cut out of paper is refused", Actor::CUT_OUT)?;
        }
    }
    Ok(demo.report())
}

/// So often somebody tries to sign in: a machine that is busy draws heads too slowly for anybody to be followed at once.
const SIGN_IN_TRIES: u32 = 3;

/// What is put before the camera.
#[derive(Clone, Copy)]
enum Before {
    /// A portrait.
    Scene(usize),
    /// A head that moves, or a picture of one.
    Actor(Actor),
}

/// One line of the report.
struct Step {
    name: String,
    found: String,
    as_expected: bool,
    took: Duration,
}

struct Demo {
    app: App,
    scene: SceneSwitch,
    director: Director,
    clock: Clock,
    began: Duration,
    steps: Vec<Step>,
}

impl Demo {
    fn start(config: &Config, clock: Clock) -> Result<Self, Failure> {
        let began = clock.elapsed();
        let scenes = [&[OBAMA, OBAMA_AGAIN][..], &[BIDEN], &[OBAMA_LATER], &[COLLINS]]
            .into_iter()
            .map(demo::scene)
            .collect::<Result<Vec<_>, _>>()?;
        let scene = SceneSwitch::default();
        let switch = scene.clone();
        let open = move || Ok(Box::new(Playback::new(scenes.clone(), PACE)?.switched_by(&switch)) as Box<_>);
        let director = Director::default();
        let app = App::start(config, clock, director.opener(Arc::new(open), PACE), Arc::new(|| {}))?;
        let mut demo = Self { app, scene, director, clock, began, steps: vec![] };
        demo.note("networks, portraits and store are ready", String::new(), true, began);
        Ok(demo)
    }

    fn note(&mut self, name: &str, found: String, as_expected: bool, since: Duration) {
        let took = self.clock.elapsed() - since;
        self.steps.push(Step { name: name.into(), found, as_expected, took });
    }

    fn place(&mut self, before: Before) {
        match before {
            Before::Scene(scene) => {
                self.scene.show(scene);
                self.director.show(None);
            }
            Before::Actor(actor) => self.director.show(Some(actor)),
        }
    }

    /// Lets the kiosk go on until it wants nothing more of the camera; whoever is asked for a PIN gives it.
    fn until_settled(&mut self) -> Result<(), Failure> {
        while matches!(self.app.state(), State::Enrolling(_) | State::Identifying(_) | State::Challenging(_)) {
            self.app.turn(Duration::from_millis(100))?;
            self.director.asks(self.app.state().asks());
        }
        self.give_pin()
    }

    /// Once for a sign-in, twice for whoever chooses one.
    fn give_pin(&mut self) -> Result<(), Failure> {
        for _ in 0..2 {
            if matches!(self.app.state(), State::Pin(_)) {
                self.app.handle(Event::PinChanged(Digits::of(PIN)))?;
                self.app.handle(Event::Submitted)?;
            }
        }
        Ok(())
    }

    fn enroll(&mut self, step: &str, scene: usize, name: &str, email: &str) -> Result<(), Failure> {
        let since = self.clock.elapsed();
        self.place(Before::Scene(scene));
        self.app.handle(Event::RegistrationRequested)?;
        self.app.handle(Event::FormChanged(Form::filled(&name.parse()?, &email.parse()?)))?;
        self.app.handle(Event::Submitted)?;
        let agreed = self.app.consent().of(Language::English).agreed_in(Language::English);
        self.app.handle(Event::Agreed(agreed))?;
        self.until_settled()?;
        self.app.handle(Event::Confirmed)?;
        self.give_pin()?;
        let (found, enrolled) = match self.app.state() {
            State::Enrolled { .. } => ("three captures, one template".into(), true),
            other => (describe(other), false),
        };
        self.note(step, found, enrolled, since);
        Ok(())
    }

    fn sign_in(&mut self, step: &str, before: Before, name: &str) -> Result<(), Failure> {
        let since = self.clock.elapsed();
        self.show_for_sign_in(before)?;
        let mut tries = 1;
        // As people do who are told to try once more.
        while tries < SIGN_IN_TRIES
            && matches!(self.app.state(), State::Declined { reason: Reason::LivenessUnclear | Reason::TimedOut, .. })
        {
            tries += 1;
            self.app.handle(Event::Canceled)?;
            self.show_for_sign_in(before)?;
        }
        let (found, right) = match self.app.session() {
            Some(session) => {
                let (who, until) = (session.user.name.as_str(), session.expires_at.strftime("%H:%M:%S UTC"));
                (format!("recognized as {who}, session until {until}"), who == name)
            }
            None => (describe(self.app.state()), false),
        };
        let found = if tries == 1 { found } else { format!("at try {tries}: {found}") };
        self.note(step, found, right, since);
        Ok(())
    }

    fn stranger(&mut self, step: &str, scene: usize) -> Result<(), Failure> {
        self.present(step, Before::Scene(scene), |app| {
            let declined = matches!(app.state(), State::Declined { reason: Reason::NotRecognized, .. });
            (describe(app.state()), declined && app.session().is_none())
        })
    }

    /// What comes of a picture, where nothing is promised of it.
    fn try_out(&mut self, step: &str, actor: Actor) -> Result<(), Failure> {
        self.present(step, Before::Actor(actor), |app| match app.session() {
            Some(_) => ("let in: this level does not see it".into(), true),
            None => (format!("refused: {}", describe(app.state())), true),
        })
    }

    /// A picture does not sign in, and for want of signs of life: not because nobody, or somebody else, was seen.
    fn attack(&mut self, step: &str, actor: Actor) -> Result<(), Failure> {
        self.present(step, Before::Actor(actor), |app| {
            let reasons = [Reason::PhotoSuspected, Reason::LivenessUnclear];
            let refused = matches!(app.state(), State::Declined { reason, .. } if reasons.contains(reason));
            (describe(app.state()), refused && app.session().is_none())
        })
    }

    /// Somebody, or something, comes to sign in after the one before has left; what was found, and whether it is as expected.
    fn present(&mut self, step: &str, before: Before, judge: fn(&App) -> (String, bool)) -> Result<(), Failure> {
        let since = self.clock.elapsed();
        self.app.handle(Event::Canceled)?;
        self.show_for_sign_in(before)?;
        let (found, as_expected) = judge(&self.app);
        self.note(step, found, as_expected, since);
        Ok(())
    }

    fn show_for_sign_in(&mut self, before: Before) -> Result<(), Failure> {
        self.place(before);
        self.app.handle(Event::SignInRequested)?;
        self.until_settled()
    }

    /// The profile is read and changed with the token, not with an altered one, and closed.
    fn profile(&mut self) -> Result<(), Failure> {
        let Some(session) = self.app.session().cloned() else { return Ok(()) };
        let told =
            |answer: Result<String, Refusal>| answer.unwrap_or_else(|refusal| refusal.reason.explanation().into());

        let since = self.clock.elapsed();
        let read = self.app.desk().profile(&session.token)?.map(|profile| profile.user.email.as_str().to_owned());
        let right = read.as_deref() == Ok(session.user.email.as_str());
        self.note("the token opens the profile", told(read), right, since);

        let since = self.clock.elapsed();
        let name = RENAMED.parse()?;
        let policy = self.app.policy().clone();
        let changed = self.app.desk().update_profile(&session.token, Some(&name), None, &policy)?;
        let changed = changed.map(|profile| profile.user.name.as_str().to_owned());
        let right = changed.as_deref() == Ok(name.as_str());
        self.note("the profile is changed", told(changed), right, since);

        let since = self.clock.elapsed();
        let (signed, signature) = session.token.rsplit_once('.').unwrap_or_default();
        let other = if signature.starts_with('A') { "B" } else { "A" };
        let altered = format!("{signed}.{other}{}", signature.get(1..).unwrap_or_default());
        let answer = self.app.desk().profile(&altered)?;
        let refused = answer.as_ref().is_err_and(|refusal| refusal.reason == Reason::TokenInvalid);
        self.note("an altered token is refused", told(answer.map(|_| "accepted".into())), refused, since);

        self.app.handle(Event::Canceled)?;
        Ok(())
    }

    fn report(self) -> Answer {
        let passed = self.steps.iter().all(|step| step.as_expected);
        let total = self.clock.elapsed() - self.began;
        let mut text = String::new();
        for step in &self.steps {
            let mark = if step.as_expected { "ok    " } else { "FAILED" };
            let found = if step.found.is_empty() { String::new() } else { format!(": {}", step.found) };
            text += &format!("{:>6} ms  {mark}  {}{found}\n", step.took.as_millis(), step.name);
        }
        text += &format!(
            "{:>6} ms  in all; {}",
            total.as_millis(),
            if passed { "every step went as it should" } else { "NOT every step went as it should" }
        );
        let steps: Vec<Value> = self
            .steps
            .iter()
            .map(
                |step| json!({"step": step.name, "found": step.found, "ok": step.as_expected, "ms": millis(step.took)}),
            )
            .collect();
        let outcome = if passed { "passed" } else { "failed" };
        let json = json!({"outcome": outcome, "steps": steps, "total_ms": millis(total)});
        if passed { Answer::yes(json, text) } else { Answer::machine(json, text).with("reason", "demo_failed") }
    }
}

fn millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 10_000.0).round() / 10.0
}

fn describe(state: &State) -> String {
    match state {
        State::Declined { reason, .. } => reason.explanation().into(),
        State::SignedIn { .. } => "signed in".into(),
        other => format!("{other:?}"),
    }
}
