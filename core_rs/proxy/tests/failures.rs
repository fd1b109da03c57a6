//! What a client is told when something goes wrong, and what is never forwarded.

mod support;

use std::time::Duration;

use proxy::pressure::Level;
use proxy::settings::Settings;
use support::{Proxy, everything_to, gateway};
use testkit::{After, Client, Exchange, Message, Origin, behaviours};

fn connect(proxy: &Proxy) -> Client {
    Client::connect(proxy.address).expect("a proxy that listens")
}

fn told(response: &Message) -> (u16, String) {
    (
        response.status(),
        response
            .value("x-pymesh-error")
            .unwrap_or_default()
            .to_owned(),
    )
}

#[test]
fn ambiguous_requests_are_refused_and_nothing_is_forwarded() {
    let origin = Origin::start(behaviours::fixed("x")).expect("an origin");
    let proxy = Proxy::before(origin.address());
    for (request, status) in [
        ("GET / HTTP/1.1\nhost: x\n\n", 400),
        ("GET / HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\n\r\n", 400),
        (
            "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
            400,
        ),
        (
            "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\n",
            400,
        ),
        (
            "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: +1\r\n\r\na",
            400,
        ),
        (
            "POST / HTTP/1.0\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n",
            400,
        ),
        ("GET /a%00b HTTP/1.1\r\nhost: x\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: x\r\na : b\r\n\r\n", 400),
        ("CONNECT x:1 HTTP/1.1\r\nhost: x:1\r\n\r\n", 501),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    ] {
        let mut client = connect(&proxy);
        client.send(request).expect("sent");
        let response = client.response().expect("a response");
        assert_eq!(response.status(), status, "{request:?}");
        assert!(
            response.closes() && response.value("x-pymesh-error").is_some(),
            "{request:?}"
        );
        assert!(client.is_closed());
    }
    assert!(origin.requests().is_empty());
}

#[test]
fn a_broken_chunk_ends_the_request_on_both_sides() {
    let origin = Origin::start(behaviours::fixed("x")).expect("an origin");
    let proxy = Proxy::before(origin.address());
    let mut client = connect(&proxy);
    client
        .send("POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabcX")
        .expect("sent");
    assert_eq!(client.response().expect("a response").status(), 400);
    assert!(testkit::eventually(|| origin.open_connections() == 0));
}

#[test]
fn answers_that_break_the_grammar_are_502_and_their_connection_is_not_reused() {
    for raw in [
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\ncontent-length: 1\n\na",
        "HTTP/1.1 2x0 OK\r\n\r\n",
        "ICY 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
        "HTTP/1.1 200 OK\r\nx: ",
    ] {
        let origin = Origin::start(behaviours::raw(raw, After::Close)).expect("an origin");
        let proxy = Proxy::before(origin.address());
        let mut client = connect(&proxy);
        for n in 1..=2 {
            let response = client.get("/").expect("a response");
            assert_eq!(response.status(), 502, "{raw:?}");
            assert_eq!(origin.connections(), n, "{raw:?}");
        }
    }
}

#[test]
fn stray_bytes_behind_a_response_poison_its_connection() {
    let raw = "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\naHTTP/1.1 200 OK\r\n";
    let origin = Origin::start(behaviours::raw(raw, After::KeepAlive)).expect("an origin");
    let proxy = Proxy::before(origin.address());
    let mut client = connect(&proxy);
    for n in 1..=3 {
        assert_eq!(client.get("/").expect("a response").body, b"a");
        assert_eq!(origin.connections(), n);
    }
}

#[test]
fn stray_bytes_behind_a_response_do_not_answer_the_next_request() {
    let raw = "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\na\
               HTTP/1.1 299 Forged\r\ncontent-length: 1\r\n\r\nb";
    let origin = Origin::start(behaviours::raw(raw, After::KeepAlive)).expect("an origin");
    let proxy = Proxy::before(origin.address());
    let mut client = connect(&proxy);
    client
        .send("GET / HTTP/1.1\r\nhost: x\r\n\r\n".repeat(5))
        .expect("sent");
    for _ in 0..5 {
        let response = client.response().expect("a response");
        assert_eq!(
            (response.status(), response.body.as_slice()),
            (200, &b"a"[..])
        );
    }
}

#[test]
fn a_body_that_was_not_forwarded_is_never_a_request() {
    let origin = Origin::start(|exchange: &mut Exchange<'_>| {
        if exchange.request.target() == "/reset" {
            Ok(After::Reset)
        } else {
            behaviours::echo(exchange)
        }
    })
    .expect("an origin");
    let proxy = Proxy::before(origin.address());
    let smuggled = "GET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n".repeat(700);
    for size in [100, 5_000, 15_000, smuggled.len()] {
        let mut client = connect(&proxy);
        client
            .send(format!(
                "PUT /reset HTTP/1.1\r\nhost: x\r\ncontent-length: {size}\r\n\r\n"
            ))
            .expect("sent");
        client.send(&smuggled[..size]).expect("sent");
        let response = client.response().expect("a response");
        assert_eq!(response.status(), 502, "{size}");
        if !response.closes() {
            client
                .send("GET /next HTTP/1.1\r\nhost: x\r\n\r\n")
                .expect("sent");
            assert_eq!(client.response().expect("a response").status(), 200);
        }
    }
    assert!(
        origin
            .requests()
            .iter()
            .all(|request| request.target() != "/smuggled")
    );
}

#[test]
fn an_answer_cut_short_cuts_the_client_short() {
    for after in [After::Close, After::Reset] {
        let origin =
            Origin::start(behaviours::cut_short(100_000, 50_000, after)).expect("an origin");
        let proxy = Proxy::before(origin.address());
        let mut client = connect(&proxy);
        client
            .send("GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            .expect("sent");
        assert_eq!(client.response_head().expect("a head").status(), 200);
        assert!(client.rest().expect("the rest").len() < 100_000);
    }
}

#[test]
fn upstreams_that_fail_before_they_answer() {
    let refused = testkit::origin::refused_address().expect("an address");
    let proxy = Proxy::before(refused);
    let response = connect(&proxy).get("/").expect("a response");
    assert_eq!(told(&response), (502, "connect_failed".to_owned()));
    assert!(!response.closes());

    let origin = Origin::start(behaviours::close).expect("an origin");
    let proxy = Proxy::before(origin.address());
    let response = connect(&proxy).get("/").expect("a response");
    assert_eq!(told(&response), (502, "upstream_closed".to_owned()));

    let proxy = Proxy::start(Settings::default(), &everything_to(&[]));
    let response = connect(&proxy).get("/").expect("a response");
    assert_eq!(told(&response), (503, "no_endpoint".to_owned()));
}

#[test]
fn no_route() {
    let nowhere = ([127, 0, 0, 1], 9).into();
    let rule = r#"{"name":"other","matches":[{"path":{"type":"exact","value":"/other"}}],
        "destinations":[{"service":"default/upstream"}]}"#;
    let proxy = Proxy::start(Settings::default(), &gateway(nowhere, rule, ""));
    let response = connect(&proxy).get("/").expect("a response");
    assert_eq!(told(&response), (404, "no_route".to_owned()));
}

#[test]
fn every_wait_ends() {
    let mut settings = Settings::default();
    settings.timeouts.request_head = Duration::from_millis(100);
    settings.timeouts.body_idle = Duration::from_millis(100);
    settings.timeouts.response_idle = Duration::from_millis(100);
    settings.timeouts.idle = Duration::from_millis(100);
    let origin = Origin::start(behaviours::silent).expect("an origin");
    let proxy = Proxy::start(settings.clone(), &everything_to(&[origin.address()]));

    let mut client = connect(&proxy);
    client.send("GET / HTTP/1.1\r\nhost").expect("sent");
    let response = client.response().expect("a response");
    assert_eq!(told(&response), (408, "request_head_timeout".to_owned()));

    let mut client = connect(&proxy);
    client
        .send("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nab")
        .expect("sent");
    let response = client.response().expect("a response");
    assert_eq!(told(&response), (408, "request_body_timeout".to_owned()));

    let response = connect(&proxy).get("/").expect("a response");
    assert_eq!(told(&response), (504, "response_timeout".to_owned()));

    assert!(connect(&proxy).is_closed());

    settings.timeouts.request = Some(Duration::from_millis(50));
    settings.timeouts.response_idle = Duration::from_mins(1);
    let proxy = Proxy::start(settings, &everything_to(&[origin.address()]));
    let response = connect(&proxy).get("/").expect("a response");
    assert_eq!(told(&response), (504, "request_timeout".to_owned()));
}

#[test]
fn limits_hold() {
    let origin = Origin::start(behaviours::echo).expect("an origin");
    let settings = Settings {
        body_bytes: Some(10),
        ..Settings::default()
    };
    let proxy = Proxy::start(settings, &everything_to(&[origin.address()]));
    assert_eq!(
        connect(&proxy)
            .post("/", b"0123456789")
            .expect("a response")
            .status(),
        200
    );
    let response = connect(&proxy)
        .post("/", b"0123456789a")
        .expect("a response");
    assert_eq!(told(&response), (413, "request_body_too_large".to_owned()));
    let mut client = connect(&proxy);
    client
        .send("POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nb\r\n0123456789a\r\n0\r\n\r\n")
        .expect("sent");
    assert_eq!(client.response().expect("a response").status(), 413);

    let mut client = connect(&proxy);
    client
        .send(format!(
            "GET /{} HTTP/1.1\r\nhost: x\r\n\r\n",
            "a".repeat(9_000)
        ))
        .expect("sent");
    assert_eq!(client.response().expect("a response").status(), 414);
    let mut client = connect(&proxy);
    client
        .send(format!(
            "GET / HTTP/1.1\r\nhost: x\r\na: {}\r\n\r\n",
            "a".repeat(40_000)
        ))
        .expect("sent");
    assert_eq!(client.response().expect("a response").status(), 431);

    let mut settings = Settings::default();
    settings.limits.head_bytes = 64 * 1024;
    let proxy = Proxy::start(settings, &everything_to(&[origin.address()]));
    let body = vec![b'x'; 200_000];
    let fields = format!("a: {}\r\n", "a".repeat(60_000));
    let mut client = connect(&proxy);
    client
        .send(format!(
            "POST / HTTP/1.1\r\nhost: x\r\n{fields}content-length: 200000\r\n\r\n"
        ))
        .expect("sent");
    client.send(&body).expect("sent");
    assert_eq!(client.response().expect("a response").body, body);
}

#[test]
fn too_many_connections_are_closed_at_the_door() {
    let origin = Origin::start(behaviours::fixed("x")).expect("an origin");
    let proxy = Proxy::start_limited(2, Settings::default(), &everything_to(&[origin.address()]));
    let mut held: Vec<Client> = (0..2).map(|_| connect(&proxy)).collect();
    for client in &mut held {
        assert_eq!(client.get("/").expect("a response").status(), 200);
    }
    assert!(connect(&proxy).is_closed());
    held.clear();
    assert!(testkit::eventually(|| connect(&proxy).get("/").is_ok()));
}

#[test]
fn memory_pressure_ends_connections_before_it_refuses_requests() {
    let origin = Origin::start(behaviours::fixed("x")).expect("an origin");
    let proxy = Proxy::before(origin.address());
    let mut kept = connect(&proxy);
    proxy.pressure.set(Level::NoKeepAlive);
    let response = kept.get("/").expect("a response");
    assert!(response.status() == 200 && response.closes());
    let mut late = connect(&proxy);
    assert!(testkit::eventually(
        || proxy.metrics.connections_active() == 1
    ));
    proxy.pressure.set(Level::Refuse);
    let response = late.get("/").expect("a response");
    assert_eq!(told(&response), (503, "overloaded".to_owned()));
    assert!(response.closes());
    proxy.pressure.set(Level::None);
    assert_eq!(connect(&proxy).get("/").expect("a response").status(), 200);
}
