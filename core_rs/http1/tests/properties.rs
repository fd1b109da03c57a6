//! What holds for every input: splits do not matter, nothing is lost on the way through.

use http1::{
    BodyDecoder, BodyEncoder, BodyError, BodyLength, Edits, Limits, RequestHead, ResponseHead,
};
use proptest::prelude::*;
use proptest::sample::select;

/// Payload, trailers, bytes used, and whether the body ended.
type Body = (Vec<u8>, Vec<u8>, usize, bool);

/// Decodes `bytes` as they come when cut at `cuts`.
fn decode(bytes: &[u8], cuts: &[usize]) -> Result<Body, BodyError> {
    let mut decoder = BodyDecoder::new(BodyLength::Chunked);
    let (mut payload, mut used) = (Vec::new(), 0);
    for &seen in cuts.iter().chain([&bytes.len()]) {
        while used < seen && !decoder.is_done() {
            let found = decoder.decode(&bytes[used..seen], &Limits::default())?;
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

fn cuts(length: usize) -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(0..=length, 0..8).prop_map(|mut cuts| {
        cuts.sort_unstable();
        cuts
    })
}

/// Bytes that look like a chunked body, often a valid one.
fn chunked() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        8 => (1..40_usize).prop_map(|length| format!("{length:x}\r\n{}\r\n", "d".repeat(length)).into_bytes()),
        2 => Just(b"3;name=\"v\\\"\";x\r\nabc\r\n".to_vec()),
        1 => select(vec!["0\r\n", "\r\n", "A: b\r\n", "Content-Length: 3\r\n", "\n", "\r", ";", "g", "7"])
            .prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 1..4),
    ];
    let end = select(vec![
        "",
        "0\r\n\r\n",
        "0;x\r\nA:b\r\nHost: c\r\nD: \t e \r\n\r\n",
        "0\r\nA: b\r\n",
    ]);
    (prop::collection::vec(piece, 0..8), end)
        .prop_map(|(pieces, end)| [pieces.concat(), end.as_bytes().to_vec()].concat())
}

/// Bytes that look like a head, often a valid one; `{}` stands for the start line.
fn head(lines: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    let field = prop_oneof![
        6 => "[A-Za-z-]{1,12}:[ \t]{0,2}[!-~ ]{0,20}\r\n".prop_map(String::into_bytes),
        6 => select(vec![
            "Host: h\r\n", "Host: example.com:80\r\n", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n",
            "Connection: close, x\r\n", "Connection: upgrade\r\n", "Upgrade: websocket\r\n", "TE: trailers\r\n",
            "Trailer: x\r\n", "X: 1\r\n", "Expect: 100-continue\r\n", "Keep-Alive: 1\r\n", "A: b\n", " folded\r\n",
        ]).prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 1..6),
    ];
    let end = select(vec!["\r\n", "\r\n", "\r\n", "\n", "", "\r\nNEXT"]);
    (select(lines), prop::collection::vec(field, 0..8), end).prop_map(|(line, fields, end)| {
        [line.as_bytes(), &fields.concat(), end.as_bytes()].concat()
    })
}

fn request() -> impl Strategy<Value = Vec<u8>> {
    head(&[
        "GET / HTTP/1.1\r\nHost: h\r\n",
        "POST /a?b HTTP/1.1\r\nHost: h\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: h\r\n",
        "GET http://other?q HTTP/1.1\r\nHost: h\r\n",
        "\r\nHEAD / HTTP/1.0\r\n",
        "GET / HTTP/1.1\n",
        "",
    ])
}

fn response() -> impl Strategy<Value = Vec<u8>> {
    head(&[
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.0 404 No\r\n",
        "HTTP/1.1 204\r\n",
        "HTTP/1.1 101 \r\n",
        "HTTP/1.1 103 E\r\n",
        "",
    ])
}

proptest! {
    #[test]
    fn any_split_of_a_chunked_body_gives_the_same(
        (bytes, cuts) in chunked().prop_flat_map(|bytes| { let cuts = cuts(bytes.len()); (Just(bytes), cuts) }),
    ) {
        prop_assert_eq!(decode(&bytes, &cuts), decode(&bytes, &[]));
    }

    #[test]
    fn what_is_encoded_is_decoded(
        chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..100), 0..10),
        trailer in "(X-[A-Za-z]{1,8}: [!-~]{0,8}\r\n){0,3}",
        behind in prop::collection::vec(any::<u8>(), 0..10),
    ) {
        let (mut encoder, mut bytes) = (BodyEncoder::new(BodyLength::Chunked), Vec::new());
        for chunk in &chunks {
            encoder.begin(chunk.len(), &mut bytes);
            bytes.extend_from_slice(chunk);
            encoder.end(&mut bytes);
        }
        encoder.finish(trailer.as_bytes(), &mut bytes);
        let length = bytes.len();
        bytes.extend_from_slice(&behind);
        prop_assert_eq!(decode(&bytes, &[]), Ok((chunks.concat(), trailer.into_bytes(), length, true)));
    }

    #[test]
    fn any_prefix_of_a_request_waits_or_is_judged_as_the_whole(bytes in request()) {
        let (mut head, mut part) = (RequestHead::new(), RequestHead::new());
        let whole = head.parse(&bytes, &Limits::default());
        for end in 0..bytes.len() {
            let judged = part.parse(&bytes[..end], &Limits::default());
            prop_assert!(judged == Ok(None) || judged == whole, "{end}: {judged:?} {whole:?}");
        }
    }

    #[test]
    fn any_prefix_of_a_response_waits_or_is_judged_as_the_whole(bytes in response(), head_request in any::<bool>()) {
        let (mut head, mut part) = (ResponseHead::new(), ResponseHead::new());
        let whole = head.parse(&bytes, &Limits::default(), head_request);
        for end in 0..bytes.len() {
            let judged = part.parse(&bytes[..end], &Limits::default(), head_request);
            prop_assert!(judged == Ok(None) || judged == whole, "{end}: {judged:?} {whole:?}");
        }
    }

    #[test]
    fn a_request_that_is_written_reads_the_same(bytes in request()) {
        let mut head = RequestHead::new();
        if !matches!(head.parse(&bytes, &Limits::default()), Ok(Some(_))) {
            return Ok(());
        }
        let (target, authority) = (head.target(&bytes), head.authority(&bytes));
        let authority = if authority.is_empty() { "default" } else { authority };
        let (mut out, mut again) = (Vec::new(), RequestHead::new());
        head.write(&bytes, target, authority, &Edits::new(), &mut out);
        prop_assert_eq!(again.parse(&out, &Limits::default()), Ok(Some(out.len())));
        prop_assert_eq!(again.method(&out), head.method(&bytes));
        prop_assert_eq!(again.target(&out), target);
        prop_assert_eq!(again.authority(&out), authority);
        prop_assert_eq!(again.body(), head.body());
        prop_assert_eq!(again.upgrades_to_websocket(), head.upgrades_to_websocket());
        prop_assert!(again.keep_alive() && !again.expects_continue());
        prop_assert!(again.fields(&out).eq(head.fields(&bytes)));
    }
}
