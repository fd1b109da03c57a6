"""The rules of a VirtualService, for one gateway or the mesh, one port and one audience."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from pymesh import wire
from pymesh.resources._document import path_text
from pymesh.translate._view import View, unit
from pymesh.translate.istio import _actions as actions
from pymesh.translate.istio._findings import finding
from pymesh.translate.istio._matches import EVERY_PATH, by_claim, catches_all, route_match
from pymesh.translate.istio.delegates import Effective, effective_routes
from pymesh.translate.istio.destinations import resolve_destination, viewers
from pymesh.translate.istio.virtual_services import gateways_of
from pymesh.validate.translation.rule_values import unusable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymesh.resources import Finding
    from pymesh.resources.istio._shared import Destination
    from pymesh.resources.istio.virtual_service import HTTPRoute
    from pymesh.validate._rules import Path

__all__ = ["Place", "Rules", "http_rules", "rule_audiences"]

UNAVAILABLE = 503
"""What requests get whose destination does not exist."""
UNUSABLE = 500
"""What requests get whose rule cannot be done."""


class Place(NamedTuple):
    """Where and for whom rules are made.

    Args:
        namespace: The VirtualService's namespace.
        name: Its name.
        gateway: ``mesh``, or ``namespace/name``.
        port: The port on which requests arrive.
        client: The audience: the namespace of the proxy, or ``*``.
        tls: Whether clients speak TLS on that port.
    """

    namespace: str
    name: str
    gateway: str
    port: int
    client: str
    tls: bool = False


class Rules(NamedTuple):
    """Rules in order, and what is to say about them."""

    rules: tuple[wire.RouteRule, ...] = ()
    findings: tuple[Finding, ...] = ()


@unit
def rule_audiences(view: View, key: tuple[str, str]) -> frozenset[str]:
    """The namespaces for which a VirtualService's rules may differ from those for everybody."""
    found: frozenset[str] = frozenset()
    for one in effective_routes(view, key):
        for destination in _destinations(one.route):
            found |= viewers(view, destination, one.owner.namespace)
    return found


def _destinations(route: HTTPRoute) -> Iterator[Destination]:
    for one in route.route:
        yield one.destination
    if route.mirror is not None:
        yield route.mirror
    for mirror in route.mirrors:
        yield mirror.destination


@unit
def http_rules(view: View, place: Place) -> Rules:
    """The rules of a VirtualService that apply in a place.

    They are in the order of the resource and end with the first that matches everything: what
    comes after it can never match.
    """
    rules: list[wire.RouteRule] = []
    findings: list[Finding] = []
    for effective in effective_routes(view, (place.namespace, place.name)):
        maker = _Maker(view, place, effective, findings)
        rule = maker.rule()
        if rule is not None:
            rules.append(rule)
            if not rule.matches or catches_all(rule.matches[-1]):
                break
    return Rules(tuple(rules), tuple(dict.fromkeys(findings)))


class _Maker:
    """Makes one rule, and notes what is wrong with it."""

    def __init__(
        self, view: View, place: Place, effective: Effective, findings: list[Finding]
    ) -> None:
        self.view = view
        self.place = place
        self.resource, self.number, self.route = effective
        self.findings = findings

    def rule(self) -> wire.RouteRule | None:
        """The rule; None if none of its matches applies here."""
        route, number = self.route, self.number
        matches = self.matches()
        if route.match and not matches:
            return None
        if problems := tuple(unusable(route)):
            return self.unusable(matches, problems)
        if (route.rewrite and route.rewrite.uri and not route.rewrite.uri_regex_rewrite) or (
            route.redirect and route.redirect.prefix_rewrite
        ):
            matches = _with_paths(matches)
        resource = self.resource
        edits = actions.edits(route.headers)
        forwards = route.redirect is None and route.direct_response is None
        destinations, authority = self.destinations() if forwards else ((), "")
        return wire.RouteRule(
            name=f"{resource.namespace}/{resource.name}/{route.name or number}",
            matches=matches,
            destinations=destinations,
            timeouts=wire.Timeouts(
                request_ms=route.timeout.milliseconds if route.timeout is not None else None
            ),
            request_headers=edits.request,
            response_headers=edits.response,
            resource=wire.Origin("VirtualService", resource.namespace, resource.name, number),
            redirect=actions.redirect(route.redirect, self.place.port, tls=self.place.tls)
            if route.redirect
            else None,
            direct_response=actions.direct_response(route.direct_response)
            if route.direct_response
            else None,
            rewrite=actions.rewrite(route.rewrite, edits.authority or authority)
            if forwards
            else None,
            cors=actions.cors(route.cors_policy),
            retry=actions.retry(route.retries, self.view.config) if forwards else None,
            mirrors=tuple(self.mirrors()) if forwards else (),
            fault=actions.fault(route.fault),
        )

    def unusable(
        self, matches: tuple[wire.RouteMatch, ...], problems: tuple[tuple[str, Path], ...]
    ) -> wire.RouteRule:
        """The rule, in whose place an error is answered.

        The requests are still this rule's: another one must not get them instead.
        """
        for message, path in problems:
            self.note("rule-value-unusable", message, path_text(path))
        resource = self.resource
        return wire.RouteRule(
            name=f"{resource.namespace}/{resource.name}/{self.route.name or self.number}",
            matches=tuple(
                msgspec.structs.replace(one, query=tuple(q for q in one.query if q.name))
                for one in matches
            ),
            resource=wire.Origin("VirtualService", resource.namespace, resource.name, self.number),
            direct_response=wire.DirectResponse(status=UNUSABLE),
        )

    def matches(self) -> tuple[wire.RouteMatch, ...]:
        """The matches that apply here, up to the first that matches everything."""
        found = []
        for position, match in enumerate(self.route.match):
            gateways = gateways_of(match.gateways, self.resource.namespace)
            if gateways and self.place.gateway not in gateways:
                continue
            if match.port not in {0, self.place.port}:
                continue
            if by_claim(match):
                self.note(
                    "claim-never-matches",
                    "claims are not known when a route is chosen; the match never holds",
                    f"match[{position}].headers",
                )
                continue
            made = route_match(match)
            found.append(made)
            if catches_all(made):
                break
        return tuple(found)

    def destinations(self) -> tuple[tuple[wire.Destination, ...], str]:
        """The destinations that get something, and the authority that the only one asks for."""
        route = self.route
        single = len(route.route) == 1
        made = []
        authority = ""
        for position, one in enumerate(route.route):
            if not single and one.weight <= 0:
                continue
            path = f"route[{position}]"
            resolved = resolve_destination(
                self.view,
                one.destination,
                self.resource.namespace,
                self.place.port,
                self.place.client,
            )
            if resolved.problem:
                self.note(resolved.code, resolved.problem, f"{path}.destination.{resolved.field}")
            edits = actions.edits(one.headers)
            if edits.authority and single:
                authority = edits.authority
            made.append(
                wire.Destination(
                    service=resolved.service,
                    weight=1 if single else one.weight,
                    port=resolved.port,
                    subset=one.destination.subset,
                    request_headers=edits.request,
                    response_headers=edits.response,
                    status=UNAVAILABLE if resolved.problem else None,
                )
            )
        if not made:  # no weight at all, or a delegate
            nowhere = f"{self.resource.namespace}/{self.resource.name}"
            made = [wire.Destination(service=nowhere, status=UNAVAILABLE)]
        return tuple(made), authority

    def mirrors(self) -> Iterator[wire.Mirror]:
        """The services that get copies; those that get none are left out."""
        route = self.route
        found: list[tuple[str, Destination, float]] = []
        if route.mirror is not None:
            percent = 100.0
            if route.mirror_percentage is not None:
                percent = route.mirror_percentage.value
            elif route.mirror_percent is not None:
                percent = float(route.mirror_percent)
            found.append(("mirror", route.mirror, percent))
        for position, one in enumerate(route.mirrors):
            percent = one.percentage.value if one.percentage is not None else 100.0
            found.append((f"mirrors[{position}].destination", one.destination, percent))
        for field, destination, percent in found:
            resolved = resolve_destination(
                self.view,
                destination,
                self.resource.namespace,
                self.place.port,
                self.place.client,
            )
            if resolved.problem:
                path = f"{field}.{resolved.field}"
                self.note(resolved.code, resolved.problem, path)
            elif percent > 0:
                yield wire.Mirror(
                    service=resolved.service,
                    port=resolved.port,
                    subset=destination.subset,
                    percent=min(percent, 100.0),
                )

    def note(self, code: str, message: str, path: str) -> None:
        """Adds a finding about a field of the rule."""
        path = f"spec.http[{self.number}].{path}"
        self.findings.append(finding(self.resource, code, message, path=path))


def _with_paths(matches: tuple[wire.RouteMatch, ...]) -> tuple[wire.RouteMatch, ...]:
    """Says of each match what of the path it matches, since that is to be replaced."""
    return tuple(
        msgspec.structs.replace(match, path=match.path or EVERY_PATH)
        for match in matches or (wire.RouteMatch(),)
    )
