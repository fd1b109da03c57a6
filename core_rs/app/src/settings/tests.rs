use std::time::Duration;

use super::*;

fn refusal(json: &str) -> String {
    let error = Settings::from_json(json.as_bytes()).expect_err("refused");
    assert_eq!((error.code(), error.exit_code()), ("bad-value", 64));
    error.to_string()
}

#[test]
fn nothing_given_means_the_defaults() {
    let settings = Settings::from_json(b"{}").expect("valid");
    assert_eq!(settings.listen, ["127.0.0.1:8080".parse().expect("valid")]);
    assert_eq!(
        settings.admin,
        Some("127.0.0.1:15000".parse().expect("valid"))
    );
    assert_eq!((settings.workers, settings.connections), (None, None));
    let (ours, theirs) = (settings.proxy, proxy::settings::Settings::default());
    assert_eq!(format!("{ours:?}"), format!("{theirs:?}"));
}

#[test]
fn everything_given_is_read() {
    let settings = Settings::from_json(
        br#"{"listen": [":0", "[::1]:81", "localhost:82", "web.example:83"], "workers": 3,
        "admin": "unix:/run/pymesh.sock", "admin_token": "0123456789",
        "access_log": {"path": "-", "format": "json"},
        "timeouts": {"request_head_ms": 1, "idle_ms": 2, "connect_ms": 3, "request_ms": 4,
            "body_idle_ms": 5, "response_idle_ms": 6, "drain_ms": 0, "connection_age_ms": 0},
        "limits": {"connections": 9, "head_bytes": 1000, "target_bytes": 500, "fields": 7,
            "body_bytes": 8},
        "trusted_hops": 2, "path_normalization": "base",
        "pool": {"idle_per_endpoint": 0, "idle_ms": 1},
        "audit_log": {"path": "audit.log", "files": 0},
        "workload": {"reporter": "destination", "name": "web", "namespace": "shop",
            "labels": {"app": "web"}}}"#,
    )
    .expect("valid");
    let texts: Vec<_> = settings
        .listen
        .iter()
        .map(|it| it.address.to_string())
        .collect();
    assert_eq!(texts, [":0", "[::1]:81", "127.0.0.1:82", "web.example:83"]);
    assert_eq!(
        settings.admin,
        Some(AdminAddress::Unix("/run/pymesh.sock".into()))
    );
    let timeouts = settings.proxy.timeouts;
    assert_eq!(timeouts.request, Some(Duration::from_millis(4)));
    assert_eq!(timeouts.drain, Duration::ZERO);
    assert!(timeouts.connection_age > Duration::from_hours(1));
    assert_eq!(settings.proxy.body_bytes, Some(8));
    let audit = settings.audit_log.expect("given");
    assert_eq!(
        (audit.files, audit.file_bytes, audit.grants),
        (0, 64 << 20, false)
    );
    assert_eq!(settings.identity.namespace, "shop");
    assert_eq!(settings.identity.labels["app"], "web");
    let log = settings.access_log.expect("given");
    assert_eq!((log.target, log.format), (Target::Stdout, Format::Json));
}

#[test]
fn an_admin_address_that_others_reach_is_refused() {
    for address in [
        "0.0.0.0:15000",
        ":15000",
        "*:15000",
        "10.0.0.1:1",
        "[::]:1",
        "web.example:1",
    ] {
        let refusal = refusal(&format!("{{\"admin\": \"{address}\"}}"));
        assert!(
            refusal.starts_with("admin: ") && refusal.contains("loopback"),
            "{refusal}"
        );
    }
    for address in [
        "127.8.0.1:1",
        "[::1]:1",
        "localhost:1",
        "[::ffff:127.0.0.1]:1",
    ] {
        let settings = Settings::from_json(format!("{{\"admin\": \"{address}\"}}").as_bytes());
        assert!(settings.is_ok(), "{address}");
    }
}

#[test]
fn a_mistake_is_named_with_its_field() {
    for (json, expected) in [
        (r#"{"lisen": []}"#, "lisen: unknown field `lisen`"),
        (
            r#"{"timeouts": {"idle": 1}}"#,
            "timeouts.idle: unknown field `idle`",
        ),
        (r#"{"workers": "many"}"#, "workers: invalid type"),
        (r#"{"workers": 1000}"#, "workers: must be at most 256"),
        (r#"{"listen": []}"#, "listen: must have at least one"),
        (
            r#"{"listen": ["::1:80"]}"#,
            "listen[0]: \"::1:80\" must have a host",
        ),
        (
            r#"{"listen": ["a:+1"]}"#,
            "listen[0]: \"a:+1\" must look like HOST:PORT",
        ),
        (
            r#"{"listen": ["a"]}"#,
            "listen[0]: \"a\" must look like HOST:PORT",
        ),
        (
            r#"{"timeouts": {"connect_ms": 0}}"#,
            "timeouts.connect_ms: must be at least 1",
        ),
        (
            r#"{"timeouts": {"idle_ms": 31536000001}}"#,
            "timeouts.idle_ms: must be at most",
        ),
        (
            r#"{"limits": {"head_bytes": 1}}"#,
            "limits.head_bytes: must be from 256",
        ),
        (
            r#"{"limits": {"fields": 0}}"#,
            "limits.fields: must be from 1 to",
        ),
        (
            r#"{"limits": {"target_bytes": 99999}}"#,
            "limits.target_bytes: must be from 16 to 16384",
        ),
        (
            r#"{"access_log": {"path": "-", "format": "xml"}}"#,
            "access_log.format: \"xml\" must be",
        ),
        (
            r#"{"access_log": {"path": ""}}"#,
            "access_log.path: must not be empty",
        ),
        (r#"{"admin": "unix:"}"#, "admin: \"unix:\" must name a path"),
        (
            r#"{"admin_token": "short"}"#,
            "admin_token: must have at least 8 bytes",
        ),
        (
            r#"{"workload": {"reporter": "x"}}"#,
            "workload.reporter: \"x\" must be source or",
        ),
        (
            r#"{"audit_log": {"path": "a", "file_bytes": 100}}"#,
            "audit_log.file_bytes: must be at least 65536",
        ),
        (
            r#"{"listen": ["0=127.0.0.1:80"]}"#,
            "listen[0]: \"0=127.0.0.1:80\" must have a port from 1 to 65535 before the `=`",
        ),
        ("{} {}", "settings: trailing characters"),
        ("[", "settings: EOF"),
    ] {
        let refusal = refusal(json);
        assert!(refusal.starts_with(expected), "{json}: {refusal}");
    }
}

#[test]
fn a_secret_is_never_shown() {
    let settings = Settings::from_json(br#"{"admin_token": "tell-nobody"}"#).expect("valid");
    let shown = serde_json::to_string(&settings.document).expect("serializable");
    assert!(shown.contains(r#""admin_token":"***""#));
    assert!(!format!("{settings:?}{shown}").contains("tell-nobody"));
    let secret = settings.admin_token.expect("given");
    assert!(secret.is(b"tell-nobody"));
    assert!(!secret.is(b"tell-nobodx") && !secret.is(b"") && !secret.is(b"tell-nobody "));
}
