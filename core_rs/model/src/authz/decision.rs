//! What policies come to.

use super::policy::PolicyName;

/// Why a request may pass or not; the text form is stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// No policy applies that would restrict it.
    NoAllowPolicy,
    /// A rule of an ALLOW policy matches.
    AllowRuleMatched,
    /// ALLOW policies apply and none of their rules matches.
    NoAllowRuleMatched,
    /// A rule of a DENY policy matches.
    DenyRuleMatched,
    /// A rule of a DENY policy cannot be evaluated: an attribute is missing or cannot be read.
    DenyRuleInDoubt,
    /// CUSTOM policies with different providers apply to the workload.
    SeveralProviders,
    /// A CUSTOM policy names a provider that is not there.
    UnknownProvider,
}

impl Reason {
    /// Every reason, for documentation and tests.
    pub const ALL: [Self; 7] = [
        Self::NoAllowPolicy,
        Self::AllowRuleMatched,
        Self::NoAllowRuleMatched,
        Self::DenyRuleMatched,
        Self::DenyRuleInDoubt,
        Self::SeveralProviders,
        Self::UnknownProvider,
    ];

    /// The stable word, such as `deny_rule_matched`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoAllowPolicy => "no_allow_policy",
            Self::AllowRuleMatched => "allow_rule_matched",
            Self::NoAllowRuleMatched => "no_allow_rule_matched",
            Self::DenyRuleMatched => "deny_rule_matched",
            Self::DenyRuleInDoubt => "deny_rule_in_doubt",
            Self::SeveralProviders => "several_providers",
            Self::UnknownProvider => "unknown_provider",
        }
    }
}

/// Whether a request may pass, and who says so.
#[derive(Clone, Debug)]
pub struct Decision<'a> {
    /// Whether it may.
    pub allowed: bool,
    /// The policy that decided; `None` if none did.
    pub policy: Option<&'a PolicyName>,
    /// The rule of that policy, from 0.
    pub rule: Option<usize>,
    /// Why.
    pub reason: Reason,
    /// What the policies in dry-run mode would have done, one entry each.
    pub dry_run: SmallList<DryRun<'a>>,
    /// The AUDIT policies that match, one entry each.
    pub audited: SmallList<Audited<'a>>,
}

/// What a policy in dry-run mode would have done. As in Istio, such policies are looked at by
/// themselves: those that are enforced do not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DryRun<'a> {
    /// The policy.
    pub policy: &'a PolicyName,
    /// Its first rule that matches, from 0.
    pub rule: Option<usize>,
    /// Whether the request would be denied: for a DENY policy, by it; for an ALLOW policy, since
    /// no ALLOW policy in dry-run mode matches.
    pub would_deny: bool,
}

/// An AUDIT policy that matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Audited<'a> {
    /// The policy.
    pub policy: &'a PolicyName,
    /// Its first rule that matches, from 0.
    pub rule: usize,
}

/// What the CUSTOM policies ask for.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "made once a request and matched at once"
)]
pub enum Custom<'a> {
    /// Nothing: none matches.
    None,
    /// That a provider decides; if it does not say yes, the request is denied.
    Ask {
        /// The provider's name.
        provider: &'a str,
        /// The policy that matches.
        policy: &'a PolicyName,
        /// The rule of that policy, from 0.
        rule: usize,
    },
    /// That the request is denied, since no provider can be asked.
    Deny(Decision<'a>),
}

/// How many items a [`SmallList`] holds without allocating.
const INLINE: usize = 4;

/// A list that allocates only from its fifth item on.
#[derive(Clone, Debug)]
pub struct SmallList<T> {
    first: [Option<T>; INLINE],
    more: Vec<T>,
}

impl<T> Default for SmallList<T> {
    fn default() -> Self {
        Self {
            first: [const { None }; INLINE],
            more: Vec::new(),
        }
    }
}

impl<T> SmallList<T> {
    pub(super) fn push(&mut self, item: T) {
        match self.first.iter_mut().find(|place| place.is_none()) {
            Some(place) => *place = Some(item),
            None => self.more.push(item),
        }
    }

    /// The items, in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.first.iter().flatten().chain(&self.more)
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.first.iter_mut().flatten().chain(&mut self.more)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.first[0].is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_distinct() {
        let mut reasons: Vec<_> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
        reasons.sort_unstable();
        reasons.dedup();
        assert_eq!(reasons.len(), Reason::ALL.len());
    }

    #[test]
    fn reasons_are_documented() {
        let page = include_str!("../../../../docs/why.md");
        for reason in Reason::ALL {
            let word = format!("`{}`", reason.as_str());
            assert!(page.contains(&word), "docs/why.md lacks {word}");
        }
    }

    #[test]
    fn a_small_list_keeps_its_order_beyond_its_own_room() {
        let mut list = SmallList::default();
        assert!(list.is_empty());
        for item in 0..9 {
            list.push(item);
        }
        list.iter_mut().for_each(|item| *item *= 2);
        assert!(!list.is_empty());
        assert!(list.iter().copied().eq((0..9).map(|item| item * 2)));
    }
}
