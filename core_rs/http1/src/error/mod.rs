//! Why a message is refused. Every variant has a stable code for logs, metrics and the answer.

mod body;
mod field;
mod request;
mod response;

pub use body::BodyError;
pub use field::FieldError;
pub use request::RequestError;
pub use response::ResponseError;

#[cfg(test)]
mod tests;
