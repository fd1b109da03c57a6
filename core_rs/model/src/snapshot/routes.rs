//! Routes documents to the host map.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::rules::{self, Fault, Names, invalid};
use crate::error::{CompileError, ErrorCode};
use crate::route::{HostMap, RouteTable, canonical_host};
use crate::wire::RoutesDocument;

/// The audience that is everybody.
const EVERYONE: &str = "*";

/// Compiles `documents`, whose destinations are among `names`.
pub(super) fn compile(
    documents: &[RoutesDocument],
    names: &Names,
) -> Result<HostMap<Arc<RouteTable>>, CompileError> {
    let mut keys = FxHashSet::default();
    let mut narrow: FxHashMap<String, &str> = FxHashMap::default();
    let mut hosts = HostMap::default();
    for document in documents {
        let refuse =
            |(code, field, reason)| CompileError::new(code, document_name(document), field, reason);
        check_host(&document.host).map_err(refuse)?;
        let host = canonical_host(&document.host);
        let audience = document.audience.as_str();
        if !keys.insert((host.clone(), audience)) {
            return Err(refuse(duplicate(
                "host",
                "another document has this host and audience",
            )));
        }
        // Compiled even if a narrower one hides it: its mistakes are reported all the same.
        let table = Arc::new(rules::table(&document.rules, names).map_err(refuse)?);
        if audience != EVERYONE {
            if let Some(other) = narrow.insert(host.clone(), audience) {
                let reason = format!("the host has a document for `{other}` already");
                return Err(refuse(duplicate("audience", &reason)));
            }
            hosts.insert(&host, table);
        } else if !narrow.contains_key(&host) {
            hosts.insert(&host, table);
        }
    }
    Ok(hosts)
}

fn document_name(document: &RoutesDocument) -> String {
    format!("routes {}/{}", document.host, document.audience)
}

fn duplicate(field: &str, reason: &str) -> Fault {
    (ErrorCode::Duplicate, field.to_owned(), reason.to_owned())
}

/// `*`, `*.suffix`, a name, or a bracketed IPv6 address; without a port.
fn check_host(host: &str) -> Result<(), Fault> {
    let name = match host.strip_prefix('*') {
        Some("") => return Ok(()),
        Some(suffix) => suffix.strip_prefix('.').unwrap_or_default(),
        None => host,
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let well_formed = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .map_or_else(
            || !name.is_empty() && name.len() <= 253 && name.bytes().all(plain),
            |address| address.parse::<std::net::Ipv6Addr>().is_ok(),
        );
    if well_formed {
        Ok(())
    } else {
        Err(invalid(
            "host",
            "must be a host name without a port, `*.suffix` or `*`",
        ))
    }
}
