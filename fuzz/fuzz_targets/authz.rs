//! Policies: documents that are refused or compiled, never a panic; what is explained is what is
//! decided; a DENY rule that always matches denies; and what cannot be read lets nothing pass that
//! some readable value would not.
#![no_main]

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use libfuzzer_sys::fuzz_target;
use model::authz::{Authorizer, Custom, Policies, Subject};
use model::{Documents, Headers, NoTrace, Peer, RequestView, Workload};

/// Values of the fields `x` and `cookie`, in turn.
struct Fields<'a>(Vec<&'a [u8]>);

const NAMES: [&str; 2] = ["x", "cookie"];

impl Headers for Fields<'_> {
    fn visit(&self, each: &mut dyn FnMut(&str, &[u8])) {
        for (index, value) in self.0.iter().enumerate() {
            each(NAMES[index % 2], value);
        }
    }

    fn first<'s>(&'s self, name: &str) -> Option<&'s [u8]> {
        let place = NAMES
            .iter()
            .position(|field| field.eq_ignore_ascii_case(name))?;
        self.0.get(place).copied()
    }

    fn visit_named(&self, name: &str, each: &mut dyn FnMut(&[u8])) {
        self.visit(&mut |field, value| {
            if field.eq_ignore_ascii_case(name) {
                each(value);
            }
        });
    }
}

fuzz_target!(|bytes: &[u8]| {
    // The documents, then lines: method, authority, path, identity, server name, header values.
    let mut lines = bytes.split(|&byte| byte == b'\n');
    let Some(Ok(documents)) = lines.next().map(Documents::parse) else {
        return;
    };
    let mut text = || std::str::from_utf8(lines.next().unwrap_or_default()).unwrap_or("?");
    let (method, authority, path, identity, sni) = (text(), text(), text(), text(), text());
    let fields = Fields(lines.collect());
    let Some(authorizer) = compile(&documents) else {
        return;
    };
    let ip = Ipv4Addr::new(10, 0, 0, 1);
    let peer = Peer {
        address: SocketAddr::from((ip, 1)),
        client: IpAddr::V4(ip),
        identity: Some(identity),
    };
    let request = RequestView {
        method,
        scheme: "http",
        authority,
        path,
        query: Some("q"),
        headers: &fields,
        peer,
        port: 80,
        destination: None,
        sni: Some(sni),
        claims: None,
    };
    let allowed = decide(&authorizer, &request);

    let mut more = documents.clone();
    more.policies.push(everything());
    // Refused if there is one of this name already.
    let denying = compile(&more).map(|denying| decide(&denying, &request));
    assert_ne!(denying, Some(true));

    let unreadable = RequestView {
        peer: Peer {
            identity: Some("?"),
            ..peer
        },
        ..request
    };
    assert!(allowed || identity == "?" || !decide(&authorizer, &unreadable));
    let pathless = RequestView {
        path: "",
        ..request
    };
    assert!(allowed || !decide(&authorizer, &pathless));
});

fn compile(documents: &Documents) -> Option<Authorizer> {
    let policies = Policies::compile(documents).ok()?;
    Some(policies.of_workload(&Workload::default()))
}

/// A DENY policy of the workload's namespace that always matches.
fn everything() -> model::wire::PolicyDocument {
    let json = br#"{"policies":[{"namespace":"default","name":"!","action":"deny","rules":[{}]}]}"#;
    let mut documents = Documents::parse(json).expect("valid");
    documents.policies.pop().expect("one")
}

fn decide(authorizer: &Authorizer, request: &RequestView<'_>) -> bool {
    let subject = Subject::of_request(request);
    let decision = authorizer.check(&subject);
    let explained = authorizer.explain(&subject, &mut NoTrace);
    assert_eq!(decision.allowed, explained.allowed);
    assert_eq!(decision.policy, explained.policy);
    let connection = Subject {
        request: None,
        ..subject
    };
    let _ = authorizer.check(&connection);
    decision.allowed && !matches!(authorizer.custom(&subject), Custom::Deny(_))
}
