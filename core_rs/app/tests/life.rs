//! How a proxy starts, and how it ends.

mod support;

use std::net::{TcpListener, TcpStream};
use std::rc::Rc;
use std::sync::Arc;

use app::{Error, Proxy, Settings};
use model::wire::Documents;
use proxy::hooks::{HookFactory, Hooks};
use support::{Folder, Running, everything_to, everything_to_name};
use testkit::{Client, Gate, Origin, behaviours, eventually};

/// Refused by the resolver itself: a label has at most 63 bytes (RFC 1035 section 2.3.4).
const NO_NAME: &str =
    "no-such-name-because-no-label-of-a-name-may-be-longer-than-sixty-three-bytes.invalid";

fn settings(json: &str) -> Settings {
    Settings::from_json(json.as_bytes()).expect("valid settings")
}

fn refusal(json: &str, documents: Documents) -> Error {
    let started = Proxy::start(settings(json), documents, None, None);
    started.err().expect("refused")
}

fn nowhere() -> Documents {
    everything_to(([127, 0, 0, 1], 9).into())
}

#[test]
fn what_keeps_it_from_starting_has_a_code_and_an_exit_status() {
    let folder = Folder::new("life");
    let missing = folder.join("no/such/folder/log").display().to_string();
    let taken = TcpListener::bind("127.0.0.1:0").expect("bound");
    let port = taken.local_addr().expect("bound").port();
    let mut dangling = nowhere();
    dangling.services.clear();
    for (json, documents, code, exit_code) in [
        (
            format!(r#"{{"listen": ["127.0.0.1:{port}"], "admin": null}}"#),
            nowhere(),
            "address-in-use",
            69,
        ),
        (
            format!(r#"{{"listen": ["127.0.0.1:0"], "admin": "127.0.0.1:{port}"}}"#),
            nowhere(),
            "address-in-use",
            69,
        ),
        (
            r#"{"listen": ["127.0.0.1:0"], "admin": null}"#.into(),
            dangling,
            "bad-document",
            65,
        ),
        (
            format!(
                r#"{{"listen": ["127.0.0.1:0"], "admin": null, "access_log": {{"path": "{missing}"}}}}"#
            ),
            nowhere(),
            "missing-file",
            78,
        ),
        (
            r#"{"listen": ["127.0.0.1:0"], "admin": null}"#.into(),
            everything_to_name(NO_NAME, 1),
            "unavailable",
            69,
        ),
    ] {
        let error = refusal(&json, documents);
        assert_eq!(
            (error.code(), error.exit_code()),
            (code, exit_code),
            "{error}"
        );
        assert!(Error::CODES.contains(&error.code()));
        assert!(!error.to_string().contains('\n'));
    }
}

#[test]
fn endpoints_known_by_name_are_found() {
    let origin = Origin::start(behaviours::echo).expect("an origin");
    let documents = everything_to_name("localhost", origin.address().port());
    let running = Running::start(r#""workers": 1"#, documents);
    let answer = Client::connect(running.address).and_then(|mut client| client.get("/"));
    assert_eq!(answer.expect("an answer").status(), 200);
}

#[test]
fn many_listeners_and_workers_share_the_work() {
    let origin = Origin::start(behaviours::echo).expect("an origin");
    let json =
        r#"{"listen": ["127.0.0.1:0", "[::1]:0", "127.0.0.1:0"], "admin": null, "workers": 3}"#;
    let proxy = match Proxy::start(settings(json), everything_to(origin.address()), None, None) {
        // a machine without IPv6
        Err(Error::Unavailable { .. }) => return,
        other => other.expect("a proxy that starts"),
    };
    let (addresses, stopper) = (proxy.addresses().to_owned(), proxy.stopper());
    assert_eq!(proxy.admin(), None);
    let serving = std::thread::spawn(move || proxy.serve());
    for _ in 0..10 {
        for address in &addresses {
            let mut client = Client::connect(*address).expect("connected");
            assert_eq!(client.get("/").expect("an answer").status(), 200);
        }
    }
    stopper.stop();
    serving.join().expect("no panic").expect("a clean end");
    for address in addresses {
        assert!(
            TcpStream::connect(address).is_err(),
            "{address} still listens"
        );
    }
}

/// A request that its origin never answers, in the works.
fn stuck(settings: &str) -> (Running, Client, Gate, Origin) {
    let gate = Gate::new();
    let held = gate.clone();
    let origin = Origin::start(move |exchange: &mut testkit::Exchange<'_>| {
        assert!(held.pass());
        behaviours::echo(exchange)
    });
    let origin = origin.expect("an origin");
    let running = Running::start(settings, everything_to(origin.address()));
    let mut client = Client::connect(running.address).expect("connected");
    client
        .send("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        .expect("sent");
    assert!(eventually(|| origin.requests().len() == 1));
    (running, client, gate, origin)
}

#[test]
fn a_drain_has_a_deadline() {
    let (mut running, mut client, gate, _origin) = stuck(r#""timeouts": {"drain_ms": 50}"#);
    running.stopper.stop();
    running
        .join()
        .expect("ends though a request is in the works");
    assert!(client.is_closed());
    gate.open();
}

#[test]
fn asked_to_stop_twice_it_does_not_wait() {
    let (mut running, mut client, gate, _origin) = stuck(r#""timeouts": {"drain_ms": 3600000}"#);
    running.stopper.stop();
    let admin = running.admin_address();
    assert!(eventually(|| {
        Client::once(admin, "GET /ready HTTP/1.1\r\nhost: localhost\r\n\r\n")
            .is_ok_and(|answer| answer.body == b"draining\n")
    }));
    running.stopper.stop();
    running
        .join()
        .expect("ends though a request is in the works");
    assert!(client.is_closed());
    gate.open();
}

/// Panics on the second worker's thread.
struct Faulty;

impl HookFactory for Faulty {
    fn make(&self, worker: usize) -> Rc<dyn Hooks> {
        panic!("no hooks for worker {worker}");
    }
}

#[test]
fn a_worker_that_dies_ends_the_process_with_its_last_words() {
    let json = r#"{"listen": ["127.0.0.1:0"], "admin": null, "workers": 2}"#;
    let proxy = Proxy::start(settings(json), nowhere(), Some(Arc::new(Faulty)), None);
    let ended = proxy.and_then(Proxy::serve);
    let error = ended.expect_err("a failure");
    assert_eq!((error.code(), error.exit_code()), ("core-failed", 1));
    assert!(
        error.to_string().contains("panicked: no hooks for worker"),
        "{error}"
    );
}
