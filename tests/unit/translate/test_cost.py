"""What a change costs, counted in runs of units: it does not grow with the mesh."""

from __future__ import annotations

import time
from typing import Any

import pytest

from pymesh.resources import Resource
from pymesh.resources.istio.destination_rule import DestinationRule
from pymesh.resources.istio.virtual_service import VirtualService
from pymesh.resources.kubernetes import EndpointSlice, Service
from pymesh.translate import Translator


def made(kind: type[Resource], name: str, **fields: Any) -> Resource:
    metadata = {
        "name": name,
        "namespace": "shop",
        "labels": {"kubernetes.io/service-name": name},
    }
    return kind.model_validate(
        {"apiVersion": "v1", "kind": kind.KIND, "metadata": metadata} | fields
    )


def service(name: str, port: int = 80) -> Resource:
    return made(Service, name, spec={"ports": [{"name": "http", "port": port}]})


def virtual_service(name: str, timeout: str = "1s") -> Resource:
    rule = {"route": [{"destination": {"host": name, "subset": "v1"}}], "timeout": timeout}
    return made(VirtualService, name, spec={"hosts": [name], "http": [rule]})


def destination_rule(name: str, version: str = "v1") -> Resource:
    subset = {"name": "v1", "labels": {"version": version}}
    return made(DestinationRule, name, spec={"host": name, "subsets": [subset]})


def endpoint_slice(name: str, address: str = "10.0.0.1") -> Resource:
    return made(
        EndpointSlice,
        name,
        ports=[{"name": "http", "port": 80}],
        endpoints=[{"addresses": [address]}],
    )


def mesh(size: int) -> Translator:
    translator = Translator()
    names = [f"s{number}" for number in range(size)]
    translator.update(
        make(name)
        for name in names
        for make in (service, virtual_service, destination_rule, endpoint_slice)
    )
    return translator


@pytest.mark.parametrize(
    ("changed", "budget"),
    [
        (endpoint_slice("s0", "10.0.0.2"), 3),
        (virtual_service("s0", "2s"), 16),
        (destination_rule("s0", "v2"), 12),
        (service("s0", 81), 30),
        (service("new"), 40),
    ],
    ids=["endpoints", "virtual-service", "destination-rule", "service", "new-service"],
)
def test_a_change_runs_what_depends_on_it(changed: Resource, budget: int) -> None:
    costs = []
    for size in (10, 200):
        translator = mesh(size)
        before = translator.runs
        translator.apply([changed])
        costs.append(translator.runs - before)
    assert costs[0] == costs[1]
    assert 0 < costs[0] <= budget


def test_nothing_changed_costs_nothing() -> None:
    translator = mesh(5)
    before = translator.runs
    translator.apply([service("s0")])
    assert translator.runs == before


ANSWER = {"directResponse": {"status": 200}}


def unlucky(case: str) -> list[Resource]:
    """Meshes in which much meets much."""
    if case == "many hosts":
        hosts = [f"h{number}.example" for number in range(3000)]
        return [made(VirtualService, name, spec={"hosts": hosts, "http": [ANSWER]})
                for name in ("a", "b")]  # fmt: skip
    if case == "one host":
        return [
            made(VirtualService, f"v{number}", spec={"hosts": ["x.example"], "http": [ANSWER]})
            for number in range(2000)
        ]
    services = [service(f"s{number}") for number in range(700)]
    hosts = ["*.shop.svc.cluster.local"]
    return [
        *services,
        *(
            made(VirtualService, f"v{number}", spec={"hosts": hosts, "http": [ANSWER]})
            for number in range(700)
        ),
    ]


@pytest.mark.parametrize("case", ["many hosts", "one host", "wildcards"])
def test_no_mesh_takes_more_than_its_size(case: str) -> None:
    """Each takes a fifth of a second; what goes through all pairs takes a minute."""
    resources = unlucky(case)
    start = time.process_time()
    Translator().update(resources)
    assert time.process_time() - start < 5
