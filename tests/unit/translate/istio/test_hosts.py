from __future__ import annotations

import pytest

from pymesh.translate.istio._hosts import covers, intersect, is_address, kubernetes_name, resolve


@pytest.mark.parametrize(
    ("host", "full"),
    [
        ("web", "web.shop.svc.cluster.local"),
        ("WEB", "web.shop.svc.cluster.local"),
        ("web.shop", "web.shop"),
        ("*", "*"),
        ("*.Example.com", "*.example.com"),
        ("10.0.0.1", "10.0.0.1"),
        ("fd00::1", "fd00::1"),
    ],
)
def test_resolve(host: str, full: str) -> None:
    assert resolve(host, "shop") == full


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("web.shop.svc.cluster.local", ("shop", "web")),
        ("web.shop.svc.example.com", None),
        ("a.web.shop.svc.cluster.local", None),
        (".shop.svc.cluster.local", None),
        ("shop.svc.cluster.local", None),
    ],
)
def test_kubernetes_name(host: str, name: tuple[str, str] | None) -> None:
    assert kubernetes_name(host) == name


@pytest.mark.parametrize(
    ("pattern", "host", "covered"),
    [
        ("*", "a.com", True),
        ("*", "*.com", True),
        ("*.com", "a.com", True),
        ("*.com", "*.a.com", True),
        ("*.com", "*.com", True),
        ("*.a.com", "*.com", False),
        ("*.com", "com", False),
        ("*.com", "*", False),
        ("a.com", "*.com", False),
        ("a.com", "b.com", False),
    ],
)
def test_covers(pattern: str, host: str, covered: bool) -> None:
    assert covers(pattern, host) is covered
    if covered:
        assert intersect(pattern, host) == intersect(host, pattern) == host


def test_no_intersection() -> None:
    assert intersect("*.a.com", "*.b.com") is None


@pytest.mark.parametrize(
    ("text", "address"),
    [("10.0.0.1", True), ("::1", True), ("abcd::1", True), ("a.b", False), ("1.2.3", False)],
)
def test_is_address(text: str, address: bool) -> None:
    assert is_address(text) is address
