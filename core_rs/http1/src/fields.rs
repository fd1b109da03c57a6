//! The field section of a head: parsed once, remembered as offsets, copied in runs.

use crate::edits::Edits;
use crate::error::FieldError;
use crate::facts::Facts;
use crate::kind::{Kind, classify};
use crate::limits::Limits;
use crate::span::Span;
use crate::token::has_underscore;

/// Most heads have fewer fields than this; a larger array is filled only for those that do not.
const USUAL_FIELDS: usize = 32;

#[derive(Clone, Copy, Debug)]
struct Field {
    name: Span,
    value: Span,
    kind: Kind,
    /// Not forwarded: written by us, ended at this hop, or named by `connection`.
    dropped: bool,
}

/// Which names a direction refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    /// Requests: an underscore may be read as a dash behind us.
    WithoutUnderscore,
    /// Responses: nobody behind us turns names into variables.
    Any,
}

/// The fields of one head.
#[derive(Debug, Default)]
pub(crate) struct FieldTable {
    fields: Vec<Field>,
    /// Names that `connection` lists.
    named: Vec<Span>,
    /// Where the last field line ends.
    end: usize,
}

impl FieldTable {
    /// Parses the fields from `start` to the empty line; gives the length of the whole head.
    ///
    /// `Ok(None)`: no empty line yet. The result depends on the first `limits.head_bytes` only,
    /// so that it does not matter how the bytes were split on their way.
    pub(crate) fn parse(
        &mut self,
        bytes: &[u8],
        start: usize,
        limits: &Limits,
        names: Names,
    ) -> Result<Option<(usize, Facts)>, FieldError> {
        let most = limits.head_bytes.min(u32::MAX as usize);
        let window = &bytes[..bytes.len().min(most)];
        let section = window.get(start..).unwrap_or_default();
        let fields = limits.fields.min(Limits::MAX_FIELDS);

        let mut few = [httparse::EMPTY_HEADER; USUAL_FIELDS];
        let mut many;
        let mut outcome = httparse::parse_headers(section, &mut few[..fields.min(USUAL_FIELDS)]);
        if outcome == Err(httparse::Error::TooManyHeaders) && fields > USUAL_FIELDS {
            many = [httparse::EMPTY_HEADER; Limits::MAX_FIELDS];
            outcome = httparse::parse_headers(section, &mut many[..fields]);
        }
        match outcome {
            Ok(httparse::Status::Complete((length, headers))) => {
                let facts = self.gather(window, start + length, headers, names)?;
                Ok(Some((start + length, facts)))
            }
            Ok(httparse::Status::Partial) if window.len() == most => Err(FieldError::TooLarge),
            Ok(httparse::Status::Partial) => Ok(None),
            Err(httparse::Error::TooManyHeaders) => Err(FieldError::TooMany),
            Err(httparse::Error::HeaderValue) => Err(FieldError::Value),
            Err(httparse::Error::NewLine) => Err(FieldError::LineEnding),
            Err(_) => Err(FieldError::Name),
        }
    }

    fn gather(
        &mut self,
        bytes: &[u8],
        end: usize,
        headers: &[httparse::Header<'_>],
        names: Names,
    ) -> Result<Facts, FieldError> {
        self.fields.clear();
        self.named.clear();
        self.end = end - 2;
        // The tokenizer accepts a bare LF. No value can hold CR, so the byte before each LF tells.
        if !bytes[..end].ends_with(b"\r\n\r\n") {
            return Err(FieldError::LineEnding);
        }
        let base = bytes.as_ptr().addr();
        let mut facts = Facts::default();
        for header in headers {
            let name_start = header.name.as_ptr().addr() - base;
            if bytes[name_start - 2] != b'\r' {
                return Err(FieldError::LineEnding);
            }
            let name = header.name.as_bytes();
            if names == Names::WithoutUnderscore && has_underscore(name) {
                return Err(FieldError::Underscore);
            }
            let kind = classify(name);
            let name = Span::new(name_start, name.len());
            let value = Span::new(header.value.as_ptr().addr() - base, header.value.len());
            facts.take(kind, header.value, value, &mut self.named)?;
            let dropped = !matches!(
                kind,
                Kind::EndToEnd | Kind::Authorization | Kind::ClientCertificate | Kind::Trailer
            );
            self.fields.push(Field {
                name,
                value,
                kind,
                dropped,
            });
        }
        if !self.named.is_empty() {
            for field in &mut self.fields {
                let name = field.name.of(bytes);
                field.dropped |= self
                    .named
                    .iter()
                    .any(|named| named.of(bytes).eq_ignore_ascii_case(name));
            }
        }
        Ok(facts)
    }

    /// Drops `trailer`: it announces fields that only a chunked body can carry.
    pub(crate) fn drop_trailer(&mut self) {
        for field in &mut self.fields {
            field.dropped |= field.kind == Kind::Trailer;
        }
    }

    /// The end-to-end fields, in order, names as received.
    pub(crate) fn iter<'b>(
        &'b self,
        bytes: &'b [u8],
    ) -> impl Iterator<Item = (&'b str, &'b [u8])> + 'b {
        self.fields
            .iter()
            .filter(|field| !field.dropped)
            .map(|field| (field.name.text(bytes), field.value.of(bytes)))
    }

    /// Every value of the end-to-end field `name`, in order.
    pub(crate) fn named<'b>(
        &'b self,
        bytes: &'b [u8],
        name: &'b str,
    ) -> impl Iterator<Item = &'b [u8]> + 'b {
        self.fields
            .iter()
            .filter(move |field| {
                !field.dropped
                    && field.name.len() == name.len()
                    && field.name.of(bytes).eq_ignore_ascii_case(name.as_bytes())
            })
            .map(|field| field.value.of(bytes))
    }

    /// Appends the end-to-end field lines that `edits` leaves, then the fields it sets and adds.
    /// Neighbouring lines are copied at once.
    pub(crate) fn write(&self, bytes: &[u8], edits: &Edits, keep_trailer: bool, out: &mut Vec<u8>) {
        let mut run: Option<usize> = None;
        for field in &self.fields {
            let start = field.name.start();
            let keep = !field.dropped
                && (keep_trailer || field.kind != Kind::Trailer)
                && !edits.replaces(field.name.of(bytes));
            match (keep, run) {
                (true, None) => run = Some(start),
                (false, Some(from)) => {
                    out.extend_from_slice(bytes.get(from..start).unwrap_or_default());
                    run = None;
                }
                _ => {}
            }
        }
        if let Some(from) = run {
            out.extend_from_slice(bytes.get(from..self.end).unwrap_or_default());
        }
        edits.write(out);
    }
}
