//! Every policy of the mesh, compiled, and which of them are a workload's.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::authorizer::Authorizer;
use super::compile;
use super::known::Known;
use super::peer::{PeerAuthentications, PeerDecision};
use super::rule::Rule;
use super::subject::Facts;
use crate::error::{CompileError, ErrorCode};
use crate::wire::{Documents, PolicyAction};
use crate::workload::Workload;

/// The name of a policy with its namespace: `namespace/name`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyName(Box<str>);

impl PolicyName {
    pub(super) fn new(namespace: &str, name: &str) -> Self {
        Self(format!("{namespace}/{name}").into())
    }

    /// `namespace/name`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PolicyName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// One policy, ready to be asked.
#[derive(Debug)]
pub(super) struct Policy {
    pub(super) name: PolicyName,
    pub(super) namespace: Box<str>,
    pub(super) action: PolicyAction,
    pub(super) dry_run: bool,
    pub(super) provider: Box<str>,
    pub(super) selector: BTreeMap<String, String>,
    pub(super) targets: Box<[Box<str>]>,
    pub(super) rules: Box<[Rule]>,
}

/// The rule of a policy that matches.
#[derive(Clone, Copy, Debug)]
pub(super) struct Match<'p> {
    pub(super) policy: &'p PolicyName,
    pub(super) rule: usize,
    /// Whether it could not be evaluated, and matches for that.
    pub(super) in_doubt: bool,
}

impl Policy {
    /// Whether it lets requests pass, so that doubt must not make it match.
    pub(super) fn allows(&self) -> bool {
        self.action == PolicyAction::Allow
    }

    /// The first rule that matches. One that cannot be evaluated does, unless it would let the
    /// request pass.
    pub(super) fn first_match(&self, facts: &Facts<'_>) -> Option<Match<'_>> {
        let allows = self.allows();
        let matches = |(rule, one): (usize, &Rule)| {
            let in_doubt = match one.holds(facts, allows) {
                Known::Yes => false,
                Known::Doubt if !allows => true,
                Known::No | Known::Doubt => return None,
            };
            Some(Match {
                policy: &self.name,
                rule,
                in_doubt,
            })
        };
        self.rules.iter().enumerate().find_map(matches)
    }

    /// Whether it is one of `workload`'s (rules 2 and 14).
    fn is_for(&self, workload: &Workload) -> bool {
        if self.targets.is_empty() {
            workload.has_labels(&self.selector)
        } else {
            let served = |target: &str| workload.gateways.iter().any(|own| own == target);
            self.targets.iter().any(|target| served(target))
        }
    }
}

/// A plugin that CUSTOM policies may name.
#[derive(Debug)]
struct Provider {
    name: Box<str>,
    /// The namespace whose workloads load it, or `*`.
    audience: Box<str>,
}

/// Every policy of a set of documents, compiled once, for whichever workload.
#[derive(Clone, Debug)]
pub struct Policies {
    root: Box<str>,
    all: Arc<[Arc<Policy>]>,
    providers: Arc<[Provider]>,
    peer_authentications: Arc<PeerAuthentications>,
}

impl Policies {
    /// Compiles the policies and peer authentications of `documents`.
    ///
    /// # Errors
    /// [`CompileError`] naming policy and field of the first mistake; nothing is applied.
    pub fn compile(documents: &Documents) -> Result<Self, CompileError> {
        let mesh = documents.mesh.clone().unwrap_or_default();
        let mut names = FxHashSet::default();
        let mut policies = Vec::with_capacity(documents.policies.len());
        for document in &documents.policies {
            let policy = compile::policy(document, &mesh.root_namespace)?;
            if !names.insert(policy.name.clone()) {
                let document = format!("policy {}", policy.name);
                let reason = "another policy has this name in this namespace";
                return Err(CompileError::new(
                    ErrorCode::Duplicate,
                    document,
                    "name",
                    reason,
                ));
            }
            policies.push(Arc::new(policy));
        }
        let plugins = documents.plugins.iter();
        let plugins = plugins.filter(|plugin| !plugin.provider.is_empty());
        let providers = plugins.map(|plugin| Provider {
            name: plugin.provider.as_str().into(),
            audience: plugin.audience.as_str().into(),
        });
        Ok(Self {
            all: policies.into(),
            providers: providers.collect(),
            peer_authentications: Arc::new(PeerAuthentications::compile(
                &documents.peer_authentications,
                &mesh.root_namespace,
            )?),
            root: mesh.root_namespace.into(),
        })
    }

    /// The policies that apply to `workload`: those of the root namespace and then those of its
    /// own, each in the documents' order, whose selector or target it is. They add up; none
    /// overrides another (rule 2).
    #[must_use]
    pub fn of_workload(&self, workload: &Workload) -> Authorizer {
        let of_root = |policy: &&Arc<Policy>| policy.namespace == self.root;
        let in_scope = |policy: &&Arc<Policy>| {
            // A target names its namespace itself.
            *policy.namespace == *workload.namespace || !policy.targets.is_empty()
        };
        let (root, others): (Vec<_>, Vec<_>) = self.all.iter().partition(of_root);
        let others = others.into_iter().filter(in_scope);
        let chosen = root.into_iter().chain(others);
        let chosen = chosen.filter(|policy| policy.is_for(workload));
        // One that this workload does not load could not be asked.
        let loaded =
            |one: &Provider| matches!(&*one.audience, "*") || *one.audience == *workload.namespace;
        let is_provider = |name: &str| {
            let mut providers = self.providers.iter();
            providers.any(|one| *one.name == *name && loaded(one))
        };
        Authorizer::new(chosen.cloned(), is_provider)
    }

    /// Which connections `workload` accepts at its own port `port`, and what says so.
    #[must_use]
    pub fn peer_mode(&self, workload: &Workload, port: u16) -> PeerDecision<'_> {
        self.peer_authentications.mode(workload, port)
    }
}
