"""The documents themselves, one class per Rust type of the same meaning."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

__all__ = [
    "Balance",
    "Destination",
    "Documents",
    "Endpoint",
    "Endpoints",
    "ExactPath",
    "ExactValue",
    "HeaderEdits",
    "HeaderValue",
    "Plugin",
    "PrefixPath",
    "PresentValue",
    "RegexPath",
    "RegexValue",
    "RouteMatch",
    "RouteRule",
    "Routes",
    "Service",
    "Timeouts",
]

Balance = Literal["round_robin", "random", "least_request"]
Weight = Annotated[int, Meta(ge=0, le=2**32 - 1)]
SLICE_ENDPOINTS = 100


class Document(Struct, frozen=True, forbid_unknown_fields=True):
    """What all documents have in common: frozen and strict."""


class Service(Document, frozen=True):
    """A service and how its endpoints share the load.

    Args:
        namespace: The namespace that owns it.
        name: Its name in that namespace.
        host: The host by which clients know it.
        balance: How an endpoint is picked.
    """

    namespace: str
    name: str
    host: str
    balance: Balance = "round_robin"

    @property
    def key(self) -> str:
        """``namespace/name``, by which other documents refer to it."""
        return f"{self.namespace}/{self.name}"


class Endpoint(Document, frozen=True):
    """One place that serves a service.

    Args:
        address: Address and port, such as ``10.0.0.7:8080`` or ``[::1]:80``; never a name.
        weight: Its share relative to the others; 0 keeps it listed, unused.
    """

    address: str
    weight: Weight = 1


class Endpoints(Document, kw_only=True, frozen=True):
    """One slice of a service's endpoints.

    Args:
        service: The service's key.
        slice: The slice's name, unique within the service; empty for the only one.
        endpoints: At most 100.
    """

    service: str
    slice: str = ""
    endpoints: Annotated[tuple[Endpoint, ...], Meta(max_length=SLICE_ENDPOINTS)]


class ExactPath(Document, tag="exact", tag_field="type", frozen=True):
    """The path is equal to ``value``."""

    value: str


class PrefixPath(Document, tag="prefix", tag_field="type", frozen=True):
    """The path is ``value`` or below it, by segments."""

    value: str


class RegexPath(Document, tag="regex", tag_field="type", frozen=True):
    """The whole path matches the expression ``value``."""

    value: str


class ExactValue(Document, tag="exact", tag_field="type", frozen=True):
    """The header field or query parameter ``name`` is equal to ``value``."""

    name: str
    value: str


class RegexValue(Document, tag="regex", tag_field="type", frozen=True):
    """The whole of the header field or query parameter ``name`` matches ``value``."""

    name: str
    value: str


class PresentValue(Document, tag="present", tag_field="type", frozen=True):
    """The header field or query parameter ``name`` is there."""

    name: str


class RouteMatch(Document, frozen=True):
    """Conditions that must all hold; an absent one always does.

    Args:
        path: The path.
        method: The method, case-sensitive.
        headers: Header fields.
        query: Query parameters, undecoded, the first of each name.
    """

    path: ExactPath | PrefixPath | RegexPath | None = None
    method: str | None = None
    headers: tuple[ExactValue | RegexValue | PresentValue, ...] = ()
    query: tuple[ExactValue | RegexValue | PresentValue, ...] = ()


class Destination(Document, frozen=True):
    """One destination of a rule: a service's key and its share."""

    service: str
    weight: Weight = 1


class Timeouts(Document, frozen=True):
    """Time limits of a rule.

    Args:
        request_ms: Milliseconds from a request's head to the end of its answer; absent means the
            proxy's own, 0 means none.
    """

    request_ms: Annotated[int, Meta(ge=0)] | None = None


class HeaderValue(Document, frozen=True):
    """One header field."""

    name: str
    value: str


class HeaderEdits(Document, frozen=True):
    """Edits of a header, applied in the order remove, set, add."""

    set: tuple[HeaderValue, ...] = ()
    add: tuple[HeaderValue, ...] = ()
    remove: tuple[str, ...] = ()


class RouteRule(Document, frozen=True):
    """If any match holds, the request goes to the destinations.

    Args:
        name: The name in logs, metrics and explanations.
        matches: Any one suffices; none at all means every request.
        destinations: Where matching requests go, in proportion to the weights.
        timeouts: Time limits.
        request_headers: Edits of the request's header.
        response_headers: Edits of the response's header.
    """

    name: str
    matches: tuple[RouteMatch, ...] = ()
    destinations: tuple[Destination, ...] = ()
    timeouts: Timeouts = Timeouts()
    request_headers: HeaderEdits = HeaderEdits()
    response_headers: HeaderEdits = HeaderEdits()


class Routes(Document, kw_only=True, frozen=True):
    """The rules for one host, as one audience sees them.

    Args:
        host: A host name, ``*.suffix``, or ``*`` for every host.
        audience: The namespace whose workloads use these rules, or ``*`` for all.
        rules: The rules; Gateway API precedence decides, then this order.
    """

    host: str
    audience: str = "*"
    rules: tuple[RouteRule, ...]


class Plugin(Document, frozen=True):
    """A plugin and its configuration.

    Args:
        name: The name it has in metrics and logs, unique in a proxy.
        source: A file, a module or an entry point's name.
        config: What is handed to it, checked by the plugin itself.
    """

    name: str
    source: str
    config: dict[str, Any] = {}


class Documents(Document, frozen=True):
    """All the documents of one proxy."""

    services: tuple[Service, ...] = ()
    endpoints: tuple[Endpoints, ...] = ()
    routes: tuple[Routes, ...] = ()
    plugins: tuple[Plugin, ...] = ()
