//! The kit against itself: a client and an origin with nothing between them.

use std::io;

use testkit::{After, Client, Gate, Origin, behaviours, eventually};

#[test]
fn serves_one_request_after_the_other_and_counts_them() -> io::Result<()> {
    let origin = Origin::start(behaviours::echo)?;
    let mut client = Client::connect(origin.address())?;
    assert_eq!(client.post("/a", b"one")?.body, b"one");
    assert_eq!(client.post("/b", b"two")?.body, b"two");
    assert_eq!(origin.connections(), 1);
    let targets: Vec<_> = origin
        .requests()
        .iter()
        .map(|r| r.target().to_owned())
        .collect();
    assert_eq!(targets, ["/a", "/b"]);
    drop(client);
    assert!(eventually(|| origin.open_connections() == 0));
    Ok(())
}

#[test]
fn reads_chunks_and_trailers() -> io::Result<()> {
    let origin = Origin::start(behaviours::chunked(&["he", "llo"], "x-sum: 5\r\n"))?;
    let response = Client::connect(origin.address())?.get("/")?;
    assert_eq!(response.body, b"hello");
    assert!(response.chunked);
    assert_eq!(response.trailers, [("x-sum".to_owned(), "5".to_owned())]);
    Ok(())
}

#[test]
fn a_reset_is_seen_as_one() -> io::Result<()> {
    let origin = Origin::start(behaviours::reset)?;
    let error = Client::connect(origin.address())?
        .get("/")
        .expect_err("nothing was sent");
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    Ok(())
}

#[test]
fn a_body_cut_short_is_an_early_end() -> io::Result<()> {
    let origin = Origin::start(behaviours::cut_short(10, 3, After::Close))?;
    let error = Client::connect(origin.address())?
        .get("/")
        .expect_err("7 bytes are missing");
    assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    Ok(())
}

#[test]
fn a_slow_origin_waits_for_its_gate() -> io::Result<()> {
    let gate = Gate::new();
    let origin = Origin::start(behaviours::slow(gate.clone(), "late"))?;
    let mut client = Client::connect(origin.address())?;
    client.send("GET / HTTP/1.1\r\nhost: test\r\n\r\n")?;
    assert!(eventually(|| origin.requests().len() == 1));
    gate.open();
    assert_eq!(client.response()?.body, b"late");
    Ok(())
}

#[test]
fn a_half_closed_origin_still_reads() -> io::Result<()> {
    let origin = Origin::start(behaviours::raw("HTTP/1.1 204 No\r\n\r\n", After::HalfClose))?;
    let mut client = Client::connect(origin.address())?;
    assert_eq!(client.get("/")?.status(), 204);
    assert!(client.is_closed());
    assert_eq!(origin.open_connections(), 1);
    drop(client);
    assert!(eventually(|| origin.open_connections() == 0));
    Ok(())
}

#[test]
fn a_silent_origin_sees_its_client_leave() -> io::Result<()> {
    let origin = Origin::start(behaviours::silent)?;
    let mut client = Client::connect(origin.address())?;
    client.send("GET / HTTP/1.1\r\nhost: test\r\n\r\n")?;
    client.reset()?;
    assert!(eventually(
        || origin.connections() == 1 && origin.open_connections() == 0
    ));
    Ok(())
}

#[test]
fn dropping_an_origin_ends_its_connections() -> io::Result<()> {
    let origin = Origin::start(behaviours::fixed("x"))?;
    let mut client = Client::connect(origin.address())?;
    assert_eq!(client.get("/")?.body, b"x");
    drop(origin);
    assert!(client.is_closed());
    Ok(())
}
