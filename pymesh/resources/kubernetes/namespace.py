"""``Namespace`` and ``ServiceAccount``: their names and labels."""

from __future__ import annotations

from typing import ClassVar

from pymesh.resources._base import ProjectedResource, register

__all__ = ["Namespace", "ServiceAccount"]


@register
class Namespace(ProjectedResource):
    """A namespace."""

    KIND: ClassVar[str] = "Namespace"
    GROUP: ClassVar[str] = ""
    VERSIONS: ClassVar[tuple[str, ...]] = ("v1",)
    NAMESPACED: ClassVar[bool] = False


@register
class ServiceAccount(ProjectedResource):
    """The account of a workload: the last part of its identity."""

    KIND: ClassVar[str] = "ServiceAccount"
    GROUP: ClassVar[str] = ""
    VERSIONS: ClassVar[tuple[str, ...]] = ("v1",)
