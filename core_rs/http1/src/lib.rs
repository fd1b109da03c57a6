//! Sans-io HTTP/1.1 after RFC 9112 and RFC 9110: heads, body framing, header edits.
//!
//! The crate reads bytes and writes bytes; sockets, timers and buffers belong to the caller.
//! A server half ([`RequestHead`], [`framing()`], [`write_reply`]) and a client half
//! ([`ResponseHead`]) share one table of fields, one [`BodyDecoder`] and one [`BodyEncoder`].
//!
//! Two rules hold everywhere:
//!
//! * **Ambiguous bytes are refused, never repaired.** What a strict parser may read in two ways
//!   (RFC 9112 section 11.2) is an error with a stable reason code.
//! * **What leaves is written by us.** The start line, `host`, the framing fields and chunk headers
//!   are serialized anew; the other end-to-end fields travel as the validated raw block.
//!
//! Heads own no bytes. They remember offsets into the buffer they were parsed from, and every
//! accessor takes that buffer again, so a head kept per connection is reused for each message
//! without allocating.
//!
//! ```
//! use http1::{BodyLength, Edits, Limits, RequestHead};
//!
//! let received = b"POST /a HTTP/1.1\r\nHost: b\r\nConnection: x-hop\r\nX-Hop: 1\r\nX-End: 2\r\n\
//!     Content-Length: 5\r\n\r\nhello";
//! let mut head = RequestHead::new();
//! let length = head.parse(received, &Limits::default())?.expect("the head is complete");
//! assert_eq!(&received[length..], b"hello");
//! assert_eq!(head.body(), BodyLength::Length(5));
//!
//! let mut edits = Edits::new();
//! edits.set("x-request-id", b"7")?;
//! let mut sent = Vec::new();
//! head.write(received, head.target(received), head.authority(received), &edits, &mut sent);
//! assert_eq!(
//!     sent,
//!     b"POST /a HTTP/1.1\r\nhost: b\r\nX-End: 2\r\nx-request-id: 7\r\ncontent-length: 5\r\n\r\n"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod authority;
mod body;
mod connection;
mod edits;
mod error;
mod facts;
mod fields;
mod framing;
mod kind;
mod length;
mod limits;
mod reply;
mod request;
mod response;
mod span;
mod status;
mod token;

pub use body::{BodyDecoder, BodyEncoder, Decoded};
pub use edits::{EditError, EditKind, Edits};
pub use error::{BodyError, FieldError, RequestError, ResponseError};
pub use framing::{Connection, Framing, framing};
pub use length::{BodyLength, Version};
pub use limits::Limits;
pub use reply::{CONTINUE, write_reply};
pub use request::RequestHead;
pub use response::ResponseHead;
pub use status::reason_phrase;
pub use token::{field_is_forbidden, field_is_valid};
