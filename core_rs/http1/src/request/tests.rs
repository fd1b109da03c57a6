//! What a server accepts, refuses and forwards.

mod accepted;
mod refused;
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
