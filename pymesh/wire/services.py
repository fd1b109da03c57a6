"""Services, their clusters, and the endpoints behind them."""

from typing import Annotated, Literal

from msgspec import Meta, field

from pymesh.wire._base import Balance, Document, Milliseconds, Port, Protocol, Weight

__all__ = [
    "SLICE_ENDPOINTS",
    "Cluster",
    "Endpoint",
    "Endpoints",
    "Name",
    "Names",
    "OutlierDetection",
    "Service",
    "Tls",
    "TlsMode",
    "TrafficPolicy",
]

SLICE_ENDPOINTS = 100
"""How many endpoints or names one slice holds at most."""

TlsMode = Literal["disable", "simple", "mutual", "istio_mutual"]
Count = Annotated[int, Meta(ge=0, le=2**32 - 1)]


class OutlierDetection(Document, frozen=True):
    """When an endpoint is left out for a while (Istio ``outlierDetection``).

    Args:
        consecutive_5xx_errors: Answers of 500 and above in a row; 0 switches it off.
        consecutive_gateway_errors: Answers 502, 503 and 504 in a row; 0 switches it off.
        consecutive_local_origin_failures: Failures to connect in a row.
        split_external_local_origin_errors: Whether those are counted apart.
        interval_ms: Milliseconds between two looks.
        base_ejection_time_ms: Milliseconds of a first ejection.
        max_ejection_percent: Share of endpoints that may be out at once, in percent.
        min_health_percent: Below this share of healthy endpoints nobody is left out.
    """

    consecutive_5xx_errors: Count | None = None
    consecutive_gateway_errors: Count | None = None
    consecutive_local_origin_failures: Count | None = None
    split_external_local_origin_errors: bool = False
    interval_ms: Milliseconds | None = None
    base_ejection_time_ms: Milliseconds | None = None
    max_ejection_percent: Count | None = None
    min_health_percent: Count | None = None


class Tls(Document, frozen=True):
    """How a client speaks TLS to a service (Istio ``ClientTLSSettings``).

    Args:
        mode: ``istio_mutual`` uses the workload's own certificate.
        sni: The name sent to the server; empty means the request's host.
        subject_alt_names: Names of which the server's certificate must hold one.
        client_certificate: File of the certificate shown, for ``mutual``.
        private_key: File of its key.
        ca_certificates: File of the roots; empty means those of the system.
        credential_name: The secret with all of these, instead of files.
        insecure_skip_verify: Whether the server's certificate goes unchecked.
    """

    mode: TlsMode = "disable"
    sni: str = ""
    subject_alt_names: tuple[str, ...] = ()
    client_certificate: str = ""
    private_key: str = ""
    ca_certificates: str = ""
    credential_name: str = ""
    insecure_skip_verify: bool = False


class TrafficPolicy(Document, frozen=True):
    """Limits of a client towards a cluster (Istio ``trafficPolicy``); absent means no limit said.

    Args:
        connect_timeout_ms: Milliseconds for a connection to open.
        max_connections: Open connections.
        max_pending_requests: Requests that wait for a connection.
        max_requests: Requests under way.
        max_requests_per_connection: After so many a connection is not used again.
        max_retries: Retries under way.
        idle_timeout_ms: Milliseconds after which an unused connection closes.
        outlier_detection: When an endpoint is left out.
        tls: TLS of the client.
    """

    connect_timeout_ms: Milliseconds | None = None
    max_connections: Count | None = None
    max_pending_requests: Count | None = None
    max_requests: Count | None = None
    max_requests_per_connection: Count | None = None
    max_retries: Count | None = None
    idle_timeout_ms: Milliseconds | None = None
    outlier_detection: OutlierDetection | None = None
    tls: Tls | None = None


class Cluster(Document, frozen=True):
    """One port of a service, or one subset of the endpoints of that port.

    Args:
        port: The service's port; 0 means any.
        protocol: What is spoken there; ``auto`` means it is found out.
        subset: The subset's name; empty means every endpoint.
        labels: What an endpoint's labels must hold to be in the subset.
        balance: How an endpoint is picked; absent means the service's way.
        policy: Limits of a client.
        target_port: The workload's own port, of which ports in policies speak; 0 means ``port``.
    """

    port: Port = 0
    protocol: Protocol = "auto"
    subset: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    balance: Balance | None = None
    policy: TrafficPolicy | None = None
    target_port: Port = 0


class Service(Document, frozen=True):
    """A service and how its endpoints share the load.

    Args:
        namespace: The namespace that owns it.
        name: Its name in that namespace; of a ServiceEntry the host.
        host: The host by which clients know it.
        balance: How an endpoint is picked.
        audience: The namespace whose workloads see it like this, or ``*`` for all.
        kind: The kind of resource it comes from.
        selector: Labels that its workloads have at least.
        known_endpoints: False if nothing says what its endpoints are.
        passthrough: Whether a request goes to where its own authority says.
        clusters: Its ports and subsets; none means one cluster of every endpoint.
    """

    namespace: str
    name: str
    host: str
    balance: Balance = "round_robin"
    audience: str = "*"
    kind: Literal["Service", "ServiceEntry"] = "Service"
    selector: dict[str, str] = field(default_factory=dict)
    known_endpoints: bool = True
    passthrough: bool = False
    clusters: tuple[Cluster, ...] = ()

    @property
    def key(self) -> str:
        """``namespace/name``, by which other documents refer to it."""
        return f"{self.namespace}/{self.name}"


class Endpoint(Document, frozen=True):
    """One place that serves a service.

    Args:
        address: Address and port, such as ``10.0.0.7:8080`` or ``[::1]:80``; never a name.
        weight: Its share relative to the others; 0 keeps it listed, unused.
        port: The service's port that it serves; 0 means any.
        labels: Labels of the workload, by which subsets choose.
        service_account: Account that the workload runs as; empty if unknown.
    """

    address: str
    weight: Weight = 1
    port: Port = 0
    labels: dict[str, str] = field(default_factory=dict)
    service_account: str = ""


class Endpoints(Document, kw_only=True, frozen=True):
    """One slice of a service's endpoints.

    Args:
        service: The service's key.
        slice: The slice's name, unique within the service; empty for the only one.
        endpoints: At most 100.
    """

    service: str
    slice: str = ""
    endpoints: Annotated[tuple[Endpoint, ...], Meta(max_length=SLICE_ENDPOINTS)]


class Name(Document, frozen=True):
    """Endpoints known by a DNS name.

    Args:
        host: The name to look up.
        port: The port of the addresses that it gives.
        weight: The share of all of them together, relative to the service's other endpoints.
        service_port: The service's port that they serve; 0 means any.
        labels: Labels of the workload, by which subsets choose.
    """

    host: str
    port: Port
    weight: Weight = 1
    service_port: Port = 0
    labels: dict[str, str] = field(default_factory=dict)


class Names(Document, kw_only=True, frozen=True):
    """One slice of a service's endpoints that are known by DNS name.

    Args:
        service: The service's key.
        slice: The slice's name, unique within the service; empty for the only one.
        names: At most 100.
    """

    service: str
    slice: str = ""
    names: Annotated[tuple[Name, ...], Meta(max_length=SLICE_ENDPOINTS)]
