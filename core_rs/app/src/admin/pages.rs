//! The pages.

use std::fmt::Write as _;
use std::time::Duration;

use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::{Method, Request, StatusCode};

use super::body::PageBody;
use super::reply::{self, Reply};
use super::{State, guard, views};
use crate::memory;

/// Bytes of a request's body, which no page has a use for.
const BODY_BYTES: usize = 4 * 1_024;
/// For a request's body to arrive.
const BODY: Duration = Duration::from_secs(5);

/// A page: its path, what it is for, and what answers which method.
struct Page {
    path: &'static str,
    help: &'static str,
    get: Option<fn(&State) -> Reply>,
    /// Gets the query, too.
    post: Option<fn(&State, &str) -> Reply>,
}

impl Page {
    const fn get(path: &'static str, help: &'static str, get: fn(&State) -> Reply) -> Self {
        Self {
            path,
            help,
            get: Some(get),
            post: None,
        }
    }
}

const PAGES: [Page; 11] = [
    Page::get("/help", "this list", help),
    Page::get("/live", "200 as long as the process answers", |_| {
        reply::text(StatusCode::OK, "live")
    }),
    Page::get(
        "/ready",
        "200 when serving, 503 when starting or draining",
        views::ready,
    ),
    Page::get("/metrics", "Prometheus metrics", views::metrics),
    Page::get(
        "/config",
        "settings and documents in force, without secrets",
        views::config,
    ),
    Page::get(
        "/clusters",
        "endpoints with their requests and connections",
        views::clusters,
    ),
    Page::get("/plugins", "plugins and their hooks", views::plugins),
    Page {
        path: "/logging",
        help: "the level of the log; POST ?level=error|warn|info|debug changes it",
        get: Some(views::logging),
        post: Some(views::set_logging),
    },
    Page {
        path: "/drain",
        help: "POST: no new connections, end those in flight, then end the process",
        get: None,
        post: Some(views::drain),
    },
    Page::get("/debug/memory", "memory of the process", |_| {
        reply::json(&memory::memory())
    }),
    Page::get(
        "/debug/work",
        "connections and requests in the works",
        views::work,
    ),
];

/// Answers one request.
pub(super) async fn answer(state: &State, over_tcp: bool, request: Request<Incoming>) -> Reply {
    if over_tcp && let Err(refusal) = guard::check_host(&request) {
        return *refusal;
    }
    let path = if request.uri().path() == "/" {
        "/help"
    } else {
        request.uri().path()
    };
    let Some(page) = PAGES.iter().find(|page| page.path == path) else {
        return reply::text(StatusCode::NOT_FOUND, "no such page; /help lists them");
    };
    match (request.method(), page.get, page.post) {
        // hyper leaves the body of an answer to HEAD out
        (&Method::GET | &Method::HEAD, Some(get), _) => get(state),
        (&Method::POST, _, Some(post)) => {
            if over_tcp
                && let Err(refusal) =
                    guard::check_token(&request, state.settings.admin_token.as_ref())
            {
                return *refusal;
            }
            let query = request.uri().query().unwrap_or_default().to_owned();
            match read(request).await {
                Ok(()) => post(state, &query),
                Err(refusal) => *refusal,
            }
        }
        (_, Some(_), Some(_)) => reply::method_not_allowed("GET, HEAD, POST"),
        (_, Some(_), None) => reply::method_not_allowed("GET, HEAD"),
        (_, None, _) => reply::method_not_allowed("POST"),
    }
}

/// Reads a body that nobody wants, so that the connection can go on.
async fn read(request: Request<Incoming>) -> Result<(), Box<Reply>> {
    let body = Limited::new(request.into_body(), BODY_BYTES).collect();
    let (status, line) = match tokio::time::timeout(BODY, body).await {
        Ok(Ok(_)) => return Ok(()),
        Ok(Err(_)) => (StatusCode::PAYLOAD_TOO_LARGE, "no body is needed"),
        Err(_) => (
            StatusCode::REQUEST_TIMEOUT,
            "the body did not arrive in time",
        ),
    };
    Err(Box::new(reply::text(status, line)))
}

fn help(_: &State) -> Reply {
    let mut out = String::new();
    for page in &PAGES {
        let method = if page.get.is_some() { "GET" } else { "POST" };
        let _ = writeln!(out, "{method:4} {:14} {}", page.path, page.help);
    }
    out.push_str("\nOver TCP, POST needs the admin token: authorization: Bearer TOKEN\n");
    reply::reply(StatusCode::OK, reply::TEXT, PageBody::whole(out))
}
