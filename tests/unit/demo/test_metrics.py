from __future__ import annotations

from collections import Counter

from rich.console import Console

from pymesh.demo.client import Call, Outcome, Tally
from pymesh.demo.metrics import Sample, parse
from pymesh.demo.table import table

PAGE = """\
# HELP istio_requests_total Requests finished.
# TYPE istio_requests_total counter
istio_requests_total{reporter="source",response_code="200",path="a\\"b,c=\\\\d"} 12

up 1
pymesh_hook_seconds_bucket{le="+Inf"} 3e2
"""


def test_parse() -> None:
    assert parse(PAGE) == [
        Sample(
            "istio_requests_total",
            {"reporter": "source", "response_code": "200", "path": 'a\\"b,c=\\\\d'},
            12.0,
        ),
        Sample("up", {}, 1.0),
        Sample("pymesh_hook_seconds_bucket", {"le": "+Inf"}, 300.0),
    ]


def test_table() -> None:
    tally = Tally()
    call = Call("good", "t")
    for number in range(3):
        tally.add(Outcome(call, 200, "", "v1" if number else "v2", 0.0015, ""))
    tally.add(Outcome(call, 429, "rate limited", "", 0.0015, "1"))
    console = Console(width=100, no_color=True)
    with console.capture() as captured:
        console.print(table(tally, Counter({"200": 3, "429": 1})))
    rows = [" ".join(line.strip("│┃ ").split()) for line in captured.get().splitlines()]
    for row in (
        "requests │ 4",
        "success │ 3 (75.0%)",
        "p50 / p99 │ 1.50 ms / 1.50 ms",
        "denied: rate limited │ 1",
        "to v1 │ 2 (66.7%)",
        "to v2 │ 1 (33.3%)",
        "/metrics │ 200: 3, 429: 1",
    ):
        assert row in rows
    with console.capture() as captured:
        console.print(table(Tally(), {}))
    assert "requests" in captured.get()
