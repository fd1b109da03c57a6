//! The rules of one host, indexed by path.
//!
//! Every match has a rank, and the match of the lowest rank that holds wins, wherever the index
//! finds it. Ranks follow Gateway API precedence here; a kind of route that is evaluated in list
//! order only has to rank by position.

use std::cmp::Reverse;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::condition::Conditions;
use super::pattern::Pattern;
use super::radix::Radix;
use super::rule::RouteRule;
use crate::request::RequestView;

/// What a path must be.
#[derive(Clone, Debug)]
pub(crate) enum PathCondition {
    /// Any, even `*`.
    Any,
    Exact(Box<str>),
    /// By segments; without a slash at the end, so the root is empty.
    Prefix(Box<str>),
    Regex(Pattern),
}

/// One match of one rule.
#[derive(Clone, Debug)]
struct Candidate {
    rank: u32,
    conditions: Conditions,
    rule: Arc<RouteRule>,
}

/// The matches of one host.
#[derive(Clone, Debug)]
pub(crate) struct RouteTable {
    exact: FxHashMap<Box<str>, Vec<Candidate>>,
    prefixes: Radix<Candidate>,
    regexes: Vec<(Pattern, Candidate)>,
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
        let mut prefixes = Vec::new();
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
                PathCondition::Prefix(text) => {
                    prefixes.push((text.into_boxed_bytes(), candidate));
                }
                PathCondition::Regex(pattern) => regexes.push((pattern, candidate)),
                PathCondition::Any => any.push(candidate),
            }
        }
        RouteTable {
            exact,
            prefixes: Radix::new(prefixes),
            regexes,
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
        PathCondition::Regex(_) => (2, 0),
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
    /// The rule that serves `request`.
    pub(crate) fn find(&self, request: &RequestView<'_>) -> Option<&Arc<RouteRule>> {
        let path = request.path;
        let mut best = Best {
            rank: u32::MAX,
            rule: None,
        };
        if let Some(candidates) = self.exact.get(path) {
            best.consider(candidates, request);
        }
        for (length, candidates) in self.prefixes.prefixes(path.as_bytes()) {
            if path.as_bytes().get(length).is_none_or(|&next| next == b'/') {
                best.consider(candidates, request);
            }
        }
        for (pattern, candidate) in &self.regexes {
            if candidate.rank > best.rank {
                break;
            }
            if pattern.matches(path.as_bytes()) {
                best.consider(std::slice::from_ref(candidate), request);
            }
        }
        best.consider(&self.any, request);
        best.rule
    }
}

/// The best match so far.
struct Best<'t> {
    rank: u32,
    rule: Option<&'t Arc<RouteRule>>,
}

impl<'t> Best<'t> {
    /// Takes the first of `candidates`, which are in rank order, that holds and beats the best.
    fn consider(&mut self, candidates: &'t [Candidate], request: &RequestView<'_>) {
        let better = candidates
            .iter()
            .take_while(|candidate| candidate.rank < self.rank)
            .find(|candidate| candidate.conditions.mismatch(request).is_none());
        if let Some(candidate) = better {
            *self = Self {
                rank: candidate.rank,
                rule: Some(&candidate.rule),
            };
        }
    }
}
