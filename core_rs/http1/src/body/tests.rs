use super::{BodyDecoder, BodyEncoder};
use crate::error::BodyError;
use crate::length::BodyLength;
use crate::limits::Limits;

/// Payload, forwarded trailers and consumed bytes of a chunked body that comes in pieces of
/// `step` bytes.
fn decode(
    bytes: &[u8],
    step: usize,
    limits: &Limits,
) -> Result<(Vec<u8>, Vec<u8>, usize, bool), BodyError> {
    let mut decoder = BodyDecoder::new(BodyLength::Chunked);
    let (mut payload, mut used, mut seen) = (Vec::new(), 0, 0);
    while !decoder.is_done() {
        let found = decoder.decode(&bytes[used..seen], limits)?;
        payload.extend_from_slice(&bytes[used + found.skip..used + found.skip + found.data]);
        used += found.skip + found.data;
        assert!(used <= seen);
        if found.skip + found.data == 0 || used == seen {
            if seen == bytes.len() {
                break;
            }
            seen = bytes.len().min(seen + step);
        }
    }
    Ok((
        payload,
        decoder.trailers().to_vec(),
        used,
        decoder.is_done(),
    ))
}

/// The same in pieces of every size.
fn decode_all_ways(
    bytes: &[u8],
    limits: &Limits,
) -> Result<(Vec<u8>, Vec<u8>, usize, bool), BodyError> {
    let whole = decode(bytes, bytes.len().max(1), limits);
    for step in 1..bytes.len().min(40) {
        assert_eq!(decode(bytes, step, limits), whole, "in pieces of {step}");
    }
    whole
}

#[test]
fn chunks_extensions_and_trailers() {
    let bytes = b"5\r\nhello\r\n00A;x;y=z;q=\"a\\\";\xff\"\r\n0123456789\r\n0;end\r\n\
        Grpc-Status:0\r\nContent-Length: 5\r\nX-Sum: \t a b \r\nX-Empty:\r\nX_Y: 1\r\n\r\nNEXT";
    let (payload, trailers, used, done) =
        decode_all_ways(bytes, &Limits::default()).expect("valid");
    assert_eq!(payload, b"hello0123456789");
    assert_eq!(trailers, b"Grpc-Status: 0\r\nX-Sum: a b\r\nX-Empty: \r\n");
    assert_eq!(used, bytes.len() - 4);
    assert!(done);
}

#[test]
fn an_unfinished_body_is_not_done() {
    let bytes = b"5\r\nhello\r\n0\r\nA: b\r\n\r\n";
    for end in 0..bytes.len() {
        let (_, _, used, done) =
            decode(&bytes[..end], 1, &Limits::default()).expect("valid so far");
        assert!(!done && used == end, "{end}");
    }
    let mut decoder = BodyDecoder::new(BodyLength::Chunked);
    assert_eq!(decoder.end_of_input(), Err(BodyError::EndedEarly));
    decoder.reset(BodyLength::Length(1));
    assert_eq!(decoder.end_of_input(), Err(BodyError::EndedEarly));
    decoder.reset(BodyLength::UntilClose);
    assert!(!decoder.is_done());
    assert_eq!(decoder.end_of_input(), Ok(()));
    assert!(decoder.is_done());
}

#[test]
fn refused_chunks() {
    for (bytes, error) in [
        (b"\r\n".as_slice(), BodyError::ChunkSize),
        (b"g\r\n", BodyError::ChunkSize),
        (b"-1\r\n", BodyError::ChunkSize),
        (b"+1\r\n", BodyError::ChunkSize),
        (b"0x1\r\n", BodyError::ChunkSize),
        (b"1_0\r\n", BodyError::ChunkSize),
        (b" 1\r\n", BodyError::ChunkSize),
        (b"1 \r\n", BodyError::ChunkSize),
        (b"1\t;a\r\n", BodyError::ChunkSize),
        (b"1\n", BodyError::ChunkSize),
        (b";a\r\n", BodyError::ChunkSize),
        (b"10000000000000000\r\n", BodyError::ChunkSize),
        (b"fffffffffffffffff\r\n", BodyError::ChunkSize),
        (b"1\rX", BodyError::ChunkEnding),
        (b"1\r\nab", BodyError::ChunkEnding),
        (b"1\r\na\n", BodyError::ChunkEnding),
        (b"1\r\na\rX", BodyError::ChunkEnding),
        (b"1;\r\n", BodyError::ChunkExtension),
        (b"1; a\r\n", BodyError::ChunkExtension),
        (b"1;a \r\n", BodyError::ChunkExtension),
        (b"1;a\n", BodyError::ChunkExtension),
        (b"1;a=\r\n", BodyError::ChunkExtension),
        (b"1;=a\r\n", BodyError::ChunkExtension),
        (b"1;a=b=c\r\n", BodyError::ChunkExtension),
        (b"1;a=\"b\r\n", BodyError::ChunkExtension),
        (b"1;a=\"b\n\"\r\n", BodyError::ChunkExtension),
        (b"1;a=\"b\\\r\n", BodyError::ChunkExtension),
        (b"1;a=\"b\"c\r\n", BodyError::ChunkExtension),
        (b"1;a\0\r\n", BodyError::ChunkExtension),
        (b"1;a\x80\r\n", BodyError::ChunkExtension),
        (b"1;a\rX", BodyError::ChunkEnding),
        (b"0\r\n\n", BodyError::Trailer),
        (b"0\r\nA: b\n\r\n", BodyError::Trailer),
        (b"0\r\nA\r\n", BodyError::Trailer),
        (b"0\r\nA : b\r\n", BodyError::Trailer),
        (b"0\r\n: b\r\n", BodyError::Trailer),
        (b"0\r\n A: b\r\n", BodyError::Trailer),
        (b"0\r\nA: b\rc\r\n", BodyError::Trailer),
        (b"0\r\nA: b\0\r\n", BodyError::Trailer),
        (b"0\r\nA: b\r\n c\r\n", BodyError::Trailer),
        (b"0\r\n\rX\n", BodyError::Trailer),
    ] {
        assert_eq!(
            decode_all_ways(bytes, &Limits::default()),
            Err(error),
            "{:?}",
            String::from_utf8_lossy(bytes)
        );
    }
}

#[test]
fn the_largest_chunk_does_not_overflow() {
    let (_, _, used, done) =
        decode_all_ways(b"ffffffffffffffff\r\nabc", &Limits::default()).expect("valid so far");
    assert!(used == 21 && !done);
    assert_eq!(
        decode(
            b"00000000000000000000ffffffffffffffff\r\n",
            9,
            &Limits::default()
        )
        .map(|all| all.2),
        Ok(38)
    );
}

#[test]
fn chunk_lines_and_extensions_are_bounded() {
    let limits = Limits::default();
    let line = |fill: usize| format!("1;{}\r\n", "a".repeat(fill));
    assert!(decode_all_ways(line(252).as_bytes(), &limits).is_ok());
    assert_eq!(
        decode_all_ways(line(253).as_bytes(), &limits),
        Err(BodyError::ChunkTooLong)
    );
    assert_eq!(
        decode_all_ways(&[b'0'; 257], &limits),
        Err(BodyError::ChunkTooLong)
    );
    // One byte of payload per 200 of extension: refused once the sum is over the limit.
    let many = format!("1;{}\r\nx\r\n", "a".repeat(200)).repeat(100);
    assert_eq!(
        decode(many.as_bytes(), 1000, &limits),
        Err(BodyError::ChunkTooLong)
    );
    let plain = "1\r\nx\r\n".repeat(20_000);
    assert_eq!(
        decode(plain.as_bytes(), 1000, &limits).map(|all| all.0.len()),
        Ok(20_000)
    );
}

#[test]
fn trailers_are_bounded() {
    let limits = Limits::default();
    let body = |count: usize| format!("0\r\n{}\r\n", "host: x\r\n".repeat(count));
    assert!(decode_all_ways(body(100).as_bytes(), &limits).is_ok());
    assert_eq!(
        decode_all_ways(body(101).as_bytes(), &limits),
        Err(BodyError::TrailersTooLarge)
    );
    let long = |length: usize| format!("0\r\na: {}\r\n\r\n", "b".repeat(length - 7));
    assert!(decode_all_ways(long(limits.trailer_bytes).as_bytes(), &limits).is_ok());
    let over = long(limits.trailer_bytes + 1);
    assert_eq!(
        decode_all_ways(over.as_bytes(), &limits),
        Err(BodyError::TrailersTooLarge)
    );
    let endless = format!("0\r\n{}", "b".repeat(limits.trailer_bytes + 1));
    assert_eq!(
        decode_all_ways(endless.as_bytes(), &limits),
        Err(BodyError::TrailersTooLarge)
    );
}

#[test]
fn trailers_that_could_change_the_message_are_dropped() {
    for name in [
        "Transfer-Encoding",
        "Content-Length",
        "Host",
        "Connection",
        "Keep-Alive",
        "Upgrade",
        "TE",
        "Trailer",
        "Expect",
        "Authorization",
        "Proxy-Authorization",
        "Proxy-Authenticate",
        "WWW-Authenticate",
        "Set-Cookie",
        "Cookie",
        "Content-Type",
        "Content-Encoding",
        "Content-Range",
        "Cache-Control",
        "If-Match",
        "Range",
        "X-Forwarded-For",
        "X-Forwarded-Client-Cert",
        "Forwarded",
        "X-Real-IP",
        "X-Request-ID",
        "X-Pymesh-Error",
        "X-Envoy-Internal",
        "Max-Forwards",
        "Location",
        "x_y",
    ] {
        let bytes = format!("0\r\n{name}: x\r\n\r\n");
        let (_, trailers, _, done) =
            decode_all_ways(bytes.as_bytes(), &Limits::default()).expect("valid");
        assert!(trailers.is_empty() && done, "{name}");
    }
}

#[test]
fn length_and_until_close() {
    let limits = Limits::default();
    let mut decoder = BodyDecoder::new(BodyLength::Length(5));
    assert_eq!(
        decoder
            .decode(b"abc", &limits)
            .map(|decoded| (decoded.skip, decoded.data)),
        Ok((0, 3))
    );
    assert!(!decoder.is_done());
    assert_eq!(
        decoder
            .decode(b"deNEXT", &limits)
            .map(|decoded| decoded.data),
        Ok(2)
    );
    assert!(decoder.is_done());
    assert_eq!(
        decoder.decode(b"NEXT", &limits).map(|decoded| decoded.data),
        Ok(0)
    );
    assert_eq!(decoder.end_of_input(), Ok(()));
    assert!(BodyDecoder::new(BodyLength::Length(0)).is_done());
    assert!(BodyDecoder::new(BodyLength::Empty).is_done());
    decoder.reset(BodyLength::UntilClose);
    assert_eq!(
        decoder.decode(b"abc", &limits).map(|decoded| decoded.data),
        Ok(3)
    );
}

#[test]
fn encoder_frames_chunks_and_nothing_else() {
    let mut out = Vec::new();
    let mut encoder = BodyEncoder::new(BodyLength::Chunked);
    for payload in ["hello", "", &"x".repeat(0x1f)] {
        encoder.begin(payload.len(), &mut out);
        out.extend_from_slice(payload.as_bytes());
        encoder.end(&mut out);
    }
    encoder.finish(b"A: b\r\n", &mut out);
    assert_eq!(
        out,
        format!(
            "5\r\nhello\r\n1f\r\n{}\r\n0\r\nA: b\r\n\r\n",
            "x".repeat(0x1f)
        )
        .into_bytes()
    );
    for length in [
        BodyLength::Empty,
        BodyLength::Length(3),
        BodyLength::UntilClose,
    ] {
        let mut out = Vec::new();
        encoder.reset(length);
        encoder.begin(3, &mut out);
        encoder.end(&mut out);
        encoder.finish(b"A: b\r\n", &mut out);
        assert!(out.is_empty(), "{length:?}");
    }
}

#[test]
fn chunk_sizes_of_every_width() {
    for bits in 0..usize::BITS {
        let mut out = Vec::new();
        let mut encoder = BodyEncoder::new(BodyLength::Chunked);
        encoder.begin(1 << bits, &mut out);
        assert_eq!(out, format!("{:x}\r\n", 1_usize << bits).into_bytes());
    }
}
