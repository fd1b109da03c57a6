//! What a field means to the codec, by its name.

/// The fields that the codec itself reads, writes or drops; every other field is
/// [`Kind::EndToEnd`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    EndToEnd,
    /// Ends at this hop and is never forwarded.
    HopByHop,
    Host,
    ContentLength,
    TransferEncoding,
    Connection,
    Upgrade,
    Te,
    Trailer,
    Expect,
    /// End-to-end, but a second one is refused.
    Authorization,
    /// `x-forwarded-client-cert`: end-to-end, but a second one is refused.
    ClientCertificate,
}

/// The kind of the field called `name`. The length decides first, so that most names cost one
/// comparison of integers.
pub(crate) fn classify(name: &[u8]) -> Kind {
    let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
    match name.len() {
        2 if is("te") => Kind::Te,
        4 if is("host") => Kind::Host,
        6 if is("expect") => Kind::Expect,
        7 if is("upgrade") => Kind::Upgrade,
        7 if is("trailer") => Kind::Trailer,
        10 if is("connection") => Kind::Connection,
        10 if is("keep-alive") => Kind::HopByHop,
        13 if is("authorization") => Kind::Authorization,
        14 if is("content-length") => Kind::ContentLength,
        14 if is("http2-settings") => Kind::HopByHop,
        16 if is("proxy-connection") => Kind::HopByHop,
        17 if is("transfer-encoding") => Kind::TransferEncoding,
        18 if is("proxy-authenticate") => Kind::HopByHop,
        19 if is("proxy-authorization") => Kind::HopByHop,
        25 if is("proxy-authentication-info") => Kind::HopByHop,
        23 if is("x-forwarded-client-cert") => Kind::ClientCertificate,
        _ => Kind::EndToEnd,
    }
}
