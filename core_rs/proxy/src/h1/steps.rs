//! What the stages do to an exchange: look at the request, edit it, write it, note what happened.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use http1::{EditError, Edits, FieldError, RequestError};
use model::request::{Headers, RequestView};
use model::route::cors::response_fields;
use model::route::{HeaderEdits, rewrite_authority, rewrite_path};
use model::snapshot::Snapshot;

use super::connection::Connection;
use super::exchange::Exchange;
use super::forward::standard_edits;
use super::view::ResponseHeaders;
use crate::accept::Entrance;
use crate::hooks::Destination;
use crate::respond::Failure;
use crate::route::{Directed, Routed};
use crate::settings::Timeouts;
use crate::telemetry::Record;
use crate::upstream::Connected;

impl Exchange {
    /// Shows the request to a decision, with the edits it may add to.
    pub(crate) fn with_request<T>(
        &mut self,
        decide: impl FnOnce(&RequestView<'_>, &mut Edits) -> T,
    ) -> T {
        let mut edits = std::mem::take(&mut self.request_edits);
        let headers = self.headers();
        let result = decide(&self.view(&headers), &mut edits);
        self.request_edits = edits;
        result
    }

    /// What the request is decided by.
    pub(crate) fn take_snapshot(&mut self, connection: &Connection) -> Arc<Snapshot> {
        let taken = self.snapshot.take();
        taken.unwrap_or_else(|| connection.worker.snapshot.load_full())
    }

    /// Shows the request and its record.
    pub(crate) fn with_record<T>(&self, look: impl FnOnce(&RequestView<'_>, &Record) -> T) -> T {
        let headers = self.headers();
        look(&self.view(&headers), &self.record)
    }

    /// Where the request came in.
    pub(crate) fn entrance(&self) -> Entrance {
        self.ends.entrance
    }

    /// Shows the request and the received response head to a decision.
    pub(crate) fn with_response<T>(
        &mut self,
        decide: impl FnOnce(&RequestView<'_>, u16, &dyn Headers, &mut Edits) -> T,
    ) -> T {
        let mut edits = std::mem::take(&mut self.response_edits);
        let headers = self.headers();
        let bytes = self.response.input.pinned();
        let response = ResponseHeaders {
            head: &self.response_head,
            bytes,
        };
        let status = self.response_head.status();
        let result = decide(&self.view(&headers), status, &response, &mut edits);
        self.response_edits = edits;
        result
    }

    /// Edits of the request head so far.
    pub(crate) fn request_edits(&mut self) -> &mut Edits {
        &mut self.request_edits
    }

    /// Edits of the response head so far.
    pub(crate) fn response_edits(&mut self) -> &mut Edits {
        &mut self.response_edits
    }

    /// Notes where the request goes.
    pub(crate) fn note_route(&mut self, routed: &Routed) {
        self.record.route = Some(Arc::clone(&routed.rule().name));
        self.record.cluster = routed.cluster().map(Arc::clone);
    }

    /// Notes the service, and the plugin that chose it if one did.
    pub(crate) fn note_destination(
        &mut self,
        directed: &Directed,
        by_plugin: Option<&Destination>,
    ) {
        self.record.cluster = Some(Arc::clone(directed.cluster()));
        if let Some(destination) = by_plugin {
            self.record.plugin = Some(Arc::clone(&destination.plugin));
        }
    }

    /// Notes a try at an endpoint.
    pub(crate) fn note_attempt(
        &mut self,
        connected: &Connected,
        directed: &Directed,
        now: Instant,
    ) {
        self.record.attempts += 1;
        self.record.endpoint = Some(connected.in_flight.endpoint().address);
        self.record.cluster = Some(Arc::clone(directed.cluster()));
        self.sent_at = now;
    }

    /// Notes that the response head is here.
    pub(crate) fn note_answer(&mut self, now: Instant) {
        self.record.upstream_duration = Some(now.saturating_duration_since(self.sent_at));
    }

    /// The proxy's own edits, made first: what a policy refuses has a request id, too.
    pub(crate) fn add_standard_edits(&mut self, connection: &Connection) -> Result<(), Failure> {
        let made = standard_edits(
            &self.request_head,
            self.request.input.pinned(),
            self.ends.peer.ip(),
            connection.worker.settings.trusted_hops,
            || connection.worker.random.uuid(),
            &mut self.joined,
            &mut self.request_edits,
        )
        .map_err(too_large)?;
        match made {
            Some(id) => self.record.request_id = id,
            None => self.note_request_id(),
        }
        Ok(())
    }

    fn note_request_id(&mut self) {
        let bytes = self.request.input.pinned();
        if let Some(id) = self.request_head.field(bytes, "x-request-id").next()
            && let Some(slot) = self.record.request_id.get_mut(..id.len())
        {
            slot.copy_from_slice(id);
        }
    }

    /// Writes the request head, ready to be sent and sent again, rewritten as the rule says. A
    /// client of HTTP/1.0 that named no host means the service itself. A hook's edits come before,
    /// so the operator's word is last; the destination's before the rule's, as in Envoy.
    pub(crate) fn write_request(&mut self, directed: &Directed) -> Result<(), Failure> {
        if let Some(edits) = directed.request_edits() {
            apply(edits, &mut self.request_edits).map_err(too_large)?;
        }
        let edits = &directed.rule().request_edits;
        apply(edits, &mut self.request_edits).map_err(too_large)?;
        let matched = directed.matched();
        let rewritten = if directed.rule().rewrite.is_some() {
            self.with_record(|view, _| {
                let path = rewrite_path(&matched, view)?;
                Ok(path.map(|path| match view.query {
                    Some(query) => format!("{path}?{query}"),
                    None => path.into_owned(),
                }))
            })
            .map_err(Failure::Path)?
        } else {
            None
        };
        let (input, output) = self.request.input_and_output();
        let bytes = input.pinned();
        let head = &self.request_head;
        let target = match &rewritten {
            Some(target) => target,
            None => self.target.text(head, bytes),
        };
        let named = rewrite_authority(&matched).unwrap_or_else(|| head.authority(bytes));
        let authority = match named {
            "" => &directed.cluster().host,
            named => named,
        };
        head.write(bytes, target, authority, &self.request_edits, output);
        self.request.send_body_as(head.body());
        self.request.retain();
        Ok(())
    }

    /// When the response head must be here.
    pub(crate) fn deadline(&self, directed: &Directed, timeouts: &Timeouts) -> Option<Instant> {
        let timeout = directed.rule().request_timeout.or(timeouts.request);
        timeout
            .filter(|timeout| !timeout.is_zero())
            .map(|timeout| self.record.start + timeout)
    }

    /// The route's edits of the response; a hook's come before, so the operator's word is last.
    pub(crate) fn add_route_response_edits(&mut self, directed: &Directed) -> Result<(), Failure> {
        let rule = directed.rule();
        let fields = match &rule.cors {
            Some(cors) => response_fields(cors, &self.headers()),
            None => Vec::new(),
        };
        let to = &mut self.response_edits;
        let made = directed
            .response_edits()
            .map_or(Ok(()), |edits| apply(edits, to))
            .and_then(|()| apply(&rule.response_edits, to))
            .and_then(|()| {
                let mut fields = fields.iter();
                fields.try_for_each(|(name, value)| to.set(name, value.as_bytes()))
            });
        made.map_err(|_| Failure::UpstreamBody("response_edits_too_large"))
    }

    /// The status the client gets.
    pub(crate) fn decide_status(&mut self, changed: Option<u16>) -> u16 {
        let received = self.response_head.status();
        let status = changed
            .filter(|status| self.response_head.accepts_status(*status))
            .unwrap_or(received);
        self.record.status = status;
        status
    }

    /// Whether the client has left while nothing else moves. What it sends early is kept.
    pub(crate) fn poll_client_left(
        &mut self,
        connection: &mut Connection,
        context: &mut Context<'_>,
    ) -> bool {
        let worker = std::rc::Rc::clone(&connection.worker);
        let (stream, _) = connection.stream_and_timer();
        while !self.request.input.is_full() {
            match self
                .request
                .input
                .poll_fill(stream, &worker.buffers, context)
            {
                Poll::Ready(Ok(0) | Err(_)) => return true,
                Poll::Ready(Ok(_)) => {}
                Poll::Pending => break,
            }
        }
        false
    }
}

fn too_large(_: EditError) -> Failure {
    Failure::Head(RequestError::Field(FieldError::TooLarge))
}

fn apply(edits: &HeaderEdits, to: &mut Edits) -> Result<(), EditError> {
    for name in &edits.remove {
        to.remove(name)?;
    }
    for (name, value) in &edits.set {
        to.set(name, value.as_bytes())?;
    }
    for (name, value) in &edits.add {
        to.add(name, value.as_bytes())?;
    }
    Ok(())
}
