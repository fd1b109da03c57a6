//! Policies as JSON, requests as values, and what comes of them.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use serde_json::{Map, Value, json};

use super::*;
use crate::error::CompileError;
use crate::request::{Peer, RequestView};
use crate::testing::Fields;
use crate::wire::Documents;
use crate::workload::Workload;

mod attributes;
mod doubt;
mod explained;
mod properties;
mod refused;
mod rules;
mod scope;

/// A request in pieces that a test can change one by one.
#[derive(Clone, Debug)]
struct Asked {
    /// Whether it is HTTP.
    http: bool,
    method: String,
    authority: String,
    path: String,
    headers: Fields,
    identity: Option<String>,
    ip: IpAddr,
    client: IpAddr,
    destination: Option<SocketAddr>,
    port: u16,
    sni: Option<String>,
    claims: Option<Map<String, Value>>,
}

impl Default for Asked {
    /// `GET /` by the service account `web` of the namespace `shop`.
    fn default() -> Self {
        Self {
            http: true,
            method: "GET".to_owned(),
            authority: "pay.example".to_owned(),
            path: "/".to_owned(),
            headers: Fields::default(),
            identity: Some("spiffe://cluster.local/ns/shop/sa/web".to_owned()),
            ip: IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)),
            client: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
            destination: Some(SocketAddr::from((Ipv4Addr::new(10, 0, 0, 9), 8080))),
            port: 8080,
            sni: None,
            claims: None,
        }
    }
}

impl Asked {
    fn plaintext() -> Self {
        Self {
            identity: None,
            ..Self::default()
        }
    }

    fn tcp() -> Self {
        Self {
            http: false,
            ..Self::default()
        }
    }

    fn of(identity: &str) -> Self {
        Self {
            identity: Some(identity.to_owned()),
            ..Self::default()
        }
    }

    fn with_headers(headers: &[(&str, &str)]) -> Self {
        Self {
            headers: Fields::of(headers),
            ..Self::default()
        }
    }

    fn with_claims(claims: &Value) -> Self {
        Self {
            claims: claims.as_object().cloned(),
            ..Self::default()
        }
    }

    /// Hands the subject that it is to `use_it`.
    fn subject<T>(&self, use_it: impl FnOnce(&Subject<'_>) -> T) -> T {
        let request = RequestView {
            method: &self.method,
            scheme: "http",
            authority: &self.authority,
            path: &self.path,
            query: None,
            headers: &self.headers,
            peer: Peer {
                address: SocketAddr::from((self.ip, 40_000)),
                client: self.client,
                identity: self.identity.as_deref(),
            },
            port: self.port,
            destination: self.destination,
            sni: self.sni.as_deref(),
            claims: self.claims.as_ref(),
        };
        let mut subject = Subject::of_request(&request);
        if !self.http {
            subject.request = None;
            subject.claims = None;
        }
        use_it(&subject)
    }
}

/// A policy of the workload's own namespace.
fn policy(name: &str, action: &str, rules: Value) -> Value {
    let mut policy = json!({"namespace": "shop", "name": name, "action": action});
    if !rules.is_null() {
        policy["rules"] = rules;
    }
    if action == "custom" {
        policy["provider"] = "guard".into();
    }
    policy
}

fn workload() -> Workload {
    Workload {
        namespace: "shop".to_owned(),
        labels: [("app".to_owned(), "pay".to_owned())].into(),
        ..Workload::default()
    }
}

fn compile(policies: &[Value]) -> Result<Policies, CompileError> {
    let plugins = json!([
        {"name": "guard", "source": "guard.py", "provider": "guard"},
        {"name": "hook", "source": "hook.py"},
        {"name": "far", "source": "far.py", "provider": "far", "audience": "desk"},
    ]);
    let documents = json!({"policies": policies, "plugins": plugins});
    Policies::compile(&Documents::parse(documents.to_string().as_bytes())?)
}

fn authorizer(policies: &[Value]) -> Authorizer {
    compile(policies).expect("valid").of_workload(&workload())
}

/// Whether `asked` may pass, why, and the policy and rule that decided, as `shop/a 0`.
fn decide(policies: &[Value], asked: &Asked) -> (bool, Reason, Option<String>) {
    let authorizer = authorizer(policies);
    asked.subject(|subject| {
        let decision = authorizer.check(subject);
        let by = decision.policy.zip(decision.rule);
        let by = by.map(|(policy, rule)| format!("{policy} {rule}"));
        (decision.allowed, decision.reason, by)
    })
}

/// Whether one rule of an ALLOW policy lets `asked` pass.
fn allows(rule: &Value, asked: &Asked) -> bool {
    decide(&[policy("a", "allow", json!([rule]))], asked).0
}

/// Whether one rule of a DENY policy refuses `asked`.
fn denies(rule: &Value, asked: &Asked) -> bool {
    !decide(&[policy("d", "deny", json!([rule]))], asked).0
}

/// Whether one rule matches, whatever its action, since nothing in it is in doubt.
fn matches(rule: &Value, asked: &Asked) -> bool {
    let (allowed, denied) = (allows(rule, asked), denies(rule, asked));
    assert_eq!(allowed, denied, "{rule} is in doubt about {asked:?}");
    allowed
}

fn from(source: &Value) -> Value {
    json!({"from": [source]})
}

fn to(operation: &Value) -> Value {
    json!({"to": [operation]})
}

fn when(key: &str, values: &[&str]) -> Value {
    json!({"when": [{"key": key, "values": values}]})
}

fn when_not(key: &str, values: &[&str]) -> Value {
    json!({"when": [{"key": key, "not_values": values}]})
}
