"""The filters that HTTPRoute and GRPCRoute share: header edits, mirrors, headers to match."""

from typing import Annotated

from pydantic import Field

from pymesh.resources._base import Model
from pymesh.resources.gateway._references import BackendObjectReference
from pymesh.resources.gateway._types import (
    HeaderName,
    HeaderValue,
    MatchType,
    PositiveInt32,
)


class HTTPHeader(Model):
    """A header field to set or add."""

    name: HeaderName
    value: HeaderValue


class HeaderModifier(Model):
    """Edits of header fields: `set` replaces, `add` appends, `remove` drops."""

    set: Annotated[tuple[HTTPHeader, ...], Field(max_length=16)] | None = None
    add: Annotated[tuple[HTTPHeader, ...], Field(max_length=16)] | None = None
    remove: Annotated[tuple[str, ...], Field(max_length=16)] | None = None


class Fraction(Model):
    """`numerator` of `denominator` requests."""

    numerator: Annotated[int, Field(ge=0, le=2**31 - 1)]
    denominator: PositiveInt32 = 100


class RequestMirror(Model):
    """Copies of requests for another backend, whose answers are dropped."""

    backend_ref: BackendObjectReference
    percent: Annotated[int, Field(ge=0, le=100)] | None = None
    fraction: Fraction | None = None


class HeaderMatch(Model):
    """A header field that a request must have."""

    name: HeaderName
    value: HeaderValue
    type: MatchType = "Exact"
