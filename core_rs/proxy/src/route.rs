//! Which rule a request matches, and which service it goes to.

use std::sync::Arc;

use model::request::RequestView;
use model::route::{Action, Entry, HeaderEdits, Matched, NoRoute, RouteRule};
use model::snapshot::{Cluster, ClusterId, Snapshot};

use crate::accept::Entrance;
use crate::authorize::Permit;
use crate::hooks::Destination;
use crate::respond::Failure;

/// A request whose rule is known; only this module makes one. Holds the snapshot it was routed by,
/// so that a swap in between changes nothing for it.
pub(crate) struct Routed {
    snapshot: Arc<Snapshot>,
    rule: Arc<RouteRule>,
    path_match_len: usize,
    by_segments: bool,
    /// What the weights chose, if the rule forwards and has something to choose.
    chosen: Option<usize>,
}

impl Routed {
    pub(crate) fn rule(&self) -> &Arc<RouteRule> {
        &self.rule
    }

    /// What the matcher found, as the rewrites want it.
    pub(crate) fn matched(&self) -> Matched<'_> {
        Matched {
            rule: &self.rule,
            path_match_len: self.path_match_len,
            by_segments: self.by_segments,
        }
    }

    /// The service that the weights chose; empty if there is none.
    pub(crate) fn service(&self) -> &str {
        self.destination().map_or("", |chosen| &chosen.service)
    }

    /// The cluster that the weights chose.
    pub(crate) fn cluster(&self) -> Option<&Arc<Cluster>> {
        let id = self.destination()?.cluster().ok()?;
        Some(self.snapshot.cluster(id))
    }

    fn destination(&self) -> Option<&model::route::Destination> {
        self.rule.destinations().get(self.chosen?)
    }

    /// The service called `name`: in full, or without its namespace where the rule names it.
    fn find(&self, name: &str) -> Option<ClusterId> {
        self.snapshot.cluster_by_name(name).or_else(|| {
            let short = |full: &&Arc<str>| full.rsplit('/').next() == Some(name);
            let full = self.rule.services.iter().find(short)?;
            self.snapshot.cluster_by_name(full)
        })
    }

    /// Settles where the request goes: where a `route` hook says, or what the weights chose.
    pub(crate) fn direct(
        self,
        destination: Option<&Destination>,
        random: u64,
    ) -> Result<Directed, Failure> {
        let cluster = match destination {
            Some(destination) => self.draw(destination, random)?,
            None => self
                .destination()
                .ok_or(Failure::NoService)?
                .cluster()
                .map_err(Failure::Unresolved)?,
        };
        Ok(Directed {
            by_rule: destination.is_none(),
            cluster,
            routed: self,
        })
    }

    fn draw(&self, destination: &Destination, random: u64) -> Result<ClusterId, Failure> {
        let total: u64 = destination
            .services
            .iter()
            .map(|(_, weight)| u64::from(*weight))
            .sum();
        let mut point = random.checked_rem(total).unwrap_or_default();
        for (service, weight) in &destination.services {
            if point < u64::from(*weight) || total == 0 {
                return self.find(service).ok_or(Failure::NoService);
            }
            point -= u64::from(*weight);
        }
        Err(Failure::NoService)
    }
}

/// A request whose service is known.
pub(crate) struct Directed {
    routed: Routed,
    cluster: ClusterId,
    /// The rule's own destination was taken, so that its edits apply.
    by_rule: bool,
}

impl Directed {
    pub(crate) fn rule(&self) -> &Arc<RouteRule> {
        &self.routed.rule
    }

    pub(crate) fn matched(&self) -> Matched<'_> {
        self.routed.matched()
    }

    pub(crate) fn cluster(&self) -> &Arc<Cluster> {
        self.routed.snapshot.cluster(self.cluster)
    }

    fn destination(&self) -> Option<&model::route::Destination> {
        self.routed.destination().filter(|_| self.by_rule)
    }

    /// Edits of the request for this destination alone.
    pub(crate) fn request_edits(&self) -> Option<&HeaderEdits> {
        self.destination().map(|chosen| &chosen.request_edits)
    }

    /// Edits of the response from this destination alone.
    pub(crate) fn response_edits(&self) -> Option<&HeaderEdits> {
        self.destination().map(|chosen| &chosen.response_edits)
    }
}

/// Matches `request`, which came in at `entrance`, against the routes of `snapshot`.
pub(crate) fn route(
    _permit: Permit,
    snapshot: Arc<Snapshot>,
    entrance: Entrance,
    request: &RequestView<'_>,
    random: u64,
) -> Result<Routed, Failure> {
    let found = match entrance {
        Entrance::Mesh => snapshot.route(Entry::Mesh, request),
        Entrance::Gateway(port) => snapshot.route_at(port, request),
    };
    let matched = found.map_err(|error| match (error, entrance) {
        (NoRoute::Host, Entrance::Mesh) => Failure::UnknownHost,
        _ => Failure::NoRoute,
    })?;
    let chosen = match matched.rule.action {
        Action::Forward => matched.rule.destination(random),
        Action::Redirect(_) | Action::Respond(_) => None,
    };
    let place = |chosen: &model::route::Destination| {
        let mut destinations = matched.rule.destinations().iter();
        destinations.position(|one| std::ptr::eq(one, chosen))
    };
    let (chosen, path_match_len) = (chosen.and_then(place), matched.path_match_len);
    let (rule, by_segments) = (Arc::clone(matched.rule), matched.by_segments);
    Ok(Routed {
        snapshot,
        rule,
        path_match_len,
        by_segments,
        chosen,
    })
}
