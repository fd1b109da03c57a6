"""One of everything: each field of each document, none at its default.

The Rust side can read the same file, so that both agree on names and defaults.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pymesh import wire
from pymesh.errors import PymeshError

COMPLETE: dict[str, Any] = json.loads(
    Path(__file__).with_name("complete.json").read_text(encoding="utf-8")
)


def compact(document: object) -> bytes:
    """Canonical JSON by other means."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def test_every_field_survives() -> None:
    assert wire.canonical_json(wire.parse(compact(COMPLETE))) == compact(COMPLETE)


def test_nothing_is_missing_above() -> None:
    """Every field of every document type is somewhere in the example."""
    there: dict[type, set[str]] = {}

    def walk(value: object) -> None:
        if isinstance(value, msgspec.Struct):
            for field in msgspec.structs.fields(value):
                inner = getattr(value, field.name)
                default = (
                    field.default
                    if field.default_factory is msgspec.NODEFAULT
                    else field.default_factory()
                )
                if inner != default:
                    there.setdefault(type(value), set()).add(field.name)
                walk(inner)
        elif isinstance(value, tuple):
            for item in value:
                walk(item)

    walk(wire.parse(compact(COMPLETE)))
    elsewhere = {wire.FullPath, wire.PrefixPath}  # the other two of a choice of three
    for name in wire.__all__:
        kind = getattr(wire, name)
        if isinstance(kind, type) and issubclass(kind, wire.Document) and kind not in elsewhere:
            missing = {field.name for field in msgspec.structs.fields(kind)} - there.get(
                kind, set()
            )
            # An inverted presence in the query, and an ExactValue with an empty value, are above.
            assert missing <= {"type"}, (name, missing)


def objects(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        return [value, *(one for inner in value.values() for one in objects(inner))]
    if isinstance(value, list):
        return [one for inner in value for one in objects(inner)]
    return []


FREE_FORM = ("labels", "selector", "config", "ports")


def test_an_unknown_field_is_refused_anywhere() -> None:
    count = len(objects(COMPLETE))
    refused = 0
    for number in range(count):
        document = json.loads(compact(COMPLETE))
        objects(document)[number]["unknown_field"] = 1
        try:
            wire.parse(compact(document))
        except PymeshError as error:
            assert error.code == "bad-document"
            refused += 1
    free = sum(
        isinstance(inner, dict)
        for one in objects(COMPLETE)
        for name, inner in one.items()
        if name in FREE_FORM
    )
    # Maps of the user's own keys take any key; those of text refuse the number.
    assert refused >= count - free


@pytest.mark.parametrize(
    "text",
    [
        '{"names": [{"service": "n/s", "names": [{"host": "h", "port": 65536}]}]}',
        '{"policies": [{"namespace": "n", "name": "p", "action": "ALLOW"}]}',
        '{"routes": [{"host": "h", "rules": [{"name": "r", "redirect": {"status": 99}}]}]}',
        '{"routes": [{"host": "h", "rules": [{"name": "r", "matches": [{"headers": '
        '[{"type": "present", "name": "n", "value": "v"}]}]}]}]}',
        '{"routes": [{"host": "h", "rules": [{"name": "r", "mirrors": '
        '[{"service": "n/s", "percent": 101}]}]}]}',
        '{"peer_authentications": [{"namespace": "n", "name": "p", "scope": "root"}]}',
    ],
)
def test_what_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(PymeshError, match=r"\$"):
        wire.parse(text.encode())
