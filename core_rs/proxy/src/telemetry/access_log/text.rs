//! The text line: the default format of Istio's sidecars.

use model::request::RequestView;

use super::super::record::Record;
use super::block::Values;
use super::escape;

/// Appends the line of one request, without its start time and line end.
///
/// In order: method, path, protocol; status, flags, details; connection termination details and
/// transport failure reason (never known here); bytes received and sent; duration and upstream
/// service time in milliseconds; x-forwarded-for, user agent, request id, authority; upstream host;
/// cluster; upstream local address (not known), local and remote address of the client's
/// connection; server name (no TLS); route name.
pub(super) fn write(
    request: &RequestView<'_>,
    record: &Record,
    values: &mut Values,
    out: &mut Vec<u8>,
) {
    out.extend_from_slice(b"] \"");
    escape::text(request.method.as_bytes(), true, out);
    out.push(b' ');
    escape::text(values.path(request), true, out);
    out.push(b' ');
    out.extend_from_slice(Values::protocol(record).as_bytes());
    out.extend_from_slice(b"\" ");
    values.number(record.status.into(), out);
    out.push(b' ');
    Values::flags(record, out);
    out.push(b' ');
    escape::text(Values::details(record).as_bytes(), false, out);
    out.extend_from_slice(b" - \"-\" ");
    values.number(record.request_bytes, out);
    out.push(b' ');
    values.number(record.response_bytes, out);
    out.push(b' ');
    values.number(Values::millis(record.duration), out);
    out.push(b' ');
    match record.upstream_duration {
        Some(duration) => values.number(Values::millis(duration), out),
        None => out.push(b'-'),
    }
    for field in [
        request.headers.first("x-forwarded-for").unwrap_or_default(),
        request.headers.first("user-agent").unwrap_or_default(),
        record.request_id(),
        request.authority.as_bytes(),
    ] {
        out.extend_from_slice(b" \"");
        escape::text(field, true, out);
        out.push(b'"');
    }
    out.extend_from_slice(b" \"");
    Values::address(record.endpoint, out);
    out.extend_from_slice(b"\" ");
    escape::text(Values::cluster(record).as_bytes(), false, out);
    out.extend_from_slice(b" - ");
    Values::address(record.local_address, out);
    out.push(b' ');
    Values::address(Some(request.peer.address), out);
    out.extend_from_slice(b" - ");
    escape::text(Values::route(record).as_bytes(), false, out);
}
