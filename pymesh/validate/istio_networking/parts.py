"""Rules for parts that occur in many places: choices, patterns, durations, header edits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymesh.resources._base import Duration, Resource
from pymesh.resources.istio._http import RegexRewrite
from pymesh.resources.istio._shared import HeaderOperations, IstioModel, StringMatch
from pymesh.resources.istio.destination_rule import DestinationRule
from pymesh.resources.istio.gateway import Gateway
from pymesh.resources.istio.service_entry import ServiceEntry
from pymesh.resources.istio.virtual_service import VirtualService
from pymesh.resources.istio.workload_entry import WorkloadEntry
from pymesh.validate._patterns import regex_problem
from pymesh.validate._rules import Code, Issue, rule
from pymesh.validate.istio_networking._walk import names_of, parts
from pymesh.validate.istio_networking.header_edits import HEADER_EDITS, check_edits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pymesh.validate._rules import Path

EXCLUSIVE_FIELDS = Code(
    "exclusive-fields",
    "error",
    "Fields are set together of which only one may be: they are alternatives, and nothing says "
    "which of them is meant. The API server refuses such an object, too.",
    "Keep the one that is meant.",
)
REGEX_INVALID = Code(
    "regex-invalid",
    "error",
    "A pattern is not a regular expression in RE2's syntax, or longer than the 1,024 bytes that "
    "Istio admits. RE2 knows neither look-around nor references back to groups, which keeps the "
    "time of a match in proportion to the length of the text.",
    "Correct the pattern. It is matched against the whole text, so `^` and `$` are not needed.",
)
STRING_MATCH_EMPTY = Code(
    "string-match-empty",
    "error",
    "A prefix to compare with is empty, which would match everything.",
    "Write the prefix; to ask for presence only, leave the object empty: `{}`.",
)
DURATION_PRECISION = Code(
    "duration-precision",
    "error",
    "A duration is not a whole number of milliseconds, the unit that proxies count in.",
    "Round it to milliseconds.",
)
_CODES = [EXCLUSIVE_FIELDS, REGEX_INVALID, STRING_MATCH_EMPTY, DURATION_PRECISION, *HEADER_EDITS]


@rule(VirtualService, codes=_CODES)
@rule(DestinationRule, codes=_CODES)
@rule(Gateway, codes=_CODES)
@rule(ServiceEntry, codes=_CODES)
@rule(WorkloadEntry, codes=_CODES)
def check_parts(resource: Resource) -> Iterator[Issue]:
    """Every part by itself, wherever it is."""
    for path, part in parts(resource):
        yield from _check_choices(path, part)
        yield from _check_durations(path, part)
        check = _CHECKS.get(type(part))
        if check is not None:
            yield from check(path, part)


def _check_choices(path: Path, part: IstioModel) -> Iterator[Issue]:
    for group in part.ONE_OF:
        chosen = [names_of(type(part))[name] for name in group if part.has(name)]
        if len(chosen) > 1:
            given = " and ".join(chosen)
            yield Issue(
                EXCLUSIVE_FIELDS.code,
                f"{given} exclude one another",
                (*path, chosen[-1]),
                "keep one of them",
            )


def _check_durations(path: Path, part: IstioModel) -> Iterator[Issue]:
    for attribute, value in part.__dict__.items():
        if isinstance(value, Duration) and value.nanoseconds % 1_000_000:
            name = names_of(type(part))[attribute]
            yield Issue(
                DURATION_PRECISION.code, f"{value} is not in whole milliseconds", (*path, name)
            )


def _check_string(path: Path, match: StringMatch) -> Iterator[Issue]:
    presence = "withoutHeaders" in path and match.regex == "*"
    if match.regex is not None and not presence and (problem := regex_problem(match.regex)):
        yield Issue(
            REGEX_INVALID.code, f"the pattern {_short(match.regex)} {problem}", (*path, "regex")
        )
    if match.prefix == "" and path[-1] != "uri" and "allowOrigins" not in path:
        yield Issue(STRING_MATCH_EMPTY.code, "the prefix is empty", (*path, "prefix"))


def _check_rewrite(path: Path, rewrite: RegexRewrite) -> Iterator[Issue]:
    if rewrite.match and (problem := regex_problem(rewrite.match)):
        yield Issue(
            REGEX_INVALID.code, f"the pattern {_short(rewrite.match)} {problem}", (*path, "match")
        )


def _short(pattern: str) -> str:
    return repr(pattern if len(pattern) <= 60 else f"{pattern[:60]}…")


_CHECKS: dict[type[IstioModel], Callable[[Path, Any], Iterator[Issue]]] = {
    StringMatch: _check_string,
    RegexRewrite: _check_rewrite,
    HeaderOperations: check_edits,
}
