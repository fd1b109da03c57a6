//! Entries, ports, aliases and sources: whose routes a request is matched against.

use super::*;
use crate::request::RequestView;
use crate::trace::NoTrace;

fn rules(name: &str) -> Value {
    json!([{"name": name}])
}

fn snapshot(documents: &Value, workload: &Workload) -> Snapshot {
    let documents = Documents::parse(documents.to_string().as_bytes()).expect("documents");
    Snapshot::compile(&documents, workload).expect("valid")
}

/// The rule for a GET of `/` that is for `port`, asked in both ways.
fn at(
    snapshot: &Snapshot,
    entry: Entry<'_>,
    authority: &str,
    port: u16,
) -> Result<String, NoRoute> {
    let headers = Fields::default();
    let request = RequestView {
        port,
        ..get(authority, "/", &headers)
    };
    let name = |matched: Matched<'_>| matched.rule.name.to_string();
    let found = snapshot.route(entry, &request).map(name);
    let told = snapshot
        .route_traced(entry, &request, &mut NoTrace)
        .map(name);
    assert_eq!(found, told);
    found
}

#[test]
fn ports_and_gateways_have_their_own_hosts() {
    let documents = json!({"routes": [
        {"host": "a.example", "rules": rules("every port")},
        {"host": "a.example", "port": 8080, "rules": rules("8080")},
        {"host": "*", "port": 8081, "rules": rules("anything at 8081")},
        {"host": "a.example", "gateway": "n/g", "port": 80, "rules": rules("gateway")},
        {"host": "a.example", "gateway": "n/other", "port": 80, "rules": rules("other")},
        {"host": "empty.example", "rules": []},
    ]});
    let workload = Workload {
        gateways: vec!["n/g".to_owned()],
        ..Workload::default()
    };
    let snapshot = snapshot(&documents, &workload);
    let mesh = |authority, port| at(&snapshot, Entry::Mesh, authority, port);
    assert_eq!(mesh("a.example", 80).as_deref(), Ok("every port"));
    assert_eq!(mesh("a.example:8080", 8080).as_deref(), Ok("8080"));
    assert_eq!(mesh("a.example", 8081).as_deref(), Ok("every port"));
    assert_eq!(mesh("b.example", 8081).as_deref(), Ok("anything at 8081"));
    assert_eq!(mesh("b.example", 80), Err(NoRoute::Host));
    assert_eq!(mesh("empty.example", 80), Err(NoRoute::Rule));
    let gateway = |name, port| at(&snapshot, Entry::Gateway(name), "a.example", port);
    assert_eq!(gateway("n/g", 80).as_deref(), Ok("gateway"));
    assert_eq!(gateway("n/g", 81), Err(NoRoute::Host));
    // Another proxy's gateway is not compiled at all.
    assert_eq!(gateway("n/other", 80), Err(NoRoute::Host));
}

#[test]
fn istio_31_short_names_count_near_the_service_alone() {
    let documents = json!({"routes": [
        {
            "host": "pay.shop.svc.cluster.local", "namespace": "shop",
            "aliases": ["pay.shop", "pay.shop.svc", "taken.example"], "local_aliases": ["pay"],
            "rules": rules("pay"),
        },
        {"host": "taken.example", "rules": rules("own host")},
    ]});
    let of = |namespace: &str, authority: &str| {
        let workload = Workload {
            namespace: namespace.to_owned(),
            ..Workload::default()
        };
        at(&snapshot(&documents, &workload), Entry::Mesh, authority, 80)
    };
    for authority in [
        "pay.shop.svc.cluster.local",
        "pay.shop.svc.cluster.local.",
        "PAY.shop:80",
    ] {
        assert_eq!(of("desk", authority).as_deref(), Ok("pay"), "{authority}");
    }
    assert_eq!(of("shop", "pay").as_deref(), Ok("pay"));
    assert_eq!(of("desk", "pay"), Err(NoRoute::Host));
    assert_eq!(of("desk", "taken.example").as_deref(), Ok("own host"));
}

#[test]
fn aliases_of_a_document_that_a_narrower_one_hides_are_gone() {
    let documents = json!({"routes": [
        {"host": "a.example", "aliases": ["b.example"], "rules": rules("all")},
        {"host": "a.example", "audience": "default", "rules": rules("own")},
    ]});
    let snapshot = snapshot(&documents, &Workload::default());
    assert_eq!(
        at(&snapshot, Entry::Mesh, "a.example", 80).as_deref(),
        Ok("own")
    );
    assert_eq!(
        at(&snapshot, Entry::Mesh, "b.example", 80),
        Err(NoRoute::Host)
    );
}

#[test]
fn istio_28_sources_are_decided_when_the_routes_are_compiled() {
    let from = |source: Value| json!([{"source": source}]);
    let documents = json!({"routes": [{"host": "*", "order": "listed", "rules": [
        {"name": "labels", "matches": from(json!({"labels": {"app": "web"}}))},
        {"name": "namespace", "matches": from(json!({"namespace": "shop"}))},
        {"name": "rest"},
    ]}]});
    let of = |namespace: &str, labels: &[(&str, &str)]| {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let workload = Workload {
            namespace: namespace.to_owned(),
            labels: labels.iter().map(own).collect(),
            ..Workload::default()
        };
        at(&snapshot(&documents, &workload), Entry::Mesh, "any", 80).expect("one")
    };
    assert_eq!(of("desk", &[("app", "web"), ("x", "y")]), "labels");
    assert_eq!(of("shop", &[("app", "db")]), "namespace");
    assert_eq!(of("desk", &[]), "rest");
}

#[test]
fn istio_28_a_fallback_serves_those_for_whom_no_rule_is_left() {
    let documents = |more: Value| {
        let mut rules = vec![
            json!({"name": "web", "matches": [{"source": {"labels": {"app": "web"}}}]}),
            json!({"name": "default", "fallback": true}),
        ];
        rules.extend(more.as_array().into_iter().flatten().cloned());
        json!({"routes": [{"host": "*", "order": "listed", "rules": rules}]})
    };
    let of = |documents: &Value, app: &str| {
        let workload = Workload {
            labels: [("app".to_owned(), app.to_owned())].into(),
            ..Workload::default()
        };
        at(&snapshot(documents, &workload), Entry::Mesh, "any", 80)
    };
    let alone = documents(json!([]));
    assert_eq!(of(&alone, "web").as_deref(), Ok("web"));
    assert_eq!(of(&alone, "db").as_deref(), Ok("default"));
    // A rule that is left is all there is, even where it does not match.
    let path = json!({"path": {"type": "exact", "value": "/other"}});
    let more = documents(json!([{"name": "other", "matches": [path]}]));
    assert_eq!(of(&more, "db"), Err(NoRoute::Rule));
}

/// Two gateways that share a port.
fn gateways() -> Value {
    let routes = |gateway: &str, host: &str, path: &str| {
        let path = json!({"type": "prefix", "value": path});
        let rules = json!([{"name": format!("{gateway} {host}"), "matches": [{"path": path}]}]);
        json!({"host": host, "gateway": gateway, "port": 80, "rules": rules})
    };
    json!({
        "listeners": [
            {"gateway": "n/a", "name": "http", "port": 80, "hosts": ["*"]},
            {"gateway": "n/b", "name": "http", "port": 80},
            {"gateway": "n/b", "name": "more", "port": 81},
            {"gateway": "n/c", "name": "http", "port": 80},
        ],
        "routes": [
            routes("n/a", "x.example", "/a"),
            routes("n/b", "x.example", "/"),
            routes("n/a", "*.example", "/"),
            routes("n/b", "y.example", "/only"),
            {
                "gateway": "n/b", "host": "everywhere.example",
                "rules": [{"name": "n/b everywhere", "direct_response": {"status": 200}}],
            },
        ],
    })
}

#[test]
fn gateways_on_one_port_are_merged() {
    let workload = Workload {
        gateways: ["n/a", "n/b"].map(str::to_owned).into(),
        ..Workload::default()
    };
    let snapshot = snapshot(&gateways(), &workload);
    assert_eq!(snapshot.listeners().len(), 3);
    assert_eq!(snapshot.listener(80).count(), 2);
    let at_port = |port, authority: &str, target: &str| {
        let headers = Fields::default();
        let request = get(authority, target, &headers);
        let name = |matched: Matched<'_>| matched.rule.name.to_string();
        snapshot.route_at(port, &request).map(name)
    };
    assert_eq!(
        at_port(80, "x.example", "/a").as_deref(),
        Ok("n/a x.example")
    );
    assert_eq!(
        at_port(80, "x.example", "/b").as_deref(),
        Ok("n/b x.example")
    );
    assert_eq!(
        at_port(80, "z.example", "/").as_deref(),
        Ok("n/a *.example")
    );
    assert_eq!(
        at_port(81, "everywhere.example", "/").as_deref(),
        Ok("n/b everywhere")
    );
    // The most specific host decides, even if none of its rules matches.
    assert_eq!(at_port(80, "y.example", "/"), Err(NoRoute::Rule));
    assert_eq!(at_port(80, "other", "/"), Err(NoRoute::Host));
    assert_eq!(at_port(81, "x.example", "/"), Err(NoRoute::Host));
    assert_eq!(at_port(82, "x.example", "/"), Err(NoRoute::Host));
}

#[test]
fn refuses_listeners_and_aliases() {
    let refused = |change: fn(&mut Value)| {
        let mut documents = gateways();
        change(&mut documents);
        let error = compile(&documents).expect_err("refused");
        (
            error.code(),
            error.document().to_owned(),
            error.field().to_owned(),
        )
    };
    let invalid = ErrorCode::InvalidValue;
    assert_eq!(
        refused(|all| all["listeners"][0]["port"] = 0.into()),
        super::refused(invalid, "listener n/a http", "port")
    );
    assert_eq!(
        refused(|all| all["listeners"][2]["name"] = "http".into()),
        super::refused(ErrorCode::Duplicate, "listener n/b http", "name")
    );
    assert_eq!(
        refused(|all| all["listeners"][0]["hosts"][0] = "a:80".into()),
        super::refused(invalid, "listener n/a http", "hosts[0]")
    );
    assert_eq!(
        refused(|all| all["routes"][0]["aliases"] = json!(["b", "c d"])),
        super::refused(invalid, "routes x.example/* port 80 of n/a", "aliases[1]")
    );
}

#[test]
fn plugins_and_policies_are_those_of_the_workload() {
    let documents = json!({
        "plugins": [
            {"name": "all", "source": "a.py"},
            {"name": "all", "source": "c.py", "audience": "shop"},
            {"name": "shop", "source": "b.py", "audience": "shop"},
        ],
        "policies": [{"namespace": "shop", "name": "none", "rules": []}],
    });
    let of = |namespace| {
        let snapshot = compile_for(&documents, namespace).expect("valid");
        let sources = snapshot.plugins().iter().map(|it| it.source.clone());
        (
            sources.collect::<String>(),
            snapshot.authorizer().is_empty(),
        )
    };
    assert_eq!(of("shop"), ("c.pyb.py".to_owned(), false));
    assert_eq!(of("desk"), ("a.py".to_owned(), true));
    let snapshot = compile_for(&json!({}), "shop").expect("valid");
    assert_eq!(snapshot.workload().namespace, "shop");
    assert_eq!(snapshot.mesh().trust_domain, "cluster.local");
}
