"""The PEP 517 backend: compiles the Cython plugins in place, then lets maturin build the rest.

``python build_backend/backend.py`` compiles the plugins only, for a development tree.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import maturin
from maturin import *  # noqa: F403 - a backend is a module of maturin's hooks with two replaced


def compile_plugins() -> None:
    """Compiles every Cython plugin beside its source; stale modules go first."""
    from Cython.Build import cythonize
    from setuptools import Distribution, Extension
    from setuptools.command.build_ext import build_ext

    root = Path.cwd()
    extensions = []
    for source in sorted(root.glob("pymesh/plugins/*/*.pyx")):
        for stale in source.parent.glob(f"{source.stem}.*.so"):
            stale.unlink()
        path = source.relative_to(root)
        name = ".".join(path.with_suffix("").parts)
        # -g0: debug information would be four fifths of the module.
        extensions.append(Extension(name, [str(path)], extra_compile_args=["-O2", "-g0"]))
    modules = cythonize(  # type: ignore[no-untyped-call]
        extensions, build_dir="build", language_level=3, quiet=True
    )
    command = build_ext(Distribution({"name": "pymesh-plugins", "ext_modules": modules}))
    command.inplace = True
    command.build_temp = "build"
    command.ensure_finalized()
    command.run()


def build_wheel(
    wheel_directory: str,
    config_settings: dict[str, Any] | None = None,
    metadata_directory: str | None = None,
) -> str:
    """Builds the wheel (PEP 517)."""
    compile_plugins()
    return str(maturin.build_wheel(wheel_directory, config_settings, metadata_directory))


def build_editable(
    wheel_directory: str,
    config_settings: dict[str, Any] | None = None,
    metadata_directory: str | None = None,
) -> str:
    """Builds an editable wheel (PEP 660)."""
    compile_plugins()
    return str(maturin.build_editable(wheel_directory, config_settings, metadata_directory))


if __name__ == "__main__":
    compile_plugins()
