//! A compiled rule: what happens to the requests that it serves.

use std::sync::Arc;
use std::time::Duration;

use super::action::{Action, Rewrite};
use super::cors::Cors;
use crate::balance::Shares;
use crate::snapshot::ClusterId;
use crate::wire::{FaultEntry, RetryEntry};

/// Where a rule sends requests.
#[derive(Clone, Debug)]
pub struct Destination {
    /// The cluster, or the answer where there is none.
    pub target: Target,
    /// The service's name, `namespace/name`.
    pub service: Arc<str>,
    /// The service's port; 0 if the rule does not say.
    pub port: u16,
    /// The subset; empty for all endpoints.
    pub subset: Arc<str>,
    /// Its share relative to the rule's other destinations.
    pub weight: u32,
    /// Edits of the header of requests that go here, before those of the rule (Envoy).
    pub request_edits: HeaderEdits,
    /// Edits of the header of responses from here, before those of the rule.
    pub response_edits: HeaderEdits,
}

/// What a destination comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// This cluster, valid in the Snapshot that the rule came from.
    Cluster(ClusterId),
    /// An answer of this status: the service cannot be used.
    Status(u16),
}

impl Destination {
    /// The cluster.
    ///
    /// # Errors
    /// The status to answer with, where the service cannot be used.
    pub fn cluster(&self) -> Result<ClusterId, u16> {
        match self.target {
            Target::Cluster(cluster) => Ok(cluster),
            Target::Status(status) => Err(status),
        }
    }
}

/// Where copies of a rule's requests go.
#[derive(Clone, Debug)]
pub struct Mirror {
    /// The cluster.
    pub cluster: ClusterId,
    /// The service's name, `namespace/name`.
    pub service: Arc<str>,
    /// The service's port; 0 if the rule does not say.
    pub port: u16,
    /// The subset; empty for all endpoints.
    pub subset: Arc<str>,
    /// How many of the requests, 0 to 100.
    pub percent: f64,
}

/// Edits of a header, applied in the order remove, set, add.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderEdits {
    /// Fields that replace every field of their name.
    pub set: Vec<(Box<str>, Box<str>)>,
    /// Fields that are appended.
    pub add: Vec<(Box<str>, Box<str>)>,
    /// Names of fields that are removed.
    pub remove: Vec<Box<str>>,
}

impl HeaderEdits {
    /// Whether there is nothing to edit.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.set.is_empty() && self.add.is_empty() && self.remove.is_empty()
    }
}

/// The object that a rule was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Its kind, such as `VirtualService`.
    pub kind: Box<str>,
    /// Its namespace.
    pub namespace: Box<str>,
    /// Its name.
    pub name: Box<str>,
    /// The position of the rule in it, from 0.
    pub rule: u32,
}

/// A rule of a host's routes.
#[derive(Clone, Debug)]
pub struct RouteRule {
    /// Its name in logs, metrics and explanations.
    pub name: Arc<str>,
    /// The object that it was made from; `None` for one that the proxy's own arguments made.
    pub resource: Option<Origin>,
    /// The names of the services that it sends to, in the document's order.
    pub services: Vec<Arc<str>>,
    /// What becomes of the request.
    pub action: Action,
    /// What is changed in the request's target.
    pub rewrite: Option<Rewrite>,
    /// Which other origins' pages may read the answers.
    pub cors: Option<Cors>,
    /// From the request's head to the end of the response; `None` means the proxy's own limit,
    /// zero means none.
    pub request_timeout: Option<Duration>,
    /// For one try at an endpoint; `None` means no limit of its own, zero means none.
    pub backend_timeout: Option<Duration>,
    /// Edits of the request's header.
    pub request_edits: HeaderEdits,
    /// Edits of the response's header.
    pub response_edits: HeaderEdits,
    /// When a request is tried again.
    pub retry: Option<RetryEntry>,
    /// Where copies go.
    pub mirrors: Vec<Mirror>,
    /// Failures on purpose.
    pub fault: Option<FaultEntry>,
    destinations: Vec<Destination>,
    shares: Shares,
}

impl RouteRule {
    /// A rule called `name` with the given destinations, and nothing else.
    pub(crate) fn new(name: &str, destinations: Vec<Destination>) -> Self {
        let weights: Vec<u32> = destinations.iter().map(|one| one.weight).collect();
        Self {
            name: name.into(),
            resource: None,
            services: destinations
                .iter()
                .map(|one| Arc::clone(&one.service))
                .collect(),
            action: Action::Forward,
            rewrite: None,
            cors: None,
            request_timeout: None,
            backend_timeout: None,
            request_edits: HeaderEdits::default(),
            response_edits: HeaderEdits::default(),
            retry: None,
            mirrors: Vec::new(),
            fault: None,
            shares: Shares::new(&weights),
            destinations,
        }
    }

    /// A destination in proportion to the weights; `random` is any fresh random number. `None` if
    /// the rule has no destination with a weight above 0.
    #[must_use]
    pub fn destination(&self, random: u64) -> Option<&Destination> {
        self.destinations.get(self.shares.sample(random)?)
    }

    /// Every destination, in the document's order.
    #[must_use]
    pub fn destinations(&self) -> &[Destination] {
        &self.destinations
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(weights: &[u32]) -> RouteRule {
        let destination = |(index, &weight): (usize, &u32)| Destination {
            target: Target::Cluster(ClusterId::new(index)),
            service: format!("default/s{index}").into(),
            port: 0,
            subset: "".into(),
            weight,
            request_edits: HeaderEdits::default(),
            response_edits: HeaderEdits::default(),
        };
        RouteRule::new("r", weights.iter().enumerate().map(destination).collect())
    }

    #[test]
    fn destinations_share_by_weight() {
        let rule = rule(&[1, 0, 3]);
        let mut counts = [0; 3];
        for step in 0..1_000 {
            let random = (u64::MAX / 1_000) * step + u64::MAX / 2_000;
            let destination = rule.destination(random).expect("one has weight");
            counts[destination.cluster().expect("a cluster").index()] += 1;
        }
        assert_eq!(counts, [250, 0, 750]);
        assert_eq!(rule.services.len(), 3);
    }

    #[test]
    fn no_weight_no_destination() {
        assert!(rule(&[]).destination(0).is_none());
        assert!(rule(&[0, 0]).destination(u64::MAX).is_none());
    }
}
