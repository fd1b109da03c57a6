//! Entries to sealed lines: each line's hash covers the line, which names the hash before it.
//!
//! `{"sequence":7,"previous":"<64 hex>",<entry>,"hash":"<64 hex>"}`, where the hash is the SHA-256
//! of the line up to `,"hash":`. A line that is changed, left out or moved breaks the chain behind
//! it; what cannot be noticed from the file alone is that its end is missing.

use sha2::{Digest, Sha256};

/// A hash as it is written.
pub(super) type Hash = [u8; 64];

/// What the first entry names as the one before it.
const NOTHING: Hash = [b'0'; 64];

/// The end of the chain so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chain {
    next: u64,
    last: Hash,
}

impl Default for Chain {
    fn default() -> Self {
        Self {
            next: 1,
            last: NOTHING,
        }
    }
}

impl Chain {
    /// The chain that ends with `line`; `None` if that is no sealed line.
    pub(super) fn behind(line: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(line).ok()?;
        let rest = text.strip_prefix("{\"sequence\":")?;
        let (sequence, _) = rest.split_once(',')?;
        let (sealed, tail) = text.rsplit_once(",\"hash\":\"")?;
        let hash: Hash = tail.strip_suffix("\"}")?.as_bytes().try_into().ok()?;
        (hash == digest(sealed.as_bytes())).then_some(Self {
            next: sequence.parse::<u64>().ok()?.checked_add(1)?,
            last: hash,
        })
    }

    /// Appends the line of `entry`, the members of an object without its braces.
    pub(super) fn seal(&mut self, entry: &[u8], out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(b"{\"sequence\":");
        out.extend_from_slice(itoa::Buffer::new().format(self.next).as_bytes());
        out.extend_from_slice(b",\"previous\":\"");
        out.extend_from_slice(&self.last);
        out.extend_from_slice(b"\",");
        out.extend_from_slice(entry);
        self.last = digest(&out[start..]);
        self.next += 1;
        out.extend_from_slice(b",\"hash\":\"");
        out.extend_from_slice(&self.last);
        out.extend_from_slice(b"\"}\n");
    }
}

fn digest(bytes: &[u8]) -> Hash {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut text = NOTHING;
    for (pair, byte) in text.chunks_exact_mut(2).zip(Sha256::digest(bytes)) {
        pair[0] = HEX[usize::from(byte >> 4)];
        pair[1] = HEX[usize::from(byte & 15)];
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(entries: &[&str]) -> Vec<String> {
        let mut chain = Chain::default();
        let mut out = Vec::new();
        for entry in entries {
            chain.seal(entry.as_bytes(), &mut out);
        }
        let text = String::from_utf8(out).expect("ASCII");
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn every_line_names_the_one_before() {
        let lines = lines(&["\"a\":1", "\"a\":2"]);
        assert!(lines[0].starts_with(&format!(
            "{{\"sequence\":1,\"previous\":\"{}\",\"a\":1,",
            "0".repeat(64)
        )));
        let first = Chain::behind(lines[0].as_bytes()).expect("sealed");
        let named = String::from_utf8_lossy(&first.last).into_owned();
        assert!(lines[1].starts_with(&format!("{{\"sequence\":2,\"previous\":\"{named}\"")));
    }

    #[test]
    fn a_chain_is_taken_up_where_it_ended() {
        let mut chain = Chain::default();
        let mut out = Vec::new();
        chain.seal(b"\"a\":\",\\\"hash\\\":\\\"\"", &mut out);
        assert_eq!(Chain::behind(out.trim_ascii_end()), Some(chain));
    }

    #[test]
    fn a_changed_line_ends_no_chain() {
        let line = lines(&["\"a\":1"]).remove(0);
        for changed in [
            line.replace("\"a\":1", "\"a\":2"),
            line.replace("\"sequence\":1", "\"sequence\":2"),
            line[..line.len() - 1].to_owned(),
            String::new(),
            "{}".to_owned(),
        ] {
            assert_eq!(Chain::behind(changed.as_bytes()), None, "{changed}");
        }
    }
}
