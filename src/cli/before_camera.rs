//! Signing in before the camera without a window: the same machine that stands behind the window, which tells line by line what
//! is to be done, so that it can be read aloud as well.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use super::login::{opened, remove_absent};
use super::output::{Answer, Exit, Failure, user_text};
use super::secrets;
use crate::app::App;
use crate::biometrics::liveness::Turn;
use crate::camera::Trouble;
use crate::camera::webcam::{self, CameraId};
use crate::clock::Clock;
use crate::config::Config;
use crate::person::{Digits, Pin};
use crate::session::{Ask, Event, Means, PinAsk, PinTrouble, Reason, State};
use crate::settings::Settings;
use crate::worker::SourceOpener;

/// How long a look at the camera waits.
const LOOK: Duration = Duration::from_millis(100);
/// A camera that gives no picture for so long ends it.
const TROUBLE_BORNE: Duration = Duration::from_secs(15);

/// Signs somebody in who stands before the camera: this one, or the operator's choice.
pub(super) fn login(camera: Option<&str>, config: &Config, clock: Clock) -> Result<Answer, Failure> {
    let kept = Settings::load(&config.settings_path())?;
    if kept.liveness.is_active() && camera.is_some_and(|camera| kept.camera.as_deref() != Some(camera)) {
        return Err(Failure::usage(
            "this kiosk asks people to move, and keeps to its camera: leave the name away (the operator chooses the camera)",
        ));
    }
    let wanted = camera.or(kept.camera.as_deref()).map(|id| CameraId(id.to_owned()));
    login_with(Arc::new(move || webcam::open(wanted.as_ref())), secrets::own_pin, |_| {}, config, clock)
}

/// The same, before whatever is opened so, by whoever has this PIN; `asks` is told what somebody is asked to do.
fn login_with(
    open: SourceOpener,
    own_pin: impl FnOnce() -> Result<Pin, Failure>,
    asks: impl Fn(Option<Ask>),
    config: &Config,
    clock: Clock,
) -> Result<Answer, Failure> {
    let policy = super::policy(config)?;
    if policy.sign_in == Means::Pin {
        return Err(Failure::usage(
            "this kiosk signs people in by e-mail address and PIN: mirilla login --email ADDRESS",
        ));
    }
    let mut app = App::start(config, clock, open, Arc::new(|| {}))?.asking_nobody();
    // Before the camera is on: nobody types a PIN while the head turns.
    let pin = if app.policy().wants_pin() { Some(own_pin()?) } else { None };
    app.handle(Event::SignInRequested)?;
    let mut told = Told::default();
    let mut troubled: Option<Duration> = None;
    loop {
        if let Some(answer) = ended(&app, clock) {
            remove_absent(app.desk(), config)?;
            return Ok(answer);
        }
        if let State::Pin(entry) = app.state() {
            if let (PinAsk::AfterFace(..), Some(PinTrouble::Refused(reason))) = (&entry.ask, entry.trouble) {
                return Ok(reason.into());
            }
            give(&mut app, pin.as_ref())?;
            continue;
        }
        told.tell(&app);
        asks(app.state().asks());
        let now = clock.elapsed();
        troubled = app.kiosk().trouble().map(|_| troubled.unwrap_or(now));
        if let (Some(since), Some(trouble)) = (troubled, app.kiosk().trouble())
            && now.saturating_sub(since) >= TROUBLE_BORNE
        {
            let message = format!("the camera gives no picture ({}): mirilla doctor tells more", trouble.code());
            return Err(Failure::new(Exit::Machine, "camera", message));
        }
        app.turn(LOOK)?;
    }
}

/// What came of it, once something did.
fn ended(app: &App, clock: Clock) -> Option<Answer> {
    match app.state() {
        State::SignedIn(_) => {
            let session = app.session()?;
            Some(opened(session, &format!("Recognized {}.", user_text(&session.user))))
        }
        State::Declined { retry_at: Some(at), .. } => Some(Answer::held_back(at.saturating_sub(clock.elapsed()))),
        State::Declined { reason, .. } => Some((*reason).into()),
        State::Home => Some(Reason::TimedOut.into()),
        _ => None,
    }
}

/// Types the PIN that is asked for.
fn give(app: &mut App, pin: Option<&Pin>) -> Result<(), Failure> {
    let Some(pin) = pin else { return Ok(app.handle(Event::Canceled)?) };
    app.handle(Event::PinChanged(Digits::of(pin.digits())))?;
    Ok(app.handle(Event::Submitted)?)
}

/// What was told last, so that it is told once.
#[derive(Default)]
struct Told(Option<&'static str>);

impl Told {
    fn tell(&mut self, app: &App) {
        let line = match app.state() {
            _ if app.kiosk().trouble().is_some_and(|trouble| trouble != Trouble::Black) => {
                "The camera gives no picture."
            }
            _ if app.kiosk().trouble().is_some() => "The picture is black: open the camera's shutter.",
            State::Identifying(identifying) => identifying.hint.map_or("Look into the camera.", Reason::explanation),
            State::Challenging(challenging) => match (challenging.hint, &challenging.challenge) {
                (Some(hint), _) => hint.explanation(),
                (None, Some(challenge)) => asked(challenge.asks()),
                (None, None) => "Hold still.",
            },
            _ => return,
        };
        if self.0.replace(line) != Some(line) {
            // Where nobody can read it, nobody misses it.
            let _ = writeln!(std::io::stderr(), "{line}");
        }
    }
}

/// What somebody is asked to do.
pub(super) fn asked(ask: Ask) -> &'static str {
    match ask {
        Ask::Ahead => "Look straight ahead.",
        Ask::Turn(Turn::Left) => "Turn your head to the left.",
        Ask::Turn(Turn::Right) => "Turn your head to the right.",
        Ask::Turn(Turn::Up) => "Look up.",
        Ask::Turn(Turn::Down) => "Look down.",
        Ask::Blink => "Close your eyes and open them.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::camera::playback::Playback;
    use crate::demo::{self, OBAMA, OBAMA_AGAIN};
    use crate::keys::KeyOptions;
    use crate::session::{Form, LivenessLevel, Policy};
    use crate::settings::Language;
    use crate::simulation::{Actor, Director};

    const PACE: Duration = Duration::from_millis(40);
    const PIN: &str = "739154";
    /// A machine that is busy shows few pictures of a blink: whoever is followed too slowly comes again.
    const TRIES: usize = 4;

    /// A kiosk that asks for signs of life, with one person enrolled.
    struct Site {
        config: Config,
        director: Director,
        open: SourceOpener,
        clock: Clock,
        _folder: tempfile::TempDir,
    }

    impl Site {
        fn new(liveness: LivenessLevel) -> Self {
            let folder = tempfile::tempdir().unwrap();
            // What a busy machine cannot follow counts as guessing: that many tries begin a wait is another test's.
            let policy = Policy { pose_patience: Duration::ZERO, near_misses: 1000, ..Policy::default() };
            let keys = KeyOptions::default();
            let config = Config { policy, keys, ..Config::new(Some(folder.path())).unwrap() };
            // As long as a busy machine may take; what is looked for stays the same.
            Settings { liveness, patience: 10, ..Settings::default() }.save(&config.settings_path()).unwrap();
            let scenes = vec![demo::scene(&[OBAMA, OBAMA_AGAIN]).unwrap()];
            let portraits = move || Ok(Box::new(Playback::new(scenes.clone(), PACE)?) as Box<_>);
            let director = Director::default();
            let open = director.opener(Arc::new(portraits), PACE);
            let site = Self { config, director, open, clock: Clock::start(), _folder: folder };
            site.enroll();
            site
        }

        fn enroll(&self) {
            let mut app = App::start(&self.config, self.clock, self.open.clone(), Arc::new(|| {})).unwrap();
            app.handle(Event::RegistrationRequested).unwrap();
            let form = Form::filled(&"Barack Obama".parse().unwrap(), &"barack@example.org".parse().unwrap());
            app.handle(Event::FormChanged(form)).unwrap();
            app.handle(Event::Submitted).unwrap();
            let agreed = app.consent().of(Language::English).agreed_in(Language::English);
            app.handle(Event::Agreed(agreed)).unwrap();
            while matches!(app.state(), State::Enrolling(_)) {
                app.turn(LOOK).unwrap();
            }
            app.handle(Event::Confirmed).unwrap();
            while matches!(app.state(), State::Pin(_)) {
                app.handle(Event::PinChanged(Digits::of(PIN))).unwrap();
                app.handle(Event::Submitted).unwrap();
            }
            assert!(matches!(app.state(), State::Enrolled { .. }), "{:?}", app.state());
        }

        /// What is answered to this one, with this PIN.
        fn login(&self, actor: Actor, pin: Option<&str>) -> Result<Answer, Failure> {
            self.director.show(Some(actor));
            let own = || match pin {
                Some(digits) => Ok(digits.parse::<Pin>().unwrap()),
                None => Err(Failure::usage("no PIN")),
            };
            login_with(self.open.clone(), own, |ask| self.director.asks(ask), &self.config, self.clock)
        }

        /// What is answered once the machine could follow.
        fn answered(&self, actor: Actor, pin: Option<&str>) -> Option<serde_json::Value> {
            for _ in 0..TRIES {
                let json = self.login(actor, pin).unwrap().json().clone();
                if !UNCLEAR.contains(&json["reason"].as_str().unwrap_or_default()) {
                    return Some(json);
                }
            }
            println!("skipped: this machine is too busy to follow a head that blinks");
            None
        }

        /// A print is refused at the first try, on any machine.
        fn refuses_a_print(&self, pin: Option<&str>) {
            let print = self.login(Actor::PRINT_FLAT, pin).unwrap().json().clone();
            let reason = print["reason"].as_str().unwrap_or_default();
            assert!(["photo_suspected", "liveness_unclear"].contains(&reason) && print["token"].is_null(), "{print}");
        }
    }

    const UNCLEAR: [&str; 2] = ["liveness_unclear", "timed_out"];

    #[test]
    fn whoever_moves_as_asked_gets_in_from_the_command_line_and_a_print_does_not() {
        let site = Site::new(LivenessLevel::Active);
        site.refuses_a_print(None);
        let Some(head) = site.answered(Actor::HEAD_OBAMA, None) else { return };
        assert_eq!((&head["outcome"], &head["user"]["name"]), (&"recognized".into(), &"Barack Obama".into()), "{head}");
    }

    #[test]
    fn with_a_pin_as_well_nobody_gets_in_without_it_or_with_another() {
        let site = Site::new(LivenessLevel::ActiveWithPin);
        assert!(site.login(Actor::HEAD_OBAMA, None).is_err(), "it is asked for before the camera is on");
        site.refuses_a_print(Some(PIN));
        let Some(wrong) = site.answered(Actor::HEAD_OBAMA, Some("482615")) else { return };
        assert!(wrong["reason"] == "pin_wrong" && wrong["token"].is_null(), "{wrong}");
        let Some(right) = site.answered(Actor::HEAD_OBAMA, Some(PIN)) else { return };
        assert_eq!(right["outcome"], "recognized", "{right}");
    }
}
