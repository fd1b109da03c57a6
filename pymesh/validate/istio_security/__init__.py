"""What can be wrong with PeerAuthentication and AuthorizationPolicy, alone and together."""

from pymesh.validate.istio_security import (
    conditions,
    operations,
    peer_authentication,
    policies,
    references,
    selectors,
    sources,
    surprises,
    targets,
    tcp_ports,
)

__all__ = [
    "conditions",
    "operations",
    "peer_authentication",
    "policies",
    "references",
    "selectors",
    "sources",
    "surprises",
    "targets",
    "tcp_ports",
]
