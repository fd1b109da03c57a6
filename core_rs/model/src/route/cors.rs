//! Cross-origin resource sharing: which pages of other origins may read the answers of a route.
//!
//! The protocol is that of the Fetch standard; what is decided follows Envoy's CORS filter, whose
//! words Istio's `corsPolicy` and Gateway API's `HTTPCORSFilter` use. A request without `origin`
//! is none of its business. CORS protects a user in a browser: it never stops a request itself,
//! it only leaves out the fields without which a browser keeps the answer from the page.

use std::fmt::Write as _;

use super::condition::{Comparison, TextCondition};
use crate::request::{Headers, RequestView};

/// Fields of a response and their values.
pub type Fields = Vec<(&'static str, String)>;

/// Who may read, and what for.
#[derive(Clone, Debug)]
pub struct Cors {
    pub(crate) allow_origins: Vec<TextCondition>,
    pub(crate) allow_methods: Allowed,
    pub(crate) allow_headers: Allowed,
    pub(crate) expose_headers: Option<Box<str>>,
    pub(crate) max_age_seconds: Option<u64>,
    pub(crate) allow_credentials: bool,
    pub(crate) forward_unmatched_preflights: bool,
}

/// What a list of methods or names allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Allowed {
    /// Nothing is said.
    Unsaid,
    /// These, joined.
    Listed(Box<str>),
    /// Everything (`*`).
    All,
}

/// What becomes of a request at a route with CORS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Preflight {
    /// It is no preflight, or one that the destination answers: it goes on.
    Forward,
    /// The proxy answers 200 with these fields and no body. Without fields the browser refuses
    /// the page what it asked for.
    Answer(Fields),
}

/// What the route does with `request`.
///
/// A preflight is `OPTIONS` with an `origin` and an `access-control-request-method`. From an origin
/// that may not read, it goes on to the destination, which may know better, unless the route says
/// otherwise.
#[must_use]
pub fn preflight(cors: &Cors, request: &RequestView<'_>) -> Preflight {
    let asked = |name: &str| {
        let value = request
            .headers
            .first(name)
            .filter(|value| !value.is_empty());
        value.and_then(field_value)
    };
    let (Some(origin), Some(method)) = (asked("origin"), asked("access-control-request-method"))
    else {
        return Preflight::Forward;
    };
    if request.method != "OPTIONS" {
        return Preflight::Forward;
    }
    if !cors.allows(origin) {
        return if cors.forward_unmatched_preflights {
            Preflight::Forward
        } else {
            Preflight::Answer(Fields::new())
        };
    }
    let mut fields = cors.for_origin(origin);
    if let Some(methods) = cors
        .allow_methods
        .value(cors.allow_credentials, Some(method))
    {
        fields.push(("access-control-allow-methods", methods));
    }
    let headers = asked("access-control-request-headers");
    if let Some(headers) = cors.allow_headers.value(cors.allow_credentials, headers) {
        fields.push(("access-control-allow-headers", headers));
    }
    if let Some(seconds) = cors.max_age_seconds {
        let mut value = String::new();
        // Writing to a String cannot fail.
        let _ = write!(value, "{seconds}");
        fields.push(("access-control-max-age", value));
    }
    Preflight::Answer(fields)
}

/// The fields to set on the response to a request with these header fields, in place of what the
/// destination said; none if the request has no origin, or one that may not read.
#[must_use]
pub fn response_fields(cors: &Cors, request_headers: &dyn Headers) -> Fields {
    let origin = request_headers.first("origin").and_then(field_value);
    let Some(origin) = origin.filter(|origin| cors.allows(origin)) else {
        return Fields::new();
    };
    let mut fields = cors.for_origin(origin);
    if let Some(names) = &cors.expose_headers {
        fields.push(("access-control-expose-headers", names.to_string()));
    }
    fields
}

impl Cors {
    /// Whether pages of `origin` may read.
    #[must_use]
    pub fn allows(&self, origin: &str) -> bool {
        self.allow_origins.iter().any(|one| {
            matches!(&one.comparison, Comparison::Exact(text) if **text == *b"*")
                || one.holds(origin.as_bytes())
        })
    }

    /// The origin itself is named, even where all may read: `*` would not do with credentials,
    /// and a cache must not serve one origin's answer to another.
    fn for_origin(&self, origin: &str) -> Fields {
        let mut fields = vec![("access-control-allow-origin", origin.to_owned())];
        if self.allow_credentials {
            fields.push(("access-control-allow-credentials", "true".to_owned()));
        }
        fields
    }
}

impl Allowed {
    /// `list`, joined.
    pub(crate) fn new(list: &[String]) -> Self {
        if list.is_empty() {
            Self::Unsaid
        } else if list.iter().any(|one| one == "*") {
            Self::All
        } else {
            Self::Listed(list.join(",").into())
        }
    }

    /// The field's value. With credentials `*` would be read as a name, so what was asked for is
    /// named instead.
    fn value(&self, credentials: bool, asked: Option<&str>) -> Option<String> {
        match self {
            Self::Unsaid => None,
            Self::Listed(list) => Some(list.to_string()),
            Self::All if credentials => asked.map(str::to_owned),
            Self::All => Some("*".to_owned()),
        }
    }
}

/// The text of a field that may be repeated in an answer: visible ASCII and spaces, so that no
/// value can end its line.
fn field_value(value: &[u8]) -> Option<&str> {
    let visible = value.iter().all(|byte| matches!(byte, 0x20..=0x7e));
    visible.then(|| std::str::from_utf8(value).ok()).flatten()
}

#[cfg(test)]
mod tests;
