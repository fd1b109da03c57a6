use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::time::Instant;

use super::*;
use model::wire::Documents;

fn state() -> Arc<State> {
    let settings = Settings::from_json(b"{}").expect("valid settings");
    let metrics = Arc::new(MetricsRegistry::new(&settings.workload));
    let workload = model::workload::Workload::default();
    let configuration =
        Configuration::new(Documents::default(), workload, Arc::clone(&metrics), None);
    Arc::new(State {
        configuration: Arc::new(configuration.expect("valid documents")),
        metrics,
        extra: None,
        drain: Arc::default(),
        pressure: Arc::default(),
        serving: AtomicBool::new(false),
        stop: Arc::default(),
        settings,
    })
}

/// Talks to the pages as `client` wants, on a clock that jumps to whatever is waited for; returns
/// how long the connection lasted on it.
fn conversation<F: Future<Output = ()>>(client: impl FnOnce(DuplexStream) -> F) -> Duration {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let start = Instant::now();
        let (ours, theirs) = duplex(64 * 1_024);
        tokio::join!(converse(ours, state(), true), client(theirs));
        start.elapsed()
    })
}

#[test]
fn a_head_that_does_not_arrive_is_not_waited_for() {
    let lasted = conversation(|mut client| async move {
        client
            .write_all(b"GET /live HTTP/1.1\r\nhost:")
            .await
            .expect("sent");
        let mut rest = Vec::new();
        client.read_to_end(&mut rest).await.expect("closed");
    });
    assert!(lasted >= HEAD && lasted < HEAD * 2, "{lasted:?}");
}

#[test]
fn an_idle_connection_is_closed() {
    let lasted = conversation(|mut client| async move {
        client
            .write_all(b"GET /live HTTP/1.1\r\nhost: localhost\r\n\r\n")
            .await
            .expect("sent");
        let mut text = String::new();
        client.read_to_string(&mut text).await.expect("closed");
        assert!(
            text.starts_with("HTTP/1.1 200 OK\r\n") && text.ends_with("live\n"),
            "{text}"
        );
    });
    assert!(lasted >= HEAD && lasted < HEAD * 2, "{lasted:?}");
}

#[test]
fn a_client_that_does_not_read_is_left() {
    let lasted = conversation(|mut client| async move {
        let ask = b"GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(1_000);
        // more answers than fit in between; at last the other side is gone
        while client.write_all(&ask).await.is_ok() {}
    });
    assert!(lasted >= AGE && lasted < AGE * 2, "{lasted:?}");
}

#[test]
fn it_is_not_ready_before_it_serves_and_once_it_drains() {
    let state = state();
    assert_eq!(state.unready(), Some("starting"));
    state.serving.store(true, Ordering::Relaxed);
    assert_eq!(state.unready(), None);
    state.drain.advance(Stage::Draining);
    assert_eq!(state.unready(), Some("draining"));
}
