//! Lists of addresses and CIDR blocks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A range of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Block {
    /// Network and mask.
    V4(u32, u32),
    V6(u128, u128),
}

impl Block {
    /// Reads `10.0.0.0/8`, `10.1.2.3`, `fd00::/8` or `::1`; bits beyond the length are ignored, as
    /// in Istio. Blocks of IPv6 addresses that stand for IPv4 ones are blocks of those.
    fn parse(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            None => (text, None),
            // `parse` would take `+8` and `08`.
            Some((address, length)) => match length.as_bytes() {
                [b'0'] | [b'1'..=b'9', ..] if length.len() <= 3 => {
                    (address, Some(length.parse::<u32>().ok()?))
                }
                _ => return None,
            },
        };
        match address.parse().ok()? {
            IpAddr::V4(address) => Self::v4(address, length.unwrap_or(32)),
            IpAddr::V6(address) => match (address.to_ipv4_mapped(), length.unwrap_or(128)) {
                (Some(address), length @ 96..) => Self::v4(address, length - 96),
                (_, length) => Self::v6(address, length),
            },
        }
    }

    fn v4(address: Ipv4Addr, length: u32) -> Option<Self> {
        let host_bits = 32_u32.checked_sub(length)?;
        let mask = u32::MAX.checked_shl(host_bits).unwrap_or(0);
        Some(Self::V4(address.to_bits() & mask, mask))
    }

    fn v6(address: Ipv6Addr, length: u32) -> Option<Self> {
        let host_bits = 128_u32.checked_sub(length)?;
        let mask = u128::MAX.checked_shl(host_bits).unwrap_or(0);
        Some(Self::V6(address.to_bits() & mask, mask))
    }

    fn contains(self, address: IpAddr) -> bool {
        match (self, address) {
            (Self::V4(network, mask), IpAddr::V4(address)) => address.to_bits() & mask == network,
            (Self::V6(network, mask), IpAddr::V6(address)) => address.to_bits() & mask == network,
            _ => false,
        }
    }
}

/// A list of blocks.
#[derive(Clone, Debug, Default)]
pub(super) struct BlockSet(Box<[Block]>);

impl BlockSet {
    /// The set of `blocks`, or the position of one that is none.
    pub(super) fn new(blocks: &[String]) -> Result<Self, usize> {
        let block = |(index, text): (usize, &String)| Block::parse(text).ok_or(index);
        blocks
            .iter()
            .enumerate()
            .map(block)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether `address` is in one of the blocks. A dual-stack socket writes an IPv4 peer as an
    /// IPv6 address (`::ffff:10.0.0.1`), which means the same peer.
    pub(super) fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|block| block.contains(address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(block: &str, address: &str) -> bool {
        let set = BlockSet::new(&[block.to_owned()]).expect(block);
        set.contains(address.parse().expect(address))
    }

    #[test]
    fn blocks_and_single_addresses() {
        assert!(contains("10.0.0.0/8", "10.255.0.1"));
        assert!(!contains("10.0.0.0/8", "11.0.0.1"));
        assert!(contains("10.1.2.3", "10.1.2.3"));
        assert!(!contains("10.1.2.3", "10.1.2.4"));
        assert!(contains("10.1.2.3/8", "10.9.9.9"));
        assert!(contains("0.0.0.0/0", "1.2.3.4"));
        assert!(!contains("0.0.0.0/0", "::1"));
        assert!(contains("fd00::/8", "fd12::1"));
        assert!(!contains("fd00::/8", "fe80::1"));
        assert!(contains("::/0", "::1"));
        assert!(!contains("::/0", "1.2.3.4"));
    }

    #[test]
    fn mapped_addresses_are_the_ipv4_ones() {
        assert!(contains("10.0.0.0/8", "::ffff:10.0.0.1"));
        assert!(contains("::ffff:10.0.0.0/104", "10.0.0.1"));
        assert!(!contains("::/0", "::ffff:10.0.0.1"));
    }

    #[test]
    fn refuses_what_is_no_block() {
        for wrong in [
            "",
            "10.0.0",
            "10.0.0.0/33",
            "::/129",
            "10.0.0.0/",
            "10.0.0.0/+8",
            "10.0.0.0/08",
            "010.0.0.1",
            "10.0.0.0/8/8",
            "a.example",
            "fe80::1%eth0",
            " 10.0.0.1",
            "*",
        ] {
            assert_eq!(BlockSet::new(&[wrong.to_owned()]).err(), Some(0), "{wrong}");
        }
    }
}
