//! The target of a request as it leaves.

use std::borrow::Cow;

use super::action::PathRewrite;
use super::matched::Matched;
use super::substitution::REWRITTEN_BYTES;
use crate::path::{Normalization, Normalized, PathError, has_dot_segment, normalize};
use crate::request::RequestView;

/// The path that the request leaves with, without its query; `None` if it stays as it is.
///
/// What a rewrite makes of the client's text must be a path in canonical form that stays where the
/// rule puts it: `/api` replaced by `/v1/` would make `/v1/../admin` of `/api../admin`, which is
/// refused instead of being resolved by whoever is next.
///
/// # Errors
/// [`PathError`] if the rewritten path is none, or has dot segments (answered 400).
pub fn rewrite_path<'m>(
    matched: &Matched<'m>,
    request: &RequestView<'_>,
) -> Result<Option<Cow<'m, str>>, PathError> {
    let rewrite = matched.rule.rewrite.as_ref();
    let Some(rewrite) = rewrite.and_then(|rewrite| rewrite.path.as_ref()) else {
        return Ok(None);
    };
    // `OPTIONS *` is about the server, not about a path.
    if request.path == "*" {
        return Ok(None);
    }
    let path = match rewrite {
        // Canonical since it was compiled.
        PathRewrite::Full(path) => return Ok(Some(Cow::Borrowed(path))),
        PathRewrite::Prefix(prefix) => replace_prefix(prefix, matched, request.path),
        PathRewrite::Regex(substitution) => substitution
            .apply(request.path)
            .ok_or(PathError::Rewritten)?,
    };
    if path.len() > REWRITTEN_BYTES || has_dot_segment(&path) {
        return Err(PathError::Rewritten);
    }
    // Slashes are not merged: Istio documents that `/foo/` replaced by `/` may leave two.
    let mut canonical = String::new();
    match normalize(&path, Normalization::Base, &mut canonical)? {
        Normalized::AsIs => Ok(Some(Cow::Owned(path))),
        Normalized::InScratch => Ok(Some(Cow::Owned(canonical))),
    }
}

/// The authority that the request leaves with; `None` if it stays as it is.
#[must_use]
pub fn rewrite_authority<'m>(matched: &Matched<'m>) -> Option<&'m str> {
    matched.rule.rewrite.as_ref()?.authority.as_deref()
}

/// `path` with `prefix` in place of what was matched of it. By segments no slash is doubled or
/// lost, as the table in Gateway API's `ReplacePrefixMatch` has it; by characters it is plain
/// replacement, as Istio and Envoy do.
pub(super) fn replace_prefix(prefix: &str, matched: &Matched<'_>, path: &str) -> String {
    let rest = path.get(matched.path_match_len..).unwrap_or_default();
    let prefix = if matched.by_segments {
        prefix.strip_suffix('/').unwrap_or(prefix)
    } else {
        prefix
    };
    let mut replaced = String::with_capacity(prefix.len() + rest.len() + 1);
    let front = if prefix.is_empty() { rest } else { prefix };
    if !front.starts_with('/') {
        replaced.push('/');
    }
    replaced.push_str(prefix);
    replaced.push_str(rest);
    replaced
}

#[cfg(test)]
mod tests;
