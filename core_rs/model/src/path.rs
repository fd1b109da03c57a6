//! The one canonical form of a path, that router, policies, logs and the upstream all see.
//!
//! Modes are those of Istio's `MeshConfig.pathNormalization`, applied in Envoy's order: escaped
//! slashes, then RFC 3986 normalization, then merging of slashes.

mod error;

pub use error::PathError;

/// How much of a path is brought to canonical form (`MeshConfig.pathNormalization`).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Deserialize, serde::Serialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Normalization {
    /// Checked, but never changed.
    None,
    /// RFC 3986 section 6.2.2: dot segments resolved, unreserved octets decoded, escapes in upper
    /// case; `\` becomes `/`.
    Base,
    /// `Base`, then each run of slashes becomes one.
    #[default]
    MergeSlashes,
    /// `%2F` and `%5C` become slashes first, then as `MergeSlashes`.
    DecodeAndMergeSlashes,
}

/// Where the canonical path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Normalized {
    /// The raw path is canonical already.
    AsIs,
    /// It was rewritten into the scratch buffer.
    InScratch,
}

/// Brings `raw_path` (without the query) to canonical form.
///
/// The caller answers `OPTIONS *` itself: `*` is no path and is refused here. `scratch` is
/// overwritten only if the answer is [`Normalized::InScratch`]; kept between calls, it makes them
/// free of allocation. A canonical path costs one scan and no copy, and normalizing one again
/// changes nothing, in every mode.
///
/// # Errors
/// [`PathError`] if there is no canonical form; the checks are the same in every mode.
pub fn normalize(
    raw_path: &str,
    mode: Normalization,
    scratch: &mut String,
) -> Result<Normalized, PathError> {
    let bytes = raw_path.as_bytes();
    let rooted = match bytes.first() {
        Some(b'/') => true,
        Some(b'\\') => mode != Normalization::None,
        _ => false,
    };
    if !rooted {
        return Err(PathError::MissingSlash);
    }
    if scan(bytes, mode)? || mode == Normalization::None {
        return Ok(Normalized::AsIs);
    }
    rewrite(bytes, mode, scratch);
    Ok(Normalized::InScratch)
}

/// Octets that [`scan`] must look at; all others stand for themselves wherever they are.
const NOTABLE: [bool; 256] = {
    let mut notable = [false; 256];
    let mut octet = 0;
    while octet < 256 {
        let value = octet as u8;
        notable[octet] = matches!(value, b'/' | b'\\' | b'%' | b'#' | b'?' | 0..=0x20 | 0x7f..);
        octet += 1;
    }
    notable
};

/// Checks every octet and says whether the path is canonical already.
fn scan(bytes: &[u8], mode: Normalization) -> Result<bool, PathError> {
    let merges = !matches!(mode, Normalization::None | Normalization::Base);
    let mut canonical = true;
    let mut index = 0;
    while let Some(&byte) = bytes.get(index) {
        index += 1;
        if !NOTABLE[usize::from(byte)] {
            continue;
        }
        match byte {
            b'/' => {
                let rest = &bytes[index..];
                canonical &= !(is_dot_segment(rest) || merges && rest.first() == Some(&b'/'));
            }
            b'\\' | 0x80.. => canonical = false,
            b'%' => {
                let octet = escape(bytes, index - 1).ok_or(PathError::BadEscape)?;
                if octet == 0 {
                    return Err(PathError::EncodedNul);
                }
                let digits = &bytes[index..index + 2];
                canonical &= !digits.iter().any(u8::is_ascii_lowercase)
                    && !is_unreserved(octet)
                    && !decodes_slash(octet, mode);
                index += 2;
            }
            b'#' => return Err(PathError::Fragment),
            b'?' => return Err(PathError::Query),
            _ => return Err(PathError::Control),
        }
    }
    Ok(canonical)
}

/// Whether `path` has a dot segment in any spelling: dots may be escaped, slashes turned.
///
/// No canonical path has one; this is for paths that were put together of parts.
pub(crate) fn has_dot_segment(path: &str) -> bool {
    let bytes = path.as_bytes();
    memchr::memchr2_iter(b'/', b'\\', bytes).any(|slash| {
        let mut rest = bytes.get(slash + 1..).unwrap_or_default();
        let mut dots = 0;
        while let Some(after) = strip_dot(rest) {
            (rest, dots) = (after, dots + 1);
        }
        let ends = matches!(rest.first(), None | Some(b'/' | b'\\' | b';'));
        ends && matches!(dots, 1 | 2)
    })
}

fn strip_dot(text: &[u8]) -> Option<&[u8]> {
    text.strip_prefix(b".")
        .or_else(|| text.strip_prefix(b"%2e"))
        .or_else(|| text.strip_prefix(b"%2E"))
}

/// Whether the text after a slash begins with a dot segment. It may carry parameters (`..;v=1`):
/// servers that strip those before they resolve would otherwise see another path than we do.
fn is_dot_segment(rest: &[u8]) -> bool {
    let Some(rest) = rest.strip_prefix(b".") else {
        return false;
    };
    let rest = rest.strip_prefix(b".").unwrap_or(rest);
    matches!(rest.first(), None | Some(b'/' | b';'))
}

/// Writes the canonical form of a path that [`scan`] accepted.
fn rewrite(bytes: &[u8], mode: Normalization, out: &mut String) {
    out.clear();
    out.push('/');
    let mut segment = out.len();
    let mut index = 1;
    while let Some(&byte) = bytes.get(index) {
        index += 1;
        match byte {
            b'/' | b'\\' => {
                if !resolve_dots(out, segment) {
                    out.push('/');
                }
                segment = out.len();
            }
            b'%' => {
                let octet = escape(bytes, index - 1).unwrap_or_default();
                index += 2;
                if decodes_slash(octet, mode) {
                    if !resolve_dots(out, segment) {
                        out.push('/');
                    }
                    segment = out.len();
                } else if is_unreserved(octet) {
                    out.push(char::from(octet));
                } else {
                    push_escaped(out, octet);
                }
            }
            0x80.. => push_escaped(out, byte),
            _ => out.push(char::from(byte)),
        }
    }
    resolve_dots(out, segment);
    if !matches!(mode, Normalization::Base) {
        let mut previous = '\0';
        out.retain(|character| {
            let keep = character != '/' || previous != '/';
            previous = character;
            keep
        });
    }
}

/// Removes the segment that starts at `start` and ends the text if it is a dot segment, for `..`
/// with its parent. The text then ends in a slash.
fn resolve_dots(out: &mut String, start: usize) -> bool {
    let segment = out.as_bytes().get(start..).unwrap_or_default();
    if !is_dot_segment(segment) {
        return false;
    }
    let parent = || out[..start - 1].rfind('/').map_or(1, |slash| slash + 1);
    let end = if segment.starts_with(b"..") {
        parent()
    } else {
        start
    };
    out.truncate(end);
    true
}

/// The octet that the escape at `at` stands for, if both digits are there.
fn escape(bytes: &[u8], at: usize) -> Option<u8> {
    let high = char::from(*bytes.get(at + 1)?).to_digit(16)?;
    let low = char::from(*bytes.get(at + 2)?).to_digit(16)?;
    u8::try_from(high * 16 + low).ok()
}

fn push_escaped(out: &mut String, octet: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.push('%');
    out.push(char::from(DIGITS[usize::from(octet >> 4)]));
    out.push(char::from(DIGITS[usize::from(octet & 15)]));
}

/// RFC 3986 section 2.3.
fn is_unreserved(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_' | b'~')
}

fn decodes_slash(octet: u8, mode: Normalization) -> bool {
    mode == Normalization::DecodeAndMergeSlashes && matches!(octet, b'/' | b'\\')
}

#[cfg(test)]
mod tests;
