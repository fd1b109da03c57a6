//! The `connection` field: options, and the names of fields that end at this hop.

use crate::error::FieldError;
use crate::kind::{Kind, classify};
use crate::span::Span;
use crate::token::{is_token, list};

/// More names than this are refused: each is compared with each field of the head.
const MAX_NAMED: usize = 16;

/// What the `connection` fields of a head say.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Options {
    pub(crate) close: bool,
    pub(crate) keep_alive: bool,
    pub(crate) upgrade: bool,
}

impl Options {
    /// Reads one `connection` value at `offset` of the head. Names of other fields go to `named`.
    pub(crate) fn read(
        &mut self,
        value: &[u8],
        offset: usize,
        named: &mut Vec<Span>,
    ) -> Result<(), FieldError> {
        for option in list(value) {
            if !is_token(option) {
                return Err(FieldError::Connection);
            }
            if option.eq_ignore_ascii_case(b"close") {
                self.close = true;
            } else if option.eq_ignore_ascii_case(b"keep-alive") {
                self.keep_alive = true;
            } else if option.eq_ignore_ascii_case(b"upgrade") {
                self.upgrade = true;
            } else {
                match classify(option) {
                    Kind::Host | Kind::ContentLength | Kind::TransferEncoding => {
                        return Err(FieldError::ConnectionNames);
                    }
                    Kind::EndToEnd
                    | Kind::Authorization
                    | Kind::ClientCertificate
                    | Kind::Trailer => {
                        if named.len() == MAX_NAMED {
                            return Err(FieldError::Connection);
                        }
                        let start = offset + (option.as_ptr().addr() - value.as_ptr().addr());
                        named.push(Span::new(start, option.len()));
                    }
                    // Dropped, or handled, whether named or not.
                    _ => {}
                }
            }
        }
        Ok(())
    }
}
