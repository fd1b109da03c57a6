"""What an API server says of an object: schema, defaults, list keys and CEL rules.

Only `spec` is looked at. Unknown fields are refused, as with strict field validation.
"""

from __future__ import annotations

import copy
import ipaddress
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from cel_expr_python import cel  # type: ignore[import-untyped]
from cel_expr_python.ext import ext_strings  # type: ignore[import-untyped]
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from published.schemas import Published, Schema

_INT32 = 2**31


def problems(published: Published, spec: object) -> list[str]:
    """Why an object with this `spec` would be refused; empty if it would be taken."""
    schema = _whole(published)
    value = _defaulted({"spec": copy.deepcopy(spec)}, schema)
    errors = _validator(published).iter_errors(value)
    found = [f"{error.json_path}: {error.message[:120]}" for error in errors]
    found += _duplicates(value, schema)
    return found or list(_broken_rules(value, schema))


def _whole(published: Published) -> Schema:
    """The schema of an object without all that is common to objects."""
    required = ["spec"] if published.requires_spec else []
    return {"type": "object", "properties": {"spec": published.spec}, "required": required}


def _defaulted(value: Any, schema: Schema) -> Any:
    """Nulls of fields that are not nullable dropped, then defaults filled in."""
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        others = schema.get("additionalProperties")
        for name in [name for name, each in value.items() if each is None]:
            part = properties.get(name, others)
            if isinstance(part, dict) and not part.get("nullable"):
                del value[name]
        for name, part in properties.items():
            if name not in value and "default" in part:
                value[name] = copy.deepcopy(part["default"])
            if name in value:
                value[name] = _defaulted(value[name], part)
        if isinstance(others, dict):
            for name in value.keys() - properties.keys():
                value[name] = _defaulted(value[name], others)
    elif isinstance(value, list) and "items" in schema:
        value[:] = [_defaulted(each, schema["items"]) for each in value]
    return value


_validators: dict[tuple[str, str, str], Any] = {}


def _validator(published: Published) -> Any:
    key = published[:3]
    if key not in _validators:
        _validators[key] = _Validator(_strict(_whole(published)), format_checker=_FORMATS)
    return _validators[key]


def _strict(schema: Any) -> Any:
    """The schema with unknown fields refused and the parts that JSON Schema does not know."""
    if isinstance(schema, list):
        return [_strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    strict = {
        name: {field: _strict(part) for field, part in value.items()}
        if name == "properties"
        else _strict(value)
        for name, value in schema.items()
        if name not in {"default", "description", "x-kubernetes-validations"}
    }
    if (
        schema.get("type") == "object"
        and "additionalProperties" not in schema
        and "x-kubernetes-preserve-unknown-fields" not in schema
    ):
        strict["additionalProperties"] = False
    if schema.get("nullable") and "type" in schema:
        strict["type"] = [schema["type"], "null"]
    if schema.get("format") == "int32":
        strict.setdefault("maximum", _INT32 - 1)
        strict.setdefault("minimum", -_INT32)
    if schema.get("x-kubernetes-int-or-string"):
        strict["anyOf"] = [{"type": "integer"}, {"type": "string"}]
    return strict


def _pattern(_: Any, pattern: str, value: object, __: Schema) -> Iterator[ValidationError]:
    """As in Go, `$` is the end of the text and not that of its last line."""
    if isinstance(value, str) and not _compiled(pattern).search(value):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"(?<!\\)\$", r"\\Z", _outside_classes(pattern)))


def _outside_classes(pattern: str) -> str:
    """Hides each `$` inside of brackets, where it is a plain character."""
    return re.sub(r"\[[^\]]*\]", lambda found: found[0].replace("$", r"\$"), pattern)


def _integer(_: object, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_Validator = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {"pattern": _pattern},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", _integer),
)
_FORMATS = FormatChecker(formats=())


@_FORMATS.checks("ipv4", raises=ValueError)
def _ipv4(value: object) -> bool:
    return not isinstance(value, str) or bool(ipaddress.IPv4Address(value))


@_FORMATS.checks("ipv6", raises=ValueError)
def _ipv6(value: object) -> bool:
    return not isinstance(value, str) or ("%" not in value and bool(ipaddress.IPv6Address(value)))


def _parts(value: Any, schema: Schema) -> Iterator[tuple[Any, Schema]]:
    """Every part of an object that has a schema, with it."""
    yield value, schema
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        others = schema.get("additionalProperties")
        for name, each in value.items():
            part = properties.get(name, others)
            if isinstance(part, dict):
                yield from _parts(each, part)
    elif isinstance(value, list) and "items" in schema:
        for each in value:
            yield from _parts(each, schema["items"])


def _duplicates(spec: object, schema: Schema) -> list[str]:
    """Lists that are sets or maps have no duplicates."""
    found = []
    for value, part in _parts(spec, schema):
        kind = part.get("x-kubernetes-list-type")
        if not isinstance(value, list) or kind not in {"set", "map"}:
            continue
        keys = part.get("x-kubernetes-list-map-keys", ())
        if kind == "map":
            names = [
                tuple(each.get(key) for key in keys) for each in value if isinstance(each, dict)
            ]
        else:
            names = [(repr(each),) for each in value]
        if len({repr(name) for name in names}) != len(names):
            found.append(f"duplicates in a list with keys {list(keys)}")
    return found


def _broken_rules(spec: object, schema: Schema) -> Iterator[str]:
    """The CEL rules that do not hold; one that cannot be evaluated does not."""
    for value, part in _parts(spec, schema):
        for rule in part.get("x-kubernetes-validations", ()):
            if "oldSelf" in rule["rule"]:
                continue  # about a change, not about an object
            result = _rule(rule["rule"]).eval(data={"self": value})
            if result.value() is not True:
                yield rule.get("message", rule["rule"])


_ENVIRONMENT = cel.NewEnv(variables={"self": cel.Type.DYN}, extensions=[ext_strings.ExtStrings()])


@cache
def _rule(text: str) -> cel.Expression:
    # Kubernetes writes field names that CEL reserves between underscores.
    return _ENVIRONMENT.compile(re.sub(r"\.__([a-z]+)__", r".\1", text))
