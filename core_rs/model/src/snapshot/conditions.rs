//! What a match asks of a request, checked and compiled.

use super::fields::check_token;
use super::patterns::Patterns;
use super::rules::{Fault, invalid};
use crate::route::{Comparison, Conditions, NamedCondition, PathCondition, TextCondition};
use crate::wire::{
    PathMatch, PathMatchKind, RouteMatch, RouteOrder, SourceMatch, StringMatch, StringMatchKind,
    ValueMatch, ValueMatchKind,
};
use crate::workload::Workload;

/// The condition on the path.
pub(super) fn path(
    path: Option<&PathMatch>,
    place: &str,
    order: RouteOrder,
    patterns: &mut Patterns,
) -> Result<PathCondition, Fault> {
    let Some(path) = path else {
        return Ok(PathCondition::Any);
    };
    let (value, ignore_case) = (path.value.as_str(), path.ignore_case);
    let field = || format!("{place}.path.value");
    // A request's path never has these, so such a rule could serve nothing. Istio lets such rules
    // be, and they serve nothing.
    if path.kind != PathMatchKind::Regex
        && order == RouteOrder::Specific
        && (!value.starts_with('/') || value.contains(['?', '#']))
    {
        let reason = "must begin with `/` and hold neither `?` nor `#`";
        return Err(invalid(field(), reason));
    }
    Ok(match path.kind {
        PathMatchKind::Exact => PathCondition::Exact {
            text: value.into(),
            ignore_case,
        },
        PathMatchKind::Prefix => PathCondition::Prefix {
            text: value.strip_suffix('/').unwrap_or(value).into(),
            ignore_case,
        },
        PathMatchKind::StartsWith => PathCondition::StartsWith {
            text: value.into(),
            ignore_case,
        },
        PathMatchKind::Regex => {
            cased(ignore_case, || format!("{place}.path"))?;
            let (expression, pattern) = patterns.compile(value, field)?;
            PathCondition::Regex(expression, pattern)
        }
    })
}

/// The other conditions; whether `workload` is one that the match is for is decided here.
pub(super) fn others(
    one: &RouteMatch,
    place: &str,
    order: RouteOrder,
    workload: &Workload,
    patterns: &mut Patterns,
) -> Result<Conditions, Fault> {
    let specific = order == RouteOrder::Specific;
    if let Some(method) = one
        .method
        .as_ref()
        .filter(|it| specific && it.kind == StringMatchKind::Exact)
    {
        check_token(&method.value, || format!("{place}.method.value"))?;
    }
    let mut optional = |condition: &Option<StringMatch>, name: &str| {
        let compile = |it| text(it, &format!("{place}.{name}"), patterns);
        condition.as_ref().map(compile).transpose()
    };
    let method = optional(&one.method, "method")?;
    let scheme = optional(&one.scheme, "scheme")?;
    let authority = optional(&one.authority, "authority")?;
    let mut named = |list: &[ValueMatch], kind: &str| {
        list.iter()
            .enumerate()
            .map(|(index, one)| named(one, &format!("{place}.{kind}[{index}]"), patterns))
            .collect::<Result<Vec<_>, _>>()
    };
    let headers = named(&one.headers, "headers")?;
    let query = named(&one.query, "query")?;
    for (index, header) in headers.iter().enumerate().filter(|_| specific) {
        check_token(&header.name, || format!("{place}.headers[{index}].name"))?;
    }
    Ok(Conditions {
        foreign: one.source.as_ref().is_some_and(|it| !is_from(it, workload)),
        method,
        scheme,
        authority,
        headers,
        query,
    })
}

/// Whether `workload` is one that `source` names.
pub(super) fn is_from(source: &SourceMatch, workload: &Workload) -> bool {
    (source.namespace.is_empty() || source.namespace == workload.namespace)
        && workload.has_labels(&source.labels)
}

/// A condition on a text.
pub(super) fn text(
    one: &StringMatch,
    place: &str,
    patterns: &mut Patterns,
) -> Result<TextCondition, Fault> {
    let bytes = || one.value.as_bytes().into();
    let comparison = match one.kind {
        StringMatchKind::Exact => Comparison::Exact(bytes()),
        StringMatchKind::Prefix => Comparison::Prefix(bytes()),
        StringMatchKind::Suffix => Comparison::Suffix(bytes()),
        StringMatchKind::Regex => {
            cased(one.ignore_case, || place.to_owned())?;
            let (_, pattern) = patterns.compile(&one.value, || format!("{place}.value"))?;
            Comparison::Regex(pattern)
        }
    };
    Ok(TextCondition {
        comparison,
        ignore_case: one.ignore_case,
    })
}

fn named(one: &ValueMatch, place: &str, patterns: &mut Patterns) -> Result<NamedCondition, Fault> {
    let field = || format!("{place}.value");
    let comparison = match (one.kind, one.value.as_deref()) {
        (ValueMatchKind::Present, None) => Comparison::Present,
        (ValueMatchKind::Present, Some(_)) => {
            return Err(invalid(field(), "`present` asks for no value"));
        }
        (_, None) => return Err(invalid(field(), "is missing")),
        (ValueMatchKind::Exact, Some(value)) => Comparison::Exact(value.as_bytes().into()),
        (ValueMatchKind::Prefix, Some(value)) => Comparison::Prefix(value.as_bytes().into()),
        (ValueMatchKind::Suffix, Some(value)) => Comparison::Suffix(value.as_bytes().into()),
        (ValueMatchKind::Regex, Some(value)) => {
            Comparison::Regex(patterns.compile(value, field)?.1)
        }
    };
    if one.name.is_empty() {
        return Err(invalid(format!("{place}.name"), "must not be empty"));
    }
    Ok(NamedCondition {
        name: one.name.as_str().into(),
        value: TextCondition::new(comparison),
        invert: one.invert,
    })
}

fn cased(ignore_case: bool, place: impl FnOnce() -> String) -> Result<(), Fault> {
    if ignore_case {
        let field = format!("{}.ignore_case", place());
        return Err(invalid(field, "an expression says so itself, with `(?i)`"));
    }
    Ok(())
}
