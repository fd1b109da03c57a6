//! The attributes that policies speak of, by their names in a condition.

use super::address::BlockSet;
use super::claims::{ClaimTest, RequestPrincipal};
use super::condition::Test;
use super::header::HeaderTest;
use super::path::PathSet;
use super::text::{GlobSet, TextSet};

/// An attribute of a request or connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Attribute<'k> {
    Principal,
    Namespace,
    ServiceAccount,
    TrustDomain,
    SourceIp,
    RemoteIp,
    DestinationIp,
    Port,
    Sni,
    Host,
    Method,
    Path,
    Header(&'k str),
    RequestPrincipal,
    /// The names that lead to a claim.
    Claim(Vec<&'k str>),
}

/// A value that an attribute cannot have: its position, and why.
pub(super) type ValueFault = (usize, &'static str);

impl<'k> Attribute<'k> {
    /// Reads the key of a condition, such as `request.headers[x-team]`.
    ///
    /// # Errors
    /// Why there is no such attribute.
    pub(super) fn of_key(key: &'k str) -> Result<Self, &'static str> {
        if let Some(rest) = key.strip_prefix("request.headers") {
            return header_name(rest).map(Self::Header);
        }
        if let Some(rest) = key.strip_prefix("request.auth.claims") {
            let names = claim_names(rest).filter(|names| !names.is_empty());
            return names
                .map(Self::Claim)
                .ok_or("must be `request.auth.claims[name]`, for a claim inside `[name][name]`");
        }
        Ok(match key {
            "source.ip" => Self::SourceIp,
            "remote.ip" => Self::RemoteIp,
            "source.namespace" => Self::Namespace,
            "source.serviceAccount" => Self::ServiceAccount,
            "source.trustDomain" => Self::TrustDomain,
            "source.principal" => Self::Principal,
            "request.auth.principal" => Self::RequestPrincipal,
            "request.auth.audiences" => Self::Claim(vec!["aud"]),
            "request.auth.presenter" => Self::Claim(vec!["azp"]),
            "destination.ip" => Self::DestinationIp,
            "destination.port" => Self::Port,
            "connection.sni" => Self::Sni,
            key if key.starts_with("experimental.") => {
                return Err(
                    "experimental attributes are those of Envoy's filters, of which there are none",
                );
            }
            _ => return Err("no such attribute"),
        })
    }

    /// Whether it is known only once peer and token are authenticated, which is after the
    /// providers of CUSTOM policies were asked (rule 6).
    pub(super) fn is_authenticated(&self) -> bool {
        matches!(
            self,
            Self::Principal
                | Self::Namespace
                | Self::ServiceAccount
                | Self::TrustDomain
                | Self::RequestPrincipal
                | Self::Claim(_)
        )
    }

    /// The test for one of `values`; a service account without a namespace is of `namespace`.
    ///
    /// # Errors
    /// The first value that the attribute cannot have.
    pub(super) fn test(&self, values: &[String], namespace: &str) -> Result<Test, ValueFault> {
        if let Some(empty) = values.iter().position(String::is_empty) {
            return Err((empty, "must not be empty"));
        }
        let texts = || TextSet::new(values.iter().map(String::as_str));
        let blocks = || {
            let wrong = "must be an IP address or a CIDR block, such as `10.0.0.0/8`";
            BlockSet::new(values).map_err(|index| (index, wrong))
        };
        Ok(match self {
            Self::Principal => Test::Principal(texts()),
            Self::Namespace => Test::Namespace(GlobSet::new(values.iter().map(String::as_str))),
            Self::ServiceAccount => Test::ServiceAccount(service_accounts(values, namespace)?),
            Self::TrustDomain => Test::TrustDomain(texts()),
            Self::SourceIp => Test::SourceIp(blocks()?),
            Self::RemoteIp => Test::RemoteIp(blocks()?),
            Self::DestinationIp => Test::DestinationIp(blocks()?),
            Self::Port => Test::Port(ports(values)?),
            Self::Sni => Test::Sni(lower_case(values)),
            Self::Host => Test::Host(lower_case(values)),
            Self::Method => Test::Method(texts()),
            Self::Path => Test::Path(PathSet::new(values)?),
            Self::Header(name) => Test::Header(HeaderTest::new(name, values)),
            Self::RequestPrincipal => Test::RequestPrincipal(
                values
                    .iter()
                    .map(|value| RequestPrincipal::new(value))
                    .collect(),
            ),
            Self::Claim(path) => Test::Claim(ClaimTest::new(path, values)),
        })
    }
}

/// The name in `[a]`. One that no field can have is taken, too: no request has such a field.
fn header_name(brackets: &str) -> Result<&str, &'static str> {
    let name = brackets
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    name.filter(|name| !name.is_empty() && !name.contains(['[', ']']))
        .ok_or("must be `request.headers[name]` with the name of a header field")
}

/// The names in `[a][b]`; `None` if that is not its form.
fn claim_names(brackets: &str) -> Option<Vec<&str>> {
    let mut names = Vec::new();
    let mut rest = brackets;
    while !rest.is_empty() {
        let (name, after) = rest.strip_prefix('[')?.split_once(']')?;
        if name.is_empty() || name.contains('[') {
            return None;
        }
        names.push(name);
        rest = after;
    }
    Some(names)
}

fn lower_case(values: &[String]) -> TextSet {
    let lower: Vec<String> = values
        .iter()
        .map(|value| value.to_ascii_lowercase())
        .collect();
    TextSet::new(lower.iter().map(String::as_str))
}

fn ports(values: &[String]) -> Result<Box<[u16]>, ValueFault> {
    let port = |(index, value): (usize, &String)| {
        // `parse` would take `+80`.
        let digits = value.bytes().all(|byte| byte.is_ascii_digit());
        let port = value.parse().ok().filter(|_| digits);
        port.ok_or((index, "must be a port number"))
    };
    values.iter().enumerate().map(port).collect()
}

/// Service accounts as the paths of their identities.
fn service_accounts(values: &[String], namespace: &str) -> Result<TextSet, ValueFault> {
    let path = |(index, value): (usize, &String)| {
        let (namespace, name) = value.split_once('/').unwrap_or((namespace, value));
        let is_name = |text: &str| !text.is_empty() && !text.contains(['/', '*']);
        if is_name(namespace) && is_name(name) {
            Ok(format!("ns/{namespace}/sa/{name}"))
        } else {
            Err((
                index,
                "must be `name` or `namespace/name`, without wildcards",
            ))
        }
    };
    let paths = values
        .iter()
        .enumerate()
        .map(path)
        .collect::<Result<Vec<_>, _>>()?;
    Ok(TextSet::new(paths.iter().map(String::as_str)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_istio_is_known() {
        for (key, attribute) in [
            (
                "request.headers[User-Agent]",
                Attribute::Header("User-Agent"),
            ),
            (
                "request.headers[:authority]",
                Attribute::Header(":authority"),
            ),
            ("source.ip", Attribute::SourceIp),
            ("remote.ip", Attribute::RemoteIp),
            ("source.namespace", Attribute::Namespace),
            ("source.serviceAccount", Attribute::ServiceAccount),
            ("source.trustDomain", Attribute::TrustDomain),
            ("source.principal", Attribute::Principal),
            ("request.auth.principal", Attribute::RequestPrincipal),
            ("request.auth.audiences", Attribute::Claim(vec!["aud"])),
            ("request.auth.presenter", Attribute::Claim(vec!["azp"])),
            ("request.auth.claims[a]", Attribute::Claim(vec!["a"])),
            (
                "request.auth.claims[a][b/c]",
                Attribute::Claim(vec!["a", "b/c"]),
            ),
            ("destination.ip", Attribute::DestinationIp),
            ("destination.port", Attribute::Port),
            ("connection.sni", Attribute::Sni),
        ] {
            assert_eq!(Attribute::of_key(key), Ok(attribute), "{key}");
        }
    }

    #[test]
    fn other_keys_are_refused() {
        for key in [
            "",
            "source.IP",
            "source",
            "request.headers",
            "request.headers[]",
            "request.headers[a",
            "request.headers[a]b]",
            "request.headers.a",
            "request.auth.claims",
            "request.auth.claims[]",
            "request.auth.claims[a]b",
            "request.auth.claims[a[b]]",
            "request.auth.claims[a]]",
            "request.auth.claimsx[a]",
            "experimental.envoy.filters.a[b]",
            "request.method",
        ] {
            assert!(Attribute::of_key(key).is_err(), "{key}");
        }
    }

    #[test]
    fn values_that_cannot_be_are_refused_by_position() {
        let fault = |attribute: Attribute<'_>, value: &str| {
            let values = [value.to_owned()];
            attribute
                .test(&values, "shop")
                .err()
                .map(|(index, _)| index)
        };
        for (attribute, value) in [
            (Attribute::Principal, ""),
            (Attribute::Port, "+80"),
            (Attribute::Port, "65536"),
            (Attribute::Port, "http"),
            (Attribute::SourceIp, "10.0.0.0/40"),
            (Attribute::RemoteIp, "a"),
            (Attribute::DestinationIp, "*"),
            (Attribute::Path, "/{x}"),
            (Attribute::ServiceAccount, "a/b/c"),
            (Attribute::ServiceAccount, "shop/*"),
            (Attribute::ServiceAccount, "/web"),
        ] {
            assert_eq!(
                fault(attribute.clone(), value),
                Some(0),
                "{attribute:?} {value}"
            );
        }
        assert_eq!(fault(Attribute::Port, "80"), None);
        assert_eq!(fault(Attribute::ServiceAccount, "web"), None);
    }
}
