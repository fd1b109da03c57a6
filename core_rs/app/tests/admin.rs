//! The admin pages, over real sockets.

mod support;

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;

use app::{PluginHost, Proxy, Settings};
use model::wire::PluginDocument;
use serde_json::Value;
use support::{Folder, Running, everything_to};
use testkit::{Client, Gate, Message, Origin, behaviours, eventually};
use tokio::sync::oneshot::Sender;

const TOKEN: &str = r#""admin_token": "correct horse""#;

struct Plugins;

impl PluginHost for Plugins {
    fn follow(&self, _: &[PluginDocument], done: Sender<Result<(), String>>) {
        let _unheard = done.send(Ok(()));
    }

    fn render(&self, out: &mut String) {
        out.push_str("# TYPE pymesh_hook_calls_total counter\npymesh_hook_calls_total 7\n");
    }

    fn plugins_json(&self) -> String {
        r#"[{"name": "header_auth"}]"#.to_owned()
    }
}

fn start(settings: &str) -> (Origin, Running) {
    let origin = Origin::start(behaviours::echo).expect("an origin");
    let documents = everything_to(origin.address());
    let running = Running::start_with(settings, documents, Some(Arc::new(Plugins)));
    (origin, running)
}

fn ask(running: &Running, bytes: &str) -> Message {
    Client::once(running.admin_address(), bytes).expect("an answer")
}

fn get(running: &Running, path: &str) -> Message {
    ask(
        running,
        &format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n"),
    )
}

fn post(running: &Running, path: &str, token: &str) -> Message {
    ask(
        running,
        &format!("POST {path} HTTP/1.1\r\nhost: [::1]:1\r\nauthorization: {token}\r\n\r\n"),
    )
}

fn body(message: &Message) -> &str {
    std::str::from_utf8(&message.body).expect("text")
}

fn json(message: &Message) -> Value {
    assert_eq!(message.value("content-type"), Some("application/json"));
    serde_json::from_slice(&message.body).expect("JSON")
}

#[test]
fn every_page_answers_and_no_browser_acts_on_it() {
    let (_origin, running) = start(TOKEN);
    assert!(eventually(|| get(&running, "/ready").status() == 200));
    let help = get(&running, "/help");
    for line in body(&help).lines().filter(|line| line.starts_with("GET ")) {
        let path = line.split_whitespace().nth(1).expect("a path");
        let page = get(&running, path);
        assert_eq!(page.status(), 200, "{path}");
        assert_eq!(page.value("x-content-type-options"), Some("nosniff"));
        assert_eq!(page.value("cache-control"), Some("no-store"));
        let policy = page.value("content-security-policy").expect("a policy");
        assert!(policy.starts_with("default-src 'none'"));
        let content_type = page.value("content-type").expect("a type");
        assert!(content_type.starts_with("text/plain") || content_type == "application/json");

        let mut client = Client::connect(running.admin_address()).expect("connected");
        client
            .send(format!("HEAD {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"))
            .expect("sent");
        let head = client.response_to_head().expect("an answer");
        assert_eq!((head.status(), head.body.len()), (200, 0), "{path}");
        assert_eq!(head.value("content-type"), Some(content_type));
        // no stray body: the connection goes on
        assert_eq!(client.get_local("/live").status(), 200, "{path}");
    }
    assert_eq!(get(&running, "/").body, help.body);
    assert_eq!(body(&get(&running, "/live")), "live\n");
}

trait GetLocal {
    fn get_local(&mut self, path: &str) -> Message;
}

impl GetLocal for Client {
    fn get_local(&mut self, path: &str) -> Message {
        self.send(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n"))
            .expect("sent");
        self.response().expect("an answer")
    }
}

#[test]
fn traffic_is_seen_in_metrics_and_clusters() {
    let (origin, running) = start(r#""workers": 2, "workload": {"name": "edge"}"#);
    let mut client = Client::connect(running.address).expect("connected");
    for _ in 0..5 {
        assert_eq!(client.get("/a").expect("an answer").status(), 200);
    }
    // a request is counted when its last byte was sent, which may be after it was received
    assert!(eventually(
        || json(&get(&running, "/debug/work"))["requests"] == 0
    ));
    let metrics = get(&running, "/metrics");
    assert_eq!(
        metrics.value("content-type"),
        Some("text/plain; version=0.0.4; charset=utf-8")
    );
    let text = body(&metrics);
    let total = text
        .lines()
        .find(|line| line.starts_with("istio_requests_total{"));
    let total = total.expect("a series");
    assert!(total.ends_with("} 5"), "{total}");
    assert!(total.contains(r#"source_workload="edge""#));
    assert!(total.contains(r#"destination_service="web.example""#));
    for line in [
        "pymesh_connections_active 1",
        "pymesh_pool_misses_total 1",
        "pymesh_pool_hits_total 4",
        "pymesh_hook_calls_total 7",
        "# TYPE pymesh_memory_pressure_level gauge",
    ] {
        assert!(
            text.lines().any(|it| it == line),
            "{line} is missing in {text}"
        );
    }
    let endpoint = &json(&get(&running, "/clusters"))["clusters"][0]["endpoints"][0];
    assert_eq!(endpoint["address"], origin.address().to_string());
    assert_eq!(endpoint["requests"]["total"], 5);
    assert_eq!(endpoint["requests"]["active"], 0);
    assert_eq!(endpoint["connections"]["idle"], 1);
    assert_eq!(json(&get(&running, "/debug/work"))["connections"], 1);
    assert_eq!(
        json(&get(&running, "/plugins"))["plugins"][0]["name"],
        "header_auth"
    );
}

#[test]
fn the_configuration_is_shown_without_secrets() {
    let (origin, running) = start(TOKEN);
    let page = get(&running, "/config");
    assert!(!body(&page).contains("correct horse"));
    let config = json(&page);
    assert_eq!(config["settings"]["admin_token"], "***");
    assert_eq!(config["settings"]["timeouts"]["idle_ms"], 60_000);
    let endpoints = &config["documents"]["endpoints"][0]["endpoints"];
    assert_eq!(endpoints[0]["address"], origin.address().to_string());
    assert!(config["generation"].as_u64() > Some(0));
}

#[test]
fn a_change_over_tcp_needs_the_token() {
    let (_origin, running) = start(TOKEN);
    for token in [
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong horse!",
        "Basic correct horse",
    ] {
        let refused = post(&running, "/logging?level=debug", token);
        assert_eq!(refused.status(), 401, "{token}");
        assert_eq!(refused.value("www-authenticate"), Some("Bearer"));
    }
    assert_eq!(json(&get(&running, "/logging"))["level"], "info");
    let changed = post(&running, "/logging?level=warn", "bearer correct horse");
    assert_eq!(
        (changed.status(), json(&changed)["level"].as_str()),
        (200, Some("warn"))
    );
    assert_eq!(
        post(&running, "/logging?level=loud", "Bearer correct horse").status(),
        400
    );
    assert_eq!(
        post(&running, "/logging", "Bearer correct horse").status(),
        400
    );
    assert_eq!(
        post(&running, "/logging?level=info", "Bearer correct horse").status(),
        200
    );
}

#[test]
fn without_a_token_there_are_no_changes_over_tcp() {
    let (_origin, running) = start(r#""workers": 1"#);
    let refused = post(&running, "/drain", "Bearer ");
    assert_eq!(refused.status(), 403);
    assert!(body(&refused).contains("PYMESH_ADMIN_TOKEN"));
    assert_eq!(get(&running, "/live").status(), 200);
}

#[test]
fn a_page_of_another_host_is_not_ours() {
    let (_origin, running) = start(TOKEN);
    for head in [
        "GET /config HTTP/1.1\r\nhost: rebound.example\r\n\r\n",
        "GET /config HTTP/1.1\r\nhost: localhost.rebound.example:15000\r\n\r\n",
        "GET http://rebound.example/config HTTP/1.1\r\nhost: localhost\r\n\r\n",
        "GET /config HTTP/1.1\r\nhost: localhost\r\nhost: rebound.example\r\n\r\n",
        "GET /config HTTP/1.1\r\n\r\n",
    ] {
        let refused = ask(&running, head);
        assert_eq!(refused.status(), 421, "{head}");
        assert!(!body(&refused).contains("settings"));
    }
    assert_eq!(ask(&running, "GET /live HTTP/1.0\r\n\r\n").status(), 200);
}

#[test]
fn other_pages_and_methods_are_refused() {
    let (_origin, running) = start(TOKEN);
    assert_eq!(get(&running, "/nothing").status(), 404);
    assert_eq!(get(&running, "/metrics/").status(), 404);
    let wrong = get(&running, "/drain");
    assert_eq!((wrong.status(), wrong.value("allow")), (405, Some("POST")));
    let wrong = post(&running, "/config", "Bearer correct horse");
    assert_eq!(
        (wrong.status(), wrong.value("allow")),
        (405, Some("GET, HEAD"))
    );
    let wrong = ask(
        &running,
        "DELETE /logging HTTP/1.1\r\nhost: localhost\r\n\r\n",
    );
    assert_eq!(
        (wrong.status(), wrong.value("allow")),
        (405, Some("GET, HEAD, POST"))
    );
}

#[test]
fn what_is_too_large_is_refused() {
    let (_origin, running) = start(TOKEN);
    let large = "x".repeat(20_000);
    let head = format!("GET / HTTP/1.1\r\nhost: localhost\r\na: {large}\r\n\r\n");
    assert_eq!(ask(&running, &head).status(), 431);
    let many = "a: b\r\n".repeat(100);
    assert_eq!(
        ask(&running, &format!("GET / HTTP/1.1\r\n{many}\r\n")).status(),
        431
    );
    let body = ask(
        &running,
        &format!(
            "POST /logging?level=info HTTP/1.1\r\nhost: localhost\r\ncontent-length: 20000\r\n\
             authorization: Bearer correct horse\r\n\r\n{large}"
        ),
    );
    assert_eq!(body.status(), 413);
}

#[test]
fn connections_are_limited_and_come_back() {
    let (_origin, running) = start(TOKEN);
    let connect = || Client::connect(running.admin_address()).expect("connected");
    let mut held: Vec<_> = (0..64).map(|_| connect()).collect();
    for client in &mut held {
        assert_eq!(client.get_local("/live").status(), 200);
    }
    assert!(connect().is_closed());
    held.clear();
    assert!(eventually(|| {
        let mut client = connect();
        client
            .send("GET /live HTTP/1.1\r\nhost: localhost\r\n\r\n")
            .is_ok()
            && client.response().is_ok_and(|it| it.status() == 200)
    }));
}

#[test]
fn a_drain_makes_it_unready_and_ends_it_when_the_last_request_has() {
    let gate = Gate::new();
    let held = gate.clone();
    let origin = Origin::start(move |exchange: &mut testkit::Exchange<'_>| {
        assert!(held.pass());
        behaviours::echo(exchange)
    });
    let origin = origin.expect("an origin");
    let mut running = Running::start(TOKEN, everything_to(origin.address()));
    assert!(eventually(|| get(&running, "/ready").status() == 200));
    let mut client = Client::connect(running.address).expect("connected");
    client
        .send("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        .expect("sent");
    assert!(eventually(
        || json(&get(&running, "/debug/work"))["requests"] == 1
    ));
    assert_eq!(
        post(&running, "/drain", "Bearer correct horse").status(),
        202
    );
    assert!(eventually(|| {
        let ready = get(&running, "/ready");
        ready.status() == 503 && body(&ready) == "draining\n"
    }));
    assert_eq!(get(&running, "/live").status(), 200);
    assert!(!running.has_ended());
    gate.open();
    let answer = client.response().expect("an answer");
    assert_eq!((answer.status(), answer.closes()), (200, true));
    running.join().expect("a clean end");
}

fn ask_unix(path: &Path, bytes: &str) -> String {
    let mut stream = UnixStream::connect(path).expect("connected");
    stream.write_all(bytes.as_bytes()).expect("sent");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("an answer");
    text
}

#[test]
fn a_unix_socket_is_for_its_user_alone_who_needs_no_token() {
    let folder = Folder::new("admin");
    let path = folder.join("admin.sock");
    let admin = format!(r#""admin": "unix:{}""#, path.display());
    // left behind by a process that was killed
    drop(UnixListener::bind(&path).expect("bound"));
    let (origin, mut running) = start(&admin);
    assert_eq!(running.admin, format!("unix:{}", path.display()));
    let metadata = fs::metadata(&path).expect("there");
    assert!(metadata.file_type().is_socket());
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    let answer = ask_unix(
        &path,
        "GET /live HTTP/1.1\r\nhost: any.name\r\nconnection: close\r\n\r\n",
    );
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");

    // the socket of a process that lives is not taken away from it
    let settings = format!(r#"{{"listen": ["127.0.0.1:0"], {admin}}}"#);
    let settings = Settings::from_json(settings.as_bytes()).expect("valid settings");
    let second = Proxy::start(settings, everything_to(origin.address()), None, None);
    assert_eq!(
        second.err().map(|error| error.code()),
        Some("address-in-use")
    );

    let drain = "POST /drain HTTP/1.1\r\nhost: any.name\r\nconnection: close\r\n\r\n";
    assert!(ask_unix(&path, drain).starts_with("HTTP/1.1 202 "));
    running.join().expect("a clean end");
    assert!(!path.exists());
}

#[test]
fn a_file_in_the_place_of_the_socket_is_left_alone() {
    let folder = Folder::new("admin-file");
    let path = folder.join("precious");
    fs::write(&path, "data").expect("written");
    let settings = format!(
        r#"{{"listen": ["127.0.0.1:0"], "admin": "unix:{}"}}"#,
        path.display()
    );
    let settings = Settings::from_json(settings.as_bytes()).expect("valid settings");
    let refused = Proxy::start(
        settings,
        everything_to(([127, 0, 0, 1], 9).into()),
        None,
        None,
    );
    assert_eq!(refused.err().map(|error| error.exit_code()), Some(69));
    assert_eq!(fs::read_to_string(&path).expect("there"), "data");
}
