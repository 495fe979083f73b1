//! What the operator's pages show beyond the session: looked up when a page is entered, some of it aside, because it
//! may take seconds.

use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;

use super::{Doctor, Lister, shown};
use crate::app::App;
use crate::camera::webcam::CameraId;
use crate::camera::{Slot, Taken};
use crate::session::{OperatorPage, State};
use crate::ui::{CameraView, HealthLine, LedView, OperatorView, Words};
use crate::worker::{Waker, aside};

/// Something that is looked up aside, one look at a time: a look that is under way when the page is left goes on, and
/// what it finds then is of no use.
struct Aside<T> {
    under_way: Option<Slot<T>>,
    wanted: bool,
}

impl<T: Send + 'static> Aside<T> {
    const NONE: Self = Self { under_way: None, wanted: false };

    fn is_looking(&self) -> bool {
        self.wanted || self.under_way.is_some()
    }

    /// Begins the look that is wanted, as soon as there is none from before. What was found, where that is new; nothing
    /// in it where the look panicked, which has been said.
    fn go_on(&mut self, waker: &Waker, look: impl FnOnce() -> T + Send + 'static) -> Option<Option<T>> {
        let found = match self.under_way.as_ref().map(|slot| slot.take(Duration::ZERO)) {
            None => None,
            Some(Taken::Nothing) => return None,
            Some(Taken::Value(value)) => Some(Some(value)),
            Some(Taken::Closed) => Some(None),
        };
        self.under_way = None;
        if !std::mem::take(&mut self.wanted) {
            return found;
        }
        let begun = aside(look, Arc::clone(waker));
        self.under_way = begun.inspect_err(|error| tracing::error!(%error, "nothing can be looked up")).ok();
        None
    }
}

/// What is looked up, and with what.
pub(super) struct Lookup {
    view: OperatorView,
    page: Option<OperatorPage>,
    /// Which reading of the people is in the view.
    people_read: u64,
    seen_cameras: Aside<Vec<CameraView>>,
    seen_health: Aside<Vec<HealthLine>>,
    cameras: Lister,
    doctor: Doctor,
    wake: Waker,
}

impl Lookup {
    pub(super) fn new(cameras: Lister, doctor: Doctor, wake: Waker) -> Self {
        Self {
            view: OperatorView::default(),
            page: None,
            people_read: 0,
            seen_cameras: Aside::NONE,
            seen_health: Aside::NONE,
            cameras,
            doctor,
            wake,
        }
    }

    /// What is known so far.
    pub(super) fn view(&self) -> &OperatorView {
        &self.view
    }

    /// The camera that is used where none was chosen, by its identifier.
    pub(super) fn first_camera(&self) -> Option<String> {
        (self.cameras)().into_iter().map(|camera| camera.id).find(|id| !CameraId(id.clone()).is_virtual())
    }

    /// The self-test that is led now.
    pub(super) fn lead(&mut self, led: Option<LedView>) {
        self.view.led = led;
    }

    /// Follows the state of the kiosk.
    pub(super) fn refresh(&mut self, app: &mut App, words: &Words, zone: &TimeZone) {
        let page = match app.state() {
            State::Operator { page, .. } => Some(*page),
            _ => None,
        };
        if page != self.page {
            self.page = page;
            self.view = OperatorView::default();
            self.people_read = 0;
            self.seen_cameras.wanted = page == Some(OperatorPage::Camera);
            self.seen_health.wanted = page == Some(OperatorPage::Health);
            if page == Some(OperatorPage::Decisions) {
                self.view.enrolled = app.desk().enrolled().unwrap_or_else(|error| {
                    tracing::error!(%error, "the references cannot be counted");
                    0
                });
                let policy = app.policy().clone();
                self.view.shut_out = app.desk().shut_out(&policy).unwrap_or_else(|error| {
                    tracing::error!(%error, "who does not get in cannot be counted");
                    0
                });
            }
        }
        let list = Arc::clone(&self.cameras);
        let cameras = self.seen_cameras.go_on(&self.wake, move || list());
        let (doctor, settings, lease) = (Arc::clone(&self.doctor), app.settings().clone(), app.camera_lease());
        let health = self.seen_health.go_on(&self.wake, move || doctor(&settings, lease));
        self.view.looking = false;
        match page {
            Some(OperatorPage::People) if self.people_read != app.people_read() => {
                self.people_read = app.people_read();
                self.view.people = app.people().iter().map(|listed| shown::person(listed, zone)).collect();
            }
            Some(OperatorPage::Decisions) => self.view.self_test = Some(shown::self_test(app, zone)),
            Some(OperatorPage::Camera) => {
                self.view.looking = self.seen_cameras.is_looking();
                self.view.cameras = cameras.map_or(std::mem::take(&mut self.view.cameras), Option::unwrap_or_default);
                self.view.camera_status = app.camera_status().map(|status| shown::camera_status(words, &status));
            }
            Some(OperatorPage::Health) => {
                self.view.looking = self.seen_health.is_looking();
                self.view.health = health.unwrap_or(self.view.health.take());
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_look_at_a_time_and_what_was_found_for_an_earlier_one_is_left_out() {
        let waker: Waker = Arc::new(|| {});
        let (gate, mut seen) = (Slot::<()>::default(), Aside::NONE);
        let waiting = gate.clone();
        seen.wanted = true;
        let first = move || {
            waiting.take(Duration::from_secs(60));
            1
        };
        assert_eq!(seen.go_on(&waker, first), None);
        // The page is left, and entered again before anything was found.
        seen.wanted = false;
        assert_eq!(seen.go_on(&waker, || 0), None);
        seen.wanted = true;
        assert_eq!(seen.go_on(&waker, || 0), None);
        gate.put(());
        let mut found = None;
        while found.is_none() {
            assert!(seen.is_looking());
            std::thread::yield_now();
            found = seen.go_on(&waker, || 2);
        }
        assert_eq!(found, Some(Some(2)));
        assert!(!seen.is_looking());
    }
}
