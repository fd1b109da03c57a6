"""Istio's kinds of traffic, written shortly, and what is found about them."""

from __future__ import annotations

import json
from typing import Any

from pymesh.resources import Finding, Resource, parse
from pymesh.validate import validate

_DESTINATION = {"destination": {"host": "pay"}}


def resource(kind: str, spec: Any, *, name: str = "pay", namespace: str = "shop") -> dict[str, Any]:
    """A resource of a kind of networking.istio.io, as a tree."""
    return {
        "apiVersion": "networking.istio.io/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }


def service(name: str, *ports: int, namespace: str = "shop", **spec: Any) -> dict[str, Any]:
    """A Kubernetes service, as a tree."""
    numbered = [{"name": f"http-{port}", "port": port} for port in ports]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"ports": numbered, **spec},
    }


def pod(name: str, namespace: str = "shop", **labels: str) -> dict[str, Any]:
    """A pod, as a tree."""
    metadata = {"name": name, "namespace": namespace, "labels": labels}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata}


def virtual_service(*routes: Any, **spec: Any) -> dict[str, Any]:
    """A VirtualService for the host `pay`, as a tree."""
    known = {"name", "namespace"} & spec.keys()
    place = {key: spec.pop(key) for key in known}
    return resource("VirtualService", {"hosts": ["pay"], "http": list(routes), **spec}, **place)


def route(**fields: Any) -> dict[str, Any]:
    """A rule that goes to `pay`, with further fields."""
    return {"route": [_DESTINATION], **fields}


def findings(*trees: Any) -> list[Finding]:
    """All that is found about resources."""
    items = {"apiVersion": "v1", "kind": "List", "items": list(trees)}
    return list(validate(parse(json.dumps(items), "objects.json")).findings)


def errors(*trees: Any) -> set[tuple[str, str]]:
    """Code and path of each error."""
    return {(one.code, one.path) for one in findings(*trees) if one.severity == "error"}


def found(*trees: Any) -> set[str]:
    """The codes of all that is found, but for what is not acted on and services not given."""
    usual = {"not-acted-on", "destination-unknown"}
    return {one.code for one in findings(*trees)} - usual


def typed(tree: Any) -> Resource:
    """The typed resource of a tree that has no errors."""
    parsed = parse(json.dumps(tree), "object.json")
    assert not parsed.findings or all(one.severity != "error" for one in parsed.findings)
    return parsed.resources[0]
