//! What a server accepts, refuses and forwards.

mod accepted;
mod fields;
mod limits;
mod lines;
mod written;

use super::RequestHead;
use crate::error::RequestError;
use crate::limits::Limits;

/// The head of `bytes`, which must be complete.
fn parse(bytes: &[u8]) -> RequestHead {
    let mut head = RequestHead::new();
    let length = head
        .parse(bytes, &Limits::default())
        .expect("valid")
        .expect("complete");
    assert!(length <= bytes.len());
    head
}

fn refusal(bytes: &[u8]) -> Option<RequestError> {
    RequestHead::new().parse(bytes, &Limits::default()).err()
}

/// Each of `cases` is refused with its status and reason, in whatever pieces it comes.
fn refused(cases: &[(&[u8], u16, &str)]) {
    for &(bytes, status, reason) in cases {
        let text = String::from_utf8_lossy(bytes);
        let error = refusal(bytes).unwrap_or_else(|| panic!("accepted: {text:?}"));
        assert_eq!(
            (error.status(), error.reason()),
            (status, reason),
            "{text:?}"
        );
        let mut head = RequestHead::new();
        let mut pieces = (0..=bytes.len()).map(|end| head.parse(&bytes[..end], &Limits::default()));
        assert_eq!(
            pieces.find_map(Result::err),
            Some(error),
            "in pieces: {text:?}"
        );
    }
}

/// As [`refused`], for field lines behind a valid request line and host.
fn refused_fields(cases: &[(&[u8], u16, &str)]) {
    for &(fields, status, reason) in cases {
        let bytes = [
            b"POST / HTTP/1.1\r\nHost: h\r\n".as_slice(),
            fields,
            b"\r\n\r\n",
        ]
        .concat();
        refused(&[(&bytes, status, reason)]);
    }
}
