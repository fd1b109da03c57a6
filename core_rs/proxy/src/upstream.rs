//! A connection to the picked endpoint: a warm one from the pool, or a new one.

use std::io;
use std::task::Poll;
use std::time::Instant;

use tokio::net::TcpStream;

use crate::balance::{Picked, balance};
use crate::pool::{InFlight, Upstream};
use crate::respond::Failure;
use crate::route::Directed;
use crate::settings::PoolSettings;
use crate::timer::Timer;
use crate::worker::Worker;

/// Picks for one request before it fails: a refused connect sent nothing, so another endpoint is
/// safe to try whatever the method.
const CONNECT_TRIES: usize = 3;

/// A connection that one request may use.
pub(crate) struct Connected {
    pub(crate) upstream: Upstream,
    pub(crate) in_flight: InFlight,
    /// It carried a request before, so the other side may have closed it meanwhile.
    pub(crate) reused: bool,
}

/// Finds a connection for `directed`. With `fresh` none from the pool is taken.
pub(crate) async fn connect(
    worker: &Worker,
    directed: &Directed,
    timer: &Timer,
    fresh: bool,
) -> Result<Connected, Failure> {
    let counters = worker.telemetry.counters();
    let mut last: Option<(model::balance::EndpointId, Failure)> = None;
    for _ in 0..CONNECT_TRIES {
        let Picked { in_flight, id } = balance(worker, directed)?;
        if !fresh && let Some(upstream) = in_flight.endpoint().take_idle() {
            counters.pool_hits.increment();
            return Ok(Connected {
                upstream,
                in_flight,
                reused: true,
            });
        }
        if last.as_ref().is_some_and(|(failed, _)| *failed == id) {
            continue;
        }
        counters.pool_misses.increment();
        match open(worker, &in_flight, timer).await {
            Ok(upstream) => {
                counters.connects.increment();
                return Ok(Connected {
                    upstream,
                    in_flight,
                    reused: false,
                });
            }
            Err(failure) => {
                counters.connect_failures.increment();
                in_flight.endpoint().failed();
                last = Some((id, failure));
            }
        }
    }
    Err(last.map_or(Failure::NoEndpoint, |(_, failure)| failure))
}

async fn open(worker: &Worker, in_flight: &InFlight, timer: &Timer) -> Result<Upstream, Failure> {
    timer.set_from_now(worker.settings.timeouts.connect);
    let connecting = TcpStream::connect(in_flight.endpoint().address);
    let mut connecting = std::pin::pin!(connecting);
    let connected: Option<io::Result<TcpStream>> = std::future::poll_fn(|context| {
        if let Poll::Ready(connected) = connecting.as_mut().poll(context) {
            return Poll::Ready(Some(connected));
        }
        timer.poll_expired(context).map(|()| None)
    })
    .await;
    worker.wheel.now();
    let stream = connected
        .ok_or(Failure::ConnectTimeout)?
        .map_err(Failure::Connect)?;
    // A small request would wait for the endpoint's delayed ACK otherwise.
    let _best_effort = stream.set_nodelay(true);
    Ok(in_flight.endpoint().opened(stream))
}

impl Connected {
    /// Notes on the endpoint that the request failed there, and passes the failure on.
    pub(crate) fn failed(&self, failure: Failure) -> Failure {
        if failure.is_upstreams() {
            self.in_flight.endpoint().failed();
        }
        failure
    }

    /// Keeps the connection for the next request to the same endpoint.
    pub(crate) fn keep(self, now: Instant, settings: &PoolSettings) {
        let Self {
            upstream,
            in_flight,
            ..
        } = self;
        in_flight.endpoint().put_idle(upstream, now, settings);
    }
}
