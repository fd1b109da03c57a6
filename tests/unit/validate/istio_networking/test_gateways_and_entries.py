"""What Istio's admission takes and refuses of a Gateway, a ServiceEntry and a WorkloadEntry."""

from __future__ import annotations

from typing import Any

import pytest
from networking import errors, found, resource


def gateway(*servers: Any) -> dict[str, Any]:
    return resource("Gateway", {"servers": list(servers)})


def server(protocol: str = "HTTP", **fields: Any) -> dict[str, Any]:
    port = {"number": 8080, "protocol": protocol, "name": "port"}
    return {"port": port, "hosts": ["*"], **fields}


SERVERS: dict[str, Any] = {
    "hosts of namespaces": server(hosts=["*/a.example", "./b.example", "shop/*.example", "shop/*"]),
    "an address": server(hosts=["10.0.0.1"], bind="10.0.0.1"),
    "a socket": server(bind="unix:///run/edge.sock")
    | {"port": {"number": 0, "protocol": "HTTP", "name": "port"}},
    "a redirect": server(tls={"httpsRedirect": True}),
    "gRPC": server("grpc-web"),
    "a credential": server("HTTPS", tls={"mode": "SIMPLE", "credentialName": "a"}),
    "two credentials": server("HTTPS", tls={"mode": "MUTUAL", "credentialNames": ["a", "b"]}),
    "files": server("HTTPS", tls={"mode": "SIMPLE", "serverCertificate": "/a", "privateKey": "/b"}),
    "files of two kinds": server(
        "TLS",
        tls={
            "mode": "SIMPLE",
            "tlsCertificates": [{"serverCertificate": "/a", "privateKey": "/b"}] * 2,
        },
    ),
    "passing through": server("TLS", tls={"mode": "PASSTHROUGH"}),
    "the workload's own": server("HTTPS", tls={"mode": "ISTIO_MUTUAL"}),
}
WRONG_SERVERS: dict[str, tuple[Any, str, str]] = {
    "no host": (server(hosts=["a/"]), "host-invalid", "hosts[0]"),
    "no namespace": (server(hosts=["/a.example"]), "namespace-invalid", "hosts[0]"),
    "nobody's host": (server(hosts=["~/a.example"]), "namespace-invalid", "hosts[0]"),
    "a part of a label": (server(hosts=["*a.example"]), "host-invalid", "hosts[0]"),
    "a bind that is none": (server(bind="edge"), "address-invalid", "bind"),
    "a relative socket": (server(bind="unix://run/a"), "address-invalid", "bind"),
    "a socket and a port": (server(bind="unix:///run/a"), "port-range", "port.number"),
    "a protocol in between": (server(""), "protocol-unknown", "port.protocol"),
    "TLS for TCP": (server("TCP", tls={}), "gateway-tls-unexpected", "tls"),
    "certificates for HTTP": (
        server(tls={"serverCertificate": "/a"}),
        "gateway-tls-unexpected",
        "tls",
    ),
    "no key": (
        server("HTTPS", tls={"mode": "SIMPLE", "serverCertificate": "/a"}),
        "gateway-tls-credentials",
        "tls",
    ),
    "no authorities": (
        server("HTTPS", tls={"mode": "MUTUAL", "serverCertificate": "/a", "privateKey": "/b"}),
        "gateway-tls-credentials",
        "tls",
    ),
    "no key in a list": (
        server("HTTPS", tls={"mode": "SIMPLE", "tlsCertificates": [{"serverCertificate": "/a"}]}),
        "gateway-tls-credentials",
        "tls.tlsCertificates[0]",
    ),
    "two sources": (
        server("HTTPS", tls={"mode": "SIMPLE", "credentialName": "a", "credentialNames": ["b"]}),
        "gateway-tls-credentials",
        "tls.credentialNames",
    ),
    "a list and files": (
        server(
            "HTTPS",
            tls={
                "mode": "SIMPLE",
                "serverCertificate": "/a",
                "privateKey": "/b",
                "credentialName": "c",
            },
        ),
        "gateway-tls-credentials",
        "tls.credentialName",
    ),
    "a certificate beside the workload's": (
        server("HTTPS", tls={"mode": "ISTIO_MUTUAL", "caCertificates": "/a"}),
        "gateway-tls-credentials",
        "tls.caCertificates",
    ),
    "a list of revoked ones without clients": (
        server(
            "HTTPS",
            tls={"mode": "SIMPLE", "serverCertificate": "/a", "privateKey": "/b", "caCrl": "/c"},
        ),
        "gateway-tls-credentials",
        "tls.caCrl",
    ),
}


@pytest.mark.parametrize("one", SERVERS.values(), ids=list(SERVERS))
def test_servers_that_are_taken(one: Any) -> None:
    assert errors(gateway(one)) == set()


@pytest.mark.parametrize(("one", "code", "path"), WRONG_SERVERS.values(), ids=list(WRONG_SERVERS))
def test_servers_that_are_refused(one: Any, code: str, path: str) -> None:
    assert (code, f"spec.servers[0].{path}") in errors(gateway(one))


def test_cipher_suites_that_do_nothing_are_said() -> None:
    tls = {"mode": "SIMPLE", "credentialName": "a", "cipherSuites": ["AES128-SHA"] * 2 + ["X"]}
    assert "gateway-tls-without-effect" in found(gateway(server("HTTPS", tls=tls)))


def test_a_gateway_without_servers() -> None:
    assert errors(resource("Gateway", {})) == {("gateway-incomplete", "spec.servers")}


def entry(**spec: Any) -> dict[str, Any]:
    ports = [{"number": 80, "name": "http", "protocol": "HTTP"}]
    return resource("ServiceEntry", {"hosts": ["api.example"], "ports": ports, **spec})


ENTRIES: dict[str, Any] = {
    "nothing but a host": {"ports": []},
    "a wildcard that goes where it wants": {"hosts": ["*.example"]},
    "a wildcard that is looked up on demand": {"hosts": ["*.example"], "resolution": "DYNAMIC_DNS"},
    "names as endpoints": {"resolution": "DNS", "endpoints": [{"address": "a.example"}]},
    "one name": {"resolution": "DNS_ROUND_ROBIN", "endpoints": [{"address": "a.example"}]},
    "a wildcard with endpoints": {
        "hosts": ["*.example"],
        "resolution": "DNS",
        "endpoints": [{"address": "a.example"}],
    },
    "a socket": {"resolution": "STATIC", "endpoints": [{"address": "unix:///run/a"}]},
    "an abstract socket": {"resolution": "STATIC", "endpoints": [{"address": "unix://@a"}]},
    "a selector": {"resolution": "STATIC", "workloadSelector": {"labels": {"app": "vm"}}},
    "for nobody": {"exportTo": ["~"]},
    "hosts told apart by name": {"hosts": ["a.example", "b.example"], "resolution": "DNS"},
    "a protocol that is found out": {"ports": [{"number": 80, "name": "a"}]},
    "another network": {"resolution": "STATIC", "endpoints": [{"network": "n1"}]},
}
WRONG_ENTRIES: dict[str, tuple[Any, str, str]] = {
    "endpoints and a selector": (
        {"resolution": "STATIC", "endpoints": [], "workloadSelector": {}},
        "exclusive-fields",
        "spec.workloadSelector",
    ),
    "endpoints of nothing": ({"endpoints": []}, "endpoints-without-effect", "spec.endpoints"),
    "two names in turn": (
        {"resolution": "DNS_ROUND_ROBIN", "endpoints": [{"address": "a"}, {"address": "b"}]},
        "endpoints-without-effect",
        "spec.endpoints",
    ),
    "a name that is static": (
        {"resolution": "STATIC", "endpoints": [{"address": "a.example"}]},
        "address-invalid",
        "spec.endpoints[0].address",
    ),
    "a socket that is looked up": (
        {"resolution": "DNS", "endpoints": [{"address": "unix:///run/a"}]},
        "address-invalid",
        "spec.endpoints[0].address",
    ),
    "a name that is none": (
        {"resolution": "DNS", "endpoints": [{"address": "a_b"}]},
        "address-invalid",
        "spec.endpoints[0].address",
    ),
    "no address": (
        {"resolution": "STATIC", "endpoints": [{"labels": {"a": "b"}}]},
        "workload-address-missing",
        "spec.endpoints[0]",
    ),
    "a target port of zero": (
        {"ports": [{"number": 80, "name": "a", "targetPort": 0}]},
        "port-range",
        "spec.ports[0].targetPort",
    ),
    "a port of an endpoint": (
        {"resolution": "STATIC", "endpoints": [{"address": "1.1.1.1", "ports": {"http": 0}}]},
        "port-range",
        "spec.endpoints[0].ports.http",
    ),
    "ports of one name": (
        {"ports": [{"number": 80, "name": "a"}, {"number": 81, "name": "a"}]},
        "service-entry-port-repeated",
        "spec.ports[1].name",
    ),
    "an address that is none": ({"addresses": ["api"]}, "address-invalid", "spec.addresses[0]"),
    "for nobody and somebody": (
        {"exportTo": ["~", "web"]},
        "export-to-conflict",
        "spec.exportTo[0]",
    ),
    "a label that nothing has": (
        {"resolution": "STATIC", "workloadSelector": {"labels": {"a b": "c"}}},
        "label-invalid",
        'spec.workloadSelector.labels["a b"]',
    ),
}


@pytest.mark.parametrize("spec", ENTRIES.values(), ids=list(ENTRIES))
def test_entries_that_are_taken(spec: Any) -> None:
    assert errors(entry(**spec)) == set()


@pytest.mark.parametrize(("spec", "code", "path"), WRONG_ENTRIES.values(), ids=list(WRONG_ENTRIES))
def test_entries_that_are_refused(spec: Any, code: str, path: str) -> None:
    assert (code, path) in errors(entry(**spec))


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"address": "10.0.0.1"}, set()),
        ({"address": "vm.example", "ports": {"http": 8080}}, set()),
        ({"network": "n1"}, {"workload-address-missing"}),
        ({"address": "unix:///run/a"}, {"unix-endpoint-unused"}),
        ({"labels": {"app": "vm"}}, {"workload-address-missing"}),
        ({"address": "a b"}, {"address-invalid"}),
        ({"address": "10.0.0.1", "labels": {"app": "a b"}}, {"label-invalid"}),
    ],
)
def test_workload_entries(spec: Any, expected: set[str]) -> None:
    assert found(resource("WorkloadEntry", spec)) == expected


def test_a_workload_of_another_network_needs_no_address() -> None:
    assert errors(resource("WorkloadEntry", {"network": "n1"})) == set()
    assert errors(resource("WorkloadEntry", {"labels": {}})) == {
        ("workload-address-missing", "spec")
    }
