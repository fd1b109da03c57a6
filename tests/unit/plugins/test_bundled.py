"""What holds for every bundled plugin: a README, a schema that says what the code does, tests."""

from __future__ import annotations

import dataclasses
import json
import re
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any, get_type_hints

import jsonschema
import pytest

ROOT = Path(__file__).resolve().parents[3]
DECLARED = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]
PLUGINS: dict[str, str] = DECLARED["pymesh.plugins"]
NAMES = sorted(PLUGINS)

# A configuration that each plugin accepts.
GOOD: dict[str, dict[str, Any]] = {
    "ab-split": {"weights": {"v1": 1}},
    "audit-log": {"path": "audit.log"},
    "header-auth": {"tokens": ["open-sesame"]},
    "token-bucket": {"rate": 1},
}

# What both the schema and the code must refuse.
BAD: list[tuple[str, dict[str, Any]]] = [
    ("ab-split", {"weights": {}}),
    ("ab-split", {"weights": {"v1": -1}}),
    ("ab-split", {"weights": {"": 1}}),
    ("ab-split", {"weights": {"v1": 1_000_001}}),
    ("ab-split", {"weights": {"v1": 1}, "salt": "x" * 65}),
    ("audit-log", {"path": ""}),
    ("audit-log", {"path": "a", "max_bytes": -1}),
    ("audit-log", {"path": "a", "keep": 0}),
    ("audit-log", {"path": "a", "keep": 1001}),
    ("header-auth", {"tokens": ["two words"]}),
    ("header-auth", {"tokens": ["a"], "header": ""}),
    ("header-auth", {"tokens": ["a"], "scheme": "two words"}),
    ("token-bucket", {"rate": 0}),
    ("token-bucket", {"rate": 1, "burst": 0.5}),
    ("token-bucket", {"rate": 1, "capacity": 0}),
]


def kind(name: str) -> Any:
    module, _, attribute = PLUGINS[name].partition(":")
    return getattr(import_module(module), attribute)


def config_kind(name: str) -> Any:
    return import_module(PLUGINS[name].partition(":")[0]).Config


def folder(name: str) -> Path:
    return ROOT / "plugins" / PLUGINS[name].partition(":")[0].rpartition(".")[2]


def schema(name: str) -> Any:
    return json.loads((folder(name) / "schema.json").read_text())


def validate(name: str, config: object) -> None:
    jsonschema.Draft202012Validator(schema(name)).validate(config)


def test_every_folder_is_a_declared_plugin() -> None:
    folders = {path.parent for path in (ROOT / "plugins").glob("*/__init__.py")}
    assert folders == {folder(name) for name in NAMES}
    assert set(GOOD) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_complete(name: str) -> None:
    assert (folder(name) / "README.md").read_text().startswith(f"# {name}\n")
    assert list((folder(name) / "tests").glob("test_*.py"))
    assert kind(name).__doc__
    assert config_kind(name).__doc__


@pytest.mark.parametrize("name", NAMES)
def test_the_schema_says_what_the_code_does(name: str) -> None:
    says = schema(name)
    jsonschema.Draft202012Validator.check_schema(says)
    fields = {field.name: field for field in dataclasses.fields(config_kind(name))}
    hints = get_type_hints(config_kind(name))
    assert says["title"] == name
    assert set(says["properties"]) == set(fields)
    required = {key for key, field in fields.items() if field.default is dataclasses.MISSING}
    assert set(says.get("required", [])) == required
    kinds = {"string": str, "integer": int, "number": float, "array": tuple, "object": dict}
    for key, described in says["properties"].items():
        assert getattr(hints[key], "__origin__", hints[key]) is kinds[described["type"]], key
        if key not in required:
            default = fields[key].default
            assert described["default"] == (list(default) if default == () else default), key
        assert f"\n        {key}: " in config_kind(name).__doc__


@pytest.mark.parametrize("name", NAMES)
def test_a_good_configuration_is_good_to_both(name: str) -> None:
    validate(name, GOOD[name])
    config_kind(name)(**GOOD[name])


@pytest.mark.parametrize(("name", "config"), BAD)
def test_a_bad_configuration_is_bad_to_both(name: str, config: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        validate(name, config)
    with pytest.raises(ValueError, match=r"must|weight|service"):
        config_kind(name)(**config)


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_key_is_refused(name: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        validate(name, {**GOOD[name], "colour": "blue"})
    with pytest.raises(TypeError):
        config_kind(name)(**GOOD[name], colour="blue")


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_s_examples_and_table_are_true(name: str) -> None:
    readme = (folder(name) / "README.md").read_text()
    examples = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", readme, re.DOTALL)]
    examples += [
        tomllib.loads(text) for text in re.findall(r"```toml\n(.*?)```", readme, re.DOTALL)
    ]
    examples += [
        json.loads(text) for text in re.findall(rf"'{name}=(\{{.*?\}})'", readme, re.DOTALL)
    ]
    assert examples
    for example in examples:
        validate(name, example)
        config_kind(name)(**example)
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", readme, re.MULTILINE))
    properties = schema(name)["properties"]
    for key, described in properties.items():
        assert key in rows, f"{key} is not in the table"
        told = rows[key]
        expected = (
            "required" if "default" not in described else f"`{json.dumps(described['default'])}`"
        )
        assert told == expected, key
