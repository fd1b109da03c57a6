use serde_json::{Value, json};

use super::*;
use crate::error::ErrorCode;
use crate::testing::{Fields, get};
use crate::wire::EndpointsDocument;

mod actions;
mod clusters;
mod entries;

/// Two services, one with endpoints, and one route to both.
fn documents() -> Value {
    json!({
        "services": [
            {"namespace": "default", "name": "a", "host": "a.example"},
            {"namespace": "default", "name": "b", "host": "b.example", "balance": "random"},
        ],
        "endpoints": [
            {"service": "default/a", "slice": "1", "endpoints": [{"address": "127.0.0.1:1"}]},
            {"service": "default/a", "slice": "0", "endpoints": [
                {"address": "127.0.0.1:2", "weight": 0},
                {"address": "127.0.0.1:1", "weight": 9},
            ]},
        ],
        "routes": [{"host": "*", "rules": [{
            "name": "split",
            "matches": [{"path": {"type": "prefix", "value": "/x/"}}],
            "destinations": [
                {"service": "default/b", "weight": 1},
                {"service": "default/a", "weight": 3},
            ],
            "timeouts": {"request_ms": 250},
            "request_headers": {"set": [{"name": "x-a", "value": "1"}], "remove": ["x-b"]},
            "response_headers": {"add": [{"name": "x-c", "value": "2"}]},
        }]}],
        "plugins": [{"name": "auth", "source": "auth.py"}],
    })
}

fn compile(documents: &Value) -> Result<Snapshot, CompileError> {
    Snapshot::compile(
        &Documents::parse(documents.to_string().as_bytes())?,
        &Workload::default(),
    )
}

/// As a workload of `namespace` uses them.
fn compile_for(documents: &Value, namespace: &str) -> Result<Snapshot, CompileError> {
    let documents = Documents::parse(documents.to_string().as_bytes())?;
    let workload = Workload {
        namespace: namespace.to_owned(),
        ..Workload::default()
    };
    Snapshot::compile(&documents, &workload)
}

/// The code, document and field of the error that the base documents with one change give.
fn refusal(change: impl FnOnce(&mut Value)) -> (ErrorCode, String, String) {
    let mut documents = documents();
    change(&mut documents);
    let error = compile(&documents).expect_err("refused");
    assert!(!error.reason().is_empty());
    (
        error.code(),
        error.document().to_owned(),
        error.field().to_owned(),
    )
}

fn refused(code: ErrorCode, document: &str, field: &str) -> (ErrorCode, String, String) {
    (code, document.to_owned(), field.to_owned())
}

fn served(snapshot: &Snapshot, authority: &str, target: &str) -> Option<String> {
    let headers = Fields::default();
    let request = get(authority, target, &headers);
    let matched = snapshot.route(Entry::Mesh, &request).ok()?;
    Some(matched.rule.name.to_string())
}

#[test]
fn compiles_services_routes_and_plugins() {
    let snapshot = compile(&documents()).expect("valid");
    let headers = Fields::default();
    let request = get("any", "/x", &headers);
    let rule = snapshot.route(Entry::Mesh, &request).expect("a rule").rule;
    assert_eq!(&*rule.name, "split");
    assert_eq!(
        rule.request_timeout,
        Some(std::time::Duration::from_millis(250))
    );
    assert_eq!(rule.request_edits.set, [("x-a".into(), "1".into())]);
    assert_eq!(rule.request_edits.remove, ["x-b".into()]);
    assert_eq!(rule.response_edits.add, [("x-c".into(), "2".into())]);
    assert_eq!(rule.services, ["default/b".into(), "default/a".into()]);
    let destination = rule.destination(u64::MAX).expect("one has weight");
    assert_eq!(&*destination.service, "default/a");
    let id = destination.cluster().expect("a cluster");
    let cluster = snapshot.cluster(id);
    assert_eq!(&*cluster.name, "default/a");
    assert_eq!(&*cluster.host, "a.example");
    assert_eq!((&*cluster.namespace, &*cluster.service), ("default", "a"));
    assert_eq!(snapshot.cluster_by_name("default/a"), Some(id));
    assert_eq!(snapshot.cluster_by_name("default/c"), None);
    let policies: Vec<_> = snapshot.clusters().map(|cluster| cluster.policy).collect();
    assert_eq!(
        policies,
        [
            crate::BalancePolicy::RoundRobin,
            crate::BalancePolicy::Random
        ]
    );
    assert_eq!(snapshot.plugins()[0].name, "auth");
    assert_eq!(served(&snapshot, "any", "/xy"), None);
}

#[test]
fn slices_are_joined_by_name_and_addresses_count_once() {
    let snapshot = compile(&documents()).expect("valid");
    let cluster = snapshot.cluster(snapshot.cluster_by_name("default/a").expect("there"));
    let list: Vec<_> = cluster
        .endpoints
        .list()
        .iter()
        .map(|endpoint| (endpoint.address.port(), endpoint.weight))
        .collect();
    assert_eq!(list, [(2, 0), (1, 9)]);
}

#[test]
fn every_snapshot_has_a_generation_of_its_own() {
    let first = compile(&documents()).expect("valid");
    let second = compile(&documents()).expect("valid");
    assert!(second.generation() > first.generation());
}

#[test]
fn is_shared_between_threads() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Snapshot>();
}

fn slice(service: &str, name: &str, ports: &[u16]) -> EndpointsDocument {
    let endpoint = |port: &u16| json!({"address": format!("127.0.0.1:{port}")});
    let endpoints: Vec<_> = ports.iter().map(endpoint).collect();
    let document = json!({"service": service, "slice": name, "endpoints": endpoints});
    serde_json::from_value(document).expect("an endpoints document")
}

#[test]
fn an_endpoint_change_shares_everything_else() {
    let before = compile(&documents()).expect("valid");
    let after = before
        .with_endpoints("default/a", &slice("default/a", "1", &[7]))
        .expect("valid");
    assert!(after.generation() > before.generation());
    assert!(Arc::ptr_eq(&before.rest, &after.rest));
    let id = |name| before.cluster_by_name(name).expect("there");
    assert!(Arc::ptr_eq(
        before.cluster(id("default/b")),
        after.cluster(id("default/b"))
    ));
    let ports = |snapshot: &Snapshot| -> Vec<_> {
        let list = snapshot.cluster(id("default/a")).endpoints.list();
        list.iter()
            .map(|endpoint| endpoint.address.port())
            .collect()
    };
    assert_eq!(ports(&before), [2, 1]);
    assert_eq!(ports(&after), [2, 1, 7]);
    let emptied = after
        .with_endpoints("default/a", &slice("default/a", "0", &[]))
        .expect("valid");
    assert_eq!(ports(&emptied), [7]);
}

#[test]
fn endpoint_changes_reach_every_cluster() {
    let mut documents = json!({"services": []});
    for index in 0..100 {
        let service = json!({"namespace": "n", "name": format!("s{index}"), "host": "h"});
        documents["services"]
            .as_array_mut()
            .expect("a list")
            .push(service);
    }
    let mut snapshot = compile(&documents).expect("valid");
    for index in 0..100_u16 {
        let name = format!("n/s{index}");
        snapshot = snapshot
            .with_endpoints(&name, &slice(&name, "", &[index + 1]))
            .expect("valid");
    }
    for (cluster, port) in snapshot.clusters().zip(1..) {
        assert_eq!(cluster.endpoints.list()[0].address.port(), port);
    }
}

#[test]
fn an_endpoint_change_is_checked() {
    let snapshot = compile(&documents()).expect("valid");
    let code = |service: &str, document: EndpointsDocument| {
        snapshot
            .with_endpoints(service, &document)
            .expect_err("refused")
            .code()
    };
    let dangling = code("default/c", slice("default/c", "", &[1]));
    assert_eq!(dangling, ErrorCode::DanglingReference);
    let other = code("default/a", slice("default/b", "", &[1]));
    assert_eq!(other, ErrorCode::InvalidValue);
    assert_eq!(
        code("default/a", slice("default/a", "", &[1, 1])),
        ErrorCode::Duplicate
    );
    let ports: Vec<u16> = (1..=101).collect();
    assert_eq!(
        code("default/a", slice("default/a", "", &ports)),
        ErrorCode::TooMany
    );
}

#[test]
fn the_narrowest_audience_wins_in_any_order() {
    let routes = |audience: &str| json!({"host": "A.example", "audience": audience, "rules": [{"name": audience}]});
    for order in [["*", "shop"], ["shop", "*"]] {
        let documents = json!({"routes": order.map(routes)});
        let of = |namespace: &str| {
            let snapshot = compile_for(&documents, namespace).expect("valid");
            served(&snapshot, "a.example:80", "/")
        };
        assert_eq!(of("shop").as_deref(), Some("shop"));
        assert_eq!(of("desk").as_deref(), Some("*"));
    }
    let twice = [routes("*"), routes("*")];
    let twice = json!({"routes": twice});
    let error = compile(&twice).expect_err("refused");
    assert_eq!(
        (error.code(), error.field()),
        (ErrorCode::Duplicate, "host")
    );
}

#[test]
fn refuses_services_endpoints_and_plugins() {
    assert_eq!(
        refusal(|all| all["services"][1]["name"] = "a".into()),
        refused(ErrorCode::Duplicate, "service default/a", "name")
    );
    assert_eq!(
        refusal(|all| all["services"][0]["namespace"] = "x/y".into()),
        refused(ErrorCode::InvalidValue, "service x/y/a", "namespace")
    );
    assert_eq!(
        refusal(|all| all["endpoints"][0]["service"] = "default/c".into()),
        refused(
            ErrorCode::DanglingReference,
            "endpoints default/c 1",
            "service"
        )
    );
    assert_eq!(
        refusal(|all| all["endpoints"][1]["slice"] = "1".into()),
        refused(ErrorCode::Duplicate, "endpoints default/a 1", "slice")
    );
    assert_eq!(
        refusal(|all| all["endpoints"][1]["endpoints"][1]["address"] = "127.0.0.1:2".into()),
        refused(
            ErrorCode::Duplicate,
            "endpoints default/a 0",
            "endpoints[1].address"
        )
    );
    assert_eq!(
        refusal(|all| {
            let plugin = all["plugins"][0].clone();
            all["plugins"].as_array_mut().expect("a list").push(plugin);
        }),
        refused(ErrorCode::Duplicate, "plugin auth", "name")
    );
}

#[test]
fn refuses_routes() {
    let rule = |change: fn(&mut Value)| refusal(|all| change(&mut all["routes"][0]["rules"][0]));
    let at = |code, field: &str| refused(code, "routes */*", &format!("rules[0].{field}"));
    let invalid = ErrorCode::InvalidValue;
    assert_eq!(
        rule(|rule| rule["destinations"][1]["service"] = "default/z".into()),
        at(ErrorCode::DanglingReference, "destinations[1].service")
    );
    for (kind, value, code) in [
        ("exact", "a", invalid),
        ("prefix", "", invalid),
        ("exact", "/a?b", invalid),
        ("prefix", "/a#b", invalid),
        ("regex", "/(", ErrorCode::InvalidRegex),
        ("regex", "(a{1,500}){1,500}", ErrorCode::InvalidRegex),
    ] {
        let path = json!({"type": kind, "value": value});
        assert_eq!(
            refusal(|all| all["routes"][0]["rules"][0]["matches"][0]["path"] = path),
            at(code, "matches[0].path.value"),
            "{kind} {value}"
        );
    }
    assert_eq!(
        rule(|rule| rule["matches"][0]["method"] = json!({"type": "exact", "value": "GE T"})),
        at(invalid, "matches[0].method.value")
    );
    assert_eq!(
        rule(|rule| rule["matches"][0]["headers"] = json!([{"type": "present", "name": "a:"}])),
        at(invalid, "matches[0].headers[0].name")
    );
    assert_eq!(
        rule(|rule| rule["matches"][0]["query"] = json!([{"type": "present", "name": ""}])),
        at(invalid, "matches[0].query[0].name")
    );
    assert_eq!(
        rule(|rule| {
            rule["matches"][0]["query"] = json!([{"type": "regex", "name": "a", "value": "["}]);
        }),
        at(ErrorCode::InvalidRegex, "matches[0].query[0].value")
    );
    assert_eq!(
        rule(|rule| rule["request_headers"]["remove"][0] = "Transfer-Encoding".into()),
        at(invalid, "request_headers.remove[0]")
    );
    assert_eq!(
        rule(|rule| rule["response_headers"]["add"][0]["value"] = "a\r\nb: c".into()),
        at(invalid, "response_headers.add[0].value")
    );
}

#[test]
fn one_document_cannot_take_all_memory() {
    let too_many = |change: &dyn Fn(&mut Value)| {
        let (code, _, field) = refusal(|all| change(&mut all["routes"][0]["rules"][0]));
        assert_eq!(code, ErrorCode::TooMany);
        field
    };
    let large = json!({"path": {"type": "regex", "value": "/(a{1,100}){1,10}"}});
    let field = too_many(&|rule| rule["matches"] = vec![large.clone(); 2_000].into());
    assert!(field.ends_with("path.value"), "{field}");
    let header = json!({"name": "x-long", "value": "a".repeat(5_000)});
    let field = too_many(&|rule| rule["request_headers"]["add"] = json!([header, header]));
    assert_eq!(field, "rules[0].request_headers");
}

#[test]
fn all_documents_together_cannot_either() {
    let large = json!({"path": {"type": "regex", "value": "/(a{1,100}){1,10}"}});
    let rules = json!([{"name": "r", "matches": vec![large; 300]}]);
    let routes = |index: usize| json!({"host": format!("h{index}"), "rules": rules});
    let routes: Vec<_> = (0..6).map(routes).collect();
    let error = compile(&json!({"routes": routes})).expect_err("refused");
    assert_eq!((error.code(), error.field()), (ErrorCode::TooMany, "rules"));
}

#[test]
fn refuses_hosts_that_are_none() {
    let long = "a".repeat(254);
    for host in [
        "", "a:80", "*a", "a*", "*.", "a/b", "a b", "ä", "[::1", "[x]", "[::1]:80", &long,
    ] {
        let (code, document, field) = refusal(|all| all["routes"][0]["host"] = host.into());
        assert_eq!(
            (code, field.as_str()),
            (ErrorCode::InvalidValue, "host"),
            "{host}"
        );
        assert_eq!(document, format!("routes {host}/*"));
    }
    for host in ["a", "A.example.", "*.example", "[::1]", "10.0.0.1", "a_b"] {
        let mut documents = documents();
        documents["routes"][0]["host"] = host.into();
        assert!(compile(&documents).is_ok(), "{host}");
    }
}

#[test]
fn error_codes_are_distinct_and_shown() {
    let mut codes: Vec<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), ErrorCode::ALL.len());
    let error = compile(&json!({"routes": [{"host": "", "rules": []}]})).expect_err("refused");
    assert_eq!(
        error.to_string(),
        "routes /*: host: must be a host name without a port, `*.suffix` or `*` (invalid_value)"
    );
}
