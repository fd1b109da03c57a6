//! What the special fields of a head say, gathered in one pass.

use crate::connection::Options;
use crate::error::FieldError;
use crate::kind::Kind;
use crate::length::Version;
use crate::span::Span;
use crate::token::{is_token, list, trim};

/// The meaning of the fields the codec reads itself.
#[derive(Clone, Copy, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, not the state of one thing"
)]
pub(crate) struct Facts {
    pub(crate) content_length: Option<u64>,
    pub(crate) chunked: bool,
    pub(crate) host: Option<Span>,
    pub(crate) options: Options,
    pub(crate) websocket: bool,
    pub(crate) te_trailers: bool,
    pub(crate) expect: Expect,
    authorization: bool,
    client_certificate: bool,
}

/// What `expect` asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Expect {
    #[default]
    Nothing,
    Continue,
    Unknown,
}

impl Facts {
    /// Takes in a field of `kind` whose `value` lies at `span` of the head.
    pub(crate) fn take(
        &mut self,
        kind: Kind,
        value: &[u8],
        span: Span,
        named: &mut Vec<Span>,
    ) -> Result<(), FieldError> {
        match kind {
            Kind::EndToEnd | Kind::HopByHop | Kind::Trailer => {}
            Kind::Host => once(self.host.replace(span).is_some())?,
            Kind::ContentLength => {
                let length = decimal(value).ok_or(FieldError::ContentLength)?;
                once(self.content_length.replace(length).is_some())?;
            }
            Kind::TransferEncoding => {
                once(self.chunked)?;
                transfer_encoding(value)?;
                self.chunked = true;
            }
            Kind::Connection => self.options.read(value, span.start(), named)?,
            Kind::Upgrade => {
                self.websocket |= list(value).any(|name| name.eq_ignore_ascii_case(b"websocket"));
            }
            Kind::Te => self.te_trailers |= value.eq_ignore_ascii_case(b"trailers"),
            Kind::Expect => {
                let first = self.expect == Expect::Nothing;
                let known = value.eq_ignore_ascii_case(b"100-continue");
                self.expect = if first && known {
                    Expect::Continue
                } else {
                    Expect::Unknown
                };
            }
            Kind::Authorization => once(std::mem::replace(&mut self.authorization, true))?,
            Kind::ClientCertificate => once(std::mem::replace(&mut self.client_certificate, true))?,
        }
        Ok(())
    }

    /// Checks what no field can say alone: one length, and none that `version` does not know.
    pub(crate) fn check(&self, version: Version) -> Result<(), FieldError> {
        if self.chunked && self.content_length.is_some() {
            return Err(FieldError::TwoLengths);
        }
        if self.chunked && version == Version::Http10 {
            return Err(FieldError::TransferEncodingVersion);
        }
        Ok(())
    }

    /// Whether the sender keeps the connection open (RFC 9112 section 9.3).
    pub(crate) fn keep_alive(&self, version: Version) -> bool {
        !self.options.close && (version == Version::Http11 || self.options.keep_alive)
    }
}

fn once(again: bool) -> Result<(), FieldError> {
    if again {
        Err(FieldError::Duplicate)
    } else {
        Ok(())
    }
}

/// Digits only: no sign, no list, no space, no prefix, no overflow.
fn decimal(value: &[u8]) -> Option<u64> {
    if value.is_empty() {
        return None;
    }
    value.iter().try_fold(0_u64, |total, byte| {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        total.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

/// Accepts one bare `chunked`. Other well-formed lists are understood but not served; a list that
/// is malformed, or whose `chunked` is not last and alone, has no length at all.
fn transfer_encoding(value: &[u8]) -> Result<(), FieldError> {
    if value.eq_ignore_ascii_case(b"chunked") {
        return Ok(());
    }
    let mut after_chunked = false;
    for coding in value.split(|&byte| byte == b',').map(trim) {
        if after_chunked || !is_token(coding) {
            return Err(FieldError::TransferEncoding);
        }
        after_chunked = coding.eq_ignore_ascii_case(b"chunked");
    }
    Err(FieldError::TransferCoding)
}
