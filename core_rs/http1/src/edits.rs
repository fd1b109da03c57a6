//! Changes to a head, keyed by field name, applied when the head is written.

use crate::token::{field_is_forbidden, field_is_valid};
use thiserror::Error;

/// Bytes that all edits of one message may hold together.
const MAX_BYTES: usize = 16 * 1024;

/// Why an edit is refused; the edits stay as they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EditError {
    /// The name is not a token, or the value holds a control byte or outer white space.
    #[error("the field name or value is not valid")]
    Invalid,
    /// The field belongs to the codec, see [`field_is_forbidden`].
    #[error("the field is written by the proxy alone")]
    Forbidden,
    /// The edits of this message hold 16 KiB already.
    #[error("the edits are too large")]
    TooLarge,
}

/// What an edit does to the field it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditKind {
    /// Every received field of that name is replaced by one.
    Set,
    /// One more field of that name is appended.
    Add,
    /// Every received field of that name is dropped.
    Remove,
}

#[derive(Clone, Copy, Debug)]
struct Edit {
    kind: EditKind,
    /// The line `name: value CR LF` in the arena.
    start: usize,
    name: usize,
    value: usize,
}

impl Edit {
    const fn end(self) -> usize {
        self.start + self.name + 2 + self.value + 2
    }
}

/// Header edits of one message in one reusable arena. Names are compared without case; the last
/// `set` or `remove` of a name wins over what was said about it before.
#[derive(Debug, Default)]
pub struct Edits {
    /// Field lines ready to be sent, one per edit, in order.
    arena: Vec<u8>,
    entries: Vec<Edit>,
    /// Bit `n` is set if a name of length `n` (63: or longer) is set or removed: most received
    /// fields are passed over by one test.
    lengths: u64,
}

impl Edits {
    /// No edits. Allocates on first use.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets every edit and keeps the memory.
    pub fn clear(&mut self) {
        self.arena.clear();
        self.entries.clear();
        self.lengths = 0;
    }

    /// Whether the head is written as it came.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Replaces every field called `name` by one with `value`.
    pub fn set(&mut self, name: &str, value: &[u8]) -> Result<(), EditError> {
        self.check(name, value)?;
        self.forget(name);
        self.push(EditKind::Set, name, value);
        Ok(())
    }

    /// Appends a field, beside those of the same name.
    pub fn add(&mut self, name: &str, value: &[u8]) -> Result<(), EditError> {
        self.check(name, value)?;
        self.push(EditKind::Add, name, value);
        Ok(())
    }

    /// Drops every field called `name`, also those that earlier edits set or added.
    pub fn remove(&mut self, name: &str) -> Result<(), EditError> {
        self.check(name, b"")?;
        self.forget(name);
        self.push(EditKind::Remove, name, b"");
        Ok(())
    }

    /// The edits in the order they apply.
    pub fn iter(&self) -> impl Iterator<Item = (EditKind, &str, &[u8])> {
        self.entries.iter().map(|edit| {
            let value = edit.start + edit.name + 2;
            let name = std::str::from_utf8(self.name(*edit)).unwrap_or_default();
            (edit.kind, name, &self.arena[value..value + edit.value])
        })
    }

    /// Whether a received field called `name` is set or removed by an edit.
    pub(crate) fn replaces(&self, name: &[u8]) -> bool {
        self.lengths & length_bit(name.len()) != 0
            && self.entries.iter().any(|edit| {
                edit.kind != EditKind::Add && self.name(*edit).eq_ignore_ascii_case(name)
            })
    }

    /// Appends the fields that were set and added.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        for edit in &self.entries {
            if edit.kind != EditKind::Remove {
                out.extend_from_slice(&self.arena[edit.start..edit.end()]);
            }
        }
    }

    fn name(&self, edit: Edit) -> &[u8] {
        &self.arena[edit.start..edit.start + edit.name]
    }

    fn check(&self, name: &str, value: &[u8]) -> Result<(), EditError> {
        if !field_is_valid(name.as_bytes(), value) {
            return Err(EditError::Invalid);
        }
        if field_is_forbidden(name) {
            return Err(EditError::Forbidden);
        }
        if self.arena.len() + name.len() + value.len() + 4 > MAX_BYTES {
            return Err(EditError::TooLarge);
        }
        Ok(())
    }

    /// Takes earlier edits of `name` out of the arena, so that repeated edits do not fill it.
    fn forget(&mut self, name: &str) {
        let mut index = 0;
        while let Some(&edit) = self.entries.get(index) {
            if self.name(edit).eq_ignore_ascii_case(name.as_bytes()) {
                let length = edit.end() - edit.start;
                self.arena.drain(edit.start..edit.end());
                self.entries.remove(index);
                for later in &mut self.entries[index..] {
                    later.start -= length;
                }
            } else {
                index += 1;
            }
        }
    }

    fn push(&mut self, kind: EditKind, name: &str, value: &[u8]) {
        self.entries.push(Edit {
            kind,
            start: self.arena.len(),
            name: name.len(),
            value: value.len(),
        });
        self.arena.extend_from_slice(name.as_bytes());
        self.arena.extend_from_slice(b": ");
        self.arena.extend_from_slice(value);
        self.arena.extend_from_slice(b"\r\n");
        if kind != EditKind::Add {
            self.lengths |= length_bit(name.len());
        }
    }
}

const fn length_bit(length: usize) -> u64 {
    1 << if length < 63 { length } else { 63 }
}

#[cfg(test)]
mod tests;
