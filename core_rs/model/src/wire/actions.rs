//! What a rule does with a request other than choosing its destination.

use super::defaults::{is_default, is_yes, yes};
use super::matches::StringMatch;

/// A redirect; what is left out stays as in the request.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct RedirectEntry {
    /// `http` or `https`; empty keeps the request's.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub scheme: String,
    /// The host without a port; empty keeps the request's.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub host: String,
    /// The port; 0 drops it; absent keeps the request's. The scheme's own port is never written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The path; absent keeps the request's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathRedirect>,
    /// 301, 302, 303, 307 or 308.
    #[serde(default = "found", skip_serializing_if = "is_found")]
    pub status: u16,
}

impl Default for RedirectEntry {
    fn default() -> Self {
        Self {
            scheme: String::new(),
            host: String::new(),
            port: None,
            path: None,
            status: found(),
        }
    }
}

fn found() -> u16 {
    302
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_found(status: &u16) -> bool {
    *status == found()
}

/// The path of a redirect.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum PathRedirect {
    /// This one, whatever the request's.
    Full {
        /// The path; with a query it replaces the request's query, too.
        value: String,
    },
    /// The request's, with this in place of the part that the rule's path match matched.
    Prefix {
        /// What takes its place.
        value: String,
    },
}

/// An answer that the proxy gives itself.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct DirectResponseEntry {
    /// The status, 200 to 599.
    pub status: u16,
    /// The body as text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub body: String,
    /// The body in base64; not together with `body`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub body_base64: String,
}

/// What is changed in a request's target before it leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct RewriteEntry {
    /// The authority; empty keeps the request's.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub authority: String,
    /// The path; absent keeps the request's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathRewrite>,
}

/// How a path is rewritten.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum PathRewrite {
    /// It becomes this.
    Full {
        /// The path.
        value: String,
    },
    /// This takes the place of the part that the rule's path match matched; of all of it where
    /// that is exact or an expression.
    Prefix {
        /// What takes its place.
        value: String,
    },
    /// Every part that matches `pattern` becomes `substitution`.
    Regex {
        /// The expression; it need not match the whole path.
        pattern: String,
        /// What takes its place: `\1` is the first group, `\0` all of the part, `\\` a backslash.
        substitution: String,
    },
}

/// Which other origins' pages may read the answers (Fetch standard, CORS).
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct CorsEntry {
    /// The origins, such as `https://app.example`; an exact `*` is every one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allow_origins: Vec<StringMatch>,
    /// Methods that a page may use.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allow_methods: Vec<String>,
    /// Request fields that a page may set.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allow_headers: Vec<String>,
    /// Response fields that a page may read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub expose_headers: Vec<String>,
    /// How long a browser may keep a preflight's answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age_seconds: Option<u64>,
    /// Whether a page may send credentials.
    #[serde(skip_serializing_if = "is_default")]
    pub allow_credentials: bool,
    /// Whether a preflight from an origin that is not listed still goes to the destination.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub forward_unmatched_preflights: bool,
}

impl Default for CorsEntry {
    fn default() -> Self {
        Self {
            allow_origins: Vec::new(),
            allow_methods: Vec::new(),
            allow_headers: Vec::new(),
            expose_headers: Vec::new(),
            max_age_seconds: None,
            allow_credentials: false,
            forward_unmatched_preflights: true,
        }
    }
}
