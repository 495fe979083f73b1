use jiff::Timestamp;
use proptest::prelude::*;
use rusqlite::Connection;
use uuid::Uuid;

use super::super::file::migrations;
use super::*;
use crate::biometrics::UserId;

fn event(second: i64, kind: EventKind, user: Option<u128>) -> Event {
    let at = Timestamp::from_second(1_800_000_000 + second).unwrap();
    Event { at, kind, user: user.map(|n| UserId(Uuid::from_u128(n))), reason: None, score: None }
}

fn log(events: &[Event]) -> Connection {
    let mut connection = Connection::open_in_memory().unwrap();
    migrations().to_latest(&mut connection).unwrap();
    for event in events {
        let transaction = connection.transaction().unwrap();
        insert(&transaction, event).unwrap();
        transaction.commit().unwrap();
    }
    connection
}

fn five() -> Connection {
    let declined =
        Event { reason: Some("not_recognized".into()), score: Some(0.3), ..event(3, EventKind::Declined, None) };
    let signed_in = Event { score: Some(0.7), ..event(2, EventKind::SignedIn, Some(1)) };
    log(&[
        event(1, EventKind::Enrolled, Some(1)),
        signed_in,
        declined,
        event(4, EventKind::ProfileChanged, Some(1)),
        event(5, EventKind::Removed, Some(1)),
    ])
}

#[test]
fn a_log_that_nobody_touched_is_whole() {
    assert_eq!(trail(&log(&[])).unwrap(), Trail::Whole { lines: 0, end: String::new() });
    let connection = five();
    let Trail::Whole { lines: 5, end } = trail(&connection).unwrap() else { panic!("not whole") };
    assert_eq!(end.len(), 64);
    let Trail::Whole { end: again, .. } = trail(&five()).unwrap() else { panic!("not whole") };
    assert_eq!(end, again, "the same lines have the same digest");
}

#[test]
fn whatever_is_changed_is_told() {
    for (change, found) in [
        ("UPDATE events SET at_ms = at_ms + 1 WHERE id = 2", Trail::Broken { line: 2 }),
        ("UPDATE events SET kind = 'signed_in' WHERE id = 3", Trail::Broken { line: 3 }),
        ("UPDATE events SET user_id = randomblob(16) WHERE id = 2", Trail::Broken { line: 2 }),
        ("UPDATE events SET user_id = NULL WHERE id = 1", Trail::Broken { line: 1 }),
        ("UPDATE events SET reason = 'ambiguous' WHERE id = 3", Trail::Broken { line: 3 }),
        ("UPDATE events SET score = 0.31 WHERE id = 3", Trail::Broken { line: 3 }),
        ("UPDATE events SET digest = NULL WHERE id = 4", Trail::Broken { line: 4 }),
        ("DELETE FROM events WHERE id = 1", Trail::Broken { line: 2 }),
        ("DELETE FROM events WHERE id = 3", Trail::Broken { line: 4 }),
        ("UPDATE events SET id = 9 WHERE id = 1", Trail::Broken { line: 2 }),
        ("INSERT INTO events (id, at_ms, kind) VALUES (0, 1, 'removed')", Trail::Broken { line: 0 }),
        ("DELETE FROM events WHERE id = 5", Trail::Cut { lines: 4 }),
        ("DELETE FROM events WHERE id > 3", Trail::Cut { lines: 3 }),
        ("DELETE FROM events", Trail::Cut { lines: 0 }),
        ("DELETE FROM memos", Trail::Cut { lines: 5 }),
    ] {
        let connection = five();
        assert!(connection.execute(change, []).unwrap() > 0, "{change}");
        assert_eq!(trail(&connection).unwrap(), found, "{change}");
    }
}

#[test]
fn what_is_written_after_a_cut_does_not_mend_it() {
    let mut connection = five();
    connection.execute("DELETE FROM events WHERE id = 5", []).unwrap();
    let transaction = connection.transaction().unwrap();
    insert(&transaction, &event(6, EventKind::SignedIn, Some(2))).unwrap();
    transaction.commit().unwrap();
    assert_eq!(trail(&connection).unwrap(), Trail::Cut { lines: 5 });
}

#[test]
fn a_clock_that_is_set_back_is_told_once() {
    let connection = log(&[
        event(1_000, EventKind::Enrolled, Some(1)),
        event(990, EventKind::SignedIn, Some(1)),
        event(10, EventKind::SignedIn, Some(1)),
        event(20, EventKind::SignedIn, Some(1)),
    ]);
    let kinds: Vec<String> = newest(&connection, None, usize::MAX).unwrap().into_iter().map(|line| line.kind).collect();
    assert_eq!(kinds, ["enrolled", "signed_in", "clock_set_back", "signed_in", "signed_in"]);
    assert!(matches!(trail(&connection).unwrap(), Trail::Whole { lines: 5, .. }));
}

#[test]
fn a_clock_that_was_found_to_be_set_back_is_told_once() {
    let connection = log(&[
        event(1_000, EventKind::Enrolled, Some(1)),
        event(10, EventKind::ClockSetBack, None),
        event(11, EventKind::SignedIn, Some(1)),
        event(5_000, EventKind::ClockSetForward, None),
    ]);
    let kinds: Vec<String> = newest(&connection, None, usize::MAX).unwrap().into_iter().map(|line| line.kind).collect();
    assert_eq!(kinds, ["enrolled", "clock_set_back", "signed_in", "clock_set_forward"]);
}

#[test]
fn the_newest_lines_are_read_and_no_others() {
    let connection = five();
    let numbers = |user: Option<u128>, most| -> Vec<i64> {
        let user = user.map(|n| UserId(Uuid::from_u128(n)));
        newest(&connection, user, most).unwrap().into_iter().map(|line| line.line).collect()
    };
    assert_eq!(numbers(None, 2), [4, 5]);
    assert_eq!(numbers(Some(1), 3), [2, 4, 5]);
    assert_eq!((numbers(None, 0), numbers(None, usize::MAX)), (vec![], vec![1, 2, 3, 4, 5]));
    // What is wrong with an older line does not keep the newest from being read.
    connection.execute("UPDATE events SET at_ms = 9000000000000000 WHERE id = 1", []).unwrap();
    assert_eq!(numbers(None, 2), [4, 5]);
}

#[test]
fn the_lines_of_an_earlier_version_are_chained_when_it_is_migrated() {
    let mut connection = Connection::open_in_memory().unwrap();
    let last = migrations();
    last.to_version(&mut connection, 3).unwrap(); // the one before the chain
    for second in 1..=3 {
        connection.execute("INSERT INTO events (at_ms, kind) VALUES (?1, 'declined')", [second * 1000]).unwrap();
    }
    last.to_latest(&mut connection).unwrap();
    assert!(matches!(trail(&connection).unwrap(), Trail::Whole { lines: 3, .. }));
}

proptest! {
    #[test]
    fn two_logs_that_differ_have_different_digests(
        reasons in prop::collection::vec("[a-z\n]{0,3}", 1..4), others in prop::collection::vec("[a-z\n]{0,3}", 1..4)
    ) {
        let end = |reasons: &[String]| {
            let events: Vec<Event> = reasons
                .iter()
                .map(|reason| Event { reason: Some(reason.clone()), ..event(1, EventKind::Declined, None) })
                .collect();
            trail(&log(&events)).unwrap()
        };
        prop_assert_eq!(end(&reasons) == end(&others), reasons == others);
    }
}
