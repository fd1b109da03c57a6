//! A text that must not be shown.

use std::fmt;

/// Shows as `***` wherever it is printed or serialized.
#[derive(Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Takes a text into custody.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Whether `offered` is the secret. Takes the same time wherever they differ.
    #[must_use]
    pub fn is(&self, offered: &[u8]) -> bool {
        let secret = self.0.as_bytes();
        // the length is not kept secret
        secret.len() == offered.len()
            && std::hint::black_box(
                secret
                    .iter()
                    .zip(offered)
                    .fold(0, |differences, (one, other)| {
                        std::hint::black_box(differences | (one ^ other))
                    }),
            ) == 0
    }

    /// Its length in bytes.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

impl serde::Serialize for Secret {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("***")
    }
}
