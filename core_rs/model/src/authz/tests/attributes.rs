//! The rules of Istio's `AuthorizationPolicy` on attributes, by their numbers in the reference.

use super::*;

#[test]
fn rule_08_principals_have_no_scheme_and_plaintext_has_none() {
    let web = Asked::default();
    let principals = |texts: &[&str]| from(&json!({"principals": texts}));
    for text in [
        "cluster.local/ns/shop/sa/web",
        "cluster.local/ns/shop/*",
        "*/sa/web",
        "*",
    ] {
        assert!(matches(&principals(&[text]), &web), "{text}");
        assert!(
            !matches(&principals(&[text]), &Asked::plaintext()),
            "{text}"
        );
        let not = from(&json!({"not_principals": [text]}));
        assert!(!matches(&not, &web), "{text}");
        assert!(matches(&not, &Asked::plaintext()), "{text}");
        assert!(matches(&when("source.principal", &[text]), &web), "{text}");
    }
    for text in [
        "spiffe://cluster.local/ns/shop/sa/web",
        "cluster.local/ns/shop/sa/we",
        "cluster.local/ns/shop/sa/Web",
    ] {
        assert!(!matches(&principals(&[text]), &web), "{text}");
    }
}

#[test]
fn rule_09_namespaces_service_accounts_and_trust_domains_are_of_the_identity() {
    let dotted = Asked::of("spiffe://td.example/ns/shop/sa/web.v1");
    let is = |key: &str, value: &str| when(key, &[value]);
    for (list, key, yes, no) in [
        ("namespaces", "source.namespace", "shop", "sho"),
        ("namespaces", "source.namespace", "s*p", "s*x"),
        (
            "service_accounts",
            "source.serviceAccount",
            "shop/web.v1",
            "shop/webxv1",
        ),
        ("service_accounts", "source.serviceAccount", "web.v1", "web"),
        (
            "service_accounts",
            "source.serviceAccount",
            "shop/web.v1",
            "desk/web.v1",
        ),
        (
            "trust_domains",
            "source.trustDomain",
            "td.example",
            "td-example",
        ),
        (
            "trust_domains",
            "source.trustDomain",
            "td.*",
            "cluster.local",
        ),
    ] {
        assert!(matches(&from(&json!({list: [yes]})), &dotted), "{yes}");
        assert!(!matches(&from(&json!({list: [no]})), &dotted), "{no}");
        assert!(matches(&is(key, yes), &dotted), "{key} {yes}");
        assert!(!matches(&is(key, no), &dotted), "{key} {no}");
        assert!(!matches(&is(key, yes), &Asked::plaintext()), "{key}");
        assert!(
            matches(&when_not(key, &[yes]), &Asked::plaintext()),
            "{key}"
        );
        let not = from(&json!({format!("not_{list}"): [yes]}));
        assert!(!matches(&not, &dotted), "{yes}");
        assert!(matches(&not, &Asked::plaintext()), "{yes}");
    }
}

#[test]
fn rule_10_source_ip_is_the_peer_and_remote_ip_the_client() {
    let asked = Asked::default();
    for (list, key, yes, no) in [
        ("ip_blocks", "source.ip", "10.0.0.0/24", "192.0.2.0/24"),
        ("remote_ip_blocks", "remote.ip", "192.0.2.1", "10.0.0.1"),
    ] {
        assert!(matches(&from(&json!({list: [yes]})), &asked), "{list}");
        assert!(!matches(&from(&json!({list: [no]})), &asked), "{list}");
        assert!(matches(&when(key, &[no, yes]), &asked), "{key}");
        assert!(matches(&when_not(key, &[no]), &asked), "{key}");
        assert!(!matches(&when_not(key, &[yes]), &asked), "{key}");
    }
    assert!(matches(&when("destination.ip", &["10.0.0.9"]), &asked));
    assert!(!matches(&when("destination.ip", &["10.0.0.1"]), &asked));
}

#[test]
fn rule_11_claims_and_their_absence() {
    let claims = json!({
        "iss": "https://issuer", "sub": "me", "aud": ["a", "b"], "azp": "app",
        "groups": ["dev"], "nested": {"role": "owner"}, "scope": "read write",
    });
    let with = Asked::with_claims(&claims);
    for (key, yes, no) in [
        (
            "request.auth.principal",
            "https://issuer/me",
            "https://issuer/you",
        ),
        ("request.auth.audiences", "b", "a,b"),
        ("request.auth.presenter", "app", "a"),
        ("request.auth.claims[groups]", "dev", "ops"),
        ("request.auth.claims[nested][role]", "own*", "user"),
        ("request.auth.claims[scope]", "write", "read write"),
    ] {
        assert!(matches(&when(key, &[yes]), &with), "{key}");
        assert!(!matches(&when(key, &[no]), &with), "{key}");
        assert!(!matches(&when_not(key, &[yes]), &with), "{key}");
        assert!(!matches(&when(key, &[yes]), &Asked::default()), "{key}");
        assert!(matches(&when_not(key, &[yes]), &Asked::default()), "{key}");
    }
    let principals = from(&json!({"request_principals": ["*"]}));
    assert!(matches(&principals, &with));
    assert!(!matches(&principals, &Asked::default()));
}

#[test]
fn rule_12_hosts_ignore_case_but_not_the_port() {
    let asked = |authority: &str| Asked {
        authority: authority.to_owned(),
        ..Asked::default()
    };
    let hosts = |texts: &[&str]| to(&json!({"hosts": texts}));
    assert!(matches(&hosts(&["Pay.example"]), &asked("pay.EXAMPLE")));
    assert!(!matches(
        &hosts(&["pay.example"]),
        &asked("pay.example:8080")
    ));
    assert!(matches(
        &hosts(&["pay.example:*"]),
        &asked("pay.example:8080")
    ));
    assert!(matches(&hosts(&["*.EXAMPLE"]), &asked("pay.example")));
    assert!(!matches(&hosts(&["*.example"]), &asked("example")));
    assert!(matches(
        &to(&json!({"not_hosts": ["other"]})),
        &asked("pay.example")
    ));
    assert!(!matches(
        &to(&json!({"not_hosts": ["PAY.example"]})),
        &asked("Pay.example")
    ));
}

#[test]
fn rule_12_methods_keep_their_case_and_paths_have_no_query() {
    let asked = Asked {
        path: "/pkg.Service/Method".to_owned(),
        method: "POST".to_owned(),
        ..Asked::default()
    };
    assert!(matches(&to(&json!({"methods": ["POST"]})), &asked));
    assert!(!matches(&to(&json!({"methods": ["post"]})), &asked));
    assert!(matches(
        &to(&json!({"paths": ["/pkg.Service/Method"]})),
        &asked
    ));
    assert!(matches(
        &to(&json!({"paths": ["/pkg.Service/{*}"]})),
        &asked
    ));
    assert!(matches(&to(&json!({"paths": ["/{**}"]})), &asked));
    assert!(!matches(&to(&json!({"not_paths": ["/pkg.*"]})), &asked));
}

#[test]
fn rule_12_header_names_ignore_case_and_a_missing_header_has_no_value() {
    let asked = Asked::with_headers(&[("X-Team", "core")]);
    assert!(matches(&when("request.headers[x-team]", &["core"]), &asked));
    assert!(!matches(
        &when("request.headers[x-team]", &["Core"]),
        &asked
    ));
    assert!(!matches(
        &when_not("request.headers[X-TEAM]", &["core"]),
        &asked
    ));
    assert!(!matches(&when("request.headers[x-other]", &["*"]), &asked));
    assert!(matches(
        &when_not("request.headers[x-other]", &["core"]),
        &asked
    ));
}

/// A sender who repeats a field must not hide what a DENY rule lists, nor pass a negated list.
#[test]
fn rule_12_a_repeated_header_hides_nothing() {
    let repeated = Asked::with_headers(&[("x-role", "user"), ("x-role", "admin")]);
    let listed = when("request.headers[x-role]", &["admin"]);
    assert!(denies(&listed, &repeated));
    assert!(!allows(&listed, &repeated));
    let not = when_not("request.headers[x-role]", &["admin"]);
    assert!(!allows(&not, &repeated));
    assert!(denies(&not, &repeated));
    assert!(matches(
        &when("request.headers[x-role]", &["user,admin"]),
        &repeated
    ));
}

#[test]
fn server_names_ignore_case() {
    let asked = Asked {
        sni: Some("Pay.example".to_owned()),
        ..Asked::tcp()
    };
    assert!(matches(&when("connection.sni", &["pay.EXAMPLE"]), &asked));
    assert!(matches(&when("connection.sni", &["*.example"]), &asked));
    assert!(!matches(&when("connection.sni", &["other"]), &asked));
    assert!(!matches(&when("connection.sni", &["*"]), &Asked::tcp()));
    assert!(matches(&when_not("connection.sni", &["*"]), &Asked::tcp()));
}
