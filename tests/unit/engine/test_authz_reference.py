"""The engine decides as the reference does: 100,000 pairs of policies and request."""

import copy
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from reference_authz import decide, peer_mode

from pymesh._core import CoreError, Engine

Object = dict[str, Any]

ROOT = "istio-system"
SETS = 2_000
REQUESTS = 50
SEED = 20_260_705
GATEWAY = "shop/front"
LISTENERS = [
    {
        "gateway": GATEWAY,
        "name": f"http-{port}",
        "port": port,
        "protocol": "http",
        "hosts": ["*"],
        "selector": {"app": "pay"},
    }
    for port in (80, 8080)
]
# What answers by itself has nothing behind it that could decide as well.
ROUTES = [
    {
        "host": "*",
        "gateway": GATEWAY,
        "rules": [{"name": "all", "direct_response": {"status": 200}}],
    }
]

TEXTS = ["a", "b", "ab", "a*", "*b", "*"]
BLOCKS = ["10.0.0.0/8", "10.0.0.1", "10.1.0.0/16", "0.0.0.0/0", "fd00::/8", "::/0"]
PATHS = [
    "/a",
    "/a/b",
    "/a*",
    "*/b",
    "*",
    "/{*}",
    "/{*}/b",
    "/a/{**}",
    "/{**}/",
    "/{*}/{**}",
    "/{**}/b",
]
PRINCIPALS = ["td/ns/shop/sa/a", "td/ns/shop/*", "*/sa/b", "*", "cluster.local/ns/desk/sa/ab"]
REQUEST_PRINCIPALS = ["i/s", "*", "*/s", "i/*", "i*/s", "i/*s", "https://i/s", "i*", "*s", "i"]
VALUES: dict[str, list[str]] = {
    "principals": PRINCIPALS,
    "request_principals": REQUEST_PRINCIPALS,
    "namespaces": ["shop", "desk", "s*", "*k", "*", "d*k", "*h*"],
    "service_accounts": ["shop/a", "shop/b", "desk/ab", "desk/a"],
    "trust_domains": ["td", "cluster.local", "c*", "*"],
    "ip_blocks": BLOCKS,
    "remote_ip_blocks": BLOCKS,
    "hosts": ["pay.example", "PAY.example", "*.example", "pay.*", "*", "pay.example:8080"],
    "ports": ["80", "8080", "443"],
    "methods": ["GET", "POST", "P*", "*T", "*", "get"],
    "paths": PATHS,
    "request.headers[x-team]": TEXTS,
    "request.headers[X-Role]": [*TEXTS, "a,b"],
    "source.ip": BLOCKS,
    "remote.ip": BLOCKS,
    "source.namespace": ["shop", "s*", "*"],
    "source.serviceAccount": ["shop/a", "desk/ab"],
    "source.trustDomain": ["td", "*local"],
    "source.principal": PRINCIPALS,
    "request.auth.principal": REQUEST_PRINCIPALS,
    "request.auth.audiences": TEXTS,
    "request.auth.presenter": TEXTS,
    "request.auth.claims[groups]": TEXTS,
    "request.auth.claims[nested][role]": TEXTS,
    "request.auth.claims[scope]": ["a", "b", "a b", "*"],
    "destination.ip": BLOCKS,
    "destination.port": ["80", "8080"],
    "connection.sni": ["pay.example", "Pay.Example", "*.example", "*"],
}
SOURCE = list(VALUES)[:7]
OPERATION = list(VALUES)[7:11]
KEYS = list(VALUES)[11:]


def some(rng: random.Random, items: list[str], most: int = 2) -> list[str]:
    return rng.sample(items, rng.randint(1, most))


def an_entry(rng: random.Random, lists: list[str]) -> Object:
    return {
        rng.choice(["", "", "not_"]) + name: some(rng, VALUES[name])
        for name in rng.sample(lists, rng.choice([1, 1, 2]))
    }


def a_condition(rng: random.Random) -> Object:
    key = rng.choice(KEYS)
    sides = rng.choice([["values"], ["values"], ["not_values"], ["values", "not_values"]])
    return {"key": key} | {side: some(rng, VALUES[key]) for side in sides}


def a_rule(rng: random.Random) -> Object:
    parts: Object = {
        "from": [an_entry(rng, SOURCE) for _ in range(rng.choice([0, 1, 1, 2]))],
        "to": [an_entry(rng, OPERATION) for _ in range(rng.choice([0, 0, 1, 2]))],
        "when": [a_condition(rng) for _ in range(rng.choice([0, 0, 1, 2]))],
    }
    return {part: entries for part, entries in parts.items() if entries}


def a_policy(rng: random.Random, index: int) -> Object:
    action = rng.choice(["allow", "allow", "allow", "deny", "deny", "audit"])
    policy: Object = {"namespace": rng.choice(["shop", "shop", "desk", ROOT]), "name": f"p{index}"}
    policy["action"] = action
    if rng.random() < 0.2:
        policy["dry_run"] = True
    if rng.random() < 0.3:
        policy["selector"] = {"app": rng.choice(["pay", "web"])}
    elif rng.random() < 0.3 and policy["namespace"] != "desk":
        policy["targets"] = rng.choice([[GATEWAY], ["shop/other"], ["shop/other", GATEWAY]])
    if action == "deny" or rng.random() < 0.9:
        policy["rules"] = [a_rule(rng) for _ in range(rng.randint(1, 3))]
    return policy


def some_claims(rng: random.Random) -> Object:
    values = ["a", "b", "ab", "", ["a", "b"], ["x"], [], ["x", 1], 7, True, None, {"role": "a"}]
    claims: Object = {
        "iss": rng.choice(["i", "ii", "https://i", 1]),
        "sub": rng.choice(["s", "ss", ""]),
    }
    for name in rng.sample(["aud", "azp", "groups", "scope", "nested"], rng.randint(0, 4)):
        claims[name] = rng.choice(values)
    if rng.random() < 0.5:
        claims["nested"] = {"role": rng.choice(values)}
    if rng.random() < 0.5:
        claims["scope"] = rng.choice(["a b", "a  x", "", " "])
    return {name: claims[name] for name in claims if rng.random() < 0.9}


def a_request(rng: random.Random, index: int) -> Object:
    source: Object = {"namespace": rng.choice(["shop", "desk"])}
    if rng.random() < 0.8:
        source["service_account"] = rng.choice(["a", "b", "ab"])
    if rng.random() < 0.5:
        source["trust_domain"] = rng.choice(["td", "cluster.local"])
    addresses = ["10.0.0.1", "10.1.2.3", "192.0.2.1", "fd00::1", "::1"]
    if rng.random() < 0.9:
        source["ip"] = rng.choice(addresses)
    if rng.random() < 0.7:
        source["remote_ip"] = rng.choice(addresses)
    workload = {
        "namespace": "shop",
        "labels": rng.choice([{}, {"app": "pay"}, {"app": "web", "v": "1"}]),
    }
    request: Object = {
        "id": index,
        "source": source,
        "destination": {"workload": workload, "port": rng.choice([80, 8080])},
        "protocol": rng.choice(["http"] * 6 + ["grpc", "tcp", "tls"]),
    }
    if rng.random() < 0.5:
        request["sni"] = rng.choice(["pay.example", "PAY.example", "other"])
    if request["protocol"] in {"tcp", "tls"}:
        return request
    if rng.random() < 0.3:
        request["gateway"] = GATEWAY
        request["destination"] = {"host": "pay.example", "port": request["destination"]["port"]}
    hosts = ["pay.example", "Pay.Example", "pay.example:8080", "web.example"]
    headers = [["host", rng.choice(hosts)]]
    names = rng.sample(["X-Team", "x-role", "x-role", "x-other"], rng.randint(0, 4))
    headers.extend([name, rng.choice(["a", "b", "ab", "x", ""])] for name in names)
    request["headers"] = headers
    request["path"] = rng.choice(
        ["/", "/a", "/a/b", "/b", "/a/b/c/", "/ab", "/a/c/b"]
    ) + rng.choice(["", "?q=/a"])
    if rng.random() < 0.8:
        request["method"] = rng.choice(["GET", "POST", "PUT", "get"])
    if rng.random() < 0.5:
        request["claims"] = some_claims(rng)
    return request


def as_reference(request: Object) -> Object:
    """The attributes of a request line, defaults filled in as its documentation says."""
    source, destination = request["source"], request["destination"]
    identity = None
    if account := source.get("service_account"):
        domain = source.get("trust_domain", "cluster.local")
        namespace = source.get("namespace", "default")
        identity = {
            "principal": f"{domain}/ns/{namespace}/sa/{account}",
            "namespace": namespace,
            "service_account": f"{namespace}/{account}",
            "trust_domain": domain,
        }
    headers = request.get("headers", [])
    hosts = [value for name, value in headers if name == "host"]
    workload = destination.get("workload", {"namespace": "shop", "labels": {"app": "pay"}})
    return {
        "http": request["protocol"] in {"http", "grpc"},
        "identity": identity,
        "ip": source.get("ip"),
        "remote_ip": source.get("remote_ip") or source.get("ip"),
        "destination_ip": None,
        "port": destination["port"],
        "host": hosts[0] if hosts else "",
        "method": request.get("method", "POST" if request["protocol"] == "grpc" else "GET"),
        "path": request.get("path", "/").partition("?")[0],
        "headers": headers,
        "sni": request.get("sni"),
        "claims": request.get("claims"),
        "gateway": request.get("gateway"),
        "workload": (workload.get("namespace", "default"), workload.get("labels", {})),
    }


def answers(documents: Object, requests: list[Object]) -> list[Object]:
    engine = Engine(json.dumps(documents).encode())
    lines = "".join(json.dumps(request) + "\n" for request in requests)
    told = [json.loads(line) for line in engine.answer(lines.encode(), tree=False).splitlines()]
    assert [answer["id"] for answer in told] == [request["id"] for request in requests]
    return told


def by_engine(policies: list[Object], requests: list[Object]) -> list[Object]:
    documents = {"policies": policies, "listeners": LISTENERS, "routes": ROUTES}
    return [as_decision(answer) for answer in answers(documents, requests)]


def as_decision(answer: Object) -> Object:
    told = answer.get("authorization")
    if told is None:
        return {"no authorization in": answer}
    return {
        "allowed": told["decision"] == "allow",
        "policy": told.get("policy"),
        "rule": told.get("rule"),
        "dry_run": {one["policy"]: one["decision"] == "deny" for one in told.get("dry_run", [])},
    }


def by_reference(policies: list[Object], request: Object) -> Object:
    return decide(policies, ROOT, as_reference(request))


def smaller(value: Any) -> Iterator[Any]:
    """The value with one part less, at every place, the largest parts first."""
    if isinstance(value, dict):
        for key in value:
            yield {other: value[other] for other in value if other != key}
        for key, item in value.items():
            yield from ({**value, key: less} for less in smaller(item))
    elif isinstance(value, list):
        for index in range(len(value)):
            yield value[:index] + value[index + 1 :]
        for index, item in enumerate(value):
            yield from ([*value[:index], less, *value[index + 1 :]] for less in smaller(item))


def shrink(pair: list[Any], fails: Callable[[list[Any]], bool]) -> list[Any]:
    """A pair that still fails, from which nothing can be taken away."""
    while True:
        less = next((candidate for candidate in smaller(pair) if fails(candidate)), None)
        if less is None:
            return pair
        pair = less


def differs(pair: list[Any]) -> bool:
    """Whether the two disagree about a pair that both accept."""
    try:
        policies, request = pair
        (decision,) = by_engine(policies, [request])
        return "allowed" in decision and decision != by_reference(policies, request)
    except (CoreError, ValueError, KeyError, AssertionError, TypeError):
        return False


def explain(policies: list[Object], request: Object) -> str:
    policies, request = shrink([copy.deepcopy(policies), copy.deepcopy(request)], differs)
    (engine,) = by_engine(policies, [request])
    lines = [
        "policies:",
        *(f"  {json.dumps(policy)}" for policy in policies),
        f"request:   {json.dumps(request)}",
        f"engine:    {json.dumps(engine)}",
        f"reference: {json.dumps(by_reference(policies, request))}",
    ]
    return "\n".join(lines)


@pytest.mark.parametrize("part", range(10))
def test_decisions_are_those_of_the_reference(part: int) -> None:
    rng = random.Random(SEED + part)
    allowed = denied = 0
    for _ in range(SETS // 10):
        policies = [a_policy(rng, index) for index in range(rng.randint(1, 5))]
        requests = [a_request(rng, index) for index in range(REQUESTS)]
        for request, decision in zip(requests, by_engine(policies, requests), strict=True):
            if decision != by_reference(policies, request):
                pytest.fail(explain(policies, request))
            allowed += decision["allowed"]
            denied += not decision["allowed"]
    # Neither answer is rare, or the agreement would say little.
    assert min(allowed, denied) > (allowed + denied) / 5


def a_peer_authentication(rng: random.Random, index: int) -> Object:
    modes = ["unset", "disable", "permissive", "strict"]
    scope = rng.choice(["mesh", "namespace", "namespace", "workload", "workload"])
    namespace = ROOT if scope == "mesh" else rng.choice(["shop", "shop", "desk", ROOT])
    document: Object = {"namespace": namespace, "name": f"p{index}", "scope": scope}
    document["mode"] = rng.choice(modes)
    if scope == "workload":
        document["selector"] = rng.choice(
            [{"app": "pay"}, {"app": "web"}, {"app": "pay", "v": "1"}]
        )
        document["ports"] = {
            port: rng.choice(modes) for port in rng.sample(["80", "8080"], rng.randint(0, 2))
        }
    return document


def test_peer_modes_are_those_of_the_reference() -> None:
    rng = random.Random(SEED)
    # Who has an identity is told by a policy that nobody else passes.
    anybody = {"namespace": ROOT, "name": "a", "rules": [{"from": [{"principals": ["*"]}]}]}
    seen = set()
    for _ in range(2_000):
        peers = [a_peer_authentication(rng, index) for index in range(rng.randint(0, 5))]
        workload = (
            rng.choice(["shop", "shop", ROOT]),
            {"app": rng.choice(["pay", "web"]), "v": "1"},
        )
        port = rng.choice([80, 8080])
        requests = [
            {
                "id": index,
                "source": source,
                "destination": {
                    "workload": {"namespace": workload[0], "labels": workload[1]},
                    "port": port,
                },
            }
            for index, source in enumerate([{}, {"service_account": "a"}])
        ]
        documents = {"peer_authentications": peers, "policies": [anybody]}
        plain, known = answers(documents, requests)
        expected = peer_mode(peers, ROOT, workload, port)
        mode, policy = expected["mode"], expected["policy"]
        seen.add(mode)
        refused = {"policy": policy, "reason": "peer_without_mtls"}
        told = {key: plain["authorization"][key] for key in refused}
        assert (told == refused) == (mode == "strict"), (documents, requests, expected, plain)
        allowed = known["authorization"]["decision"] == "allow"
        assert allowed == (mode != "disable"), (documents, requests, expected, known)
    assert seen == {"disable", "permissive", "strict"}


def test_a_disagreement_is_shrunk_to_what_it_needs() -> None:
    rng = random.Random(SEED)
    policies = [a_policy(rng, index) for index in range(5)]
    pair: list[Any] = [policies, a_request(rng, 0)]
    policies[2]["rules"] = [{"to": [{"paths": ["/a", "/needle"], "methods": ["GET"]}]}, {}]

    def fails(candidate: list[Any]) -> bool:
        return "/needle" in json.dumps(candidate)

    assert shrink(pair, fails) == [[{"rules": [{"to": [{"paths": ["/needle"]}]}]}]]
