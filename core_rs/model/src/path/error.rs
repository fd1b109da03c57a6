//! Why a path is refused.

/// A path that has no canonical form; the request is answered 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum PathError {
    /// The path does not begin with `/`.
    #[error("the path does not begin with a slash")]
    MissingSlash,
    /// A raw control character or space.
    #[error("the path holds a control character")]
    Control,
    /// An encoded NUL.
    #[error("the path holds an encoded NUL")]
    EncodedNul,
    /// A `#`; fragments are never sent (RFC 9112 section 3.2.1).
    #[error("the path holds a fragment")]
    Fragment,
    /// A `?`; the caller splits the query off first.
    #[error("the path holds a question mark")]
    Query,
    /// A `%` without two hexadecimal digits.
    #[error("the path holds an incomplete percent escape")]
    BadEscape,
    /// A rule's rewrite made something of it that is no path, or that leads elsewhere.
    #[error("the rewritten path is none, or leads out of the place that the rule gives it")]
    Rewritten,
}

impl PathError {
    /// Every error, for documentation and tests.
    pub const ALL: [Self; 7] = [
        Self::MissingSlash,
        Self::Control,
        Self::EncodedNul,
        Self::Fragment,
        Self::Query,
        Self::BadEscape,
        Self::Rewritten,
    ];

    /// A stable code for `x-pymesh-error`, logs and metrics.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::MissingSlash => "path_without_slash",
            Self::Control => "path_control_character",
            Self::EncodedNul => "path_encoded_nul",
            Self::Fragment => "path_fragment",
            Self::Query => "path_query",
            Self::BadEscape => "path_bad_escape",
            Self::Rewritten => "path_rewrite",
        }
    }
}
