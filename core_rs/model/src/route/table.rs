//! The rules of one host, indexed by path.
//!
//! Every match has a rank, and the match of the lowest rank that holds wins, wherever an index
//! finds it. Ranks follow Gateway API precedence, or simply the list.

use std::cmp::Reverse;
use std::sync::Arc;

use super::candidate::{Best, Candidate, Path};
use super::condition::{Conditions, NO_CONDITIONS};
use super::folded::Folded;
use super::matched::Matched;
use super::pattern::{Expression, Pattern};
use super::regexes::RegexIndex;
use super::rule::RouteRule;
use super::texts::{BothTexts, Texts};
use crate::request::RequestView;
use crate::wire::RouteOrder;

/// What a path must be, as it is added.
#[derive(Clone, Debug)]
pub(crate) enum PathCondition {
    /// Any, even `*`.
    Any,
    /// Equal to this.
    Exact { text: Box<str>, ignore_case: bool },
    /// By segments; without a slash at the end, so the root is empty.
    Prefix { text: Box<str>, ignore_case: bool },
    /// By characters.
    StartsWith { text: Box<str>, ignore_case: bool },
    /// All of it matches this.
    Regex(Expression, Pattern),
}

/// The matches of one host.
#[derive(Debug)]
pub(crate) struct RouteTable {
    /// The host, as documents write it.
    host: Box<str>,
    order: RouteOrder,
    /// By rank.
    candidates: Box<[Candidate]>,
    /// Paths that compare with case, and those that compare without, in lower case.
    cased: Texts,
    folded: Texts,
    regexes: RegexIndex,
    any: Box<[u32]>,
}

/// Collects the matches of one host.
#[derive(Debug)]
pub(crate) struct RouteTableBuilder {
    host: Box<str>,
    order: RouteOrder,
    matches: Vec<Match>,
}

#[derive(Debug)]
struct Match {
    path: PathCondition,
    conditions: Option<Box<Conditions>>,
    rule: Arc<RouteRule>,
    position: usize,
}

impl RouteTableBuilder {
    /// For the rules of `host`.
    pub(crate) fn new(host: &str, order: RouteOrder) -> Self {
        Self {
            host: host.into(),
            order,
            matches: Vec::new(),
        }
    }

    /// Adds the match at `position` of `rule`; of equal ones the first added wins.
    pub(crate) fn add(
        &mut self,
        path: PathCondition,
        conditions: Conditions,
        rule: Arc<RouteRule>,
        position: usize,
    ) {
        self.matches.push(Match {
            path,
            conditions: (!conditions.is_none()).then(|| Box::new(conditions)),
            rule,
            position,
        });
    }

    /// Ranks the matches and indexes them.
    pub(crate) fn build(mut self) -> RouteTable {
        if self.order == RouteOrder::Specific {
            // The sort is stable, so the order of addition breaks ties.
            self.matches
                .sort_by_cached_key(|one| precedence(&one.path, one.conditions.as_deref()));
        }
        let mut texts = BothTexts::default();
        let mut candidates = Vec::with_capacity(self.matches.len());
        let mut regexes = Vec::new();
        let mut any = Vec::new();
        for (rank, one) in (0..).zip(self.matches) {
            // A match for other workloads is kept to be explained, and is in no index.
            let indexed = !one.conditions.as_ref().is_some_and(|all| all.foreign);
            let path = match one.path {
                PathCondition::Any => {
                    any.extend(indexed.then_some(rank));
                    Path::Any
                }
                PathCondition::Exact { text, ignore_case } => {
                    if indexed {
                        texts.of(ignore_case).exact(&text, ignore_case, rank);
                    }
                    Path::Exact { text, ignore_case }
                }
                PathCondition::Prefix { text, ignore_case } => {
                    if indexed {
                        texts.of(ignore_case).prefix(&text, ignore_case, rank, true);
                    }
                    Path::Prefix {
                        text,
                        by_segments: true,
                        ignore_case,
                    }
                }
                PathCondition::StartsWith { text, ignore_case } => {
                    if indexed {
                        texts
                            .of(ignore_case)
                            .prefix(&text, ignore_case, rank, false);
                    }
                    Path::Prefix {
                        text,
                        by_segments: false,
                        ignore_case,
                    }
                }
                PathCondition::Regex(expression, pattern) => {
                    if indexed {
                        regexes.push((expression, pattern.clone(), rank));
                    }
                    Path::Regex(pattern)
                }
            };
            candidates.push(Candidate {
                path,
                conditions: one.conditions,
                rule: one.rule,
                position: one.position,
            });
        }
        RouteTable {
            host: self.host,
            order: self.order,
            candidates: candidates.into(),
            cased: texts.cased.build(),
            folded: texts.folded.build(),
            regexes: RegexIndex::new(regexes),
            any: any.into(),
        }
    }
}

/// Gateway API's order: exact path, longest prefix, regular expression (as Istio places it), no
/// path at all; then method, number of header conditions, number of query conditions.
fn precedence(path: &PathCondition, conditions: Option<&Conditions>) -> impl Ord + use<> {
    let conditions = conditions.unwrap_or(&NO_CONDITIONS);
    let (kind, length) = match path {
        PathCondition::Exact { .. } => (0, 0),
        PathCondition::Prefix { text, .. } | PathCondition::StartsWith { text, .. } => {
            (1, text.len())
        }
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
    /// The host, as documents write it.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// The rule that serves `request`: of the matches that hold, the one of the lowest rank. An
    /// index is not asked when what was found already beats all that it holds.
    pub(crate) fn find(&self, request: &RequestView<'_>) -> Option<Matched<'_>> {
        let mut best = Best::new(&self.candidates);
        self.cased
            .consider(&mut best, request.path.as_bytes(), request);
        if !self.folded.empty {
            let folded = Folded::new(request.path);
            self.folded.consider(&mut best, folded.as_bytes(), request);
        }
        self.regexes.consider(&mut best, request);
        best.consider(self.any.iter().copied(), request);
        best.candidate()
            .map(|candidate| self.matched(candidate, request))
    }

    /// The candidates by rank, to be tried one after the other.
    pub(super) fn candidates(&self) -> &[Candidate] {
        &self.candidates
    }

    /// What is told of a candidate that holds.
    pub(super) fn matched<'t>(
        &'t self,
        candidate: &'t Candidate,
        request: &RequestView<'_>,
    ) -> Matched<'t> {
        let path_match_len = match &candidate.path {
            Path::Exact { .. } | Path::Regex(_) => request.path.len(),
            Path::Prefix { text, .. } => text.len(),
            // No condition stands for the prefix `/`, in either reading of it.
            Path::Any => usize::from(self.order == RouteOrder::Listed),
        };
        let by_segments = match &candidate.path {
            Path::Prefix { by_segments, .. } => *by_segments,
            _ => self.order == RouteOrder::Specific,
        };
        Matched {
            rule: &candidate.rule,
            path_match_len,
            by_segments,
        }
    }
}

#[cfg(test)]
mod tests;
