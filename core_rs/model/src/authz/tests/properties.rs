//! What holds for any policies and any request.

use proptest::prelude::*;

use super::*;

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[ab]{1,2}", "[ab]\\*", "\\*[ab]", Just("*".to_owned())]
}

fn value_of(list: &str) -> BoxedStrategy<String> {
    let block = prop_oneof![Just("10.0.0.0/24"), Just("10.0.0.1"), Just("::/0")];
    match list.strip_prefix("not_").unwrap_or(list) {
        "ip_blocks" | "remote_ip_blocks" | "source.ip" | "destination.ip" => {
            block.prop_map(str::to_owned).boxed()
        }
        "ports" | "destination.port" => prop_oneof![Just("80"), Just("81")]
            .prop_map(str::to_owned)
            .boxed(),
        "service_accounts" => "[ab]/[ab]".boxed(),
        "paths" => prop_oneof!["/[ab]", "/\\*", Just("/{*}".to_owned())].boxed(),
        "principals" => prop_oneof!["t/ns/[ab]/sa/[ab]", text()].boxed(),
        _ => text().boxed(),
    }
}

/// Lists of an entry, of which at least one is there.
fn entry(lists: &'static [&'static str]) -> impl Strategy<Value = Value> {
    let list = prop::sample::select(lists)
        .prop_flat_map(|list| (Just(list), prop::collection::vec(value_of(list), 1..3)));
    prop::collection::vec(list, 1..3).prop_map(|lists| lists.into_iter().collect())
}

fn rule() -> impl Strategy<Value = Value> {
    let source = entry(&[
        "principals",
        "not_principals",
        "namespaces",
        "not_namespaces",
        "service_accounts",
        "trust_domains",
        "ip_blocks",
        "not_ip_blocks",
        "not_remote_ip_blocks",
        "request_principals",
        "not_request_principals",
    ]);
    let operation = entry(&[
        "hosts",
        "not_hosts",
        "ports",
        "not_ports",
        "methods",
        "not_methods",
        "paths",
        "not_paths",
    ]);
    let condition = prop::sample::select(vec![
        "request.headers[h]", "source.ip", "source.namespace", "destination.ip",
        "request.auth.claims[c]", "connection.sni", "destination.port",
    ])
    .prop_flat_map(|key| (Just(key), prop::collection::vec(value_of(key), 1..3), any::<bool>()))
    .prop_map(|(key, values, negated)| {
        json!({"key": key, if negated { "not_values" } else { "values" }: values})
    });
    (
        prop::collection::vec(source, 0..3),
        prop::collection::vec(operation, 0..3),
        prop::collection::vec(condition, 0..2),
    )
        .prop_map(|(from, to, when)| json!({"from": from, "to": to, "when": when}))
}

fn policies(actions: &'static [&'static str]) -> impl Strategy<Value = Vec<Value>> {
    let one = (
        prop::sample::select(actions),
        prop::collection::vec(rule(), 1..3),
    );
    prop::collection::vec(one, 0..4).prop_map(|all| {
        let named = |(index, (action, rules)): (usize, (&str, Vec<Value>))| {
            policy(&format!("{action}{index}"), action, rules.into())
        };
        all.into_iter().enumerate().map(named).collect()
    })
}

/// A request that says everything there is to say, and clearly.
fn clear() -> impl Strategy<Value = Asked> {
    let ip = || (0..3_u8).prop_map(|host| IpAddr::V4(Ipv4Addr::new(10, 0, host, 1)));
    (
        ("[ab]{1,2}", "[ab]{1,2}", "/[ab]{1,2}", "[ab]{1,2}"),
        ("t|a", "[ab]", "[ab]"),
        (ip(), ip(), ip()),
        (
            prop_oneof![Just(80), Just(81)],
            prop::option::of("[ab]"),
            "[ab]",
            any::<bool>(),
        ),
    )
        .prop_map(|(request, identity, ips, (port, sni, claim, http))| {
            let (method, authority, path, header) = request;
            let (domain, namespace, account) = identity;
            Asked {
                http,
                method,
                authority,
                path,
                headers: Fields::of(&[("h", header.as_str())]),
                identity: Some(format!("spiffe://{domain}/ns/{namespace}/sa/{account}")),
                ip: ips.0,
                client: ips.1,
                destination: Some(SocketAddr::from((ips.2, port))),
                port,
                sni,
                claims: json!({"iss": claim, "sub": claim, "c": claim})
                    .as_object()
                    .cloned(),
            }
        })
}

/// Takes one thing out of a request, or makes it unreadable.
fn obscure(asked: &mut Asked, what: usize) {
    let unknown = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    match what {
        0 => asked.identity = Some("unreadable".to_owned()),
        1 => asked.ip = unknown,
        2 => asked.client = unknown,
        3 => asked.destination = None,
        4 => asked.authority.clear(),
        5 => asked.method.clear(),
        6 => asked.path.clear(),
        7 => asked.headers.0[0].1.push(0xff),
        _ => {
            for value in asked.claims.iter_mut().flat_map(Map::values_mut) {
                *value = Value::Null;
            }
        }
    }
}

/// Makes the part of `asked` that [`obscure`] takes the one of `other`.
fn replace(asked: &mut Asked, what: usize, other: &Asked) {
    match what {
        0 => asked.identity.clone_from(&other.identity),
        1 => asked.ip = other.ip,
        2 => asked.client = other.client,
        3 => asked.destination = other.destination,
        4 => asked.authority.clone_from(&other.authority),
        5 => asked.method.clone_from(&other.method),
        6 => asked.path.clone_from(&other.path),
        7 => asked.headers = other.headers.clone(),
        _ => asked.claims.clone_from(&other.claims),
    }
}

fn allowed(policies: &[Value], asked: &Asked) -> bool {
    decide(policies, asked).0
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_is_in_doubt_passes_only_if_any_value_would(
        policies in policies(&["allow", "deny", "audit"]),
        asked in clear(),
        others in prop::collection::vec(clear(), 1..6),
        what in 0..9_usize,
    ) {
        let mut obscured = asked.clone();
        obscure(&mut obscured, what);
        if allowed(&policies, &obscured) {
            prop_assert!(allowed(&policies, &asked), "{what} {asked:?}");
            for other in others {
                let mut clear = asked.clone();
                replace(&mut clear, what, &other);
                prop_assert!(allowed(&policies, &clear), "{what} {clear:?}");
            }
        }
    }

    #[test]
    fn another_deny_policy_never_allows_more(
        policies in policies(&["allow", "deny"]),
        rules in prop::collection::vec(rule(), 1..3),
        mut asked in clear(),
        what in 0..20_usize,
    ) {
        obscure_sometimes(&mut asked, what);
        let mut more = policies.clone();
        more.push(policy("more", "deny", rules.into()));
        prop_assert!(allowed(&policies, &asked) || !allowed(&more, &asked));
    }

    #[test]
    fn another_allow_rule_never_denies_more(
        rules in prop::collection::vec(rule(), 1..3),
        more in rule(),
        mut asked in clear(),
        what in 0..20_usize,
    ) {
        obscure_sometimes(&mut asked, what);
        let before = [policy("a", "allow", rules.clone().into())];
        let rules: Vec<Value> = rules.into_iter().chain([more]).collect();
        let after = [policy("a", "allow", rules.into())];
        prop_assert!(!allowed(&before, &asked) || allowed(&after, &asked));
    }

    #[test]
    fn allow_all_allows_what_no_deny_policy_denies(
        denies in policies(&["deny"]),
        allows in policies(&["allow"]),
        mut asked in clear(),
        what in 0..20_usize,
    ) {
        obscure_sometimes(&mut asked, what);
        let mut all = denies.clone();
        all.extend(allows);
        all.push(policy("everything", "allow", json!([{}])));
        prop_assert_eq!(allowed(&all, &asked), allowed(&denies, &asked));
    }

    #[test]
    fn audits_and_dry_runs_change_nothing(
        policies in policies(&["allow", "deny"]),
        audits in policies(&["audit"]),
        rules in prop::collection::vec(rule(), 1..3),
        asked in clear(),
    ) {
        let mut all = policies.clone();
        all.extend(audits);
        for action in ["allow", "deny"] {
            let mut tried = policy(&format!("tried-{action}"), action, rules.clone().into());
            tried["dry_run"] = true.into();
            all.push(tried);
        }
        prop_assert_eq!(decide(&all, &asked), decide(&policies, &asked));
    }

    #[test]
    fn without_http_no_more_passes_an_allow_policy(rule in rule(), asked in clear()) {
        let connection = Asked { http: false, ..asked.clone() };
        let request = Asked { http: true, ..asked };
        let only_http = json!([rule.clone()]);
        if allowed(&[policy("a", "allow", only_http.clone())], &connection) {
            prop_assert!(allowed(&[policy("a", "allow", only_http)], &request));
        }
        let only_http = [policy("d", "deny", json!([rule]))];
        prop_assert!(!allowed(&only_http, &connection) || allowed(&only_http, &request));
    }
}

fn obscure_sometimes(asked: &mut Asked, what: usize) {
    if what < 10 {
        obscure(asked, what);
    }
}
