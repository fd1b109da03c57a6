"""Collects ``bench_*.py``, which are no tests and so are not named as such."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    """Takes a benchmark for a test module."""
    if file_path.name.startswith("bench_") and file_path.suffix == ".py":
        module: pytest.Module = pytest.Module.from_parent(parent, path=file_path)
        return module
    return None
