//! Documents without their secrets.

use model::wire::{Documents, HeaderEditsEntry};
use serde_json::Value;

const HIDDEN: &str = "***";

/// Names of header fields and query parameters, or parts of them, whose values are secrets.
const SECRET_NAMES: [&str; 6] = [
    "authorization",
    "cookie",
    "token",
    "secret",
    "password",
    "key",
];

/// `documents` as they may be shown: the values in the plugins' configuration and those of telling
/// header fields and query parameters, where they are set and where they are asked for, are hidden.
pub(super) fn documents(documents: &Documents) -> Documents {
    let mut shown = documents.clone();
    for plugin in &mut shown.plugins {
        plugin.config.values_mut().for_each(hide);
    }
    for rule in shown.routes.iter_mut().flat_map(|routes| &mut routes.rules) {
        hide_fields(&mut rule.request_headers);
        hide_fields(&mut rule.response_headers);
        for destination in &mut rule.destinations {
            hide_fields(&mut destination.request_headers);
            hide_fields(&mut destination.response_headers);
        }
        let matches = rule.matches.iter_mut();
        for one in matches.flat_map(|one| one.headers.iter_mut().chain(&mut one.query)) {
            if is_secret(&one.name)
                && let Some(value) = &mut one.value
            {
                HIDDEN.clone_into(value);
            }
        }
    }
    let rules = shown
        .policies
        .iter_mut()
        .filter_map(|policy| policy.rules.as_mut());
    for condition in rules.flatten().flat_map(|rule| &mut rule.when) {
        let is_field = condition.key.starts_with("request.headers");
        if is_field && is_secret(&condition.key) {
            for value in condition.values.iter_mut().chain(&mut condition.not_values) {
                HIDDEN.clone_into(value);
            }
        }
    }
    shown
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_NAMES.iter().any(|secret| name.contains(secret))
}

/// Keeps the shape: what is configured is shown, how is not.
fn hide(value: &mut Value) {
    match value {
        Value::Object(map) => map.values_mut().for_each(hide),
        Value::Array(list) => list.iter_mut().for_each(hide),
        Value::Null | Value::Bool(_) => {}
        Value::Number(_) | Value::String(_) => *value = HIDDEN.into(),
    }
}

fn hide_fields(edits: &mut HeaderEditsEntry) {
    for field in edits.set.iter_mut().chain(&mut edits.add) {
        if is_secret(&field.name) {
            HIDDEN.clone_into(&mut field.value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_and_the_rest_is_shown() {
        let given = Documents::parse(
            br#"{"plugins": [{"name": "a", "source": "a.py",
                "config": {"token": "s3cret", "list": ["s3cret", 7], "on": true}}],
            "policies": [{"namespace": "n", "name": "p", "rules": [{"when": [
                {"key": "request.headers[authorization]", "values": ["s3cret"], "not_values": ["s3cret"]},
                {"key": "request.headers[x-team]", "values": ["shown"]}]}]}],
            "routes": [{"host": "*", "rules": [{"name": "r", "matches": [{"headers": [
                {"type": "exact", "name": "x-token", "value": "s3cret"}], "query": [
                {"type": "exact", "name": "access_token", "value": "s3cret"}]}],
                "destinations": [{"service": "n/s", "request_headers": {
                    "set": [{"name": "authorization", "value": "s3cret"}]}}],
                "request_headers": {
                "set": [{"name": "X-Api-Key", "value": "s3cret"}, {"name": "x-a", "value": "b"}],
                "add": [{"name": "authorization", "value": "s3cret"}]}}]}]}"#,
        )
        .expect("valid");
        let shown = serde_json::to_string(&documents(&given)).expect("serializable");
        assert!(!shown.contains("s3cret"), "{shown}");
        assert!(shown.contains(r#""list":["***","***"]"#) && shown.contains(r#""on":true"#));
        assert!(shown.contains(r#""value":"b""#) && shown.contains(r#""shown""#));
    }
}
