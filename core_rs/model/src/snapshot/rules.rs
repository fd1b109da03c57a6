//! The rules of one routes document to a route table.

use std::sync::Arc;
use std::time::Duration;

use rustc_hash::FxHashMap;

use super::cluster::ClusterId;
use super::fields::{check_edits, check_token};
use super::patterns::Patterns;
use crate::error::ErrorCode;
use crate::route::{
    Conditions, Destination, HeaderEdits, NamedCondition, PathCondition, RouteRule, RouteTable,
    RouteTableBuilder, ValueCondition,
};
use crate::wire::{
    HeaderEditsEntry, HeaderValue, PathMatch, RouteMatch, RouteRuleEntry, ValueMatch,
};

/// The clusters by service name.
pub(super) type Names = FxHashMap<Arc<str>, ClusterId>;

/// An error without its document: code, field, reason.
pub(super) type Fault = (ErrorCode, String, String);

/// A [`Fault`] of a value that is outside what is allowed.
pub(super) fn invalid(field: impl Into<String>, reason: impl Into<String>) -> Fault {
    (ErrorCode::InvalidValue, field.into(), reason.into())
}

/// Compiles the rules of one host.
pub(super) fn table(rules: &[RouteRuleEntry], names: &Names) -> Result<RouteTable, Fault> {
    let mut builder = RouteTableBuilder::default();
    let mut patterns = Patterns::default();
    for (index, entry) in rules.iter().enumerate() {
        let place = format!("rules[{index}]");
        let rule = Arc::new(rule(entry, names, &place)?);
        if entry.matches.is_empty() {
            builder.add(PathCondition::Any, Conditions::default(), Arc::clone(&rule));
        }
        for (position, one) in entry.matches.iter().enumerate() {
            let place = format!("{place}.matches[{position}]");
            let path = path_condition(one.path.as_ref(), &place, &mut patterns)?;
            let conditions = conditions(one, &place, &mut patterns)?;
            builder.add(path, conditions, Arc::clone(&rule));
        }
    }
    Ok(builder.build())
}

fn rule(entry: &RouteRuleEntry, names: &Names, place: &str) -> Result<RouteRule, Fault> {
    let mut destinations = Vec::with_capacity(entry.destinations.len());
    for (index, one) in entry.destinations.iter().enumerate() {
        let Some((service, &cluster)) = names.get_key_value(one.service.as_str()) else {
            let field = format!("{place}.destinations[{index}].service");
            let reason = format!("no service `{}`", one.service);
            return Err((ErrorCode::DanglingReference, field, reason));
        };
        let service = Arc::clone(service);
        destinations.push(Destination {
            cluster,
            service,
            weight: one.weight,
        });
    }
    let mut rule = RouteRule::new(&entry.name, destinations);
    rule.request_timeout = entry.timeouts.request_ms.map(Duration::from_millis);
    rule.request_edits = edits(&entry.request_headers, &format!("{place}.request_headers"))?;
    rule.response_edits = edits(
        &entry.response_headers,
        &format!("{place}.response_headers"),
    )?;
    Ok(rule)
}

fn edits(entry: &HeaderEditsEntry, place: &str) -> Result<HeaderEdits, Fault> {
    check_edits(entry, place)?;
    let fields = |list: &[HeaderValue]| {
        list.iter()
            .map(|field| (field.name.as_str().into(), field.value.as_str().into()))
            .collect()
    };
    Ok(HeaderEdits {
        set: fields(&entry.set),
        add: fields(&entry.add),
        remove: entry
            .remove
            .iter()
            .map(|name| name.as_str().into())
            .collect(),
    })
}

fn path_condition(
    path: Option<&PathMatch>,
    place: &str,
    patterns: &mut Patterns,
) -> Result<PathCondition, Fault> {
    let field = || format!("{place}.path.value");
    match path {
        None => Ok(PathCondition::Any),
        Some(PathMatch::Regex(text)) => {
            let (expression, pattern) = patterns.compile(text, field)?;
            Ok(PathCondition::Regex(expression, pattern))
        }
        // A request's path never has these, so such a rule could serve nothing.
        Some(PathMatch::Exact(text) | PathMatch::Prefix(text))
            if !text.starts_with('/') || text.contains(['?', '#']) =>
        {
            Err(invalid(
                field(),
                "must begin with `/` and hold neither `?` nor `#`",
            ))
        }
        Some(PathMatch::Exact(text)) => Ok(PathCondition::Exact(text.as_str().into())),
        Some(PathMatch::Prefix(text)) => Ok(PathCondition::Prefix(
            text.strip_suffix('/').unwrap_or(text).into(),
        )),
    }
}

fn conditions(one: &RouteMatch, place: &str, patterns: &mut Patterns) -> Result<Conditions, Fault> {
    if let Some(method) = &one.method {
        check_token(method, || format!("{place}.method"))?;
    }
    let mut named = |list: &[ValueMatch], kind: &str| {
        list.iter()
            .enumerate()
            .map(|(index, one)| named_condition(one, &format!("{place}.{kind}[{index}]"), patterns))
            .collect::<Result<Vec<_>, _>>()
    };
    let headers = named(&one.headers, "headers")?;
    let query = named(&one.query, "query")?;
    for (index, header) in headers.iter().enumerate() {
        check_token(&header.name, || format!("{place}.headers[{index}].name"))?;
    }
    Ok(Conditions {
        method: one.method.as_deref().map(Into::into),
        headers,
        query,
    })
}

fn named_condition(
    one: &ValueMatch,
    place: &str,
    patterns: &mut Patterns,
) -> Result<NamedCondition, Fault> {
    let (name, value) = match one {
        ValueMatch::Exact { name, value } => (name, ValueCondition::Exact(value.as_bytes().into())),
        ValueMatch::Regex { name, value } => {
            let (_, pattern) = patterns.compile(value, || format!("{place}.value"))?;
            (name, ValueCondition::Regex(pattern))
        }
        ValueMatch::Present { name } => (name, ValueCondition::Present),
    };
    if name.is_empty() {
        return Err(invalid(format!("{place}.name"), "must not be empty"));
    }
    Ok(NamedCondition {
        name: name.as_str().into(),
        value,
    })
}
