//! Conditions on the claims of a request's token.
//!
//! A claim that is not there is not listed. One that is there and is no text, or a list with
//! something else than text, is in doubt unless another element settles it.

use serde_json::{Map, Value};

use super::known::Known;
use super::text::{Form, TextSet};

/// Claims of the token itself whose text is a list, by its spaces (RFC 8693 section 4.2).
const SPACE_DELIMITED: [&str; 2] = ["scope", "permission"];

/// A condition on one claim.
#[derive(Clone, Debug)]
pub(super) struct ClaimTest {
    /// The names that lead to it.
    path: Box<[Box<str>]>,
    space_delimited: bool,
    values: TextSet,
}

impl ClaimTest {
    /// A condition on the claim at `path`.
    pub(super) fn new(path: &[&str], values: &[String]) -> Self {
        Self {
            path: path.iter().map(|&name| name.into()).collect(),
            space_delimited: matches!(path, [name] if SPACE_DELIMITED.contains(name)),
            values: TextSet::new(values.iter().map(String::as_str)),
        }
    }

    /// Whether the claim, or any element of its list, is among the values.
    pub(super) fn matches(&self, claims: Option<&Map<String, Value>>) -> Known {
        let Some(value) = self.find(claims) else {
            return Known::No;
        };
        match value {
            Value::String(text) if self.space_delimited => text
                .split(' ')
                .any(|part| !part.is_empty() && self.values.matches(part.as_bytes()))
                .into(),
            Value::Array(elements) => Known::any(elements.iter().map(|one| self.element(one))),
            other => self.element(other),
        }
    }

    /// The claim, if it is there.
    pub(super) fn find<'c>(&self, claims: Option<&'c Map<String, Value>>) -> Option<&'c Value> {
        let (first, rest) = self.path.split_first()?;
        rest.iter().try_fold(claims?.get(&**first)?, |value, name| {
            value.as_object()?.get(&**name)
        })
    }

    fn element(&self, value: &Value) -> Known {
        match value {
            Value::String(text) => self.values.matches(text.as_bytes()).into(),
            _ => Known::Doubt,
        }
    }
}

/// One `issuer/subject`, split at the last slash; each part in Istio's notation.
#[derive(Clone, Debug)]
pub(super) struct RequestPrincipal {
    issuer: TextSet,
    subject: TextSet,
}

impl RequestPrincipal {
    /// Reads `text`. Without a slash, `*abc` is how the subject ends, and anything else is the
    /// issuer: `abc*` with any subject, `abc` with none, which no token has.
    pub(super) fn new(text: &str) -> Self {
        let (issuer, subject) = match (text.rsplit_once('/'), Form::of(text)) {
            (Some(parts), _) => parts,
            (None, Form::Any | Form::Suffix(_)) => ("*", text),
            (None, Form::Prefix(_)) => (text, "*"),
            (None, Form::Exact(_)) => (text, ""),
        };
        Self {
            issuer: TextSet::new([issuer]),
            subject: TextSet::new([subject]),
        }
    }

    /// Whether the token is of such an issuer and subject.
    pub(super) fn matches(&self, claims: Option<&Map<String, Value>>) -> Known {
        let part = |name: &str, values: &TextSet| match claims.and_then(|all| all.get(name)) {
            None => Known::No,
            Some(Value::String(text)) => values.matches(text.as_bytes()).into(),
            Some(_) => Known::Doubt,
        };
        Known::all([part("iss", &self.issuer), part("sub", &self.subject)])
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claim(path: &[&str], values: &[&str], claims: &Value) -> Known {
        let values: Vec<String> = values.iter().map(|&value| value.into()).collect();
        ClaimTest::new(path, &values).matches(claims.as_object())
    }

    #[test]
    fn rule_11_any_element_of_a_list_will_do() {
        let claims = json!({"groups": ["a", "b"], "one": "a", "deep": {"er": ["x"]}, "none": []});
        assert_eq!(claim(&["groups"], &["b"], &claims), Known::Yes);
        assert_eq!(claim(&["groups"], &["c", "b*"], &claims), Known::Yes);
        assert_eq!(claim(&["groups"], &["a,b"], &claims), Known::No);
        assert_eq!(claim(&["one"], &["a"], &claims), Known::Yes);
        assert_eq!(claim(&["deep", "er"], &["x"], &claims), Known::Yes);
        assert_eq!(claim(&["deep", "no"], &["*"], &claims), Known::No);
        assert_eq!(claim(&["one", "a"], &["*"], &claims), Known::No);
        assert_eq!(claim(&["none"], &["*"], &claims), Known::No);
        assert_eq!(claim(&["absent"], &["*"], &claims), Known::No);
        assert_eq!(
            ClaimTest::new(&["a"], &["*".to_owned()]).matches(None),
            Known::No
        );
    }

    #[test]
    fn rule_11_scope_and_permission_are_split_on_spaces() {
        let claims = json!({"scope": "read  write", "other": "read write", "x": {"scope": "a b"}});
        assert_eq!(claim(&["scope"], &["write"], &claims), Known::Yes);
        assert_eq!(claim(&["scope"], &["read  write"], &claims), Known::No);
        assert_eq!(claim(&["other"], &["write"], &claims), Known::No);
        assert_eq!(claim(&["x", "scope"], &["a"], &claims), Known::No);
        let claims = json!({"scope": "", "permission": ["a", "b"]});
        assert_eq!(claim(&["scope"], &["*"], &claims), Known::No);
        assert_eq!(claim(&["permission"], &["a"], &claims), Known::Yes);
    }

    #[test]
    fn a_claim_that_is_no_text_is_in_doubt() {
        let claims = json!({"admin": true, "level": 3, "null": null, "mixed": [1, "a"], "map": {}});
        for name in ["admin", "level", "null", "map"] {
            assert_eq!(claim(&[name], &["x"], &claims), Known::Doubt, "{name}");
        }
        assert_eq!(claim(&["mixed"], &["a"], &claims), Known::Yes);
        assert_eq!(claim(&["mixed"], &["b"], &claims), Known::Doubt);
    }

    #[test]
    fn rule_11_request_principals_are_split_at_the_last_slash() {
        let matches = |text, issuer, subject| {
            let claims = json!({"iss": issuer, "sub": subject});
            RequestPrincipal::new(text).matches(claims.as_object())
        };
        for (text, issuer, subject, expected) in [
            ("https://a/b", "https://a", "b", Known::Yes),
            ("https://a/b", "https:", "/a/b", Known::No),
            ("*", "i", "s", Known::Yes),
            ("*", "i", "", Known::No),
            ("*/s", "i", "s", Known::Yes),
            ("*/s", "i", "ss", Known::No),
            ("*.example/s", "https://a.example", "s", Known::Yes),
            ("i/*", "i", "s", Known::Yes),
            ("i/*", "j", "s", Known::No),
            ("i/s*", "i", "sub", Known::Yes),
            ("i/*b", "i", "sub", Known::Yes),
            ("*ub", "i", "sub", Known::Yes),
            ("i*", "issuer", "s", Known::Yes),
            ("i", "i", "s", Known::No),
        ] {
            assert_eq!(
                matches(text, issuer, subject),
                expected,
                "{text} {issuer} {subject}"
            );
        }
        let any = RequestPrincipal::new("*");
        assert_eq!(any.matches(None), Known::No);
        assert_eq!(any.matches(json!({"iss": "i"}).as_object()), Known::No);
        assert_eq!(
            any.matches(json!({"iss": ["i"], "sub": "s"}).as_object()),
            Known::Doubt
        );
    }
}
