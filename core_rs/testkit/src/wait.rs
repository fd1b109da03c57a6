//! Waiting for something to become true, bounded in time.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long anything in the kit waits before it gives up: far above what a loaded CI machine needs,
/// so that running into it means a fault and not a slow machine.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Asks `condition` again and again until it holds, for [`PATIENCE`] at most.
///
/// Returns whether it came to hold, so that a test reads
/// `assert!(eventually(|| origin.connections() == 1))`.
pub fn eventually(mut condition: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if condition() {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Holds whoever passes until it is opened; opened once, it stays open. Clones share one state.
#[derive(Clone, Debug, Default)]
pub struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    /// A closed gate.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets everybody pass, now and later.
    pub fn open(&self) {
        let (open, changed) = &*self.0;
        *open.lock().unwrap_or_else(PoisonError::into_inner) = true;
        changed.notify_all();
    }

    /// Waits for [`Gate::open`], for [`PATIENCE`] at most. Returns whether the gate is open.
    #[must_use]
    pub fn pass(&self) -> bool {
        let (open, changed) = &*self.0;
        let guard = open.lock().unwrap_or_else(PoisonError::into_inner);
        let (guard, _) = changed
            .wait_timeout_while(guard, PATIENCE, |open| !*open)
            .unwrap_or_else(PoisonError::into_inner);
        *guard
    }
}
