"""What a request may ask for: rules for the operations of an AuthorizationPolicy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pymesh.resources.istio.authorization_policy import AuthorizationPolicy
from pymesh.validate._rules import Code, Issue, rule
from pymesh.validate.istio_security._forms import (
    EMPTY_VALUE,
    PORT,
    WILDCARD,
    bad_ports,
    empty_values,
    literal_wildcards,
)
from pymesh.validate.istio_security._values import Values, lists_of, operations_of

if TYPE_CHECKING:
    from collections.abc import Iterator

PATH_TEMPLATE = Code(
    "policy-path-template",
    "error",
    "A path with braces is a template, and this one cannot be evaluated: it begins with `/`, its "
    "only operators are `{*}` (one segment) and `{**}` (any number of them), each a whole segment, "
    "and nothing but text follows `{**}`. `/users/{id}` would be compared as it stands.",
    "Use `{*}` for exactly one segment and `{**}`, once and last, for any number of them.",
)
PATH_NEVER = Code(
    "policy-path-never-matches",
    "warning",
    "A path of a rule cannot match any request: request paths begin with `/` and are compared "
    "without query and fragment, and after they were brought to canonical form: without dot "
    "segments and `\\`, and with letters and digits as they are (`%61` is `a`).",
    "Begin it with `/` (or `*`), leave out `?` and what follows, and write it as it is compared.",
)
METHOD_CASE = Code(
    "policy-method-case",
    "warning",
    "A method of a rule has lower-case letters. Methods are compared as they are written, and "
    "clients send them in upper case.",
    "Write the method in upper case.",
)

_OPERATOR = re.compile(r"\{\*\*?\}")


@rule(
    AuthorizationPolicy,
    codes=[EMPTY_VALUE, PORT, WILDCARD, PATH_TEMPLATE, PATH_NEVER, METHOD_CASE],
)
def check_operation_values(resource: AuthorizationPolicy) -> Iterator[Issue]:
    """The values of operations have the forms that their lists ask for."""
    for operation, path in operations_of(resource):
        for given in lists_of(operation, path):
            yield from empty_values(given)
            match given.field.removeprefix("not_"):
                case "ports":
                    yield from bad_ports(given)
                case "paths":
                    yield from _bad_paths(given)
                case "methods":
                    yield from literal_wildcards(given)
                    yield from _lower_case_methods(given)
                case _:
                    yield from literal_wildcards(given)


# What no canonical path holds: backslashes, escapes of what needs none (RFC 3986 section 2.3), and
# dot segments.
_NOT_CANONICAL = re.compile(
    r"\\|%(?:2[DEde]|3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa]|5[Ff]|7[Ee])|/\.{1,2}(?:/|$)"
)


def _bad_paths(given: Values) -> Iterator[Issue]:
    for index, value in enumerate(given.values):
        place = (*given.path, index)
        if "{" in value or "}" in value:
            problem = _template_problem(value)
            if problem:
                yield Issue("policy-path-template", f"{value!r} {problem}", place)
        elif value and not value.startswith(("/", "*")):
            yield Issue("policy-path-never-matches", f"no request has a path like {value!r}", place)
        if "?" in value or "#" in value:
            yield Issue(
                "policy-path-never-matches", "paths are compared without query and fragment", place
            )
        # The beginning of a path may well end in a dot.
        whole = f"{value[:-1]}-" if value.endswith("*") else value
        if _NOT_CANONICAL.search(whole):
            message = f"{value!r} is not written as paths are compared"
            yield Issue("policy-path-never-matches", message, place)
    yield from literal_wildcards(given)


def _template_problem(value: str) -> str:
    """Why a template cannot be evaluated; empty if it can."""
    between = _OPERATOR.sub("", value)
    if "*" in between:
        return "has a `*` outside of `{*}` and `{**}`"
    if "{" in between or "}" in between:
        return "has braces other than `{*}` and `{**}`"
    if not value.startswith("/"):
        return "does not begin with /"
    _, _, rest = value.partition("{**}")
    if _OPERATOR.search(rest):
        return "has an operator after `{**}`"
    if re.search(r"[^/]\{\*|\*\}[^/]", value):
        return "has an operator that is not a whole segment"
    return ""


def _lower_case_methods(given: Values) -> Iterator[Issue]:
    for index, value in enumerate(given.values):
        if value != value.upper():
            yield Issue(
                "policy-method-case",
                f"methods are case-sensitive, and no client sends {value!r}",
                (*given.path, index),
                hint=f"write {value.upper()}",
            )
