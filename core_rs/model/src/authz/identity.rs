//! A peer's identity, taken apart.

/// The scheme of a SPIFFE id, which policies leave out.
const SCHEME: &str = "spiffe://";

/// A peer's SPIFFE id: `spiffe://<trust domain>/<path>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity<'a> {
    /// Trust domain and path, as `principals` name it.
    pub(super) principal: &'a str,
    pub(super) trust_domain: &'a str,
    /// `None` if the path is not that of a workload.
    pub(super) workload: Option<WorkloadPath<'a>>,
}

/// The path of a workload's identity, `ns/<namespace>/sa/<service account>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WorkloadPath<'a> {
    pub(super) whole: &'a str,
    pub(super) namespace: &'a str,
}

impl<'a> Identity<'a> {
    /// Reads a SPIFFE id; `None` if it is none (SPIFFE-ID section 2).
    pub(super) fn parse(id: &'a str) -> Option<Self> {
        let principal = id.strip_prefix(SCHEME)?;
        let (trust_domain, path) = match memchr::memchr(b'/', principal.as_bytes()) {
            Some(slash) => (&principal[..slash], Some(&principal[slash + 1..])),
            None => (principal, None),
        };
        let lower = |byte: u8| byte.is_ascii_lowercase() || is_digit_or_mark(byte);
        let plain = |byte: u8| byte.is_ascii_alphabetic() || is_digit_or_mark(byte);
        let segment = |text: &str| !matches!(text, "" | "." | "..") && text.bytes().all(plain);
        let well_formed = !trust_domain.is_empty()
            && trust_domain.bytes().all(lower)
            && path.is_none_or(|path| path.split('/').all(segment));
        well_formed.then(|| Self {
            principal,
            trust_domain,
            workload: path.and_then(WorkloadPath::parse),
        })
    }
}

impl<'a> WorkloadPath<'a> {
    fn parse(path: &'a str) -> Option<Self> {
        let (namespace, rest) = path.strip_prefix("ns/")?.split_once('/')?;
        let service_account = rest.strip_prefix("sa/")?;
        (!service_account.contains('/')).then_some(Self {
            whole: path,
            namespace,
        })
    }
}

fn is_digit_or_mark(byte: u8) -> bool {
    byte.is_ascii_digit() || b".-_".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workload_has_namespace_and_service_account() {
        let identity = Identity::parse("spiffe://cluster.local/ns/shop/sa/web.v1").expect("valid");
        assert_eq!(identity.principal, "cluster.local/ns/shop/sa/web.v1");
        assert_eq!(identity.trust_domain, "cluster.local");
        let workload = identity.workload.expect("a workload");
        assert_eq!(workload.whole, "ns/shop/sa/web.v1");
        assert_eq!(workload.namespace, "shop");
    }

    #[test]
    fn other_paths_have_neither() {
        for id in [
            "spiffe://td",
            "spiffe://td/db",
            "spiffe://td/ns/a",
            "spiffe://td/ns/a/sa/b/c",
            "spiffe://td/x/ns/a/sa/b",
            "spiffe://td/ns/a/b/sa/c",
        ] {
            assert_eq!(Identity::parse(id).expect(id).workload, None, "{id}");
        }
    }

    #[test]
    fn what_is_no_spiffe_id_is_none() {
        for id in [
            "",
            "td/ns/a/sa/b",
            "SPIFFE://td/ns/a/sa/b",
            "https://td/ns/a/sa/b",
            "spiffe://",
            "spiffe:///ns/a/sa/b",
            "spiffe://td/",
            "spiffe://td/ns//sa/b",
            "spiffe://td/ns/a/sa/b/",
            "spiffe://TD/ns/a/sa/b",
            "spiffe://td/ns/../sa/b",
            "spiffe://td/ns/a/sa/b?x",
            "spiffe://td/ns/a/sa/b%2f",
            "spiffe://td/ns/a/sa/b\0",
            "spiffe://td:80/ns/a/sa/b",
            "spiffe://u@td/ns/a/sa/b",
            "spiffe://td/ns/a/sa/\u{e4}",
        ] {
            assert_eq!(Identity::parse(id), None, "{id}");
        }
    }
}
