"""Istio's resources, and the Kubernetes services that they are about."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pymesh.translate._output import Root

__all__ = ["ROOTS"]

ROOTS: tuple[Root, ...] = ()
