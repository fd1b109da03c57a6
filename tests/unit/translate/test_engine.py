from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pymesh import wire
from pymesh.resources.istio.authorization_policy import AuthorizationPolicy
from pymesh.resources.kubernetes import Service
from pymesh.translate import Index, Output, Root, Translator, View, by_name, unit

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from pymesh.resources import Resource


def service(name: str, *, port: int = 80, namespace: str = "shop", created: int = 1) -> Service:
    return Service.model_validate(
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {
                "name": name,
                "namespace": namespace,
                "creationTimestamp": f"2026-01-0{created}T00:00:00Z",
            },
            "spec": {"ports": [{"port": port}]},
        }
    )


def policy(name: str) -> AuthorizationPolicy:
    return AuthorizationPolicy.model_validate(
        {
            "apiVersion": "security.istio.io/v1",
            "kind": "AuthorizationPolicy",
            "metadata": {"name": name, "namespace": "shop"},
        }
    )


def once(_: View) -> Iterable[Hashable]:
    return (None,)


def document(name: str) -> wire.Service:
    return wire.Service(namespace="shop", name=name, host=name)


def names(translator: Translator, *changed: Resource) -> list[str]:
    return [one.name for one in translator.apply(changed).documents.services]


def test_a_unit_runs_again_only_for_what_it_read() -> None:
    ran: list[tuple[str, str]] = []

    @unit
    def made(view: View, key: tuple[str, str]) -> Output:
        ran.append(key)
        found = view.get(Service, *key)
        return Output((document(found.name),)) if found else Output()

    translator = Translator([Root("services", lambda view: view.keys(by_name(Service)), made)])
    translator.apply([service("a"), service("b"), policy("p")])
    assert sorted(ran) == [("shop", "a"), ("shop", "b")]
    ran.clear()
    translator.apply([service("b", port=81), policy("q")])
    assert ran == [("shop", "b")]


def test_an_equal_result_stops_a_change() -> None:
    ran: list[str] = []

    @unit
    def amount(view: View, _: None) -> int:
        ran.append("amount")
        return sum(len(one.spec.ports) for one in view.of(Service))

    @unit
    def made(view: View, _: None) -> Output:
        ran.append("made")
        return Output((document(f"n{amount(view, None)}"),))

    translator = Translator([Root("count", once, made)])
    assert names(translator, service("a")) == ["n1"]
    ran.clear()
    assert names(translator, service("a", port=81)) == ["n1"]
    assert ran == ["amount"]
    assert names(translator, service("b")) == ["n2"]


def test_what_is_asked_for_may_depend_on_what_was_found() -> None:
    """A source that is not read any more is not looked at again, be it that it would fail."""

    @unit
    def strict(view: View, name: str) -> int:
        found = view.get(Service, "shop", name)
        assert found is not None
        return found.spec.ports[0].port

    @unit
    def made(view: View, _: None) -> Output:
        there = view.get(Service, "shop", "a") is not None
        return Output((document(f"p{strict(view, 'a')}" if there else "none"),))

    translator = Translator([Root("one", once, made)])
    assert names(translator, service("a")) == ["p80"]
    gone = translator.apply(removed=[service("a").key])
    assert [one.name for one in gone.documents.services] == ["none"]


def test_a_unit_that_asks_for_itself_is_refused() -> None:
    @unit
    def one(view: View, key: int) -> int:
        return other(view, key)

    @unit
    def other(view: View, key: int) -> int:
        return one(view, key)

    @unit
    def made(view: View, _: None) -> Output:
        one(view, 1)
        return Output()

    with pytest.raises(RuntimeError, match="asks for itself"):
        Translator([Root("circle", once, made)]).update([])


def test_after_a_failure_the_next_attempt_is_whole() -> None:
    broken = [True]

    @unit
    def port(view: View, _: None) -> int:
        found = view.get(Service, "shop", "a")
        if broken[0]:
            raise ValueError("no")
        return found.spec.ports[0].port if found else 0

    @unit
    def made(view: View, _: None) -> Output:
        return Output((document(f"p{port(view, None)}"),))

    translator = Translator([Root("one", once, made)])
    with pytest.raises(ValueError, match="no"):
        translator.apply([service("a")])
    broken[0] = False
    assert names(translator) == ["p80"]
    assert names(translator, service("a", port=81)) == ["p81"]
    broken[0] = True
    with pytest.raises(ValueError, match="no"):
        translator.apply([service("a", port=82)])
    broken[0] = False
    assert names(translator) == ["p82"]


def test_resources_come_the_oldest_first_then_by_name() -> None:
    ports: Index[Service, int] = Index(Service, lambda one: {p.port for p in one.spec.ports})

    @unit
    def made(view: View, _: None) -> Output:
        return Output(
            tuple(
                wire.Plugin(name=f"{number}", source=",".join(f.name for f in view.find(ports, p)))
                for number, p in enumerate(sorted(view.keys(ports)))
            )
        )

    translator = Translator([Root("ports", once, made)])
    found = translator.update(
        [service("c"), service("b", created=2), service("a", created=2), service("x", port=81)]
    )
    assert [one.source for one in found.documents.plugins] == ["c,a,b", "x"]
    found = translator.apply([service("x", created=3)])
    assert [one.source for one in found.documents.plugins] == ["c,a,b,x"]


def routes(rule: str) -> wire.Routes:
    return wire.Routes(host="h", rules=(wire.RouteRule(name=rule),))


def test_the_higher_rank_has_the_routes() -> None:
    @unit
    def low(view: View, _: None) -> Output:
        del view
        return Output((routes("low"),))

    @unit
    def high(view: View, key: tuple[str, str]) -> Output:
        return Output((routes("high"),)) if view.get(Service, *key) else Output()

    translator = Translator(
        [
            Root("a-low", once, low),
            Root("z-high", lambda view: view.keys(by_name(Service)), high, rank=10),
        ]
    )

    def rule(*changed: Resource) -> str:
        (only,) = translator.apply(changed).documents.routes
        return only.rules[0].name

    assert rule() == "low"
    assert rule(service("a")) == "high"
    (only,) = translator.apply(removed=[service("a").key]).documents.routes
    assert only.rules[0].name == "low"


def test_two_documents_of_one_unit_for_one_place() -> None:
    @unit
    def made(view: View, key: tuple[str, str]) -> Output:
        del key
        count = len(view.of(Service))
        return Output(tuple(routes(f"r{number}") for number in range(count)))

    translator = Translator([Root("r", once, made)])
    for found in ([service("a"), service("b")], [service("a")], []):
        rules = [one.rules[0].name for one in translator.update(found).documents.routes]
        assert rules == [f"r{len(found) - 1}"] * bool(found)
