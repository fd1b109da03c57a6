"""What a gateway serves, computed for one namespace of it at a time (istio.md rules 29 and 49)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pymesh.resources import Mesh, Resource
from pymesh.resources.istio.gateway import Gateway
from pymesh.resources.istio.virtual_service import VirtualService
from pymesh.translate import translate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymesh import wire

NAMESPACES = ["edge", "shop"]
CLIENTS = [*NAMESPACES, "elsewhere"]
HOSTS = ["*", "a.example", "a.example", "*.example", "*.other"]


def overlap(one: str, other: str) -> str | None:
    """The narrower of two hosts of which one is within the other."""

    def within(host: str, pattern: str) -> bool:
        return (
            pattern in {"*", host}
            or (pattern.startswith("*.") and host.removeprefix("*").endswith(pattern[1:]))
        )  # fmt: skip

    return one if within(one, other) else other if within(other, one) else None


def visible(mesh: Mesh, client: str) -> Iterator[VirtualService]:
    """Private ones first, then exported ones, then public ones; the oldest first."""
    ranked = []
    for number, one in enumerate(mesh.of(VirtualService)):
        names = {one.namespace if name == "." else name for name in one.spec.export_to or ["*"]}
        if "*" in names:
            ranked.append((2, number, one))
        elif client in names:
            ranked.append((0 if client == one.namespace else 1, number, one))
    return (one for _, _, one in sorted(ranked, key=lambda item: item[:2]))


def expected(mesh: Mesh, gateway: Gateway, client: str) -> dict[tuple[int, str], list[int]]:
    """By port and host, the statuses that the rules answer with, in order; -1 is a redirect."""
    found: dict[tuple[int, str], list[list[int]]] = {}
    redirected: set[tuple[int, str]] = set()
    for server in gateway.spec.servers:
        redirects = server.tls is not None and server.tls.https_redirect
        for one in visible(mesh, client):
            name = f"{gateway.namespace}/{gateway.name}"
            if name not in {g if "/" in g else f"{one.namespace}/{g}" for g in one.spec.gateways}:
                continue
            hosts = []
            for host in server.hosts:
                limit, _, own = host.rpartition("/")
                limit = gateway.namespace if limit == "." else limit
                if limit in {"", "*", one.namespace}:
                    hosts += [both for vs in one.spec.hosts if (both := overlap(own, vs))]
            for host in dict.fromkeys(hosts):
                found.setdefault((server.port.number, host), []).append(statuses(one))
                if redirects:
                    redirected.add((server.port.number, host))
        if redirects:
            redirected |= {(server.port.number, h.rpartition("/")[2]) for h in server.hosts}
    result = {}
    for place, parts in found.items():
        flat = [status for part in parts for status in part]
        # Odd statuses match everything; where several are joined they come last.
        result[place] = flat if len(parts) == 1 else sorted(flat, key=lambda status: status % 2)
    return {**result, **{place: [-1] for place in redirected}}


def statuses(one: VirtualService) -> list[int]:
    found = []
    for route in one.spec.http:
        assert route.direct_response is not None
        found.append(route.direct_response.status)
        if not route.match:
            break
    return found


def told(documents: wire.Documents, client: str) -> dict[tuple[int, str], list[int]]:
    found = {}
    for audience in ("*", client):
        for one in documents.routes:
            if one.audience == audience and one.gateway:
                found[one.port, one.host] = [
                    rule.direct_response.status if rule.direct_response else -1
                    for rule in one.rules
                ]
    return found


def made(kind: type[Resource], names: list[str], spec: st.SearchStrategy[Any]) -> Any:
    def build(namespace: str, name: str, day: int, own: Any) -> Resource:
        time = f"2026-01-0{day}T00:00:00Z"
        metadata = {"name": name, "namespace": namespace, "creationTimestamp": time}
        return kind.model_validate(
            {"apiVersion": "v1", "kind": kind.KIND, "metadata": metadata, "spec": own}
        )

    return st.builds(
        build, st.sampled_from(NAMESPACES), st.sampled_from(names), st.integers(1, 3), spec
    )


limits = st.sampled_from(["", "", "./", "*/", "shop/"])
server = st.builds(
    lambda port, hosts, redirect: {
        "port": {"number": port, "name": "http", "protocol": "HTTP"},
        "hosts": hosts,
        **({"tls": {"httpsRedirect": True}} if redirect else {}),
    },
    st.sampled_from([80, 8080]),
    st.lists(st.builds(str.__add__, limits, st.sampled_from(HOSTS)), min_size=1, max_size=2),
    st.sampled_from([False, False, False, True]),
)
gateways = made(
    Gateway,
    ["g"],
    st.builds(lambda found: {"servers": found}, st.lists(server, min_size=1, max_size=2)),
)
rule = st.builds(
    lambda number, everything: {
        "directResponse": {"status": 200 + 2 * number + everything},
        **({} if everything else {"match": [{"uri": {"exact": "/a"}}]}),
    },
    st.integers(0, 40),
    st.booleans(),
)
virtual_services = made(
    VirtualService,
    ["a", "b", "c"],
    st.fixed_dictionaries(
        {
            "hosts": st.lists(st.sampled_from(HOSTS), min_size=1, max_size=2, unique=True),
            "gateways": st.sampled_from(
                [["g"], ["edge/g", "shop/g"], ["shop/g", "edge/g", "mesh"], ["none"]]
            ),
            "http": st.lists(rule, min_size=1, max_size=3),
            "exportTo": st.sampled_from([[], ["*"], ["*"], ["."], ["edge"], ["shop", "."], ["~"]]),
        }
    ),
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(gateways, st.lists(virtual_services, min_size=2, max_size=7))
def test_a_gateway_is_told_what_it_serves(gateway: Gateway, found: list[Resource]) -> None:
    mesh = Mesh([gateway, *found])
    documents = translate(mesh).documents
    for client in CLIENTS:
        assert told(documents, client) == expected(mesh, gateway, client), client
