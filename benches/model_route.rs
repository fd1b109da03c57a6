//! Cost of deciding where a request goes: normalizing its path, finding its rule among thousands,
//! compiling a Snapshot and changing one service's endpoints in it.

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use model::route::Entry;
use model::wire::{
    ClusterEntry, DestinationEntry, EndpointEntry, EndpointsDocument, PathMatch, PathMatchKind,
    RouteMatch, RouteOrder, RouteRuleEntry, RoutesDocument, ServiceDocument, ValueMatch,
    ValueMatchKind,
};
use model::{Documents, Headers, Normalization, Peer, RequestView, Snapshot, Workload, normalize};

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
        port: 8080,
        destination: None,
        sni: None,
        claims: None,
    }
}

fn compile(documents: &Documents) -> Snapshot {
    Snapshot::compile(documents, &Workload::default()).expect("valid")
}

/// Whether any rule serves `request`.
fn is_served(snapshot: &Snapshot, request: &RequestView<'_>) -> bool {
    snapshot.route(Entry::Mesh, request).is_ok()
}

/// `services` services of ten endpoints, each of one port with a subset, and one host with
/// `routes` rules: of ten, five by exact path, four by prefix, one by regular expression.
fn documents(services: usize, routes: usize, order: RouteOrder) -> Documents {
    let mut documents = Documents::default();
    for index in 0..services {
        let name = format!("s{index}");
        let host = format!("{name}.default.svc.cluster.local");
        let mut service = ServiceDocument::new("default", name, host);
        service.clusters = ["", "v1"].map(cluster).into();
        documents.services.push(service);
        let slice = endpoints(&format!("default/s{index}"), index as u32);
        documents.endpoints.push(slice);
    }
    let prefix = match order {
        RouteOrder::Specific => PathMatchKind::Prefix,
        RouteOrder::Listed => PathMatchKind::StartsWith,
    };
    let path = |index: usize| match index % 10 {
        0..5 => PathMatch::new(
            PathMatchKind::Exact,
            format!("/api/v1/tenants/t{index}/orders"),
        ),
        5..9 => PathMatch::new(prefix, format!("/api/v1/tenants/t{index}")),
        _ => PathMatch::new(
            PathMatchKind::Regex,
            format!("/api/v2/t{index}/[a-z]+/[0-9]+"),
        ),
    };
    let rules = (0..routes).map(|index| {
        let service = format!("default/s{}", index % services);
        rule(index, path(index), &service)
    });
    let mut routes = RoutesDocument::new("shop.example", rules.collect());
    routes.order = order;
    documents.routes.push(routes);
    documents
}

fn cluster(subset: &str) -> ClusterEntry {
    let label = || ("version".to_owned(), subset.to_owned());
    ClusterEntry {
        port: 80,
        subset: subset.to_owned(),
        labels: (!subset.is_empty()).then(label).into_iter().collect(),
        ..ClusterEntry::default()
    }
}

fn rule(index: usize, path: PathMatch, service: &str) -> RouteRuleEntry {
    let destinations = vec![DestinationEntry {
        port: 80,
        ..DestinationEntry::new(service)
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
    let label = |name: &str, value: String| (name.to_owned(), value);
    let entry = |host: u32| {
        let address = Ipv4Addr::from(0x0A00_0000 + network * 16 + host);
        let labels = [
            label("app", format!("s{network}")),
            label("version", format!("v{}", host % 2)),
        ];
        EndpointEntry {
            port: 80,
            labels: labels.into(),
            service_account: "default".to_owned(),
            ..EndpointEntry::new(SocketAddr::from((address, 8080)))
        }
    };
    EndpointsDocument {
        service: service.to_owned(),
        slice: String::new(),
        endpoints: (0..10).map(entry).collect(),
    }
}

fn matching(criterion: &mut Criterion) {
    for (order, routes) in [
        (RouteOrder::Specific, 1_000),
        (RouteOrder::Specific, 5_000),
        (RouteOrder::Listed, 5_000),
    ] {
        let snapshot = compile(&documents(100, routes, order));
        let name = format!("model/route/{order:?}/{routes}").to_lowercase();
        let mut group = criterion.benchmark_group(name);
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
            assert_eq!(is_served(&snapshot, &request), found, "{path}");
            group.bench_function(name, |bencher| {
                bencher.iter(|| is_served(&snapshot, black_box(&request)));
            });
        }
        let request = get("other.example", "/");
        group.bench_function("no_host", |bencher| {
            bencher.iter(|| is_served(&snapshot, black_box(&request)));
        });
        group.finish();
    }
}

/// What an index cannot help with: many expressions that begin alike, many rules for one path.
fn crowded(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("model/route/crowded");
    let table = |rules: Vec<RouteRuleEntry>| {
        let mut documents = documents(1, 0, RouteOrder::Specific);
        documents.routes[0].rules = rules;
        compile(&documents)
    };
    let regex = |index: usize| {
        let expression = format!("/t/[^/]+/s{index}(/.*)?");
        PathMatch::new(PathMatchKind::Regex, expression)
    };
    let snapshot = table(
        (0..1_000)
            .map(|index| rule(index, regex(index), "default/s0"))
            .collect(),
    );
    let request = get("shop.example", "/t/acme/s901/orders");
    assert!(is_served(&snapshot, &request));
    group.bench_function("1000_regexes_beginning_alike", |bencher| {
        bencher.iter(|| is_served(&snapshot, black_box(&request)));
    });

    let by_header = |index: usize| {
        let mut rule = rule(
            index,
            PathMatch::new(PathMatchKind::Prefix, "/"),
            "default/s0",
        );
        let version = (100 - index).to_string();
        let condition = ValueMatch::new(ValueMatchKind::Exact, "x-version", version);
        rule.matches[0].headers.push(condition);
        rule
    };
    let snapshot = table((0..100).map(by_header).collect());
    let request = get("shop.example", "/orders");
    assert!(is_served(&snapshot, &request));
    group.bench_function("100_rules_of_one_path_by_header", |bencher| {
        bencher.iter(|| is_served(&snapshot, black_box(&request)));
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
    let documents = documents(1_000, 5_000, RouteOrder::Specific);
    group.bench_function("compile", |bencher| {
        bencher.iter_batched(
            || (),
            |()| compile(black_box(&documents)),
            BatchSize::PerIteration,
        );
    });
    let snapshot = compile(&documents);
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
