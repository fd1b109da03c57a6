"""Rules of a VirtualService that no request reaches, since earlier ones take them all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.resources.istio.virtual_service import VirtualService
from pymesh.validate._rules import Code, Issue, rule

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from pymesh.resources.istio._shared import IstioModel, StringMatch
    from pymesh.resources.istio.virtual_service import HTTPMatch, HTTPRoute
    from pymesh.validate._rules import Path

ROUTE_UNREACHABLE = Code(
    "route-unreachable",
    "warning",
    "No request reaches a rule: rules are tried in order, and an earlier one matches everything "
    "(it has no matches, or one such as `prefix: /`), or all that this one does.",
    "Move the rule up, or remove it.",
)
MATCH_COVERED = Code(
    "match-covered",
    "warning",
    "No request reaches a match: an earlier rule has the same one, or one with a shorter prefix "
    "and otherwise the same conditions.",
    "Put the more specific rule first: VirtualServices are not sorted by specificity.",
)
_ANYTHING = frozenset({"*", ".*", "^.*$"})
_CONDITIONS = (
    "scheme",
    "method",
    "authority",
    "headers",
    "without_headers",
    "query_params",
    "port",
    "source_labels",
    "source_namespace",
    "gateways",
)


@rule(VirtualService, codes=[ROUTE_UNREACHABLE, MATCH_COVERED])
def check_http_order(resource: VirtualService) -> Iterator[Issue]:
    """Each HTTP rule gets some request."""
    earlier = _Earlier()
    for index, route in enumerate(resource.spec.http):
        place = ("spec", "http", index)
        if earlier.everything is not None:
            name = _name(resource.spec.http, earlier.everything)
            yield Issue(
                ROUTE_UNREACHABLE.code, f"rule {name} takes every request before this one", place
            )
            continue
        covered = [
            (number, taker)
            for number, match in enumerate(route.match)
            if (taker := earlier.taker(match)) is not None
        ]
        if route.match and len(covered) == len(route.match):
            names = dict.fromkeys(_name(resource.spec.http, taker) for _, taker in covered)
            yield Issue(
                ROUTE_UNREACHABLE.code,
                f"all its requests are taken by rule {' and '.join(names)} before it",
                place,
            )
        else:
            yield from _covered(resource.spec.http, covered, place)
        earlier.add(route, index)


def _covered(
    routes: Sequence[HTTPRoute], covered: list[tuple[int, int]], place: Path
) -> Iterator[Issue]:
    for number, taker in covered:
        yield Issue(
            MATCH_COVERED.code,
            f"rule {_name(routes, taker)} takes these requests before",
            (*place, "match", number),
        )


def _name(routes: Sequence[HTTPRoute], index: int) -> str:
    return routes[index].name or f"http[{index}]"


class _Earlier:
    """The matches of the rules so far, by all their conditions but the path."""

    def __init__(self) -> None:
        self.everything: int | None = None
        self._whole: dict[Hashable, int] = {}
        self._prefixes: dict[Hashable, dict[str, int]] = {}

    def add(self, route: HTTPRoute, index: int) -> None:
        if not route.match or any(is_catch_all(match) for match in route.match):
            self.everything = index
        for match in route.match:
            conditions = _conditions(match)
            self._whole.setdefault((conditions, _key(match.uri), match.ignore_uri_case), index)
            if match.uri is None or _takes_any(match.uri):
                self._prefixes.setdefault(conditions, {}).setdefault("", index)
            elif match.uri.prefix is not None and not match.ignore_uri_case:
                self._prefixes.setdefault(conditions, {}).setdefault(match.uri.prefix, index)

    def taker(self, match: HTTPMatch) -> int | None:
        """The rule that takes all of a match's requests, if there is one."""
        conditions = _conditions(match)
        same = self._whole.get((conditions, _key(match.uri), match.ignore_uri_case))
        if same is not None:
            return same
        prefixes = self._prefixes.get(conditions)
        if not prefixes:
            return None
        path = ""
        if match.uri is not None and not match.ignore_uri_case:
            path = match.uri.exact or match.uri.prefix or ""
        ends = (path[:length] for length in range(min(len(path), _LONGEST) + 1))
        return next((prefixes[end] for end in ends if end in prefixes), None)


_LONGEST = 1024
"""Characters of a path that are compared; beyond, a rule is taken to be reachable."""


def is_catch_all(match: HTTPMatch) -> bool:
    """Whether every request is one of a match's."""
    anything = match.uri is None or _takes_any(match.uri)
    return anything and not any(getattr(match, name) for name in _CONDITIONS)


def _takes_any(uri: StringMatch) -> bool:
    return uri.prefix in {"", "/"} or uri.regex in _ANYTHING


def _conditions(match: HTTPMatch) -> Hashable:
    return tuple(_key(getattr(match, name)) for name in _CONDITIONS)


def _key(value: object) -> Hashable:
    """Something that is equal for equal conditions."""
    if value is None or isinstance(value, (str, int, tuple)):
        return value
    if isinstance(value, dict):
        return tuple(sorted((name, _key(item)) for name, item in value.items()))
    return _match_key(value)


def _match_key(part: object) -> Hashable:
    match: IstioModel = part  # type: ignore[assignment]
    return tuple(match.__dict__.items())


@rule(VirtualService, codes=[ROUTE_UNREACHABLE])
def check_l4_order(resource: VirtualService) -> Iterator[Issue]:
    """Each TCP rule gets some connection."""
    everything: int | None = None
    for index, route in enumerate(resource.spec.tcp):
        if everything is not None:
            yield Issue(
                ROUTE_UNREACHABLE.code,
                f"rule tcp[{everything}] takes every connection before this one",
                ("spec", "tcp", index),
            )
        elif not route.match:
            everything = index
