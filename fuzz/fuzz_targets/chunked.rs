//! Chunked bodies: the same result for every split, the same payload as a plain decoder finds, and
//! a way back.
#![no_main]

use http1::{
    BodyDecoder, BodyEncoder, BodyError, BodyLength, Limits, field_is_forbidden, field_is_valid,
};
use libfuzzer_sys::fuzz_target;

/// Payload, trailers, bytes used, and whether the body ended.
type Body = (Vec<u8>, Vec<u8>, usize, bool);

fuzz_target!(|bytes: &[u8]| {
    let whole = decode(bytes, bytes.len().max(1));
    for step in [1, 2, 3, 7, 64] {
        assert_eq!(decode(bytes, step), whole, "in pieces of {step}");
    }
    let Ok((payload, trailers, used, true)) = whole else {
        return;
    };
    let (expected, length) = plain(bytes);
    assert_eq!((&payload, used), (&expected, length));
    for line in trailers.split_inclusive(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\r\n").expect("whole lines");
        let colon = line.iter().position(|&byte| byte == b':').expect("a colon");
        let value = line[colon + 1..].strip_prefix(b" ").expect("one space");
        assert!(field_is_valid(&line[..colon], value));
        assert!(!field_is_forbidden(
            std::str::from_utf8(&line[..colon]).expect("a token")
        ));
    }

    let (mut encoder, mut out) = (BodyEncoder::new(BodyLength::Chunked), Vec::new());
    for piece in payload.chunks(17) {
        encoder.begin(piece.len(), &mut out);
        out.extend_from_slice(piece);
        encoder.end(&mut out);
    }
    encoder.finish(&trailers, &mut out);
    let length = out.len();
    assert_eq!(decode(&out, length), Ok((payload, trailers, length, true)));
});

fn decode(bytes: &[u8], step: usize) -> Result<Body, BodyError> {
    let limits = Limits::default();
    let mut decoder = BodyDecoder::new(BodyLength::Chunked);
    let (mut payload, mut used, mut seen) = (Vec::new(), 0, 0);
    while seen < bytes.len() && !decoder.is_done() {
        seen = bytes.len().min(seen + step);
        while used < seen && !decoder.is_done() {
            let found = decoder.decode(&bytes[used..seen], &limits)?;
            assert!(found.skip + found.data > 0 && found.skip + found.data <= seen - used);
            let data = used + found.skip..used + found.skip + found.data;
            used = data.end;
            payload.extend_from_slice(&bytes[data]);
        }
    }
    Ok((
        payload,
        decoder.trailers().to_vec(),
        used,
        decoder.is_done(),
    ))
}

/// Payload and length of a body that was accepted, found line by line.
fn plain(bytes: &[u8]) -> (Vec<u8>, usize) {
    let (mut payload, mut at) = (Vec::new(), 0);
    loop {
        let line = line(bytes, &mut at);
        let digits = line.split(|&byte| byte == b';').next().expect("a size");
        let digits = std::str::from_utf8(digits).expect("ASCII");
        assert!(digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let size = usize::from_str_radix(digits, 16).expect("a size");
        if size == 0 {
            break;
        }
        payload.extend_from_slice(&bytes[at..at + size]);
        at += size;
        assert!(self::line(bytes, &mut at).is_empty());
    }
    while !line(bytes, &mut at).is_empty() {}
    (payload, at)
}

fn line<'b>(bytes: &'b [u8], at: &mut usize) -> &'b [u8] {
    let rest = &bytes[*at..];
    let end = rest
        .windows(2)
        .position(|pair| pair == b"\r\n")
        .expect("a line end");
    *at += end + 2;
    &rest[..end]
}
