"""By which names clients know a service."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pymesh.translate.istio._hosts import as_authority, is_address
from pymesh.translate.istio.services import ServiceInfo, ServiceKey, service

if TYPE_CHECKING:
    from pymesh.translate._view import View

__all__ = ["ServiceNames", "names_of", "service_names"]


class ServiceNames(NamedTuple):
    """The names of a service.

    Args:
        host: The full name.
        aliases: Other names that everyone may use, virtual addresses among them.
        local_aliases: Other names for workloads in the service's own namespace.
    """

    host: str
    aliases: tuple[str, ...] = ()
    local_aliases: tuple[str, ...] = ()


def names_of(info: ServiceInfo) -> ServiceNames:
    """The names of a service: those of Kubernetes' DNS, or the host of a ServiceEntry."""
    addresses = tuple(as_authority(address) for address in info.addresses if is_address(address))
    if info.key.kind == "ServiceEntry":
        return ServiceNames(info.host, addresses)
    name, namespace = info.key.name, info.key.namespace
    return ServiceNames(
        info.host, (f"{name}.{namespace}", f"{name}.{namespace}.svc", *addresses), (name,)
    )


def service_names(view: View, key: tuple[str, str]) -> ServiceNames | None:
    """The names of a Kubernetes service.

    Args:
        view: The resources.
        key: Its namespace and name.

    Returns:
        None if there is no such service.
    """
    info = service(view, ServiceKey("Service", *key))
    return names_of(info) if info else None
