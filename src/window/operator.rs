//! What the operator's pages show beyond the session: looked up when a page is entered, some of it aside, because it
//! may take seconds.

use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;

use super::{Doctor, Lister, shown};
use crate::app::App;
use crate::camera::{Slot, Taken};
use crate::session::{OperatorPage, State};
use crate::ui::{CameraView, HealthLine, OperatorView, Words};
use crate::worker::{Waker, aside};

/// Something that is looked up aside.
enum Looking {
    Cameras(Slot<Vec<CameraView>>),
    Health(Slot<Vec<HealthLine>>),
}

/// What is looked up, and with what.
pub(super) struct Lookup {
    view: OperatorView,
    page: Option<OperatorPage>,
    /// Which reading of the people is in the view.
    people_read: u64,
    looking: Option<Looking>,
    cameras: Lister,
    doctor: Doctor,
    wake: Waker,
}

impl Lookup {
    pub(super) fn new(cameras: Lister, doctor: Doctor, wake: Waker) -> Self {
        Self { view: OperatorView::default(), page: None, people_read: 0, looking: None, cameras, doctor, wake }
    }

    /// What is known so far.
    pub(super) fn view(&self) -> &OperatorView {
        &self.view
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
            self.looking = self.look(app);
        }
        self.take_what_was_found();
        match page {
            Some(OperatorPage::People) if self.people_read != app.people_read() => {
                self.people_read = app.people_read();
                self.view.people = app.people().iter().map(|listed| shown::person(listed, zone)).collect();
            }
            Some(OperatorPage::Camera) => {
                self.view.camera_status = app.camera_status().map(|status| shown::camera_status(words, &status));
            }
            _ => {}
        }
        self.view.looking = self.looking.is_some();
    }

    fn look(&mut self, app: &mut App) -> Option<Looking> {
        let outcome = match self.page? {
            OperatorPage::Camera => {
                let list = Arc::clone(&self.cameras);
                aside(move || list(), self.wake.clone()).map(Looking::Cameras)
            }
            OperatorPage::Health => {
                let (doctor, settings) = (Arc::clone(&self.doctor), app.settings().clone());
                aside(move || doctor(&settings), self.wake.clone()).map(Looking::Health)
            }
            OperatorPage::Decisions => {
                self.view.enrolled = app.desk().enrolled().unwrap_or_else(|error| {
                    tracing::error!(%error, "the references cannot be counted");
                    0
                });
                return None;
            }
            OperatorPage::People | OperatorPage::Place => return None,
        };
        outcome.inspect_err(|error| tracing::error!(%error, "nothing can be looked up")).ok()
    }

    fn take_what_was_found(&mut self) {
        fn found<T>(slot: &Slot<T>) -> Option<Option<T>> {
            match slot.take(Duration::ZERO) {
                Taken::Value(value) => Some(Some(value)),
                Taken::Nothing => None,
                // It panicked, and has said so.
                Taken::Closed => Some(None),
            }
        }
        let done = match &self.looking {
            None => false,
            Some(Looking::Cameras(slot)) => {
                found(slot).map(|cameras| self.view.cameras = cameras.unwrap_or_default()).is_some()
            }
            Some(Looking::Health(slot)) => found(slot).map(|health| self.view.health = health).is_some(),
        };
        if done {
            self.looking = None;
        }
    }
}
