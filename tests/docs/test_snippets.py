"""What the documentation shows is what happens."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from snippets import ROOT, Block, Console, blocks, commands, console, matches

from pymesh.hooks.manager import PluginManager

PAGES = sorted(
    page
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("plugins/*/README.md")]
    if blocks(page)
)


def with_blocks(language: str) -> list[Path]:
    """The pages that have such a block."""
    return [page for page in PAGES if any(one.language == language for one in blocks(page))]


CONSOLE_PAGES = with_blocks("console")


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def write_files(page: Path, folder: Path) -> list[Path]:
    """The files that a page shows, as a reader would have them."""
    written = []
    for block in blocks(page):
        if block.file_name:
            path = folder / block.file_name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text)
            written.append(path)
    return written


def test_the_pages_are_there() -> None:
    assert {"README.md", "docs/write-a-plugin.md", "docs/run-a-proxy.md", "docs/errors.md",
            "docs/observe.md"} <= {name(page) for page in CONSOLE_PAGES}  # fmt: skip
    assert all(block.language in {"console", "ini", "json", "python", "shell", "text", "toml",
                                  "yaml"}
               for page in PAGES for block in blocks(page))  # fmt: skip


@pytest.mark.parametrize("page", with_blocks("python"), ids=name)
def test_python_runs_and_plugins_load(page: Path, tmp_path: Path) -> None:
    shown = [block for block in blocks(page) if block.language == "python"]
    files = [path for path in write_files(page, tmp_path)
             if path.suffix == ".py" and not path.name.startswith("test_")]  # fmt: skip
    for block in shown:
        if not block.file_name:
            exec(compile(block.text, name(page), "exec"), {})
    manager = PluginManager()
    for path in files:
        assert manager.load(str(path)).hooks
    manager.close()


@pytest.mark.parametrize("page", with_blocks("toml"), ids=name)
def test_toml_is_toml(page: Path) -> None:
    shown = [block for block in blocks(page) if block.language == "toml"]
    for block in shown:
        assert tomllib.loads(block.text)


@pytest.mark.integration
@pytest.mark.parametrize("page", CONSOLE_PAGES, ids=name)
def test_console_prints_what_is_shown(page: Path, tmp_path: Path, origin: int) -> None:
    if not shutil.which("curl"):
        pytest.skip("curl is not installed")
    shown = [commands(block.text) for block in blocks(page) if block.language == "console"]
    with contextlib.ExitStack() as stack:
        running = None
        for listed in shown:
            # A block goes on with what the one before has started, or starts something itself.
            if not running or not running.serves or any(one.stays for one in listed):
                if running:
                    running.end()
                running = stack.enter_context(console(tmp_path, origin))
                for path in write_files(page, tmp_path):
                    path.write_text(running.real(path.read_text()))
            for command in listed:
                running.run(command)
        if running:
            running.end()


@pytest.mark.parametrize("page", with_blocks("shell"), ids=name)
def test_shell_has_no_typing_error(page: Path) -> None:
    shown = [block for block in blocks(page) if block.language == "shell"]
    for block in shown:
        subprocess.run(["bash", "-n", "-c", block.text], check=True)


def test_matching() -> None:
    assert matches("a\nb\n", "a\n...")
    assert matches("", "")
    assert not matches("a\nb\n", "a\n")
    assert not matches("a.c", "abc")


def test_commands_are_found_with_what_they_print(tmp_path: Path) -> None:
    block = Block("console", "$ echo a\na\n$ sleep 9 &\n$ true\n")
    assert [(one.line, one.output, one.stays) for one in commands(block.text)] == [
        ("echo a", "a\n", False), ("sleep 9 &", "", True), ("true", "", False),
    ]  # fmt: skip
    running = Console(tmp_path, 1234)
    assert running.real("http://127.0.0.1:9000/ 19000 :90001 port: 9000") == (
        "http://127.0.0.1:1234/ 19000 :90001 port: 1234"
    )
    with pytest.raises(AssertionError, match="instead of 'b"):
        running.run(commands("$ echo a\nb\n")[0])
