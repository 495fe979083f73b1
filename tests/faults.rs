//! Faults of disk, power and clock, given to the store and the desk themselves: what was said to be stored is there afterwards,
//! whole, and nothing else. docs/RELIABILITY.md counts them.

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use common::chance::Chance;
use common::people::quality;
use jiff::{SignedDuration, Timestamp};
use mirilla::biometrics::{ComparisonScore, Embedding, Template, UserId};
use mirilla::clock::{Clock, Shift};
use mirilla::config::Config;
use mirilla::desk::Desk;
use mirilla::error::StoreError;
use mirilla::models::sface::NETWORK_ID;
use mirilla::session::{LivenessLevel, Miss, Policy, Proof, Reason};
use mirilla::store::{Change, Reference, SqliteStore, Store, Trail, User};
use uuid::Uuid;

const PAGE: usize = 4096;
/// Names the folder of the database to a copy of this test program that runs as a child.
const CHILD_FOLDER: &str = "MIRILLA_TEST_FAULTS_FOLDER";

fn somebody(n: u128) -> (User, Reference) {
    let now = Timestamp::now();
    let now = Timestamp::from_millisecond(now.as_millisecond()).unwrap();
    let mut chance = Chance(n as u64 * 2 + 1);
    let face = Embedding::normalized(std::array::from_fn(|_| chance.below(2001) as f32 - 1000.5)).unwrap();
    let user = User {
        id: UserId(Uuid::from_u128(n)),
        name: "Somebody".parse().unwrap(),
        email: format!("n{n}@example.org").parse().unwrap(),
        created_at: now,
        updated_at: now,
    };
    let samples = std::array::from_fn(|_| (face.clone(), quality()));
    let template = Template::from_embedding(face);
    (user, Reference { network_id: NETWORK_ID.into(), template, samples, created_at: now })
}

fn enroll(store: &mut SqliteStore, n: u128) -> Result<(), StoreError> {
    let (user, reference) = somebody(n);
    assert_eq!(store.enroll(&user, &reference)?, Change::Done(()));
    Ok(())
}

/// All who are enrolled, in order, after a look at every page, row and line: nobody is half there.
#[track_caller]
fn whole(store: &SqliteStore) -> Vec<u128> {
    let verified = store.verify(NETWORK_ID).unwrap();
    let users = store.users().unwrap();
    assert_eq!((verified.users, verified.references, verified.passed_over.damaged), (users.len(), users.len(), 0));
    for user in &users {
        let (expected, reference) = somebody(user.id.0.as_u128());
        assert_eq!((&user.name, &user.email), (&expected.name, &expected.email));
        let found = store.whole_reference(user.id).unwrap().unwrap();
        assert_eq!((found.template, found.samples), (reference.template, reference.samples));
    }
    assert!(matches!(store.trail().unwrap(), Trail::Whole { .. }), "{:?}", store.trail());
    let mut ids: Vec<u128> = users.iter().map(|user| user.id.0.as_u128()).collect();
    ids.sort_unstable();
    ids
}

/// A database as it lies on the disk at a moment: the file and its log, without the index of the log, which a power cut takes.
struct Moment {
    database: Vec<u8>,
    log: Vec<u8>,
    others: Vec<(PathBuf, Vec<u8>)>,
}

impl Moment {
    fn of(folder: &Path) -> Self {
        let mut moment = Self { database: vec![], log: vec![], others: vec![] };
        for (path, bytes) in common::contents(folder) {
            match path.file_name().unwrap().to_str().unwrap() {
                "mirilla.db" => moment.database = bytes,
                "mirilla.db-wal" => moment.log = bytes,
                "mirilla.db-shm" => {}
                _ => moment.others.push((path.file_name().unwrap().into(), bytes)),
            }
        }
        moment
    }

    /// Starts from it elsewhere.
    #[track_caller]
    fn open(&self) -> (tempfile::TempDir, SqliteStore) {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &Path, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
        self.others.iter().for_each(|(name, bytes)| write(name, bytes));
        write(Path::new("mirilla.db"), &self.database);
        write(Path::new("mirilla.db-wal"), &self.log);
        let store = SqliteStore::open(&folder.path().join("mirilla.db")).unwrap();
        (folder, store)
    }
}

/// The moment before the log was written back, and the database file afterwards.
fn before_and_after_a_checkpoint(people: u128) -> (tempfile::TempDir, SqliteStore, Moment, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mirilla.db");
    let mut store = SqliteStore::open(&path).unwrap();
    (1..=3).for_each(|n| enroll(&mut store, n).unwrap());
    // The first three are in the file, the rest in the log alone.
    let other = common::open_database(&path);
    let write_back = || other.query_row("PRAGMA wal_checkpoint(FULL)", [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(write_back(), 0);
    (4..=people).for_each(|n| enroll(&mut store, n).unwrap());
    let before = Moment::of(folder.path());
    assert!(before.log.len() > 20 * PAGE, "{} bytes of log", before.log.len());
    assert_eq!(write_back(), 0);
    let after = Moment::of(folder.path()).database;
    assert!(after.len() > before.database.len());
    drop(other);
    (folder, store, before, after)
}

#[test]
fn after_a_power_cut_between_log_and_checkpoint_all_that_was_stored_is_there() {
    let people = 12;
    let (_folder, _store, before, after) = before_and_after_a_checkpoint(people);
    let all: Vec<u128> = (1..=people).collect();
    assert_eq!(whole(&before.open().1), all, "nothing was written back");
    let mut chance = Chance(0x5EED_0011);
    const CUTS: usize = 100;
    for cut in 0..CUTS {
        // Of the pages some were written back, some not, one was being written; the file may not have grown yet.
        let mut database = before.database.clone();
        let grown = [before.database.len(), after.len(), PAGE * (1 + chance.below(after.len() / PAGE))][cut % 3];
        database.resize(grown.max(before.database.len()), 0);
        for page in 0..database.len() / PAGE {
            let (start, half) = (page * PAGE, page * PAGE + chance.below(PAGE));
            let end = [start, start + PAGE, if page == 0 { start } else { half }][chance.below(3)];
            database[start..end].copy_from_slice(&after[start..end]);
        }
        let moment = Moment { database, log: before.log.clone(), others: before.others.clone() };
        let (_elsewhere, mut store) = moment.open();
        assert_eq!(whole(&store), all, "cut {cut}");
        enroll(&mut store, 1000).unwrap();
    }
    println!("{CUTS} power cuts while the log was written back: {people} of {people} there each time");
}

#[test]
fn after_a_power_cut_while_the_log_is_written_each_enrollment_is_whole_or_absent() {
    let people = 8;
    let (_folder, _store, before, _) = before_and_after_a_checkpoint(people);
    let mut chance = Chance(0x5EED_0012);
    let mut last = vec![];
    const CUTS: usize = 150;
    let mut lengths: Vec<usize> = (0..CUTS).map(|_| chance.below(before.log.len() + 1)).collect();
    lengths.sort_unstable();
    for length in lengths {
        // What lies beyond the cut was not written, or was left by an earlier log.
        let mut log = before.log[..length].to_vec();
        if length % 2 == 0 {
            log.resize(before.log.len(), 0x5A);
        }
        let moment = Moment { database: before.database.clone(), log, others: before.others.clone() };
        let found = whole(&moment.open().1);
        assert_eq!(found, (1..=found.len() as u128).collect::<Vec<_>>(), "those before the cut, in order");
        assert!(found.len() >= last.len().max(3), "a longer log holds no less: {found:?} at {length}");
        last = found;
    }
    println!("{CUTS} power cuts while the log was written: nobody half there, {} of {people} at the last", last.len());
}

/// The child: enrolls until the disk is full, says each that was stored, makes room, and goes on.
#[test]
fn as_a_child_enroll_until_the_disk_is_full() {
    let Some(folder) = std::env::var_os(CHILD_FOLDER).map(PathBuf::from) else { return };
    let mut store = SqliteStore::open(&folder.join("mirilla.db")).unwrap();
    let mut stored: Vec<u128> = vec![];
    for ballast in ["one", "two"] {
        let error = loop {
            let n = stored.len() as u128 + 1;
            match enroll(&mut store, n) {
                Ok(()) => stored.push(n),
                Err(error) => break error,
            }
            assert!(n < 10_000, "the disk is not full");
        };
        assert!(matches!(error, StoreError::DiskFull { .. }), "{error:?}");
        assert_eq!(whole(&store), stored, "what was refused has left nothing behind");
        println!("full after {}", stored.len());
        std::fs::remove_file(folder.join(ballast)).unwrap();
        let n = stored.len() as u128 + 1;
        enroll(&mut store, n).unwrap();
        stored.push(n);
    }
    drop(store);
    assert_eq!(whole(&SqliteStore::open(&folder.join("mirilla.db")).unwrap()), stored);
    println!("went on each time: {} stored", stored.len());
}

#[test]
fn a_disk_that_fills_up_refuses_one_by_one_and_what_was_stored_stays() {
    let folder = tempfile::tempdir().unwrap();
    let script = "mount -t tmpfs -o size=2m none \"$1\" && head -c 300000 /dev/zero > \"$1/one\" && \
                  head -c 300000 /dev/zero > \"$1/two\" || exit 77; shift; exec \"$@\"";
    let own = std::env::current_exe().unwrap();
    // Root may mount; others may in a namespace of users of their own, where the system lets them.
    let output = [&["-m"][..], &["-rm"]].into_iter().find_map(|how| {
        let output = Command::new("unshare")
            .args(how)
            .args(["sh", "-c", script, "sh"])
            .arg(folder.path())
            .arg(&own)
            .args(["--exact", "as_a_child_enroll_until_the_disk_is_full", "--nocapture"])
            .env(CHILD_FOLDER, folder.path())
            .stdin(Stdio::null())
            .output()
            .ok()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.success() || text.contains("running")).then_some((output.status.success(), text, output.stderr))
    });
    let Some((success, text, stderr)) = output else {
        common::skip("no right to mount anything here (unshare)");
        return;
    };
    assert!(success, "{text} {}", String::from_utf8_lossy(&stderr));
    assert!(text.matches("full after").count() == 2 && text.contains("went on each time"), "{text}");
    println!("{text}");
}

/// The child: enrolls so many people of its own, beside others.
#[test]
fn as_a_child_enroll_beside_others() {
    let (Some(folder), Ok(first)) =
        (std::env::var_os("MIRILLA_TEST_BESIDE_FOLDER"), std::env::var("MIRILLA_TEST_FIRST"))
    else {
        return;
    };
    let first: u128 = first.parse().unwrap();
    let mut store = SqliteStore::open(&PathBuf::from(folder).join("mirilla.db")).unwrap();
    (first..first + 100).for_each(|n| enroll(&mut store, n).unwrap());
}

#[test]
fn of_what_several_processes_store_at_once_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let start = |first: u128| {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "as_a_child_enroll_beside_others"])
            .env("MIRILLA_TEST_BESIDE_FOLDER", folder.path())
            .env("MIRILLA_TEST_FIRST", first.to_string())
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    };
    let children: Vec<_> = [1000, 2000, 3000, 4000].map(start).into();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let store = SqliteStore::open(&folder.path().join("mirilla.db")).unwrap();
    let expected: Vec<u128> = [1000, 2000, 3000, 4000].into_iter().flat_map(|first| first..first + 100).collect();
    assert_eq!(whole(&store), expected, "and the chain of what happened is one chain");
}

/// A desk where somebody is enrolled, by a clock that is shifted.
fn desk_of_somebody(shift: &'static Shift) -> (tempfile::TempDir, Config, User, Desk) {
    let folder = tempfile::tempdir().unwrap();
    let config = Config::new(Some(folder.path())).unwrap();
    let (user, reference) = somebody(1);
    let mut store = SqliteStore::open(&config.database_path()).unwrap();
    assert_eq!(store.enroll(&user, &reference).unwrap(), Change::Done(()));
    drop(store);
    let desk = Desk::open(&config, Clock::shifted(shift)).unwrap();
    (folder, config, user, desk)
}

#[test]
fn a_clock_that_is_set_by_a_day_ends_or_delays_sessions_and_nothing_else() {
    static SHIFT: Shift = Shift::new();
    let (_folder, config, user, mut desk) = desk_of_somebody(&SHIFT);
    let sign_in = |desk: &mut Desk| {
        let proof = Proof { score: Some(ComparisonScore(0.9)), pin: false, liveness: LivenessLevel::Active };
        desk.open_session(user.id, proof, &Policy::default()).unwrap().unwrap().token
    };
    let opens = |desk: &Desk, token: &str| desk.profile(token).unwrap().map(|_| ()).map_err(|refusal| refusal.reason);
    let (day, back) = (SignedDuration::from_hours(24), SignedDuration::from_hours(-24));

    let today = sign_in(&mut desk);
    let signed_out = sign_in(&mut desk);
    desk.sign_out(&signed_out).unwrap().unwrap();
    SHIFT.set_wall(day);
    assert_eq!(opens(&desk, &today), Err(Reason::TokenExpired));
    let tomorrow = sign_in(&mut desk);
    assert_eq!(opens(&desk, &tomorrow), Ok(()));
    let ended = sign_in(&mut desk);
    desk.sign_out(&ended).unwrap().unwrap();

    SHIFT.set_wall(back);
    assert_eq!(opens(&desk, &today), Ok(()), "a clock that is right again");
    assert_eq!(opens(&desk, &signed_out), Err(Reason::TokenExpired), "what was ended before stays so");
    SHIFT.set_wall(day);
    assert_eq!(opens(&desk, &ended), Err(Reason::TokenExpired), "also what was ended while the clock was wrong");
    SHIFT.set_wall(back);
    assert_eq!(opens(&desk, &tomorrow), Err(Reason::TokenNotYetValid));

    SHIFT.set_wall(back);
    assert_eq!(opens(&desk, &today), Err(Reason::TokenNotYetValid));
    let yesterday = sign_in(&mut desk);
    assert_eq!(opens(&desk, &yesterday), Ok(()));
    desk.sign_out(&yesterday).unwrap().unwrap();
    assert_eq!(opens(&desk, &yesterday), Err(Reason::TokenExpired));
    // A key that was retired while the clock was wrong signs nothing any more, and another does.
    desk.rotate_token_key(None).unwrap();
    let rotated = sign_in(&mut desk);
    SHIFT.set_wall(day);
    assert_eq!(opens(&desk, &rotated), Err(Reason::TokenExpired));
    let token = sign_in(&mut desk);
    assert_eq!(opens(&desk, &token), Ok(()));
    SHIFT.set_wall(day);

    // Each time that the clock was found to be another one, with by how much; the last is looked at by the next program.
    drop(desk);
    let desk = Desk::open(&config, Clock::shifted(&SHIFT)).unwrap();
    let set: Vec<(String, String)> = desk
        .store()
        .events()
        .unwrap()
        .into_iter()
        .filter(|line| line.kind.starts_with("clock_set"))
        .map(|line| (line.kind, line.reason.unwrap_or_default().split(' ').next().unwrap().to_owned()))
        .collect();
    let told = |kind: &str, days: i64| (format!("clock_set_{kind}"), days * 24 * 60 * 60);
    let expected = [told("forward", 1), told("back", 2), told("forward", 1), told("forward", 1)];
    assert_eq!(set.len(), expected.len(), "{set:?}");
    for ((kind, seconds), (expected, by)) in set.iter().zip(&expected) {
        // The two clocks are not read at the same moment.
        assert!(kind == expected && (seconds.parse::<i64>().unwrap() - by).abs() <= 2, "{set:?}");
    }
    assert!(matches!(desk.store().trail().unwrap(), Trail::Whole { .. }));
    assert_eq!(desk.store().users().unwrap().len(), 1);
    SHIFT.pass(Duration::from_secs(1));
}

#[test]
fn no_clock_that_is_set_ends_a_wait() {
    static SHIFT: Shift = Shift::new();
    let folder = tempfile::tempdir().unwrap();
    let config = Config::new(Some(folder.path())).unwrap();
    let mut desk = Desk::open(&config, Clock::shifted(&SHIFT)).unwrap();
    let policy = Policy::default();
    (0..policy.near_misses).for_each(|_| desk.note_miss(Miss::Near, &policy).unwrap());
    let day = SignedDuration::from_hours(24);
    // Forward, right again, back, and right again; and the program is started anew each time.
    for by in [day, -day, -day, day] {
        SHIFT.set_wall(by);
        let left = desk.wait_left().unwrap().expect("the wait goes on");
        assert!(left <= policy.first_wait && left > Duration::from_secs(5), "{left:?}");
        desk = Desk::open(&config, Clock::shifted(&SHIFT)).unwrap();
        // Elsewhere a program that is started anew knows the machine's clock alone.
        assert!(cfg!(not(target_os = "linux")) || desk.wait_left().unwrap().is_some());
    }
    SHIFT.set_wall(-day);
    SHIFT.pass(policy.first_wait);
    assert_eq!(desk.wait_left().unwrap(), None, "nor does it last any longer");
}

#[test]
fn a_clock_that_jumps_beyond_what_people_are_kept_for_removes_nobody_and_one_that_goes_on_does() {
    static SHIFT: Shift = Shift::new();
    const KEEP_DAYS: u32 = 20;
    let (_folder, config, user, mut desk) = desk_of_somebody(&SHIFT);
    // A kiosk that has run for long enough to believe its clock.
    let today = Timestamp::now().as_second().div_euclid(86_400);
    let mut store = SqliteStore::open(&config.database_path()).unwrap();
    let ran = format!(r#"{{"last":{today},"count":14,"since":{}}}"#, today - 14);
    store.change_memo("days run", &mut |_| Some(ran.clone())).unwrap();
    drop(store);
    let day = SignedDuration::from_hours(24);
    for by in [60 * day, -60 * day, -60 * day, 60 * day, 4000 * day, -4000 * day] {
        SHIFT.set_wall(by);
        assert_eq!(desk.remove_absent(KEEP_DAYS).unwrap(), [], "by a clock that was set by {by}");
    }
    let mut runs_after = |days: u32| {
        SHIFT.pass(Duration::from_secs(86_400) * days);
        desk.remove_absent(KEEP_DAYS).unwrap()
    };
    for days in 1..KEEP_DAYS {
        assert_eq!(runs_after(1), [], "after {days} days");
    }
    assert_eq!(runs_after(2), [user.id], "by a clock that goes on");
}

#[test]
fn whoever_does_not_come_is_removed_though_the_kiosk_pauses_for_longer_than_people_are_kept() {
    static SHIFT: Shift = Shift::new();
    let (_folder, _, user, mut desk) = desk_of_somebody(&SHIFT);
    let day = Duration::from_secs(24 * 60 * 60);
    let mut runs_a_day = |keep_days| {
        let removed = desk.remove_absent(keep_days).unwrap();
        SHIFT.pass(day);
        removed
    };
    assert!((0..14).all(|_| runs_a_day(20).is_empty()), "nobody is kept for too long yet");
    SHIFT.pass(40 * day);
    assert!((0..13).all(|_| runs_a_day(20).is_empty()), "it may have been a jump of the clock");
    assert_eq!(runs_a_day(20), [user.id]);
    assert_eq!(desk.store().events().unwrap().last().unwrap().kind, "expired");
}
