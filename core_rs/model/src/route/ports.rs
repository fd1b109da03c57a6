//! From a port and a host to the routes of the host there.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use super::host::{HostKey, HostMap, Specificity};

/// Values by port and host. The most specific host wins whatever its port; of equal hosts the
/// value of the very port wins over that of every port.
#[derive(Clone, Debug)]
pub(crate) struct PortMap<T> {
    by_port: FxHashMap<u16, HostMap<T>>,
    every_port: HostMap<T>,
}

impl<T> Default for PortMap<T> {
    fn default() -> Self {
        Self {
            by_port: FxHashMap::default(),
            every_port: HostMap::default(),
        }
    }
}

impl<T> PortMap<T> {
    /// The hosts at `port`; 0 stands for every port.
    pub(crate) fn hosts_mut(&mut self, port: u16) -> &mut HostMap<T> {
        if port == 0 {
            &mut self.every_port
        } else {
            self.by_port.entry(port).or_default()
        }
    }

    /// Every host that has a value at `port`, with the value that [`Self::find`] finds for it.
    pub(crate) fn at(&self, port: u16) -> impl Iterator<Item = (Cow<'_, str>, &T)> {
        let there = self.by_port.get(&port);
        let mut hosts: FxHashMap<Cow<'_, str>, &T> = self.every_port.iter().collect();
        hosts.extend(there.into_iter().flat_map(HostMap::iter));
        hosts.into_iter()
    }

    /// The value for `host` at `port`.
    pub(crate) fn find(&self, port: u16, host: &HostKey<'_>) -> Option<(Specificity, &T)> {
        let there = self.by_port.get(&port).and_then(|hosts| hosts.find(host));
        if let Some((Specificity::EXACT, _)) = there {
            return there;
        }
        let everywhere = self.every_port.find(host);
        match (there, everywhere) {
            (Some(there), Some(everywhere)) if everywhere.0 <= there.0 => Some(there),
            (there, None) => there,
            (_, everywhere) => everywhere,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_decides_before_the_port() {
        let mut map = PortMap::default();
        for (port, host) in [
            (80, "*.example"),
            (0, "a.example"),
            (0, "*.example"),
            (81, "*"),
        ] {
            map.hosts_mut(port).insert(host, (port, host));
        }
        let mut buffer = [0; 253];
        let mut find = |port, authority: &str| {
            let key = HostKey::new(authority, &mut buffer);
            map.find(port, &key).map(|(_, value)| *value)
        };
        assert_eq!(find(80, "a.example"), Some((0, "a.example")));
        assert_eq!(find(80, "b.example"), Some((80, "*.example")));
        assert_eq!(find(82, "b.example"), Some((0, "*.example")));
        assert_eq!(find(81, "b.example"), Some((0, "*.example")));
        assert_eq!(find(81, "other"), Some((81, "*")));
        assert_eq!(find(80, "other"), None);
        let mut at: Vec<_> = map.at(80).map(|(host, (port, _))| (host, *port)).collect();
        at.sort();
        assert_eq!(at, [("*.example".into(), 80), ("a.example".into(), 0)]);
    }
}
