//! The extension module `pymesh._core`: the data plane, and its hooks in Python.
//!
//! | module | what it knows |
//! |---|---|
//! | `table`, `verdict`, `meter`, `quarantine`, `report` | a hook: how it is called, what it may answer, how it fares |
//! | `views` | what a hook is handed |
//! | `chain`, `wrapped` | calling the hooks of a phase in order |
//! | `worker`, `inline`, `stall`, `token`, `kept` | a worker's side: its own thread, or a ticket |
//! | `job`, `queue`, `waiting`, `dispatcher` | the way to the dispatcher's thread and back |
//! | `minder`, `interrupt`, `watch` | hooks that do not end, files that change |
//! | `plugins`, `shared` | one proxy's plugins |
//! | `source` | documents that a child process makes |
//! | `engine` | the matcher and the authorization engine, asked without a socket |
//! | `harness` | hooks without sockets, for tests and benchmarks |
#![deny(unsafe_op_in_unsafe_fn)]

mod chain;
mod clock;
mod dispatcher;
mod engine;
mod error;
mod harness;
mod inline;
mod interrupt;
mod job;
mod kept;
mod meter;
mod minder;
mod plugins;
mod quarantine;
mod queue;
mod report;
mod shared;
mod source;
mod stall;
mod table;
mod token;
mod verdict;
mod views;
mod waiting;
mod watch;
mod worker;
mod wrapped;

use std::sync::Arc;
use std::time::Duration;

use app::{PluginHost, Settings};
use model::snapshot::Snapshot;
use model::wire::Documents;
use model::workload::Workload;
use proxy::hooks::HookFactory;
use proxy::telemetry::log;
use pyo3::prelude::*;

use crate::plugins::Plugins;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Python switches threads this often: a worker or a request never waits longer for the lock than
/// this and one call into C.
const SWITCH_SECONDS: f64 = 1e-4;

#[pyfunction]
fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

fn read_documents(json: &[u8]) -> PyResult<Documents> {
    serde_json::from_slice(json).map_err(|error| error::bad_document(error.to_string()))
}

#[pyfunction]
fn compile(documents: &[u8]) -> PyResult<()> {
    Snapshot::compile(&read_documents(documents)?, &Workload::default())
        .map(drop)
        .map_err(|error| error::bad_document(error.to_string()))
}

#[pyfunction]
#[pyo3(signature = (settings, documents, hooks = None))]
fn run(
    py: Python<'_>,
    settings: &[u8],
    documents: &Bound<'_, PyAny>,
    hooks: Option<&Bound<'_, PyAny>>,
) -> PyResult<()> {
    let settings = Settings::from_json(settings).map_err(|error| error::translate(&error))?;
    let feed = source::feed(documents)?;
    let Some(hooks) = hooks else {
        let ran = py.detach(|| app::run(settings, feed, None, None));
        return ran.map_err(|error| error::translate(&error));
    };
    py.import("sys")?
        .call_method1("setswitchinterval", (SWITCH_SECONDS,))?;
    // What is loaded now stays: the collector need not look at it, in the middle of a hook, again.
    py.import("gc")?.call_method0("freeze")?;
    let plugins = Arc::new(Plugins::start(py, hooks, true)?);
    let factory: Arc<dyn HookFactory> = plugins.clone();
    let extra: Arc<dyn PluginHost> = plugins.clone();
    let (ran, ended) = py.detach(|| {
        let ran = app::run(settings, feed, Some(factory), Some(extra));
        (ran, plugins.stop())
    });
    if !ended {
        // Python cannot be finalized while a thread is in it.
        log::warn(format_args!(
            "a hook does not end; the process ends without it"
        ));
        log::flush(Duration::from_secs(1));
        std::process::exit(
            ran.as_ref()
                .err()
                .map_or(0, |error| error.exit_code().into()),
        );
    }
    if let Err(error) = ran {
        return Err(error::translate(&error));
    }
    plugins.close(py)
}

#[pymodule(name = "_core")]
mod core {
    #[pymodule_export]
    use super::engine::Engine;
    #[pymodule_export]
    use super::error::CoreError;
    #[pymodule_export]
    use super::harness::Harness;
    #[pymodule_export]
    use super::source::Source;
    #[pymodule_export]
    use super::views::{Headers, Peer, Record, Request, Response, Route};
    #[pymodule_export]
    use super::{compile, run, version};
}
