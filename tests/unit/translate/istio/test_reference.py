"""What one client sees, computed for that client alone, is what the documents tell its proxy.

The translation works for all namespaces at once and tells them apart by audience. Here the rules
(istio.md 2.3 and 2.5) are followed for one client after the other, by going through everything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pymesh import wire
from pymesh.resources import Mesh, Resource
from pymesh.resources.istio.destination_rule import DestinationRule
from pymesh.resources.istio.mesh_config import MeshConfigResource
from pymesh.resources.istio.service_entry import ServiceEntry
from pymesh.resources.istio.virtual_service import VirtualService
from pymesh.resources.kubernetes import Service
from pymesh.translate import translate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

NAMESPACES = ["shop", "web", "root"]
CLIENTS = [*NAMESPACES, "elsewhere"]
SUFFIX = ".svc.cluster.local"


class Known(NamedTuple):
    """A service: its key, host, ports, and who sees it."""

    key: str
    host: str
    ports: tuple[int, ...]
    visible_to: tuple[str, ...]
    order: tuple[Any, ...]


def full(host: str, namespace: str) -> str:
    return host if "." in host or host == "*" else f"{host}.{namespace}{SUFFIX}"


def covers(pattern: str, host: str) -> bool:
    if pattern.startswith("*"):
        return host.removeprefix("*").endswith(pattern[1:])
    return pattern == host


def seen_by(client: str, export_to: Sequence[str], owner: str) -> int | None:
    """The class of visibility, the first one first; None if the client does not see it."""
    names = [owner if one == "." else one for one in export_to or ["*"]]
    if "*" in names:
        return 2
    return None if client not in names else 0 if client == owner else 1


def services(mesh: Mesh) -> Iterator[Known]:
    for one in mesh.of(Service):
        host = f"{one.name}.{one.namespace}{SUFFIX}"
        ports = tuple(port.port for port in one.spec.ports)
        marks = one.metadata.annotations.get("networking.istio.io/exportTo", "*").split(",")
        age = (one.metadata.creation_timestamp, one.name + "." + one.namespace)
        yield Known(f"{one.namespace}/{one.name}", host, ports, tuple(marks), (0, age))
    for entry in mesh.of(ServiceEntry):
        ports = tuple(port.number for port in entry.spec.ports)
        age = (entry.metadata.creation_timestamp, entry.name + "." + entry.namespace)
        for host in entry.spec.hosts:
            yield Known(f"{entry.namespace}/{host}", host, ports, entry.spec.export_to, (1, age))


def meant(mesh: Mesh, host: str, client: str) -> Known | None:
    """The service that a host means to a client: Kubernetes' first, then visibility, then age."""
    found = []
    for one in services(mesh):
        rank = seen_by(client, one.visible_to, one.key.partition("/")[0])
        if one.host == host and rank is not None:
            found.append((one.order[0], rank, one.order[1], one))
    return min(found)[3] if found else None


def rule_for(mesh: Mesh, known: Known, client: str) -> list[DestinationRule]:
    """The DestinationRules that are merged for a client of a service."""
    root = mesh.root_namespace

    def local(one: DestinationRule) -> bool:
        own = {one.namespace if name == "." else name for name in one.spec.export_to or ["*"]}
        return client != root or own == {root}

    def exported(one: DestinationRule) -> bool:
        return seen_by(client, one.spec.export_to, one.namespace) is not None

    places: list[tuple[str, Callable[[DestinationRule], bool]]] = [
        (client, local),
        (known.key.partition("/")[0], exported),
        (root, exported),
    ]
    for namespace, allowed in places:
        found = [
            one
            for one in mesh.of_namespace(DestinationRule, namespace)
            if allowed(one) and covers(full(one.spec.host, namespace), known.host)
        ]
        if found:
            hosts = {full(one.spec.host, namespace) for one in found}
            best = max(hosts, key=lambda host: (not host.startswith("*"), len(host)))
            return [one for one in found if full(one.spec.host, namespace) == best]
    return []


def winner(mesh: Mesh, host: str, client: str) -> VirtualService | None:
    """The VirtualService that decides for a host: the most specific, then visibility, then age."""
    found = [
        ((own.startswith("*"), -len(own), rank, number), one)
        for number, one in enumerate(mesh.of(VirtualService))
        for own in {full(own, one.namespace) for own in one.spec.hosts}
        if (rank := seen_by(client, one.spec.export_to, one.namespace)) is not None
        and covers(own, host)
    ]
    return min(found, key=lambda item: item[0])[1] if found else None


def expected(mesh: Mesh, host: str, client: str) -> dict[int, list[list[tuple[Any, ...]]]]:
    """By port, the destinations of each rule: service, port, subset and whether it is there."""
    known = meant(mesh, host, client)
    decides = winner(mesh, host, client)
    if known is None:
        return {}
    result = {}
    for port in known.ports:
        rules: list[list[tuple[Any, ...]]] = []
        for route in decides.spec.http if decides else ():
            assert decides is not None
            if route.match and route.match[0].port not in {0, port}:
                continue
            destination = route.route[0].destination
            target = meant(mesh, full(destination.host, decides.namespace), client)
            rules.append([_target(mesh, target, destination, port, client)])
            if not route.match or not route.match[0].uri:
                break
        result[port] = rules or [[(known.key, port, "", True)]]
    return result


def _target(
    mesh: Mesh, target: Known | None, destination: Any, port: int, client: str
) -> tuple[Any, ...]:
    if target is None:
        return ("", 0, "", False)
    number = destination.port.number if destination.port else 0
    number = number or (target.ports[0] if len(target.ports) == 1 else port)
    subsets = {s.name for rule in rule_for(mesh, target, client) for s in rule.spec.subsets}
    there = number in target.ports and (not destination.subset or destination.subset in subsets)
    return (target.key, number, destination.subset, there)


def told(documents: wire.Documents, host: str, client: str) -> dict[int, Any]:
    """The same from the documents, of which a proxy takes the one with the narrowest audience."""
    found: dict[int, wire.Routes] = {}
    for audience in ("*", client):
        for one in documents.routes:
            if one.host == host and one.audience == audience and not one.gateway:
                found[one.port] = one
    return {
        port: [
            [
                (d.service if d.status is None or _known(documents, d) else "", d.port, d.subset,
                 d.status is None)
                for d in rule.destinations
            ]
            for rule in one.rules
        ]
        for port, one in found.items()
        if one.rules
    }  # fmt: skip


def _known(documents: wire.Documents, destination: wire.Destination) -> bool:
    return any(one.key == destination.service for one in documents.services)


def simplified(rules: dict[int, Any]) -> dict[int, Any]:
    """Without what stands for a destination that is not there, which is anybody's choice."""
    return {
        port: [[one if one[3] else one[3] for one in rule] for rule in every]
        for port, every in rules.items()
    }


def made(kind: type[Resource], spec: st.SearchStrategy[Any]) -> Any:
    def build(namespace: str, name: str, day: int, own: Any, mark: str) -> Resource:
        metadata = {
            "name": name,
            "namespace": namespace,
            "creationTimestamp": f"2026-01-0{day}T00:00:00Z",
            "annotations": {"networking.istio.io/exportTo": mark},
        }
        return kind.model_validate(
            {"apiVersion": "v1", "kind": kind.KIND, "metadata": metadata, "spec": own}
        )

    marks = st.sampled_from(["*", "*", ".", "web", ".,web", "~"])
    return st.builds(
        build, st.sampled_from(NAMESPACES), st.sampled_from("ab"), st.integers(1, 3), spec, marks
    )


def apart(found: list[Resource]) -> list[Resource]:
    """Without ServiceEntries that share a host and a namespace, which are one service."""
    taken: dict[Any, Resource] = {}
    for one in found:
        key = (one.namespace, one.spec.hosts[0]) if isinstance(one, ServiceEntry) else one.key
        taken[key] = one
    return list({one.key: one for one in taken.values()}.values())


ALWAYS = [
    Service.model_validate(
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "b", "namespace": "web"},
            "spec": {"ports": [{"name": "http", "port": 80}]},
        }
    )
]
"""So that most of what is made below is about something."""

export_to = st.sampled_from([[], ["*"], ["."], ["web"], [".", "root"], ["~"]])
ports = st.sampled_from([80, 8080])
HOSTS = [
    "a",
    "b.web.svc.cluster.local",
    "*.web.svc.cluster.local",
    "*.cluster.local",
    "x.example",
    "*.example",
]
destinations = st.fixed_dictionaries(
    {"host": st.sampled_from(["a", "b.web.svc.cluster.local", "x.example", "none"])},
    optional={
        "subset": st.sampled_from(["v1", "v2"]),
        "port": st.fixed_dictionaries({"number": ports}),
    },
)
rules = st.lists(
    st.fixed_dictionaries(
        {
            "route": destinations.map(lambda one: [{"destination": one}]),
            "match": st.sampled_from(
                [
                    [],
                    [{"uri": {"exact": "/a"}}],
                    [{"port": 80}],
                    [{"port": 80, "uri": {"exact": "/b"}}],
                ]
            ),
        }
    ),
    min_size=1,
    max_size=3,
)
resources = st.lists(
    st.one_of(
        made(
            Service,
            st.builds(
                lambda numbers: {"ports": [{"name": f"http-{n}", "port": n} for n in numbers]},
                st.sampled_from([[80], [80, 8080], [8080]]),
            ),
        ),
        made(
            ServiceEntry,
            st.fixed_dictionaries(
                {
                    "hosts": st.sampled_from(
                        [["x.example"], ["*.example"], ["b.web.svc.cluster.local"]]
                    ),
                    "ports": st.just([{"number": 80, "name": "http", "protocol": "HTTP"}]),
                    "exportTo": export_to,
                }
            ),
        ),
        made(
            VirtualService,
            st.fixed_dictionaries(
                {
                    "hosts": st.lists(st.sampled_from(HOSTS), min_size=1, max_size=2, unique=True),
                    "http": rules,
                    "exportTo": export_to,
                }
            ),
        ),
        made(
            DestinationRule,
            st.fixed_dictionaries(
                {
                    "host": st.sampled_from(HOSTS),
                    "subsets": st.sampled_from(
                        [[], [{"name": "v1"}], [{"name": "v2"}], [{"name": "v1"}, {"name": "v2"}]]
                    ),
                    "trafficPolicy": st.sampled_from(
                        [
                            {"loadBalancer": {"simple": one}}
                            for one in ("RANDOM", "ROUND_ROBIN", "LEAST_REQUEST")
                        ]
                    ),
                    "exportTo": export_to,
                }
            ),
        ),
    ),
    min_size=4,
    max_size=14,
).map(lambda found: apart([*ALWAYS, *found]))

CONFIG = MeshConfigResource.model_validate(
    {
        "apiVersion": "mesh.istio.io/v1alpha1",
        "kind": "MeshConfig",
        "metadata": {"name": "mesh", "namespace": "istio-system"},
        "spec": {"rootNamespace": "root"},
    }
)


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(resources)
def test_each_client_is_told_what_it_sees(found: list[Resource]) -> None:
    mesh = Mesh([CONFIG, *found])
    documents = translate(mesh).documents
    for client in CLIENTS:
        for host in {one.host for one in services(mesh)}:
            if meant(mesh, host, client):  # otherwise it is an unknown host to this client
                want = simplified(expected(mesh, host, client))
                assert simplified(told(documents, host, client)) == want, (client, host)


BALANCE = {"RANDOM": "random", "ROUND_ROBIN": "round_robin", "LEAST_REQUEST": "least_request"}


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(resources)
def test_each_client_has_its_own_destination_rule(found: list[Resource]) -> None:
    mesh = Mesh([CONFIG, *found])
    documents = translate(mesh).documents
    for client in CLIENTS:
        for known in services(mesh):
            meaning = meant(mesh, known.host, client)
            if meaning is None or meaning.key != known.key:
                continue
            seen = {
                one.audience: one
                for one in documents.services
                if one.key == known.key and one.audience in {"*", client}
            }
            rules = rule_for(mesh, known, client)
            balance = rules[0].spec.traffic_policy if rules else None
            simple = balance.load_balancer if balance else None
            want = BALANCE[simple.simple or ""] if simple else "least_request"
            told_one = seen.get(client, seen.get("*"))
            assert told_one is not None
            assert told_one.balance == want
            names = {s.name for rule in rules for s in rule.spec.subsets}
            assert {one.subset for one in told_one.clusters} == {"", *names}
