//! What a rule does with a request, compiled.

use std::sync::Arc;

use super::substitution::Substitution;

/// What becomes of a request.
#[derive(Clone, Debug)]
pub enum Action {
    /// It goes to one of the rule's destinations.
    Forward,
    /// The client is sent elsewhere; see [`super::redirect_location`].
    Redirect(Redirect),
    /// The proxy answers.
    Respond(DirectResponse),
}

/// A redirect; what is `None` stays as in the request.
#[derive(Clone, Debug)]
pub struct Redirect {
    /// `http` or `https`.
    pub scheme: Option<Box<str>>,
    /// The host, without a port.
    pub host: Option<Box<str>>,
    /// The port; 0 drops it.
    pub port: Option<u16>,
    /// The path.
    pub path: Option<PathRedirect>,
    /// The status of the answer.
    pub status: u16,
}

/// The path of a redirect.
#[derive(Clone, Debug)]
pub enum PathRedirect {
    /// This one; with a query it replaces the request's query, too.
    Full(Box<str>),
    /// The request's, with this in place of the part that was matched.
    Prefix(Box<str>),
}

/// An answer that the proxy gives itself.
#[derive(Clone, Debug)]
pub struct DirectResponse {
    /// Its status.
    pub status: u16,
    /// Its body.
    pub body: Arc<[u8]>,
}

/// What is changed in a request's target before it leaves.
#[derive(Clone, Debug)]
pub struct Rewrite {
    /// The authority; `None` keeps the request's.
    pub authority: Option<Box<str>>,
    /// The path; `None` keeps the request's.
    pub path: Option<PathRewrite>,
}

/// How a path is rewritten.
#[derive(Clone, Debug)]
pub enum PathRewrite {
    /// It becomes this.
    Full(Box<str>),
    /// This takes the place of the part that was matched.
    Prefix(Box<str>),
    /// Parts are replaced.
    Regex(Box<Substitution>),
}
