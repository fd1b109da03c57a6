//! Ports, subsets and audiences of services, and which endpoints they have.

use proptest::prelude::*;

use super::*;
use crate::wire::{EndpointEntry, EndpointsDocument, Protocol};

/// One service with two ports, and a subset behind one of them.
fn shop() -> Value {
    json!({
        "services": [{
            "namespace": "shop", "name": "web", "host": "web.shop.svc.cluster.local",
            "clusters": [
                {"port": 80, "target_port": 8080, "protocol": "http"},
                {"port": 80, "subset": "v1", "labels": {"version": "v1"}, "balance": "random"},
                {"port": 90, "protocol": "tcp", "policy": {"max_connections": 7}},
            ],
        }],
        "endpoints": [{"service": "shop/web", "endpoints": [
            {"address": "10.0.0.1:8080", "port": 80, "labels": {"version": "v1", "app": "web"}},
            {"address": "10.0.0.2:8080", "port": 80, "labels": {"version": "v2"}},
            {"address": "10.0.0.1:9090", "port": 90},
            {"address": "10.0.0.9:1"},
        ]}],
    })
}

fn addresses(snapshot: &Snapshot, port: u16, subset: &str) -> Vec<String> {
    let id = snapshot.resolve("shop/web", port, subset).expect("there");
    let list = snapshot.cluster(id).endpoints.list().iter();
    list.map(|endpoint| endpoint.address.to_string()).collect()
}

#[test]
fn endpoints_belong_to_ports_and_subsets() {
    let snapshot = compile(&shop()).expect("valid");
    assert_eq!(
        addresses(&snapshot, 80, ""),
        ["10.0.0.1:8080", "10.0.0.2:8080", "10.0.0.9:1"]
    );
    assert_eq!(addresses(&snapshot, 80, "v1"), ["10.0.0.1:8080"]);
    assert_eq!(
        addresses(&snapshot, 90, ""),
        ["10.0.0.1:9090", "10.0.0.9:1"]
    );
    let names: Vec<_> = snapshot.clusters().map(|it| it.name.to_string()).collect();
    assert_eq!(names, ["shop/web:80", "shop/web:80/v1", "shop/web:90"]);
    let cluster = |port, subset| {
        let id = snapshot.resolve("shop/web", port, subset).expect("there");
        snapshot.cluster(id)
    };
    assert_eq!(&*cluster(80, "").key, "shop/web");
    assert_eq!(cluster(80, "").target_port, 8080);
    assert_eq!(cluster(90, "").target_port, 90);
    assert_eq!(cluster(90, "").protocol, Protocol::Tcp);
    assert_eq!(cluster(80, "v1").policy, crate::BalancePolicy::Random);
    assert_eq!(&*cluster(80, "v1").subset, "v1");
    let traffic = cluster(90, "").traffic.as_ref().expect("a policy");
    assert_eq!(traffic.max_connections, Some(7));
    assert_eq!(snapshot.members("shop/web").count(), 4);
    assert_eq!(snapshot.members("shop/none").count(), 0);
}

#[test]
fn a_port_that_is_left_out_is_the_only_one() {
    let snapshot = compile(&shop()).expect("valid");
    assert_eq!(snapshot.resolve("shop/web", 0, ""), None);
    assert_eq!(
        snapshot.resolve("shop/web", 0, "v1"),
        snapshot.resolve("shop/web", 80, "v1")
    );
    assert_eq!(snapshot.resolve("shop/web", 81, ""), None);
    assert_eq!(snapshot.resolve("shop/web", 90, "v1"), None);
    assert_eq!(
        snapshot.cluster_by_name("shop/web"),
        snapshot.resolve("shop/web", 80, "")
    );
    // A service that says nothing of ports takes every one.
    let plain = compile(&documents()).expect("valid");
    assert_eq!(
        plain.resolve("default/a", 8080, ""),
        plain.cluster_by_name("default/a")
    );
}

#[test]
fn references_lead_somewhere() {
    let field = |destination: Value| {
        let mut documents = shop();
        documents["routes"] = json!([{
            "host": "*", "rules": [{"name": "r", "destinations": [destination]}],
        }]);
        match compile(&documents) {
            Ok(_) => None,
            Err(error) => {
                assert_eq!(error.code(), ErrorCode::DanglingReference);
                let field = error.field().strip_prefix("rules[0].destinations[0].");
                Some(field.expect("in the destination").to_owned())
            }
        }
    };
    assert_eq!(
        field(json!({"service": "shop/web", "port": 80, "subset": "v1"})),
        None
    );
    assert_eq!(
        field(json!({"service": "shop/no"})).as_deref(),
        Some("service")
    );
    assert_eq!(
        field(json!({"service": "shop/web", "port": 81})).as_deref(),
        Some("port")
    );
    assert_eq!(
        field(json!({"service": "shop/web"})).as_deref(),
        Some("port")
    );
    let no_subset = json!({"service": "shop/web", "port": 80, "subset": "v2"});
    assert_eq!(field(no_subset).as_deref(), Some("subset"));
    // Where the reference is known to lead nowhere, nothing has to be there.
    assert_eq!(field(json!({"service": "shop/no", "status": 500})), None);
}

#[test]
fn the_narrowest_audience_of_a_service_wins_as_a_whole() {
    let mut documents = shop();
    let mut own = documents["services"][0].clone();
    own["audience"] = "desk".into();
    own["clusters"] = json!([{"port": 80}]);
    documents["services"]
        .as_array_mut()
        .expect("a list")
        .push(own);
    documents["routes"] = json!([{"host": "*", "rules": [{
        "name": "r", "destinations": [{"service": "shop/web", "port": 80}],
    }]}]);
    let of = |namespace| compile_for(&documents, namespace).expect("valid");
    assert_eq!(of("shop").clusters().count(), 3);
    assert_eq!(of("desk").clusters().count(), 1);
    assert_eq!(addresses(&of("desk"), 80, "").len(), 3);
}

#[test]
fn a_service_that_only_others_see_is_unavailable() {
    let mut documents = shop();
    documents["services"][0]["audience"] = "shop".into();
    documents["routes"] = json!([{"host": "*", "rules": [{
        "name": "r", "destinations": [{"service": "shop/web", "port": 80}],
        "mirrors": [{"service": "shop/web", "port": 80}],
    }]}]);
    let target = |namespace| {
        let snapshot = compile_for(&documents, namespace).expect("valid");
        let headers = Fields::default();
        let request = get("any", "/", &headers);
        let rule = snapshot.route(Entry::Mesh, &request).expect("a rule").rule;
        let known = snapshot.members("shop/web").count();
        (
            rule.destinations()[0].cluster().is_ok(),
            rule.mirrors.len(),
            known,
        )
    };
    assert_eq!(target("shop"), (true, 1, 4));
    assert_eq!(target("desk"), (false, 0, 0));
    let desk = compile_for(&documents, "desk").expect("valid");
    let changed = desk.with_endpoints("shop/web", &slice("shop/web", "", &[1]));
    assert_eq!(changed.expect("nothing to change").clusters().count(), 0);
}

#[test]
fn names_are_handed_out_to_be_resolved() {
    let mut documents = documents();
    let names = json!({"service": "default/a", "names": [{"host": "db.example", "port": 5432}]});
    documents["names"] = json!([names]);
    let snapshot = compile(&documents).expect("valid");
    assert_eq!(snapshot.names()[0].names[0].host, "db.example");
    for (change, code, field) in [
        (
            json!({"service": "default/z"}),
            ErrorCode::DanglingReference,
            "service",
        ),
        (
            json!({"names": [{"host": "a b", "port": 1}]}),
            ErrorCode::InvalidValue,
            "names[0].host",
        ),
        (
            json!({"names": [{"host": "::1", "port": 0}]}),
            ErrorCode::InvalidValue,
            "names[0].port",
        ),
        (json!({"slice": ""}), ErrorCode::Duplicate, "slice"),
    ] {
        let mut wrong = names.clone();
        wrong["slice"] = "other".into();
        for (name, value) in change.as_object().expect("an object") {
            wrong[name] = value.clone();
        }
        documents["names"] = json!([names, wrong]);
        let error = compile(&documents).expect_err("refused");
        assert_eq!((error.code(), error.field()), (code, field));
        assert!(error.document().starts_with("names default/"), "{error}");
    }
}

#[test]
fn refuses_clusters_that_clash() {
    let refused = |clusters: Value| {
        let error = refusal(|all| all["services"][0]["clusters"] = clusters);
        assert_eq!(error.1, "service default/a");
        (error.0, error.2)
    };
    assert_eq!(
        refused(json!([{"port": 80}, {"port": 80}])),
        (ErrorCode::Duplicate, "clusters[1].subset".to_owned())
    );
    assert_eq!(
        refused(json!([{"port": 80, "subset": "a/b"}])),
        (ErrorCode::InvalidValue, "clusters[0].subset".to_owned())
    );
}

fn endpoint() -> impl Strategy<Value = EndpointEntry> {
    let port = prop::sample::select(vec![0, 80, 90]);
    let labels = prop::collection::btree_map("version", "v[12]", 0..2);
    (1_u16..6, port, 0_u32..3, labels).prop_map(|(address, port, weight, labels)| EndpointEntry {
        weight,
        port,
        labels,
        ..EndpointEntry::new(([127, 0, 0, 1], address).into())
    })
}

fn any_slice() -> impl Strategy<Value = EndpointsDocument> {
    ("[abc]", prop::collection::vec(endpoint(), 0..6)).prop_map(|(slice, mut endpoints)| {
        endpoints.sort_by_key(|it| (it.address, it.port));
        endpoints.dedup_by_key(|it| (it.address, it.port));
        EndpointsDocument {
            service: "shop/web".to_owned(),
            slice,
            endpoints,
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn changes_one_by_one_come_to_the_same_as_all_at_once(
        changes in prop::collection::vec(any_slice(), 0..8),
    ) {
        let mut documents = shop();
        documents["endpoints"] = json!([]);
        let mut changed = compile(&documents).expect("valid");
        let mut last = std::collections::BTreeMap::new();
        for change in &changes {
            changed = changed.with_endpoints("shop/web", change).expect("valid");
            last.insert(change.slice.clone(), change.clone());
        }
        documents["endpoints"] = serde_json::to_value(last.into_values().collect::<Vec<_>>())
            .expect("JSON");
        let fresh = compile(&documents).expect("valid");
        let told = |snapshot: &Snapshot| -> Vec<_> {
            let clusters = snapshot.clusters();
            clusters.map(|it| (it.name.clone(), it.endpoints.list().to_vec())).collect()
        };
        prop_assert_eq!(told(&changed), told(&fresh));
        prop_assert_eq!(changed.members("shop/web").count(), fresh.members("shop/web").count());
    }
}
