from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from pymesh import _core
from pymesh.hooks.manager import PluginManager

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def drive() -> Iterator[Callable[..., _core.Harness]]:
    """Makes a harness of plugins, and closes it."""
    opened: list[_core.Harness] = []

    def make(*plugins: object, inline: bool = True) -> _core.Harness:
        manager = PluginManager()
        for number, plugin in enumerate(plugins):
            manager.register(plugin, f"p{number}")
        harness = _core.Harness(manager.table(), inline=inline)
        opened.append(harness)
        return harness

    yield make
    for harness in opened:
        harness.close()


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], str]:
    """Writes a plugin's file; returns its path."""

    def write(name: str, text: str) -> str:
        path = tmp_path / name
        path.write_text(text)
        return str(path)

    return write


def counted(harness: _core.Harness, **labels: str) -> int:
    """The sum of `pymesh_hook_calls_total` over the series with these labels."""
    wanted = [f'{name}="{value}"' for name, value in labels.items()]
    lines = [
        line
        for line in harness.metrics().splitlines()
        if line.startswith("pymesh_hook_calls_total{") and all(one in line for one in wanted)
    ]
    return sum(int(line.rpartition(" ")[2]) for line in lines)


@pytest.fixture(name="counted")
def _counted() -> Callable[..., Any]:
    return counted
