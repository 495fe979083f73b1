//! Rendered heads, prints and telephones before the kiosk's own cues, and `mirilla eval pad`.

mod common;

use std::path::Path;
use std::time::Duration;

use image::{GenericImage, Rgb, RgbImage};

use common::Kiosk;
use common::people::{biden, obama};
use mirilla::biometrics::QualityLimits;
use mirilla::biometrics::detection::Detector;
use mirilla::biometrics::liveness::{Cue, Detail, Looking, Nose, Watcher};
use mirilla::camera::Frame;
use mirilla::session::liveness::Outcome;
use mirilla::session::{LivenessLevel, Policy, Reason};
use mirilla::simulation::{Performer, Species, Stage, Trial, Verdict};

fn outcome(stage: &Stage, trial: &mut Trial, species: Species, level: LivenessLevel, seed: u64) -> Outcome {
    verdict(stage, trial, species, level, seed).outcome
}

fn verdict(stage: &Stage, trial: &mut Trial, species: Species, level: LivenessLevel, seed: u64) -> Verdict {
    let mut order = seed;
    let choose = |n: usize| {
        order = order.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (order >> 33) as usize % n
    };
    let mut performer = Performer::new(species, 32.0, seed);
    trial.run(stage, seed as usize, &mut performer, level, choose).unwrap()
}

#[test]
fn a_living_head_completes_the_challenge_and_a_flat_print_does_not() {
    let (stage, mut trial) =
        (Stage::open().unwrap(), Trial::load(Policy::default(), QualityLimits::default()).unwrap());
    for seed in 0..3 {
        let live = outcome(&stage, &mut trial, Species::BonaFide, LivenessLevel::Active, seed);
        assert_eq!(live, Outcome::Passed, "head {seed}");
        let print = outcome(&stage, &mut trial, Species::PrintFlat, LivenessLevel::Active, seed);
        assert_ne!(print, Outcome::Passed, "print {seed}");
    }
}

#[test]
fn a_living_head_beside_a_print_or_in_its_place_and_prints_that_are_changed_do_not_complete_it() {
    let (stage, mut trial) =
        (Stage::open().unwrap(), Trial::load(Policy::default(), QualityLimits::default()).unwrap());
    for species in [Species::PrintBeside, Species::Swapped, Species::Stills] {
        let found = outcome(&stage, &mut trial, species, LivenessLevel::Active, 1);
        assert_ne!(found, Outcome::Passed, "{species:?}");
    }
}

#[test]
fn prints_and_telephones_that_are_held_carelessly_are_denied_by_what_is_seen_around_them() {
    let (stage, mut trial) =
        (Stage::open().unwrap(), Trial::load(Policy::default(), QualityLimits::default()).unwrap());
    let mut denied = |species: Species| -> Vec<Cue> {
        let verdicts = (0..6).map(|seed| verdict(&stage, &mut trial, species, LivenessLevel::Passive, seed));
        verdicts
            .filter_map(|verdict| match verdict.outcome {
                Outcome::Denied(cue) => {
                    assert_eq!(verdict.reason, Some(Reason::PhotoSuspected), "{species:?}");
                    Some(cue)
                }
                _ => None,
            })
            .collect()
    };
    // One that fills the view shows no border: what is around the face moves with it.
    let large = denied(Species::PrintLarge);
    assert!(large.len() >= 4 && large.iter().all(|cue| *cue == Cue::Surround), "{large:?}");
    let flat = denied(Species::PrintFlat);
    assert!(flat.len() >= 4, "{flat:?}");
    let phone = denied(Species::Phone);
    assert!(phone.len() >= 4 && phone.contains(&Cue::Rectangle), "{phone:?}");
    assert_eq!(denied(Species::BonaFide), []);
}

#[test]
fn a_living_head_is_let_alone_and_without_a_level_so_is_a_photo() {
    let (stage, mut trial) =
        (Stage::open().unwrap(), Trial::load(Policy::default(), QualityLimits::default()).unwrap());
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
    for key in ["rejected", "no_verdict", "bpcer", "low", "high", "median_s"] {
        assert!(found.json["bona_fide"][key].is_number(), "{key}");
    }
    // Of one attempt nearly nothing follows: by Clopper and Pearson it is 1 in 40 that it comes so by chance.
    let passed = print["passed"].as_u64().unwrap();
    let [apcer, low, high, median] = ["apcer", "low", "high", "median_s"].map(|key| print[key].as_f64().unwrap());
    let (lowest, highest) = if passed == 1 { (0.025, 1.0) } else { (0.0, 0.975) };
    assert!(apcer == passed as f64 && (low - lowest).abs() < 1e-3 && (high - highest).abs() < 1e-3, "{print}");
    assert!((0.5..2.0).contains(&median), "{print}");
}

/// A portrait as a print with a white border, before a grey wall.
fn print(photo: &Path) -> RgbImage {
    let photo = image::open(photo).unwrap().into_rgb8();
    let (side, border) = (photo.width(), 20);
    let mut wall = RgbImage::from_pixel(side * 2, side * 2, Rgb([105, 104, 100]));
    let paper = RgbImage::from_pixel(side + 2 * border, side + 2 * border, Rgb([236, 235, 230]));
    wall.copy_from(&paper, side / 2 - border, side / 2 - border).unwrap();
    wall.copy_from(&photo, side / 2, side / 2).unwrap();
    wall
}

#[test]
fn attacks_of_a_site_are_counted_by_their_folders_and_a_film_by_what_the_kiosk_would_see_of_it() {
    let kiosk = Kiosk::new();
    let folder = kiosk.scratch("site");
    let framed = print(&obama().probe);
    let bare = image::open(&obama().probe).unwrap().into_rgb8();
    let put = |what: &RgbImage, at: &str| {
        let path = folder.join(at);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        what.save(path).unwrap();
    };
    put(&framed, "attacks/print/a.png");
    // Taken away, or held up, only after the kiosk would have decided.
    for number in 0..16 {
        let early = number < 12;
        put(if early { &framed } else { &bare }, &format!("attacks/print/taken-away/{number:02}.png"));
        put(if early { &bare } else { &framed }, &format!("attacks/held-up/late/{number:02}.png"));
    }
    put(&bare, "people/somebody/one.png");
    let at = |part: &str| folder.join(part).to_str().unwrap().to_owned();
    let found = kiosk.ask(&["eval", "pad", "--attacks", &at("attacks"), "--bonafide", &at("people")]);
    let found = found.assert_yes("measured").json;
    let figures = |name: &str| ["attempts", "passed"].map(|key| found["species"][name][key].as_u64());
    assert_eq!(figures("print"), [Some(2), Some(0)], "{found}");
    assert_eq!(figures("held-up"), [Some(1), Some(1)], "{found}");
    let declined = found["species"]["print"]["declined"].as_object().unwrap();
    assert!(declined.len() == 1 && declined["rectangle"] == 2, "{found}");
    assert_eq!([&found["bona_fide"]["attempts"], &found["bona_fide"]["rejected"]], [1, 0], "{found}");
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

#[test]
fn a_photo_of_a_print_with_its_border_is_refused_and_the_log_says_by_what() {
    let kiosk = Kiosk::with(&obama());
    let picture = print(&obama().probe);
    let print = kiosk.scratch("print.png");
    picture.save(&print).unwrap();
    let refused = kiosk.login(&print).assert_no("photo_suspected");
    assert_eq!(refused.text("cue"), "rectangle", "{refused:?}");
    let log = kiosk.ask(&["audit", "show"]).assert_yes("listed");
    assert!(log.json.to_string().contains("photo_suspected:rectangle"), "{log:?}");
    // Where nothing is checked, the same picture signs in.
    std::fs::write(kiosk.data_dir.join("settings.toml"), "liveness = \"off\"\n").unwrap();
    kiosk.login(&print).assert_yes("recognized");
}

#[test]
fn where_people_move_a_file_is_no_answer_and_a_camera_that_is_not_there_is_told() {
    let kiosk = Kiosk::with(&obama());
    let settings = "liveness = \"active\"\ncamera = \"no-such-camera\"\n";
    std::fs::write(kiosk.data_dir.join("settings.toml"), settings).unwrap();
    let refused = kiosk.login(&obama().probe);
    assert_eq!((refused.exit, refused.text("reason")), (2, "usage"), "{refused:?}");
    let other = kiosk.ask(&["login", "--camera", "virtual-another"]);
    assert_eq!(
        (other.exit, other.text("reason")),
        (2, "usage"),
        "whoever signs in does not choose the camera: {other:?}"
    );
    let failed = kiosk.ask(&["login", "--camera"]);
    assert_eq!((failed.exit, failed.text("reason")), (3, "camera"), "{failed:?}");
}

/// A portrait at a place of a picture, so many pixels a side.
fn put(picture: &mut RgbImage, portrait: &Path, side: u32, x: u32, y: u32) {
    let photo = image::open(portrait).unwrap().into_rgb8();
    let photo = image::imageops::resize(&photo, side, side, image::imageops::FilterType::Triangle);
    picture.copy_from(&photo, x, y).unwrap();
}

fn frame(picture: &RgbImage, at: u64) -> Frame {
    let (width, height) = picture.dimensions();
    Frame::new(width, height, picture.as_raw().clone(), Duration::from_millis(at)).unwrap()
}

#[test]
fn the_nose_is_that_of_the_face_that_is_recognized_whoever_else_is_in_the_picture() {
    let (mut detector, mut watcher) = (Detector::load().unwrap(), Watcher::default());
    let wall = RgbImage::from_pixel(1000, 600, Rgb([120, 118, 112]));
    let (mut large, mut small) = (wall.clone(), wall);
    put(&mut large, &obama().probe, 560, 20, 20);
    put(&mut small, &biden().probe, 300, 640, 150);
    let mut both = large.clone();
    put(&mut both, &biden().probe, 300, 640, 150);
    let mut nose = |picture: &RgbImage, at: u64, since: u64| {
        let frame = frame(picture, at);
        let faces = detector.detect(&frame).unwrap();
        let looking = Looking { detail: Detail::Active, since: Duration::from_millis(since) };
        watcher.look(&frame, faces.first(), looking).unwrap().unwrap().nose.unwrap()
    };
    let of_large = nose(&large, 100, 100);
    // The mesh follows the small face; then the large one is there as well, and is the one that is recognized.
    let of_small = nose(&small, 200, 200);
    let found = nose(&both, 300, 200);
    let apart = |a: Nose, b: Nose| (a.across - b.across).abs().max((a.down - b.down).abs());
    assert!(apart(of_large, of_small) > 0.05, "the two can be told apart: {of_large:?}, {of_small:?}");
    assert!(apart(found, of_large) < 0.02, "{found:?} is not {of_large:?}");
}
