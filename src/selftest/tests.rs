//! Counting, what follows from it, and when it no longer does.

use std::time::Duration;

use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::*;
use crate::biometrics::{Embedding, Template};
use crate::session::{Decline, End, LivenessLevel, Order, Policy, Reason};

fn conditions() -> Conditions {
    let camera = Camera { id: Some("usb-1".into()), mode: Some("Camera, MJPEG 1280x720".into()) };
    Conditions::of(camera, Some([1920, 1080]), LivenessLevel::Passive, &Policy::default())
}

/// All was tried as often as is needed, and nothing got in.
fn held() -> Test {
    let mut test = Test::begun(conditions(), 100);
    test.people = vec![Count { passed: LEAST_EACH, ..Count::default() }; LEAST_PEOPLE as usize];
    let stopped = Count { refused: LEAST_ATTEMPTS, ..Count::default() };
    test.attacks = Species::ALL.into_iter().map(|species| (species, stopped)).collect();
    test
}

fn template(seed: u8) -> Template {
    let values = std::array::from_fn(|i| if i == usize::from(seed) { 1.0 } else { 0.0 });
    Template::fuse([&Embedding::normalized(values).unwrap()]).unwrap()
}

fn guide(people: u32, each: u32, attempts: u32) -> Guide {
    Guide::new(Plan { people, each, attempts }, None, conditions(), 100).0
}

#[test]
fn the_digests_are_those_of_the_networks_in_the_program() {
    for (name, digest) in NETWORKS {
        let file = format!("{}/weights/{name}.safetensors", env!("CARGO_MANIFEST_DIR"));
        let found: String =
            Sha256::digest(std::fs::read(file).unwrap()).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(found, digest, "{name}: another network ends each self-test, so that its digest is to be told here");
    }
    let folder = std::fs::read_dir(format!("{}/weights", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let networks =
        folder.filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|e| e == "safetensors"));
    assert_eq!(networks.count(), NETWORKS.len(), "every network is among them");
}

#[test]
fn a_level_holds_only_where_every_species_was_tried_often_enough_and_none_got_in() {
    assert_eq!(held().standing(&conditions()), Standing::Holds);
    for species in Species::ALL {
        let mut beaten = held();
        beaten.attacks.get_mut(&species).unwrap().passed = 1;
        assert_eq!(beaten.standing(&conditions()), Standing::Beaten(vec![species]), "one is enough, of any species");
        let mut untried = held();
        untried.attacks.remove(&species);
        let unfinished = Standing::Unfinished { people: 0, species: vec![species] };
        assert_eq!(untried.standing(&conditions()), unfinished, "what was left out shows nothing");
        let mut bad = held();
        *bad.attacks.get_mut(&species).unwrap() = Count { not_recognized: 1000, not_seen: 1000, ..Count::default() };
        assert_eq!(bad.standing(&conditions()), unfinished, "bad pictures show nothing");
    }
    let mut few = held();
    few.people.pop();
    assert_eq!(few.standing(&conditions()), Standing::Unfinished { people: 1, species: vec![] });
    few.people.push(Count { passed: LEAST_EACH - 1, ..Count::default() });
    assert_eq!(few.standing(&conditions()), Standing::Unfinished { people: 1, species: vec![] }, "came too seldom");
}

#[test]
fn what_has_changed_is_named_and_what_is_not_known_is_no_change() {
    let policy = Policy::default();
    let now = |change: &dyn Fn(&mut Conditions)| {
        let mut now = conditions();
        change(&mut now);
        held().standing(&now)
    };
    assert_eq!(now(&|now| now.camera = Camera::default()), Standing::Holds, "the camera is closed");
    assert_eq!(now(&|now| now.screen = Some([800, 480])), Standing::Holds, "told, and no more");
    assert_eq!(now(&|now| now.camera.id = Some("usb-2".into())), Standing::Expired(vec![Change::Camera]));
    assert_eq!(
        now(&|now| now.camera.mode = Some("Camera, YUYV 640x480".into())),
        Standing::Expired(vec![Change::Camera])
    );
    assert_eq!(now(&|now| now.program = "9.9.9".into()), Standing::Expired(vec![Change::Program]));
    let other = |now: &mut Conditions| {
        now.networks.insert("sface".into(), "0".into());
    };
    assert_eq!(now(&other), Standing::Expired(vec![Change::Networks]));
    let longer = Policy { watched_for: Duration::from_secs(1), ..policy.clone() };
    let strict = Policy { false_accept_one_in: 100_000, ..longer.clone() };
    for (policy, names) in [(longer, vec!["watched_for"]), (strict, vec!["false_accept_one_in", "watched_for"])] {
        let found = now(&|now| {
            *now = Conditions::of(now.camera.clone(), None, LivenessLevel::Passive, &policy);
        });
        let names = names.into_iter().map(str::to_owned).collect();
        assert_eq!(found, Standing::Expired(vec![Change::Thresholds(names)]));
    }
    // Nobody is asked to move at level 1.
    let patient = Policy { challenge_step: Duration::from_secs(50), ..policy };
    let at = |level| Conditions::of(Camera::default(), None, level, &patient).thresholds;
    assert_eq!(at(LivenessLevel::Passive), conditions().thresholds);
    assert!(at(LivenessLevel::Active).contains_key("challenge_step"));
}

#[test]
fn the_worst_stands_first_and_what_was_not_tried_above_what_held() {
    let mut test = held();
    test.attacks.remove(&Species::Tablet);
    *test.attacks.get_mut(&Species::Phone).unwrap() = Count { passed: 6, refused: 24, ..Count::default() };
    let order: Vec<Species> = test.worst_first().into_iter().map(|(species, _)| species).collect();
    assert_eq!(order[..2], [Species::Tablet, Species::Phone]);
    let (low, high) = held().attack(Species::Phone).apcer().interval();
    assert!(low == 0.0 && (high - 0.1157).abs() < 1e-3, "none of 30 means less than 11.6 %: {high}");
}

#[test]
fn the_guide_leads_from_person_to_person_and_then_through_the_attacks() {
    let mut guide = guide(2, 2, 1);
    for person in 1..=2 {
        assert_eq!(guide.step(), Step::Enroll { person: Some(person) });
        guide.enrolled(&template(person as u8));
        for attempt in 1..=2 {
            assert_eq!(guide.step(), Step::BonaFide { person, attempt });
            guide.count(Outcome::Passed, Some(100), 200);
        }
    }
    for species in Species::ALL {
        assert_eq!(guide.step(), Step::Attack { species, attempt: 1 });
        guide.count(Outcome::NotRecognized, Some(50), 300);
        assert_eq!(guide.step(), Step::Attack { species, attempt: 1 }, "a bad picture does not count");
        guide.count(Outcome::Refused, Some(150), 400);
    }
    assert_eq!(guide.step(), Step::Done);
    let test = guide.test();
    assert_eq!((test.bona_fide().passed, test.people.len(), test.changed_at), (4, 2, 400));
    assert_eq!(test.median_light(), Some(100));
    assert!(Species::ALL.iter().all(|species| test.attack(*species).all() == 2));
}

#[test]
fn a_step_can_be_taken_back_or_left_out() {
    let mut guide = guide(2, 1, 1);
    assert!(!guide.take_back());
    guide.leave_out(); // the first one did not come
    assert_eq!(guide.step(), Step::Enroll { person: Some(2) });
    guide.enrolled(&template(1));
    guide.count(Outcome::NotSeen, None, 1);
    assert!(guide.take_back() && !guide.take_back(), "the last one, once");
    assert_eq!(guide.step(), Step::BonaFide { person: 2, attempt: 1 });
    guide.count(Outcome::Passed, Some(9), 1);
    let first = Species::ALL[0];
    guide.count(Outcome::Passed, Some(9), 1);
    assert_eq!(guide.step(), Step::Attack { species: Species::ALL[1], attempt: 1 });
    assert!(guide.take_back());
    assert_eq!((guide.step(), guide.test().light.len()), (Step::Attack { species: first, attempt: 1 }, 1));
    guide.leave_out();
    assert_eq!(guide.step(), Step::Attack { species: Species::ALL[1], attempt: 1 });
    assert!(guide.take_back());
    assert_eq!(guide.step(), Step::Attack { species: first, attempt: 1 });
    for _ in Species::ALL {
        guide.leave_out();
    }
    assert_eq!(guide.step(), Step::Done);
    let standing = guide.test().standing(&conditions());
    assert!(matches!(standing, Standing::Unfinished { people: 10, species } if species.len() == Species::ALL.len()));
}

#[test]
fn what_was_left_is_gone_on_with_and_begun_anew_where_something_has_changed() {
    let mut first = guide(2, 2, 1);
    first.enrolled(&template(1));
    first.count(Outcome::Passed, None, 1);
    let kept = first.test().clone();
    let plan = first.plan();
    let (mut second, anew) = Guide::new(plan, Some(kept.clone()), conditions(), 500);
    assert!(!anew && second.test().begun_at == 100);
    // Whoever went away before the end is counted, and asks for another one.
    for person in 1..=2 {
        assert_eq!(second.step(), Step::Enroll { person: Some(person) });
        second.enrolled(&template(person as u8));
        (0..2).for_each(|_| second.count(Outcome::Passed, None, 2));
    }
    assert_eq!((second.test().people.len(), second.test().bona_fide().all()), (3, 5));
    let (third, anew) = Guide::new(plan, Some(second.test().clone()), conditions(), 500);
    assert!(!anew);
    assert_eq!(third.step(), Step::Enroll { person: None }, "somebody is to be seen in the pictures");
    let strict = Policy { false_accept_one_in: 100_000, ..Policy::default() };
    let changed = Conditions::of(Camera::default(), None, LivenessLevel::Passive, &strict);
    let (fourth, anew) = Guide::new(plan, Some(kept), changed, 500);
    assert!(anew && fourth.test().people.is_empty() && fourth.test().begun_at == 500);
}

#[test]
fn whoever_is_enrolled_for_it_is_still_there_where_nothing_has_changed_meanwhile() {
    let (folder, level) = (tempfile::tempdir().unwrap(), LivenessLevel::Passive);
    let mut left = guide(2, 2, 1);
    left.enrolled(&template(1));
    assert!(left.goes_on(None, &conditions()), "enrolled, and nothing counted yet");
    left.count(Outcome::Passed, None, 1);
    assert_eq!(left.step(), Step::BonaFide { person: 1, attempt: 2 });
    assert!(Kept::keep(folder.path(), level, &mut left, 1).unwrap().1);
    let kept = left.test().clone();
    assert!(left.goes_on(Some(&kept), &conditions()));
    assert!(!left.goes_on(None, &conditions()), "what was counted was forgotten");
    let other = Test { changed_at: 9, ..kept.clone() };
    assert!(!left.goes_on(Some(&other), &conditions()), "somebody else has counted");
    // What was done with something else is gone on with by those who are enrolled to begin it anew.
    let old = Test { conditions: Conditions { program: "0.0.1".into(), ..conditions() }, ..kept };
    let (anew, _) = Guide::new(left.plan(), Some(old.clone()), conditions(), 5);
    assert!(anew.goes_on(Some(&old), &conditions()) && !anew.goes_on(None, &conditions()));
    let strict = Policy { false_accept_one_in: 100_000, ..Policy::default() };
    let changed = Conditions::of(Camera::default(), None, LivenessLevel::Passive, &strict);
    assert!(!left.goes_on(Some(left.test()), &changed));
}

#[test]
fn what_is_counted_or_forgotten_elsewhere_meanwhile_is_not_undone() {
    let (folder, level) = (tempfile::tempdir().unwrap(), LivenessLevel::Passive);
    let [mut here, mut there] = [(); 2].map(|()| guide(1, 1, 1));
    for guide in [&mut here, &mut there] {
        guide.enrolled(&template(1));
        guide.count(Outcome::Passed, None, 1);
    }
    assert!(Kept::keep(folder.path(), level, &mut here, 1).unwrap().1);
    here.count(Outcome::Passed, None, 2);
    let beaten = Kept::keep(folder.path(), level, &mut here, 2).unwrap().0;
    // The other one goes on from what was kept, and keeps its people.
    let (kept, is_kept) = Kept::keep(folder.path(), level, &mut there, 3).unwrap();
    assert!(!is_kept && kept == beaten && Kept::load(folder.path()).unwrap() == beaten);
    assert_eq!((there.test(), there.step()), (here.test(), Step::Attack { species: Species::ALL[1], attempt: 1 }));
    there.count(Outcome::Refused, None, 4);
    assert!(Kept::keep(folder.path(), level, &mut there, 4).unwrap().1);
    // Forgotten is forgotten.
    Kept::forget(folder.path()).unwrap();
    there.count(Outcome::Refused, None, 5);
    assert!(!Kept::keep(folder.path(), level, &mut there, 5).unwrap().1 && there.test().people.is_empty());
    assert!(Kept::load(folder.path()).unwrap().is_empty());
}

#[test]
fn the_file_holds_counts_and_is_read_as_it_was_written_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Kept::load(folder.path()).unwrap().is_empty());
    let mut kept = Kept::default();
    kept.put(LivenessLevel::Passive, held());
    kept.put(LivenessLevel::ActiveWithPin, held());
    kept.save(folder.path()).unwrap();
    assert_eq!(Kept::load(folder.path()).unwrap(), kept);
    assert_eq!(kept.standing(LivenessLevel::Active, &conditions()), Standing::Holds, "the PIN is no sign of life");
    assert_eq!(kept.standing(LivenessLevel::Off, &conditions()), Standing::Untested);
    let path = folder.path().join("selftest.json");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "its owner's only");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left behind");
    let whole = std::fs::read_to_string(&path).unwrap();
    let damaged =
        [whole.replace("passed", "let_in"), whole[..whole.len() / 2].to_owned(), whole.replace("30,", "4000000000,")];
    for text in damaged {
        std::fs::write(&path, &text).unwrap();
        let error = Kept::load(folder.path()).unwrap_err().to_string();
        assert!(error.contains("not understood") && error.contains("selftest.json"), "{error}");
    }
    assert!(Kept::forget(folder.path()).unwrap() && !Kept::forget(folder.path()).unwrap());
}

#[test]
fn what_a_sitting_came_to_is_counted_where_it_belongs_and_an_enrollment_that_failed_nowhere() {
    let mut guide = guide(1, 1, 1);
    assert_eq!(guide.take(&End::Left, Some(9), 1), Taken::NotEnrolled(Reason::TimedOut));
    let declined = |reason| End::Declined(Decline::of(reason));
    assert_eq!(guide.take(&declined(Reason::FaceUnclear), None, 1), Taken::NotEnrolled(Reason::FaceUnclear));
    assert_eq!(guide.step(), Step::Enroll { person: Some(1) });
    let order = Order::drawn(|_| 0);
    let sitting = |guide: &Guide| guide.sitting(&Policy::default(), LivenessLevel::Passive, order, Duration::ZERO);
    assert!(sitting(&guide).is_some_and(|sitting| sitting.asks().is_some()), "an enrollment");
    assert_eq!(guide.take(&End::Enrolled(Box::new(template(1))), None, 1), Taken::Enrolled);
    let outcomes = [
        (End::LetIn, Outcome::Passed),
        (declined(Reason::PhotoSuspected), Outcome::Refused),
        (declined(Reason::LivenessUnclear), Outcome::NoVerdict),
        (declined(Reason::NotRecognized), Outcome::NotRecognized),
        (declined(Reason::Ambiguous), Outcome::NotRecognized),
        (declined(Reason::FaceUnclear), Outcome::NotSeen),
        (End::Left, Outcome::NotSeen),
    ];
    for (end, outcome) in outcomes {
        assert_eq!(guide.take(&end, Some(9), 7), Taken::Counted(outcome));
        assert_eq!((guide.test().bona_fide().of(outcome), guide.test().changed_at), (1, 7));
        assert!(guide.can_take_back() && guide.take_back() && !guide.can_take_back());
    }
    guide.take(&End::LetIn, None, 1);
    for species in Species::ALL {
        assert_eq!(guide.step(), Step::Attack { species, attempt: 1 });
        guide.take(&declined(Reason::PhotoSuspected), None, 1);
    }
    assert!(guide.step() == Step::Done && sitting(&guide).is_none());
}

#[test]
fn light_is_the_middle_of_a_pictures_brightness() {
    let mut rgb = vec![200; 3 * 60];
    rgb.extend(vec![10; 3 * 40]);
    let frame = crate::camera::Frame::new(10, 10, rgb, Duration::ZERO).unwrap();
    assert_eq!(median_luma(&frame), Some(200));
}

fn outcome() -> impl Strategy<Value = Outcome> {
    prop::sample::select(Outcome::ALL.to_vec())
}

proptest! {
    /// Whatever is done in whatever order, the guide comes to an end, counts each presentation once, and nothing that got in is
    /// ever forgotten but by taking it back.
    #[test]
    fn nothing_is_counted_twice_or_lost(
        deeds in prop::collection::vec((0u8..8, outcome()), 0..200), people in 1u32..4, each in 1u32..4, attempts in 1u32..4
    ) {
        let mut guide = guide(people, each, attempts);
        let (mut counted, mut before) = (0u32, 0u32);
        for (deed, outcome) in deeds {
            match (deed, guide.step()) {
                (0, _) => {
                    guide.take_back();
                }
                (1, _) => guide.leave_out(),
                (_, Step::Enroll { .. }) => guide.enrolled(&template(deed)),
                (_, Step::Done) => {}
                _ => guide.count(outcome, Some(deed), 1),
            }
            let test = guide.test();
            let attacks: u32 = Species::ALL.iter().map(|species| test.attack(*species).all()).sum();
            counted = test.bona_fide().all() + attacks;
            prop_assert!(counted.abs_diff(before) <= 1);
            prop_assert_eq!(test.light.len() as u32, counted);
            before = counted;
            prop_assert!(Species::ALL.iter().all(|species| test.attack(*species).telling() <= attempts));
        }
        prop_assert!(counted <= 200);
    }

    #[test]
    fn a_level_never_holds_beside_a_picture_that_got_in(
        counts in prop::collection::vec((0u32..3, 0u32..60, 0u32..60), Species::ALL.len()), people in 0usize..12
    ) {
        let mut test = held();
        test.people.truncate(people);
        for (species, (passed, refused, no_verdict)) in Species::ALL.into_iter().zip(counts) {
            test.attacks.insert(species, Count { passed, refused, no_verdict, ..Count::default() });
        }
        if test.standing(&conditions()) == Standing::Holds {
            prop_assert!(test.people.len() as u32 >= LEAST_PEOPLE);
            for species in Species::ALL {
                let count = test.attack(species);
                prop_assert!(count.passed == 0 && count.telling() >= LEAST_ATTEMPTS);
                prop_assert!(count.apcer().interval().1 < 0.12);
            }
        }
        let kept = serde_json::to_string(&test).unwrap();
        prop_assert_eq!(serde_json::from_str::<Test>(&kept).unwrap(), test);
    }
}
