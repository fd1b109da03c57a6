//! From a request's authority to the routes of its host.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

/// DNS names are at most 253 octets (RFC 1035 section 2.3.4); longer ones only match `*`.
pub(crate) const HOST_BYTES: usize = 253;

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

    /// Puts `value` under the pattern `host` unless it has one.
    pub(crate) fn insert_if_absent(&mut self, host: &str, value: T) {
        let host = canonical_host(host);
        if host == "*" {
            self.any.get_or_insert(value);
        } else if let Some(suffix) = host.strip_prefix('*') {
            self.suffixes.entry(suffix.into()).or_insert(value);
        } else {
            self.exact.entry(host.into()).or_insert(value);
        }
    }

    /// The value under the pattern `host`; the default one is put there if it has none.
    pub(crate) fn value_mut(&mut self, host: &str) -> &mut T
    where
        T: Default,
    {
        if host == "*" {
            self.any.get_or_insert_default()
        } else if let Some(suffix) = host.strip_prefix('*') {
            self.suffixes.entry(suffix.into()).or_default()
        } else {
            self.exact.entry(host.into()).or_default()
        }
    }

    /// Every pattern in its canonical form, with its value.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Cow<'_, str>, &T)> {
        let exact = self.exact.iter();
        let exact = exact.map(|(host, value)| (Cow::Borrowed(&**host), value));
        let suffixes = self.suffixes.iter();
        let suffixes = suffixes.map(|(suffix, value)| (format!("*{suffix}").into(), value));
        let any = self.any.iter().map(|value| (Cow::Borrowed("*"), value));
        exact.chain(suffixes).chain(any)
    }

    /// The value for a host.
    pub(crate) fn find(&self, host: &HostKey<'_>) -> Option<(Specificity, &T)> {
        let any = || Some((Specificity::ANY, self.any.as_ref()?));
        self.named(host.0).or_else(any)
    }

    fn named(&self, host: &str) -> Option<(Specificity, &T)> {
        if host.len() > HOST_BYTES {
            return None;
        }
        if let Some(value) = self.exact.get(host) {
            return Some((Specificity::EXACT, value));
        }
        if self.suffixes.is_empty() {
            return None;
        }
        // A wildcard stands for at least one label, so the suffix never starts at 0.
        memchr::memchr_iter(b'.', host.as_bytes())
            .filter(|&dot| dot > 0)
            .find_map(|dot| {
                let suffix = &host[dot..];
                Some((Specificity(suffix.len()), self.suffixes.get(suffix)?))
            })
    }
}

/// How much of a host a pattern fixes; the more, the better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Specificity(usize);

impl Specificity {
    /// All of it.
    pub(crate) const EXACT: Self = Self(usize::MAX);
    /// Nothing.
    const ANY: Self = Self(0);
}

/// The host of an authority in the form in which patterns are kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HostKey<'a>(&'a str);

impl<'a> HostKey<'a> {
    /// The host of `authority`; `buffer` takes a copy where letters have to be changed.
    pub(crate) fn new(authority: &'a str, buffer: &'a mut [u8; HOST_BYTES]) -> Self {
        Self(lowercase(host_of(authority), buffer))
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

/// The port in `authority`, if it names one.
pub(crate) fn port_of(authority: &str) -> Option<u16> {
    let after_address = authority
        .rfind(']')
        .map_or(authority, |end| &authority[end..]);
    after_address.rsplit_once(':')?.1.parse().ok()
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

    fn find(map: &HostMap<&'static str>, authority: &str) -> Option<&'static str> {
        let mut buffer = [0; HOST_BYTES];
        let key = HostKey::new(authority, &mut buffer);
        map.find(&key).map(|(_, value)| *value)
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
        let find = |authority: &str| find(&map, authority);
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
        assert_eq!(find(&map, "b.example"), None);
        assert_eq!(find(&map, "a.EXAMPLE"), Some("A.example"));
        assert_eq!(find(&map, "x.example.org"), Some("*.Example.org."));
    }
}
