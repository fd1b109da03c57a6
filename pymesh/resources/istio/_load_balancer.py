"""Which endpoint of a service gets a request: the load balancer settings of a DestinationRule."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from pymesh.resources._base import Duration, NotYet
from pymesh.resources.istio._scalars import Timespan, UInt32, UInt64
from pymesh.resources.istio._shared import IstioModel

__all__ = [
    "ConsistentHash",
    "CookieAttribute",
    "Distribute",
    "Failover",
    "HTTPCookie",
    "LoadBalancer",
    "Locality",
    "Maglev",
    "RingHash",
    "SimpleBalance",
    "Warmup",
    "ZoneAware",
]

SimpleBalance = Literal[
    "UNSPECIFIED", "LEAST_CONN", "RANDOM", "PASSTHROUGH", "ROUND_ROBIN", "LEAST_REQUEST"
]


class CookieAttribute(IstioModel):
    """An attribute of a cookie.

    Args:
        name: Its name.
        value: Its value; none if empty.
    """

    name: str
    value: str = ""


class HTTPCookie(IstioModel):
    """A cookie whose value decides.

    Args:
        name: Its name.
        path: Its path, if the proxy makes it.
        ttl: How long it lives; with `0s` as long as the browser; absent, none is made.
        attributes: Further attributes, if the proxy makes it.
    """

    name: str
    path: str = ""
    ttl: Duration | None = None
    attributes: tuple[CookieAttribute, ...] = ()


class RingHash(IstioModel):
    """A ring of hashes.

    Args:
        minimum_ring_size: How many places it has at least; 0 is 1024.
    """

    minimum_ring_size: UInt64 = 0


class Maglev(IstioModel):
    """A Maglev table.

    Args:
        table_size: How many places it has, a prime; absent is 65537.
    """

    table_size: UInt64 = 0


class ConsistentHash(IstioModel):
    """The same key gets the same endpoint, as long as endpoints stay.

    Args:
        http_header_name: The key is a header field.
        http_cookie: The key is a cookie.
        use_source_ip: The key is the client's address.
        http_query_parameter_name: The key is a parameter of the query.
        ring_hash: By a ring.
        maglev: By a Maglev table.
        minimum_ring_size: Deprecated.
    """

    ONE_OF: ClassVar = (
        ("http_header_name", "http_cookie", "use_source_ip", "http_query_parameter_name"),
        ("ring_hash", "maglev"),
    )

    http_header_name: str | None = None
    http_cookie: HTTPCookie | None = None
    use_source_ip: bool | None = None
    http_query_parameter_name: str | None = None
    ring_hash: RingHash | None = None
    maglev: Maglev | None = None
    minimum_ring_size: UInt64 = 0


class Distribute(IstioModel):
    """How the requests of a locality are spread.

    Args:
        from_: The locality, `region/zone/*`.
        to: Percentages by locality.
    """

    from_: str = ""
    to: dict[str, UInt32] = {}


class Failover(IstioModel):
    """Where requests go when a region has no healthy endpoint.

    Args:
        from_: The region.
        to: The other region.
    """

    from_: str = ""
    to: str = ""


class Locality(IstioModel):
    """Preference of endpoints that are near.

    Args:
        distribute: Explicit shares; exclusive with failover.
        failover: Which region comes next.
        failover_priority: Labels, the more of which an endpoint shares the nearer it is.
        enabled: Whether it applies; the mesh's setting if absent.
    """

    distribute: tuple[Distribute, ...] = ()
    failover: tuple[Failover, ...] = ()
    failover_priority: tuple[str, ...] = ()
    enabled: bool | None = None


class ZoneAware(IstioModel):
    """Preference of the same zone as far as the load stays even.

    Args:
        enabled: Whether it applies; the mesh's setting if absent.
        failover: Which region comes next.
        failover_priority: Labels, the more of which an endpoint shares the nearer it is.
        min_cluster_size: With how many endpoints it begins; 6 if absent.
    """

    enabled: bool | None = None
    failover: tuple[Failover, ...] = ()
    failover_priority: tuple[str, ...] = ()
    min_cluster_size: Annotated[UInt64 | None, Field(ge=1)] = None


class Warmup(IstioModel):
    """New endpoints get their share bit by bit.

    Args:
        duration: How long it takes.
        minimum_percent: What they start with; 10 if absent.
        aggression: The shape of the curve; 1 is a straight line.
    """

    duration: Timespan
    minimum_percent: Annotated[float | None, Field(ge=0, le=100)] = None
    aggression: Annotated[float | None, Field(ge=0)] = None


_WARMUP = NotYet("warming up new endpoints")


class LoadBalancer(IstioModel):
    """Which endpoint gets a request.

    Args:
        simple: By a simple rule; UNSPECIFIED is LEAST_REQUEST.
        consistent_hash: By a key.
        locality_lb_setting: Which localities come first.
        zone_aware_lb_setting: Whether the own zone comes first; exclusive with the former.
        warmup: How new endpoints start.
        warmup_duration_secs: Deprecated.
    """

    ONE_OF: ClassVar = (("simple", "consistent_hash"),)

    simple: Annotated[
        SimpleBalance | None, NotYet("going where the request was going", ("PASSTHROUGH",))
    ] = None
    consistent_hash: Annotated[ConsistentHash | None, NotYet("consistent hashing")] = None
    locality_lb_setting: Annotated[Locality | None, NotYet("balancing by locality")] = None
    zone_aware_lb_setting: Annotated[ZoneAware | None, NotYet("balancing by zone")] = None
    warmup: Annotated[Warmup | None, _WARMUP] = None
    warmup_duration_secs: Annotated[Timespan | None, _WARMUP] = None
