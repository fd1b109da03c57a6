//! The access log: what lines look like, whatever a request holds, and what becomes of them.

mod support;

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use model::request::RequestView;
use proptest::prelude::*;
use proxy::telemetry::access_log::escape::{self, FIELD_BYTES};
use proxy::telemetry::access_log::{self, AccessLogCounters, Format, Target, WriterThread};
use proxy::telemetry::{MetricsRegistry, Record, Telemetry, Workload};
use serde_json::Value;
use support::{Fields, Folder, cluster, record, request};
use testkit::eventually;
use testkit::wait::PATIENCE;

/// A log in a file, and a worker that writes to it.
struct Log {
    telemetry: Telemetry,
    counters: Arc<AccessLogCounters>,
    thread: WriterThread,
}

impl Log {
    fn start(path: &Path, format: Format) -> Self {
        let (writer, thread) =
            access_log::start(Target::File(path.into()), format).expect("a writer");
        let counters = Arc::clone(writer.counters());
        let registry = Arc::new(MetricsRegistry::new(&Workload::default()));
        Self {
            telemetry: Telemetry::new(&registry, 0, Some(writer)),
            counters,
            thread,
        }
    }

    /// Ends it with everything written.
    fn finish(self) {
        drop(self.telemetry);
        self.thread.stop(PATIENCE);
    }
}

/// The lines that `reports` leave in the log.
fn lines(format: Format, reports: &[(RequestView<'_>, &Record)]) -> Vec<String> {
    let folder = Folder::new(&format!("lines-{:?}", std::thread::current().id()));
    let path = folder.join("access.log");
    let log = Log::start(&path, format);
    for (request, record) in reports {
        log.telemetry.report(request, record);
    }
    log.finish();
    let text = fs::read_to_string(path).expect("UTF-8");
    text.lines().map(str::to_owned).collect()
}

fn browser() -> Fields {
    Fields(vec![
        ("x-forwarded-for", b"10.0.0.1".to_vec()),
        ("user-agent", b"curl/8 \"x\"".to_vec()),
    ])
}

#[test]
fn a_text_line_is_istios_default() {
    let fields = browser();
    let lines = lines(Format::Text, &[(request(&fields), &record(&cluster()))]);
    let (start, rest) = lines[0].split_once("] ").expect("a time");
    assert_eq!(start.len(), "[2026-01-31T23:59:59.123Z".len());
    assert_eq!(
        rest,
        r#""GET /path?query HTTP/1.1" 200 - via_upstream - "-" 100 2000 1 1 "10.0.0.1" "curl/8 \x22x\x22" "0b7cd0a4-3a5e-4f4e-9d3f-6a3c0b1f2e11" "web.example" "127.0.0.1:9" shop/web - 127.0.0.1:8080 127.0.0.1:50000 - all"#
    );
}

#[test]
fn a_json_line_has_istios_keys() {
    let fields = browser();
    let lines = lines(Format::Json, &[(request(&fields), &record(&cluster()))]);
    let mut line: Value = serde_json::from_str(&lines[0]).expect("JSON");
    let time = line["start_time"].take();
    assert_eq!(
        time.as_str().map(str::len),
        Some("2026-01-31T23:59:59.123Z".len())
    );
    assert_eq!(
        line,
        serde_json::json!({
            "start_time": null, "method": "GET", "path": "/path?query", "protocol": "HTTP/1.1",
            "response_code": 200, "response_flags": "-", "response_code_details": "via_upstream",
            "connection_termination_details": null, "upstream_transport_failure_reason": null,
            "bytes_received": 100, "bytes_sent": 2000, "duration": 1, "upstream_service_time": 1,
            "x_forwarded_for": "10.0.0.1", "user_agent": "curl/8 \"x\"",
            "request_id": "0b7cd0a4-3a5e-4f4e-9d3f-6a3c0b1f2e11", "authority": "web.example",
            "upstream_host": "127.0.0.1:9", "upstream_cluster": "shop/web",
            "upstream_local_address": null, "downstream_local_address": "127.0.0.1:8080",
            "downstream_remote_address": "127.0.0.1:50000", "requested_server_name": null,
            "route_name": "all", "plugin": null, "attempts": 1,
        })
    );
}

#[test]
fn a_message_of_which_nothing_is_known_has_a_line_too() {
    let none = Fields(Vec::new());
    let mut unknown = Record::new(std::time::Instant::now());
    unknown.status = 400;
    unknown.reason = "bare_lf".into();
    unknown
        .flags
        .insert(proxy::telemetry::Flags::DOWNSTREAM_PROTOCOL_ERROR);
    let view = RequestView {
        method: "",
        authority: "",
        path: "",
        query: None,
        ..request(&none)
    };
    let text = lines(Format::Text, &[(view, &unknown)]);
    assert!(
        text[0].ends_with(
            r#""- - HTTP/1.1" 400 DPE bare_lf - "-" 0 0 0 - "-" "-" "-" "-" "-" - - - 127.0.0.1:50000 - -"#
        ),
        "{}",
        text[0]
    );
    let json: Value =
        serde_json::from_str(&lines(Format::Json, &[(view, &unknown)])[0]).expect("JSON");
    assert!(json["path"].is_null() && json["upstream_host"].is_null());
}

/// A text line's fields: those in quotes or brackets as one, without them.
fn split(line: &str) -> Vec<&str> {
    let mut fields = Vec::new();
    let mut rest = line;
    while !rest.is_empty() {
        let (field, behind) = match rest.as_bytes()[0] {
            b'"' => rest[1..].split_once('"').expect("a closing quote"),
            b'[' => rest[1..].split_once(']').expect("a closing bracket"),
            _ => rest.split_at(rest.find(' ').unwrap_or(rest.len())),
        };
        fields.push(field);
        rest = behind.strip_prefix(' ').unwrap_or(behind);
    }
    fields
}

fn lossy(bytes: &[u8]) -> Value {
    if bytes.is_empty() {
        return Value::Null;
    }
    String::from_utf8_lossy(escape::truncated(bytes))
        .into_owned()
        .into()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_in_a_request_can_break_a_line(
        method in "\\PC{0,20}|[\\x00-\\x7f]{0,20}",
        path in any::<String>(),
        authority in "(?s).{0,600}",
        agent in prop::collection::vec(any::<u8>(), 0..700),
        forwarded in "[ \\x22\\x5c\\r\\n\\]\\[{}:,-]{0,600}",
    ) {
        let fields = Fields(vec![
            ("user-agent", agent.clone()),
            ("x-forwarded-for", forwarded.clone().into_bytes()),
        ]);
        let view = RequestView {
            method: &method,
            path: &path,
            query: None,
            authority: &authority,
            ..request(&fields)
        };
        let record = record(&cluster());

        let text = lines(Format::Text, &[(view, &record), (view, &record)]);
        prop_assert_eq!(text.len(), 2);
        for line in &text {
            prop_assert!(line.bytes().all(|byte| (0x20..0x7f).contains(&byte)));
            let fields = split(line);
            prop_assert_eq!(fields.len(), 22, "{}", line);
            prop_assert_eq!(fields[20], "-");
            prop_assert_eq!(fields[21], "all");
            prop_assert!(fields.iter().all(|field| field.len() <= 4 * (2 * FIELD_BYTES + 8)));
        }

        let json = lines(Format::Json, &[(view, &record), (view, &record)]);
        prop_assert_eq!(json.len(), 2);
        for line in &json {
            prop_assert!(line.bytes().all(|byte| (0x20..0x7f).contains(&byte)));
            let line: Value = serde_json::from_str(line).expect("JSON");
            for (key, given) in [
                ("method", method.as_bytes()),
                ("path", path.as_bytes()),
                ("authority", authority.as_bytes()),
                ("user_agent", &agent),
                ("x_forwarded_for", forwarded.as_bytes()),
            ] {
                prop_assert_eq!(&line[key], &lossy(given), "{}", key);
            }
        }
    }

    #[test]
    fn escaped_text_says_exactly_what_was_there(
        field in prop::collection::vec(any::<u8>(), 1..600),
    ) {
        let mut out = Vec::new();
        escape::text(&field, true, &mut out);
        let mut read = Vec::new();
        let mut bytes = out.iter();
        while let Some(byte) = bytes.next() {
            if *byte == b'\\' {
                prop_assert_eq!(bytes.next(), Some(&b'x'));
                let digits = [bytes.next(), bytes.next()].map(|it| char::from(*it.expect("hex")));
                let digits: String = digits.iter().collect();
                read.push(u8::from_str_radix(&digits, 16).expect("hex"));
            } else {
                read.push(*byte);
            }
        }
        prop_assert_eq!(&read[..], &field[..field.len().min(FIELD_BYTES)]);
        out.clear();
        escape::text(&field, false, &mut out);
        prop_assert!(!out.contains(&b' '));
    }

    #[test]
    fn a_cut_splits_no_character(field in "(?s).{120,600}") {
        let cut = escape::truncated(field.as_bytes());
        prop_assert!(std::str::from_utf8(cut).is_ok());
        prop_assert!(cut.len() <= FIELD_BYTES && cut.len() > FIELD_BYTES.min(field.len()) - 4);
        prop_assert!(field.as_bytes().starts_with(cut));
    }
}

#[test]
fn a_renamed_file_is_followed_when_told() {
    let folder = Folder::new("reopen");
    let (path, renamed) = (folder.join("access.log"), folder.join("access.log.1"));
    let log = Log::start(&path, Format::Text);
    let (fields, record) = (browser(), record(&cluster()));
    let report = || {
        log.telemetry.report(&request(&fields), &record);
        log.telemetry.flush();
    };
    report();
    assert!(eventually(|| log.counters.written() == 1));
    let mode = fs::metadata(&path).expect("made").permissions().mode();
    assert_eq!(mode & 0o777 & !0o640, 0, "{mode:o}");
    fs::rename(&path, &renamed).expect("renamed");
    report();
    assert!(eventually(|| log.counters.written() == 2));
    log.thread.reopen();
    report();
    log.finish();
    let count = |path| fs::read_to_string(path).expect("there").lines().count();
    assert_eq!((count(&renamed), count(&path)), (2, 1));
}

#[test]
fn a_blocked_file_costs_lines_and_never_time() {
    let folder = Folder::new("blocked");
    let path = folder.join("pipe");
    assert!(
        Command::new("mkfifo")
            .arg(&path)
            .status()
            .expect("mkfifo")
            .success()
    );
    // opened for both, so that the writer's open does not wait for a reader
    let mut pipe = fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(&path)
        .expect("a pipe");
    let log = Log::start(&path, Format::Text);
    let (fields, record) = (browser(), record(&cluster()));
    let mut reported = 0;
    while log.counters.dropped() == 0 {
        log.telemetry.report(&request(&fields), &record);
        reported += 1;
        assert!(reported < 1_000_000, "nothing was ever dropped");
    }
    assert_eq!(log.counters.written(), 0);
    for _ in 0..1_000 {
        log.telemetry.report(&request(&fields), &record);
    }
    assert!(log.counters.dropped() >= 1_000);

    let reader = std::thread::spawn(move || {
        let mut piece = vec![0; 1 << 16];
        let mut text = Vec::new();
        while !text.ends_with(b"last\n") {
            let read = pipe.read(&mut piece).expect("readable");
            text.extend_from_slice(&piece[..read]);
        }
        text
    });
    // blocks come back, and lines are written again
    let mut last = record.clone();
    last.route = Some("last".into());
    assert!(eventually(|| {
        let before = log.counters.dropped();
        log.telemetry.report(&request(&fields), &last);
        log.telemetry.flush();
        log.counters.dropped() == before
    }));
    let counters = Arc::clone(&log.counters);
    log.finish();
    let text = String::from_utf8(reader.join().expect("read")).expect("ASCII");
    assert_eq!(text.lines().count() as u64, counters.written());
}

#[test]
fn a_file_that_cannot_be_opened_is_reported_at_the_start() {
    let folder = Folder::new("missing");
    let missing = folder.join("no/such/folder/access.log");
    assert!(access_log::start(Target::File(missing), Format::Text).is_err());
    assert!(access_log::start(Target::File(folder.join(".")), Format::Text).is_err());
}

#[test]
fn lines_that_cannot_be_written_are_counted() {
    let log = Log::start(Path::new("/dev/full"), Format::Json);
    log.telemetry
        .report(&request(&browser()), &record(&cluster()));
    log.telemetry.flush();
    assert!(eventually(|| log.counters.dropped() == 1));
    assert_eq!(log.counters.written(), 0);
    log.finish();
}
