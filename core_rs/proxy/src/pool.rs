//! What a worker knows of each endpoint: requests under way and idle connections, newest first.

use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use model::balance::{Endpoint, EndpointId};
use rustc_hash::FxHashMap;
use tokio::net::TcpStream;

use crate::settings::PoolSettings;
use crate::telemetry::{EndpointCounters, Telemetry};

/// An open connection to an endpoint; counted as long as it lives.
pub(crate) struct Upstream {
    /// The socket.
    pub(crate) stream: TcpStream,
    counters: Arc<EndpointCounters>,
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.counters.open.decrement();
    }
}

struct Idle {
    upstream: Upstream,
    since: Instant,
}

/// One endpoint as this worker sees it. Survives config swaps: it is keyed by the endpoint's
/// identity, not by its place in a snapshot.
pub(crate) struct EndpointState {
    /// Where it is.
    pub(crate) address: SocketAddr,
    counters: Arc<EndpointCounters>,
    idle: RefCell<Vec<Idle>>,
}

impl EndpointState {
    /// Takes the connection used last: it is the least likely to have been closed meanwhile.
    pub(crate) fn take_idle(&self) -> Option<Upstream> {
        let mut idle = self.idle.borrow_mut();
        while let Some(Idle { upstream, .. }) = idle.pop() {
            self.counters.idle.set(idle.len() as u64);
            if is_warm(&upstream.stream) {
                return Some(upstream);
            }
        }
        None
    }

    /// Keeps a connection whose exchange ended cleanly.
    pub(crate) fn put_idle(&self, upstream: Upstream, now: Instant, settings: &PoolSettings) {
        let mut idle = self.idle.borrow_mut();
        if idle.len() < settings.idle_per_endpoint {
            idle.push(Idle {
                upstream,
                since: now,
            });
            self.counters.idle.set(idle.len() as u64);
        }
    }

    /// Counts a connection that was just opened.
    #[must_use]
    pub(crate) fn opened(&self, stream: TcpStream) -> Upstream {
        self.counters.open.increment();
        Upstream {
            stream,
            counters: Arc::clone(&self.counters),
        }
    }

    /// Notes that a request failed here.
    pub(crate) fn failed(&self) {
        self.counters.failures.increment();
    }

    fn close_idle(&self, keep: impl Fn(&Idle) -> bool) {
        let mut idle = self.idle.borrow_mut();
        idle.retain(keep);
        self.counters.idle.set(idle.len() as u64);
    }
}

/// Whether an idle connection is still open and silent. Costs no system call unless the driver
/// saw an event on the socket: a FIN, a RST, or bytes that answer no request.
fn is_warm(stream: &TcpStream) -> bool {
    matches!(stream.try_read(&mut [0; 1]), Err(error) if error.kind() == io::ErrorKind::WouldBlock)
}

/// A request under way at an endpoint; counted as long as it lives.
pub(crate) struct InFlight(Rc<EndpointState>);

impl InFlight {
    /// The endpoint.
    #[must_use]
    pub(crate) fn endpoint(&self) -> &EndpointState {
        &self.0
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.counters.active.decrement();
    }
}

/// The endpoints of one worker.
#[derive(Default)]
pub(crate) struct Endpoints {
    states: RefCell<FxHashMap<EndpointId, Rc<EndpointState>>>,
}

impl Endpoints {
    /// Requests under way at `id`.
    #[must_use]
    pub(crate) fn active(&self, id: EndpointId) -> u32 {
        let states = self.states.borrow();
        states
            .get(&id)
            .map_or(0, |state| state.counters.active.get() as u32)
    }

    /// Counts a request at `endpoint` of the cluster named `cluster` until the guard is dropped.
    #[must_use]
    pub(crate) fn enter(
        &self,
        endpoint: &Endpoint,
        cluster: &Arc<str>,
        telemetry: &Telemetry,
    ) -> InFlight {
        let mut states = self.states.borrow_mut();
        let state = states.entry(endpoint.id).or_insert_with(|| {
            Rc::new(EndpointState {
                address: endpoint.address,
                counters: telemetry.endpoint(cluster, endpoint.address),
                idle: RefCell::default(),
            })
        });
        state.counters.active.increment();
        state.counters.requests.increment();
        InFlight(Rc::clone(state))
    }

    /// Closes connections that idled too long or died, and forgets endpoints that are gone from
    /// the configuration (`known` says so) once nothing uses them.
    pub(crate) fn sweep(
        &self,
        now: Instant,
        settings: &PoolSettings,
        known: impl Fn(EndpointId) -> bool,
    ) {
        self.states.borrow_mut().retain(|id, state| {
            let known = known(*id);
            state.close_idle(|idle| {
                known
                    && now.saturating_duration_since(idle.since) < settings.idle
                    && is_warm(&idle.upstream.stream)
            });
            known || Rc::strong_count(state) > 1
        });
    }
}
