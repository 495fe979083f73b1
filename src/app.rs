//! The shell around the state machine: events in, effects done, answers back as events. A window shows it
//! (`window`); the headless demo drives it as it is.

mod effects;
mod eye;
mod measured;

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use crate::biometrics::liveness::Looking;
use crate::biometrics::{Observation, Pair, Pipeline, UserId};
use crate::camera::Frame;
use crate::clock::Clock;
use crate::config::Config;
use crate::desk::{self, Desk, DeskError, Profile, Session};
use crate::error::{CameraError, ModelError};
use crate::selftest::{Kept, KeptError};
use crate::session::{Capture, Event, Kiosk, OperatorPage, Policy, ProfilePage, SignedIn, State};
use crate::settings::{ConsentTexts, Overrides, Settings, SettingsError};
use crate::store::{EventKind, LoggedEvent, User};
use crate::worker::{CameraLease, CameraStatus, CameraWatch, Failed, Recognition, SourceOpener, Waker};

pub use eye::{Eye, Seen};

/// What keeps the kiosk from going on.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// Disk, database, or key.
    #[error(transparent)]
    Desk(#[from] DeskError),
    /// The threads behind the camera.
    #[error(transparent)]
    Camera(#[from] CameraError),
    /// The networks.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The settings cannot be kept.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// What was measured of the signs of life cannot be kept.
    #[error(transparent)]
    Measured(#[from] KeptError),
    /// The recognition thread is gone, or fails on frame after frame.
    #[error("the recognition has stopped: start the program again")]
    RecognitionStopped,
}

impl AppError {
    /// Whether only a new start of the program can help.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::RecognitionStopped)
    }
}

/// After so many failures of the recognition in a row it is given up.
const FAILURES_BORNE: u32 = 3;

/// So many things that happened to an account are shown.
const HISTORY_LINES: usize = 30;

/// Somebody in the operator's list.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedUser {
    /// The account.
    pub user: User,
    /// The last time that the face opened a session.
    pub last_sign_in: Option<Timestamp>,
    /// The person whom no threshold tells from this one, the closest where there are several.
    pub looks_like: Option<User>,
}

/// A kiosk without a face of its own.
pub struct App {
    kiosk: Kiosk,
    /// As configured, before the operator's settings.
    base_policy: Policy,
    policy: Policy,
    /// As kept; what was given at the start may hold instead.
    kept: Settings,
    overrides: Overrides,
    settings: Settings,
    settings_path: PathBuf,
    data_dir: PathBuf,
    /// What a self-test has counted here,
    measured: Kept,
    /// and what the camera calls itself, once it is on.
    camera_mode: Option<String>,
    desk: Desk,
    session: Option<Session>,
    profile: Option<Profile>,
    /// What happened to the account; filled while its person looks.
    history: Option<Vec<LoggedEvent>>,
    /// What people agree to,
    consent: ConsentTexts,
    /// and whether there is a screen that asks whether they do.
    asks: bool,
    people: Option<Vec<ListedUser>>,
    people_read: u64,
    // Told to end before the recognition that it feeds is.
    camera: Option<CameraWatch>,
    recognition: Recognition,
    /// How often it has failed since it last did not.
    failures: u32,
    preview: Option<Frame>,
    observation: Option<Observation>,
    /// The day, since 1970, on which it was last looked for people who do not come any more.
    absent_looked_for: Option<i64>,
    /// When the camera was last switched on.
    camera_since: Duration,
    /// When the first good frame of a sign-in was taken: what is measured of a decision.
    first_good: Option<Duration>,
    open_camera: SourceOpener,
    wake: Waker,
    clock: Clock,
}

impl App {
    /// Loads networks and gallery; the camera stays off. `wake` is called from other threads when something
    /// new can be taken in with [`App::turn`].
    ///
    /// # Errors
    /// [`AppError`] when the disk, the networks, or the threads fail.
    pub fn start(config: &Config, clock: Clock, open_camera: SourceOpener, wake: Waker) -> Result<Self, AppError> {
        let mut desk = Desk::open(config, clock)?;
        // Read now, so that the first visitor does not wait for it.
        desk.gallery().map_err(DeskError::from)?;
        let settings_path = config.settings_path();
        let kept = Settings::load(&settings_path)?;
        let overrides = config.overrides.clone();
        let settings = overrides.over(&kept);
        let mut pipeline = Pipeline::load(config.quality_limits)?;
        let consent = ConsentTexts::load(&config.data_dir)?;
        let base_policy = consent.applied_to(&config.policy);
        let mut app = Self {
            kiosk: Kiosk::at_home(clock.elapsed()),
            policy: base_policy.clone(),
            base_policy,
            kept,
            overrides,
            settings,
            settings_path,
            data_dir: config.data_dir.clone(),
            measured: Kept::default(),
            camera_mode: None,
            desk,
            session: None,
            profile: None,
            history: None,
            consent,
            asks: true,
            people: None,
            people_read: 0,
            camera: None,
            recognition: Recognition::start(move |frame, looking| pipeline.observe(frame, looking), wake.clone())?,
            failures: 0,
            preview: None,
            observation: None,
            absent_looked_for: None,
            camera_since: Duration::ZERO,
            first_good: None,
            open_camera,
            wake,
            clock,
        };
        app.read_measured();
        app.decide();
        Ok(app)
    }

    /// The same, for whoever has no screen: nobody is asked whether they agree anew, and who would have to is declined.
    #[must_use]
    pub fn asking_nobody(self) -> Self {
        Self { asks: false, ..self }
    }

    /// Where the kiosk stands.
    pub fn state(&self) -> &State {
        self.kiosk.state()
    }

    /// The same, with what holds in every state.
    pub fn kiosk(&self) -> &Kiosk {
        &self.kiosk
    }

    /// What is decided by.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// What the operator has set.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The open session.
    pub fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// What the token of the open session shows; the last sign-in is the one before this.
    pub fn profile(&self) -> Option<&Profile> {
        self.profile.as_ref()
    }

    /// What happened to the account, the newest first; filled while its person looks.
    pub fn history(&self) -> &[LoggedEvent] {
        self.history.as_deref().unwrap_or_default()
    }

    /// What people agree to.
    pub fn consent(&self) -> &ConsentTexts {
        &self.consent
    }

    /// Who is enrolled; filled while the operator looks.
    pub fn people(&self) -> &[ListedUser] {
        self.people.as_deref().unwrap_or_default()
    }

    /// How often the list of people was read: it is another one when this has changed.
    pub fn people_read(&self) -> u64 {
        self.people_read
    }

    /// The newest picture of the camera, while it is on.
    pub fn preview(&self) -> Option<&Frame> {
        self.preview.as_ref()
    }

    /// What was seen last, while the camera is on.
    pub fn observation(&self) -> Option<&Observation> {
        self.observation.as_ref()
    }

    /// How the camera does, while it is wanted.
    pub fn camera_status(&self) -> Option<CameraStatus> {
        self.camera.as_ref().map(CameraWatch::status)
    }

    /// The right to open the camera, for whoever looks after it beside the kiosk.
    pub fn camera_lease(&self) -> CameraLease {
        self.recognition.camera_lease()
    }

    /// The desk, for what needs no camera.
    pub fn desk(&mut self) -> &mut Desk {
        &mut self.desk
    }

    /// Takes other settings from now on, and keeps them. A camera that is on is opened anew when another one
    /// is chosen.
    ///
    /// # Errors
    /// [`AppError::Desk`] when the change cannot be noted; then nothing is changed. [`AppError::Settings`] when they cannot be
    /// kept; they hold all the same until the program ends.
    pub fn change_settings(&mut self, settings: Settings, open_camera: Option<SourceOpener>) -> Result<(), AppError> {
        // First of all: what the log does not tell is not done, and what follows is done whole.
        self.desk.note_settings(&settings.changed_since(&self.settings)).map_err(DeskError::from)?;
        let other_camera = settings.camera != self.settings.camera;
        self.kept = self.overrides.choose(&self.kept, settings);
        self.settings = self.overrides.over(&self.kept);
        self.decide();
        let kept = self.kept.save(&self.settings_path);
        if let Some(open_camera) = open_camera {
            self.open_camera = open_camera;
            if other_camera && self.camera.is_some() {
                self.close_camera();
                if let Err(error) = self.switch_camera_on() {
                    self.go_home();
                    return Err(error);
                }
            }
        }
        Ok(kept?)
    }

    /// Takes an event in, and does all that follows from it.
    ///
    /// # Errors
    /// [`AppError`] when an effect could not be done; the kiosk then stands at home with the camera off.
    pub fn handle(&mut self, event: Event) -> Result<(), AppError> {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            let now = self.clock.elapsed();
            let before = std::mem::discriminant(self.kiosk.state());
            let kiosk = std::mem::replace(&mut self.kiosk, Kiosk::at_home(now));
            let (kiosk, effects) = kiosk.step(event, now, &self.policy);
            self.kiosk = kiosk;
            self.look_for_life();
            if before != std::mem::discriminant(self.kiosk.state()) {
                tracing::debug!(state = ?self.kiosk.state(), "state");
            }
            for effect in effects {
                match self.perform(effect) {
                    Ok(answer) => events.extend(answer),
                    Err(error) => {
                        self.go_home();
                        return Err(error);
                    }
                }
            }
            if let Err(error) = self.look_up() {
                self.go_home();
                return Err(error);
            }
        }
        Ok(())
    }

    /// Tells the recognition what signs of life the state wants.
    fn look_for_life(&self) {
        let detail = self.kiosk.state().detail(&self.policy);
        self.recognition.look_for(detail.map(|detail| Looking { detail, since: self.camera_since }));
    }

    /// Reads what the page shows that is looked at, and forgets what is not shown any more.
    fn look_up(&mut self) -> Result<(), AppError> {
        if !matches!(self.state(), State::Operator { page: OperatorPage::People, .. }) {
            self.people = None;
        } else if self.people.is_none() {
            self.list_people()?;
        }
        if !matches!(self.state(), State::SignedIn(SignedIn { page: ProfilePage::History, .. })) {
            self.history = None;
        } else if self.history.is_none() {
            // A token that is of no more use ends the session at the next tick.
            let policy = self.policy.clone();
            let history = self.with_token(|desk, token| desk.history(token, HISTORY_LINES, &policy))?;
            self.history = Some(history.unwrap_or_default());
        }
        Ok(())
    }

    /// Takes in what the camera saw, waiting for it for at most `wait`, and the passing of time.
    ///
    /// # Errors
    /// As [`App::handle`].
    pub fn turn(&mut self, wait: Duration) -> Result<(), AppError> {
        self.desk.watch_clock().map_err(DeskError::from)?;
        if let Some(camera) = &self.camera {
            if let Some(frame) = camera.preview() {
                self.preview = Some(frame);
            }
            let status = camera.status();
            self.seen_by(status.source);
            let trouble = status.phase.trouble();
            if trouble != self.kiosk.trouble() {
                self.handle(Event::CameraChanged(trouble))?;
            }
        }
        match self.recognition.observation(wait) {
            Some(Ok(Some(observation))) => {
                self.failures = 0;
                if self.is_of_this_visit(observation.captured_at) {
                    self.observation = Some(observation.clone());
                    self.note_good(&observation);
                    self.handle(Event::Observed(Box::new(observation)))?;
                    self.tell_decision();
                }
            }
            Some(Ok(None)) => {}
            Some(Err(Failed { captured_at, error })) if self.is_of_this_visit(captured_at) => {
                self.go_home();
                self.failures += 1;
                return Err(if self.failures >= FAILURES_BORNE { AppError::RecognitionStopped } else { error.into() });
            }
            Some(Err(Failed { error, .. })) => tracing::warn!(%error, "a frame of the visitor before"),
            None => {
                self.go_home();
                return Err(AppError::RecognitionStopped);
            }
        }
        self.handle(Event::Tick)?;
        self.remove_absent()
    }

    /// Once a day, while nobody is there, whoever has not come for long is removed.
    fn remove_absent(&mut self) -> Result<(), AppError> {
        let today = self.clock.wall().as_second().div_euclid(24 * 60 * 60);
        if matches!(self.state(), State::Home) && self.absent_looked_for != Some(today) {
            self.desk.remove_absent(self.settings.keep_days).map_err(DeskError::from)?;
            self.absent_looked_for = Some(today);
        }
        Ok(())
    }

    /// Whether a frame that was taken then is one of this visit: the recognition may just have finished with one of the
    /// visitor before.
    fn is_of_this_visit(&self, captured_at: Duration) -> bool {
        self.camera.is_some() && captured_at >= self.camera_since
    }

    fn note_good(&mut self, observation: &Observation) {
        let identifying = matches!(self.state(), State::Identifying(_));
        if identifying && self.first_good.is_none() && Capture::from_observation(observation).is_ok() {
            self.first_good = Some(observation.captured_at);
        }
    }

    fn tell_decision(&mut self) {
        if matches!(self.state(), State::Identifying(_) | State::Challenging(_)) {
            return;
        }
        if let Some(good) = self.first_good.take() {
            let ms = self.clock.elapsed().saturating_sub(good).as_millis();
            tracing::debug!(ms, "decided, since the first good frame was taken");
        }
    }

    /// The token opens nothing any more, wherever it may have got to.
    fn end_session(&mut self) -> Result<(), AppError> {
        self.profile = None;
        self.history = None;
        let Some(session) = self.session.take() else { return Ok(()) };
        // One that has ended already, or whose user is gone, is over too.
        self.desk.sign_out(&session.token)?.map_or_else(|_| Ok(()), Ok)
    }

    fn go_home(&mut self) {
        self.kiosk = Kiosk::at_home(self.clock.elapsed());
        if let Err(error) = self.end_session() {
            tracing::error!(%error, "a session is left to end with its time");
        }
        self.people = None;
        self.close_camera();
    }

    fn switch_camera_on(&mut self) -> Result<(), AppError> {
        self.camera_since = self.clock.elapsed();
        self.camera_mode = None;
        self.read_measured();
        self.decide();
        self.look_for_life();
        self.first_good = None;
        let (open, wake) = (self.open_camera.clone(), self.wake.clone());
        self.camera = Some(CameraWatch::start(open, &self.recognition, self.clock, wake)?);
        Ok(())
    }

    fn close_camera(&mut self) {
        self.camera = None;
        self.preview = None;
        self.observation = None;
    }

    fn list_people(&mut self) -> Result<(), AppError> {
        let store = self.desk.store();
        let users = store.users().map_err(DeskError::from)?;
        let mut last = store.last_events(EventKind::SignedIn).map_err(DeskError::from)?;
        let gallery = &self.desk.gallery().map_err(DeskError::from)?.gallery;
        let mut alike = HashMap::new();
        for Pair { people: (one, other), .. } in desk::look_alikes(gallery, &self.policy).unwrap_or_default() {
            alike.entry(one).or_insert(other); // the closest comes first
            alike.entry(other).or_insert(one);
        }
        let by_id: HashMap<UserId, &User> = users.iter().map(|user| (user.id, user)).collect();
        let listed = |user: &User| ListedUser {
            user: user.clone(),
            last_sign_in: last.remove(&user.id),
            looks_like: alike.get(&user.id).and_then(|other| by_id.get(other)).map(|other| (*other).clone()),
        };
        self.people = Some(users.iter().map(listed).collect());
        self.people_read += 1;
        Ok(())
    }
}
