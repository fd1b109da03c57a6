"""Conditions on a request."""

from typing import Literal

from msgspec import field

from pymesh.wire._base import Document

__all__ = [
    "ExactValue",
    "PathMatch",
    "PrefixValue",
    "PresentValue",
    "RegexValue",
    "RouteMatch",
    "SourceMatch",
    "StringMatch",
    "SuffixValue",
    "ValueMatch",
]


class StringMatch(Document, frozen=True):
    """A text equals, begins with, ends in, or as a whole matches ``value``.

    Args:
        type: How it is compared.
        value: What with.
        ignore_case: Whether upper and lower case are the same; not for ``regex``.
    """

    type: Literal["exact", "prefix", "suffix", "regex"]
    value: str
    ignore_case: bool = False


class PathMatch(Document, frozen=True):
    """What the path is compared with, without the query.

    Args:
        type: ``prefix`` goes by segments (Gateway API: ``/a`` covers ``/a/b``, not ``/ab``),
            ``starts_with`` by characters (Istio: both), ``regex`` is about the whole path.
        value: What with.
        ignore_case: Whether upper and lower case are the same; not for ``regex``.
    """

    type: Literal["exact", "prefix", "starts_with", "regex"]
    value: str
    ignore_case: bool = False


class ExactValue(Document, tag="exact", tag_field="type", frozen=True):
    """The header field or query parameter ``name`` is equal to ``value``.

    Args:
        name: Of the field or parameter.
        value: What with.
        invert: Whether it must not hold; it does not hold for what is missing.
    """

    name: str
    value: str
    invert: bool = False


class PrefixValue(Document, tag="prefix", tag_field="type", frozen=True):
    """The header field or query parameter ``name`` begins with ``value``."""

    name: str
    value: str
    invert: bool = False


class SuffixValue(Document, tag="suffix", tag_field="type", frozen=True):
    """The header field or query parameter ``name`` ends in ``value``."""

    name: str
    value: str
    invert: bool = False


class RegexValue(Document, tag="regex", tag_field="type", frozen=True):
    """The whole of the header field or query parameter ``name`` matches ``value``."""

    name: str
    value: str
    invert: bool = False


class PresentValue(Document, tag="present", tag_field="type", frozen=True):
    """The header field or query parameter ``name`` is there."""

    name: str
    invert: bool = False


ValueMatch = ExactValue | PrefixValue | SuffixValue | RegexValue | PresentValue


class SourceMatch(Document, frozen=True):
    """What the proxy itself must be, decided when it loads its routes.

    Args:
        namespace: Its namespace; empty means any.
        labels: Labels that its workload has at least.
    """

    namespace: str = ""
    labels: dict[str, str] = field(default_factory=dict)


class RouteMatch(Document, frozen=True):
    """Conditions that must all hold; an absent one always does.

    Args:
        path: The path.
        method: The method, case-sensitive.
        headers: Header fields.
        query: Query parameters, undecoded, the first of each name.
        scheme: ``http`` or ``https``.
        authority: The Host field or ``:authority``.
        source: The proxy itself.
    """

    path: PathMatch | None = None
    method: StringMatch | None = None
    headers: tuple[ValueMatch, ...] = ()
    query: tuple[ValueMatch, ...] = ()
    scheme: StringMatch | None = None
    authority: StringMatch | None = None
    source: SourceMatch | None = None
