//! The same decision, told step by step: each match of a host in the order in which it counts, and
//! why it does not hold. A property test keeps it equal to what the indexes find.

use std::fmt;

use super::candidate::{Candidate, Path};
use super::condition::{Comparison, Mismatch, NO_CONDITIONS, NamedCondition, TextCondition};
use super::matched::Matched;
use super::table::RouteTable;
use crate::request::RequestView;
use crate::trace::Trace;

impl RouteTable {
    /// As [`RouteTable::find`], one match after the other, each told to `trace`.
    pub(crate) fn find_traced<T: Trace>(
        &self,
        request: &RequestView<'_>,
        trace: &mut T,
    ) -> Option<Matched<'_>> {
        for candidate in self.candidates() {
            let rule = &candidate.rule;
            trace.enter("route", format_args!("{}", rule.name));
            let holds = match_traced(candidate, request, trace);
            if holds {
                trace.leave("matched", format_args!(""));
                return Some(self.matched(candidate, request));
            }
            trace.leave("not_matched", format_args!(""));
        }
        None
    }
}

fn match_traced<T: Trace>(candidate: &Candidate, request: &RequestView<'_>, trace: &mut T) -> bool {
    let position = candidate.position;
    let conditions = candidate.conditions.as_deref();
    let conditions = conditions.unwrap_or(&NO_CONDITIONS);
    // Who sends was decided when the Snapshot was compiled, before any request.
    let mismatch = if conditions.foreign {
        Some(Mismatch::Source)
    } else if !candidate.path.holds(request.path) {
        let reason = format_args!("path {} {}", request.path, Told(&candidate.path));
        trace.leaf("match", format_args!("{position}"), "not_matched", reason);
        return false;
    } else {
        conditions.mismatch(request)
    };
    let (result, reason) = match mismatch {
        None => ("matched", None),
        Some(mismatch) => ("not_matched", Some(mismatch)),
    };
    let name = format_args!("{position}");
    match reason {
        None => trace.leaf("match", name, result, format_args!("")),
        Some(Mismatch::Source) => trace.leaf(
            "match",
            name,
            result,
            format_args!("is for other source workloads"),
        ),
        Some(Mismatch::Method) => {
            text(
                trace,
                position,
                "method",
                request.method,
                conditions.method.as_ref(),
            );
        }
        Some(Mismatch::Scheme) => {
            text(
                trace,
                position,
                "scheme",
                request.scheme,
                conditions.scheme.as_ref(),
            );
        }
        Some(Mismatch::Authority) => {
            let condition = conditions.authority.as_ref();
            text(trace, position, "authority", request.authority, condition);
        }
        Some(Mismatch::Header(index)) => {
            named(trace, position, "header", conditions.headers.get(index));
        }
        Some(Mismatch::Query(index)) => {
            named(
                trace,
                position,
                "query parameter",
                conditions.query.get(index),
            );
        }
    }
    mismatch.is_none()
}

fn text<T: Trace>(
    trace: &mut T,
    position: usize,
    what: &str,
    value: &str,
    condition: Option<&TextCondition>,
) {
    let Some(condition) = condition else { return };
    let reason = format_args!("{what} {value} is not {}", Wanted(condition));
    trace.leaf("match", format_args!("{position}"), "not_matched", reason);
}

/// The value itself is not told: it may be a secret.
fn named<T: Trace>(trace: &mut T, position: usize, what: &str, condition: Option<&NamedCondition>) {
    let Some(condition) = condition else { return };
    let (is, name) = (
        if condition.invert { "is" } else { "is not" },
        &condition.name,
    );
    let reason = format_args!("{what} {name} {is} {}", Wanted(&condition.value));
    trace.leaf("match", format_args!("{position}"), "not_matched", reason);
}

/// Why a path does not hold.
struct Told<'a>(&'a Path);

impl fmt::Display for Told<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Path::Any => Ok(()),
            Path::Exact { text, .. } => write!(formatter, "is not {text}"),
            Path::Prefix {
                text, by_segments, ..
            } => {
                let text: &str = if text.is_empty() { "/" } else { text };
                let how = if *by_segments {
                    "is not below"
                } else {
                    "does not begin with"
                };
                write!(formatter, "{how} {text}")
            }
            Path::Regex(pattern) => write!(formatter, "does not match {pattern}"),
        }
    }
}

/// What a text should be.
struct Wanted<'a>(&'a TextCondition);

impl fmt::Display for Wanted<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = String::from_utf8_lossy;
        match &self.0.comparison {
            Comparison::Exact(text) => write!(formatter, "{}", shown(text)),
            Comparison::Prefix(text) => write!(formatter, "{}*", shown(text)),
            Comparison::Suffix(text) => write!(formatter, "*{}", shown(text)),
            Comparison::Regex(pattern) => write!(formatter, "a match of {pattern}"),
            Comparison::Present => formatter.write_str("there"),
        }
    }
}

#[cfg(test)]
mod tests;
