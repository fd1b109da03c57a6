"""What there is to refer to: services by host, who sees them, subsets, gateways."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

from pymesh.resources.istio.destination_rule import DestinationRule
from pymesh.resources.istio.service_entry import ServiceEntry
from pymesh.resources.kubernetes import Service
from pymesh.resources.mesh import CLUSTER_DOMAIN
from pymesh.validate.istio_networking._names import HostSet, full_host

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pymesh.resources import Mesh, Resource

__all__ = ["EVERYONE", "Known", "Registry", "resolve", "sees"]

EVERYONE = "*"
_EXPORT_ANNOTATION = "networking.istio.io/exportTo"


def resolve(host: str, namespace: str) -> str:
    """The full name of a host that a resource of a namespace names, in lower case."""
    return full_host(host, namespace, CLUSTER_DOMAIN)


def exported(entries: Iterable[str], default: Iterable[str], owner: str) -> frozenset[str]:
    """The namespaces that see a resource; `*` for all of them."""
    chosen = tuple(entries) or tuple(default)
    if EVERYONE in chosen:
        return frozenset({EVERYONE})
    return frozenset(owner if entry == "." else entry for entry in chosen if entry != "~")


def sees(namespace: str, visible_to: frozenset[str]) -> bool:
    """Whether a namespace is among those that see a resource."""
    return EVERYONE in visible_to or namespace in visible_to


class Known(NamedTuple):
    """A service by one of its hosts.

    Args:
        resource: The Service or ServiceEntry.
        visible_to: The namespaces that see it.
        ports: The numbers of its ports.
    """

    resource: Service | ServiceEntry
    visible_to: frozenset[str]
    ports: tuple[int, ...]


class Seen(NamedTuple):
    """The services of a host that some namespace sees.

    Args:
        services: The services.
        ports: The numbers of the ports of all of them, sorted.
    """

    services: Sequence[Known]
    ports: Sequence[int]


class Registry:
    """The services and rules of a mesh, looked up by host.

    Args:
        mesh: The resources.
    """

    def __init__(self, mesh: Mesh) -> None:
        self.mesh = mesh
        self._rules: dict[str, list[DestinationRule]] = {}
        for rule in mesh.of(DestinationRule):
            if rule.spec.workload_selector is None:
                host = resolve(rule.spec.host, rule.namespace)
                self._rules.setdefault(host, []).append(rule)
        self._hosts = HostSet(mesh.services_by_host)
        self._services: dict[str, list[Known]] = {}
        self._seen: dict[tuple[str, str], Seen] = {}
        self._subsets: dict[tuple[str, str, str], frozenset[str] | None] = {}
        # Read from the end, names within a wildcard stand together.
        self._reversed = sorted(host[::-1] for host in mesh.services_by_host)

    @property
    def empty(self) -> bool:
        """Whether no service is given, so that nothing can be said about hosts."""
        return not self.mesh.services_by_host

    def services(self, host: str) -> list[Known]:
        """The services of a host."""
        found = self._services.get(host)
        if found is None:
            found = [self._known(one) for one in self.mesh.services_by_host.get(host, ())]
            self._services[host] = found
        return found

    def seen(self, host: str, namespace: str) -> Seen:
        """The services of a host that a namespace sees. Many destinations may name one host."""
        found = self._seen.get((host, namespace))
        if found is None:
            services = [one for one in self.services(host) if sees(namespace, one.visible_to)]
            ports = sorted({port for one in services for port in one.ports})
            found = self._seen[host, namespace] = Seen(services, ports)
        return found

    def _known(self, resource: Resource) -> Known:
        default = self.mesh.config.default_service_export_to
        if isinstance(resource, ServiceEntry):
            visible = exported(resource.spec.export_to, default, resource.namespace)
            return Known(resource, visible, tuple(port.number for port in resource.spec.ports))
        assert isinstance(resource, Service)  # noqa: S101  the index holds these two kinds
        written = resource.metadata.annotations.get(_EXPORT_ANNOTATION, "")
        entries = [entry for part in written.split(",") if (entry := part.strip())]
        visible = exported(entries, default, resource.namespace)
        return Known(resource, visible, tuple(port.port for port in resource.spec.ports))

    def covered(self, pattern: str) -> bool:
        """Whether some service has a host within a pattern, or is a pattern that covers it."""
        if self._hosts.covering(pattern) is not None:
            return True
        if not pattern.startswith("*"):
            return False
        ending = pattern[:0:-1]
        place = bisect_left(self._reversed, ending)
        return place < len(self._reversed) and self._reversed[place].startswith(ending)

    def subsets(self, host: str, owner: str, client: str) -> frozenset[str] | None:
        """The names of the subsets that a client knows of a service; None without any rule.

        The client's namespace is looked at first, then the service's, then the root namespace;
        within one, the rules with the most specific host count together.

        Args:
            host: The service's host.
            owner: The service's namespace.
            client: The client's namespace.
        """
        key = (host, owner, client)
        if key not in self._subsets:
            self._subsets[key] = self._find_subsets(*key)
        return self._subsets[key]

    def _find_subsets(self, host: str, owner: str, client: str) -> frozenset[str] | None:
        patterns = [host, *(f"*{host[start:]}" for start in range(len(host) + 1))]
        rules = [(name, rule) for name in patterns for rule in self._rules.get(name, ())]
        root = self.mesh.root_namespace
        for place, namespace in enumerate((client, owner, root)):
            found = [
                (name, rule)
                for name, rule in rules
                if rule.namespace == namespace
                and (self._is_own(rule) if place == 0 else sees(client, self._audience(rule)))
            ]
            if found:
                best = found[0][0]  # the most specific comes first
                return frozenset(
                    subset.name
                    for name, rule in found
                    if name == best
                    for subset in rule.spec.subsets
                )
        return None

    def _is_own(self, rule: DestinationRule) -> bool:
        """Whether a rule comes first for clients of its namespace.

        In the root namespace one for everybody gives way to those of the service.
        """
        root = self.mesh.root_namespace
        return rule.namespace != root or self._audience(rule) == {root}

    def _audience(self, rule: DestinationRule) -> frozenset[str]:
        default = self.mesh.config.default_destination_rule_export_to
        return exported(rule.spec.export_to, default, rule.namespace)
