//! The gallery in memory is the one in the store: after what this desk did, and after what others did.

use std::time::Duration;

use mirilla::biometrics::{Embedding, Match, Quality, Template, UserId};
use mirilla::clock::Clock;
use mirilla::config::Config;
use mirilla::desk::Desk;
use mirilla::session::{Capture, Enrollment};
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
    match desk.enroll("Somebody".parse().unwrap(), email(n), &enrollment(seed)).unwrap() {
        Change::Done(user) => user.id,
        other => panic!("{other:?}"),
    }
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
    desk.renew(&email(5), &enrollment(20)).unwrap();
    check(&mut desk, &open);
    assert_eq!(search(&mut desk, 20).0.unwrap().user, users[5]);
    assert!(search(&mut desk, 5).0.unwrap().score.0 < 0.9, "the old face is forgotten");
    desk.remove(&email(3)).unwrap().unwrap();
    check(&mut desk, &open);
    assert_eq!(desk.renew(&email(3), &enrollment(21)).unwrap(), Change::NoSuchUser);
    assert!(matches!(desk.enroll("Somebody".parse().unwrap(), email(4), &enrollment(22)).unwrap(), Change::EmailTaken));
    check(&mut desk, &open);
    (0..8).for_each(|n| drop(desk.remove(&email(n)).unwrap()));
    check(&mut desk, &open);
    assert!(desk.gallery().unwrap().gallery.is_empty());
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
    other.renew(&email(0), &enrollment(9)).unwrap();
    desk.renew(&email(1), &enrollment(10)).unwrap();
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
    desk.renew(&email(1), &enrollment(1)).unwrap();
    check(&mut desk, &open);
    desk.remove(&email(2)).unwrap().unwrap();
    check(&mut desk, &open);
    assert_eq!(desk.gallery().unwrap().passed_over.outdated, 1);
    assert_eq!(search(&mut desk, 0).0.unwrap().user, known);
}
