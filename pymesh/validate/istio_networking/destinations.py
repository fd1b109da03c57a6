"""Rules for destinations, wherever they are named: host, subset and port."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.resources.istio.virtual_service import VirtualService
from pymesh.validate._rules import Code, Issue, rule
from pymesh.validate.istio_networking._codes import (
    HOST_INVALID,
    PORT_RANGE,
    check_port,
    host_issue,
)
from pymesh.validate.istio_networking._names import host_problem, is_label
from pymesh.validate.istio_networking.virtual_service import destinations_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymesh.resources.istio._shared import Destination
    from pymesh.validate._rules import Path

SUBSET_NAME_INVALID = Code(
    "subset-name-invalid",
    "error",
    "The name of a subset is not a DNS label: at most 63 letters, digits and inner hyphens.",
    "Rename it, in the DestinationRule and in the routes that name it.",
)


@rule(VirtualService, codes=[HOST_INVALID, PORT_RANGE, SUBSET_NAME_INVALID])
def check_destinations(resource: VirtualService) -> Iterator[Issue]:
    """Destinations of routes and mirrors are named as they can be."""
    for path, destination in destinations_of(resource.spec):
        yield from _check_destination(destination, path)


def _check_destination(destination: Destination, path: Path) -> Iterator[Issue]:
    if destination.host == "*":
        yield host_issue("*", "is no destination", (*path, "host"))
    elif problem := host_problem(destination.host):
        yield host_issue(destination.host, problem, (*path, "host"))
    if destination.subset and not is_label(destination.subset):
        yield Issue(
            SUBSET_NAME_INVALID.code,
            f"{destination.subset!r} is not the name of a subset",
            (*path, "subset"),
        )
    if destination.port is not None:
        yield from check_port(destination.port.number, (*path, "port", "number"))
