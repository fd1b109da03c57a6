"""The strings and numbers of Gateway API: what its schema says of names, hosts, ports and headers.

The patterns are those of the published schema (gateway.networking.k8s.io, v1). A pattern without
anchors is searched for, as OpenAPI says.
"""

import re
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from pymesh.resources._base import Duration

GROUP: Final = "gateway.networking.k8s.io"
"""The API group of every kind in this package."""

_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_PATH_OF_DOMAIN = r"[A-Za-z0-9/\-._~%!$&'()*+,;=:]+"

Group = Annotated[str, StringConstraints(max_length=253, pattern=rf"^$|^{_SUBDOMAIN}$")]
"""An API group; empty is Kubernetes' core group."""

Kind = Annotated[
    str,
    StringConstraints(
        min_length=1, max_length=63, pattern=r"^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$"
    ),
]
"""The kind of a referenced object."""

ObjectName = Annotated[str, StringConstraints(min_length=1, max_length=253)]
"""The name of a referenced object."""

Namespace = Annotated[str, StringConstraints(min_length=1, max_length=63, pattern=rf"^{_LABEL}$")]
"""A namespace's name (RFC 1123 label)."""

SectionName = Annotated[
    str, StringConstraints(min_length=1, max_length=253, pattern=rf"^{_SUBDOMAIN}$")
]
"""The name of a listener or of a route's rule (RFC 1123 subdomain)."""

Hostname = Annotated[
    str, StringConstraints(min_length=1, max_length=253, pattern=rf"^(\*\.)?{_SUBDOMAIN}$")
]
"""A host name in lower case; `*.` in front stands for any labels."""

PreciseHostname = Annotated[
    str, StringConstraints(min_length=1, max_length=253, pattern=rf"^{_SUBDOMAIN}$")
]
"""A host name without a wildcard."""

ControllerName = Annotated[
    str,
    StringConstraints(min_length=1, max_length=253, pattern=rf"^{_SUBDOMAIN}/{_PATH_OF_DOMAIN}$"),
]
"""Which controller owns a class: a domain and a path."""

ProtocolType = Annotated[
    str,
    StringConstraints(
        min_length=1,
        max_length=255,
        pattern=rf"^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$|{_SUBDOMAIN}/[A-Za-z0-9]+$",
    ),
]
"""HTTP, HTTPS, TLS, TCP, UDP, or an implementation's own `domain/name`."""

AddressType = Annotated[
    str,
    StringConstraints(
        min_length=1,
        max_length=253,
        pattern=rf"^Hostname|IPAddress|NamedAddress|{_SUBDOMAIN}/{_PATH_OF_DOMAIN}$",
    ),
]
"""IPAddress, Hostname, NamedAddress, or an implementation's own."""

AnnotationValue = Annotated[str, StringConstraints(max_length=4096)]
"""The value of an annotation or of a TLS option."""

LabelValue = Annotated[
    str,
    StringConstraints(max_length=63, pattern=r"^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$"),
]
"""The value of a Kubernetes label."""

HeaderName = Annotated[
    str,
    StringConstraints(min_length=1, max_length=256, pattern=r"^[A-Za-z0-9!#$%&'*+\-.^_\x60|~]+$"),
]
"""The name of an HTTP header field or query parameter (RFC 9110 token)."""

HeaderValue = Annotated[str, StringConstraints(min_length=1, max_length=4096)]
"""The value of an HTTP header field, or a regular expression for one."""

_DURATION = re.compile(r"([0-9]{1,5}(h|m|s|ms)){1,4}")


def _is_gateway_duration(duration: Duration) -> Duration:
    if not _DURATION.fullmatch(duration):
        raise PydanticCustomError(
            "gateway_duration",
            "is not a duration of Gateway API: at most four whole numbers with h, m, s or ms",
        )
    return duration


GatewayDuration = Annotated[Duration, AfterValidator(_is_gateway_duration)]
"""A duration in the form of GEP-2257, such as `1h30m`, `500ms`; `0s` is no limit."""

PortNumber = Annotated[int, Field(ge=1, le=65535)]
"""A port."""

PositiveInt32 = Annotated[int, Field(ge=1, le=2**31 - 1)]
"""A number from 1 that fits into 32 bits."""

MatchType = Literal["Exact", "RegularExpression"]
"""How a header, a query parameter or a gRPC method is compared."""
