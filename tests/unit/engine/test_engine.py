"""The engine for Python: typed questions in, typed answers out, mistakes as our errors."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pymesh
from pymesh import engine as engines
from pymesh.answers import Answer
from pymesh.engine import Engine, Request, Source, To, Workload
from pymesh.errors import PymeshError
from pymesh.wire import (
    Cluster,
    Destination,
    Documents,
    Origin,
    Policy,
    PolicyRule,
    RouteRule,
    Routes,
    Service,
)
from pymesh.wire import policies as wire

SCHEMAS = Path(pymesh.__file__).parent / "schemas"


def schema(name: str) -> tuple[dict[str, Any], jsonschema.Draft202012Validator]:
    loaded: dict[str, Any] = json.loads((SCHEMAS / name).read_text())
    jsonschema.Draft202012Validator.check_schema(loaded)
    return loaded, jsonschema.Draft202012Validator(
        loaded, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )


(REQUEST_SCHEMA, REQUEST), (ANSWER_SCHEMA, ANSWER) = (
    schema("why-request.json"),
    schema("why-answer.json"),
)


@pytest.fixture(scope="module")
def engine() -> Engine:
    """One service that lets `web` in."""
    rule = RouteRule(
        name="shop/pay/0",
        resource=Origin(kind="VirtualService", namespace="shop", name="pay"),
        destinations=(Destination(service="shop/pay", port=80),),
    )
    return engines.compile(
        Documents(
            services=(
                Service(
                    namespace="shop",
                    name="pay",
                    host="pay.shop",
                    selector={"app": "pay"},
                    known_endpoints=False,
                    clusters=(Cluster(port=80, protocol="http", target_port=8080),),
                ),
            ),
            routes=(Routes(host="pay.shop", rules=(rule,)),),
            policies=(
                Policy(
                    namespace="shop",
                    name="pay",
                    rules=(PolicyRule(from_=(wire.Source(namespaces=("web",)),)),),
                ),
                Policy(namespace="shop", name="try", dry_run=True, rules=(PolicyRule(),)),
            ),
        )
    )


WEB = Source(namespace="web", service_account="web")
PAY = To(host="pay.shop")


NAMES = {
    *Request.__struct_fields__,
    *Source.__struct_fields__,
    *To.__struct_fields__,
    *Workload.__struct_fields__,
}


def test_match_says_which_rule(engine: Engine) -> None:
    route = engine.match(Request(source=WEB, destination=PAY))
    assert route is not None
    assert str(route) == "VirtualService shop/pay rule 0"
    assert engine.match(Request(destination=To(host="other"))) is None


def test_authorize_says_who_decides(engine: Engine) -> None:
    allowed = engine.authorize(Request(source=WEB, destination=PAY))
    assert allowed is not None
    assert (allowed.decision, allowed.policy, allowed.rule) == ("allow", "shop/pay", 0)
    assert [(one.policy, one.decision) for one in allowed.dry_run] == [("shop/try", "allow")]
    denied = engine.authorize(Request(destination=PAY))
    assert denied is not None
    assert (denied.decision, denied.policy) == ("deny", None)
    assert engine.authorize(Request(destination=To(host="other"))) is None


def test_explain_has_the_steps(engine: Engine) -> None:
    answer = engine.explain(Request(source=WEB, destination=PAY, id="x"))
    assert (answer.id, answer.outcome) == ("x", "forward")
    assert [node.step for node in answer.tree] == ["host", "destination"]
    assert engine.answer([Request(source=WEB, destination=PAY)])[0].tree == ()


def test_a_workload_is_asked_directly(engine: Engine) -> None:
    workload = Workload(namespace="shop", labels={"app": "pay"})
    request = Request(source=WEB, destination=To(workload=workload, port=8080))
    assert engine.answer([request])[0].outcome == "forward"
    assert engine.answer([msgspec.structs.replace(request, source=Source())])[0].status == 403


def test_wrong_documents_are_our_error() -> None:
    with pytest.raises(PymeshError, match="unknown field `servces`") as raised:
        engines.compile(b'{"servces": []}')
    assert raised.value.code == "bad-document"
    assert raised.value.exit_code == 65
    routes = {"host": "a", "rules": [{"name": "r", "destinations": [{"service": "shop/none"}]}]}
    with pytest.raises(PymeshError, match="shop/none"):
        engines.compile(json.dumps({"routes": [routes]}).encode())


LINES: list[dict[str, Any]] = [
    {"id": 1, "destination": {"host": "pay.shop"}},
    {"id": "2", "destination": {"host": "pay.shop", "port": 80}, "source": {"namespace": "web"}},
    {"destination": {"host": "other"}, "protocol": "tcp"},
    {"destination": {"host": "pay.shop"}, "path": "/%00"},
    {"gateway": "edge/public"},
    {"destination": {"workload": {"namespace": "shop"}, "port": 1}, "headers": [["a", "b"]]},
    {"destination": {"host": "pay.shop"}, "claims": {"iss": "a"}, "sni": "a", "scheme": "https"},
    {"destination": {"host": "a"}, "source": {"ip": "::1", "remote_ip": "10.0.0.1", "labels": {}}},
]
WRONG = [
    {},
    {"destination": {}, "extra": 1},
    {"destination": {"host": "a", "workload": {}}},
    {"destination": {"host": "a", "port": 0}},
    {"destination": {"host": "a"}, "protocol": "udp"},
    {"destination": {"host": "a"}, "headers": [["a"]]},
    {"destination": {"host": "a"}, "source": {"sa": "a"}},
    {"destination": {"host": "a"}, "source": {"ip": "10.0.0"}},
    {"destination": {"host": "a"}, "id": []},
    {"gateway": "a"},
]


@pytest.mark.parametrize("tree", [False, True])
@pytest.mark.parametrize("line", LINES, ids=json.dumps)
def test_answers_are_as_their_schema_says(engine: Engine, line: dict[str, Any], tree: bool) -> None:
    REQUEST.validate(line)
    answer = json.loads(engine.answer_lines(json.dumps(line).encode(), tree=tree))
    ANSWER.validate(answer)
    assert ("tree" in answer) == tree
    assert answer["id"] == line.get("id")
    # Typed and untyped say the same.
    request = msgspec.convert(line, Request, strict=True)
    assert engine.answer([request], tree=tree) == [msgspec.convert(answer, Answer)]


@pytest.mark.parametrize("line", WRONG, ids=json.dumps)
def test_a_line_that_the_schema_refuses_is_a_bad_request(
    engine: Engine, line: dict[str, Any]
) -> None:
    assert not REQUEST.is_valid(line) or line == {}
    answer = json.loads(engine.answer_lines(json.dumps(line).encode()))
    ANSWER.validate(answer)
    assert answer["outcome"] == "bad_request"
    assert answer["error"]


def test_the_schema_has_what_the_types_have() -> None:
    properties = REQUEST_SCHEMA["properties"]
    assert set(properties) == set(Request.__struct_fields__)
    assert set(properties["source"]["properties"]) == set(Source.__struct_fields__)
    assert set(properties["destination"]["properties"]) == set(To.__struct_fields__)
    assert set(ANSWER_SCHEMA["properties"]) == set(Answer.__struct_fields__)


def test_lines_are_answered_one_for_one(engine: Engine) -> None:
    line = b'{"id": 1, "destination": {"host": "pay.shop"}}'
    answers = engine.answer_lines(b"\n".join([line, b"", b"nonsense", b"\xff", line]))
    outcomes = [json.loads(answer)["outcome"] for answer in answers.splitlines()]
    assert outcomes == ["denied", "bad_request", "bad_request", "denied"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text() | st.sampled_from(sorted(NAMES)), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.lists(JSON.map(json.dumps).map(str.encode) | st.binary(), min_size=1, max_size=5))
def test_whatever_a_line_holds_it_has_its_answer(engine: Engine, lines: list[bytes]) -> None:
    data = b"\n".join(lines)
    asked = [line for line in data.split(b"\n") if line.strip(b" \t\r\x0c")]
    answers = engine.answer_lines(data, tree=True).splitlines()
    assert len(answers) == len(asked)
    for answer in answers:
        ANSWER.validate(json.loads(answer))


def test_threads_share_an_engine(engine: Engine) -> None:
    lines = b"\n".join(
        json.dumps({"id": number, "destination": {"host": f"h{number}.example"}}).encode()
        for number in range(2_000)
    )
    expected = engine.answer_lines(lines)
    answers: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: answers.append(engine.answer_lines(lines)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [expected] * 4
