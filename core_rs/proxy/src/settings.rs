//! What an operator can choose about the request path. Parsed and checked by `app`.

use std::time::Duration;

use http1::Limits;
use model::path::Normalization;

/// How long each part of a connection's life may take.
#[derive(Clone, Debug)]
pub struct Timeouts {
    /// From the first byte of a request head to its last. Default 10 s.
    pub request_head: Duration,
    /// A kept-alive client connection without a request. Default 60 s.
    pub idle: Duration,
    /// A TCP connect to an endpoint. Default 1 s.
    pub connect: Duration,
    /// From the end of the request head to the end of the response head; `None` is no limit.
    /// A route's own timeout wins. Default none.
    pub request: Option<Duration>,
    /// Between two pieces of a request body. Default 30 s.
    pub body_idle: Duration,
    /// Between two pieces of a response, its head included. Default 5 min.
    pub response_idle: Duration,
    /// Age at which a client connection is closed after its request. Default 1 h, ± 10 %.
    pub connection_age: Duration,
    /// From the start of a drain until connections are cut. Default 30 s.
    pub drain: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            request_head: Duration::from_secs(10),
            idle: Duration::from_mins(1),
            connect: Duration::from_secs(1),
            request: None,
            body_idle: Duration::from_secs(30),
            response_idle: Duration::from_mins(5),
            connection_age: Duration::from_hours(1),
            drain: Duration::from_secs(30),
        }
    }
}

/// How many upstream connections are kept, and for how long.
#[derive(Clone, Debug)]
pub struct PoolSettings {
    /// Idle connections kept per endpoint and worker. Default 128.
    pub idle_per_endpoint: usize,
    /// Age without use at which one is closed; shorter than most servers' keep-alive, so that the
    /// proxy closes first. Default 55 s.
    pub idle: Duration,
}

impl Default for PoolSettings {
    fn default() -> Self {
        Self {
            idle_per_endpoint: 128,
            idle: Duration::from_secs(55),
        }
    }
}

/// All of it.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Sizes of heads and chunk framing.
    pub limits: Limits,
    /// Largest request body in bytes; `None` is no limit.
    pub body_bytes: Option<u64>,
    /// Timeouts.
    pub timeouts: Timeouts,
    /// Upstream pools.
    pub pool: PoolSettings,
    /// How many proxies in front of this one append to `x-forwarded-for` truthfully. 0 trusts none.
    pub trusted_hops: usize,
    /// How request paths are normalized where the mesh does not say.
    pub normalization: Normalization,
}
