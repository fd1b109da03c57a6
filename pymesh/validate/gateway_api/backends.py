"""Where a route's requests go: its backends by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.resources.gateway.grpc_route import GRPCRoute
from pymesh.resources.gateway.http_route import HTTPRoute
from pymesh.validate._rules import Code, Issue, rule
from pymesh.validate.gateway_api._routes import backends_of, mirrors_of, rules_of_route

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymesh.validate.gateway_api._routes import Route

BACKEND_PORT = Code(
    "backend-port-missing",
    "error",
    "A backend is a Service and has no `port`. A Service may have several ports, so the one that "
    "is meant must be named.",
    "Add `port`, the number that the Service lists (not its target port).",
)
WEIGHTS_ZERO = Code(
    "backend-weights-zero",
    "warning",
    "Every backend of a rule has the weight 0, so that no request can be forwarded: the rule "
    "answers 500.",
    "Give at least one backend a weight above 0.",
)
NO_BACKENDS = Code(
    "rule-without-backends",
    "warning",
    "A rule has neither backends nor a redirect: there is nothing to answer its requests with, so "
    "they get 500.",
    "Add `backendRefs` or a RequestRedirect filter.",
)


@rule(HTTPRoute, codes=[BACKEND_PORT])
@rule(GRPCRoute, codes=[BACKEND_PORT])
def check_ports(resource: Route) -> Iterator[Issue]:
    """A Service is referred to with its port."""
    for references in (backends_of(resource), mirrors_of(resource)):
        for backend, path in references:
            if not backend.group and backend.kind == "Service" and backend.port is None:
                yield Issue("backend-port-missing", f"Service {backend.name} needs a port", path)


@rule(HTTPRoute, codes=[WEIGHTS_ZERO, NO_BACKENDS])
@rule(GRPCRoute, codes=[WEIGHTS_ZERO, NO_BACKENDS])
def check_destinations(resource: Route) -> Iterator[Issue]:
    """A rule has somewhere to send its requests."""
    for one, path in rules_of_route(resource):
        if one.backend_refs:
            if not any(backend.weight for backend in one.backend_refs):
                yield Issue(
                    "backend-weights-zero", "no backend has a weight", (*path, "backendRefs")
                )
        elif not any(
            each.type in {"RequestRedirect", "ExtensionRef"} for each in one.filters or ()
        ):
            yield Issue("rule-without-backends", "requests of this rule get 500", path)
