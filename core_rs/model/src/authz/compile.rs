//! From the documents to policies that can be asked. What cannot be compiled is refused as a
//! whole: a policy that is half understood is none.

use super::attribute::Attribute;
use super::condition::Condition;
use super::policy::{Policy, PolicyName};
use super::rule::Rule;
use crate::error::{CompileError, ErrorCode};
use crate::wire::{
    PolicyAction, PolicyCondition, PolicyDocument, PolicyOperation, PolicyRuleEntry, PolicySource,
};

/// The most characters of a list that explanations show.
const LISTED_CHARACTERS: usize = 96;

/// A mistake: the field and what is wrong with it.
type Fault = (String, String);

/// Compiles `document`; `root` is the mesh's root namespace.
pub(super) fn policy(document: &PolicyDocument, root: &str) -> Result<Policy, CompileError> {
    let refuse = |(field, reason): Fault| {
        let name = format!("policy {}/{}", document.namespace, document.name);
        CompileError::new(ErrorCode::InvalidValue, name, field, reason)
    };
    check(document, root).map_err(refuse)?;
    let rule = |(index, entry): (usize, &PolicyRuleEntry)| {
        rule(document, entry, &format!("rules[{index}]"))
    };
    let entries = document.rules.iter().flatten().enumerate();
    Ok(Policy {
        name: PolicyName::new(&document.namespace, &document.name),
        namespace: document.namespace.as_str().into(),
        action: document.action,
        dry_run: document.dry_run,
        provider: document.provider.as_str().into(),
        selector: document.selector.clone(),
        targets: document
            .targets
            .iter()
            .map(|target| target.as_str().into())
            .collect(),
        rules: entries
            .map(rule)
            .collect::<Result<_, _>>()
            .map_err(refuse)?,
    })
}

fn check(document: &PolicyDocument, root: &str) -> Result<(), Fault> {
    for (field, value) in [("namespace", &document.namespace), ("name", &document.name)] {
        if value.is_empty() || value.contains('/') {
            return Err(fault(field, "must not be empty or hold a slash"));
        }
    }
    let no_rules = document.rules.as_ref().is_none_or(Vec::is_empty);
    if no_rules && matches!(document.action, PolicyAction::Deny | PolicyAction::Custom) {
        let reason = "without rules it would never match; `[{}]` always does";
        return Err(fault("rules", reason));
    }
    if document.provider.is_empty() == (document.action == PolicyAction::Custom) {
        let reason = "must be there with the action `custom`, and only there";
        return Err(fault("provider", reason));
    }
    if !document.targets.is_empty() && !document.selector.is_empty() {
        return Err(fault(
            "targets",
            "stand instead of a selector, not beside it",
        ));
    }
    for (index, target) in document.targets.iter().enumerate() {
        // A namespace must not decide over the gateways of another.
        let own = |namespace| namespace == document.namespace || document.namespace == root;
        let named = target.split_once('/');
        if named.is_none_or(|(namespace, name)| !own(namespace) || name.is_empty()) {
            let reason = "must be `namespace/name` of a gateway in the policy's namespace";
            return Err(fault(&format!("targets[{index}]"), reason));
        }
    }
    Ok(())
}

fn rule(document: &PolicyDocument, entry: &PolicyRuleEntry, place: &str) -> Result<Rule, Fault> {
    let mut parts = Vec::new();
    let mut from = Vec::new();
    for (index, source) in entry.from.iter().enumerate() {
        let lists = source_lists(source);
        from.push(part_entry(
            document,
            place,
            &format!("from[{index}]"),
            &lists,
        )?);
    }
    let mut to = Vec::new();
    for (index, operation) in entry.to.iter().enumerate() {
        let lists = operation_lists(operation);
        to.push(part_entry(
            document,
            place,
            &format!("to[{index}]"),
            &lists,
        )?);
    }
    let mut when = Vec::new();
    for (index, condition) in entry.when.iter().enumerate() {
        when.extend(when_conditions(
            document,
            place,
            &format!("when[{index}]"),
            condition,
        )?);
    }
    let when = if when.is_empty() {
        vec![]
    } else {
        vec![("when".to_owned(), when)]
    };
    parts.extend([from, to, when].into_iter().filter(|part| !part.is_empty()));
    Ok(Rule::new(parts))
}

/// A list of a source or operation: its name, whether it is negated, and its values.
type List<'d> = (Attribute<'static>, &'static str, bool, &'d [String]);

fn source_lists(source: &PolicySource) -> [List<'_>; 14] {
    use Attribute::{
        Namespace, Principal, RemoteIp, RequestPrincipal, ServiceAccount, SourceIp, TrustDomain,
    };
    [
        (Principal, "principals", false, &source.principals),
        (Principal, "not_principals", true, &source.not_principals),
        (
            RequestPrincipal,
            "request_principals",
            false,
            &source.request_principals,
        ),
        (
            RequestPrincipal,
            "not_request_principals",
            true,
            &source.not_request_principals,
        ),
        (Namespace, "namespaces", false, &source.namespaces),
        (Namespace, "not_namespaces", true, &source.not_namespaces),
        (
            ServiceAccount,
            "service_accounts",
            false,
            &source.service_accounts,
        ),
        (
            ServiceAccount,
            "not_service_accounts",
            true,
            &source.not_service_accounts,
        ),
        (TrustDomain, "trust_domains", false, &source.trust_domains),
        (
            TrustDomain,
            "not_trust_domains",
            true,
            &source.not_trust_domains,
        ),
        (SourceIp, "ip_blocks", false, &source.ip_blocks),
        (SourceIp, "not_ip_blocks", true, &source.not_ip_blocks),
        (
            RemoteIp,
            "remote_ip_blocks",
            false,
            &source.remote_ip_blocks,
        ),
        (
            RemoteIp,
            "not_remote_ip_blocks",
            true,
            &source.not_remote_ip_blocks,
        ),
    ]
}

fn operation_lists(operation: &PolicyOperation) -> [List<'_>; 8] {
    use Attribute::{Host, Method, Path, Port};
    [
        (Host, "hosts", false, &operation.hosts),
        (Host, "not_hosts", true, &operation.not_hosts),
        (Port, "ports", false, &operation.ports),
        (Port, "not_ports", true, &operation.not_ports),
        (Method, "methods", false, &operation.methods),
        (Method, "not_methods", true, &operation.not_methods),
        (Path, "paths", false, &operation.paths),
        (Path, "not_paths", true, &operation.not_paths),
    ]
}

/// One entry of `from` or `to`. An entry that asks for nothing would widen its rule to anybody.
fn part_entry(
    document: &PolicyDocument,
    rule: &str,
    entry: &str,
    lists: &[List<'_>],
) -> Result<(String, Vec<Condition>), Fault> {
    let mut conditions = Vec::new();
    for (attribute, name, negated, values) in lists {
        if values.is_empty() {
            continue;
        }
        let place = format!("{entry}.{name}");
        let field = format!("{rule}.{place}");
        conditions.push(condition(
            document, attribute, *negated, values, &place, &field,
        )?);
    }
    if conditions.is_empty() {
        return Err(fault(
            &format!("{rule}.{entry}"),
            "must have at least one list",
        ));
    }
    Ok((entry.to_owned(), conditions))
}

fn when_conditions(
    document: &PolicyDocument,
    rule: &str,
    place: &str,
    entry: &PolicyCondition,
) -> Result<Vec<Condition>, Fault> {
    let attribute = Attribute::of_key(&entry.key).map_err(|reason| {
        (
            format!("{rule}.{place}.key"),
            format!("`{}`: {reason}", entry.key),
        )
    })?;
    let lists = [
        ("values", false, &entry.values),
        ("not_values", true, &entry.not_values),
    ];
    let mut conditions = Vec::new();
    for (name, negated, values) in lists {
        if !values.is_empty() {
            let field = format!("{rule}.{place}.{name}");
            let place = format!("{place} {}", entry.key);
            conditions.push(condition(
                document, &attribute, negated, values, &place, &field,
            )?);
        }
    }
    if conditions.is_empty() {
        return Err(fault(
            &format!("{rule}.{place}"),
            "must have `values` or `not_values`",
        ));
    }
    Ok(conditions)
}

fn condition(
    document: &PolicyDocument,
    attribute: &Attribute<'_>,
    negated: bool,
    values: &[String],
    place: &str,
    field: &str,
) -> Result<Condition, Fault> {
    if document.action == PolicyAction::Custom && attribute.is_authenticated() {
        let reason =
            "is not known yet when a provider is asked, so the action `custom` cannot use it";
        return Err(fault(field, reason));
    }
    let wrong = |(index, reason): (usize, &str)| {
        (
            format!("{field}[{index}]"),
            format!("`{}` {reason}", values[index]),
        )
    };
    Ok(Condition {
        place: place.into(),
        listed: listed(values).into(),
        negated,
        test: attribute.test(values, &document.namespace).map_err(wrong)?,
    })
}

/// `values` in one line, cut where it gets long.
fn listed(values: &[String]) -> String {
    let mut text = values.join(", ");
    if let Some((end, _)) = text.char_indices().nth(LISTED_CHARACTERS) {
        text.truncate(end);
        text.push('…');
    }
    text
}

fn fault(field: &str, reason: &str) -> Fault {
    (field.to_owned(), reason.to_owned())
}
