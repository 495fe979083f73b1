//! The challenge that a living person meets: a random sequence of turns and a blink. Whoever only holds a picture does not move
//! the nose against the eyes as far; whoever plays a recording has to have the right order.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Policy, Reason, looks};
use crate::biometrics::Embedding;
use crate::biometrics::comparison::compare;
use crate::biometrics::liveness::{self, Cue, Look, Nose, Turn, Verdict};

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

    /// The level of this number.
    pub fn numbered(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// Its number, 0 to 3.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The same without the PIN, which is no sign of life.
    #[must_use]
    pub fn signs_of_life(self) -> Self {
        self.min(Self::Active)
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
/// They are no further from their mean than this, across and down, in eye distances: the head holds still.
const STILL: [f32; 2] = [0.105, 0.05];
/// Between two turns the head comes back to within this of where it was, across and down, in eye distances.
const BACK: [f32; 2] = [0.12, 0.07];
/// A turn to a side goes through this on its way, as a share of it: pictures that are changed do not. Nods are too short to be seen
/// on their way; every challenge has a turn to a side.
const ON_THE_WAY: std::ops::Range<f32> = 0.2..0.85;
/// A turn counts for the identity from this share on.
const POSED: f32 = 0.6;
/// Looks in a row that make a turn, so that no stray point does.
const HELD: u32 = 2;
/// So much of the time for one thing somebody may turn another way than is asked for.
const WRONG: u32 = 5;
/// So many looks in a row at another face, where it looks ahead, are no mistake.
const STRANGE: u32 = 3;

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
            Self::Denied(cue) if cue != Cue::Person => Some((Reason::PhotoSuspected, cue)),
            // Whoever took somebody's place knows it; whoever did not is not to be told so.
            Self::Denied(cue) | Self::NoVerdict(cue) => Some((Reason::LivenessUnclear, cue)),
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
    /// Whether the head was seen on its way.
    on_the_way: bool,
    /// Since when it is turned another way than is asked for.
    wrong: Option<Duration>,
    /// Looks in a row at another face.
    strange: u32,
    /// The first look that counts for what is asked now.
    from: usize,
    looks: Vec<Look>,
    first: Option<Box<Embedding>>,
    /// How alike the face was, in this pose, to the one that is known.
    alike: Vec<f32>,
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
            on_the_way: false,
            wrong: None,
            strange: 0,
            from: 0,
            looks: vec![],
            first: known.map(Box::new),
            alike: vec![],
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
            let lost = last_seen.is_some_and(|seen| now.saturating_sub(seen) > policy.track_lost_after);
            return if lost { Outcome::NoVerdict(Cue::Track) } else { Outcome::Going };
        };
        if self.looks.last().is_some_and(|last| !liveness::follows(last, look, policy.track_lost_after)) {
            return Outcome::NoVerdict(Cue::Track);
        }
        self.looks.push(*look);
        // By what was seen within the time that they are given where nothing is asked: longer ago it may have been different.
        let recent = self.looks.partition_point(|seen| look.captured_at - seen.captured_at > policy.watched_for);
        let recent = self.looks.get(recent..).unwrap_or_default();
        if now.saturating_sub(self.began) >= policy.watched_for
            && let Some(cue) = looks::denied(recent)
        {
            return Outcome::Denied(cue);
        }
        let Some(nose) = look.nose else { return Outcome::Going };
        let Some(ahead) = self.ahead else { return self.settle(face, now, policy) };
        let score = self.first.as_deref().zip(face).map(|(first, face)| compare(first, face).0);
        if let Some(score) = score.filter(|_| self.is_ahead(ahead, nose)) {
            self.strange = if score < policy.same_person { self.strange + 1 } else { 0 };
            if self.strange >= STRANGE {
                return Outcome::Denied(Cue::Person);
            }
        }
        match self.asks() {
            Ask::Ahead => {
                if is_within(ahead, nose, BACK) {
                    (self.back, self.asked, self.from) = (true, now, self.looks.len() - 1);
                    if self.done == ASKS {
                        return self.finish(policy);
                    }
                }
                Outcome::Going
            }
            Ask::Blink => {
                // Lids that close and open around somebody else's face are not this one's, nor those around nobody's.
                if score.is_none_or(|score| score < policy.same_person) {
                    self.from = self.looks.len();
                }
                let since = self.looks.get(self.from..).unwrap_or_default();
                // Only lids that were seen from ahead count: a nod lowers them as well.
                if liveness::blink(since).verdict == Verdict::Clear && self.is_ahead(ahead, nose) {
                    self.next(now);
                    // Nothing has to come back after a blink.
                    (self.back, self.asked, self.from) = (true, now, self.looks.len() - 1);
                    if self.done == ASKS {
                        return self.finish(policy);
                    }
                }
                Outcome::Going
            }
            Ask::Turn(turn) => self.turn(turn, [ahead, nose], score, now, policy),
        }
    }

    fn is_ahead(&self, ahead: Nose, nose: Nose) -> bool {
        Turn::ALL.into_iter().all(|turn| turn.share(ahead, nose) < POSED)
    }

    /// Learns where the nose is at rest: the mean of some looks that hold still. Whose face they show must be known by then.
    fn settle(&mut self, face: Option<&Embedding>, now: Duration, policy: &Policy) -> Outcome {
        match (&self.first, face) {
            (None, Some(face)) => (self.first, self.alike) = (Some(Box::new(face.clone())), vec![1.0]),
            (Some(first), Some(face)) => self.alike.push(compare(first, face).0),
            (_, None) => {}
        }
        let looks = self.looks.get(self.looks.len().saturating_sub(AHEAD_LOOKS)..).unwrap_or_default();
        let noses: Vec<Nose> = looks.iter().filter_map(|look| look.nose).collect();
        let mean = |axis: fn(&Nose) -> f32| noses.iter().map(axis).sum::<f32>() / noses.len().max(1) as f32;
        let middle = Nose { across: mean(|n| n.across), down: mean(|n| n.down) };
        let still = noses.iter().all(|nose| is_within(middle, *nose, STILL));
        if noses.len() < AHEAD_LOOKS || !still {
            return Outcome::Going;
        }
        // Of these looks alone: what came before them may have been somebody else.
        let recent = self.alike.get(self.alike.len().saturating_sub(AHEAD_LOOKS)..).unwrap_or_default();
        match median(recent) {
            Some(score) if score < policy.same_person => return Outcome::Denied(Cue::Person),
            Some(_) => {
                (self.ahead, self.asked, self.from) = (Some(middle), now, self.looks.len() - 1);
                self.alike.clear();
            }
            None => {}
        }
        Outcome::Going
    }

    fn turn(
        &mut self,
        turn: Turn,
        [ahead, nose]: [Nose; 2],
        score: Option<f32>,
        now: Duration,
        policy: &Policy,
    ) -> Outcome {
        let share = turn.share(ahead, nose);
        if share >= POSED {
            self.alike.extend(score);
        }
        let others = Turn::ALL.into_iter().filter(|other| turn.excludes(*other));
        let other = others.map(|other| other.share(ahead, nose)).fold(f32::NEG_INFINITY, f32::max);
        self.on_the_way |= matches!(turn, Turn::Up | Turn::Down) || ON_THE_WAY.contains(&share);
        self.held = if share >= 1.0 && share > other && self.on_the_way { self.held + 1 } else { 0 };
        let is_wrong = other >= 1.0 && share < ON_THE_WAY.end;
        self.wrong = is_wrong.then(|| self.wrong.unwrap_or(now));
        if self.wrong.is_some_and(|since| now.saturating_sub(since) > policy.challenge_step / WRONG) {
            return Outcome::NoVerdict(Cue::Parallax);
        }
        if self.held >= HELD {
            // Whose head it is that turned is known by then, or nothing is.
            match median(&self.alike) {
                None => return Outcome::NoVerdict(Cue::Person),
                Some(score) if score < policy.same_person => {
                    // A single look may be a blurred one.
                    let sure = self.alike.len() >= 2;
                    return if sure { Outcome::Denied(Cue::Person) } else { Outcome::NoVerdict(Cue::Person) };
                }
                // Paper that is bent enough shows as much of a nose, and as much of the same person.
                Some(_) if self.is_straight() => return Outcome::NoVerdict(Cue::Relief),
                Some(_) => self.next(now),
            }
        }
        Outcome::Going
    }

    /// Whether the middle of the face stayed straight in the turn that is asked for. Nods do not tell.
    fn is_straight(&self) -> bool {
        let since = self.looks.get(self.from..).unwrap_or_default();
        liveness::relief(since).verdict == Verdict::Suspected
    }

    fn next(&mut self, now: Duration) {
        self.done += 1;
        (self.back, self.held, self.on_the_way, self.wrong, self.asked) = (false, 0, false, None, now);
        self.alike.clear();
    }

    /// All was done; the whole of it must hang together.
    fn finish(&self, policy: &Policy) -> Outcome {
        let (looks, lost_after) = (&self.looks, policy.track_lost_after);
        let whole = [
            (Cue::Parallax, liveness::parallax(looks, lost_after)),
            (Cue::Track, liveness::unbroken(looks, lost_after)),
        ];
        let missed = whole.into_iter().find(|(_, reading)| reading.verdict != Verdict::Clear);
        missed.map_or(Outcome::Passed, |(cue, _)| Outcome::NoVerdict(cue))
    }
}

/// Whether a nose is within so much of where another is, across and down.
fn is_within(middle: Nose, nose: Nose, [across, down]: [f32; 2]) -> bool {
    (nose.across - middle.across).abs() <= across && (nose.down - middle.down).abs() <= down
}

/// The middle one of some scores, the lower of two.
fn median(scores: &[f32]) -> Option<f32> {
    let mut sorted = scores.to_vec();
    sorted.sort_by(f32::total_cmp);
    sorted.get(sorted.len().checked_sub(1)? / 2).copied()
}

#[cfg(test)]
mod tests;
