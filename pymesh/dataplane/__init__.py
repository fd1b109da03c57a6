"""Starts a proxy: settings in, a serving core out.

The only package besides :mod:`pymesh.hooks` that touches the compiled core. It imports no CLI
framework, no validation library and no asyncio: a sidecar pays for every import in memory.
"""

from __future__ import annotations

from pymesh.dataplane.serve import core_version, serve

__all__ = ["core_version", "serve"]
