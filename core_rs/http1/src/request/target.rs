//! The request target (RFC 9112 section 3.2).

use crate::authority::is_authority;
use crate::error::RequestError;
use crate::span::Span;
use crate::token::all;

/// A target in origin form, or `*`.
#[derive(Debug, Default)]
pub(crate) struct Target {
    place: Place,
    /// Used for an absolute target with a query but no path, the one case whose origin form is
    /// nowhere in the bytes.
    rewritten: String,
}

#[derive(Clone, Copy, Debug, Default)]
enum Place {
    #[default]
    Root,
    Asterisk,
    Bytes(Span),
    Rewritten,
}

impl Target {
    /// Reads the target at `span`; gives the authority of an absolute one.
    pub(crate) fn read(
        &mut self,
        span: Span,
        bytes: &[u8],
        method: &[u8],
    ) -> Result<Option<Span>, RequestError> {
        if method == b"CONNECT" {
            return Err(RequestError::Connect);
        }
        let target = span.of(bytes);
        if !all(target, is_target_byte) {
            return Err(RequestError::Target);
        }
        match target {
            [b'/', ..] => {
                self.place = Place::Bytes(span);
                Ok(None)
            }
            b"*" if method == b"OPTIONS" => {
                self.place = Place::Asterisk;
                Ok(None)
            }
            _ => self.read_absolute(span, target, method).map(Some),
        }
    }

    fn read_absolute(
        &mut self,
        span: Span,
        target: &[u8],
        method: &[u8],
    ) -> Result<Span, RequestError> {
        let scheme = ["http://", "https://"]
            .into_iter()
            .find(|scheme| {
                target
                    .get(..scheme.len())
                    .is_some_and(|front| front.eq_ignore_ascii_case(scheme.as_bytes()))
            })
            .ok_or(RequestError::Target)?
            .len();
        let rest = &target[scheme..];
        let length = rest
            .iter()
            .position(|&byte| matches!(byte, b'/' | b'?'))
            .unwrap_or(rest.len());
        if !is_authority(&rest[..length]) {
            return Err(RequestError::Host);
        }
        let path = scheme + length;
        self.place = match &target[path..] {
            [] if method == b"OPTIONS" => Place::Asterisk,
            [] => Place::Root,
            [b'?', ..] => {
                self.rewritten.clear();
                self.rewritten.push('/');
                self.rewritten.push_str(
                    std::str::from_utf8(&target[path..]).map_err(|_| RequestError::Target)?,
                );
                Place::Rewritten
            }
            _ => Place::Bytes(Span::new(span.start() + path, target.len() - path)),
        };
        Ok(Span::new(span.start() + scheme, length))
    }

    pub(crate) fn text<'b>(&'b self, bytes: &'b [u8]) -> &'b str {
        match self.place {
            Place::Root => "/",
            Place::Asterisk => "*",
            Place::Bytes(span) => span.text(bytes),
            Place::Rewritten => &self.rewritten,
        }
    }
}

/// Visible ASCII without `#`. The few visible characters outside RFC 3986 that browsers send raw
/// (`|`, `^`, `{`, …) delimit nothing and pass.
pub(crate) const fn is_target_byte(byte: u8) -> bool {
    byte > b' ' && byte < 0x7f && byte != b'#'
}
