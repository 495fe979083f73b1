//! The self-test at the window: the camera for one sitting at a time, and the guide behind the sentences. It goes on beside the kiosk,
//! which stands on the operator's page meanwhile and knows nothing of it.

use std::sync::Arc;
use std::time::Duration;

use super::{Window, shown};
use crate::app::{App, AppError, Eye, Seen};
use crate::biometrics::QualityLimits;
use crate::camera::Frame;
use crate::clock::Clock;
use crate::desk::draw_order;
use crate::selftest::{Conditions, Guide, Outcome, Plan, Taken};
use crate::session::{Ask, Event, LivenessLevel, Policy, Reason, State};
use crate::ui::{BeforeCamera, LedView, SelfTestView, SelfTestWish};
use crate::worker::{SourceOpener, Waker};

/// How long the people of a self-test stay enrolled for it, in memory, once it was left: nobody touches the operator's pages while the
/// next tester is fetched. By the clock that goes on while the machine sleeps.
const KEPT_FOR_MS: u64 = 15 * 60 * 1000;

/// A self-test that was left.
pub(super) struct Paused {
    guide: Guide,
    level: LivenessLevel,
    at_ms: u64,
}

/// A self-test under way.
pub(super) struct Led {
    guide: Guide,
    level: LivenessLevel,
    policy: Policy,
    eye: Eye,
    clock: Clock,
    last: Option<Outcome>,
    not_enrolled: Option<Reason>,
    other_camera: bool,
    overtaken: bool,
}

impl Led {
    /// Goes on with what was counted at the level that is set, and with what was left, where that is the same; or begins.
    fn open(
        app: &App,
        paused: Option<Paused>,
        conditions: Conditions,
        limits: QualityLimits,
        open: SourceOpener,
        clock: Clock,
        wake: Waker,
    ) -> Result<Self, AppError> {
        let now = clock.wall().as_second();
        let goes_on = |paused: &Paused| paused.guide.goes_on(app.measured(), &conditions);
        let paused = paused.filter(goes_on).map(|paused| paused.guide);
        let guide = paused.unwrap_or_else(|| Guide::new(Plan::default(), app.measured().cloned(), conditions, now).0);
        // The kiosk's camera is off on the page that this begins on, and on no other meanwhile.
        let eye = Eye::load(limits, open, Some(app.camera_lease()), clock, wake)?;
        let (level, policy) = (app.settings().liveness, app.policy().clone());
        Ok(Self {
            guide,
            level,
            policy,
            eye,
            clock,
            last: None,
            not_enrolled: None,
            other_camera: false,
            overtaken: false,
        })
    }

    /// What somebody before the camera is asked to do, for the demo's heads.
    pub(super) fn asks(&self) -> Option<Ask> {
        self.eye.sitting()?.asks()
    }

    /// The newest picture, while somebody is before the camera.
    pub(super) fn frame(&self) -> Option<&Frame> {
        self.eye.frame()
    }

    /// Whether somebody is before the camera.
    pub(super) fn is_looking(&self) -> bool {
        self.eye.sitting().is_some()
    }

    /// Puts somebody, or something, before the camera.
    fn begin(&mut self) -> Result<(), AppError> {
        self.say_nothing();
        match self.guide.sitting(&self.policy, self.level, draw_order()?, self.clock.elapsed()) {
            Some(sitting) => self.eye.begin(sitting),
            None => Ok(()),
        }
    }

    fn say_nothing(&mut self) {
        (self.last, self.not_enrolled, self.other_camera, self.overtaken) = (None, None, false, false);
    }

    /// Takes in what the camera saw; true when something was counted, which is to be kept.
    fn turn(&mut self) -> Result<bool, AppError> {
        let Some(Seen { end, light, mode, trouble }) = self.eye.look(Duration::ZERO)? else { return Ok(false) };
        // Whoever was not seen because the camera gave nothing comes again.
        if trouble.is_some() {
            return Ok(false);
        }
        // By another camera than the one that it was begun with nothing is counted.
        if mode.is_some_and(|mode| !self.guide.seen_by(&mode)) {
            self.other_camera = true;
            return Ok(false);
        }
        match self.guide.take(&end, light, self.clock.wall().as_second()) {
            Taken::Enrolled => {}
            Taken::NotEnrolled(reason) => self.not_enrolled = Some(reason),
            Taken::Counted(outcome) => {
                self.last = Some(outcome);
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// As it is shown.
    pub(super) fn view(&self, zone: &jiff::tz::TimeZone) -> LedView {
        let before = self.eye.sitting().map(|sitting| BeforeCamera {
            ask: sitting.asks(),
            progress: match sitting.state() {
                State::Challenging(challenging) => challenging.challenge.as_ref().map_or(0.0, |it| it.progress()),
                _ => 0.0,
            },
            hint: sitting.hint(),
            trouble: self.eye.trouble(),
        });
        let test = self.guide.test();
        let standing = test.standing(&test.conditions);
        let counted_at = shown::moment(test.changed_at, zone);
        LedView {
            step: self.guide.step(),
            plan: self.guide.plan(),
            before,
            last: self.last,
            not_enrolled: self.not_enrolled,
            other_camera: self.other_camera,
            overtaken: self.overtaken,
            can_repeat: self.guide.can_take_back(),
            counted: SelfTestView { standing, test: Some(test.clone()), counted_at },
        }
    }
}

impl Window {
    /// Does what whoever leads the self-test wants.
    pub(super) fn lead(&mut self, wish: SelfTestWish, ctx: &egui::Context) -> Result<(), AppError> {
        self.app.handle(Event::Touched)?;
        match (wish, &mut self.led) {
            (SelfTestWish::Open, None) => {
                self.app.note_self_test()?;
                let monitor = ctx.input(|input| input.viewport().monitor_size);
                let screen =
                    monitor.map(|size| size * ctx.pixels_per_point()).map(|size| [size.x as u32, size.y as u32]);
                let conditions = self.app.conditions(self.operator.first_camera(), screen);
                let open = (self.opener)(self.app.settings().camera.as_deref());
                let waking = ctx.clone();
                let wake: Waker = Arc::new(move || waking.request_repaint());
                let paused = self.paused.take();
                self.led = Some(Led::open(&self.app, paused, conditions, self.quality_limits, open, self.clock, wake)?);
            }
            (SelfTestWish::Begin, Some(led)) => led.begin()?,
            (SelfTestWish::Repeat, Some(led)) => {
                led.say_nothing();
                if led.guide.take_back() {
                    led.overtaken = !self.app.keep_measured(&mut led.guide, self.clock.wall())?;
                }
            }
            (SelfTestWish::LeaveOut, Some(led)) => {
                led.say_nothing();
                led.guide.leave_out();
            }
            (SelfTestWish::Stop, Some(led)) => {
                if !led.eye.break_off() {
                    self.pause();
                }
            }
            (_, None) | (SelfTestWish::Open, Some(_)) => {}
        }
        Ok(())
    }

    /// Leaves the self-test, to be gone on with soon.
    fn pause(&mut self) {
        let Some(Led { guide, level, .. }) = self.led.take() else { return };
        self.paused = Some(Paused { guide, level, at_ms: self.clock.steady().ms });
    }

    /// Takes in what the self-test's camera saw. It is left with the operator's pages.
    pub(super) fn go_on_with_self_test(&mut self, ctx: &egui::Context) {
        if !matches!(self.app.state(), State::Operator { .. }) {
            self.pause();
        }
        let (now_ms, level) = (self.clock.steady().ms, self.app.settings().liveness);
        self.paused.take_if(|paused| now_ms.saturating_sub(paused.at_ms) > KEPT_FOR_MS || paused.level != level);
        let Some(led) = self.led.as_mut().filter(|led| led.is_looking()) else { return };
        // Whoever is before the camera has no hand free to touch the screen.
        let done = self.app.handle(Event::Touched).and_then(|()| {
            if led.turn()? {
                led.overtaken = !self.app.keep_measured(&mut led.guide, self.clock.wall())?;
            }
            Ok(())
        });
        if let Err(error) = done {
            self.led = None;
            // As after any failure the kiosk goes on from home; that this fails as well has been told by then.
            let _ = self.app.handle(Event::Canceled);
            self.fail(error, ctx);
        }
    }
}
