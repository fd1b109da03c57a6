//! `Harness`: the hooks of a table without sockets, on a worker thread of its own.

mod drive;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use http1::EditKind;
use proxy::telemetry::log;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};

use self::drive::{Ask, FieldList, Message, Outcome, work};
use crate::plugins::Plugins;

/// Drives the hooks of a table without sockets.
#[pyclass(frozen, module = "pymesh._core")]
pub(crate) struct Harness {
    plugins: Arc<Plugins>,
    thread: Mutex<Option<(Sender<Message>, JoinHandle<()>)>>,
}

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

fn fields(headers: Vec<(String, String)>) -> FieldList {
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
        let ask = Box::new(Ask {
            method,
            path,
            query,
            authority,
            headers: fields(headers),
            address,
            identity,
            route,
            services: services.into_iter().map(Into::into).collect(),
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
            route: String::new(),
            services: Vec::new(),
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
        app::PluginHost::plugins_json(&*self.plugins)
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
