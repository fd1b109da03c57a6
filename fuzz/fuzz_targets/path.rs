//! Paths: any text is refused or brought to the form that a plain, slow reading of the rules gives,
//! and doing so again changes nothing. The first byte chooses the mode.
#![no_main]

use libfuzzer_sys::fuzz_target;
use model::path::{Normalization, Normalized, PathError, normalize};

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else {
        return;
    };
    let Ok(raw) = std::str::from_utf8(rest) else {
        return;
    };
    let mode = [
        Normalization::None,
        Normalization::Base,
        Normalization::MergeSlashes,
        Normalization::DecodeAndMergeSlashes,
    ][usize::from(first % 4)];
    let Ok(path) = canonical(raw, mode) else {
        return;
    };
    assert_eq!(canonical(&path, mode), Ok(path.clone()), "not idempotent");
    assert_eq!(path, plainly(raw, mode));
});

fn canonical(raw: &str, mode: Normalization) -> Result<String, PathError> {
    let mut scratch = String::new();
    Ok(match normalize(raw, mode, &mut scratch)? {
        Normalized::AsIs => raw.to_owned(),
        Normalized::InScratch => scratch,
    })
}

/// The rules one after the other, each in a pass of its own.
fn plainly(raw: &str, mode: Normalization) -> String {
    if mode == Normalization::None {
        return raw.to_owned();
    }
    let mut text = String::new();
    let mut bytes = raw.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            if byte.is_ascii() {
                text.push(char::from(byte));
            } else {
                text.push_str(&format!("%{byte:02X}"));
            }
            continue;
        }
        let digits = [bytes.next(), bytes.next()].map(|digit| digit.expect("two digits"));
        let digits = std::str::from_utf8(&digits).expect("ASCII");
        let octet = u8::from_str_radix(digits, 16).expect("hexadecimal");
        let slash = mode == Normalization::DecodeAndMergeSlashes && b"/\\".contains(&octet);
        if slash || octet.is_ascii_alphanumeric() || b"-._~".contains(&octet) {
            text.push(char::from(octet));
        } else {
            text.push_str(&format!("%{octet:02X}"));
        }
    }
    let text = text.replace('\\', "/");

    let segments: Vec<&str> = text.split('/').skip(1).collect();
    let mut kept: Vec<&str> = Vec::new();
    for (index, segment) in segments.iter().enumerate() {
        let dots = segment.split(';').next().expect("at least one part");
        if dots == ".." {
            kept.pop();
        }
        if dots != "." && dots != ".." {
            kept.push(segment);
        } else if index + 1 == segments.len() {
            kept.push("");
        }
    }
    let mut path = format!("/{}", kept.join("/"));
    while mode != Normalization::Base && path.contains("//") {
        path = path.replace("//", "/");
    }
    path
}
