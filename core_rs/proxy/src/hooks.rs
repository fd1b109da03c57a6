//! What the request path asks of plugins, in terms that know no plugin language.
//!
//! One [`Hooks`] lives on each worker. A request that no plugin wants costs one test of [`Phases`].

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http1::Edits;
use model::request::RequestView;

use crate::telemetry::Record;

/// Which phases have at least one hook in force. Reading it is all that a request without hooks pays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Phases {
    /// `authorize`, `route` or `on_request`.
    pub request: bool,
    /// `on_response`.
    pub response: bool,
    /// `telemetry`.
    pub telemetry: bool,
}

/// The route a request matched, as hooks see it.
#[derive(Clone, Copy, Debug)]
pub struct RouteView<'a> {
    /// Name of the route rule, for example `default/upstream`.
    pub name: &'a str,
    /// Names of the services the rule may send to, in the rule's order.
    pub services: &'a [Arc<str>],
    /// The service the rule's weights chose for this request.
    pub service: &'a str,
}

/// A response head, as hooks see it.
pub struct ResponseView<'a> {
    /// Status code, 200 to 599.
    pub status: u16,
    /// End-to-end fields as they came from upstream.
    pub headers: &'a dyn model::request::Headers,
}

/// An answer that the proxy gives instead of the upstream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Status code, 200 to 599.
    pub status: u16,
    /// Extra fields; framing and hop-by-hop names are refused where a `Reply` is made.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The whole body.
    pub body: Vec<u8>,
    /// A short, stable reason for the log and, from status 400 on, for the client
    /// (`x-pymesh-error`), for example `bad or missing token`.
    pub reason: Cow<'static, str>,
    /// Whether this is a refusal by `authorize`.
    pub denied: bool,
    /// The plugin that answered; empty for a rule's own answer.
    pub plugin: Arc<str>,
}

/// Where a `route` hook sends the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// `(service name, weight)`; one is drawn by weight. Never empty, weights sum to at least 1.
    pub services: Vec<(Arc<str>, u32)>,
    /// The plugin that chose.
    pub plugin: Arc<str>,
}

/// The sum of what the request hooks decided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestVerdict {
    /// Answer with this and do not go upstream.
    pub reply: Option<Box<Reply>>,
    /// Send it there instead of the route's own choice.
    pub destination: Option<Box<Destination>>,
}

/// What the response hooks decided besides their edits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ResponseVerdict {
    /// A new status code, 200 to 599.
    pub status: Option<u16>,
}

/// Names a call that waits for another thread. Late answers carry an old one and are dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ticket(pub u64);

/// A hook chain has either ended or waits.
#[derive(Debug)]
pub enum Step<T> {
    /// All hooks have run (or their failure policies applied).
    Done(T),
    /// A hook runs elsewhere. Poll with the ticket; after `deadline` call `expire`.
    Wait {
        /// Names the call.
        ticket: Ticket,
        /// From now.
        deadline: Duration,
    },
}

/// The plugins of one worker. Methods are called on the worker's thread and never block it.
pub trait Hooks {
    /// Which phases have hooks now; may change between requests when plugins are reloaded.
    fn phases(&self) -> Phases;

    /// Runs `authorize`, then `route`, then `on_request`. Header edits go to `edits`.
    fn request(
        &self,
        request: &RequestView<'_>,
        route: RouteView<'_>,
        edits: &mut Edits,
    ) -> Step<RequestVerdict>;

    /// Runs the `authorize` hooks of the plugins that serve the provider called `provider`, before
    /// the route is known; `None` if there is no such provider. Waits as [`Hooks::request`] does.
    fn custom(
        &self,
        provider: &str,
        request: &RequestView<'_>,
        edits: &mut Edits,
    ) -> Option<Step<RequestVerdict>>;

    /// Asks whether a waiting request call has moved; wakes the task of `context` when it has.
    fn poll_request(
        &self,
        ticket: Ticket,
        edits: &mut Edits,
        context: &mut Context<'_>,
    ) -> Poll<Step<RequestVerdict>>;

    /// The deadline of a waiting request call has passed: applies the failure policy of the hook it
    /// waits for, at once, and goes on with those behind it.
    fn expire_request(&self, ticket: Ticket, edits: &mut Edits) -> Step<RequestVerdict>;

    /// Runs `on_response`, in the order that mirrors the request hooks'. Header edits of the response
    /// go to `edits`.
    fn response(
        &self,
        request: &RequestView<'_>,
        response: &ResponseView<'_>,
        edits: &mut Edits,
    ) -> Step<ResponseVerdict>;

    /// As [`Hooks::poll_request`], for the response.
    fn poll_response(
        &self,
        ticket: Ticket,
        edits: &mut Edits,
        context: &mut Context<'_>,
    ) -> Poll<Step<ResponseVerdict>>;

    /// As [`Hooks::expire_request`], for the response.
    fn expire_response(&self, ticket: Ticket, edits: &mut Edits) -> Step<ResponseVerdict>;

    /// The request is gone (its client left): forget the call.
    fn cancel(&self, ticket: Ticket);

    /// Adds one finished request to the worker's telemetry batch.
    fn record(&self, request: &RequestView<'_>, record: &Record);

    /// Hands the telemetry batch over if it is not empty; called every 100 ms and at the end.
    fn flush(&self);
}

/// Makes the [`Hooks`] of each worker, on that worker's thread.
pub trait HookFactory: Send + Sync {
    /// `worker` counts from 0.
    fn make(&self, worker: usize) -> Rc<dyn Hooks>;
}
