"""Imports the modules of every rule, once, when something is about to be checked."""

from __future__ import annotations

import pkgutil
from importlib import import_module

__all__ = ["load_rules"]

_OWN = ("_codes", "_kubernetes", "_mesh", "_metadata", "_running")
_loaded: list[bool] = []


def load_rules() -> None:
    """Makes every rule and every code known."""
    if _loaded:
        return
    package = import_module("pymesh.validate")
    for name in _OWN:
        import_module(f"{package.__name__}.{name}")
    for family in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        if family.ispkg:
            inner = import_module(family.name)
            for module in pkgutil.iter_modules(inner.__path__, f"{inner.__name__}."):
                import_module(module.name)
    _loaded.append(True)
