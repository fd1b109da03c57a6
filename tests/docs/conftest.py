from __future__ import annotations

from collections.abc import Iterator

import pytest

from pymesh.demo.processes import child


# Not for the session: its threads would keep the hooks of other tests from running inline.
@pytest.fixture(scope="module")
def origin() -> Iterator[int]:
    """The port of a service that answers 200."""
    with child(["-m", "pymesh.demo.service", "upstream"]) as service:
        yield int(str(service.first_line).rpartition(":")[2])
