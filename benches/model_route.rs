//! Cost of deciding where a request goes: normalizing its path, finding its rule among thousands,
//! compiling a Snapshot and changing one service's endpoints in it.

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use model::wire::{
    DestinationEntry, EndpointEntry, EndpointsDocument, PathMatch, RouteMatch, RouteRuleEntry,
    RoutesDocument, ServiceDocument, ValueMatch,
};
use model::{Documents, Headers, Normalization, Peer, RequestView, Snapshot, normalize};

/// The fields of a small request.
struct Fields([(&'static str, &'static [u8]); 4]);

const FIELDS: Fields = Fields([
    ("user-agent", b"curl/8.14.1"),
    ("accept", b"*/*"),
    ("x-request-id", b"0b6f7c1e-9d1f-4c53-8f29-2f1d2c3b4a59"),
    ("x-version", b"2"),
]);

impl Headers for Fields {
    fn visit(&self, each: &mut dyn FnMut(&str, &[u8])) {
        for (name, value) in self.0 {
            each(name, value);
        }
    }

    fn first<'s>(&'s self, name: &str) -> Option<&'s [u8]> {
        let mut named = self
            .0
            .iter()
            .filter(|(field, _)| field.eq_ignore_ascii_case(name));
        named.next().map(|(_, value)| *value)
    }

    fn visit_named(&self, name: &str, each: &mut dyn FnMut(&[u8])) {
        for (field, value) in self.0 {
            if field.eq_ignore_ascii_case(name) {
                each(value);
            }
        }
    }
}

fn get<'a>(authority: &'a str, path: &'a str) -> RequestView<'a> {
    let ip = Ipv4Addr::LOCALHOST;
    RequestView {
        method: "GET",
        scheme: "http",
        authority,
        path,
        query: None,
        headers: &FIELDS,
        peer: Peer {
            address: SocketAddr::from((ip, 40_000)),
            client: IpAddr::V4(ip),
            identity: None,
        },
    }
}

/// `services` services of ten endpoints, and one host with `routes` rules: of ten, five by exact
/// path, four by prefix, one by regular expression.
fn documents(services: usize, routes: usize) -> Documents {
    let mut documents = Documents::default();
    for service in 0..services {
        documents.services.push(ServiceDocument {
            namespace: "default".to_owned(),
            name: format!("s{service}"),
            host: format!("s{service}.default.svc.cluster.local"),
            balance: model::BalancePolicy::RoundRobin,
        });
        documents
            .endpoints
            .push(endpoints(&format!("default/s{service}"), service as u32));
    }
    let path = |index: usize| match index % 10 {
        0..5 => PathMatch::Exact(format!("/api/v1/tenants/t{index}/orders")),
        5..9 => PathMatch::Prefix(format!("/api/v1/tenants/t{index}")),
        _ => PathMatch::Regex(format!("/api/v2/t{index}/[a-z]+/[0-9]+")),
    };
    let rules = (0..routes).map(|index| {
        rule(
            index,
            path(index),
            &format!("default/s{}", index % services),
        )
    });
    documents.routes.push(RoutesDocument {
        host: "shop.example".to_owned(),
        audience: "*".to_owned(),
        rules: rules.collect(),
    });
    documents
}

fn rule(index: usize, path: PathMatch, service: &str) -> RouteRuleEntry {
    let destinations = vec![DestinationEntry {
        service: service.to_owned(),
        weight: 1,
    }];
    let matches = vec![RouteMatch {
        path: Some(path),
        ..RouteMatch::default()
    }];
    RouteRuleEntry {
        name: format!("r{index}"),
        matches,
        destinations,
        ..RouteRuleEntry::default()
    }
}

fn endpoints(service: &str, network: u32) -> EndpointsDocument {
    let entry = |host: u32| EndpointEntry {
        address: SocketAddr::from((Ipv4Addr::from(0x0A00_0000 + network * 16 + host), 8080)),
        weight: 1,
    };
    EndpointsDocument {
        service: service.to_owned(),
        slice: String::new(),
        endpoints: (0..10).map(entry).collect(),
    }
}

fn matching(criterion: &mut Criterion) {
    for routes in [1_000, 5_000] {
        let snapshot = Snapshot::compile(&documents(100, routes)).expect("valid");
        let mut group = criterion.benchmark_group(format!("model/route/{routes}"));
        let last = routes - 10;
        for (name, path, found) in [
            ("exact", format!("/api/v1/tenants/t{last}/orders"), true),
            (
                "prefix",
                format!("/api/v1/tenants/t{}/orders/77/items", last + 7),
                true,
            ),
            ("regex", format!("/api/v2/t{}/orders/77", last + 9), true),
            ("miss", format!("/api/v1/tenants/u{last}/orders"), false),
        ] {
            let request = get("shop.example:8080", &path);
            assert_eq!(snapshot.route(&request).is_some(), found, "{path}");
            group.bench_function(name, |bencher| {
                bencher.iter(|| snapshot.route(black_box(&request)).is_some());
            });
        }
        let request = get("other.example", "/");
        group.bench_function("no_host", |bencher| {
            bencher.iter(|| snapshot.route(black_box(&request)).is_some());
        });
        group.finish();
    }
}

/// What an index cannot help with: many expressions that begin alike, many rules for one path.
fn crowded(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("model/route/crowded");
    let table = |rules: Vec<RouteRuleEntry>| {
        let mut documents = documents(1, 0);
        documents.routes[0].rules = rules;
        Snapshot::compile(&documents).expect("valid")
    };
    let regex = |index: usize| PathMatch::Regex(format!("/t/[^/]+/s{index}(/.*)?"));
    let snapshot = table(
        (0..1_000)
            .map(|index| rule(index, regex(index), "default/s0"))
            .collect(),
    );
    let request = get("shop.example", "/t/acme/s901/orders");
    assert!(snapshot.route(&request).is_some());
    group.bench_function("1000_regexes_beginning_alike", |bencher| {
        bencher.iter(|| snapshot.route(black_box(&request)).is_some());
    });

    let by_header = |index: usize| {
        let mut rule = rule(index, PathMatch::Prefix("/".to_owned()), "default/s0");
        rule.matches[0].headers.push(ValueMatch::Exact {
            name: "x-version".to_owned(),
            value: (100 - index).to_string(),
        });
        rule
    };
    let snapshot = table((0..100).map(by_header).collect());
    let request = get("shop.example", "/orders");
    assert!(snapshot.route(&request).is_some());
    group.bench_function("100_rules_of_one_path_by_header", |bencher| {
        bencher.iter(|| snapshot.route(black_box(&request)).is_some());
    });
    group.finish();
}

fn normalization(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("model/path");
    for (name, path) in [
        ("canonical", "/api/v1/tenants/t4990/orders/77/items"),
        (
            "rewritten",
            "/api//v1/./tenants/%74%34990/x/../orders/77/items",
        ),
    ] {
        let mut scratch = String::new();
        group.bench_function(name, |bencher| {
            bencher.iter(|| normalize(black_box(path), Normalization::MergeSlashes, &mut scratch));
        });
    }
    group.finish();
}

fn compiling(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("model/snapshot/1000x10_endpoints_5000_routes");
    group.sample_size(10);
    let documents = documents(1_000, 5_000);
    group.bench_function("compile", |bencher| {
        bencher.iter_batched(
            || (),
            |()| Snapshot::compile(black_box(&documents)).expect("valid"),
            BatchSize::PerIteration,
        );
    });
    let snapshot = Snapshot::compile(&documents).expect("valid");
    let change = endpoints("default/s500", 77_777);
    group.bench_function("with_endpoints", |bencher| {
        bencher.iter(|| {
            snapshot
                .with_endpoints("default/s500", black_box(&change))
                .expect("valid")
        });
    });
    group.finish();
}

criterion_group!(benches, matching, crowded, normalization, compiling);
criterion_main!(benches);
