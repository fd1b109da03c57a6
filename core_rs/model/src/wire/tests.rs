use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::route::Entry;
use crate::testing::{Fields, get};
use crate::{Snapshot, Workload};

mod complete;

use complete::complete;

fn parse(documents: &Value) -> Result<Documents, CompileError> {
    Documents::parse(documents.to_string().as_bytes())
}

/// Every object in a JSON value, by the path to it.
fn objects(value: &Value, path: String, out: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, item) in map {
                objects(item, format!("{path}/{key}"), out);
            }
            out.push(path);
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                objects(item, format!("{path}/{index}"), out);
            }
        }
        _ => {}
    }
}

#[test]
fn reads_and_writes_every_field() {
    let documents = parse(&complete()).expect("valid");
    assert_eq!(serde_json::to_value(&documents).expect("JSON"), complete());
}

/// What the Python side takes for every field of every document.
const OTHER_SIDE: &str = include_str!("../../../../tests/unit/wire/complete.json");

/// The names of all fields; maps take any key.
fn fields(value: &Value, out: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (name, item) in map {
                if !["labels", "selector", "ports", "config"].contains(&name.as_str()) {
                    fields(item, out);
                }
                out.insert(name.clone());
            }
        }
        Value::Array(items) => items.iter().for_each(|item| fields(item, out)),
        _ => {}
    }
}

#[test]
fn both_sides_have_the_same_fields() {
    let other: Value = serde_json::from_str(OTHER_SIDE).expect("JSON");
    let documents = parse(&other).expect("valid");
    assert_eq!(serde_json::to_value(&documents).expect("JSON"), other);
    let (mut own, mut others) = (BTreeSet::new(), BTreeSet::new());
    fields(&complete(), &mut own);
    fields(&other, &mut others);
    let odd: Vec<_> = own.symmetric_difference(&others).collect();
    assert_eq!(odd, [""; 0]);
}

#[test]
fn defaults_are_left_out() {
    let long = json!({
        "services": [{
            "namespace": "n", "name": "s", "host": "h", "balance": "round_robin",
            "audience": "*", "kind": "Service", "selector": {}, "known_endpoints": true,
            "passthrough": false, "clusters": [],
        }],
        "endpoints": [{"service": "n/s", "slice": "", "endpoints": [
            {"address": "127.0.0.1:80", "weight": 1, "port": 0, "labels": {}},
        ]}],
        "names": [], "listeners": [], "policies": [], "peer_authentications": [], "mesh": null,
        "routes": [{
            "host": "*", "audience": "*", "aliases": [], "local_aliases": [], "namespace": "",
            "gateway": "", "port": 0, "order": "specific", "rules": [{
            "name": "r", "matches": [{
                "path": null, "method": null, "scheme": null, "authority": null, "headers": [],
                "query": [], "source": null,
            }],
            "destinations": [{
                "service": "n/s", "port": 0, "subset": "", "weight": 1, "request_headers": {},
                "status": null,
            }],
            "resource": null, "redirect": null, "direct_response": null, "rewrite": null,
            "cors": null, "retry": null, "mirrors": [], "fault": null,
            "timeouts": {"request_ms": null, "backend_request_ms": null},
            "request_headers": {"set": [], "add": [], "remove": []}, "response_headers": {},
        }]}],
        "plugins": [{"name": "p", "source": "p.py", "config": {}}],
    });
    let short = json!({
        "services": [{"namespace": "n", "name": "s", "host": "h"}],
        "endpoints": [{"service": "n/s", "endpoints": [{"address": "127.0.0.1:80"}]}],
        "routes": [{"host": "*", "rules": [{
            "name": "r", "matches": [{}], "destinations": [{"service": "n/s"}],
        }]}],
        "plugins": [{"name": "p", "source": "p.py"}],
    });
    let (long, short) = (parse(&long).expect("valid"), parse(&short).expect("valid"));
    assert_eq!(long, short);
    assert_eq!(
        version(&long).expect("JSON"),
        version(&short).expect("JSON")
    );
    assert_eq!(parse(&json!({})).expect("valid"), Documents::default());
}

#[test]
fn refuses_an_unknown_field_anywhere() {
    let mut places = Vec::new();
    objects(&complete(), String::new(), &mut places);
    // Maps take any key.
    let is_map = |place: &String| {
        ["labels", "selector", "ports"]
            .iter()
            .any(|map| place.ends_with(map))
            || place.contains("config")
    };
    for place in places.iter().filter(|place| !is_map(place)) {
        let mut documents = complete();
        let object = documents.pointer_mut(place).expect("there");
        object["unknown_field"] = 1.into();
        let error = parse(&documents).expect_err(place);
        assert!(error.reason().contains("unknown_field"), "{place}: {error}");
        assert_eq!(error.code(), ErrorCode::Malformed);
    }
}

#[test]
fn errors_name_document_field_and_reason() {
    let mut documents = complete();
    documents["endpoints"][0]["endpoints"][0]["weight"] = (-1).into();
    let error = parse(&documents).expect_err("refused");
    assert_eq!(error.document(), "endpoints[0]");
    assert_eq!(error.field(), "endpoints[0].weight");
    assert!(error.reason().contains("-1"), "{error}");

    let mut documents = complete();
    documents["routes"][0]["rules"][0]["matches"][0]["path"]["type"] = "suffix".into();
    let error = parse(&documents).expect_err("refused");
    assert_eq!(error.document(), "routes[0]");
    assert!(
        error.field().starts_with("rules[0].matches[0].path"),
        "{error}"
    );

    for bytes in [
        &b"{"[..],
        b"[]",
        b"{} {}",
        b"{\"services\":[],\"services\":[]}",
        b"\xff",
    ] {
        assert_eq!(
            Documents::parse(bytes).expect_err("refused").code(),
            ErrorCode::Malformed
        );
    }
}

#[test]
fn deep_nesting_is_refused_not_overflown() {
    let config = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let bytes = format!(r#"{{"plugins":[{{"name":"p","source":"s","config":{{"a":{config}}}}}]}}"#);
    assert!(Documents::parse(bytes.as_bytes()).is_err());
}

#[test]
fn canonical_json_sorts_keys_at_every_depth() {
    let value = json!({"b": [{"z": 1, "a": "ä\"\n"}], "a": null});
    let canonical = canonical_json(&value).expect("JSON");
    let expected = r#"{"a":null,"b":[{"a":"ä\"\n","z":1}]}"#;
    assert_eq!(String::from_utf8(canonical).as_deref(), Ok(expected));
}

/// The digest is what every other implementation has to arrive at.
#[test]
fn the_version_is_the_sha_256_of_the_canonical_json() {
    let service = json!({"namespace": "default", "name": "web", "host": "web.example"});
    let service: ServiceDocument = serde_json::from_value(service).expect("a service");
    let canonical = r#"{"host":"web.example","name":"web","namespace":"default"}"#;
    assert_eq!(
        canonical_json(&service).expect("JSON"),
        canonical.as_bytes()
    );
    assert_eq!(
        version(&service).expect("JSON"),
        "6f6ccc544028a42aa2a921d9ca95a7c008703d1748a2523736d49f1156a02470"
    );
}

fn value_match() -> impl Strategy<Value = ValueMatch> {
    let kind = prop::sample::select(vec![
        ValueMatchKind::Exact,
        ValueMatchKind::Prefix,
        ValueMatchKind::Suffix,
        ValueMatchKind::Regex,
        ValueMatchKind::Present,
    ]);
    let value = prop::option::of(".{0,4}");
    (kind, ".{0,4}", value, any::<bool>()).prop_map(|(kind, name, value, invert)| ValueMatch {
        kind,
        name,
        value,
        invert,
    })
}

fn string_match() -> impl Strategy<Value = StringMatch> {
    let kind = prop::sample::select(vec![
        StringMatchKind::Exact,
        StringMatchKind::Prefix,
        StringMatchKind::Suffix,
        StringMatchKind::Regex,
    ]);
    (kind, ".{0,4}", any::<bool>()).prop_map(|(kind, value, ignore_case)| StringMatch {
        kind,
        value,
        ignore_case,
    })
}

fn path_match() -> impl Strategy<Value = PathMatch> {
    let kind = prop::sample::select(vec![
        PathMatchKind::Exact,
        PathMatchKind::Prefix,
        PathMatchKind::StartsWith,
        PathMatchKind::Regex,
    ]);
    (kind, ".{0,6}", any::<bool>()).prop_map(|(kind, value, ignore_case)| PathMatch {
        kind,
        value,
        ignore_case,
    })
}

fn route_match() -> impl Strategy<Value = RouteMatch> {
    let text = || prop::option::of(string_match());
    let values = || prop::collection::vec(value_match(), 0..3);
    let path = prop::option::of(path_match());
    let source = prop::option::of((
        ".{0,4}",
        prop::collection::btree_map(".{0,3}", ".{0,3}", 0..2),
    ));
    (path, text(), text(), text(), values(), values(), source).prop_map(
        |(path, method, scheme, authority, headers, query, source)| RouteMatch {
            path,
            method,
            scheme,
            authority,
            headers,
            query,
            source: source.map(|(namespace, labels)| SourceMatch { namespace, labels }),
        },
    )
}

fn header_edits() -> impl Strategy<Value = HeaderEditsEntry> {
    let header = (".{0,4}", ".{0,4}").prop_map(|(name, value)| HeaderValue { name, value });
    let headers = || prop::collection::vec(header.clone(), 0..2);
    let names = prop::collection::vec(".{0,4}", 0..2);
    (headers(), headers(), names).prop_map(|(set, add, remove)| HeaderEditsEntry {
        set,
        add,
        remove,
    })
}

fn destination() -> impl Strategy<Value = DestinationEntry> {
    let status = prop::option::of(any::<u16>());
    (
        ".{0,4}",
        any::<u16>(),
        ".{0,4}",
        any::<u32>(),
        header_edits(),
        status,
    )
        .prop_map(|(service, port, subset, weight, request_headers, status)| {
            DestinationEntry {
                port,
                subset,
                weight,
                request_headers,
                status,
                ..DestinationEntry::new(service)
            }
        })
}

fn rule() -> impl Strategy<Value = RouteRuleEntry> {
    (
        ".{0,4}",
        prop::collection::vec(route_match(), 0..3),
        prop::collection::vec(destination(), 0..3),
        prop::option::of(any::<u64>()),
        header_edits(),
        header_edits(),
    )
        .prop_map(
            |(name, matches, destinations, request_ms, request_headers, response_headers)| {
                RouteRuleEntry {
                    name,
                    matches,
                    destinations,
                    timeouts: TimeoutsEntry {
                        request_ms,
                        ..TimeoutsEntry::default()
                    },
                    request_headers,
                    response_headers,
                    ..RouteRuleEntry::default()
                }
            },
        )
}

proptest! {
    #[test]
    fn routes_survive_the_wire(
        host in ".{0,6}",
        audience in prop_oneof![Just("*".to_owned()), ".{0,4}"],
        rules in prop::collection::vec(rule(), 0..3),
    ) {
        let document = RoutesDocument { audience, ..RoutesDocument::new(host, rules) };
        let bytes = canonical_json(&document).expect("JSON");
        let read: RoutesDocument = serde_json::from_slice(&bytes).expect("the same shape");
        prop_assert_eq!(&read, &document);
        prop_assert_eq!(canonical_json(&read).expect("JSON"), bytes);
    }

    /// Whatever the texts: rules are compiled or refused, and then match or do not.
    #[test]
    fn no_rules_make_it_panic(
        listed in any::<bool>(),
        rules in prop::collection::vec(rule(), 0..3),
        target in "/[a-z/]{0,4}(\\?.{0,4})?",
    ) {
        let mut routes = RoutesDocument::new("*", rules);
        if listed {
            routes.order = RouteOrder::Listed;
        }
        for status in routes.rules.iter_mut().flat_map(|rule| &mut rule.destinations) {
            status.status = Some(500);
        }
        let documents = Documents { routes: vec![routes], ..Documents::default() };
        if let Ok(snapshot) = Snapshot::compile(&documents, &Workload::default()) {
            let headers = Fields::default();
            let request = get("a.example", &target, &headers);
            let _ = snapshot.route(Entry::Mesh, &request);
        }
    }

    #[test]
    fn endpoints_survive_the_wire(
        slice in ".{0,4}",
        entries in prop::collection::vec((any::<std::net::SocketAddr>(), any::<u32>()), 0..5),
    ) {
        let entry = |(mut address, weight): (std::net::SocketAddr, u32)| {
            if let std::net::SocketAddr::V6(address) = &mut address {
                // Text has no place for it.
                address.set_flowinfo(0);
            }
            EndpointEntry { weight, ..EndpointEntry::new(address) }
        };
        let endpoints = entries.into_iter().map(entry).collect();
        let document = EndpointsDocument { service: "n/s".to_owned(), slice, endpoints };
        let bytes = canonical_json(&document).expect("JSON");
        let read: EndpointsDocument = serde_json::from_slice(&bytes).expect("the same shape");
        prop_assert_eq!(read, document);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = Documents::parse(&bytes);
    }
}
