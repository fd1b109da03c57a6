"""Which route gets a request: the documents against the specification's words."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from pymesh.engine import Request, To
from pymesh.engine import compile as compile_documents
from pymesh.resources.gateway import Gateway, HTTPRoute
from pymesh.translate import Translator
from pymesh.translate.gateway import ROOTS
from pymesh.wire import Documents

HOSTS = ["*", "*.com", "*.a.com", "a.com", "b.a.com", "c.b.a.com", "*.b.a.com"]
REQUESTS = ["a.com", "b.a.com", "c.b.a.com", "x.b.a.com", "x.com", "org"]


class ListenerCase(NamedTuple):
    name: str
    port: int
    host: str
    protocol: str


class RouteCase(NamedTuple):
    name: str
    hosts: list[str]
    section: str | None


listeners = st.lists(
    st.tuples(
        st.sampled_from([80, 81]), st.sampled_from(HOSTS), st.sampled_from(["HTTP", "HTTPS"])
    ),
    min_size=1,
    max_size=5,
    unique=True,
).map(lambda all_: [ListenerCase(f"l{i}", *one) for i, one in enumerate(all_)])
routes = st.lists(
    st.tuples(
        st.lists(st.sampled_from(HOSTS[1:]), max_size=3, unique=True),
        st.sampled_from([None, "l0", "l1", "l2"]),
    ),
    max_size=4,
).map(lambda all_: [RouteCase(f"r{i}", *one) for i, one in enumerate(all_)])


def covers(pattern: str, host: str) -> bool:
    return pattern in {"*", host} or (pattern[:2] == "*." and host.endswith(pattern[1:]))


def rank(pattern: str) -> tuple[bool, int]:
    return (not pattern.startswith("*"), len(pattern))


def expected(cases: list[ListenerCase], all_: list[RouteCase], port: int, host: str) -> list[str]:
    """The routes that may get a request, as the specification tells it."""
    protocols = {one.protocol for one in cases if one.port == port}
    if protocols != {"HTTP"}:
        return []  # nothing there, not served yet, or two protocols on one port
    mine = [one for one in cases if one.port == port and covers(one.host, host)]
    if not mine:
        return []
    listener = max(mine, key=lambda one: rank(one.host))
    best: dict[tuple[bool, int], list[str]] = {}
    for route in all_:
        if route.section in {None, listener.name}:
            meant = [one for one in route.hosts or ["*"] if covers(one, host)]
            if meant:
                # What route and listener have in common is the narrower of the two.
                most = max([*meant, listener.host], key=rank)
                narrow = max(meant, key=rank)
                best.setdefault(rank(most if rank(narrow) < rank(most) else narrow), []).append(
                    route.name
                )
    return best[max(best)] if best else []


def found(documents: Documents, port: int, host: str) -> list[str]:
    """The routes of the most specific document."""
    fitting = [one for one in documents.routes if one.port == port and covers(one.host, host)]
    if not fitting:
        return []
    return [rule.name.split("/")[1] for rule in max(fitting, key=lambda one: rank(one.host)).rules]


def resources(cases: list[ListenerCase], all_: list[RouteCase]) -> list[Any]:
    group = "gateway.networking.k8s.io/v1"
    gateway = {
        "apiVersion": group,
        "kind": "Gateway",
        "metadata": {"name": "edge"},
        "spec": {
            "gatewayClassName": "pymesh",
            "listeners": [
                {"name": one.name, "port": one.port, "protocol": one.protocol}
                | ({} if one.host == "*" else {"hostname": one.host})
                | ({"tls": {"certificateRefs": [{"name": "c"}]}} if one.protocol == "HTTPS" else {})
                for one in cases
            ],
        },
    }
    return [
        Gateway.model_validate_json(json.dumps(gateway)),
        *(
            HTTPRoute.model_validate_json(
                json.dumps(
                    {
                        "apiVersion": group,
                        "kind": "HTTPRoute",
                        "metadata": {"name": route.name},
                        "spec": {
                            "parentRefs": [
                                {"name": "edge"}
                                | ({"sectionName": route.section} if route.section else {})
                            ],
                            "hostnames": route.hosts,
                        },
                    }
                )
            )
            for route in all_
        ),
    ]


@settings(max_examples=400)
@given(listeners, routes)
def test_the_listener_with_the_most_specific_hostname_alone_decides(
    cases: list[ListenerCase], all_: list[RouteCase]
) -> None:
    documents = Translator(ROOTS).update(resources(cases, all_)).documents
    for port in (80, 81):
        for host in REQUESTS:
            assert found(documents, port, host) == expected(cases, all_, port, host), (port, host)


@settings(max_examples=100)
@given(listeners, routes)
def test_nothing_listens_for_https_and_nothing_of_it_is_served(
    cases: list[ListenerCase], all_: list[RouteCase]
) -> None:
    documents = Translator(ROOTS).update(resources(cases, all_)).documents
    secret = {one.port for one in cases if one.protocol == "HTTPS"}
    assert secret.isdisjoint(one.port for one in documents.listeners)
    assert secret.isdisjoint(one.port for one in documents.routes)


@settings(max_examples=150)
@given(listeners, routes)
def test_the_engine_sends_requests_to_the_routes_that_the_documents_say(
    cases: list[ListenerCase], all_: list[RouteCase]
) -> None:
    engine = compile_documents(Translator(ROOTS).update(resources(cases, all_)).documents)
    asked = [(port, host) for port in (80, 81) for host in REQUESTS]
    answers = engine.answer(
        Request(gateway="default/edge", destination=To(host=host, port=port))
        for port, host in asked
    )
    for (port, host), answer in zip(asked, answers, strict=True):
        # Every rule takes every path, so the first by precedence is the one.
        wanted = expected(cases, all_, port, host)[:1]
        assert ([answer.route.name] if answer.route else []) == wanted, (port, host)
