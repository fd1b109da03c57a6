//! All that one request needs while it is under way, lent from a per-worker pool: in steady state
//! a request allocates nothing, and an idle connection holds nothing of this.

use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use http1::{Edits, RequestHead, ResponseHead};
use model::request::{Peer, RequestView, authority_port};
use model::snapshot::Snapshot;

use super::half::Half;
use super::view::RequestHeaders;
use crate::accept::{Ends, Entrance};
use crate::buffer::BufferPool;
use crate::telemetry::{Flags, Record};
use crate::worker::Worker;

/// The request target after normalization.
#[derive(Default)]
pub(super) struct Target {
    /// Holds the target (path and query) where the path had to be rewritten.
    pub(super) scratch: String,
    /// Whether `scratch` is in use, or the target is as it was received.
    pub(super) rewritten: bool,
    /// Length of the path within the target.
    pub(super) path_len: usize,
}

impl Target {
    /// Path and query as matched and as forwarded.
    pub(super) fn text<'a>(&'a self, head: &'a RequestHead, bytes: &'a [u8]) -> &'a str {
        if self.rewritten {
            &self.scratch
        } else {
            head.target(bytes)
        }
    }
}

/// State of one request and its response.
pub(crate) struct Exchange {
    pub(super) request: Half,
    pub(super) response: Half,
    pub(super) request_head: RequestHead,
    pub(super) response_head: ResponseHead,
    pub(super) request_edits: Edits,
    pub(super) response_edits: Edits,
    pub(super) target: Target,
    pub(super) ends: Ends,
    pub(super) client: IpAddr,
    /// What the request is decided by, from its head on until it is routed.
    pub(super) snapshot: Option<Arc<Snapshot>>,
    /// Reused to join field values.
    pub(super) joined: Vec<u8>,
    pub(super) record: Record,
    /// When the last try of the request began.
    pub(super) sent_at: Instant,
    /// Stands in for a head that could not be parsed.
    unparsed: RequestHead,
    /// Length of the parsed head; 0 before there is one.
    head_len: usize,
    /// Who is told of this request when it ends; set from its start to its report.
    reporter: Option<Rc<Worker>>,
}

impl Exchange {
    /// Empty, for a connection between `ends`.
    #[must_use]
    pub(crate) fn new(ends: Ends, now: Instant) -> Self {
        Self {
            request: Half::new(),
            response: Half::new(),
            request_head: RequestHead::new(),
            response_head: ResponseHead::new(),
            request_edits: Edits::new(),
            response_edits: Edits::new(),
            target: Target::default(),
            ends,
            client: ends.peer.ip(),
            snapshot: None,
            joined: Vec::new(),
            record: Record {
                local_address: ends.local,
                ..Record::new(now)
            },
            sent_at: now,
            unparsed: RequestHead::new(),
            head_len: 0,
            reporter: None,
        }
    }

    /// Forgets the last request; bytes the client sent early stay.
    pub(crate) fn reset(&mut self, ends: Ends, now: Instant) {
        self.request.input.unpin();
        self.request.reset();
        self.response.reset();
        // What an upstream sent beyond its response answers nobody.
        self.response.input.clear();
        self.request_edits.clear();
        self.response_edits.clear();
        self.target.rewritten = false;
        self.target.path_len = 0;
        self.ends = ends;
        self.client = ends.peer.ip();
        self.snapshot = None;
        self.record.reset(now);
        self.record.local_address = ends.local;
        self.head_len = 0;
    }

    /// A head of `length` bytes was parsed at the front of the input.
    pub(super) fn open(&mut self, worker: &Rc<Worker>, length: usize, now: Instant) {
        self.request.input.pin(length);
        self.head_len = length;
        self.record.start = now;
        self.record.version = self.request_head.version();
        let allowance = worker.settings.body_bytes.unwrap_or(u64::MAX);
        self.request
            .expect_body(self.request_head.body(), allowance);
        self.open_if_closed(worker);
    }

    /// From here on the request is counted, whatever becomes of it.
    pub(super) fn open_if_closed(&mut self, worker: &Rc<Worker>) {
        if self.reporter.is_none() {
            worker.telemetry.counters().requests_active.increment();
            self.reporter = Some(Rc::clone(worker));
        }
    }

    /// Tells telemetry of the request, once.
    pub(super) fn report(&mut self) {
        let Some(worker) = self.reporter.take() else {
            return;
        };
        self.record.duration = worker
            .wheel
            .now()
            .saturating_duration_since(self.record.start);
        self.record.request_bytes = self.head_len as u64 + self.request.payload_bytes;
        self.record.response_bytes = self.response.sent_bytes;
        worker.telemetry.counters().requests_active.decrement();
        let headers = self.headers();
        let view = self.view(&headers);
        worker.telemetry.report(&view, &self.record);
        if let Some(hooks) = worker
            .hooks
            .as_ref()
            .filter(|hooks| hooks.phases().telemetry)
        {
            hooks.record(&view, &self.record);
        }
    }

    /// Whether the client may still be sending what nobody will read: the rest of this request, or
    /// a next one that it had every reason to send.
    pub(super) fn has_unread(&self) -> bool {
        if self.head_len == 0 {
            return self.has_early_bytes();
        }
        self.request_head.keep_alive() || !self.request.is_received() || self.has_early_bytes()
    }

    /// Whether bytes of a next request are already here.
    pub(super) fn has_early_bytes(&self) -> bool {
        !self.request.input.is_empty()
    }

    /// The parsed head, or an empty one.
    pub(super) fn head(&self) -> &RequestHead {
        if self.head_len == 0 {
            &self.unparsed
        } else {
            &self.request_head
        }
    }

    /// Gives buffers back before the exchange waits in its pool.
    pub(crate) fn release(&mut self, pool: &BufferPool) {
        for half in [&mut self.request, &mut self.response] {
            half.reset();
            half.input.release(pool);
            half.shrink();
        }
    }

    /// The received head's bytes.
    pub(super) fn head_bytes(&self) -> &[u8] {
        self.request.input.pinned()
    }

    /// The headers that matchers, hooks and logs may see.
    pub(super) fn headers(&self) -> RequestHeaders<'_> {
        RequestHeaders {
            head: self.head(),
            bytes: self.head_bytes(),
        }
    }

    /// The request as matchers, hooks and logs see it.
    pub(super) fn view<'a>(&'a self, headers: &'a RequestHeaders<'a>) -> RequestView<'a> {
        let bytes = self.head_bytes();
        let head = self.head();
        let target = self.target.text(head, bytes);
        let (path, rest) = target.split_at(self.target.path_len);
        RequestView {
            method: head.method(bytes),
            scheme: "http",
            authority: head.authority(bytes),
            path,
            query: rest.strip_prefix('?'),
            headers,
            peer: Peer {
                address: self.ends.peer,
                client: self.client,
                identity: None,
            },
            port: match self.ends.entrance {
                Entrance::Gateway(port) => port,
                Entrance::Mesh => authority_port(head.authority(bytes), "http"),
            },
            destination: self.ends.local,
            sni: None,
            claims: None,
        }
    }
}

impl Drop for Exchange {
    /// The worker ended while the request was under way: it still counts.
    fn drop(&mut self) {
        self.record
            .flags
            .insert(Flags::DOWNSTREAM_CONNECTION_TERMINATION);
        self.report();
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use http1::{BodyLength, Limits};

    use super::*;
    use crate::buffer::Buffer;

    #[test]
    fn an_exchange_that_ended_in_the_middle_can_be_lent_again() {
        let ends = Ends {
            peer: (Ipv4Addr::LOCALHOST, 1).into(),
            local: None,
            entrance: Entrance::Mesh,
        };
        let (pool, now) = (BufferPool::new(1_024), Instant::now());
        let mut exchange = Exchange::new(ends, now);
        exchange.request.input = Buffer::holding(&[b'x'; 9_000]);
        exchange
            .request
            .expect_body(BodyLength::Length(9_000), u64::MAX);
        exchange.request.send_body_as(BodyLength::Length(9_000));
        exchange
            .request
            .transcode(&Limits::default())
            .expect("well framed");
        exchange.release(&pool);
        exchange.reset(ends, now);
        assert!(exchange.request.input.data().is_empty() && !exchange.request.has_output());
    }
}
