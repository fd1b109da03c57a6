//! Documents that are refused as a whole, with policy and field.

use super::*;
use crate::error::ErrorCode;

/// The field at which `change` makes a good policy a bad one.
fn field(change: impl FnOnce(&mut Value)) -> String {
    let mut document = json!({"namespace": "shop", "name": "p", "rules": [{
        "from": [{"namespaces": ["shop"]}], "to": [{"methods": ["GET"]}],
        "when": [{"key": "source.ip", "values": ["10.0.0.0/8"]}],
    }]});
    assert!(compile(std::slice::from_ref(&document)).is_ok());
    change(&mut document);
    let error = compile(std::slice::from_ref(&document)).expect_err("refused");
    assert_eq!(error.code(), ErrorCode::InvalidValue, "{error}");
    assert!(error.document().starts_with("policy "), "{error}");
    assert!(!error.reason().is_empty());
    error.field().to_owned()
}

#[test]
fn values_that_cannot_be() {
    for (part, list, value) in [
        ("from", "ip_blocks", "10.0.0.0/33"),
        ("from", "not_remote_ip_blocks", "a"),
        ("from", "service_accounts", "*"),
        ("from", "principals", ""),
        ("to", "ports", "http"),
        ("to", "paths", "/{id}"),
        ("to", "not_paths", "/{**}/{*}"),
        ("to", "hosts", ""),
    ] {
        let place = field(|all| all["rules"][0][part] = json!([{}, {list: ["10.0.0.1", value]}]));
        assert_eq!(
            place,
            format!("rules[0].{part}[0]"),
            "an entry without lists"
        );
        let good = if list == "ports" { "80" } else { "10.0.0.1" };
        let place = field(|all| all["rules"][0][part] = json!([{list: [good, value]}]));
        assert_eq!(place, format!("rules[0].{part}[0].{list}[1]"));
    }
    let key = |key: &str| field(|all| all["rules"][0]["when"][0]["key"] = key.into());
    for wrong in [
        "source.IP",
        "experimental.envoy.filters.a[b]",
        "request.headers[]",
    ] {
        assert_eq!(key(wrong), "rules[0].when[0].key");
    }
    let place = field(|all| all["rules"][0]["when"][0]["not_values"] = json!(["x"]));
    assert_eq!(place, "rules[0].when[0].not_values[0]");
    let place = field(|all| all["rules"][0]["when"][0]["values"] = json!([]));
    assert_eq!(place, "rules[0].when[0]");
}

#[test]
fn policies_that_cannot_be() {
    assert_eq!(field(|all| all["name"] = "a/b".into()), "name");
    assert_eq!(field(|all| all["namespace"] = "".into()), "namespace");
    assert_eq!(field(|all| all["provider"] = "guard".into()), "provider");
    assert_eq!(field(|all| all["action"] = "custom".into()), "provider");
    for action in ["deny", "custom"] {
        let place = field(|all| {
            all["action"] = action.into();
            all["rules"] = json!([]);
        });
        assert_eq!(place, "rules");
    }
    for target in ["front", "desk/front", "shop/"] {
        assert_eq!(field(|all| all["targets"] = json!([target])), "targets[0]");
    }
    let place = field(|all| {
        all["targets"] = json!(["shop/front"]);
        all["selector"] = json!({"app": "pay"});
    });
    assert_eq!(place, "targets");
}

#[test]
fn rule_06_custom_knows_neither_peer_nor_token() {
    for list in [
        "principals",
        "not_principals",
        "namespaces",
        "service_accounts",
        "trust_domains",
        "request_principals",
    ] {
        let rule = from(&json!({list: ["a"]}));
        let error = compile(&[policy("c", "custom", json!([rule]))]).expect_err(list);
        assert_eq!(error.field(), format!("rules[0].from[0].{list}"));
    }
    for key in [
        "source.principal",
        "source.namespace",
        "request.auth.claims[a]",
    ] {
        let error = compile(&[policy("c", "custom", json!([when(key, &["a"])]))]).expect_err(key);
        assert_eq!(error.field(), "rules[0].when[0].values");
    }
    let address = from(&json!({"ip_blocks": ["10.0.0.1"]}));
    assert!(compile(&[policy("c", "custom", json!([address]))]).is_ok());
}

#[test]
fn unknown_fields_and_second_policies() {
    for change in [
        |all: &mut Value| all["rule"] = json!([]),
        |all: &mut Value| all["rules"][0]["form"] = json!([]),
        |all: &mut Value| all["rules"][0]["from"] = json!([{"principal": ["a"]}]),
        |all: &mut Value| all["rules"][0]["to"] = json!([{"method": ["a"]}]),
        |all: &mut Value| all["rules"][0]["when"] = json!([{"key": "source.ip", "value": []}]),
        |all: &mut Value| all["action"] = "ALLOW".into(),
    ] {
        let mut document = policy("a", "allow", json!([{}]));
        change(&mut document);
        let error = compile(&[document]).expect_err("refused");
        assert_eq!(error.code(), ErrorCode::Malformed, "{error}");
    }
    let twice = policy("a", "allow", json!([{}]));
    let error = compile(&[twice.clone(), twice]).expect_err("refused");
    assert_eq!(
        (error.code(), error.field()),
        (ErrorCode::Duplicate, "name")
    );
}

/// An array is no object with everything left to its default.
#[test]
fn arrays_where_objects_are_meant() {
    for rule in [
        json!([]),
        json!({"from": [[]]}),
        json!({"to": [[["pay.example"]]]}),
        json!({"when": [["source.ip", ["10.0.0.1"]]]}),
    ] {
        let error = compile(&[policy("a", "allow", json!([rule]))]).expect_err("refused");
        assert_eq!(error.code(), ErrorCode::Malformed, "{error}");
        assert!(error.field().starts_with("rules[0]"), "{error}");
        assert!(error.reason().contains("an object"), "{error}");
    }
}

#[test]
fn peer_authentications_that_cannot_be() {
    let peers = |scope: &str, namespace: &str, selector: &Value, ports: &Value| {
        let documents = json!({"peer_authentications": [{
            "namespace": namespace, "name": "p", "scope": scope, "mode": "strict",
            "selector": selector, "ports": ports,
        }]});
        let documents = Documents::parse(documents.to_string().as_bytes())?;
        Policies::compile(&documents).map(drop)
    };
    let (none, app) = (json!({}), json!({"app": "pay"}));
    let ports = json!({"80": "strict"});
    let field = |result: Result<(), CompileError>| result.expect_err("refused").field().to_owned();
    assert_eq!(field(peers("mesh", "shop", &none, &none)), "scope");
    assert_eq!(field(peers("namespace", "shop", &app, &none)), "selector");
    assert_eq!(field(peers("workload", "shop", &none, &none)), "selector");
    assert_eq!(field(peers("namespace", "shop", &none, &ports)), "ports");
    let wrong = peers("workload", "shop", &app, &json!({"http": "strict"}));
    assert_eq!(wrong.expect_err("refused").code(), ErrorCode::Malformed);
    assert!(peers("workload", "shop", &app, &ports).is_ok());
    let twice = json!({"namespace": "shop", "name": "p", "scope": "namespace"});
    let documents = json!({"peer_authentications": [twice, twice]});
    let documents = Documents::parse(documents.to_string().as_bytes()).expect("the shape");
    let error = Policies::compile(&documents).expect_err("refused");
    assert_eq!(
        (error.code(), error.field()),
        (ErrorCode::Duplicate, "name")
    );
}
