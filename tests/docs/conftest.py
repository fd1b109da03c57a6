from __future__ import annotations

from collections.abc import Iterator

import pytest

from pymesh.demo.processes import child


@pytest.fixture(scope="session")
def origin() -> Iterator[int]:
    """The port of a service that answers 200."""
    with child(["-m", "pymesh.demo.service", "upstream"]) as service:
        yield int(str(service.first_line).rpartition(":")[2])
