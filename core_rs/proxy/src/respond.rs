//! The one table from what went wrong to what the client is told.

use std::fmt;
use std::io;

use http1::{BodyError, RequestError, ResponseError};
use model::path::PathError;

use crate::telemetry::Flags;

/// Everything that can end a request other than the upstream's answer.
#[derive(Debug)]
pub enum Failure {
    /// The request head breaks the grammar or a limit.
    Head(RequestError),
    /// The path cannot be normalized.
    Path(PathError),
    /// The request head did not arrive in time.
    HeadTimeout,
    /// The request body breaks the grammar or a limit.
    Body(BodyError),
    /// The request body is larger than allowed.
    BodyTooLarge,
    /// The request body stopped arriving.
    BodyTimeout,
    /// The process is short of memory.
    Overloaded,
    /// A policy of the mesh refuses the request.
    Denied,
    /// No route matches.
    NoRoute,
    /// A client in the mesh asks for a host that the configuration does not know.
    UnknownHost,
    /// The route names a service that cannot be used; answered with this status.
    Unresolved(u16),
    /// The route names no service, or a plugin named one that does not exist.
    NoService,
    /// The service has no usable endpoint.
    NoEndpoint,
    /// No endpoint accepted a connection.
    Connect(io::Error),
    /// The connect took too long.
    ConnectTimeout,
    /// The upstream closed the connection before it answered.
    UpstreamClosed,
    /// The upstream's answer breaks the grammar.
    UpstreamHead(ResponseError),
    /// The upstream's body breaks the grammar or ended too early.
    UpstreamBody(&'static str),
    /// The upstream did not answer in time.
    RequestTimeout,
    /// The upstream's answer stopped arriving.
    ResponseTimeout,
    /// The client left or stopped reading.
    ClientLeft,
}

/// What the client is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Status code; 0 when there is nobody to tell.
    pub status: u16,
    /// For logs and metrics.
    pub flags: Flags,
    /// The value of `x-pymesh-error`.
    pub reason: &'static str,
}

impl Failure {
    /// Whether the client did nothing wrong and may go on with its connection.
    #[must_use]
    pub fn is_upstreams(&self) -> bool {
        !matches!(
            self,
            Self::Head(_)
                | Self::Path(_)
                | Self::HeadTimeout
                | Self::Body(_)
                | Self::BodyTooLarge
                | Self::BodyTimeout
                | Self::ClientLeft
                | Self::Overloaded
        )
    }

    /// The row of the table.
    #[must_use]
    pub fn answer(&self) -> Answer {
        let (status, flags, reason) = match self {
            Self::Head(error) => (
                error.status(),
                Flags::DOWNSTREAM_PROTOCOL_ERROR,
                error.reason(),
            ),
            Self::Path(error) => (400, Flags::DOWNSTREAM_PROTOCOL_ERROR, error.reason()),
            Self::HeadTimeout => (408, Flags::STREAM_IDLE_TIMEOUT, "request_head_timeout"),
            Self::Body(error) => (400, Flags::DOWNSTREAM_PROTOCOL_ERROR, error.reason()),
            Self::BodyTooLarge => (
                413,
                Flags::DOWNSTREAM_PROTOCOL_ERROR,
                "request_body_too_large",
            ),
            Self::BodyTimeout => (408, Flags::STREAM_IDLE_TIMEOUT, "request_body_timeout"),
            Self::Overloaded => (503, Flags::OVERLOAD, "overloaded"),
            Self::Denied => (403, Flags::UNAUTHORIZED, "denied"),
            Self::UnknownHost => (502, Flags::NO_ROUTE, "unknown_host"),
            Self::Unresolved(status) => (*status, Flags::NO_CLUSTER, "unresolved_destination"),
            Self::NoRoute => (404, Flags::NO_ROUTE, "no_route"),
            Self::NoService => (503, Flags::NO_HEALTHY_UPSTREAM, "no_such_service"),
            Self::NoEndpoint => (503, Flags::NO_HEALTHY_UPSTREAM, "no_endpoint"),
            Self::Connect(_) => (502, Flags::UPSTREAM_CONNECTION_FAILURE, "connect_failed"),
            Self::ConnectTimeout => (504, Flags::UPSTREAM_CONNECTION_FAILURE, "connect_timeout"),
            Self::UpstreamClosed => (
                502,
                Flags::UPSTREAM_CONNECTION_TERMINATION,
                "upstream_closed",
            ),
            Self::UpstreamHead(error) => (502, Flags::UPSTREAM_PROTOCOL_ERROR, error.reason()),
            Self::UpstreamBody(reason) => (502, Flags::UPSTREAM_PROTOCOL_ERROR, *reason),
            Self::RequestTimeout => (504, Flags::UPSTREAM_REQUEST_TIMEOUT, "request_timeout"),
            Self::ResponseTimeout => (504, Flags::STREAM_IDLE_TIMEOUT, "response_timeout"),
            Self::ClientLeft => (0, Flags::DOWNSTREAM_CONNECTION_TERMINATION, "client_left"),
        };
        Answer {
            status,
            flags,
            reason,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.answer().reason)
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Connect(error) => Some(error),
            _ => None,
        }
    }
}
