//! Cues on windows of made-up looks, and on pictures drawn for them.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::camera::Frame;
use crate::geometry::Rect;

const PACE: Duration = Duration::from_millis(40);

fn look(i: u32) -> Look {
    Look {
        captured_at: PACE * i,
        center: Point::new(100.0, 100.0),
        width: 80.0,
        in_rectangle: false,
        surround: None,
        nose: Some(Nose { across: 0.0, down: 0.5 }),
        lids: Some(0.3),
        relief: None,
    }
}

fn with_lids(lids: &[f32]) -> Vec<Look> {
    lids.iter().zip(0..).map(|(lids, i)| Look { lids: Some(*lids), ..look(i) }).collect()
}

#[test]
fn a_blink_is_lids_that_close_and_open_again() {
    let verdict = |lids: &[f32]| blink(&with_lids(lids)).verdict;
    assert_eq!(verdict(&[0.3, 0.31, 0.3, 0.05, 0.2, 0.3, 0.3]), Verdict::Clear);
    assert_eq!(verdict(&[0.3, 0.31, 0.3, 0.29, 0.3, 0.3]), Verdict::Suspected);
    assert_eq!(verdict(&[0.3, 0.31, 0.3, 0.3, 0.3, 0.05]), Verdict::Suspected, "not open again");
    assert_eq!(verdict(&[0.05, 0.3, 0.3, 0.3, 0.3, 0.3]), Verdict::Suspected, "was not open");
    assert_eq!(verdict(&[0.3, 0.05, 0.3]), Verdict::Unseen);
    assert_eq!(blink(&[]).verdict, Verdict::Unseen);
    assert_eq!(verdict(&[0.0; 9]), Verdict::Unseen);
}

#[test]
fn the_track_breaks_at_a_gap_a_leap_and_another_size() {
    let looks: Vec<Look> = (0..9).map(look).collect();
    assert_eq!(unbroken(&looks, LOST_AFTER).verdict, Verdict::Clear);
    assert_eq!(unbroken(&looks[..1], LOST_AFTER).verdict, Verdict::Unseen);
    for broken in [
        Look { captured_at: Duration::from_secs(3), ..look(9) },
        Look { center: Point::new(300.0, 100.0), ..look(9) },
        Look { width: 130.0, ..look(9) },
        Look { width: 0.0, ..look(9) },
    ] {
        let reading = unbroken(&[&looks[..], &[broken]].concat(), LOST_AFTER);
        assert_eq!(reading.verdict, Verdict::Suspected, "{broken:?}");
        assert!((0.8..1.0).contains(&reading.value));
    }
}

#[test]
fn the_parallax_counts_by_its_size_and_not_by_one_stray_look() {
    let noses = |across: &[f32]| -> Vec<Look> {
        let nose = |across: &f32| Some(Nose { across: *across, down: 0.5 });
        across.iter().zip(0..).map(|(across, i)| Look { nose: nose(across), ..look(i) }).collect()
    };
    assert_eq!(parallax(&noses(&[0.0, 0.3, 0.35, 0.36, 0.1, -0.3, -0.35, -0.34]), LOST_AFTER).verdict, Verdict::Clear);
    assert_eq!(parallax(&noses(&[0.0, 0.1, 0.1, 0.1, 0.0, -0.1, -0.1, -0.1]), LOST_AFTER).verdict, Verdict::Suspected);
    assert_eq!(
        parallax(&noses(&[0.0, 0.0, 0.9, 0.0, 0.0, -0.9, 0.0, 0.0]), LOST_AFTER).verdict,
        Verdict::Suspected,
        "strays"
    );
    assert_eq!(parallax(&noses(&[0.0, 0.9]), LOST_AFTER).verdict, Verdict::Unseen);
    let mut gap = noses(&[0.0, 0.3, 0.35, 0.36, 0.1, -0.3, -0.35, -0.34]);
    gap[7].captured_at = Duration::from_secs(9);
    assert_eq!(parallax(&gap, LOST_AFTER).verdict, Verdict::Unseen, "two people would make one head");
}

#[test]
fn the_surround_speaks_only_where_enough_of_it_moved() {
    let with =
        |surround: Surround| -> Vec<Look> { (0..4).map(|i| Look { surround: Some(surround), ..look(i) }).collect() };
    let held = Surround { moved: 0.4, along: 20, stayed: 2 };
    assert_eq!(surround(&with(held)).verdict, Verdict::Suspected);
    assert_eq!(surround(&with(Surround { along: 3, stayed: 19, ..held })).verdict, Verdict::Clear);
    assert_eq!(surround(&with(Surround { moved: 0.1, ..held })).verdict, Verdict::Unseen);
    assert_eq!(surround(&with(Surround { along: 4, stayed: 0, ..held })).verdict, Verdict::Unseen);
    assert_eq!(surround(&with(held)[..1]).verdict, Verdict::Unseen, "one look is none");
}

#[test]
fn deny_beats_everything_and_silence_is_no_confirmation() {
    assert_eq!(denied(&[]), None);
    assert_eq!(denied(&[look(0)]), None);
    let framed = Look { in_rectangle: true, ..look(1) };
    assert_eq!(denied(&[Look { captured_at: Duration::ZERO, ..framed }, framed]), Some(Cue::Rectangle));
    assert_eq!(denied(&[look(0), framed]), None, "half of the looks may be a mistake");
}

/// A picture of `size` pixels a side.
fn drawn(size: u32, grey: impl Fn(f32, f32) -> f32) -> Frame {
    let pixel = |i: u32| [grey((i % size) as f32, (i / size) as f32).clamp(0.0, 255.0) as u8; 3];
    Frame::new(size, size, (0..size * size).flat_map(pixel).collect(), Duration::ZERO).unwrap()
}

fn is_framed(frame: &Frame, face: Rect) -> bool {
    let window = Window { center: face.center(), side: 4.0 * face.width, angle: 0.0 };
    let grey = crop::Grey::of(frame, window, 160);
    rectangle::is_around(&grey, Rect { x: 60.0, y: 54.0, width: 40.0, height: 52.0 })
}

const FACE: Rect = Rect { x: 200.0, y: 187.0, width: 80.0, height: 104.0 };

#[test]
fn a_print_has_a_rectangle_and_a_door_or_a_shelf_has_none() {
    let center = FACE.center();
    for (angle, half_width) in [(0.0f32, 70.0), (0.1, 80.0), (-0.12, 75.0)] {
        let (sin, cos) = angle.sin_cos();
        let print = |x: f32, y: f32| {
            let (dx, dy) = (x - center.x, y - center.y);
            let (u, v) = (dx * cos + dy * sin, dy * cos - dx * sin);
            if u.abs() < half_width && v.abs() < 1.2 * half_width { 210.0 } else { 120.0 }
        };
        assert!(is_framed(&drawn(480, print), FACE), "turned by {angle}");
    }
    let door = |x: f32, _: f32| if (x - center.x).abs() < 90.0 { 210.0 } else { 120.0 };
    assert!(!is_framed(&drawn(480, door), FACE));
    let shelves = |x: f32, y: f32| if (y as i32 / 60) % 2 == 0 || x < 60.0 { 200.0 } else { 120.0 };
    assert!(!is_framed(&drawn(480, shelves), FACE));
    assert!(!is_framed(&drawn(480, |_, _| 128.0), FACE));
    // What the edge of the frame cuts off is no side.
    assert!(!is_framed(&drawn(160, |_, _| 128.0), Rect { x: 40.0, y: 30.0, width: 80.0, height: 100.0 }));
}

/// Blots, which tell a place from its neighbours.
fn blots(x: f32, y: f32) -> f32 {
    128.0 + 40.0 * ((x * 0.11).sin() * (y * 0.13).cos() + (x * 0.071 + y * 0.053).sin())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn what_is_around_a_face_is_seen_to_stay_or_to_come_along(dx in 8f32..20.0, dy in -6f32..6.0, along in any::<bool>()) {
        let place = |x: f32, y: f32| [(-0.2, -0.1), (0.2, -0.1), (0.0, 0.05), (-0.15, 0.2), (0.15, 0.2)]
            .map(|(a, b)| Point::new(80.0 + a * 40.0 + x, 80.0 + b * 52.0 + y));
        let grey = |moved: (f32, f32)| crop::Grey::of(
            &drawn(160, |x, y| blots(x - moved.0, y - moved.1)),
            Window { center: Point::new(79.5, 79.5), side: 160.0, angle: 0.0 },
            160,
        );
        let face = Rect { x: 60.0, y: 54.0, width: 40.0, height: 52.0 };
        let now = grey(if along { (dx, dy) } else { (0.0, 0.0) });
        let found = surround::compare([&grey((0.0, 0.0)), &now], &place(0.0, 0.0), &place(dx, dy), face).unwrap();
        prop_assert!(found.moved > 0.4);
        let (most, least) = if along { (found.along, found.stayed) } else { (found.stayed, found.along) };
        prop_assert!(most >= 8 && most >= 4 * least, "{found:?}, along: {along}");
    }
}

#[test]
fn a_nose_is_told_in_eye_distances_whatever_the_scale_and_the_roll() {
    for (scale, angle) in [(1.0f32, 0.0f32), (120.0, 0.4), (3.0, -1.2)] {
        let place = |x: f32, y: f32| {
            Point::new(scale * (x * angle.cos() - y * angle.sin()), scale * (x * angle.sin() + y * angle.cos()))
        };
        let nose = Nose::between(place(0.0, 0.0), place(1.0, 0.0), place(0.6, 0.5)).unwrap();
        assert!((nose.across - 0.1).abs() < 1e-4 && (nose.down - 0.5).abs() < 1e-4, "{nose:?}");
    }
    assert_eq!(Nose::between(Point::default(), Point::default(), Point::new(1.0, 1.0)), None);
    let (ahead, left) = (Nose { across: 0.0, down: 0.5 }, Nose { across: 0.3, down: 0.5 });
    assert!((Turn::Left.share(ahead, left) - 1.0).abs() < 1e-5 && Turn::Right.share(ahead, left) < -0.9);
}

#[test]
fn a_middle_that_stays_straight_speaks_against_a_turn_and_silence_for_nothing() {
    let with = |bows: &[Option<f32>]| -> Vec<Look> {
        let relief = |bow: &Option<f32>| bow.map(|bow| Relief { turned: 0.3, bow });
        bows.iter().zip(0..).map(|(bow, i)| Look { relief: relief(bow), ..look(i) }).collect()
    };
    let verdict = |bows: &[Option<f32>]| relief(&with(bows)).verdict;
    assert_eq!(verdict(&[None, Some(0.01), None, Some(-0.02)]), Verdict::Suspected);
    assert_eq!(verdict(&[Some(0.1), Some(0.12), Some(0.01)]), Verdict::Clear);
    assert_eq!(verdict(&[None, Some(0.01)]), Verdict::Unseen, "one look may be a mistake");
    assert_eq!(verdict(&[None, None]), Verdict::Unseen);
    assert_eq!(denied(&with(&[Some(0.0), Some(0.0), Some(0.0)])), None, "nobody who is not asked to turn");
}
