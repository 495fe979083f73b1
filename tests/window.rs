//! The real window of the real binary, on a display of its own (Xvfb), used as a person uses it: keys and mouse
//! come from xdotool, and a request to close the window as a window manager would send it.
//!
//! Where the kiosk stands is read from its log, which is also searched for anybody's name.

#![cfg(target_os = "linux")]

mod common;

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use common::{BINARY, Kiosk, answer, skip, text, texts, try_program};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ClientMessageEvent, ConnectionExt as _, EventMask, ImageFormat, InputFocus, MapState};
use x11rb::rust_connection::RustConnection;

/// Nothing here takes this long, unless it hangs.
const HANGS_AFTER: Duration = Duration::from_secs(120);
/// Keys and clicks that come faster than a busy machine draws may be lost. After this they are tried again.
const LOST_AFTER: Duration = Duration::from_secs(10);
const ATTEMPTS: usize = 5;
/// Between two keys of somebody who types fast.
const BETWEEN_KEYS: &str = "90";
/// What is typed, and must not be in any log.
const NAME: &str = "Barack Obama";
const EMAIL: &str = "barack@example.org";
/// The color of the next step, by which a person finds it; `ui/theme.rs` has it as the accent of the light colors.
const ACCENT: [u8; 3] = [0x0E, 0x5A, 0x54];

/// A display that nobody sees.
struct Display {
    server: Child,
    name: String,
}

impl Display {
    /// `None` where the machine has no Xvfb or no xdotool, and then the test says so.
    fn start() -> Option<Self> {
        if try_program("xdotool", &["version"]).is_none() {
            skip("no xdotool (Debian: apt install xdotool); scripts/test installs it where it may");
            return None;
        }
        let server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut server) = server else {
            skip("no Xvfb (Debian: apt install xvfb); scripts/test installs it where it may");
            return None;
        };
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut number).unwrap();
        assert!(!number.trim().is_empty(), "Xvfb found no free display: {:?}", server.wait());
        Some(Self { server, name: format!(":{}", number.trim()) })
    }

    fn xdotool(&self, arguments: &[&str]) -> String {
        let run = Command::new("xdotool").args(arguments).env("DISPLAY", &self.name).output().unwrap();
        String::from_utf8(run.stdout).unwrap().trim().to_owned()
    }

    fn connect(&self) -> (RustConnection, u32) {
        let (connection, screen) = RustConnection::connect(Some(&self.name)).unwrap();
        let root = connection.setup().roots[screen].root;
        (connection, root)
    }

    /// The middle and the height of what has the widest stretch of the accent: the next step of the screen.
    fn next_step(&self) -> Option<(usize, usize, usize)> {
        let (connection, root) = self.connect();
        let (width, height) = (1280, 800);
        let image =
            connection.get_image(ImageFormat::Z_PIXMAP, root, 0, 0, width, height, !0).unwrap().reply().unwrap();
        let accent = |pixel: &[u8]| [pixel[2], pixel[1], pixel[0]] == ACCENT;
        let rows = image.data.chunks_exact(usize::from(width) * 4).map(|row| {
            let (mut best, mut begin) = ((0, 0), None);
            for (x, pixel) in row.chunks_exact(4).chain([&[0; 4][..]]).enumerate() {
                match (accent(pixel), begin) {
                    (true, None) => begin = Some(x),
                    (false, Some(first)) => {
                        best = if x - first > best.1 - best.0 { (first, x) } else { best };
                        begin = None;
                    }
                    _ => {}
                }
            }
            best
        });
        let rows: Vec<(usize, usize)> = rows.collect();
        let widest = rows.iter().copied().max_by_key(|(begin, end)| end - begin)?;
        if widest.1 - widest.0 < 60 {
            return None;
        }
        let like = |row: &(usize, usize)| row.0.abs_diff(widest.0) < 3 && row.1.abs_diff(widest.1) < 3;
        let (top, bottom) = (rows.iter().position(like)?, rows.iter().rposition(like)?);
        Some(((widest.0 + widest.1) / 2, usize::midpoint(top, bottom), bottom - top))
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// The binary with its window.
struct Window<'a> {
    display: &'a Display,
    process: Child,
    id: String,
    log: Arc<Mutex<String>>,
    reader: Option<std::thread::JoinHandle<()>>,
    /// What of the log was already waited for.
    seen: usize,
}

impl<'a> Window<'a> {
    fn open(display: &'a Display, kiosk: &Kiosk, arguments: &[&str]) -> Self {
        let mut process = command(kiosk, &display.name, arguments)
            .env("MIRILLA_LOG", "mirilla=trace")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let (lines, into) = (BufReader::new(process.stderr.take().unwrap()).lines(), Arc::clone(&log));
        let reader = std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let mut log = into.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
            }
        });
        let mut window = Self { display, process, id: String::new(), log, reader: Some(reader), seen: 0 };
        window.wait_for("first frame was shown");
        window.id = display.xdotool(&["search", "--name", "^Mirilla$"]);
        assert!(window.id.parse::<u32>().is_ok(), "one window, found {:?}", window.id);
        window.focus();
        window
    }

    fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Waits until the log goes on with a line that holds `words`.
    fn comes(&mut self, words: &str, within: Duration) -> bool {
        let begin = Instant::now();
        loop {
            let log = self.log();
            if let Some(at) = log[self.seen..].find(words) {
                self.seen += at + words.len();
                return true;
            }
            if begin.elapsed() > within {
                return false;
            }
            if let Some(status) = self.process.try_wait().unwrap() {
                panic!("{status} before \"{words}\": {log}");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    #[track_caller]
    fn wait_for(&mut self, words: &str) {
        assert!(self.comes(words, HANGS_AFTER), "\"{words}\" did not come: {}", self.log());
    }

    #[track_caller]
    fn wait_for_state(&mut self, state: &str) {
        self.wait_for(&format!("state={state}"));
    }

    /// Gives the window the keys: nobody manages windows here, so that it does not come by itself. The window is told
    /// of it even where the display thinks that it had them already.
    #[track_caller]
    fn focus(&self) {
        let (connection, _) = self.display.connect();
        let (id, begin) = (self.id.parse().unwrap(), Instant::now());
        let focus = |on: u32| {
            let told = connection.set_input_focus(InputFocus::POINTER_ROOT, on, x11rb::CURRENT_TIME).unwrap();
            told.check().is_ok()
        };
        let seen = || connection.get_window_attributes(id).unwrap().reply().unwrap().map_state == MapState::VIEWABLE;
        let has_it = || connection.get_input_focus().unwrap().reply().unwrap().focus == id;
        while !(seen() && focus(InputFocus::POINTER_ROOT.into()) && focus(id) && has_it()) {
            assert!(begin.elapsed() < HANGS_AFTER, "the window does not take the keys: {}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn keys(&self, keys: &[&str]) {
        self.display.xdotool(&[&["key", "--delay", BETWEEN_KEYS][..], keys].concat());
    }

    fn type_text(&self, words: &str) {
        self.display.xdotool(&["type", "--delay", "15", words]);
        // The field is drawn with the text before the next key comes.
        std::thread::sleep(Duration::from_millis(300));
    }

    /// Does something until the kiosk comes to `state`. `again` leads back to where it can be done again.
    #[track_caller]
    fn until(&mut self, state: &str, act: impl Fn(&Self), again: &[&str]) {
        for _ in 0..ATTEMPTS {
            act(self);
            if self.comes(&format!("state={state}"), LOST_AFTER) {
                return;
            }
            self.focus();
            self.keys(again);
        }
        panic!("{state} did not come: {}", self.log());
    }

    /// Clicks on the next step of the screen, or `below` times its height under it.
    fn click(&self, below: f64) {
        let (x, y, height) = self.next_step();
        let y = y + (height as f64 * below) as usize;
        self.display.xdotool(&["mousemove", &x.to_string(), &y.to_string(), "sleep", "0.1", "click", "1"]);
    }

    /// Presses the mouse upon the clock, which stands above the first step, and holds it for long.
    fn hold_the_clock(&self) {
        let (x, y, height) = self.next_step();
        let (x, y) = ((x - height * 2).to_string(), (y - height * 2).to_string());
        let hold = ["sleep", "0.2", "mousedown", "1", "sleep", "3", "mouseup", "1"];
        self.display.xdotool(&[&["mousemove", &x, &y][..], &hold].concat());
    }

    /// Where the next step of the screen is, once that has come to rest: its middle, and its height.
    fn next_step(&self) -> (usize, usize, usize) {
        self.display.xdotool(&["mousemove", "2", "2"]);
        let begin = Instant::now();
        let mut before = None;
        // The screen has come to rest when two pictures have it in the same place.
        loop {
            std::thread::sleep(Duration::from_millis(150));
            let found = self.display.next_step();
            match found {
                Some(place) if found == before => return place,
                _ => before = found,
            }
            assert!(begin.elapsed() < HANGS_AFTER, "no next step is seen: {}", self.log());
        }
    }

    /// Asks the window to close, as the cross of a window does.
    fn request_close(&self) {
        let (connection, _) = self.display.connect();
        let atom = |name: &str| connection.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom;
        let id = self.id.parse().unwrap();
        let data = [atom("WM_DELETE_WINDOW"), x11rb::CURRENT_TIME, 0, 0, 0];
        let message = ClientMessageEvent::new(32, id, atom("WM_PROTOCOLS"), data);
        connection.send_event(false, id, EventMask::NO_EVENT, message).unwrap().check().unwrap();
    }

    /// Waits until the program has ended; gives exit code, standard output, and the whole log.
    fn ended(mut self) -> (Option<i32>, String, String) {
        let begin = Instant::now();
        while self.process.try_wait().unwrap().is_none() {
            assert!(begin.elapsed() < HANGS_AFTER, "it does not end: {}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
        self.reader.take().unwrap().join().unwrap();
        let mut stdout = vec![];
        self.process.stdout.take().unwrap().read_to_end(&mut stdout).unwrap();
        let output = Output { status: self.process.wait().unwrap(), stdout, stderr: self.log().into_bytes() };
        let (stdout, stderr) = texts(&output);
        (output.status.code(), stdout, stderr)
    }
}

impl Drop for Window<'_> {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The binary on a display, with nothing of whoever runs the tests.
fn command(kiosk: &Kiosk, display: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    command.args(arguments).arg("--data-dir").arg(&kiosk.data_dir).env_clear().env("HOME", kiosk.scratch.path());
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("DISPLAY", display);
    command
}

#[track_caller]
fn names_nobody(log: &str) {
    for name in ["barack", "obama", "biden", "collins", "example.org"] {
        assert!(!log.to_lowercase().contains(name), "the log names {name}: {log}");
    }
}

/// A window that was closed leaves in good order: nothing crashed, nothing complained.
#[track_caller]
fn assert_closed(window: Window<'_>) -> String {
    let (code, stdout, log) = window.ended();
    assert_eq!((code, stdout.as_str()), (Some(0), "The demo was closed.\n"), "{log}");
    for sign in ["ERROR", "WARN", "X Error", "BadWindow", "BadDrawable"] {
        assert!(!log.contains(sign), "{sign}: {log}");
    }
    log
}

const DEMO: [&str; 5] = ["demo", "--language", "en", "--size", "1280x800"];

#[test]
fn somebody_registers_and_signs_in_by_keys_alone() {
    let Some(display) = Display::start() else { return };
    let kiosk = Kiosk::new();
    let mut window = Window::open(&display, &kiosk, &DEMO);
    // The two languages, the clock, sign in; from the screen that comes, Escape leads back to the same button.
    window.until("Identifying", |window| window.keys(&["Tab", "Tab", "Tab", "Tab", "Return"]), &["Escape"]);
    window.wait_for("first picture of the camera");
    window.until("Home", |window| window.keys(&["Escape"]), &[]);
    window.until("Details", |window| window.keys(&["Tab", "Return"]), &["Escape"]);
    let register = |window: &Window<'_>| {
        window.type_text(NAME);
        window.keys(&["Return"]);
        window.type_text(EMAIL);
        window.keys(&["Return"]);
    };
    window.until("Consenting", register, &["Escape", "Tab", "Return"]);
    window.until("Enrolling", |window| window.keys(&["Return"]), &[]);
    window.wait_for("first picture of the camera");
    window.wait_for_state("Reviewing");
    window.until("Enrolled", |window| window.keys(&["Return"]), &[]);
    window.until("Home", |window| window.keys(&["Return"]), &[]);
    window.until("Identifying", |window| window.keys(&["Return"]), &[]);
    window.wait_for_state("SignedIn");
    window.wait_for("decided, since the first good frame");
    // Signing out is the first step that a profile offers.
    window.until("Home", |window| window.keys(&["Return"]), &[]);
    window.request_close();
    names_nobody(&assert_closed(window));
    assert!(!kiosk.data_dir.exists(), "the demo has a store of its own");
}

#[test]
fn somebody_registers_and_signs_in_with_a_mouse() {
    let Some(display) = Display::start() else { return };
    let kiosk = Kiosk::new();
    let mut window = Window::open(&display, &kiosk, &DEMO);
    // To register is the button below to sign in.
    window.until("Details", |window| window.click(1.2), &[]);
    let register = |window: &Window<'_>| {
        window.type_text(NAME);
        window.keys(&["Tab"]);
        window.type_text(EMAIL);
        window.click(0.0);
    };
    window.until("Consenting", register, &["Escape", "Tab", "Return"]);
    window.until("Enrolling", |window| window.click(0.0), &[]);
    window.wait_for_state("Reviewing");
    window.until("Enrolled", |window| window.click(0.0), &[]);
    window.until("Home", |window| window.click(0.0), &[]);
    window.until("Identifying", |window| window.click(0.0), &[]);
    window.wait_for_state("SignedIn");
    window.until("Home", |window| window.click(0.0), &[]);
    window.request_close();
    names_nobody(&assert_closed(window));
}

#[test]
fn a_visitor_cannot_close_a_kiosk() {
    let Some(display) = Display::start() else { return };
    let kiosk = Kiosk::new();
    let mut window = Window::open(&display, &kiosk, &["kiosk", "--kiosk", "--language", "en"]);
    for _ in 0..3 {
        window.request_close();
        window.wait_for("the window stays");
    }
    window.keys(&["alt+F4", "ctrl+w", "ctrl+q"]);
    // It goes on as if nothing had been. (This machine may have a camera or not: both are served here.)
    window.until("Identifying", |window| window.click(0.0), &[]);
    window.until("Home", |window| window.keys(&["Escape"]), &[]);
    // Held for long, the clock opens the operator's pages.
    window.until("Pin", Window::hold_the_clock, &[]);
    // The operator's PIN is chosen at the first time, which takes it twice.
    let choose = |window: &Window<'_>| {
        for _ in 0..2 {
            window.type_text("482913");
            window.keys(&["Return"]);
        }
    };
    window.until("Operator", choose, &["BackSpace"]);
    window.until("Home", |window| window.keys(&["Escape"]), &[]);
    assert!(window.process.try_wait().unwrap().is_none(), "{}", window.log());
}

#[test]
fn a_settings_file_with_a_mistake_is_told_with_its_line() {
    let Some(display) = Display::start() else { return };
    let kiosk = Kiosk::new();
    std::fs::create_dir(&kiosk.data_dir).unwrap();
    std::fs::write(kiosk.data_dir.join("settings.toml"), "place = \"Library\"\nlanguage = \"fr\"\n").unwrap();
    let output = command(&kiosk, &display.name, &["kiosk", "--json"]).output().unwrap();
    common::parsed(&output, Duration::ZERO).assert_bad_input("settings").assert_says(&[
        "line 2",
        "fr",
        "settings.toml",
    ]);
}

#[test]
fn the_walk_keeps_every_screen_in_both_languages() {
    let Some(display) = Display::start() else { return };
    let kiosk = Kiosk::new();
    let folder = kiosk.scratch("not/yet/there");
    let output = command(&kiosk, &display.name, &["demo", "--screenshots", text(&folder)]).output().unwrap();
    let (stdout, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(0), "{stdout} {stderr}");
    assert!(!stderr.contains("ERROR"), "a walk without a fault: {stderr}");
    let pictures = common::contents(&folder);
    for language in ["en", "es"] {
        for screen in ["home", "register-1", "register-2", "register-review", "profile", "operator-health", "deleted"] {
            assert!(pictures.contains_key(&folder.join(format!("{screen}-{language}.png"))), "no {screen}-{language}");
        }
        let of_language =
            |path: &&std::path::PathBuf| path.to_str().is_some_and(|path| path.ends_with(&format!("-{language}.png")));
        assert!(pictures.keys().filter(of_language).count() * 2 == pictures.len() && pictures.len() > 40);
    }
    for (path, bytes) in &pictures {
        let picture = image::load_from_memory(bytes).unwrap().to_rgb8();
        assert_eq!(picture.dimensions(), (1280, 800), "{}", path.display());
        let first = *picture.get_pixel(0, 0);
        let other = picture.pixels().filter(|pixel| **pixel != first).count();
        assert!(other > 5000, "{} is empty", path.display());
    }
}

#[test]
fn a_walk_that_misses_pictures_is_no_success() {
    let Some(display) = Display::start() else { return };
    let kiosk = Kiosk::new();
    let folder = kiosk.scratch("pictures");
    let window = Window::open(&display, &kiosk, &["demo", "--json", "--screenshots", text(&folder)]);
    window.request_close();
    let (code, stdout, log) = window.ended();
    let said: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((code, said["reason"].as_str()), (Some(3), Some("screens_missing")), "{stdout} {log}");
    assert!(said["message"].as_str().unwrap().contains("deleted-es.png"), "{stdout}");
}

#[test]
fn pictures_that_could_not_be_kept_are_told_before_the_walk() {
    let kiosk = Kiosk::new();
    std::fs::write(kiosk.scratch("file"), "").unwrap();
    for folder in [kiosk.scratch("file"), kiosk.scratch("file/below"), "/proc/pictures".into()] {
        // Without any display: it does not come to that.
        let refused = kiosk.ask(&["demo", "--screenshots", text(&folder)]).assert_bad_input("screenshots");
        refused.assert_says(&[text(&folder)]);
    }
}

#[test]
fn without_a_display_a_kiosk_says_so_and_the_demo_does_without() {
    let kiosk = Kiosk::new();
    for arguments in [&[][..], &["kiosk"], &["kiosk", "--kiosk"]] {
        let refused = kiosk.ask(arguments).assert_machine("no_display").assert_says(&["display", "apt install"]);
        assert!(!refused.text("message").contains(".rs:"), "{refused:?}");
        let (code, stdout, stderr) = kiosk.tell(arguments);
        assert_eq!((code, stdout.as_str()), (3, ""), "{stderr}");
        assert!(stderr.contains("no window can be opened"), "{stderr}");
    }
    let mut nobody_there = kiosk.command(&["kiosk", "--json"]);
    answer(nobody_there.env("DISPLAY", ":32767")).assert_machine("no_display");
    let mut nobody_there = kiosk.command(&["kiosk", "--json"]);
    answer(nobody_there.env("WAYLAND_DISPLAY", "wayland-none").env("XDG_RUNTIME_DIR", kiosk.scratch.path()))
        .assert_machine("no_display");
    let demo = kiosk.ask(&["demo"]).assert_yes("passed");
    assert!(demo.stderr.contains("WARN") && demo.stderr.contains("the demo runs headless"), "{}", demo.stderr);
    assert!(!kiosk.data_dir.join("mirilla.db").exists(), "nothing was made for a window that did not come");
}

#[test]
fn usage_of_the_kiosk_is_checked_before_anything_is_opened() {
    let kiosk = Kiosk::new();
    for (arguments, words) in [
        (&["kiosk", "--language", "fr"][..], "en or es"),
        (&["kiosk", "--monitor", "1"], "--kiosk"),
        (&["kiosk", "--kiosk", "--windowed"], "--windowed"),
        (&["demo", "--size", "1280"], "1280x800"),
        (&["demo", "--size", "100x100"], "320"),
        (&["demo", "--appearance", "pink"], "contrast"),
        (&["demo", "--headless", "--screenshots", "x"], "--headless"),
    ] {
        kiosk.ask(arguments).assert_bad_input("usage").assert_says(&[words]);
    }
}

#[test]
fn the_unit_is_one_that_systemd_takes() {
    let kiosk = Kiosk::new();
    let of_default = texts(&kiosk.bare_command(&["kiosk", "--print-unit"]).output().unwrap()).0;
    let of_option = kiosk.tell(&["kiosk", "--print-unit"]).1;
    assert!(of_default.contains("\nStateDirectory=mirilla\n") && of_default.contains("=/var/lib/mirilla\n"));
    assert!(of_default.contains("\nSyslogIdentifier=mirilla\n"), "docs/KIOSK.md reads the log under this name");
    assert!(of_option.contains(text(&kiosk.data_dir)) && !of_option.contains("StateDirectory"), "{of_option}");
    assert!(of_default.contains(&format!("-- {BINARY} kiosk --kiosk\n")), "{of_default}");
    if try_program("systemd-analyze", &["--version"]).is_none() {
        return skip("no systemd-analyze; the unit was not verified");
    }
    for (number, unit) in [of_default, of_option].iter().enumerate() {
        let path = kiosk.scratch(&format!("mirilla-{number}.service"));
        // Whether cage is installed here does not matter.
        std::fs::write(&path, unit.replace("/usr/bin/cage", "/bin/true")).unwrap();
        let verified = try_program("systemd-analyze", &["verify", "--man=no", text(&path)]).unwrap();
        let said = String::from_utf8_lossy(&verified.stderr);
        let ours = said.lines().filter(|line| line.contains("mirilla-")).count();
        assert!(verified.status.success() && ours == 0, "{said}");
    }
    assert!(!Path::new(&kiosk.data_dir).exists(), "nothing was made");
}
