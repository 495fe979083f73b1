//! A walk through every screen, each kept as a picture. It goes through the real window and the real kiosk:
//! the bundled people stand before a played camera, and what a visitor would press is asked for.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use egui::ColorImage;

use super::{Window, shown};
use crate::app::AppError;
use crate::camera::{Slot, Taken, Trouble};
use crate::person::Digits;
use crate::session::{Ask, Event, Form, Identifying, LivenessLevel, OperatorPage, ProfilePage, Reason, State};
use crate::settings::{KeyboardUse, Language, Settings};
use crate::ui::Action;

/// Screens come to rest within this time.
const REST: Duration = Duration::from_millis(700);
/// A screen that does not come within this time is left out, and said so.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where the walk is.
pub struct Tour {
    folder: PathBuf,
    languages: Vec<Language>,
    station: usize,
    entered: bool,
    since: Duration,
    ready_since: Option<Duration>,
    waiting: Option<Slot<Arc<ColorImage>>>,
    tell: Option<Sender<String>>,
}

/// What a walk keeps, to be asked when the window is closed: by the walk, or by somebody before its end.
pub(super) struct Kept {
    wanted: Vec<String>,
    kept: Receiver<String>,
}

impl Kept {
    /// The pictures that were not made.
    pub(super) fn missing(self) -> Vec<String> {
        let kept: Vec<String> = self.kept.try_iter().collect();
        self.wanted.into_iter().filter(|name| !kept.contains(name)).collect()
    }
}

impl Tour {
    /// A walk whose pictures are put into `folder`, in these languages. The folder is made where there is none.
    ///
    /// # Errors
    /// What the system says when no picture could be put there: better now than after the walk.
    pub fn new(folder: &Path, languages: Vec<Language>) -> std::io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        drop(tempfile::tempfile_in(folder)?);
        Ok(Self {
            folder: folder.to_owned(),
            languages,
            station: 0,
            entered: false,
            since: Duration::ZERO,
            ready_since: None,
            waiting: None,
            tell: None,
        })
    }

    /// What it will have kept.
    pub(super) fn kept(&mut self) -> Kept {
        let (tell, kept) = channel();
        self.tell = Some(tell);
        let of_language = |language: Language| STATIONS.iter().map(move |station| file_name(station, language));
        Kept { wanted: self.languages.iter().copied().flat_map(of_language).collect(), kept }
    }
}

fn file_name(station: &Station, language: Language) -> String {
    format!("{}-{}.png", station.name, language.tag())
}

/// A screen of the walk.
struct Station {
    name: &'static str,
    /// Who stands before the camera.
    person: usize,
    /// What is asked for, in this order.
    enter: &'static [fn(&mut Window) -> Action],
    /// Whether the screen is there.
    ready: fn(&Window) -> bool,
}

fn session(event: Event) -> Action {
    event.into()
}

fn filled(name: &str, email: &str) -> Action {
    Event::FormChanged(Form { name: name.into(), email: email.into(), ..Form::default() }).into()
}

fn keyboard(window: &mut Window, keyboard: KeyboardUse) -> Action {
    Action::Set(Settings { keyboard, ..window.app.settings().clone() })
}

fn liveness(window: &mut Window, liveness: LivenessLevel) -> Action {
    Action::Set(Settings { liveness, ..window.app.settings().clone() })
}

fn is_page(window: &Window, wanted: OperatorPage) -> bool {
    matches!(window.app.state(), State::Operator { page, removing: None, .. } if *page == wanted)
}

macro_rules! page {
    ($name:literal, $page:ident) => {
        Station {
            name: $name,
            person: 0,
            enter: &[|_| session(Event::OperatorRequested(OperatorPage::$page))],
            ready: |window| is_page(window, OperatorPage::$page),
        }
    };
}

/// Somebody who cannot be recognized yet is told what to do. Whoever can be is signed in too soon to be seen here.
macro_rules! looking {
    ($name:literal, $person:literal, $reason:ident) => {
        Station {
            name: $name,
            person: $person,
            enter: &[|_| session(Event::Canceled), |_| session(Event::SignInRequested)],
            ready: |window| {
                matches!(window.app.state(), State::Identifying(Identifying { hint: Some(Reason::$reason), .. }))
            },
        }
    };
}

/// A camera that is not well, and that the kiosk has found to be so.
macro_rules! trouble {
    ($name:literal, $person:literal, $trouble:ident, $enter:expr) => {
        Station {
            name: $name,
            person: $person,
            enter: $enter,
            ready: |window| window.app.kiosk().trouble() == Some(Trouble::$trouble),
        }
    };
}

const STATIONS: &[Station] = &[
    Station {
        name: "home",
        person: 0,
        enter: &[|_| session(Event::Canceled)],
        ready: |window| matches!(window.app.state(), State::Home),
    },
    Station {
        name: "register-1",
        person: 0,
        enter: &[|_| session(Event::RegistrationRequested)],
        ready: |window| matches!(window.app.state(), State::Details(_)),
    },
    Station {
        name: "register-1-keyboard",
        person: 0,
        enter: &[
            |_| session(Event::Canceled),
            |window| keyboard(window, KeyboardUse::Always),
            |_| session(Event::RegistrationRequested),
        ],
        ready: |window| matches!(window.app.state(), State::Details(_)),
    },
    Station {
        name: "register-1-errors",
        person: 0,
        enter: &[
            |window| keyboard(window, KeyboardUse::Auto),
            |_| filled("", "barack example.org"),
            |_| session(Event::Submitted),
        ],
        ready: |window| matches!(window.app.state(), State::Details(_)),
    },
    Station {
        name: "register-1-filled",
        person: 0,
        enter: &[|_| filled("Barack Obama", "barack@example.org")],
        ready: |window| matches!(window.app.state(), State::Details(_)),
    },
    Station {
        name: "consent",
        person: 0,
        enter: &[|_| session(Event::Submitted)],
        ready: |window| matches!(window.app.state(), State::Consenting(_)),
    },
    Station {
        name: "register-2",
        person: 0,
        enter: &[|window| session(agreed(window))],
        ready: |window| matches!(window.app.state(), State::Enrolling(enrolling) if enrolling.captures.len() == 1),
    },
    Station {
        name: "register-review",
        person: 0,
        enter: &[],
        ready: |window| matches!(window.app.state(), State::Reviewing { .. }),
    },
    Station {
        name: "registered",
        person: 0,
        enter: &[|_| session(Event::Confirmed)],
        ready: |window| matches!(window.app.state(), State::Enrolled { .. }),
    },
    looking!("sign-in", 4, NoFace),
    looking!("sign-in-far", 5, FaceTooSmall),
    looking!("sign-in-two", 6, SeveralFaces),
    looking!("sign-in-dark", 7, TooDark),
    Station {
        name: "profile",
        person: 1,
        enter: &[],
        ready: |window| matches!(window.app.state(), State::SignedIn(_)),
    },
    Station {
        name: "profile-edit",
        person: 1,
        enter: &[|window| session(Event::EditRequested(own_form(window)))],
        ready: |window| matches!(window.app.state(), State::SignedIn(session) if matches!(session.page, ProfilePage::Editing(_))),
    },
    Station {
        name: "profile-saved",
        person: 1,
        enter: &[|_| filled("Barack H. Obama", "barack@example.org"), |_| session(Event::Submitted)],
        ready: |window| matches!(window.app.state(), State::SignedIn(session) if matches!(session.page, ProfilePage::Overview(_))),
    },
    Station {
        name: "renewal-review",
        person: 1,
        enter: &[|_| session(Event::RenewalRequested)],
        ready: |window| matches!(window.app.state(), State::Reviewing { .. }),
    },
    Station {
        name: "profile-renewed",
        person: 1,
        enter: &[|_| session(Event::Confirmed)],
        ready: |window| matches!(window.app.state(), State::SignedIn(_)),
    },
    Station {
        name: "profile-delete",
        person: 1,
        enter: &[|_| session(Event::RemovalRequested)],
        ready: |window| matches!(window.app.state(), State::SignedIn(session) if session.page == (ProfilePage::ConfirmingRemoval { agreed: true })),
    },
    Station {
        name: "challenge",
        person: 1,
        enter: &[
            |_| session(Event::Canceled),
            |window| liveness(window, LivenessLevel::Active),
            |_| session(Event::SignInRequested),
        ],
        ready: |window| {
            let challenge = match window.app.state() {
                State::Challenging(challenging) => challenging.challenge.as_ref(),
                _ => None,
            };
            challenge.is_some_and(|challenge| challenge.asks() != Ask::Ahead)
        },
    },
    Station {
        name: "not-recognized",
        person: 3,
        enter: &[
            |_| session(Event::Canceled),
            |window| liveness(window, LivenessLevel::Passive),
            |_| session(Event::SignInRequested),
        ],
        ready: |window| matches!(window.app.state(), State::Declined { .. }),
    },
    Station {
        name: "idle",
        person: 0,
        enter: &[|_| session(Event::Canceled), |_| session(Event::RegistrationRequested)],
        ready: |window| window.app.kiosk().idle_warning(window.clock.elapsed(), window.app.policy()).is_some(),
    },
    Station {
        name: "failure",
        person: 0,
        enter: &[
            |_| session(Event::Canceled),
            |window| {
                window.failure = Some((shown::failure(&AppError::RecognitionStopped), window.clock.elapsed()));
                session(Event::Touched)
            },
        ],
        ready: |window| window.failure.is_some(),
    },
    trouble!("camera-black", 8, Black, &[|_| Action::Dismiss, |_| session(Event::SignInRequested)]),
    trouble!("camera-unplugged", 9, Unplugged, &[]),
    // It is not there when it is opened, either.
    trouble!("camera-none", 9, NoneFound, &[|_| session(Event::Canceled), |_| session(Event::SignInRequested)]),
    trouble!("camera-in-use", 10, InUse, &[]),
    trouble!("camera-no-permission", 11, NoPermission, &[]),
    trouble!("camera-failing", 13, Failing, &[]),
    trouble!("camera-frozen", 12, Frozen, &[]),
    Station {
        name: "pin-address",
        person: 0,
        enter: &[|_| session(Event::Canceled), |_| session(Event::PinSignInRequested)],
        ready: |window| matches!(window.app.state(), State::PinAddress(_)),
    },
    Station {
        name: "pin",
        person: 0,
        enter: &[
            |_| filled("", "barack@example.org"),
            |_| session(Event::Submitted),
            |_| session(Event::PinChanged(Digits::of("4829"))),
        ],
        ready: |window| matches!(window.app.state(), State::Pin(_)),
    },
    Station {
        name: "operator-pin",
        person: 0,
        enter: &[|_| session(Event::Canceled), |_| session(Event::OperatorRequested(OperatorPage::People))],
        ready: |window| matches!(window.app.state(), State::Pin(_)),
    },
    Station {
        name: "operator-people",
        person: 0,
        // Chosen at the first time, asked for afterwards.
        enter: &[
            |_| session(Event::PinChanged(Digits::of(OPERATOR_PIN))),
            |_| session(Event::Submitted),
            |_| session(Event::PinChanged(Digits::of(OPERATOR_PIN))),
            |_| session(Event::Submitted),
        ],
        ready: |window| is_page(window, OperatorPage::People),
    },
    Station {
        name: "operator-remove",
        person: 0,
        enter: &[|window| {
            session(window.app.people().first().map_or(Event::Touched, |one| Event::OperatorRemoves(one.user.id)))
        }],
        ready: |window| matches!(window.app.state(), State::Operator { removing: Some(_), .. }),
    },
    Station {
        name: "operator-camera",
        person: 0,
        enter: &[|_| session(Event::OperatorRequested(OperatorPage::Camera))],
        ready: |window| is_page(window, OperatorPage::Camera),
    },
    page!("operator-decisions", Decisions),
    page!("operator-place", Place),
    page!("operator-health", Health),
    Station {
        name: "operator-quit",
        person: 0,
        enter: &[|window| {
            window.screens.ask_whether_to_end();
            session(Event::Touched)
        }],
        ready: |window| is_page(window, OperatorPage::Health),
    },
    Station {
        name: "deleted",
        person: 1,
        enter: &[|_| session(Event::Canceled), |_| session(Event::SignInRequested)],
        ready: |window| matches!(window.app.state(), State::SignedIn(_) | State::Removed),
    },
];

/// What the walk chooses, in a store that ends with it.
const OPERATOR_PIN: &str = "482913";

fn agreed(window: &Window) -> Event {
    let language = window.words.language();
    Event::Agreed(window.app.consent().of(language).agreed_in(language))
}

fn own_form(window: &Window) -> Form {
    window.profile.as_ref().map(|profile| Form::filled(&profile.name, &profile.email)).unwrap_or_default()
}

impl Window {
    /// One step of the walk, where there is one.
    pub(super) fn go_on_tour(&mut self, ctx: &egui::Context) {
        let Some(mut tour) = self.options.tour.take() else { return };
        ctx.request_repaint();
        let going_on = self.step_of(&mut tour, ctx);
        if going_on {
            self.options.tour = Some(tour);
        } else {
            self.act(Action::Quit, ctx);
        }
    }

    fn step_of(&mut self, tour: &mut Tour, ctx: &egui::Context) -> bool {
        let now = self.clock.elapsed();
        let Some(language) = tour.languages.get(tour.station / STATIONS.len()).copied() else { return false };
        let station = &STATIONS[tour.station % STATIONS.len()];
        if let Some(picture) = &tour.waiting {
            if let Taken::Value(image) = picture.take(Duration::ZERO) {
                let name = file_name(station, language);
                let path = tour.folder.join(&name);
                match keep(&image, &path) {
                    Ok(()) => tour.tell.iter().for_each(|kept| drop(kept.send(name.clone()))),
                    Err(error) => tracing::error!(%error, path = %path.display(), "a picture could not be kept"),
                }
                tour.leave();
            }
            return true;
        }
        // Each time: a kiosk that comes home, or that nobody touches, goes back to its own language.
        self.touched = now;
        self.speak(language);
        if !tour.entered {
            tour.entered = true;
            tour.since = now;
            tour.ready_since = None;
            self.place(station.person);
            for action in station.enter {
                let action = action(self);
                self.act(action, ctx);
            }
            return true;
        }
        // The last one is reached from the profile, once that is open.
        if station.name == "deleted" && matches!(self.app.state(), State::SignedIn(_)) {
            self.act(Event::RemovalRequested.into(), ctx);
            self.act(Event::RemovalConfirmed.into(), ctx);
            return true;
        }
        if (station.ready)(self) && self.failure.is_some() == (station.name == "failure") {
            let since = *tour.ready_since.get_or_insert(now);
            // What is looked up takes its time; a capture passes on.
            let rest = match station.name {
                "register-2" => Duration::from_millis(300), // the next capture comes half a second after the first
                "operator-camera" | "operator-health" => Duration::from_secs(4),
                _ => REST,
            };
            if now >= since + rest {
                let slot = Slot::default();
                tour.waiting = Some(slot.clone());
                ctx.request_screenshot(move |image| {
                    slot.put(image);
                });
            }
        } else if station.name != "idle" && !matches!(self.app.state(), State::Home) {
            self.act(Event::Touched.into(), ctx); // on a slow machine somebody would be asked for
        }
        if tour.waiting.is_none() && now >= tour.since + PATIENCE {
            tracing::error!(screen = station.name, language = language.tag(), "a screen did not come");
            tour.leave();
        }
        true
    }
}

impl Tour {
    fn leave(&mut self) {
        self.station += 1;
        self.entered = false;
        self.waiting = None;
    }
}

fn keep(image: &ColorImage, path: &Path) -> Result<(), image::ImageError> {
    let [width, height] = image.size;
    let rgb: Vec<u8> = image.pixels.iter().flat_map(|pixel| [pixel.r(), pixel.g(), pixel.b()]).collect();
    image::save_buffer(path, &rgb, width as u32, height as u32, image::ExtendedColorType::Rgb8)
}
