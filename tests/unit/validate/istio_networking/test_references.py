"""What VirtualServices and DestinationRules refer to, and who sees it."""

from __future__ import annotations

from typing import Any

import pytest
from networking import errors, findings, found, pod, resource, route, service, virtual_service

from pymesh.validate.istio_networking._registry import Registry


def to(host: str, **fields: Any) -> dict[str, Any]:
    return {"route": [{"destination": {"host": host, **fields}}]}


def destination_rule(host: str, *subsets: str, **place: Any) -> dict[str, Any]:
    spec = {"host": host, "subsets": [{"name": name} for name in subsets]}
    spec |= place.pop("spec", {})
    return resource("DestinationRule", spec, **({"name": "rule"} | place))


PAY = service("pay", 80)
WEB = service("web", 80, namespace="web")


@pytest.mark.parametrize(
    "host",
    ["pay", "PAY", "pay.shop.svc.cluster.local", "pay.shop.svc.cluster.local.",
     "web.web.svc.cluster.local"],
)  # fmt: skip
def test_hosts_of_services(host: str) -> None:
    assert errors(PAY, WEB, virtual_service(to(host))) == set()


@pytest.mark.parametrize(
    ("host", "hint"),
    [
        ("web", ""),
        ("web.web", "write web.web.svc.cluster.local"),
        ("pay.web.svc.cluster.local", "write pay.shop.svc.cluster.local"),
        ("other.example", ""),
    ],
)
def test_hosts_that_nothing_has(host: str, hint: str) -> None:
    (issue,) = findings(PAY, WEB, virtual_service(to(host)))
    assert (issue.code, issue.severity) == ("destination-unknown", "error")
    assert issue.path == "spec.http[0].route[0].destination.host"
    assert issue.hint == hint


def test_without_any_service_nothing_is_known_of_hosts() -> None:
    (issue,) = findings(virtual_service(to("pay")))
    assert (issue.code, issue.severity) == ("destination-unknown", "warning")


def test_mirrors_are_destinations_too() -> None:
    tree = virtual_service(route(mirror={"host": "a"}, mirrors=[]), route(mirrors=[]))
    assert errors(PAY, tree) == {("destination-unknown", "spec.http[0].mirror.host")}


def entry(*hosts: str, **spec: Any) -> dict[str, Any]:
    ports = [{"number": 80, "name": "http", "protocol": "HTTP"}]
    spec = {"hosts": list(hosts), "ports": ports, **spec}
    return resource("ServiceEntry", spec, name="entry", namespace="web")


@pytest.mark.parametrize(
    ("export_to", "expected"),
    [
        ([], set()),
        (["*"], set()),
        (["shop"], set()),
        (["."], {"destination-not-visible"}),
        (["~"], {"destination-not-visible"}),
        (["ops", "dev"], {"destination-not-visible"}),
    ],
)
def test_who_sees_a_service_entry(export_to: list[str], expected: set[str]) -> None:
    trees = entry("api.example", exportTo=export_to), virtual_service(to("api.example"))
    assert found(*trees) == expected


def test_who_sees_a_service_says_its_annotation() -> None:
    hidden = service("web", 80, namespace="web")
    hidden["metadata"]["annotations"] = {"networking.istio.io/exportTo": "., ops"}
    host = "web.web.svc.cluster.local"
    assert found(hidden, virtual_service(to(host))) == {"destination-not-visible"}
    assert found(hidden, virtual_service(to(host), namespace="ops")) == set()


def test_the_default_of_the_mesh_counts() -> None:
    config = {
        "apiVersion": "mesh.istio.io/v1alpha1",
        "kind": "MeshConfig",
        "metadata": {"name": "mesh", "namespace": "istio-system"},
        "spec": {"defaultServiceExportTo": ["."]},
    }
    trees = entry("api.example"), virtual_service(to("api.example"))
    assert found(config, *trees) == {"destination-not-visible"}


def test_ports_of_all_entries_for_a_host_count() -> None:
    other = entry("api.example", ports=[{"number": 443, "name": "https", "protocol": "HTTPS"}])
    other["metadata"]["name"] = "other"
    tree = virtual_service(to("api.example", port={"number": 443}))
    assert found(entry("api.example"), tree) == {"destination-port-unknown"}
    assert found(entry("api.example"), other, tree) == set()


RULES = [
    # DestinationRules by (namespace, host, subsets, exportTo), and whether `v1` is known
    ([("shop", "pay", ["v1"], [])], True),
    ([("shop", "pay", ["v2"], [])], False),
    ([], False),
    ([("shop", "*.shop.svc.cluster.local", ["v1"], [])], True),
    # The more specific host hides the wildcard.
    ([("shop", "*.cluster.local", ["v1"], []), ("shop", "pay", ["v2"], [])], False),
    # Rules of one host are merged.
    ([("shop", "pay", ["v1"], []), ("shop", "pay.shop.svc.cluster.local", ["v2"], [])], True),
    # The client's namespace hides the service's.
    ([("client", "pay.shop.svc.cluster.local", ["v2"], []), ("shop", "pay", ["v1"], [])], False),
    ([("client", "pay.shop.svc.cluster.local", ["v1"], []), ("shop", "pay", ["v2"], [])], True),
    # Others must be exported.
    ([("shop", "pay", ["v1"], ["."])], False),
    ([("shop", "pay", ["v1"], ["client"])], True),
    ([("istio-system", "pay.shop.svc.cluster.local", ["v1"], [])], True),
    ([("other", "pay.shop.svc.cluster.local", ["v1"], [])], False),
]


def test_a_rule_of_the_root_namespace_for_everybody_gives_way_there_too() -> None:
    host = "pay.shop.svc.cluster.local"
    root = destination_rule(host, "v2", name="root", namespace="istio-system")
    own = destination_rule("pay", "v1", name="own", namespace="shop")
    tree = virtual_service(to(host, subset="v1"), namespace="istio-system")
    assert "subset-unknown" not in found(PAY, root, own, tree)
    root["spec"]["exportTo"] = ["."]
    assert "subset-unknown" in found(PAY, root, own, tree)


@pytest.mark.parametrize(("rules", "known"), RULES)
def test_subsets_are_looked_up_as_istio_does(rules: Any, known: bool) -> None:
    trees = [
        destination_rule(
            host, *subsets, name=f"rule{number}", namespace=namespace, spec={"exportTo": export_to}
        )
        for number, (namespace, host, subsets, export_to) in enumerate(rules)
    ]
    tree = virtual_service(to("pay.shop.svc.cluster.local", subset="v1"), namespace="client")
    assert ("subset-unknown" in found(PAY, *trees, tree)) is not known


def gateway(name: str = "edge", namespace: str = "shop", *hosts: str) -> dict[str, Any]:
    port = {"number": 80, "protocol": "HTTP", "name": "http"}
    servers = [{"port": port, "hosts": list(hosts) or ["*"]}]
    return resource("Gateway", {"servers": servers}, name=name, namespace=namespace)


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("mesh", True),
        ("edge", True),
        ("shop/edge", True),
        ("edge.shop", True),
        ("edge.shop.svc.cluster.local", True),
        ("ops/edge", False),
        ("other", False),
    ],
)
def test_gateways_by_name(name: str, known: bool) -> None:
    own = virtual_service(to("pay"), gateways=[name])
    assert ("gateway-unknown" in found(PAY, gateway(), own)) is not known
    within = virtual_service(route(match=[{"gateways": [name]}]))
    assert ("gateway-unknown" in found(PAY, gateway(), within)) is not known


def test_the_hint_names_the_gateway_of_another_namespace() -> None:
    (issue,) = findings(PAY, gateway(namespace="ops"), virtual_service(route(), gateways=["edge"]))
    assert issue.hint == "write ops/edge"


@pytest.mark.parametrize(
    ("served", "hosts", "fits"),
    [
        ("*", ["pay.example"], True),
        ("*.example", ["pay.example"], True),
        ("pay.example", ["*.example"], True),
        ("shop/*", ["pay.example"], True),
        ("./*", ["pay.example"], True),
        ("ops/*", ["pay.example"], False),
        ("web.example", ["pay.example"], False),
        ("web.example", ["pay.example", "web.example"], True),
        ("*.example", ["example"], False),
    ],
)
def test_hosts_that_a_gateway_serves(served: str, hosts: list[str], fits: bool) -> None:
    tree = virtual_service(route(), hosts=hosts, gateways=["edge"])
    assert ("host-not-served" in found(PAY, gateway("edge", "shop", served), tree)) is not fits


CLAIMS = [
    # VirtualServices by (namespace, host, exportTo, gateways), and whether they conflict
    ([("a", "x.example", [], []), ("b", "x.example", [], [])], True),
    ([("a", "x.example", [], []), ("b", "X.example", [], [])], True),
    ([("a", "x.example", [], []), ("b", "*.example", [], [])], False),
    ([("a", "x", [], []), ("b", "x", [], [])], False),
    ([("a", "x.example", ["."], []), ("b", "x.example", ["."], [])], False),
    ([("a", "x.example", ["."], []), ("b", "x.example", ["a"], [])], True),
    ([("a", "x.example", ["."], []), ("b", "x.example", ["*"], [])], True),
    ([("a", "x.example", ["*"], []), ("b", "x.example", ["."], [])], True),
    ([("a", "x.example", [], ["edge"]), ("b", "x.example", [], ["edge"])], False),
    ([("a", "x.example", [], ["edge", "mesh"]), ("b", "x.example", [], [])], True),
]


@pytest.mark.parametrize(("claims", "conflict"), CLAIMS)
def test_one_virtual_service_for_a_host(claims: Any, conflict: bool) -> None:
    trees = [
        virtual_service(
            route(),
            name=f"n{number}",
            namespace=namespace,
            hosts=[host],
            exportTo=export_to,
            gateways=gateways,
        )
        for number, (namespace, host, export_to, gateways) in enumerate(claims)
    ]
    assert ("virtual-service-conflict" in found(*trees)) is conflict


def test_the_younger_of_two_is_told() -> None:
    old = virtual_service(route(), name="z", hosts=["x.example"])
    old["metadata"]["creationTimestamp"] = "2024-01-01T00:00:00Z"
    young = virtual_service(route(), name="a", hosts=["x.example"])
    young["metadata"]["creationTimestamp"] = "2025-01-01T00:00:00Z"
    told = [one for one in findings(old, young) if one.code == "virtual-service-conflict"]
    assert [one.resource.name for one in told if one.resource] == ["a"]
    assert "shop/z" in told[0].message


@pytest.mark.parametrize(
    ("host", "used"),
    [("pay", True), ("*.shop.svc.cluster.local", True), ("*", True), ("pay.shop", False),
     ("other", False), ("*.other", False)],
)  # fmt: skip
def test_destination_rules_of_services(host: str, used: bool) -> None:
    assert ("destination-rule-unused" in found(PAY, destination_rule(host))) is not used


def test_a_rule_for_a_host_within_a_wildcard_entry_is_used() -> None:
    assert found(entry("*.example"), destination_rule("a.example")) == set()


def server(protocol: str, *hosts: str, **tls: str) -> dict[str, Any]:
    port = {"number": 443, "protocol": protocol, "name": "port"}
    return {"port": port, "hosts": list(hosts)} | ({"tls": tls} if tls else {})


HTTPS = server("HTTPS", "a.example", mode="SIMPLE", credentialName="a")


@pytest.mark.parametrize(
    ("other", "selector", "code"),
    [
        (server("HTTP", "*"), {"app": "edge"}, "gateway-port-conflict"),
        (server("TCP", "*"), {"app": "edge"}, "gateway-port-conflict"),
        (server("HTTP", "*"), {"app": "other"}, ""),
        (HTTPS, {"app": "edge"}, "gateway-tls-host-conflict"),
        (HTTPS, {"app": "other"}, ""),
        (server("TLS", "b.example", mode="PASSTHROUGH"), {"app": "edge"}, ""),
        (server("TLS", "*/A.example", mode="PASSTHROUGH"), {"app": "edge"},
         "gateway-tls-host-conflict"),
    ],
)  # fmt: skip
def test_gateways_of_the_same_workloads(other: Any, selector: dict[str, str], code: str) -> None:
    first = resource("Gateway", {"selector": {"app": "edge"}, "servers": [HTTPS]}, name="a")
    second = resource("Gateway", {"selector": selector, "servers": [other]}, name="b")
    assert found(first, second) == ({code} if code else set())


def test_selectors_are_compared_with_workloads_that_are_given() -> None:
    rule = destination_rule("pay", spec={"subsets": [{"name": "v2", "labels": {"version": "v2"}}]})
    pay = service("pay", 80, selector={"app": "pay"})
    assert "subset-without-workload" not in found(pay, rule)
    assert "subset-without-workload" in found(pay, rule, pod("a", app="pay", version="v1"))
    assert "subset-without-workload" not in found(pay, rule, pod("a", app="pay", version="v2"))
    # One of another service is none of this one's.
    assert "subset-without-workload" in found(
        pay, rule, pod("a", app="web", version="v2"), pod("b", app="pay")
    )


def test_a_subset_against_the_selector_selects_nothing() -> None:
    rule = destination_rule("pay", spec={"subsets": [{"name": "v2", "labels": {"app": "web"}}]})
    pay = service("pay", 80, selector={"app": "pay"})
    pods = pod("a", app="pay"), pod("b", app="web")
    assert "subset-without-workload" in found(pay, rule, *pods)


def test_delegates() -> None:
    def codes(*others: Any, namespace: str = "") -> set[str]:
        delegate = {"name": "rules", "namespace": namespace}
        return found(PAY, virtual_service({"delegate": delegate}), *others)

    made = resource("VirtualService", {"http": [route()]}, name="rules")
    assert codes(made) == set()
    assert codes() == {"delegate-unknown"}
    assert codes(made, namespace="ops") == {"delegate-unknown"}
    assert "delegate-unknown" in codes(virtual_service(route(), name="rules", hosts=["b"]))


def test_a_long_list_is_cut_in_hints() -> None:
    names = [f"v{number:02}" for number in range(30)]
    rule = destination_rule("pay", *names)
    (issue,) = (one for one in findings(PAY, rule, virtual_service(to("pay", subset="no")))
                if one.code == "subset-unknown")  # fmt: skip
    assert issue.hint == f"it has {', '.join(names[:10])}, …"


def test_what_many_destinations_name_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    of_host = Registry._find_subsets

    def counted(registry: Registry, host: str, owner: str, client: str) -> frozenset[str] | None:
        asked.append(host)
        return of_host(registry, host, owner, client)

    monkeypatch.setattr(Registry, "_find_subsets", counted)
    many = [virtual_service(to("pay", subset="v1"), name=f"v{number}") for number in range(3)]
    assert "subset-unknown" not in {
        one.code for one in findings(PAY, destination_rule("pay", "v1"), *many)
    }
    assert asked == ["pay.shop.svc.cluster.local"]
