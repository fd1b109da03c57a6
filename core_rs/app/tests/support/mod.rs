//! What the tests share: proxies of their own, requests and records.
#![allow(dead_code, reason = "each test binary uses its own part")]

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use app::{Error, Feed, PluginHost, Proxy, Settings, Stopper};
use model::request::{Headers, Peer, RequestView};
use model::snapshot::{Cluster, Snapshot};
use model::wire::Documents;
use proxy::telemetry::Record;

/// Documents that send everything to one service with this endpoint.
pub(crate) fn everything_to(origin: SocketAddr) -> Documents {
    let json = format!(
        r#"{{"services": [{{"namespace": "shop", "name": "web", "host": "web.example"}}],
            "endpoints": [{{"service": "shop/web", "endpoints": [{{"address": "{origin}"}}]}}],
            "routes": [{{"host": "*", "rules": [{{"name": "all",
                "destinations": [{{"service": "shop/web"}}]}}]}}]}}"#
    );
    Documents::parse(json.as_bytes()).expect("well-formed documents")
}

/// Documents of one service, `shop/web`, whose endpoint is known by its name alone.
pub(crate) fn everything_to_name(host: &str, port: u16) -> Documents {
    let json = format!(
        r#"{{"services": [{{"namespace": "shop", "name": "web", "host": "web.example"}}],
            "names": [{{"service": "shop/web", "slice": "name-0",
                "names": [{{"host": "{host}", "port": {port}}}]}}],
            "routes": [{{"host": "*", "rules": [{{"name": "all",
                "destinations": [{{"service": "shop/web"}}]}}]}}]}}"#
    );
    Documents::parse(json.as_bytes()).expect("well-formed documents")
}

/// The one cluster of [`everything_to`].
pub(crate) fn cluster() -> Arc<Cluster> {
    let documents = everything_to("127.0.0.1:9".parse().expect("an address"));
    let snapshot = Snapshot::compile(&documents, &model::workload::Workload::default())
        .expect("valid documents");
    let cluster = snapshot.clusters().next().cloned();
    cluster.expect("one service")
}

/// A proxy on a thread of its own, drained and joined in the end.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) admin: String,
    pub(crate) stopper: Stopper,
    thread: Option<JoinHandle<Result<(), Error>>>,
}

impl Running {
    /// Starts one; `settings` is JSON without the outer braces, behind the addresses.
    pub(crate) fn start(settings: &str, documents: Documents) -> Self {
        Self::start_with(settings, documents, None)
    }

    pub(crate) fn start_with(
        settings: &str,
        feed: impl Into<Feed>,
        extra: Option<Arc<dyn PluginHost>>,
    ) -> Self {
        let admin = if settings.contains("\"admin\"") {
            ""
        } else {
            r#""admin": "127.0.0.1:0","#
        };
        let json = format!(r#"{{"listen": ["127.0.0.1:0"], {admin} {settings}}}"#);
        let settings = Settings::from_json(json.as_bytes()).expect("valid settings");
        let proxy = Proxy::start(settings, feed, None, extra).expect("a proxy that starts");
        Self {
            address: proxy.addresses()[0],
            admin: proxy.admin().expect("an admin address").to_owned(),
            stopper: proxy.stopper(),
            thread: Some(std::thread::spawn(move || proxy.serve())),
        }
    }

    pub(crate) fn admin_address(&self) -> SocketAddr {
        self.admin.parse().expect("a TCP address")
    }

    /// Waits for its end.
    pub(crate) fn join(&mut self) -> Result<(), Error> {
        let thread = self.thread.take().expect("joined once");
        thread.join().expect("a control thread that does not panic")
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stopper.stop();
        if let Some(thread) = self.thread.take() {
            let ended = thread.join().expect("a control thread that does not panic");
            assert!(std::thread::panicking() || ended.is_ok(), "{ended:?}");
        }
    }
}

/// Header fields in a list.
pub(crate) struct Fields(pub(crate) Vec<(&'static str, Vec<u8>)>);

impl Headers for Fields {
    fn visit(&self, each: &mut dyn FnMut(&str, &[u8])) {
        self.0.iter().for_each(|(name, value)| each(name, value));
    }

    fn first<'s>(&'s self, name: &str) -> Option<&'s [u8]> {
        self.0.iter().find(|it| it.0 == name).map(|it| &*it.1)
    }

    fn visit_named(&self, name: &str, each: &mut dyn FnMut(&[u8])) {
        self.0
            .iter()
            .filter(|it| it.0 == name)
            .for_each(|it| each(&it.1));
    }
}

/// `GET /path?query` for web.example.
pub(crate) fn request(headers: &dyn Headers) -> RequestView<'_> {
    RequestView {
        method: "GET",
        scheme: "http",
        authority: "web.example",
        path: "/path",
        query: Some("query"),
        headers,
        peer: Peer {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 50_000)),
            client: IpAddr::V4(Ipv4Addr::LOCALHOST),
            identity: None,
        },
        port: 80,
        destination: None,
        sni: None,
        claims: None,
    }
}

/// A request that went well.
pub(crate) fn record(cluster: &Arc<Cluster>) -> Record {
    let mut record = Record::new(Instant::now());
    record.duration = Duration::from_micros(1_500);
    record.status = 200;
    record.request_bytes = 100;
    record.response_bytes = 2_000;
    record.route = Some("all".into());
    record.cluster = Some(Arc::clone(cluster));
    record.local_address = Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 8_080)));
    record.endpoint = Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 9)));
    record.upstream_duration = Some(Duration::from_millis(1));
    record.request_id = *b"0b7cd0a4-3a5e-4f4e-9d3f-6a3c0b1f2e11";
    record.attempts = 1;
    record
}

/// A folder that goes when it is dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("pymesh-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder for the test");
        Self(path)
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _gone_already = std::fs::remove_dir_all(&self.0);
    }
}
