//! Rendered heads, prints and telephones before the kiosk's own cues, and `mirilla eval pad`.

mod common;

use common::Kiosk;
use mirilla::session::liveness::Outcome;
use mirilla::session::{LivenessLevel, Policy};
use mirilla::simulation::{Performer, Species, Stage, Trial};

fn outcome(stage: &Stage, trial: &mut Trial, species: Species, level: LivenessLevel, seed: u64) -> Outcome {
    let mut order = seed;
    let choose = |n: usize| {
        order = order.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (order >> 33) as usize % n
    };
    let mut performer = Performer::new(species, 32.0, seed);
    trial.run(stage, seed as usize, &mut performer, level, choose).unwrap().outcome
}

#[test]
fn a_living_head_completes_the_challenge_and_a_flat_print_does_not() {
    let (stage, mut trial) = (Stage::open().unwrap(), Trial::load(Policy::default()).unwrap());
    for seed in 0..3 {
        let live = outcome(&stage, &mut trial, Species::BonaFide, LivenessLevel::Active, seed);
        assert_eq!(live, Outcome::Passed, "head {seed}");
        let print = outcome(&stage, &mut trial, Species::PrintFlat, LivenessLevel::Active, seed);
        assert_ne!(print, Outcome::Passed, "print {seed}");
    }
}

#[test]
fn a_living_head_is_let_alone_and_without_a_level_so_is_a_photo() {
    let (stage, mut trial) = (Stage::open().unwrap(), Trial::load(Policy::default()).unwrap());
    for seed in 0..3 {
        let live = outcome(&stage, &mut trial, Species::BonaFide, LivenessLevel::Passive, seed);
        assert_eq!(live, Outcome::Passed, "head {seed}");
    }
    let photo = outcome(&stage, &mut trial, Species::PrintFlat, LivenessLevel::Off, 1);
    assert_eq!(photo, Outcome::Passed, "level 0 means what it says");
}

#[test]
fn what_was_measured_is_told_per_species_with_intervals() {
    let kiosk = Kiosk::new();
    let found = kiosk.ask(&["eval", "pad", "--attempts", "1", "--species", "print_flat"]).assert_yes("measured");
    assert_eq!((found.json["level"].as_u64(), found.json["simulated"].as_bool()), (Some(1), Some(true)));
    let print = &found.json["species"]["print_flat"];
    assert_eq!(print["attempts"], 1);
    assert_eq!(found.json["bona_fide"]["attempts"], 1);
    for key in ["passed", "apcer", "low", "high"] {
        assert!(print[key].is_number(), "{key}");
    }
    for key in ["rejected", "no_verdict", "bpcer", "low", "high"] {
        assert!(found.json["bona_fide"][key].is_number(), "{key}");
    }
}

#[test]
fn folders_of_pictures_are_counted_and_no_challenge_is_made_of_them() {
    let kiosk = Kiosk::new();
    let folder = kiosk.scratch("people");
    std::fs::create_dir_all(folder.join("one")).unwrap();
    let demo = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
    for file in ["obama.jpg", "obama2.jpg"] {
        std::fs::copy(demo.join(file), folder.join("one").join(file)).unwrap();
    }
    std::fs::write(folder.join("one/broken.jpg"), b"no picture").unwrap();
    let people = folder.to_str().unwrap();
    let found = kiosk.ask(&["eval", "pad", "--bonafide", people]).assert_yes("measured");
    let counted = &found.json["bona_fide"];
    assert_eq!((counted["attempts"].as_u64(), counted["no_verdict"].as_u64()), (Some(3), Some(1)), "{counted}");
    assert_eq!(found.json["simulated"], false);
    let refused = kiosk.ask(&["eval", "pad", "--level", "2", "--bonafide", people]);
    assert_eq!((refused.exit, refused.text("reason")), (2, "usage"), "{refused:?}");
}
