//! The endpoints of a service, in slices, so that a change of one travels alone.

use std::net::SocketAddr;

/// The most endpoints that one slice may hold.
pub const SLICE_ENDPOINTS: usize = 100;

/// One slice of a service's endpoints; it replaces the slice of the same name.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct EndpointsDocument {
    /// The service, `namespace/name`.
    pub service: String,
    /// The slice's name, unique within the service; empty for the only one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub slice: String,
    /// At most [`SLICE_ENDPOINTS`] endpoints.
    pub endpoints: Vec<EndpointEntry>,
}

/// One place that serves a service.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct EndpointEntry {
    /// Address and port, such as `10.0.0.7:8080` or `[::1]:80`.
    pub address: SocketAddr,
    /// Its share relative to the others, 1 unless said otherwise; 0 keeps it listed, unused.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub weight: u32,
}

pub(super) fn one() -> u32 {
    1
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
pub(super) fn is_one(weight: &u32) -> bool {
    *weight == 1
}
