//! Response heads: any bytes are refused or read as a strict parser reads them, and what is written
//! ends where the client thinks it ends.
#![no_main]

mod strict;

use http1::{BodyLength, Connection, Edits, Limits, RequestHead, ResponseHead, framing};
use libfuzzer_sys::fuzz_target;

const REQUESTS: [&[u8]; 5] = [
    b"GET / HTTP/1.1\r\nHost: h\r\n\r\n",
    b"HEAD / HTTP/1.1\r\nHost: h\r\n\r\n",
    b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
];

fuzz_target!(|bytes: &[u8]| {
    let Some((&choice, bytes)) = bytes.split_first() else {
        return;
    };
    let bytes_of_request = REQUESTS[usize::from(choice) % REQUESTS.len()];
    let mut request = RequestHead::new();
    request
        .parse(bytes_of_request, &Limits::default())
        .expect("valid");

    let limits = Limits::default();
    let (mut head, mut part) = (ResponseHead::new(), ResponseHead::new());
    let whole = head.parse(bytes, &limits, request.is_head());
    for end in strict::cuts(bytes.len()) {
        let judged = part.parse(&bytes[..end], &limits, request.is_head());
        assert!(
            judged == Ok(None) || judged == whole,
            "{end}: {judged:?} {whole:?}"
        );
    }
    let Ok(Some(length)) = whole else { return };
    assert!(length <= bytes.len() && length <= limits.head_bytes);
    let facts = strict::head(&bytes[..length]);
    assert!(facts.transfer_encodings == 0 || !matches!(head.body(), BodyLength::Length(_)));
    assert!((100..=599).contains(&head.status()));

    for (status, keep_alive) in [
        (head.status(), true),
        (204, true),
        (403, true),
        (head.status(), false),
    ] {
        let framing = framing(&request, &head, keep_alive);
        let mut out = Vec::new();
        head.write(bytes, status, &Edits::new(), framing, &mut out);
        strict::head(&out);
        let mut again = ResponseHead::new();
        let roomy = Limits {
            head_bytes: 1 << 20,
            fields: Limits::MAX_FIELDS,
            ..limits
        };
        if framing.connection != Connection::Upgrade && head.status() == 101 {
            // Nobody forwards a switch that was not asked for.
            continue;
        }
        assert_eq!(
            again.parse(&out, &roomy, request.is_head()),
            Ok(Some(out.len()))
        );
        assert_eq!(
            again.status(),
            if head.accepts_status(status) {
                status
            } else {
                head.status()
            }
        );
        // The client sees the same end as the body that is sent.
        match (framing.body, again.body()) {
            (sent, seen) if sent == seen => {}
            (sent, seen) => assert!(sent.is_empty() && seen.is_empty(), "{sent:?} {seen:?}"),
        }
        let trailer = |(name, _): &(&str, &[u8])| !name.eq_ignore_ascii_case("trailer");
        assert!(
            again
                .fields(&out)
                .filter(trailer)
                .eq(head.fields(bytes).filter(trailer))
        );
        if framing.keep_alive() && request.version() == http1::Version::Http11 && !head.is_interim()
        {
            assert!(again.keep_alive(), "the client would close");
        }
        if !framing.keep_alive() && framing.connection != Connection::Upgrade {
            assert!(!again.keep_alive());
        }
    }
});
