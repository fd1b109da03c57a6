from __future__ import annotations

from collections import Counter

import pytest
from rich.console import Console

from pymesh.demo import metrics
from pymesh.demo.client import Call, Outcome, Tally
from pymesh.demo.metrics import Counts, Sample, counts, parse
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


def test_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    decisions = "pymesh_authorization_decisions_total"
    page = (
        'istio_requests_total{response_code="200",response_flags="-"} 2\n'
        'istio_requests_total{response_code="200",response_flags="DR"} 1\n'
        'istio_requests_total{response_code="403",response_flags="UAEX"} 5\n'
        f'{decisions}{{decision="deny",policy="shop/closed"}} 4\n'
        f'{decisions}{{decision="would_deny",policy="shop/closed"}} 7\n'
    )
    monkeypatch.setattr(metrics, "scrape", lambda _: parse(page))
    assert counts(("127.0.0.1", 1)) == Counts(
        Counter({"200": 3, "403": 5}), Counter({"shop/closed": 4})
    )


def test_table() -> None:
    tally = Tally()
    call = Call("good", "t")
    for number in range(3):
        tally.add(Outcome(call, 200, "", "v1" if number else "v2", 0.0015, ""))
    tally.add(Outcome(call, 429, "rate limited", "", 0.0015, "1"))
    tally.add(Outcome(call, 403, "denied", "", 0.0015, ""))
    counted = Counts(Counter({"200": 3, "429": 1, "403": 1}), Counter({"shop/closed": 1}))
    console = Console(width=100, no_color=True)
    with console.capture() as captured:
        console.print(table(tally, counted))
    rows = [" ".join(line.strip("│┃ ").split()) for line in captured.get().splitlines()]
    for row in (
        "requests │ 5",
        "success │ 3 (60.0%)",
        "p50 / p99 │ 1.50 ms / 1.50 ms",
        "denied: policy shop/closed │ 1",
        "denied: rate limited │ 1",
        "to v1 │ 2 (66.7%)",
        "to v2 │ 1 (33.3%)",
        "/metrics │ 200: 3, 403: 1, 429: 1",
    ):
        assert row in rows
    assert "denied: denied" not in captured.get()
    with console.capture() as captured:
        console.print(table(Tally(), Counts(Counter(), Counter())))
    assert "requests" in captured.get()
