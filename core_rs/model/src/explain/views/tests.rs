use super::*;
use crate::route::Entry;
use crate::testing::{Fields, get};
use crate::wire::{DestinationEntry, ServiceDocument};

fn views(routes: &[(&str, &[&str])]) -> Views {
    let service = ServiceDocument::new("shop", "s", "s");
    let document = |(host, aliases): &(&str, &[&str])| {
        let mut one: RoutesDocument =
            serde_json::from_value(serde_json::json!({"host": host, "rules": [{"name": "r"}]}))
                .expect("routes");
        one.rules[0].destinations = vec![DestinationEntry::new("shop/s")];
        one.aliases = aliases.iter().map(ToString::to_string).collect();
        one
    };
    Views::new(Documents {
        services: vec![service],
        routes: routes.iter().map(document).collect(),
        ..Documents::default()
    })
    .expect("compiles")
}

#[test]
fn documents_are_found_by_every_name_of_their_host() {
    let views = views(&[
        ("a.example", &["a", "alias"]),
        ("*.example", &[]),
        ("*.a.example", &[]),
        ("*", &[]),
        ("[::1]", &[]),
    ]);
    assert_eq!(views.routes_of("", "A.example.:80"), [0, 1, 3]);
    assert_eq!(views.routes_of("", "b.a.example"), [1, 2, 3]);
    assert_eq!(views.routes_of("", "alias:81"), [0, 3]);
    assert_eq!(views.routes_of("", "[::1]:81"), [3, 4]);
    assert_eq!(views.routes_of("", ""), [3]);
    assert!(views.routes_of("edge/public", "a.example").is_empty());
}

#[test]
fn workloads_that_make_no_difference_share_a_snapshot() {
    let views = views(&[("a.example", &[]), ("b.example", &[])]);
    let generation = |namespace: &str, authority: &str| {
        let workload = Workload {
            namespace: namespace.to_owned(),
            labels: [("app".to_owned(), namespace.to_owned())].into(),
            ..Workload::default()
        };
        let snapshot = views.snapshot(authority, &workload).expect("compiles");
        snapshot.generation()
    };
    let first = generation("web", "a.example");
    assert_eq!(generation("other", "a.example"), first);
    assert_eq!(generation("web", "a.example:80"), first);
    assert_ne!(generation("web", "b.example"), first);
}

/// The whole Snapshot and the part of it say the same, whoever asks for whatever host.
#[test]
fn a_part_says_what_the_whole_says() {
    let rules =
        |name: &str| serde_json::json!([{"name": name, "destinations": [{"service": "shop/s"}]}]);
    let routes = serde_json::json!([
        {"host": "a.example", "rules": rules("everyone")},
        {"host": "a.example", "audience": "web", "rules": rules("web")},
        {"host": "a.example", "port": 81, "rules": rules("port")},
        {"host": "a.example", "gateway": "edge/public", "rules": rules("gateway")},
        {"host": "*.example", "rules": rules("wildcard")},
        {"host": "*.b.example", "audience": "web", "rules": rules("web wildcard")},
        {"host": "*", "gateway": "edge/public", "rules": rules("any")},
        {"host": "s.shop", "aliases": ["s.shop.svc", "x.example"], "local_aliases": ["s", "a.example"],
         "namespace": "shop", "rules": rules("aliases")},
        {"host": "x.example", "rules": []},
        {"host": "labels", "rules": [{"name": "labels", "destinations": [{"service": "shop/s"}],
            "matches": [{"source": {"labels": {"app": "web"}}}]}]},
    ]);
    let documents = Documents {
        services: vec![ServiceDocument::new("shop", "s", "s")],
        routes: serde_json::from_value(routes).expect("routes"),
        ..Documents::default()
    };
    let views = Views::new(documents.clone()).expect("compiles");
    let hosts = [
        "a.example",
        "A.example:81",
        "c.example",
        "b.example",
        "c.b.example",
        "s",
        "other",
        "s.shop",
        "s.shop.svc.",
        "x.example",
        "labels",
        "[::1]",
        "",
        "example",
        ".example",
    ];
    let mut served = 0;
    for (namespace, gateway) in [
        ("web", None),
        ("shop", None),
        ("other", None),
        ("edge", Some("edge/public")),
    ] {
        for label in ["web", "other"] {
            let workload = Workload {
                namespace: namespace.to_owned(),
                labels: [("app".to_owned(), label.to_owned())].into(),
                gateways: gateway.map(str::to_owned).into_iter().collect(),
                ..Workload::default()
            };
            let whole = Snapshot::compile(&documents, &workload).expect("compiles");
            for host in hosts {
                let fields = Fields::default();
                let request = get(host, "/", &fields);
                let entry = gateway.map_or(Entry::Mesh, Entry::Gateway);
                let part = views.snapshot(host, &workload).expect("compiles");
                let found = part
                    .route(entry, &request)
                    .map(|matched| &matched.rule.name);
                let expected = whole
                    .route(entry, &request)
                    .map(|matched| &matched.rule.name);
                assert_eq!(
                    found, expected,
                    "{host:?} for {namespace} {label} at {gateway:?}"
                );
                served += usize::from(found.is_ok());
            }
        }
    }
    assert!(served > 40, "{served}");
}
