//! The JSON line: Istio's keys, and two of our own.

use model::request::RequestView;

use super::super::record::Record;
use super::block::Values;
use super::escape;

/// Appends the members of one request's object behind its start time. Unknown values are `null`.
pub(super) fn write(
    request: &RequestView<'_>,
    record: &Record,
    values: &mut Values,
    out: &mut Vec<u8>,
) {
    out.extend_from_slice(b"\",\"method\":");
    escape::json(request.method.as_bytes(), out);
    out.extend_from_slice(b",\"path\":");
    escape::json(values.path(request), out);
    out.extend_from_slice(b",\"protocol\":\"");
    out.extend_from_slice(Values::protocol(record).as_bytes());
    out.extend_from_slice(b"\",\"response_code\":");
    values.number(record.status.into(), out);
    out.extend_from_slice(b",\"response_flags\":\"");
    Values::flags(record, out);
    out.extend_from_slice(b"\",\"response_code_details\":");
    escape::json(Values::details(record).as_bytes(), out);
    out.extend_from_slice(
        b",\"connection_termination_details\":null,\"upstream_transport_failure_reason\":null",
    );
    out.extend_from_slice(b",\"bytes_received\":");
    values.number(record.request_bytes, out);
    out.extend_from_slice(b",\"bytes_sent\":");
    values.number(record.response_bytes, out);
    out.extend_from_slice(b",\"duration\":");
    values.number(Values::millis(record.duration), out);
    out.extend_from_slice(b",\"upstream_service_time\":");
    match record.upstream_duration {
        Some(duration) => values.number(Values::millis(duration), out),
        None => out.extend_from_slice(b"null"),
    }
    for (key, field) in [
        (
            "x_forwarded_for",
            request.headers.first("x-forwarded-for").unwrap_or_default(),
        ),
        (
            "user_agent",
            request.headers.first("user-agent").unwrap_or_default(),
        ),
        ("request_id", record.request_id()),
        ("authority", request.authority.as_bytes()),
        ("upstream_cluster", Values::cluster(record).as_bytes()),
        ("route_name", Values::route(record).as_bytes()),
        (
            "plugin",
            record.plugin.as_deref().unwrap_or_default().as_bytes(),
        ),
    ] {
        member(key, out);
        escape::json(field, out);
    }
    for (key, address) in [
        ("upstream_host", record.endpoint),
        ("downstream_local_address", record.local_address),
        ("downstream_remote_address", Some(request.peer.address)),
    ] {
        member(key, out);
        if address.is_some() {
            out.push(b'"');
            Values::address(address, out);
            out.push(b'"');
        } else {
            out.extend_from_slice(b"null");
        }
    }
    out.extend_from_slice(b",\"upstream_local_address\":null,\"requested_server_name\":null");
    out.extend_from_slice(b",\"attempts\":");
    values.number(record.attempts.into(), out);
    out.push(b'}');
}

fn member(key: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(key.as_bytes());
    out.extend_from_slice(b"\":");
}
