//! Reads llhttp's Markdown files: a heading, a `meta` comment, an `http` block, a `log` block.

pub(crate) mod exceptions;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// What llhttp says about an input.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Accepted,
    /// With llhttp's words.
    Refused(String),
    /// The input ends here; whether the message is complete.
    Finished(bool),
}

/// One input with llhttp's verdict.
#[derive(Debug)]
pub(crate) struct Case {
    /// `request/file: heading`
    pub(crate) name: String,
    pub(crate) request: bool,
    /// For parsers that tolerate what the grammar forbids.
    pub(crate) lenient: bool,
    /// The user of the parser says that no body follows, as to HEAD.
    pub(crate) skip_body: bool,
    pub(crate) input: Vec<u8>,
    /// How many messages end in the input.
    pub(crate) messages: usize,
    pub(crate) verdict: Verdict,
}

/// Every case, or `None` if the folder is absent.
pub(crate) fn read() -> Option<Vec<Case>> {
    let data = std::env::var_os("PYMESH_TEST_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let root = data.join("llhttp");
    if !root.is_dir() {
        return None;
    }
    let mut cases = Vec::new();
    for side in ["request", "response"] {
        let mut files: Vec<PathBuf> = std::fs::read_dir(root.join(side))
            .expect("a folder of vectors")
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
            .collect();
        files.sort();
        for path in files {
            let text = std::fs::read_to_string(&path).expect("UTF-8 Markdown");
            let stem = path
                .file_stem()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            cases.extend(parse(&format!("{side}/{stem}"), &text));
        }
    }
    Some(cases)
}

fn parse(file: &str, text: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut times: HashMap<String, usize> = HashMap::new();
    let (mut heading, mut meta, mut input) = (String::new(), String::new(), None);
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.starts_with('#') {
            line.trim_matches(['#', ' ']).clone_into(&mut heading);
        } else if let Some(found) = line.trim().strip_prefix("<!-- meta=") {
            found.clone_into(&mut meta);
        } else if line.starts_with("```") {
            let block: Vec<&str> = lines
                .by_ref()
                .take_while(|line| !line.starts_with("```"))
                .collect();
            if line == "```http" {
                input = Some(unescape(&block.join("\n")));
            } else if let Some(input) = input.take() {
                let name = format!("{file}: {heading}");
                let time = times
                    .entry(name.clone())
                    .and_modify(|time| *time += 1)
                    .or_insert(1);
                cases.push(Case {
                    name: if *time == 1 {
                        name
                    } else {
                        format!("{name} #{time}")
                    },
                    request: meta.contains("\"request"),
                    lenient: meta.contains("-lenient-"),
                    skip_body: meta.contains("\"skipBody\": true"),
                    input,
                    messages: block
                        .iter()
                        .filter(|line| line.ends_with(" message complete"))
                        .count(),
                    verdict: verdict(&block),
                });
            }
        }
    }
    cases
}

/// Codes 21 to 23 are pauses: the parser accepts and hands the connection over.
fn verdict(log: &[&str]) -> Verdict {
    for line in log {
        if let Some(at) = line.find("error code=") {
            let error = &line[at..];
            if !["21 ", "22 ", "23 "]
                .iter()
                .any(|code| error["error code=".len()..].starts_with(code))
            {
                return Verdict::Refused(error.to_owned());
            }
        }
        if let Some(at) = line.find("finish=") {
            return Verdict::Finished(!line[at..].starts_with("finish=2"));
        }
    }
    Verdict::Accepted
}

/// A line end stands for CR LF, an escaped one for nothing; bytes are escaped as in C.
fn unescape(block: &str) -> Vec<u8> {
    let text = block.replace("\\\n", "").replace('\n', "\r\n");
    let mut rest = text.as_bytes();
    let mut bytes = Vec::new();
    while let Some((&byte, behind)) = rest.split_first() {
        let (unescaped, used) = match (byte, behind.first()) {
            (b'\\', Some(b'r')) => (b'\r', 2),
            (b'\\', Some(b'n')) => (b'\n', 2),
            (b'\\', Some(b't')) => (b'\t', 2),
            (b'\\', Some(b'f')) => (b'\x0c', 2),
            (b'\\', Some(b'x')) => number(&rest[2..], 16, 2, 2),
            (b'\\', Some(b'0'..=b'7')) => number(&rest[1..], 8, 3, 1),
            _ => (byte, 1),
        };
        bytes.push(unescaped);
        rest = &rest[used..];
    }
    bytes
}

/// The byte that at most `most` digits of `radix` name, and the digits with the `front` before them.
fn number(digits: &[u8], radix: u32, most: usize, front: usize) -> (u8, usize) {
    let value = |byte: &u8| char::from(*byte).to_digit(radix);
    let count = digits
        .iter()
        .take(most)
        .take_while(|byte| value(byte).is_some())
        .count();
    let total = digits[..count]
        .iter()
        .filter_map(value)
        .fold(0, |total, digit| total * radix + digit);
    (u8::try_from(total).expect("one byte"), front + count)
}
