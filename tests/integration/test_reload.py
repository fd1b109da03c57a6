"""A changed plugin file takes over between two requests; a broken one does not."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from kit import behaviours, eventually
from kit.client import get
from kit.load import Load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kit import Message, Origin, Proxy

    ProxyTo = Callable[..., tuple[Proxy, Origin]]
    Write = Callable[..., Path]


def version(number: int) -> str:
    """A plugin that answers with its number; both hooks must be of one version."""
    return f"""
from pymesh.hooks import hookimpl, respond

NUMBER = {number}

@hookimpl(inline={number % 2 == 0}, deadline="10s")
def authorize(request):
    assert NUMBER == {number}

@hookimpl(inline=True)
def on_request(request):
    return respond(200, str(NUMBER))
"""


def replace(path: Path, code: str) -> None:
    """Writes beside the file and renames, as editors do: no half-written file is ever there."""
    beside = path.with_suffix(".new")
    beside.write_text(code)
    os.replace(beside, path)


def test_a_changed_plugin_takes_over(proxy_to: ProxyTo, plugin: Write) -> None:
    path = plugin(version(1))
    proxy, _ = proxy_to(behaviours.echo, "-p", str(path), "--reload")
    assert get(proxy.address).body == b"1"
    replace(path, version(2))
    eventually(lambda: get(proxy.address).body == b"2", "the new version answers")


def test_a_plugin_changed_in_place_takes_over(proxy_to: ProxyTo, plugin: Write) -> None:
    path = plugin(version(1))
    proxy, _ = proxy_to(behaviours.echo, "-p", str(path), "--reload")
    assert get(proxy.address).body == b"1"
    path.write_text(version(2))
    eventually(lambda: get(proxy.address).body == b"2", "the new version answers")


def test_without_reload_nothing_changes(proxy_to: ProxyTo, plugin: Write) -> None:
    path = plugin(version(1))
    other = plugin(version(1), "other")
    still, _ = proxy_to(behaviours.echo, "-p", str(path))
    moving, _ = proxy_to(behaviours.echo, "-p", str(other), "--reload")
    replace(path, version(2))
    replace(other, version(2))
    eventually(lambda: get(moving.address).body == b"2")
    assert get(still.address).body == b"1"


def test_a_broken_plugin_leaves_the_old_one_and_says_where(
    proxy_to: ProxyTo, plugin: Write
) -> None:
    path = plugin(version(1))
    proxy, _ = proxy_to(behaviours.echo, "-p", str(path), "--reload")
    replace(path, "import pymesh.hooks\n\nraise ValueError('broken')\n")
    proxy.logged(f"{path}")
    eventually(lambda: any("broken" in line for line in proxy.stderr))
    assert get(proxy.address).body == b"1"
    replace(path, "def authorize(request, nonsense): pass\n")
    eventually(lambda: any("nonsense" in line for line in proxy.stderr))
    assert get(proxy.address).body == b"1"
    replace(path, version(3))
    eventually(lambda: get(proxy.address).body == b"3", "the repaired version answers")


def test_the_old_plugin_is_closed(proxy_to: ProxyTo, plugin: Write, tmp_path: Path) -> None:
    closed = tmp_path / "closed"

    def code(number: int) -> str:
        return f"""
from pymesh.hooks import hookimpl, respond

class Plugin:
    @hookimpl(inline=True)
    def on_request(self, request):
        return respond(200, "{number}")

    def close(self):
        with open({str(closed)!r}, "a") as file:
            file.write("{number} ")
"""

    path = plugin(code(1))
    proxy, _ = proxy_to(behaviours.echo, "-p", str(path), "--reload")
    replace(path, code(2))
    eventually(lambda: get(proxy.address).body == b"2")
    eventually(lambda: closed.exists() and closed.read_text() == "1 ", "the old one is closed")
    assert proxy.stop() == 0
    assert closed.read_text() == "1 2 "


def test_fifty_reloads_under_load_fail_no_request(proxy_to: ProxyTo, plugin: Write) -> None:
    path = plugin(version(0))
    proxy, _ = proxy_to(behaviours.echo, "-p", str(path), "--reload")

    def is_good(response: Message) -> bool:
        return response.status == 200 and response.body.isdigit()

    with Load(lambda: proxy.address, threads=4, is_good=is_good) as load:
        for number in range(1, 51):
            replace(path, version(number))
            wanted = partial(load.bodies.get, str(number).encode())
            eventually(wanted, f"version {number} answers")
    assert load.failures == [], proxy.stderr
    assert {int(body) for body in load.bodies} >= set(range(1, 51))
    assert proxy.stop() == 0
