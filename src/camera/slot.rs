//! A place for one value, between a fast writer and a slow reader.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Keeps the newest value only, so that nothing queues up behind a slow stage. Clones share the place.
#[derive(Debug)]
pub struct Slot<T> {
    shared: Arc<(Mutex<Content<T>>, Condvar)>,
}

#[derive(Debug)]
struct Content<T> {
    newest: Option<T>,
    closed: bool,
}

impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self { shared: Arc::new((Mutex::new(Content { newest: None, closed: false }), Condvar::new())) }
    }
}

/// What [`Slot::take`] found.
#[derive(Debug, PartialEq, Eq)]
pub enum Taken<T> {
    /// The newest value; older ones are gone.
    Value(T),
    /// Nothing came in time.
    Nothing,
    /// The slot is closed: nothing will come.
    Closed,
}

impl<T> Slot<T> {
    // A panic of another thread cannot leave the content half written: every change is one assignment.
    fn lock(&self) -> MutexGuard<'_, Content<T>> {
        self.shared.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts `value` in, in place of one that was not taken. Returns false once the slot is closed.
    pub fn put(&self, value: T) -> bool {
        let mut content = self.lock();
        if content.closed {
            return false;
        }
        content.newest = Some(value);
        self.shared.1.notify_one();
        true
    }

    /// Takes the newest value, waiting for one for at most `wait`.
    pub fn take(&self, wait: Duration) -> Taken<T> {
        let mut content = self
            .shared
            .1
            .wait_timeout_while(self.lock(), wait, |content| content.newest.is_none() && !content.closed)
            .unwrap_or_else(PoisonError::into_inner)
            .0;
        match content.newest.take() {
            Some(value) => Taken::Value(value),
            None if content.closed => Taken::Closed,
            None => Taken::Nothing,
        }
    }

    /// Ends the traffic: who waits wakes up. A last value can still be taken.
    pub fn close(&self) {
        let mut content = self.lock();
        content.closed = true;
        drop(content);
        self.shared.1.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_is_kept() {
        let slot = Slot::default();
        assert!(slot.put(1) && slot.put(2) && slot.put(3));
        assert_eq!(slot.take(Duration::ZERO), Taken::Value(3));
        assert_eq!(slot.take(Duration::ZERO), Taken::Nothing);
    }

    #[test]
    fn closing_wakes_the_reader_and_refuses_the_writer() {
        let slot = Slot::<u8>::default();
        let reader = {
            let slot = slot.clone();
            std::thread::Builder::new()
                .name("test-reader".into())
                .spawn(move || slot.take(Duration::from_secs(60)))
                .unwrap()
        };
        slot.close();
        assert_eq!(reader.join().unwrap(), Taken::Closed);
        assert!(!slot.put(1));
    }

    #[test]
    fn a_last_value_is_not_lost_by_closing() {
        let slot = Slot::default();
        slot.put("why it ended");
        slot.close();
        assert_eq!(slot.take(Duration::ZERO), Taken::Value("why it ended"));
        assert_eq!(slot.take(Duration::ZERO), Taken::Closed);
    }
}
