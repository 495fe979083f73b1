//! The gallery in memory is the one in the store: after what this desk did, and after what others did.

use std::time::Duration;

use mirilla::biometrics::{ComparisonScore, Embedding, Match, Quality, Template, UserId};
use mirilla::clock::Clock;
use mirilla::config::Config;
use mirilla::desk::{Desk, look_alikes};
use mirilla::session::{Capture, Enrollment, LivenessLevel, LookAlike, Newcomer, Policy, Proof, Reason};
use mirilla::store::{Change, Reference, SqliteStore, Store, User};
use uuid::Uuid;

fn face(seed: u32) -> Embedding {
    let mut state = u64::from(seed) * 2 + 0x9E37_79B9_7F4A_7C15;
    Embedding::normalized(std::array::from_fn(|_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    }))
    .unwrap()
}

fn quality() -> Quality {
    Quality {
        face_width_px: 100.0,
        yaw_deg: 0.0,
        pitch_deg: 0.0,
        sharpness: 0.5,
        bright_luma: 200.0,
        dark_luma: 50.0,
        inside: 1.0,
        detection_score: 0.9,
        norm: Some(12.5),
    }
}

fn enrollment(seed: u32) -> Enrollment {
    let capture =
        Capture { embedding: face(seed), quality: quality(), captured_at: Duration::ZERO, frame_digest: seed.into() };
    let captures = [capture.clone(), capture.clone(), capture];
    Enrollment { template: Template::from_embedding(face(seed)), captures }
}

fn email(n: u32) -> mirilla::person::EmailAddress {
    format!("somebody{n}@example.org").parse().unwrap()
}

fn enroll(desk: &mut Desk, n: u32, seed: u32) -> UserId {
    taken_in(desk, n, seed).unwrap().id
}

fn newcomer(name: &str, n: u32) -> Newcomer {
    let look_alike = LookAlike::Declined;
    Newcomer { name: name.parse().unwrap(), email: email(n), look_alike, excused: false, consent: None }
}

fn taken_in(desk: &mut Desk, n: u32, seed: u32) -> Result<User, Reason> {
    desk.admit(newcomer("Somebody", n), Some(&enrollment(seed)), None, &patient()).unwrap()
}

fn renew(desk: &mut Desk, n: u32, seed: u32) -> Result<User, Reason> {
    desk.renew(&email(n), &enrollment(seed), LookAlike::Declined, &patient()).unwrap()
}

/// Of tries there may be many.
fn patient() -> Policy {
    Policy { near_misses: 1000, ..Policy::default() }
}

type Matches = (Option<Match>, Option<Match>);

fn search(desk: &mut Desk, seed: u32) -> Matches {
    desk.gallery().unwrap().gallery.search(&face(seed))
}

/// A folder, and what opens a desk in it as another process would.
fn house() -> (tempfile::TempDir, impl Fn() -> Desk) {
    let folder = tempfile::tempdir().unwrap();
    let config = Config::new(Some(folder.path())).unwrap();
    (folder, move || Desk::open(&config, Clock::start()).unwrap())
}

/// What `desk` keeps is what the store has.
#[track_caller]
fn check(desk: &mut Desk, open: &impl Fn() -> Desk) {
    let mut fresh = open();
    for seed in 0..24 {
        let expected = search(&mut fresh, seed);
        assert_eq!(search(desk, seed), expected, "face {seed}");
        let (once, passed_over) = fresh.search_once(&face(seed)).unwrap();
        assert_eq!(once.matches(), expected, "face {seed}, without a gallery");
        let loaded = desk.gallery().unwrap();
        assert_eq!((loaded.gallery.len() as u64, loaded.passed_over), (once.seen(), passed_over));
    }
}

#[test]
fn what_a_desk_does_is_in_its_gallery() {
    let (_folder, open) = house();
    let mut desk = open();
    assert!(desk.gallery().unwrap().gallery.is_empty());
    let users: Vec<UserId> = (0..8).map(|n| enroll(&mut desk, n, n)).collect();
    check(&mut desk, &open);
    assert_eq!(search(&mut desk, 5).0.unwrap().user, users[5]);
    renew(&mut desk, 5, 20).unwrap();
    check(&mut desk, &open);
    assert_eq!(search(&mut desk, 20).0.unwrap().user, users[5]);
    assert!(search(&mut desk, 5).0.unwrap().score.0 < 0.9, "the old face is forgotten");
    desk.remove(&email(3)).unwrap().unwrap();
    check(&mut desk, &open);
    assert_eq!(renew(&mut desk, 3, 21), Err(Reason::UserUnknown));
    assert_eq!(taken_in(&mut desk, 4, 22), Err(Reason::EmailTaken));
    check(&mut desk, &open);
    (0..8).for_each(|n| drop(desk.remove(&email(n)).unwrap()));
    check(&mut desk, &open);
    assert!(desk.gallery().unwrap().gallery.is_empty());
}

#[test]
fn a_face_is_enrolled_once_unless_an_operator_says_that_they_are_two() {
    let (_folder, open) = house();
    let mut desk = open();
    let first = enroll(&mut desk, 0, 0);
    let second = enroll(&mut desk, 1, 1);
    // Whether the gallery is kept or read for this once.
    for mut desk in [open(), desk] {
        assert_eq!(taken_in(&mut desk, 2, 0), Err(Reason::AlreadyEnrolled));
        assert_eq!(renew(&mut desk, 1, 0), Err(Reason::AlreadyEnrolled), "nor does it become that of somebody else");
        assert_eq!(renew(&mut desk, 0, 0).unwrap().id, first, "one's own is no other's");
        desk.gallery().unwrap();
        assert_eq!(taken_in(&mut desk, 2, 0), Err(Reason::AlreadyEnrolled));
        check(&mut desk, &open);
    }
    let (mut desk, policy) = (open(), Policy::default());
    let alike = |desk: &mut Desk| look_alikes(&desk.gallery().unwrap().gallery, &policy).unwrap();
    assert_eq!(alike(&mut desk), []);
    let twin = Newcomer { look_alike: LookAlike::Allowed, ..newcomer("Twin", 2) };
    let twin = desk.admit(twin, Some(&enrollment(0)), None, &policy).unwrap();
    let pairs = alike(&mut desk);
    assert_eq!(pairs.len(), 1);
    let (one, other) = pairs[0].people;
    assert!([(first, twin.clone().unwrap().id), (twin.unwrap().id, first)].contains(&(one, other)));
    assert!(pairs[0].score.0 > 0.99);
    let changed = desk.renew(&email(1), &enrollment(0), LookAlike::Allowed, &policy).unwrap();
    assert_eq!(changed.unwrap().id, second);
    assert_eq!(alike(&mut desk).len(), 3);
}

#[test]
fn what_others_do_is_in_the_gallery_of_a_desk_that_has_searched_before() {
    let (_folder, open) = house();
    let (mut desk, mut other) = (open(), open());
    enroll(&mut desk, 0, 0);
    check(&mut desk, &open);
    enroll(&mut other, 1, 1);
    check(&mut desk, &open);
    // Both at once, without a search in between.
    enroll(&mut other, 2, 2);
    enroll(&mut desk, 3, 3);
    renew(&mut other, 0, 9).unwrap();
    renew(&mut desk, 1, 10).unwrap();
    check(&mut desk, &open);
    check(&mut other, &open);
    // What one has in memory the other removes, and has it enroll again.
    other.remove(&email(3)).unwrap().unwrap();
    let again = enroll(&mut other, 3, 3);
    desk.remove(&email(2)).unwrap().unwrap();
    check(&mut desk, &open);
    assert_eq!(search(&mut desk, 3).0.unwrap().user, again);
    drop((desk.remove(&email(0)).unwrap(), other.remove(&email(1)).unwrap()));
    check(&mut desk, &open);
}

#[test]
fn whose_reference_was_passed_over_is_counted_right_after_each_change() {
    let (folder, open) = house();
    let mut desk = open();
    let known = enroll(&mut desk, 0, 0);
    let mut store = SqliteStore::open(&Config::new(Some(folder.path())).unwrap().database_path()).unwrap();
    for n in 1..4 {
        let now = jiff::Timestamp::from_second(1_800_000_000).unwrap();
        let user = User {
            id: UserId(Uuid::from_u128(n.into())),
            name: "Somebody".parse().unwrap(),
            email: email(n),
            created_at: now,
            updated_at: now,
        };
        let samples = [face(n), face(n), face(n)].map(|face| (face, quality()));
        let template = Template::from_embedding(face(n));
        let reference = Reference { network_id: "an earlier one".into(), template, samples, created_at: now };
        assert_eq!(store.enroll(&user, &reference).unwrap(), Change::Done(()));
    }
    check(&mut desk, &open);
    assert_eq!(desk.gallery().unwrap().passed_over.outdated, 3);
    renew(&mut desk, 1, 1).unwrap();
    check(&mut desk, &open);
    desk.remove(&email(2)).unwrap().unwrap();
    check(&mut desk, &open);
    assert_eq!(desk.gallery().unwrap().passed_over.outdated, 1);
    assert_eq!(search(&mut desk, 0).0.unwrap().user, known);
}

#[test]
fn whoever_does_not_come_any_more_is_removed_once_the_clock_is_believed() {
    let (folder, open) = house();
    let mut desk = open();
    let mut store = SqliteStore::open(&Config::new(Some(folder.path())).unwrap().database_path()).unwrap();
    let now = Clock::start().wall();
    let long_ago = now - jiff::SignedDuration::from_hours(24 * 100);
    let absent = User {
        id: UserId(Uuid::from_u128(7)),
        name: "Somebody".parse().unwrap(),
        email: email(7),
        created_at: long_ago,
        updated_at: long_ago,
    };
    let samples = [face(7), face(7), face(7)].map(|face| (face, quality()));
    let template = Template::from_embedding(face(7));
    let network_id = mirilla::models::sface::NETWORK_ID.into();
    let reference = Reference { network_id, template, samples, created_at: long_ago };
    assert_eq!(store.enroll(&absent, &reference).unwrap(), Change::Done(()));
    enroll(&mut desk, 0, 0);
    assert_eq!(desk.remove_absent(90).unwrap(), [], "the kiosk has not run for two weeks");
    let today = now.as_second().div_euclid(24 * 60 * 60);
    let days = format!(r#"{{"last":{},"count":13}}"#, today - 1);
    store.change_memo("days run", &mut |_| Some(days.clone())).unwrap();
    assert_eq!(desk.remove_absent(365).unwrap(), [], "not yet");
    assert_eq!(desk.remove_absent(90).unwrap(), [absent.id]);
    assert_eq!(desk.remove_absent(90).unwrap(), []);
    let left: Vec<String> = desk.store().users().unwrap().iter().map(|user| user.email.as_str().to_owned()).collect();
    assert_eq!(left, [email(0).as_str()]);
    check(&mut desk, &open);
    let last = desk.store().events().unwrap().pop().unwrap();
    assert_eq!((last.kind.as_str(), last.user), ("expired", Some(absent.id)));
}

#[test]
fn who_asks_too_often_whether_a_face_is_enrolled_waits_and_a_clock_set_back_makes_it_no_longer() {
    let (folder, open) = house();
    let mut desk = open();
    enroll(&mut desk, 0, 0);
    let policy = Policy::default();
    let ask = |desk: &mut Desk| desk.admit(newcomer("Somebody", 1), Some(&enrollment(0)), None, &policy).unwrap();
    for _ in 0..policy.near_misses {
        assert_eq!(ask(&mut desk), Err(Reason::AlreadyEnrolled));
    }
    assert_eq!(ask(&mut desk), Err(Reason::TooManyAttempts));
    // As if the wait had begun tomorrow, and the clock had been set right then.
    let mut store = SqliteStore::open(&Config::new(Some(folder.path())).unwrap().database_path()).unwrap();
    let tomorrow = Clock::start().wall().as_second() + 86_400;
    let kept = format!(r#"{{"near":0,"strangers":[],"waits":1,"wait":{{"began":{tomorrow},"lasts":2}}}}"#);
    store.change_memo("attempts", &mut |_| Some(kept.clone())).unwrap();
    assert!(desk.wait_left().unwrap().is_some());
    std::thread::sleep(Duration::from_millis(3100));
    assert_eq!(desk.wait_left().unwrap(), None);
}

/// Whatever comes to the desk with a face: without the signs of life that are asked for no session opens, PIN or not.
#[test]
fn a_desk_opens_no_session_by_a_face_without_the_signs_of_life_that_are_asked_for() {
    let (_folder, open) = house();
    let mut desk = open();
    let user = enroll(&mut desk, 0, 0);
    use LivenessLevel::{Active, ActiveWithPin, Off, Passive};
    for (asked, seen, opens) in [
        (Off, Off, true),
        (Passive, Off, false),
        (Passive, Passive, true),
        (Active, Passive, false),
        (Active, Active, true),
        (ActiveWithPin, Passive, false),
        (ActiveWithPin, Active, true),
    ] {
        let proof = Proof { score: Some(ComparisonScore(0.9)), pin: asked == ActiveWithPin, liveness: seen };
        let policy = Policy { liveness: asked, ..patient() };
        let answer = desk.open_session(user, proof, &policy).unwrap();
        assert_eq!(answer.as_ref().map(|_| ()).map_err(|refusal| refusal.reason).is_ok(), opens, "{asked:?} {seen:?}");
        if let Err(refusal) = answer {
            assert_eq!(refusal.reason, Reason::LivenessUnclear);
        }
    }
}
