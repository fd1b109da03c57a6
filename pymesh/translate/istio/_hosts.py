"""Hosts as Istio's resources write them: short names, full names and wildcards."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import TYPE_CHECKING

from pymesh.resources.mesh import CLUSTER_DOMAIN

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "KUBERNETES_SUFFIX",
    "as_authority",
    "covers",
    "intersect",
    "is_address",
    "kubernetes_name",
    "resolve",
    "routable",
    "specificity",
    "wildcards",
]

KUBERNETES_SUFFIX = f".svc.{CLUSTER_DOMAIN}"
"""What the hosts of Kubernetes services end in."""


def is_address(text: str) -> bool:
    """Whether a text is an IP address."""
    if text[:1].isalpha() and ":" not in text:  # nearly all there is
        return False
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=65536)
def resolve(host: str, namespace: str) -> str:
    """The full name of a host, in lower case.

    A name without a dot is that of a service in the namespace of the resource that uses it, not
    in the client's. A name with a dot stays as it is: ``web.prod`` is no service of ``prod``.

    Example:
        >>> resolve("web", "shop"), resolve("web.prod", "shop"), resolve("*", "shop")
        ('web.shop.svc.cluster.local', 'web.prod', '*')
    """
    if host == "*" or "." in host or is_address(host):
        return host.lower()
    return f"{host.lower()}.{namespace}{KUBERNETES_SUFFIX}"


def kubernetes_name(host: str) -> tuple[str, str] | None:
    """Namespace and name of the Kubernetes service that a full name would be.

    Example:
        >>> kubernetes_name("web.shop.svc.cluster.local")
        ('shop', 'web')
    """
    if not host.endswith(KUBERNETES_SUFFIX):
        return None
    name, _, namespace = host[: -len(KUBERNETES_SUFFIX)].partition(".")
    return (namespace, name) if name and namespace and "." not in namespace else None


def covers(pattern: str, host: str) -> bool:
    """Whether every name that ``host`` stands for is one of ``pattern``'s.

    Example:
        >>> covers("*.example.com", "a.b.example.com"), covers("*.example.com", "example.com")
        (True, False)
    """
    if pattern in {"*", host}:
        return True
    return pattern.startswith("*") and host.removeprefix("*").endswith(pattern[1:])


def wildcards(host: str) -> Iterator[str]:
    """The wildcards of whole labels that cover a host, the longest first, without itself.

    Example:
        >>> list(wildcards("a.b.c")), list(wildcards("*.b.c"))
        (['*.b.c', '*.c', '*'], ['*.c', '*'])
    """
    if host == "*":
        return
    rest = host.removeprefix("*.")
    while True:
        _, dot, rest = rest.partition(".")
        if not dot:
            break
        yield f"*.{rest}"
    yield "*"


def intersect(one: str, other: str) -> str | None:
    """The names that two hosts have in common, or None.

    Example:
        >>> intersect("*.example.com", "a.example.com"), intersect("a.com", "b.com")
        ('a.example.com', None)
    """
    if covers(one, other):
        return other
    return one if covers(other, one) else None


def specificity(host: str) -> tuple[bool, int]:
    """Sorts the more specific host later: names before wildcards, then the longer."""
    return (not host.startswith("*"), len(host))


def as_authority(host: str) -> str:
    """A host as it stands in a request: IPv6 addresses have brackets there.

    Example:
        >>> as_authority("fd00::1"), as_authority("web.shop")
        ('[fd00::1]', 'web.shop')
    """
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def routable(host: str) -> bool:
    """Whether requests can be told to be for a host: a wildcard must stand for whole labels.

    Example:
        >>> routable("*.example.com"), routable("*"), routable("*example.com")
        (True, True, False)
    """
    return host == "*" or not host.startswith("*") or host.startswith("*.")
