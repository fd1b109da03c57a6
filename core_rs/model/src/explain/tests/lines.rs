//! Lines of questions, and what is none.

use serde_json::json;

use super::*;

#[test]
fn what_is_no_request_is_a_bad_request() {
    let engine = engine(json!({}));
    let answer = ask(&engine, &get("/%00"));
    assert_eq!(
        (answer.outcome, answer.status),
        (Outcome::BadRequest, Some(400))
    );
    assert!(answer.error.expect("why").contains("path_encoded_nul"));
    let answer = engine.answer_line(br#"{"id": 5, "sorce": {}}"#, true);
    assert_eq!((answer.outcome, answer.status), (Outcome::BadRequest, None));
    assert_eq!(answer.id, Some(json!(5)));
    assert!(answer.error.expect("why").contains("sorce"));
}

#[test]
fn every_line_has_its_answer() {
    let engine = engine(json!({}));
    let lines = format!("{}\n\n \r\nnonsense\n{}", get("/pay"), get("/old"));
    let answers = engine.answer_lines(lines.as_bytes(), false);
    let text = String::from_utf8(answers).expect("JSON");
    let outcomes: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON")["outcome"].clone())
        .collect();
    assert_eq!(outcomes, ["forward", "bad_request", "redirect"]);
    assert!(text.ends_with('\n'));
}

#[test]
fn a_long_line_costs_no_more_than_its_length() {
    let engine = engine(json!({}));
    let fields: Vec<_> = (0..20_000)
        .map(|n| json!([format!("x-{n}"), "1"]))
        .collect();
    let options: Vec<_> = (0..20_000).map(|n| format!("y-{n}")).collect();
    for question in [
        json!({"destination": {"host": "a.".repeat(250_000)}}),
        json!({"destination": {"host": "payments.shop"}, "path": "/a".repeat(400_000)}),
        json!({"destination": {"host": "payments.shop"}, "path": "/..".repeat(300_000)}),
        json!({"destination": {"host": "payments.shop"}, "path": "/pay", "headers": fields}),
        json!({"destination": {"host": "payments.shop"}, "path": "/pay",
               "headers": [["connection", options.join(",")]]}),
    ] {
        let line = question.to_string();
        let answer = engine.answer_line(line.as_bytes(), true);
        let size = serde_json::to_vec(&answer).expect("JSON").len();
        assert!(size < 2 * line.len() + 10_000, "{size}");
    }
}
