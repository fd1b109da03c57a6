//! Finding a route allocates nothing, once expressions have their states.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use model::route::Entry;
use model::{Documents, Headers, Peer, RequestView, Snapshot, Workload};
use serde_json::json;

/// One field.
struct Fields;

impl Headers for Fields {
    fn visit(&self, each: &mut dyn FnMut(&str, &[u8])) {
        each("x-team", b"core");
    }

    fn first<'s>(&'s self, name: &str) -> Option<&'s [u8]> {
        name.eq_ignore_ascii_case("x-team").then_some(b"core")
    }

    fn visit_named(&self, name: &str, each: &mut dyn FnMut(&[u8])) {
        self.first(name).into_iter().for_each(each);
    }
}

fn snapshot() -> Snapshot {
    let mut rules = vec![
        json!({"name": "exact", "matches": [{"path": {"type": "exact", "value": "/exact"}}]}),
        json!({"name": "folded", "matches": [{
            "path": {"type": "exact", "value": "/Folded", "ignore_case": true},
        }]}),
        json!({"name": "prefix", "matches": [{
            "path": {"type": "starts_with", "value": "/pre"},
            "headers": [{"type": "regex", "name": "x-team", "value": "c.*"}],
            "query": [{"type": "exact", "name": "a", "value": "1"}],
        }]}),
    ];
    for index in 0..20 {
        let path = json!({"type": "regex", "value": format!("/t/[^/]+/s{index}")});
        rules.push(json!({"name": "regex", "matches": [{"path": path}]}));
    }
    let documents = json!({"routes": [{"host": "*.example", "order": "listed", "rules": rules}]});
    let documents = Documents::parse(documents.to_string().as_bytes()).expect("documents");
    Snapshot::compile(&documents, &Workload::default()).expect("valid")
}

#[test]
fn finding_a_route_allocates_nothing() {
    let snapshot = snapshot();
    let ip = Ipv4Addr::LOCALHOST;
    for (authority, path, name) in [
        ("a.example", "/exact", Some("exact")),
        ("A.EXAMPLE:80", "/FOLDED", Some("folded")),
        ("a.example", "/prefix", Some("prefix")),
        ("a.example", "/t/x/s19", Some("regex")),
        ("a.example", "/none", None),
        ("other", "/exact", None),
    ] {
        let request = RequestView {
            method: "GET",
            scheme: "http",
            authority,
            path,
            query: Some("a=1"),
            headers: &Fields,
            peer: Peer {
                address: SocketAddr::from((ip, 40_000)),
                client: IpAddr::V4(ip),
                identity: None,
            },
            port: 80,
            destination: None,
            sni: None,
            claims: None,
        };
        let find = || snapshot.route(Entry::Mesh, &request).ok();
        assert_eq!(find().map(|matched| &*matched.rule.name), name);
        let used = allocation_counter::measure(|| {
            std::hint::black_box(find());
        });
        assert_eq!(used.count_total, 0, "{authority} {path}");
    }
}
