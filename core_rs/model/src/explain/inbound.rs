//! The inbound side of a workload: peer authentication, then the policies.

use serde_json::{Map, Value};

use super::answer::{Authorization, DryRun, Verdict};
use super::guards::Guards;
use crate::authz::{Custom, Decision, PeerMode, Subject};
use crate::request::{Peer, RequestView};
use crate::trace::Trace;
use crate::workload::Workload;

/// The reason for which a plaintext peer is refused.
const PLAINTEXT: &str = "peer_without_mtls";

/// What arrives at a workload.
#[derive(Clone, Copy)]
pub(super) struct Arrival<'a> {
    /// The request; none on a connection.
    pub(super) request: Option<&'a RequestView<'a>>,
    pub(super) peer: Peer<'a>,
    /// The workload's own port.
    pub(super) port: u16,
    pub(super) sni: Option<&'a str>,
    pub(super) claims: Option<&'a Map<String, Value>>,
}

/// How a workload is entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Door {
    /// Through its sidecar, which speaks the mesh's TLS.
    Sidecar,
    /// It is a gateway, whose listeners say what is spoken there.
    Gateway,
}

/// Whether a workload lets something in.
#[derive(Clone, Debug)]
pub(super) struct Entered {
    pub(super) authorization: Authorization,
    /// Whether the connection is cut, so that no status can be sent.
    pub(super) cut: bool,
}

impl Entered {
    /// Of two that were let in, the first, unless only a policy of the other's decided that.
    pub(super) fn telling(first: Option<Self>, other: Option<Self>) -> Option<Self> {
        let named = |one: &Self| one.authorization.policy.is_some();
        match (first, other) {
            (Some(first), Some(other)) if !named(&first) && named(&other) => Some(other),
            (first, other) => first.or(other),
        }
    }

    pub(super) fn is_denied(&self) -> bool {
        self.authorization.decision == Verdict::Deny
    }
}

/// Whether `workload` lets `arrival` in.
pub(super) fn enter<T: Trace>(
    guards: &Guards,
    workload: &Workload,
    door: Door,
    arrival: Arrival<'_>,
    trace: &mut T,
) -> Entered {
    let mut peer = arrival.peer;
    if door == Door::Sidecar {
        let found = guards.policies.peer_mode(workload, arrival.port);
        let policy = found.by.map(|(name, _)| name.as_str());
        let mode = found.mode.as_str();
        let refused = found.mode == PeerMode::Strict && peer.identity.is_none();
        let (state, identity) = match (found.mode, peer.identity) {
            (PeerMode::Disable, Some(_)) => ("so the peer is nobody", ""),
            (_, None) => ("the peer sends plaintext and is nobody", ""),
            (_, Some(identity)) => ("the peer is ", identity),
        };
        trace.leaf(
            "peer_authentication",
            format_args!("{}", policy.unwrap_or("default")),
            if refused { "deny" } else { "allow" },
            format_args!("{mode}, {state}{identity}"),
        );
        if refused {
            return Entered {
                authorization: refusal(policy),
                cut: true,
            };
        }
        if found.mode == PeerMode::Disable {
            // Without the mesh's TLS there is nobody to be.
            peer.identity = None;
        }
    }
    let request = arrival.request.map(|request| RequestView {
        peer,
        port: arrival.port,
        ..*request
    });
    let subject = Subject {
        request: request.as_ref(),
        peer,
        destination: None,
        port: arrival.port,
        sni: arrival.sni,
        claims: arrival.claims,
    };
    let authorizer = guards.of(workload);
    let decision = authorizer.explain(&subject, trace);
    let decision = match authorizer.custom(&subject) {
        Custom::None => decision,
        Custom::Deny(denial) => denial,
        Custom::Ask {
            provider,
            policy,
            rule,
        } => {
            trace.leaf(
                "policy",
                format_args!("{policy}"),
                "skipped",
                format_args!("rule {rule} asks {provider}, which is taken to say yes"),
            );
            decision
        }
    };
    Entered {
        authorization: authorization(&decision),
        // A connection that is denied has nobody to send a status to.
        cut: arrival.request.is_none(),
    }
}

fn refusal(policy: Option<&str>) -> Authorization {
    Authorization {
        decision: Verdict::Deny,
        policy: policy.map(str::to_owned),
        rule: None,
        dry_run: Vec::new(),
        reason: PLAINTEXT.to_owned(),
    }
}

fn authorization(decision: &Decision<'_>) -> Authorization {
    let verdict = |denied| {
        if denied {
            Verdict::Deny
        } else {
            Verdict::Allow
        }
    };
    Authorization {
        decision: verdict(!decision.allowed),
        policy: decision.policy.map(ToString::to_string),
        rule: decision.rule,
        dry_run: decision
            .dry_run
            .iter()
            .map(|one| DryRun {
                policy: one.policy.to_string(),
                decision: verdict(one.would_deny),
            })
            .collect(),
        reason: decision.reason.as_str().to_owned(),
    }
}
