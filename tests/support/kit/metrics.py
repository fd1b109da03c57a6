"""The Prometheus text format as numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SAMPLE = re.compile(r"(?P<name>[a-zA-Z_:][\w:]*)(?:\{(?P<labels>.*)\})? (?P<value>\S+)")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)",?')


@dataclass(frozen=True)
class Sample:
    """One line."""

    name: str
    labels: dict[str, str]
    value: float


class Metrics:
    """One scrape."""

    def __init__(self, text: str) -> None:
        """Parses `text`.

        Raises:
            AssertionError: A line that is not in the format.
        """
        self.text = text
        self.samples = []
        for line in text.splitlines():
            if not line or line.startswith("#"):
                continue
            match = _SAMPLE.fullmatch(line)
            assert match, f"not a line of the text format: {line!r}"
            labels = match["labels"] or ""
            assert _LABEL.sub("", labels) == "", f"not labels: {labels!r}"
            pairs = dict(_LABEL.findall(labels))
            self.samples.append(Sample(match["name"], pairs, float(match["value"])))

    def sum(self, name: str, **labels: str) -> float:
        """The sum of all samples of `name` that have the given labels."""
        return sum(
            sample.value
            for sample in self.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def values(self, name: str, label: str) -> set[str]:
        """Every value that a label of `name` has."""
        return {sample.labels[label] for sample in self.samples if sample.name == name}
