//! Routes documents to the hosts of each entry.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::audience::{EVERYONE, is_of};
use super::hosts::check_pattern;
use super::listeners::Listening;
use super::rules::{Fault, RuleCompiler};
use super::services::Services;
use crate::error::{CompileError, ErrorCode};
use crate::request::RequestView;
use crate::route::{
    Entry, HOST_BYTES, HostKey, HostMap, Matched, NoRoute, PortMap, RouteTable, canonical_host,
};
use crate::wire::RoutesDocument;
use crate::workload::Workload;

/// The most memory that the compiled expressions of all routes may take, in bytes: some thirty
/// thousand of usual size.
const EXPRESSION_BYTES: usize = 128 << 20;

type Tables = PortMap<Arc<RouteTable>>;

/// The route tables by gateway (or the mesh), port and host.
#[derive(Debug, Default)]
pub(super) struct Router {
    mesh: Tables,
    gateways: FxHashMap<Box<str>, Tables>,
    /// By port, what the gateways that listen there have together: for each host the tables of
    /// those that have it, in their order. A request asks once, however many gateways there are.
    ports: FxHashMap<u16, HostMap<Vec<Arc<RouteTable>>>>,
}

impl Router {
    /// Compiles the documents that `workload` uses: those of its audience, for the mesh and for
    /// the gateways that it serves.
    pub(super) fn compile(
        documents: &[RoutesDocument],
        services: &Services,
        listening: &Listening,
        workload: &Workload,
    ) -> Result<Self, CompileError> {
        let mut spent = 0;
        let mut keys = FxHashSet::default();
        let mut places: FxHashMap<_, usize> = FxHashMap::default();
        let mut chosen: Vec<(&RoutesDocument, Arc<RouteTable>)> = Vec::new();
        for document in documents {
            let refuse = |(code, field, reason): Fault| {
                CompileError::new(code, document_name(document), field, reason)
            };
            check_hosts(document).map_err(refuse)?;
            let key = (
                document.gateway.as_str(),
                document.port,
                canonical_host(&document.host),
            );
            if !keys.insert((key.clone(), document.audience.as_str())) {
                let reason = "another document has this gateway, port, host and audience";
                let fault = (ErrorCode::Duplicate, "host".to_owned(), reason.to_owned());
                return Err(refuse(fault));
            }
            let gateway = &document.gateway;
            let served = gateway.is_empty() || workload.gateways.contains(gateway);
            if !served || !is_of(&document.audience, workload) {
                continue;
            }
            // Compiled even if a narrower one hides it: its mistakes are reported all the same.
            let (table, bytes) = RuleCompiler::new(document.order, services, workload)
                .table(&document.host, &document.rules)
                .map_err(refuse)?;
            spent += bytes;
            if spent > EXPRESSION_BYTES {
                let reason =
                    format!("all routes' expressions need more than {EXPRESSION_BYTES} bytes");
                return Err(refuse((ErrorCode::TooMany, "rules".to_owned(), reason)));
            }
            let entry = (document, Arc::new(table));
            match places.get(&key) {
                None => {
                    places.insert(key, chosen.len());
                    chosen.push(entry);
                }
                Some(&place) if document.audience != EVERYONE => chosen[place] = entry,
                Some(_) => {}
            }
        }
        let mut router = Self::default();
        for (document, table) in &chosen {
            let hosts = router
                .tables_mut(&document.gateway)
                .hosts_mut(document.port);
            hosts.insert(&document.host, Arc::clone(table));
        }
        for (document, table) in &chosen {
            let hosts = router
                .tables_mut(&document.gateway)
                .hosts_mut(document.port);
            let local = document.namespace == workload.namespace;
            let local = document.local_aliases.iter().filter(|_| local);
            for alias in document.aliases.iter().chain(local) {
                hosts.insert_if_absent(alias, Arc::clone(table));
            }
        }
        router.merge(listening);
        Ok(router)
    }

    /// Joins the gateways of each port.
    fn merge(&mut self, listening: &Listening) {
        for (&port, gateways) in listening {
            let hosts = self.ports.entry(port).or_default();
            for tables in gateways.iter().filter_map(|name| self.gateways.get(name)) {
                for (host, table) in tables.at(port) {
                    hosts.value_mut(&host).push(Arc::clone(table));
                }
            }
        }
    }

    fn tables_mut(&mut self, gateway: &str) -> &mut Tables {
        if gateway.is_empty() {
            &mut self.mesh
        } else {
            self.gateways.entry(gateway.into()).or_default()
        }
    }

    /// The table for the host and port of `request`.
    pub(super) fn table(&self, entry: Entry<'_>, request: &RequestView<'_>) -> Option<&RouteTable> {
        let tables = match entry {
            Entry::Mesh => &self.mesh,
            Entry::Gateway(gateway) => self.gateways.get(gateway)?,
        };
        let mut buffer = [0; HOST_BYTES];
        let host = HostKey::new(request.authority, &mut buffer);
        let (_, table) = tables.find(request.port, &host)?;
        Some(table)
    }

    /// The rule among those of the gateways that listen at `port`: of the most specific host;
    /// where several have the same one, of the first whose rules match.
    pub(super) fn at_port(
        &self,
        port: u16,
        request: &RequestView<'_>,
    ) -> Result<Matched<'_>, NoRoute> {
        let mut buffer = [0; HOST_BYTES];
        let host = HostKey::new(request.authority, &mut buffer);
        let found = self.ports.get(&port).and_then(|hosts| hosts.find(&host));
        let (_, tables) = found.ok_or(NoRoute::Host)?;
        let mut tables = tables.iter();
        tables
            .find_map(|table| table.find(request))
            .ok_or(NoRoute::Rule)
    }
}

fn document_name(document: &RoutesDocument) -> String {
    let RoutesDocument {
        host,
        audience,
        port,
        gateway,
        ..
    } = document;
    let port = match port {
        0 => String::new(),
        port => format!(" port {port}"),
    };
    let gateway = match gateway.as_str() {
        "" => String::new(),
        gateway => format!(" of {gateway}"),
    };
    format!("routes {host}/{audience}{port}{gateway}")
}

fn check_hosts(document: &RoutesDocument) -> Result<(), Fault> {
    check_pattern(&document.host, || "host".to_owned())?;
    let lists = [
        ("aliases", &document.aliases),
        ("local_aliases", &document.local_aliases),
    ];
    for (field, list) in lists {
        for (index, alias) in list.iter().enumerate() {
            check_pattern(alias, || format!("{field}[{index}]"))?;
        }
    }
    Ok(())
}
