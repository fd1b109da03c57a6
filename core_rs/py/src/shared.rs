//! What the workers, the dispatcher and the minder of one proxy share.

use std::fmt::Write;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pyo3::prelude::*;
use tokio::sync::oneshot;

use crate::clock;
use crate::meter::{self, family};
use crate::queue::Queue;
use crate::table::{Hook, Table};
use crate::token::Token;

/// A hook that runs on the dispatcher now.
pub(crate) struct Running {
    pub(crate) hook: Arc<Hook>,
    /// When it was called, in nanoseconds.
    pub(crate) started: u64,
    /// The dispatcher's thread, as Python knows it.
    pub(crate) thread: u64,
    /// Whether its thread was sent an exception.
    pub(crate) interrupted: bool,
}

impl Running {
    /// Whether it is past its deadline.
    pub(crate) fn is_late(&self, now: u64) -> bool {
        u128::from(now.saturating_sub(self.started)) > self.hook.deadline.as_nanos()
    }
}

/// Why the minder is woken.
#[derive(Debug, Default)]
pub(crate) struct Errand {
    pub(crate) late: bool,
    pub(crate) stop: bool,
    pub(crate) following: Option<Following>,
}

/// Plugins of new documents, to be loaded.
#[derive(Debug)]
pub(crate) struct Following {
    /// The documents as a JSON list.
    pub(crate) plugins: String,
    /// Is told when they are in force, or why they cannot be.
    pub(crate) done: oneshot::Sender<Result<(), String>>,
}

/// The state of one proxy's plugins.
pub(crate) struct Shared {
    pub(crate) token: Token,
    pub(crate) queue: Queue,
    table: Mutex<Arc<Table>>,
    /// Counts the tables, so that a worker sees with one load whether there is a new one.
    generation: AtomicU64,
    running: Mutex<Option<Running>>,
    /// Names the dispatcher in charge; one that a hook does not return to is replaced.
    epoch: AtomicU64,
    /// Dispatcher threads that have not ended.
    alive: Mutex<usize>,
    ended: Condvar,
    errand: Mutex<Errand>,
    errands: Condvar,
    pub(crate) records_dropped: AtomicU64,
    pub(crate) reloads: AtomicU64,
    pub(crate) reloads_failed: AtomicU64,
    /// Whether workers may run hooks at all; off in tests of the dispatcher.
    pub(crate) inline: AtomicBool,
    /// `_thread._count`: how many threads Python code has started.
    thread_count: Py<PyAny>,
}

impl Shared {
    pub(crate) fn new(py: Python<'_>, table: Table, inline: bool) -> PyResult<Self> {
        Ok(Self {
            token: Token::default(),
            queue: Queue::default(),
            table: Mutex::new(Arc::new(table)),
            generation: AtomicU64::new(1),
            running: Mutex::new(None),
            epoch: AtomicU64::new(0),
            alive: Mutex::new(0),
            ended: Condvar::new(),
            errand: Mutex::default(),
            errands: Condvar::new(),
            records_dropped: AtomicU64::new(0),
            reloads: AtomicU64::new(0),
            reloads_failed: AtomicU64::new(0),
            inline: AtomicBool::new(inline),
            thread_count: py.import("_thread")?.getattr("_count")?.unbind(),
        })
    }

    /// The hooks in force.
    pub(crate) fn table(&self) -> Arc<Table> {
        Arc::clone(&lock(&self.table))
    }

    /// Which table is in force.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Puts another table in force; returns the one before.
    pub(crate) fn replace(&self, table: Table) -> Arc<Table> {
        let old = std::mem::replace(&mut *lock(&self.table), Arc::new(table));
        self.generation.fetch_add(1, Ordering::Release);
        old
    }

    pub(crate) fn running(&self) -> MutexGuard<'_, Option<Running>> {
        lock(&self.running)
    }

    pub(crate) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// Relieves the dispatcher; returns the next one's epoch.
    pub(crate) fn next_epoch(&self) -> u64 {
        self.epoch.fetch_add(1, Ordering::AcqRel) + 1
    }

    /// Looks whether plugins have started threads. Called with Python's lock held.
    pub(crate) fn look_for_threads(&self, py: Python<'_>) {
        let count = self.thread_count.bind_borrowed(py).call0();
        let exist = count.and_then(|count| count.extract::<usize>());
        self.token.set_foreign(exist.is_ok_and(|count| count > 0));
    }

    /// Wakes the minder if a hook runs past its deadline.
    pub(crate) fn report_late(&self) {
        let now = clock::now();
        if self
            .running()
            .as_ref()
            .is_some_and(|running| running.is_late(now))
        {
            lock(&self.errand).late = true;
            self.errands.notify_one();
        }
    }

    /// Waits for an errand, at most for `timeout` if there is one.
    pub(crate) fn wait_for_errand(&self, timeout: Option<Duration>) -> Errand {
        let errand = lock(&self.errand);
        let nothing =
            |errand: &mut Errand| !errand.late && !errand.stop && errand.following.is_none();
        let mut errand = match timeout {
            Some(timeout) => {
                let waited = self.errands.wait_timeout_while(errand, timeout, nothing);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
            None => self
                .errands
                .wait_while(errand, nothing)
                .unwrap_or_else(PoisonError::into_inner),
        };
        let stop = errand.stop;
        Errand {
            late: std::mem::take(&mut errand.late),
            stop,
            following: errand.following.take(),
        }
    }

    /// Has the minder load plugins.
    pub(crate) fn ask_to_follow(&self, following: Following) {
        lock(&self.errand).following = Some(following);
        self.errands.notify_all();
    }

    /// Tells the minder to end.
    pub(crate) fn stop_minder(&self) {
        lock(&self.errand).stop = true;
        self.errands.notify_all();
    }

    pub(crate) fn dispatcher_started(&self) {
        *lock(&self.alive) += 1;
    }

    pub(crate) fn dispatcher_ended(&self) {
        *lock(&self.alive) -= 1;
        self.ended.notify_all();
    }

    /// Waits until every dispatcher thread has ended; returns whether they have.
    pub(crate) fn wait_for_dispatchers(&self, timeout: Duration) -> bool {
        let alive = lock(&self.alive);
        let waited = self
            .ended
            .wait_timeout_while(alive, timeout, |alive| *alive > 0);
        *waited.unwrap_or_else(PoisonError::into_inner).0 == 0
    }

    /// Appends the metrics of the hooks in the Prometheus text format.
    pub(crate) fn render(&self, out: &mut String) {
        let table = self.table();
        meter::render(&table.all, clock::now(), out);
        let name = "pymesh_hook_queue_calls";
        family(out, name, "gauge", "Calls that wait for the dispatcher.");
        let _ = writeln!(out, "{name} {}", self.queue.len());
        let name = "pymesh_hook_records_dropped_total";
        family(
            out,
            name,
            "counter",
            "Records that telemetry hooks were not told of.",
        );
        let dropped = self.records_dropped.load(Ordering::Relaxed);
        let _ = writeln!(out, "{name} {dropped}");
        let name = "pymesh_hook_reloads_total";
        family(out, name, "counter", "Reloads of plugin files by result.");
        for (result, count) in [("ok", &self.reloads), ("failed", &self.reloads_failed)] {
            let count = count.load(Ordering::Relaxed);
            let _ = writeln!(out, "{name}{{result=\"{result}\"}} {count}");
        }
    }
}

/// Locks what no panic leaves half-changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
