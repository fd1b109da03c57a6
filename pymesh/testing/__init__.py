"""Unit tests for the policies and routes of a mesh, under pytest.

Installing pymesh makes the fixture ``mesh`` available; it reads the folder that ``pymesh_mesh``
in pytest's configuration names. ``docs/test-policies.md`` shows how it is used.

Example:
    ::

        def test_only_the_shop_charges(mesh):
            mesh.allows(source="web.shop", to="payments.shop", method="POST", path="/charge")
            mesh.denies(source="ads.other", to="payments.shop", method="POST", path="/charge")
"""

from pymesh.testing._coverage import Coverage, Rule
from pymesh.testing._mesh import Mesh

__all__ = ["Coverage", "Mesh", "Rule"]
