"""The pytest plugin: the fixture ``mesh``, and what no test has reached.

Loaded by every pytest of the environment, so it imports nothing until a test asks for the mesh.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pymesh.testing import Mesh
    from pymesh.testing._coverage import Coverage

__all__ = ["mesh"]

_COVERAGE: pytest.StashKey[Coverage] = pytest.StashKey()
REQUIRE = "--pymesh-require-coverage"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the settings."""
    group = parser.getgroup("pymesh")
    group.addoption(
        REQUIRE, action="store_true", help="Fail if a rule of the mesh is reached by no test."
    )
    group.addoption(
        "--pymesh-mesh", metavar="PATH", help="Files or folder with the resources of the mesh."
    )
    parser.addini(
        "pymesh_mesh",
        "Files or folders with the resources of the mesh, seen from the configuration's folder.",
        type="paths",
        default=[],
    )


@pytest.fixture(scope="session")
def mesh(pytestconfig: pytest.Config) -> Mesh:
    """The mesh of ``--pymesh-mesh``, or else of ``pymesh_mesh`` in pytest's configuration.

    Failing both, that of the folder ``mesh`` beside the configuration.
    """
    from pymesh.testing import Mesh

    given = pytestconfig.getoption("--pymesh-mesh")
    configured = pytestconfig.getini("pymesh_mesh")
    paths = [given] if given else configured or [pytestconfig.rootpath / "mesh"]
    loaded = Mesh.load(*paths)
    pytestconfig.stash[_COVERAGE] = loaded.coverage
    return loaded


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fails the session for rules that no test reached, if that was asked for.

    A session in which no test asked for the mesh has reached none of its rules.
    """
    options = session.config.option
    required = session.config.getoption(REQUIRE) and not options.collectonly
    coverage = session.config.stash.get(_COVERAGE, None)
    missed = coverage is None or bool(coverage.unreached())
    if required and missed and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Lists the rules that no test reached."""
    coverage = terminalreporter.config.stash.get(_COVERAGE, None)
    if coverage is None and terminalreporter.config.getoption(REQUIRE):
        terminalreporter.section("rules of the mesh")
        terminalreporter.line(f"no test of this process asked for the mesh, which {REQUIRE} wants")
    if coverage is None or not coverage.rules:
        return
    unreached = coverage.unreached()
    reached = len(coverage.rules) - len(unreached)
    terminalreporter.section("rules of the mesh")
    terminalreporter.line(f"{reached} of {len(coverage.rules)} were reached by a test")
    for rule in unreached:
        terminalreporter.line(f"not reached: {rule}")
