//! Makes what came with a request safe to put into a line of a log: nothing in it can end the
//! field, end the line or reach a terminal as a control sequence. The output is printable ASCII.

use std::str;

/// How many bytes of a field are logged; what is behind them is left out.
pub const FIELD_BYTES: usize = 512;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Appends `field` for a text line, bare or between quotes: a quote, a backslash, a space, and all
/// that is not printable ASCII becomes `\xHH`.
///
/// `quoted` fields may hold spaces. An empty field becomes `-`.
pub fn text(field: &[u8], quoted: bool, out: &mut Vec<u8>) {
    if field.is_empty() {
        out.push(b'-');
    }
    for byte in &field[..field.len().min(FIELD_BYTES)] {
        match byte {
            b'"' | b'\\' => escape_byte(*byte, out),
            b' ' if quoted => out.push(b' '),
            0x21..=0x7e => out.push(*byte),
            other => escape_byte(*other, out),
        }
    }
}

fn escape_byte(byte: u8, out: &mut Vec<u8>) {
    out.extend_from_slice(&[
        b'\\',
        b'x',
        HEX[usize::from(byte >> 4)],
        HEX[usize::from(byte & 15)],
    ]);
}

/// Appends `field` as a JSON string with its quotes, or `null` if it is empty. What is not UTF-8
/// becomes U+FFFD, what is not printable ASCII a `\u` escape.
pub fn json(field: &[u8], out: &mut Vec<u8>) {
    if field.is_empty() {
        out.extend_from_slice(b"null");
        return;
    }
    out.push(b'"');
    for chunk in truncated(field).utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '"' | '\\' => out.extend_from_slice(&[b'\\', character as u8]),
                ' '..='~' => out.push(character as u8),
                other => {
                    for unit in other.encode_utf16(&mut [0; 2]) {
                        escape_unit(*unit, out);
                    }
                }
            }
        }
        if !chunk.invalid().is_empty() {
            escape_unit(0xfffd, out);
        }
    }
    out.push(b'"');
}

/// The first bytes of `field`; a character that the cut would split is left out whole.
#[must_use]
pub fn truncated(field: &[u8]) -> &[u8] {
    if field.len() <= FIELD_BYTES {
        return field;
    }
    let cut = &field[..FIELD_BYTES];
    // only a character that begins in the last three bytes can be incomplete
    let tail = FIELD_BYTES - 3;
    let begins = |byte: &u8| byte & 0xc0 != 0x80;
    match cut[tail..]
        .iter()
        .rposition(begins)
        .map(|place| tail + place)
    {
        Some(start) if is_incomplete(&cut[start..]) => &cut[..start],
        _ => cut,
    }
}

/// Whether `bytes` are the beginning of a character.
fn is_incomplete(bytes: &[u8]) -> bool {
    str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}

fn escape_unit(unit: u16, out: &mut Vec<u8>) {
    let digit = |shift: u16| HEX[usize::from(unit >> shift & 15)];
    out.extend_from_slice(&[b'\\', b'u', digit(12), digit(8), digit(4), digit(0)]);
}
