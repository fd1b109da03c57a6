//! Laws that hold for any policies and any request. One more DENY policy, or one ALLOW policy less
//! beside others, never lets more pass; the order of policies is of no consequence; an attribute
//! that becomes unreadable never lets pass what did not; a list or its negation matches, and an
//! ALLOW policy never by both. The input is read as choices.
#![no_main]

mod support;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use libfuzzer_sys::fuzz_target;
use model::authz::{Authorizer, Policies, Subject};
use model::wire::{PolicyAction, PolicyDocument};
use model::{Documents, Peer, RequestView, Workload};
use serde_json::{Map, Value, json};
use support::{Choices, Fields, Steps, request};

const IDENTITIES: [&str; 6] = [
    "spiffe://cluster.local/ns/default/sa/a",
    "spiffe://cluster.local/ns/other/sa/b",
    "spiffe://other.example/ns/default/sa/a",
    "spiffe://cluster.local/x",
    "?",
    "spiffe://cluster.local/ns/default/sa/",
];
const ADDRESSES: [Ipv4Addr; 4] = [
    Ipv4Addr::new(10, 0, 0, 1),
    Ipv4Addr::new(10, 1, 0, 1),
    Ipv4Addr::new(192, 0, 2, 1),
    Ipv4Addr::UNSPECIFIED,
];
const FIELDS: [(&str, &[u8]); 6] = [
    ("x", b"1"),
    ("x", b""),
    ("x", b"1,2"),
    ("y", b"abc"),
    ("x", b"\xff"),
    ("cookie", b"a=1; b=2"),
];
const AUTHORITIES: [&str; 5] = ["a.example", "A.example:80", "[::1]:80", "", "b"];
const PATHS: [&str; 6] = ["/", "/a", "/a/b", "/a/b/c", "*", ""];
const METHODS: [&str; 4] = ["GET", "POST", "get", ""];

/// Lists of a source and of an operation, and what is in them.
const SOURCES: [(&str, [&str; 5]); 7] = [
    (
        "principals",
        [
            "cluster.local/ns/default/sa/a",
            "*",
            "cluster.local/*",
            "*/sa/b",
            "x",
        ],
    ),
    (
        "request_principals",
        ["*", "issuer/subject", "issuer/*", "*/subject", "x"],
    ),
    ("namespaces", ["default", "*", "def*", "*er", "x"]),
    (
        "service_accounts",
        ["default/a", "other/b", "default/b", "x/y", "other/a"],
    ),
    (
        "trust_domains",
        ["cluster.local", "*", "other*", "*.local", "x"],
    ),
    (
        "ip_blocks",
        [
            "10.0.0.0/16",
            "0.0.0.0/0",
            "10.1.0.1",
            "::/0",
            "192.0.2.0/24",
        ],
    ),
    (
        "remote_ip_blocks",
        [
            "10.0.0.0/16",
            "0.0.0.0/0",
            "10.1.0.1",
            "::/0",
            "192.0.2.0/24",
        ],
    ),
];
const OPERATIONS: [(&str, [&str; 5]); 4] = [
    ("hosts", ["a.example", "*", "*.example", "a.*", "b"]),
    ("ports", ["80", "443", "8080", "1", "65535"]),
    ("methods", ["GET", "*", "P*", "*T", "get"]),
    ("paths", ["/a", "*", "/a*", "*/b", "/{*}/b"]),
];
const KEYS: [(&str, [&str; 5]); 11] = [
    ("request.headers[x]", ["1", "*", "1*", "*2", "?"]),
    (
        "request.headers[cookie]",
        ["a=1; b=2", "*", "a=*", "*2", "b=2"],
    ),
    (
        "source.ip",
        [
            "10.0.0.0/16",
            "0.0.0.0/0",
            "10.1.0.1",
            "::/0",
            "192.0.2.0/24",
        ],
    ),
    (
        "remote.ip",
        [
            "10.0.0.0/16",
            "0.0.0.0/0",
            "10.1.0.1",
            "::/0",
            "192.0.2.0/24",
        ],
    ),
    ("source.namespace", ["default", "*", "def*", "*er", "x"]),
    (
        "source.principal",
        [
            "cluster.local/ns/default/sa/a",
            "*",
            "cluster.local/*",
            "*/sa/b",
            "x",
        ],
    ),
    (
        "request.auth.claims[groups]",
        ["staff", "*", "st*", "*ff", "x"],
    ),
    ("request.auth.audiences", ["one", "*", "o*", "*e", "x"]),
    (
        "destination.ip",
        [
            "10.0.0.0/16",
            "0.0.0.0/0",
            "10.1.0.1",
            "::/0",
            "192.0.2.0/24",
        ],
    ),
    ("destination.port", ["80", "443", "8080", "1", "65535"]),
    (
        "connection.sni",
        ["a.example", "*", "*.example", "a.*", "b"],
    ),
];

fuzz_target!(|bytes: &[u8]| {
    let mut choices = Choices(bytes);
    let count = choices.below(4);
    let mut policies: Vec<PolicyDocument> = (0..count)
        .map(|number| policy(&mut choices, number))
        .collect();
    let (Some(base), Some(turned)) = (compile(&policies), compile(&reversed(&policies))) else {
        return;
    };
    let extra = policy(&mut choices, count);
    let halves = halves(&mut choices);
    let restricting = extra.action == PolicyAction::Deny;
    let has_allow = policies.iter().any(|one| one.action == PolicyAction::Allow);
    policies.push(extra);
    let more = compile(&policies);

    let claims = claims(&mut choices);
    let fields: Vec<_> = (0..choices.below(4))
        .map(|_| FIELDS[choices.below(FIELDS.len())])
        .collect();
    let headers = Fields(fields.clone());
    let view = view(&mut choices, &headers, claims.as_ref());
    let allowed = decide(&base, &view);
    assert_eq!(
        allowed,
        decide(&turned, &view),
        "the order of policies matters"
    );
    if let Some(more) = more {
        let with_more = decide(&more, &view);
        if restricting {
            assert!(allowed || !with_more, "one more DENY policy lets more pass");
        } else if has_allow {
            assert!(
                !allowed || with_more,
                "one more ALLOW policy lets less pass"
            );
        }
    }
    either_or(&halves, &view);

    let unreadable: Vec<_> = fields
        .iter()
        .map(|&(name, _)| (name, &b"\xff"[..]))
        .collect();
    let unreadable = Fields(unreadable);
    for doubtful in doubts(&view, &unreadable) {
        assert!(
            allowed || !decide(&base, &doubtful),
            "doubt lets a request pass"
        );
    }
});

/// The request with one attribute after the other unreadable.
fn doubts<'a>(view: &RequestView<'a>, unreadable: &'a Fields<'a>) -> [RequestView<'a>; 7] {
    let nowhere = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    let peer = view.peer;
    [
        RequestView {
            peer: Peer {
                identity: Some("?"),
                ..peer
            },
            ..*view
        },
        RequestView {
            peer: Peer {
                address: SocketAddr::from((nowhere, 0)),
                ..peer
            },
            ..*view
        },
        RequestView {
            peer: Peer {
                client: nowhere,
                ..peer
            },
            ..*view
        },
        RequestView {
            authority: "",
            ..*view
        },
        RequestView { path: "", ..*view },
        RequestView {
            method: "",
            ..*view
        },
        RequestView {
            headers: unreadable,
            ..*view
        },
    ]
}

fn view<'a>(
    choices: &mut Choices<'_>,
    headers: &'a Fields<'a>,
    claims: Option<&'a Map<String, Value>>,
) -> RequestView<'a> {
    let identity = IDENTITIES.get(choices.below(IDENTITIES.len() + 1)).copied();
    let mut address = || ADDRESSES[choices.below(ADDRESSES.len())];
    let (address, client, destination) = (address(), address(), address());
    RequestView {
        method: METHODS[choices.below(METHODS.len())],
        peer: Peer {
            address: SocketAddr::from((address, 1)),
            client: IpAddr::V4(client),
            identity,
        },
        port: [80, 443, 8080][choices.below(3)],
        destination: choices.flag().then(|| SocketAddr::from((destination, 80))),
        sni: ["a.example", "b", ""].get(choices.below(4)).copied(),
        claims,
        ..request(
            AUTHORITIES[choices.below(AUTHORITIES.len())],
            PATHS[choices.below(PATHS.len())],
            headers,
        )
    }
}

fn claims(choices: &mut Choices<'_>) -> Option<Map<String, Value>> {
    let claims = match choices.below(5) {
        0 => return None,
        1 => json!({}),
        2 => json!({"iss": "issuer", "sub": "subject", "aud": "one", "groups": ["staff", "x"]}),
        3 => json!({"iss": "issuer", "sub": 7, "aud": ["one", 2], "groups": {"staff": 1}}),
        _ => json!({"iss": "issuer", "sub": "", "aud": [], "groups": "staff other"}),
    };
    claims.as_object().cloned()
}

fn policy(choices: &mut Choices<'_>, number: usize) -> PolicyDocument {
    let rules: Vec<_> = (0..choices.below(3)).map(|_| rule(choices)).collect();
    let action = choices.pick(&["deny", "allow"]);
    named(json!({"action": action, "rules": rules}), number)
}

fn named(mut policy: Value, number: usize) -> PolicyDocument {
    policy["namespace"] = "default".into();
    policy["name"] = format!("p{number}").into();
    serde_json::from_value(policy).expect("the shape of a policy")
}

fn rule(choices: &mut Choices<'_>) -> Value {
    let mut part = |table: &[(&str, [&str; 5])]| {
        let mut all = Map::new();
        for _ in 0..choices.below(3) {
            let (name, values) = table[choices.below(table.len())];
            let name = if choices.flag() {
                format!("not_{name}")
            } else {
                name.to_owned()
            };
            let values: Vec<_> = (0..=choices.below(2))
                .map(|_| value(choices, &values))
                .collect();
            all.insert(name, values.into());
        }
        all
    };
    let some = |all: Map<String, Value>| {
        if all.is_empty() {
            json!([])
        } else {
            json!([all])
        }
    };
    let (from, to) = (some(part(&SOURCES)), some(part(&OPERATIONS)));
    let when: Vec<_> = (0..choices.below(3))
        .map(|_| {
            let (key, values) = KEYS[choices.below(KEYS.len())];
            let list = choices.pick(&["values", "not_values"]);
            json!({"key": key, list: [value(choices, &values)]})
        })
        .collect();
    json!({"from": from, "to": to, "when": when})
}

fn value(choices: &mut Choices<'_>, values: &[&str; 5]) -> Value {
    match choices.below(8) {
        index @ 0..5 => values[index].into(),
        _ => choices.text(values).into(),
    }
}

/// One list and its negation, as DENY and as ALLOW policies.
fn halves(choices: &mut Choices<'_>) -> Vec<[Authorizer; 2]> {
    let table: Vec<_> = [
        ("from", &SOURCES[..]),
        ("to", &OPERATIONS[..]),
        ("when", &KEYS[..]),
    ]
    .iter()
    .flat_map(|(part, lists)| lists.iter().map(move |list| (*part, list)))
    .collect();
    let (part, (name, values)) = table[choices.below(table.len())];
    let values: Vec<_> = (0..=choices.below(2))
        .map(|_| value(choices, values))
        .collect();
    let half = |action: &str, negated: bool| {
        let condition = match (part, negated) {
            ("when", false) => json!({"key": name, "values": values}),
            ("when", true) => json!({"key": name, "not_values": values}),
            (_, false) => json!({*name: values}),
            (_, true) => json!({format!("not_{name}"): values}),
        };
        compile(&[named(
            json!({"action": action, "rules": [{part: [condition]}]}),
            0,
        )])
    };
    ["deny", "allow"]
        .iter()
        .filter_map(|action| Some([half(action, false)?, half(action, true)?]))
        .collect()
}

fn either_or(halves: &[[Authorizer; 2]], view: &RequestView<'_>) {
    for [plain, negated] in halves {
        let both = decide(plain, view) && decide(negated, view);
        assert!(!both, "neither a list nor its negation restricts");
    }
}

fn reversed(policies: &[PolicyDocument]) -> Vec<PolicyDocument> {
    policies.iter().rev().cloned().collect()
}

fn compile(policies: &[PolicyDocument]) -> Option<Authorizer> {
    let documents = Documents {
        policies: policies.to_vec(),
        ..Documents::default()
    };
    let policies = Policies::compile(&documents).ok()?;
    Some(policies.of_workload(&Workload::default()))
}

fn decide(authorizer: &Authorizer, view: &RequestView<'_>) -> bool {
    let subject = Subject::of_request(view);
    let decision = authorizer.check(&subject);
    let mut steps = Steps::default();
    let explained = authorizer.explain(&subject, &mut steps);
    assert_eq!(
        (decision.allowed, decision.rule),
        (explained.allowed, explained.rule)
    );
    assert_eq!(decision.policy, explained.policy);
    decision.allowed
}
