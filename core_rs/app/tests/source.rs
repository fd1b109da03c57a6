//! A proxy whose documents come from another process, however that process behaves.

mod support;

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use app::{Error, Feed, Source};
use serde_json::{Value, json};
use support::{Folder, Running};
use testkit::{Client, Gate, Origin, behaviours, eventually};

/// Says what the test tells it to say, and notes what it hears; notes when its input ends, too.
const RELAY: &str = r#"
    cd "$0" || exit 9
    echo $$ >> started
    cat lines &
    cat >> heard
    echo >> ended
    kill $!
"#;

/// Says what the test tells it to say, and reads nothing.
const DEAF: &str = r#"cd "$0" || exit 9; echo $$ >> started; exec cat lines"#;

fn source(script: &str, folder: &Path) -> Result<Source, Error> {
    let folder = folder.display().to_string();
    Source::start(vec![
        "sh".to_owned(),
        "-c".to_owned(),
        script.to_owned(),
        folder,
    ])
}

/// Documents with which everything is answered by `body`.
fn says(body: &str) -> Value {
    let rule = json!({"name": "r", "direct_response": {"status": 200, "body": body}});
    json!({"routes": [{"host": "*", "rules": [rule]}]})
}

/// A proxy and the process that it hears.
///
/// In the order in which they are dropped: the process may write until the proxy has ended.
struct Fed {
    running: Running,
    lines: File,
    folder: Folder,
}

impl Fed {
    fn start(name: &str, script: &str) -> Self {
        Self::start_with(name, script, r#""workers": 1"#, &says("first"))
    }

    fn start_with(name: &str, script: &str, settings: &str, documents: &Value) -> Self {
        let folder = Folder::new(&format!("source-{name}"));
        let path = folder.join("lines");
        let made = Command::new("mkfifo").arg(&path).status();
        assert!(made.expect("mkfifo").success());
        // Open at both ends, so that neither opening waits and the process sees no end.
        let lines = OpenOptions::new().read(true).write(true).open(&path);
        let mut lines = lines.expect("a pipe with a name");
        say(&mut lines, &json!({"revision": 1, "documents": documents}));
        let source = source(script, &folder.join("")).expect("first documents");
        let running = Running::start_with(settings, Feed::Source(Box::new(source)), None);
        Self {
            running,
            lines,
            folder,
        }
    }

    fn hand_over(&mut self, revision: u64, documents: &Value) {
        let line = json!({"revision": revision, "documents": documents});
        say(&mut self.lines, &line);
    }

    /// What a request is answered.
    fn body(&self) -> String {
        let answer = Client::connect(self.running.address).and_then(|mut client| client.get("/"));
        String::from_utf8(answer.expect("an answer").body).expect("text")
    }

    fn serves(&self, body: &str) -> bool {
        eventually(|| self.body() == body)
    }

    fn page(&self, path: &str) -> String {
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        let answer = Client::once(self.running.admin_address(), request).expect("an answer");
        String::from_utf8(answer.body).expect("text")
    }

    /// What the page `/config` says of the source.
    fn state(&self) -> Value {
        let page: Value = serde_json::from_str(&self.page("/config")).expect("JSON");
        page["state"].clone()
    }

    fn metric(&self, name: &str) -> Option<u64> {
        let page = self.page("/metrics");
        let mut values = page.lines().filter_map(|line| line.split_once(' '));
        values.find(|it| it.0 == name)?.1.parse().ok()
    }

    fn is_up(&self, up: u64) -> bool {
        eventually(|| self.metric("pymesh_config_source_up") == Some(up))
    }

    /// What the process has heard, by revision.
    fn heard(&self, revision: u64) -> Option<Value> {
        let heard = fs::read_to_string(self.folder.join("heard")).unwrap_or_default();
        let mut answers = heard
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok());
        answers.rfind(|answer| answer["revision"] == revision)
    }

    fn was_told(&self, revision: u64) -> Value {
        assert!(eventually(|| self.heard(revision).is_some()));
        self.heard(revision).expect("just heard")
    }

    /// The processes that were started, by number.
    fn started(&self) -> Vec<String> {
        let started = fs::read_to_string(self.folder.join("started")).unwrap_or_default();
        started.lines().map(str::to_owned).collect()
    }
}

fn say(lines: &mut File, line: &Value) {
    lines
        .write_all(format!("{line}\n").as_bytes())
        .expect("a reader");
}

/// Whether nothing is left of a process, not even its exit status.
fn is_gone(id: &str) -> bool {
    !Path::new("/proc").join(id).exists()
}

#[test]
fn first_documents_are_served_and_later_ones_replace_them() {
    let mut fed = Fed::start("replaced", RELAY);
    assert_eq!(fed.body(), "first");
    assert_eq!(fed.state()["revision"], 1);
    assert_eq!(fed.state()["source"], "up");
    fed.hand_over(2, &says("second"));
    assert_eq!(fed.was_told(2), json!({"revision": 2, "accepted": true}));
    assert_eq!(fed.body(), "second");
    assert_eq!(fed.state()["revision"], 2);
    assert_eq!(fed.metric("pymesh_config_revision"), Some(2));
    assert_eq!(fed.metric("pymesh_config_refused"), Some(0));
}

#[test]
fn without_first_documents_it_does_not_start() {
    let refused = r#"{"revision": 1, "refused": [{"message": "no"}]}"#;
    for (script, exit_code) in [
        (format!("echo '{refused}'; cat > /dev/null; exit 65"), 65),
        (format!("echo '{refused}'"), 1),
        ("exit 78".to_owned(), 78),
        ("kill -9 $$".to_owned(), 1),
    ] {
        let error = source(&script, Path::new("/")).expect_err("no documents");
        assert_eq!(error.exit_code(), exit_code, "{script}: {error}");
        assert!(matches!(error, Error::Source { .. }), "{error:?}");
    }
}

#[test]
fn a_first_line_that_is_none_is_an_error_and_the_process_is_gone() {
    let folder = Folder::new("source-garbage");
    for first in [
        "garbage",
        "{}",
        r#"{"revision": 1, "documents": {}, "more": 1}"#,
        r#"{"revision": 1, "documents": {"rotes": []}}"#,
        r#"{"revision": 1, "documents": []}"#,
    ] {
        let script = format!("cd \"$0\"; echo $$ > id; echo '{first}'; exec sleep 600");
        let error = source(&script, &folder.join("")).expect_err(first);
        assert!(!matches!(error, Error::Source { .. }), "{first}: {error:?}");
        let id = fs::read_to_string(folder.join("id")).expect("it ran");
        assert!(is_gone(id.trim()), "{first}");
    }
    let cut = source("printf '{\"revision\": 1}'", Path::new("/")).expect_err("no line");
    assert!(cut.to_string().contains("was cut"), "{cut}");
}

#[test]
fn a_program_that_is_not_there_is_said() {
    let error = Source::start(vec!["/no/such/program".to_owned()]).expect_err("no program");
    assert!(
        error.to_string().contains("start the translator"),
        "{error}"
    );
    assert!(Source::start(Vec::new()).is_err());
}

#[test]
fn what_does_not_compile_is_answered_and_leaves_what_is_in_force() {
    let mut fed = Fed::start("refused", RELAY);
    let dangling = json!({"routes": [{"host": "*", "rules": [
        {"name": "r", "destinations": [{"service": "shop/none"}]}]}]});
    fed.hand_over(2, &dangling);
    let told = fed.was_told(2);
    assert_eq!(told["accepted"], false);
    assert_eq!(told["error"]["code"], "dangling_reference");
    assert_eq!(told["error"]["document"], "routes */*");
    assert_eq!(fed.state()["revision"], 1);
    assert_eq!(fed.state()["refused"]["revision"], 2);
    assert_eq!(fed.metric("pymesh_config_refused"), Some(1));

    fed.hand_over(3, &json!({"polices": []}));
    let told = fed.was_told(3);
    assert_eq!(told["accepted"], false);
    let message = told["error"]["message"].as_str().expect("a text");
    assert!(message.contains("unknown field `polices`"), "{message}");
    assert_eq!(fed.metric("pymesh_config_refused_total"), Some(2));
    assert_eq!(fed.body(), "first");
    assert!(fed.is_up(1));

    fed.hand_over(4, &says("fourth"));
    assert_eq!(fed.was_told(4)["accepted"], true);
    assert_eq!(fed.state()["refused"], Value::Null);
    assert_eq!(fed.metric("pymesh_config_refused"), Some(0));
    assert_eq!(fed.started().len(), 1);
}

#[test]
fn files_that_were_refused_are_reported() {
    let mut fed = Fed::start("findings", RELAY);
    let finding = json!({"severity": "error", "code": "yaml", "message": "line 3"});
    say(
        &mut fed.lines,
        &json!({"revision": 2, "refused": [finding]}),
    );
    assert!(eventually(|| fed.state()["refused"]["revision"] == 2));
    assert_eq!(fed.state()["refused"]["findings"], json!([finding]));
    assert_eq!(fed.body(), "first");
}

#[test]
fn a_process_that_dies_is_started_again_and_nobody_notices() {
    let mut fed = Fed::start("dies", RELAY);
    let first = fed.started().pop().expect("it was started");
    let killed = Command::new("sh")
        .args(["-c", &format!("kill -9 -{first}")])
        .status();
    assert!(killed.expect("a shell").success());
    assert!(fed.is_up(0));
    assert_eq!(fed.body(), "first");
    assert!(eventually(|| fed.started().len() == 2));
    fed.hand_over(1, &says("again"));
    assert!(fed.serves("again"));
    assert!(fed.is_up(1));
    assert!(is_gone(&first));
}

#[test]
fn a_process_that_talks_nonsense_is_started_again() {
    let mut fed = Fed::start("nonsense", RELAY);
    let first = fed.started().pop().expect("it was started");
    fed.lines
        .write_all(b"\xff\x00 nonsense\n")
        .expect("a reader");
    assert!(fed.is_up(0));
    assert!(is_gone(&first));
    assert_eq!(fed.body(), "first");
    assert!(eventually(|| fed.started().len() == 2));
    fed.hand_over(1, &says("again"));
    assert!(fed.serves("again"));
}

#[test]
fn a_process_that_reads_no_answers_is_still_heard() {
    let mut fed = Fed::start("deaf", DEAF);
    // Each is answered with a long name; all of that is more than a pipe holds.
    let long = "x".repeat(2_000);
    for revision in 2..=100 {
        let rule = json!({"name": "r", "destinations": [{"service": format!("shop/{long}")}]});
        fed.hand_over(
            revision,
            &json!({"routes": [{"host": "*", "rules": [rule]}]}),
        );
    }
    assert!(eventually(|| fed.state()["refused"]["revision"] == 100));
    fed.hand_over(101, &says("heard"));
    assert!(fed.serves("heard"));
    assert_eq!(fed.started().len(), 1);
}

#[test]
fn it_is_heard_while_the_proxy_drains_and_ends_with_it() {
    let gate = Gate::new();
    let held = gate.clone();
    let origin = Origin::start(move |exchange: &mut testkit::Exchange<'_>| {
        assert!(held.pass());
        behaviours::echo(exchange)
    });
    let origin = origin.expect("an origin");
    let address = origin.address();
    let documents = json!({
        "services": [{"namespace": "shop", "name": "web", "host": "web.example"}],
        "endpoints": [{"service": "shop/web", "endpoints": [{"address": address.to_string()}]}],
        "routes": [{"host": "*", "rules": [
            {"name": "all", "destinations": [{"service": "shop/web"}]}]}],
    });
    let mut fed = Fed::start_with("drain", RELAY, r#""workers": 1"#, &documents);
    let mut client = Client::connect(fed.running.address).expect("connected");
    client
        .send("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        .expect("sent");
    assert!(eventually(|| origin.requests().len() == 1));
    fed.running.stopper.stop();
    assert!(eventually(|| fed.page("/ready").contains("draining")));
    fed.hand_over(2, &says("late"));
    assert_eq!(fed.was_told(2)["accepted"], true);
    gate.open();
    assert_eq!(client.response().expect("an answer").status(), 200);
    fed.running.join().expect("a clean end");

    assert!(fed.folder.join("ended").exists(), "its input did not end");
    let ids = fed.started();
    assert_eq!(ids.len(), 1);
    assert!(ids.iter().all(|id| is_gone(id)));
}

#[test]
fn a_process_that_does_not_end_is_ended() {
    let stubborn = r#"cd "$0"; echo $$ > started; cat lines & while :; do wait; sleep 600; done"#;
    let mut fed = Fed::start("stubborn", stubborn);
    fed.running.stopper.stop();
    fed.running.join().expect("a clean end");
    assert!(fed.started().iter().all(|id| is_gone(id)));
    // A reader that is left of it would take this line.
    drop(fed);
}
