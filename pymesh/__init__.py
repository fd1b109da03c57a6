"""pymesh: a service mesh that you install with pip.

A Rust core moves the bytes; Python says what should happen. Plugin authors need
:mod:`pymesh.hooks` only. Nothing is imported here, so that a proxy starts fast.
"""

from __future__ import annotations

import sys

__all__ = ["__version__"]

__version__: str


def __getattr__(name: str) -> object:
    """Looks up what costs too much to have at every start: the version, the compiled part."""
    if name == "__version__":
        from importlib.metadata import version

        return version("pymesh-servicemesh")
    if name == "_core":
        # `from pymesh import _core` asks here first, so a missing build can say what to do.
        try:
            __import__("pymesh._core")
        except ModuleNotFoundError as error:
            if error.name != "pymesh._core":
                raise
            message = "pymesh is not compiled: run `pip install -e .` in the checkout"
            raise ImportError(message, name="pymesh._core") from None
        return sys.modules["pymesh._core"]
    raise AttributeError(f"module 'pymesh' has no attribute {name!r}")
