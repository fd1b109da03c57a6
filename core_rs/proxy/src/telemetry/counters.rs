//! What a worker counts besides its requests.

use super::number::Number;

/// The counts of one worker. Only that worker adds to them.
#[derive(Debug, Default)]
pub struct WorkerCounters {
    /// Client connections open now.
    pub connections_active: Number,
    /// Client connections accepted since the start.
    pub connections: Number,
    /// Requests in the works now, from the end of their head to the end of their response.
    pub requests_active: Number,
    /// Requests that took an idle connection from the pool.
    pub pool_hits: Number,
    /// Requests that found no idle connection.
    pub pool_misses: Number,
    /// Connections to upstreams that were opened.
    pub connects: Number,
    /// Attempts to open one that failed or timed out.
    pub connect_failures: Number,
    /// Requests sent a second time because a pooled connection turned out to be closed.
    pub replays: Number,
}

/// Name, help and type of a number of [`WorkerCounters`] and how to read it.
pub(super) struct Described {
    pub(super) name: &'static str,
    pub(super) kind: &'static str,
    pub(super) help: &'static str,
    pub(super) read: fn(&WorkerCounters) -> u64,
}

/// Every number of [`WorkerCounters`], as it is scraped.
pub(super) const DESCRIBED: [Described; 8] = [
    Described {
        name: "pymesh_connections_active",
        kind: "gauge",
        help: "Client connections open now.",
        read: |counters| counters.connections_active.get(),
    },
    Described {
        name: "pymesh_connections_total",
        kind: "counter",
        help: "Client connections accepted.",
        read: |counters| counters.connections.get(),
    },
    Described {
        name: "pymesh_requests_active",
        kind: "gauge",
        help: "Requests in the works now.",
        read: |counters| counters.requests_active.get(),
    },
    Described {
        name: "pymesh_pool_hits_total",
        kind: "counter",
        help: "Requests that took an idle upstream connection from the pool.",
        read: |counters| counters.pool_hits.get(),
    },
    Described {
        name: "pymesh_pool_misses_total",
        kind: "counter",
        help: "Requests that found no idle upstream connection.",
        read: |counters| counters.pool_misses.get(),
    },
    Described {
        name: "pymesh_upstream_connects_total",
        kind: "counter",
        help: "Upstream connections opened.",
        read: |counters| counters.connects.get(),
    },
    Described {
        name: "pymesh_upstream_connect_failures_total",
        kind: "counter",
        help: "Upstream connections that could not be opened.",
        read: |counters| counters.connect_failures.get(),
    },
    Described {
        name: "pymesh_replays_total",
        kind: "counter",
        help: "Requests sent again because a pooled connection was closed.",
        read: |counters| counters.replays.get(),
    },
];

/// What one worker knows of one endpoint. Kept by the worker as long as it uses the endpoint;
/// forgotten by the registry once the worker has let go of it.
#[derive(Debug, Default)]
pub struct EndpointCounters {
    /// Requests in the works now.
    pub active: Number,
    /// Requests sent.
    pub requests: Number,
    /// Requests that failed there: no connection, a broken one, a timeout.
    pub failures: Number,
    /// Connections open now, idle or not.
    pub open: Number,
    /// Connections that wait in the pool now.
    pub idle: Number,
}

/// A metric with one label whose values are fixed in the program's text, never taken from a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// Requests and responses that broke the grammar, by reason.
    Rejects,
    /// Limits of the proxy that were hit, by limit.
    Limits,
    /// Answers that the proxy made itself, by their `x-pymesh-error` reason.
    Errors,
    /// Rare events of a worker, by name.
    Events,
}

impl Family {
    pub(super) const ALL: [Self; 4] = [Self::Rejects, Self::Limits, Self::Errors, Self::Events];

    /// Name, label and help.
    pub(super) fn describe(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Rejects => (
                "pymesh_parse_rejects_total",
                "reason",
                "Messages refused because they break the grammar of HTTP/1.1.",
            ),
            Self::Limits => (
                "pymesh_limits_hit_total",
                "limit",
                "Limits of the proxy that were hit.",
            ),
            Self::Errors => (
                "pymesh_errors_total",
                "reason",
                "Answers that the proxy made itself, by x-pymesh-error.",
            ),
            Self::Events => (
                "pymesh_worker_events_total",
                "event",
                "Rare events of a worker.",
            ),
        }
    }
}
