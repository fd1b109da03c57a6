//! From a request's authority to the routes of its host.

use rustc_hash::FxHashMap;

/// DNS names are at most 253 octets (RFC 1035 section 2.3.4); longer ones only match `*`.
const HOST_BYTES: usize = 253;

/// Values by host name: exact, then the longest `*.suffix`, then `*`.
#[derive(Clone, Debug)]
pub(crate) struct HostMap<T> {
    exact: FxHashMap<Box<str>, T>,
    /// Keyed by the suffix with its leading dot.
    suffixes: FxHashMap<Box<str>, T>,
    any: Option<T>,
}

impl<T> Default for HostMap<T> {
    fn default() -> Self {
        Self {
            exact: FxHashMap::default(),
            suffixes: FxHashMap::default(),
            any: None,
        }
    }
}

impl<T> HostMap<T> {
    /// Puts `value` under the pattern `host` and gives back what it replaces.
    pub(crate) fn insert(&mut self, host: &str, value: T) -> Option<T> {
        let host = canonical_host(host);
        if host == "*" {
            self.any.replace(value)
        } else if let Some(suffix) = host.strip_prefix('*') {
            self.suffixes.insert(suffix.into(), value)
        } else {
            self.exact.insert(host.into(), value)
        }
    }

    /// The value for the host of `authority`.
    pub(crate) fn find(&self, authority: &str) -> Option<&T> {
        let host = host_of(authority);
        let mut buffer = [0; HOST_BYTES];
        self.named(lowercase(host, &mut buffer))
            .or(self.any.as_ref())
    }

    fn named(&self, host: &str) -> Option<&T> {
        if host.len() > HOST_BYTES {
            return None;
        }
        if let Some(value) = self.exact.get(host) {
            return Some(value);
        }
        if self.suffixes.is_empty() {
            return None;
        }
        // A wildcard stands for at least one label, so the suffix never starts at 0.
        memchr::memchr_iter(b'.', host.as_bytes())
            .filter(|&dot| dot > 0)
            .find_map(|dot| self.suffixes.get(&host[dot..]))
    }
}

/// The form in which the pattern `host` is kept: lower case, without the dot of a rooted name.
pub(crate) fn canonical_host(host: &str) -> String {
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

/// The host in `authority`: without port, and without the dot of a rooted name. An IPv6 literal
/// keeps its brackets.
pub(crate) fn host_of(authority: &str) -> &str {
    let host = if authority.starts_with('[') {
        authority
            .find(']')
            .map_or(authority, |end| &authority[..=end])
    } else {
        authority
            .rsplit_once(':')
            .map_or(authority, |(host, _)| host)
    };
    host.strip_suffix('.').unwrap_or(host)
}

/// `host` in lower case, copied into `buffer` only if that changes it.
fn lowercase<'a>(host: &'a str, buffer: &'a mut [u8; HOST_BYTES]) -> &'a str {
    if !host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return host;
    }
    let Some(copy) = buffer.get_mut(..host.len()) else {
        return host;
    };
    copy.copy_from_slice(host.as_bytes());
    copy.make_ascii_lowercase();
    std::str::from_utf8(copy).unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(hosts: &[&'static str]) -> HostMap<&'static str> {
        let mut map = HostMap::default();
        for host in hosts {
            assert!(map.insert(host, *host).is_none());
        }
        map
    }

    #[test]
    fn the_port_is_no_part_of_the_host() {
        assert_eq!(host_of("a.example:8080"), "a.example");
        assert_eq!(host_of("a.example"), "a.example");
        assert_eq!(host_of("a.example.:80"), "a.example");
        assert_eq!(host_of("[::1]:80"), "[::1]");
        assert_eq!(host_of("[::1]"), "[::1]");
        assert_eq!(host_of("10.0.0.1:80"), "10.0.0.1");
        assert_eq!(host_of(""), "");
        assert_eq!(host_of("[::1"), "[::1");
    }

    #[test]
    fn exact_then_longest_suffix_then_any() {
        let map = map(&["a.b.example", "*.b.example", "*.example", "*", "[::1]"]);
        let find = |authority: &str| map.find(authority).copied();
        assert_eq!(find("a.b.example"), Some("a.b.example"));
        assert_eq!(find("A.B.Example:80"), Some("a.b.example"));
        assert_eq!(find("x.b.example"), Some("*.b.example"));
        assert_eq!(find("x.y.B.example."), Some("*.b.example"));
        assert_eq!(find("b.example"), Some("*.example"));
        assert_eq!(find("example"), Some("*"));
        assert_eq!(find(".example"), Some("*"));
        assert_eq!(find("[::1]:443"), Some("[::1]"));
        assert_eq!(find(""), Some("*"));
        assert_eq!(find(&"a.".repeat(300)), Some("*"));
        assert_eq!(find(&format!("{}.example", "A".repeat(260))), Some("*"));
    }

    #[test]
    fn nothing_without_a_pattern() {
        let map = map(&["A.example", "*.Example.org."]);
        assert_eq!(map.find("b.example"), None);
        assert_eq!(map.find("a.EXAMPLE"), Some(&"A.example"));
        assert_eq!(map.find("x.example.org"), Some(&"*.Example.org."));
    }
}
