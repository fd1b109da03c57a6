//! What cannot be evaluated never lets a request pass, negated or not.

use std::net::Ipv6Addr;

use super::*;

/// Rules that each ask for what `asked` cannot say.
struct Case {
    why: &'static str,
    asked: Asked,
    /// A list as a source, an operation or a condition's key, and a value for it.
    lists: Vec<(&'static str, &'static str, &'static str)>,
}

fn cases() -> Vec<Case> {
    let case = |why, asked, lists: &[_]| Case {
        why,
        asked,
        lists: lists.to_vec(),
    };
    let identity_lists = [
        ("from", "principals", "*"),
        ("from", "namespaces", "shop"),
        ("from", "service_accounts", "shop/web"),
        ("from", "trust_domains", "cluster.local"),
        ("when", "source.principal", "*"),
        ("when", "source.namespace", "*"),
        ("when", "source.serviceAccount", "shop/web"),
        ("when", "source.trustDomain", "*"),
    ];
    let source_ip = [
        ("from", "ip_blocks", "0.0.0.0/0"),
        ("when", "source.ip", "::/0"),
    ];
    let remote_ip = [
        ("from", "remote_ip_blocks", "10.0.0.0/8"),
        ("when", "remote.ip", "::/0"),
    ];
    let unspecified = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    let base = Asked::default;
    vec![
        case("an empty identity", Asked::of(""), &identity_lists),
        case("no SPIFFE id", Asked::of("CN=web"), &identity_lists),
        case(
            "a SPIFFE id with an empty segment",
            Asked::of("spiffe://cluster.local/ns//sa/web"),
            &identity_lists,
        ),
        case(
            "a SPIFFE id that is not a workload's",
            Asked::of("spiffe://cluster.local/database"),
            &[
                ("from", "namespaces", "shop"),
                ("from", "service_accounts", "shop/web"),
            ],
        ),
        case(
            "a peer without address",
            Asked {
                ip: unspecified,
                ..base()
            },
            &source_ip,
        ),
        case(
            "a peer without IPv6 address",
            Asked {
                ip: IpAddr::V6(Ipv6Addr::UNSPECIFIED),
                ..base()
            },
            &source_ip,
        ),
        case(
            "a peer without mapped address",
            Asked {
                ip: IpAddr::V6(Ipv4Addr::UNSPECIFIED.to_ipv6_mapped()),
                ..base()
            },
            &source_ip,
        ),
        case(
            "a client without address",
            Asked {
                client: unspecified,
                ..base()
            },
            &remote_ip,
        ),
        case(
            "no destination",
            Asked {
                destination: None,
                ..base()
            },
            &[("when", "destination.ip", "0.0.0.0/0")],
        ),
        case(
            "no authority",
            Asked {
                authority: String::new(),
                ..base()
            },
            &[("to", "hosts", "*")],
        ),
        case(
            "an authority too long to compare",
            Asked {
                authority: "A".repeat(300),
                ..base()
            },
            &[("to", "hosts", "*")],
        ),
        case(
            "the dot of a rooted name",
            Asked {
                authority: "Pay.example.".to_owned(),
                ..base()
            },
            &[
                ("to", "hosts", "pay.example"),
                ("when", "request.headers[:authority]", "pay.example"),
                ("when", "request.headers[host]", "pay.example"),
            ],
        ),
        case(
            "the dot of a rooted name before a port",
            Asked {
                authority: "pay.example..:80".to_owned(),
                ..base()
            },
            &[("to", "hosts", "*.example")],
        ),
        case(
            "an empty port",
            Asked {
                authority: "pay.example:".to_owned(),
                ..base()
            },
            &[("to", "hosts", "pay.example")],
        ),
        case(
            "no path",
            Asked {
                path: String::new(),
                ..base()
            },
            &[("to", "paths", "/*")],
        ),
        case(
            "no method",
            Asked {
                method: String::new(),
                ..base()
            },
            &[("to", "methods", "*")],
        ),
        case(
            "a server name too long to compare",
            Asked {
                sni: Some("A".repeat(300)),
                ..base()
            },
            &[("when", "connection.sni", "*")],
        ),
        case(
            "a header that is not UTF-8",
            Asked {
                headers: Fields(vec![("x-a".to_owned(), b"a\xff".to_vec())]),
                ..base()
            },
            &[
                ("when", "request.headers[x-a]", "a*"),
                ("when", "request.headers[x-a]", "b"),
            ],
        ),
        case(
            "a repeated header of which one value is listed",
            Asked::with_headers(&[("x-a", "b"), ("x-a", "a")]),
            &[("when", "request.headers[x-a]", "a")],
        ),
        case(
            "claims that are no text",
            Asked::with_claims(&json!({"iss": 1, "sub": "me", "aud": true, "a": {}, "b": [1]})),
            &[
                ("from", "request_principals", "*"),
                ("when", "request.auth.principal", "*"),
                ("when", "request.auth.audiences", "*"),
                ("when", "request.auth.claims[a]", "x"),
                ("when", "request.auth.claims[b]", "x"),
            ],
        ),
    ]
}

/// The rule that has `value` in a list, and the one that has it in the negated list.
fn rules(part: &str, list: &str, value: &str) -> [Value; 2] {
    match part {
        "when" => [when(list, &[value]), when_not(list, &[value])],
        part => [
            json!({part: [{list: [value]}]}),
            json!({part: [{format!("not_{list}"): [value]}]}),
        ],
    }
}

#[test]
fn an_allow_rule_in_doubt_does_not_match() {
    for Case { why, asked, lists } in cases() {
        for rule in lists
            .iter()
            .flat_map(|(part, list, value)| rules(part, list, value))
        {
            let policies = [policy("a", "allow", json!([rule]))];
            let expected = (false, Reason::NoAllowRuleMatched, None);
            assert_eq!(decide(&policies, &asked), expected, "{why}: {rule}");
        }
    }
}

#[test]
fn a_deny_rule_in_doubt_matches_and_says_so() {
    for Case { why, asked, lists } in cases() {
        for rule in lists
            .iter()
            .flat_map(|(part, list, value)| rules(part, list, value))
        {
            let policies = [policy("d", "deny", json!([rule]))];
            let by = Some("shop/d 0".to_owned());
            let expected = (false, Reason::DenyRuleInDoubt, by);
            assert_eq!(decide(&policies, &asked), expected, "{why}: {rule}");
        }
    }
}

#[test]
fn an_audit_or_custom_rule_in_doubt_matches() {
    for Case { why, asked, lists } in cases() {
        for rule in lists
            .iter()
            .flat_map(|(part, list, value)| rules(part, list, value))
        {
            let audit = authorizer(&[policy("x", "audit", json!([rule]))]);
            asked.subject(|subject| {
                let decision = audit.check(subject);
                assert!(
                    decision.allowed && !decision.audited.is_empty(),
                    "{why}: {rule}"
                );
            });
            // What peer and token say is not known to a CUSTOM policy.
            let Ok(custom) = compile(&[policy("c", "custom", json!([rule]))]) else {
                continue;
            };
            let custom = custom.of_workload(&workload());
            asked.subject(|subject| {
                let asks = matches!(custom.custom(subject), Custom::Ask { .. });
                assert!(asks, "{why}: {rule}");
            });
        }
    }
}

#[test]
fn doubt_does_not_matter_where_the_rest_of_the_rule_settles_it() {
    let asked = Asked::of("CN=web");
    let rule =
        |method: &str| json!({"from": [{"principals": ["x"]}], "to": [{"methods": [method]}]});
    assert!(denies(&rule("GET"), &asked));
    assert!(!denies(&rule("PUT"), &asked));
    let either = json!({"from": [{"principals": ["x"]}, {"ip_blocks": ["10.0.0.0/8"]}]});
    assert!(allows(&either, &asked));
    let policies = [policy("d", "deny", json!([either]))];
    assert_eq!(decide(&policies, &asked).1, Reason::DenyRuleMatched);
}

/// What is not there has a meaning of its own, which is not doubt.
#[test]
fn absence_is_known() {
    for (asked, rule) in [
        (Asked::plaintext(), from(&json!({"principals": ["*"]}))),
        (Asked::plaintext(), from(&json!({"namespaces": ["*"]}))),
        (
            Asked::default(),
            from(&json!({"request_principals": ["*"]})),
        ),
        (Asked::default(), when("request.auth.claims[a]", &["*"])),
        (Asked::default(), when("request.headers[x-a]", &["*"])),
        (Asked::default(), when("connection.sni", &["*"])),
    ] {
        assert!(!matches(&rule, &asked), "{rule}");
    }
}

#[test]
fn an_authority_that_is_listed_as_it_is_written_is_in_no_doubt() {
    for (authority, listed) in [
        ("pay.example.", "pay.example."),
        ("pay.example:", "pay.*"),
        ("[::1]", "[::1]"),
        ("[::1]:80", "[::1]:80"),
    ] {
        let asked = Asked {
            authority: authority.to_owned(),
            ..Asked::default()
        };
        let rule = json!([{"to": [{"hosts": [listed]}]}]);
        let (allowed, ..) = decide(&[policy("a", "allow", rule)], &asked);
        assert!(allowed, "{authority}");
    }
}
