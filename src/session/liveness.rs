//! The challenge that a living person meets: a random sequence of turns and a blink. Whoever only holds a picture does not move
//! the nose against the eyes as far; whoever plays a recording has to have the right order.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Policy, Reason};
use crate::biometrics::comparison::compare;
use crate::biometrics::liveness::{self, Cue, Detail, Look, Nose, Turn, Verdict};
use crate::biometrics::{ComparisonScore, Embedding};

/// How much is asked of whoever signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LivenessLevel {
    /// Nothing: a photo can sign in.
    Off,
    /// Some photos and telephones that are held carelessly are refused.
    #[default]
    Passive,
    /// The challenge as well: a flat printed photo cannot complete it.
    Active,
    /// The challenge and a PIN.
    ActiveWithPin,
}

impl LivenessLevel {
    /// All of them, from the least to the most.
    pub const ALL: [Self; 4] = [Self::Off, Self::Passive, Self::Active, Self::ActiveWithPin];

    /// What has to be looked at for it.
    pub fn detail(self) -> Option<Detail> {
        match self {
            Self::Off => None,
            Self::Passive => Some(Detail::Passive),
            Self::Active | Self::ActiveWithPin => Some(Detail::Active),
        }
    }

    /// The level of this number.
    pub fn numbered(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// Its number, 0 to 3.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// Whether somebody is asked to move.
    pub fn is_active(self) -> bool {
        self >= Self::Active
    }
}

/// What the person is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ask {
    /// To look ahead.
    Ahead,
    /// To turn the head.
    Turn(Turn),
    /// To blink.
    Blink,
}

/// Turns that are asked for, none twice: whichever three they are, two of them are opposite.
const TURNS: usize = 3;
/// All that is asked for after the look ahead.
const ASKS: usize = TURNS + 1;
/// Looks ahead that tell where the nose is at rest.
const AHEAD_LOOKS: usize = 5;
/// Two of them are no further apart than this, as a share of a turn: the head holds still.
const STILL: f32 = 0.35;
/// Between two turns the head comes back to within this share of a turn.
const BACK: f32 = 0.4;
/// A turn counts for the identity from this share on.
const POSED: f32 = 0.6;
/// Looks in a row that make a turn, so that no stray point does.
const HELD: u32 = 2;
/// Looks in a row at another turn than the one that is asked for.
const WRONG: u32 = 4;

/// Looks in a row without which no passive cue denies anybody: a single odd one is none.
pub(super) const LEAST_LOOKS: usize = 3;

/// What came of a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// More is asked for.
    Going,
    /// All that was asked for was done.
    Passed,
    /// It is a picture, or another person, by this cue.
    Denied(Cue),
    /// It could not be told, for want of what this cue looks for: nobody is let in, and nobody accused.
    NoVerdict(Cue),
}

impl Outcome {
    /// What is said of it, and by what it was decided. `None` where nobody was refused.
    pub fn refusal(self) -> Option<(Reason, Cue)> {
        match self {
            Self::Going | Self::Passed => None,
            Self::Denied(Cue::Person) => Some((Reason::NotOnePerson, Cue::Person)),
            Self::Denied(cue) => Some((Reason::PhotoSuspected, cue)),
            Self::NoVerdict(Cue::Track) => Some((Reason::NoFace, Cue::Track)),
            Self::NoVerdict(cue) => Some((Reason::LivenessUnclear, cue)),
        }
    }
}

/// What is asked for, one after the other, in an order that nobody knows before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Order([Ask; ASKS]);

impl Order {
    /// A random one: `choose(n)` gives a number from 0 to `n - 1`, each equally likely, so that a recording of another
    /// challenge fits one time in 96.
    pub fn drawn(mut choose: impl FnMut(usize) -> usize) -> Self {
        let mut turns = Turn::ALL.map(Ask::Turn);
        for i in 0..TURNS {
            let left = turns.len() - i;
            turns.swap(i, i + choose(left).min(left - 1));
        }
        let blink = choose(ASKS).min(ASKS - 1);
        let mut turns = turns.into_iter();
        Self(std::array::from_fn(|i| if i == blink { Ask::Blink } else { turns.next().unwrap_or(Ask::Blink) }))
    }
}

/// A challenge under way.
#[derive(Debug, Clone, PartialEq)]
pub struct Challenge {
    asks: [Ask; ASKS],
    done: usize,
    /// The nose at rest, once it is known.
    ahead: Option<Nose>,
    /// Whether the head has come back since the last turn.
    back: bool,
    held: u32,
    wrong: u32,
    /// The first look that counts for what is asked now.
    from: usize,
    looks: Vec<Look>,
    first: Option<Box<Embedding>>,
    /// The closest that the face came, in this pose, to the one that looked ahead.
    alike: Option<ComparisonScore>,
    began: Duration,
    asked: Duration,
}

impl Challenge {
    /// A challenge that asks in this order. The face is `known`'s all the time, or, where nobody is, that of whoever looks ahead
    /// first.
    pub fn new(order: Order, known: Option<Embedding>, now: Duration) -> Self {
        Self {
            asks: order.0,
            done: 0,
            ahead: None,
            back: true,
            held: 0,
            wrong: 0,
            from: 0,
            looks: vec![],
            first: known.map(Box::new),
            alike: None,
            began: now,
            asked: now,
        }
    }

    /// What is asked for now.
    pub fn asks(&self) -> Ask {
        match self.ahead {
            Some(_) if self.back => self.asks.get(self.done).copied().unwrap_or(Ask::Ahead),
            _ => Ask::Ahead,
        }
    }

    /// How many things are asked for after the look ahead, and how many of them are done.
    pub fn count(&self) -> (usize, usize) {
        (self.done, ASKS)
    }

    /// How much of it is done, 0 to 1, for a ring that fills.
    pub fn progress(&self) -> f32 {
        let now = match (self.ahead, self.asks(), self.looks.last().and_then(|look| look.nose)) {
            (Some(ahead), Ask::Turn(turn), Some(nose)) => turn.share(ahead, nose).clamp(0.0, 1.0),
            _ => 0.0,
        };
        (self.done as f32 + now * 0.9) / ASKS as f32
    }

    /// Takes in a look, and the face's embedding where there is one. `None` where nobody was seen at `now`.
    #[must_use]
    pub fn observe(
        mut self,
        look: Option<&Look>,
        face: Option<&Embedding>,
        now: Duration,
        policy: &Policy,
    ) -> (Self, Outcome) {
        let outcome = self.take(look, face, now, policy);
        (self, outcome)
    }

    /// What came of it by the mere passing of time: that somebody does not do what is asked for, or that no picture comes.
    pub fn waited(&self, now: Duration, policy: &Policy) -> Option<Outcome> {
        let late = now.saturating_sub(self.asked) > policy.challenge_step
            || now.saturating_sub(self.began) > policy.challenge_timeout;
        let cue = if self.asks() == Ask::Blink { Cue::Blink } else { Cue::Parallax };
        late.then_some(Outcome::NoVerdict(cue))
    }

    fn take(&mut self, look: Option<&Look>, face: Option<&Embedding>, now: Duration, policy: &Policy) -> Outcome {
        if let Some(outcome) = self.waited(now, policy) {
            return outcome;
        }
        let last_seen = self.looks.last().map(|last| last.captured_at);
        let Some(look) = look else {
            let lost = last_seen.is_some_and(|seen| now.saturating_sub(seen) > liveness::LOST_AFTER);
            return if lost { Outcome::NoVerdict(Cue::Track) } else { Outcome::Going };
        };
        if self.looks.last().is_some_and(|last| !liveness::follows(last, look)) {
            return Outcome::NoVerdict(Cue::Track);
        }
        self.looks.push(*look);
        // As long as they are given where nothing is asked.
        if now.saturating_sub(self.began) >= policy.watched_for
            && self.looks.len() >= LEAST_LOOKS
            && let Some(cue) = liveness::denied(&self.looks)
        {
            return Outcome::Denied(cue);
        }
        let Some(nose) = look.nose else { return Outcome::Going };
        let Some(ahead) = self.ahead else { return self.settle(face, now, policy) };
        let score = self.first.as_deref().zip(face).map(|(first, face)| compare(first, face));
        match self.asks() {
            Ask::Ahead => {
                let away = Turn::ALL.map(|turn| turn.share(ahead, nose)).into_iter().fold(0.0, f32::max);
                if away < BACK {
                    (self.back, self.asked, self.from) = (true, now, self.looks.len() - 1);
                    if self.done == ASKS {
                        return self.finish();
                    }
                }
                Outcome::Going
            }
            Ask::Blink => {
                let since = self.looks.get(self.from..).unwrap_or_default();
                // Only lids that were seen from ahead count: a nod lowers them as well.
                if liveness::blink(since).verdict == Verdict::Clear && self.is_ahead(ahead, nose) {
                    self.next();
                    // Nothing has to come back after a blink.
                    (self.back, self.asked, self.from) = (true, now, self.looks.len() - 1);
                    if self.done == ASKS {
                        return self.finish();
                    }
                }
                Outcome::Going
            }
            Ask::Turn(turn) => self.turn(turn, ahead, nose, score, policy),
        }
    }

    fn is_ahead(&self, ahead: Nose, nose: Nose) -> bool {
        Turn::ALL.into_iter().all(|turn| turn.share(ahead, nose) < POSED)
    }

    /// Learns where the nose is at rest: the mean of some looks that hold still. Whose face it is must be known by then.
    fn settle(&mut self, face: Option<&Embedding>, now: Duration, policy: &Policy) -> Outcome {
        match (&self.first, face) {
            (None, Some(face)) => self.first = Some(Box::new(face.clone())),
            (Some(first), Some(face)) => self.note_alike(compare(first, face)),
            (_, None) => {}
        }
        let recent = self.looks.get(self.looks.len().saturating_sub(AHEAD_LOOKS)..).unwrap_or_default();
        let noses: Vec<Nose> = recent.iter().filter_map(|look| look.nose).collect();
        let mean = |axis: fn(&Nose) -> f32| noses.iter().map(axis).sum::<f32>() / noses.len().max(1) as f32;
        let middle = Nose { across: mean(|n| n.across), down: mean(|n| n.down) };
        let still = noses.iter().all(|nose| Turn::ALL.into_iter().all(|turn| turn.share(middle, *nose) < STILL));
        if noses.len() < AHEAD_LOOKS || !still {
            return Outcome::Going;
        }
        match self.alike {
            Some(score) if score.0 < policy.same_person => return Outcome::Denied(Cue::Person),
            Some(_) => {
                (self.ahead, self.asked, self.from, self.alike) = (Some(middle), now, self.looks.len() - 1, None)
            }
            None => {}
        }
        Outcome::Going
    }

    fn note_alike(&mut self, score: ComparisonScore) {
        self.alike = Some(self.alike.map_or(score, |best| if score.0 > best.0 { score } else { best }));
    }

    fn turn(
        &mut self,
        turn: Turn,
        ahead: Nose,
        nose: Nose,
        score: Option<ComparisonScore>,
        policy: &Policy,
    ) -> Outcome {
        let share = turn.share(ahead, nose);
        if share >= POSED
            && let Some(score) = score
        {
            self.note_alike(score);
        }
        let others = Turn::ALL.into_iter().filter(|other| turn.excludes(*other));
        let other = others.map(|other| other.share(ahead, nose)).fold(f32::NEG_INFINITY, f32::max);
        self.held = if share >= 1.0 && share > other { self.held + 1 } else { 0 };
        self.wrong = if other >= 1.0 && share < BACK { self.wrong + 1 } else { 0 };
        if self.wrong >= WRONG {
            return Outcome::NoVerdict(Cue::Parallax);
        }
        if self.held >= HELD {
            // Whose head it is that turned is known by then, or nothing is.
            match self.alike {
                None => return Outcome::NoVerdict(Cue::Person),
                Some(score) if score.0 < policy.same_person => return Outcome::Denied(Cue::Person),
                Some(_) => self.next(),
            }
        }
        Outcome::Going
    }

    fn next(&mut self) {
        self.done += 1;
        (self.back, self.held, self.wrong, self.alike) = (false, 0, 0, None);
    }

    /// All was done; the whole of it must hang together.
    fn finish(&self) -> Outcome {
        let whole = [(Cue::Parallax, liveness::parallax(&self.looks)), (Cue::Track, liveness::unbroken(&self.looks))];
        let missed = whole.into_iter().find(|(_, reading)| reading.verdict != Verdict::Clear);
        missed.map_or(Outcome::Passed, |(cue, _)| Outcome::NoVerdict(cue))
    }
}

#[cfg(test)]
mod tests;
