use super::*;
use egui::{Event, Modifiers, PointerButton, Pos2, Rect, TouchDeviceId, TouchId, TouchPhase, pos2, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use egui_kittest::{Harness, Node};

const FRAME: f32 = 1.0 / 60.0;

struct Screen {
    keyboard: Keyboard,
    text: String,
    layout: Layout,
    purpose: Purpose,
    keyboard_first: bool,
    outputs: Vec<Output>,
}

impl Screen {
    fn new(layout: Layout, purpose: Purpose) -> Self {
        let (keyboard, text, outputs) = (Keyboard::default(), String::new(), vec![]);
        Self { keyboard, text, layout, purpose, keyboard_first: false, outputs }
    }

    fn show(&mut self, ui: &mut egui::Ui) {
        let id = egui::Id::unique("field");
        let field = |ui: &mut egui::Ui, text: &mut String| {
            ui.add(egui::TextEdit::singleline(text).id(id).hint_text("field"));
        };
        if !self.keyboard_first {
            field(ui, &mut self.text);
        }
        let words = Words {
            keyboard: "Keyboard",
            shift: "Shift",
            caps_lock: "Caps lock",
            backspace: "Backspace",
            space: "Space",
            hide: "Hide",
            symbols: "Symbols",
            letters: "Letters",
            left: "Left",
            right: "Right",
            accents: &|letter| format!("Accents of {letter}"),
        };
        let before = before_cursor(ui.ctx(), id, &self.text).to_owned();
        let request = Request {
            layout: self.layout,
            purpose: self.purpose,
            before_cursor: &before,
            enter: "Next",
            words: &words,
            palette: Palette::from_visuals(ui.visuals()),
        };
        if let Some(output) = self.keyboard.show(ui, &request) {
            type_into(ui.ctx(), id, &mut self.text, &output);
            self.outputs.push(output);
        }
        if self.keyboard_first {
            field(ui, &mut self.text);
        }
    }
}

fn harness(screen: Screen, width: f32) -> Harness<'static, Screen> {
    Harness::builder()
        .with_size(vec2(width + 16.0, 480.0))
        .with_step_dt(FRAME)
        .allow_missing_glyphs()
        .build_ui_state(|ui, screen: &mut Screen| screen.show(ui), screen)
}

fn screen(layout: Layout, purpose: Purpose) -> Harness<'static, Screen> {
    harness(Screen::new(layout, purpose), 480.0)
}

fn tap(harness: &mut Harness<'_, Screen>, key: &str) {
    harness.get_by_label(key).click();
    harness.run();
}

fn press(harness: &mut Harness<'_, Screen>, pos: Pos2, pressed: bool) {
    harness.event(Event::PointerMoved(pos));
    let (button, modifiers) = (PointerButton::Primary, Modifiers::NONE);
    harness.event(Event::PointerButton { pos, button, pressed, modifiers });
    harness.step();
}

fn wait(harness: &mut Harness<'_, Screen>, seconds: f64) {
    let frames = (seconds / f64::from(FRAME)).ceil() as usize;
    harness.run_steps(frames);
}

fn center(harness: &Harness<'_, Screen>, key: &str) -> Pos2 {
    harness.get_by_label(key).rect().center()
}

fn focus(harness: &mut Harness<'_, Screen>) {
    harness.get_by_role(egui::accesskit::Role::TextInput).click();
    harness.run();
    assert!(focused(harness));
}

fn focused(harness: &Harness<'_, Screen>) -> bool {
    harness.get_by_role(egui::accesskit::Role::TextInput).is_focused()
}

#[test]
fn a_name_has_a_capital_for_each_word() {
    let mut harness = screen(Layout::English, Purpose::Name);
    for key in ["A", "n", "n", "-", "L", "o", "u", "Space", "O", "'", "N", "e", "i", "l"] {
        tap(&mut harness, key);
    }
    assert_eq!(harness.state().text, "Ann-Lou O'Neil");
    tap(&mut harness, "Next");
    assert_eq!(harness.state().outputs.last(), Some(&Output::Enter));
}

#[test]
fn an_address_has_no_capital_and_its_signs_at_hand() {
    for (layout, last) in [(Layout::English, ".com"), (Layout::Spanish, ".es")] {
        let mut harness = screen(layout, Purpose::Email);
        for key in ["a", "_", "b", "-", "7", "@", "x", ".", "y", last] {
            tap(&mut harness, key);
        }
        assert_eq!(harness.state().text, format!("a_b-7@x.y{last}"));
    }
}

#[test]
fn the_spanish_keyboard_has_its_letter() {
    let mut harness = screen(Layout::Spanish, Purpose::Name);
    for key in ["P", "e", "ñ", "a"] {
        tap(&mut harness, key);
    }
    assert_eq!(harness.state().text, "Peña");
}

#[test]
fn a_long_press_offers_accents() {
    let mut harness = screen(Layout::English, Purpose::Email);
    let e = center(&harness, "e");
    // Slide up and to the right.
    press(&mut harness, e, true);
    wait(&mut harness, typist::LONG_PRESS);
    harness.run();
    harness.get_by_label("Accents of e");
    let grave = center(&harness, "è");
    harness.event(Event::PointerMoved(grave));
    harness.step();
    press(&mut harness, grave, false);
    harness.run();
    assert_eq!(harness.state().text, "è");
    assert!(harness.query_by_label("Accents of e").is_none());

    // A second tap.
    press(&mut harness, e, true);
    wait(&mut harness, typist::LONG_PRESS);
    press(&mut harness, e, false);
    harness.run();
    tap(&mut harness, "é");
    assert_eq!(harness.state().text, "èé");

    // Escape, and a tap elsewhere, on a key or on nothing.
    focus(&mut harness);
    for place in [None, Some(center(&harness, "m")), Some(pos2(250.0, 475.0))] {
        press(&mut harness, e, true);
        wait(&mut harness, typist::LONG_PRESS);
        press(&mut harness, e, false);
        harness.run();
        harness.get_by_label("Accents of e");
        match place {
            None => harness.key_press(egui::Key::Escape),
            Some(pos) => {
                press(&mut harness, pos, true);
                press(&mut harness, pos, false);
            }
        }
        harness.run();
        assert!(harness.query_by_label("Accents of e").is_none(), "{place:?}");
        assert_eq!(harness.state().text, "èé");
        assert_eq!(focused(&harness), place != Some(pos2(250.0, 475.0)));
    }
}

#[test]
fn accents_of_a_capital_are_capitals() {
    let mut harness = screen(Layout::English, Purpose::Name);
    let e = center(&harness, "E");
    press(&mut harness, e, true);
    wait(&mut harness, typist::LONG_PRESS);
    press(&mut harness, e, false);
    harness.run();
    tap(&mut harness, "Ê");
    assert_eq!(harness.state().text, "Ê");
}

#[test]
fn two_taps_lock_shift_which_is_told_to_screen_readers() {
    let mut harness = screen(Layout::English, Purpose::Email);
    let toggled = |harness: &Harness<'_, Screen>, key| harness.get_by_label(key).accesskit_node().toggled();
    assert_eq!(toggled(&harness, "Shift"), Some(egui::accesskit::Toggled::False));
    tap(&mut harness, "Shift");
    assert_eq!(toggled(&harness, "Shift"), Some(egui::accesskit::Toggled::True));
    tap(&mut harness, "Shift");
    assert_eq!(toggled(&harness, "Caps lock"), Some(egui::accesskit::Toggled::True));
    tap(&mut harness, "A");
    tap(&mut harness, "B");
    tap(&mut harness, "Caps lock");
    tap(&mut harness, "c");
    assert_eq!(harness.state().text, "ABc");
}

#[test]
fn backspace_repeats_while_it_is_held() {
    let mut harness = screen(Layout::English, Purpose::Email);
    harness.state_mut().text = "123456789".to_owned();
    harness.step();
    let backspace = center(&harness, "Backspace");
    press(&mut harness, backspace, true);
    harness.step();
    assert_eq!(harness.state().text, "12345678");
    wait(&mut harness, typist::REPEAT_AFTER + 3.0 * typist::REPEAT_EVERY);
    let left = harness.state().text.len();
    assert!((3..=5).contains(&left), "{left}");
    press(&mut harness, backspace, false);
    let left = harness.state().text.len();
    wait(&mut harness, 1.0);
    assert_eq!(harness.state().text.len(), left);
}

#[test]
fn a_touch_leaves_the_focus_with_the_field_whichever_is_shown_first() {
    for keyboard_first in [false, true] {
        let mut harness = harness(Screen { keyboard_first, ..Screen::new(Layout::English, Purpose::Name) }, 600.0);
        focus(&mut harness);
        for key in ["A", "n", "a", "Shift", "Symbols", "2", "Left", "Backspace"] {
            tap(&mut harness, key);
            assert!(focused(&harness), "{key}");
        }
        assert_eq!(harness.state().text, "An2");
        // A real keyboard goes on where the screen's has stopped.
        harness.event(Event::Text("!".to_owned()));
        harness.run();
        assert_eq!(harness.state().text, "An!2");
        tap(&mut harness, "Hide");
        assert!(!focused(&harness));
        assert_eq!(harness.state().outputs.last(), Some(&Output::Hide));
    }
}

#[test]
fn screen_readers_and_hardware_keys_press_keys_too() {
    let mut harness = screen(Layout::English, Purpose::Email);
    focus(&mut harness);
    harness.get_by_label("q").click_accesskit();
    harness.run();
    assert!(focused(&harness));
    let context_menu = |node: &Node<'_>| {
        let (target_node, target_tree) = node.accesskit_node().locate();
        let action = egui::accesskit::Action::ShowContextMenu;
        Event::AccessKitActionRequest(egui::accesskit::ActionRequest { action, target_node, target_tree, data: None })
    };
    let event = context_menu(&harness.get_by_label("u"));
    harness.event(event);
    harness.run();
    harness.get_by_label("ü").click_accesskit();
    harness.run();
    harness.get_by_label("w").focus();
    harness.run();
    harness.key_press(egui::Key::Enter);
    harness.run();
    assert!(harness.get_by_label("w").is_focused());
    assert_eq!(harness.state().text, "qüw");
}

#[test]
fn a_second_finger_loses_no_letter() {
    let mut harness = screen(Layout::English, Purpose::Email);
    let (a, l) = (center(&harness, "a"), center(&harness, "l"));
    let touch = |id, phase, pos| Event::Touch { device_id: TouchDeviceId(0), id: TouchId(id), phase, pos, force: None };
    harness.event(touch(1, TouchPhase::Start, a));
    press(&mut harness, a, true);
    harness.event(touch(2, TouchPhase::Start, l));
    harness.step();
    harness.event(touch(1, TouchPhase::End, a));
    press(&mut harness, a, false);
    harness.event(touch(2, TouchPhase::End, l));
    harness.run();
    assert_eq!(harness.state().text, "al");
}

#[test]
fn a_touch_that_slides_or_lasts_still_counts() {
    let mut harness = screen(Layout::English, Purpose::Email);
    let one = center(&harness, "1");
    press(&mut harness, one, true);
    wait(&mut harness, 1.2);
    harness.event(Event::PointerMoved(one + vec2(20.0, 5.0)));
    press(&mut harness, one + vec2(20.0, 5.0), false);
    harness.run();
    assert_eq!(harness.state().text, "1");
}

#[test]
fn what_lies_above_takes_the_touches() {
    let mut harness = Harness::builder().with_size(vec2(500.0, 480.0)).allow_missing_glyphs().build_ui_state(
        |ui, screen: &mut Screen| {
            screen.show(ui);
            egui::Modal::new(egui::Id::unique("dialog")).show(ui.ctx(), |ui| ui.label("dialog"));
        },
        Screen::new(Layout::English, Purpose::Email),
    );
    tap(&mut harness, "q");
    assert_eq!(harness.state().outputs, []);
}

#[test]
fn keys_are_large_and_apart_as_screen_readers_see_them() {
    for layout in [Layout::English, Layout::Spanish] {
        for purpose in [Purpose::Name, Purpose::Email] {
            for width in [480.0, 900.0, 2000.0] {
                let mut harness = harness(Screen::new(layout, purpose), width);
                for page in ["Letters", "Symbols"] {
                    if page == "Symbols" {
                        tap(&mut harness, page);
                    }
                    let keyboard = harness.get_by_label("Keyboard");
                    let keys: Vec<Rect> =
                        keyboard.get_all_by_role(egui::accesskit::Role::Button).map(|key| key.rect()).collect();
                    assert!(keys.len() >= 35, "{}", keys.len());
                    for (i, key) in keys.iter().enumerate() {
                        assert!(key.width() > 47.99 && key.height() > 47.99, "{key}");
                        assert!(key.left() >= 7.99 && key.right() <= width + 8.01, "{key}");
                        assert!(keys[..i].iter().all(|other| !other.shrink(0.01).intersects(key.shrink(0.01))));
                    }
                }
            }
        }
    }
}
