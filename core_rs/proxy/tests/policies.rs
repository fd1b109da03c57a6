//! What policies refuse at a gateway, and what rules answer by themselves.

mod support;

use std::net::SocketAddr;

use proxy::settings::Settings;
use support::{Proxy, gateway};
use testkit::{Client, Message, Origin, behaviours};

const FORWARD: &str = r#"{"name":"all","destinations":[{"service":"default/upstream"}]}"#;

struct Gateway {
    origin: Origin,
    proxy: Proxy,
}

impl Gateway {
    fn start(rules: &str, policies: &str) -> Self {
        let origin = Origin::start(behaviours::reflect).expect("an origin");
        let documents = gateway(origin.address(), rules, policies);
        let proxy = Proxy::start(Settings::default(), &documents);
        Self { origin, proxy }
    }

    fn ask(&self, request: &str) -> Message {
        let mut client = Client::connect(self.proxy.address).expect("a proxy that listens");
        client.send(request).expect("sent");
        client.response().expect("a response")
    }

    fn metrics(&self) -> String {
        self.proxy.metrics.scrape().collect()
    }
}

fn get(target: &str, fields: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nhost: shop.example\r\n{fields}\r\n")
}

#[test]
fn a_deny_policy_refuses_the_canonical_path() {
    let policies = r#"{"namespace":"default","name":"no","action":"deny","targets":["default/web"],
        "rules":[{"to":[{"paths":["/admin*"]}]}]}"#;
    let gateway = Gateway::start(FORWARD, policies);
    assert_eq!(gateway.ask(&get("/", "")).status(), 200);
    for target in [
        "/admin",
        "//admin",
        "/x/../admin/a",
        "/%61dmin",
        "/admin?x=/",
    ] {
        let refused = gateway.ask(&get(target, ""));
        assert_eq!(refused.status(), 403, "{target}");
        assert_eq!(refused.value("x-pymesh-error"), Some("denied"));
    }
    assert_eq!(gateway.origin.requests().len(), 1);
    let counted = r#"pymesh_authorization_decisions_total{decision="deny",policy="default/no"} 5"#;
    let metrics = gateway.metrics();
    assert!(metrics.contains(counted), "{metrics}");
}

#[test]
fn a_refused_request_leaves_its_connection_usable() {
    let policies = r#"{"namespace":"default","name":"no","action":"deny","targets":["default/web"],
        "rules":[{"to":[{"methods":["DELETE"]}]}]}"#;
    let gateway = Gateway::start(FORWARD, policies);
    let mut client = Client::connect(gateway.proxy.address).expect("a proxy that listens");
    client
        .send("DELETE / HTTP/1.1\r\nhost: x\r\n\r\n")
        .expect("sent");
    assert_eq!(client.response().expect("a response").status(), 403);
    assert_eq!(client.get("/").expect("a response").status(), 200);
}

#[test]
fn what_no_allow_rule_covers_is_refused() {
    let policies = r#"{"namespace":"default","name":"yes","targets":["default/web"],
        "rules":[{"to":[{"methods":["GET"]}],"when":[{"key":"request.headers[x-team]","values":["a"]}]}]}"#;
    let gateway = Gateway::start(FORWARD, policies);
    assert_eq!(gateway.ask(&get("/", "x-team: a\r\n")).status(), 200);
    assert_eq!(gateway.ask(&get("/", "x-team: b\r\n")).status(), 403);
    assert_eq!(gateway.ask(&get("/", "")).status(), 403);
    // Nobody can show an identity on plaintext.
    let policies = r#"{"namespace":"default","name":"yes","targets":["default/web"],
        "rules":[{"from":[{"principals":["*"]}]}]}"#;
    let gateway = Gateway::start(FORWARD, policies);
    assert_eq!(
        gateway
            .ask(&get(
                "/",
                "x-forwarded-client-cert: URI=spiffe://a/ns/b/sa/c\r\n"
            ))
            .status(),
        403
    );
}

#[test]
fn a_provider_that_nobody_serves_refuses() {
    let policies = r#"{"namespace":"default","name":"ask","action":"custom","provider":"p",
        "targets":["default/web"],"rules":[{}]}"#;
    let gateway = Gateway::start(FORWARD, policies);
    assert_eq!(gateway.ask(&get("/", "")).status(), 403);
    assert!(gateway.origin.requests().is_empty());
}

#[test]
fn dry_run_and_audit_change_nothing_and_are_counted() {
    let policies = r#"{"namespace":"default","name":"dry","action":"deny","dry_run":true,
        "targets":["default/web"],"rules":[{}]},
        {"namespace":"default","name":"seen","action":"audit","targets":["default/web"],"rules":[{}]}"#;
    let gateway = Gateway::start(FORWARD, policies);
    assert_eq!(gateway.ask(&get("/", "")).status(), 200);
    let metrics = gateway.metrics();
    for counted in [
        r#"{decision="would_deny",policy="default/dry"} 1"#,
        r#"{decision="audit",policy="default/seen"} 1"#,
    ] {
        assert!(metrics.contains(counted), "{counted}: {metrics}");
    }
}

#[test]
fn rules_answer_by_themselves() {
    let rules = r#"{"name":"moved","matches":[{"path":{"type":"prefix","value":"/old"}}],
            "redirect":{"host":"new.example","path":{"type":"prefix","value":"/new"},"status":308}},
        {"name":"fixed","matches":[{"path":{"type":"exact","value":"/fixed"}}],
            "direct_response":{"status":418,"body":"short and stout"}},
        {"name":"broken","matches":[{"path":{"type":"exact","value":"/broken"}}],
            "destinations":[{"service":"default/gone","status":500}]}"#;
    let gateway = Gateway::start(rules, "");
    let moved = gateway.ask(&get("/old/a%20b?c=d", ""));
    assert_eq!(moved.status(), 308);
    assert_eq!(
        moved.value("location"),
        Some("http://new.example/new/a%20b?c=d")
    );
    let fixed = gateway.ask(&get("/fixed", ""));
    assert_eq!(
        (fixed.status(), fixed.body.as_slice()),
        (418, &b"short and stout"[..])
    );
    let broken = gateway.ask(&get("/broken", ""));
    assert_eq!(broken.status(), 500);
    assert_eq!(
        broken.value("x-pymesh-error"),
        Some("unresolved_destination")
    );
    assert_eq!(gateway.ask(&get("/else", "")).status(), 404);
    assert!(gateway.origin.requests().is_empty());
}

#[test]
fn what_rules_answer_by_themselves_has_their_edits_and_names_the_origin() {
    let rules = r#"{"name":"moved","matches":[{"path":{"type":"exact","value":"/old"}}],
            "redirect":{"scheme":"https","status":301},
            "response_headers":{"set":[{"name":"strict-transport-security","value":"max-age=9"}]}},
        {"name":"fixed","direct_response":{"status":200,"body":"{}"},
            "cors":{"allow_origins":[{"type":"exact","value":"https://a.example"}]},
            "response_headers":{"set":[{"name":"Content-Type","value":"application/json"}],
                "add":[{"name":"x-a","value":"1"}],"remove":["x-b"]}}"#;
    let gateway = Gateway::start(rules, "");
    let moved = gateway.ask(&get("/old", ""));
    assert_eq!(moved.value("location"), Some("https://shop.example/old"));
    let transport = moved.value("strict-transport-security");
    assert_eq!(transport, Some("max-age=9"));
    let fixed = gateway.ask(&get("/", "origin: https://a.example\r\n"));
    let values = ["content-type", "x-a", "access-control-allow-origin"].map(|it| fixed.value(it));
    let expected = ["application/json", "1", "https://a.example"];
    assert_eq!(values, expected.map(Some));
    assert_eq!(fixed.body, b"{}");
    let other = gateway.ask(&get("/", "origin: https://b.example\r\n"));
    assert_eq!(other.value("access-control-allow-origin"), None);
}

#[test]
fn a_rewrite_changes_what_leaves_and_cannot_be_escaped() {
    let rules = r#"{"name":"api","matches":[{"path":{"type":"starts_with","value":"/api"}}],
        "rewrite":{"authority":"inner.example","path":{"type":"prefix","value":"/v1/"}},
        "request_headers":{"set":[{"name":"x-rule","value":"1"}]},
        "destinations":[{"service":"default/upstream",
            "request_headers":{"set":[{"name":"x-rule","value":"2"},{"name":"x-own","value":"3"}]},
            "response_headers":{"remove":["x-reflected"]}}]}"#;
    let gateway = Gateway::start(rules, "");
    assert_eq!(gateway.ask(&get("/api/things?q=1", "")).status(), 200);
    let sent = gateway.origin.requests().pop().expect("a request");
    assert_eq!(sent.target(), "/v1//things?q=1");
    assert_eq!(sent.value("host"), Some("inner.example"));
    // The rule's word comes after the destination's.
    assert_eq!(sent.value("x-rule"), Some("1"));
    assert_eq!(sent.value("x-own"), Some("3"));
    let escape = gateway.ask(&get("/api..%2fadmin", ""));
    let next = gateway.ask(&get("/api../admin", ""));
    // An escaped slash is a part of its segment, as in a path that is not rewritten.
    assert_eq!((escape.status(), next.status()), (200, 400));
    for sent in gateway.origin.requests() {
        assert!(sent.target().starts_with("/v1/") && !sent.target().contains("/../"));
    }
}

#[test]
fn a_preflight_is_answered_and_answers_name_the_origin() {
    let rules = r#"{"name":"all","destinations":[{"service":"default/upstream"}],
        "cors":{"allow_origins":[{"type":"exact","value":"https://a.example"}],
            "allow_methods":["GET","PUT"],"max_age_seconds":60,"forward_unmatched_preflights":false}}"#;
    let gateway = Gateway::start(rules, "");
    let preflight = |origin: &str| {
        gateway.ask(&format!(
            "OPTIONS / HTTP/1.1\r\nhost: shop.example\r\norigin: {origin}\r\naccess-control-request-method: PUT\r\n\r\n"
        ))
    };
    let allowed = preflight("https://a.example");
    assert_eq!(allowed.status(), 200);
    assert_eq!(
        allowed.value("access-control-allow-origin"),
        Some("https://a.example")
    );
    assert_eq!(allowed.value("access-control-max-age"), Some("60"));
    let refused = preflight("https://evil.example");
    assert_eq!(refused.value("access-control-allow-origin"), None);
    assert!(gateway.origin.requests().is_empty());
    let answer = gateway.ask(&get("/", "origin: https://a.example\r\n"));
    assert_eq!(
        answer.value("access-control-allow-origin"),
        Some("https://a.example")
    );
}

#[test]
fn a_client_in_the_mesh_is_told_that_a_host_is_unknown() {
    let origin: SocketAddr = ([127, 0, 0, 1], 9).into();
    let json = format!(
        r#"{{"services":[{{"namespace":"default","name":"upstream","host":"upstream"}}],
            "endpoints":[{{"service":"default/upstream","endpoints":[{{"address":"{origin}"}}]}}],
            "routes":[{{"host":"upstream","rules":[{FORWARD}]}}]}}"#
    );
    let documents = model::Documents::parse(json.as_bytes()).expect("well-formed documents");
    let proxy = Proxy::start(Settings::default(), &documents);
    let mut client = Client::connect(proxy.address).expect("a proxy that listens");
    let answer = client.get("/").expect("a response");
    assert_eq!(answer.status(), 502);
    assert_eq!(answer.value("x-pymesh-error"), Some("unknown_host"));
}
