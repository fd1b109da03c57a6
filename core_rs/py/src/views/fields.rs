//! Header fields as they will be once the edits made so far are applied.

use http1::{EditKind, Edits};
use model::request::Headers;

/// Whether the received fields called `name` are replaced.
fn replaced(edits: &Edits, name: &str) -> bool {
    edits
        .iter()
        .any(|(kind, edited, _)| kind != EditKind::Add && edited.eq_ignore_ascii_case(name))
}

/// The values that edits set or add for `name`.
fn edited<'a>(edits: &'a Edits, name: &str) -> impl Iterator<Item = &'a [u8]> {
    edits
        .iter()
        .filter(move |(kind, edited, _)| {
            *kind != EditKind::Remove && edited.eq_ignore_ascii_case(name)
        })
        .map(|(_, _, value)| value)
}

/// The first value of `name`.
pub(super) fn first<'a>(
    headers: &'a dyn Headers,
    edits: &'a Edits,
    name: &str,
) -> Option<&'a [u8]> {
    if edits.is_empty() {
        return headers.first(name);
    }
    let received = if replaced(edits, name) {
        None
    } else {
        headers.first(name)
    };
    received.or_else(|| edited(edits, name).next())
}

/// Every value of `name`.
pub(super) fn all(headers: &dyn Headers, edits: &Edits, name: &str) -> Vec<Vec<u8>> {
    let mut values = Vec::new();
    if !replaced(edits, name) {
        headers.visit_named(name, &mut |value| values.push(value.to_vec()));
    }
    values.extend(edited(edits, name).map(<[u8]>::to_vec));
    values
}

/// Every field.
pub(super) fn visit(headers: &dyn Headers, edits: &Edits, each: &mut dyn FnMut(&str, &[u8])) {
    if edits.is_empty() {
        return headers.visit(each);
    }
    headers.visit(&mut |name, value| {
        if !replaced(edits, name) {
            each(name, value);
        }
    });
    for (kind, name, value) in edits.iter() {
        if kind != EditKind::Remove {
            each(name, value);
        }
    }
}
