from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from pymesh.demo.processes import child


@pytest.fixture(scope="session")
def origin() -> Iterator[int]:
    """The port of a service that answers 200."""
    with child(["-m", "pymesh.demo.service", "upstream"]) as service:
        yield int(str(service.first_line).rpartition(":")[2])
