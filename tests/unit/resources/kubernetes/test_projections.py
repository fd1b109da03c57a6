"""Kubernetes core kinds as an API server prints them."""

from __future__ import annotations

import pytest

from pymesh.resources import Mesh, Resource, parse
from pymesh.resources.kubernetes import EndpointSlice, Pod, Service

# As `kubectl get -o yaml` prints: with much that is not read, and with nulls.
SERVICE = """
apiVersion: v1
kind: Service
metadata:
  annotations: {kubectl.kubernetes.io/last-applied-configuration: "{}"}
  creationTimestamp: "2024-05-01T10:00:00Z"
  labels: {app: web}
  managedFields: [{apiVersion: v1, fieldsV1: {"f:spec": {}}}]
  name: web
  namespace: shop
  resourceVersion: "1"
  uid: 6f1b
spec:
  clusterIP: 10.96.0.7
  clusterIPs: [10.96.0.7]
  internalTrafficPolicy: Cluster
  ipFamilies: [IPv4]
  ports:
  - {name: http-web, port: 80, protocol: TCP, targetPort: web, nodePort: 30000}
  - {name: rpc, appProtocol: grpc, port: 9000, targetPort: 9001}
  selector: {app: web}
  sessionAffinity: None
  sessionAffinityConfig: null
  type: ClusterIP
status: {loadBalancer: {}}
"""
SLICE = """
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  creationTimestamp: null
  labels: {kubernetes.io/service-name: web}
  name: web-x1
  namespace: shop
addressType: IPv4
endpoints:
- addresses: [10.0.0.1]
  conditions: {ready: true, serving: true, terminating: false}
  nodeName: node
  targetRef: {kind: Pod, name: web-1, namespace: shop, uid: a}
- addresses: [10.0.0.2]
  conditions: {ready: false}
- addresses: [10.0.0.3]
  conditions: {}
  hints: {forZones: [{name: z}]}
ports:
- {name: http-web, port: 8080, protocol: TCP}
"""
POD = """
apiVersion: v1
kind: Pod
metadata: {name: web-1, namespace: shop, labels: {app: web, version: v1}}
spec:
  serviceAccountName: web
  containers:
  - name: web
    image: example/web
    ports: [{containerPort: 8080, name: web}]
    resources: {limits: {cpu: 1}}
status: {phase: Running, podIP: 10.0.0.1, podIPs: [{ip: 10.0.0.1}], hostIP: 10.1.0.1}
"""


def one(text: str) -> Resource:
    parsed = parse(text, "a.yaml")
    assert parsed.findings == []
    return parsed.resources[0]


def test_service() -> None:
    service = one(SERVICE)
    assert isinstance(service, Service)
    assert not service.headless
    assert service.spec.cluster_ips == ("10.96.0.7",)
    web, rpc = service.spec.ports
    assert (web.name, web.port, web.target_port, web.app_protocol) == ("http-web", 80, "web", None)
    assert service.port("rpc") is service.port(9000) is rpc
    assert rpc.app_protocol == "grpc"
    assert service.port(1) is None
    assert service.metadata.creation_timestamp is not None


def test_headless_and_external_services() -> None:
    headless = one("apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {clusterIP: None}\n")
    assert isinstance(headless, Service)
    assert headless.headless
    external = one(
        "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n"
        "spec: {type: ExternalName, externalName: db.example.org}\n"
    )
    assert isinstance(external, Service)
    assert external.spec.external_name == "db.example.org"


def test_endpoint_slice() -> None:
    resource = one(SLICE)
    assert isinstance(resource, EndpointSlice)
    assert resource.service == "web"
    assert [endpoint.ready for endpoint in resource.endpoints] == [True, False, True]
    assert resource.endpoints[0].target_ref is not None
    assert resource.endpoints[0].target_ref.name == "web-1"
    assert (resource.ports[0].name, resource.ports[0].port) == ("http-web", 8080)


def test_pod() -> None:
    pod = one(POD)
    assert isinstance(pod, Pod)
    assert pod.spec.service_account_name == "web"
    assert pod.status.pod_ip == "10.0.0.1"
    assert (pod.port("web"), pod.port("other"), pod.port(9)) == (8080, 0, 9)


@pytest.mark.parametrize("kind", ["Namespace", "ServiceAccount"])
def test_names(kind: str) -> None:
    text = f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: shop, labels: {{a: b}}}}\nextra: 1\n"
    resource = one(text)
    assert resource.namespace == ("" if kind == "Namespace" else "default")


def test_a_wrong_type_in_what_is_read_is_found() -> None:
    parsed = parse(SERVICE.replace("targetPort: 9001", "targetPort: true"), "a.yaml")
    (finding,) = parsed.findings
    assert finding.path == "spec.ports[1].targetPort"
    assert finding.message == "must be an integer or a string, not a boolean"


def test_mesh_finds_them() -> None:
    mesh = Mesh(parse(f"{SERVICE}---{SLICE}---{POD}", "a.yaml").resources)
    assert len(mesh) == 3
    assert mesh.services_by_host["web.shop.svc.cluster.local"] == mesh.of(Service)
    assert mesh.get(Service, "shop", "web") is mesh.of(Service)[0]
    assert mesh.get(Service, "other", "web") is None
    assert mesh.pods("shop", {"app": "web"}) == mesh.of(Pod)
    assert mesh.pods("shop", {"app": "web", "version": "v2"}) == ()
    assert mesh.pods("other", {}) == ()
    assert mesh.namespaces == {"shop": {"kubernetes.io/metadata.name": "shop"}}
    assert mesh.of_namespace(EndpointSlice, "shop") == mesh.of(EndpointSlice)
    assert mesh.of_namespace(EndpointSlice, "other") == ()


def test_mesh_orders_by_age_then_by_name_and_namespace() -> None:
    head = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: %s, namespace: %s%s}\n"
    young = ', creationTimestamp: "2024-01-02T00:00:00Z"'
    old = ', creationTimestamp: "2024-01-01T00:00:00Z"'
    texts = [head % ("a", "z", young), head % ("b", "a", ""), head % ("a", "b", ""),
             head % ("c", "a", old)]  # fmt: skip
    resources = parse("---\n".join(texts), "a.yaml").resources
    mesh = Mesh(resources)
    assert [(one.name, one.namespace) for one in mesh.of(type(resources[0]))] == [
        ("a", "b"), ("b", "a"), ("c", "a"), ("a", "z"),
    ]  # fmt: skip
