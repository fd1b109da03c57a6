//! Message bodies (RFC 9112 sections 6 and 7).

mod chunk;
mod decode;
mod encode;
mod trailers;

pub use decode::{BodyDecoder, Decoded};
pub use encode::BodyEncoder;

#[cfg(test)]
mod tests;
