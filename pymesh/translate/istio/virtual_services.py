"""Which VirtualService decides for a host in the mesh, and which ones a gateway has."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pymesh.resources.istio.virtual_service import VirtualService
from pymesh.translate._view import Index, View, age, unit
from pymesh.translate.istio._hosts import covers, resolve
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
    "hosts_of",
    "in_order",
    "mesh_candidates",
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

_WILDCARDS: Index[VirtualService, None] = Index(
    VirtualService,
    lambda one: (None,) if any(host.startswith("*") for host in _mesh_hosts(one)) else (),
)

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
def mesh_candidates(view: View, host: str) -> tuple[tuple[str, tuple[VirtualService, ...]], ...]:
    """The VirtualServices that may decide for a host in the mesh, by the host that they name.

    Returns:
        The host itself first, then wildcards that cover it, the longest first.
    """
    patterns: dict[str, list[VirtualService]] = {}
    for resource in view.find(_WILDCARDS, None):
        for pattern in _mesh_hosts(resource):
            if pattern.startswith("*") and pattern != host and covers(pattern, host):
                patterns.setdefault(pattern, []).append(resource)
    exact = view.find(HOSTS, host)
    wild = sorted(patterns.items(), key=lambda item: (-len(item[0]), item[0]))
    return (
        *(((host, exact),) if exact else ()),
        *((pattern, tuple(found)) for pattern, found in wild),
    )


class Choice(NamedTuple):
    """What a client sees of the VirtualServices for a host.

    Args:
        winner: The one that decides.
        shadowed: The others for the same host, which have no effect.
    """

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
    for _, resources in mesh_candidates(view, host):
        ordered = in_order(view, resources, client)
        if ordered:
            return Choice(ordered[0], tuple(ordered[1:]))
    return None
