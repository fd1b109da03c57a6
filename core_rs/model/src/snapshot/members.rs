//! The endpoints of a service, in the slices in which they arrived.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::balance::Endpoint;
use crate::error::{CompileError, ErrorCode};
use crate::wire::{EndpointsDocument, SLICE_ENDPOINTS};

/// Members by the name of their slice.
pub(super) type Slices = BTreeMap<Arc<str>, Arc<[Member]>>;

/// An endpoint of a service, with what says which of the service's clusters it belongs to.
#[derive(Clone, Debug)]
pub struct Member {
    /// Where to connect to.
    pub endpoint: Endpoint,
    /// The service's port that it serves; 0 for every one.
    pub port: u16,
    /// The workload's labels.
    pub labels: BTreeMap<String, String>,
    /// The workload's service account; empty if it is not known.
    pub service_account: Box<str>,
}

/// How errors name an endpoints document.
pub(super) fn document_name(document: &EndpointsDocument) -> String {
    format!("endpoints {} {}", document.service, document.slice)
        .trim_end()
        .to_owned()
}

/// The members of one slice.
pub(super) fn slice(document: &EndpointsDocument) -> Result<Arc<[Member]>, CompileError> {
    let entries = &document.endpoints;
    let refuse =
        |code, field, reason| CompileError::new(code, document_name(document), field, reason);
    if entries.len() > SLICE_ENDPOINTS {
        let count = entries.len();
        let reason = format!("{count} endpoints, at most {SLICE_ENDPOINTS} in a slice");
        return Err(refuse(ErrorCode::TooMany, "endpoints".to_owned(), reason));
    }
    let mut seen = FxHashSet::default();
    for (index, entry) in entries.iter().enumerate() {
        if !seen.insert((entry.address, entry.port)) {
            let field = format!("endpoints[{index}].address");
            let reason = format!("{} is listed twice", entry.address);
            return Err(refuse(ErrorCode::Duplicate, field, reason));
        }
    }
    let member = |entry: &crate::wire::EndpointEntry| Member {
        endpoint: Endpoint::new(entry.address, entry.weight),
        port: entry.port,
        labels: entry.labels.clone(),
        service_account: entry.service_account.as_str().into(),
    };
    Ok(entries.iter().map(member).collect())
}
