//! Heads that are too large.

use super::{RequestHead, refused};
use crate::limits::Limits;

#[test]
fn sizes() {
    let limits = Limits::default();
    let target = "a".repeat(limits.target_bytes);
    let fields = "a: b\r\n".repeat(limits.fields);
    let long = "b".repeat(limits.head_bytes);
    let field = |line: &str| format!("GET / HTTP/1.1\r\nHost: h\r\n{line}\r\n\r\n");
    for (text, status, reason) in [
        (
            format!("GET /{target} HTTP/1.1\r\nHost: h\r\n\r\n"),
            414,
            "target_too_long",
        ),
        (format!("GET /{target}{target}"), 414, "target_too_long"),
        (field(&fields), 431, "too_many_fields"),
        (field(&format!("a: {long}")), 431, "head_too_large"),
        (field(&format!("{long}: a")), 431, "head_too_large"),
        (long.clone(), 501, "method_too_long"),
    ] {
        refused(&[(text.as_bytes(), status, reason)]);
    }
}

#[test]
fn limits_hold_where_they_are_set() {
    let bytes = b"GET /abc HTTP/1.1\r\nHost: h\r\nA: b\r\n\r\n";
    let outcome = |set: fn(&mut Limits)| {
        let mut limits = Limits::default();
        set(&mut limits);
        RequestHead::new()
            .parse(bytes, &limits)
            .map_err(|error| error.reason())
    };
    assert_eq!(
        outcome(|limits| limits.target_bytes = 3),
        Err("target_too_long")
    );
    assert_eq!(
        outcome(|limits| limits.target_bytes = 4),
        Ok(Some(bytes.len()))
    );
    assert_eq!(outcome(|limits| limits.fields = 1), Err("too_many_fields"));
    assert_eq!(outcome(|limits| limits.fields = 2), Ok(Some(bytes.len())));
    assert_eq!(outcome(|limits| limits.fields = 0), Err("too_many_fields"));
    assert_eq!(
        outcome(|limits| limits.head_bytes = 35),
        Err("head_too_large")
    );
    assert_eq!(
        outcome(|limits| limits.head_bytes = 36),
        Ok(Some(bytes.len()))
    );
    assert_eq!(
        outcome(|limits| limits.head_bytes = 10),
        Err("head_too_large")
    );
    assert_eq!(
        outcome(|limits| limits.head_bytes = 0),
        Err("head_too_large")
    );
    let endless = |limits: &mut Limits| {
        limits.head_bytes = usize::MAX;
        limits.target_bytes = usize::MAX;
        limits.fields = usize::MAX;
    };
    assert_eq!(outcome(endless), Ok(Some(bytes.len())));
}
