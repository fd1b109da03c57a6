"""What a mistake gets: one line that says what and where, the right exit code, no traceback."""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING

import pytest
from kit import Proxy, behaviours
from kit.client import get
from kit.proxy import run

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from kit import Origin

TO = ("--to", "127.0.0.1:9")
USAGE, UNAVAILABLE, PERMISSION, CONFIGURATION = 64, 69, 77, 78


def refusal(*flags: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs a proxy that must not start."""
    result = run("proxy", "run", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", *flags,
                 **variables)  # fmt: skip
    assert "Traceback" not in result.stderr, result.stderr
    assert result.stderr.strip(), "it says why"
    assert result.stdout == ""
    return result


@pytest.mark.parametrize(
    "flags",
    [
        (),
        ("--to", "nonsense"),
        ("--to", "127.0.0.1:0"),
        ("--to", "127.0.0.1:99999"),
        ("--to", "127.0.0.1:9@0"),
        ("--to", "UPPER=127.0.0.1:9"),
        (*TO, "--lb", "best"),
        (*TO, "--workers", "many"),
        (*TO, "--idle-timeout", "60"),
        (*TO, "--idle-timeout"),
        (*TO, "--no-such-flag"),
        (*TO, "--lisen", ":0"),
        (*TO, "stray"),
        (*TO, "--access-log-format", "xml"),
        (*TO, "--max-body-size", "-1"),
    ],
)
def test_a_bad_flag_is_64_and_one_line(flags: tuple[str, ...]) -> None:
    result = refusal(*flags)
    assert result.returncode == USAGE, result.stderr
    assert len(result.stderr.strip().splitlines()) <= 3, result.stderr


def test_a_mistyped_flag_gets_a_suggestion() -> None:
    assert "--listen" in refusal(*TO, "--lisen", ":0").stderr


def test_a_bad_variable_is_named() -> None:
    result = refusal(*TO, PYMESH_WORKERS="many")
    assert result.returncode == USAGE
    assert "PYMESH_WORKERS" in result.stderr


def test_a_port_in_use_is_69_and_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run("proxy", "run", *TO, "--listen", f"127.0.0.1:{port}", "--admin", "off")
        assert result.returncode == UNAVAILABLE, result.stderr
        assert str(port) in result.stderr
        assert "Traceback" not in result.stderr
        result = run("proxy", "run", *TO, "--listen", "127.0.0.1:0", "--admin", f"127.0.0.1:{port}")
        assert result.returncode == UNAVAILABLE, result.stderr
        assert str(port) in result.stderr


def test_a_second_proxy_on_the_same_port_is_refused() -> None:
    """Several listeners may share a port within a proxy, but not across proxies."""
    with Proxy(*TO) as first:
        port = first.address[1]
        result = run("proxy", "run", *TO, "--listen", f"127.0.0.1:{port}", "--admin", "off")
        assert result.returncode == UNAVAILABLE, result.stderr


def test_an_address_that_is_not_here_is_refused() -> None:
    result = run("proxy", "run", *TO, "--listen", "192.0.2.1:0", "--admin", "off")
    assert result.returncode in (UNAVAILABLE, CONFIGURATION), result.stderr
    assert "192.0.2.1" in result.stderr


def test_a_host_without_an_address_is_refused() -> None:
    result = refusal("--to", "no-such-host.invalid:80")
    assert result.returncode == UNAVAILABLE, result.stderr
    assert "no-such-host.invalid" in result.stderr


@pytest.mark.parametrize(
    "flags",
    [
        ("-p", "/nowhere/plugin.py"),
        ("-p", "no_such_module_of_anybody"),
        ("--config", "/nowhere/proxy.toml"),
        ("-p", "header-auth", "--plugin-config", "header-auth=/nowhere/config.json"),
    ],
)
def test_a_missing_file_is_78_and_named(flags: tuple[str, ...]) -> None:
    result = refusal(*TO, *flags)
    assert result.returncode == CONFIGURATION, result.stderr
    assert flags[-1].rpartition("=")[2] in result.stderr


def test_a_log_that_cannot_be_opened_is_refused() -> None:
    result = refusal(*TO, "--access-log", "/nowhere/log")
    assert result.returncode in (CONFIGURATION, 73, UNAVAILABLE), result.stderr
    assert "/nowhere/log" in result.stderr


HOOKIMPL = "from pymesh.hooks import hookimpl\n\n@hookimpl\n"

BAD_PLUGINS = {
    "a syntax error": ("def authorize(request:\n    pass\n", 1),
    "an import that fails": ("import os\nimport no_such_module_of_anybody\n", 2),
    "a line that raises": ("x = 1\n\nraise ValueError('no')\n", 3),
    "an unknown argument": (
        HOOKIMPL + "def authorize(request, nonsense):\n    pass\n", 4),
    "an unknown hook": (
        HOOKIMPL + "def authorise(request):\n    pass\n", 4),
    "an async hook": (
        HOOKIMPL + "async def authorize(request):\n    pass\n", 4),
    "no hook": ("x = 1\n", 0),
    "exit at import": ("import sys\nsys.exit(3)\n", 2),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_PLUGINS)
def test_a_plugin_that_cannot_be_used_is_78_with_its_place(
    plugin: Callable[..., Path], case: str
) -> None:
    code, line = BAD_PLUGINS[case]
    path = plugin(code)
    result = refusal(*TO, "-p", str(path))
    assert result.returncode == CONFIGURATION, result.stderr
    # The decorator's line is as good a place of a function as that of its `def`.
    lines = {int(number) for number in re.findall(rf"{re.escape(str(path))}:(\d+)", result.stderr)}
    assert not line or lines & {line, line - 1}, result.stderr
    assert str(path) in result.stderr


def test_a_bad_plugin_config_is_78() -> None:
    for config in ("{", '{"nonsense": 1}', '{"tokens": 7}'):
        result = refusal(*TO, "-p", "header-auth", "--plugin-config", f"header-auth={config}")
        assert result.returncode == CONFIGURATION, (config, result.stderr)
        assert "header" in result.stderr


def test_a_config_for_nobody_is_refused() -> None:
    result = refusal(*TO, "--plugin-config", 'nobody={"a": 1}')
    assert result.returncode == CONFIGURATION, result.stderr
    assert "nobody" in result.stderr


def test_a_secret_is_not_repeated() -> None:
    result = refusal(*TO, "-p", "header-auth", "--plugin-config", 'header-auth={"token": "hunter2"')
    assert "hunter2" not in result.stderr


def test_variables_and_flags(start_origin: Callable[..., Origin]) -> None:
    """Each flag has its variable; the flag wins."""
    one, two = (start_origin(behaviours.named(name)) for name in ("one", "two"))
    with Proxy(PYMESH_TO=one.to) as proxy:
        assert get(proxy.address).body == b"one"
    with Proxy("--to", two.to, PYMESH_TO=one.to) as proxy:
        assert get(proxy.address).body == b"two"


def test_a_file_of_settings(start_origin: Callable[..., Origin], tmp_path: Path) -> None:
    origin = start_origin(behaviours.named("one"))
    config = tmp_path / "proxy.toml"
    config.write_text(f'to = ["{origin.to}"]\nmax-fields = 10\n')
    with Proxy("--config", str(config)) as proxy:
        assert get(proxy.address).body == b"one"
        assert get(proxy.address, "/", *(["x: y"] * 20)).status == 431


def test_help_shows_every_flag_with_its_variable() -> None:
    result = run("proxy", "run", "--help")
    assert result.returncode == 0
    for word in ("--listen", "PYMESH_LISTEN", "--to", "--lb", "--plugin", "PYMESH_PLUGIN_CONFIG"):
        assert word in result.stdout


def test_version() -> None:
    result = run("version")
    assert result.returncode == 0
    assert re.search(r"\d+\.\d+\.\d+", result.stdout)
