"""Paths that no request has, and what becomes of them."""

from __future__ import annotations

from typing import Any

import pytest
from networking import found, route, virtual_service


@pytest.mark.parametrize(
    ("uri", "matches"),
    [
        ({"exact": "/"}, True),
        ({"exact": ""}, False),
        ({"prefix": ""}, True),
        ({"exact": "*"}, True),
        ({"prefix": "pay"}, False),
        ({"exact": "/pay?a=b"}, False),
        ({"prefix": "/pay#top"}, False),
        ({"exact": "/a/./b"}, False),
        ({"exact": "/a/.."}, False),
        ({"prefix": "/a/.."}, True),
        ({"prefix": "/a/../b"}, False),
        ({"exact": "/a/..."}, True),
        ({"exact": "/a/%2E%2e/b"}, False),
        ({"exact": "/%41"}, False),
        ({"exact": "/a%5Fb"}, False),
        ({"exact": "/a%2Fb%20c"}, True),
        ({"regex": "pay"}, True),
    ],
)
def test_paths(uri: dict[str, str], matches: bool) -> None:
    codes = found(virtual_service(route(match=[{"uri": uri}])))
    assert ("path-never-matches" in codes) is not matches


def test_without_normalization_paths_stay_as_they_are() -> None:
    config = {
        "apiVersion": "mesh.istio.io/v1alpha1",
        "kind": "MeshConfig",
        "metadata": {"name": "mesh", "namespace": "istio-system"},
        "spec": {"pathNormalization": {"normalization": "NONE"}},
    }
    tree = virtual_service(route(match=[{"uri": {"exact": "/a/../%41"}}]))
    assert found(config, tree) == set()


@pytest.mark.parametrize(
    ("uri", "replacement", "doubled"),
    [
        ({"prefix": "/pay"}, "/", True),
        ({"prefix": "/pay"}, "/a/", True),
        ({"prefix": "/pay/"}, "/", False),
        ({"prefix": "/pay"}, "/a", False),
        ({"prefix": "/"}, "/a/", False),
        ({"exact": "/pay"}, "/", False),
        ({"regex": "/pay.*"}, "/", False),
    ],
)
def test_replaced_prefixes(uri: Any, replacement: str, doubled: bool) -> None:
    match = [{"uri": uri}]
    rewrite = virtual_service(route(match=match, rewrite={"uri": replacement}))
    redirect = virtual_service({"match": match, "redirect": {"prefixRewrite": replacement}})
    assert ("rewrite-double-slash" in found(rewrite)) is doubled
    assert ("rewrite-double-slash" in found(redirect)) is doubled


@pytest.mark.parametrize(
    ("match", "redirect", "loops"),
    [
        ([], {"uri": "/"}, True),
        ([{"uri": {"exact": "/a"}}], {"uri": "/a"}, True),
        ([{"uri": {"exact": "/a"}}], {"uri": "/a?b"}, True),
        ([{"uri": {"exact": "/a"}}], {"uri": "/a/"}, False),
        ([{"uri": {"prefix": "/a"}}], {"uri": "/ab"}, True),
        ([{"uri": {"prefix": "/a"}}], {"uri": "/b"}, False),
        ([{"uri": {"prefix": "/a"}}], {"uri": "/ab", "scheme": "https"}, False),
        ([{"uri": {"prefix": "/a"}}], {"uri": "/ab", "authority": "a.example"}, False),
        ([{"uri": {"prefix": "/a"}}], {"uri": "/ab", "port": 443}, False),
        ([{"uri": {"regex": "/a.*"}}], {"uri": "/ab"}, False),
    ],
)
def test_redirects_to_where_they_were(match: Any, redirect: Any, loops: bool) -> None:
    tree = virtual_service({"match": match, "redirect": redirect})
    assert ("redirect-loop" in found(tree)) is loops


@pytest.mark.parametrize("uri", [{"exact": "/ab"}, {"prefix": "/ab"}, {"regex": "/a[b]"}])
def test_an_earlier_rule_for_the_new_path_ends_the_loop(uri: dict[str, str]) -> None:
    last = {"match": [{"uri": {"prefix": "/a"}}], "redirect": {"uri": "/ab"}}
    assert "redirect-loop" in found(virtual_service(last))
    assert "redirect-loop" not in found(virtual_service(route(match=[{"uri": uri}]), last))
