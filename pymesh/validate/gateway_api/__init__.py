"""What can be wrong with the kinds of Gateway API, alone and together."""

from pymesh.validate.gateway_api import (
    backends,
    filters,
    gateways,
    grpc_routes,
    http_routes,
    matches,
    parents,
)

__all__ = [
    "backends",
    "filters",
    "gateways",
    "grpc_routes",
    "http_routes",
    "matches",
    "parents",
]
