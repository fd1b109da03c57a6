//! Why a set of documents was refused.

use std::fmt;

/// What kind of mistake a [`CompileError`] reports; the text form is stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// The bytes are not JSON, or not of the documents' shape.
    Malformed,
    /// A field's value is outside what is allowed.
    InvalidValue,
    /// A regular expression is too long, too large once compiled, or wrong.
    InvalidRegex,
    /// Two documents, or two items of one, claim the same key.
    Duplicate,
    /// A name refers to a document that is not there.
    DanglingReference,
    /// More items than allowed.
    TooMany,
}

impl ErrorCode {
    /// Every code, for documentation and tests.
    pub const ALL: [Self; 6] = [
        Self::Malformed,
        Self::InvalidValue,
        Self::InvalidRegex,
        Self::Duplicate,
        Self::DanglingReference,
        Self::TooMany,
    ];

    /// The stable code, such as `dangling_reference`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed_document",
            Self::InvalidValue => "invalid_value",
            Self::InvalidRegex => "invalid_regex",
            Self::Duplicate => "duplicate",
            Self::DanglingReference => "dangling_reference",
            Self::TooMany => "too_many",
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Documents that cannot become a Snapshot; the one in force stays.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{document}: {field}: {reason} ({code})")]
pub struct CompileError {
    code: ErrorCode,
    document: String,
    field: String,
    reason: String,
}

impl CompileError {
    /// An error of kind `code` in `document` (such as `routes api.example/*`) at `field`
    /// (such as `rules[3].name`).
    pub(crate) fn new(
        code: ErrorCode,
        document: impl Into<String>,
        field: impl Into<String>,
        reason: impl Into<String>,
    ) -> Self {
        Self {
            code,
            document: bounded(document.into()),
            field: bounded(field.into()),
            reason: bounded(reason.into()),
        }
    }

    /// The kind of mistake.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// The document: its type and key.
    #[must_use]
    pub fn document(&self) -> &str {
        &self.document
    }

    /// The path of the field inside the document.
    #[must_use]
    pub fn field(&self) -> &str {
        &self.field
    }

    /// What is wrong with it, in words.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

/// The most that each part of an error says, in bytes. Names are quoted as they come, and errors
/// end up in logs, on the admin page and in the answer to whoever made the documents.
const PART_BYTES: usize = 512;

/// `text`, or its beginning and an ellipsis.
fn bounded(mut text: String) -> String {
    if text.len() > PART_BYTES {
        let end = (0..=PART_BYTES - '…'.len_utf8()).rfind(|&end| text.is_char_boundary(end));
        text.truncate(end.unwrap_or_default());
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_part_is_longer_than_its_bound() {
        for letter in ["x", "ä", "€"] {
            let long = letter.repeat(10_000);
            let error = CompileError::new(ErrorCode::InvalidValue, &*long, &*long, &*long);
            for part in [error.document(), error.field(), error.reason()] {
                assert!((PART_BYTES - 4..=PART_BYTES).contains(&part.len()));
                assert!(part.ends_with(&format!("{letter}…")));
            }
        }
        let whole = "x".repeat(PART_BYTES);
        let error = CompileError::new(ErrorCode::InvalidValue, &*whole, "", "");
        assert_eq!(error.document(), whole);
    }
}
