"""Istio's resources, and the Kubernetes services that they are about.

| module | makes |
|---|---|
| ``services``, ``names`` | the registry: what services there are, their hosts, who sees them |
| ``workloads``, ``endpoints`` | ``Endpoints`` and ``Names`` |
| ``destination_rules``, ``service_documents`` | ``Service`` with ports, subsets and policies |
| ``virtual_services``, ``destinations``, ``http_rules`` | rules of VirtualServices |
| ``mesh_routes``, ``gateways`` | ``Routes`` of the mesh and of gateways, ``Listener`` |
| ``security`` | ``Policy``, ``PeerAuthentication``, ``Mesh`` |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.resources.istio.authorization_policy import AuthorizationPolicy
from pymesh.resources.istio.gateway import Gateway
from pymesh.translate._output import Root
from pymesh.translate._view import by_name
from pymesh.translate.istio.endpoints import endpoint_documents
from pymesh.translate.istio.gateways import gateway_documents
from pymesh.translate.istio.mesh_routes import mesh_hosts, mesh_routes
from pymesh.translate.istio.security import (
    mesh_document,
    peer_authentications,
    policy_documents,
)
from pymesh.translate.istio.service_documents import service_documents
from pymesh.translate.istio.services import service_keys

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from pymesh.translate._view import View

__all__ = ["ROOTS"]


def _once(view: View) -> Iterable[Hashable]:
    del view
    return (None,)


ROOTS = (
    Root("istio-services", service_keys, service_documents),
    Root("istio-endpoints", service_keys, endpoint_documents),
    Root("istio-mesh-routes", mesh_hosts, mesh_routes),
    Root("istio-gateways", lambda view: view.keys(by_name(Gateway)), gateway_documents),
    Root("istio-policies", lambda view: view.keys(by_name(AuthorizationPolicy)), policy_documents),
    Root("istio-peer-authentications", _once, peer_authentications),
    Root("istio-mesh", _once, mesh_document),
)
