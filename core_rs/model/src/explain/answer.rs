//! The answer to one question, as `pymesh why -o jsonl` writes it.

use serde::Serialize;
use serde_json::Value;

/// A header field: name and value.
pub type Field = (String, String);

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It goes to a destination.
    Forward,
    /// It is answered with a redirect.
    Redirect,
    /// It is answered by the proxy itself: a direct response, or a CORS preflight.
    Direct,
    /// A policy, or peer authentication, refuses it.
    Denied,
    /// No host or no route serves it.
    NotFound,
    /// There is a route, but nothing that could serve it.
    Unavailable,
    /// It is no request that a proxy would take, or the line is no question.
    BadRequest,
    /// It leaves the mesh for a host that the mesh does not know.
    Passthrough,
}

/// The rule of a resource that served a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RouteRef {
    /// The resource's kind, such as `VirtualService`.
    pub kind: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The position of the rule in it, from 0.
    pub rule: usize,
}

/// Where a request goes, or a copy of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DestinationRef {
    /// The namespace of the service.
    pub namespace: String,
    /// The service's name.
    pub service: String,
    /// Its host.
    pub host: String,
    /// The service's port.
    pub port: u16,
    /// The subset of a `DestinationRule`; empty for all of the service.
    pub subset: String,
    /// Its share relative to the others.
    pub weight: u32,
}

/// The request as it would leave, without the fields that each hop writes for itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Leaving {
    /// The method.
    pub method: String,
    /// Host and optional port.
    pub authority: String,
    /// The path with its query.
    pub path: String,
    /// The header fields in order.
    pub headers: Vec<Field>,
}

/// Allowed or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The request may pass.
    Allow,
    /// It may not.
    Deny,
}

/// A dry-run policy and what it would have done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DryRun {
    /// `namespace/name`.
    pub policy: String,
    /// Whether it would have denied the request.
    pub decision: Verdict,
}

/// Who decided that a request may pass or not, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Authorization {
    /// Allowed or not.
    pub decision: Verdict,
    /// `namespace/name` of the policy that decided; none if no policy did.
    pub policy: Option<String>,
    /// The position of the rule in it, from 0.
    pub rule: Option<usize>,
    /// What policies in dry-run mode would have done.
    pub dry_run: Vec<DryRun>,
    /// Why, as a stable word.
    pub reason: String,
}

/// How failed attempts are repeated; the fields are those of Istio's `HTTPRetry`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Retries {
    /// How often at most.
    pub attempts: u32,
    /// The limit of one attempt, such as `2s`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_try_timeout: Option<String>,
    /// When, as in Istio: conditions and status codes, joined by commas.
    pub retry_on: String,
}

/// Where a copy of a request goes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MirrorRef {
    /// The namespace of the service.
    pub namespace: String,
    /// The service's name.
    pub service: String,
    /// Its host.
    pub host: String,
    /// The service's port.
    pub port: u16,
    /// The subset; empty for all of the service.
    pub subset: String,
    /// The share of requests that are copied, from 0 to 100.
    pub percentage: f64,
}

/// A step of a decision: what was looked at, what came of it, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Node {
    /// The kind of step, such as `policy` or `route`.
    pub step: String,
    /// What was looked at.
    pub name: String,
    /// What came of it, such as `matched`.
    pub result: String,
    /// Why, in words.
    pub reason: String,
    /// The steps that it took, in order.
    pub children: Vec<Node>,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    /// The question's.
    pub id: Option<Value>,
    /// What becomes of the request.
    pub outcome: Outcome,
    /// The status that the proxy answers itself; none if it forwards, or cuts the connection.
    pub status: Option<u16>,
    /// Where a redirect leads.
    pub location: Option<String>,
    /// The rule that serves the request.
    pub route: Option<RouteRef>,
    /// Where it goes, in the rule's order, with the weights.
    pub destinations: Vec<DestinationRef>,
    /// The request as it would leave.
    pub request: Option<Leaving>,
    /// Who decided that it may; none if nothing on its way decides that.
    pub authorization: Option<Authorization>,
    /// From head to the end of the response, such as `5s`; none without a limit of the route.
    pub timeout: Option<String>,
    /// How failed attempts are repeated.
    pub retries: Option<Retries>,
    /// Where copies go.
    pub mirrors: Vec<MirrorRef>,
    /// What is wrong with a request or line that is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The steps of the decision, if they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tree: Option<Vec<Node>>,
}

impl Answer {
    /// An answer without details.
    pub(super) fn new(id: Option<Value>, outcome: Outcome, status: Option<u16>) -> Self {
        Self {
            id,
            outcome,
            status,
            location: None,
            route: None,
            destinations: Vec::new(),
            request: None,
            authorization: None,
            timeout: None,
            retries: None,
            mirrors: Vec::new(),
            error: None,
            tree: None,
        }
    }
}
