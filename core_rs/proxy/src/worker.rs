//! One worker: a thread with everything its requests touch. Nothing here is shared with another
//! worker but the snapshot, the connection count and the drain.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use model::balance::{BalancerState, EndpointId};
use model::snapshot::Snapshot;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::accept::{self, Ends, Entrance, Permits};
use crate::buffer::BufferPool;
use crate::drain::{Stage, Watch};
use crate::h1::Exchange;
use crate::hooks::{HookFactory, Hooks};
use crate::pool::Endpoints;
use crate::pressure::Pressure;
use crate::random::Random;
use crate::settings::Settings;
use crate::telemetry::Telemetry;
use crate::timer::Wheel;

/// Exchanges a worker keeps for reuse; a burst beyond that gives its memory back.
const KEPT_EXCHANGES: usize = 64;
/// How often telemetry is handed over.
const FLUSH: Duration = Duration::from_millis(100);
/// How often idle upstream connections are looked at.
const SWEEP: Duration = Duration::from_secs(1);

/// What a worker starts with.
pub struct Config {
    /// Counts from 0.
    pub index: usize,
    /// Bound, listening, non-blocking sockets of this worker's own.
    pub listeners: Vec<(Entrance, std::net::TcpListener)>,
    /// The same for all workers.
    pub settings: Settings,
    /// The configuration in force.
    pub snapshot: Arc<ArcSwap<Snapshot>>,
    /// Client connections of the whole process.
    pub permits: Arc<Permits>,
    /// How short of memory the process is.
    pub pressure: Arc<Pressure>,
    /// Hears of the drain.
    pub drain: Watch,
    /// Makes this worker's hooks.
    pub hooks: Option<Arc<dyn HookFactory>>,
    /// Makes this worker's telemetry, on its thread.
    pub telemetry: Box<dyn FnOnce() -> Telemetry + Send>,
}

/// State of one worker.
pub struct Worker {
    pub(crate) settings: Settings,
    pub(crate) snapshot: Arc<ArcSwap<Snapshot>>,
    pub(crate) pressure: Arc<Pressure>,
    pub(crate) buffers: BufferPool,
    pub(crate) endpoints: Endpoints,
    pub(crate) balancers: RefCell<FxHashMap<Arc<str>, BalancerState>>,
    pub(crate) random: Random,
    pub(crate) wheel: Rc<Wheel>,
    pub(crate) telemetry: Telemetry,
    pub(crate) hooks: Option<Rc<dyn Hooks>>,
    #[expect(
        clippy::vec_box,
        reason = "lent and given back by pointer; moving one copies 2 KB"
    )]
    exchanges: RefCell<Vec<Box<Exchange>>>,
    draining: Cell<bool>,
}

impl Worker {
    /// Whether connections are to end after their request.
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.get()
    }

    pub(crate) fn lend_exchange(&self, ends: Ends, now: Instant) -> Box<Exchange> {
        let free = self.exchanges.borrow_mut().pop();
        if let Some(mut exchange) = free {
            exchange.reset(ends, now);
            return exchange;
        }
        Box::new(Exchange::new(ends, now))
    }

    pub(crate) fn give_back(&self, mut exchange: Box<Exchange>) {
        exchange.release(&self.buffers);
        let mut free = self.exchanges.borrow_mut();
        if free.len() < KEPT_EXCHANGES {
            free.push(exchange);
        }
    }

    fn sweep(&self, now: Instant) {
        let snapshot = self.snapshot.load();
        let known: FxHashSet<EndpointId> = snapshot
            .clusters()
            .flat_map(|cluster| cluster.endpoints.list().iter().map(|endpoint| endpoint.id))
            .collect();
        self.endpoints
            .sweep(now, &self.settings.pool, |id| known.contains(&id));
        self.balancers
            .borrow_mut()
            .retain(|name, _| snapshot.cluster_by_name(name).is_some());
    }

    /// Hands telemetry over and closes what idled too long, less often while no client is there.
    async fn keep_house(self: Rc<Self>, connections: accept::Connections) {
        let mut swept = Instant::now();
        loop {
            if connections.is_empty() {
                // An idle process sleeps.
                tokio::select! {
                    () = tokio::time::sleep(SWEEP) => {}
                    () = connections.first() => continue,
                }
            } else {
                tokio::time::sleep(FLUSH).await;
            }
            self.telemetry.flush();
            if let Some(hooks) = &self.hooks {
                hooks.flush();
            }
            let now = Instant::now();
            if now.saturating_duration_since(swept) >= SWEEP {
                swept = now;
                self.sweep(now);
            }
        }
    }
}

/// Runs a worker on the calling thread until the drain has ended.
///
/// # Errors
/// When the runtime cannot be made or a listener cannot be registered with it.
pub fn run(config: Config) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build_local(tokio::runtime::LocalOptions::default())?;
    runtime.block_on(serve(config))
}

async fn serve(config: Config) -> io::Result<()> {
    let Config {
        index,
        listeners,
        settings,
        snapshot,
        permits,
        pressure,
        mut drain,
        hooks,
        telemetry,
    } = config;
    let worker = Rc::new(Worker {
        buffers: BufferPool::new(settings.limits.head_bytes),
        settings,
        snapshot,
        pressure,
        endpoints: Endpoints::default(),
        balancers: RefCell::default(),
        random: Random::from_system(),
        wheel: Wheel::new(Instant::now()),
        telemetry: telemetry(),
        hooks: hooks.map(|factory| factory.make(index)),
        exchanges: RefCell::default(),
        draining: Cell::new(false),
    });
    let connections = accept::Connections::default();
    tokio::task::spawn_local(Rc::clone(&worker.wheel).run());
    tokio::task::spawn_local(Rc::clone(&worker).keep_house(connections.clone()));
    let mut accepting = Vec::new();
    for (entrance, listener) in listeners {
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        accepting.push(tokio::task::spawn_local(accept::run(
            Rc::clone(&worker),
            (entrance, listener),
            Arc::clone(&permits),
            connections.clone(),
            drain.clone(),
        )));
    }
    drain.reached(Stage::Draining).await;
    worker.draining.set(true);
    for task in accepting {
        // A listener that ended by itself has nothing left to hand over.
        let _ended = task.await;
    }
    worker.wheel.wake_all();
    tokio::select! {
        () = connections.none_left() => {}
        () = drain.reached(Stage::Ended) => {}
    }
    worker.telemetry.flush();
    if let Some(hooks) = &worker.hooks {
        hooks.flush();
    }
    Ok(())
}
