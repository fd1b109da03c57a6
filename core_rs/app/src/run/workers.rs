//! The threads that move traffic.

use std::any::Any;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use arc_swap::ArcSwap;
use model::snapshot::Snapshot;
use proxy::accept::Permits;
use proxy::drain::{Drain, Stage};
use proxy::hooks::{HookFactory, Hooks};
use proxy::pressure::Pressure;
use proxy::telemetry::{AccessLogWriter, AuditWriter, MetricsRegistry, Telemetry};
use proxy::worker;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::error::Error;
use crate::listen::Listeners;

/// Plugins may recurse on a worker's stack. It is address space, not memory, until it is used.
const STACK_BYTES: usize = 8 * 1_024 * 1_024;

/// What every worker starts with.
pub(super) struct Plan {
    pub(super) settings: proxy::settings::Settings,
    pub(super) snapshot: Arc<ArcSwap<Snapshot>>,
    pub(super) permits: Arc<Permits>,
    pub(super) pressure: Arc<Pressure>,
    pub(super) hooks: Option<Arc<dyn HookFactory>>,
    pub(super) metrics: Arc<MetricsRegistry>,
    pub(super) access_log: Option<AccessLogWriter>,
    pub(super) audit_log: Option<AuditWriter>,
}

/// What a worker's thread says of itself.
enum News {
    Started,
    Ended { worker: usize },
}

/// Says that the thread ends, however it does.
struct Farewell {
    worker: usize,
    news: UnboundedSender<News>,
}

impl Drop for Farewell {
    fn drop(&mut self) {
        // nobody listens any more if the process is about to end
        let _unheard = self.news.send(News::Ended {
            worker: self.worker,
        });
    }
}

/// The workers of a proxy.
pub(super) struct Workers {
    threads: Vec<Option<JoinHandle<std::io::Result<()>>>>,
    news: UnboundedReceiver<News>,
    started: usize,
}

/// What became of the workers.
#[derive(Debug)]
pub(super) enum Change {
    /// All of them serve.
    AllStarted,
    /// One of them has ended, well or not.
    Ended(Result<(), Error>),
}

impl Workers {
    /// Starts `count` workers. If one cannot be started, those before it are ended.
    pub(super) fn start(
        plan: &Plan,
        count: usize,
        mut listeners: Vec<Listeners>,
        drain: &Drain,
    ) -> Result<Self, Error> {
        let (sender, news) = unbounded_channel();
        let mut workers = Self {
            threads: Vec::new(),
            news,
            started: 0,
        };
        for index in 0..count {
            let config = worker::Config {
                index,
                listeners: listeners
                    .iter_mut()
                    .filter_map(|it| Some((it.entrance, it.sockets.pop()?)))
                    .collect(),
                settings: plan.settings.clone(),
                snapshot: Arc::clone(&plan.snapshot),
                permits: Arc::clone(&plan.permits),
                pressure: Arc::clone(&plan.pressure),
                drain: drain.watch(),
                hooks: plan.hooks.clone().map(|factory| {
                    let news = sender.clone();
                    Arc::new(Heralded { factory, news }) as Arc<dyn HookFactory>
                }),
                telemetry: telemetry(plan, index, sender.clone()),
            };
            let farewell = Farewell {
                worker: index,
                news: sender.clone(),
            };
            let thread = thread::Builder::new()
                .name(format!("pymesh-worker-{index}"))
                .stack_size(STACK_BYTES)
                .spawn(move || {
                    let _farewell = farewell;
                    worker::run(config)
                });
            match thread {
                Ok(thread) => workers.threads.push(Some(thread)),
                Err(source) => {
                    drain.advance(Stage::Ended);
                    for thread in workers.threads.into_iter().flatten() {
                        // the error that is reported is the first one
                        let _ended = thread.join();
                    }
                    return Err(Error::System {
                        what: "start a worker",
                        source,
                    });
                }
            }
        }
        Ok(workers)
    }

    /// Whether any still runs.
    pub(super) fn any(&self) -> bool {
        self.threads.iter().any(Option::is_some)
    }

    /// The first worker that still runs.
    pub(super) fn first(&self) -> Option<usize> {
        self.threads.iter().position(Option::is_some)
    }

    /// Waits for the next change. Cancelling it loses none.
    pub(super) async fn next(&mut self) -> Change {
        loop {
            match self.news.recv().await {
                Some(News::Started) => {
                    self.started += 1;
                    if self.started == self.threads.len() {
                        return Change::AllStarted;
                    }
                }
                Some(News::Ended { worker }) => return Change::Ended(self.join(worker)),
                // every worker has said its farewell
                None => std::future::pending().await,
            }
        }
    }

    /// Joins a thread that has said it ends.
    fn join(&mut self, worker: usize) -> Result<(), Error> {
        let Some(thread) = self.threads.get_mut(worker).and_then(Option::take) else {
            return Ok(());
        };
        let failed = |reason| {
            Err(Error::Worker {
                index: worker,
                reason,
            })
        };
        match thread.join() {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => failed(error.to_string()),
            Err(panic) => failed(format!("panicked: {}", message(&*panic))),
        }
    }
}

/// Says that a worker has started once its hooks are there, the last thing that can fail.
struct Heralded {
    factory: Arc<dyn HookFactory>,
    news: UnboundedSender<News>,
}

impl HookFactory for Heralded {
    fn make(&self, worker: usize) -> Rc<dyn Hooks> {
        let hooks = self.factory.make(worker);
        let _unheard = self.news.send(News::Started);
        hooks
    }
}

/// Makes a worker's telemetry on its thread. Where there are no hooks, that is the start.
fn telemetry(
    plan: &Plan,
    worker: usize,
    news: UnboundedSender<News>,
) -> Box<dyn FnOnce() -> Telemetry + Send> {
    let (metrics, access_log) = (Arc::clone(&plan.metrics), plan.access_log.clone());
    let audit_log = plan.audit_log.clone();
    let started = plan.hooks.is_none();
    Box::new(move || {
        if started {
            let _unheard = news.send(News::Started);
        }
        let telemetry = Telemetry::new(&metrics, worker, access_log);
        match audit_log {
            Some(writer) => telemetry.with_audit(writer),
            None => telemetry,
        }
    })
}

fn message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}
