//! A camera for the demo, with living heads and attacks before it that obey the kiosk.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use crate::camera::playback::Exposures;
use crate::camera::{Frame, FrameSource, SourceOpener};
use crate::error::CameraError;
use crate::session::Ask;

use super::performer::{Performer, Species};
use super::stage::{HEIGHT, Stage, WIDTH};

/// What is put before the demo's camera: a head, or what shows one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    /// The key of its name for people.
    pub key: &'static str,
    species: Species,
    /// Whose head it is or shows.
    head: usize,
}

impl Actor {
    /// Barack Obama's head, alive.
    pub const HEAD_OBAMA: Self = Self::new("demo-head-obama", Species::BonaFide, 0);
    /// Joe Biden's, alive.
    pub const HEAD_BIDEN: Self = Self::new("demo-head-biden", Species::BonaFide, 1);
    /// A flat print of the first.
    pub const PRINT_FLAT: Self = Self::new("demo-print-flat", Species::PrintFlat, 0);
    /// His face cut out of paper.
    pub const CUT_OUT: Self = Self::new("demo-cut-out", Species::CutOut, 0);
    /// A telephone that plays a film of him.
    pub const PHONE: Self = Self::new("demo-phone", Species::Phone, 0);

    /// All of them, living heads first.
    pub const ALL: [Self; 15] = [
        Self::HEAD_OBAMA,
        Self::HEAD_BIDEN,
        Self::PRINT_FLAT,
        Self::new("demo-print-large", Species::PrintLarge, 0),
        Self::new("demo-print-bent", Species::PrintBent, 0),
        Self::new("demo-print-rolled", Species::PrintRolled, 0),
        Self::new("demo-rolled-eyes-cut", Species::RolledEyesCut, 0),
        Self::new("demo-print-folded", Species::PrintFolded, 0),
        Self::CUT_OUT,
        Self::new("demo-cut-eyes", Species::CutEyes, 0),
        Self::PHONE,
        Self::new("demo-screen", Species::Screen, 0),
        Self::new("demo-print-beside", Species::PrintBeside, 0),
        Self::new("demo-swapped", Species::Swapped, 0),
        Self::new("demo-stills", Species::Stills, 0),
    ];

    const fn new(key: &'static str, species: Species, head: usize) -> Self {
        Self { key, species, head }
    }

    /// No two of them move alike.
    fn seed(self) -> u64 {
        Self::ALL.iter().take_while(|actor| **actor != self).count() as u64
    }
}

/// The keys of the names of [`Actor::ALL`], in their order.
pub const ACTORS: [&str; Actor::ALL.len()] = {
    let mut names = [""; Actor::ALL.len()];
    let mut i = 0;
    while i < names.len() {
        names[i] = Actor::ALL[i].key;
        i += 1;
    }
    names
};

/// Degrees by which they turn.
const TURN: f32 = 32.0;

/// Puts one of [`Actor::ALL`] before the camera and tells them what the kiosk asks for. Clones are the same.
#[derive(Clone, Default)]
pub struct Director {
    actor: Arc<Mutex<Option<Actor>>>,
    ask: Arc<Mutex<Option<Ask>>>,
}

impl Director {
    /// Puts this one before the camera; with `None`, whatever else there is.
    pub fn show(&self, actor: Option<Actor>) {
        *self.actor.lock().unwrap_or_else(PoisonError::into_inner) = actor; // whole at any time, as what is asked
    }

    /// What is asked for now.
    pub fn asks(&self, ask: Option<Ask>) {
        *self.ask.lock().unwrap_or_else(PoisonError::into_inner) = ask;
    }

    /// Opens the camera, at `pace` between two frames. Where nobody acts, it sees what `others` does.
    pub fn opener(&self, others: SourceOpener, pace: Duration) -> SourceOpener {
        // The heads take a moment to be made, which only who looks at them waits for.
        let (director, stage) = (self.clone(), Arc::new(OnceLock::new()));
        Arc::new(move || {
            let (director, stage, others) = (director.clone(), Arc::clone(&stage), others()?);
            Ok(Box::new(Acting { director, stage, others, exposures: Exposures::every(pace), on: None }))
        })
    }
}

struct Acting {
    director: Director,
    stage: Arc<OnceLock<Stage>>,
    others: Box<dyn FrameSource>,
    exposures: Exposures,
    /// Who is before the camera, and since when.
    on: Option<(Actor, Performer, Duration)>,
}

impl FrameSource for Acting {
    fn next_frame(&mut self, now: Duration) -> Result<Frame, CameraError> {
        let Some(actor) = *self.director.actor.lock().unwrap_or_else(PoisonError::into_inner) else {
            self.on = None;
            return self.others.next_frame(now);
        };
        let due = self.exposures.wait(now);
        let failed = |detail: String| CameraError::Playback { detail };
        let stage = match self.stage.get() {
            Some(stage) => stage,
            None => {
                let made = Stage::open().map_err(|error| failed(error.to_string()))?;
                self.stage.get_or_init(|| made)
            }
        };
        let on = self.on.take().filter(|(on, ..)| *on == actor);
        let new = || (actor, Performer::new(actor.species, TURN, actor.seed()), due);
        let (_, performer, since) = self.on.insert(on.unwrap_or_else(new));
        let ask = *self.director.ask.lock().unwrap_or_else(PoisonError::into_inner);
        stage.frame(actor.head, performer, ask, [*since, due]).map_err(|error| failed(error.to_string()))
    }

    fn describe(&self) -> String {
        format!("Demo, RGB {WIDTH}x{HEIGHT}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nobody;

    impl FrameSource for Nobody {
        fn next_frame(&mut self, _: Duration) -> Result<Frame, CameraError> {
            Err(CameraError::NothingToPlay)
        }

        fn describe(&self) -> String {
            "nobody".into()
        }
    }

    #[test]
    fn whoever_is_put_before_the_camera_does_what_is_asked_for() {
        let director = Director::default();
        let nobody = Arc::new(|| Ok(Box::new(Nobody) as Box<dyn FrameSource>));
        let mut camera = director.opener(nobody, Duration::ZERO)().unwrap();
        assert!(matches!(camera.next_frame(Duration::ZERO), Err(CameraError::NothingToPlay)));
        director.show(Some(Actor::HEAD_OBAMA));
        let mut at = |ms| camera.next_frame(Duration::from_millis(ms)).unwrap();
        let ahead = at(100);
        assert_eq!((ahead.width() as usize, ahead.height() as usize), (WIDTH, HEIGHT));
        director.asks(Some(Ask::Blink));
        let differs = |a: &Frame, b: &Frame| a.rgb().iter().zip(b.rgb()).filter(|(a, b)| a.abs_diff(**b) > 40).count();
        let (before, turned) = (at(200), {
            director.asks(Some(Ask::Turn(crate::biometrics::liveness::Turn::Left)));
            at(300);
            at(1000)
        });
        assert!(differs(&before, &turned) > 5 * differs(&ahead, &before) + 1000);
        director.show(Some(Actor::PRINT_FLAT));
        assert!(differs(&turned, &at(1100)) > 1000, "a print comes");
    }
}
