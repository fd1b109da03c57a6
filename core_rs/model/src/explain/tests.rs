use serde_json::{Value, json};

use super::*;

mod lines;
mod policies;

/// A mesh with a shop: `payments` has two known endpoints of two versions, `reviews` none, and of
/// `stock` nothing is known.
fn documents() -> Value {
    json!({
        "mesh": {},
        "services": [
            {"namespace": "shop", "name": "payments", "host": "payments.shop.svc.cluster.local",
             "selector": {"app": "payments"}, "clusters": [
                {"port": 80, "protocol": "http", "target_port": 8080},
                {"port": 80, "protocol": "http", "subset": "v2", "labels": {"version": "v2"}},
                {"port": 9000, "protocol": "tcp"}]},
            {"namespace": "shop", "name": "reviews", "host": "reviews.shop.svc.cluster.local",
             "clusters": [{"port": 80, "protocol": "http"}]},
            {"namespace": "shop", "name": "stock", "host": "stock.shop.svc.cluster.local",
             "selector": {"app": "stock"}, "known_endpoints": false,
             "clusters": [{"port": 80, "protocol": "http", "target_port": 8081}]},
        ],
        "endpoints": [{"service": "shop/payments", "endpoints": [
            {"address": "10.0.0.1:8080", "port": 80, "labels": {"app": "payments", "version": "v1"}},
            {"address": "10.0.0.2:8080", "port": 80, "labels": {"app": "payments", "version": "v2"}},
            {"address": "10.0.0.1:9000", "port": 9000, "labels": {"app": "payments"}}]}],
        "routes": [
            route("payments.shop.svc.cluster.local", &json!([
                {"name": "old", "matches": [{"path": {"type": "exact", "value": "/old"}}],
                 "resource": resource(0), "redirect": {"path": {"type": "full", "value": "/new"},
                 "status": 301}},
                {"name": "hello", "matches": [{"path": {"type": "exact", "value": "/hello"}}],
                 "resource": resource(1), "direct_response": {"status": 418, "body": "hello"}},
                {"name": "api", "matches": [{"path": {"type": "starts_with", "value": "/api"}}],
                 "resource": resource(2), "timeouts": {"request_ms": 1500},
                 "retry": {"attempts": 2, "per_try_timeout_ms": 500, "retry_on": ["5xx", "reset"]},
                 "rewrite": {"authority": "inner", "path": {"type": "prefix", "value": "/v1"}},
                 "request_headers": {"set": [{"name": "x-a", "value": "1"}], "remove": ["x-b"]},
                 "mirrors": [{"service": "shop/stock", "port": 80, "percent": 50.0}],
                 "destinations": [{"service": "shop/payments", "port": 80, "subset": "v2"}]},
                {"name": "split", "matches": [{"path": {"type": "exact", "value": "/split"}}],
                 "resource": resource(3), "destinations": [
                    {"service": "shop/payments", "port": 80, "weight": 90},
                    {"service": "shop/stock", "port": 80, "weight": 10}]},
                {"name": "gone", "matches": [{"path": {"type": "exact", "value": "/gone"}}],
                 "resource": resource(4),
                 "destinations": [{"service": "shop/none", "status": 500}]},
                {"name": "pay", "matches": [{"path": {"type": "starts_with", "value": "/pay"}}],
                 "resource": resource(5),
                 "destinations": [{"service": "shop/payments", "port": 80}]},
            ])),
            route("reviews.shop.svc.cluster.local", &json!([{"name": "reviews",
                "resource": resource(6),
                "destinations": [{"service": "shop/reviews", "port": 80}]}])),
            route("stock.shop.svc.cluster.local", &json!([{"name": "stock",
                "resource": resource(7),
                "destinations": [{"service": "shop/stock", "port": 80}]}])),
            {"host": "pay.example", "gateway": "edge/public", "rules": [{"name": "edge",
                "resource": resource(8),
                "destinations": [{"service": "shop/payments", "port": 80}]}]},
        ],
        "listeners": [{"gateway": "edge/public", "name": "http", "port": 80}],
    })
}

fn route(host: &str, rules: &Value) -> Value {
    let name = host.split('.').next().unwrap_or_default();
    json!({"host": host, "aliases": [format!("{name}.shop")], "local_aliases": [name],
           "namespace": "shop", "order": "listed", "port": 80, "rules": rules})
}

fn resource(rule: u32) -> Value {
    json!({"kind": "VirtualService", "namespace": "shop", "name": "payments", "rule": rule})
}

fn engine(changes: Value) -> Engine {
    let mut all = documents();
    let (Value::Object(all), Value::Object(changes)) = (&mut all, changes) else {
        panic!("objects");
    };
    all.extend(changes);
    let json = Value::Object(all.clone()).to_string();
    Engine::compile(Documents::parse(json.as_bytes()).expect("documents")).expect("compiles")
}

/// The answer, which is the same with and without its steps.
fn ask(engine: &Engine, question: &Value) -> Answer {
    let line = question.to_string();
    let answer = engine.answer_line(line.as_bytes(), false);
    let mut traced = engine.answer_line(line.as_bytes(), true);
    assert!(traced.tree.is_some());
    traced.tree = None;
    assert_eq!(answer, traced);
    answer
}

fn get(path: &str) -> Value {
    json!({
        "id": path, "path": path, "destination": {"host": "payments.shop"},
        "source": {"namespace": "web", "service_account": "web"},
    })
}

fn to(host: &str) -> Value {
    json!({"destination": {"host": host}, "source": {"namespace": "shop"}})
}

#[test]
fn a_request_is_forwarded_by_its_rule() {
    let answer = ask(&engine(json!({})), &get("/pay?x=1"));
    assert_eq!(answer.outcome, Outcome::Forward);
    assert_eq!(answer.id, Some(json!("/pay?x=1")));
    assert_eq!(answer.status, None);
    let route = answer.route.expect("a rule");
    assert_eq!((&*route.kind, route.rule), ("VirtualService", 5));
    assert_eq!(answer.destinations.len(), 1);
    let destination = &answer.destinations[0];
    assert_eq!(destination.host, "payments.shop.svc.cluster.local");
    assert_eq!((&*destination.service, destination.port), ("payments", 80));
    let leaving = answer.request.expect("it leaves");
    assert_eq!(
        (&*leaving.authority, &*leaving.path),
        ("payments.shop", "/pay?x=1")
    );
    let authorization = answer.authorization.expect("decided");
    assert_eq!(authorization.decision, Verdict::Allow);
    assert_eq!(authorization.reason, "no_allow_policy");
}

#[test]
fn names_are_those_of_the_client() {
    let engine = engine(json!({"mesh": {"outbound": "registry_only"}}));
    assert_eq!(ask(&engine, &to("stock")).outcome, Outcome::Forward);
    let mut elsewhere = to("stock");
    elsewhere["source"]["namespace"] = json!("web");
    assert_eq!(ask(&engine, &elsewhere).outcome, Outcome::Unavailable);
}

#[test]
fn a_rule_redirects_or_answers() {
    let engine = engine(json!({}));
    let answer = ask(&engine, &get("/old?x=1"));
    assert_eq!(
        (answer.outcome, answer.status),
        (Outcome::Redirect, Some(301))
    );
    assert_eq!(
        answer.location.as_deref(),
        Some("http://payments.shop/new?x=1")
    );
    let answer = ask(&engine, &get("/hello"));
    assert_eq!(
        (answer.outcome, answer.status),
        (Outcome::Direct, Some(418))
    );
    assert!(answer.authorization.is_none());
    assert!(answer.request.is_none());
}

#[test]
fn a_rule_rewrites_and_limits() {
    let mut question = get("/api/a");
    question["headers"] = json!([
        ["X-B", "2"],
        ["x-c", "3"],
        ["connection", "x-d"],
        ["x-d", "4"]
    ]);
    let answer = ask(&engine(json!({})), &question);
    let leaving = answer.request.expect("it leaves");
    assert_eq!((&*leaving.authority, &*leaving.path), ("inner", "/v1/a"));
    let own = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(leaving.headers, [own("x-c", "3"), own("x-a", "1")]);
    assert_eq!(answer.timeout.as_deref(), Some("1s500ms"));
    let retries = answer.retries.expect("retries");
    assert_eq!((retries.attempts, &*retries.retry_on), (2, "5xx,reset"));
    assert_eq!(retries.per_try_timeout.as_deref(), Some("500ms"));
    assert_eq!(answer.mirrors.len(), 1);
    assert_eq!(answer.mirrors[0].host, "stock.shop.svc.cluster.local");
    assert_eq!(answer.destinations[0].subset, "v2");
}

#[test]
fn the_rule_has_the_say_over_its_destination() {
    let edits = |value: &str| {
        json!({"set": [{"name": "x-a", "value": value}],
        "add": [{"name": "x-b", "value": value}]})
    };
    let routes = json!([route(
        "stock.shop.svc.cluster.local",
        &json!([{"name": "stock",
        "request_headers": edits("rule"), "destinations": [
            {"service": "shop/stock", "port": 80, "request_headers": edits("own")}]}])
    )]);
    let answer = ask(&engine(json!({"routes": routes})), &to("stock.shop"));
    let headers = answer.request.expect("it leaves").headers;
    let own = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        headers,
        [own("x-b", "own"), own("x-a", "rule"), own("x-b", "rule")]
    );
}

#[test]
fn what_has_no_route_or_endpoint() {
    let open = engine(json!({}));
    let outcome = |engine: &Engine, question: &Value| {
        let answer = ask(engine, question);
        (answer.outcome, answer.status)
    };
    assert_eq!(
        outcome(&open, &get("/none")),
        (Outcome::NotFound, Some(404))
    );
    assert_eq!(
        outcome(&open, &get("/gone")),
        (Outcome::Unavailable, Some(500))
    );
    assert_eq!(
        outcome(&open, &to("reviews.shop")),
        (Outcome::Unavailable, Some(503))
    );
    assert_eq!(outcome(&open, &to("stock.shop")), (Outcome::Forward, None));
    assert_eq!(
        outcome(&open, &to("api.example")),
        (Outcome::Passthrough, None)
    );
    let closed = engine(json!({"mesh": {"outbound": "registry_only"}}));
    assert_eq!(
        outcome(&closed, &to("api.example")),
        (Outcome::Unavailable, Some(502))
    );
}

#[test]
fn a_gateway_serves_its_hosts_only() {
    let engine = engine(json!({}));
    let ask = |gateway: &str, destination: &Value| {
        let question = json!({"gateway": gateway, "destination": destination});
        let answer = ask(&engine, &question);
        (answer.outcome, answer.status)
    };
    assert_eq!(
        ask("edge/public", &json!({"host": "pay.example"})),
        (Outcome::Forward, None)
    );
    let not_found = (Outcome::NotFound, Some(404));
    assert_eq!(
        ask("edge/public", &json!({"host": "payments.shop"})),
        not_found
    );
    assert_eq!(ask("edge/public", &json!({})), not_found);
    assert_eq!(
        ask("edge/public", &json!({"host": "pay.example", "port": 81})),
        not_found
    );
    assert_eq!(
        ask("edge/other", &json!({"host": "pay.example"})),
        not_found
    );
}

/// STRICT for the mesh, and payments lets in `web` alone, `/pay` only.
fn guarded() -> Engine {
    engine(json!({
        "peer_authentications": [{"namespace": "istio-system", "name": "default",
            "scope": "mesh", "mode": "strict"}],
        "policies": [
            {"namespace": "shop", "name": "payments", "selector": {"app": "payments"}, "rules": [
                {"from": [{"principals": ["cluster.local/ns/nobody/sa/nobody"]}]},
                {"from": [{"principals": ["cluster.local/ns/web/sa/web"]}],
                 "to": [{"paths": ["/pay*", "/v1*"], "ports": ["8080"]}]}]},
            {"namespace": "shop", "name": "watched", "dry_run": true, "action": "deny",
             "rules": [{}]},
            {"namespace": "edge", "name": "public", "targets": ["edge/public"], "action": "deny",
             "rules": [{"to": [{"paths": ["/admin*"]}]}]},
        ],
    }))
}

#[test]
fn connections_go_to_the_service() {
    let open = engine(json!({}));
    let connect = |port: u16, protocol: &str| {
        json!({"protocol": protocol, "destination": {"host": "payments.shop", "port": port},
               "source": {"namespace": "web", "service_account": "web"}})
    };
    let answer = ask(&open, &connect(9000, "tcp"));
    assert_eq!((answer.outcome, answer.status), (Outcome::Forward, None));
    assert_eq!(answer.destinations[0].port, 9000);
    assert!(answer.request.is_none());
    // What speaks HTTP to that port is a connection all the same.
    assert_eq!(ask(&open, &connect(9000, "http")).outcome, Outcome::Forward);
    assert_eq!(
        ask(&open, &connect(9001, "tcp")).outcome,
        Outcome::Passthrough
    );
    let answer = ask(&guarded(), &connect(9000, "tcp"));
    assert_eq!((answer.outcome, answer.status), (Outcome::Denied, None));
}

#[test]
fn an_unknown_host_may_have_been_meant_otherwise() {
    let engine = engine(json!({}));
    let reason = |destination: &Value| {
        let line = json!({"destination": destination}).to_string();
        let answer = engine.answer_line(line.as_bytes(), true);
        let tree = answer.tree.expect("asked for");
        tree.last().expect("a step").reason.clone()
    };
    assert!(reason(&json!({"host": "stock"})).ends_with("; there is stock.shop.svc.cluster.local"));
    let other_port = reason(&json!({"host": "payments.shop", "port": 9001}));
    assert!(other_port.ends_with("has no HTTP at port 9001, its ports are 80, 9000"));
    assert!(reason(&json!({"host": "api.example"})).ends_with("where it asks to go"));
}

#[test]
fn a_wildcard_is_passed_through() {
    let wild = json!({"namespace": "shop", "name": "*.wild.example", "host": "*.wild.example",
        "kind": "ServiceEntry", "passthrough": true, "clusters": [
            {"port": 80, "protocol": "http"}, {"port": 443, "protocol": "tls"}]});
    let mut changes = json!({"services": documents()["services"], "routes": [
        route("*.wild.example", &json!([{"name": "wild",
            "destinations": [{"service": "shop/*.wild.example", "port": 80}]}]))]});
    changes["services"]
        .as_array_mut()
        .expect("a list")
        .push(wild);
    let engine = engine(changes);
    for question in [
        json!({"destination": {"host": "a.wild.example"}}),
        json!({"destination": {"host": "a.wild.example"}, "scheme": "https"}),
        json!({"destination": {"port": 443, "host": "10.0.0.9"}, "protocol": "tls",
               "sni": "a.wild.example"}),
    ] {
        let answer = ask(&engine, &question);
        assert_eq!(answer.outcome, Outcome::Forward, "{question}");
        let host = &answer.destinations[0].host;
        assert!(host == "a.wild.example" || host == "10.0.0.9", "{host}");
        assert!(answer.authorization.is_none());
    }
}

#[test]
fn the_steps_are_told_in_their_order() {
    let line = get("/pay").to_string();
    let answer = guarded().answer_line(line.as_bytes(), true);
    let tree = answer.tree.expect("asked for");
    let steps: Vec<_> = tree
        .iter()
        .map(|node| (&*node.step, &*node.result))
        .collect();
    assert_eq!(steps, [("host", "matched"), ("destination", "chosen")]);
    let routes: Vec<_> = tree[0].children.iter().map(|node| &*node.result).collect();
    assert_eq!(routes.last(), Some(&"matched"));
    assert_eq!(routes.len(), 6);
    let workload = &tree[1].children[0];
    assert_eq!((&*workload.step, &*workload.result), ("workload", "allow"));
    let policy = workload
        .children
        .iter()
        .find(|node| node.name == "shop/payments");
    let rules: Vec<_> = policy
        .expect("told")
        .children
        .iter()
        .map(|node| &*node.result)
        .collect();
    assert_eq!(rules, ["not_matched", "matched"]);
}

#[test]
fn documents_with_mistakes_are_refused() {
    let wrong = json!({"routes": [{"host": "a", "rules": [{"name": "r",
        "destinations": [{"service": "shop/none"}]}]}]});
    let documents = Documents::parse(wrong.to_string().as_bytes()).expect("documents");
    assert!(Engine::compile(documents).is_err());
}
