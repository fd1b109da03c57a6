//! What rules do, and what of it is refused.

use super::*;
use crate::route::{Action, PathRewrite, redirect_location, rewrite_authority, rewrite_path};

/// A snapshot with one rule, which matches every path by the prefix `/x`.
fn with_rule(fields: &Value) -> Result<Snapshot, CompileError> {
    let mut documents = documents();
    let mut rule = json!({
        "name": "r", "matches": [{"path": {"type": "prefix", "value": "/x"}}],
    });
    for (name, value) in fields.as_object().expect("an object") {
        rule[name] = value.clone();
    }
    documents["routes"][0]["rules"] = json!([rule]);
    compile(&documents)
}

/// Lets `look` see what a GET of `/x/y?q` matches.
fn matched<R>(fields: &Value, look: impl FnOnce(&Matched<'_>, &crate::RequestView<'_>) -> R) -> R {
    let snapshot = with_rule(fields).expect("valid");
    let headers = Fields::default();
    let request = get("a.example", "/x/y?q", &headers);
    look(
        &snapshot.route(Entry::Mesh, &request).expect("a rule"),
        &request,
    )
}

fn fault(fields: &Value) -> (ErrorCode, String) {
    let error = with_rule(fields).expect_err("refused");
    assert_eq!(error.document(), "routes */*");
    let field = error
        .field()
        .strip_prefix("rules[0].")
        .expect("in the rule");
    (error.code(), field.to_owned())
}

#[test]
fn a_redirect_is_compiled() {
    let redirect = json!({
        "scheme": "https", "host": "b.example", "port": 8443, "status": 301,
        "path": {"type": "prefix", "value": "z"},
    });
    let location = matched(&json!({"redirect": redirect}), |matched, request| {
        let Action::Redirect(redirect) = &matched.rule.action else {
            panic!("a redirect");
        };
        assert_eq!(redirect.status, 301);
        redirect_location(redirect, matched, request)
    });
    assert_eq!(location, "https://b.example:8443/z/y?q");
}

#[test]
fn a_direct_response_is_compiled() {
    for (response, body) in [
        (json!({"status": 200, "body": "hello"}), &b"hello"[..]),
        (json!({"status": 200, "body_base64": "AAH/"}), &[0, 1, 255]),
        (json!({"status": 200}), b""),
    ] {
        matched(&json!({"direct_response": response}), |matched, _| {
            let Action::Respond(response) = &matched.rule.action else {
                panic!("a response");
            };
            assert_eq!((response.status, &*response.body), (200, body));
        });
    }
}

#[test]
fn a_rewrite_is_compiled() {
    let to = |path: Value| {
        let rewrite = json!({"authority": "b.example:81", "path": path});
        matched(&json!({"rewrite": rewrite}), |matched, request| {
            assert_eq!(rewrite_authority(matched), Some("b.example:81"));
            rewrite_path(matched, request)
                .expect("a path")
                .map(std::borrow::Cow::into_owned)
        })
    };
    assert_eq!(to(json!(null)), None);
    let full = to(json!({"type": "full", "value": "/z"}));
    assert_eq!(full.as_deref(), Some("/z"));
    let full = to(json!({"type": "full", "value": ""}));
    assert_eq!(full.as_deref(), Some("/"));
    let prefix = to(json!({"type": "prefix", "value": "/%7ez/"}));
    assert_eq!(prefix.as_deref(), Some("/~z/y"));
    let regex = json!({"type": "regex", "pattern": "/x/(.*)", "substitution": "/\\1/x"});
    assert_eq!(to(regex).as_deref(), Some("/y/x"));
}

#[test]
fn what_is_carried_is_there() {
    let fields = json!({
        "resource": {"kind": "VirtualService", "namespace": "n", "name": "v", "rule": 3},
        "timeouts": {"request_ms": 1_000, "backend_request_ms": 100},
        "retry": {"attempts": 2},
        "mirrors": [{"service": "default/a", "percent": 12.5}],
        "fault": {"abort": {"http_status": 500}},
        "cors": {"allow_origins": [{"type": "exact", "value": "*"}]},
        "destinations": [{
            "service": "default/a",
            "request_headers": {"set": [{"name": "x", "value": "1"}]},
            "response_headers": {"remove": ["y"]},
        }],
    });
    matched(&fields, |matched, _| {
        let rule = matched.rule;
        let origin = rule.resource.as_ref().expect("an origin");
        assert_eq!(
            (&*origin.kind, &*origin.name, origin.rule),
            ("VirtualService", "v", 3)
        );
        let millis = |timeout: Option<std::time::Duration>| timeout.map(|it| it.as_millis());
        assert_eq!(millis(rule.request_timeout), Some(1_000));
        assert_eq!(millis(rule.backend_timeout), Some(100));
        assert_eq!(rule.retry.as_ref().map(|it| it.attempts), Some(2));
        assert_eq!(&*rule.mirrors[0].service, "default/a");
        assert!((rule.mirrors[0].percent - 12.5).abs() < f64::EPSILON);
        assert!(rule.fault.is_some() && matches!(rule.action, Action::Forward));
        assert!(
            rule.cors
                .as_ref()
                .expect("cors")
                .allows("https://any.example")
        );
        let destination = &rule.destinations()[0];
        assert_eq!(destination.request_edits.set, [("x".into(), "1".into())]);
        assert_eq!(destination.response_edits.remove, ["y".into()]);
    });
}

#[test]
fn refuses_redirects_and_responses() {
    let invalid = |fields: Value, field: &str| {
        assert_eq!(
            fault(&fields),
            (ErrorCode::InvalidValue, field.to_owned()),
            "{fields}"
        );
    };
    let redirect = |fields: Value, field: &str| {
        invalid(json!({"redirect": fields}), &format!("redirect.{field}"));
    };
    redirect(json!({"scheme": "ftp"}), "scheme");
    redirect(json!({"host": "a:80"}), "host");
    redirect(json!({"host": "a\r\nb"}), "host");
    redirect(json!({"status": 200}), "status");
    for path in [
        "/a#b", "/a b", "/a\r\n", "/..", "/a/../b", "/%zz", "/a?b c", "/a?b#c", "/a?ä",
    ] {
        redirect(
            json!({"path": {"type": "full", "value": path}}),
            "path.value",
        );
    }
    redirect(
        json!({"path": {"type": "prefix", "value": "/a?b"}}),
        "path.value",
    );
    let destinations = json!([{"service": "default/a"}]);
    invalid(
        json!({"redirect": {}, "destinations": destinations}),
        "redirect",
    );
    let response = json!({"status": 200});
    invalid(
        json!({"direct_response": response, "rewrite": {}}),
        "direct_response",
    );
    invalid(
        json!({"direct_response": response, "redirect": {}}),
        "direct_response",
    );
    let response = |fields: Value, field: &str| {
        invalid(
            json!({"direct_response": fields}),
            &format!("direct_response.{field}"),
        );
    };
    response(json!({"status": 101}), "status");
    response(json!({"status": 600}), "status");
    response(
        json!({"status": 200, "body": "a", "body_base64": "YQ=="}),
        "body_base64",
    );
    response(json!({"status": 200, "body_base64": "YQ"}), "body_base64");
    let large = json!({"direct_response": {"status": 200, "body": "a".repeat((1 << 20) + 1)}});
    let (code, field) = fault(&large);
    assert_eq!(
        (code, field.as_str()),
        (ErrorCode::TooMany, "direct_response.body")
    );
}

#[test]
fn refuses_rewrites() {
    let refused = |rewrite: Value| {
        let (code, field) = fault(&json!({"rewrite": rewrite}));
        (
            code,
            field.strip_prefix("rewrite.").expect("in it").to_owned(),
        )
    };
    let invalid = |field: &str| (ErrorCode::InvalidValue, field.to_owned());
    for authority in ["a b", "a\r\nb", "*.a", "a:b"] {
        assert_eq!(
            refused(json!({"authority": authority})),
            invalid("authority")
        );
    }
    for value in ["/a?b", "/../a", "/%2e%2E/a", "/a\n", "/%0", "/a%00"] {
        for kind in ["full", "prefix"] {
            let path = json!({"path": {"type": kind, "value": value}});
            assert_eq!(refused(path), invalid("path.value"), "{value}");
        }
    }
    let regex = |pattern: &str, substitution: &str| {
        let path = json!({"type": "regex", "pattern": pattern, "substitution": substitution});
        refused(json!({"path": path}))
    };
    let wrong = (ErrorCode::InvalidRegex, "path.pattern".to_owned());
    assert_eq!(regex("(", ""), wrong);
    assert_eq!(regex("(a{1,500}){1,500}", ""), wrong);
    assert_eq!(regex("a", "\\1"), invalid("path.substitution"));
    let rewrite = json!({"rewrite": {"path": {"type": "full", "value": "/z"}}});
    matched(&rewrite, |matched, _| {
        let rewrite = matched.rule.rewrite.as_ref().expect("a rewrite");
        assert!(matches!(&rewrite.path, Some(PathRewrite::Full(path)) if &**path == "/z"));
    });
}

#[test]
fn refuses_conditions_cors_and_shares() {
    let refused = |fields: Value| fault(&fields).1;
    let one = |fields: Value| refused(json!({"matches": [fields]}));
    let folded = json!({"type": "regex", "value": "a", "ignore_case": true});
    assert_eq!(one(json!({"path": folded})), "matches[0].path.ignore_case");
    assert_eq!(
        one(json!({"authority": folded})),
        "matches[0].authority.ignore_case"
    );
    let header = |kind: &str, value: Value| {
        let header = json!({"type": kind, "name": "x", "value": value});
        one(json!({"headers": [header]}))
    };
    assert_eq!(header("present", json!("a")), "matches[0].headers[0].value");
    assert_eq!(header("exact", json!(null)), "matches[0].headers[0].value");
    let cors = |fields: Value| refused(json!({"cors": fields}));
    assert_eq!(
        cors(json!({"allow_methods": ["GE T"]})),
        "cors.allow_methods[0]"
    );
    assert_eq!(
        cors(json!({"expose_headers": ["a", "b\r\n"]})),
        "cors.expose_headers[1]"
    );
    let origin = json!({"type": "regex", "value": "("});
    assert_eq!(
        cors(json!({"allow_origins": [origin]})),
        "cors.allow_origins[0].value"
    );
    let mirror = json!({"service": "default/a", "percent": 100.5});
    assert_eq!(refused(json!({"mirrors": [mirror]})), "mirrors[0].percent");
    let mirror = json!({"service": "default/z"});
    assert_eq!(refused(json!({"mirrors": [mirror]})), "mirrors[0].service");
    let destination = json!({"service": "default/a", "status": 99});
    let field = refused(json!({"destinations": [destination]}));
    assert_eq!(field, "destinations[0].status");
}

#[test]
fn a_listed_condition_may_be_one_that_nothing_meets_and_a_specific_one_may_not() {
    for (one, field) in [
        (
            json!({"path": {"type": "exact", "value": "no-slash"}}),
            "path.value",
        ),
        (
            json!({"method": {"type": "exact", "value": "GE T"}}),
            "method.value",
        ),
        (
            json!({"headers": [{"type": "present", "name": "a b"}]}),
            "headers[0].name",
        ),
    ] {
        assert_eq!(
            fault(&json!({"matches": [one]})).1,
            format!("matches[0].{field}")
        );
        let mut documents = documents();
        documents["routes"][0]["order"] = "listed".into();
        documents["routes"][0]["rules"][0]["matches"] = json!([one]);
        let snapshot = compile(&documents).expect("valid");
        assert_eq!(served(&snapshot, "any", "/no-slash"), None);
    }
}
