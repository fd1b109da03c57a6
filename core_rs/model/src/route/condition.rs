//! The conditions of a match beyond the path.

use super::pattern::Pattern;
use crate::request::RequestView;

/// How a text is compared.
#[derive(Clone, Debug)]
pub(crate) enum Comparison {
    Exact(Box<[u8]>),
    Prefix(Box<[u8]>),
    Suffix(Box<[u8]>),
    Regex(Pattern),
    Present,
}

/// What a text must be.
#[derive(Clone, Debug)]
pub(crate) struct TextCondition {
    pub(crate) comparison: Comparison,
    /// Whether ASCII letters compare without case; an expression says so itself.
    pub(crate) ignore_case: bool,
}

impl TextCondition {
    /// A comparison with case.
    pub(crate) fn new(comparison: Comparison) -> Self {
        Self {
            comparison,
            ignore_case: false,
        }
    }

    pub(crate) fn holds(&self, value: &[u8]) -> bool {
        let equal = |expected: &[u8], part: Option<&[u8]>| match part {
            Some(part) if self.ignore_case => expected.eq_ignore_ascii_case(part),
            Some(part) => expected == part,
            None => false,
        };
        match &self.comparison {
            Comparison::Exact(expected) => equal(expected, Some(value)),
            Comparison::Prefix(expected) => equal(expected, value.get(..expected.len())),
            Comparison::Suffix(expected) => {
                let start = value.len().checked_sub(expected.len());
                equal(expected, start.and_then(|start| value.get(start..)))
            }
            Comparison::Regex(pattern) => pattern.matches(value),
            Comparison::Present => true,
        }
    }
}

/// A condition on the value of something that has a name.
#[derive(Clone, Debug)]
pub(crate) struct NamedCondition {
    pub(crate) name: Box<str>,
    pub(crate) value: TextCondition,
    /// Whether it must not hold.
    pub(crate) invert: bool,
}

impl NamedCondition {
    /// Whether it holds, given whether a value did; `None` if there is no value.
    ///
    /// A missing value fails a condition; but an inverted condition on a value takes it as empty,
    /// as Istio's `withoutHeaders` does.
    fn verdict(&self, held: Option<bool>) -> bool {
        match held {
            Some(held) => held != self.invert,
            None if !self.invert => false,
            None => matches!(self.value.comparison, Comparison::Present) || !self.value.holds(b""),
        }
    }
}

/// What must hold beyond the path; all of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conditions {
    /// Whether the match is for other workloads than the one compiled for.
    pub(crate) foreign: bool,
    pub(crate) method: Option<TextCondition>,
    pub(crate) scheme: Option<TextCondition>,
    pub(crate) authority: Option<TextCondition>,
    pub(crate) headers: Vec<NamedCondition>,
    pub(crate) query: Vec<NamedCondition>,
}

/// Nothing is asked for.
pub(super) static NO_CONDITIONS: Conditions = Conditions {
    foreign: false,
    method: None,
    scheme: None,
    authority: None,
    headers: Vec::new(),
    query: Vec::new(),
};

impl Conditions {
    /// Whether nothing is asked for.
    pub(crate) fn is_none(&self) -> bool {
        !self.foreign
            && self.method.is_none()
            && self.scheme.is_none()
            && self.authority.is_none()
            && self.headers.is_empty()
            && self.query.is_empty()
    }
}

/// The first condition that does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mismatch {
    Source,
    Method,
    Scheme,
    Authority,
    /// The index of the condition.
    Header(usize),
    /// The index of the condition.
    Query(usize),
}

impl Conditions {
    /// The first condition that `request` does not meet; `None` if all hold.
    pub(crate) fn mismatch(&self, request: &RequestView<'_>) -> Option<Mismatch> {
        let fails = |condition: &Option<TextCondition>, text: &str| {
            condition
                .as_ref()
                .is_some_and(|condition| !condition.holds(text.as_bytes()))
        };
        if self.foreign {
            return Some(Mismatch::Source);
        }
        if fails(&self.method, request.method) {
            return Some(Mismatch::Method);
        }
        if fails(&self.scheme, request.scheme) {
            return Some(Mismatch::Scheme);
        }
        if fails(&self.authority, request.authority) {
            return Some(Mismatch::Authority);
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
    let mut held = None;
    request.headers.visit_named(&condition.name, &mut |value| {
        held = Some(held.unwrap_or_default() || condition.value.holds(value));
    });
    condition.verdict(held)
}

/// The first parameter of the name decides, as Gateway API recommends; bytes as received.
fn query_holds(condition: &NamedCondition, query: Option<&str>) -> bool {
    let value = query.and_then(|query| {
        query
            .split('&')
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .find(|(name, _)| *name == &*condition.name)
    });
    condition.verdict(value.map(|(_, value)| condition.value.holds(value.as_bytes())))
}

#[cfg(test)]
mod tests;
