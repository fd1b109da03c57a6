//! What reaches the upstream and what comes back.

mod support;

use std::time::Duration;

use proxy::settings::Settings;
use support::{Proxy, everything_to};
use testkit::{After, Client, Exchange, Origin, behaviours};

fn reflecting() -> (Origin, Proxy) {
    let origin = Origin::start(behaviours::reflect).expect("an origin");
    let proxy = Proxy::before(origin.address());
    (origin, proxy)
}

fn connect(proxy: &Proxy) -> Client {
    Client::connect(proxy.address).expect("a proxy that listens")
}

#[test]
fn the_upstream_gets_a_canonical_head() {
    let (origin, proxy) = reflecting();
    let mut client = connect(&proxy);
    client
        .send(concat!(
            "GET http://shop.example/a/%2e%2e/b?q=1 HTTP/1.1\r\n",
            "Host: other.example\r\nConnection: keep-alive, x-hop\r\nX-Hop: 1\r\n",
            "X-Envoy-Original-Path: /admin\r\nForwarded: for=1.1.1.1\r\nX-Forwarded-Proto: https\r\n",
            "X-Forwarded-For: 10.0.0.1\r\nX-Request-Id: abc\r\nAccept: */*\r\n\r\n",
        ))
        .expect("sent");
    assert_eq!(client.response().expect("a response").status(), 200);
    let request = origin.requests().pop().expect("a request");
    assert_eq!(request.target(), "/b?q=1");
    assert_eq!(request.value("host"), Some("shop.example"));
    assert_eq!(
        request.value("x-forwarded-for"),
        Some("10.0.0.1, 127.0.0.1")
    );
    assert_eq!(request.value("x-forwarded-proto"), Some("http"));
    assert_eq!(request.value("x-request-id"), Some("abc"));
    assert_eq!(request.value("accept"), Some("*/*"));
    for gone in ["connection", "x-hop", "x-envoy-original-path", "forwarded"] {
        assert_eq!(request.value(gone), None, "{gone}");
    }
}

#[test]
fn an_id_is_made_where_none_or_no_good_one_came() {
    let (origin, proxy) = reflecting();
    let mut client = connect(&proxy);
    let mut ids = Vec::new();
    for fields in [
        "",
        "x-request-id: a\r\nx-request-id: b\r\n",
        "x-request-id: a b\r\n",
    ] {
        client
            .send(format!("GET / HTTP/1.1\r\nhost: x\r\n{fields}\r\n"))
            .expect("sent");
        client.response().expect("a response");
        let request = origin.requests().pop().expect("a request");
        let values: Vec<String> = request.values("x-request-id").map(str::to_owned).collect();
        assert_eq!(values.len(), 1, "{values:?}");
        assert_eq!(values[0].len(), 36);
        ids.extend(values);
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 3);
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let (origin, proxy) = reflecting();
    let mut client = connect(&proxy);
    for n in 0..20 {
        client
            .send(format!(
                "POST /{n} HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nabc"
            ))
            .expect("sent");
    }
    for n in 0..20 {
        let response = client.response().expect("a response");
        let expected = format!("POST /{n} ");
        assert!(response.body.starts_with(expected.as_bytes()), "{n}");
    }
    assert_eq!(origin.connections(), 1);
}

#[test]
fn bodies_pass_both_ways_in_every_framing() {
    let origin = Origin::start(behaviours::echo).expect("an origin");
    let proxy = Proxy::before(origin.address());
    let mut client = connect(&proxy);
    for size in [0, 1, 4_096, 4_097, 40_000, 1_000_000] {
        let body: Vec<u8> = (0..=250_u8).cycle().take(size).collect();
        assert_eq!(
            client.post("/", &body).expect("a response").body,
            body,
            "{size}"
        );
        let mut chunked =
            b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
        for piece in body.chunks(7_001) {
            chunked.extend(format!("{:x};ext=1\r\n", piece.len()).into_bytes());
            chunked.extend(piece);
            chunked.extend(b"\r\n");
        }
        chunked.extend(b"0\r\n\r\n");
        client.send(chunked).expect("sent");
        assert_eq!(
            client.response().expect("a response").body,
            body,
            "{size} chunked"
        );
    }
}

#[test]
fn chunks_lose_extensions_and_keep_trailers() {
    let origin = Origin::start(behaviours::chunked(
        &["abc", "de"],
        "x-sum: 1\r\nhost: evil\r\n",
    ))
    .expect("an origin");
    let proxy = Proxy::before(origin.address());
    let mut client = connect(&proxy);
    client
        .send("GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        .expect("sent");
    let head = client.response_head().expect("a head");
    assert_eq!(head.value("transfer-encoding"), Some("chunked"));
    client.finish().expect("finished");
    let raw = String::from_utf8(client.rest().expect("the rest")).expect("text");
    assert!(raw.contains("x-sum: 1") && !raw.contains("evil"), "{raw}");
}

#[test]
fn an_old_client_gets_the_content_until_close() {
    let origin = Origin::start(behaviours::chunked(&["abc", "de"], "")).expect("an origin");
    let proxy = Proxy::before(origin.address());
    let mut client = connect(&proxy);
    client.send("GET / HTTP/1.0\r\n\r\n").expect("sent");
    let head = client.response_head().expect("a head");
    assert_eq!(
        (head.value("transfer-encoding"), head.value("connection")),
        (None, Some("close"))
    );
    assert_eq!(client.rest().expect("the rest"), b"abcde");
    let request = origin.requests().pop().expect("a request");
    assert_eq!(request.value("host"), Some("upstream"));
}

#[test]
fn content_until_close_keeps_a_new_client_connected() {
    let origin = Origin::start(behaviours::until_close("abc")).expect("an origin");
    let proxy = Proxy::before(origin.address());
    let mut client = connect(&proxy);
    for _ in 0..3 {
        assert_eq!(client.get("/").expect("a response").body, b"abc");
    }
    assert_eq!(origin.connections(), 3);
}

#[test]
fn head_and_bodyless_statuses_end_where_they_should() {
    let raw = "HTTP/1.1 304 Not Modified\r\ncontent-length: 10\r\n\r\n";
    let origin = Origin::start(behaviours::raw(raw, After::KeepAlive)).expect("an origin");
    let proxy = Proxy::before(origin.address());
    let mut client = connect(&proxy);
    for _ in 0..2 {
        client
            .send("HEAD / HTTP/1.1\r\nhost: x\r\n\r\n")
            .expect("sent");
        let response = client.response_to_head().expect("a response");
        assert_eq!(
            (response.status(), response.value("content-length")),
            (304, Some("10"))
        );
    }
    assert_eq!(origin.connections(), 1);
}

#[test]
fn an_expecting_client_is_told_to_continue_by_the_proxy() {
    let (origin, proxy) = reflecting();
    let mut client = connect(&proxy);
    client
        .send("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\nexpect: 100-continue\r\n\r\n")
        .expect("sent");
    assert_eq!(
        client.response_head().expect("an interim head").status(),
        100
    );
    client.send("abc").expect("sent");
    assert_eq!(client.response().expect("a response").status(), 200);
    let request = origin.requests().pop().expect("a request");
    assert_eq!(
        (request.body.as_slice(), request.value("expect")),
        (&b"abc"[..], None)
    );
}

#[test]
fn interim_responses_reach_the_client_but_for_100() {
    let raw = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n\
               HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
    let origin = Origin::start(behaviours::raw(raw, After::KeepAlive)).expect("an origin");
    let proxy = Proxy::before(origin.address());
    let mut client = connect(&proxy);
    client
        .send("GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        .expect("sent");
    let early = client.response_head().expect("an interim head");
    assert_eq!((early.status(), early.value("link")), (103, Some("</a>")));
    assert_eq!(client.response().expect("a response").body, b"ok");
}

#[test]
fn an_early_answer_arrives_although_the_body_is_still_coming() {
    let origin = Origin::start(behaviours::early(413, "no")).expect("an origin");
    let proxy = Proxy::before(origin.address());
    let mut client = connect(&proxy);
    client
        .send("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10000000\r\n\r\nabc")
        .expect("sent");
    let response = client.response().expect("a response");
    assert_eq!(
        (response.status(), response.body.as_slice()),
        (413, &b"no"[..])
    );
    assert!(response.closes());
}

#[test]
fn a_websocket_becomes_a_tunnel_and_its_connections_are_used_up() {
    fn switch(exchange: &mut Exchange<'_>) -> std::io::Result<After> {
        use std::io::{Read, Write};
        exchange.write(concat!(
            "HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n",
            "sec-websocket-accept: x\r\n\r\nhello",
        ))?;
        let mut bytes = [0; 4];
        exchange.stream().read_exact(&mut bytes)?;
        exchange.stream().write_all(&bytes)?;
        Ok(After::Close)
    }
    let origin = Origin::start(switch).expect("an origin");
    let proxy = Proxy::before(origin.address());
    let mut client = connect(&proxy);
    client
        .send(concat!(
            "GET /chat HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n",
            "sec-websocket-version: 13\r\nsec-websocket-key: x\r\n\r\nping",
        ))
        .expect("sent");
    let head = client.response_head().expect("a head");
    assert_eq!(
        (head.status(), head.value("upgrade")),
        (101, Some("websocket"))
    );
    client.finish().expect("finished");
    assert_eq!(client.rest().expect("the rest"), b"helloping");
    let request = origin.requests().pop().expect("a request");
    assert_eq!(request.value("upgrade"), Some("websocket"));
}

#[test]
fn an_upgrade_nobody_offers_is_an_ordinary_request() {
    let (origin, proxy) = reflecting();
    let mut client = connect(&proxy);
    client
        .send("GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n")
        .expect("sent");
    assert_eq!(client.response().expect("a response").status(), 200);
    let request = origin.requests().pop().expect("a request");
    assert_eq!(
        (request.value("upgrade"), request.value("connection")),
        (None, None)
    );
}

#[test]
fn requests_are_shared_out_by_weight_and_survive_an_endpoint_that_refuses() {
    let origins: Vec<Origin> = (0..3)
        .map(|_| Origin::start(behaviours::fixed("x")).expect("an origin"))
        .collect();
    let mut addresses: Vec<_> = origins.iter().map(Origin::address).collect();
    addresses.push(testkit::origin::refused_address().expect("an address"));
    let proxy = Proxy::start(Settings::default(), &everything_to(&addresses));
    let mut client = connect(&proxy);
    for _ in 0..300 {
        assert_eq!(client.get("/").expect("a response").status(), 200);
    }
    for origin in &origins {
        let share = origin.requests().len();
        assert!((70..=130).contains(&share), "{share}");
    }
}

#[test]
fn a_slow_reader_slows_the_sender() {
    let origin = Origin::start(behaviours::endless(vec![b'x'; 60_000])).expect("an origin");
    let mut settings = Settings::default();
    settings.timeouts.body_idle = Duration::from_millis(300);
    let proxy = Proxy::start(settings, &everything_to(&[origin.address()]));
    let mut client = connect(&proxy);
    client
        .send("GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        .expect("sent");
    client.response_head().expect("a head");
    // Nobody reads: the kernel's buffers fill, then the proxy cuts the connection.
    assert!(testkit::eventually(|| origin.open_connections() == 0));
}

#[test]
fn a_stale_connection_costs_an_idempotent_request_nothing() {
    let origin = Origin::start(behaviours::stale_after(1, "x")).expect("an origin");
    let proxy = Proxy::before(origin.address());
    let mut client = connect(&proxy);
    for n in 0..5 {
        assert_eq!(client.get("/").expect("a response").status(), 200, "{n}");
    }
    assert_eq!(client.post("/", b"abc").expect("a response").status(), 502);
    let posts = origin
        .requests()
        .iter()
        .filter(|request| request.method() == "POST")
        .count();
    assert_eq!(posts, 1);
}

#[test]
fn a_connection_closed_while_idle_is_not_used() {
    let origin = Origin::start(behaviours::close_quietly("x")).expect("an origin");
    let proxy = Proxy::before(origin.address());
    let mut client = connect(&proxy);
    for _ in 0..20 {
        assert_eq!(client.post("/", b"abc").expect("a response").status(), 200);
        assert!(testkit::eventually(|| origin.open_connections() == 0));
    }
}

#[test]
fn a_client_that_leaves_ends_the_request_upstream() {
    let silent = Origin::start(behaviours::silent).expect("an origin");
    let proxy = Proxy::before(silent.address());
    let mut client = connect(&proxy);
    client
        .send("GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        .expect("sent");
    assert!(testkit::eventually(|| silent.requests().len() == 1));
    drop(client);
    assert!(testkit::eventually(|| silent.open_connections() == 0));
}
