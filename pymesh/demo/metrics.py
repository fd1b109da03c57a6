"""Reads the proxy's ``/metrics``."""

from __future__ import annotations

import http.client
import re
from collections import Counter
from typing import NamedTuple

__all__ = ["Sample", "parse", "requests_by_status", "scrape"]

_SAMPLE = re.compile(r"([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)")
_LABEL = re.compile(r'([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"')


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


def requests_by_status(admin: tuple[str, int]) -> Counter[str]:
    """How many requests the proxy answered with each status.

    Args:
        admin: Where its admin pages are.
    """
    counted: Counter[str] = Counter()
    for sample in scrape(admin):
        if sample.name == "istio_requests_total":
            counted[sample.labels["response_code"]] += int(sample.value)
    return counted
