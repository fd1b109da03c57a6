//! Request heads: any bytes are refused or read as a strict parser reads them, and what is written
//! reads the same.
#![no_main]

mod strict;

use http1::{BodyLength, Edits, Limits, RequestHead, Version};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let small = Limits {
        head_bytes: 200,
        target_bytes: 40,
        fields: 6,
        ..Limits::default()
    };
    for limits in [Limits::default(), small] {
        check(bytes, &limits);
    }
});

fn check(bytes: &[u8], limits: &Limits) {
    let (mut head, mut part) = (RequestHead::new(), RequestHead::new());
    let whole = head.parse(bytes, limits);
    for end in strict::cuts(bytes.len()) {
        let judged = part.parse(&bytes[..end], limits);
        assert!(
            judged == Ok(None) || judged == whole,
            "{end}: {judged:?} {whole:?}"
        );
    }
    let Ok(Some(length)) = whole else { return };
    assert!(length <= bytes.len() && length <= limits.head_bytes);
    let facts = strict::head(&bytes[..length]);
    assert!(facts.hosts == 1 || (facts.hosts == 0 && head.version() == Version::Http10));
    assert_eq!(
        facts.content_lengths == 1,
        matches!(head.body(), BodyLength::Length(_))
    );
    assert_eq!(
        facts.transfer_encodings == 1,
        head.body() == BodyLength::Chunked
    );

    let mut edits = Edits::new();
    edits.set("x-set", b"ours").expect("valid");
    edits.remove("x-removed").expect("valid");
    let (target, authority) = (head.target(bytes), head.authority(bytes));
    let authority = if authority.is_empty() {
        "default"
    } else {
        authority
    };
    let mut out = Vec::new();
    head.write(bytes, target, authority, &edits, &mut out);
    let written = strict::head(&out);
    assert_eq!(
        (written.hosts, written.content_lengths),
        (1, facts.content_lengths)
    );

    let roomy = Limits {
        head_bytes: 1 << 20,
        fields: Limits::MAX_FIELDS,
        ..Limits::default()
    };
    let mut again = RequestHead::new();
    assert_eq!(again.parse(&out, &roomy), Ok(Some(out.len())));
    assert_eq!(again.method(&out), head.method(bytes));
    assert_eq!(again.target(&out), target);
    assert_eq!(again.authority(&out), authority);
    assert_eq!(again.body(), head.body());
    assert_eq!(again.upgrades_to_websocket(), head.upgrades_to_websocket());
    assert!(again.keep_alive() && !again.expects_continue());
    assert_eq!(again.field(&out, "x-set").collect::<Vec<_>>(), [b"ours"]);
    let others = |(name, _): &(&str, &[u8])| {
        !["x-set", "x-removed"].contains(&name.to_ascii_lowercase().as_str())
    };
    assert!(
        again
            .fields(&out)
            .filter(others)
            .eq(head.fields(bytes).filter(others))
    );
    assert_eq!(again.field(&out, "x-removed").count(), 0);
}
