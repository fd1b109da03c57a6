use super::*;

/// A source of this shell script.
fn link(script: &str) -> Link {
    Link {
        command: ["sh", "-c", script].map(str::to_owned).into(),
        pipes: None,
        pause: PAUSE.0,
        started: Instant::now(),
        due: Instant::now(),
    }
}

fn revision(update: &Update) -> Option<u64> {
    match update {
        Update::Documents { revision, .. } | Update::Refused { revision, .. } => Some(*revision),
        Update::Lost => None,
    }
}

#[tokio::test(start_paused = true)]
async fn a_child_that_ends_is_started_again_after_a_growing_pause() {
    let mut link = link(r#"echo '{"revision": 1, "documents": {}}'"#);
    let mut pauses = Vec::new();
    assert_eq!(revision(&link.next().await), Some(1));
    for _ in 0..9 {
        assert_eq!(revision(&link.next().await), None);
        let before = Instant::now();
        assert_eq!(revision(&link.next().await), Some(1));
        pauses.push(before.elapsed().as_millis());
    }
    let expected = [
        500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000,
    ];
    // The clock ticks in milliseconds.
    let near = |(got, wanted): (&u128, u128)| got.abs_diff(wanted) <= 1;
    assert!(pauses.iter().zip(expected).all(near), "{pauses:?}");
}

#[tokio::test(start_paused = true)]
async fn after_a_long_life_the_pause_is_short_again() {
    let mut link = link("echo '{\"revision\": 1}'; read line");
    link.pause = PAUSE.1;
    assert_eq!(revision(&link.next().await), Some(1));
    tokio::time::advance(PAUSE.1 * 2).await;
    link.answer(1, Ok(())).await;
    assert_eq!(revision(&link.next().await), None);
    assert_eq!(link.pause, PAUSE.0 * 2);
    assert_eq!(link.due - Instant::now(), PAUSE.0);
}

#[tokio::test(start_paused = true)]
async fn a_program_that_is_not_there_is_tried_again() {
    let mut link = link("");
    link.command = vec!["/no/such/program".to_owned()];
    link.start_again().await;
    assert!(link.pipes.is_none());
    assert_eq!(link.due - Instant::now(), PAUSE.0);
}

#[tokio::test(start_paused = true)]
async fn what_happens_beside_it_does_not_put_the_next_start_off() {
    let mut link = link(r#"echo '{"revision": 1}'; read line"#);
    link.pause = PAUSE.1;
    link.wait();
    let before = Instant::now();
    // As the addresses behind names are looked up again and again.
    let look_up = PAUSE.1 / 4;
    while tokio::time::timeout(look_up, link.start_again())
        .await
        .is_err()
    {
        assert!(before.elapsed() < PAUSE.1 * 2);
    }
    assert_eq!(revision(&link.next().await), Some(1));
}

#[tokio::test(start_paused = true)]
async fn cancelling_loses_nothing() {
    let mut link = link(r#"printf '{"revision": '; read line; echo '1}'; read line"#);
    link.start_again().await;
    let halfway = tokio::time::timeout(Duration::from_secs(1), link.next()).await;
    assert!(halfway.is_err());
    link.answer(0, Ok(())).await;
    assert_eq!(revision(&link.next().await), Some(1));
}

#[test]
fn what_a_line_may_be() {
    let wrong = |line: &str| read(line.as_bytes()).expect_err(line).to_string();
    assert!(wrong("").contains("too long or was cut"));
    assert!(wrong("{\"revision\": 1}").contains("too long or was cut"));
    assert!(wrong("x\n").contains("expected value"));
    assert!(wrong("{}\n").contains("revision"));
    assert!(wrong("{\"revision\": -1}\n").contains("u64"));
    assert!(wrong("{\"revision\": 1, \"other\": 1}\n").contains("unknown field"));
    assert!(wrong("{\"revision\": 1} {}\n").contains("trailing"));
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let deep = format!("{{\"revision\": 1, \"refused\": {deep}}}\n");
    assert!(wrong(&deep).contains("recursion limit"));

    let line = b"{\"revision\": 7, \"documents\": {\"routs\": []}}\n";
    let Ok(Update::Documents {
        revision: 7,
        documents: Err(error),
    }) = read(line)
    else {
        panic!("documents that are none");
    };
    assert!(
        error.to_string().contains("unknown field `routs`"),
        "{error}"
    );
}

#[test]
fn a_line_without_end_is_read_no_further_than_its_bound() {
    let given = std::io::repeat(b' ');
    let mut line = Vec::new();
    given
        .take(1_000)
        .chain(&b"\n"[..])
        .read_to_end(&mut line)
        .expect("bytes");
    let mut bounded = Vec::new();
    first_line(&mut BufReader::new(&line[..]), 1_000, &mut bounded).expect("bytes");
    assert_eq!(bounded.len(), 1_000);
    assert!(read(&bounded).is_err());
}

#[test]
fn of_many_findings_the_first_are_kept() {
    let of = |count: usize| {
        let findings: Vec<_> = (0..count).map(|line| json!({"line": line})).collect();
        let line = format!("{}\n", json!({"revision": 1, "refused": findings}));
        match read(line.as_bytes()) {
            Ok(Update::Refused { findings, .. }) => findings,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(of(0).len(), 0);
    assert_eq!(of(FINDINGS).len(), FINDINGS);
    assert_eq!(of(FINDINGS)[FINDINGS - 1]["line"], FINDINGS - 1);
    let many = of(100_000);
    assert_eq!(many.len(), FINDINGS + 1);
    assert_eq!(many[0]["line"], 0);
    assert_eq!(
        many[FINDINGS]["message"],
        "99900 more findings are not kept"
    );
}
