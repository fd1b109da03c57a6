from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pymesh.hooks import HookError
from pymesh.hooks._config import Namespace
from pymesh.hooks.manager import PluginManager

Write = Callable[[str, str], str]

PLUGIN = """
from pymesh.hooks import hookimpl
{imports}

class Auth:
    {declared}

    def __init__(self, config):
        self.config = config
        self.token = config.token

    @hookimpl
    def authorize(self): ...
"""
DECLARED = {
    "nothing": ("", "pass"),
    "msgspec": (
        "import msgspec",
        "class Config(msgspec.Struct):\n        token: str\n        size: int = 1",
    ),
    "dataclass": (
        "from dataclasses import dataclass",
        "@dataclass\n    class Config:\n        token: str\n        size: int = 1",
    ),
    "pydantic": (
        "class Model:\n"
        "    def __init__(self, token): self.token = token\n"
        "    @classmethod\n"
        "    def model_validate(cls, values):\n"
        "        if set(values) != {'token'} or type(values['token']) is not str:\n"
        "            raise Bad\n"
        "        return cls(**values)\n"
        "class Bad(ValueError):\n"
        "    def __init__(self): super().__init__('many\\nlines')\n"
        "    def errors(self): return [{'loc': ('token',), 'msg': 'Field required'}]\n",
        "Config = Model",
    ),
}


@pytest.fixture(params=DECLARED)
def plugin(request: pytest.FixtureRequest, write: Write) -> str:
    imports, declared = DECLARED[request.param]
    return write("auth.py", PLUGIN.format(imports=imports, declared=declared))


def test_a_plugin_gets_what_it_declares(plugin: str) -> None:
    made: Any = PluginManager().load(plugin, {"token": "x"}).plugin
    assert made.token == "x"


@pytest.mark.parametrize("config", [{}, None])
def test_a_missing_field_is_refused(plugin: str, config: dict[str, object] | None) -> None:
    with pytest.raises(HookError) as caught:
        PluginManager().load(plugin, config, "auth.toml")
    assert caught.value.code == "bad-plugin-config"
    assert caught.value.exit_code == 78
    assert "token" in caught.value.message
    assert "auth.toml" in caught.value.message
    assert str(caught.value.place).startswith(plugin)
    assert caught.value.place
    assert caught.value.place.line


@pytest.mark.parametrize("declared", ["msgspec", "dataclass"])
@pytest.mark.parametrize(
    "config, said",
    [
        ({"token": 1}, "str"),
        ({"token": "x", "siz": 2}, "size"),
        ({"token": "x", "size": "2"}, "int"),
    ],
)
def test_a_wrong_field_is_refused(
    write: Write, declared: str, config: dict[str, object], said: str
) -> None:
    imports, text = DECLARED[declared]
    path = write("auth.py", PLUGIN.format(imports=imports, declared=text))
    with pytest.raises(HookError, match=said):
        PluginManager().load(path, config)


def test_dataclass_annotations_are_checked(write: Write) -> None:
    text = """
from __future__ import annotations
from dataclasses import dataclass, field
from typing import Literal, Optional
from pymesh.hooks import hookimpl

@dataclass
class Config:
    names: list[str] = field(default_factory=list)
    share: float = 0.5
    mode: Literal["a", "b"] = "a"
    maybe: Optional[int] = None
    weights: dict[str, int] = field(default_factory=dict)
    pair: tuple[int, ...] | None = None
    anything: object = None

class Plugin:
    def __init__(self, config): self.config = config
    @hookimpl
    def authorize(self): ...
"""
    path = write("plugin.py", text)
    good: list[dict[str, object]] = [
        {"names": ["a"], "share": 1, "mode": "b", "maybe": 3, "weights": {"a": 1}, "pair": [1, 2]},
        {"maybe": None, "share": 0.25, "anything": {"x": [1]}, "pair": None},
    ]
    for config in good:
        PluginManager().load(path, config)
    bad: list[dict[str, object]] = [
        {"names": "a"},
        {"names": [1]},
        {"share": True},
        {"mode": "c"},
        {"maybe": "3"},
        {"weights": {"a": "1"}},
        {"pair": ["x"]},
    ]
    for config in bad:
        with pytest.raises(HookError, match=next(iter(config))):
            PluginManager().load(path, config)


def test_a_config_that_the_plugin_itself_refuses(write: Write) -> None:
    text = PLUGIN.format(imports="", declared="pass").replace(
        "self.config = config", "raise ValueError('too short')"
    )
    path = write("auth.py", text)
    with pytest.raises(HookError, match="too short") as caught:
        PluginManager().load(path, {"token": "x"})
    assert str(caught.value.place) == f"{path}:9"


def test_a_plugin_that_takes_none_refuses_one(write: Write) -> None:
    function = write("plain.py", "def authorize(): ...\n")
    with pytest.raises(HookError, match="takes no configuration"):
        PluginManager().load(function, {"a": 1})
    text = PLUGIN.format(imports="", declared="pass").replace("self, config):", "self):")
    text = text.replace("self.config = config", "").replace("self.token = config.token", "pass")
    with pytest.raises(HookError, match="takes no configuration"):
        PluginManager().load(write("auth.py", text), {"a": 1})


def test_a_module_is_configured_by_its_function(write: Write) -> None:
    text = (
        "def configure(config):\n    global token\n    token = config.token\ndef authorize(): ...\n"
    )
    plugin: Any = PluginManager().load(write("auth.py", text), {"token": "x"}).plugin
    assert plugin.token == "x"


def test_a_class_that_needs_more_is_refused(write: Write) -> None:
    text = PLUGIN.format(imports="", declared="pass").replace("self, config):", "self, more):")
    with pytest.raises(HookError, match="more"):
        PluginManager().load(write("auth.py", text))


def test_config_of_another_kind_is_refused(write: Write) -> None:
    text = PLUGIN.format(imports="", declared="Config = 3")
    with pytest.raises(HookError, match=r"msgspec\.Struct, a dataclass or a pydantic model"):
        PluginManager().load(write("auth.py", text), {"token": "x"})


def test_a_namespace_is_read_by_attribute_or_key_and_shows_no_values() -> None:
    config = Namespace({"token": "secret"})
    assert (config.token, config["token"], config.get("more", 3)) == ("secret", "secret", 3)
    assert "token" in config
    assert list(config) == ["token"]
    assert repr(config) == "Namespace(token)"
    with pytest.raises(AttributeError, match="no 'more'"):
        _ = config.more
    with pytest.raises(AttributeError, match="read only"):
        config.token = "other"
