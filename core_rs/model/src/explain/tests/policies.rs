//! What policies decide on the way.

use serde_json::json;

use super::*;

#[test]
fn policies_of_the_destination_decide() {
    let engine = guarded();
    let authorization = |question: &Value| {
        let answer = ask(&engine, question);
        let authorization = answer.authorization.expect("decided");
        (answer.outcome, answer.status, authorization)
    };
    let (outcome, _, found) = authorization(&get("/pay"));
    assert_eq!(outcome, Outcome::Forward);
    assert_eq!(
        (found.policy.as_deref(), found.rule),
        (Some("shop/payments"), Some(1))
    );
    assert_eq!(found.dry_run.len(), 1);
    assert_eq!(found.dry_run[0].decision, Verdict::Deny);
    // The destination sees the path as it was rewritten.
    assert_eq!(authorization(&get("/api/x")).0, Outcome::Forward);
    // One of two destinations refuses.
    let (outcome, status, found) = authorization(&get("/split"));
    assert_eq!((outcome, status), (Outcome::Denied, Some(403)));
    assert_eq!(found.reason, "no_allow_rule_matched");
    assert_eq!(found.policy, None);
    // A peer without identity is cut off before any policy.
    let mut question = get("/pay");
    question["source"] = json!({"namespace": "web"});
    let (outcome, status, found) = authorization(&question);
    assert_eq!((outcome, status), (Outcome::Denied, None));
    assert_eq!(found.policy.as_deref(), Some("istio-system/default"));
    assert_eq!(found.reason, "peer_without_mtls");
}

#[test]
fn a_gateway_is_guarded_and_is_the_peer_of_what_is_behind_it() {
    let engine = guarded();
    let ask = |path: &str| {
        let question = json!({"gateway": "edge/public", "path": path,
            "destination": {"host": "pay.example"}});
        ask(&engine, &question)
    };
    let answer = ask("/admin/x");
    assert_eq!(
        (answer.outcome, answer.status),
        (Outcome::Denied, Some(403))
    );
    let denial = answer.authorization.expect("decided");
    assert_eq!(denial.policy.as_deref(), Some("edge/public"));
    // mTLS it is, but the gateway is not `web`.
    let answer = ask("/pay");
    assert_eq!(answer.outcome, Outcome::Denied);
    let denial = answer.authorization.expect("decided");
    assert_eq!(denial.reason, "no_allow_rule_matched");
}

#[test]
fn what_arrives_at_a_listener_with_tls_came_over_tls() {
    let mut routes = documents()["routes"].clone();
    routes[3]["rules"][0] = json!({"name": "away", "redirect": {"host": "b.example"}});
    let engine = engine(json!({"routes": routes, "listeners": [
        {"gateway": "edge/public", "name": "https", "port": 443, "protocol": "https"}]}));
    // Where nothing listens at port 80, the other port is meant.
    let question = json!({"gateway": "edge/public", "destination": {"host": "pay.example"}});
    let location = ask(&engine, &question).location;
    assert_eq!(location.as_deref(), Some("https://b.example/"));
}

#[test]
fn the_policy_of_the_gateway_is_named_where_the_destination_has_none() {
    let policy = |name: &str, targets: &[&str], dry_run: bool| {
        json!({"namespace": "edge", "name": name, "targets": targets, "dry_run": dry_run,
               "rules": [{}]})
    };
    let engine = engine(json!({"policies": [
        policy("in", &["edge/public"], false), policy("watched", &["edge/public"], true),
        {"namespace": "shop", "name": "watched", "dry_run": true, "rules": [{}]}]}));
    let question = json!({"gateway": "edge/public", "destination": {"host": "pay.example"}});
    let found = ask(&engine, &question).authorization.expect("decided");
    assert_eq!(
        (found.policy.as_deref(), found.rule),
        (Some("edge/in"), Some(0))
    );
    let watched: Vec<_> = found.dry_run.iter().map(|one| &*one.policy).collect();
    assert_eq!(watched, ["edge/watched", "shop/watched"]);
}

#[test]
fn a_workload_is_asked_directly() {
    let engine = guarded();
    let question = |path: &str, port: u16| {
        json!({"path": path, "source": {"namespace": "web", "service_account": "web"},
               "destination": {"port": port, "workload":
                   {"namespace": "shop", "labels": {"app": "payments"}}}})
    };
    let answer = ask(&engine, &question("/pay", 8080));
    assert_eq!(answer.outcome, Outcome::Forward);
    assert!(answer.destinations.is_empty());
    assert_eq!(
        ask(&engine, &question("/pay", 8081)).outcome,
        Outcome::Denied
    );
    // Rules that ask for a path do not let a connection in.
    let mut connection = question("/", 8080);
    connection["protocol"] = json!("tcp");
    let answer = ask(&engine, &connection);
    assert_eq!((answer.outcome, answer.status), (Outcome::Denied, None));
}
