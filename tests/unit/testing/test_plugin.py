"""Policy tests under pytest: what they assert, what they say when it fails, what they cover."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path

import pytest

from pymesh.answers import Source, To, Workload
from pymesh.testing import Mesh, Rule

pytest_plugins = "pytester"

RESOURCES = """\
apiVersion: v1
kind: Service
metadata: {name: payments, namespace: shop}
spec: {ports: [{name: http, port: 80, targetPort: 8080}], selector: {app: payments}}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: payments, namespace: shop}
spec:
  host: payments
  subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: payments, namespace: shop}
spec:
  hosts: [payments]
  http:
  - match: [{uri: {prefix: /charge}}]
    route:
    - {destination: {host: payments, subset: v1}, weight: 90}
    - {destination: {host: payments, subset: v2}, weight: 10}
  - match: [{uri: {prefix: /refund}}]
    route: [{destination: {host: payments, subset: v2}}]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: payments, namespace: shop}
spec:
  selector: {matchLabels: {app: payments}}
  rules:
  - from: [{source: {principals: [cluster.local/ns/shop/sa/web]}}]
    to: [{operation: {methods: [POST], paths: ["/charge*"]}}]
  - from: [{source: {namespaces: [admin]}}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    mesh = tmp_path / "mesh"
    mesh.mkdir()
    (mesh / "payments.yaml").write_text(RESOURCES)
    return mesh


@pytest.fixture
def mesh(folder: Path) -> Mesh:
    return Mesh.load(folder)


CHARGE = {"to": "payments.shop", "method": "POST", "path": "/charge"}


def test_allows(mesh: Mesh) -> None:
    answer = mesh.allows(source="web.shop", headers={"x-a": "1"}, **CHARGE)
    assert answer.authorization is not None
    assert answer.authorization.policy == "shop/payments"
    assert answer.request is not None
    assert answer.request.headers == (("x-a", "1"),)
    with pytest.raises(AssertionError) as raised:
        mesh.allows(source="ads.other", **CHARGE)
    message = str(raised.value)
    assert message.startswith("the request is not allowed: source='ads.other'")
    assert "denied 403" in message
    assert "rule 0: not matched" in message


def test_denies(mesh: Mesh) -> None:
    mesh.denies(**CHARGE)
    mesh.denies(source=Source(namespace="shop", service_account="ads"), **CHARGE)
    with pytest.raises(AssertionError, match="is not denied"):
        mesh.denies(source="web.shop", **CHARGE)
    # What fails otherwise is not denied.
    with pytest.raises(AssertionError, match="not found 404"):
        mesh.denies(source="web.shop", to="payments.shop", path="/none")


def test_routes(mesh: Mesh) -> None:
    expected = {"payments.shop/v1": 90, "payments.shop/v2": 10}
    mesh.routes(source="web.shop", destinations=expected, **CHARGE)
    refund = {"source": "x.admin", "to": "payments.shop", "path": "/refund"}
    mesh.routes(destinations="payments.shop/v2", **refund)
    mesh.routes(destinations="payments.shop.svc.cluster.local/v2", **refund)
    for wrong in ("payments.shop", "payments.shop/v1", {"payments.shop/v2": 2}):
        with pytest.raises(AssertionError, match="does not go to"):
            mesh.routes(destinations=wrong, **refund)
    with pytest.raises(AssertionError, match="is not forwarded"):
        mesh.routes(destinations="payments.shop/v2", to="payments.shop", path="/none")


def test_a_workload_is_asked_directly(mesh: Mesh) -> None:
    payments = Workload(namespace="shop", labels={"app": "payments"})
    mesh.allows(source="x.admin", to=payments, path="/any")
    mesh.denies(source="x.shop", to=To(workload=payments, port=8080), path="/any")


def test_coverage_is_what_was_reached(mesh: Mesh) -> None:
    route = ("VirtualService", "shop", "payments")
    policy = ("AuthorizationPolicy", "shop", "payments")
    assert mesh.coverage.unreached() == [
        Rule(*policy, 0), Rule(*policy, 1), Rule(*route, 0), Rule(*route, 1),
    ]  # fmt: skip
    mesh.denies(**CHARGE)
    assert mesh.coverage.reached == {Rule(*route, 0)}
    mesh.allows(source="web.shop", **CHARGE)
    assert mesh.coverage.unreached() == [Rule(*policy, 1), Rule(*route, 1)]
    assert str(Rule(*policy, 1)) == "AuthorizationPolicy shop/payments rule 1"


TESTS = """
def test_only_web_charges(mesh):
    mesh.allows(source="web.shop", to="payments.shop", method="POST", path="/charge")
    mesh.denies(source="ads.other", to="payments.shop", method="POST", path="/charge")
"""


def run(pytester: pytest.Pytester, *words: str) -> pytest.RunResult:
    known = any(one.value == "pymesh.testing.plugin" for one in entry_points(group="pytest11"))
    plugin = () if known else ("-p", "pymesh.testing.plugin")
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", *plugin, *words)


def test_the_summary_lists_what_no_test_reached(pytester: pytest.Pytester, folder: Path) -> None:
    pytester.makeini(f"[pytest]\npymesh_mesh = {folder}\n")
    pytester.makepyfile(TESTS)
    result = run(pytester)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        [
            "*rules of the mesh*",
            "2 of 4 were reached by a test",
            "not reached: AuthorizationPolicy shop/payments rule 1",
            "not reached: VirtualService shop/payments rule 1",
        ]
    )
    assert result.ret == 0


def test_required_coverage_is_missed_where_no_test_asks_for_the_mesh(
    pytester: pytest.Pytester, folder: Path
) -> None:
    pytester.makepyfile("def test_other(): pass")
    result = run(pytester, "--pymesh-mesh", str(folder), "--pymesh-require-coverage")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*no test of this process asked for the mesh*"])
    result = run(pytester, "--collect-only", "--pymesh-require-coverage")
    assert result.ret == pytest.ExitCode.OK


def test_coverage_can_be_required(pytester: pytest.Pytester, folder: Path) -> None:
    pytester.makepyfile(TESTS)
    result = run(pytester, "--pymesh-mesh", str(folder), "--pymesh-require-coverage")
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_a_failure_shows_the_steps(pytester: pytest.Pytester, folder: Path) -> None:
    pytester.makepyfile(
        "def test_wrong(mesh):\n    mesh.allows(source='ads.other', to='payments.shop/charge')\n"
        "def test_denied(mesh):\n    mesh.allows(source='ads.other', to='payments.shop',"
        " path='/charge')\n"
    )
    result = run(pytester, "--pymesh-mesh", str(folder))
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*the request is not allowed*", "*denied 403*", "*rule 0: not*"])


def test_without_the_fixture_nothing_is_said(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        "def test_other():\n    import sys\n    assert 'pymesh.engine' not in sys.modules\n"
    )
    result = run(pytester)
    result.assert_outcomes(passed=1)
    assert "rules of the mesh" not in result.stdout.str()


def test_resources_that_are_wrong_are_an_error(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(TESTS)
    result = run(pytester)  # there is no folder `mesh`
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*cannot be read*"])
