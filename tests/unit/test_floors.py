"""What import-linter cannot see: the compiled module, which is no Python source."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pymesh

PACKAGE = Path(pymesh.__file__).parent


def touches_core(path: Path) -> bool:
    """Whether a file imports the compiled module."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module in ("pymesh", "pymesh._core"):
            names = {name.name for name in node.names}
            if node.module == "pymesh._core" or "_core" in names:
                return True
        if isinstance(node, ast.Import) and "pymesh._core" in {name.name for name in node.names}:
            return True
    return False


def test_only_the_data_plane_and_the_engine_touch_the_compiled_part() -> None:
    files = [path for path in PACKAGE.rglob("*.py") if "tests" not in path.parts]
    assert len(files) > 40
    touching = {str(path.relative_to(PACKAGE)) for path in files if touches_core(path)}
    assert touching == {"dataplane/core.py", "engine.py"}


def test_a_missing_core_says_what_to_do() -> None:
    code = (
        "import sys\n"
        "class Missing:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'pymesh._core':\n"
        "            raise ModuleNotFoundError('gone', name=name)\n"
        "sys.meta_path.insert(0, Missing())\n"
        "from pymesh.cli import main\n"
        "sys.exit(main(['version']))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert result.returncode == 78
    assert result.stderr == (
        "pymesh: pymesh is not compiled: run `pip install -e .` in the checkout [core-missing]\n"
    )
