"""Edits of header fields: which names and values they may have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.validate._rules import Code, Issue
from pymesh.validate.istio_networking._text import is_token, value_problem, variables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymesh.resources.istio._shared import HeaderOperations
    from pymesh.validate._rules import Path

HEADER_NAME_INVALID = Code(
    "header-name-invalid",
    "error",
    "The name of a header field is none: it is empty, has a character that HTTP does not allow in "
    "it, or means something that is not a field (`:path`) or that may not be edited in this place "
    "(`Host` in a response, or to remove it).",
    "Write the name of a field. To change the host of a request, set `Host` or use `rewrite`.",
)
HEADER_VALUE_INVALID = Code(
    "header-value-invalid",
    "error",
    "The value of a header field has a control character, or a `%` that is neither doubled nor "
    "one of the two around a variable.",
    "Remove the character; write `%%` for a percent sign.",
)
HEADER_VARIABLE_LITERAL = Code(
    "header-variable-literal",
    "warning",
    "The value of a header field has a variable of Envoy (`%DOWNSTREAM_REMOTE_ADDRESS%`). They "
    "are not filled in: the field is sent with the text as it is written.",
    "Set the field in a plugin, where the connection's and the request's properties are at hand.",
)
HEADER_EDITS = [HEADER_NAME_INVALID, HEADER_VALUE_INVALID, HEADER_VARIABLE_LITERAL]

_AUTHORITY = frozenset({"host", ":authority"})


def is_authority(name: str) -> bool:
    """Whether a field's name means the host that is asked for."""
    return name.lower() in _AUTHORITY


def check_edits(path: Path, edits: HeaderOperations) -> Iterator[Issue]:
    """Names and values of one message's edits."""
    request = path[-1] == "request"
    for action, fields in (("set", edits.set), ("add", edits.add)):
        for name, value in fields.items():
            place = (*path, action, name)
            if not (request and is_authority(name)):
                yield from _check_name(name, place)
            yield from _check_value(value, place)
    for index, name in enumerate(edits.remove):
        yield from _check_name(name, (*path, "remove", index))


def _check_name(name: str, place: Path) -> Iterator[Issue]:
    if name.lower() == "host":
        problem = "Host cannot be edited here"
    elif name.startswith(":"):
        problem = f"{name!r} is not a header field"
    elif not is_token(name):
        problem = f"{name!r} is not the name of a header field"
    else:
        return
    yield Issue(HEADER_NAME_INVALID.code, problem, place)


def _check_value(value: str, place: Path) -> Iterator[Issue]:
    if problem := value_problem(value):
        yield Issue(HEADER_VALUE_INVALID.code, f"the value {problem}", place)
        return
    for variable in variables(value) or ():
        yield Issue(HEADER_VARIABLE_LITERAL.code, f"{variable} is sent as it stands", place)
