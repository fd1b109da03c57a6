"""Objects that are nearly good: one thing after the other changed, as a schema suggests."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from published.schemas import Schema

Path = tuple[str | int, ...]

_WORDS = (
    "a", "a-b", "a.b", "A", "a_b", "-a", "a.", "*", "*.a.b", "a*", "/", "/a", "/a//b", "/a/../b",
    "/a/.", "/a%2Fb", "/a#b", "/a b", "a/b", "a.b/c", "a\n", "é", "80", "0", "70000", "-1",
    "10.0.0.1", "10.0.0.0/8", "10.0.0.0/33", "fe80::1", "1s", "0s", "1h1m", "1.5s", "-1s", "1d",
    "HTTP", "HTTPS", "TLS", "TCP", "UDP", "GET", "Service", "Gateway", "Hostname", "IPAddress",
    "Exact", "PathPrefix", "RegularExpression", "ALLOW", "DENY", "CUSTOM", "AUDIT", "NONE", "DNS",
    "unix:///a", "unix://a", "unix:///a/", "http://a.b", "https://*.a:80", "example.com/x",
    "DNS_ROUND_ROBIN", "STATIC", "request.headers[a]", "source.ip", "(", "[a", "[a-z]+",
)  # fmt: skip
_OTHER_TYPES: tuple[Any, ...] = ("text", 7, 1.5, True, None, [], {}, ["text"], [{}], {"a": "b"})
_NUMBERS = (-1, 0, 1, 2, 80, 443, 65535, 65536, 2**31 - 1, 2**31, 2**32, 2**63)


def mutants(spec: Any, schema: Schema, random: Random) -> Iterator[tuple[str, Any]]:
    """Every way of changing one thing of a good object, with a name that says what was done."""
    for path, part in list(_places(spec, schema, ())):
        value = _at(spec, path)
        for name, change in _changes(value, part, random):
            yield f"{_text(path)}: {name}", _changed(spec, path, change)


def combined(spec: Any, schema: Schema, random: Random, count: int) -> Iterator[tuple[str, Any]]:
    """Objects with two or three random changes."""
    for _ in range(count):
        names, mutant = [], copy.deepcopy(spec)
        for _ in range(random.choice((2, 2, 3))):
            places = list(_places(mutant, schema, ()))
            path, part = random.choice(places)
            changes = list(_changes(_at(mutant, path), part, random))
            if changes:
                name, change = random.choice(changes)
                mutant = _changed(mutant, path, change)
                names.append(f"{_text(path)}: {name}")
        yield "; ".join(names), mutant


def sample(schema: Schema, random: Random, depth: int = 0) -> Any:
    """A value that a schema takes on its own (its CEL rules may not)."""
    if "enum" in schema:
        return random.choice(schema["enum"])
    match schema.get("type"):
        case "integer" | "number" | "boolean":
            return _sample_scalar(schema, random)
        case "array":
            count = max(schema.get("minItems", 0), random.choice((1, 1, 2)))
            return [sample(schema["items"], random, depth + 1) for _ in range(count)]
        case "object":
            return _sample_object(schema, random, depth)
        case _:
            return _sample_text(schema, random)


def _sample_scalar(schema: Schema, random: Random) -> float:
    if schema["type"] == "boolean":
        return random.choice((True, False))
    if schema["type"] == "number":
        return random.choice((0.5, 1.5, 50.0))
    low = int(schema.get("minimum", 1))
    number: int = min(max(low, random.choice((low, 1, 80, 8080))), schema.get("maximum", 2**31))
    return number


def _sample_object(schema: Schema, random: Random, depth: int) -> dict[str, Any]:
    properties = schema.get("properties", {})
    required = schema.get("required", ())
    chance = 0.5 if depth < 4 else 0.15
    value = {
        name: sample(part, random, depth + 1)
        for name, part in properties.items()
        if name in required or random.random() < chance
    }
    others = schema.get("additionalProperties")
    if isinstance(others, dict):
        for name in random.sample(("a", "b", "8080", "app"), random.choice((1, 2))):
            value[name] = sample(others, random, depth + 1)
    return value


def _sample_text(schema: Schema, random: Random) -> str:
    pattern = re.compile(schema.get("pattern", ""))
    low, high = schema.get("minLength", 0), schema.get("maxLength", 1000)
    good = [word for word in _WORDS if pattern.search(word) and low <= len(word) <= high]
    return random.choice(good or ["a"])


def _places(value: Any, schema: Schema, path: Path) -> Iterator[tuple[Path, Schema]]:
    yield path, schema
    if isinstance(value, dict):
        others = schema.get("additionalProperties")
        for name, each in value.items():
            part = schema.get("properties", {}).get(name, others)
            if isinstance(part, dict):
                yield from _places(each, part, (*path, name))
    elif isinstance(value, list) and "items" in schema:
        for index, each in enumerate(value):
            yield from _places(each, schema["items"], (*path, index))


Change = Callable[[Any], Any]


def _changes(value: Any, schema: Schema, random: Random) -> Iterator[tuple[str, Change]]:
    """Ways of changing one value."""
    for other in _OTHER_TYPES:
        if other != value or type(other) is not type(value):
            yield f"is {other!r}", _constant(other)
    if isinstance(value, str):
        for text in _texts(value, schema):
            yield f"is {text[:20]!r}", _constant(text)
    elif isinstance(value, int) and not isinstance(value, bool):
        bounds = [schema[key] for key in ("minimum", "maximum") if key in schema]
        for number in {*_NUMBERS, *bounds, *(each + step for each in bounds for step in (-1, 1))}:
            yield f"is {number}", _constant(number)
    elif isinstance(value, list):
        yield from _list_changes(value, schema, random)
    elif isinstance(value, dict):
        yield from _object_changes(value, schema, random)


def _texts(value: str, schema: Schema) -> set[str]:
    texts = {*_WORDS, "", value + "*", "*" + value, value.upper(), value + "\n", " " + value}
    texts.update(schema.get("enum", ()))
    for key in ("maxLength", "minLength"):
        if key in schema:
            texts.update("a" * (schema[key] + step) for step in (0, 1) if schema[key] + step >= 0)
    return {text for text in texts if text != value}


def _list_changes(value: list[Any], schema: Schema, random: Random) -> Iterator[tuple[str, Change]]:
    yield "is empty", _constant([])
    if value:
        yield "has its first item twice", lambda each: [*each, copy.deepcopy(each[0])]
        yield "lost its last item", lambda each: each[:-1]
    if "items" in schema:
        yield "has one more", _appended(sample(schema["items"], random))
        if schema.get("maxItems", 10**6) <= 512:
            for size in (schema["maxItems"], schema["maxItems"] + 1):
                yield f"has {size} items", _constant(_filled(value, schema, size, random))


def _filled(value: list[Any], schema: Schema, size: int, random: Random) -> list[Any]:
    """A list of a size whose items differ where names can be made to."""
    items = [copy.deepcopy(each) for each in value]
    while len(items) < size:
        item = copy.deepcopy(value[0]) if value else sample(schema["items"], random)
        if isinstance(item, dict) and isinstance(item.get("name"), str):
            item["name"] = f"n{len(items)}"
        elif isinstance(item, str):
            item = f"{item}{len(items)}"
        items.append(item)
    return items[:size]


def _object_changes(
    value: dict[str, Any], schema: Schema, random: Random
) -> Iterator[tuple[str, Change]]:
    for name in value:
        yield f"lost {name}", _without(name)
    properties = schema.get("properties", {})
    for name, part in properties.items():
        if name not in value:
            for each in range(3):
                yield f"has {name} ({each})", _with(name, sample(part, random))
            yield f"has {name}: null", _with(name, None)
    others = schema.get("additionalProperties")
    if isinstance(others, dict):
        for name in ("", "*", "0", "65536", "8443", "a/b", "x" * 64, "a b"):
            yield f"has the key {name[:10]!r}", _with(name, sample(others, random))
    else:
        yield "has an unknown field", _with("notAField", 1)
        yield "has a field in snake case", _with("not_a_field", 1)


def _constant(value: Any) -> Change:
    return lambda _: copy.deepcopy(value)


def _without(name: str) -> Change:
    return lambda each: {key: value for key, value in each.items() if key != name}


def _with(name: str, value: Any) -> Change:
    return lambda each: {**each, name: value}


def _appended(value: Any) -> Change:
    return lambda each: [*each, value]


def _at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def _changed(spec: Any, path: Path, change: Change) -> Any:
    if not path:
        return change(copy.deepcopy(spec))
    mutant = copy.deepcopy(spec)
    holder = _at(mutant, path[:-1])
    holder[path[-1]] = change(holder[path[-1]])
    return mutant


def _text(path: Path) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path) or "spec"
