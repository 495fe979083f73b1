//! Opening a window runs foreign code that panics where a library or an extension of the display is missing
//! (winit without libxkbcommon-x11, for one). For whoever starts the program that is a machine without a display.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::worker::said;

/// Set as soon as there is a window: from then on a panic is a fault of the program, and shown as one.
#[derive(Clone, Default)]
pub(super) struct Opened(Arc<AtomicBool>);

impl Opened {
    /// There is a window.
    pub(super) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether there was one.
    pub(super) fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Runs what opens the window and stays until it is closed.
///
/// # Errors
/// What a panic said before there was a window.
pub(super) fn guarded<T>(opened: &Opened, open: impl FnOnce() -> T) -> Result<T, String> {
    let before: Arc<dyn Fn(&std::panic::PanicHookInfo<'_>) + Send + Sync> = std::panic::take_hook().into();
    let (usual, until, here) = (Arc::clone(&before), opened.clone(), std::thread::current().id());
    // What is told as a clear message is not printed as a crash as well.
    std::panic::set_hook(Box::new(move |info| {
        if until.get() || std::thread::current().id() != here {
            usual(info);
        }
    }));
    let outcome = catch_unwind(AssertUnwindSafe(open));
    drop(std::panic::take_hook());
    std::panic::set_hook(Box::new(move |info| before(info)));
    match outcome {
        Ok(value) => Ok(value),
        Err(panic) if opened.get() => resume_unwind(panic),
        Err(panic) => Err(said(&*panic).trim_end_matches('.').to_owned()),
    }
}

/// The window system's words without the place in its sources, which lie on the machine of whoever built this.
pub(super) fn plain(said: &str) -> String {
    let Some((before, after)) = said.rsplit_once(".rs:") else { return said.to_owned() };
    let rest = after.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start_matches(": ").trim_end_matches('.');
    if rest.is_empty() { before.to_owned() } else { rest.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_names_no_file_of_another_machine() {
        let said = "winit EventLoopError: os error at /home/x/winit-0.30.13/src/linux/mod.rs:765: DISPLAY is not set.";
        assert_eq!(plain(said), "DISPLAY is not set");
        assert_eq!(plain("no GL"), "no GL");
    }

    #[test]
    fn a_panic_is_a_message_before_there_is_a_window_and_a_panic_afterwards() {
        let opened = Opened::default();
        assert_eq!(guarded(&opened, || 7), Ok(7));
        let told = guarded(&opened, || -> u8 { panic!("no library {}", "libx") });
        assert_eq!(told, Err("no library libx".into()));
        let shown = catch_unwind(|| {
            guarded(&opened, || {
                opened.set();
                panic!("a fault of ours (this line of the test's output is meant)");
            })
        });
        assert!(shown.is_err());
    }
}
