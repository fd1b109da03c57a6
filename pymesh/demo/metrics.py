"""Reads the proxy's ``/metrics``."""

from __future__ import annotations

import http.client
import re
from collections import Counter
from typing import NamedTuple

__all__ = ["Counts", "Sample", "counts", "parse", "scrape"]

_SAMPLE = re.compile(r"([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)")
_LABEL = re.compile(r'([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"')
_DECISIONS = "pymesh_authorization_decisions_total"


class Sample(NamedTuple):
    """One line of the Prometheus text format."""

    name: str
    labels: dict[str, str]
    value: float


def parse(text: str) -> list[Sample]:
    r"""The samples of a page.

    Args:
        text: The Prometheus text format.

    Example:
        >>> parse('# HELP a b\na_total{code="200"} 3\n')
        [Sample(name='a_total', labels={'code': '200'}, value=3.0)]
    """
    samples = []
    for line in text.splitlines():
        match = _SAMPLE.match(line)
        if match:
            labels = dict(_LABEL.findall(match[2] or ""))
            samples.append(Sample(match[1], labels, float(match[3])))
    return samples


def scrape(admin: tuple[str, int]) -> list[Sample]:
    """What the proxy counts now.

    Args:
        admin: Where its admin pages are.
    """
    connection = http.client.HTTPConnection(*admin, timeout=30)
    try:
        connection.request("GET", "/metrics")
        return parse(connection.getresponse().read().decode())
    finally:
        connection.close()


class Counts(NamedTuple):
    """What the proxy has counted."""

    requests: Counter[str]
    """Answers by status."""
    denials: Counter[str]
    """Refusals by policy, ``namespace/name``."""


def counts(admin: tuple[str, int]) -> Counts:
    """What ``/metrics`` says, as far as the demo looks at it.

    Args:
        admin: Where the proxy's admin pages are.
    """
    found = Counts(Counter(), Counter())
    for sample in scrape(admin):
        labels = sample.labels
        if sample.name == "istio_requests_total":
            found.requests[labels["response_code"]] += int(sample.value)
        elif (sample.name, labels.get("decision")) == (_DECISIONS, "deny"):
            found.denials[labels["policy"]] += int(sample.value)
    return found
