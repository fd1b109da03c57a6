"""Numbers and strings as Istio's published schema bounds them.

What is refused here is what the API server refuses: types, ranges, lengths, patterns and the CEL
rules on one value. What only Istio's own admission refuses is left to ``pymesh.validate``, which
can say more about it.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from pymesh.resources._base import Duration

NETWORKING: Final = "networking.istio.io"
"""The API group of the kinds of traffic."""

VERSIONS: Final = ("v1", "v1beta1", "v1alpha3")
"""Its versions, which all have one schema."""

Int32 = Annotated[int, Field(ge=-(2**31), le=2**31 - 1)]
"""A signed number of 32 bits."""

UInt32 = Annotated[int, Field(ge=0, le=2**32 - 1)]
"""An unsigned number of 32 bits; ports are these, too, until a rule looks at their range."""

UInt64 = Annotated[int, Field(ge=0, le=2**64 - 1)]
"""An unsigned number of 64 bits."""

_MILLISECOND = 1_000_000


def _at_least_a_millisecond(duration: Duration) -> Duration:
    if duration.nanoseconds < _MILLISECOND:
        raise PydanticCustomError("duration", "must be a duration of at least 1ms")
    return duration


Timespan = Annotated[Duration, AfterValidator(_at_least_a_millisecond)]
"""A duration of 1 ms or more, as the schema asks of nearly all of Istio's."""


def _base64(text: str) -> str:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise PydanticCustomError("base64", "must be base64") from None
    return text


Base64 = Annotated[str, AfterValidator(_base64)]
"""Bytes, written in base64 (RFC 4648 section 4)."""


def _without_wildcard(text: str) -> str:
    if "*" in text:
        raise PydanticCustomError(
            "wildcard", "must not contain a wildcard: labels are compared whole"
        )
    return text


SelectorValue = Annotated[str, StringConstraints(max_length=63), AfterValidator(_without_wildcard)]
"""The value of a label in a selector."""

_PORT_NAME = re.compile(r"[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?")


def _port_name(text: str) -> str:
    if len(text) >= 63 or not _PORT_NAME.fullmatch(text):
        raise PydanticCustomError(
            "port_name", "must be a port's name: at most 62 letters, digits and inner hyphens"
        )
    return text


PortName = Annotated[str, AfterValidator(_port_name)]
"""The name of a port, as the key of a map."""

UNIX_PREFIX: Final = "unix://"
"""How the address of a Unix domain socket starts."""


def _endpoint_address(text: str) -> str:
    if text.startswith(UNIX_PREFIX):
        path = text.removeprefix(UNIX_PREFIX)
        if path[:1] not in {"/", "@"}:
            raise PydanticCustomError(
                "unix_socket", "must name an absolute path or an abstract socket (unix://@name)"
            )
        if path.endswith("/"):
            raise PydanticCustomError("unix_socket", "must name a socket, not a directory")
    return text


EndpointAddress = Annotated[
    str, StringConstraints(max_length=256), AfterValidator(_endpoint_address)
]
"""An IP address, a DNS name or ``unix://`` and a path."""
