"""Imports the modules of every kind, once, when files are about to be read."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from pymesh.resources._base import Resource, registered

__all__ = ["load"]

_FAMILIES = ("gateway", "istio", "kubernetes", "pymesh")


def load() -> dict[tuple[str, str], type[Resource]]:
    """Every kind that can be read, by group and kind."""
    if not _loaded:
        for family in _FAMILIES:
            package = import_module(f"pymesh.resources.{family}")
            for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
                import_module(module.name)
        _loaded.append(True)
    return registered()


_loaded: list[bool] = []
