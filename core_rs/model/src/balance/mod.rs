//! Which endpoint of a service serves a request.

mod endpoints;
mod policy;
mod rotation;
mod shares;

pub use endpoints::{Endpoint, EndpointId, Endpoints};
pub use policy::{BalancePolicy, BalancerState, pick};
pub(crate) use shares::Shares;
