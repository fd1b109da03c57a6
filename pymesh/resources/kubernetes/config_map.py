"""``ConfigMap``: only ``istio``, whose key ``mesh`` holds the MeshConfig, says something to us."""

from __future__ import annotations

from typing import ClassVar

from pymesh.resources._base import ProjectedResource, register

__all__ = ["ConfigMap"]


@register
class ConfigMap(ProjectedResource):
    """A ConfigMap.

    Args:
        data: Texts by key.
    """

    KIND: ClassVar[str] = "ConfigMap"
    GROUP: ClassVar[str] = ""
    VERSIONS: ClassVar[tuple[str, ...]] = ("v1",)

    data: dict[str, str] = {}
