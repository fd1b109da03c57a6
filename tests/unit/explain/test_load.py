"""From files of resources to an engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from pymesh.answers import Request, To
from pymesh.errors import PymeshError
from pymesh.explain import load

SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: pay, namespace: shop}
spec: {ports: [{name: http, port: 80}], selector: {app: pay}}
"""


def test_resources_become_an_engine(tmp_path: Path) -> None:
    (tmp_path / "pay.yaml").write_text(SERVICE)
    loaded = load([tmp_path])
    assert [service.key for service in loaded.documents.services] == ["shop/pay"]
    answer = loaded.engine.explain(Request(destination=To(host="pay.shop")))
    assert answer.outcome == "forward"


def test_wrong_resources_are_refused_with_their_places(tmp_path: Path) -> None:
    file = tmp_path / "pay.yaml"
    file.write_text(SERVICE + "---\n" + POLICY)
    with pytest.raises(PymeshError) as raised:
        load([file])
    assert (raised.value.code, raised.value.exit_code) == ("bad-resources", 65)
    assert raised.value.place is not None
    assert (raised.value.place.path, raised.value.place.line) == (str(file), 9)
    assert f"{file}:9:" in str(raised.value)


POLICY = """\
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: pay, namespace: shop}
spec: {rulez: []}
"""


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PymeshError) as raised:
        load([tmp_path / "none.yaml"])
    assert raised.value.code == "bad-resources"
    assert "none.yaml" in str(raised.value)


def test_a_reference_that_leads_nowhere_is_answered(tmp_path: Path) -> None:
    (tmp_path / "route.yaml").write_text(ROUTE)
    answer = load([tmp_path]).engine.explain(Request(destination=To(host="pay.example")))
    assert (answer.outcome, answer.status) == ("unavailable", 503)


ROUTE = """\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: pay, namespace: shop}
spec:
  hosts: [pay.example]
  http: [{route: [{destination: {host: nowhere}}]}]
"""
