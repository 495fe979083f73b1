//! In every state: Tab leads to all that can be pressed and is never lost; a screen reader finds a name, a
//! heading, and what has changed.

use std::collections::{BTreeMap, BTreeSet};

use egui::accesskit::{Invalid, Live, Role};
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::AccessKitNode;
use mirilla::settings::{Appearance, Language};

use crate::places::{Place, Visitor, idle, places};
use crate::stand::{Stand, screen};
use crate::tree::{focused, name, nodes, targets};

/// The smallest screen, where much must be scrolled to, and a usual one.
const SIZES: [[f32; 2]; 2] = [[800.0, 480.0], [1280.0, 800.0]];

fn everywhere(mut check: impl FnMut(&mut Harness<'_, Stand>, &Place, &mut Vec<String>)) {
    let mut wrong = vec![];
    for language in Language::ALL {
        for size in SIZES {
            let mut harness = screen(language, Appearance::Light, size);
            for place in places(&Visitor::usual()) {
                place.enter(harness.state_mut());
                harness.run_steps(3);
                let mut here = vec![];
                check(&mut harness, &place, &mut here);
                let at = format!("{} {}x{} {}", language.tag(), size[0], size[1], place.name);
                wrong.extend(here.into_iter().map(|what| format!("{at}: {what}")));
            }
        }
    }
    assert!(wrong.is_empty(), "{} things are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn tab_leads_to_everything_and_is_never_lost() {
    everywhere(|harness, place, wrong| {
        // A keyboard on the screen is for those who have none; and of a long list Tab sees a part at a time.
        if place.name.contains("keyboard") || place.name == "operator, people" {
            return;
        }
        let all: BTreeMap<u64, String> =
            targets(harness).into_iter().filter(|one| one.enabled).map(|one| (one.id, one.name)).collect();
        for (modifiers, key) in [(Modifiers::NONE, "Tab"), (Modifiers::SHIFT, "Shift+Tab")] {
            let mut reached = BTreeSet::new();
            for _ in 0..all.len() * 2 {
                harness.key_press_modifiers(modifiers, Key::Tab);
                harness.run_steps(2);
                match focused(harness) {
                    None => wrong.push(format!("{key} leads nowhere after {:?}", reached.iter().next_back())),
                    Some(target) => {
                        let share = target.seen.area() / target.rect.area();
                        if !target.seen.is_positive() || share < 0.9 {
                            wrong.push(format!("{key} leads to {:?}, which is out of sight", target.name));
                        }
                        reached.insert(target.id);
                    }
                }
            }
            for (id, name) in &all {
                if !reached.contains(id) {
                    wrong.push(format!("{key} does not lead to {name:?}"));
                }
            }
        }
        wrong.sort();
        wrong.dedup();
    });
}

#[test]
fn escape_is_a_way_back_wherever_there_is_one() {
    everywhere(|harness, place, wrong| {
        let before = harness.state().kiosk.clone();
        harness.state_mut().asked.clear();
        harness.key_press(Key::Escape);
        harness.step();
        let stays = ["home", "checking", "storing", "searching"].iter().any(|name| place.name.starts_with(name));
        let asked = !harness.state().asked.is_empty();
        if !stays && !asked {
            wrong.push(format!("Escape does nothing in {:?}", before.state()));
        }
    });
}

/// The texts of the other language that are none of this one.
fn foreign(stand: &Stand) -> BTreeSet<String> {
    let file = |language: Language| match language {
        Language::English => include_str!("../../assets/locales/en.ftl"),
        Language::Spanish => include_str!("../../assets/locales/es.ftl"),
    };
    let texts = |language: Language| {
        let lines = file(language).lines().filter_map(|line| line.split_once(" = "));
        lines.map(|(_, text)| text.trim().to_owned()).collect::<BTreeSet<_>>()
    };
    let own = stand.words().language();
    let other = Language::ALL.into_iter().find(|language| *language != own).expect("there are two");
    texts(other).difference(&texts(own)).cloned().collect()
}

#[test]
fn everything_has_a_name_in_the_language_of_the_screen() {
    everywhere(|harness, _, wrong| {
        let foreign = foreign(harness.state());
        for target in targets(harness) {
            if target.name.trim().is_empty() {
                wrong.push(format!("a {:?} at {:?} has no name", target.role, target.rect));
            }
        }
        for node in nodes(harness) {
            let name = name(&node);
            if foreign.contains(&name) {
                wrong.push(format!("{name:?} is in the other language"));
            }
            if name.contains(['{', '}']) || name.starts_with("declined-") || name.starts_with("trouble-") {
                wrong.push(format!("{name:?} is no text"));
            }
        }
    });
}

#[test]
fn every_screen_has_a_heading_and_tells_what_changes() {
    everywhere(|harness, place, wrong| {
        let headings: Vec<_> = nodes(harness).filter(|node| node.role() == Role::Heading).collect();
        // Where a keyboard leaves little height, the field that is typed into has the focus.
        if headings.is_empty() && !place.name.contains("keyboard") {
            wrong.push("no heading".into());
        }
        let spoken = |name: &str| {
            name.starts_with("details") || name.starts_with("home") || name.starts_with("editing") || name == "checking"
        };
        let told = nodes(harness).any(|node| node.data().live() == Some(Live::Polite));
        if !told && !spoken(&place.name) && !place.name.starts_with("operator") {
            wrong.push("nothing is told when this screen comes".into());
        }
        // The sentence that leads somebody who stands before the camera.
        let led = place.name.starts_with("enrolling") || place.name.starts_with("identifying");
        if led && !headings.iter().any(|node| node.data().live() == Some(Live::Polite)) {
            wrong.push("the sentence that leads is not told".into());
        }
    });
}

#[test]
fn the_question_whether_anybody_is_there_is_told_once_and_not_counted_down() {
    everywhere(|harness, _, wrong| {
        idle(harness.state_mut());
        harness.run_steps(2);
        let question = harness.state().words().text("idle-question");
        if !nodes(harness).any(|node| name(&node) == question) {
            return; // at home and while captures are taken nobody is asked
        }
        let live = |node: &AccessKitNode<'_>| node.data().live() == Some(Live::Polite);
        if !nodes(harness).any(|node| name(&node) == question && live(&node)) {
            wrong.push("the question is not told".into());
        }
        let seconds = |node: &AccessKitNode<'_>| name(node).ends_with(" s.");
        if !nodes(harness).any(|node| seconds(&node)) || nodes(harness).any(|node| seconds(&node) && live(&node)) {
            wrong.push("the seconds are to be seen, and not to be told one by one".into());
        }
    });
}

#[test]
fn what_is_wrong_in_a_field_is_told_with_the_field() {
    everywhere(|harness, place, wrong| {
        let expected = match place.name.as_str() {
            "details" | "details filled" | "editing" => 0,
            "details empty" | "details malformed" | "details too long" | "editing wrong" => 2,
            _ => return,
        };
        let fields: Vec<_> = nodes(harness).filter(|node| node.role() == Role::TextInput).collect();
        assert_eq!(fields.len(), 2);
        let invalid = fields.iter().filter(|node| node.data().invalid() == Some(Invalid::True));
        let why: Vec<String> = invalid.filter_map(|node| node.data().description().map(str::to_owned)).collect();
        if why.len() != expected {
            wrong.push(format!("{} fields say what is wrong, not {expected}: {why:?}", why.len()));
        }
        for words in why {
            let told = nodes(harness).any(|node| name(&node) == words && node.data().live() == Some(Live::Polite));
            if !told {
                wrong.push(format!("{words:?} is not told when it comes"));
            }
        }
    });
}
