//! Socket bytes to a request head that is complete, valid and normalized.

use std::future::poll_fn;
use std::task::Poll;

use http1::{FieldError, RequestError};
use model::path::{Normalized, normalize};

use super::connection::Connection;
use super::exchange::Exchange;
use super::forward::client_address;
use crate::pressure::Level;
use crate::respond::Failure;
use crate::worker::Worker;

/// What came next on a connection.
pub(super) enum Next {
    /// A head that may be answered.
    Request,
    /// Something that is no request.
    Refused(Failure),
    /// The end, between requests.
    Closed,
    /// No byte, although the socket seemed to have some.
    Nothing,
}

/// Reads the next request head into `exchange`.
pub(super) async fn next(connection: &mut Connection, exchange: &mut Exchange) -> Next {
    let worker = std::rc::Rc::clone(&connection.worker);
    let limits = &worker.settings.limits;
    let mut waited = false;
    loop {
        if !exchange.request.input.is_empty() {
            match exchange
                .request_head
                .parse(exchange.request.input.data(), limits)
            {
                Ok(Some(length)) => {
                    exchange.open(&worker, length, worker.wheel.recent());
                    return match examine(exchange, &worker) {
                        Ok(()) => Next::Request,
                        Err(failure) => Next::Refused(failure),
                    };
                }
                Ok(None) if exchange.request.input.is_full() => {
                    return Next::Refused(Failure::Head(RequestError::Field(FieldError::TooLarge)));
                }
                Ok(None) => {}
                Err(error) => return Next::Refused(Failure::Head(error)),
            }
        }
        let (stream, timer) = connection.stream_and_timer();
        let read = poll_fn(|context| {
            let input = &mut exchange.request.input;
            if let Poll::Ready(read) = input.poll_fill(stream, &worker.buffers, context) {
                return Poll::Ready(read.map_or(Read::Ended, Read::from));
            }
            if input.is_empty() {
                return Poll::Ready(Read::Nothing);
            }
            if !waited {
                waited = true;
                timer.set_from_now(worker.settings.timeouts.request_head);
            }
            timer.poll_expired(context).map(|()| Read::Late)
        })
        .await;
        match read {
            Read::Nothing => return Next::Nothing,
            Read::Ended if exchange.request.input.is_empty() => return Next::Closed,
            Read::Ended => return Next::Refused(Failure::ClientLeft),
            Read::Late => return Next::Refused(Failure::HeadTimeout),
            Read::Bytes if waited => {
                worker.wheel.now();
            }
            Read::Bytes => {}
        }
    }
}

/// What a read of the client's socket gave.
enum Read {
    Bytes,
    Nothing,
    Ended,
    Late,
}

impl From<usize> for Read {
    fn from(count: usize) -> Self {
        if count == 0 { Self::Ended } else { Self::Bytes }
    }
}

/// What must hold of a head before anything is decided by it.
fn examine(exchange: &mut Exchange, worker: &Worker) -> Result<(), Failure> {
    let settings = &worker.settings;
    let bytes = exchange.request.input.pinned();
    let received = exchange.request_head.target(bytes);
    let path_len = received.find('?').unwrap_or(received.len());
    if worker.pressure.level() >= Level::Refuse {
        return Err(Failure::Overloaded);
    }
    let target = &mut exchange.target;
    target.path_len = path_len;
    // `OPTIONS *` asks about the server, not about a path.
    if received != "*" {
        let (path, query) = received.split_at(path_len);
        // The mesh's word on paths and its policies are of one snapshot.
        let snapshot = exchange.snapshot.insert(worker.snapshot.load_full());
        let normalization = snapshot.mesh().path_normalization;
        let normalization = normalization.unwrap_or(settings.normalization);
        match normalize(path, normalization, &mut target.scratch) {
            Ok(Normalized::AsIs) => {}
            Ok(Normalized::InScratch) => {
                target.rewritten = true;
                target.path_len = target.scratch.len();
                target.scratch.push_str(query);
            }
            Err(error) => return Err(Failure::Path(error)),
        }
    }
    let client = client_address(
        &exchange.headers(),
        exchange.ends.peer.ip(),
        settings.trusted_hops,
    );
    exchange.client = client;
    if let (http1::BodyLength::Length(length), Some(limit)) =
        (exchange.request_head.body(), settings.body_bytes)
        && length > limit
    {
        return Err(Failure::BodyTooLarge);
    }
    Ok(())
}
