//! What a tracer is told of a decision.

use super::authorizer::Authorizer;
use super::decision::Decision;
use super::policy::Policy;
use super::subject::{Facts, Subject};
use crate::trace::Trace;
use crate::wire::PolicyAction;

impl Authorizer {
    /// Decides on `subject` as [`Self::check`] does, and tells `trace` of every policy that
    /// applies, with the result of each of its rules: steps `policy` with steps `rule` inside, and
    /// a step `provider` where no provider can be asked.
    pub fn explain<T: Trace + ?Sized>(&self, subject: &Subject<'_>, trace: &mut T) -> Decision<'_> {
        let facts = Facts::new(subject);
        let decision = self.check(subject);
        for policy in [&self.custom, &self.audit, &self.dry_run]
            .into_iter()
            .flatten()
        {
            tell(policy, &facts, trace, None);
        }
        let mut decided = false;
        if let Some((reason, policy)) = &self.no_provider {
            let reason = reason.as_str();
            trace.leaf(
                "provider",
                format_args!("{policy}"),
                "deny",
                format_args!("{reason}"),
            );
            decided = true;
        }
        for policy in self.deny.iter().chain(&self.allow) {
            let name = &policy.name;
            if decided {
                let reason = format_args!("decided before");
                trace.leaf("policy", format_args!("{name}"), "skipped", reason);
                continue;
            }
            let by_this = decision.policy == Some(name);
            let verdict = if decision.allowed { "allow" } else { "deny" };
            tell(policy, &facts, trace, by_this.then_some(verdict));
            decided = by_this;
        }
        decision
    }
}

/// Tells what each rule of `policy` comes to, up to the first that matches, and that the policy's
/// result is `verdict`, if it decided.
fn tell<T: Trace + ?Sized>(
    policy: &Policy,
    facts: &Facts<'_>,
    trace: &mut T,
    verdict: Option<&'static str>,
) {
    let action = match policy.action {
        PolicyAction::Allow => "ALLOW",
        PolicyAction::Deny => "DENY",
        PolicyAction::Audit => "AUDIT",
        PolicyAction::Custom => "CUSTOM",
    };
    let mode = if policy.dry_run { ", dry run" } else { "" };
    trace.enter("policy", format_args!("{}", policy.name));
    let found = policy.first_match(facts).map(|found| found.rule);
    let result_of = |matched| if matched { "matched" } else { "not_matched" };
    for (index, rule) in policy.rules.iter().enumerate() {
        let name = format_args!("{index}");
        if found.is_some_and(|found| found < index) {
            trace.leaf(
                "rule",
                name,
                "skipped",
                format_args!("an earlier rule matches"),
            );
        } else {
            let reason = rule.reason(facts, policy.allows());
            trace.leaf(
                "rule",
                name,
                result_of(found == Some(index)),
                format_args!("{reason}"),
            );
        }
    }
    let result = verdict.unwrap_or(result_of(found.is_some()));
    match (found, policy.rules.is_empty()) {
        (Some(rule), _) => trace.leave(result, format_args!("{action}{mode}: rule {rule} matches")),
        (None, true) => {
            let reason = "has no rules, so it never matches";
            trace.leave(result, format_args!("{action}{mode}: {reason}"));
        }
        (None, false) => trace.leave(result, format_args!("{action}{mode}: no rule matches")),
    }
}
