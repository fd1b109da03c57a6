//! The thread that looks after the dispatcher and, with `--reload`, after the plugins' files.
//!
//! It sleeps until a worker reports a hook that runs past its deadline, takes Python's lock only
//! then, and raises an exception in the hook. Reloads run here and not on the dispatcher: Python
//! switches between the two, so that requests go on while a plugin is imported.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use proxy::telemetry::log;
use pyo3::prelude::*;

use crate::clock;
use crate::dispatcher;
use crate::interrupt;
use crate::kept::KeptThread;
use crate::report;
use crate::shared::{Errand, Following, Running, Shared};
use crate::table::Table;
use crate::watch::Watch;

/// How often files are looked at.
const LOOK: Duration = Duration::from_millis(150);
/// How often a hook that does not end is looked at.
const LATE: Duration = Duration::from_millis(50);
/// A hook that has not ended for so long after it was told to is left to itself.
const GIVE_UP_NANOSECONDS: u64 = 1_000_000_000;
/// So many hooks are left to themselves at most.
const GIVEN_UP: u64 = 8;

/// Starts the thread.
pub(crate) fn start(shared: &Arc<Shared>) -> std::io::Result<JoinHandle<()>> {
    let shared = Arc::clone(shared);
    thread::Builder::new()
        .name("pymesh-minder".into())
        .spawn(move || {
            let _kept = KeptThread::new();
            let watch = Watch::new(&shared.table().watched);
            Minder {
                watch,
                late: false,
                retiring: Vec::new(),
                shared,
            }
            .run();
        })
}

struct Minder {
    shared: Arc<Shared>,
    watch: Watch,
    /// Whether a hook is past its deadline.
    late: bool,
    /// Tables that calls may still use, and what to call when none does.
    retiring: Vec<(Weak<Table>, Vec<Py<PyAny>>)>,
}

impl Minder {
    fn run(mut self) {
        loop {
            let timeout = if self.late {
                Some(LATE)
            } else if self.watch.is_empty() {
                None
            } else {
                Some(LOOK)
            };
            let Errand {
                late,
                stop,
                following,
            } = self.shared.wait_for_errand(timeout);
            if stop {
                // The dispatchers have ended, so nothing uses the old tables.
                return self.retire(|_| true);
            }
            self.late = (late || self.late) && self.interrupt_late();
            let changed = self.watch.changed();
            if !changed.is_empty() {
                self.reload(changed);
            }
            if let Some(Following { plugins, done }) = following {
                let result = self.follow(&plugins);
                if let Err(reason) = &result {
                    log::error(format_args!("plugins could not be loaded: {reason}"));
                }
                // The proxy may be about to end.
                let _unheard = done.send(result);
            }
            self.retire(|table| table.strong_count() == 0);
        }
    }

    /// Ends the hook that is past its deadline; returns whether one still is.
    fn interrupt_late(&self) -> bool {
        // Waits as long as a call into C keeps the lock.
        let replace = Python::try_attach(|py| -> Option<Option<Running>> {
            let interrupt = &self.shared.table().interrupt;
            let now = clock::now();
            let mut running = self.shared.running();
            let late = running.as_mut().filter(|running| running.is_late(now))?;
            if !late.interrupted {
                // The dispatcher takes `running` away with the lock held, so it is in this hook.
                late.interrupted = true;
                interrupt::raise(py, late.thread, interrupt);
            }
            let since = now - late.started;
            let over = since.saturating_sub(late.hook.deadline.as_nanos() as u64);
            let stuck = over > GIVE_UP_NANOSECONDS && self.shared.epoch() < GIVEN_UP;
            Some(stuck.then(|| running.take()).flatten())
        });
        match replace.flatten() {
            None => false,
            Some(None) => true,
            Some(Some(stuck)) => {
                // We have had the lock, so the hook waits for something else, maybe for ever.
                let hook = stuck.hook;
                hook.quarantine.confine(clock::now());
                report::failed(&hook, &|| {
                    "does not end: it is left to itself and in quarantine".to_owned()
                });
                let epoch = self.shared.next_epoch();
                if let Err(error) = dispatcher::start(&self.shared, epoch) {
                    log::error(format_args!(
                        "cannot start another hook dispatcher: {error}"
                    ));
                }
                false
            }
        }
    }

    fn reload(&mut self, changed: Vec<String>) {
        let replaced = self.replace(|py, table| match &table.reload {
            Some(reload) => reload.bind(py).call1((changed,)).map(Some),
            None => Ok(None),
        });
        if let Err(error) = replaced {
            log::error(format_args!("plugins could not be reloaded: {error}"));
        }
    }

    /// Loads the plugins of new documents.
    fn follow(&mut self, plugins: &str) -> Result<(), String> {
        let replaced = self.replace(|py, table| match &table.follow {
            Some(follow) => follow.bind(py).call1((plugins,)).map(Some),
            None => Ok(None),
        });
        match replaced {
            Ok(true) => Ok(()),
            Ok(false) => Err("they cannot change".to_owned()),
            Err(error) => Err(Python::try_attach(|py| error.value(py).to_string())
                .unwrap_or_else(|| "Python has ended".to_owned())),
        }
    }

    /// Puts the table in force that `make` makes; returns whether it made one.
    fn replace(
        &mut self,
        make: impl for<'py> FnOnce(Python<'py>, &Table) -> PyResult<Option<Bound<'py, PyAny>>>,
    ) -> PyResult<bool> {
        let shared = Arc::clone(&self.shared);
        let held = shared.token.enter();
        let replaced = Python::try_attach(|py| -> PyResult<_> {
            let old = shared.table();
            let Some(table) = make(py, &old)?.filter(|table| !table.is_none()) else {
                return Ok(None);
            };
            let mut table = Table::read(&table, &old.all)?;
            let retired = std::mem::take(&mut table.retired);
            self.watch = Watch::new(&table.watched);
            drop(old);
            Ok(Some((shared.replace(table), retired)))
        });
        drop(held);
        match replaced.unwrap_or(Ok(None)) {
            Ok(Some((old, retired))) => {
                shared.reloads.fetch_add(1, Ordering::Relaxed);
                log::info(format_args!("plugins were reloaded"));
                self.retiring.push((Arc::downgrade(&old), retired));
                Ok(true)
            }
            Ok(None) => {
                shared.reloads_failed.fetch_add(1, Ordering::Relaxed);
                Ok(false)
            }
            Err(error) => {
                shared.reloads_failed.fetch_add(1, Ordering::Relaxed);
                Err(error)
            }
        }
    }

    /// Ends the plugins of tables that nothing uses any more.
    fn retire(&mut self, unused: impl Fn(&Weak<Table>) -> bool) {
        let mut kept = Vec::new();
        for (table, ends) in self.retiring.drain(..) {
            if !unused(&table) {
                kept.push((table, ends));
                continue;
            }
            let held = self.shared.token.enter();
            Python::try_attach(|py| {
                for end in ends {
                    if let Err(error) = end.bind(py).call0() {
                        log::warn(format_args!("a plugin's close() raised {error}"));
                    }
                }
            });
            drop(held);
        }
        self.retiring = kept;
    }
}
