"""Objects that are valid by their published schema and by our own rules, among changed examples."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import yaml

from published import ours
from published.mutations import combined, mutants
from published.schemas import read

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = Path(__file__).parent / "examples"


def valid(group: str, kind: str, file: str, sample: int) -> Iterator[Any]:
    """Specs of a kind.

    Args:
        group: The API group.
        kind: The kind.
        file: Where its examples are.
        sample: How many changes of each example are tried at most; all of them take minutes.
    """
    schema = read()[group, kind][0].spec
    for number, spec in enumerate(yaml.safe_load((EXAMPLES / file).read_text())["specs"]):
        random = Random(number)
        changed = [one for _, one in mutants(spec, schema, random)]
        changed += [one for _, one in combined(spec, schema, random, 100)]
        every = [spec, *random.sample(changed, min(len(changed), sample))]
        for one, found in zip(every, ours.findings(f"{group}/v1", kind, every), strict=True):
            if not ours.errors(found):
                yield one
