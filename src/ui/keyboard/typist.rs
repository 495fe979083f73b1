//! What touches of keys come to: shift, pages, long presses and repeats, with the time as an argument.

use super::Output;
use super::layout::{Key, Page, Purpose, capital_after, cased};

/// Seconds after which a held letter shows its accents.
pub(super) const LONG_PRESS: f64 = 0.45;
/// Seconds after which a held backspace or arrow repeats, and seconds between repeats.
pub(super) const REPEAT_AFTER: f64 = 0.5;
pub(super) const REPEAT_EVERY: f64 = 0.08;
/// Two taps on shift within so many seconds lock it.
pub(super) const DOUBLE_TAP: f64 = 0.4;

/// What lies under a finger.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Spot {
    Key(Key),
    /// A choice of the open popup, the letter itself being the first.
    Choice(usize),
    Elsewhere,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Finger {
    Down(Spot),
    Move(Spot),
    Up(Spot),
    /// The touch was taken away by the system, or Escape pressed.
    Cancel,
}

/// What a finger is in the middle of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Hand {
    Free,
    /// On a key; `due` is when holding it does something: the popup, or the next repeat.
    Holding {
        key: Key,
        due: f64,
    },
    /// The accents of `key` are shown. `over` is the choice under the finger, `down` whether one touches the screen.
    Choosing {
        key: Key,
        over: Option<usize>,
        down: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shift {
    Off,
    Once,
    Lock,
}

/// What the next letter depends on beside the key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) now: f64,
    pub(super) purpose: Purpose,
    pub(super) before: &'a str,
}

/// The state between touches.
#[derive(Debug)]
pub(super) struct Typist {
    pub(super) page: Page,
    pub(super) hand: Hand,
    lock: bool,
    /// What the person chose for the next letter; nothing leaves it to the text.
    once: Option<bool>,
    shift_tapped: f64,
    out: Vec<Output>,
}

impl Default for Typist {
    fn default() -> Self {
        Self {
            page: Page::Letters,
            hand: Hand::Free,
            lock: false,
            once: None,
            shift_tapped: f64::NEG_INFINITY,
            out: vec![],
        }
    }
}

impl Typist {
    /// What shift does to the next letter.
    pub(super) fn shift(&self, context: Context<'_>) -> Shift {
        // A letter that waits to be taken is not in the text yet.
        let waiting = self.out.iter().rev().find_map(|output| match output {
            Output::Text(text) => Some(text.as_str()),
            _ => None,
        });
        let capital = || capital_after(waiting.unwrap_or(context.before), context.purpose);
        match (self.lock, self.once.unwrap_or_else(capital)) {
            (true, _) => Shift::Lock,
            (false, true) => Shift::Once,
            (false, false) => Shift::Off,
        }
    }

    /// The oldest thing typed and not yet taken. Several can come between two frames.
    pub(super) fn take(&mut self) -> Option<Output> {
        (!self.out.is_empty()).then(|| self.out.remove(0))
    }

    pub(super) fn waiting(&self) -> bool {
        !self.out.is_empty()
    }

    /// Seconds until [`Self::tick`] has something to do.
    pub(super) fn wait(&self, now: f64) -> Option<f64> {
        match self.hand {
            Hand::Holding { key, due } if key.repeats() || !key.choices().is_empty() => Some((due - now).max(0.0)),
            _ => None,
        }
    }

    /// What mere time brings.
    pub(super) fn tick(&mut self, context: Context<'_>) {
        let Hand::Holding { key, due } = self.hand else { return };
        if context.now < due {
            return;
        }
        if key.repeats() {
            // Counted from now: a stall must not delete a burst of letters.
            self.hand = Hand::Holding { key, due: context.now + REPEAT_EVERY };
            self.press(key, context);
        } else if !key.choices().is_empty() {
            self.open(key, true);
        }
    }

    /// Shows the accents of `key`; `down` tells whether a finger is on the screen.
    pub(super) fn open(&mut self, key: Key, down: bool) {
        self.hand = Hand::Choosing { key, over: None, down };
    }

    pub(super) fn step(&mut self, finger: Finger, context: Context<'_>) {
        // Only time makes a press a long one (`tick`, after the touches of its frame): a stall does not.
        self.hand = match (self.hand, finger) {
            (Hand::Free, Finger::Down(spot)) => self.touch(spot, context),
            (Hand::Holding { key, .. }, Finger::Down(spot)) => {
                // Fast typing: the next finger is there before the first has gone.
                self.release(key, context);
                self.touch(spot, context)
            }
            (Hand::Holding { key, .. }, Finger::Up(Spot::Key(at))) if at == key => {
                self.release(key, context);
                Hand::Free
            }
            (Hand::Holding { key, .. }, Finger::Move(Spot::Key(at))) if at == key => self.hand,
            // Slid off.
            (Hand::Holding { .. }, _) => Hand::Free,
            (Hand::Choosing { key, down: true, .. }, Finger::Move(spot)) => {
                Hand::Choosing { key, over: over(spot), down: true }
            }
            (Hand::Choosing { key, .. }, Finger::Up(Spot::Choice(at))) => {
                self.choose(key, at, context);
                Hand::Free
            }
            // Let go without sliding: a second tap will choose.
            (Hand::Choosing { key, .. }, Finger::Up(Spot::Key(at))) if at == key => {
                Hand::Choosing { key, over: None, down: false }
            }
            (Hand::Choosing { key, .. }, Finger::Down(spot @ Spot::Choice(_))) => {
                Hand::Choosing { key, over: over(spot), down: true }
            }
            (Hand::Choosing { down: true, .. }, Finger::Up(_)) => Hand::Free,
            (Hand::Choosing { .. }, Finger::Down(_) | Finger::Cancel) => Hand::Free,
            (hand, _) => hand,
        };
    }

    fn touch(&mut self, spot: Spot, context: Context<'_>) -> Hand {
        let Spot::Key(key) = spot else { return Hand::Free };
        if key.repeats() {
            self.press(key, context);
            return Hand::Holding { key, due: context.now + REPEAT_AFTER };
        }
        Hand::Holding { key, due: context.now + LONG_PRESS }
    }

    fn release(&mut self, key: Key, context: Context<'_>) {
        if !key.repeats() {
            self.press(key, context);
        }
    }

    /// Types the choice at `at` of `key`'s popup and closes it.
    pub(super) fn choose(&mut self, key: Key, at: usize, context: Context<'_>) {
        if let Some(&letter) = key.choices().get(at) {
            self.press(Key::Char(letter), context);
        }
        self.hand = Hand::Free;
    }

    /// The whole of a key, as a screen reader presses it.
    pub(super) fn press(&mut self, key: Key, context: Context<'_>) {
        let shift = self.shift(context);
        let (once, tapped) = (self.once.take(), self.shift_tapped);
        self.shift_tapped = f64::NEG_INFINITY;
        let output = match key {
            Key::Char(letter) => Output::Text(cased(letter, shift != Shift::Off)),
            Key::Snippet(text) => Output::Text(text.to_owned()),
            Key::Space => {
                self.page = Page::Letters;
                Output::Text(" ".to_owned())
            }
            Key::Backspace => Output::Backspace,
            Key::Left => Output::Left,
            Key::Right => Output::Right,
            Key::Enter => Output::Enter,
            Key::Hide => Output::Hide,
            Key::Page => {
                self.once = once;
                self.page = if self.page == Page::Letters { Page::Symbols } else { Page::Letters };
                return;
            }
            Key::Shift => {
                if self.lock {
                    (self.lock, self.once) = (false, Some(false));
                } else if context.now - tapped < DOUBLE_TAP {
                    self.lock = true;
                } else {
                    (self.once, self.shift_tapped) = (Some(shift == Shift::Off), context.now);
                }
                return;
            }
        };
        self.out.push(output);
    }
}

fn over(spot: Spot) -> Option<usize> {
    match spot {
        Spot::Choice(at) => Some(at),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
