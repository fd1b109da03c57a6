"""Fixtures of the integration tests: origins and proxies that end with their test."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from kit import Origin, Proxy, behaviours

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from kit.origin import Behaviour


@pytest.fixture
def start_origin() -> Iterator[Callable[..., Origin]]:
    """Starts origins; all end with the test."""
    with contextlib.ExitStack() as stack:

        def start(behaviour: Behaviour = behaviours.echo, **options: int) -> Origin:
            return stack.enter_context(Origin(behaviour, **options))

        yield start


@pytest.fixture
def start_proxy() -> Iterator[Callable[..., Proxy]]:
    """Starts proxies with the given flags; all end with the test."""
    with contextlib.ExitStack() as stack:

        def start(*flags: str, **options: str) -> Proxy:
            return stack.enter_context(Proxy(*flags, **options))

        yield start


@pytest.fixture
def proxy_to(
    start_origin: Callable[..., Origin], start_proxy: Callable[..., Proxy]
) -> Callable[..., tuple[Proxy, Origin]]:
    """Starts an origin with a behaviour and a proxy in front of it."""

    def start(behaviour: Behaviour, *flags: str, **options: str) -> tuple[Proxy, Origin]:
        origin = start_origin(behaviour)
        return start_proxy("--to", origin.to, *flags, **options), origin

    return start


@pytest.fixture(scope="module")
def echo() -> Iterator[tuple[Proxy, Origin]]:
    """One proxy before an origin that echoes, for all tests of a module."""
    with Origin(behaviours.echo) as origin, Proxy("--to", origin.to) as proxy:
        yield proxy, origin


@pytest.fixture(scope="module")
def reflect() -> Iterator[tuple[Proxy, Origin]]:
    """One proxy before an origin that reflects what it was sent, for all tests of a module."""
    with Origin(behaviours.reflect) as origin, Proxy("--to", origin.to) as proxy:
        yield proxy, origin


@pytest.fixture
def plugin(tmp_path: Path) -> Callable[..., Path]:
    """Writes a plugin file and returns its path."""

    def write(code: str, name: str = "plugin") -> Path:
        path = tmp_path / f"{name}.py"
        path.write_text(code)
        return path

    return write
