//! The rules of one routes document to a route table.

use std::sync::Arc;
use std::time::Duration;

use super::actions;
use super::conditions;
use super::fields::edits;
use super::patterns::Patterns;
use super::services::{Services, Unresolved};
use crate::error::ErrorCode;
use crate::route::{
    Conditions, Destination, Mirror, Origin, PathCondition, RouteRule, RouteTable,
    RouteTableBuilder, Target,
};
use crate::wire::{DestinationEntry, MirrorEntry, OriginEntry, RouteOrder, RouteRuleEntry};
use crate::workload::Workload;

/// An error without its document: code, field, reason.
pub(super) type Fault = (ErrorCode, String, String);

/// A [`Fault`] of a value that is outside what is allowed.
pub(super) fn invalid(field: impl Into<String>, reason: impl Into<String>) -> Fault {
    (ErrorCode::InvalidValue, field.into(), reason.into())
}

/// What requests get that fall to a service which only others see: for this workload it is as if
/// it had no endpoints.
const UNSEEN: u16 = 503;

/// Compiles the rules of one document.
pub(super) struct RuleCompiler<'d> {
    order: RouteOrder,
    services: &'d Services,
    workload: &'d Workload,
    patterns: Patterns,
}

impl<'d> RuleCompiler<'d> {
    /// For rules in this order, whose destinations are among `services`, as `workload` uses them.
    pub(super) fn new(order: RouteOrder, services: &'d Services, workload: &'d Workload) -> Self {
        Self {
            order,
            services,
            workload,
            patterns: Patterns::default(),
        }
    }

    /// Compiles the rules of `host`; the number is what their expressions take, in bytes.
    pub(super) fn table(
        mut self,
        host: &str,
        rules: &[RouteRuleEntry],
    ) -> Result<(RouteTable, usize), Fault> {
        let mut builder = RouteTableBuilder::new(host, self.order);
        let mut others = rules.iter().filter(|entry| !entry.fallback);
        let falls_back = others.all(|entry| self.is_dropped(entry));
        for (index, entry) in rules.iter().enumerate() {
            let place = format!("rules[{index}]");
            let rule = Arc::new(self.rule(entry, &place)?);
            if entry.fallback && !falls_back {
                continue;
            }
            if entry.matches.is_empty() {
                builder.add(PathCondition::Any, Conditions::default(), rule, 0);
                continue;
            }
            for (position, one) in entry.matches.iter().enumerate() {
                let place = format!("{place}.matches[{position}]");
                let path = one.path.as_ref();
                let path = conditions::path(path, &place, self.order, &mut self.patterns)?;
                let others =
                    conditions::others(one, &place, self.order, self.workload, &mut self.patterns)?;
                builder.add(path, others, Arc::clone(&rule), position);
            }
        }
        Ok((builder.build(), self.patterns.spent()))
    }

    /// Whether every match of a rule is for other workloads (rule 28 of Istio's semantics: sources
    /// are decided before any request).
    fn is_dropped(&self, entry: &RouteRuleEntry) -> bool {
        !entry.matches.is_empty()
            && entry.matches.iter().all(|one| {
                let source = one.source.as_ref();
                source.is_some_and(|source| !conditions::is_from(source, self.workload))
            })
    }

    fn rule(&mut self, entry: &RouteRuleEntry, place: &str) -> Result<RouteRule, Fault> {
        let mut destinations = Vec::with_capacity(entry.destinations.len());
        for (index, one) in entry.destinations.iter().enumerate() {
            let place = format!("{place}.destinations[{index}]");
            destinations.push(self.destination(one, &place)?);
        }
        let mut rule = RouteRule::new(&entry.name, destinations);
        rule.resource = entry.resource.as_ref().map(origin);
        rule.action = actions::action(entry, place)?;
        if let Some(rewrite) = &entry.rewrite {
            let place = format!("{place}.rewrite");
            rule.rewrite = Some(actions::rewrite(rewrite, &place, &mut self.patterns)?);
        }
        if let Some(cors) = &entry.cors {
            rule.cors = Some(actions::cors(
                cors,
                &format!("{place}.cors"),
                &mut self.patterns,
            )?);
        }
        rule.request_timeout = entry.timeouts.request_ms.map(Duration::from_millis);
        rule.backend_timeout = entry.timeouts.backend_request_ms.map(Duration::from_millis);
        rule.request_edits = edits(&entry.request_headers, || {
            format!("{place}.request_headers")
        })?;
        rule.response_edits = edits(&entry.response_headers, || {
            format!("{place}.response_headers")
        })?;
        rule.retry.clone_from(&entry.retry);
        rule.fault.clone_from(&entry.fault);
        for (index, one) in entry.mirrors.iter().enumerate() {
            rule.mirrors
                .extend(self.mirror(one, &format!("{place}.mirrors[{index}]"))?);
        }
        Ok(rule)
    }

    fn destination(&self, one: &DestinationEntry, place: &str) -> Result<Destination, Fault> {
        let (target, service) = match one.status {
            Some(status) if (200..=599).contains(&status) => {
                (Target::Status(status), one.service.as_str().into())
            }
            Some(_) => return Err(invalid(format!("{place}.status"), "must be 200 to 599")),
            None => match self.services.resolve(&one.service, one.port, &one.subset) {
                Ok((cluster, key)) => (Target::Cluster(cluster), Arc::clone(key)),
                Err(Unresolved::Hidden) => (Target::Status(UNSEEN), one.service.as_str().into()),
                Err(why) => return Err(dangling(why, &one.service, one.port, &one.subset, place)),
            },
        };
        Ok(Destination {
            target,
            service,
            port: one.port,
            subset: shared(&one.subset),
            weight: one.weight,
            request_edits: edits(&one.request_headers, || format!("{place}.request_headers"))?,
            response_edits: edits(&one.response_headers, || {
                format!("{place}.response_headers")
            })?,
        })
    }

    fn mirror(&self, one: &MirrorEntry, place: &str) -> Result<Option<Mirror>, Fault> {
        if !(0.0..=100.0).contains(&one.percent) {
            return Err(invalid(format!("{place}.percent"), "must be 0 to 100"));
        }
        match self.services.resolve(&one.service, one.port, &one.subset) {
            Ok((cluster, key)) => Ok(Some(Mirror {
                cluster,
                service: Arc::clone(key),
                port: one.port,
                subset: shared(&one.subset),
                percent: one.percent,
            })),
            Err(Unresolved::Hidden) => Ok(None),
            Err(why) => Err(dangling(why, &one.service, one.port, &one.subset, place)),
        }
    }
}

/// Most have none, which costs nothing.
fn shared(subset: &str) -> Arc<str> {
    if subset.is_empty() {
        Arc::default()
    } else {
        subset.into()
    }
}

fn origin(entry: &OriginEntry) -> Origin {
    Origin {
        kind: entry.kind.as_str().into(),
        namespace: entry.namespace.as_str().into(),
        name: entry.name.as_str().into(),
        rule: entry.rule,
    }
}

fn dangling(why: Unresolved, service: &str, port: u16, subset: &str, place: &str) -> Fault {
    let (field, reason) = match why {
        Unresolved::Service | Unresolved::Hidden => ("service", format!("no service `{service}`")),
        Unresolved::Port => ("port", format!("`{service}` has no port {port}")),
        Unresolved::Subset => ("subset", format!("`{service}` has no subset `{subset}`")),
        Unresolved::Ambiguous => ("port", format!("`{service}` has several ports: say which")),
    };
    let field = format!("{place}.{field}");
    (ErrorCode::DanglingReference, field, reason)
}
