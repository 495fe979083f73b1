//! The shell around the state machine: events in, effects done, answers back as events. A window shows it;
//! the headless demo drives it as it is.

use std::collections::VecDeque;
use std::time::Duration;

use crate::biometrics::{Observation, Pipeline};
use crate::camera::FrameSource;
use crate::clock::Clock;
use crate::config::Config;
use crate::desk::{Desk, DeskError, Session};
use crate::error::{CameraError, ModelError};
use crate::session::{Effect, Event, Policy, Reason, State, step};
use crate::store::Change;
use crate::worker::{OpenCamera, Recognition};

/// Opens the camera anew.
pub type CameraOpener = Box<dyn FnMut() -> Result<Box<dyn FrameSource>, CameraError>>;

/// What keeps the kiosk from going on.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// Disk, database, or key.
    #[error(transparent)]
    Desk(#[from] DeskError),
    /// Camera, or the threads behind it.
    #[error(transparent)]
    Camera(#[from] CameraError),
    /// The networks.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The recognition thread is gone.
    #[error("the recognition has stopped: start the program again")]
    RecognitionStopped,
}

/// A kiosk without a face of its own.
pub struct App {
    state: State,
    policy: Policy,
    desk: Desk,
    session: Option<Session>,
    // The camera thread feeds the recognition: it is dropped, and so ended, first.
    camera: Option<OpenCamera>,
    recognition: Recognition,
    open_camera: CameraOpener,
    clock: Clock,
}

impl App {
    /// Loads networks and gallery; the camera stays off.
    ///
    /// # Errors
    /// [`AppError`] when the disk, the networks, or the threads fail.
    pub fn start(config: &Config, clock: Clock, open_camera: CameraOpener) -> Result<Self, AppError> {
        let desk = Desk::open(config, clock)?;
        let pipeline = Pipeline::load(config.quality_limits)?;
        Ok(Self {
            state: State::Home,
            policy: config.policy.clone(),
            desk,
            session: None,
            camera: None,
            recognition: Recognition::start(pipeline)?,
            open_camera,
            clock,
        })
    }

    /// Where the kiosk stands.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The open session.
    pub fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// The desk, for what needs no camera.
    pub fn desk(&mut self) -> &mut Desk {
        &mut self.desk
    }

    /// Takes an event in, and does all that follows from it.
    ///
    /// # Errors
    /// [`AppError`] when an effect could not be done; the kiosk then stands at home with the camera off.
    pub fn handle(&mut self, event: Event) -> Result<(), AppError> {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            let state = std::mem::replace(&mut self.state, State::Home);
            let before = std::mem::discriminant(&state);
            let (state, effects) = step(state, event, self.clock.elapsed(), &self.policy);
            if before != std::mem::discriminant(&state) {
                tracing::debug!(?state, "state");
            }
            self.state = state;
            for effect in effects {
                match self.perform(effect) {
                    Ok(answer) => events.extend(answer),
                    Err(error) => {
                        self.state = State::Home;
                        self.session = None;
                        self.camera = None;
                        return Err(error);
                    }
                }
            }
        }
        Ok(())
    }

    /// Takes in what the camera saw, waiting for it for at most `wait`, and the passing of time.
    ///
    /// # Errors
    /// As [`App::handle`].
    pub fn turn(&mut self, wait: Duration) -> Result<(), AppError> {
        match self.see(wait) {
            Ok(Some(observation)) => self.handle(Event::Observed(observation))?,
            Ok(None) => {}
            Err(error) => {
                self.handle(Event::Canceled)?;
                return Err(error);
            }
        }
        self.handle(Event::Tick)
    }

    fn see(&self, wait: Duration) -> Result<Option<Observation>, AppError> {
        if let Some(failure) = self.camera.as_ref().and_then(OpenCamera::failure) {
            return Err(failure.into());
        }
        match self.recognition.observation(wait) {
            Some(observation) => Ok(observation?),
            None => Err(AppError::RecognitionStopped),
        }
    }

    /// Does one thing; its answer, where it has one, is the next event.
    fn perform(&mut self, effect: Effect) -> Result<Option<Event>, AppError> {
        Ok(match effect {
            Effect::OpenCamera => {
                let source = (self.open_camera)()?;
                self.camera = Some(OpenCamera::start(source, &self.recognition, self.clock)?);
                None
            }
            Effect::CloseCamera => {
                self.camera = None;
                None
            }
            Effect::Store { name, email, enrollment } => {
                match self.desk.enroll(name, email, &enrollment).map_err(DeskError::from)? {
                    Change::Done(user) => Some(Event::Stored { user: user.id }),
                    Change::EmailTaken => Some(Event::Refused(Reason::EmailTaken)),
                    Change::NoSuchUser => Some(Event::Refused(Reason::UserRemoved)),
                }
            }
            Effect::Search { probe } => {
                // Read anew each time: another process may have enrolled, renewed, or removed somebody.
                let (best, runner_up) = self.desk.gallery().map_err(DeskError::from)?.gallery.search(&probe);
                Some(Event::Searched { best, runner_up })
            }
            Effect::OpenSession { best } => match self.desk.open_session(best)? {
                Ok(session) => {
                    let left = session.expires_at.duration_since(self.clock.wall());
                    let until = self.clock.elapsed() + Duration::try_from(left).unwrap_or_default();
                    self.session = Some(session);
                    Some(Event::SessionOpened { until })
                }
                Err(refusal) => Some(Event::Refused(refusal.reason)),
            },
            Effect::CloseSession => {
                self.session = None;
                None
            }
            Effect::NoteDecline { reason, score } => {
                self.desk.note_decline(reason, score).map_err(DeskError::from)?;
                None
            }
        })
    }
}
