"""Which workloads a policy is for: the index against the plain meaning of selectors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pymesh.resources import Mesh
from pymesh.resources.istio.authorization_policy import AuthorizationPolicy
from pymesh.resources.kubernetes import Pod, Service
from pymesh.validate.istio_security._scope import Workloads

NAMESPACES = ("istio-system", "shop", "edge")
LABELS = st.dictionaries(st.sampled_from("abc"), st.sampled_from("xy"), max_size=3)
OBJECTS = st.lists(st.tuples(st.sampled_from(NAMESPACES), LABELS), max_size=6)


def made(kind: Any, number: int, namespace: str, spec: object, labels: object = None) -> Any:
    return kind.model_validate(
        {
            "apiVersion": f"{kind.GROUP}/{kind.VERSIONS[0]}".lstrip("/"),
            "kind": kind.KIND,
            "metadata": {"name": f"n{number}", "namespace": namespace, "labels": labels or {}},
            "spec": spec,
        }
    )


def policy(namespace: str, labels: Mapping[str, str]) -> AuthorizationPolicy:
    spec = {"selector": {"matchLabels": labels}} if labels else {}
    one: AuthorizationPolicy = made(AuthorizationPolicy, 0, namespace, spec)
    return one


def may_be_of(service: Service, pods: list[Pod], labels: Mapping[str, str]) -> bool:
    """Whether a policy for the labels is for workloads of the service, told the slow way."""
    selector = service.spec.selector
    own = [
        pod.metadata.labels
        for pod in pods
        if pod.namespace == service.namespace
        and selector
        and selector.items() <= pod.metadata.labels.items()
    ]
    if not labels:
        return True
    if own:
        return any(labels.items() <= each.items() for each in own)
    shared = labels.keys() & selector.keys()
    return bool(shared) and all(labels[key] == selector[key] for key in shared)


@given(OBJECTS, OBJECTS, st.sampled_from(NAMESPACES), LABELS)
def test_services_and_workloads_are_those_of_the_selectors(
    pods: list[tuple[str, dict[str, str]]],
    services: list[tuple[str, dict[str, str]]],
    namespace: str,
    labels: dict[str, str],
) -> None:
    every_pod = [made(Pod, number, *one[:1], {}, one[1]) for number, one in enumerate(pods)]
    every_service = [
        made(Service, number, place, {"selector": selector, "ports": [{"port": 80}]})
        for number, (place, selector) in enumerate(services)
    ]
    asked = policy(namespace, labels)
    workloads = Workloads(Mesh([*every_pod, *every_service, asked]))
    scope = NAMESPACES if namespace == "istio-system" else (namespace,)
    expected = {
        service.key
        for service in every_service
        if service.namespace in scope and may_be_of(service, every_pod, labels)
    }
    assert {service.key for service in workloads.services_of(asked)} == expected
    if labels:
        selected = any(
            pod.namespace in scope and labels.items() <= pod.metadata.labels.items()
            for pod in every_pod
        )
        some = any(one.namespace in scope for one in (*every_pod, *every_service))
        assert workloads.has(asked) == (selected or bool(expected) or not some)
