//! Where requests and connections arrive.

use std::net::SocketAddr;

use super::answer::{Answer, DestinationRef, MirrorRef, Outcome};
use super::arriving::{Arriving, canonical, normalization};
use super::behind::Behind;
use super::decide::Decide;
use super::directory::Service;
use super::forward::{Hop, Sum};
use super::inbound::{Arrival, Door, Entered, enter};
use super::question::Protocol as Asked;
use crate::request::Peer;
use crate::route::{Destination, Mirror, RouteRule};
use crate::snapshot::Snapshot;
use crate::trace::Trace;
use crate::workload::Workload;

/// The answer to what no endpoint can serve.
const UNAVAILABLE: u16 = 503;

impl<T: Trace> Decide<'_, T> {
    /// How answers show a destination of `request`, which goes where its own authority says if the
    /// service leaves that to it.
    pub(super) fn destination_ref(
        &self,
        destination: &Destination,
        request: &Arriving,
        namespace: &str,
    ) -> DestinationRef {
        let key = &*destination.service;
        let (owner, name) = key.split_once('/').unwrap_or(("", key));
        let service = self.engine.directory.service(key, namespace);
        DestinationRef {
            namespace: owner.to_owned(),
            service: name.to_owned(),
            host: service
                .map_or(name, |service| host(service, request))
                .to_owned(),
            port: service.map_or(destination.port, |service| service.port(destination.port)),
            subset: destination.subset.to_string(),
            weight: destination.weight,
        }
    }

    /// How answers show the mirrors of a rule.
    pub(super) fn mirrors(snapshot: &Snapshot, rule: &RouteRule) -> Vec<MirrorRef> {
        let mirror = |one: &Mirror| {
            let cluster = snapshot.cluster(one.cluster);
            MirrorRef {
                namespace: cluster.namespace.to_string(),
                service: cluster.service.to_string(),
                host: cluster.host.to_string(),
                port: cluster.port,
                subset: cluster.subset.to_string(),
                percentage: one.percent,
            }
        };
        rule.mirrors.iter().map(mirror).collect()
    }

    /// Whether `destination` lets the request in, if anybody there decides that.
    ///
    /// # Errors
    /// The status that the client gets where nothing can serve it.
    pub(super) fn arrive(
        &mut self,
        destination: &Destination,
        shown: &DestinationRef,
        request: &Arriving,
        hop: &Hop<'_>,
    ) -> Result<Option<Entered>, u16> {
        let name = Name(shown);
        self.trace.enter("destination", format_args!("{name}"));
        let skip = |trace: &mut T, status, reason: &str| {
            trace.leave("skipped", format_args!("{reason}, so {status}"));
            Err(status)
        };
        if let Err(status) = destination.cluster() {
            return skip(&mut self.trace, status, "the reference cannot be resolved");
        }
        let directory = &self.engine.directory;
        let Some(service) = directory.service(&destination.service, hop.namespace) else {
            return skip(&mut self.trace, UNAVAILABLE, "there is no such service");
        };
        let behind = directory.behind(service, shown.port, &destination.subset);
        let opaque = service.is_opaque(shown.port);
        self.let_in(service, &behind, request, hop, !opaque)
    }

    /// Whether every workload behind a service lets the request in, or the connection that carries
    /// it; ends the step of the destination.
    fn let_in(
        &mut self,
        service: &Service,
        behind: &Behind,
        request: &Arriving,
        hop: &Hop<'_>,
        http: bool,
    ) -> Result<Option<Entered>, u16> {
        let shown = &behind.shown;
        match behind.endpoints {
            Some(0) if !service.document.passthrough => {
                self.trace
                    .leave("skipped", format_args!("no endpoints, so {UNAVAILABLE}"));
                return Err(UNAVAILABLE);
            }
            _ if !behind.in_mesh => {
                self.trace
                    .leave("chosen", format_args!("outside the mesh {shown}"));
                return Ok(None);
            }
            _ => {}
        }
        let mode = normalization(&self.engine.mesh);
        let path = canonical(&request.path, mode).unwrap_or_else(|_| request.path.clone());
        let mut view = request.view(self.question);
        view.path = &path;
        let peer = Peer {
            address: SocketAddr::new(hop.address, 0),
            client: request.client,
            identity: hop.identity.as_deref().filter(|_| !behind.without_identity),
        };
        let mut passed = None;
        for place in &behind.places {
            let workload = Workload {
                namespace: service.document.namespace.clone(),
                service_account: String::new(),
                labels: place.labels.clone(),
                gateways: Vec::new(),
            };
            let arrival = Arrival {
                request: http.then_some(&view),
                peer,
                port: place.port,
                sni: view.sni,
                claims: view.claims,
            };
            let name = &service.document;
            let (owner, name, port) = (&name.namespace, &name.name, place.port);
            self.trace
                .enter("workload", format_args!("{owner}/{name} port {port}"));
            let guards = &self.engine.guards;
            let entered = enter(guards, &workload, Door::Sidecar, arrival, &mut self.trace);
            let reason = format_args!("{}", entered.authorization.reason);
            if entered.is_denied() {
                self.trace.leave("deny", reason);
                self.trace
                    .leave("deny", format_args!("a workload refuses it"));
                return Ok(Some(entered));
            }
            self.trace.leave("allow", reason);
            passed = Entered::telling(passed, Some(entered));
        }
        match behind.endpoints {
            Some(_) => self
                .trace
                .leave("chosen", format_args!("endpoints {shown}")),
            None => self
                .trace
                .leave("chosen", format_args!("its endpoints are not known")),
        }
        Ok(passed)
    }

    /// A connection that is not HTTP, or is for a port that speaks none.
    pub(super) fn connection(&mut self, arriving: &Arriving, hop: &Hop<'_>) -> Answer {
        let directory = &self.engine.directory;
        let sni = self.question.sni.as_deref();
        let port = arriving.port;
        let at = |name: &str| {
            let service = directory.by_host(name, hop.namespace)?;
            let serves =
                service.has_port(port) && (!self.question.is_http() || service.is_opaque(port));
            serves.then_some(service)
        };
        // Where it was sent to decides, whatever name it asks for there; the name only tells what
        // an address is that no service has.
        let by_name = sni.filter(|_| self.question.protocol == Asked::Tls);
        let found = at(arriving.host()).or_else(|| by_name.and_then(at));
        let Some(service) = found else {
            return self.unknown_host(arriving);
        };
        let document = &service.document;
        let shown = DestinationRef {
            namespace: document.namespace.clone(),
            service: document.name.clone(),
            host: host(service, arriving).to_owned(),
            port: arriving.port,
            subset: String::new(),
            weight: 1,
        };
        let name = Name(&shown);
        self.trace.enter("destination", format_args!("{name}"));
        let behind = directory.behind(service, arriving.port, "");
        let arrived = self.let_in(service, &behind, arriving, hop, false);
        let mut sum = Sum::default();
        sum.add(arrived);
        let mut answer = self.plain(Outcome::Forward, None);
        answer.destinations.push(shown);
        sum.tell(&mut answer, false);
        answer
    }
}

/// The host that `request` goes to at `service`.
fn host<'a>(service: &'a Service, request: &'a Arriving) -> &'a str {
    if service.document.passthrough {
        request.host()
    } else {
        &service.document.host
    }
}

/// A destination as explanations name it.
struct Name<'a>(&'a DestinationRef);

impl std::fmt::Display for Name<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let one = self.0;
        write!(formatter, "{}/{}:{}", one.namespace, one.service, one.port)?;
        if !one.subset.is_empty() {
            write!(formatter, " subset {}", one.subset)?;
        }
        Ok(())
    }
}
