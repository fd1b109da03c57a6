"""Which VirtualService decides for a host in the mesh, and which ones a gateway has."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pymesh.resources.istio.virtual_service import VirtualService
from pymesh.translate._view import Index, View, age, unit
from pymesh.translate.istio._hosts import covers, resolve, routable, wildcards
from pymesh.translate.istio._visibility import exported, rank, sees

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "GATEWAYS",
    "HOSTS",
    "MESH",
    "Choice",
    "chosen",
    "gateways_of",
    "host_numbers",
    "hosts_of",
    "in_order",
    "patterns_of",
    "visibility",
]

MESH = "mesh"
"""The name that stands for all sidecars in a list of gateways."""


def gateways_of(names: Iterable[str], namespace: str) -> frozenset[str]:
    """Gateways as ``namespace/name``; a name without a slash is of the resource's namespace."""
    return frozenset(
        name if name == MESH or "/" in name else f"{namespace}/{name}" for name in names
    )


def hosts_of(resource: VirtualService) -> tuple[str, ...]:
    """The hosts of a VirtualService by their full names."""
    return tuple(resolve(host, resource.namespace) for host in resource.spec.hosts)


def _gateways(resource: VirtualService) -> frozenset[str]:
    return gateways_of(resource.spec.gateways or (MESH,), resource.namespace)


def _mesh_hosts(resource: VirtualService) -> set[str]:
    return set(hosts_of(resource)) if MESH in _gateways(resource) else set()


HOSTS: Index[VirtualService, str] = Index(VirtualService, _mesh_hosts)
"""VirtualServices of the mesh by host, wildcards as they are."""

_PARTIAL: Index[VirtualService, None] = Index(
    VirtualService,
    lambda one: () if all(map(routable, _mesh_hosts(one))) else (None,),
)
"""Those with wildcards of less than a label, which no suffix of a host finds."""

GATEWAYS: Index[VirtualService, str] = Index(VirtualService, _gateways)
"""VirtualServices by gateway."""


def visibility(view: View, resource: VirtualService) -> frozenset[str]:
    """The namespaces that see a VirtualService, or ``*``."""
    default = view.config.default_virtual_service_export_to
    return exported(resource.spec.export_to, default, resource.namespace)


def in_order(view: View, resources: Iterable[VirtualService], client: str) -> list[VirtualService]:
    """Those that a client sees: its own namespace's, exported to it, public; the oldest first."""
    visible = [(visibility(view, one), one) for one in resources]
    found = [(visible_to, one) for visible_to, one in visible if sees(client, visible_to)]
    found.sort(key=lambda item: (rank(client, item[0], item[1].namespace), age(item[1])))
    return [one for _, one in found]


@unit
def host_numbers(view: View, key: tuple[str, str]) -> dict[str, int]:
    """The hosts of a VirtualService, and the place of each in its list."""
    resource = view.get(VirtualService, *key)
    found: dict[str, int] = {}
    for number, host in enumerate(hosts_of(resource) if resource else ()):
        found.setdefault(host, number)
    return found


@unit
def patterns_of(view: View, host: str) -> tuple[str, ...]:
    """The hosts of VirtualServices of the mesh that are this one or cover it.

    Returns:
        The host itself first, then wildcards, the longest first.
    """
    found = [name for name in wildcards(host) if view.find(HOSTS, name)]
    found += {
        name
        for resource in view.find(_PARTIAL, None)
        for name in _mesh_hosts(resource)
        if not routable(name) and name != host and covers(name, host)
    }
    found.sort(key=lambda name: (-len(name), name))
    return (host, *found) if view.find(HOSTS, host) else tuple(found)


@unit
def _ordered(view: View, key: tuple[str, str]) -> tuple[VirtualService, ...]:
    """The VirtualServices of the mesh for one of their hosts, as a client looks at them."""
    pattern, client = key
    return tuple(in_order(view, view.find(HOSTS, pattern), client))


class Choice(NamedTuple):
    """What a client sees of the VirtualServices for a host.

    Args:
        pattern: The host that they name: the one asked for, or a wildcard that covers it.
        winner: The one that decides.
        shadowed: The others for the same host, which have no effect.
    """

    pattern: str
    winner: VirtualService
    shadowed: tuple[VirtualService, ...]


@unit
def chosen(view: View, key: tuple[str, str]) -> Choice | None:
    """The VirtualService that decides for a host in the mesh.

    A name goes before a wildcard, the longer wildcard before the shorter; then visibility and age
    decide. In the mesh they are never merged.

    Args:
        view: The resources.
        key: The host, and the client's namespace; ``*`` for any other one.
    """
    host, client = key
    for pattern in patterns_of(view, host):
        ordered = _ordered(view, (pattern, client))
        if ordered:
            return Choice(pattern, ordered[0], ordered[1:])
    return None
