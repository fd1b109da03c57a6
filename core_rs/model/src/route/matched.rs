//! What matching a request comes to.

use std::sync::Arc;

use super::rule::RouteRule;

/// Which routes a request is matched against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry<'a> {
    /// Those for clients in the mesh, at the request's port.
    Mesh,
    /// Those of this gateway (`namespace/name`), at the request's port: the one where it arrived.
    Gateway(&'a str),
}

/// The rule that serves a request.
#[derive(Clone, Copy, Debug)]
pub struct Matched<'s> {
    /// The rule.
    pub rule: &'s Arc<RouteRule>,
    /// How many bytes of the path the rule's path match matched; what a prefix rewrite replaces.
    pub path_match_len: usize,
    /// Whether that match was by segments (Gateway API) or by characters (Istio).
    pub by_segments: bool,
}

/// Why no rule serves a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum NoRoute {
    /// No document is for its host at its port.
    #[error("no routes for the host")]
    Host,
    /// The host has routes, and none of them matches.
    #[error("no route of the host matches")]
    Rule,
}

impl NoRoute {
    /// A stable code for logs and explanations.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Host => "no_host",
            Self::Rule => "no_rule",
        }
    }
}
