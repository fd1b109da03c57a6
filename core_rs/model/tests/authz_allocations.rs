//! A decision allocates nothing, whatever it is about.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use model::authz::{Authorizer, Custom, Policies, Subject};
use model::{Documents, Headers, Peer, RequestView, Workload};
use serde_json::{Value, json};

/// Fields, one of them repeated.
struct Fields;

const FIELDS: [(&str, &[u8]); 3] = [("x-team", b"core"), ("x-role", b"a"), ("x-role", b"b")];

impl Headers for Fields {
    fn visit(&self, each: &mut dyn FnMut(&str, &[u8])) {
        for (name, value) in FIELDS {
            each(name, value);
        }
    }

    fn first<'s>(&'s self, name: &str) -> Option<&'s [u8]> {
        let mut named = FIELDS
            .iter()
            .filter(|(field, _)| field.eq_ignore_ascii_case(name));
        named.next().map(|(_, value)| *value)
    }

    fn visit_named(&self, name: &str, each: &mut dyn FnMut(&[u8])) {
        for (field, value) in FIELDS {
            if field.eq_ignore_ascii_case(name) {
                each(value);
            }
        }
    }
}

fn authorizer(policies: &Value) -> Authorizer {
    let plugins = json!([{"name": "g", "source": "g.py", "provider": "guard"}]);
    let documents = json!({"policies": policies, "plugins": plugins});
    let documents = Documents::parse(documents.to_string().as_bytes()).expect("documents");
    let policies = Policies::compile(&documents).expect("valid");
    policies.of_workload(&Workload::default())
}

/// One of every list and key, none of which is in the request, and a last rule that is.
fn everything() -> Value {
    let sources = json!([
        {"principals": ["x", "x*", "*x"]}, {"not_principals": ["*"]}, {"namespaces": ["x*y*z"]},
        {"service_accounts": ["x/y"]}, {"trust_domains": ["x"]}, {"ip_blocks": ["192.0.2.0/24"]},
        {"remote_ip_blocks": ["fd00::/8"]}, {"request_principals": ["x/*"]},
    ]);
    let operations = json!([
        {"hosts": ["x", "*.X"]}, {"ports": ["1"]}, {"methods": ["X"]},
        {"paths": ["/x", "/{*}/x", "/x/{**}"]},
    ]);
    let conditions = [
        ("request.headers[x-team]", "x"),
        ("request.headers[x-role]", "*,x"),
        ("request.auth.claims[groups]", "x"),
        ("request.auth.claims[scope]", "x"),
        ("destination.ip", "192.0.2.1"),
        ("connection.sni", "x"),
    ];
    let mut rules = vec![json!({"from": sources}), json!({"to": operations})];
    for (key, value) in conditions {
        rules.push(json!({"when": [{"key": key, "values": [value]}]}));
    }
    rules.push(json!({"when": [{"key": "request.headers[x-role]", "values": ["a,b"]}]}));
    rules.into()
}

#[test]
fn no_decision_allocates() {
    let policy = |name: &str, action: &str, dry_run: bool| {
        let provider = if action == "custom" { "guard" } else { "" };
        let rules = if action == "custom" {
            json!([{}])
        } else {
            everything()
        };
        json!({
            "namespace": "default", "name": name, "action": action, "provider": provider,
            "dry_run": dry_run, "rules": rules,
        })
    };
    let all = json!([
        policy("allow", "allow", false),
        policy("audit", "audit", false),
        policy("custom", "custom", false),
        policy("dry-deny", "deny", true),
        policy("dry-allow", "allow", true),
    ]);
    let (allowing, denying) = (
        authorizer(&all),
        authorizer(&json!([policy("d", "deny", false)])),
    );
    let claims = json!({"iss": "i", "sub": "s", "groups": ["a", "b"], "scope": "read write"});
    let ip = Ipv4Addr::new(10, 0, 0, 1);
    let request = RequestView {
        method: "GET",
        scheme: "http",
        authority: "Pay.Example:8080",
        path: "/a/b/c",
        query: None,
        headers: &Fields,
        peer: Peer {
            address: SocketAddr::from((ip, 40_000)),
            client: IpAddr::V4(ip),
            identity: Some("spiffe://cluster.local/ns/shop/sa/web"),
        },
        port: 8080,
        destination: Some(SocketAddr::from((ip, 8080))),
        sni: Some("Pay.Example"),
        claims: claims.as_object(),
    };
    let subject = Subject::of_request(&request);
    let counted = allocation_counter::measure(|| {
        let decision = allowing.check(&subject);
        assert!(decision.allowed && !decision.audited.is_empty());
        assert_eq!(decision.rule, Some(8));
        assert!(decision.dry_run.iter().any(|one| one.would_deny));
        assert!(matches!(allowing.custom(&subject), Custom::Ask { .. }));
        assert!(!denying.check(&subject).allowed);
        assert!(Authorizer::default().check(&subject).allowed);
    });
    assert_eq!(counted.count_total, 0);
}
