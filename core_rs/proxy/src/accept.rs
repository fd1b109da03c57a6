//! Sockets in: accepts connections within the process's limit and counts those that live.

use std::cell::Cell;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use crate::drain::{Stage, Watch};
use crate::h1;
use crate::pressure::Level;
use crate::telemetry::Family;
use crate::worker::Worker;

/// Shortest and longest pause after `accept` failed for want of descriptors or memory.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(5), Duration::from_secs(1));

/// How often the pressure is looked at while nothing is accepted.
const RELIEF: Duration = Duration::from_millis(50);

/// Client connections of the whole process: a relaxed count, exact to within the number of
/// workers.
pub struct Permits {
    used: AtomicUsize,
    limit: usize,
}

impl Permits {
    /// At most `limit` at a time.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            used: AtomicUsize::new(0),
            limit,
        }
    }

    fn acquire(self: &Arc<Self>) -> Option<Permit> {
        if self.used.fetch_add(1, Ordering::Relaxed) < self.limit {
            return Some(Permit(Arc::clone(self)));
        }
        self.used.fetch_sub(1, Ordering::Relaxed);
        None
    }
}

/// One client connection within the limit.
struct Permit(Arc<Permits>);

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.used.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Counts a worker's live connections, so that a drain knows when the last has gone.
#[derive(Clone, Default)]
pub(crate) struct Connections(Rc<Live>);

#[derive(Default)]
struct Live {
    count: Cell<usize>,
    empty: Notify,
    first: Notify,
}

impl Connections {
    fn enter(&self) -> Connection {
        self.0.count.set(self.0.count.get() + 1);
        if self.0.count.get() == 1 {
            self.0.first.notify_one();
        }
        Connection(Rc::clone(&self.0))
    }

    /// Whether none lives.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.count.get() == 0
    }

    /// Waits for the first connection after there was none.
    pub(crate) async fn first(&self) {
        self.0.first.notified().await;
    }

    /// Waits until no connection lives.
    pub(crate) async fn none_left(&self) {
        while !self.is_empty() {
            self.0.empty.notified().await;
        }
    }
}

struct Connection(Rc<Live>);

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.count.set(self.0.count.get() - 1);
        if self.0.count.get() == 0 {
            self.0.empty.notify_one();
        }
    }
}

/// What requests that arrive at a listener are to the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entrance {
    /// Those of a client in the mesh: their authority says where they go.
    Mesh,
    /// They come in at this port of the gateways that the proxy serves.
    Gateway(u16),
}

/// The two addresses of a client connection, and where it came in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ends {
    /// The client's.
    pub(crate) peer: SocketAddr,
    /// The proxy's that the client connected to; for the access log.
    pub(crate) local: Option<SocketAddr>,
    pub(crate) entrance: Entrance,
}

/// A client connection that may be served; only this module makes one.
pub(crate) struct Accepted {
    pub(crate) stream: TcpStream,
    pub(crate) ends: Ends,
    _permit: Permit,
    _connection: Connection,
}

/// Accepts until the drain begins, then takes what still waits in the queue and stops listening.
pub(crate) async fn run(
    worker: Rc<Worker>,
    (entrance, listener): (Entrance, TcpListener),
    permits: Arc<Permits>,
    connections: Connections,
    mut drain: Watch,
) {
    let mut pause = BACK_OFF.0;
    loop {
        while worker.pressure.level() >= Level::Refuse && drain.stage() == Stage::Serving {
            tokio::time::sleep(RELIEF).await;
        }
        let accepted = tokio::select! {
            biased;
            accepted = listener.accept() => accepted,
            () = drain.reached(Stage::Draining) => break,
        };
        match accepted {
            Ok(socket) => {
                pause = BACK_OFF.0;
                admit(&worker, entrance, socket, &permits, &connections);
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(_) => {
                worker.telemetry.count(Family::Events, "accept_failed");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(BACK_OFF.1);
            }
        }
    }
    if let Ok(listener) = listener.into_std() {
        // Non-blocking: ends with `WouldBlock` when the queue is empty.
        while let Ok((stream, peer)) = listener.accept() {
            let stream = stream
                .set_nonblocking(true)
                .and_then(|()| TcpStream::from_std(stream));
            if let Ok(stream) = stream {
                admit(&worker, entrance, (stream, peer), &permits, &connections);
            }
        }
    }
}

fn admit(
    worker: &Rc<Worker>,
    entrance: Entrance,
    (stream, peer): (TcpStream, SocketAddr),
    permits: &Arc<Permits>,
    connections: &Connections,
) {
    let Some(permit) = permits.acquire() else {
        worker.telemetry.count(Family::Limits, "connections");
        return;
    };
    // Without it a small response would wait for the client's delayed ACK; it cannot fail on TCP.
    let _best_effort = stream.set_nodelay(true);
    let canonical =
        |address: SocketAddr| SocketAddr::new(address.ip().to_canonical(), address.port());
    let ends = Ends {
        peer: canonical(peer),
        local: stream.local_addr().ok().map(canonical),
        entrance,
    };
    let accepted = Accepted {
        stream,
        ends,
        _permit: permit,
        _connection: connections.enter(),
    };
    tokio::task::spawn_local(h1::serve(Rc::clone(worker), accepted));
}

/// Errors that concern a connection that died in the queue, not the listener.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}
