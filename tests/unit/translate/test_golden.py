"""Every folder of tests/golden: input.yaml gives documents.json, and what else there is to say.

A case is a folder with ``input.yaml`` (the resources), ``documents.json`` (what proxies get),
``status.json`` (what is written into the ``status`` of resources; absent if nothing),
``findings.json`` (what the translation noticed; absent if nothing), ``requests.json`` (what becomes
of requests: ``test_golden_requests.py``) and ``notes.md`` (why).
After a change, ``pytest tests/unit/translate/test_golden.py --update-golden`` writes them anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from pymesh import wire
from pymesh.sources import read_paths
from pymesh.translate import Translator, translate

if TYPE_CHECKING:
    from pymesh.resources import Resource
    from pymesh.translate import Translation

GOLDEN = Path(__file__).parents[2] / "golden"
CASES = sorted(folder.name for folder in GOLDEN.iterdir() if folder.is_dir())


def resources_of(case: str) -> list[Resource]:
    """The resources of a case, which must be without errors."""
    parsed = read_paths([GOLDEN / case / "input.yaml"])
    errors = [found for found in parsed.findings if found.severity == "error"]
    assert errors == []
    return list(parsed.resources)


def rendered(translation: Translation) -> dict[str, Any]:
    """The files of a case by name; None for one that is not there."""
    findings = [
        {
            "code": found.code,
            "resource": f"{found.resource.kind} {found.resource.namespace}/{found.resource.name}"
            if found.resource
            else "",
            "path": found.path,
            "message": found.message,
        }
        for found in translation.findings
    ]
    statuses = {
        str(key): json.loads(msgspec.json.encode(one)) for key, one in translation.statuses.items()
    }
    return {
        "documents.json": json.loads(wire.canonical_json(translation.documents)),
        "status.json": statuses or None,
        "findings.json": findings or None,
    }


@pytest.mark.parametrize("case", CASES)
def test_golden(case: str, request: pytest.FixtureRequest) -> None:
    for name, value in rendered(translate(resources_of(case))).items():
        file = GOLDEN / case / name
        if request.config.getoption("--update-golden", default=False):
            if value is None:
                file.unlink(missing_ok=True)
            else:
                text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False)
                file.write_text(text + "\n", encoding="utf-8")
        found = json.loads(file.read_text(encoding="utf-8")) if file.exists() else None
        assert value == found, f"{case}/{name}"


@pytest.mark.parametrize("case", CASES)
def test_documents_survive_the_wire(case: str) -> None:
    documents = translate(resources_of(case)).documents
    assert wire.parse(wire.canonical_json(documents)) == documents


@pytest.mark.parametrize("case", CASES)
def test_the_order_of_arrival_is_of_no_account(case: str) -> None:
    resources = resources_of(case)
    translator = Translator()
    for resource in reversed(resources):
        translator.apply([resource])
    assert translator.update(resources) == translate(resources)


def test_every_case_says_what_it_shows() -> None:
    for case in CASES:
        first_line = (GOLDEN / case / "input.yaml").read_text(encoding="utf-8").splitlines()[0]
        assert (GOLDEN / case / "notes.md").exists() or first_line.startswith("#"), case
