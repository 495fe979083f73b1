//! A camera for the demo, with living heads and attacks before it that obey the kiosk.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use crate::camera::playback::Exposures;
use crate::camera::{Frame, FrameSource, SourceOpener};
use crate::error::CameraError;
use crate::session::Ask;

use super::performer::{Performer, Species};
use super::stage::{HEIGHT, Stage, WIDTH};

/// Who acts, by the keys of their names: what is before the camera, and whose head it is or shows.
const ACTS: [(&str, Species, usize); 11] = [
    ("demo-head-obama", Species::BonaFide, 0),
    ("demo-head-biden", Species::BonaFide, 1),
    ("demo-print-flat", Species::PrintFlat, 0),
    ("demo-print-large", Species::PrintLarge, 0),
    ("demo-print-bent", Species::PrintBent, 0),
    ("demo-print-rolled", Species::PrintRolled, 0),
    ("demo-print-folded", Species::PrintFolded, 0),
    ("demo-cut-out", Species::CutOut, 0),
    ("demo-cut-eyes", Species::CutEyes, 0),
    ("demo-phone", Species::Phone, 0),
    ("demo-screen", Species::Screen, 0),
];

/// The keys of their names, in order.
pub const ACTORS: [&str; ACTS.len()] = {
    let mut names = [""; ACTS.len()];
    let mut i = 0;
    while i < ACTS.len() {
        names[i] = ACTS[i].0;
        i += 1;
    }
    names
};

/// Degrees by which they turn.
const TURN: f32 = 32.0;

/// Puts one of [`ACTORS`] before the camera and tells them what the kiosk asks for. Clones are the same.
#[derive(Clone, Default)]
pub struct Director {
    /// Who acts, counted from one; 0: nobody.
    actor: Arc<AtomicUsize>,
    ask: Arc<Mutex<Option<Ask>>>,
}

impl Director {
    /// Puts this one before the camera; with `None`, whatever else there is.
    pub fn show(&self, actor: Option<usize>) {
        self.actor.store(actor.map_or(0, |actor| actor + 1), Ordering::Relaxed);
    }

    /// What is asked for now.
    pub fn asks(&self, ask: Option<Ask>) {
        *self.ask.lock().unwrap_or_else(PoisonError::into_inner) = ask; // one word, whole at any time
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
    on: Option<(usize, Performer, Duration)>,
}

impl FrameSource for Acting {
    fn next_frame(&mut self, now: Duration) -> Result<Frame, CameraError> {
        let Some(actor) = self.director.actor.load(Ordering::Relaxed).checked_sub(1) else {
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
        let Some((_, species, head)) = ACTS.get(actor) else { return Err(failed("nobody to act".into())) };
        if self.on.as_ref().is_none_or(|(on, ..)| *on != actor) {
            self.on = Some((actor, Performer::new(*species, TURN, actor as u64), due));
        }
        let Some((_, performer, since)) = &mut self.on else { return Err(failed("nobody to act".into())) };
        let ask = *self.director.ask.lock().unwrap_or_else(PoisonError::into_inner);
        stage.frame(*head, performer, ask, [*since, due]).map_err(|error| failed(error.to_string()))
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
        director.show(Some(0));
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
        director.show(Some(2));
        assert!(differs(&turned, &at(1100)) > 1000, "a print comes");
    }
}
