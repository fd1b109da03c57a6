"""``pymesh validate``."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from pymesh.cli import main

GOOD = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  ports:\n  - port: 80\n"


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = main(["validate", *words])
    captured = capsys.readouterr()
    assert captured.err == ""
    return code, captured.out


def test_nothing_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    assert run(capsys, str(tmp_path)) == (0, "1 document: nothing to say\n")


def test_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(GOOD.replace("80", "0"))
    code, out = run(capsys, str(path))
    assert code == 65
    assert out.startswith(
        f"{path}:6:11: error: must be at least 1 (spec.ports[0].port) [invalid-value]\n"
    )
    assert out.endswith("1 document: 1 error\n")


def test_a_warning_is_no_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("apiVersion: telemetry.istio.io/v1\nkind: Telemetry\nmetadata: {name: a}\n")
    code, out = run(capsys, str(path))
    assert (code, out.split("\n")[-2]) == (0, "1 document: 1 warning")


def test_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(f"{GOOD}---\n- a\n")
    code, out = run(capsys, "-o", "json", str(path))
    assert code == 65
    report = json.loads(out)
    assert [document["valid"] for document in report["documents"]] == [True, False]
    assert [(one["code"], one["line"]) for one in report["findings"]] == [("not-a-resource", 8)]


def test_several_files_are_one_mesh(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "b.yaml").write_text(GOOD.replace("80", "81"))
    code, out = run(capsys, str(tmp_path / "a.yaml"), str(tmp_path / "b.yaml"))
    assert code == 65
    assert "[duplicate-resource]" in out


def test_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"- a\n")))
    code, out = run(capsys, "-")
    assert code == 65
    assert out.startswith("-:1:1: error: ")


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = run(capsys, str(tmp_path / "a.yaml"))
    assert code == 65
    assert "cannot be read: no such file or directory [unreadable-file]" in out


def test_no_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate"]) == 64
    assert "missing argument" in capsys.readouterr().err


def test_no_colour_in_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("- a\n")
    command = [sys.executable, "-m", "pymesh", "validate", str(tmp_path / "a.yaml")]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 65
    assert "\x1b" not in result.stdout


def test_a_proxy_does_not_pay_for_it() -> None:
    code = (
        "import sys\n"
        "from pymesh.cli import main\n"
        "main(['proxy', 'run', '--help'])\n"
        "import pymesh.cli.proxy, pymesh.settings, pymesh.dataplane.documents\n"
        "import pymesh.dataplane.plugins\n"
        "loaded = {'pydantic', 'yaml', 'msgspec', 'pymesh.resources', 'pymesh.validate'}\n"
        "print('loaded', sorted(loaded & set(sys.modules)))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert result.stdout.endswith("\nloaded []\n")
