//! A request on a kept-alive connection allocates nothing once its worker is warm.

mod support;

use std::net::SocketAddr;
use std::sync::mpsc;

use model::Documents;
use proxy::settings::Settings;
use support::{Proxy, everything_to, gateway};
use testkit::{Client, Origin, behaviours};

/// Allocations on the worker's thread while it serves `requests` in all.
fn allocations(
    requests: usize,
    documents: impl Fn(SocketAddr) -> Documents,
    send: impl Fn(&mut Client),
) -> u64 {
    let origin = Origin::start(behaviours::reflect).expect("an origin");
    let (counted, count) = mpsc::channel();
    let mut proxy = Proxy::start_around(
        Settings::default(),
        &documents(origin.address()),
        None,
        10,
        move |run| {
            let info = allocation_counter::measure(run);
            counted.send(info.count_total).expect("the test waits");
        },
    );
    let mut client = Client::connect(proxy.address).expect("a proxy that listens");
    for _ in 0..requests {
        send(&mut client);
    }
    drop(client);
    proxy.stop();
    count.recv().expect("a count")
}

fn assert_steady(send: impl Fn(&mut Client)) {
    assert_steady_with(|origin| everything_to(&[origin]), send);
}

fn assert_steady_with(documents: impl Fn(SocketAddr) -> Documents, send: impl Fn(&mut Client)) {
    let few = allocations(200, &documents, &send);
    let many = allocations(2_200, &documents, &send);
    // 2,000 more requests; what differs is housekeeping by the clock, not by the request.
    assert!(
        many < few + 100,
        "{few} allocations for 200 requests, {many} for 2,200"
    );
}

#[test]
fn get_allocates_nothing() {
    assert_steady(|client| {
        client.send("GET /a?b=c HTTP/1.1\r\nhost: x\r\naccept: */*\r\nx-forwarded-for: 10.0.0.1\r\n\r\n")
            .expect("sent");
        assert_eq!(client.response().expect("a response").status(), 200);
    });
}

#[test]
fn bodies_allocate_nothing() {
    let small = vec![b'x'; 300];
    let large = vec![b'y'; 100_000];
    assert_steady(|client| {
        assert_eq!(
            client.post("/small", &small).expect("a response").status(),
            200
        );
        assert_eq!(
            client.post("/large", &large).expect("a response").status(),
            200
        );
    });
}

#[test]
fn a_path_that_is_rewritten_allocates_nothing() {
    assert_steady(|client| {
        assert_eq!(
            client.get("/a/../b//%41").expect("a response").status(),
            200
        );
    });
}

#[test]
fn policies_and_header_edits_allocate_nothing() {
    let rules = r#"{"name":"all","destinations":[{"service":"default/upstream",
        "request_headers":{"set":[{"name":"x-a","value":"1"}]}}],
        "response_headers":{"add":[{"name":"x-b","value":"2"}]}}"#;
    let policies = r#"{"namespace":"default","name":"no","action":"deny","targets":["default/web"],
        "rules":[{"to":[{"paths":["/admin*"],"methods":["DELETE"]}]},
            {"when":[{"key":"request.headers[x-bad]","values":["*"]}]}]},
        {"namespace":"default","name":"yes","targets":["default/web"],
        "rules":[{"from":[{"ip_blocks":["127.0.0.0/8"]}],"to":[{"methods":["GET"]}]}]}"#;
    assert_steady_with(
        |origin| gateway(origin, rules, policies),
        |client| {
            client
                .send("GET /a?b=c HTTP/1.1\r\nhost: x\r\naccept: */*\r\n\r\n")
                .expect("sent");
            assert_eq!(client.response().expect("a response").status(), 200);
        },
    );
}
