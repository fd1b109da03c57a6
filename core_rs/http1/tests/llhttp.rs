//! The vectors of llhttp, each accounted for: our verdict is llhttp's, unless a table of exceptions
//! says why it is not.
//!
//! The vectors lie outside the repository, beside it; `PYMESH_TEST_DATA` names another folder
//! that holds `llhttp/`. Without them the test says so and passes.
#![expect(
    clippy::print_stderr,
    reason = "counts and the skip message are for who runs the test"
)]

mod vectors;

use http1::{BodyDecoder, BodyLength, Limits, RequestError, RequestHead, ResponseHead};
use std::collections::BTreeSet;
use vectors::exceptions::{MORE_GENERAL, STRICTER};
use vectors::{Case, Verdict};

/// What became of an input here.
#[derive(Debug, Default)]
struct Reading {
    outcome: Outcome,
    /// How many messages ended.
    messages: usize,
    /// How many requests were given the host they lack.
    hosts: usize,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Outcome {
    /// Every byte was read, and the last message ended with them.
    #[default]
    Complete,
    /// More bytes are needed, and why they would be in vain if a head ended here.
    NeedsMore(Option<&'static str>),
    Refused(&'static str),
}

#[test]
fn every_vector_is_accounted_for() {
    let Some(cases) = vectors::read() else {
        eprintln!(
            "skipped: no llhttp vectors beside the repository, and PYMESH_TEST_DATA names none"
        );
        return;
    };
    let (mut lenient, mut given_host, mut accepted, mut refused) = (0, 0, 0, 0);
    let mut exceptions = BTreeSet::new();
    let mut wrong = Vec::new();
    for case in &cases {
        if case.lenient {
            lenient += 1;
            continue;
        }
        let reading = if case.request {
            requests(&case.input, case.skip_body)
        } else {
            responses(&case.input, case.skip_body)
        };
        given_host += usize::from(reading.hosts > 0);
        if is_exception(case, &reading.outcome) {
            exceptions.insert(case.name.as_str());
        } else if !agrees(case, &reading) {
            let Case {
                name,
                verdict,
                messages,
                ..
            } = case;
            wrong.push(format!(
                "{name}: llhttp {verdict:?} after {messages}, we {reading:?}"
            ));
        } else if matches!(case.verdict, Verdict::Refused(_)) {
            refused += 1;
        } else {
            accepted += 1;
        }
    }
    eprintln!(
        "llhttp: {} cases: {accepted} accepted and {refused} refused by both, {} differ on purpose, {lenient} are for \
         lenient parsers; {given_host} were given the host they lack",
        cases.len(),
        exceptions.len(),
    );
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    let rows = STRICTER
        .iter()
        .map(|row| row.0)
        .chain(MORE_GENERAL.iter().map(|row| row.0));
    let unused: Vec<_> = rows.filter(|name| !exceptions.contains(name)).collect();
    assert!(unused.is_empty(), "exceptions without a case: {unused:?}");
}

fn is_exception(case: &Case, outcome: &Outcome) -> bool {
    match (&case.verdict, outcome) {
        (Verdict::Accepted, Outcome::Refused(ours)) => STRICTER
            .iter()
            .any(|(name, reason, _)| *name == case.name && reason == ours),
        (Verdict::Refused(_), Outcome::Complete) => {
            MORE_GENERAL.iter().any(|(name, _)| *name == case.name)
        }
        _ => false,
    }
}

/// llhttp judges each line as it comes, we judge a head when it has ended: a refusal counts if the
/// head could only end in it.
fn agrees(case: &Case, reading: &Reading) -> bool {
    match (&case.verdict, &reading.outcome) {
        (Verdict::Accepted, Outcome::Complete | Outcome::NeedsMore(_)) => {
            case.messages == reading.messages
        }
        (Verdict::Refused(_), Outcome::Refused(_) | Outcome::NeedsMore(Some(_))) => true,
        (Verdict::Finished(complete), Outcome::Complete) => *complete,
        (Verdict::Finished(complete), Outcome::NeedsMore(_)) => !complete,
        _ => false,
    }
}

/// Reads pipelined requests. llhttp knows no rule about `host`: a head that is refused for the
/// lack of one alone gets one, so that the rest of the case still counts.
fn requests(input: &[u8], skip_body: bool) -> Reading {
    let limits = Limits::default();
    let mut head = RequestHead::new();
    let mut rest = input.to_vec();
    let mut reading = Reading::default();
    while !rest.is_empty() {
        match head.parse(&rest, &limits) {
            Ok(Some(length)) => drop(rest.drain(..length)),
            Ok(None) => {
                let error = head
                    .parse(&ended(&rest), &limits)
                    .err()
                    .map(|error| error.reason());
                return Reading {
                    outcome: Outcome::NeedsMore(error),
                    ..reading
                };
            }
            Err(RequestError::HostMissing) => {
                reading.hosts += 1;
                let line = 4 + rest[2..]
                    .windows(2)
                    .position(|pair| pair == b"\r\n")
                    .expect("a request line");
                rest.splice(line..line, *b"Host: h\r\n");
                continue;
            }
            Err(error) => {
                return Reading {
                    outcome: Outcome::Refused(error.reason()),
                    ..reading
                };
            }
        }
        if let Some(outcome) = body(
            if skip_body {
                BodyLength::Empty
            } else {
                head.body()
            },
            &mut rest,
        ) {
            return Reading { outcome, ..reading };
        }
        reading.messages += 1;
        if head.upgrades_to_websocket() {
            break;
        }
        if !head.keep_alive() && !rest.is_empty() {
            return Reading {
                outcome: Outcome::Refused("bytes_after_the_last_request"),
                ..reading
            };
        }
    }
    reading
}

fn responses(input: &[u8], skip_body: bool) -> Reading {
    let limits = Limits::default();
    let mut head = ResponseHead::new();
    let mut rest = input.to_vec();
    let mut reading = Reading::default();
    while !rest.is_empty() {
        match head.parse(&rest, &limits, skip_body) {
            Ok(Some(length)) => drop(rest.drain(..length)),
            Ok(None) => {
                let error = head
                    .parse(&ended(&rest), &limits, skip_body)
                    .err()
                    .map(|error| error.reason());
                return Reading {
                    outcome: Outcome::NeedsMore(error),
                    ..reading
                };
            }
            Err(error) => {
                return Reading {
                    outcome: Outcome::Refused(error.reason()),
                    ..reading
                };
            }
        }
        if let Some(outcome) = body(head.body(), &mut rest) {
            return Reading { outcome, ..reading };
        }
        reading.messages += usize::from(head.body() != BodyLength::UntilClose);
        if head.switches_to_websocket() {
            break;
        }
        if !head.keep_alive() && !rest.is_empty() {
            return Reading {
                outcome: Outcome::Refused("bytes_after_the_last_response"),
                ..reading
            };
        }
    }
    reading
}

fn ended(head: &[u8]) -> Vec<u8> {
    [head, b"\r\n\r\n"].concat()
}

/// Takes a body off `rest`; the outcome unless it was complete.
fn body(length: BodyLength, rest: &mut Vec<u8>) -> Option<Outcome> {
    let mut decoder = BodyDecoder::new(length);
    while !decoder.is_done() {
        match decoder.decode(rest, &Limits::default()) {
            Ok(found) if found.skip + found.data > 0 => drop(rest.drain(..found.skip + found.data)),
            Ok(_) => {
                return decoder
                    .end_of_input()
                    .err()
                    .map(|_| Outcome::NeedsMore(None));
            }
            Err(error) => return Some(Outcome::Refused(error.reason())),
        }
    }
    None
}
