//! A compiled rule: what happens to the requests that it serves.

use std::sync::Arc;
use std::time::Duration;

use crate::balance::Shares;
use crate::snapshot::ClusterId;

/// Where a rule sends requests.
#[derive(Clone, Debug)]
pub struct Destination {
    /// The cluster, valid in the Snapshot that the rule came from.
    pub cluster: ClusterId,
    /// The service's name, `namespace/name`.
    pub service: Arc<str>,
    /// Its share relative to the rule's other destinations.
    pub weight: u32,
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

/// A rule of a host's routes.
#[derive(Clone, Debug)]
pub struct RouteRule {
    /// Its name in logs, metrics and explanations.
    pub name: Arc<str>,
    /// The names of the services that it sends to, in the document's order.
    pub services: Vec<Arc<str>>,
    /// From the request's head to the end of the response; `None` means the proxy's own limit,
    /// zero means none.
    pub request_timeout: Option<Duration>,
    /// Edits of the request's header.
    pub request_edits: HeaderEdits,
    /// Edits of the response's header.
    pub response_edits: HeaderEdits,
    destinations: Vec<Destination>,
    shares: Shares,
}

impl RouteRule {
    /// A rule called `name` with the given destinations, no timeout and no edits.
    pub(crate) fn new(name: &str, destinations: Vec<Destination>) -> Self {
        let weights: Vec<u32> = destinations.iter().map(|one| one.weight).collect();
        Self {
            name: name.into(),
            services: destinations
                .iter()
                .map(|one| Arc::clone(&one.service))
                .collect(),
            request_timeout: None,
            request_edits: HeaderEdits::default(),
            response_edits: HeaderEdits::default(),
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
            cluster: ClusterId::new(index),
            service: format!("default/s{index}").into(),
            weight,
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
            counts[destination.cluster.index()] += 1;
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
