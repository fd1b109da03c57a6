"""The kinds of Kubernetes' Gateway API (standard channel)."""

from pymesh.resources.gateway.gateway import Gateway, Listener
from pymesh.resources.gateway.gateway_class import CONTROLLER_NAME, DEFAULT_CLASS, GatewayClass
from pymesh.resources.gateway.grpc_route import GRPCRoute
from pymesh.resources.gateway.http_route import HTTPRoute
from pymesh.resources.gateway.reference_grant import ReferenceGrant

__all__ = [
    "CONTROLLER_NAME",
    "DEFAULT_CLASS",
    "GRPCRoute",
    "Gateway",
    "GatewayClass",
    "HTTPRoute",
    "Listener",
    "ReferenceGrant",
]
