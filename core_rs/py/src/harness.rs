//! `Harness`: the hooks of a table without sockets, on a worker thread of its own.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use http1::{EditKind, Edits};
use model::request::{Headers as ModelHeaders, Peer, RequestView};
use proxy::hooks::{Hooks, RequestVerdict, ResponseView, RouteView, Step};
use proxy::telemetry::{Record, log};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};

use crate::plugins::Plugins;
use crate::worker::Worker;

/// What is asked of the worker thread.
#[derive(Clone, Debug)]
struct Ask {
    method: String,
    path: String,
    query: Option<String>,
    authority: String,
    headers: Vec<(String, Vec<u8>)>,
    address: SocketAddr,
    identity: Option<String>,
    route: (String, Vec<Arc<str>>, String),
    /// The response's status and fields, to run `on_response` instead of the request's hooks.
    response: Option<(u16, Vec<(String, Vec<u8>)>)>,
    repeat: usize,
    concurrent: usize,
}

/// One call's end.
#[derive(Debug, Default)]
struct Outcome {
    verdict: RequestVerdict,
    status: Option<u16>,
    edits: Vec<(EditKind, String, Vec<u8>)>,
    /// How often the call waited for the dispatcher.
    waits: u32,
    expired: u32,
}

enum Message {
    Ask(Box<Ask>, Sender<(Vec<Outcome>, Duration)>),
    Record(Box<Ask>, u16, usize),
    Flush(Sender<()>),
}

struct Fields<'a>(&'a [(String, Vec<u8>)]);

impl ModelHeaders for Fields<'_> {
    fn visit(&self, each: &mut dyn FnMut(&str, &[u8])) {
        self.0.iter().for_each(|(name, value)| each(name, value));
    }

    fn first<'s>(&'s self, name: &str) -> Option<&'s [u8]> {
        let mut named = self
            .0
            .iter()
            .filter(|(field, _)| field.eq_ignore_ascii_case(name));
        named.next().map(|(_, value)| value.as_slice())
    }

    fn visit_named(&self, name: &str, each: &mut dyn FnMut(&[u8])) {
        let named = self
            .0
            .iter()
            .filter(|(field, _)| field.eq_ignore_ascii_case(name));
        named.for_each(|(_, value)| each(value));
    }
}

impl Ask {
    fn view<'a>(&'a self, headers: &'a Fields<'a>) -> RequestView<'a> {
        RequestView {
            method: &self.method,
            scheme: "http",
            authority: &self.authority,
            path: &self.path,
            query: self.query.as_deref(),
            headers,
            peer: Peer {
                address: self.address,
                client: self.address.ip(),
                identity: self.identity.as_deref(),
            },
        }
    }
}

/// Makes one call as the proxy makes it.
async fn call(hooks: Rc<Worker>, ask: Arc<Ask>) -> Outcome {
    let mut outcome = Outcome::default();
    let mut edits = Edits::new();
    {
        let fields = Fields(&ask.headers);
        let view = ask.view(&fields);
        if let Some((status, response)) = &ask.response {
            let fields = Fields(response);
            let response = ResponseView {
                status: *status,
                headers: &fields,
            };
            let mut step = hooks.response(&view, &response, &mut edits);
            outcome.status = loop {
                match step {
                    Step::Done(verdict) => break verdict.status,
                    Step::Wait { ticket, deadline } => {
                        outcome.waits += 1;
                        let poll = std::future::poll_fn(|context| {
                            hooks.poll_response(ticket, &mut edits, context)
                        });
                        step = match tokio::time::timeout(deadline, poll).await {
                            Ok(step) => step,
                            Err(_) => {
                                outcome.expired += 1;
                                hooks.expire_response(ticket, &mut edits)
                            }
                        };
                    }
                }
            };
        } else {
            let route = RouteView {
                name: &ask.route.0,
                services: &ask.route.1,
                service: &ask.route.2,
            };
            let mut step = hooks.request(&view, route, &mut edits);
            outcome.verdict = loop {
                match step {
                    Step::Done(verdict) => break verdict,
                    Step::Wait { ticket, deadline } => {
                        outcome.waits += 1;
                        let poll = std::future::poll_fn(|context| {
                            hooks.poll_request(ticket, &mut edits, context)
                        });
                        step = match tokio::time::timeout(deadline, poll).await {
                            Ok(step) => step,
                            Err(_) => {
                                outcome.expired += 1;
                                hooks.expire_request(ticket, &mut edits)
                            }
                        };
                    }
                }
            };
        }
    }
    let owned = |(kind, name, value): (EditKind, &str, &[u8])| (kind, name.into(), value.into());
    outcome.edits = edits.iter().map(owned).collect();
    outcome
}

/// Repeats a call and keeps the last outcome of each of the concurrent ones.
async fn repeat(hooks: &Rc<Worker>, ask: Arc<Ask>) -> (Vec<Outcome>, Duration) {
    let start = Instant::now();
    let mut outcomes = Vec::new();
    if ask.concurrent == 1 {
        for _ in 1..ask.repeat {
            call(Rc::clone(hooks), Arc::clone(&ask)).await;
        }
        outcomes.push(call(Rc::clone(hooks), ask).await);
        return (outcomes, start.elapsed());
    }
    let tasks: Vec<_> = (0..ask.concurrent)
        .map(|_| {
            let (hooks, ask) = (Rc::clone(hooks), Arc::clone(&ask));
            tokio::task::spawn_local(async move {
                for _ in 1..ask.repeat {
                    call(Rc::clone(&hooks), Arc::clone(&ask)).await;
                }
                call(hooks, ask).await
            })
        })
        .collect();
    for task in tasks {
        outcomes.extend(task.await);
    }
    (outcomes, start.elapsed())
}

/// The worker thread: runs until the last sender is gone.
fn work(plugins: &Plugins, messages: &Receiver<Message>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build_local(tokio::runtime::LocalOptions::default());
    let Ok(runtime) = runtime else {
        return;
    };
    let hooks = Rc::new(Worker::new(Arc::clone(&plugins.shared)));
    while let Ok(message) = messages.recv() {
        hooks.phases();
        match message {
            Message::Ask(ask, answer) => {
                let asked = runtime.block_on(repeat(&hooks, Arc::new(*ask)));
                // The asker may have been interrupted.
                let _ = answer.send(asked);
            }
            Message::Record(ask, status, count) => {
                let fields = Fields(&ask.headers);
                let mut record = Record::new(Instant::now());
                record.status = status;
                record.attempts = 1;
                for _ in 0..count {
                    hooks.record(&ask.view(&fields), &record);
                }
            }
            Message::Flush(answer) => {
                hooks.flush();
                let _ = answer.send(());
            }
        }
    }
}

/// Drives the hooks of a table without sockets.
#[pyclass(frozen, module = "pymesh._core")]
pub(crate) struct Harness {
    plugins: Arc<Plugins>,
    thread: Mutex<Option<(Sender<Message>, JoinHandle<()>)>>,
}

type Fieldlist = Vec<(String, Vec<u8>)>;

impl Harness {
    fn send(&self, message: Message) -> PyResult<()> {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = thread.as_ref().map(|(sender, _)| sender.send(message));
        match sent {
            Some(Ok(())) => Ok(()),
            _ => Err(PyRuntimeError::new_err("the harness is closed")),
        }
    }
}

fn fields(headers: Vec<(String, String)>) -> Fieldlist {
    let bytes = |value: String| value.chars().map(|character| character as u8).collect();
    headers
        .into_iter()
        .map(|(name, value)| (name, bytes(value)))
        .collect()
}

#[pymethods]
impl Harness {
    #[new]
    #[pyo3(signature = (table, *, inline = true))]
    fn new(py: Python<'_>, table: &Bound<'_, PyAny>, inline: bool) -> PyResult<Self> {
        let plugins = Arc::new(Plugins::start(py, table, inline)?);
        let (sender, receiver) = channel();
        let used = Arc::clone(&plugins);
        let thread = thread::Builder::new()
            .name("pymesh-harness".into())
            .spawn(move || work(&used, &receiver))?;
        Ok(Self {
            plugins,
            thread: Mutex::new(Some((sender, thread))),
        })
    }

    #[pyo3(signature = (
        method = "GET".to_owned(), path = "/".to_owned(), headers = Vec::new(), *, query = None,
        authority = "localhost".to_owned(), address = "127.0.0.1:50000", identity = None,
        route = "default/upstream".to_owned(), services = vec!["default/upstream".to_owned()],
        response = None, repeat = 1, concurrent = 1,
    ))]
    #[expect(
        clippy::too_many_arguments,
        reason = "a request has as many parts, all with defaults"
    )]
    fn call<'py>(
        &self,
        py: Python<'py>,
        method: String,
        path: String,
        headers: Vec<(String, String)>,
        query: Option<String>,
        authority: String,
        address: &str,
        identity: Option<String>,
        route: String,
        services: Vec<String>,
        response: Option<(u16, Vec<(String, String)>)>,
        repeat: usize,
        concurrent: usize,
    ) -> PyResult<Bound<'py, PyAny>> {
        let address = address
            .parse()
            .map_err(|_| PyValueError::new_err(format!("{address} is no address")))?;
        let service = services.first().cloned().unwrap_or_default();
        let services = services.into_iter().map(Into::into).collect();
        let ask = Box::new(Ask {
            method,
            path,
            query,
            authority,
            headers: fields(headers),
            address,
            identity,
            route: (route, services, service),
            response: response.map(|(status, headers)| (status, fields(headers))),
            repeat: repeat.max(1),
            concurrent: concurrent.max(1),
        });
        let (sender, receiver) = channel();
        self.send(Message::Ask(ask, sender))?;
        let (outcomes, duration) = py
            .detach(move || receiver.recv())
            .map_err(|_| PyRuntimeError::new_err("the harness's worker has ended"))?;
        let shown = outcomes
            .iter()
            .map(|outcome| show(py, outcome, duration))
            .collect::<PyResult<Vec<_>>>()?;
        match <[_; 1]>::try_from(shown) {
            Ok([only]) => Ok(only.into_any()),
            Err(many) => Ok(PyList::new(py, many)?.into_any()),
        }
    }

    #[pyo3(signature = (method = "GET".to_owned(), path = "/".to_owned(), *, status = 200, count = 1))]
    fn record(&self, method: String, path: String, status: u16, count: usize) -> PyResult<()> {
        let ask = Ask {
            method,
            path,
            query: None,
            authority: "localhost".into(),
            headers: Vec::new(),
            address: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 50000),
            identity: None,
            route: (String::new(), Vec::new(), String::new()),
            response: None,
            repeat: 1,
            concurrent: 1,
        };
        self.send(Message::Record(Box::new(ask), status, count))
    }

    fn flush(&self, py: Python<'_>) -> PyResult<()> {
        let (sender, receiver) = channel();
        self.send(Message::Flush(sender))?;
        py.detach(move || receiver.recv())
            .map_err(|_| PyRuntimeError::new_err("the harness's worker has ended"))?;
        py.detach(|| log::flush(Duration::from_secs(1)));
        Ok(())
    }

    fn metrics(&self) -> String {
        let mut out = String::new();
        self.plugins.shared.render(&mut out);
        out
    }

    fn plugins(&self) -> String {
        app::ExtraMetrics::plugins_json(&*self.plugins)
    }

    fn close(&self, py: Python<'_>) -> PyResult<bool> {
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some((sender, thread)) = thread else {
            return Ok(true);
        };
        drop(sender);
        let ended = py.detach(|| {
            let _ended = thread.join();
            let ended = self.plugins.stop();
            log::flush(Duration::from_secs(1));
            ended
        });
        self.plugins.close(py)?;
        Ok(ended)
    }
}

fn show<'py>(
    py: Python<'py>,
    outcome: &Outcome,
    duration: Duration,
) -> PyResult<Bound<'py, PyDict>> {
    let shown = PyDict::new(py);
    let reply = match &outcome.verdict.reply {
        None => None,
        Some(reply) => {
            let dict = PyDict::new(py);
            dict.set_item("status", reply.status)?;
            dict.set_item("reason", &*reply.reason)?;
            let header =
                |(name, value): &(String, Vec<u8>)| (name.clone(), PyBytes::new(py, value));
            dict.set_item(
                "headers",
                reply.headers.iter().map(header).collect::<Vec<_>>(),
            )?;
            dict.set_item("body", PyBytes::new(py, &reply.body))?;
            dict.set_item("denied", reply.denied)?;
            dict.set_item("plugin", &*reply.plugin)?;
            Some(dict)
        }
    };
    shown.set_item("reply", reply)?;
    let destination = outcome.verdict.destination.as_ref().map(|destination| {
        let service = |(name, weight): &(Arc<str>, u32)| (name.to_string(), *weight);
        destination.services.iter().map(service).collect::<Vec<_>>()
    });
    shown.set_item("destination", destination)?;
    shown.set_item("status", outcome.status)?;
    let edits = outcome.edits.iter().map(|(kind, name, value)| {
        let kind = match kind {
            EditKind::Set => "set",
            EditKind::Add => "add",
            EditKind::Remove => "remove",
        };
        (kind, name.clone(), PyBytes::new(py, value))
    });
    shown.set_item("edits", edits.collect::<Vec<_>>())?;
    shown.set_item("waits", outcome.waits)?;
    shown.set_item("expired", outcome.expired)?;
    shown.set_item("seconds", duration.as_secs_f64())?;
    Ok(shown)
}
