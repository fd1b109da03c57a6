//! How much of a message is read before it is refused.

/// Bounds on what a peer may send. Every field is a plain number, so a configuration can copy
/// its own values in; [`Limits::default`] holds the secure defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a whole head, start line and final empty line included. Default 16 KiB.
    pub head_bytes: usize,
    /// Bytes of a request target. Default 8 KiB.
    pub target_bytes: usize,
    /// Fields of a head, dropped ones counted too. Default 100, at most [`Limits::MAX_FIELDS`].
    pub fields: usize,
    /// Bytes of one chunk header line, extensions and CR LF included. Default 256.
    pub chunk_line_bytes: usize,
    /// Bytes of chunk extensions over a whole body. Default 16 KiB.
    pub chunk_extension_bytes: usize,
    /// Fields of a trailer section, dropped ones counted too. Default 100.
    pub trailers: usize,
    /// Bytes of a trailer section. Default 8 KiB.
    pub trailer_bytes: usize,
}

impl Limits {
    /// The most fields that can be asked for: their offsets are gathered in an array on the stack.
    pub const MAX_FIELDS: usize = 256;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head_bytes: 16 * 1024,
            target_bytes: 8 * 1024,
            fields: 100,
            chunk_line_bytes: 256,
            chunk_extension_bytes: 16 * 1024,
            trailers: 100,
            trailer_bytes: 8 * 1024,
        }
    }
}
