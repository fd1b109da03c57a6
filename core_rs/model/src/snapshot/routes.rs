//! Routes documents to the host map.

use std::sync::Arc;
use std::time::Duration;

use rustc_hash::FxHashMap;

use super::cluster::ClusterId;
use crate::error::{CompileError, ErrorCode};
use crate::route::{
    Conditions, Destination, HeaderEdits, HostMap, NamedCondition, PathCondition, Pattern,
    RouteRule, RouteTable, RouteTableBuilder, ValueCondition,
};
use crate::wire::{
    HeaderEditsEntry, HeaderValue, PathMatch, RouteMatch, RouteRuleEntry, RoutesDocument,
    ValueMatch,
};

type Names = FxHashMap<Arc<str>, ClusterId>;

/// An error without its document.
type Fault = (ErrorCode, String, String);

/// Compiles `documents`, whose destinations are among `names`.
pub(super) fn compile(
    documents: &[RoutesDocument],
    names: &Names,
) -> Result<HostMap<Arc<RouteTable>>, CompileError> {
    let mut narrowest: FxHashMap<String, &RoutesDocument> = FxHashMap::default();
    let mut hosts = HostMap::default();
    for document in documents {
        let refuse =
            |(code, field, reason)| CompileError::new(code, document_name(document), field, reason);
        check_host(&document.host).map_err(refuse)?;
        let table = Arc::new(table(document, names).map_err(refuse)?);
        let host = document.host.to_ascii_lowercase();
        if let Some(other) = narrowest.get(&host) {
            match (other.audience.as_str(), document.audience.as_str()) {
                ("*", "*") => return Err(refuse(duplicate("another document has this host"))),
                ("*", _) => {}
                (_, "*") => continue,
                _ => return Err(refuse(duplicate("two narrow audiences for one host"))),
            }
        }
        hosts.insert(&host, table);
        narrowest.insert(host, document);
    }
    Ok(hosts)
}

fn document_name(document: &RoutesDocument) -> String {
    format!("routes {}/{}", document.host, document.audience)
}

fn duplicate(reason: &str) -> Fault {
    (ErrorCode::Duplicate, "host".to_owned(), reason.to_owned())
}

fn invalid(field: impl Into<String>, reason: impl Into<String>) -> Fault {
    (ErrorCode::InvalidValue, field.into(), reason.into())
}

/// `*`, `*.suffix`, a name, or a bracketed IPv6 address; without a port.
fn check_host(host: &str) -> Result<(), Fault> {
    let rest = match host.strip_prefix('*') {
        Some("") => return Ok(()),
        Some(suffix) => suffix.strip_prefix('.').unwrap_or(""),
        None => host,
    };
    let literal = host.starts_with('[') && host.ends_with(']');
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"*/:?#[]@".contains(&byte);
    if rest.is_empty() || rest.len() > 253 || !(literal || rest.bytes().all(plain)) {
        return Err(invalid(
            "host",
            "must be a host name without a port, `*.suffix` or `*`",
        ));
    }
    Ok(())
}

fn table(document: &RoutesDocument, names: &Names) -> Result<RouteTable, Fault> {
    let mut builder = RouteTableBuilder::default();
    for (index, entry) in document.rules.iter().enumerate() {
        let place = format!("rules[{index}]");
        let rule = Arc::new(rule(entry, names, &place)?);
        if entry.matches.is_empty() {
            builder.add(PathCondition::Any, Conditions::default(), Arc::clone(&rule));
        }
        for (position, one) in entry.matches.iter().enumerate() {
            let place = format!("{place}.matches[{position}]");
            let path = path_condition(one.path.as_ref(), &place)?;
            builder.add(path, conditions(one, &place)?, Arc::clone(&rule));
        }
    }
    Ok(builder.build())
}

fn rule(entry: &RouteRuleEntry, names: &Names, place: &str) -> Result<RouteRule, Fault> {
    let mut destinations = Vec::with_capacity(entry.destinations.len());
    for (index, one) in entry.destinations.iter().enumerate() {
        let Some((service, &cluster)) = names.get_key_value(one.service.as_str()) else {
            let field = format!("{place}.destinations[{index}].service");
            let reason = format!("no service {}", one.service);
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
    rule.request_edits = edits(&entry.request_headers);
    rule.response_edits = edits(&entry.response_headers);
    Ok(rule)
}

fn edits(entry: &HeaderEditsEntry) -> HeaderEdits {
    let fields = |list: &[HeaderValue]| {
        list.iter()
            .map(|field| (field.name.as_str().into(), field.value.as_str().into()))
            .collect()
    };
    HeaderEdits {
        set: fields(&entry.set),
        add: fields(&entry.add),
        remove: entry
            .remove
            .iter()
            .map(|name| name.as_str().into())
            .collect(),
    }
}

fn path_condition(path: Option<&PathMatch>, place: &str) -> Result<PathCondition, Fault> {
    let field = || format!("{place}.path.value");
    match path {
        None => Ok(PathCondition::Any),
        Some(PathMatch::Regex(text)) => Ok(PathCondition::Regex(pattern(text, field)?)),
        Some(PathMatch::Exact(text) | PathMatch::Prefix(text)) if !text.starts_with('/') => {
            Err(invalid(field(), "must begin with a slash"))
        }
        Some(PathMatch::Exact(text)) => Ok(PathCondition::Exact(text.as_str().into())),
        Some(PathMatch::Prefix(text)) => {
            Ok(PathCondition::Prefix(text.trim_end_matches('/').into()))
        }
    }
}

fn conditions(one: &RouteMatch, place: &str) -> Result<Conditions, Fault> {
    let named = |list: &[ValueMatch], kind: &str| {
        list.iter()
            .enumerate()
            .map(|(index, one)| named_condition(one, &format!("{place}.{kind}[{index}]")))
            .collect::<Result<Vec<_>, _>>()
    };
    Ok(Conditions {
        method: one.method.as_deref().map(Into::into),
        headers: named(&one.headers, "headers")?,
        query: named(&one.query, "query")?,
    })
}

fn named_condition(one: &ValueMatch, place: &str) -> Result<NamedCondition, Fault> {
    let (name, value) = match one {
        ValueMatch::Exact { name, value } => (name, ValueCondition::Exact(value.as_bytes().into())),
        ValueMatch::Regex { name, value } => (
            name,
            ValueCondition::Regex(pattern(value, || format!("{place}.value"))?),
        ),
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

fn pattern(text: &str, field: impl Fn() -> String) -> Result<Pattern, Fault> {
    Pattern::new(text).map_err(|error| (ErrorCode::InvalidRegex, field(), error.to_string()))
}
