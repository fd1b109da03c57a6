from __future__ import annotations

import json
from pathlib import Path

from pymesh.translate.istio._findings import CODES
from pymesh.validate import load_rules
from pymesh.validate._rules import codes

GOLDEN = Path(__file__).parents[3] / "golden"


def test_every_code_is_one_of_validation() -> None:
    load_rules()
    assert codes().keys() >= CODES


def test_every_code_has_an_example() -> None:
    seen = {
        found["code"]
        for file in GOLDEN.glob("istio-*/findings.json")
        for found in json.loads(file.read_text(encoding="utf-8"))
    }
    assert seen == CODES
