//! One byte form per document, and the digest that is its version.

use std::fmt::Write as _;

use serde_json::Value;
use sha2::{Digest, Sha256};

/// The canonical JSON of a document: keys sorted, no white space, defaults left out.
///
/// # Errors
/// Only if the value cannot be JSON (such as a map with keys that are not strings); the wire
/// documents always can.
pub fn canonical_json<T: serde::Serialize>(document: &T) -> Result<Vec<u8>, serde_json::Error> {
    let value = serde_json::to_value(document)?;
    let mut out = Vec::with_capacity(256);
    write(&value, &mut out)?;
    Ok(out)
}

/// The version of a document: SHA-256 of its canonical JSON, in lower-case hexadecimal.
///
/// # Errors
/// As [`canonical_json`].
pub fn version<T: serde::Serialize>(document: &T) -> Result<String, serde_json::Error> {
    let digest = Sha256::digest(canonical_json(document)?);
    let mut text = String::with_capacity(64);
    for byte in digest {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}

/// Keys are sorted here, since `serde_json`'s own order depends on a feature that any crate of a
/// build may switch on.
fn write(value: &Value, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            out.push(b'{');
            for (index, (key, item)) in entries.into_iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                serde_json::to_writer(&mut *out, key)?;
                out.push(b':');
                write(item, out)?;
            }
            out.push(b'}');
        }
        Value::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write(item, out)?;
            }
            out.push(b']');
        }
        scalar => serde_json::to_writer(out, scalar)?,
    }
    Ok(())
}
