//! Whoever stands before the camera and does what is asked, with a head or with what shows one.

use std::time::Duration;

use crate::biometrics::liveness::Turn;
use crate::session::Ask;

use super::head::Pose;

/// What is before the camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Species {
    /// A living head.
    BonaFide,
    /// A print, flat.
    PrintFlat,
    /// Bent around a radius of 15 cm.
    PrintBent,
    /// Rolled to a radius of 7 cm.
    PrintRolled,
    /// Folded along the nose.
    PrintFolded,
    /// So large that its border is out of the picture.
    PrintLarge,
    /// Cut out along the outline of the face.
    CutOut,
    /// With holes for the eyes of whoever holds it.
    CutEyes,
    /// A telephone that plays a recording of somebody who turns the head and blinks.
    Phone,
    /// The same on a screen whose frame is out of the picture.
    Screen,
    /// A large print, with the living head of whoever holds it beside it, further away.
    PrintBeside,
    /// A large print until somebody is asked to move, and then whoever held it.
    Swapped,
    /// Large prints of each pose and of closed eyes, changed as quickly as they are asked for.
    Stills,
    /// Rolled to a radius of 7 cm, with holes for the eyes of whoever holds it.
    RolledEyesCut,
}

impl Species {
    /// All attacks.
    pub const ATTACKS: [Self; 13] = [
        Self::PrintFlat,
        Self::PrintBent,
        Self::PrintRolled,
        Self::PrintFolded,
        Self::PrintLarge,
        Self::CutOut,
        Self::CutEyes,
        Self::Phone,
        Self::Screen,
        Self::PrintBeside,
        Self::Swapped,
        Self::Stills,
        Self::RolledEyesCut,
    ];

    /// Its name for people and programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::BonaFide => "bona_fide",
            Self::PrintFlat => "print_flat",
            Self::PrintBent => "print_bent",
            Self::PrintRolled => "print_rolled",
            Self::PrintFolded => "print_folded",
            Self::PrintLarge => "print_large",
            Self::CutOut => "cut_out",
            Self::CutEyes => "cut_eyes",
            Self::Phone => "phone",
            Self::Screen => "screen",
            Self::PrintBeside => "print_beside",
            Self::Swapped => "swapped",
            Self::Stills => "stills",
            Self::RolledEyesCut => "rolled_eyes_cut",
        }
    }

    fn is_played(self) -> bool {
        matches!(self, Self::Phone | Self::Screen)
    }
}

/// Degrees a second that a head or a hand turns.
const SPEED: f32 = 130.0;
/// How long somebody takes to understand what is asked.
const REACTION: Duration = Duration::from_millis(300);
/// Whoever is still asked for the same turn after this goes further, living or not: the ring is not full.
const INSISTED: Duration = Duration::from_millis(1200);
/// By so much a second, as a share of the turn,
const FURTHER: f32 = 0.4;
/// and to this at most.
const MOST_FURTHER: f32 = 1.6;
/// How long eyes stay closed for a blink on request, with the way there and back.
const BLINK: f32 = 0.4;

/// Somebody who obeys, frame by frame.
pub struct Performer {
    species: Species,
    random: fastrand::Rng,
    /// How far a turn goes, to a side and up or down, in degrees.
    turn: [f32; 2],
    asked: Option<(Ask, Duration)>,
    yaw: f32,
    pitch: f32,
    blinked: Option<Duration>,
    last: Duration,
    /// What a recording shows: the order in which its person turned.
    script: [Turn; 4],
    waves: [f32; 6],
}

impl Performer {
    /// Somebody with this, who turns by about so many degrees. Equal seeds give equal performances.
    pub fn new(species: Species, degrees: f32, seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut script = Turn::ALL;
        random.shuffle(&mut script);
        let mut spread = |around: f32| around * (0.9 + 0.2 * random.f32());
        let turn = [spread(degrees), spread(degrees * 0.65)];
        let waves = std::array::from_fn(|_| random.f32());
        Self {
            species,
            random,
            turn,
            asked: None,
            yaw: 0.0,
            pitch: 0.0,
            blinked: None,
            last: Duration::ZERO,
            script,
            waves,
        }
    }

    /// Randomness for the camera's noise.
    pub fn random(&mut self) -> &mut fastrand::Rng {
        &mut self.random
    }

    /// What is before the camera now, and whether it is somebody else than whose face was shown at first.
    pub(super) fn shows(&self) -> (Species, bool) {
        match self.species {
            Species::Swapped if self.asked.is_some() => (Species::BonaFide, true),
            Species::Swapped => (Species::PrintLarge, false),
            species => (species, false),
        }
    }

    /// How the picture is held and what it plays, at a time, where this is asked. `None` for an ask: nobody is asked, and somebody
    /// who holds a picture lets it move as hands do.
    pub fn pose(&mut self, ask: Option<Ask>, now: Duration) -> [Pose; 2] {
        let step = now.saturating_sub(self.last).as_secs_f32();
        self.last = now;
        if self.asked.map(|(asked, _)| asked) != ask {
            self.asked = ask.map(|ask| (ask, now));
        }
        let heard = self.asked.filter(|(_, since)| now.saturating_sub(*since) >= REACTION);
        let (yaw, pitch) = match heard {
            Some((Ask::Turn(turn), since)) => {
                let insisted = now.saturating_sub(since + INSISTED).as_secs_f32();
                let (yaw, pitch) = self.turned(turn);
                let further = (1.0 + FURTHER * insisted).min(MOST_FURTHER);
                (yaw * further, pitch * further)
            }
            _ => (0.0, 0.0),
        };
        if let Some((Ask::Blink, _)) = heard
            && self.blinked.is_none_or(|at| now.saturating_sub(at).as_secs_f32() > 1.5)
        {
            self.blinked = Some(now);
        }
        let toward = |from: f32, to: f32| from + (to - from).clamp(-SPEED * step, SPEED * step);
        (self.yaw, self.pitch) = (toward(self.yaw, yaw), toward(self.pitch, pitch));
        let since = self.blinked.map_or(f32::INFINITY, |at| now.saturating_sub(at).as_secs_f32());
        let closed = if since < BLINK { 1.0 } else { 0.0 };
        let t = now.as_secs_f32();
        // Hands and heads are never quite still.
        let wave = |i: usize, hertz: f32| {
            (std::f32::consts::TAU * (hertz * t * (0.7 + 0.6 * self.waves[i]) + self.waves[(i + 1) % 6])).sin()
        };
        let alive = self.species == Species::BonaFide;
        let (sway, shift) = if alive { (0.8, 0.004) } else { (2.5, 0.012) };
        let pose = Pose {
            yaw: self.yaw + sway * wave(0, 0.5),
            pitch: self.pitch + sway * wave(1, 0.5),
            closed,
            shift: [shift * wave(2, 0.4), shift * wave(3, 0.4)],
        };
        let held = Pose { yaw: sway * wave(0, 0.5), pitch: sway * wave(1, 0.5), closed: 0.0, ..pose };
        match self.species {
            species if species.is_played() => [held, self.recorded(t)],
            Species::Stills => [held, Pose { yaw, pitch, closed, shift: [0.0; 2] }],
            _ => [pose, pose],
        }
    }

    fn turned(&self, turn: Turn) -> (f32, f32) {
        let [across, down] = self.turn;
        match turn {
            Turn::Left => (across, 0.0),
            Turn::Right => (-across, 0.0),
            Turn::Up => (0.0, -down),
            Turn::Down => (0.0, down),
        }
    }

    /// A recording: a second ahead, then its turns and a blink in its own order, over and over.
    fn recorded(&self, t: f32) -> Pose {
        const EACH: f32 = 1.1;
        let at = (t - 1.0).max(0.0) % (5.0 * EACH);
        let within = (at % EACH / EACH * std::f32::consts::PI).sin();
        let (yaw, pitch) = self.script.get((at / EACH) as usize).map_or((0.0, 0.0), |turn| self.turned(*turn));
        let closed = if t > 1.0 && at > 4.3 * EACH && at < 4.3 * EACH + BLINK { 1.0 } else { 0.0 };
        Pose { yaw: yaw * within, pitch: pitch * within, closed, shift: [0.0; 2] }
    }
}
