from __future__ import annotations

from pymesh.resources import Resource, parse
from pymesh.translate import Translator
from pymesh.translate.plugins import ROOTS
from pymesh.wire import Documents, Plugin


def plugin(name: str, namespace: str, spec: str) -> str:
    return f"""---
apiVersion: mesh.pymesh.dev/v1alpha1
kind: Plugin
metadata: {{name: {name}, namespace: {namespace}}}
spec: {{{spec}}}
"""


def read(*texts: str) -> list[Resource]:
    parsed = parse("".join(texts), "plugins.yaml")
    assert not [one for one in parsed.findings if one.severity == "error"]
    return parsed.resources


def documents(*texts: str) -> Documents:
    return Translator(ROOTS).update(read(*texts)).documents


def test_plugins_come_in_the_order_in_which_they_are_called() -> None:
    found = documents(
        plugin("c", "istio-system", "source: c"),
        plugin("late", "istio-system", "source: l, order: 10"),
        plugin("a", "istio-system", "source: a"),
        plugin("first", "istio-system", "source: f, order: -5"),
    )
    assert [one.name for one in found.plugins] == ["first", "a", "c", "late"]


def test_the_root_namespace_is_for_the_whole_mesh() -> None:
    found = documents(plugin("a", "istio-system", "source: a"), plugin("b", "shop", "source: b"))
    assert [(one.name, one.audience) for one in found.plugins] == [("a", "*"), ("b", "shop")]


def test_the_root_namespace_may_be_another() -> None:
    config = """---
apiVersion: mesh.istio.io/v1alpha1
kind: MeshConfig
metadata: {name: mesh, namespace: istio-system}
spec: {rootNamespace: shop}
"""
    found = documents(plugin("b", "shop", "source: b"), config)
    assert [one.audience for one in found.plugins] == ["*"]


def test_everything_that_a_plugin_says_is_handed_on() -> None:
    found = documents(
        plugin(
            "opa",
            "istio-system",
            "source: './opa.py:Opa', config: {url: 'http://x', deep: [1, null]},"
            " failurePolicy: allow, provider: opa",
        )
    )
    assert found.plugins == (
        Plugin(
            name="opa",
            source="./opa.py:Opa",
            config={"url": "http://x", "deep": [1, None]},
            failure="allow",
            provider="opa",
        ),
    )


def test_a_namespace_may_have_a_plugin_of_its_own_under_the_same_name() -> None:
    found = documents(
        plugin("log", "istio-system", "source: common, order: 5"),
        plugin("log", "shop", "source: own, order: -1"),
        plugin("log", "desk", "source: other, order: 5"),
    )
    assert [(one.name, one.audience) for one in found.plugins] == [
        ("log", "shop"),
        ("log", "*"),
        ("log", "desk"),
    ]
