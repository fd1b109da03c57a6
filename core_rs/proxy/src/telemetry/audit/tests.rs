use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use model::request::{Headers, Peer, RequestView};

use super::chain::Chain;
use super::file::LogFile;
use super::*;

static FOLDERS: AtomicUsize = AtomicUsize::new(0);

/// A folder of its own, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let name = format!("pymesh-audit-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    fn settings(&self) -> AuditSettings {
        AuditSettings {
            path: self.0.join("audit.log"),
            file_bytes: 1 << 20,
            files: 2,
            grants: false,
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

struct NoFields;

impl Headers for NoFields {
    fn visit(&self, _: &mut dyn FnMut(&str, &[u8])) {}

    fn first<'s>(&'s self, _: &str) -> Option<&'s [u8]> {
        None
    }

    fn visit_named(&self, _: &str, _: &mut dyn FnMut(&[u8])) {}
}

/// Writes denials of `paths` and ends the log.
fn deny(settings: AuditSettings, paths: &[&str]) -> AuditWriter {
    let (writer, thread) = start(settings).expect("a log");
    let audit = Audit::new(writer.clone());
    for path in paths {
        let request = RequestView {
            method: "GET",
            scheme: "http",
            authority: "a\"b",
            path,
            query: None,
            headers: &NoFields,
            peer: Peer {
                address: (Ipv4Addr::LOCALHOST, 1).into(),
                client: IpAddr::V4(Ipv4Addr::LOCALHOST),
                identity: None,
            },
            port: 80,
            destination: None,
            sni: None,
            claims: None,
        };
        let decision = Decision {
            verdict: Verdict::Deny,
            policy: Some("shop/p"),
            rule: Some(0),
            reason: "deny_rule_matched",
        };
        audit.append(&decision, &request, b"", Instant::now());
    }
    thread.stop(Duration::from_secs(10));
    writer
}

fn lines(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).expect("a log");
    text.lines().map(str::to_owned).collect()
}

/// Checks that each line is sealed and names the one before.
fn follow(lines: &[String]) {
    for line in lines {
        assert!(Chain::behind(line.as_bytes()).is_some(), "{line}");
    }
    for pair in lines.windows(2) {
        let (_, hash) = pair[0].rsplit_once(",\"hash\":\"").expect("a hash");
        let named = format!("\"previous\":\"{}\"", &hash[..64]);
        assert!(pair[1].contains(&named), "{pair:?}");
    }
}

#[test]
fn what_came_with_a_request_is_escaped() {
    let folder = Folder::new();
    let settings = folder.settings();
    let long = format!("/{}", "x".repeat(10_000));
    let writer = deny(settings.clone(), &["/a\u{7}\u{1b}[31m", &long]);
    let lines = lines(&settings.path);
    assert!(
        lines[0].contains(r#""authority":"a\"b","path":"/a\u0007\u001b[31m""#),
        "{}",
        lines[0]
    );
    assert!(lines[1].len() < 1_500);
    follow(&lines);
    assert_eq!(
        (writer.counters().written(), writer.counters().lost()),
        (2, 0)
    );
}

#[test]
fn the_chain_goes_on_after_a_restart_and_over_files() {
    let folder = Folder::new();
    let settings = AuditSettings {
        file_bytes: 2_000,
        ..folder.settings()
    };
    for _ in 0..3 {
        deny(settings.clone(), &["/1", "/2", "/3"]);
    }
    let aside = |number: usize| folder.0.join(format!("audit.log.{number}"));
    let mut all = lines(&aside(2));
    all.extend(lines(&aside(1)));
    all.extend(lines(&settings.path));
    follow(&all);
    assert_eq!(all.len(), 9);
    deny(settings, &["/4", "/5", "/6"]);
    assert!(!aside(3).exists(), "only as many are kept as was asked for");
}

#[test]
fn a_line_that_a_crash_cut_is_told_of_and_the_chain_goes_on() {
    let folder = Folder::new();
    let settings = folder.settings();
    deny(settings.clone(), &["/1", "/2"]);
    let text = fs::read_to_string(&settings.path).expect("a log");
    fs::write(&settings.path, &text[..text.len() - 20]).expect("cut");
    deny(settings.clone(), &["/3"]);
    let lines = lines(&settings.path);
    assert!(lines[2].contains(r#""event":"torn_line""#), "{lines:?}");
    assert!(lines[3].contains("\"path\":\"/3\""));
    let whole: Vec<_> = [0, 2, 3].map(|index: usize| lines[index].clone()).into();
    follow(&whole);
}

#[test]
fn a_file_that_is_no_audit_log_is_left_alone() {
    let folder = Folder::new();
    let settings = folder.settings();
    fs::write(&settings.path, "something else\n").expect("written");
    let error = start(settings.clone()).err().expect("refused");
    assert!(
        error.to_string().contains("no entry of an audit log"),
        "{error}"
    );
    assert_eq!(lines(&settings.path), ["something else"]);
}

#[test]
fn only_its_owner_reads_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let settings = folder.settings();
    deny(settings.clone(), &["/1"]);
    let mode = fs::metadata(&settings.path)
        .expect("a file")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn no_file_is_lost_because_the_next_one_could_not_be_opened() {
    let folder = Folder::new();
    let settings = AuditSettings {
        file_bytes: 4,
        ..folder.settings()
    };
    let aside = |number: usize| folder.0.join(format!("audit.log.{number}"));
    let mut log = LogFile::open(settings.clone()).expect("a log").log;
    log.append(b"one\n").expect("written");
    // what is left if a file has been put aside and its successor was not made
    fs::rename(&settings.path, aside(1)).expect("put aside");
    fs::write(aside(2), "zero\n").expect("written");
    log.append(b"two\n").expect("written");
    let files = [aside(2), aside(1), settings.path].map(|path| lines(&path));
    assert_eq!(files, [["zero"], ["one"], ["two"]]);
}
