"""What the examples of tests/golden come to: requests, and what becomes of them.

A case may have ``requests.json``: requests as ``pymesh why`` takes them, each with the part of the
answer that the case is about. Here translation, compiler and matcher are one thing to be asked.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pymesh.sources import read_paths
from pymesh.translate import translate

pytest.importorskip("pymesh._core", reason="the compiled part is not there")

from pymesh.engine import compile  # noqa: A004 - only with the compiled part

GOLDEN = Path(__file__).parents[2] / "golden"
CASES = sorted(file.parent.name for file in GOLDEN.glob("*/requests.json"))


def outcome(answer: dict[str, Any]) -> dict[str, Any]:
    """The part of an answer that a translation decides."""
    found = {key: answer.get(key) for key in ("outcome", "status", "location", "timeout")}
    route = answer.get("route")
    found["route"] = (
        f"{route['kind']} {route['namespace']}/{route['name']} rule {route['rule']}"
        if route
        else None
    )
    found["destinations"] = [
        f"{one['namespace']}/{one['service']}:{one['port']}"
        + (f" subset {one['subset']}" if one.get("subset") else "")
        + f" weight {one['weight']}"
        for one in answer.get("destinations") or ()
    ]
    leaving = answer.get("request")
    if leaving:
        found["request"] = (
            f"{leaving['method']} {leaving['authority']} {leaving['path']}",
            *(f"{name}: {value}" for name, value in leaving["headers"]),
        )
    return {key: value for key, value in found.items() if value}


@pytest.mark.parametrize("case", CASES)
def test_requests(case: str, request: pytest.FixtureRequest) -> None:
    file = GOLDEN / case / "requests.json"
    asked = json.loads(file.read_text(encoding="utf-8"))
    documents = translate(read_paths([GOLDEN / case / "input.yaml"]).resources).documents
    lines = b"".join(json.dumps(one["request"]).encode() + b"\n" for one in asked)
    answers = compile(documents).answer_lines(lines).splitlines()
    found = [
        {"request": one["request"], "answer": json.loads(json.dumps(outcome(json.loads(answer))))}
        for one, answer in zip(asked, answers, strict=True)
    ]
    if request.config.getoption("--update-golden", default=False):
        lines_of_json = (
            f'  {{\n    "request": {json.dumps(one["request"], ensure_ascii=False)},\n'
            f'    "answer": {json.dumps(one["answer"], ensure_ascii=False)}\n  }}'
            for one in found
        )
        file.write_text("[\n" + ",\n".join(lines_of_json) + "\n]\n", encoding="utf-8")
        asked = found
    assert found == asked
