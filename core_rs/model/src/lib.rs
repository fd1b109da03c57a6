//! Decisions as pure data: what a request matches, where it goes, which endpoint serves it.
//!
//! Nothing here does I/O, reads a clock or draws a random number: callers pass `random: u64`
//! and durations in, so every decision can be replayed in a test or explained afterwards.
#![forbid(unsafe_code)]

pub mod authz;
pub mod balance;
pub mod error;
pub mod explain;
pub mod path;
pub mod request;
pub mod route;
pub mod snapshot;
pub mod trace;
pub mod wire;
pub mod workload;

#[cfg(test)]
mod testing;

pub use balance::{BalancePolicy, BalancerState, Endpoint, EndpointId, Endpoints, pick};
pub use error::{CompileError, ErrorCode};
pub use path::{Normalization, Normalized, PathError, normalize};
pub use request::{Headers, Peer, RequestView};
pub use route::{Destination, HeaderEdits, RouteRule};
pub use snapshot::{Cluster, ClusterId, Snapshot};
pub use trace::{NoTrace, Trace};
pub use wire::Documents;
pub use workload::Workload;
