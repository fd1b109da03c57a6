//! What the translator makes of the golden cases is compiled, for every workload that it is for.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use model::wire::Documents;
use model::{Snapshot, Workload};
use serde_json::Value;

/// The documents of every case.
fn cases() -> Vec<PathBuf> {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden");
    let cases = std::fs::read_dir(golden).expect("the golden cases");
    let documents = cases.map(|case| case.expect("a case").path().join("documents.json"));
    let mut found: Vec<_> = documents.filter(|file| file.exists()).collect();
    found.sort();
    assert!(!found.is_empty());
    found
}

fn parse(file: &Path) -> (Value, Documents) {
    let bytes = std::fs::read(file).expect("readable");
    let value = serde_json::from_slice(&bytes).expect("JSON");
    let documents = Documents::parse(&bytes);
    let documents = documents.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    (value, documents)
}

#[test]
fn both_sides_write_documents_alike() {
    for file in cases() {
        let (value, documents) = parse(&file);
        let written = serde_json::to_value(&documents).expect("JSON");
        assert_eq!(written, value, "{}", file.display());
    }
}

#[test]
fn every_case_compiles_for_every_workload() {
    for file in cases() {
        let (_, documents) = parse(&file);
        let routes = documents.routes.iter();
        let mut gateways: BTreeSet<String> = routes.map(|one| one.gateway.clone()).collect();
        gateways.extend(documents.listeners.iter().map(|one| one.gateway.clone()));
        gateways.remove("");
        let services = documents.services.iter();
        let mut namespaces: BTreeSet<String> = services.map(|one| one.audience.clone()).collect();
        namespaces.extend(documents.routes.iter().map(|one| one.audience.clone()));
        namespaces.extend(documents.routes.iter().map(|one| one.namespace.clone()));
        for namespace in namespaces {
            let workload = Workload {
                namespace,
                gateways: gateways.iter().cloned().collect(),
                ..Workload::default()
            };
            if let Err(error) = Snapshot::compile(&documents, &workload) {
                panic!("{} in {}: {error}", file.display(), workload.namespace);
            }
        }
    }
}
