"""Rules for HTTPRoute alone: paths and deadlines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pymesh.resources.gateway.http_route import HTTPRoute
from pymesh.validate._rules import Code, Issue, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

PATH_VALUE = Code(
    "path-match-value",
    "error",
    "A path to match cannot be that of a request: it must begin with `/`, and have no `//`, `/./`, "
    "`/../`, encoded slash, `#`, nor a character that paths do not have.",
    "Write the path as it is after normalization; for patterns use `type: RegularExpression`.",
)
TIMEOUT_ORDER = Code(
    "timeout-order",
    "error",
    "`timeouts.backendRequest` is longer than `timeouts.request`, which ends every try at a "
    "backend anyway.",
    "Make `backendRequest` at most as long as `request`.",
)

_PATH = re.compile(r"(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})+")
_NOT_INSIDE = ("//", "/./", "/../", "%2f", "%2F", "#")
_NOT_AT_END = ("/..", "/.")


@rule(HTTPRoute, codes=[PATH_VALUE])
def check_paths(resource: HTTPRoute) -> Iterator[Issue]:
    """Paths are such as a normalized request can have."""
    for number, one in enumerate(resource.spec.rules):
        for index, match in enumerate(one.matches):
            if match.path.type == "RegularExpression":
                continue
            problem = _path_problem(match.path.value)
            if problem:
                place = ("spec", "rules", number, "matches", index, "path", "value")
                yield Issue("path-match-value", f"{match.path.value!r} {problem}", place)


def _path_problem(value: str) -> str:
    if not value.startswith("/"):
        return "does not begin with /"
    for part in _NOT_INSIDE:
        if part in value:
            return f"has {part} in it"
    if value.endswith(_NOT_AT_END):
        return "ends with a dot segment"
    return "" if _PATH.fullmatch(value) else "has characters that paths do not have"


@rule(HTTPRoute, codes=[TIMEOUT_ORDER])
def check_timeouts(resource: HTTPRoute) -> Iterator[Issue]:
    """A try at a backend does not outlast the request."""
    for number, one in enumerate(resource.spec.rules):
        timeouts = one.timeouts
        if timeouts is None or timeouts.request is None or timeouts.backend_request is None:
            continue
        if 0 < timeouts.request.nanoseconds < timeouts.backend_request.nanoseconds:
            yield Issue(
                "timeout-order",
                f"a try may take {timeouts.backend_request}, the request only {timeouts.request}",
                ("spec", "rules", number, "timeouts", "backendRequest"),
            )
