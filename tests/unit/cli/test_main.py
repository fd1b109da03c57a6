from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pymesh.cli import main
from pymesh.cli.proxy import settings_of
from pymesh.errors import PymeshError


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command as a user would run it."""
    return subprocess.run(
        [sys.executable, "-m", "pymesh", *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"PATH": "/usr/bin:/bin", **environment},
    )


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        (["versin"], 64, "no such command 'versin'; did you mean 'version'? [unknown-command]"),
        (["proxy", "rum"], 64, "no such command 'rum'; did you mean 'run'? [unknown-command]"),
        (["demo", "--onse"], 64, "there is no flag --onse; did you mean --once? [unknown-flag]"),
        (["demo", "x"], 64, "got unexpected extra argument(s) (x); see pymesh --help [bad-value]"),
        (["proxy", "run"], 64, "there is nothing to send requests to; write --to HOST:PORT, "
         "or -f with files [missing-setting]"),
        (["proxy", "run", "--lisen", ":1"], 64, "there is no flag --lisen; did you mean --listen? "
         "[unknown-flag]"),
        (["proxy", "run", "--to", "x"], 64, "--to must look like HOST:PORT, with a port from 0 to "
         "65535, not 'x' [bad-value]"),
        (["proxy", "run", "--config", "/none.toml"], 78, "--config: /none.toml: no such file or "
         "directory [missing-file]"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line(
    words: list[str], code: int, error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == code
    out, err = capsys.readouterr()
    assert (out, err) == ("", f"pymesh: {error}\n")


def test_help_goes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    for words in ([], ["--help"], ["proxy"], ["proxy", "--help"], ["plugin"], ["demo", "--help"]):
        assert main(words) == 0
        out, err = capsys.readouterr()
        assert "Usage: pymesh" in out
        assert err == ""
    for words in (["proxy", "run", "--help"], ["proxy", "run", "--to", "h:1", "-h"]):
        assert main(words) == 0
        help_of_run = " ".join(capsys.readouterr().out.split())
        assert "PYMESH_LISTEN, default 127.0.0.1:8080, repeatable" in help_of_run


def test_environment_reaches_a_proxy() -> None:
    result = run("proxy", "run", PYMESH_TO="127.0.0.1:99999")
    assert result.returncode == 64
    assert result.stderr.startswith("pymesh: PYMESH_TO must look like HOST:PORT")
    assert result.stdout == ""


def test_configuration_file_may_be_named_by_its_variable(tmp_path: Path) -> None:
    path = tmp_path / "pymesh.toml"
    path.write_text("to = ['a=127.0.0.1:1']\nworkers = 2\n")
    settings = settings_of([], {"PYMESH_CONFIG": str(path)})
    assert settings["workers"] == 2
    assert settings.origin["workers"] == f"{path}:2:1"
    over = settings_of(["--workers=1"], {"PYMESH_CONFIG": str(path)})
    assert over["workers"] == 1
    with pytest.raises(PymeshError, match="no such file"):
        settings_of(["--config", "/none"], {"PYMESH_CONFIG": str(path)})


def test_help_into_a_closed_pipe_is_no_error() -> None:
    command = f"{sys.executable} -m pymesh proxy run --help | head -1"
    result = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert result.stderr == ""
    assert result.stdout.startswith("Usage: pymesh proxy run")


def test_bundled_plugins_are_listed_with_their_tiers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plugin", "list", "-o", "json"]) == 0
    listed = {one["name"]: one for one in json.loads(capsys.readouterr().out)}
    expected = {
        "ab-split": {"route": "inline"},
        "audit-log": {"telemetry": "dispatcher"},
        "header-auth": {"authorize": "inline"},
        "token-bucket": {"authorize": "inline"},
    }
    assert {name: listed[name]["hooks"] for name in expected} == expected
    assert all(listed[name]["error"] == "" for name in expected)
    assert main(["plugin", "list", "-o", "name"]) == 0
    assert set(expected) <= set(capsys.readouterr().out.split())
    assert main(["plugin", "list"]) == 0
    assert "header-auth" in capsys.readouterr().out


def modules_of(*words: str) -> set[str]:
    """What is imported on the way to the core, in a process of its own."""
    code = (
        "import sys, types\n"
        "core = types.ModuleType('pymesh._core')\n"
        "core.run = lambda *given: print(*sys.modules)\n"
        "core.CoreError = type('CoreError', (Exception,), {})\n"
        "sys.modules['pymesh._core'] = core\n"
        "from pymesh.cli import main\n"
        f"sys.exit(main({list(words)!r}))\n"
    )
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return set(result.stdout.split())


DEAR = {"asyncio", "typer", "rich", "pydantic", "msgspec", "argparse", "click", "ssl", "email"}


def test_a_starting_proxy_imports_little() -> None:
    loaded = modules_of("proxy", "run", "--to", "127.0.0.1:1")
    assert "pymesh.dataplane.serve" in loaded
    assert not loaded & (
        DEAR | {"pluggy", "inspect", "dataclasses", "typing", "socket", "tomllib", "re", "json"}
    )
    assert "pymesh.hooks" not in loaded


def test_a_starting_proxy_with_a_plugin_imports_no_framework(tmp_path: Path) -> None:
    plugin = tmp_path / "mine.py"
    plugin.write_text("from pymesh.hooks import deny\n\ndef authorize(request):\n    return None\n")
    loaded = modules_of("proxy", "run", "--to", "127.0.0.1:1", "-p", str(plugin))
    assert "pymesh.hooks.manager" in loaded
    assert not loaded & (DEAR | {"importlib.metadata"})
