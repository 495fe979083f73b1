//! kill -9 at any moment: an enrollment is there whole or not at all, what was said to be done is done, and
//! the next start finds everything in order.

mod common;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use common::chance::Chance;
use common::people::{biden, obama, quality};
use common::{BINARY, Kiosk, text};
use mirilla::biometrics::{Embedding, Template, UserId};
use mirilla::store::{By, Change, Reference, SqliteStore, Store, User};
use uuid::Uuid;

/// All who are enrolled, after a look at every table: nobody has less than a whole reference, no piece of a
/// reference is without its owner.
#[track_caller]
fn whole_users(database: &Path) -> BTreeSet<(Uuid, String)> {
    let connection = common::open_database(database);
    let text = |query: &str| connection.query_row(query, [], |row| row.get::<_, String>(0)).unwrap();
    let count = |query: &str| connection.query_row(query, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(text("PRAGMA integrity_check"), "ok");
    assert_eq!(count("SELECT count(*) FROM pragma_foreign_key_check"), 0);
    let halves = [
        "users WHERE id NOT IN (SELECT user_id FROM face_references)",
        "users WHERE id NOT IN (SELECT user_id FROM events WHERE kind = 'enrolled')",
        "events WHERE kind = 'enrolled' AND user_id NOT IN (SELECT id FROM users)",
        "face_references WHERE user_id NOT IN (SELECT id FROM users) OR length(template) <> 512",
        "face_references WHERE 3 <> (SELECT count(*) FROM samples WHERE reference_id = face_references.id)",
        "samples WHERE reference_id NOT IN (SELECT id FROM face_references) OR length(embedding) <> 512",
    ];
    for half in halves {
        assert_eq!(count(&format!("SELECT count(*) FROM {half}")), 0, "half an enrollment: {half}");
    }
    let mut statement = connection.prepare("SELECT id, email FROM users").unwrap();
    let users = statement.query_map([], |row| Ok((Uuid::from_bytes(row.get(0)?), row.get(1)?))).unwrap();
    users.collect::<Result<_, _>>().unwrap()
}

fn emails(database: &Path) -> BTreeSet<String> {
    whole_users(database).into_iter().map(|(_, email)| email).collect()
}

/// Starts an enrollment; what it prints goes to a file, where a kill takes nothing back.
fn start_enrollment(kiosk: &Kiosk, email: &str, printed: &Path) -> Child {
    Command::new(BINARY)
        .args(["enroll", "--json", "--look-alike", "--name", "Barack Obama", "--email", email])
        .args(obama().photos)
        .args(["--data-dir", text(&kiosk.data_dir)])
        .env("MIRILLA_KEY_SOURCE", "file")
        .env("MIRILLA_OPERATOR_PIN", common::OPERATOR_PIN)
        .stdout(File::create(printed).unwrap())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Length and time of the write-ahead log: both change when a transaction writes.
fn log_state(kiosk: &Kiosk) -> Option<(u64, SystemTime)> {
    let found = std::fs::metadata(kiosk.data_dir.join("mirilla.db-wal")).ok()?;
    Some((found.len(), found.modified().ok()?)).filter(|(length, _)| *length > 0)
}

#[test]
fn of_a_hundred_enrollments_killed_at_any_moment_each_is_whole_or_absent() {
    const BATCHES: usize = 5;
    const EACH: usize = 20;
    let kiosk = Kiosk::new();
    let printed = kiosk.scratch("printed");
    let mut times: Vec<_> = (0..3)
        .map(|i| {
            let begin = Instant::now();
            assert!(start_enrollment(&kiosk, &format!("first{i}@example.org"), &printed).wait().unwrap().success());
            begin.elapsed()
        })
        .collect();
    times.sort();
    let usual = times[1];

    let mut chance = Chance(0x5EED_0001);
    let mut told: BTreeSet<String> = (0..3).map(|i| format!("first{i}@example.org")).collect();
    let (mut killed, mut killed_in_writing) = (0, 0);
    for batch in 0..BATCHES {
        for i in 0..EACH {
            let email = format!("person{batch}-{i}@example.org");
            let before = log_state(&kiosk);
            let begin = Instant::now();
            let mut child = start_enrollment(&kiosk, &email, &printed);
            if i % 2 == 0 {
                // When writing has begun, at once or up to three milliseconds later.
                while child.try_wait().unwrap().is_none()
                    && (log_state(&kiosk) == before || log_state(&kiosk).is_none())
                {
                    std::thread::sleep(Duration::from_micros(50));
                }
                std::thread::sleep(Duration::from_secs_f64(0.003 * chance.next()));
                killed_in_writing += usize::from(child.try_wait().unwrap().is_none());
            } else if i % 4 == 1 {
                // At any moment of its run.
                std::thread::sleep(usual.mul_f64(chance.next()));
            } else {
                // Near its end.
                let moment = usual.mul_f64(0.8 + 0.3 * chance.next());
                std::thread::sleep(moment.saturating_sub(begin.elapsed()));
            }
            killed += usize::from(child.try_wait().unwrap().is_none());
            child.kill().unwrap();
            child.wait().unwrap();
            if std::fs::read_to_string(&printed).unwrap().contains("\"outcome\":\"enrolled\"") {
                told.insert(email);
            }
        }
        // The real binary opens it first, as the next start would.
        let listed: BTreeSet<_> = kiosk.emails().into_iter().collect();
        let whole = emails(&kiosk.database());
        assert_eq!(listed, whole);
        assert!(told.is_subset(&whole), "said to be enrolled, but gone: {:?}", told.difference(&whole));
    }
    println!(
        "one takes {usual:?}; {killed} killed, {killed_in_writing} of them when writing; {} are enrolled",
        told.len()
    );
    assert!(killed >= 30 && killed_in_writing >= 10, "the kills come too late: {killed}, {killed_in_writing}");
    for email in kiosk.emails() {
        let shown = kiosk.ask(&["users", "show", &email]).assert_yes("shown");
        assert_eq!(shown.json["reference"]["quality"].as_array().map(Vec::len), Some(3), "{email}");
    }
    kiosk.enroll(&biden()).assert_yes("enrolled");
    assert_eq!(kiosk.login(&biden().probe).assert_yes("recognized").json["user"]["email"], biden().email);
    kiosk.ask(&["doctor"]).assert_yes("well");
}

#[test]
fn a_first_start_killed_at_any_moment_does_not_keep_the_next_from_starting() {
    let mut chance = Chance(0x5EED_0002);
    let mut killed = 0;
    for _ in 0..40 {
        let kiosk = Kiosk::new();
        let mut child = Command::new(BINARY)
            .args(common::FIRST_START)
            .args(["--data-dir", text(&kiosk.data_dir)])
            .env("MIRILLA_KEY_SOURCE", "file")
            .env("MIRILLA_OPERATOR_PIN", common::OPERATOR_PIN)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // From when the folder is there: within milliseconds the database and the key follow.
        while child.try_wait().unwrap().is_none() && !kiosk.data_dir.exists() {
            std::thread::sleep(Duration::from_micros(50));
        }
        std::thread::sleep(Duration::from_secs_f64(0.006 * chance.next()));
        killed += usize::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        kiosk.begin();
        assert!(kiosk.emails().is_empty());
        assert!(whole_users(&kiosk.database()).is_empty());
        kiosk.ask(&["token", "key", "--export"]).assert_yes("key");
    }
    println!("{killed} of 40 first starts were killed before their end");
    assert!(killed >= 10, "the kills come too late: {killed}");
}

/// Names the database to a copy of this test program that runs as a child.
const CHILD_DATABASE: &str = "MIRILLA_TEST_KILL_DATABASE";

fn embedding(chance: &mut Chance) -> Embedding {
    Embedding::normalized(std::array::from_fn(|_| chance.next() as f32 - 0.5)).unwrap()
}

fn reference(chance: &mut Chance) -> Reference {
    let samples = std::array::from_fn(|_| (embedding(chance), quality()));
    let template = Template::fuse(samples.iter().map(|(embedding, _)| embedding)).unwrap();
    Reference { network_id: "test".into(), template, samples, created_at: jiff::Timestamp::now() }
}

/// The child: enrolls, and renews every other, as fast as it can, and says so each time. Without a database
/// it is not a child, and has nothing to do.
#[test]
fn as_a_child_enroll_until_killed() {
    let Ok(database) = std::env::var(CHILD_DATABASE) else { return };
    let mut store = SqliteStore::open(Path::new(&database)).unwrap();
    let mut chance = Chance(u64::from(std::process::id()) << 20 | 1);
    let begin = Instant::now();
    // Should the parent be gone, it ends by itself.
    while begin.elapsed() < Duration::from_secs(10) {
        let (id, now) = (Uuid::new_v4(), jiff::Timestamp::now());
        let (name, email) = ("Ana".parse().unwrap(), format!("{id}@example.org").parse().unwrap());
        let user = User { id: UserId(id), name, email, created_at: now, updated_at: now };
        assert_eq!(store.enroll(&user, &reference(&mut chance)).unwrap(), Change::Done(()));
        let mut out = std::io::stdout().lock();
        writeln!(out, "\nstored {id}").and_then(|()| out.flush()).unwrap();
        drop(out);
        if id.as_bytes()[0].is_multiple_of(2) {
            assert_eq!(store.renew_reference(user.id, &reference(&mut chance), By::Person).unwrap(), Change::Done(()));
        }
    }
}

#[test]
fn whatever_the_store_committed_before_a_kill_is_there_whole_and_nothing_else() {
    // `MIRILLA_TEST_KILLS=1000` for the count in docs/RELIABILITY.md.
    let kills = std::env::var("MIRILLA_TEST_KILLS").map_or(60, |given| given.parse().unwrap());
    let mut chance = Chance(0x5EED_0003);
    // A database of its own for each hundred: to look through a large one takes its time.
    let batches = (0..kills).step_by(100).map(|begun: usize| (kills - begun).min(100));
    let stored: usize = batches.map(|rounds| kill_while_storing(rounds, &mut chance)).sum();
    println!("{stored} enrollments in {kills} kills, none lost, none half there");
    assert!(stored >= 2 * kills, "the kills come too early: {stored}");
}

/// Kills a child that stores, so many times. Returns how many enrollments it said were stored.
fn kill_while_storing(rounds: usize, chance: &mut Chance) -> usize {
    let kiosk = Kiosk::new();
    std::fs::create_dir(&kiosk.data_dir).unwrap();
    // A kill before there are tables is that of a first start, which has its own test.
    drop(SqliteStore::open(&kiosk.database()).unwrap());
    let printed = kiosk.scratch("printed");
    let mut stored = BTreeSet::new();
    for round in 0..rounds {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "as_a_child_enroll_until_killed", "--nocapture"])
            .env(CHILD_DATABASE, kiosk.database())
            .stdout(File::create(&printed).unwrap())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_secs_f64(0.005 + 0.145 * chance.next()));
        assert!(
            child.try_wait().unwrap().is_none(),
            "the child failed: {}",
            std::fs::read_to_string(&printed).unwrap()
        );
        child.kill().unwrap();
        child.wait().unwrap();
        let lines = std::fs::read_to_string(&printed).unwrap();
        // The last line may be cut.
        let ids = lines.lines().filter_map(|line| line.strip_prefix("stored ")?.parse::<Uuid>().ok());
        stored.extend(ids);
        // Every other time the next child finds the database as the kill left it.
        if round % 2 == 1 || round + 1 == rounds {
            let whole: BTreeSet<Uuid> = whole_users(&kiosk.database()).into_iter().map(|(id, _)| id).collect();
            let lost: Vec<_> = stored.difference(&whole).collect();
            assert!(lost.is_empty(), "round {round}: committed and lost: {lost:?}");
            // A kill between the commit and the word of it leaves one more, at most, each time.
            assert!(whole.len() - stored.len() <= round + 1, "{} whole, {} told", whole.len(), stored.len());
        }
    }
    assert_eq!(kiosk.emails().len(), emails(&kiosk.database()).len());
    stored.len()
}
