"""What Gateway API's schema fills in where nothing is written."""

from __future__ import annotations

from typing import Any

from pymesh.resources.gateway import Gateway, GRPCRoute, HTTPRoute


def made(kind: Any, spec: dict[str, Any]) -> Any:
    version = f"{kind.GROUP}/{kind.VERSIONS[0]}"
    tree = {"apiVersion": version, "kind": kind.KIND, "metadata": {"name": "a"}, "spec": spec}
    return kind.model_validate(tree).spec


def test_a_route_without_rules_matches_every_path() -> None:
    (rule,) = made(HTTPRoute, {}).rules
    (match,) = rule.matches
    assert (match.path.type, match.path.value) == ("PathPrefix", "/")
    assert rule.backend_refs is None


def test_a_rule_without_matches_matches_every_path() -> None:
    (rule,) = made(HTTPRoute, {"rules": [{"name": "a"}]}).rules
    assert [match.path.value for match in rule.matches] == ["/"]


def test_a_rule_with_an_empty_list_of_matches_has_none() -> None:
    (rule,) = made(HTTPRoute, {"rules": [{"matches": []}]}).rules
    assert rule.matches == ()


def test_a_match_without_a_path_has_every_path() -> None:
    (rule,) = made(HTTPRoute, {"rules": [{"matches": [{"method": "GET"}]}]}).rules
    assert rule.matches[0].path.value == "/"


def test_references_are_to_gateways_and_services() -> None:
    spec = {"parentRefs": [{"name": "g"}], "rules": [{"backendRefs": [{"name": "s", "port": 80}]}]}
    for kind in (HTTPRoute, GRPCRoute):
        route = made(kind, spec)
        (parent,), (backend,) = route.parent_refs, route.rules[0].backend_refs
        assert (parent.group, parent.kind) == ("gateway.networking.k8s.io", "Gateway")
        assert (backend.group, backend.kind, backend.weight) == ("", "Service", 1)


def test_a_redirect_is_302() -> None:
    filters = [{"type": "RequestRedirect", "requestRedirect": {}}]
    (rule,) = made(HTTPRoute, {"rules": [{"filters": filters}]}).rules
    assert rule.filters[0].request_redirect.status_code == 302


def test_cors_answers_are_kept_for_five_seconds() -> None:
    (rule,) = made(HTTPRoute, {"rules": [{"filters": [{"type": "CORS", "cors": {}}]}]}).rules
    assert rule.filters[0].cors.max_age == 5


def test_listeners_take_routes_of_their_own_namespace() -> None:
    listener = {"name": "a", "port": 80, "protocol": "HTTP"}
    spec = made(Gateway, {"gatewayClassName": "pymesh", "listeners": [listener]})
    assert spec.listeners[0].allowed_routes.namespaces.from_ == "Same"


def test_timeouts_are_durations() -> None:
    spec = {"rules": [{"timeouts": {"request": "1m30s", "backendRequest": "500ms"}}]}
    timeouts = made(HTTPRoute, spec).rules[0].timeouts
    assert timeouts.request.milliseconds == 90_000
    assert timeouts.backend_request.milliseconds == 500
