"""The documents that travel to a proxy, as the Rust side reads them (``core_rs/model/src/wire``).

Strict both ways: an unknown field is refused, a field at its default is left out, keys are
sorted, so that equal documents have equal bytes and one digest. Importing this costs what
msgspec costs (20 ms); a starting proxy does without.
"""

from pymesh.wire.canonical import canonical_json, parse, version
from pymesh.wire.documents import (
    Balance,
    Destination,
    Documents,
    Endpoint,
    Endpoints,
    ExactPath,
    ExactValue,
    HeaderEdits,
    HeaderValue,
    Plugin,
    PrefixPath,
    PresentValue,
    RegexPath,
    RegexValue,
    RouteMatch,
    RouteRule,
    Routes,
    Service,
    Timeouts,
)

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
    "canonical_json",
    "parse",
    "version",
]
