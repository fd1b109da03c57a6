//! The policies of one workload, and the decision on a request.

use std::sync::Arc;

use super::decision::{Audited, Custom, Decision, DryRun, Reason, SmallList};
use super::policy::{Policy, PolicyName};
use super::subject::{Facts, Subject};
use crate::wire::PolicyAction;

/// The policies that apply to one workload.
///
/// Order of a decision (rule 1): CUSTOM policies, whose provider must agree; a DENY rule that
/// matches denies; without ALLOW policies the request passes; an ALLOW rule that matches lets it
/// pass; all else is denied. AUDIT policies and those in dry-run mode change nothing.
///
/// A rule that cannot be evaluated, since an attribute is missing or cannot be read, matches unless
/// its policy allows. Nothing here allocates, but for a fifth dry-run or AUDIT policy that has
/// something to tell.
#[derive(Clone, Debug, Default)]
pub struct Authorizer {
    /// Why no provider can be asked, and the policy that tells.
    pub(super) no_provider: Option<(Reason, PolicyName)>,
    pub(super) custom: List,
    pub(super) audit: List,
    pub(super) deny: List,
    pub(super) allow: List,
    pub(super) dry_run: List,
}

pub(super) type List = Box<[Arc<Policy>]>;

impl Authorizer {
    /// Sorts `policies` by what they do; `is_provider` says which providers there are.
    pub(super) fn new(
        policies: impl Iterator<Item = Arc<Policy>>,
        is_provider: impl Fn(&str) -> bool,
    ) -> Self {
        let (mut custom, mut audit, mut deny) = (Vec::new(), Vec::new(), Vec::new());
        let (mut allow, mut dry_run) = (Vec::new(), Vec::new());
        for policy in policies {
            match (policy.action, policy.dry_run) {
                // Nobody can say what a provider that is not asked would have said.
                (PolicyAction::Custom, true) => {}
                (PolicyAction::Custom, false) => custom.push(policy),
                (PolicyAction::Audit, _) => audit.push(policy),
                (PolicyAction::Deny | PolicyAction::Allow, true) => dry_run.push(policy),
                (PolicyAction::Deny, false) => deny.push(policy),
                (PolicyAction::Allow, false) => allow.push(policy),
            }
        }
        Self {
            no_provider: no_provider(&custom, is_provider),
            custom: custom.into(),
            audit: audit.into(),
            deny: deny.into(),
            allow: allow.into(),
            dry_run: dry_run.into(),
        }
    }

    /// Whether no policy applies, so that everything passes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        [
            &self.custom,
            &self.audit,
            &self.deny,
            &self.allow,
            &self.dry_run,
        ]
        .iter()
        .all(|list| list.is_empty())
    }

    /// Whether a provider must be asked about `subject` first. Several or unknown providers deny
    /// everything, whether a rule matches or not (rule 6).
    #[must_use]
    pub fn custom(&self, subject: &Subject<'_>) -> Custom<'_> {
        if let Some((reason, policy)) = &self.no_provider {
            return Custom::Deny(Decision {
                policy: Some(policy),
                ..decision(false, *reason, None)
            });
        }
        if self.custom.is_empty() {
            return Custom::None;
        }
        let facts = Facts::new(subject);
        for policy in &self.custom {
            if let Some(found) = policy.first_match(&facts) {
                return Custom::Ask {
                    provider: &policy.provider,
                    policy: &policy.name,
                    rule: found.rule,
                };
            }
        }
        Custom::None
    }

    /// Decides on `subject`, but for the CUSTOM policies.
    #[must_use]
    pub fn check(&self, subject: &Subject<'_>) -> Decision<'_> {
        if self.is_empty() {
            return decision(true, Reason::NoAllowPolicy, None);
        }
        let facts = Facts::new(subject);
        let verdict = self.verdict(&facts);
        Decision {
            dry_run: self.dry_runs(&facts),
            audited: self.audited(&facts),
            ..verdict
        }
    }

    fn verdict(&self, facts: &Facts<'_>) -> Decision<'_> {
        let matched = self
            .deny
            .iter()
            .find_map(|policy| policy.first_match(facts));
        if let Some(found) = matched {
            let reason = if found.in_doubt {
                Reason::DenyRuleInDoubt
            } else {
                Reason::DenyRuleMatched
            };
            return decision(false, reason, Some((found.policy, found.rule)));
        }
        if self.allow.is_empty() {
            return decision(true, Reason::NoAllowPolicy, None);
        }
        let matched = self
            .allow
            .iter()
            .find_map(|policy| policy.first_match(facts));
        match matched {
            Some(found) => decision(
                true,
                Reason::AllowRuleMatched,
                Some((found.policy, found.rule)),
            ),
            None => decision(false, Reason::NoAllowRuleMatched, None),
        }
    }

    fn audited(&self, facts: &Facts<'_>) -> SmallList<Audited<'_>> {
        let mut audited = SmallList::default();
        for found in self
            .audit
            .iter()
            .filter_map(|policy| policy.first_match(facts))
        {
            audited.push(Audited {
                policy: found.policy,
                rule: found.rule,
            });
        }
        audited
    }

    fn dry_runs(&self, facts: &Facts<'_>) -> SmallList<DryRun<'_>> {
        let mut results = SmallList::default();
        let mut allowed = false;
        for policy in &self.dry_run {
            let rule = policy.first_match(facts).map(|found| found.rule);
            allowed |= policy.allows() && rule.is_some();
            results.push(DryRun {
                policy: &policy.name,
                rule,
                would_deny: !policy.allows() && rule.is_some(),
            });
        }
        if !allowed {
            let results = self.dry_run.iter().zip(results.iter_mut());
            for (_, result) in results.filter(|(policy, _)| policy.allows()) {
                result.would_deny = true;
            }
        }
        results
    }
}

/// Why none of the providers that `policies` name can be asked.
fn no_provider(
    policies: &[Arc<Policy>],
    is_provider: impl Fn(&str) -> bool,
) -> Option<(Reason, PolicyName)> {
    let first = policies.first()?;
    let other = policies
        .iter()
        .find(|policy| policy.provider != first.provider);
    let (reason, policy) = match other {
        Some(other) => (Reason::SeveralProviders, other),
        None if !is_provider(&first.provider) => (Reason::UnknownProvider, first),
        None => return None,
    };
    Some((reason, policy.name.clone()))
}

fn decision(allowed: bool, reason: Reason, by: Option<(&PolicyName, usize)>) -> Decision<'_> {
    Decision {
        allowed,
        policy: by.map(|(policy, _)| policy),
        rule: by.map(|(_, rule)| rule),
        reason,
        dry_run: SmallList::default(),
        audited: SmallList::default(),
    }
}
