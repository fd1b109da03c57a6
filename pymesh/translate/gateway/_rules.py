"""The rules of a route, as the documents say them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pymesh.resources import Duration
from pymesh.resources.gateway.http_route import HTTPRouteMatch, HTTPRouteRule
from pymesh.translate.gateway._backends import resolve
from pymesh.translate.gateway._filters import Filters, filters
from pymesh.translate.gateway._matches import grpc_match, http_match, too_long
from pymesh.translate.gateway._status import sentence
from pymesh.translate.istio._actions import retry
from pymesh.wire import (
    Destination,
    DirectResponse,
    Mirror,
    Origin,
    Redirect,
    Retry,
    RouteMatch,
    RouteRule,
    Timeouts,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pymesh.resources.gateway._filters import RequestMirror
    from pymesh.resources.gateway.grpc_route import GRPCBackendReference, GRPCRouteRule
    from pymesh.resources.gateway.http_route import HTTPBackendReference, HTTPRouteTimeouts
    from pymesh.translate._view import View
    from pymesh.translate.gateway._attachment import Route
    from pymesh.translate.gateway._listeners import Problem

    Rule = HTTPRouteRule | GRPCRouteRule
    BackendRef = HTTPBackendReference | GRPCBackendReference

__all__ = ["Parent", "Translated", "rules"]

BROKEN = {"HTTPRoute": 500, "GRPCRoute": 503}
"""The answer of a backend that cannot be resolved, and of a rule that has none. To a gRPC client
503 is UNAVAILABLE, which is what the API asks for, and 500 would be UNKNOWN."""


class Parent(NamedTuple):
    """What a route is attached to, as far as its rules depend on it.

    Args:
        port: The listener's port; ``None`` in the mesh.
    """

    port: int | None

    @property
    def needs_grant(self) -> bool:
        """Whether backends of other namespaces must be granted (GEP-1294: not in the mesh)."""
        return self.port is not None


class Translated(NamedTuple):
    """A route's rules and what is wrong with them.

    Args:
        rules: The rules in order.
        unresolved: Reasons and messages why references lead nowhere.
        notes: What is not done as it was written.
        unusable: By rule, why it cannot be done at all; it is answered with an error.
        total: How many rules the route has.
    """

    rules: tuple[RouteRule, ...]
    unresolved: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    unusable: tuple[tuple[int, str], ...] = ()
    total: int = 0

    @property
    def refused(self) -> Problem | None:
        """Why the route as a whole is not accepted: none of its rules can be done."""
        if not self.unusable or len(dict(self.unusable)) < self.total:
            return None
        return ("UnsupportedValue", sentence(message for _, message in self.unusable))


class _Work:
    """Gathers the problems of one route while its rules are translated."""

    def __init__(self, view: View, route: Route, parent: Parent) -> None:
        self.view = view
        self.route = route
        self.parent = parent
        self.broken = BROKEN[route.KIND]
        self.unresolved: list[Problem] = []
        self.notes: list[str] = []
        self.unusable: list[tuple[int, str]] = []

    def rule(self, index: int, rule: Rule) -> RouteRule | None:
        """One rule; ``None`` if none of its matches can be done."""
        metadata = self.route.metadata
        timeouts = getattr(rule, "timeouts", None)
        matches = self.matches(index, rule)
        if not matches:
            return None
        translated = RouteRule(
            name=f"{metadata.namespace}/{metadata.name}/{rule.name or index}",
            resource=Origin(self.route.KIND, metadata.namespace, metadata.name, index),
            matches=matches,
            timeouts=_timeouts(timeouts) if timeouts else Timeouts(),
        )
        return self.act(index, translated, rule)

    def matches(self, index: int, rule: Rule) -> tuple[RouteMatch, ...]:
        """What the rule matches; a rule that says nothing matches everything."""
        if isinstance(rule, HTTPRouteRule):
            every = [http_match(match) for match in rule.matches or (HTTPRouteMatch(),)]
        else:
            every = [grpc_match(match) for match in rule.matches or (None,)]
        self.unusable += [(index, message) for one in every if (message := too_long(one))]
        return tuple(one for one in every if not too_long(one))

    def act(self, index: int, translated: RouteRule, rule: Rule) -> RouteRule:
        """Adds what becomes of a request."""
        found = filters(rule.filters or (), self.parent.port)
        self.notes += found.notes
        self.unusable += [(index, message) for message in found.unusable]
        mirrors = tuple(filter(None, (self.mirror(mirror) for mirror in found.mirrors)))
        destinations = tuple(self.destination(ref) for ref in rule.backend_refs or ())
        self.unresolved += [("InvalidKind", f"there is no filter {name}") for name in found.unknown]
        answer = None
        if found.unknown or found.unusable:
            # A filter that is skipped could be the one that keeps somebody out.
            found = Filters()
            answer = DirectResponse(self.broken)
        elif found.redirect is None and not any(one.weight for one in destinations):
            answer = DirectResponse(self.broken)
        return _with(
            translated,
            found,
            # The API leaves retries to the implementation, and Istio makes its own by default.
            retries=retry(None, self.view.config),
            redirect=None if answer else found.redirect,
            answer=answer,
            destinations=() if answer or found.redirect else destinations,
            mirrors=() if answer else mirrors,
        )

    def destination(self, ref: BackendRef) -> Destination:
        """One backend with its share, its own filters, and a status if it is not to be reached."""
        backend = resolve(self.view, self.route, ref, needs_grant=self.parent.needs_grant)
        problem = backend.problem
        found = filters(ref.filters or (), self.parent.port)
        self.notes += found.notes
        if problem is None:
            problem = _unsupported(found)
        if problem is not None:
            found = Filters()
            self.unresolved.append(problem)
        return Destination(
            service=backend.service,
            port=backend.port,
            weight=ref.weight,
            request_headers=found.request,
            response_headers=found.response,
            status=None if problem is None else self.broken,
        )

    def mirror(self, mirror: RequestMirror) -> Mirror | None:
        """Where copies go; nowhere if the backend cannot be resolved."""
        backend = resolve(
            self.view, self.route, mirror.backend_ref, needs_grant=self.parent.needs_grant
        )
        if backend.problem is not None:
            self.unresolved.append(backend.problem)
            return None
        percent = 100.0
        if mirror.percent is not None:
            percent = float(mirror.percent)
        elif mirror.fraction is not None:
            percent = 100.0 * mirror.fraction.numerator / mirror.fraction.denominator
        return Mirror(service=backend.service, port=backend.port, percent=percent)


def rules(view: View, route: Route, parent: Parent) -> Translated:
    """Translates the rules of a route.

    Args:
        view: The resources.
        route: The route.
        parent: What it is attached to.
    """
    work = _Work(view, route, parent)
    every: Sequence[Rule] = route.spec.rules or ()
    translated = [work.rule(index, rule) for index, rule in enumerate(every)]
    return Translated(
        tuple(one for one in translated if one is not None),
        tuple(dict.fromkeys(work.unresolved)),
        tuple(dict.fromkeys(work.notes)),
        tuple(dict.fromkeys(work.unusable)),
        len(every),
    )


def _with(
    rule: RouteRule,
    found: Filters,
    *,
    retries: Retry | None,
    redirect: Redirect | None,
    answer: DirectResponse | None,
    destinations: tuple[Destination, ...],
    mirrors: tuple[Mirror, ...],
) -> RouteRule:
    return RouteRule(
        name=rule.name,
        resource=rule.resource,
        matches=rule.matches,
        timeouts=rule.timeouts,
        destinations=destinations,
        request_headers=found.request,
        response_headers=found.response,
        redirect=redirect,
        direct_response=answer,
        rewrite=found.rewrite if destinations else None,
        retry=retries if destinations else None,
        cors=found.cors,
        mirrors=mirrors,
    )


def _unsupported(found: Filters) -> Problem | None:
    """Why a backend's own filters keep it from being used: only header edits are done there."""
    if found.unusable:
        return ("UnsupportedValue", sentence(found.unusable))
    names = [
        name
        for name, there in (
            ("RequestRedirect", found.redirect),
            ("URLRewrite (or a new Host)", found.rewrite),
            ("CORS", found.cors),
            ("RequestMirror", found.mirrors),
            ("ExtensionRef", found.unknown),
        )
        if there
    ]
    if not names:
        return None
    return (
        "UnsupportedValue",
        f"filter {names[0]} of a backendRef is not supported, only header modifiers are",
    )


def _timeouts(timeouts: HTTPRouteTimeouts) -> Timeouts:
    return Timeouts(
        request_ms=_milliseconds(timeouts.request),
        backend_request_ms=_milliseconds(timeouts.backend_request),
    )


def _milliseconds(duration: str | None) -> int | None:
    return None if duration is None else Duration(duration).milliseconds
