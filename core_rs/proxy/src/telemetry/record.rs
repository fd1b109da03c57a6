//! The facts of one request, filled in as it passes the stages.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http1::Version;
use model::snapshot::Cluster;

/// Envoy's response flags: why an answer is not simply the upstream's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Flags(u32);

impl Flags {
    /// No healthy upstream.
    pub const NO_HEALTHY_UPSTREAM: Self = Self(1);
    /// Upstream connect failure.
    pub const UPSTREAM_CONNECTION_FAILURE: Self = Self(1 << 1);
    /// The upstream closed the connection too early.
    pub const UPSTREAM_CONNECTION_TERMINATION: Self = Self(1 << 2);
    /// The request's time ran out.
    pub const UPSTREAM_REQUEST_TIMEOUT: Self = Self(1 << 3);
    /// The upstream broke the protocol.
    pub const UPSTREAM_PROTOCOL_ERROR: Self = Self(1 << 4);
    /// No route.
    pub const NO_ROUTE: Self = Self(1 << 5);
    /// The client left.
    pub const DOWNSTREAM_CONNECTION_TERMINATION: Self = Self(1 << 6);
    /// The client broke the protocol.
    pub const DOWNSTREAM_PROTOCOL_ERROR: Self = Self(1 << 7);
    /// Denied by an `authorize` hook or policy.
    pub const UNAUTHORIZED: Self = Self(1 << 8);
    /// A body or head did not arrive in time.
    pub const STREAM_IDLE_TIMEOUT: Self = Self(1 << 9);
    /// Over a limit of the proxy.
    pub const OVERLOAD: Self = Self(1 << 10);
    /// Answered by a plugin.
    pub const DIRECT_RESPONSE: Self = Self(1 << 11);
    /// The route names a service that cannot be used.
    pub const NO_CLUSTER: Self = Self(1 << 12);

    /// Each flag with its name in logs and metrics.
    pub const NAMES: [(Self, &'static str); 13] = [
        (Self::NO_HEALTHY_UPSTREAM, "UH"),
        (Self::UPSTREAM_CONNECTION_FAILURE, "UF"),
        (Self::UPSTREAM_CONNECTION_TERMINATION, "UC"),
        (Self::UPSTREAM_REQUEST_TIMEOUT, "UT"),
        (Self::UPSTREAM_PROTOCOL_ERROR, "UPE"),
        (Self::NO_ROUTE, "NR"),
        (Self::DOWNSTREAM_CONNECTION_TERMINATION, "DC"),
        (Self::DOWNSTREAM_PROTOCOL_ERROR, "DPE"),
        (Self::UNAUTHORIZED, "UAEX"),
        (Self::STREAM_IDLE_TIMEOUT, "SI"),
        (Self::OVERLOAD, "OM"),
        (Self::DIRECT_RESPONSE, "DR"),
        (Self::NO_CLUSTER, "NC"),
    ];

    /// The raw bits, for use as a key.
    #[must_use]
    pub fn bits(self) -> u32 {
        self.0
    }

    /// Adds `other`.
    pub fn insert(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// Whether no flag is set.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The names of the flags that are set, in the order of [`Flags::NAMES`].
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES
            .into_iter()
            .filter(move |(flag, _)| self.contains(*flag))
            .map(|(_, name)| name)
    }

    /// Whether all of `other` is set.
    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// One request as telemetry sees it. Reused from request to request; holds no copy of the head
/// (the request's view is passed beside it).
#[derive(Clone, Debug)]
pub struct Record {
    /// When the first byte of the head was parsed to its end.
    pub start: Instant,
    /// How long it took until the last byte was handed to the kernel.
    pub duration: Duration,
    /// Status sent; 0 when the client left before one was.
    pub status: u16,
    /// Version of HTTP that the client spoke.
    pub version: Version,
    /// Why the answer is what it is.
    pub flags: Flags,
    /// The `x-pymesh-error` reason, or the reason of a denial; empty when the upstream answered.
    pub reason: Cow<'static, str>,
    /// Head and body bytes received from the client.
    pub request_bytes: u64,
    /// Head and body bytes sent to the client.
    pub response_bytes: u64,
    /// Name of the route rule.
    pub route: Option<Arc<str>>,
    /// Where it went.
    pub cluster: Option<Arc<Cluster>>,
    /// The proxy's address that the client connected to.
    pub local_address: Option<SocketAddr>,
    /// From the request's first byte upstream to the head of the response.
    pub upstream_duration: Option<Duration>,
    /// The endpoint that answered.
    pub endpoint: Option<SocketAddr>,
    /// The `x-request-id` that went upstream (ASCII); zeros when none did.
    pub request_id: [u8; 36],
    /// Plugin that answered, denied or routed.
    pub plugin: Option<Arc<str>>,
    /// Upstream tries; 2 when it was replayed on a fresh connection.
    pub attempts: u32,
}

impl Record {
    /// A record of which nothing is known but its start.
    #[must_use]
    pub fn new(start: Instant) -> Self {
        Self {
            start,
            duration: Duration::ZERO,
            status: 0,
            version: Version::Http11,
            flags: Flags::default(),
            reason: Cow::Borrowed(""),
            request_bytes: 0,
            response_bytes: 0,
            route: None,
            cluster: None,
            local_address: None,
            upstream_duration: None,
            endpoint: None,
            request_id: [0; 36],
            plugin: None,
            attempts: 0,
        }
    }

    /// The `x-request-id` that went upstream; empty when none did.
    #[must_use]
    pub fn request_id(&self) -> &[u8] {
        let end = self.request_id.iter().position(|byte| *byte == 0);
        &self.request_id[..end.unwrap_or(self.request_id.len())]
    }

    /// Forgets the request before, so that the record can be used for the next one on the same
    /// connection; the connection's own fields (`version` and `local_address`) stay.
    pub fn reset(&mut self, start: Instant) {
        *self = Self {
            version: self.version,
            local_address: self.local_address,
            ..Self::new(start)
        };
    }
}
