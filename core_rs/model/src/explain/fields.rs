//! The header fields of a question, and what becomes of them on the way.

use rustc_hash::FxHashSet;

use super::answer::Field;
use crate::request::Headers;
use crate::route::HeaderEdits;

/// Fields that frame a message or belong to one connection (RFC 9110 section 7.6.1): a proxy
/// writes its own.
const PER_HOP: [&str; 12] = [
    "connection",
    "content-length",
    "expect",
    "http2-settings",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authentication-info",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// The fields of a request in order, names as they were written.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields(Vec<Field>);

impl Fields {
    /// Splits the fields of a question into those that travel on and its `host`, if it has one.
    ///
    /// # Errors
    /// What is no field of HTTP, by name; or a second `host` (RFC 9112 section 3.2).
    pub(super) fn new(headers: &[(String, String)]) -> Result<(Self, Option<&str>), String> {
        let ends_here = options(headers);
        let mut host = None;
        let mut kept = Vec::with_capacity(headers.len());
        for (name, value) in headers {
            check(name, value)?;
            if name.eq_ignore_ascii_case("host") || name == ":authority" {
                if host.replace(value.as_str()).is_some() {
                    return Err("the request has two host fields".to_owned());
                }
            } else if !is_per_hop(name) && !ends_here.contains(&name.to_ascii_lowercase()) {
                kept.push((name.clone(), value.clone()));
            }
        }
        Ok((Self(kept), host))
    }

    /// Applies edits in their order: remove, set, add.
    pub(super) fn edit(&mut self, edits: &HeaderEdits) {
        let fields = &mut self.0;
        for name in &edits.remove {
            fields.retain(|(field, _)| !field.eq_ignore_ascii_case(name));
        }
        for (name, value) in &edits.set {
            fields.retain(|(field, _)| !field.eq_ignore_ascii_case(name));
            fields.push((name.to_string(), value.to_string()));
        }
        for (name, value) in &edits.add {
            fields.push((name.to_string(), value.to_string()));
        }
    }

    /// The fields as pairs.
    pub(super) fn into_pairs(self) -> Vec<Field> {
        self.0
    }
}

fn is_per_hop(name: &str) -> bool {
    PER_HOP.iter().any(|one| one.eq_ignore_ascii_case(name))
}

/// The names that `connection` fields say end at this hop, in lower case.
fn options(headers: &[Field]) -> FxHashSet<String> {
    headers
        .iter()
        .filter(|(field, _)| field.eq_ignore_ascii_case("connection"))
        .flat_map(|(_, value)| value.split(','))
        .map(|option| option.trim().to_ascii_lowercase())
        .collect()
}

/// RFC 9110 sections 5.1 and 5.5; `:authority` stands for `host`.
fn check(name: &str, value: &str) -> Result<(), String> {
    if name != ":authority" && !is_token(name) {
        return Err(format!("`{}` is no field name", name.escape_default()));
    }
    let control = |byte: u8| byte.is_ascii_control() && byte != b'\t';
    if value.bytes().any(control) {
        return Err(format!("the field `{name}` holds a control character"));
    }
    Ok(())
}

/// RFC 9110 section 5.6.2.
pub(super) fn is_token(text: &str) -> bool {
    let symbols = b"!#$%&'*+-.^_`|~";
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || symbols.contains(&byte);
    !text.is_empty() && text.bytes().all(is_token)
}

impl Headers for Fields {
    fn visit(&self, each: &mut dyn FnMut(&str, &[u8])) {
        for (name, value) in &self.0 {
            each(name, value.as_bytes());
        }
    }

    fn first<'s>(&'s self, name: &str) -> Option<&'s [u8]> {
        let named = |field: &&Field| field.0.eq_ignore_ascii_case(name);
        self.0.iter().find(named).map(|(_, value)| value.as_bytes())
    }

    fn visit_named(&self, name: &str, each: &mut dyn FnMut(&[u8])) {
        for (field, value) in &self.0 {
            if field.eq_ignore_ascii_case(name) {
                each(value.as_bytes());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(pairs: &[(&str, &str)]) -> Vec<Field> {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(own).collect()
    }

    #[test]
    fn per_hop_fields_end_here() {
        let headers = owned(&[
            ("Connection", "close, X-Hop"),
            ("x-hop", "1"),
            ("X-End", "2"),
            ("Transfer-Encoding", "chunked"),
            ("Host", "a.example"),
        ]);
        let (fields, host) = Fields::new(&headers).expect("valid");
        assert_eq!(host, Some("a.example"));
        assert_eq!(fields.into_pairs(), owned(&[("X-End", "2")]));
    }

    #[test]
    fn what_is_no_field_is_refused() {
        for pair in [("a b", ""), ("", ""), ("a", "1\r\nb: 2"), (":path", "/")] {
            assert!(Fields::new(&owned(&[pair])).is_err(), "{pair:?}");
        }
        assert!(Fields::new(&owned(&[("host", "a"), (":authority", "b")])).is_err());
    }

    #[test]
    fn edits_remove_then_set_then_add() {
        let (mut fields, _) = Fields::new(&owned(&[("A", "1"), ("b", "2")])).expect("valid");
        fields.edit(&HeaderEdits {
            set: vec![("a".into(), "3".into())],
            add: vec![("b".into(), "4".into()), ("c".into(), "5".into())],
            remove: vec!["B".into()],
        });
        let expected = owned(&[("a", "3"), ("b", "4"), ("c", "5")]);
        assert_eq!(fields.into_pairs(), expected);
    }
}
