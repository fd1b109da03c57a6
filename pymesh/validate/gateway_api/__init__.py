"""What can be wrong with the kinds of Gateway API, alone and together."""

from pymesh.validate.gateway_api import (
    attachments,
    backends,
    filters,
    gateways,
    grpc_routes,
    hostnames,
    http_filters,
    http_routes,
    matches,
    parents,
    references,
)

__all__ = [
    "attachments",
    "backends",
    "filters",
    "gateways",
    "grpc_routes",
    "hostnames",
    "http_filters",
    "http_routes",
    "matches",
    "parents",
    "references",
]
