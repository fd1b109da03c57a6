"""Parts that more than one of Istio's networking kinds is made of."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from pymesh.resources._base import Model
from pymesh.resources.istio._scalars import SelectorValue, UInt32

__all__ = [
    "Destination",
    "HeaderOperations",
    "Headers",
    "IstioModel",
    "MatchType",
    "Percent",
    "PortSelector",
    "StringMatch",
    "WorkloadSelector",
]

MatchType = Literal["exact", "prefix", "regex", "present"]


class IstioModel(Model):
    """A part of one of Istio's resources."""

    ONE_OF: ClassVar[tuple[tuple[str, ...], ...]] = ()
    """Groups of attributes of which at most one may be set (``oneof`` in Istio's API)."""

    def has(self, attribute: str) -> bool:
        """Whether a field was written, be it with its default: ``has()`` of the CEL rules."""
        return attribute in self.model_fields_set and getattr(self, attribute) is not None


class StringMatch(IstioModel):
    """How a string is compared; with none of the fields, any value will do.

    Args:
        exact: The whole string.
        prefix: How it starts, by characters (``/foo`` is a prefix of ``/foobar``).
        regex: RE2 syntax, for the whole string.
    """

    ONE_OF: ClassVar = (("exact", "prefix", "regex"),)

    exact: str | None = None
    prefix: str | None = None
    regex: str | None = None

    @property
    def type(self) -> MatchType:
        """Which of them it is; ``present`` if the value does not matter."""
        if self.exact is not None:
            return "exact"
        if self.prefix is not None:
            return "prefix"
        return "present" if self.regex is None else "regex"

    @property
    def value(self) -> str:
        """What is compared with; empty for ``present``."""
        return next((v for v in (self.exact, self.prefix, self.regex) if v is not None), "")


class Percent(IstioModel):
    """A percentage, 0 to 100.

    Args:
        value: The percentage; 0.0001 is the least that is not 0.
    """

    value: float = 0.0


class PortSelector(IstioModel):
    """A port of a service.

    Args:
        number: The port's number.
    """

    number: UInt32 = 0


class Destination(IstioModel):
    """Where requests go.

    Args:
        host: A service; a short name is completed with the namespace of the resource.
        subset: One of the subsets of its DestinationRule; empty is all of it.
        port: Which of its ports; needed if it has more than one.
    """

    host: str
    subset: str = ""
    port: PortSelector | None = None


class HeaderOperations(IstioModel):
    """Edits of a message's header fields.

    Args:
        set: Fields that replace those of the same name.
        add: Fields that are appended.
        remove: Names of fields that are taken away.
    """

    set: dict[str, str] = {}
    add: dict[str, str] = {}
    remove: tuple[str, ...] = ()


class Headers(IstioModel):
    """Edits of the request before it is sent on, and of the response.

    Args:
        request: Those of the request.
        response: Those of the response.
    """

    request: HeaderOperations | None = None
    response: HeaderOperations | None = None


class WorkloadSelector(IstioModel):
    """Selects workloads by labels, which they must all have.

    Args:
        labels: Labels and their values.
    """

    labels: Annotated[dict[str, SelectorValue], Field(max_length=256)] = {}
