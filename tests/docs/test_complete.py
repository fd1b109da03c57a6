"""What exists is documented and tested: hooks, settings, error codes, plugins, reasons, metrics."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from pymesh.errors import CODES
from pymesh.hooks import spec
from pymesh.settings import PROXY
from pymesh.validate import codes, load_rules

ROOT = Path(__file__).resolve().parents[2]
DOCS = {path.name: path.read_text() for path in sorted((ROOT / "docs").glob("*.md"))}
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")),
         *sorted((ROOT / "plugins").glob("*/README.md"))]  # fmt: skip


def read_tests() -> str:
    """Every Python test but these."""
    files = [*(ROOT / "tests").rglob("*.py"), *(ROOT / "plugins").glob("*/tests/*.py")]
    return "\n".join(
        path.read_text() for path in files if ROOT / "tests" / "docs" not in path.parents
    )


TESTS = read_tests()
load_rules()
FINDINGS = codes()


def rust(folder: str) -> str:
    """The Rust of a folder without its tests."""
    files = (ROOT / "core_rs" / folder).rglob("*.rs")
    return "\n".join(
        path.read_text().partition("#[cfg(test)]")[0]
        for path in sorted(files)
        if "tests" not in path.parts and path.name != "tests.rs"
    )


@pytest.mark.parametrize("name", spec.HOOKS)
def test_hook_is_documented_with_its_signature_and_tested(name: str) -> None:
    hook = getattr(spec, name)
    signature = f"{name}({', '.join(inspect.signature(hook).parameters)})"
    assert f"### `{signature}`" in DOCS["write-a-plugin.md"]
    used = [
        node.name
        for node in ast.walk(ast.parse(TESTS))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        and name in ast.unparse(node)
    ]  # fmt: skip
    assert used, f"no test uses {name}"


def test_generated_pages_are_current() -> None:
    command = [sys.executable, str(ROOT / "docs" / "generate.py"), "--check"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("name", [setting.name for setting in PROXY])
def test_setting_is_tested(name: str) -> None:
    setting = next(setting for setting in PROXY if setting.name == name)
    ways = (f'"{setting.flag}"', f'"{setting.flag}=', f"'{setting.flag}'", f'"{name}"', setting.env)
    assert any(way in TESTS for way in (*ways, f"{setting.flag} ")), f"no test uses {setting.flag}"


@pytest.mark.parametrize("code", CODES)
def test_error_code_is_documented_and_tested(code: str) -> None:
    section = re.search(rf"^## {code}\n\n(.+)$", DOCS["errors.md"], re.MULTILINE)
    assert section, f"docs/errors.md has no section {code}"
    assert section[1].startswith(f"Exit code {CODES[code][0]}. ")
    # That one is what a checkout without a build says; the tests have one.
    if code != "core-missing":
        assert f'"{code}"' in TESTS or f"[{code}]" in TESTS, f"no test brings about {code}"


def test_errors_page_has_no_other_codes_and_is_sorted() -> None:
    documented = re.findall(r"^## (\S+)$", DOCS["errors.md"], re.MULTILINE)
    assert documented == sorted(CODES)


@pytest.mark.parametrize("code", sorted(FINDINGS))
def test_finding_is_documented_and_has_a_case(code: str) -> None:
    assert re.search(rf"^## {code}\n\n(Error|Warning|For information)\. ", DOCS["findings.md"],
                     re.MULTILINE)  # fmt: skip
    made = (ROOT / "tests" / "unit" / "validate" / "test_running.py").read_text()
    cases = list((ROOT / "tests" / "unit" / "validate").glob(f"*/cases/{code}/bad.yaml"))
    assert cases or f'"{code}"' in made + TESTS, f"no file brings about {code}"


def test_codes_of_findings_are_no_codes_of_errors() -> None:
    assert not set(FINDINGS) & set(CODES)


def test_codes_of_the_core_are_ours() -> None:
    codes = re.search(r"CODES: \[&'static str; \d+\] = \[(.*?)\]", rust("app"), re.DOTALL)
    assert codes
    assert set(re.findall(r'"([a-z-]+)"', codes[1])) <= set(CODES)


def test_bundled_plugins_are_in_the_readme() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]
    readme = (ROOT / "README.md").read_text()
    for name in declared["pymesh.plugins"]:
        assert f"[{name}](plugins/{name.replace('-', '_')}/README.md)" in readme


def reasons() -> set[str]:
    """What the proxy may say in `x-pymesh-error`."""
    paths = re.findall(r'Self::\w+ => "(path_[a-z_]+)"', rust("model/src"))
    proxy = rust("proxy/src")
    answer = proxy.partition("pub fn answer(&self) -> Answer {")[2].partition("Answer {")[0]
    return {
        *paths,
        *re.findall(r'Self::\w+ => "([a-z0-9_]+)"', rust("http1/src/error")),
        *re.findall(r'"([a-z_]+)",?\s*\)', answer),
        *re.findall(r'UpstreamBody\(\s*"([a-z_]+)"', proxy),
    }


@pytest.mark.parametrize("reason", sorted(reasons()))
def test_reason_is_documented(reason: str) -> None:
    assert f"`{reason}`" in DOCS["observe.md"]


def test_reasons_were_found() -> None:
    assert {"no_route", "bad_chunk_size", "response_body_reset", "path_fragment"} <= reasons()


def metrics() -> set[str]:
    """Every metric that the core renders."""
    return set(re.findall(r'"((?:pymesh|istio)_[a-z_]+)[{"]', rust(".")))


def test_metrics_are_documented() -> None:
    assert "istio_requests_total" in metrics()
    documented = set(re.findall(r"`((?:pymesh|istio)_[a-z_]+)`", DOCS["observe.md"]))
    # What `_impl` and the like are: names inside the program, not metrics.
    known = {name for name in metrics() if not name.endswith(("_impl", "_core", "_plugin"))}
    assert documented == known


def test_flags_are_documented() -> None:
    names = rust("proxy/src/telemetry").partition("NAMES")[2].partition("];")[0]
    flags = re.findall(r'"([A-Z]+)"', names)
    assert "UAEX" in flags
    for flag in flags:
        assert f"| `{flag}` |" in DOCS["observe.md"]


def test_admin_pages_are_documented() -> None:
    pages = re.findall(r'(?:Page::get\(\s*|path: )"(/[a-z/]+)"', rust("app/src/admin"))
    assert "/metrics" in pages
    for page in pages:
        assert f"`{page}`" in DOCS["observe.md"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_make_targets_that_are_named_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES:
        for words in re.findall(r"`make ([a-z ]+)", page.read_text()):
            assert set(words.split()) <= targets, (page, words)


def test_files_that_are_named_exist() -> None:
    for page in ("ARCHITECTURE.md", "CONTRIBUTING.md", "docs/life-of-a-request.md",
                 "docs/life-of-a-config-change.md"):  # fmt: skip
        text = (ROOT / page).read_text()
        for name in re.findall(r"`((?:core_rs|pymesh|plugins|docs)/[\w/.]+)`", text):
            assert (ROOT / name).exists(), (page, name)
        for name in re.findall(r"`((?:h1|telemetry)/(?:\w+\.rs)?|\w+\.rs)`", text):
            assert (ROOT / "core_rs/proxy/src" / name).exists(), (page, name)
