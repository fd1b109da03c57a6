//! What signals do. One test, since a signal is heard by the whole process.

mod support;

use std::fs;

use rustix::process::{Signal, getpid, kill_process};
use support::{Folder, Running, everything_to};
use testkit::{Client, Gate, Origin, behaviours, eventually};

fn send(signal: Signal) {
    kill_process(getpid(), signal).expect("sent to this process");
}

#[test]
fn hang_up_reopens_the_log_terminate_drains_and_then_ends() {
    let folder = Folder::new("signals");
    let (path, renamed) = (folder.join("access.log"), folder.join("access.log.1"));
    let gate = Gate::new();
    let held = gate.clone();
    let origin = Origin::start(move |exchange: &mut testkit::Exchange<'_>| {
        if exchange.request.target() == "/held" {
            assert!(held.pass());
        }
        behaviours::echo(exchange)
    });
    let origin = origin.expect("an origin");
    let log = format!(
        r#""timeouts": {{"drain_ms": 3600000}}, "access_log": {{"path": "{}", "format": "json"}}"#,
        path.display()
    );
    let mut running = Running::start(&log, everything_to(origin.address()));
    let lines = |path| fs::read_to_string(path).unwrap_or_default().lines().count();
    let get = |target: &str| {
        let mut client = Client::connect(running.address).expect("connected");
        assert_eq!(client.get(target).expect("an answer").status(), 200);
    };
    get("/one");
    assert!(eventually(|| lines(&path) == 1));
    fs::rename(&path, &renamed).expect("renamed");
    send(Signal::HUP);
    assert!(eventually(|| path.exists()));
    get("/two");
    assert!(eventually(|| lines(&path) == 1));
    assert_eq!(lines(&renamed), 1);

    let mut client = Client::connect(running.address).expect("connected");
    client
        .send("GET /held HTTP/1.1\r\nhost: a\r\n\r\n")
        .expect("sent");
    assert!(eventually(|| origin.requests().len() == 3));
    send(Signal::TERM);
    let admin = running.admin_address();
    assert!(eventually(|| {
        Client::once(admin, "GET /ready HTTP/1.1\r\nhost: localhost\r\n\r\n")
            .is_ok_and(|answer| answer.body == b"draining\n")
    }));
    assert!(!running.has_ended());
    send(Signal::INT);
    running
        .join()
        .expect("ends though a request is in the works");
    assert!(client.is_closed());
    let last = fs::read_to_string(&path).expect("there");
    assert!(last.contains(r#""path":"/held""#), "{last}");
    gate.open();
}
