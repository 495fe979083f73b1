//! The window around the kiosk: what it shows is made by `ui`, what it does by `app`.

mod content;
mod opening;
mod operator;
mod pace;
mod picture;
mod self_test;
mod shown;
pub mod tour;

use std::sync::Arc;

use crate::app::AppError;
use crate::clock::Clock;
use crate::config::Config;
use crate::person::Pin;
use crate::session::Ask;
use crate::settings::Settings;
use crate::ui::{CameraView, HealthLine};
use crate::worker::{CameraLease, SourceOpener};

pub use content::Window;
use opening::{Opened, guarded, plain};
pub use tour::Tour;

/// Gives what opens the camera of this name, or the first one.
pub type Opener = Box<dyn Fn(Option<&str>) -> SourceOpener>;
/// Lists the cameras that can be chosen; called on a thread of its own.
pub type Lister = Arc<dyn Fn() -> Vec<CameraView> + Send + Sync>;

/// The cameras of this machine, or of the demo.
pub struct Cameras {
    /// Opens the chosen one, or the first one.
    pub opener: Opener,
    /// Those that can be chosen.
    pub list: Lister,
}

/// People before the played camera.
pub struct Demo {
    /// The key of each one's name.
    pub people: &'static [&'static str],
    /// Heads that move, and pictures of them, which come after the people.
    pub actors: &'static [&'static str],
    /// Puts one of all of them before the camera.
    pub show: Show,
    /// Tells the actors what the kiosk asks for.
    pub asks: Box<dyn Fn(Option<Ask>)>,
}

impl Demo {
    /// The key of a visitor's name.
    fn name(&self, visitor: usize) -> Option<&'static str> {
        self.people.iter().chain(self.actors).nth(visitor).copied()
    }
}

/// How the window is opened.
#[derive(Default)]
pub struct Options {
    /// Full screen, and not to be closed by a visitor.
    pub kiosk: bool,
    /// The screen to be full on, counted from 0.
    pub monitor: Option<usize>,
    /// The demo's people.
    pub demo: Option<Demo>,
    /// Screens to be visited and kept as pictures.
    pub tour: Option<Tour>,
    /// As large as the screen, but with a frame.
    pub maximized: bool,
    /// Size of the window in points, where it is not full.
    pub size: Option<[f32; 2]>,
    /// The operator's PIN, where none was chosen yet: no visitor is to be the first.
    pub first_operator_pin: Option<Pin>,
}

/// What keeps the window from opening.
#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    /// There is no display, or no graphics on it.
    #[error(
        "no window can be opened: {detail}; a display (X11 or Wayland) with OpenGL 2.0 or newer is needed, Mesa's software will do (Debian: apt install {LIBRARIES})"
    )]
    Display {
        /// What the window system said.
        detail: String,
    },
    /// The display went away while the window was there: the desktop or the compositor was ended.
    #[error("the display went away: {detail}; start the program again when there is one")]
    DisplayLost {
        /// What the window system said.
        detail: String,
    },
    /// The kiosk behind it cannot start.
    #[error(transparent)]
    App(#[from] AppError),
    /// The walk through all screens did not give every picture.
    #[error("{} of the pictures were not made: {}", missing.len(), missing.join(", "))]
    Tour {
        /// The names of the files that are not there.
        missing: Vec<String>,
    },
}

/// What Debian calls the libraries that a window is opened with. Nothing is linked against them: each is looked
/// for when the window is opened.
const LIBRARIES: &str = "libgl1 libegl1 libgl1-mesa-dri libx11-6 libx11-xcb1 libxcursor1 libxi6 libxkbcommon-x11-0 libwayland-client0 libwayland-egl1";

/// Puts one of the demo's people before the camera.
pub type Show = Box<dyn Fn(usize)>;

/// Looks what is well where these settings hold, and opens the camera with this lease; called on a thread of its own
/// when the operator asks.
pub type Doctor = Arc<dyn Fn(&Settings, CameraLease) -> Vec<HealthLine> + Send + Sync>;

/// Opens the window, and returns when it is closed.
///
/// # Errors
/// [`WindowError`] when there is no display, the kiosk cannot start, or the walk of `options` did not give all its
/// pictures.
pub fn run(
    config: &Config,
    clock: Clock,
    cameras: Cameras,
    doctor: Doctor,
    mut options: Options,
) -> Result<(), WindowError> {
    let viewport = egui::ViewportBuilder::default()
        .with_title("Mirilla")
        .with_app_id("mirilla")
        .with_icon(shown::app_icon())
        .with_inner_size(options.size.unwrap_or([1280.0, 800.0]))
        .with_min_inner_size([480.0, 480.0]);
    let viewport = match (options.kiosk, options.monitor) {
        (true, Some(monitor)) => viewport.with_fullscreen(true).with_decorations(false).with_monitor(monitor),
        (true, None) => viewport.with_fullscreen(true).with_decorations(false),
        (false, _) => viewport.with_maximized(options.maximized),
    };
    let native = eframe::NativeOptions { viewport, persist_window: false, ..Default::default() };
    let config = config.clone();
    let (failed, failure) = std::sync::mpsc::channel();
    let ended_by = failed.clone();
    let kept = options.tour.as_mut().map(Tour::kept);
    let opened = Opened::default();
    let is_open = opened.clone();
    let create = move |context: &eframe::CreationContext<'_>| -> Result<Box<dyn eframe::App>, _> {
        is_open.set();
        let screens = context.winit_window().map(|window| window.available_monitors().count());
        if let (Some(wanted), Some(screens)) = (options.monitor, screens)
            && wanted >= screens
        {
            tracing::warn!(
                "there is no screen {wanted}: screens are counted from 0, and there are {screens}; another one is filled"
            );
        }
        match Window::new(&context.egui_ctx, &config, clock, cameras, doctor, options) {
            Ok(window) => Ok(Box::new(window.ending_with(ended_by)) as Box<_>),
            Err(error) => {
                let text = error.to_string();
                let _ = failed.send(error); // the receiver outlives the window
                Err(text.into())
            }
        }
    };
    let ended = guarded(&opened, || eframe::run_native("mirilla", native, Box::new(create)));
    match ended {
        Ok(Ok(())) => {
            if let Ok(error) = failure.try_recv() {
                return Err(error.into());
            }
        }
        Ok(Err(error)) => {
            let detail = plain(&error.to_string());
            return Err(match failure.try_recv() {
                Ok(error) => error.into(),
                Err(_) if opened.get() => WindowError::DisplayLost { detail },
                Err(_) => WindowError::Display { detail },
            });
        }
        Err(detail) => return Err(WindowError::Display { detail }),
    }
    match kept.map(tour::Kept::missing) {
        Some(missing) if !missing.is_empty() => Err(WindowError::Tour { missing }),
        _ => Ok(()),
    }
}
