//! Answers of the admin pages and the fields that all of them have.

use hyper::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue,
    WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use hyper::{Response, StatusCode};

use super::body::PageBody;

pub(super) const TEXT: &str = "text/plain; charset=utf-8";
pub(super) const JSON: &str = "application/json";
/// Version 0.0.4 of the Prometheus text format.
pub(super) const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";

pub(super) type Reply = Response<PageBody>;

/// An answer with the fields that keep a browser from doing anything with it but show it.
pub(super) fn reply(status: StatusCode, content_type: &'static str, body: PageBody) -> Reply {
    let mut reply = Response::new(body);
    *reply.status_mut() = status;
    for (name, value) in [
        (CONTENT_TYPE, content_type),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        ),
        (CACHE_CONTROL, "no-store"),
    ] {
        reply
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    reply
}

/// A line of text.
pub(super) fn text(status: StatusCode, line: &str) -> Reply {
    reply(status, TEXT, PageBody::whole(format!("{line}\n")))
}

/// A JSON document.
pub(super) fn json(value: &impl serde::Serialize) -> Reply {
    match serde_json::to_vec_pretty(value) {
        Ok(mut bytes) => {
            bytes.push(b'\n');
            reply(StatusCode::OK, JSON, PageBody::whole(bytes))
        }
        Err(error) => text(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

/// The page is there, the method is not.
pub(super) fn method_not_allowed(allowed: &'static str) -> Reply {
    let line = format!("this page answers {allowed}");
    with(text(StatusCode::METHOD_NOT_ALLOWED, &line), ALLOW, allowed)
}

/// The token is missing or wrong.
pub(super) fn unauthorized() -> Reply {
    let line = "needs the admin token: authorization: Bearer TOKEN";
    with(
        text(StatusCode::UNAUTHORIZED, line),
        WWW_AUTHENTICATE,
        "Bearer",
    )
}

fn with(mut reply: Reply, name: HeaderName, value: &'static str) -> Reply {
    reply
        .headers_mut()
        .insert(name, HeaderValue::from_static(value));
    reply
}
