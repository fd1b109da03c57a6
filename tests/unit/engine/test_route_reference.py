"""The compiled matcher and the reference agree about every request."""

from __future__ import annotations

import json
import random
from typing import Any

import msgspec
from reference_routes import Asked, serve

from pymesh.engine import Answer, Engine, Request, Source, To

SETS = 500
REQUESTS = 200  # SETS * REQUESTS pairs

HOSTS = ("a.example", "b.a.example", "c.b.a.example", "b.example", "other")
PATTERNS = ("a.example", "b.a.example", "*.example", "*.a.example", "*.b.a.example", "*")
PATHS = ("/", "/a", "/ab", "/a/", "/a/b", "/a/b/c", "/A/b", "/b", "/b/1", "/b/12", "/c.d")
PREFIXES = ("/", "/a", "/a/", "/a/b", "/b", "/A")
REGEXES = ("/.*", "/a/[a-z]+", "/b/[0-9]", "/(a|b)(/.*)?", "/c.d", ".*b")
WORDS = ("1", "12", "x", "X", "")
WORD_REGEXES = ("[0-9]+", "x|1", ".*", "")
NAMESPACES = ("shop", "web", "other")


def some(dice: random.Random, chance: float) -> bool:
    return dice.random() < chance


def text(dice: random.Random, words: tuple[str, ...], regexes: tuple[str, ...]) -> dict[str, Any]:
    kind = dice.choice(("exact", "exact", "prefix", "suffix", "regex"))
    made: dict[str, Any] = {
        "type": kind,
        "value": dice.choice(regexes if kind == "regex" else words),
    }
    if kind != "regex" and some(dice, 0.3):
        made["ignore_case"] = True
    return made


def named(dice: random.Random, names: tuple[str, ...]) -> dict[str, Any]:
    made = text(dice, WORDS, WORD_REGEXES)
    made.pop("ignore_case", None)
    made["name"] = dice.choice(names)
    if some(dice, 0.2):
        made = {"type": "present", "name": made["name"]}
    if some(dice, 0.25):
        made["invert"] = True
    return made


def match(dice: random.Random, order: str) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if some(dice, 0.85):
        kinds = ("exact", "prefix", "regex", *(["starts_with"] if order == "listed" else []))
        kind = dice.choice(kinds)
        values = {"exact": PATHS, "regex": REGEXES}.get(kind, PREFIXES)
        made["path"] = {"type": kind, "value": dice.choice(values)}
        if order == "listed" and kind != "regex" and some(dice, 0.3):
            made["path"]["ignore_case"] = True
    if some(dice, 0.25):
        made["method"] = text(dice, ("GET", "POST", "get", "P"), ("GET|PUT", "P.*"))
    if some(dice, 0.1):
        made["scheme"] = {"type": "exact", "value": dice.choice(("http", "https"))}
    if some(dice, 0.1):
        made["authority"] = text(dice, ("a.example", ".example", "b"), (".*a.*", "b[.].*"))
    if some(dice, 0.15):
        made["source"] = dice.choice(
            ({"namespace": "shop"}, {"labels": {"app": "x"}}, {"labels": {"app": "x", "v": "1"}})
        )
    for kind, names in (("headers", ("x-a", "X-B")), ("query", ("q", "r"))):
        count = dice.choice((0, 0, 0, 1, 1, 2))
        if count:
            made[kind] = [named(dice, names) for _ in range(count)]
    return made


def routes(dice: random.Random) -> list[dict[str, Any]]:
    """Documents of different hosts, and narrow ones of some."""
    made = []
    ports = dice.choice(((0,), (80, 8080)))
    keys = {
        (host, audience, dice.choice(ports))
        for host in dice.sample(PATTERNS, dice.randint(1, 4))
        for audience in (("*", "shop") if some(dice, 0.3) else ("*",))
    }
    for number, (host, audience, port) in enumerate(sorted(keys)):
        order = dice.choice(("specific", "listed"))
        rules = [
            {
                "name": f"r{rule}",
                "resource": {
                    "kind": "HTTPRoute", "namespace": "shop", "name": f"d{number}", "rule": rule,
                },
                "matches": [match(dice, order) for _ in range(dice.choice((0, 1, 1, 2)))],
                "destinations": [{"service": "shop/s", "port": 80}],
            }
            for rule in range(dice.randint(0, 6))
        ]  # fmt: skip
        made.append({"host": host, "audience": audience, "port": port, "order": order,
                     "rules": rules})  # fmt: skip
        if host == "b.a.example":
            made[-1] |= {"aliases": ["b.example"], "local_aliases": ["other"], "namespace": "web"}
    return made


def asked(dice: random.Random) -> Asked:
    names = {"x-a", "X-b", "x-c"}
    return Asked(
        namespace=dice.choice(NAMESPACES),
        labels=dice.choice(({}, {"app": "x"}, {"app": "x", "v": "1"}, {"app": "y"})),
        host=dice.choice(HOSTS),
        port=dice.choice((80, 80, 8080)),
        scheme="http",
        method=dice.choice(("GET", "POST", "PUT", "get")),
        path=dice.choice(PATHS),
        query="&".join(
            f"{dice.choice('qr')}={dice.choice(WORDS)}" for _ in range(dice.choice((0, 0, 1, 2)))
        ),
        headers={name: dice.choice(WORDS) for name in sorted(names) if some(dice, 0.4)},
    )


def question(number: int, one: Asked) -> Request:
    return Request(
        id=number,
        source=Source(namespace=one.namespace, service_account="s", labels=one.labels),
        destination=To(host=one.host, port=one.port),
        method=one.method,
        path=one.path + (f"?{one.query}" if one.query else ""),
        headers=(("host", one.host), *one.headers.items()),
    )


def verdict(answer: Answer) -> tuple[str, int] | str:
    if answer.outcome == "forward":
        assert answer.route
        return answer.route.name, answer.route.rule
    return {"passthrough": "no host", "not_found": "no rule"}[answer.outcome]


def test_the_matcher_agrees_with_the_reference() -> None:
    dice = random.Random(20_240_229)
    seen: dict[str, int] = {}
    service = {"namespace": "shop", "name": "s", "host": "s", "known_endpoints": False,
               "clusters": [{"port": 80}]}  # fmt: skip
    for _ in range(SETS):
        documents = routes(dice)
        engine = Engine(json.dumps({"services": [service], "routes": documents}).encode())
        requests = [asked(dice) for _ in range(REQUESTS)]
        answers = engine.answer([question(number, one) for number, one in enumerate(requests)])
        for request, answer in zip(requests, answers, strict=True):
            expected = serve(documents, request)
            assert verdict(answer) == expected, (
                f"{request}\n{msgspec.json.encode(documents).decode()}\n{answer}"
            )
            kind = expected if isinstance(expected, str) else "rule"
            seen[kind] = seen.get(kind, 0) + 1
    # Each kind of answer was seen often, so an agreement says something.
    assert sum(seen.values()) == SETS * REQUESTS
    assert min(seen.get(kind, 0) for kind in ("rule", "no rule", "no host")) > 5_000, seen
