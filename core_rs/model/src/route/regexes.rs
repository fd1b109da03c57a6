//! Path conditions that are regular expressions, filed by what a matching path begins with.
//!
//! Most expressions for paths begin with literal text, so a walk down a trie leaves only a few
//! to try. Where many share their beginning, they are tried together, in one pass over the path.

use std::collections::BTreeMap;
use std::panic::{RefUnwindSafe, UnwindSafe};

use regex_automata::util::pool::Pool;
use regex_automata::{Anchored, Input, MatchKind, PatternSet, meta};

use super::candidate::Best;
use super::pattern::{CACHE_BYTES, COMPILED_BYTES, Expression, Pattern, config};
use super::radix::Radix;
use crate::request::RequestView;

/// Up to this many expressions are tried one by one: they cost less than one pass for all.
const ONE_BY_ONE: usize = 4;

/// The candidates whose path condition is an expression.
#[derive(Debug)]
pub(super) struct RegexIndex {
    groups: Radix<Group>,
    /// The lowest rank in here.
    floor: u32,
}

/// Candidates whose expressions have the same literal prefix, by ascending rank.
#[derive(Debug)]
struct Group {
    matcher: Matcher,
    ranks: Vec<u32>,
}

#[derive(Debug)]
enum Matcher {
    OneByOne(Vec<Pattern>),
    Together(Box<Together>),
}

type NewSet = Box<dyn Fn() -> PatternSet + Send + Sync + UnwindSafe + RefUnwindSafe>;

/// One automaton for all expressions of a group.
#[derive(Debug)]
struct Together {
    automaton: meta::Regex,
    /// Sets to collect the matching expressions in, reused.
    sets: Pool<PatternSet, NewSet>,
}

impl RegexIndex {
    /// Files expressions, which come in the order of their ranks.
    pub(super) fn new(entries: Vec<(Expression, Pattern, u32)>) -> Self {
        let floor = entries.first().map_or(u32::MAX, |(_, _, rank)| *rank);
        let mut by_prefix: BTreeMap<Box<[u8]>, Vec<_>> = BTreeMap::new();
        for entry in entries {
            by_prefix
                .entry(entry.0.literal_prefix())
                .or_default()
                .push(entry);
        }
        let groups = by_prefix
            .into_iter()
            .map(|(prefix, group)| (prefix, Group::new(group)));
        Self {
            groups: Radix::new(groups.collect()),
            floor,
        }
    }

    /// Lets the candidates whose expression matches the path compete for `best`.
    pub(super) fn consider(&self, best: &mut Best<'_>, request: &RequestView<'_>) {
        if !best.loses_to(self.floor) {
            return;
        }
        for (_, groups) in self.groups.prefixes(request.path.as_bytes()) {
            for group in groups {
                group.consider(best, request);
            }
        }
    }
}

impl Group {
    fn new(entries: Vec<(Expression, Pattern, u32)>) -> Self {
        let together = (entries.len() > ONE_BY_ONE)
            .then(|| Together::new(entries.iter().map(|(expression, ..)| expression)))
            .flatten();
        let (patterns, ranks) = entries
            .into_iter()
            .map(|(_, pattern, rank)| (pattern, rank))
            .unzip();
        let matcher = together.map_or(Matcher::OneByOne(patterns), |together| {
            Matcher::Together(Box::new(together))
        });
        Self { matcher, ranks }
    }

    fn consider(&self, best: &mut Best<'_>, request: &RequestView<'_>) {
        let path = request.path.as_bytes();
        match &self.matcher {
            Matcher::OneByOne(patterns) => {
                // Lazily: an expression is tried only while its candidate could still win.
                for (pattern, &rank) in patterns.iter().zip(&self.ranks) {
                    if !best.loses_to(rank) {
                        return;
                    }
                    if pattern.matches(path) {
                        best.consider([rank], request);
                    }
                }
            }
            Matcher::Together(together) => {
                if self
                    .ranks
                    .first()
                    .is_none_or(|&first| !best.loses_to(first))
                {
                    return;
                }
                let mut set = together.sets.get();
                set.clear();
                let input = Input::new(path).anchored(Anchored::Yes);
                together
                    .automaton
                    .which_overlapping_matches(&input, &mut set);
                let matching = set
                    .iter()
                    .filter_map(|id| self.ranks.get(id.as_usize()).copied());
                best.consider(matching, request);
            }
        }
    }
}

impl Together {
    /// `None` if the automaton would be too large; each expression by itself is not.
    fn new<'e>(expressions: impl ExactSizeIterator<Item = &'e Expression>) -> Option<Self> {
        let count = expressions.len();
        let hirs: Vec<_> = expressions.map(Expression::hir).collect();
        let config = config()
            .match_kind(MatchKind::All)
            .nfa_size_limit(Some(COMPILED_BYTES.saturating_mul(64)))
            .hybrid_cache_capacity(CACHE_BYTES * 4);
        let automaton = meta::Builder::new()
            .configure(config)
            .build_many_from_hir(&hirs)
            .ok()?;
        let new_set: NewSet = Box::new(move || PatternSet::new(count));
        Some(Self {
            automaton,
            sets: Pool::new(new_set),
        })
    }
}
