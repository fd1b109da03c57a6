"""How connections to a service are made: the parts of a DestinationRule's traffic policy."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from pymesh.resources._base import Duration, Ignored, NotYet
from pymesh.resources.istio._load_balancer import LoadBalancer
from pymesh.resources.istio._scalars import Int32, Timespan, UInt32
from pymesh.resources.istio._shared import IstioModel, PortSelector

__all__ = [
    "ClientTLS",
    "ConnectionPool",
    "HTTPKeepalive",
    "HTTPPool",
    "OutlierDetection",
    "PortTrafficPolicy",
    "ProxyProtocol",
    "RetryBudget",
    "TCPKeepalive",
    "TCPPool",
    "TrafficPolicy",
    "TunnelSettings",
]


class TCPKeepalive(IstioModel):
    """TCP keep-alive of connections to the service.

    Args:
        probes: How many unanswered probes end a connection; 0 is the system's default.
        time: How long a connection is idle before the first.
        interval: Between two.
    """

    probes: UInt32 = 0
    time: Timespan | None = None
    interval: Timespan | None = None


class TCPPool(IstioModel):
    """Limits of connections.

    Args:
        max_connections: How many at once; 0 is no limit.
        connect_timeout: How long connecting may take; 10 s if absent.
        tcp_keepalive: TCP keep-alive.
        max_connection_duration: How old one may get.
        idle_timeout: How long one may be idle; `0s` is for ever, 1 h if absent.
    """

    max_connections: Int32 = 0
    connect_timeout: Timespan | None = None
    tcp_keepalive: TCPKeepalive | None = None
    max_connection_duration: Timespan | None = None
    idle_timeout: Duration | None = None


class HTTPKeepalive(IstioModel):
    """HTTP/2 PING frames on connections to the service.

    Args:
        interval: Between two.
        timeout: How long an answer may take.
    """

    interval: Timespan | None = None
    timeout: Timespan | None = None


class HTTPPool(IstioModel):
    """Limits of requests; 0 is no limit.

    Args:
        http1_max_pending_requests: How many may wait for a connection.
        http2_max_requests: How many may be under way.
        max_requests_per_connection: How many one connection carries; 1 is no keep-alive.
        max_retries: How many retries may be under way.
        idle_timeout: How long a connection may be without a request; that of TCP if absent.
        h2_upgrade_policy: Whether HTTP/1.1 requests are sent as HTTP/2.
        use_client_protocol: Whether the client's version is used.
        max_concurrent_streams: How many requests an HTTP/2 connection carries at once.
        http2_keep_alive: PING frames.
    """

    http1_max_pending_requests: Int32 = 0
    http2_max_requests: Int32 = 0
    max_requests_per_connection: Int32 = 0
    max_retries: Int32 = 0
    idle_timeout: Timespan | None = None
    h2_upgrade_policy: Literal["DEFAULT", "DO_NOT_UPGRADE", "UPGRADE"] = "DEFAULT"
    use_client_protocol: bool = False
    max_concurrent_streams: Int32 = 0
    http2_keep_alive: HTTPKeepalive | None = None


class ConnectionPool(IstioModel):
    """Limits of connections and requests, by each client's proxy.

    Args:
        tcp: Of connections.
        http: Of requests.
    """

    tcp: TCPPool | None = None
    http: HTTPPool | None = None


class OutlierDetection(IstioModel):
    """When an endpoint that fails is left out for a while.

    Args:
        split_external_local_origin_errors: Count failures to connect apart.
        consecutive_local_origin_failures: How many of those in a row.
        consecutive_gateway_errors: How many 502, 503, 504 in a row.
        consecutive5xx_errors: How many 5xx in a row; 5 if absent.
        consecutive_errors: Deprecated.
        interval: How often it is looked at; 10 s if absent.
        base_ejection_time: How long the first time; 30 s if absent.
        max_ejection_percent: How many of the endpoints at most; 0 is 10.
        min_health_percent: Below which share of healthy ones all are used.
        outlier_detection_http_error_codes: Status codes that count as errors.
    """

    split_external_local_origin_errors: bool = False
    consecutive_local_origin_failures: UInt32 | None = None
    consecutive_gateway_errors: UInt32 | None = None
    consecutive5xx_errors: Annotated[UInt32 | None, Field(alias="consecutive5xxErrors")] = None
    consecutive_errors: Annotated[
        Int32, Ignored("removed from Istio: use consecutive5xxErrors")
    ] = 0
    interval: Timespan | None = None
    base_ejection_time: Timespan | None = None
    max_ejection_percent: Int32 = 0
    min_health_percent: Int32 = 0
    outlier_detection_http_error_codes: tuple[Annotated[int, Field(ge=100, le=599)], ...] = ()


class ClientTLS(IstioModel):
    """TLS of connections to the service.

    Args:
        mode: `ISTIO_MUTUAL` uses the workload's own certificate; the others the files.
        client_certificate: Path of the certificate chain.
        private_key: Path of its key.
        ca_certificates: Path of the authorities; those of the system if empty.
        credential_name: The secret with all of these.
        subject_alt_names: Names the server's certificate may have.
        sni: The name in the handshake.
        insecure_skip_verify: Take any server's certificate.
        ca_crl: Path of a list of revoked certificates.
    """

    mode: Literal["DISABLE", "SIMPLE", "MUTUAL", "ISTIO_MUTUAL"] = "DISABLE"
    client_certificate: str = ""
    private_key: str = ""
    ca_certificates: str = ""
    credential_name: str = ""
    subject_alt_names: tuple[str, ...] = ()
    sni: str = ""
    insecure_skip_verify: bool | None = None
    ca_crl: str = ""


class TunnelSettings(IstioModel):
    """Sends connections through a proxy.

    Args:
        protocol: `CONNECT` (also if empty) or `POST`.
        target_host: Where the proxy is to connect to.
        target_port: The port there.
    """

    protocol: str = ""
    target_host: str
    target_port: UInt32


class ProxyProtocol(IstioModel):
    """Tells the service the client's address before the first byte.

    Args:
        version: The version of the PROXY protocol.
    """

    version: Literal["V1", "V2"] = "V1"


class RetryBudget(IstioModel):
    """How many retries there may be, in relation to requests.

    Args:
        percent: Of the requests under way; 20 if absent.
        min_retry_concurrency: How many there may always be; 0 is 3.
        budget_interval: Over which time requests are counted.
    """

    percent: Annotated[float | None, Field(ge=0, le=100)] = None
    min_retry_concurrency: UInt32 = 0
    budget_interval: Duration | None = None


_POOL = NotYet("limiting connections and requests by these settings")
_OUTLIERS = NotYet("leaving out endpoints that fail")
_TLS = NotYet("TLS to the service by these settings")


class PortTrafficPolicy(IstioModel):
    """The policy of one port, which replaces the policy of all ports as a whole.

    Args:
        port: The service's port.
        load_balancer: Which endpoint gets a request.
        connection_pool: Limits.
        outlier_detection: When endpoints are left out.
        tls: TLS settings.
    """

    port: PortSelector | None = None
    load_balancer: LoadBalancer | None = None
    connection_pool: Annotated[ConnectionPool | None, _POOL] = None
    outlier_detection: Annotated[OutlierDetection | None, _OUTLIERS] = None
    tls: Annotated[ClientTLS | None, _TLS] = None


class TrafficPolicy(IstioModel):
    """How connections and requests to a service are made.

    Args:
        load_balancer: Which endpoint gets a request.
        connection_pool: Limits.
        outlier_detection: When endpoints are left out.
        tls: TLS settings.
        port_level_settings: Policies of single ports.
        tunnel: A proxy to go through.
        proxy_protocol: PROXY protocol to the service.
        retry_budget: How many retries there may be.
    """

    load_balancer: LoadBalancer | None = None
    connection_pool: Annotated[ConnectionPool | None, _POOL] = None
    outlier_detection: Annotated[OutlierDetection | None, _OUTLIERS] = None
    tls: Annotated[ClientTLS | None, _TLS] = None
    port_level_settings: Annotated[tuple[PortTrafficPolicy, ...], Field(max_length=4096)] = ()
    tunnel: Annotated[TunnelSettings | None, NotYet("tunnels through another proxy")] = None
    proxy_protocol: Annotated[ProxyProtocol | None, NotYet("PROXY protocol to the service")] = None
    retry_budget: Annotated[RetryBudget | None, NotYet("a budget for retries")] = None
