//! Cost of authorizing a request: none, few and many rules, of which the last or none matches.

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use criterion::{Criterion, criterion_group, criterion_main};
use model::authz::{Authorizer, Policies, Subject};
use model::{Documents, Headers, Peer, RequestView, Workload};
use serde_json::{Value, json};

/// The fields of a small request.
struct Fields;

const FIELDS: [(&str, &[u8]); 4] = [
    ("user-agent", b"curl/8.14.1"),
    ("accept", b"*/*"),
    ("x-request-id", b"0b6f7c1e-9d1f-4c53-8f29-2f1d2c3b4a59"),
    ("x-version", b"2"),
];

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

fn get(path: &str) -> RequestView<'_> {
    let ip = Ipv4Addr::new(10, 0, 0, 1);
    RequestView {
        method: "GET",
        scheme: "http",
        authority: "pay.shop.svc.cluster.local:8080",
        path,
        query: None,
        headers: &Fields,
        peer: Peer {
            address: SocketAddr::from((ip, 40_000)),
            client: IpAddr::V4(ip),
            identity: Some("spiffe://cluster.local/ns/shop/sa/web"),
        },
        port: 8080,
        destination: Some(SocketAddr::from((ip, 8080))),
        sni: None,
        claims: None,
    }
}

/// The policy `action` with `count` rules made by `rule`.
fn policy(action: &str, count: usize, rule: impl Fn(usize) -> Value) -> Value {
    let rules: Vec<Value> = (0..count).map(rule).collect();
    json!({"namespace": "shop", "name": action, "action": action, "rules": rules})
}

fn authorizer(policies: &[Value]) -> Authorizer {
    let documents = json!({"policies": policies});
    let documents = Documents::parse(documents.to_string().as_bytes()).expect("documents");
    let workload = Workload {
        namespace: "shop".to_owned(),
        ..Workload::default()
    };
    Policies::compile(&documents)
        .expect("valid")
        .of_workload(&workload)
}

/// What most policies say: who may call which paths.
fn usual(index: usize) -> Value {
    json!({
        "from": [{"principals": [format!("cluster.local/ns/shop/sa/web{index}"), "cluster.local/ns/shop/sa/web"]}],
        "to": [{"methods": ["GET", "POST"], "paths": [format!("/api/v1/orders{index}/*")]}],
    })
}

fn templates(index: usize) -> Value {
    json!({"to": [{"paths": [format!("/api/{{*}}/orders{index}/{{**}}")]}]})
}

fn headers(index: usize) -> Value {
    json!({"when": [{"key": "request.headers[x-version]", "values": [format!("v{index}")]}]})
}

fn many_values(index: usize) -> Value {
    let names: Vec<String> = (0..100)
        .map(|name| format!("cluster.local/ns/n{index}/sa/s{name}"))
        .collect();
    json!({"from": [{"principals": names}]})
}

fn deciding(criterion: &mut Criterion) {
    let path = "/api/v1/orders99/7/items";
    let request = get(path);
    let subject = Subject::of_request(&request);
    let mut group = criterion.benchmark_group("model/authz");
    for (name, policies, allowed) in [
        ("no_policy", vec![], true),
        ("1_rule", vec![policy("allow", 1, |_| usual(99))], true),
        (
            "100_allow_rules_last_matches",
            vec![policy("allow", 100, usual)],
            true,
        ),
        (
            "100_deny_and_100_allow_rules",
            vec![
                policy("deny", 100, |index| usual(index + 100)),
                policy("allow", 100, usual),
            ],
            true,
        ),
        (
            "100_rules_with_templates",
            vec![policy("allow", 100, templates)],
            true,
        ),
        (
            "100_rules_with_headers",
            vec![policy("deny", 100, headers)],
            true,
        ),
        (
            "100_rules_of_100_principals",
            vec![policy("allow", 100, many_values)],
            false,
        ),
    ] {
        let authorizer = authorizer(&policies);
        assert_eq!(authorizer.check(&subject).allowed, allowed, "{name}");
        group.bench_function(name, |bencher| {
            bencher.iter(|| authorizer.check(black_box(&subject)).allowed);
        });
    }
    group.finish();
}

criterion_group!(benches, deciding);
criterion_main!(benches);
