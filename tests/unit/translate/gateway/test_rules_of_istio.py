"""The numbered rules of the Istio reference that Gateway API shares, each by its number."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pymesh.resources import parse
from pymesh.translate import Translator
from pymesh.translate.gateway import ROOTS
from pymesh.wire import Routes

GATEWAY = """
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge}
spec: {gatewayClassName: pymesh, listeners: [{name: http, port: 80, protocol: HTTP}]}
"""
SERVICE = """
---
apiVersion: v1
kind: Service
metadata: {name: a}
spec: {ports: [{port: 80}]}
"""


def route(name: str, rules: str, created: str = "") -> str:
    time = f", creationTimestamp: '{created}'" if created else ""
    return f"""
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: {name}{time}}}
spec:
  parentRefs: [{{name: edge}}]
  rules: {rules}
"""


def routes_of(*texts: str) -> Routes:
    """The routes of every host at the Gateway."""
    parsed = parse("".join((GATEWAY, SERVICE, *texts)), "test.yaml")
    assert not [one for one in parsed.findings if one.severity == "error"]
    (found,) = Translator(ROOTS).update(parsed.resources).documents.routes
    return found


def test_rule_25_a_path_prefix_goes_by_segments() -> None:
    (rule,) = routes_of(route("r", "[{matches: [{path: {value: /foo}}]}]")).rules
    (match,) = rule.matches
    assert match.path is not None
    # "starts_with" would be Istio's prefix, which /foobar has, too.
    assert (match.path.type, match.path.value) == ("prefix", "/foo")


def test_rule_37_an_invalid_backend_is_answered_with_500() -> None:
    (rule,) = routes_of(
        route("r", "[{backendRefs: [{name: a, port: 80}, {name: gone, port: 80}]}]")
    ).rules
    assert [(one.service, one.status) for one in rule.destinations] == [
        ("default/a", None),
        ("default/gone", 500),
    ]


def test_rule_37_a_gateway_without_a_matching_host_is_404() -> None:
    assert routes_of().rules == ()


ages = st.sampled_from(
    ["2023-01-01T00:00:00Z", "2024-01-01T00:00:00Z", "2024-01-01T01:00:00+01:00"]
)


@given(st.dictionaries(st.sampled_from("abcdefgh"), ages, min_size=1))
def test_rule_38_of_equal_matches_the_oldest_route_is_first_then_by_name(
    made: dict[str, Any],
) -> None:
    texts = [route(name, "[{}, {name: second}]", created) for name, created in made.items()]
    found = routes_of(*texts)
    assert found.order == "specific"  # exact, longest prefix, regex, and so on: the proxy's part
    old = sorted(name for name, created in made.items() if created.startswith("2023"))
    new = sorted(name for name in made if name not in old)
    assert [rule.name for rule in found.rules] == [
        f"default/{name}/{rule}" for name in (*old, *new) for rule in ("0", "second")
    ]
