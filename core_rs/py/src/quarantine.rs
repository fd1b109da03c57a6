//! Keeps a hook that misses its deadline again and again from being called for a while.
//!
//! A loop in Python can be ended from outside; a call into C or a wait for a lock cannot. A hook
//! that is often in one would take the dispatcher from all others, so it is left out, and its
//! failure policy answers for it.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// So many runs in a row past the deadline put a hook into quarantine.
const STRIKES: u32 = 5;
/// How long it stays there; the first run after that decides whether it returns.
const NANOSECONDS: u64 = 10_000_000_000;

/// The state of one hook.
#[derive(Debug, Default)]
pub(crate) struct Quarantine {
    strikes: AtomicU32,
    until: AtomicU64,
}

impl Quarantine {
    /// Whether the hook is not to be called at `now`.
    pub(crate) fn holds(&self, now: u64) -> bool {
        let until = self.until.load(Ordering::Relaxed);
        until != 0 && now < until
    }

    /// A run ended in time.
    pub(crate) fn pass(&self) {
        if self.strikes.load(Ordering::Relaxed) != 0 {
            self.strikes.store(0, Ordering::Relaxed);
            self.until.store(0, Ordering::Relaxed);
        }
    }

    /// A run went past its deadline; returns whether this puts the hook into quarantine.
    pub(crate) fn strike(&self, now: u64) -> bool {
        let strikes = self.strikes.fetch_add(1, Ordering::Relaxed) + 1;
        if strikes < STRIKES {
            return false;
        }
        self.until.store(now + NANOSECONDS, Ordering::Relaxed);
        true
    }

    /// A run could not be ended at all: quarantine at once.
    pub(crate) fn confine(&self, now: u64) {
        self.strikes.store(STRIKES, Ordering::Relaxed);
        self.until.store(now + NANOSECONDS, Ordering::Relaxed);
    }
}
