//! A client connection between requests: waits, ages, ends politely.

use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Poll, ready};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::accept::{Accepted, Ends};
use crate::pressure::Level;
use crate::telemetry::Family;
use crate::timer::Timer;
use crate::worker::Worker;

/// During a drain, how long a kept-alive connection may still send a request before it is closed:
/// closing at once would race with a request that is already on its way.
const DRAIN_GRACE: Duration = Duration::from_secs(1);
/// After the last answer, how long and how many bytes a client may go on sending before the
/// connection is cut: closing with unread bytes would reset it and could destroy the answer.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 1024 * 1024;

/// What becomes of the connection after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Persistence {
    /// The next request may come.
    KeepAlive,
    /// It ends.
    Close,
}

/// One client connection.
pub(crate) struct Connection {
    pub(crate) worker: Rc<Worker>,
    pub(crate) timer: Timer,
    accepted: Accepted,
    /// When it is too old to be kept after a request.
    old_at: Instant,
}

impl Connection {
    pub(super) fn new(worker: Rc<Worker>, accepted: Accepted) -> Self {
        worker.telemetry.connection_opened();
        let age = worker.settings.timeouts.connection_age;
        // ± 10 %, so that connections opened together do not end together.
        let spread = (worker.random.next() % 201) as u32;
        let age = age / 1_000 * (900 + spread);
        let old_at = worker.wheel.now() + age;
        let timer = worker.wheel.timer();
        Self {
            worker,
            timer,
            accepted,
            old_at,
        }
    }

    /// The socket and the clock at once.
    pub(crate) fn stream_and_timer(&mut self) -> (&mut TcpStream, &Timer) {
        (&mut self.accepted.stream, &self.timer)
    }

    /// The addresses of both ends.
    pub(crate) fn ends(&self) -> Ends {
        self.accepted.ends
    }

    /// Whether the connection may carry another request, as far as the proxy is concerned.
    pub(crate) fn may_persist(&self) -> bool {
        !self.worker.is_draining()
            && self.worker.pressure.level() < Level::NoKeepAlive
            && self.worker.wheel.recent() < self.old_at
    }

    fn idle_patience(&self) -> Duration {
        let idle = self.worker.settings.timeouts.idle;
        if self.worker.pressure.level() >= Level::ShortIdle {
            idle / 8
        } else {
            idle
        }
    }

    /// Waits, holding no buffer, until the client sends something. False: it is time to close.
    pub(super) async fn wait_for_bytes(&mut self) -> bool {
        let mut draining = self.worker.is_draining();
        let patience = if draining {
            DRAIN_GRACE
        } else {
            self.idle_patience()
        };
        self.timer.set(patience);
        poll_fn(|context| {
            if let Poll::Ready(readable) = self.accepted.stream.poll_read_ready(context) {
                return Poll::Ready(readable.is_ok());
            }
            if !draining && self.worker.is_draining() {
                draining = true;
                self.timer.set_from_now(DRAIN_GRACE);
            }
            self.timer.poll_expired(context).map(|()| false)
        })
        .await
    }

    /// Ends the connection. Where the client may still be sending (`unread`), its bytes are read
    /// and dropped for a while after the end was announced (RFC 9112 section 9.6).
    pub(super) async fn close(&mut self, unread: bool) {
        let stream = &mut self.accepted.stream;
        let announced = poll_fn(|context| Pin::new(&mut *stream).poll_shutdown(context)).await;
        if announced.is_err() || !unread {
            return;
        }
        self.timer.set_from_now(LINGER);
        let mut left = LINGER_BYTES;
        let mut waste = [0_u8; 4 * 1024];
        poll_fn(|context| {
            loop {
                if self.timer.poll_expired(context).is_ready() {
                    return Poll::Ready(());
                }
                let mut room = ReadBuf::new(&mut waste);
                let read = ready!(Pin::new(&mut *stream).poll_read(context, &mut room));
                let count = room.filled().len();
                left = left.saturating_sub(count);
                if read.is_err() || count == 0 || left == 0 {
                    return Poll::Ready(());
                }
            }
        })
        .await;
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.worker.telemetry.connection_closed();
        // The runtime contains a panic in its task: this connection is lost and nothing else.
        if std::thread::panicking() {
            self.worker.telemetry.count(Family::Events, "panic");
        }
    }
}
