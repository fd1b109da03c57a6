"""Names of hosts, ports, labels and addresses: what is one, and which hosts overlap.

The functions named ``…_problem`` say what is wrong in a few words, and nothing (the empty string)
if all is well.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "HostSet",
    "address_problem",
    "fqdn_problem",
    "full_host",
    "host_problem",
    "is_address",
    "is_label",
    "is_unix",
    "label_problem",
    "partial_wildcard",
    "subnet_problem",
]

_LABEL = re.compile(r"[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?")
_WILDCARD_LABEL = re.compile(rf"\*|(?:\*-?)?{_LABEL.pattern}")
_LONGEST_LABEL = 63
_LONGEST_HOST = 255


def is_label(text: str) -> bool:
    """Whether it is a DNS label: at most 63 letters, digits and inner hyphens (RFC 1123)."""
    return len(text) <= _LONGEST_LABEL and _LABEL.fullmatch(text) is not None


def is_unix(address: str) -> bool:
    """Whether an address names a Unix domain socket."""
    return address.startswith("unix://")


def is_address(text: str) -> bool:
    """Whether it is an IP address of either version."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def host_problem(host: str) -> str:
    """What is wrong with a DNS name whose first label may be or begin with ``*``."""
    if problem := _size_problem(host):
        return problem
    first, dot, rest = host.partition(".")
    if len(first) > _LONGEST_LABEL or not _WILDCARD_LABEL.fullmatch(first):
        if "*" in first:
            return f"has a wildcard inside the label {first!r}; it may only stand in front"
        return f"has the label {first!r}, which is not a DNS label"
    return _labels_problem(rest) if dot else ""


def fqdn_problem(host: str) -> str:
    """What is wrong with a DNS name without wildcards."""
    return _size_problem(host) or _labels_problem(host)


def _size_problem(host: str) -> str:
    if not host:
        return "is empty"
    return f"is longer than {_LONGEST_HOST} characters" if len(host) > _LONGEST_HOST else ""


def _labels_problem(domain: str) -> str:
    labels = domain.split(".")
    if labels[-1].isdecimal():
        return "ends in a number, as no DNS name does"
    if labels[-1] == "":  # `example.com.`, which is not ambiguous
        labels.pop()
    for label in labels:
        if not is_label(label):
            if "*" in label:
                return "has a wildcard that is not in front"
            return f"has the label {label!r}, which is not a DNS label"
    return ""


def partial_wildcard(host: str) -> bool:
    """Whether the wildcard stands for a part of a label (``*foo.example``)."""
    return host.startswith("*") and host != "*" and not host.startswith("*.")


def subnet_problem(text: str) -> str:
    """What is wrong with an IP address or a CIDR range; bits of the host may be set."""
    if "/" not in text:
        return address_problem(text)
    _, _, length = text.partition("/")
    try:
        if length.isascii() and length.isdecimal() and not (length[0] == "0" and length != "0"):
            ipaddress.ip_network(text, strict=False)
            return ""
    except ValueError:
        pass
    return "is not a CIDR range such as 10.0.0.0/8"


def address_problem(text: str) -> str:
    """What is wrong with an IP address."""
    return "" if is_address(text) else "is not an IP address"


_LABEL_NAME = re.compile(r"[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?")


def label_problem(name: str, value: str) -> str:
    """What is wrong with a Kubernetes label."""
    prefix, slash, rest = name.rpartition("/")
    if slash and (not prefix or fqdn_problem(prefix)):
        return f"the prefix {prefix!r} of its name is not a DNS name"
    if not rest or len(rest) > _LONGEST_LABEL or not _LABEL_NAME.fullmatch(rest):
        return "its name is not that of a label"
    if value and (len(value) > _LONGEST_LABEL or not _LABEL_NAME.fullmatch(value)):
        return "its value is not that of a label"
    return ""


def full_host(host: str, namespace: str, domain: str) -> str:
    """The host that a name in a resource stands for, in lower case.

    A name without a dot is a service in the resource's own namespace; any other is taken as it is.

    Example:
        >>> full_host("pay", "shop", "cluster.local")
        'pay.shop.svc.cluster.local'
    """
    host = host.lower().removesuffix(".")
    if "." in host or host.startswith("*"):
        return host
    return f"{host}.{namespace}.svc.{domain}"


class HostSet:
    """Hosts and patterns of hosts, by which a name is looked up in time of its own length.

    Example:
        >>> HostSet(["a.example", "*.example"]).covering("b.example")
        1

    Args:
        hosts: The hosts; a leading ``*`` stands for any text.
    """

    def __init__(self, hosts: Iterable[str]) -> None:
        self._exact: dict[str, int] = {}
        self._wide: dict[str, int] = {}
        for index, host in enumerate(hosts):
            lowered = host.lower()
            self._exact.setdefault(lowered, index)
            if lowered.startswith("*"):
                self._wide.setdefault(lowered[1:], index)

    def covering(self, host: str, other_than: int = -1) -> int | None:
        """The place in the list of a host or pattern within which a host or pattern is.

        Args:
            host: The host.
            other_than: A place that does not count.
        """
        lowered = host.lower()
        own = lowered.removeprefix("*")
        found = self._exact.get(lowered)
        if found is not None and found != other_than:
            return found
        for start in range(len(own) + 1):
            found = self._wide.get(own[start:])
            if found is not None and found != other_than:
                return found
        return None
