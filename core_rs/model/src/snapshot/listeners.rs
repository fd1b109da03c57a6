//! The ports on which a gateway's proxy listens.

use rustc_hash::{FxHashMap, FxHashSet};

use super::hosts::check_pattern;
use crate::error::{CompileError, ErrorCode};
use crate::wire::ListenerDocument;
use crate::workload::Workload;

/// The listeners of the gateways that `workload` serves, in the documents' order.
pub(super) fn compile(
    documents: &[ListenerDocument],
    workload: &Workload,
) -> Result<Box<[ListenerDocument]>, CompileError> {
    let mut names = FxHashSet::default();
    for document in documents {
        let refuse = |(code, field, reason): (ErrorCode, String, String)| {
            let name = format!("listener {} {}", document.gateway, document.name);
            CompileError::new(code, name, field, reason)
        };
        let fault = |code, field: &str, reason: &str| {
            Err(refuse((code, field.to_owned(), reason.to_owned())))
        };
        if document.port == 0 {
            return fault(ErrorCode::InvalidValue, "port", "must not be 0");
        }
        if !names.insert((&document.gateway, &document.name)) {
            let reason = "the gateway has a listener of this name already";
            return fault(ErrorCode::Duplicate, "name", reason);
        }
        for (index, host) in document.hosts.iter().enumerate() {
            check_pattern(host, || format!("hosts[{index}]")).map_err(refuse)?;
        }
    }
    let own = documents
        .iter()
        .filter(|document| workload.gateways.contains(&document.gateway));
    Ok(own.cloned().collect())
}

/// Gateways by the port on which they listen.
pub(super) type Listening = FxHashMap<u16, Vec<Box<str>>>;

/// The gateways of `workload` at each port of its `listeners`, in the workload's order.
pub(super) fn listening(listeners: &[ListenerDocument], workload: &Workload) -> Listening {
    let mut ports: FxHashMap<&str, Vec<u16>> = FxHashMap::default();
    for listener in listeners {
        let of_gateway = ports.entry(&listener.gateway).or_default();
        if !of_gateway.contains(&listener.port) {
            of_gateway.push(listener.port);
        }
    }
    let mut listening = Listening::default();
    for gateway in &workload.gateways {
        // Taken out, so that a gateway that is named twice is asked once.
        for port in ports.remove(gateway.as_str()).unwrap_or_default() {
            let there = listening.entry(port).or_default();
            there.push(gateway.as_str().into());
        }
    }
    listening
}
