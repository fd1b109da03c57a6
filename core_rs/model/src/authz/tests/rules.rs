//! The rules of Istio's `AuthorizationPolicy` on order and scope, by their numbers in the reference.

use super::*;

#[test]
fn rule_01_custom_then_deny_then_allow() {
    let get = || to(&json!({"methods": ["GET"]}));
    let allow = policy("a", "allow", json!([get()]));
    let deny = policy("d", "deny", json!([to(&json!({"paths": ["/admin*"]}))]));
    let asked = |method: &str, path: &str| Asked {
        method: method.to_owned(),
        path: path.to_owned(),
        ..Asked::default()
    };
    let by = |name: &str| Some(name.to_owned());
    assert_eq!(
        decide(&[], &asked("GET", "/")),
        (true, Reason::NoAllowPolicy, None)
    );
    let both = [allow.clone(), deny.clone()];
    assert_eq!(
        decide(&both, &asked("GET", "/")),
        (true, Reason::AllowRuleMatched, by("shop/a 0"))
    );
    assert_eq!(
        decide(&both, &asked("GET", "/admin")),
        (false, Reason::DenyRuleMatched, by("shop/d 0"))
    );
    assert_eq!(
        decide(&both, &asked("PUT", "/")),
        (false, Reason::NoAllowRuleMatched, None)
    );
    assert_eq!(
        decide(&[deny], &asked("PUT", "/")),
        (true, Reason::NoAllowPolicy, None)
    );
    let custom = policy("c", "custom", json!([{}, get()]));
    let all = authorizer(&[allow, custom]);
    asked("GET", "/").subject(|subject| match all.custom(subject) {
        Custom::Ask {
            provider,
            policy,
            rule,
        } => assert_eq!((provider, policy.as_str(), rule), ("guard", "shop/c", 0)),
        other => panic!("{other:?}"),
    });
}

#[test]
fn rule_01_audit_never_changes_the_verdict() {
    let audit = |name: &str| policy(name, "audit", json!([to(&json!({"methods": ["GET"]}))]));
    let (allowed, reason, _) = decide(&[audit("x")], &Asked::default());
    assert_eq!((allowed, reason), (true, Reason::NoAllowPolicy));
    let all = authorizer(&[audit("x"), audit("y"), policy("a", "allow", Value::Null)]);
    Asked::default().subject(|subject| {
        let decision = all.check(subject);
        assert!(!decision.allowed);
        let audited: Vec<_> = decision
            .audited
            .iter()
            .map(|one| one.policy.as_str())
            .collect();
        assert_eq!(audited, ["shop/x", "shop/y"]);
    });
    let put = Asked {
        method: "PUT".to_owned(),
        ..Asked::default()
    };
    put.subject(|subject| assert!(all.check(subject).audited.is_empty()));
}

#[test]
fn rule_03_absent_rules_never_match_and_an_empty_rule_always_does() {
    for rules in [Value::Null, json!([])] {
        let nothing = policy("a", "allow", rules);
        assert_eq!(
            decide(std::slice::from_ref(&nothing), &Asked::default()),
            (false, Reason::NoAllowRuleMatched, None)
        );
        let everything = policy("b", "allow", json!([{}]));
        let (allowed, _, by) = decide(&[nothing, everything], &Asked::default());
        assert_eq!((allowed, by.as_deref()), (true, Some("shop/b 0")));
    }
    for asked in [Asked::default(), Asked::plaintext(), Asked::tcp()] {
        assert!(matches(&json!({}), &asked));
    }
}

#[test]
fn rule_04_fields_are_anded_values_and_entries_ored() {
    let asked = Asked::default();
    let source = |namespace: &str, ip: &str| json!({"namespaces": [namespace], "ip_blocks": [ip]});
    assert!(matches(&from(&source("shop", "10.0.0.0/8")), &asked));
    assert!(!matches(&from(&source("desk", "10.0.0.0/8")), &asked));
    assert!(!matches(&from(&source("shop", "11.0.0.0/8")), &asked));
    assert!(matches(
        &from(&json!({"namespaces": ["desk", "shop"]})),
        &asked
    ));
    let either = json!({"from": [source("desk", "10.0.0.0/8"), source("shop", "10.0.0.0/8")]});
    assert!(matches(&either, &asked));
    let rule = |namespace: &str, method: &str, port: &str| {
        json!({
            "from": [{"namespaces": [namespace]}],
            "to": [{"methods": [method]}],
            "when": [{"key": "destination.port", "values": [port]}],
        })
    };
    assert!(matches(&rule("shop", "GET", "8080"), &asked));
    assert!(!matches(&rule("desk", "GET", "8080"), &asked));
    assert!(!matches(&rule("shop", "PUT", "8080"), &asked));
    assert!(!matches(&rule("shop", "GET", "80"), &asked));
}

#[test]
fn rule_04_negated_lists_are_anded() {
    let asked = Asked::default();
    let rule = |not: &[&str]| to(&json!({"paths": ["/*"], "not_paths": not}));
    assert!(matches(&rule(&["/admin*", "/metrics"]), &asked));
    assert!(!matches(&rule(&["/admin*", "/"]), &asked));
    let both = |values: &[&str], not: &[&str]| json!({"when": [{"key": "destination.port", "values": values, "not_values": not}]});
    assert!(matches(&both(&["8080"], &["80"]), &asked));
    assert!(!matches(&both(&["8080"], &["8080"]), &asked));
}

/// Every condition that only HTTP can answer.
fn http_only() -> Vec<Value> {
    vec![
        to(&json!({"hosts": ["*"]})),
        to(&json!({"not_hosts": ["a"]})),
        to(&json!({"methods": ["*"]})),
        to(&json!({"not_methods": ["PUT"]})),
        to(&json!({"paths": ["*"]})),
        to(&json!({"not_paths": ["/a"]})),
        from(&json!({"request_principals": ["*"]})),
        from(&json!({"not_request_principals": ["*"]})),
        when("request.headers[a]", &["*"]),
        when_not("request.headers[a]", &["*"]),
        when("request.auth.principal", &["*"]),
        when_not("request.auth.audiences", &["a"]),
        when("request.auth.presenter", &["a"]),
        when_not("request.auth.claims[a]", &["a"]),
    ]
}

#[test]
fn rule_05_on_tcp_an_allow_rule_that_asks_of_http_is_dropped() {
    for rule in http_only() {
        assert!(!allows(&rule, &Asked::tcp()), "{rule}");
        let mut wider = rule.clone();
        let known = json!({"namespaces": ["shop"]});
        match wider.get_mut("from").and_then(Value::as_array_mut) {
            Some(sources) => sources.push(known),
            None => wider["from"] = json!([known]),
        }
        assert!(!allows(&wider, &Asked::tcp()), "{wider}");
    }
    let one_entry_of_two = json!({"to": [{"methods": ["GET"]}, {"ports": ["8080"]}]});
    assert!(!allows(&one_entry_of_two, &Asked::tcp()));
    assert!(allows(&to(&json!({"ports": ["8080"]})), &Asked::tcp()));
}

#[test]
fn rule_05_on_tcp_a_deny_rule_loses_only_what_it_asks_of_http() {
    for rule in http_only() {
        assert!(denies(&rule, &Asked::tcp()), "{rule}");
        let mut narrower = rule.clone();
        narrower["when"] = json!([{"key": "source.namespace", "values": ["desk"]}]);
        assert!(!denies(&narrower, &Asked::tcp()), "{narrower}");
        let audit = authorizer(&[policy("x", "audit", json!([rule.clone()]))]);
        Asked::tcp().subject(|subject| assert!(!audit.check(subject).audited.is_empty()));
    }
    let custom = authorizer(&[policy(
        "c",
        "custom",
        json!([to(&json!({"paths": ["/a"]}))]),
    )]);
    Asked::tcp().subject(|subject| {
        assert!(matches!(
            custom.custom(subject),
            Custom::Ask { rule: 0, .. }
        ));
    });
}

#[test]
fn rule_06_several_or_unknown_providers_deny_everything() {
    let never = json!([to(&json!({"methods": ["NONE"]}))]);
    let custom = |name: &str, provider: &str| {
        let mut custom = policy(name, "custom", never.clone());
        custom["provider"] = provider.into();
        custom
    };
    let reason = |policies: &[Value]| {
        let all = authorizer(policies);
        Asked::default().subject(|subject| match all.custom(subject) {
            Custom::Deny(decision) => {
                assert!(!decision.allowed);
                Some((decision.reason, decision.policy.map(ToString::to_string)))
            }
            Custom::None => None,
            Custom::Ask { .. } => panic!("nothing matches"),
        })
    };
    let denied = |reason, policy: &str| Some((reason, Some(policy.to_owned())));
    assert_eq!(reason(&[custom("a", "guard"), custom("b", "guard")]), None);
    assert_eq!(
        reason(&[custom("a", "guard"), custom("b", "other")]),
        denied(Reason::SeveralProviders, "shop/b")
    );
    // `hook` is no provider, and `far` is none of this namespace.
    for provider in ["other", "hook", "far"] {
        assert_eq!(
            reason(&[custom("a", provider)]),
            denied(Reason::UnknownProvider, "shop/a")
        );
    }
    let mut tried = custom("b", "other");
    tried["dry_run"] = true.into();
    assert_eq!(reason(&[custom("a", "guard"), tried]), None);
}

#[test]
fn the_first_rule_of_the_first_policy_is_reported() {
    let get = to(&json!({"methods": ["GET"]}));
    let never = to(&json!({"methods": ["NONE"]}));
    let policies = [
        policy("a", "allow", json!([never.clone()])),
        policy("b", "allow", json!([never, get.clone(), get])),
        policy("c", "allow", json!([{}])),
    ];
    let (_, _, by) = decide(&policies, &Asked::default());
    assert_eq!(by.as_deref(), Some("shop/b 1"));
}

#[test]
fn dry_runs_change_nothing_and_are_told() {
    let tried = |name: &str, action: &str, rules: Value| {
        let mut tried = policy(name, action, rules);
        tried["dry_run"] = true.into();
        tried
    };
    let never = || json!([to(&json!({"methods": ["NONE"]}))]);
    let results = |policies: &[Value]| -> Vec<_> {
        let all = authorizer(policies);
        Asked::default().subject(|subject| {
            let decision = all.check(subject);
            assert!(decision.allowed);
            let tell = |run: &DryRun<'_>| (run.policy.to_string(), run.rule, run.would_deny);
            decision.dry_run.iter().map(tell).collect()
        })
    };
    assert_eq!(
        results(&[
            tried("d", "deny", json!([{}])),
            tried("e", "deny", never()),
            tried("a", "allow", never()),
        ]),
        [
            ("shop/d".to_owned(), Some(0), true),
            ("shop/e".to_owned(), None, false),
            ("shop/a".to_owned(), None, true),
        ]
    );
    assert_eq!(
        results(&[
            tried("a", "allow", never()),
            tried("b", "allow", json!([{}])),
            policy("c", "allow", json!([{}])),
        ]),
        [
            ("shop/a".to_owned(), None, false),
            ("shop/b".to_owned(), Some(0), false),
        ]
    );
}
