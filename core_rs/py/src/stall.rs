//! Tells a hook that blocks from a thread that the system did not let run.
//!
//! On a busy machine, or under a CPU quota, a thread may be off its CPU for tens of milliseconds in
//! the middle of any hook. The system counts that time for each thread.

use std::cell::Cell;
use std::fs::File;
use std::os::unix::fs::FileExt;

/// How long the calling thread was ready to run and did not.
pub(crate) struct Delays {
    /// Of this thread; `None` where the system does not count.
    file: Option<File>,
    /// The total when it was last looked at, in nanoseconds.
    seen: Cell<u64>,
}

impl Delays {
    /// Those of the calling thread.
    pub(crate) fn new() -> Self {
        let delays = Self {
            file: File::open("/proc/thread-self/schedstat").ok(),
            seen: Cell::new(0),
        };
        delays.look();
        delays
    }

    /// Remembers the total; to be called now and then, so that little is excused at a time.
    pub(crate) fn look(&self) {
        self.seen.set(self.total().unwrap_or_default());
    }

    /// Nanoseconds of delay since the last look: no stall was longer.
    pub(crate) fn since(&self) -> u64 {
        self.total()
            .unwrap_or_default()
            .saturating_sub(self.seen.get())
    }

    fn total(&self) -> Option<u64> {
        // Time on the CPU, time ready to run, number of time slices.
        let mut text = [0; 96];
        let length = self.file.as_ref()?.read_at(&mut text, 0).ok()?;
        let text = std::str::from_utf8(&text[..length]).ok()?;
        text.split_ascii_whitespace().nth(1)?.parse().ok()
    }
}
