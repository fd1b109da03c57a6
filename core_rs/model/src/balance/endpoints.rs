//! The endpoints of a service, prepared for picking.

use std::net::{IpAddr, SocketAddr};

use super::rotation::Rotation;
use super::shares::Shares;

/// A stable name for an endpoint: a hash of its address, equal in every snapshot and process.
/// Pools, in-flight counts and ejections are kept by it, so they survive configuration changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EndpointId(pub u64);

impl EndpointId {
    /// The id of the endpoint at `address`.
    #[must_use]
    pub fn of(address: SocketAddr) -> Self {
        // FNV-1a, then a finalizer, so that neighbouring addresses differ in every bit.
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let mut absorb = |octets: &[u8]| {
            for octet in octets {
                hash = (hash ^ u64::from(*octet)).wrapping_mul(0x0000_0100_0000_01b3);
            }
        };
        match address.ip() {
            IpAddr::V4(ip) => absorb(&ip.octets()),
            IpAddr::V6(ip) => absorb(&ip.octets()),
        }
        absorb(&address.port().to_be_bytes());
        Self(mix(hash))
    }
}

/// One place that serves a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Its stable name.
    pub id: EndpointId,
    /// Where to connect to.
    pub address: SocketAddr,
    /// Its share relative to the others; 0 is never picked.
    pub weight: u32,
}

impl Endpoint {
    /// The endpoint at `address` with the share `weight`.
    #[must_use]
    pub fn new(address: SocketAddr, weight: u32) -> Self {
        Self {
            id: EndpointId::of(address),
            address,
            weight,
        }
    }
}

/// The endpoints of one service.
#[derive(Clone, Debug, Default)]
pub struct Endpoints {
    list: Box<[Endpoint]>,
    shares: Shares,
    rotation: Rotation,
}

impl Endpoints {
    /// Prepares `list` for picking.
    #[must_use]
    pub fn new(list: Vec<Endpoint>) -> Self {
        let weights: Vec<u32> = list.iter().map(|endpoint| endpoint.weight).collect();
        let shares = Shares::new(&weights);
        let rotation = Rotation::new(&shares);
        Self {
            list: list.into(),
            shares,
            rotation,
        }
    }

    /// Every endpoint, those of weight 0 too.
    #[must_use]
    pub fn list(&self) -> &[Endpoint] {
        &self.list
    }

    /// The next endpoint of a weighted round robin at `position`, and where it continues.
    pub(super) fn visit(&self, position: u64) -> Option<(&Endpoint, u64)> {
        let (item, next) = self.rotation.visit(&self.shares, position)?;
        Some((self.list.get(item)?, next))
    }

    pub(super) fn shares(&self) -> &Shares {
        &self.shares
    }
}

/// Spreads a value over all 64 bits.
pub(super) fn mix(mut value: u64) -> u64 {
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_stable_and_differ_by_address_and_port() {
        let id = |text: &str| EndpointId::of(text.parse().expect("an address"));
        // Written down, so that a change of the hash does not pass unnoticed.
        assert_eq!(id("127.0.0.1:80"), EndpointId(0x3e16_7c5b_4bc8_f543));
        assert_ne!(id("127.0.0.1:80"), id("127.0.0.1:81"));
        assert_ne!(id("127.0.0.1:80"), id("127.0.0.2:80"));
        assert_ne!(id("[::1]:80"), id("[::2]:80"));
    }
}
