//! What a tracer is told.

use std::fmt::{self, Write as _};

use super::*;
use crate::trace::Trace;

/// Steps as lines, indented by their depth.
#[derive(Default)]
struct Lines {
    lines: Vec<String>,
    open: Vec<usize>,
}

impl Trace for Lines {
    fn enter(&mut self, step: &'static str, name: fmt::Arguments<'_>) {
        self.open.push(self.lines.len());
        let indent = " ".repeat(self.open.len() - 1);
        self.lines.push(format!("{indent}{step} {name}"));
    }

    fn leave(&mut self, result: &'static str, reason: fmt::Arguments<'_>) {
        let line = self.open.pop().expect("a step is open");
        write!(self.lines[line], ": {result}, {reason}").expect("a String takes it");
    }
}

fn explain(policies: &[Value], asked: &Asked) -> Vec<String> {
    let authorizer = authorizer(policies);
    let mut trace = Lines::default();
    asked.subject(|subject| {
        let explained = authorizer.explain(subject, &mut trace);
        let checked = authorizer.check(subject);
        assert_eq!(explained.allowed, checked.allowed);
        assert_eq!(explained.policy, checked.policy);
    });
    assert!(trace.open.is_empty());
    trace.lines
}

#[test]
fn each_rule_says_why() {
    let policies = [
        policy("d", "deny", json!([to(&json!({"paths": ["/admin*"]}))])),
        policy(
            "a",
            "allow",
            json!([
                from(&json!({"principals": ["cluster.local/ns/desk/*"]})),
                {"from": [{"namespaces": ["shop"]}], "to": [{"methods": ["PUT"]}, {"methods": ["GET"]}]},
                {},
            ]),
        ),
        policy("b", "allow", json!([{}])),
    ];
    assert_eq!(
        explain(&policies, &Asked::default()),
        [
            "policy shop/d: not_matched, DENY: no rule matches",
            " rule 0: not_matched, to[0].paths [/admin*] does not list `/`",
            "policy shop/a: allow, ALLOW: rule 1 matches",
            " rule 0: not_matched, from[0].principals [cluster.local/ns/desk/*] does not list \
             `spiffe://cluster.local/ns/shop/sa/web`",
            " rule 1: matched, from[0] and to[1] hold",
            " rule 2: skipped, an earlier rule matches",
            "policy shop/b: skipped, decided before",
        ]
    );
}

#[test]
fn doubt_and_connections_say_so() {
    let rule = json!([from(&json!({"not_namespaces": ["desk"]}))]);
    let asked = Asked::of("CN=\u{1b}[0m");
    assert_eq!(
        explain(&[policy("d", "deny", rule.clone())], &asked),
        [
            "policy shop/d: deny, DENY: rule 0 matches",
            " rule 0: matched, from[0].not_namespaces [desk] cannot be evaluated with \
             `CN=\\u{1b}[0m`, so the rule matches",
        ]
    );
    let lines = explain(&[policy("a", "allow", rule)], &asked);
    assert!(
        lines[1].ends_with("so the rule does not match"),
        "{lines:?}"
    );
    let lines = explain(
        &[policy(
            "a",
            "allow",
            json!([to(&json!({"methods": ["GET"]}))]),
        )],
        &Asked::tcp(),
    );
    assert!(
        lines[1].contains("a connection that is not HTTP"),
        "{lines:?}"
    );
}

#[test]
fn providers_audits_and_dry_runs_are_told() {
    let mut tried = policy("t", "deny", json!([{}]));
    tried["dry_run"] = true.into();
    let policies = [
        policy("c", "custom", json!([{}])),
        policy("x", "audit", json!([{}])),
        tried,
        policy("a", "allow", Value::Null),
    ];
    assert_eq!(
        explain(&policies, &Asked::default()),
        [
            "policy shop/c: matched, CUSTOM: rule 0 matches",
            " rule 0: matched, has no conditions",
            "policy shop/x: matched, AUDIT: rule 0 matches",
            " rule 0: matched, has no conditions",
            "policy shop/t: matched, DENY, dry run: rule 0 matches",
            " rule 0: matched, has no conditions",
            "policy shop/a: not_matched, ALLOW: has no rules, so it never matches",
        ]
    );
    let mut unknown = policy("c", "custom", json!([{}]));
    unknown["provider"] = "nobody".into();
    let lines = explain(
        &[unknown, policy("a", "allow", json!([{}]))],
        &Asked::default(),
    );
    assert!(
        lines.contains(&"provider shop/c: deny, unknown_provider".to_owned()),
        "{lines:?}"
    );
    assert!(
        lines.contains(&"policy shop/a: skipped, decided before".to_owned()),
        "{lines:?}"
    );
}

#[test]
fn one_part_of_a_rule_holds_and_several_hold() {
    let rule = json!([from(&json!({"namespaces": ["shop"]}))]);
    let lines = explain(&[policy("a", "allow", rule)], &Asked::default());
    assert_eq!(lines[1], " rule 0: matched, from[0] holds");
}

#[test]
fn what_was_found_is_shown() {
    let claims = json!({"iss": "i", "sub": "s", "groups": ["a", "b"]});
    let mut asked = Asked::with_claims(&claims);
    asked.headers = Fields::of(&[("x-a", "1"), ("x-a", "2")]);
    for (rule, seen) in [
        (
            from(&json!({"principals": ["x"]})),
            "`spiffe://cluster.local/ns/shop/sa/web`",
        ),
        (from(&json!({"request_principals": ["x"]})), "`i/s`"),
        (from(&json!({"ip_blocks": ["192.0.2.9"]})), "10.0.0.1"),
        (
            from(&json!({"remote_ip_blocks": ["192.0.2.9"]})),
            "192.0.2.1",
        ),
        (to(&json!({"hosts": ["x"]})), "`pay.example`"),
        (to(&json!({"ports": ["1"]})), "8080"),
        (when("request.headers[x-a]", &["x"]), "`1,2`"),
        (
            when("request.headers[x-b]", &["x"]),
            "a request without such a field",
        ),
        (
            when("request.auth.claims[groups]", &["x"]),
            "`[\"a\",\"b\"]`",
        ),
        (
            when("request.auth.claims[none]", &["x"]),
            "a request without such a claim",
        ),
        (
            when("connection.sni", &["x"]),
            "a connection without server name",
        ),
        (when("destination.ip", &["192.0.2.9"]), "10.0.0.9"),
    ] {
        let lines = explain(&[policy("d", "deny", json!([rule]))], &asked);
        let expected = format!("does not list {seen}");
        assert!(lines[1].ends_with(&expected), "{} {expected}", lines[1]);
    }
    let rule = json!([from(&json!({"principals": ["*"]}))]);
    let lines = explain(&[policy("a", "allow", rule)], &Asked::plaintext());
    assert!(
        lines[1].ends_with("a peer without identity (plaintext)"),
        "{}",
        lines[1]
    );
    let asked = Asked {
        destination: None,
        ..Asked::default()
    };
    let rule = json!([when("destination.ip", &["10.0.0.9"])]);
    let lines = explain(&[policy("a", "allow", rule)], &asked);
    assert!(lines[1].contains("cannot be evaluated with an address that is not known"));
}

#[test]
fn long_lists_and_values_are_cut() {
    let values: Vec<String> = (0..100).map(|index| format!("/path/{index}")).collect();
    let asked = Asked {
        path: format!("/{}", "x".repeat(1_000)),
        ..Asked::default()
    };
    let lines = explain(
        &[policy("d", "deny", json!([to(&json!({"paths": values}))]))],
        &asked,
    );
    assert!(lines[1].len() < 350, "{}", lines[1]);
}
