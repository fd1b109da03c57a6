"""What our checks take can be carried out: it is translated, and the engine compiles it.

The objects are the good ones and the changed ones of `test_published_schemas.py` that are taken.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from published import mutations, ours, schemas

from pymesh.engine import compile as compile_documents
from pymesh.resources import Mesh, Resource
from pymesh.resources._reading import parse
from pymesh.translate import translate

PUBLISHED = schemas.read()
pytestmark = pytest.mark.skipif(
    not PUBLISHED, reason="the published schemas are not beside the project (shared/data/crds)"
)

SEED = 20260821
MUTANTS = 60
"""Changed objects of each good one; those that are refused do not count further."""

AROUND = """
apiVersion: v1
kind: Service
metadata: {name: payments}
spec: {selector: {app: payments}, ports: [{port: 80, name: http}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public}
spec: {gatewayClassName: pymesh, listeners: [{name: http, port: 80, protocol: HTTP}]}
"""


def files() -> Iterator[Path]:
    yield from sorted((Path(schemas.__file__).parent / "examples").glob("*.yaml"))


def taken(published: schemas.Published, specs: Sequence[Any]) -> list[Resource]:
    """The objects that have no errors, each under a name of its own."""
    version = f"{published.group}/{published.version}"
    verdicts = ours.findings(version, published.kind, specs)
    items = [
        {
            "apiVersion": version,
            "kind": published.kind,
            "metadata": {"name": f"n{number}"},
            "spec": spec,
        }
        for number, (spec, found) in enumerate(zip(specs, verdicts, strict=True))
        if not ours.errors(found)
    ]
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
    return parse(text, "objects.json").resources


@pytest.mark.parametrize("file", list(files()), ids=lambda file: file.stem)
def test_what_is_taken_is_translated_and_compiled(file: Path) -> None:
    document = yaml.safe_load(file.read_text())
    published = PUBLISHED[document["group"], document["kind"]][0]
    random = Random(SEED)
    specs = list(document["specs"])
    for spec in document["specs"]:
        mutants = list(mutations.mutants(spec, published.spec, random))
        chosen = random.sample(mutants, min(MUTANTS, len(mutants)))
        specs += [mutant for _, mutant in chosen]
    resources = taken(published, specs)
    assert len(resources) > len(document["specs"])
    around = parse(AROUND).resources
    compile_documents(translate(Mesh([*resources, *around])).documents)
    for resource in resources:  # alone, where nothing hides it
        compile_documents(translate(Mesh([resource, *around])).documents)
