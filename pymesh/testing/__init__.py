"""Unit tests for the policies and routes of a mesh, under pytest.

Installing pymesh makes the fixture ``mesh`` available; it reads the folder that ``pymesh_mesh``
in pytest's configuration names. ``docs/test-policies.md`` shows how it is used.

Example:
    ::

        def test_only_the_shop_charges(mesh):
            mesh.allows(source="web.shop", to="payments.shop", method="POST", path="/charge")
            mesh.denies(source="ads.other", to="payments.shop", method="POST", path="/charge")
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pymesh.testing._coverage import Coverage, Rule
    from pymesh.testing._mesh import Mesh

__all__ = ["Coverage", "Mesh", "Rule"]


def __getattr__(name: str) -> object:
    """Imports what is asked for: pytest's plugin is loaded where no mesh is tested, too."""
    if name == "Mesh":
        from pymesh.testing._mesh import Mesh

        return Mesh
    if name in ("Coverage", "Rule"):
        from pymesh.testing import _coverage

        return getattr(_coverage, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
