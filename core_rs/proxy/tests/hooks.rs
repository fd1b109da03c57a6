//! The stages between route and wire, with hooks that decide at once or later.

mod support;

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use http1::Edits;
use model::request::RequestView;
use proxy::hooks::{
    Destination, HookFactory, Hooks, Phases, Reply, RequestVerdict, ResponseVerdict, ResponseView,
    RouteView, Step, Ticket,
};
use proxy::settings::Settings;
use proxy::telemetry::Record;
use support::{Proxy, everything_to};
use testkit::{Client, Origin, behaviours};

/// Calls that nobody has answered, with the task to wake.
type Waiting = Arc<Mutex<Vec<(Ticket, Option<Waker>)>>>;

/// Decides by the path: `/deny`, `/edit`, `/elsewhere`, `/never`, `/later`, else nothing.
struct ByPath {
    told: Sender<String>,
    waiting: Waiting,
    next: RefCell<u64>,
}

fn denied(status: u16, reason: &'static str) -> RequestVerdict {
    RequestVerdict {
        reply: Some(Box::new(Reply {
            status,
            headers: vec![("www-authenticate".to_owned(), b"Bearer".to_vec())],
            body: b"no\n".to_vec(),
            reason: Cow::Borrowed(reason),
            denied: true,
            plugin: Arc::from("by_path"),
        })),
        destination: None,
    }
}

fn sent_to(service: &str) -> RequestVerdict {
    RequestVerdict {
        reply: None,
        destination: Some(Box::new(Destination {
            services: vec![(Arc::from(service), 1)],
            plugin: Arc::from("by_path"),
        })),
    }
}

impl ByPath {
    fn tell(&self, what: impl Into<String>) {
        self.told.send(what.into()).expect("the test listens");
    }

    fn wait<T>(&self) -> Step<T> {
        *self.next.borrow_mut() += 1;
        let ticket = Ticket(*self.next.borrow());
        self.waiting
            .lock()
            .expect("not poisoned")
            .push((ticket, None));
        Step::Wait {
            ticket,
            deadline: Duration::from_millis(100),
        }
    }
}

impl Hooks for ByPath {
    fn phases(&self) -> Phases {
        Phases {
            request: true,
            response: true,
            telemetry: true,
        }
    }

    fn request(
        &self,
        request: &RequestView<'_>,
        route: RouteView<'_>,
        edits: &mut Edits,
    ) -> Step<RequestVerdict> {
        assert_eq!((route.name, route.service), ("all", "default/upstream"));
        match request.path {
            "/deny" => Step::Done(denied(401, "no token")),
            "/edit" => {
                edits.set("x-added", b"1").expect("a valid field");
                edits.remove("x-secret").expect("a valid name");
                Step::Done(RequestVerdict::default())
            }
            "/elsewhere" => Step::Done(sent_to("default/nowhere")),
            "/short" => Step::Done(sent_to("upstream")),
            "/never" | "/later" => self.wait(),
            _ => Step::Done(RequestVerdict::default()),
        }
    }

    fn custom(&self, _: &str, _: &RequestView<'_>, _: &mut Edits) -> Option<Step<RequestVerdict>> {
        None
    }

    fn poll_request(
        &self,
        ticket: Ticket,
        _edits: &mut Edits,
        context: &mut Context<'_>,
    ) -> Poll<Step<RequestVerdict>> {
        let mut waiting = self.waiting.lock().expect("not poisoned");
        match waiting.iter_mut().find(|(waits, _)| *waits == ticket) {
            Some((_, waker)) => {
                *waker = Some(context.waker().clone());
                Poll::Pending
            }
            None => Poll::Ready(Step::Done(denied(403, "decided later"))),
        }
    }

    fn expire_request(&self, ticket: Ticket, _edits: &mut Edits) -> Step<RequestVerdict> {
        self.tell(format!("expired {}", ticket.0));
        Step::Done(denied(503, "too late"))
    }

    fn response(
        &self,
        request: &RequestView<'_>,
        response: &ResponseView<'_>,
        edits: &mut Edits,
    ) -> Step<ResponseVerdict> {
        edits
            .add("x-seen", request.path.as_bytes())
            .expect("a valid field");
        assert_eq!(
            response.headers.first("Content-Type"),
            Some(&b"message/http"[..])
        );
        Step::Done(ResponseVerdict {
            status: Some(response.status + 1),
        })
    }

    fn poll_response(
        &self,
        _: Ticket,
        _: &mut Edits,
        _: &mut Context<'_>,
    ) -> Poll<Step<ResponseVerdict>> {
        Poll::Ready(Step::Done(ResponseVerdict::default()))
    }

    fn expire_response(&self, _: Ticket, _: &mut Edits) -> Step<ResponseVerdict> {
        Step::Done(ResponseVerdict::default())
    }

    fn cancel(&self, ticket: Ticket) {
        self.tell(format!("cancelled {}", ticket.0));
    }

    fn record(&self, request: &RequestView<'_>, record: &Record) {
        self.tell(format!(
            "{} {} {}",
            request.path, record.status, record.reason
        ));
    }

    fn flush(&self) {}
}

struct Factory {
    told: Sender<String>,
    waiting: Waiting,
}

impl HookFactory for Factory {
    fn make(&self, _worker: usize) -> Rc<dyn Hooks> {
        let (told, waiting) = (self.told.clone(), Arc::clone(&self.waiting));
        Rc::new(ByPath {
            told,
            waiting,
            next: RefCell::new(0),
        })
    }
}

struct Setup {
    origin: Origin,
    proxy: Proxy,
    told: Receiver<String>,
    waiting: Waiting,
}

fn setup() -> Setup {
    let (told, hears) = channel();
    let waiting = Arc::new(Mutex::new(Vec::new()));
    let factory = Arc::new(Factory {
        told,
        waiting: Arc::clone(&waiting),
    });
    let origin = Origin::start(behaviours::reflect).expect("an origin");
    let documents = everything_to(&[origin.address()]);
    let proxy = Proxy::start_around(Settings::default(), &documents, Some(factory), 100, |run| {
        run();
    });
    Setup {
        origin,
        proxy,
        told: hears,
        waiting,
    }
}

impl Setup {
    fn connect(&self) -> Client {
        Client::connect(self.proxy.address).expect("a proxy that listens")
    }

    fn hears(&self) -> String {
        self.told
            .recv_timeout(testkit::wait::PATIENCE)
            .expect("something is told")
    }
}

#[test]
fn a_denial_is_answered_and_the_connection_goes_on() {
    let setup = setup();
    let mut client = setup.connect();
    for _ in 0..2 {
        let response = client.get("/deny").expect("a response");
        assert_eq!(
            (response.status(), response.body.as_slice()),
            (401, &b"no\n"[..])
        );
        assert_eq!(response.value("x-pymesh-error"), Some("no token"));
        assert_eq!(response.value("www-authenticate"), Some("Bearer"));
        assert_eq!(setup.hears(), "/deny 401 no token");
    }
    assert!(setup.origin.requests().is_empty());
}

#[test]
fn edits_reach_the_upstream_and_the_client() {
    let setup = setup();
    let mut client = setup.connect();
    client
        .send("GET /edit HTTP/1.1\r\nhost: x\r\nx-secret: s\r\n\r\n")
        .expect("sent");
    let response = client.response().expect("a response");
    assert_eq!(
        (response.status(), response.value("x-seen")),
        (201, Some("/edit"))
    );
    let request = setup.origin.requests().pop().expect("a request");
    assert_eq!(
        (request.value("x-added"), request.value("x-secret")),
        (Some("1"), None)
    );
}

#[test]
fn a_service_that_does_not_exist_is_not_found() {
    let setup = setup();
    let response = setup.connect().get("/elsewhere").expect("a response");
    assert_eq!(
        (response.status(), response.value("x-pymesh-error")),
        (503, Some("no_such_service"))
    );
}

#[test]
fn a_service_of_the_rule_needs_no_namespace() {
    let setup = setup();
    let response = setup.connect().get("/short").expect("a response");
    assert_eq!(response.status(), 201);
}

#[test]
fn an_answer_from_another_thread_wakes_the_request() {
    let setup = setup();
    let mut client = setup.connect();
    client
        .send("GET /later HTTP/1.1\r\nhost: x\r\n\r\n")
        .expect("sent");
    let mut waker = None;
    assert!(testkit::eventually(|| {
        let mut waiting = setup.waiting.lock().expect("not poisoned");
        if waiting.first().is_some_and(|(_, waker)| waker.is_some()) {
            waker = waiting.pop().and_then(|(_, waker)| waker);
        }
        waker.is_some()
    }));
    waker.expect("found above").wake();
    assert_eq!(client.response().expect("a response").status(), 403);
    assert_eq!(setup.hears(), "/later 403 decided later");
}

#[test]
fn a_deadline_applies_the_failure_policy() {
    let setup = setup();
    let response = setup.connect().get("/never").expect("a response");
    assert_eq!(response.status(), 503);
    assert_eq!(setup.hears(), "expired 1");
    assert_eq!(setup.hears(), "/never 503 too late");
}

#[test]
fn a_client_that_leaves_cancels_the_call() {
    let setup = setup();
    let mut client = setup.connect();
    client
        .send("GET /never HTTP/1.1\r\nhost: x\r\n\r\n")
        .expect("sent");
    assert!(testkit::eventually(|| !setup
        .waiting
        .lock()
        .expect("not poisoned")
        .is_empty()));
    drop(client);
    assert_eq!(setup.hears(), "cancelled 1");
    assert_eq!(setup.hears(), "/never 0 client_left");
}
