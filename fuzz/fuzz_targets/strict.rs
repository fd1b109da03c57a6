//! A head read in the plainest way, to hold the real parser against.

/// How often the fields occur that decide where a message goes and ends.
pub struct Facts {
    pub hosts: usize,
    pub content_lengths: usize,
    pub transfer_encodings: usize,
}

/// Reads a head that was accepted, or that we wrote. Panics where it is not what RFC 9112 says.
pub fn head(bytes: &[u8]) -> Facts {
    let body = bytes
        .strip_suffix(b"\r\n\r\n")
        .expect("a head ends in an empty line");
    let mut lines = split(body).skip_while(|line| line.is_empty());
    assert!(!lines.next().expect("a start line").is_empty());
    let mut facts = Facts {
        hosts: 0,
        content_lengths: 0,
        transfer_encodings: 0,
    };
    for line in lines {
        let colon = line
            .iter()
            .position(|&byte| byte == b':')
            .expect("a colon in each field line");
        let (name, value) = (&line[..colon], &line[colon + 1..]);
        assert!(
            !name.is_empty() && name.iter().all(|byte| byte.is_ascii_graphic()),
            "a name is a token"
        );
        assert!(
            !name
                .iter()
                .any(|byte| b"\"(),/:;<=>?@[\\]{}".contains(byte)),
            "a name is a token"
        );
        assert!(
            value
                .iter()
                .all(|&byte| byte == b'\t' || (byte >= b' ' && byte != 0x7f)),
            "no control byte"
        );
        let is = |known: &str| usize::from(name.eq_ignore_ascii_case(known.as_bytes()));
        facts.hosts += is("host");
        facts.content_lengths += is("content-length");
        facts.transfer_encodings += is("transfer-encoding");
    }
    assert!(
        facts.content_lengths + facts.transfer_encodings <= 1,
        "one length"
    );
    facts
}

/// The lines between CR LF; neither byte may occur alone.
fn split(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut lines = Vec::new();
    while let Some(end) = bytes.windows(2).position(|pair| pair == b"\r\n") {
        lines.push(&bytes[..end]);
        bytes = &bytes[end + 2..];
    }
    lines.push(bytes);
    assert!(
        lines
            .iter()
            .all(|line| !line.contains(&b'\r') && !line.contains(&b'\n')),
        "a bare CR or LF"
    );
    lines.into_iter()
}

/// Where to cut an input of `length`: everywhere if it is short.
pub fn cuts(length: usize) -> impl Iterator<Item = usize> {
    (0..length).step_by(1 + length / 200)
}
