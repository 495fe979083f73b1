//! On every screen, in every state: what is pressed is large enough, in reach, and apart from the rest; every
//! text has its room; everything has a name in the right language.

use egui::Rect;
use egui::accesskit::Role;
use egui_kittest::Harness;
use mirilla::settings::{Appearance, Language};
use mirilla::ui::{Palette, theme};

use crate::places::{Place, Visitor, idle, places};
use crate::stand::{Stand, screen};
use crate::tree::{Target, targets, texts};

/// The smallest screen, usual ones, and one that stands.
const SIZES: [[f32; 2]; 5] = [[800.0, 480.0], [1024.0, 600.0], [1280.0, 800.0], [1920.0, 1080.0], [1080.0, 1920.0]];
/// Least width and height of what is pressed, in pixels, less what rounding takes.
const LEAST: f32 = 47.9;

/// The way on and the way out.
const NEXT: [&str; 12] = [
    "action-back",
    "action-done",
    "action-keep",
    "action-leave",
    "action-next",
    "action-register",
    "action-save",
    "action-save-face",
    "action-sign-in",
    "action-sign-out",
    "action-take-again",
    "action-try-again",
];

/// A look at every place on every screen; what is wrong there is collected, so that one run tells all.
fn look(visitor: &Visitor, check: impl Fn(&Harness<'_, Stand>, &Place, &mut Vec<String>)) {
    let mut wrong = vec![];
    for language in Language::ALL {
        for size in SIZES {
            let mut harness = screen(language, Appearance::Light, size);
            for place in places(visitor) {
                place.enter(harness.state_mut());
                settle(&mut harness);
                let mut here = vec![];
                check(&harness, &place, &mut here);
                let at = format!("{} {}x{} {}", language.tag(), size[0], size[1], place.name);
                wrong.extend(here.into_iter().map(|what| format!("{at}: {what}")));
            }
        }
    }
    assert!(wrong.is_empty(), "{} things are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// A screen finds its middle, and a field the keyboard.
fn settle(harness: &mut Harness<'_, Stand>) {
    harness.run_steps(3);
}

#[test]
fn whatever_is_pressed_is_large_and_in_reach() {
    look(&Visitor::longest(), |harness, _, wrong| {
        let whole = harness.ctx.content_rect();
        let scale = harness.ctx.pixels_per_point();
        for target in targets(harness) {
            let size = target.rect.size() * scale;
            if size.x < LEAST || size.y < LEAST {
                wrong.push(format!("{:?} has {size} pixels", target.name));
            }
            let sideways = target.rect.left() < -0.1 || target.rect.right() > whole.right() + 0.1;
            // What a scroll area hides can be scrolled to.
            let beyond = !whole.expand(0.1).contains_rect(target.seen) && target.seen.is_positive();
            if sideways || beyond {
                wrong.push(format!("{:?} lies outside: {:?}", target.name, target.rect));
            }
        }
        let area = theme::TARGET * scale;
        assert!(area >= LEAST, "{area}");
    });
}

#[test]
fn nothing_that_is_pressed_lies_over_anything_else() {
    look(&Visitor::longest(), |harness, _, wrong| {
        let all: Vec<Target> = targets(harness).into_iter().filter(|target| target.seen.is_positive()).collect();
        for (i, one) in all.iter().enumerate() {
            for other in &all[..i] {
                let shared = one.seen.intersect(other.seen);
                if shared.width() > 1.0 && shared.height() > 1.0 {
                    wrong.push(format!("{:?} lies over {:?} by {}", one.name, other.name, shared.size()));
                }
            }
        }
    });
}

#[test]
fn every_text_has_its_room() {
    for visitor in [Visitor::usual(), Visitor::longest()] {
        look(&visitor, |harness, _, wrong| {
            let whole = harness.ctx.content_rect();
            let buttons = targets(harness);
            let texts = texts(harness);
            for text in &texts {
                let field = |one: &&Target| {
                    one.role == Role::TextInput && one.rect.expand(2.0).contains_rect(text.clip.intersect(text.rect))
                };
                if buttons.iter().any(|one| field(&one)) {
                    continue; // a long address scrolls in its field
                }
                let room = text.clip.intersect(whole);
                if text.rect.left() < room.left() - 1.0 || text.rect.right() > room.right() + 1.0 {
                    wrong.push(format!("{:?} is cut off: {:?} in {room:?}", short(&text.words), text.rect));
                }
                let seen = text.rect.intersect(room);
                if !seen.is_positive() {
                    continue; // to be scrolled to
                }
                let within = |one: &&Target| one.seen.contains(seen.center());
                if let Some(button) = buttons.iter().find(within)
                    && !button.rect.expand(1.0).contains_rect(seen)
                {
                    wrong.push(format!("{:?} is larger than its button", short(&text.words)));
                }
            }
            for (i, one) in texts.iter().enumerate() {
                for other in &texts[..i] {
                    let shared = visible(one.rect, one.clip).intersect(visible(other.rect, other.clip));
                    if shared.width() > 1.0 && shared.height() > 1.0 && one.words != other.words {
                        wrong.push(format!("{:?} lies over {:?}", short(&one.words), short(&other.words)));
                    }
                }
            }
        });
    }
}

#[test]
fn a_result_is_read_in_peace_for_most_of_its_time() {
    let mut harness = screen(Language::English, Appearance::Light, SIZES[2]);
    let all = places(&Visitor::usual());
    let place = all.iter().find(|place| place.name == "sign-in declined, NotRecognized").expect("a refusal");
    place.enter(harness.state_mut());
    let begun = harness.state().now;
    let question = harness.state().words().text("idle-question");
    let mut asked = vec![];
    for second in 0..25 {
        harness.state_mut().now = begun + std::time::Duration::from_secs(second);
        settle(&mut harness);
        if texts(&harness).iter().any(|text| text.words == question) {
            asked.push(second);
        }
    }
    assert_eq!(asked, (17..25).collect::<Vec<_>>());
}

#[test]
fn an_example_in_an_empty_field_has_the_color_of_text() {
    for appearance in Appearance::ALL {
        let mut harness = screen(Language::English, appearance, SIZES[2]);
        let all = places(&Visitor::usual());
        all.iter().find(|place| place.name == "details").expect("a form").enter(harness.state_mut());
        settle(&mut harness);
        let hint = harness.state().words().text("field-email-hint");
        let shown = texts(&harness).into_iter().find(|text| text.words == hint).expect("an example");
        // A test of `ui::theme` holds the contrast of this color.
        assert_eq!(shown.color, Palette::of(appearance).soft, "{appearance:?}");
    }
}

#[test]
fn what_is_most_likely_wanted_next_is_in_sight() {
    look(&Visitor::usual(), |harness, place, wrong| {
        // The operator's pages, and a keyboard that leaves little height, may be scrolled; so may a name of a place
        // that fills three lines.
        if place.name.starts_with("operator") || place.name.contains("keyboard") || place.name == "home, named" {
            return;
        }
        let next = NEXT.map(|key| harness.state().words().text(key));
        for target in targets(harness).into_iter().filter(|target| next.contains(&target.name)) {
            if target.seen.area() < 0.98 * target.rect.area() {
                wrong.push(format!("{:?} must be scrolled to", target.name));
            }
        }
    });
}

#[test]
fn the_question_whether_anybody_is_there_fits_every_screen() {
    for language in Language::ALL {
        for size in SIZES {
            let mut harness = screen(language, Appearance::Light, size);
            for place in places(&Visitor::longest()) {
                place.enter(harness.state_mut());
                idle(harness.state_mut());
                settle(&mut harness);
                let stand = harness.state();
                if stand.failure.is_some() || stand.kiosk.idle_warning(stand.now, &stand.policy).is_none() {
                    continue; // at home and while captures are taken nobody is asked
                }
                let more = stand.words().text("idle-more-time");
                let target = targets(&harness).into_iter().find(|target| target.name == more).expect("more time");
                let whole = harness.ctx.content_rect();
                assert!(whole.contains_rect(target.rect), "{} {size:?} {}", language.tag(), place.name);
                for text in texts(&harness).iter().filter(|text| text.words.ends_with(" s.")) {
                    assert!(text.rect.right() <= target.rect.left(), "{} {size:?} {}", language.tag(), place.name);
                }
                // Whoever reads a page needs its buttons; an operator's list has some everywhere.
                if !place.name.starts_with("operator") {
                    let asked = stand.words().text("idle-question");
                    let asked = texts(&harness).into_iter().find(|text| text.words == asked).expect("the question");
                    let question = target.rect.union(asked.rect).expand(8.0);
                    for other in targets(&harness).into_iter().filter(|other| other.role == Role::Button) {
                        let free = other.name == more || !other.seen.shrink(2.0).intersects(question);
                        assert!(free, "{} {size:?} {}: {:?} is covered", language.tag(), place.name, other.name);
                    }
                }
                // What is typed with stays free.
                let space = stand.words().text("key-space");
                if let Some(key) = targets(&harness).into_iter().find(|target| target.name == space) {
                    let over = target.rect.bottom() <= key.rect.top();
                    assert!(over, "{} {size:?} {}: the keyboard is hidden", language.tag(), place.name);
                }
            }
        }
    }
}

/// The letters of a line stand within its height.
fn visible(rect: Rect, clip: Rect) -> Rect {
    rect.shrink2(egui::vec2(0.0, 5.0)).intersect(clip)
}

fn short(words: &str) -> String {
    words.chars().take(50).collect()
}

#[test]
fn whoever_is_signed_in_is_not_sent_to_sign_in() {
    let mut harness = screen(Language::English, Appearance::Light, SIZES[2]);
    let all = places(&Visitor::usual());
    for (name, advice) in [("editing refused", "Please write a different one."), ("details refused", "Then sign in.")] {
        let place = all.iter().find(|place| place.name == name).expect("a place");
        place.enter(harness.state_mut());
        settle(&mut harness);
        let told = texts(&harness).into_iter().filter(|text| text.words.contains("this e-mail address."));
        let told: Vec<_> = told.map(|text| text.words).collect();
        assert!(told.len() == 1 && told[0].ends_with(advice), "{name}: {told:?}");
    }
}
