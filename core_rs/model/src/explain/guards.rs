//! What guards a workload: its policies, compiled when first needed and kept.

use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use super::directory::Labels;
use crate::authz::{Authorizer, Policies};
use crate::error::CompileError;
use crate::wire::Documents;
use crate::workload::Workload;

/// The most authorizers that are kept; when there are more, all are dropped.
const AUTHORIZERS: usize = 4_096;

/// Every policy, and the authorizers of the workloads that were asked about.
#[derive(Debug)]
pub(super) struct Guards {
    pub(super) policies: Policies,
    kept: Mutex<FxHashMap<Key, Arc<Authorizer>>>,
}

/// What selects policies.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    namespace: String,
    labels: Labels,
    gateways: Vec<String>,
}

impl Guards {
    pub(super) fn compile(documents: &Documents) -> Result<Self, CompileError> {
        Ok(Self {
            policies: Policies::compile(documents)?,
            kept: Mutex::default(),
        })
    }

    /// The authorizer of a workload.
    pub(super) fn of(&self, workload: &Workload) -> Arc<Authorizer> {
        let key = Key {
            namespace: workload.namespace.clone(),
            labels: workload.labels.clone(),
            gateways: workload.gateways.clone(),
        };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(authorizer) = kept.get(&key) {
            return Arc::clone(authorizer);
        }
        if kept.len() >= AUTHORIZERS {
            kept.clear();
        }
        let authorizer = Arc::new(self.policies.of_workload(workload));
        kept.insert(key, Arc::clone(&authorizer));
        authorizer
    }
}
