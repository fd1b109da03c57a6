//! Who may run Python now.
//!
//! A worker that waited for the interpreter's lock would stall every connection it carries. So it
//! enters Python only while nobody else of this process does, which the token tells it without a
//! wait; otherwise the dispatcher makes the call.

use std::sync::atomic::{AtomicU32, Ordering};

/// Set while threads that plugins started may hold the interpreter's lock at any time.
const FOREIGN: u32 = 1 << 31;

/// How many of our threads are in Python, and whether others may be.
#[derive(Debug, Default)]
pub(crate) struct Token(AtomicU32);

/// Gives the token back when it is dropped.
pub(crate) struct Held<'a>(&'a Token);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Release);
    }
}

impl Token {
    /// Takes the token if nobody is in Python: for a worker.
    pub(crate) fn try_enter(&self) -> Option<Held<'_>> {
        self.0
            .compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed)
            .ok()
            .map(|_| Held(self))
    }

    /// Takes the token beside whoever has it: for threads that may wait for the interpreter's lock.
    pub(crate) fn enter(&self) -> Held<'_> {
        self.0.fetch_add(1, Ordering::Acquire);
        Held(self)
    }

    /// Says whether threads that plugins started exist. While they do, no worker enters Python.
    pub(crate) fn set_foreign(&self, exist: bool) {
        if exist {
            self.0.fetch_or(FOREIGN, Ordering::Relaxed);
        } else {
            self.0.fetch_and(!FOREIGN, Ordering::Relaxed);
        }
    }
}
