//! Which connections a workload accepts: the composition of peer authentications.

use rustc_hash::{FxHashMap, FxHashSet};

use super::policy::PolicyName;
use crate::error::{CompileError, ErrorCode};
use crate::wire::{PeerAuthenticationDocument, PeerAuthenticationMode, PeerAuthenticationScope};
use crate::workload::Workload;

/// Which connections a workload accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PeerMode {
    /// Plaintext only.
    Disable,
    /// Mutual TLS and plaintext.
    Permissive,
    /// Mutual TLS only.
    Strict,
}

impl PeerMode {
    /// The name that Istio has for it, such as `STRICT`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Disable => "DISABLE",
            Self::Permissive => "PERMISSIVE",
            Self::Strict => "STRICT",
        }
    }
}

/// How far the statement reaches that decided; the narrower one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PeerScope {
    /// The whole mesh.
    Mesh,
    /// The workload's namespace.
    Namespace,
    /// The workloads that a selector picks.
    Workload,
    /// One port of those.
    Port,
}

impl PeerScope {
    /// Its name, such as `namespace`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mesh => "mesh",
            Self::Namespace => "namespace",
            Self::Workload => "workload",
            Self::Port => "port",
        }
    }
}

/// The mode of a port, and what says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerDecision<'a> {
    /// The mode.
    pub mode: PeerMode,
    /// The peer authentication that decided and its reach; `None` if none says anything, which
    /// means PERMISSIVE.
    pub by: Option<(&'a PolicyName, PeerScope)>,
}

/// Every peer authentication.
#[derive(Debug)]
pub(super) struct PeerAuthentications {
    root: Box<str>,
    /// By namespace, each in the documents' order: oldest first.
    of_namespace: FxHashMap<Box<str>, Vec<Named>>,
}

type Named = (PolicyName, PeerAuthenticationDocument);

impl PeerAuthentications {
    /// Checks `documents`; `root` is the mesh's root namespace.
    pub(super) fn compile(
        documents: &[PeerAuthenticationDocument],
        root: &str,
    ) -> Result<Self, CompileError> {
        let mut names = FxHashSet::default();
        let mut of_namespace: FxHashMap<Box<str>, Vec<Named>> = FxHashMap::default();
        for document in documents {
            let name = PolicyName::new(&document.namespace, &document.name);
            let refuse = |code, field: &str, reason: &str| {
                CompileError::new(code, format!("peer authentication {name}"), field, reason)
            };
            if !names.insert(name.clone()) {
                let reason = "another one has this name in this namespace";
                return Err(refuse(ErrorCode::Duplicate, "name", reason));
            }
            let wide = document.scope != PeerAuthenticationScope::Workload;
            if document.scope == PeerAuthenticationScope::Mesh && document.namespace != root {
                let reason = "only the root namespace speaks for the mesh";
                return Err(refuse(ErrorCode::InvalidValue, "scope", reason));
            }
            if document.selector.is_empty() != wide {
                let reason = "must be there with the scope `workload`, and only there";
                return Err(refuse(ErrorCode::InvalidValue, "selector", reason));
            }
            if wide && !document.ports.is_empty() {
                let reason = "are those of a workload, so the scope must be `workload`";
                return Err(refuse(ErrorCode::InvalidValue, "ports", reason));
            }
            let namespace = of_namespace.entry(document.namespace.as_str().into());
            namespace.or_default().push((name, document.clone()));
        }
        Ok(Self {
            root: root.into(),
            of_namespace,
        })
    }

    /// The mode of `port`: of each reach the oldest counts; one that leaves it unset inherits from
    /// the next wider (rule 16). A selector in the root namespace picks nothing (rule 17).
    pub(super) fn mode(&self, workload: &Workload, port: u16) -> PeerDecision<'_> {
        use PeerAuthenticationScope as Scope;
        let oldest = |scope: Scope, namespace: &str| {
            let mut all = self.of_namespace.get(namespace)?.iter();
            all.find(|(_, document)| {
                document.scope == scope && workload.has_labels(&document.selector)
            })
        };
        let own = workload.namespace.as_str();
        let in_root = own == &*self.root;
        let selecting = if in_root {
            None
        } else {
            oldest(Scope::Workload, own)
        };
        let of_port = selecting.and_then(|(name, document)| {
            let mode = document.ports.get(&port)?;
            Some((name, *mode, PeerScope::Port))
        });
        let wider = [
            (selecting, PeerScope::Workload),
            (oldest(Scope::Namespace, own), PeerScope::Namespace),
            (oldest(Scope::Mesh, &self.root), PeerScope::Mesh),
        ];
        let wider = wider.into_iter().filter_map(|(found, scope)| {
            let (name, document) = found?;
            Some((name, document.mode, scope))
        });
        let mut set = of_port
            .into_iter()
            .chain(wider)
            .filter_map(|(name, mode, scope)| {
                let mode = match mode {
                    PeerAuthenticationMode::Unset => return None,
                    PeerAuthenticationMode::Disable => PeerMode::Disable,
                    PeerAuthenticationMode::Permissive => PeerMode::Permissive,
                    PeerAuthenticationMode::Strict => PeerMode::Strict,
                };
                Some((mode, (name, scope)))
            });
        let decided = set.next();
        PeerDecision {
            mode: decided.map_or(PeerMode::Permissive, |(mode, _)| mode),
            by: decided.map(|(_, by)| by),
        }
    }
}
