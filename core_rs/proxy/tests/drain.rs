//! A drain loses nothing that is under way and ends in time.

mod support;

use std::time::{Duration, Instant};

use proxy::drain::Stage;
use support::Proxy;
use testkit::{Client, Gate, Origin, behaviours};

#[test]
fn requests_under_way_end_and_say_that_the_connection_does() {
    let gate = Gate::new();
    let origin = Origin::start(behaviours::slow(gate.clone(), "x")).expect("an origin");
    let mut proxy = Proxy::before(origin.address());
    let mut busy = Client::connect(proxy.address).expect("a proxy that listens");
    let mut idle = Client::connect(proxy.address).expect("a proxy that listens");
    busy.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        .expect("sent");
    assert!(testkit::eventually(|| origin.requests().len() == 1));
    proxy.drain.advance(Stage::Draining);
    assert!(testkit::eventually(
        || Client::connect(proxy.address).is_err()
    ));
    gate.open();
    let response = busy.response().expect("a response");
    assert!(response.status() == 200 && response.closes());
    // A connection that was idle may still send a request that was already on its way.
    let response = idle.get("/").expect("a response");
    assert!(response.status() == 200 && response.closes());
    proxy.join();
}

#[test]
fn an_idle_connection_does_not_hold_the_drain_up() {
    let origin = Origin::start(behaviours::fixed("x")).expect("an origin");
    let mut proxy = Proxy::before(origin.address());
    let mut idle = Client::connect(proxy.address).expect("a proxy that listens");
    assert_eq!(idle.get("/").expect("a response").status(), 200);
    let mut fresh = Client::connect(proxy.address).expect("a proxy that listens");
    assert!(testkit::eventually(
        || proxy.metrics.connections_active() == 2
    ));
    let begun = Instant::now();
    proxy.drain.advance(Stage::Draining);
    proxy.join();
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert!(idle.is_closed() && fresh.is_closed());
}

#[test]
fn the_deadline_cuts_what_is_left_and_counts_it() {
    let origin = Origin::start(behaviours::silent).expect("an origin");
    let mut proxy = Proxy::before(origin.address());
    let mut client = Client::connect(proxy.address).expect("a proxy that listens");
    client
        .send("GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        .expect("sent");
    assert!(testkit::eventually(|| origin.requests().len() == 1));
    proxy.drain.advance(Stage::Draining);
    proxy.drain.advance(Stage::Ended);
    proxy.join();
    assert!(client.is_closed());
    let metrics: String = proxy.metrics.scrape().collect();
    assert!(metrics.contains(r#"response_flags="DC""#), "{metrics}");
}
