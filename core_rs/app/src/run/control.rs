//! The control thread's loop: what it hears, and what it does about it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use proxy::drain::Stage;
use proxy::telemetry::access_log::WriterThread;
use proxy::telemetry::audit::AuditThread;
use proxy::telemetry::log;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::signals::{Signals, Told};
use super::workers::{Change, Workers};
use crate::admin::State;
use crate::error::Error;

/// For a worker to end once everything it did was cut; only one that hangs takes that long.
const CUT: Duration = Duration::from_secs(5);

/// The threads that write logs.
#[derive(Default)]
pub(super) struct Logs {
    pub(super) access: Option<WriterThread>,
    pub(super) audit: Option<AuditThread>,
}

impl Logs {
    /// Writes what is left, or gives up after `patience` for each.
    pub(super) fn stop(self, patience: Duration) {
        if let Some(thread) = self.access {
            thread.stop(patience);
        }
        if let Some(thread) = self.audit {
            thread.stop(patience);
        }
    }
}

/// Sees a proxy through from its start to its end.
pub(super) struct Control {
    workers: Workers,
    signals: Signals,
    state: Arc<State>,
    logs: Logs,
    /// When the present stage of the drain is over.
    deadline: Option<Instant>,
    failure: Option<Error>,
}

impl Control {
    pub(super) fn new(workers: Workers, signals: Signals, state: Arc<State>, logs: Logs) -> Self {
        Self {
            workers,
            signals,
            state,
            logs,
            deadline: None,
            failure: None,
        }
    }

    /// The logs' threads, to be stopped once no worker is left.
    pub(super) fn into_logs(self) -> Logs {
        self.logs
    }

    /// What a request to stop is told by.
    pub(super) fn stop(&self) -> Arc<Notify> {
        Arc::clone(&self.state.stop)
    }

    /// Runs until every worker has ended; says `line` once all of them serve.
    pub(super) async fn run(&mut self, line: &str) -> Result<(), Error> {
        let state = Arc::clone(&self.state);
        while self.workers.any() {
            let deadline = self.deadline;
            tokio::select! {
                change = self.workers.next() => match change {
                    Change::AllStarted => {
                        state.serving.store(true, Ordering::Relaxed);
                        log::announce(line);
                    }
                    Change::Ended(result) => self.worker_ended(result),
                },
                told = self.signals.next() => match told {
                    Told::Stop => self.advance(),
                    Told::Reopen => self.reopen(),
                },
                () = state.stop.notified() => self.advance(),
                () = at(deadline) => {
                    if state.drain.stage() == Stage::Ended {
                        let index = self.workers.first().unwrap_or_default();
                        let reason = "does not end; a plugin may hang in it".into();
                        return Err(Error::Worker { index, reason });
                    }
                    self.cut();
                }
            }
        }
        self.failure.take().map_or(Ok(()), Err)
    }

    /// The next stage: from serving to draining, from draining to the end.
    fn advance(&mut self) {
        match self.state.drain.stage() {
            Stage::Serving => {
                let patience = self.state.settings.proxy.timeouts.drain;
                log::debug(format_args!(
                    "draining {} connections, for at most {} s",
                    self.state.metrics.connections_active(),
                    patience.as_secs()
                ));
                self.deadline = Some(Instant::now() + patience);
                self.state.drain.advance(Stage::Draining);
            }
            Stage::Draining => self.cut(),
            Stage::Ended => {}
        }
    }

    fn cut(&mut self) {
        let left = self.state.metrics.connections_active();
        if left > 0 {
            log::warn(format_args!(
                "{left} connections had not ended and were cut"
            ));
        }
        self.deadline = Some(Instant::now() + CUT);
        self.state.drain.advance(Stage::Ended);
    }

    /// A worker that ends while the others serve takes its share of the connections with it: the
    /// process drains and ends with an error, for its supervisor to start it again.
    fn worker_ended(&mut self, result: Result<(), Error>) {
        let failure = match result {
            Ok(()) if self.state.drain.stage() != Stage::Serving => return,
            Ok(()) => Error::Worker {
                index: 0,
                reason: "ended by itself".into(),
            },
            Err(error) => error,
        };
        log::error(format_args!("{failure}"));
        self.failure.get_or_insert(failure);
        if self.state.drain.stage() == Stage::Serving {
            self.advance();
        }
    }

    fn reopen(&self) {
        if let Some(log) = &self.logs.access {
            log.reopen();
        }
    }
}

/// Waits until `deadline`, for ever without one.
async fn at(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
