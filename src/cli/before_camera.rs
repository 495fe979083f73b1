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
    login_with(Arc::new(move || webcam::open(wanted.as_ref())), config, clock)
}

/// The same, before whatever is opened so.
fn login_with(open: SourceOpener, config: &Config, clock: Clock) -> Result<Answer, Failure> {
    let policy = super::policy(config)?;
    if policy.sign_in == Means::Pin {
        return Err(Failure::usage(
            "this kiosk signs people in by e-mail address and PIN: mirilla login --email ADDRESS",
        ));
    }
    let mut app = App::start(config, clock, open, Arc::new(|| {}))?.asking_nobody();
    // Before the camera is on: nobody types a PIN while the head turns.
    let pin = if app.policy().wants_pin() { Some(secrets::own_pin()?) } else { None };
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
