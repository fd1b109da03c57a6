//! The endpoints of one service change, and nothing else does.

use std::sync::Arc;

use super::cluster::Cluster;
use super::services::{Known, Service};
use super::{Snapshot, members, next_generation};
use crate::error::{CompileError, ErrorCode};
use crate::wire::EndpointsDocument;

impl Snapshot {
    /// A Snapshot in which one slice of the endpoints of `service` (`namespace/name`) is replaced
    /// or added; an empty slice is removed. It shares all else with `self`. A service that only
    /// other audiences see stays unseen.
    ///
    /// # Errors
    /// [`CompileError`] if there is no such service, or the document is of another one or wrong.
    pub fn with_endpoints(
        &self,
        service: &str,
        document: &EndpointsDocument,
    ) -> Result<Self, CompileError> {
        let refuse = |code, field, reason: &str| {
            CompileError::new(code, members::document_name(document), field, reason)
        };
        if document.service != service {
            let reason = "is not the service to change";
            return Err(refuse(ErrorCode::InvalidValue, "service", reason));
        }
        let slice = members::slice(document)?;
        let index = match self.rest.keys.get(service) {
            Some(Known::Seen(index)) => *index,
            Some(Known::Hidden) => return Ok(self.clone()),
            None => {
                let reason = "no such service";
                return Err(refuse(ErrorCode::DanglingReference, "service", reason));
            }
        };
        let mut changed = Service::clone(self.services.get(index));
        if slice.is_empty() {
            changed.slices.remove(document.slice.as_str());
        } else {
            changed.slices.insert(document.slice.as_str().into(), slice);
        }
        let clusters = (changed.first..changed.first + changed.count).map(|position| {
            let mut cluster = Cluster::clone(self.clusters.get(position));
            cluster.take_endpoints(&changed.slices);
            Arc::new(cluster)
        });
        Ok(Self {
            generation: next_generation(),
            clusters: self.clusters.with(changed.first, clusters.collect()),
            services: self.services.with(index, vec![Arc::new(changed)]),
            rest: Arc::clone(&self.rest),
        })
    }
}
