//! One rule of a policy.

use std::fmt;

use super::condition::Condition;
use super::known::Known;
use super::subject::Facts;

/// A rule: of each part one entry must hold, and of an entry every condition.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    parts: Box<[Part]>,
    /// Whether a condition can be asked of HTTP only.
    http_only: bool,
}

/// The entries of `from`, of `to`, or the one that is `when`.
#[derive(Clone, Debug)]
struct Part {
    entries: Box<[Entry]>,
}

/// Conditions of which all must hold.
#[derive(Clone, Debug)]
struct Entry {
    /// Its place in the rule, such as `from[0]`.
    place: Box<str>,
    conditions: Box<[Condition]>,
}

impl Rule {
    /// A rule of `parts`, each a list of entries with their places. Parts and conditions are put
    /// in the order of their cost, which changes what is asked, not what comes of it.
    pub(super) fn new(parts: Vec<Vec<(String, Vec<Condition>)>>) -> Self {
        let part = |entries: Vec<(String, Vec<Condition>)>| Part {
            entries: entries.into_iter().map(Entry::new).collect(),
        };
        let mut parts: Vec<Part> = parts.into_iter().map(part).collect();
        parts.sort_by_key(Part::cost);
        let mut conditions = parts
            .iter()
            .flat_map(|part| &part.entries)
            .flat_map(|entry| &entry.conditions);
        Self {
            http_only: conditions.any(|condition| condition.test.is_http_only()),
            parts: parts.into(),
        }
    }

    /// Whether it matches; `allows` says that its policy lets requests pass. Such a rule is dropped
    /// as a whole from a connection that is not HTTP if it asks for anything of HTTP (rule 5).
    pub(super) fn holds(&self, facts: &Facts<'_>, allows: bool) -> Known {
        if allows && self.http_only && facts.subject.request.is_none() {
            return Known::No;
        }
        Known::all(self.parts.iter().map(|part| part.holds(facts)))
    }

    /// Why it matches or not, in words that are put together only if somebody reads them.
    pub(super) fn reason<'r, 'f>(&'r self, facts: &'r Facts<'f>, allows: bool) -> Reason<'r, 'f> {
        Reason {
            rule: self,
            facts,
            allows,
        }
    }
}

/// Why a rule matches or not.
pub(super) struct Reason<'r, 'f> {
    rule: &'r Rule,
    facts: &'r Facts<'f>,
    allows: bool,
}

impl fmt::Display for Reason<'_, '_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            rule,
            facts,
            allows,
        } = *self;
        if allows && rule.http_only && facts.subject.request.is_none() {
            return formatter
                .write_str("asks for more than a connection that is not HTTP can show");
        }
        if rule.parts.is_empty() {
            return formatter.write_str("has no conditions");
        }
        let results = rule.parts.iter().map(|part| (part, part.holds(facts)));
        let results: Vec<_> = results.collect();
        let find = |wanted| results.iter().find(|(_, result)| *result == wanted);
        if let Some((part, _)) = find(Known::No) {
            return part.write_objections(facts, formatter);
        }
        if let Some((part, _)) = find(Known::Doubt) {
            part.write_objections(facts, formatter)?;
            let verb = if allows { "does not match" } else { "matches" };
            return write!(formatter, ", so the rule {verb}");
        }
        let entries = results.iter().filter_map(|(part, _)| part.first(facts));
        let places: Vec<&str> = entries.map(|entry| &*entry.place).collect();
        let verb = if places.len() == 1 { "holds" } else { "hold" };
        write!(formatter, "{} {verb}", places.join(" and "))
    }
}

impl Part {
    fn cost(&self) -> u32 {
        let conditions = self.entries.iter().flat_map(|entry| &entry.conditions);
        conditions.map(|condition| 1 + condition.test.cost()).sum()
    }

    fn holds(&self, facts: &Facts<'_>) -> Known {
        Known::any(self.entries.iter().map(|entry| entry.holds(facts)))
    }

    fn first(&self, facts: &Facts<'_>) -> Option<&Entry> {
        let mut entries = self.entries.iter();
        entries.find(|entry| entry.holds(facts) == Known::Yes)
    }

    /// Writes what stands in the way of each entry.
    fn write_objections(&self, facts: &Facts<'_>, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let objections = self
            .entries
            .iter()
            .filter_map(|entry| entry.objection(facts));
        for (index, (condition, result)) in objections.enumerate() {
            let verb = match (result, condition.negated) {
                (Known::Doubt, _) => "cannot be evaluated with",
                (_, false) => "does not list",
                (_, true) => "lists",
            };
            let separator = if index == 0 { "" } else { "; " };
            let Condition { place, listed, .. } = condition;
            let found = condition.test.found(facts);
            write!(out, "{separator}{place} [{listed}] {verb} {found}")?;
        }
        Ok(())
    }
}

impl Entry {
    fn new((place, mut conditions): (String, Vec<Condition>)) -> Self {
        conditions.sort_by_key(|condition| condition.test.cost());
        Self {
            place: place.into(),
            conditions: conditions.into(),
        }
    }

    fn holds(&self, facts: &Facts<'_>) -> Known {
        Known::all(
            self.conditions
                .iter()
                .map(|condition| condition.holds(facts)),
        )
    }

    /// The condition for which it does not hold.
    fn objection(&self, facts: &Facts<'_>) -> Option<(&Condition, Known)> {
        let first = |wanted| {
            let mut conditions = self.conditions.iter();
            let found = conditions.find(|condition| condition.holds(facts) == wanted);
            found.map(|condition| (condition, wanted))
        };
        first(Known::No).or_else(|| first(Known::Doubt))
    }
}
