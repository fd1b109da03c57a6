//! A worker on a thread of its own, between a test's client and its origins.
#![allow(dead_code, reason = "each test binary uses its own part")]

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;

use arc_swap::ArcSwap;
use model::Documents;
use model::snapshot::Snapshot;
use proxy::accept::{Entrance, Permits};
use proxy::drain::{Drain, Stage};
use proxy::hooks::HookFactory;
use proxy::pressure::Pressure;
use proxy::settings::Settings;
use proxy::telemetry::{MetricsRegistry, Telemetry, Workload};
use proxy::worker;

/// A running worker.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    pub(crate) metrics: Arc<MetricsRegistry>,
    pub(crate) snapshot: Arc<ArcSwap<Snapshot>>,
    pub(crate) drain: Arc<Drain>,
    pub(crate) pressure: Arc<Pressure>,
    thread: Option<JoinHandle<()>>,
}

/// Documents that send everything to one service with these endpoints.
pub(crate) fn everything_to(origins: &[SocketAddr]) -> Documents {
    let endpoints: Vec<String> = origins
        .iter()
        .map(|origin| format!(r#"{{"address":"{origin}"}}"#))
        .collect();
    let json = format!(
        r#"{{"services":[{{"namespace":"default","name":"upstream","host":"upstream"}}],
            "endpoints":[{{"service":"default/upstream","endpoints":[{}]}}],
            "routes":[{{"host":"*","rules":[{{"name":"all",
                "destinations":[{{"service":"default/upstream"}}]}}]}}]}}"#,
        endpoints.join(",")
    );
    Documents::parse(json.as_bytes()).expect("well-formed documents")
}

/// Documents of a gateway with these rules and policies (JSON) before one endpoint.
pub(crate) fn gateway(origin: SocketAddr, rules: &str, policies: &str) -> Documents {
    let json = format!(
        r#"{{"services":[{{"namespace":"default","name":"upstream","host":"upstream"}}],
            "endpoints":[{{"service":"default/upstream","endpoints":[{{"address":"{origin}"}}]}}],
            "listeners":[{{"gateway":"default/web","name":"http","port":80}}],
            "policies":[{policies}],
            "routes":[{{"host":"*","gateway":"default/web","port":80,"rules":[{rules}]}}]}}"#
    );
    Documents::parse(json.as_bytes()).expect("well-formed documents")
}

impl Proxy {
    /// Starts a worker whose thread runs inside `around` (a test may count there).
    pub(crate) fn start_around(
        settings: Settings,
        documents: &Documents,
        hooks: Option<Arc<dyn HookFactory>>,
        connections: usize,
        around: impl FnOnce(Box<dyn FnOnce()>) + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound");
        // A worker of the gateways that the documents name, or of a client in the mesh.
        let gateways = documents.listeners.iter().map(|it| it.gateway.clone());
        let workload = model::workload::Workload {
            gateways: gateways.collect(),
            ..Default::default()
        };
        let entrance = match documents.listeners.first() {
            Some(listener) => Entrance::Gateway(listener.port),
            None => Entrance::Mesh,
        };
        let snapshot = Snapshot::compile(documents, &workload).expect("valid documents");
        let snapshot = Arc::new(ArcSwap::from_pointee(snapshot));
        let metrics = Arc::new(MetricsRegistry::new(&Workload::default()));
        let drain = Arc::new(Drain::new());
        let pressure = Arc::new(Pressure::default());
        let registry = Arc::clone(&metrics);
        let config = worker::Config {
            index: 0,
            listeners: vec![(entrance, listener)],
            settings,
            snapshot: Arc::clone(&snapshot),
            permits: Arc::new(Permits::new(connections)),
            pressure: Arc::clone(&pressure),
            drain: drain.watch(),
            hooks,
            telemetry: Box::new(move || Telemetry::new(&registry, 0, None)),
        };
        let thread = std::thread::spawn(move || {
            around(Box::new(move || {
                worker::run(config).expect("a worker that runs");
            }));
        });
        Self {
            address,
            metrics,
            snapshot,
            drain,
            pressure,
            thread: Some(thread),
        }
    }

    /// Starts a worker without hooks.
    pub(crate) fn start(settings: Settings, documents: &Documents) -> Self {
        Self::start_limited(1_000, settings, documents)
    }

    /// Starts a worker that takes at most `connections`.
    pub(crate) fn start_limited(
        connections: usize,
        settings: Settings,
        documents: &Documents,
    ) -> Self {
        Self::start_around(settings, documents, None, connections, |run| run())
    }

    /// Starts a worker with default settings in front of one origin.
    pub(crate) fn before(origin: SocketAddr) -> Self {
        Self::start(Settings::default(), &everything_to(&[origin]))
    }

    /// Drains and waits for the worker's end.
    pub(crate) fn stop(&mut self) {
        self.drain.advance(Stage::Draining);
        self.drain.advance(Stage::Ended);
        self.join();
    }

    /// Waits for the worker's end.
    pub(crate) fn join(&mut self) {
        if let Some(thread) = self.thread.take() {
            thread.join().expect("a worker that did not panic");
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stop();
    }
}
