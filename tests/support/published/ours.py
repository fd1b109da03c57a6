"""What we say of an object: the reader's findings and those of the rules for its kind."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pymesh.resources import Finding
from pymesh.resources._reading import parse
from pymesh.validate import gateway_api, istio_networking, istio_security
from pymesh.validate._rules import codes, rules_of

RULES = (gateway_api, istio_networking, istio_security)
"""Packages of rules; importing them makes their rules known."""

_BATCH = 100


def findings(api_version: str, kind: str, specs: Sequence[Any]) -> Iterator[list[Finding]]:
    """The findings about each of many objects that differ in their `spec`."""
    for start in range(0, len(specs), _BATCH):
        yield from _batch(api_version, kind, specs[start : start + _BATCH])


def errors(found: Iterable[Finding]) -> set[str]:
    """The codes of the findings that are errors."""
    return {finding.code for finding in found if finding.severity == "error"}


def _batch(api_version: str, kind: str, specs: Sequence[Any]) -> Iterator[list[Finding]]:
    items = [
        {
            "apiVersion": api_version,
            "kind": kind,
            "metadata": {"name": f"n{number}"},
            "spec": spec,
        }
        for number, spec in enumerate(specs)
    ]
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
    parsed = parse(text, "objects.json")
    found: dict[str, list[Finding]] = {f"n{number}": [] for number in range(len(specs))}
    for finding in parsed.findings:
        assert finding.resource is not None, finding
        found[finding.resource.name].append(finding)
    for resource in parsed.resources:
        for rule in rules_of(type(resource)):
            for issue in rule(resource):
                severity = issue.severity or codes()[issue.code].severity
                found[resource.name].append(Finding(issue.code, severity, issue.message))
    for number in range(len(specs)):
        yield found[f"n{number}"]
