//! What a rule does with a request, checked and compiled.

use super::base64;
use super::conditions;
use super::fields::check_token;
use super::hosts::{is_authority, is_host};
use super::patterns::Patterns;
use super::rules::{Fault, invalid};
use crate::error::ErrorCode;
use crate::path::{Normalization, Normalized, has_dot_segment, normalize};
use crate::route::cors::Allowed;
use crate::route::{Action, Cors, DirectResponse, PathRedirect, PathRewrite, Redirect, Rewrite};
use crate::wire::{
    self, CorsEntry, DirectResponseEntry, RedirectEntry, RewriteEntry, RouteRuleEntry,
};

/// The most that an answer of the proxy's own may hold, in bytes.
const BODY_BYTES: usize = 1 << 20;

/// What becomes of a rule's requests.
pub(super) fn action(entry: &RouteRuleEntry, place: &str) -> Result<Action, Fault> {
    let alone = |field: &str| {
        if entry.destinations.is_empty() && entry.rewrite.is_none() {
            Ok(())
        } else {
            let reason = "a rule that answers by itself has neither destinations nor a rewrite";
            Err(invalid(format!("{place}.{field}"), reason))
        }
    };
    match (&entry.redirect, &entry.direct_response) {
        (None, None) => Ok(Action::Forward),
        (Some(redirect), None) => {
            alone("redirect")?;
            let place = format!("{place}.redirect");
            Ok(Action::Redirect(self::redirect(redirect, &place)?))
        }
        (None, Some(response)) => {
            alone("direct_response")?;
            let place = format!("{place}.direct_response");
            Ok(Action::Respond(direct_response(response, &place)?))
        }
        (Some(_), Some(_)) => Err(invalid(
            format!("{place}.direct_response"),
            "cannot stand beside a redirect",
        )),
    }
}

fn redirect(entry: &RedirectEntry, place: &str) -> Result<Redirect, Fault> {
    if !matches!(entry.scheme.as_str(), "" | "http" | "https") {
        return Err(invalid(
            format!("{place}.scheme"),
            "must be `http` or `https`",
        ));
    }
    if !entry.host.is_empty() && !is_host(&entry.host) {
        return Err(invalid(
            format!("{place}.host"),
            "must be a host without a port",
        ));
    }
    if !matches!(entry.status, 301 | 302 | 303 | 307 | 308) {
        let reason = "must be 301, 302, 303, 307 or 308";
        return Err(invalid(format!("{place}.status"), reason));
    }
    let some = |text: &str| (!text.is_empty()).then(|| text.into());
    let field = || format!("{place}.path.value");
    let path = match &entry.path {
        None => None,
        Some(wire::PathRedirect::Full { value }) => {
            let (path, query) = match value.split_once('?') {
                Some((path, query)) => (path, Some(query)),
                None => (value.as_str(), None),
            };
            let mut full = canonical_path(path, field)?;
            if full.is_empty() {
                full.push('/');
            }
            if let Some(query) = query {
                if !query
                    .bytes()
                    .all(|byte| matches!(byte, b'!'..=b'~') && byte != b'#')
                {
                    return Err(invalid(field(), "the query holds what no query may hold"));
                }
                full.push('?');
                full.push_str(query);
            }
            Some(PathRedirect::Full(full.into()))
        }
        Some(wire::PathRedirect::Prefix { value }) => {
            Some(PathRedirect::Prefix(canonical_path(value, field)?.into()))
        }
    };
    Ok(Redirect {
        scheme: some(&entry.scheme),
        host: some(&entry.host),
        port: entry.port,
        path,
        status: entry.status,
    })
}

fn direct_response(entry: &DirectResponseEntry, place: &str) -> Result<DirectResponse, Fault> {
    if !(200..=599).contains(&entry.status) {
        return Err(invalid(format!("{place}.status"), "must be 200 to 599"));
    }
    let encoded = || format!("{place}.body_base64");
    let body = if entry.body_base64.is_empty() {
        entry.body.as_bytes().to_vec()
    } else if entry.body.is_empty() {
        base64::decode(&entry.body_base64)
            .ok_or_else(|| invalid(encoded(), "must be base64 (RFC 4648 section 4)"))?
    } else {
        return Err(invalid(encoded(), "cannot stand beside a body as text"));
    };
    if body.len() > BODY_BYTES {
        let reason = format!("{} bytes, at most {BODY_BYTES} are allowed", body.len());
        return Err((ErrorCode::TooMany, format!("{place}.body"), reason));
    }
    let status = entry.status;
    Ok(DirectResponse {
        status,
        body: body.into(),
    })
}

/// What is changed in the target of a rule's requests.
pub(super) fn rewrite(
    entry: &RewriteEntry,
    place: &str,
    patterns: &mut Patterns,
) -> Result<Rewrite, Fault> {
    if !entry.authority.is_empty() && !is_authority(&entry.authority) {
        let reason = "must be a host with or without a port";
        return Err(invalid(format!("{place}.authority"), reason));
    }
    let field = |name: &str| format!("{place}.path.{name}");
    let path = match &entry.path {
        None => None,
        Some(wire::PathRewrite::Full { value }) => {
            let mut full = canonical_path(value, || field("value"))?;
            if full.is_empty() {
                full.push('/');
            }
            Some(PathRewrite::Full(full.into()))
        }
        Some(wire::PathRewrite::Prefix { value }) => {
            let prefix = canonical_path(value, || field("value"))?;
            Some(PathRewrite::Prefix(prefix.into()))
        }
        Some(wire::PathRewrite::Regex {
            pattern,
            substitution,
        }) => {
            let places = (|| field("pattern"), || field("substitution"));
            let substitution = patterns.substitution(pattern, substitution, places.0, places.1)?;
            Some(PathRewrite::Regex(Box::new(substitution)))
        }
    };
    let authority = &entry.authority;
    Ok(Rewrite {
        authority: (!authority.is_empty()).then(|| authority.as_str().into()),
        path,
    })
}

/// A path, or the beginning of one, of an operator's: given a slash at its front where it lacks
/// one, and brought to canonical form. Nothing stays nothing.
fn canonical_path(text: &str, field: impl Fn() -> String) -> Result<String, Fault> {
    if text.is_empty() {
        return Ok(String::new());
    }
    let rooted = if text.starts_with('/') {
        text.to_owned()
    } else {
        format!("/{text}")
    };
    if has_dot_segment(&rooted) {
        return Err(invalid(field(), "must have no segment `.` or `..`"));
    }
    let mut canonical = String::new();
    match normalize(&rooted, Normalization::Base, &mut canonical) {
        Ok(Normalized::AsIs) => Ok(rooted),
        Ok(Normalized::InScratch) => Ok(canonical),
        Err(error) => Err(invalid(field(), error.to_string())),
    }
}

/// Which other origins' pages may read.
pub(super) fn cors(entry: &CorsEntry, place: &str, patterns: &mut Patterns) -> Result<Cors, Fault> {
    let mut allow_origins = Vec::with_capacity(entry.allow_origins.len());
    for (index, origin) in entry.allow_origins.iter().enumerate() {
        let place = format!("{place}.allow_origins[{index}]");
        allow_origins.push(conditions::text(origin, &place, patterns)?);
    }
    let lists = [
        ("allow_methods", &entry.allow_methods),
        ("allow_headers", &entry.allow_headers),
        ("expose_headers", &entry.expose_headers),
    ];
    for (name, list) in lists {
        for (index, token) in list.iter().enumerate() {
            check_token(token, || format!("{place}.{name}[{index}]"))?;
        }
    }
    let exposed = entry.expose_headers.join(",");
    Ok(Cors {
        allow_origins,
        allow_methods: Allowed::new(&entry.allow_methods),
        allow_headers: Allowed::new(&entry.allow_headers),
        expose_headers: (!exposed.is_empty()).then(|| exposed.into()),
        max_age_seconds: entry.max_age_seconds,
        allow_credentials: entry.allow_credentials,
        forward_unmatched_preflights: entry.forward_unmatched_preflights,
    })
}
