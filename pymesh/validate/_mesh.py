"""MeshConfig and our own kinds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pymesh.resources.istio.mesh_config import MeshConfigResource
from pymesh.resources.pymesh import Plugin
from pymesh.validate._rules import Code, Issue, mesh_rule, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymesh.resources import Mesh

__all__ = [
    "check_mesh_config",
    "check_one_mesh_config",
    "check_plugin_providers",
    "check_proxy_config",
]

_DOMAIN: Final = re.compile(r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,253}[A-Za-z0-9])?")
_NAMESPACE: Final = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?")
_EXPORTS: Final = {
    "defaultServiceExportTo": "default_service_export_to",
    "defaultVirtualServiceExportTo": "default_virtual_service_export_to",
    "defaultDestinationRuleExportTo": "default_destination_rule_export_to",
}

_CONFIG: Final = [
    Code(
        "mesh-config-export",
        "error",
        "A default of `exportTo` is none of `*` (every namespace), `.` (its own) and `~` (none), "
        "or says more beside `*` or `~`.",
        "Write one of them, or a list with a single one.",
    ),
    Code(
        "mesh-config-provider",
        "error",
        "Two extension providers have the same name, so that a policy that names it is not clear.",
        "Give each a name of its own.",
    ),
    Code(
        "mesh-config-trust-domain",
        "error",
        "A trust domain is part of every identity (`spiffe://DOMAIN/ns/…`), and this cannot be "
        "one.",
        "Use letters, digits, dashes and dots, without a scheme and without slashes.",
    ),
    Code(
        "mesh-config-root-namespace",
        "error",
        "The root namespace is not the name of a namespace; no mesh-wide policy could be found.",
        "Use lower-case letters, digits and dashes.",
    ),
]


@rule(MeshConfigResource, codes=_CONFIG)
def check_mesh_config(resource: MeshConfigResource) -> Iterator[Issue]:
    """What is wrong with the fields of MeshConfig that are acted on."""
    config = resource.spec
    if not _NAMESPACE.fullmatch(config.root_namespace):
        message = "this cannot be a namespace"
        yield Issue("mesh-config-root-namespace", message, ("spec", "rootNamespace"))
    if not _DOMAIN.fullmatch(config.trust_domain):
        message = "this cannot be a trust domain"
        yield Issue("mesh-config-trust-domain", message, ("spec", "trustDomain"))
    for index, alias in enumerate(config.trust_domain_aliases):
        if not _DOMAIN.fullmatch(alias):
            path = ("spec", "trustDomainAliases", index)
            yield Issue("mesh-config-trust-domain", "this cannot be a trust domain", path)
    seen: set[str] = set()
    for index, provider in enumerate(config.extension_providers):
        if provider.name in seen:
            message = f"two providers have the name {provider.name}"
            where = ("spec", "extensionProviders", index, "name")
            yield Issue("mesh-config-provider", message, where)
        seen.add(provider.name)
    for name, attribute in _EXPORTS.items():
        values = getattr(config, attribute)
        alone = len(values) == 1
        for index, value in enumerate(values):
            if value not in {"*", ".", "~"} or (value in {"*", "~"} and not alone):
                message = "a default of exportTo is one of *, . and ~"
                yield Issue("mesh-config-export", message, ("spec", name, index))


@rule(MeshConfigResource, codes=[])
def check_proxy_config(resource: MeshConfigResource) -> Iterator[Issue]:
    """The one field of Istio's own proxy that has a counterpart here, and says whom to trust."""
    topology = (resource.spec.default_config or {}).get("gatewayTopology")
    if isinstance(topology, dict) and topology.get("numTrustedProxies"):
        message = "numTrustedProxies: reading it from here is not there yet"
        path = ("spec", "defaultConfig", "gatewayTopology", "numTrustedProxies")
        yield Issue("not-acted-on", message, path, "give the proxy --trusted-hops")


@mesh_rule(
    codes=[
        Code(
            "mesh-config-twice",
            "error",
            "There is more than one MeshConfig, and only one can hold. The one in `istio-system` "
            "is taken before others.",
            "Keep one.",
        )
    ]
)
def check_one_mesh_config(mesh: Mesh) -> Iterator[Issue]:
    """More than one MeshConfig."""
    for resource in mesh.of(MeshConfigResource):
        if resource.spec is not mesh.config:
            yield Issue("mesh-config-twice", "another MeshConfig holds", resource=resource)


@mesh_rule(
    codes=[
        Code(
            "plugin-provider-unknown",
            "warning",
            "A plugin answers for an extension provider that MeshConfig does not have, so that no "
            "policy can name it and the plugin is never called.",
            "Add the provider's name to `extensionProviders`, or correct the plugin's `provider`.",
        )
    ]
)
def check_plugin_providers(mesh: Mesh) -> Iterator[Issue]:
    """Plugins for providers that are not there."""
    known = {provider.name for provider in mesh.config.extension_providers}
    for plugin in mesh.of(Plugin):
        provider = plugin.spec.provider
        if provider and provider not in known:
            message = f"MeshConfig has no extension provider {provider}"
            path = ("spec", "provider")
            yield Issue("plugin-provider-unknown", message, path, resource=plugin)
