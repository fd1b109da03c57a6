"""``MeshConfig``: what holds for the whole mesh (``istio.mesh.v1alpha1``, ``config.proto``).

It is read from the ConfigMap ``istio``, key ``mesh``, as Istio does, or from a document of kind
``MeshConfig`` with the same fields in its ``spec``.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from pymesh.resources._base import Ignored, Model, NotYet, Resource, register

__all__ = [
    "ExtensionProvider",
    "MeshConfig",
    "MeshConfigResource",
    "OutboundTrafficPolicy",
    "ProxyPathNormalization",
]

Namespaces = tuple[Annotated[str, Field(min_length=1, max_length=63)], ...]
Object = dict[str, Any]
Objects = tuple[Object, ...]
_SIDECAR = Ignored("it configures Istio's own proxy")
_CONTROL = Ignored("it configures Istio's own control plane")
_TELEMETRY = NotYet("telemetry as MeshConfig has it")


class OutboundTrafficPolicy(Model):
    """What becomes of requests to hosts that nobody knows.

    Args:
        mode: ``ALLOW_ANY`` sends them where they want to go, ``REGISTRY_ONLY`` answers 502.
    """

    mode: Annotated[
        Literal["ALLOW_ANY", "REGISTRY_ONLY", "ALLOW_ANY_DYNAMIC_DNS"],
        NotYet("resolving unknown hosts", ("ALLOW_ANY_DYNAMIC_DNS",)),
    ] = "ALLOW_ANY"


class ProxyPathNormalization(Model):
    """How a path is made canonical before anything looks at it.

    Args:
        normalization: ``DEFAULT`` is ``BASE``.
    """

    normalization: Literal[
        "DEFAULT", "NONE", "BASE", "MERGE_SLASHES", "DECODE_AND_MERGE_SLASHES"
    ] = "DEFAULT"


class ExtensionProvider(Model):
    """A provider by name, to which AuthorizationPolicy and Telemetry refer.

    Args:
        name: The name. A Plugin whose ``spec.provider`` is this name answers for it.
        envoy_ext_authz_http: An external authorizer by HTTP.
        envoy_ext_authz_grpc: An external authorizer by gRPC.
    """

    name: Annotated[str, Field(min_length=1)]
    envoy_ext_authz_http: Annotated[Object | None, NotYet("asking an external authorizer")] = None
    envoy_ext_authz_grpc: Annotated[Object | None, NotYet("asking an external authorizer")] = None
    zipkin: Annotated[Object | None, _TELEMETRY] = None
    lightstep: Annotated[Object | None, _TELEMETRY] = None
    datadog: Annotated[Object | None, _TELEMETRY] = None
    stackdriver: Annotated[Object | None, _TELEMETRY] = None
    opencensus: Annotated[Object | None, _TELEMETRY] = None
    skywalking: Annotated[Object | None, _TELEMETRY] = None
    opentelemetry: Annotated[Object | None, _TELEMETRY] = None
    prometheus: Annotated[Object | None, _TELEMETRY] = None
    envoy_file_access_log: Annotated[Object | None, _TELEMETRY] = None
    envoy_http_als: Annotated[Object | None, _TELEMETRY] = None
    envoy_tcp_als: Annotated[Object | None, _TELEMETRY] = None
    envoy_otel_als: Annotated[Object | None, _TELEMETRY] = None
    sds: Annotated[Object | None, NotYet("certificates from another process")] = None


class MeshConfig(Model):
    """The fields of MeshConfig; those without a mark are acted on.

    Args:
        root_namespace: Where resources for the whole mesh are.
        trust_domain: The first part of every identity.
        trust_domain_aliases: Names that the trust domain has had: policies that name one of
            them or the trust domain mean them all.
        outbound_traffic_policy: What becomes of unknown hosts.
        path_normalization: How paths are made canonical.
        extension_providers: Providers by name.
        default_service_export_to: ``exportTo`` of services and ServiceEntries without one.
        default_virtual_service_export_to: ``exportTo`` of VirtualServices without one.
        default_destination_rule_export_to: ``exportTo`` of DestinationRules without one.
    """

    root_namespace: Annotated[str, Field(max_length=63)] = "istio-system"
    trust_domain: Annotated[str, Field(max_length=255)] = "cluster.local"
    trust_domain_aliases: tuple[Annotated[str, Field(min_length=1, max_length=255)], ...] = ()
    outbound_traffic_policy: OutboundTrafficPolicy = OutboundTrafficPolicy()
    path_normalization: ProxyPathNormalization = ProxyPathNormalization()
    extension_providers: tuple[ExtensionProvider, ...] = ()
    default_service_export_to: Namespaces = ("*",)
    default_virtual_service_export_to: Namespaces = ("*",)
    default_destination_rule_export_to: Namespaces = ("*",)

    # Traffic
    inbound_traffic_policy: Annotated[Object | None, NotYet("a choice of inbound traffic")] = None
    connect_timeout: Annotated[str | None, NotYet("a mesh-wide connect timeout")] = None
    dns_refresh_rate: Annotated[str | None, NotYet("a mesh-wide DNS refresh rate")] = None
    protocol_detection_timeout: Annotated[str | None, NotYet("this timeout")] = None
    tcp_keepalive: Annotated[Object | None, NotYet("mesh-wide TCP keep-alive")] = None
    h2_upgrade_policy: Annotated[
        Literal["DO_NOT_UPGRADE", "UPGRADE"], NotYet("an upgrade to HTTP/2", ("UPGRADE",))
    ] = Field(default="DO_NOT_UPGRADE", alias="h2UpgradePolicy")
    default_http_retry_policy: Annotated[Object | None, NotYet("a mesh-wide retry policy")] = None
    default_inbound_http_retry_policy: Annotated[
        Object | None, NotYet("a mesh-wide retry policy")
    ] = None
    default_traffic_policy: Annotated[Object | None, NotYet("a mesh-wide traffic policy")] = None
    locality_lb_setting: Annotated[Object | None, NotYet("balancing by locality")] = None
    zone_aware_lb_setting: Annotated[Object | None, NotYet("balancing by zone")] = None
    service_settings: Annotated[Objects, NotYet("cluster-local services")] = ()
    discovery_selectors: Annotated[Objects, NotYet("a selection of namespaces")] = ()
    service_scope_configs: Annotated[Objects, NotYet("ambient service scopes")] = ()
    service_entry_visibility: Annotated[Object | None, NotYet("this visibility")] = None
    verify_certificate_at_client: Annotated[bool | None, NotYet("this default")] = None

    # Identity
    enable_auto_mtls: Annotated[bool, NotYet("switching mutual TLS off", (False,))] = True
    mesh_mtls: Annotated[Object | None, NotYet("mesh-wide TLS settings")] = Field(
        default=None, alias="meshMTLS"
    )
    tls_defaults: Annotated[Object | None, NotYet("mesh-wide TLS settings")] = None
    ca_certificates: Annotated[Objects, NotYet("further trust anchors")] = ()
    certificates: Annotated[Objects, Ignored("deprecated in Istio, too")] = ()
    ca: Annotated[Object | None, _CONTROL] = None

    # Observability
    access_log_file: Annotated[str | None, _TELEMETRY] = None
    access_log_format: Annotated[str | None, _TELEMETRY] = None
    access_log_encoding: Annotated[Literal["TEXT", "JSON"] | None, _TELEMETRY] = None
    enable_tracing: Annotated[bool | None, _TELEMETRY] = None
    enable_prometheus_merge: Annotated[bool | None, _TELEMETRY] = None
    enable_envoy_access_log_service: Annotated[bool | None, _TELEMETRY] = None
    disable_envoy_listener_log: Annotated[bool | None, _TELEMETRY] = None
    default_providers: Annotated[Object | None, _TELEMETRY] = None

    # Istio's own machinery
    config_sources: Annotated[Objects, _CONTROL] = ()
    inbound_cluster_stat_name: Annotated[str | None, _SIDECAR] = None
    outbound_cluster_stat_name: Annotated[str | None, _SIDECAR] = None
    default_config: Annotated[Object | None, _SIDECAR] = None
    proxy_listen_port: Annotated[int | None, _SIDECAR] = None
    proxy_inbound_listen_port: Annotated[int | None, _SIDECAR] = None
    proxy_http_port: Annotated[int | None, _SIDECAR] = None
    ingress_class: Annotated[str | None, _CONTROL] = None
    ingress_service: Annotated[str | None, _CONTROL] = None
    ingress_selector: Annotated[str | None, _CONTROL] = None
    ingress_controller_mode: Annotated[
        Literal["UNSPECIFIED", "OFF", "DEFAULT", "STRICT"] | None, _CONTROL
    ] = None


@register
class MeshConfigResource(Resource):
    """MeshConfig as a document of its own."""

    KIND: ClassVar[str] = "MeshConfig"
    GROUP: ClassVar[str] = "mesh.istio.io"
    VERSIONS: ClassVar[tuple[str, ...]] = ("v1alpha1",)

    spec: MeshConfig = MeshConfig()
