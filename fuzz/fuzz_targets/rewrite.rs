//! Paths and the rules that rewrite and redirect them: what leaves is canonical and has no dot
//! segment, a location is one line and at the host that the rule gave. The input is read as choices.
#![no_main]

mod support;
mod target;

use libfuzzer_sys::fuzz_target;
use model::path::{Normalization, Normalized, normalize};
use model::route::Entry;
use model::{Documents, RequestView, Snapshot, Workload};
use serde_json::{Value, json};
use support::{Choices, Fields, request};

/// What paths, prefixes and substitutions are made of.
const PIECES: [&str; 24] = [
    "/", "a", "A", "..", ".", "%2e", "%2F", "%5c", "\\", ";", "//", "/api", "/v1/", "%25",
    "%0d%0a", "ä", "?", "#", "@", ":", "\r\n", "\\1", "\\0", "%",
];
/// What expressions are made of.
const PATTERNS: [&str; 16] = [
    "/", "a", ".", "*", "(", ")", "[^/]", "+", "^", "$", "|", "\\.", "(.*)", "%", "(?i)", "{2}",
];
const HOSTS: [&str; 6] = [
    "",
    "a.example",
    "b.example",
    "[::1]",
    "10.0.0.1",
    "a.example.",
];
const AUTHORITIES: [&str; 7] = [
    "a.example",
    "a.example:8080",
    "A.EXAMPLE.",
    "[::1]:80",
    "[::1",
    "a.example:",
    "user@a.example",
];
const METHODS: [&str; 3] = ["GET", "OPTIONS", "POST"];

fuzz_target!(|bytes: &[u8]| {
    let mut choices = Choices(bytes);
    let rule = rule(&mut choices);
    let host = if choices.flag() { "*" } else { "a.example" };
    let order = choices.pick(&["specific", "listed"]);
    let documents = json!({
        "services": [{"namespace": "default", "name": "s", "host": "s.example"}],
        "routes": [{"host": host, "order": order, "rules": [rule]}],
    });
    let documents: Documents = serde_json::from_value(documents).expect("the shape of documents");
    let Ok(snapshot) = Snapshot::compile(&documents, &Workload::default()) else {
        return;
    };
    for _ in 0..4 {
        ask(&snapshot, &mut choices);
    }
});

fn rule(choices: &mut Choices<'_>) -> Value {
    let mut rule = json!({"name": "r"});
    if choices.flag() {
        let kind = choices.pick(&["exact", "prefix", "starts_with", "regex"]);
        let value = if kind == "regex" {
            choices.text(&PATTERNS)
        } else {
            choices.text(&PIECES)
        };
        let path = json!({"type": kind, "value": value, "ignore_case": choices.flag()});
        rule["matches"] = json!([{"path": path}]);
    }
    let kind = choices.below(4);
    let mut path = match kind {
        0 => json!({"type": "full", "value": choices.text(&PIECES)}),
        1 | 2 => json!({"type": "prefix", "value": choices.text(&PIECES)}),
        _ => json!({
            "type": "regex",
            "pattern": choices.text(&PATTERNS),
            "substitution": choices.text(&PIECES),
        }),
    };
    if kind < 3 && choices.flag() {
        rule["redirect"] = json!({
            "scheme": choices.pick(&["", "http", "https"]),
            "host": host(choices),
            "port": match choices.below(5) {
                0 => None,
                port => Some([0, 80, 443, 8080][port - 1]),
            },
            "path": if choices.flag() { path.take() } else { Value::Null },
        });
    } else {
        rule["rewrite"] = json!({"path": path, "authority": host(choices)});
        rule["destinations"] = json!([{"service": "default/s"}]);
    }
    rule
}

fn host(choices: &mut Choices<'_>) -> String {
    match choices.below(HOSTS.len() + 1) {
        0 => choices.text(&PIECES),
        index => HOSTS[index - 1].to_owned(),
    }
}

fn ask(snapshot: &Snapshot, choices: &mut Choices<'_>) {
    let raw = choices.text(&PIECES);
    let mode = [
        Normalization::None,
        Normalization::Base,
        Normalization::MergeSlashes,
        Normalization::DecodeAndMergeSlashes,
    ][choices.below(4)];
    let (raw, query) = match raw.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (raw.as_str(), None),
    };
    let mut scratch = String::new();
    let path = match normalize(raw, mode, &mut scratch) {
        Ok(Normalized::AsIs) => raw,
        Ok(Normalized::InScratch) => &scratch,
        Err(_) => "*",
    };
    let headers = Fields::default();
    let view = RequestView {
        method: choices.pick(&METHODS),
        scheme: choices.pick(&["http", "https"]),
        query,
        ..request(choices.pick(&AUTHORITIES), path, &headers)
    };
    if let Ok(matched) = snapshot.route(Entry::Mesh, &view) {
        target::check(&matched, &view);
    }
}
