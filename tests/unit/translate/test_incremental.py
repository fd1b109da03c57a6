"""What a translator knows after any changes is what it would find from scratch."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pymesh.resources import Resource
from pymesh.resources.istio.authorization_policy import AuthorizationPolicy
from pymesh.resources.istio.destination_rule import DestinationRule
from pymesh.resources.istio.gateway import Gateway
from pymesh.resources.istio.mesh_config import MeshConfigResource
from pymesh.resources.istio.peer_authentication import PeerAuthentication
from pymesh.resources.istio.service_entry import ServiceEntry
from pymesh.resources.istio.virtual_service import VirtualService
from pymesh.resources.istio.workload_entry import WorkloadEntry
from pymesh.resources.kubernetes import EndpointSlice, Pod, Service
from pymesh.translate import Translator, translate

# Few of everything, so that most things refer to something and meet each other.
namespaces = st.sampled_from(["shop", "web", "istio-system"])
names = st.sampled_from(["a", "b"])
hosts = st.sampled_from(
    ["a", "b", "a.shop.svc.cluster.local", "*.shop.svc.cluster.local", "x.example", "*.example"]
)
plain_hosts = st.sampled_from(["a", "b.web.svc.cluster.local", "x.example", "nobody"])
export_to = st.sampled_from([[], ["*"], ["."], ["~"], ["web"], [".", "istio-system"]])
labels = st.sampled_from([{}, {"app": "a"}, {"app": "a", "version": "v1"}, {"app": "b"}])
ports = st.sampled_from([80, 8080])


def made(kind: type[Resource], version: str, spec: st.SearchStrategy[Any]) -> Any:
    """Resources of a kind with a spec."""

    def build(namespace: str, name: str, day: int, marks: dict[str, str], own: Any) -> Resource:
        metadata = {
            "name": name,
            "namespace": namespace,
            "labels": marks | {"kubernetes.io/service-name": name},
            "creationTimestamp": f"2026-01-0{day}T00:00:00Z",
        }
        return kind.model_validate(
            {"apiVersion": version, "kind": kind.KIND, "metadata": metadata} | own
        )

    return st.builds(build, namespaces, names, st.integers(1, 3), labels, spec)


def spec(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({"spec": st.fixed_dictionaries(fields)})


service_ports = st.sampled_from(
    [
        [{"name": "http", "port": 80}],
        [{"name": "http", "port": 80}, {"name": "tcp-x", "port": 8080}],
        [{"name": "grpc", "port": 8080, "targetPort": 80}],
        [],
    ]
)
destinations = st.fixed_dictionaries(
    {"host": plain_hosts},
    optional={"subset": st.sampled_from(["v1", "v2"]),
              "port": st.fixed_dictionaries({"number": ports})},
)  # fmt: skip
matches = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "uri": st.sampled_from([{"prefix": "/"}, {"exact": "/a"}, {"regex": ".*"}]),
            "port": ports,
            "sourceNamespace": namespaces,
            "gateways": st.sampled_from([["mesh"], ["a"], ["shop/a", "mesh"]]),
        },
    ),
    max_size=2,
)
rules = st.lists(
    st.fixed_dictionaries(
        {
            "match": matches,
            "route": st.lists(
                st.fixed_dictionaries({"destination": destinations, "weight": st.integers(0, 2)}),
                min_size=1,
                max_size=2,
            ),
        },
        optional={"delegate": st.fixed_dictionaries({"name": names, "namespace": namespaces})},
    ),
    min_size=1,
    max_size=2,
)
policies = st.sampled_from(
    [
        {"loadBalancer": {"simple": "RANDOM"}},
        {"connectionPool": {"tcp": {"maxConnections": 3}}},
        {"portLevelSettings": [{"port": {"number": 80}, "tls": {"mode": "SIMPLE"}}]},
    ]
)
subsets = st.sampled_from([[], [{"name": "v1", "labels": {"version": "v1"}}], [{"name": "v2"}]])
servers = st.sampled_from(
    [
        [{"port": {"number": 80, "name": "http", "protocol": "HTTP"}, "hosts": ["*"]}],
        [{"port": {"number": 8080, "name": "http", "protocol": "HTTP"},
          "hosts": ["shop/*.example", "./x.example"], "tls": {"httpsRedirect": True}}],
    ]
)  # fmt: skip
selectors = st.sampled_from([{"matchLabels": {"app": "a"}}, {}])

resources = st.one_of(
    made(Service, "v1", spec(selector=labels, ports=service_ports)),
    made(Pod, "v1", st.builds(lambda ip: {"status": {"podIP": f"10.0.0.{ip}"}}, st.integers(1, 9))),
    made(
        EndpointSlice,
        "discovery.k8s.io/v1",
        st.builds(
            lambda ip: {
                "ports": [{"name": "http", "port": 80}],
                "endpoints": [
                    {"addresses": [f"10.0.1.{ip}"], "targetRef": {"kind": "Pod", "name": "a"}}
                ],
            },
            st.integers(1, 9),
        ),
    ),
    made(
        VirtualService,
        "networking.istio.io/v1",
        spec(
            hosts=st.lists(hosts, max_size=2, unique=True),
            gateways=st.sampled_from([[], ["a"], ["shop/a", "mesh"]]),
            http=rules,
            exportTo=export_to,
        ),
    ),
    made(
        DestinationRule,
        "networking.istio.io/v1",
        spec(host=hosts, trafficPolicy=policies, subsets=subsets, exportTo=export_to),
    ),
    made(Gateway, "networking.istio.io/v1", spec(servers=servers)),
    made(
        ServiceEntry,
        "networking.istio.io/v1",
        spec(
            hosts=st.sampled_from([["x.example"], ["*.example", "y.example"]]),
            ports=st.just([{"number": 80, "name": "http", "protocol": "HTTP"}]),
            resolution=st.sampled_from(["NONE", "STATIC", "DNS"]),
            workloadSelector=st.sampled_from([None, {"labels": {"app": "a"}}]),
            exportTo=export_to,
        ),
    ),
    made(
        WorkloadEntry,
        "networking.istio.io/v1",
        spec(address=st.sampled_from(["192.0.2.1", "vm.example"]), labels=labels),
    ),
    made(PeerAuthentication, "security.istio.io/v1", spec(selector=selectors)),
    made(AuthorizationPolicy, "security.istio.io/v1", spec(selector=selectors)),
    made(
        MeshConfigResource,
        "mesh.istio.io/v1alpha1",
        spec(
            rootNamespace=namespaces,
            defaultServiceExportTo=st.sampled_from([["*"], ["."]]),
            trustDomainAliases=st.sampled_from([[], ["old"]]),
        ),
    ),
)
changes = st.lists(st.lists(st.tuples(st.booleans(), resources), max_size=4), max_size=12)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(changes)
def test_incremental_is_from_scratch(steps: list[list[tuple[bool, Resource]]]) -> None:
    translator = Translator()
    current: dict[Any, Resource] = {}
    for step in steps:
        for keep, resource in step:
            if keep:
                current[resource.key] = resource
            else:
                current.pop(resource.key, None)
        changed = [one for keep, one in step if current.get(one.key) is one]
        removed = [one.key for _, one in step if one.key not in current]
        assert translator.apply(changed, removed) == translate(current.values())
    assert translator.update(current.values()) == translate(current.values())
    assert translator.apply(removed=list(current)) == translate([])


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(resources, min_size=1, max_size=12), st.randoms())
def test_what_is_gone_is_forgotten(found: list[Resource], random: Any) -> None:
    """Memory follows the resources: nothing is kept of what is not there."""
    translator = Translator()
    translator.update([])
    empty = translator.size
    translator.update(found)
    random.shuffle(found)
    for resource in found:
        translator.apply(removed=[resource.key])
    assert translator.size == empty


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(resources, max_size=25))
def test_any_mesh_compiles(found: list[Resource]) -> None:
    """Documents of one mesh never contradict each other, whoever meets whom in it."""
    engine = pytest.importorskip("pymesh.engine")
    pytest.importorskip("pymesh._core", reason="the compiled part is not there")
    engine.compile(translate(found).documents)
