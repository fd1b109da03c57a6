"""Kubernetes Gateway API: Gateways, the routes attached to them or to Services, and statuses.

What each module decides:

* ``_listeners``: which listeners of a Gateway are served, and who gets a hostname.
* ``_attachment``: which listeners a route attaches to.
* ``_mesh``: which routes stand in for a Service's own (GAMMA).
* ``_backends``: what a ``backendRef`` leads to.
* ``_matches``, ``_filters``, ``_headers``, ``_rules``: a route's rules.
* ``_gateways``, ``_parents``, ``_status``: what the user is told.
* ``_routes``, ``_units``: how all of it is kept up to date.
"""

from pymesh.translate.gateway._status import (
    Condition,
    GatewayClassStatus,
    GatewayStatus,
    ListenerStatus,
    ParentReference,
    RouteGroupKind,
    RouteParentStatus,
    RouteStatus,
)
from pymesh.translate.gateway._units import ROOTS

__all__ = [
    "ROOTS",
    "Condition",
    "GatewayClassStatus",
    "GatewayStatus",
    "ListenerStatus",
    "ParentReference",
    "RouteGroupKind",
    "RouteParentStatus",
    "RouteStatus",
]
