"""A read-only index of all resources, as rules and the translation ask for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import TypeVar

from pymesh.resources._base import Resource, ResourceKey, registered
from pymesh.resources.istio.mesh_config import MeshConfig, MeshConfigResource
from pymesh.resources.kubernetes import Namespace, Pod, Service

__all__ = ["CLUSTER_DOMAIN", "Mesh"]

CLUSTER_DOMAIN = "cluster.local"
"""The DNS suffix of Kubernetes services; not the trust domain, which may differ."""

AnyResource = TypeVar("AnyResource", bound=Resource)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Mesh:
    """All resources of a mesh, by kind, namespace and name.

    Args:
        resources: The resources; of two with one key the last counts.
    """

    def __init__(self, resources: Iterable[Resource] = ()) -> None:
        self._by_key = {resource.key: resource for resource in resources}
        by_kind: dict[type[Resource], list[Resource]] = {}
        for resource in self._by_key.values():
            by_kind.setdefault(type(resource), []).append(resource)
        self._by_kind = {kind: tuple(sorted(all_, key=_age)) for kind, all_ in by_kind.items()}
        self._by_namespace: dict[tuple[type[Resource], str], tuple[Resource, ...]] = {}

    def __len__(self) -> int:
        return len(self._by_key)

    def __iter__(self) -> Iterator[Resource]:
        return iter(self._by_key.values())

    def of(self, kind: type[AnyResource]) -> tuple[AnyResource, ...]:
        """All resources of a kind, the oldest first, then by ``name.namespace`` as Istio does."""
        return self._by_kind.get(kind, ())  # type: ignore[return-value]

    def of_namespace(self, kind: type[AnyResource], namespace: str) -> tuple[AnyResource, ...]:
        """The resources of a kind in a namespace, in the same order."""
        found = self._by_namespace.get((kind, namespace))
        if found is None:
            groups: dict[str, list[Resource]] = {}
            for resource in self.of(kind):
                groups.setdefault(resource.namespace, []).append(resource)
            for name, group in groups.items():
                self._by_namespace[kind, name] = tuple(group)
            found = self._by_namespace.setdefault((kind, namespace), ())
        return found  # type: ignore[return-value]

    def get(self, kind: type[AnyResource], namespace: str, name: str) -> AnyResource | None:
        """One resource, or None; the namespace of a kind that has none is not looked at."""
        place = namespace if kind.NAMESPACED else ""
        return self._by_key.get(  # type: ignore[return-value]
            ResourceKey(kind.GROUP, kind.KIND, place, name)
        )

    @cached_property
    def config(self) -> MeshConfig:
        """What holds for the whole mesh: Istio's defaults where nothing is given."""
        found = self.of(MeshConfigResource)
        system = [one for one in found if one.namespace == "istio-system"]
        return (system or found)[0].spec if found else MeshConfig()

    @property
    def root_namespace(self) -> str:
        """The namespace of mesh-wide resources."""
        return self.config.root_namespace

    @cached_property
    def services_by_host(self) -> Mapping[str, tuple[Resource, ...]]:
        """Services and ServiceEntries by each of their hosts, in lower case.

        A Kubernetes service's host is ``name.namespace.svc.cluster.local``. Hosts of
        ServiceEntries may begin with ``*.``; they stand here as they are.
        """
        hosts: dict[str, list[Resource]] = {}
        for service in self.of(Service):
            hosts.setdefault(service_host(service), []).append(service)
        entry = registered().get(("networking.istio.io", "ServiceEntry"))
        for resource in self.of(entry) if entry else ():
            for host in resource.spec.hosts:  # type: ignore[attr-defined]
                hosts.setdefault(host.lower(), []).append(resource)
        return {host: tuple(found) for host, found in hosts.items()}

    @cached_property
    def namespaces(self) -> Mapping[str, Mapping[str, str]]:
        """Every namespace that is named anywhere, with its labels if it was given itself."""
        found: dict[str, Mapping[str, str]] = {
            key.namespace: {} for key in self._by_key if key.namespace
        }
        # What an API server sets on each.
        found = {name: {"kubernetes.io/metadata.name": name} for name in found}
        for namespace in self.of(Namespace):
            found[namespace.name] = {
                "kubernetes.io/metadata.name": namespace.name,
                **namespace.metadata.labels,
            }
        return found

    def pods(self, namespace: str, selector: Mapping[str, str]) -> tuple[Pod, ...]:
        """The pods of a namespace that have at least the labels of a selector."""
        wanted = selector.items()
        if not wanted:
            return self.of_namespace(Pod, namespace)
        rarest = min(
            (self._pods_by_label.get((namespace, *label), ()) for label in wanted), key=len
        )
        return tuple(pod for pod in rarest if wanted <= pod.metadata.labels.items())

    @cached_property
    def _pods_by_label(self) -> Mapping[tuple[str, str, str], tuple[Pod, ...]]:
        found: dict[tuple[str, str, str], list[Pod]] = {}
        for pod in self.of(Pod):
            for label in pod.metadata.labels.items():
                found.setdefault((pod.namespace, *label), []).append(pod)
        return {label: tuple(pods) for label, pods in found.items()}


def service_host(service: Service) -> str:
    """The host of a Kubernetes service."""
    return f"{service.name}.{service.namespace}.svc.{CLUSTER_DOMAIN}"


def _age(resource: Resource) -> tuple[datetime, str]:
    made = resource.metadata.creation_timestamp or _EPOCH
    return made, f"{resource.name}.{resource.namespace}"
