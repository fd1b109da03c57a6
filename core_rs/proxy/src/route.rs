//! Which rule a request matches and which service the rule's weights choose.

use std::sync::Arc;

use model::request::RequestView;
use model::route::RouteRule;
use model::snapshot::{Cluster, ClusterId, Snapshot};

use crate::hooks::Destination;
use crate::respond::Failure;

/// A request whose route is known; only this module makes one. Holds the snapshot it was routed
/// by, so that a swap in between changes nothing for it.
pub(crate) struct Routed {
    snapshot: Arc<Snapshot>,
    rule: Arc<RouteRule>,
    cluster: ClusterId,
}

impl Routed {
    pub(crate) fn rule(&self) -> &Arc<RouteRule> {
        &self.rule
    }

    pub(crate) fn cluster(&self) -> &Arc<Cluster> {
        self.snapshot.cluster(self.cluster)
    }

    /// The service called `name`: in full, or without its namespace where the rule names it.
    fn find(&self, name: &str) -> Option<ClusterId> {
        self.snapshot.cluster_by_name(name).or_else(|| {
            let short = |full: &&Arc<str>| full.rsplit('/').next() == Some(name);
            let full = self.rule.services.iter().find(short)?;
            self.snapshot.cluster_by_name(full)
        })
    }

    /// Sends the request where a `route` hook says instead.
    pub(crate) fn redirect(
        &mut self,
        destination: &Destination,
        random: u64,
    ) -> Result<(), Failure> {
        let total: u64 = destination
            .services
            .iter()
            .map(|(_, weight)| u64::from(*weight))
            .sum();
        let mut point = random.checked_rem(total).unwrap_or_default();
        for (service, weight) in &destination.services {
            if point < u64::from(*weight) || total == 0 {
                self.cluster = self.find(service).ok_or(Failure::NoService)?;
                return Ok(());
            }
            point -= u64::from(*weight);
        }
        Err(Failure::NoService)
    }
}

/// Matches `request` against the routes of `snapshot`.
pub(crate) fn route(
    snapshot: Arc<Snapshot>,
    request: &RequestView<'_>,
    random: u64,
) -> Result<Routed, Failure> {
    let rule = Arc::clone(snapshot.route(request).ok_or(Failure::NoRoute)?);
    let cluster = rule.destination(random).ok_or(Failure::NoService)?.cluster;
    Ok(Routed {
        snapshot,
        rule,
        cluster,
    })
}
