//! The admin pages: what an operator and a scraper may see, and the few things they may change.
//!
//! They have a listener of their own on loopback or a Unix socket, outside the limits of the
//! traffic, so that an overloaded proxy can still be asked why.

mod body;
mod guard;
mod pages;
mod redact;
mod reply;
mod socket;
mod views;

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use proxy::drain::{Drain, Stage};
use proxy::pressure::Pressure;
use proxy::telemetry::{MetricsRegistry, log};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Notify, Semaphore};

pub(crate) use socket::Listener;

use crate::PluginHost;
use crate::configuration::Configuration;
use crate::settings::Settings;

/// Connections at a time; more are closed unheard.
const CONNECTIONS: usize = 64;
/// For a request's head to arrive, and between two requests.
const HEAD: Duration = Duration::from_secs(10);
/// How old a connection may become: it bounds whatever else there is to wait for.
const AGE: Duration = Duration::from_mins(2);
/// Bytes of a request's head.
const HEAD_BYTES: usize = 16 * 1_024;
/// Fields of a request's head.
const FIELDS: usize = 64;
/// Pause after a connection could not be accepted for want of descriptors.
const BACK_OFF: Duration = Duration::from_millis(100);

/// What the pages show and change.
pub(crate) struct State {
    pub(crate) settings: Settings,
    pub(crate) configuration: Arc<Configuration>,
    pub(crate) metrics: Arc<MetricsRegistry>,
    pub(crate) extra: Option<Arc<dyn PluginHost>>,
    pub(crate) drain: Arc<Drain>,
    pub(crate) pressure: Arc<Pressure>,
    /// Set once all workers serve.
    pub(crate) serving: AtomicBool,
    /// Told when somebody asks for a drain.
    pub(crate) stop: Arc<Notify>,
}

impl State {
    /// Why the proxy should get no new requests; none if it should.
    fn unready(&self) -> Option<&'static str> {
        if self.drain.stage() != Stage::Serving {
            return Some("draining");
        }
        (!self.serving.load(Ordering::Relaxed)).then_some("starting")
    }
}

/// Serves the pages for ever.
pub(crate) async fn serve(listener: Listener, state: Arc<State>) {
    let permits = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        match listener.accept().await {
            Ok(connection) => {
                let Ok(permit) = Arc::clone(&permits).try_acquire_owned() else {
                    log::limited(
                        log::Level::Warn,
                        Duration::from_secs(10),
                        "admin_connections",
                        format_args!("more than {CONNECTIONS} admin connections, one was closed"),
                    );
                    continue;
                };
                let state = Arc::clone(&state);
                let over_tcp = listener.is_tcp();
                tokio::spawn(async move {
                    connection.serve(state, over_tcp).await;
                    drop(permit);
                });
            }
            Err(error) => {
                log::limited(
                    log::Level::Warn,
                    Duration::from_secs(10),
                    "admin_accept",
                    format_args!("cannot accept an admin connection: {error}"),
                );
                tokio::time::sleep(BACK_OFF).await;
            }
        }
    }
}

async fn converse(stream: impl AsyncRead + AsyncWrite + Unpin, state: Arc<State>, over_tcp: bool) {
    let service = service_fn(|request| {
        let state = Arc::clone(&state);
        async move { Ok::<_, Infallible>(pages::answer(&state, over_tcp, request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(HEAD_BYTES)
        .max_headers(FIELDS)
        .serve_connection(TokioIo::new(stream), service);
    // whether it ended by itself, broke or became too old, nobody is left to be told
    let _ = tokio::time::timeout(AGE, connection).await;
}

#[cfg(test)]
mod tests;
