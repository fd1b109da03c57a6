//! The endpoints of a service, in slices, so that a change of one travels alone.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::defaults::{is_default, is_one, one};

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

/// One place that serves a port of a service.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct EndpointEntry {
    /// Address and port, such as `10.0.0.7:8080` or `[::1]:80`.
    pub address: SocketAddr,
    /// Its share relative to the others, 1 unless said otherwise; 0 keeps it listed, unused.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub weight: u32,
    /// The service's port that it serves; 0 (the default) for every one.
    #[serde(default, skip_serializing_if = "is_default")]
    pub port: u16,
    /// The workload's labels, which subsets choose by.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// The workload's service account; empty if it is not known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub service_account: String,
}

impl EndpointEntry {
    /// An endpoint of every port, without labels, that gets an equal share.
    #[must_use]
    pub fn new(address: SocketAddr) -> Self {
        Self {
            address,
            weight: 1,
            port: 0,
            labels: BTreeMap::new(),
            service_account: String::new(),
        }
    }
}

/// Endpoints of a service that are known by DNS name; who resolves them puts what is found under
/// the same slice.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct NamesDocument {
    /// The service, `namespace/name`.
    pub service: String,
    /// The slice that the addresses become; empty for the only one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub slice: String,
    /// The names.
    pub names: Vec<NameEntry>,
}

/// An endpoint known by name.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct NameEntry {
    /// A host name or an IP address.
    pub host: String,
    /// The port to connect to, not 0.
    pub port: u16,
    /// The share of each of its addresses, 1 unless said otherwise.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub weight: u32,
    /// The service's port that it serves; 0 (the default) for every one.
    #[serde(default, skip_serializing_if = "is_default")]
    pub service_port: u16,
    /// The workload's labels, which subsets choose by.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}
