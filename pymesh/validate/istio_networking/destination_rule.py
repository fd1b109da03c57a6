"""Rules for a DestinationRule as a whole: its host, its subsets, its clients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.resources.istio.destination_rule import DestinationRule
from pymesh.validate._rules import Code, Issue, rule
from pymesh.validate.istio_networking._codes import (
    HOST_INVALID,
    LABEL_INVALID,
    WORKLOAD_SELECTOR_EMPTY,
    check_labels,
    host_issue,
)
from pymesh.validate.istio_networking._names import host_problem, is_label
from pymesh.validate.istio_networking.destinations import SUBSET_NAME_INVALID

if TYPE_CHECKING:
    from collections.abc import Iterator

SUBSET_REPEATED = Code(
    "subset-repeated",
    "error",
    "Two subsets of a DestinationRule have one name, so that it is not clear which endpoints a "
    "route means by it.",
    "Rename one of them.",
)


@rule(
    DestinationRule,
    codes=[HOST_INVALID, LABEL_INVALID, WORKLOAD_SELECTOR_EMPTY],
)
def check_target(resource: DestinationRule) -> Iterator[Issue]:
    """The host is one, and the selector can select."""
    if problem := host_problem(resource.spec.host):
        yield host_issue(resource.spec.host, problem, ("spec", "host"))
    selector = resource.spec.workload_selector
    if selector is not None:
        place = ("spec", "workloadSelector")
        if not selector.match_labels:
            yield Issue(WORKLOAD_SELECTOR_EMPTY.code, "the selector has no labels", place)
        yield from check_labels(selector.match_labels, (*place, "matchLabels"))


@rule(DestinationRule, codes=[SUBSET_NAME_INVALID, SUBSET_REPEATED, LABEL_INVALID])
def check_subsets(resource: DestinationRule) -> Iterator[Issue]:
    """Subsets have names of their own, and labels that workloads can have."""
    seen: set[str] = set()
    for index, subset in enumerate(resource.spec.subsets):
        place = ("spec", "subsets", index)
        if not is_label(subset.name):
            yield Issue(
                SUBSET_NAME_INVALID.code,
                f"{subset.name!r} is not the name of a subset",
                (*place, "name"),
            )
        elif subset.name in seen:
            yield Issue(SUBSET_REPEATED.code, f"{subset.name} is there already", (*place, "name"))
        seen.add(subset.name)
        yield from check_labels(subset.labels, (*place, "labels"))
