//! Presses that were not meant for what they would hit: the second of a double click, which lands on whatever the
//! first has brought; one that comes before anybody can have seen the screen that it would land on; and the repeats of
//! a key that is held.

use egui::{Context, Event, Key, Plugin, PointerButton, Pos2, RawInput};

/// Nobody reacts to a screen that has been there for less than this, in seconds: the press was meant for the one before
/// it. (A choice between few known targets takes 0.3 s and more: Card, Moran, and Newell, 1983, chapter 2.)
const UNSEEN_S: f64 = 0.35;
/// A press so soon after another, in seconds, and so near to it, in points, is the second of a double click.
const DOUBLE_S: f64 = 0.7;
const NEAR: f32 = 60.0;
/// Keys that press.
const PRESSING: [Key; 3] = [Key::Enter, Key::Space, Key::Escape];

/// Takes such presses out of the input before any screen sees them.
#[derive(Default)]
pub(super) struct Presses {
    last: Option<(f64, Pos2)>,
    screen_since: Option<f64>,
    /// The press that is held now was taken out, and so will be its end.
    taken_out: bool,
    held: [bool; PRESSING.len()],
}

impl Presses {
    /// Another screen is shown from now on, in seconds.
    pub(super) fn screen_changed(&mut self, now: f64) {
        self.screen_since = Some(now);
    }

    fn is_meant(&mut self, now: f64, pos: Pos2) -> bool {
        let before = self.last.replace((now, pos));
        let Some(since) = self.screen_since else { return true };
        let unseen = now - since < UNSEEN_S;
        let double =
            before.is_some_and(|(at, before)| at <= since && now - at < DOUBLE_S && before.distance(pos) < NEAR);
        !unseen && !double
    }

    /// Whether the event may pass.
    fn passes(&mut self, now: f64, event: &Event) -> bool {
        match event {
            Event::PointerButton { pos, button: PointerButton::Primary, pressed: true, .. } => {
                self.taken_out = !self.is_meant(now, *pos);
                !self.taken_out
            }
            Event::PointerButton { button: PointerButton::Primary, pressed: false, .. } => {
                !std::mem::take(&mut self.taken_out)
            }
            Event::Key { key, pressed, .. } => match PRESSING.iter().position(|one| one == key) {
                Some(at) => {
                    let repeated = *pressed && self.held[at];
                    self.held[at] = *pressed;
                    !repeated
                }
                None => true,
            },
            // What is let go elsewhere is not told here.
            Event::WindowFocused(false) => {
                self.held = Default::default();
                true
            }
            _ => true,
        }
    }
}

impl Plugin for Presses {
    fn debug_name(&self) -> &'static str {
        "presses"
    }

    fn input_hook(&mut self, ctx: &Context, input: &mut RawInput) {
        let next = || ctx.input(|before| before.time + f64::from(input.predicted_dt));
        let now = input.time.unwrap_or_else(next);
        input.events.retain(|event| self.passes(now, event));
    }
}

#[cfg(test)]
mod tests {
    use egui::{Modifiers, pos2};

    use super::*;

    fn press(pos: Pos2, pressed: bool) -> Event {
        Event::PointerButton { pos, button: PointerButton::Primary, pressed, modifiers: Modifiers::NONE }
    }

    fn key(pressed: bool) -> Event {
        Event::Key { key: Key::Enter, physical_key: None, pressed, repeat: false, modifiers: Modifiers::NONE }
    }

    /// Whether a press at this time passes, together with its end.
    fn passes(presses: &mut Presses, now: f64, pos: Pos2) -> bool {
        let begin = presses.passes(now, &press(pos, true));
        assert_eq!(presses.passes(now, &press(pos, false)), begin, "a press without its end, or the other way round");
        begin
    }

    #[test]
    fn the_second_of_a_double_click_does_not_hit_the_next_screen() {
        let (mut presses, here) = (Presses::default(), pos2(100.0, 100.0));
        assert!(passes(&mut presses, 10.0, here));
        presses.screen_changed(10.02);
        assert!(!passes(&mut presses, 10.5, here + egui::vec2(20.0, 0.0)), "the second");
        assert!(passes(&mut presses, 11.0, here), "a third, whose screen was seen");
    }

    #[test]
    fn a_second_press_on_the_same_screen_counts() {
        let (mut presses, here) = (Presses::default(), pos2(100.0, 100.0));
        presses.screen_changed(5.0);
        for at in [10.0, 10.1, 10.2] {
            assert!(passes(&mut presses, at, here), "{at}");
        }
    }

    #[test]
    fn nobody_presses_what_has_just_come() {
        let mut presses = Presses::default();
        presses.screen_changed(10.0);
        assert!(!passes(&mut presses, 10.2, pos2(5.0, 5.0)));
        assert!(passes(&mut presses, 10.6, pos2(500.0, 5.0)), "elsewhere, and later");
    }

    #[test]
    fn a_key_that_is_held_presses_once() {
        let mut presses = Presses::default();
        assert!(presses.passes(1.0, &key(true)));
        assert!(!presses.passes(1.3, &key(true)) && !presses.passes(1.4, &key(true)));
        assert!(presses.passes(1.5, &key(false)) && presses.passes(1.6, &key(true)));
        assert!(presses.passes(1.7, &Event::WindowFocused(false)) && presses.passes(1.8, &key(true)));
    }
}
