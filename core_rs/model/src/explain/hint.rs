//! What may have been meant by a host that the mesh does not know.

use std::collections::BTreeSet;
use std::fmt;

use super::directory::Directory;

/// The most services that a hint names.
const NAMED: usize = 3;

/// Services that come near a host and port; looked for when it is shown, and not before.
#[derive(Debug)]
pub(super) struct Hint<'a> {
    pub(super) directory: &'a Directory,
    pub(super) host: &'a str,
    pub(super) port: u16,
    /// Where the client is.
    pub(super) namespace: &'a str,
}

impl fmt::Display for Hint<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(service) = self.directory.by_host(self.host, self.namespace) {
            let clusters = service.document.clusters.iter();
            let ports: BTreeSet<u16> = clusters.map(|one| one.port).collect();
            let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
            let (host, port) = (&service.document.host, self.port);
            return write!(
                formatter,
                "; {host} has no HTTP at port {port}, its ports are {}",
                ports.join(", ")
            );
        }
        let name = self.host.split('.').next().unwrap_or_default();
        let near = self.directory.hosts_of_services(name);
        if near.is_empty() {
            return Ok(());
        }
        let shown: Vec<&str> = near.into_iter().take(NAMED).collect();
        write!(formatter, "; there is {}", shown.join(", "))
    }
}
