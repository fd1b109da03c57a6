//! The conditions of a match beyond the path.

use super::pattern::Pattern;
use crate::request::RequestView;

/// What a named value must be.
#[derive(Clone, Debug)]
pub(crate) enum ValueCondition {
    Exact(Box<[u8]>),
    Regex(Pattern),
    Present,
}

impl ValueCondition {
    fn holds(&self, value: &[u8]) -> bool {
        match self {
            Self::Exact(expected) => **expected == *value,
            Self::Regex(pattern) => pattern.matches(value),
            Self::Present => true,
        }
    }
}

/// A condition on the value of something that has a name.
#[derive(Clone, Debug)]
pub(crate) struct NamedCondition {
    pub(crate) name: Box<str>,
    pub(crate) value: ValueCondition,
}

/// What must hold beyond the path; all of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conditions {
    pub(crate) method: Option<Box<str>>,
    pub(crate) headers: Vec<NamedCondition>,
    pub(crate) query: Vec<NamedCondition>,
}

/// The first condition that does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mismatch {
    Method,
    /// The index of the condition.
    Header(usize),
    /// The index of the condition.
    Query(usize),
}

impl Conditions {
    /// The first condition that `request` does not meet; `None` if all hold.
    pub(crate) fn mismatch(&self, request: &RequestView<'_>) -> Option<Mismatch> {
        if self
            .method
            .as_deref()
            .is_some_and(|method| method != request.method)
        {
            return Some(Mismatch::Method);
        }
        let failed = |condition: &NamedCondition| !header_holds(condition, request);
        if let Some(index) = self.headers.iter().position(failed) {
            return Some(Mismatch::Header(index));
        }
        let failed = |condition: &NamedCondition| !query_holds(condition, request.query);
        self.query.iter().position(failed).map(Mismatch::Query)
    }
}

/// Values are compared one by one, never joined: a joined list could be made to match by a field
/// that the sender repeats.
fn header_holds(condition: &NamedCondition, request: &RequestView<'_>) -> bool {
    let mut holds = false;
    request.headers.visit_named(&condition.name, &mut |value| {
        holds = holds || condition.value.holds(value);
    });
    holds
}

/// The first parameter of the name decides, as Gateway API recommends; bytes as received.
fn query_holds(condition: &NamedCondition, query: Option<&str>) -> bool {
    let Some(query) = query else { return false };
    query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .find(|(name, _)| *name == &*condition.name)
        .is_some_and(|(_, value)| condition.value.holds(value.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Fields, get};

    fn regex(text: &str) -> ValueCondition {
        ValueCondition::Regex(Pattern::new(text).expect("valid"))
    }

    fn header(name: &str, value: ValueCondition) -> Conditions {
        let headers = vec![NamedCondition {
            name: name.into(),
            value,
        }];
        Conditions {
            headers,
            ..Default::default()
        }
    }

    fn query(name: &str, value: ValueCondition) -> Conditions {
        let query = vec![NamedCondition {
            name: name.into(),
            value,
        }];
        Conditions {
            query,
            ..Default::default()
        }
    }

    fn holds(conditions: &Conditions, target: &str, headers: &[(&str, &str)]) -> bool {
        conditions
            .mismatch(&get("a.example", target, &Fields::of(headers)))
            .is_none()
    }

    #[test]
    fn methods_are_case_sensitive() {
        let conditions = |method: &str| Conditions {
            method: Some(method.into()),
            ..Default::default()
        };
        assert!(holds(&conditions("GET"), "/", &[]));
        assert!(!holds(&conditions("get"), "/", &[]));
    }

    #[test]
    fn each_value_of_a_header_counts_by_itself() {
        let conditions = header("x-a", ValueCondition::Exact(b"1"[..].into()));
        assert!(holds(&conditions, "/", &[("X-A", "2"), ("x-a", "1")]));
        assert!(!holds(&conditions, "/", &[("x-a", "1,2")]));
        assert!(!holds(&conditions, "/", &[("x-b", "1")]));
        assert!(!holds(
            &header("x-a", regex("1,2")),
            "/",
            &[("x-a", "1"), ("x-a", "2")]
        ));
        assert!(holds(
            &header("x-a", regex("[0-9]+")),
            "/",
            &[("x-a", "42")]
        ));
        assert!(holds(
            &header("x-a", ValueCondition::Present),
            "/",
            &[("x-a", "")]
        ));
        assert!(!holds(&header("x-a", regex(".*")), "/", &[]));
    }

    #[test]
    fn the_first_query_parameter_of_a_name_decides() {
        let conditions = query("a", ValueCondition::Exact(b"1"[..].into()));
        assert!(holds(&conditions, "/?b=2&a=1&a=2", &[]));
        assert!(!holds(&conditions, "/?a=2&a=1", &[]));
        assert!(!holds(&conditions, "/?A=1", &[]));
        assert!(!holds(&conditions, "/?ba=1", &[]));
        assert!(!holds(&conditions, "/", &[]));
        assert!(holds(&query("a", ValueCondition::Present), "/?a", &[]));
        assert!(holds(&query("a", regex("")), "/?a=", &[]));
        assert!(holds(&query("a", regex("x=y")), "/?a=x=y", &[]));
    }

    #[test]
    fn says_which_condition_failed() {
        let mut conditions = header("x", ValueCondition::Present);
        conditions.query = query("q", ValueCondition::Present).query;
        let mismatch = |headers: &[(&str, &str)]| {
            conditions.mismatch(&get("a.example", "/", &Fields::of(headers)))
        };
        assert_eq!(mismatch(&[]), Some(Mismatch::Header(0)));
        assert_eq!(mismatch(&[("x", "")]), Some(Mismatch::Query(0)));
    }
}
