//! A day at the kiosk in virtual time, with real threads, networks and files: memory, files and threads do not grow.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use mirilla::app::App;
use mirilla::camera::playback::{Playback, SceneSwitch};
use mirilla::clock::{Clock, Shift};
use mirilla::config::Config;
use mirilla::demo::{self, BIDEN, COLLINS};
use mirilla::session::{Event, Form, Policy, State};
use mirilla::settings::Language;
use mirilla::store::Trail;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What the process holds at a moment: pages of memory, threads, open files, files of the data directory, and their bytes.
#[derive(Debug, Clone, Copy)]
struct Held {
    memory_mb: f64,
    threads: usize,
    handles: usize,
    files: usize,
    bytes: u64,
}

impl Held {
    #[cfg(target_os = "linux")]
    fn now(folder: &Path) -> Self {
        let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
        let resident: f64 = pages.split(' ').nth(1).unwrap().parse().unwrap();
        let count = |path: &Path| std::fs::read_dir(path).unwrap().count();
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len());
        Self {
            memory_mb: resident * 4096.0 / 1e6,
            threads: count(Path::new("/proc/self/task")),
            handles: count(Path::new("/proc/self/fd")),
            files: count(folder),
            bytes: files.sum(),
        }
    }
}

fn turn_until(app: &mut App, done: impl Fn(&App) -> bool) {
    let clock = Clock::start();
    while !done(app) {
        assert!(clock.elapsed() < Duration::from_secs(60), "stuck in {:?}", app.state());
        app.turn(Duration::from_millis(50)).unwrap();
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_day_of_visits_leaves_memory_files_and_threads_as_they_were() {
    static SHIFT: Shift = Shift::new();
    // `MIRILLA_TEST_VISITS=2880` for the day in docs/RELIABILITY.md: a visit every half minute.
    let visits: u32 = std::env::var("MIRILLA_TEST_VISITS").map_or(144, |given| given.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    // Portraits do not turn the head when they are asked to.
    let policy = Policy { pose_patience: Duration::ZERO, ..Policy::default() };
    let config = Config { policy, ..Config::new(Some(folder.path())).unwrap() };
    let scenes = [BIDEN, COLLINS].map(|who| demo::scene(&[who]).unwrap());
    let switch = SceneSwitch::default();
    let shown = switch.clone();
    let open = Arc::new(move || {
        let played = Playback::new(scenes.to_vec(), Duration::from_millis(15)).map(|played| played.switched_by(&shown));
        Ok(Box::new(played?) as Box<dyn mirilla::camera::FrameSource>)
    });
    let clock = Clock::shifted(&SHIFT);
    let mut app = App::start(&config, clock, open, Arc::new(|| {})).unwrap();
    let form = Form::filled(&"Joe Biden".parse().unwrap(), &"joe@example.org".parse().unwrap());
    for event in [Event::RegistrationRequested, Event::FormChanged(form), Event::Submitted] {
        app.handle(event).unwrap();
    }
    let agreed = app.consent().of(Language::English).agreed_in(Language::English);
    app.handle(Event::Agreed(agreed)).unwrap();
    turn_until(&mut app, |app| matches!(app.state(), State::Reviewing { .. }));
    app.handle(Event::Confirmed).unwrap();
    app.handle(Event::Canceled).unwrap();

    let (each, began) = (DAY / visits, clock.elapsed());
    let warm = visits / 6;
    let mut first: Option<Held> = None;
    // Threads come and go with their heaps, of which the allocator keeps more or less: what counts is whether the second half of
    // the day needs more than the first ever did.
    let mut most_mb = 0.0_f64;
    let (mut recognized, mut declined) = (0, 0);
    for visit in 0..visits {
        // Every sixth is a stranger; every fourth walks away without signing out.
        let stranger = visit % 6 == 5;
        switch.show(usize::from(stranger));
        app.handle(Event::SignInRequested).unwrap();
        turn_until(&mut app, |app| !matches!(app.state(), State::Identifying(_)));
        match app.state() {
            State::SignedIn(_) => recognized += 1,
            State::Declined { .. } => declined += 1,
            other => panic!("{other:?}"),
        }
        if visit % 4 != 3 {
            app.handle(Event::Canceled).unwrap();
        }
        let left = (began + each * (visit + 1)).saturating_sub(clock.elapsed());
        for _ in 0..4 {
            SHIFT.pass(left / 4);
            app.turn(Duration::ZERO).unwrap();
        }
        while *app.state() != State::Home {
            SHIFT.pass(Duration::from_secs(5));
            app.turn(Duration::ZERO).unwrap();
        }
        assert!(app.session().is_none(), "whoever walks away is signed out");
        if visit >= warm && visit <= visits / 2 && visit.is_multiple_of(warm / 2) {
            let held = settled(folder.path());
            most_mb = most_mb.max(held.memory_mb);
            first.get_or_insert(held);
        }
    }
    let (first, last) = (first.unwrap(), settled(folder.path()));
    println!(
        "{visits} visits in {:?} of virtual time: {recognized} recognized, {declined} declined",
        clock.elapsed() - began
    );
    println!("after visit {warm}: {first:?}\nafter the last: {last:?}");
    assert!(clock.elapsed() - began >= DAY);
    assert_eq!((recognized, declined), (visits - visits / 6, visits / 6));
    assert_eq!((last.threads, last.files), (first.threads, first.files));
    assert!(last.handles <= first.handles, "open files: {first:?}, {last:?}");
    assert!(last.memory_mb < most_mb + 8.0, "memory: {first:?}, at most {most_mb} MB in the first half, {last:?}");
    // What happened is kept: two lines a visit. The log in front of the database is written back and begins anew.
    let grown = last.bytes.saturating_sub(first.bytes);
    assert!(grown < 5_000_000 + u64::from(visits) * 1000, "{grown} bytes in {visits} visits");
    assert!(matches!(app.desk().store().trail().unwrap(), Trail::Whole { .. }));
    assert_eq!(app.desk().store().users().unwrap().len(), 1);
}

/// What is held once the thread of the last camera has ended.
#[cfg(target_os = "linux")]
fn settled(folder: &Path) -> Held {
    let mut held = Held::now(folder);
    for _ in 0..40 {
        std::thread::sleep(Duration::from_millis(25));
        let now = Held::now(folder);
        if now.threads < held.threads {
            held = now;
        }
    }
    held
}
