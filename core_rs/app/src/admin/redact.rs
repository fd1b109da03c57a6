//! Documents without their secrets.

use model::wire::{Documents, HeaderEditsEntry};
use serde_json::Value;

const HIDDEN: &str = "***";

/// Names of header fields, or parts of them, whose values are secrets.
const SECRET_NAMES: [&str; 6] = [
    "authorization",
    "cookie",
    "token",
    "secret",
    "password",
    "key",
];

/// `documents` as they may be shown: the values in the plugins' configuration and those of telling
/// header fields are hidden.
pub(super) fn documents(documents: &Documents) -> Documents {
    let mut shown = documents.clone();
    for plugin in &mut shown.plugins {
        plugin.config.values_mut().for_each(hide);
    }
    for rule in shown.routes.iter_mut().flat_map(|routes| &mut routes.rules) {
        hide_fields(&mut rule.request_headers);
        hide_fields(&mut rule.response_headers);
    }
    shown
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
        let name = field.name.to_ascii_lowercase();
        if SECRET_NAMES.iter().any(|secret| name.contains(secret)) {
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
            "routes": [{"host": "*", "rules": [{"name": "r", "request_headers": {
                "set": [{"name": "X-Api-Key", "value": "s3cret"}, {"name": "x-a", "value": "b"}],
                "add": [{"name": "authorization", "value": "s3cret"}]}}]}]}"#,
        )
        .expect("valid");
        let shown = serde_json::to_string(&documents(&given)).expect("serializable");
        assert!(!shown.contains("s3cret"), "{shown}");
        assert!(shown.contains(r#""list":["***","***"]"#) && shown.contains(r#""on":true"#));
        assert!(shown.contains(r#""value":"b""#));
    }
}
