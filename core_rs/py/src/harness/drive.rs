//! The worker thread of a harness: makes calls as the proxy makes them.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use http1::{EditKind, Edits};
use model::request::{Headers, Peer, RequestView};
use proxy::hooks::{Hooks, RequestVerdict, ResponseView, RouteView, Step, Ticket};
use proxy::telemetry::Record;

use crate::plugins::Plugins;
use crate::worker::Worker;

/// What is asked of the worker thread.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: Option<String>,
    pub(super) authority: String,
    pub(super) headers: FieldList,
    pub(super) address: SocketAddr,
    pub(super) identity: Option<String>,
    pub(super) route: String,
    pub(super) services: Vec<Arc<str>>,
    /// The response's status and fields, to run `on_response` instead of the request's hooks.
    pub(super) response: Option<(u16, FieldList)>,
    pub(super) repeat: usize,
    pub(super) concurrent: usize,
}

/// One call's end.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) verdict: RequestVerdict,
    pub(super) status: Option<u16>,
    pub(super) edits: Vec<(EditKind, String, Vec<u8>)>,
    /// How often the call waited for the dispatcher.
    pub(super) waits: u32,
    pub(super) expired: u32,
}

pub(super) enum Message {
    Ask(Box<Ask>, Sender<(Vec<Outcome>, Duration)>),
    Record(Box<Ask>, u16, usize),
    Flush(Sender<()>),
}

/// A head's fields.
pub(super) type FieldList = Vec<(String, Vec<u8>)>;

struct Fields<'a>(&'a [(String, Vec<u8>)]);

impl Headers for Fields<'_> {
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
            port: 80,
            destination: None,
            sni: None,
            claims: None,
        }
    }
}

/// Waits for a call as the proxy does.
async fn wait<T>(
    hooks: &Worker,
    mut step: Step<T>,
    edits: &mut Edits,
    outcome: &mut Outcome,
    poll: impl Fn(&Worker, Ticket, &mut Edits, &mut Context<'_>) -> Poll<Step<T>>,
    expire: impl Fn(&Worker, Ticket, &mut Edits) -> Step<T>,
) -> T {
    loop {
        let (ticket, deadline) = match step {
            Step::Done(verdict) => return verdict,
            Step::Wait { ticket, deadline } => (ticket, deadline),
        };
        outcome.waits += 1;
        let answer = poll_fn(|context| poll(hooks, ticket, edits, context));
        let answer = tokio::time::timeout(deadline, answer).await;
        step = answer.unwrap_or_else(|_| {
            outcome.expired += 1;
            expire(hooks, ticket, edits)
        });
    }
}

/// Makes one call as the proxy makes it.
async fn call(hooks: Rc<Worker>, ask: Arc<Ask>) -> Outcome {
    let mut outcome = Outcome::default();
    let mut edits = Edits::new();
    let received = Fields(&ask.headers);
    let view = ask.view(&received);
    if let Some((status, response)) = &ask.response {
        let headers = Fields(response);
        let response = ResponseView {
            status: *status,
            headers: &headers,
        };
        let step = hooks.response(&view, &response, &mut edits);
        let ended = wait(
            &hooks,
            step,
            &mut edits,
            &mut outcome,
            Hooks::poll_response,
            Hooks::expire_response,
        );
        outcome.status = ended.await.status;
    } else {
        let route = RouteView {
            name: &ask.route,
            services: &ask.services,
            service: ask.services.first().map_or("", |service| service),
        };
        let step = hooks.request(&view, route, &mut edits);
        let ended = wait(
            &hooks,
            step,
            &mut edits,
            &mut outcome,
            Hooks::poll_request,
            Hooks::expire_request,
        );
        outcome.verdict = ended.await;
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
pub(super) fn work(plugins: &Plugins, messages: &Receiver<Message>) {
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
                hooks.look_around();
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
