//! The rules of one host, indexed by path.
//!
//! Every match has a rank, and the match of the lowest rank that holds wins, wherever an index
//! finds it. Ranks follow Gateway API precedence here; a kind of route that is evaluated in list
//! order only has to be ranked by position.

use std::cmp::Reverse;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::candidate::{Best, Candidate};
use super::condition::Conditions;
use super::pattern::{Expression, Pattern};
use super::radix::Radix;
use super::regexes::RegexIndex;
use super::rule::RouteRule;
use crate::request::RequestView;

/// What a path must be.
#[derive(Clone, Debug)]
pub(crate) enum PathCondition {
    /// Any, even `*`.
    Any,
    /// Equal to this.
    Exact(Box<str>),
    /// By segments; without a slash at the end, so the root is empty.
    Prefix(Box<str>),
    /// All of it matches this.
    Regex(Expression, Pattern),
}

/// The matches of one host.
#[derive(Debug)]
pub(crate) struct RouteTable {
    exact: FxHashMap<Box<str>, Vec<Candidate>>,
    prefixes: Radix<Candidate>,
    /// The lowest rank among the prefixes.
    prefix_floor: u32,
    regexes: RegexIndex,
    any: Vec<Candidate>,
}

/// Collects the matches of one host.
#[derive(Debug, Default)]
pub(crate) struct RouteTableBuilder {
    matches: Vec<(PathCondition, Conditions, Arc<RouteRule>)>,
}

impl RouteTableBuilder {
    /// Adds a match; of equal ones the first added wins.
    pub(crate) fn add(
        &mut self,
        path: PathCondition,
        conditions: Conditions,
        rule: Arc<RouteRule>,
    ) {
        self.matches.push((path, conditions, rule));
    }

    /// Ranks the matches by Gateway API precedence and indexes them.
    pub(crate) fn build(mut self) -> RouteTable {
        // The sort is stable, so the order of addition breaks ties.
        self.matches
            .sort_by_key(|(path, conditions, _)| precedence(path, conditions));
        let mut exact: FxHashMap<Box<str>, Vec<Candidate>> = FxHashMap::default();
        let mut prefixes: Vec<(Box<[u8]>, Candidate)> = Vec::new();
        let mut regexes = Vec::new();
        let mut any = Vec::new();
        for (rank, (path, conditions, rule)) in (0..).zip(self.matches) {
            let candidate = Candidate {
                rank,
                conditions,
                rule,
            };
            match path {
                PathCondition::Exact(text) => exact.entry(text).or_default().push(candidate),
                PathCondition::Prefix(text) => prefixes.push((text.into(), candidate)),
                PathCondition::Regex(expression, pattern) => {
                    regexes.push((expression, pattern, candidate));
                }
                PathCondition::Any => any.push(candidate),
            }
        }
        let prefix_floor = prefixes
            .first()
            .map_or(u32::MAX, |(_, candidate)| candidate.rank);
        RouteTable {
            exact,
            prefixes: Radix::new(prefixes),
            prefix_floor,
            regexes: RegexIndex::new(regexes),
            any,
        }
    }
}

/// Gateway API's order: exact path, longest prefix, regular expression (as Istio places it), no
/// path at all; then method, number of header conditions, number of query conditions.
fn precedence(path: &PathCondition, conditions: &Conditions) -> impl Ord + use<> {
    let (kind, length) = match path {
        PathCondition::Exact(_) => (0, 0),
        PathCondition::Prefix(text) => (1, text.len()),
        PathCondition::Regex(..) => (2, 0),
        PathCondition::Any => (3, 0),
    };
    (
        kind,
        Reverse(length),
        conditions.method.is_none(),
        Reverse(conditions.headers.len()),
        Reverse(conditions.query.len()),
    )
}

impl RouteTable {
    /// The rule that serves `request`: of the matches that hold, the one of the lowest rank. An
    /// index is not asked when what was found already beats all that it holds.
    pub(crate) fn find(&self, request: &RequestView<'_>) -> Option<&Arc<RouteRule>> {
        let mut best = Best::default();
        if let Some(candidates) = self.exact.get(request.path) {
            best.consider(candidates, request);
        }
        if best.loses_to(self.prefix_floor) {
            let path = request.path.as_bytes();
            for (length, candidates) in self.prefixes.prefixes(path) {
                // By segments: `/a` is a prefix of `/a` and `/a/b`, not of `/ab`.
                if path.get(length).is_none_or(|&next| next == b'/') {
                    best.consider(candidates, request);
                }
            }
        }
        self.regexes.consider(&mut best, request);
        best.consider(&self.any, request);
        best.rule()
    }
}

#[cfg(test)]
mod tests;
