//! Documents as a child or a file may bring them: refused or compiled, within bounds; what was
//! compiled decides on any request without a panic, the same way whether someone asks why or not.
//!
//! The input is documents, a NUL, and requests of one line each; see [`Line`].
#![no_main]

mod mutate;
mod support;
mod target;

use std::sync::Arc;

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use model::authz::{Custom, Subject};
use model::path::{Normalization, Normalized, normalize};
use model::request::authority_port;
use model::route::cors::{Preflight, preflight, response_fields};
use model::route::{Cors, Entry, Matched, NoRoute};
use model::wire::canonical_json;
use model::{Documents, RequestView, Snapshot, Workload};
use support::{Fields, Steps, request};

/// How many requests of one input are asked.
const REQUESTS: usize = 16;

fuzz_target!(|bytes: &[u8]| {
    let mut parts = bytes.splitn(2, |&byte| byte == 0);
    let Ok(documents) = Documents::parse(parts.next().unwrap_or_default()) else {
        return;
    };
    let requests = parts.next().unwrap_or_default();
    let again = canonical_json(&documents).expect("documents are JSON");
    assert_eq!(Documents::parse(&again).as_ref(), Ok(&documents));

    let own = documents.routes.iter().map(|it| it.gateway.clone());
    let mut gateways: Vec<_> = own
        .chain(documents.listeners.iter().map(|it| it.gateway.clone()))
        .collect();
    gateways.retain(|gateway| !gateway.is_empty());
    gateways.sort_unstable();
    gateways.dedup();
    gateways.truncate(4);
    // As the workload that the first policy is for, too.
    let policy = documents.policies.first();
    let selected = Workload {
        namespace: policy.map_or_else(String::new, |policy| policy.namespace.clone()),
        labels: policy.map_or_else(Default::default, |policy| policy.selector.clone()),
        ..Workload::default()
    };
    let serving = Workload {
        gateways,
        ..Workload::default()
    };
    for workload in [serving, selected] {
        let Ok(snapshot) = Snapshot::compile(&documents, &workload) else {
            return;
        };
        let given = requests;
        let given = given
            .split(|&byte| byte == b'\n')
            .filter_map(|line| std::str::from_utf8(line).ok());
        let paths = documents.routes.iter().flat_map(|routes| {
            let rules = routes.rules.iter().flat_map(|rule| &rule.matches);
            let values = rules
                .filter_map(|one| one.path.as_ref())
                .map(|path| path.value.as_str());
            let host = routes.host.as_str();
            std::iter::once("/").chain(values).map(move |path| Line {
                host,
                path,
                ..Line::default()
            })
        });
        for line in given.map(Line::read).chain(paths).take(REQUESTS) {
            line.ask(&snapshot);
        }
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::mutate(data, size, max_size, seed)
});

/// A request: method, authority, path with query, then a name and value of a field, in turn.
struct Line<'a> {
    method: &'a str,
    host: &'a str,
    path: &'a str,
    fields: Vec<&'a str>,
}

impl Default for Line<'_> {
    fn default() -> Self {
        Self {
            method: "GET",
            host: "",
            path: "/",
            fields: Vec::new(),
        }
    }
}

impl<'a> Line<'a> {
    fn read(line: &'a str) -> Self {
        let mut words = line.split('\t');
        let mut word = || words.next().unwrap_or_default();
        Self {
            method: word(),
            host: word(),
            path: word(),
            fields: words.collect(),
        }
    }

    fn ask(&self, snapshot: &Snapshot) {
        let (raw, query) = match self.path.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (self.path, None),
        };
        let mut scratch = String::new();
        let path = match normalize(raw, Normalization::MergeSlashes, &mut scratch) {
            Ok(Normalized::AsIs) => raw,
            Ok(Normalized::InScratch) => &scratch,
            Err(_) => "*",
        };
        let pairs = self
            .fields
            .chunks_exact(2)
            .map(|pair| (pair[0], pair[1].as_bytes()));
        let headers = Fields(pairs.collect());
        let view = RequestView {
            method: self.method,
            query,
            port: authority_port(self.host, "http"),
            ..request(self.host, path, &headers)
        };
        decide(snapshot, &view);
        for port in snapshot.listeners().iter().map(|listener| listener.port) {
            decide(snapshot, &RequestView { port, ..view });
        }
    }
}

fn decide(snapshot: &Snapshot, view: &RequestView<'_>) {
    let gateways = snapshot.workload().gateways.iter();
    let entries = gateways
        .map(|gateway| Entry::Gateway(gateway))
        .chain([Entry::Mesh]);
    for entry in entries {
        let found = snapshot.route(entry, view);
        let mut steps = Steps::default();
        let told = snapshot.route_traced(entry, view, &mut steps);
        steps.check();
        assert_same(&found, &told);
        if let Ok(matched) = found {
            follow(snapshot, &matched, view);
        }
    }
    if let Ok(matched) = snapshot.route_at(view.port, view) {
        follow(snapshot, &matched, view);
    }
    let subject = Subject::of_request(view);
    let authorizer = snapshot.authorizer();
    let decision = authorizer.check(&subject);
    let explained = authorizer.explain(&subject, &mut Steps::default());
    assert_eq!(
        (decision.allowed, decision.rule),
        (explained.allowed, explained.rule)
    );
    assert_eq!(decision.policy, explained.policy);
    if let Custom::Deny(decision) = authorizer.custom(&subject) {
        assert!(!decision.allowed);
    }
}

fn assert_same(found: &Result<Matched<'_>, NoRoute>, told: &Result<Matched<'_>, NoRoute>) {
    match (found, told) {
        (Ok(found), Ok(told)) => {
            assert!(
                Arc::ptr_eq(found.rule, told.rule),
                "{} is not {}",
                found.rule.name,
                told.rule.name
            );
            assert_eq!(
                (found.path_match_len, found.by_segments),
                (told.path_match_len, told.by_segments)
            );
        }
        (found, told) => assert_eq!(found.as_ref().err(), told.as_ref().err()),
    }
}

fn follow(snapshot: &Snapshot, matched: &Matched<'_>, view: &RequestView<'_>) {
    assert!(matched.path_match_len <= view.path.len().max(1));
    target::check(matched, view);
    if let Some(cors) = &matched.rule.cors {
        check_cors(cors, view);
    }
    for random in [0, u64::MAX / 2, u64::MAX] {
        let _one_of_them = matched.rule.destination(random);
    }
    let _all = snapshot.clusters().count();
}

/// What CORS adds is of one line, and never credentials for an origin that was not named.
fn check_cors(cors: &Cors, request: &RequestView<'_>) {
    let fields = match preflight(cors, request) {
        Preflight::Forward => response_fields(cors, request.headers),
        Preflight::Answer(fields) => fields,
    };
    let origin = request.headers.first("origin");
    for (name, value) in &fields {
        assert!(
            value.bytes().all(|byte| (b' '..=b'~').contains(&byte)),
            "{name}: {value:?}"
        );
        if *name == "access-control-allow-origin" {
            assert_eq!(Some(value.as_bytes()), origin);
        }
    }
}
