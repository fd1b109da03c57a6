//! From a question to its answer, in the order in which a request meets what decides on it.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use super::Engine;
use super::answer::{Answer, Authorization, Outcome};
use super::arriving::{Arriving, spiffe};
use super::forward::Hop;
use super::hint::Hint;
use super::inbound::{Arrival, Door, enter};
use super::question::{Question, Target};
use crate::route::{Entry, NoRoute};
use crate::snapshot::Snapshot;
use crate::trace::Trace;
use crate::wire::OutboundMode;
use crate::workload::Workload;

/// The namespace of who does not say.
const DEFAULT_NAMESPACE: &str = "default";

/// One question on its way to an answer.
pub(super) struct Decide<'e, T> {
    pub(super) engine: &'e Engine,
    pub(super) question: &'e Question,
    pub(super) trace: T,
}

impl<'e, T: Trace> Decide<'e, T> {
    pub(super) fn new(engine: &'e Engine, question: &'e Question, trace: T) -> Self {
        Self {
            engine,
            question,
            trace,
        }
    }

    /// Decides.
    pub(super) fn answer(mut self) -> Answer {
        let arriving = match Arriving::new(self.question, &self.engine.mesh) {
            Ok(arriving) => arriving,
            Err(reason) => return self.bad_request(reason),
        };
        if let Some(target) = self.question.workload() {
            self.at_workload(target, &arriving)
        } else if let Some(gateway) = &self.question.gateway {
            self.at_gateway(gateway, arriving)
        } else {
            self.in_mesh(&arriving)
        }
    }

    /// The inbound side alone.
    fn at_workload(&mut self, target: &Target, arriving: &Arriving) -> Answer {
        let workload = Workload {
            namespace: target
                .namespace
                .as_deref()
                .unwrap_or(DEFAULT_NAMESPACE)
                .to_owned(),
            service_account: target.service_account.clone().unwrap_or_default(),
            labels: target.labels.clone(),
            gateways: Vec::new(),
        };
        let view = arriving.view(self.question);
        let arrival = Arrival {
            request: self.question.is_http().then_some(&view),
            peer: view.peer,
            port: arriving.port,
            sni: view.sni,
            claims: view.claims,
        };
        let guards = &self.engine.guards;
        let entered = enter(guards, &workload, Door::Sidecar, arrival, &mut self.trace);
        if entered.is_denied() {
            return self.denied(entered.authorization, entered.cut);
        }
        let mut answer = self.plain(Outcome::Forward, None);
        answer.authorization = Some(entered.authorization);
        if self.question.is_http() {
            answer.request = Some(super::forward::unchanged(arriving));
        }
        answer
    }

    /// From outside, through a gateway and its policies.
    fn at_gateway(&mut self, name: &str, mut arriving: Arriving) -> Answer {
        let engine = self.engine;
        let gateway = engine.directory.gateway(name);
        let asked = self.question.destination().port;
        let usual = self.question.scheme.port();
        let Some(port) = gateway.and_then(|gateway| gateway.port(asked, usual)) else {
            let reason = match gateway {
                Some(_) => format_args!("the gateway does not listen there"),
                None => format_args!("there is no such gateway"),
            };
            let port = asked.unwrap_or(usual);
            self.trace.leaf(
                "listener",
                format_args!("{name}:{port}"),
                "not_matched",
                reason,
            );
            return self.plain(Outcome::NotFound, self.status(404));
        };
        self.trace.leaf(
            "listener",
            format_args!("{name}:{port}"),
            "matched",
            format_args!(""),
        );
        arriving.port = port;
        if gateway.is_some_and(|gateway| gateway.ends_tls(port)) {
            arriving.scheme = "https";
        }
        let (workload, address) = engine.directory.gateway_workload(name);
        let view = arriving.view(self.question);
        let arrival = Arrival {
            request: self.question.is_http().then_some(&view),
            peer: view.peer,
            port,
            sni: view.sni,
            claims: view.claims,
        };
        let entered = enter(
            &engine.guards,
            &workload,
            Door::Gateway,
            arrival,
            &mut self.trace,
        );
        if entered.is_denied() {
            return self.denied(entered.authorization, entered.cut);
        }
        let authorization = Some(entered.authorization);
        let snapshot = match self.snapshot(&arriving, &workload) {
            Ok(snapshot) => snapshot,
            Err(answer) => return *answer,
        };
        if !self.question.is_http() {
            // Listeners of connections have no routes that a Snapshot knows.
            let mut answer = self.plain(Outcome::NotFound, None);
            answer.authorization = authorization;
            return answer;
        }
        let found = snapshot.route_traced(Entry::Gateway(name), &view, &mut self.trace);
        let matched = match found {
            Ok(matched) => matched,
            Err(NoRoute::Host | NoRoute::Rule) => {
                let mut answer = self.plain(Outcome::NotFound, self.status(404));
                answer.authorization = authorization;
                return answer;
            }
        };
        // What is behind the gateway sees the gateway, not the client.
        let trust_domain = &engine.mesh.trust_domain;
        let identity = spiffe(trust_domain, &workload.namespace, &workload.service_account);
        let hop = Hop {
            namespace: &workload.namespace,
            identity: Some(identity),
            address: address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
            authorization,
        };
        self.act(&snapshot, &matched, &arriving, hop)
    }

    /// From a client in the mesh.
    fn in_mesh(&mut self, arriving: &Arriving) -> Answer {
        let source = self.question.source();
        let workload = Workload {
            namespace: source
                .namespace
                .as_deref()
                .unwrap_or(DEFAULT_NAMESPACE)
                .to_owned(),
            service_account: source.service_account.clone().unwrap_or_default(),
            labels: source.labels.clone(),
            gateways: Vec::new(),
        };
        let hop = Hop {
            namespace: &workload.namespace,
            identity: arriving.identity.clone(),
            address: arriving.address,
            authorization: None,
        };
        let service = self
            .engine
            .directory
            .by_host(arriving.host(), hop.namespace);
        // A port that speaks no HTTP has no routes, whatever is sent to it.
        let opaque = service.is_some_and(|service| service.is_opaque(arriving.port));
        if opaque || !self.question.is_http() {
            return self.connection(arriving, &hop);
        }
        let snapshot = match self.snapshot(arriving, &workload) {
            Ok(snapshot) => snapshot,
            Err(answer) => return *answer,
        };
        let view = arriving.view(self.question);
        match snapshot.route_traced(Entry::Mesh, &view, &mut self.trace) {
            Ok(matched) => self.act(&snapshot, &matched, arriving, hop),
            Err(NoRoute::Rule) => self.plain(Outcome::NotFound, Some(404)),
            Err(NoRoute::Host) => self.unknown_host(arriving),
        }
    }

    /// What becomes of a request for a host that the mesh does not know.
    pub(super) fn unknown_host(&mut self, arriving: &Arriving) -> Answer {
        let mode = self.engine.mesh.outbound;
        let (result, reason) = match mode {
            OutboundMode::AllowAny => ("allow", "ALLOW_ANY: it goes where it asks to go"),
            OutboundMode::RegistryOnly => ("deny", "REGISTRY_ONLY: only known hosts are served"),
        };
        let authority = &arriving.authority;
        let namespace = self.question.source().namespace.as_deref();
        let hint = Hint {
            directory: &self.engine.directory,
            host: arriving.host(),
            port: arriving.port,
            namespace: namespace.unwrap_or(DEFAULT_NAMESPACE),
        };
        self.trace.leaf(
            "outbound",
            format_args!("{authority}"),
            result,
            format_args!("{reason}{hint}"),
        );
        match mode {
            OutboundMode::RegistryOnly => self.plain(Outcome::Unavailable, self.status(502)),
            OutboundMode::AllowAny => {
                let mut answer = self.plain(Outcome::Passthrough, None);
                if self.question.is_http() {
                    answer.request = Some(super::forward::unchanged(arriving));
                }
                answer
            }
        }
    }

    /// The routes for the request's host as `workload` knows them.
    fn snapshot(
        &self,
        arriving: &Arriving,
        workload: &Workload,
    ) -> Result<Arc<Snapshot>, Box<Answer>> {
        let found = self.engine.views.snapshot(&arriving.authority, workload);
        found.map_err(|error| {
            // A proxy would keep what it had; one that starts has nothing.
            let mut answer = self.plain(Outcome::Unavailable, self.status(503));
            answer.error = Some(error.to_string());
            Box::new(answer)
        })
    }

    /// An answer without details.
    pub(super) fn plain(&self, outcome: Outcome, status: Option<u16>) -> Answer {
        Answer::new(self.question.id.clone(), outcome, status)
    }

    /// `status`, if there is a response to carry it.
    pub(super) fn status(&self, status: u16) -> Option<u16> {
        self.question.is_http().then_some(status)
    }

    /// A refusal by policy; a connection that is `cut` carries no status.
    pub(super) fn denied(&self, authorization: Authorization, cut: bool) -> Answer {
        let status = if cut { None } else { self.status(403) };
        let mut answer = self.plain(Outcome::Denied, status);
        answer.authorization = Some(authorization);
        answer
    }

    pub(super) fn bad_request(&mut self, reason: String) -> Answer {
        self.trace.leaf(
            "request",
            format_args!(""),
            "deny",
            format_args!("{reason}"),
        );
        let mut answer = self.plain(Outcome::BadRequest, self.status(400));
        answer.error = Some(reason);
        answer
    }
}
