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
        let host = host.to_ascii_lowercase();
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
