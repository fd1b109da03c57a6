"""Codes that rules of several kinds share, and how their issues are made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.validate._rules import Code, Issue
from pymesh.validate.istio_networking._names import label_problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pymesh.validate._rules import Path

HOST_INVALID = Code(
    "host-invalid",
    "error",
    "A host is not a DNS name. A name consists of labels of at most 63 letters, digits and inner "
    "hyphens, joined by dots, 255 characters in all; where wildcards are allowed, the first label "
    "may be `*`. The last label is not a number.",
    "Write a DNS name such as `pay.shop.svc.cluster.local`, without scheme, port or path.",
)
PORT_RANGE = Code(
    "port-range",
    "error",
    "A port is not a number from 1 to 65535. Zero is not a port either, where one is asked for.",
    "Give the port's number, or leave the field out where it is optional.",
)
LABEL_INVALID = Code(
    "label-invalid",
    "error",
    "A label is one that no workload can have: its name is an optional DNS prefix and `/`, and at "
    "most 63 letters, digits, `-`, `_` and `.`; its value at most 63 of these.",
    "Correct the label. Labels are compared whole, so a wildcard is of no use.",
)
ADDRESS_INVALID = Code(
    "address-invalid",
    "error",
    "An address is not what its place asks for: an IP address, a CIDR range, a DNS name, or "
    "`unix://` and the absolute path of a socket.",
    "Write an address of a kind that the message names.",
)
PORT_NAME_INVALID = Code(
    "port-name-invalid",
    "error",
    "The name of a port is not a DNS label: at most 63 letters, digits and inner hyphens.",
    "Rename the port, also where others refer to it.",
)
PROTOCOL_UNKNOWN = Code(
    "protocol-unknown",
    "error",
    "The protocol of a port is none that Istio knows: HTTP, HTTP2, HTTPS, GRPC, GRPC-Web, TLS, "
    "TCP, UDP, Mongo, MySQL, Redis (in upper or lower case).",
    "Name one of these; `TCP` is right for any protocol that is not to be looked into.",
)
PERCENTAGE_RANGE = Code(
    "percentage-range",
    "error",
    "A percentage is not from 0 to 100, or so small that it is taken for 0 (below 0.0001).",
    "Write a percentage such as `12.5`.",
)
WORKLOAD_SELECTOR_EMPTY = Code(
    "workload-selector-empty",
    "warning",
    "A selector of workloads has no labels, and so selects every workload of its namespace.",
    "Add labels, or make sure that all workloads are meant.",
)

_HTTP = frozenset({"HTTP", "HTTP2", "GRPC", "GRPC-WEB", "HTTP_PROXY", "HBONE", "DOUBLE-HBONE"})
_TLS = frozenset({"HTTPS", "TLS"})
_OTHER = frozenset({"TCP", "UDP", "MONGO", "REDIS", "MYSQL"})


def is_http(protocol: str) -> bool:
    """Whether a protocol's requests can be seen."""
    return protocol.upper() in _HTTP


def is_tls(protocol: str) -> bool:
    """Whether a protocol starts with a TLS handshake."""
    return protocol.upper() in _TLS


def host_issue(host: str, problem: str, path: Path) -> Issue:
    """A host that is not one."""
    shown = f"the host {host!r} {problem}" if host else "the host is empty"
    return Issue(HOST_INVALID.code, shown, path)


def check_port(number: int, path: Path) -> Iterator[Issue]:
    """A port that must be given."""
    if not 1 <= number <= 65535:
        yield Issue(PORT_RANGE.code, f"{number} is not a port from 1 to 65535", path)


def check_protocol(protocol: str, path: Path, *, required: bool) -> Iterator[Issue]:
    """The protocol of a port; an empty one is found out from the first bytes."""
    if protocol.upper() not in _HTTP | _TLS | _OTHER and (protocol or required):
        shown = f"{protocol!r} is not a protocol" if protocol else "the protocol is empty"
        yield Issue(PROTOCOL_UNKNOWN.code, shown, path)


def check_labels(labels: Mapping[str, str], path: Path) -> Iterator[Issue]:
    """Labels that workloads are to have."""
    for name, value in labels.items():
        if problem := label_problem(name, value):
            yield Issue(
                LABEL_INVALID.code, f"no workload has {name}={value}: {problem}", (*path, name)
            )


def check_percentage(value: float, path: Path, *, smallest: bool = True) -> Iterator[Issue]:
    """A percentage; `smallest` is whether one that would be rounded to 0 is an error."""
    if not 0 <= value <= 100 or (smallest and 0 < value < 0.0001):
        yield Issue(PERCENTAGE_RANGE.code, f"{value:g} is not a percentage", path)
