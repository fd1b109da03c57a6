//! Lines of questions: each has one line of an answer, with steps or without the same one, and
//! nothing in a line makes the engine fail or changes what the next line is told.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use model::Documents;
use model::explain::Engine;
use serde_json::Value;

/// A mesh with something to find at every step.
static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let documents = Documents::parse(include_bytes!("../mesh.json")).expect("documents");
    Engine::compile(documents).expect("they compile")
});

fuzz_target!(|bytes: &[u8]| {
    let plain = lines(&ENGINE.answer_lines(bytes, false));
    let told = lines(&ENGINE.answer_lines(bytes, true));
    let asked: Vec<_> = bytes
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.trim_ascii().is_empty())
        .collect();
    assert_eq!(plain.len(), asked.len());
    assert_eq!(told.len(), asked.len());
    for ((plain, mut told), line) in plain.into_iter().zip(told).zip(asked) {
        let steps = told.as_object_mut().expect("an object").remove("tree");
        assert!(steps.is_some_and(|steps| steps.is_array()));
        assert_eq!(plain, told);
        let alone = lines(&ENGINE.answer_lines(line, false));
        assert_eq!(alone, [plain]);
    }
});

fn lines(answers: &[u8]) -> Vec<Value> {
    let answers = answers.strip_suffix(b"\n").unwrap_or(answers);
    let lines = answers
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.is_empty());
    lines
        .map(|line| serde_json::from_slice(line).expect("JSON"))
        .collect()
}
