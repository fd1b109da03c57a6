"""The demo's resources are such as anyone may take as a beginning."""

from __future__ import annotations

from pathlib import Path

import pytest

from pymesh.demo.resources import ADMINS_RULE, CLOSED_RULE, POLICY, close_reports, write
from pymesh.resources import ResourceKey
from pymesh.sources import read_paths
from pymesh.validate import validate


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The demo's folder, with services that are not there."""
    services = {"v1": ("127.0.0.1", 9001), "v2": ("127.0.0.1", 9002)}
    plugins = {"header-auth": {"token_file": "tokens"}, "audit-log": {"path": "requests.log"}}
    write(tmp_path, services, {"v1": 80, "v2": 20}, plugins)
    return tmp_path


def closed(folder: Path) -> list[list[str]]:
    """The paths of each rule of the policy."""
    namespace, _, name = POLICY.partition("/")
    key = ResourceKey("security.istio.io", "AuthorizationPolicy", namespace, name)
    (found,) = [one for one in validate(read_paths([folder])).resources if one.key == key]
    return [list(rule.to[0].operation.paths) for rule in found.spec.rules]  # type: ignore[attr-defined]


def test_nothing_is_wrong_with_them_before_and_after_the_edit(folder: Path) -> None:
    report = validate(read_paths([folder]))
    assert report.findings == []
    kinds = sorted({one.kind for one in report.resources})
    assert kinds == ["AuthorizationPolicy", "EndpointSlice", "Gateway", "HTTPRoute", "Plugin",
                     "Service"]  # fmt: skip
    close_reports(folder)
    assert validate(read_paths([folder])).findings == []


def test_the_edit_closes_reports_and_nothing_else(folder: Path) -> None:
    before = closed(folder)
    assert before[ADMINS_RULE] == ["/admin", "/admin/*"]
    close_reports(folder)
    after = closed(folder)
    assert after[CLOSED_RULE] == [*before[CLOSED_RULE], "/reports"]
    assert after[ADMINS_RULE] == before[ADMINS_RULE]


def test_nothing_half_written_stays(folder: Path) -> None:
    close_reports(folder)
    assert sorted(path.name for path in folder.iterdir()) == [
        "gateway.yaml", "plugins.yaml", "policy.yaml", "services.yaml",
    ]  # fmt: skip
