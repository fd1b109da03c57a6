//! The plugins of a proxy as the data plane sees them.

use std::io;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use app::PluginHost;
use model::wire::PluginDocument;
use proxy::hooks::{HookFactory, Hooks};
use pyo3::prelude::*;
use serde_json::{Value, json};

use tokio::sync::oneshot;

use crate::shared::{Following, Shared};
use crate::table::{Hook, Policy, Table};
use crate::worker::Worker;
use crate::{dispatcher, minder};

/// How long a hook may still run when everything else has ended.
const LAST_CALLS: Duration = Duration::from_secs(1);

/// Plugins whose threads run.
pub(crate) struct Plugins {
    pub(crate) shared: Arc<Shared>,
    minder: Mutex<Option<JoinHandle<()>>>,
}

impl Plugins {
    /// Reads a `HookTable` and starts the dispatcher and the minder.
    pub(crate) fn start(py: Python<'_>, table: &Bound<'_, PyAny>, inline: bool) -> PyResult<Self> {
        let table = Table::read(table, &[])?;
        let shared = Arc::new(Shared::new(py, table, inline)?);
        shared.look_for_threads(py);
        let started = || -> io::Result<_> {
            dispatcher::start(&shared, 0)?;
            minder::start(&shared)
        };
        let minder = started().inspect_err(|_| shared.queue.stop())?;
        Ok(Self {
            shared,
            minder: Mutex::new(Some(minder)),
        })
    }

    /// Ends the threads after the last worker has ended; returns whether all of them have.
    /// Called without Python's lock.
    pub(crate) fn stop(&self) -> bool {
        self.shared.queue.stop();
        let mut ended = self.shared.wait_for_dispatchers(LAST_CALLS);
        if !ended {
            self.shared.report_late();
            ended = self.shared.wait_for_dispatchers(LAST_CALLS);
        }
        self.shared.stop_minder();
        let minder = self
            .minder
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if ended && let Some(minder) = minder {
            // A panic in it was reported when it happened.
            let _ended = minder.join();
        }
        ended
    }

    /// Ends the plugins themselves.
    pub(crate) fn close(&self, py: Python<'_>) -> PyResult<()> {
        match &self.shared.table().close {
            Some(close) => close.bind(py).call0().map(drop),
            None => Ok(()),
        }
    }
}

impl HookFactory for Plugins {
    fn make(&self, _worker: usize) -> Rc<dyn Hooks> {
        Rc::new(Worker::new(Arc::clone(&self.shared)))
    }
}

impl PluginHost for Plugins {
    fn render(&self, out: &mut String) {
        self.shared.render(out);
    }

    fn follow(&self, plugins: &[PluginDocument], done: oneshot::Sender<Result<(), String>>) {
        let plugins = serde_json::to_string(plugins).unwrap_or_default();
        self.shared.ask_to_follow(Following { plugins, done });
    }

    fn plugins_json(&self) -> String {
        let mut plugins: Vec<(Arc<str>, Vec<Value>)> = Vec::new();
        for hook in &self.shared.table().all {
            let shown = show(hook);
            match plugins.iter_mut().find(|(name, _)| *name == hook.plugin) {
                Some((_, hooks)) => hooks.push(shown),
                None => plugins.push((Arc::clone(&hook.plugin), vec![shown])),
            }
        }
        let shown = plugins.iter();
        let shown = shown.map(|(name, hooks)| json!({ "name": &**name, "hooks": hooks }));
        shown.collect::<Value>().to_string()
    }
}

fn show(hook: &Hook) -> Value {
    json!({
        "hook": hook.kind.name(),
        "place": hook.place,
        "tier": if hook.is_inline() { "inline" } else { "dispatcher" },
        "deadline_ms": hook.deadline.as_secs_f64() * 1e3,
        "on_failure": match hook.policy {
            Policy::Deny => "deny",
            Policy::Allow => "allow",
            Policy::Skip => "skip",
        },
    })
}
